"""A document in another currency than its contract's, against docs/SPEC-currency.md; what always adds up."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, is_at_scale, less, multiply, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.books import RateDay, taken_over
from contracts_app.domain.tax.currency import ExchangeRate, Receivable, realized
from contracts_app.domain.tax.invoicing import Asked, DraftInvoicing, invoiced
from contracts_app.domain.tax.tax import TaxGroup
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-currency.md"
DAY = date(2026, 11, 22)


def _rate(of: str, to: str, rate: Decimal, on: date = DAY) -> ExchangeRate:
    return ExchangeRate(of=of, to=to, rate=rate, on=on, source="Central bank")


def _invoicing(row: Row) -> DraftInvoicing:
    pair, rate, on, *day = [*row["Rate"].split(), "", "", ""][:4]
    of, _, to = pair.partition(">")
    known = _rate(of, to, Decimal(rate), date.fromisoformat(on) if on else DAY) if rate else None
    rule = RateDay.issue if "issue" in day else RateDay.period_end
    return DraftInvoicing(currency=row["Invoice"], functional="GBP", rate_of=rule, rate=known)


def _group(text: str) -> TaxGroup:
    rate, base, tax = map(Decimal, text.split())
    return TaxGroup(tax="VAT", code="S", rate=rate, base=base, amount=tax)


@cases(PAGE, "Invoiced in another currency")
def test_invoiced(row: Row) -> None:
    groups = tuple(_group(text) for text in listed(row["Taxes"]))
    lines = tuple(Decimal(text) for text in listed(row["Lines"]))
    asked = Asked(
        currency=row["Contract"],
        lines=lines,
        groups=groups,
        net=total(lines),
        tax=total(group.amount for group in groups),
        due=Decimal(row["Due"]),
    )
    if row["Lines in invoice"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            invoiced(_invoicing(row), asked, DAY)
        assert f"refused {refused.value.code}" == row["Lines in invoice"]
        return
    made = invoiced(_invoicing(row), asked, DAY)
    assert [f"{amount:f}" for amount in made.lines] == listed(row["Lines in invoice"])
    assert [f"{one.base:f} {one.amount:f}" for one in made.groups] == listed(row["Taxes in invoice"])
    assert [f"{one:f}" for one in (made.net, made.retained, made.due)] == [
        row[column] for column in ("Without tax", "Kept back", "Due in invoice")
    ]


@cases(PAGE, "Booked as the contract says")
def test_booked_as_the_contract_says(row: Row) -> None:
    of, books = row["Invoice"], row["Books"]
    owed = Receivable(
        currency=of,
        functional=books,
        open=Decimal(row["Arose"]),
        arose=Decimal(row["Arose"]),
        booked=Decimal(row["Booked"]),
    )
    found = []
    for text in listed(row["Receipts"]):
        amount, rate = map(Decimal, text.split())
        gain = realized(owed, amount, _rate(of, books, rate), DAY)
        found.append(f"{gain.received:f} {gain.relieved:f} {gain.gain:f}")
        owed = owed.model_copy(update={"open": gain.open})
    assert found == listed(row["Realized"])
    assert owed.open == ZERO


def test_lines_that_do_not_add_up_are_refused() -> None:
    invoicing = DraftInvoicing(
        currency="EUR", functional="EUR", rate_of=RateDay.issue, rate=_rate("USD", "EUR", Decimal(1))
    )
    asked = Asked(currency="USD", lines=(Decimal(1),), net=Decimal(2), tax=ZERO, due=Decimal(2))
    with pytest.raises(Refused) as refused:
        invoiced(invoicing, asked, DAY)
    assert refused.value.code == "lines_do_not_add_up"


def test_amounts_taken_over_are_the_contracts() -> None:
    made = taken_over(_rate("EUR", "USD", Decimal("1.0811")), RateDay.issue, Decimal(119), Decimal(19))
    assert (made.currency, made.owed_in, made.taken_over) == ("EUR", "USD", True)
    assert (f"{made.without_tax:f}", f"{made.due:f}") == ("100.00", "119.00")


@pytest.mark.parametrize(
    "facts",
    [
        {"arose": Decimal(1)},
        {"arose": ZERO, "booked": ZERO},
        {"arose": Decimal(1), "booked": Decimal(1), "booked_at": _rate("USD", "EUR", Decimal(1))},
    ],
)
def test_a_receivable_is_booked_one_way(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Receivable(currency="USD", functional="EUR", open=Decimal(1), **facts)


@pytest.mark.parametrize(
    "terms",
    [
        {"invoice_currency": "USD"},
        {"deposit": "100.00"},
        {"retainer": {"minimum": "100.00"}},
        {"advance": {"amount": "10.00", "rate": "0.25"}},
        {"early_payment": {"rate": "0.02", "days": 10}},
        {"credit_form": "document"},
    ],
)
def test_what_does_not_go_with_an_invoice_currency_is_refused_at_the_terms(terms: dict[str, Any]) -> None:
    agreed: dict[str, Any] = {"currency": "USD", "original_sum": "1000.00", "contract_date": "2026-01-01"}
    assert ContractTerms.model_validate({**agreed, "invoice_currency": "EUR"}).owed_in == "EUR"
    with pytest.raises(ValidationError, match=r"leave|invoices' currency"):
        ContractTerms.model_validate({**agreed, "invoice_currency": "EUR", **terms})


_cents = st.integers(-(10**7), 10**7).map(lambda n: Decimal(n).scaleb(-2))
_rates = st.integers(1, 10**8).map(lambda n: Decimal(n).scaleb(-6))


@given(
    st.lists(st.tuples(_cents, st.sampled_from(["0.19", "0.07", "0"])), min_size=1, max_size=12),
    _cents,
    _rates,
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_parts_sum_to_the_whole(
    lines: list[tuple[Decimal, str]], kept_back: Decimal, rate: Decimal, currency: str
) -> None:
    """Lines and bases add up to the amount without tax, taxes to the tax, and all of it to what is due."""
    nets = tuple(net for net, _ in lines)
    groups = []
    for percent in dict.fromkeys(percent for _, percent in lines):
        base = total(net for net, of in lines if of == percent)
        tax = round_to(multiply(base, Decimal(percent)), "USD")
        groups.append(TaxGroup(tax="VAT", code="S", rate=Decimal(percent), base=base, amount=tax))
    tax = total(group.amount for group in groups)
    net = total(nets)
    due = less(total((net, tax)), kept_back)
    asked = Asked(currency="USD", lines=nets, groups=tuple(groups), net=net, tax=tax, due=due)
    invoicing = DraftInvoicing(
        currency=currency,
        functional=currency,
        rate_of=RateDay.period_end,
        rate=_rate("USD", currency, rate),
    )
    made = invoiced(invoicing, asked, DAY)
    unit = Decimal(1).scaleb({"JPY": 0, "KWD": -3}.get(currency, -2))
    assert total(made.lines) == made.net == round_to(multiply(net, rate), currency)
    assert total(group.base for group in made.groups) == made.net
    assert total(group.amount for group in made.groups) == made.tax
    assert made.gross == total((made.net, made.tax))
    assert made.due == less(made.gross, made.retained) == total((made.before_tax, made.tax))
    for one, share in zip(nets, made.lines, strict=True):
        assert abs(less(share, multiply(one, rate))) <= unit
    assert abs(less(made.retained, multiply(kept_back, rate))) <= unit
    assert all(is_at_scale(one, currency) for one in (*made.lines, made.net, made.tax, made.due))
