"""The ledger of withholds, damages and payment estimates against docs/SPEC-withholds.md."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import money
from contracts_app.domain.billing import withholds
from contracts_app.domain.billing.withholds import Estimate, Withhold, WithholdReason
from contracts_app.domain.refusals import Refused
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, cases, listed, rows

PAGE = "SPEC-withholds.md"
CONTRACTS = [
    (name, list(chain)) for name, chain in groupby(rows(PAGE, "Payable"), lambda row: row["Contract"])
]


def _entry(number: int, words: list[str]) -> Withhold:
    """`reason amount` or `reason reference amount`."""
    return Withhold(
        application_no=number,
        reason=WithholdReason(words[0]),
        reference=" ".join(words[1:-1]),
        amount=Decimal(words[-1]),
    )


def _entries(row: Row) -> list[Withhold]:
    return [_entry(int(row["Application"]), entry.split()) for entry in listed(row["Entries"])]


@pytest.mark.parametrize(("name", "chain"), CONTRACTS, ids=[name for name, _ in CONTRACTS])
def test_payable(name: str, chain: list[Row]) -> None:
    ledger: list[Withhold] = []
    for row in chain:
        ledger += _entries(row)
        paid = withholds.payable(int(row["Application"]), Decimal(row["Line 8"]), ledger, "USD")
        figures = (paid.line8, paid.withheld, paid.returned, paid.payable)
        assert figures == tuple(
            Decimal(row[column]) for column in ("Line 8", "Withheld", "Returned", "Payable")
        ), row["Application"]
        assert money.total(held.balance for held in withholds.held(ledger, "USD")) == Decimal(row["Held"])


@cases(PAGE, "Refused")
def test_a_ledger_that_cannot_be(row: Row) -> None:
    words = [entry.split() for entry in listed(row["Entries"])]
    ledger = [_entry(int(first), rest) for first, *rest in words]
    last = max(entry.application_no for entry in ledger)
    with pytest.raises(Refused) as refused:
        withholds.payable(last, Decimal(row["Line 8"]), ledger, "USD")
    assert refused.value.code == row["Refused"]


def test_a_refusal_says_how_much_too_much_is_returned_and_for_what() -> None:
    ledger = [_entry(1, ["stop_notice", "SN-1", "100"]), _entry(2, ["stop_notice", "SN-1", "-100.01"])]
    with pytest.raises(Refused, match=r"Application 2 returns 0\.01 USD more for stop notice SN-1"):
        withholds.balances(ledger, "USD")


def test_applications_do_not_share_their_entries() -> None:
    ledger = [_entry(1, ["delay", "10"]), _entry(2, ["delay", "20"])]
    assert withholds.payable(1, Decimal(50), ledger, "USD").withheld == 10
    assert withholds.payable(2, Decimal(50), ledger, "USD").withheld == 20
    assert withholds.payable(3, Decimal(50), ledger, "USD").payable == 50


def test_what_is_held_names_its_reason_and_reference() -> None:
    ledger = [_entry(1, ["stop_notice", "SN-1", "10"]), _entry(1, ["delay", "1.50"])]
    assert [(one.reason, one.reference, one.balance) for one in withholds.held(ledger, "USD")] == [
        (WithholdReason.stop_notice, "SN-1", Decimal(10)),
        (WithholdReason.delay, "", Decimal("1.50")),
    ]


@pytest.mark.parametrize("number", [0, 10_000])
def test_an_application_has_a_number(number: int) -> None:
    with pytest.raises(ValidationError):
        Withhold(application_no=number, reason=WithholdReason.other, amount=Decimal(1))
    assert [Withhold(application_no=n, reason=WithholdReason.other, amount=Decimal(1)) for n in (1, 9999)]


def test_a_reference_is_one_line_without_blanks_around_it() -> None:
    entry = Withhold(application_no=1, reason=WithholdReason.other, reference=" SN-1 ", amount=Decimal(1))
    assert entry.reference == "SN-1"
    for wrong in ("two\nlines", "x" * 201):
        with pytest.raises(ValidationError):
            Withhold(application_no=1, reason=WithholdReason.other, reference=wrong, amount=Decimal(1))


@cases(PAGE, "Liquidated damages")
def test_liquidated_damages(row: Row) -> None:
    days, rate = int(row["Days"]), Decimal(row["Rate"])
    cap = Decimal(row["Cap"]) if row["Cap"] else None
    if row["To date"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            withholds.damages_to_enter(days, rate, cap, Decimal(row["Held"]), "USD")
        assert f"refused {refused.value.code}" == row["To date"]
        return
    assert withholds.liquidated_damages(days, rate, cap, "USD") == Decimal(row["To date"])
    entered = withholds.damages_to_enter(days, rate, cap, Decimal(row["Held"]), "USD")
    assert entered == Decimal(row["To enter"])


FORM = {
    "earnings_to_date": "Earnings",
    "previous_deductions": "A",
    "previous_retained": "B",
    "previous_payments": "C",
    "retained": "F",
    "deductions": "G",
    "retainage_refunded": "I",
    "other_refunds": "J",
}
WORKED_OUT = {
    "previous_earnings": "D",
    "earnings_this_period": "E",
    "deducted_this_period": "H",
    "refunded_this_period": "K",
    "due": "L",
    "total_retained": "Retained",
    "total_paid": "Paid",
    "total_deductions_held": "Next A",
}


@cases(PAGE, "Payment estimate")
def test_payment_estimate(row: Row) -> None:
    estimate = Estimate(**{field: Decimal(row[letter]) for field, letter in FORM.items()})
    if row["L"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            withholds.payment_estimate(estimate)
        assert f"refused {refused.value.code}" == row["L"]
        return
    due = withholds.payment_estimate(estimate)
    assert {field: getattr(due, field) for field in WORKED_OUT} == {
        field: Decimal(row[letter]) for field, letter in WORKED_OUT.items()
    }


@cases(PAGE, "Liquidated damages")
def test_calc_liquidated_damages(ask: Ask, row: Row) -> None:
    question = {
        "days": int(row["Days"]),
        "rate": row["Rate"],
        "cap": row["Cap"] or None,
        "already_held": row["Held"],
        "currency": "USD",
    }
    status, answer, _ = ask("liquidated-damages", question=question)
    if row["To date"].startswith("refused"):
        assert (status, answer) == (1, "")
    else:
        assert status == 0
        assert Decimal(answer["to_date"]) == Decimal(row["To date"])
        assert Decimal(answer["to_enter"]) == Decimal(row["To enter"])


def test_calc_withholds(ask: Ask) -> None:
    chain = dict(CONTRACTS)["school"]
    question = {
        "applications": [
            {"application_no": int(row["Application"]), "line8": row["Line 8"]} for row in chain
        ],
        "ledger": [entry.model_dump(mode="json") for row in chain for entry in _entries(row)],
        "currency": "USD",
    }
    status, answer, _ = ask("withholds", question=question)
    assert status == 0
    assert [Decimal(one["payable"]) for one in answer["applications"]] == [
        Decimal(row["Payable"]) for row in chain
    ]
    assert Decimal(answer["total_held"]) == Decimal(chain[-1]["Held"])
    assert {one["reason"] for one in answer["held"]} == {
        "missing_document",
        "stop_notice",
        "labor_compliance",
    }


def test_calc_payment_estimate(ask: Ask) -> None:
    row = rows(PAGE, "Payment estimate")[2]
    status, answer, _ = ask(
        "payment-estimate", question={field: row[letter] for field, letter in FORM.items()}
    )
    assert (status, Decimal(answer["due"])) == (0, Decimal(row["L"]))


def _taken(ledger: list[Withhold]) -> tuple[Mapping[withholds.Cause, Decimal], str]:
    """What a ledger holds, or the code it is refused with."""
    try:
        return withholds.balances(ledger, "USD"), ""
    except Refused as refused:
        return {}, refused.code


_cents = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_signed = st.builds(lambda amount, sign: amount * sign, _cents, st.sampled_from([1, 1, -1]))
_ledgers = st.lists(
    st.builds(
        Withhold,
        application_no=st.integers(1, 5),
        reason=st.sampled_from(list(WithholdReason)[:3]),
        reference=st.sampled_from(["", "SN-1"]),
        amount=_signed,
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(_ledgers)
def test_no_ledger_that_is_taken_returns_more_than_it_withheld(ledger: list[Withhold]) -> None:
    held, refused = _taken(ledger)
    if refused:
        assert refused == "return_exceeds_withheld"
        held_then = {
            (cause, number): sum(
                entry.amount
                for entry in ledger
                if (entry.reason, entry.reference) == cause and entry.application_no <= number
            )
            for cause in {(entry.reason, entry.reference) for entry in ledger}
            for number in range(1, 6)
        }
        assert min(held_then.values()) < 0
        return
    assert all(balance >= 0 for balance in held.values())
    for (reason, reference), balance in held.items():
        mine = [e.amount for e in ledger if (e.reason, e.reference) == (reason, reference)]
        returned = -sum(amount for amount in mine if amount < 0)
        withheld = sum(amount for amount in mine if amount > 0)
        assert returned <= withheld
        assert balance == withheld - returned


@settings(max_examples=200, deadline=None)
@given(_ledgers, st.lists(_signed, min_size=5, max_size=5))
def test_everything_payable_and_held_is_everything_earned(
    ledger: list[Withhold], line8s: list[Decimal]
) -> None:
    """Σ payable + what is still held = Σ line 8, on any ledger that is taken."""
    held, refused = _taken(ledger)
    if refused:
        return
    try:
        paid = [withholds.payable(n, line8, ledger, "USD") for n, line8 in enumerate(line8s, 1)]
    except Refused:  # more is withheld than there is to pay: rows of *Refused*
        return
    assert sum(one.payable for one in paid) + sum(held.values()) == sum(line8s)
    assert all(one.payable >= min(one.line8, Decimal(0)) for one in paid)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), _cents, st.none() | _cents)
def test_damages_are_held_once_however_the_days_move(
    days: list[int], rate: Decimal, cap: Decimal | None
) -> None:
    held = Decimal(0)
    for late in days:
        held += withholds.damages_to_enter(late, rate, cap, held, "USD")
        assert held == withholds.liquidated_damages(late, rate, cap, "USD")
        assert 0 <= held <= (rate * late if cap is None else min(cap, rate * late))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(_cents, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100)),
        min_size=1,
        max_size=6,
    )
)
def test_an_estimate_pays_what_the_ledger_pays(periods: list[tuple[Decimal, int, int, int]]) -> None:
    """The order of the federal form and `payable` agree: retained is line 5, deductions are withholds."""
    earned = retained = deducted = paid = Decimal(0)
    ledger: list[Withhold] = []
    for number, (earnings, keep, withhold, give_back) in enumerate(periods, 1):
        keeps = money.round_to(earnings * keep / 100, "USD")
        refund = money.round_to(retained * give_back / 100, "USD")
        line8 = earnings - keeps + refund
        now = money.round_to(line8 * withhold / 100, "USD")
        back = money.round_to(deducted * give_back / 100, "USD")
        earned += earnings
        estimate = withholds.payment_estimate(
            Estimate(
                earnings_to_date=earned,
                previous_deductions=deducted,
                previous_retained=retained,
                previous_payments=paid,
                retained=keeps,
                deductions=now,
                retainage_refunded=refund,
                other_refunds=back,
            )
        )
        ledger += [
            Withhold(application_no=number, reason=WithholdReason.delay, amount=amount)
            for amount in (now, -back)
            if amount
        ]
        assert estimate.due == withholds.payable(number, line8, ledger, "USD").payable
        retained, deducted, paid = (
            estimate.total_retained,
            estimate.total_deductions_held,
            estimate.total_paid,
        )
        assert retained + deducted + paid == earned
