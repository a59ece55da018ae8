"""Contracts invoiced in another currency than their own: amounts, books, receivables, what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.invoiced import in_invoice_currency
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.commands.agreement_commands import ReceiveDeposit
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.exchange_commands import AddExchangeRate
from contracts_app.domain.commands.group_commands import SetBillingGroup
from contracts_app.domain.commands.invoice_commands import EditDraft, IssueInvoice
from contracts_app.domain.commands.withhold_commands import RecordWithhold
from contracts_app.domain.roles import Role
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import exchange, invoiced, receivables
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from contracts_app.store.views.exchange_gains import realized_on
from contracts_app.store.views.open_in_currencies import open_in_currencies
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, administered, open_taxed

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
WORK = (
    {"item_no": "1", "description": "Design", "scheduled_value": "10000.00"},
    {"item_no": "2", "description": "Site work", "scheduled_value": "60000.00"},
)
CONSULTING: Mapping[str, Any] = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}
IN_EUR: Mapping[str, Any] = {"invoice_currency": "EUR"}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A company with its books in EUR: a taxed contract in USD under retainage invoiced in EUR (U), one in
    EUR invoiced in USD (E), one in GBP invoiced in USD (G), a small one in USD invoiced in EUR (R)."""
    firm = found(settings, "Invoice Currency Mechanical")
    add_entity(firm, "DE", "EUR", "IC-", "DE000000004", "Europe/Berlin")
    kept = {"retainage": {"rate_completed": "0.10", "rate_stored": "0.10"}}
    open_taxed(firm, "U", WITH_WORK, WORK, "USD", **kept, **IN_EUR)
    open_taxed(firm, "E", None, WORK, "EUR", **CONSULTING, invoice_currency="USD")
    open_taxed(firm, "G", None, WORK, "GBP", **CONSULTING, invoice_currency="USD")
    whole = ({"item_no": "1", "description": "Ducts", "scheduled_value": "1000.00"},)
    open_taxed(
        firm, "R", None, whole, "USD", **{**CONSULTING, "invoice_form": "application", **kept}, **IN_EUR
    )
    firm.go_to(date(2024, 4, 2))
    for of, to, rate in (("USD", "EUR", "0.925"), ("EUR", "USD", "1.0811")):
        assert _entered(firm, of, to, rate, "2024-03-28").done
    yield firm
    firm.engine.dispose()


def _entered(small: SmallFirm, of: str, to: str, rate: str, on: str) -> Any:
    body = AddExchangeRate(of=of, to=to, rate=Decimal(rate), on=date.fromisoformat(on), source="Bank")
    return administered(small, Role.controller, body)


def _amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def _asked(small: SmallFirm, invoice_id: UUID, of: str, stage: str) -> tuple[Any, ...]:
    """Net, tax, kept back and due of what was issued or certified."""
    with reading(small.engine, small.id) as connection:
        said = invoiced.said(connection, small.id, invoice_id, of)[stage]
    assert sum(said.lines) == said.net
    return (said.net, said.tax, said.retained, said.due)


def _owed(small: SmallFirm, invoice_id: UUID) -> tuple[str, Decimal]:
    with reading(small.engine, small.id) as connection:
        owed = receivables.of_invoice(connection, small.id, invoice_id)
        assert owed is not None
        return owed["currency"], receivables.balance(connection, small.id, owed["id"])


def _booked(small: SmallFirm, invoice_id: UUID, of: str) -> tuple[Any, ...] | None:
    with reading(small.engine, small.id) as connection:
        said = exchange.said(connection, small.id, invoice_id, of)
        owed = exchange.owed(connection, small.id, invoice_id)
    return None if said is None else (said.rate.of, said.rate.to, said.without_tax, said.tax, said.due, owed)


def _paid(small: SmallFirm, amount: str, currency: str, reference: str, *named: UUID) -> Any:
    body = ReceivePayment(
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        amount=Decimal(amount),
        currency=currency,
        received_on=date(2024, 4, 2),
        reference=reference,
        invoices=named,
    )
    outcome = small.give(Role.coordinator, body)
    small.settle()
    return outcome


def _proved(small: SmallFirm, invoice_id: UUID) -> bool:
    with reading(small.engine, small.id) as connection:
        proof = prove(connection, small.id, invoice_id)
    assert not proof.differences, proof.differences
    return True


def test_an_application_under_retainage_is_owed_in_the_invoices_currency(small: SmallFirm) -> None:
    """4,000.01 and 6,000.02 USD less 10 % is 9,000.03; tax 19 % of 10,000.03. At 0.925: 9,250.02775, tax of
    9,250.03 is 1,757.5057, and 8,325.02775 before tax: due 8,325.03 + 1,757.51, kept back 925.00.

    Certified with 5,000.02: 8,325.02775, tax 1,581.7557, before tax 8,100.03 × 0.925 = 7,492.52775."""
    invoice_id = small.prepare("U", MARCH, {"1": "4000.01", "2": "6000.02"})
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    figures = drafting.draft(snapshot)
    made = in_invoice_currency(snapshot, figures, tax_of(snapshot, figures))
    assert made is not None
    assert made.lines == _amounts("3700.01", "5550.02")
    small.issue(invoice_id, "U1")
    assert _asked(small, invoice_id, "USD", "issued") == _amounts("9250.03", "1757.51", "925.00", "10082.54")
    # The books are in the invoice's currency: nothing is converted for them.
    assert _booked(small, invoice_id, "EUR") is None
    line = small.lines("U")["2"]
    assert small.certify(invoice_id, {line: "5000.02"}) == Decimal("8100.03")
    certified = _amounts("8325.03", "1581.76", "832.50", "9074.29")
    assert _asked(small, invoice_id, "USD", "certified") == certified
    assert _owed(small, invoice_id) == ("EUR", Decimal("9074.29"))
    assert _proved(small, invoice_id)
    assert _paid(small, "9074.29", "USD", "WIRE-1", invoice_id).code == "cash_in_another_currency"
    assert _paid(small, "9074.29", "EUR", "SEPA-1", invoice_id).done
    assert _owed(small, invoice_id) == ("EUR", Decimal(0))


def test_a_contract_in_the_currency_of_the_books_is_booked_as_it_was_agreed(small: SmallFirm) -> None:
    """1,000.00 EUR at 1.0811 is 1,081.10 USD, booked with 1,000.00. Of that 540.55 is half: received at 0.925
    500.00875, so 500.01 for the 500.00 that it was carried with. Half of it is open, carried with 500.00."""
    invoice_id = small.issue(small.prepare("E", MARCH, {"1": "1000.00"}), "E1")
    assert _owed(small, invoice_id) == ("USD", Decimal("1081.10"))
    assert _booked(small, invoice_id, "USD") == ("EUR", "USD", *_amounts("1000", "0", "1000", "1000"))
    assert _paid(small, "540.55", "USD", "WIRE-2", invoice_id).done
    with reading(small.engine, small.id) as connection:
        (gained,) = realized_on(connection, small.id, invoice_id, "USD")
        (still,) = open_in_currencies(connection, small.id, date(2024, 4, 2))
    assert (gained.amount, gained.gain) == _amounts("540.55", "0.01")
    assert (still.open, still.carried, still.revalued) == _amounts("540.55", "500.00", "500.01")
    assert _proved(small, invoice_id)


def test_three_currencies_take_two_rates(small: SmallFirm) -> None:
    """1,000.00 GBP at 1.27 is 1,270.00 USD; that at 0.925 is 1,174.75 EUR."""
    invoice_id = small.prepare("G", MARCH, {"2": "1000.00"})
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        found = of_draft(connection, small.id, invoice_id, snapshot)
        assert exchange.needed(connection, small.id) == [("EUR", "USD"), ("GBP", "USD"), ("USD", "EUR")]
    (missing,) = found
    assert missing.blocks
    assert "no rate from GBP to USD on or before 2024-03-31" in missing.sentence
    assert _entered(small, "GBP", "USD", "1.27", "2024-03-28").done
    small.issue(invoice_id, "G1")
    assert _owed(small, invoice_id) == ("USD", Decimal("1270.00"))
    in_books = _amounts("1174.75", "0.00", "1174.75", "1174.75")
    assert _booked(small, invoice_id, "USD") == ("USD", "EUR", *in_books)
    assert _proved(small, invoice_id)


def test_what_was_certified_before_does_not_move_with_the_rate(small: SmallFirm) -> None:
    """Line 7 is 8,100.03 USD. 1,000.00 more less 10 % is 900.00 USD; at 0.9: 900.00 and 171.00 tax, 810.00
    before tax."""
    small.go_to(date(2024, 5, 2))
    invoice_id = small.prepare("U", APRIL, {"1": "1000.00", "2": "0.00"})
    small.approve(invoice_id)
    # At another rate the client owes another amount than the one that was approved.
    assert _entered(small, "USD", "EUR", "0.9", "2024-04-02").done
    assert not small.give(Role.coordinator, IssueInvoice(invoice_id=invoice_id)).done
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=snapshot.entries))
    small.issue(invoice_id, "U2")
    figures = drafting.draft(snapshot)
    assert (figures.line7, figures.line8) == _amounts("8100.03", "900.00")
    assert _asked(small, invoice_id, "USD", "issued") == _amounts("900.00", "171.00", "90.00", "981.00")
    small.certify(invoice_id)
    assert _owed(small, invoice_id) == ("EUR", Decimal("981.00"))


def test_retainage_is_held_in_the_contracts_currency_and_released_at_the_rate_of_its_day(
    small: SmallFirm,
) -> None:
    """Of 1,000.00 USD 100.00 are held: at 0.925 925.00, less 92.50, and 832.50 are due. At 0.9 of April the
    100.00 USD are 90.00."""
    first = small.issue(small.prepare("R", MARCH), "R1")
    assert _asked(small, first, "USD", "issued") == _amounts("925.00", "0.00", "92.50", "832.50")
    released = small.release("R", APRIL, "R2")
    assert _asked(small, released, "USD", "issued") == _amounts("0.00", "0.00", "-90.00", "90.00")
    assert (_owed(small, first), _owed(small, released)) == (("EUR", Decimal("832.50")), ("EUR", Decimal(90)))
    assert _proved(small, released)


def test_what_the_client_withholds_is_in_the_invoices_currency(small: SmallFirm) -> None:
    invoice_id = small.invoices["R1"]
    small.do(
        Role.coordinator,
        RecordWithhold(
            invoice_id=invoice_id,
            reason=WithholdReason.liquidated_damages,
            reference="LD-1",
            amount=Decimal("32.50"),
            remark="Two days late",
        ),
    )
    assert _owed(small, invoice_id) == ("EUR", Decimal("800.00"))


def test_a_group_takes_none_of_them(small: SmallFirm) -> None:
    together = (small.contracts["E"], small.contracts["G"])
    body = SetBillingGroup(client_id=small.client_id, name="All", contracts=together)
    assert small.give(Role.coordinator, body).code == "invoiced_in_another_currency"


def test_what_is_paid_ahead_has_no_place_there(small: SmallFirm) -> None:
    body = ReceiveDeposit(
        contract_id=small.contracts["E"],
        amount=Decimal("10.00"),
        received_on=date(2024, 4, 2),
        reference="D-1",
    )
    assert small.give(Role.coordinator, body).code == "deposit_in_another_currency"


def test_everything_comes_out_again(small: SmallFirm) -> None:
    report = small.checked(online=True)
    assert report.ok, [one for one in report.sentences() if "holds" not in one]
