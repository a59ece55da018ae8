"""An advance payment in applications: the worked numbers of docs/SPEC-caps-and-funding.md, and any life."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.billing import certifying, drafting
from contracts_app.domain.billing.advance_billed import Advanced
from contracts_app.domain.billing.pay_application import Entry, Kind, PayApplication, as_previous
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks, footing
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.money import ZERO, round_to, total
from tests.domain.agreements import decimals, snapshot, sov, terms
from tests.domain.worked_tables import Row, amounts, cases


def _lived(
    agreed: AdvanceAgreed, original: Decimal, retainage: str, to_date: Sequence[Decimal]
) -> tuple[Snapshot, list[PayApplication]]:
    """The advance's invoice and an application for each amount completed to date, certified in full."""
    line = sov(1, original)
    base = snapshot(terms(original, work=retainage, advance=agreed), [line])
    following = base.model_copy(
        update={"kind": Kind.advance, "application_no": 0, "entries": (Entry(line_id=line.id),)}
    )
    found = [drafting.draft(following)]
    before = ZERO
    for number, completed in enumerate(to_date, 1):
        following = base.model_copy(
            update={
                "application_no": number,
                "previous": as_previous(found[-1]),
                "entries": (Entry(line_id=line.id, this_period=completed - before),),
            }
        )
        found.append(drafting.draft(following))
        before = completed
    return following, found


def _agreed(row: Row) -> AdvanceAgreed:
    return AdvanceAgreed(
        amount=Decimal(row["Advance"]),
        rate=Decimal(row["Rate"]) if row["Rate"] else None,
        starts_after=Decimal(row["Starts after"]),
        recovered_by=Decimal(row["By"]) if row["By"] else None,
    )


@cases("SPEC-caps-and-funding.md", "Advance payment in applications")
def test_line_8_of_each(row: Row) -> None:
    _, lived = _lived(
        _agreed(row), Decimal(row["Contract sum"]), row["Retainage"], amounts(row["Completed to date"])
    )
    assert [one.line8 for one in lived] == amounts(row["Line 8"])


@given(
    share=st.integers(1, 100),
    rate=st.one_of(st.none(), st.integers(1, 100)),
    after=st.integers(0, 50),
    by=st.one_of(st.none(), st.integers(51, 100)),
    retainage=st.sampled_from(["0", "0.05", "0.10", "0.333333"]),
    original=st.integers(1, 10**9),
    steps=st.lists(st.integers(0, 100), min_size=1, max_size=6),
)
def test_it_is_recovered_and_never_beyond(
    share: int,
    rate: int | None,
    after: int,
    by: int | None,
    retainage: str,
    original: int,
    steps: list[int],
) -> None:
    """Whatever work goes forth and back: the ledger stays within the advance, line 8 telescopes, and work
    that goes on is not paid below zero as long as retainage is held."""
    if rate is None and by is None:
        by = 100
    agreed = AdvanceAgreed.model_validate(
        {
            "share": f"{share / 100:.2f}",
            "rate": None if rate is None else f"{rate / 100:.2f}",
            "starts_after": f"{after / 100:.2f}",
            "recovered_by": None if by is None else f"{by / 100:.2f}",
        }
    )
    whole = Decimal(original).scaleb(-2)
    to_date = [round_to(whole * step / 100, "USD") for step in steps]
    _, lived = _lived(agreed, whole, retainage, to_date)
    assert total(one.line8 for one in lived) == lived[-1].line6
    before = ZERO
    for one, completed in zip(lived[1:], to_date, strict=True):
        assert one.advance is not None
        assert ZERO <= one.advance.recovered <= one.advance.invoiced
        assert one.line6 == one.earned + one.outstanding_advance
        assert footing.check(footing.as_given(one)) == ()
        if completed >= before and one.line5:
            assert one.line8 >= ZERO
        if completed == whole and one.line5.is_zero():
            assert one.outstanding_advance == ZERO
        before = completed


def test_a_lower_certificate_is_not_above_the_application() -> None:
    """Applied for all of it: 6,000 - 600 - 4,800 left = 600. Certified 5,000: 5,000 - 500 - 250 would be
    4,250; 3,650 more are recovered. Certified 600: 600 - 60 - 30 = 510 is below 600."""
    agreed = AdvanceAgreed(amount=Decimal(5000), rate=Decimal("0.05"))
    last, lived = _lived(agreed, Decimal(10000), "0.10", [Decimal(4000), Decimal(10000)])
    assert lived[-1].line8 == 600
    certificate = _cut(last, 5000)
    assert certificate.line8 == 600
    assert certificate.advance == Advanced(invoiced=Decimal(5000), recovered=Decimal(4100))
    assert footing.check(footing.as_given(certificate)) == ()
    certificate = _cut(last, 600)
    assert certificate.line8 == 510
    assert certificate.advance == Advanced(invoiced=Decimal(5000), recovered=Decimal(230))
    withheld = certifying.withheld(last.model_copy(update={"work_completed": True}))
    assert withheld.line8 == 0


def test_a_certificate_owes_nothing_where_the_application_owed_nothing() -> None:
    """6,000 - 600 = 5,400 recover the last application. Cut by 100: 5,310 are payable, 295 by the schedule;
    5,015 would be due of what nobody approved."""
    agreed = AdvanceAgreed(amount=Decimal(9000), rate=Decimal("0.05"))
    last, lived = _lived(agreed, Decimal(10000), "0.10", [Decimal(4000), Decimal(10000)])
    assert lived[-1].line8 == 0
    certificate = _cut(last, 5900)
    assert certificate.advance == Advanced(invoiced=Decimal(9000), recovered=Decimal(5510))  # 200 + 5,310
    # 9,900 - 990 + 3,490 outstanding; line 3 less that.
    assert (certificate.line6, certificate.line8, certificate.line9) == (*decimals(12400, 0, -2400),)
    assert certificate.line6 == certificate.earned + certificate.outstanding_advance


def test_the_credit_of_a_last_application_may_be_cut() -> None:
    """Work ends at 6,800 of 10,000: 2,800 - 4,800 left = -2,000. Cut by 1 it gives 2,001 back; cut by 1 and
    not the last, its 5,999 recover themselves and nothing is due."""
    agreed = AdvanceAgreed(amount=Decimal(5000), rate=Decimal("0.05"))
    last, _ = _lived(agreed, Decimal(10000), "0", [Decimal(4000), Decimal(6800)])
    ended = last.model_copy(update={"work_completed": True})
    assert drafting.draft(ended).line8 == -2000
    assert _cut(ended, 2799).line8 == -2001
    agreed = AdvanceAgreed(amount=Decimal(9000), rate=Decimal("0.05"))
    whole, lived = _lived(agreed, Decimal(10000), "0", [Decimal(4000), Decimal(10000)])
    assert lived[-1].line8 == -2800
    certificate = _cut(whole, 5999)
    assert (certificate.line8, certificate.outstanding_advance) == (*decimals(0, 2801),)  # 8,800 - 5,999


def _cut(applied: Snapshot, work: int) -> PayApplication:
    """The certificate that accepts so much of the period's work."""
    return certifying.certified(applied, [Entry(line_id=applied.schedule[0].id, this_period=Decimal(work))])


def test_work_that_ends_below_its_estimate_recovers_the_rest() -> None:
    agreed = AdvanceAgreed(amount=Decimal(5000), rate=Decimal("0.05"))
    last, lived = _lived(agreed, Decimal(10000), "0", [Decimal(4000), Decimal(9000)])
    assert lived[-1].outstanding_advance == 4550
    ended = drafting.draft(last.model_copy(update={"work_completed": True}))
    assert (ended.line8, ended.outstanding_advance) == (Decimal(200), ZERO)  # 5,000 - 4,800


def test_what_is_advanced_is_owed_as_certified() -> None:
    """Owed at submission, the credit of a last application could not be billed: it would never end."""
    with pytest.raises(ValidationError, match="let them be owed on certification"):
        ContractTerms.model_validate(
            {
                **terms(10000).model_dump(),
                "receivable_arises": "submission",
                "advance": {"amount": "5000.00", "rate": "0.05"},
            }
        )


def test_work_before_the_advance_is_said() -> None:
    agreed = AdvanceAgreed(amount=Decimal(5000), rate=Decimal("0.05"))
    base = snapshot(terms(10000, advance=agreed), [sov(1, 10000)])
    assert "advance_not_invoiced" in {one.code for one in checks.findings(base)}
    after, _ = _lived(agreed, Decimal(10000), "0.10", [Decimal(4000)])
    assert "advance_not_invoiced" not in {one.code for one in checks.findings(after)}
