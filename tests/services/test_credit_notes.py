"""An application that takes back more than it bills, for a client who wants a credit note for it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.documents.pdf import text_of
from contracts_app.domain.billing.carried_credit import CreditForm
from contracts_app.services import credit_notes, receipts
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import receivables
from contracts_app.store.credit_tables import credit_note
from contracts_app.store.deposits import deposit_balances
from contracts_app.store.tables import blob, document, message, number_series, payment
from contracts_app.store.transaction import Origin, reading
from tests.conftest import Database
from tests.services.corrupted import broken_by
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import add_entity, open_taxed

FEBRUARY, MARCH, APRIL = date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)
BY_DOCUMENT = {"credit_form": CreditForm.document}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Crediting Mechanical")
    firm.open_contract("A", agreed=BY_DOCUMENT)
    firm.open_contract("B")
    firm.go_to(date(2024, 6, 2))
    yield firm
    firm.engine.dispose()


def _take_back(small: SmallFirm, number: str, period_to: date, amount: str) -> UUID:
    """A draft that takes back work of line 2."""
    return small.prepare(number, period_to, {"2": amount})


def _proved(small: SmallFirm) -> bool:
    with reading(small.engine, small.id) as connection:
        return all(one.proved for one in prove_all(connection, small.id))


def _broken(small: SmallFirm) -> list[str]:
    return [str(one) for one in small.checked(online=True).findings if one.violations]


def test_the_credit_note_is_set_off_against_what_is_owed(small: SmallFirm) -> None:
    """30,000.00 of work, 5,000.00 of it taken back, then 20,000.00 more; 10 % is held of each."""
    first = small.issue(small.prepare("A", FEBRUARY, {"2": "30000.00"}), "A1")
    assert small.certify(first) == Decimal("27000.00")  # 30,000 - 3,000
    second = small.issue(_take_back(small, "A", MARCH, "-5000.00"), "A2")
    with reading(small.engine, small.id) as connection:
        assert not connection.execute(select(credit_note)).all()  # the client has not certified yet
    assert small.certify(second) == Decimal("-4500.00")  # -5,000 + 500 of retainage
    with reading(small.engine, small.id) as connection:
        note = connection.execute(select(credit_note)).one()
        held = connection.execute(select(payment).where(payment.c.id == note.payment_id)).one()
        balances = deposit_balances(connection, small.id, [small.contracts["A"]])
        prefix = connection.execute(
            select(number_series.c.prefix).where(number_series.c.series == "invoice")
        ).scalar_one()
        said = credit_notes.content(connection, small.id, note._mapping)
    assert (note.number, note.number_text) == (1, f"CN-{prefix}00001")
    assert [note.net, note.tax, note.amount, note.invoice_id] == [4500, 0, 4500, second]
    assert [held.amount, held.unapplied, held.reference] == [4500, 4500, f"Credit note {note.number_text}"]
    assert not balances.get(small.contracts["A"])  # not carried as well
    assert [said.amount, said.application_number, said.contract_number] == [4500, 2, "A"]
    # The next application deducts nothing: the client sets the credit note off.
    third = small.issue(small.prepare("A", APRIL, {"2": "20000.00"}), "A3")
    assert small.certify(third) == Decimal("18000.00")  # 20,000 - 2,000
    assert small.apply(note.payment_id, first, "4500.00").done
    again = small.apply(note.payment_id, third, "0.01")
    assert not again.done  # it is used up
    assert _broken(small) == []
    assert _proved(small)


def test_without_the_term_the_credit_is_carried(small: SmallFirm) -> None:
    first = small.issue(small.prepare("B", FEBRUARY, {"2": "30000.00"}), "B1")
    small.certify(first)
    small.certify(small.issue(_take_back(small, "B", MARCH, "-5000.00"), "B2"))
    with reading(small.engine, small.id) as connection:
        assert deposit_balances(connection, small.id, [small.contracts["B"]]) == {
            small.contracts["B"]: Decimal("4500.00")
        }
    assert _broken(small) == []


def test_the_paper_goes_to_the_client_instead_of_a_receipt(small: SmallFirm) -> None:
    receipts.make_receipts(small.engine, small.id, small.client_id, Origin())
    receipts.make_receipts(small.engine, small.id, small.client_id, Origin())
    with reading(small.engine, small.id) as connection:
        kind, pdf = connection.execute(
            select(document.c.kind, blob.c.bytes)
            .join(blob, blob.c.sha256 == document.c.sha256)
            .where(document.c.firm_id == small.id, document.c.payment_id.is_not(None))
        ).one()
        letter = connection.execute(select(message).where(message.c.payment_id.is_not(None))).one()
        number = connection.execute(select(credit_note.c.number_text)).scalars().first()
    assert kind == "credit_note"
    said = " ".join(text_of(pdf).split())
    assert f"Credit note {number}" in said
    assert "4,500.00" in said
    assert (letter.kind, letter.subject) == ("credit_note", f"Credit note {number}: 4,500.00 USD")


def test_its_tax_is_credited_with_it(small: SmallFirm) -> None:
    """19 % of 20,000.00 and of the 5,000.00 that are taken back: 23,800.00 owed, 5,950.00 credited."""
    add_entity(small, "DE", "EUR", "SD-", "DE000000001", "Europe/Berlin")
    at_issue: dict[str, Any] = {
        "certified_by_client": False,
        "receivable_arises": "submission",
        "retainage": {"rate_completed": "0", "rate_stored": "0"},
        "credit_form": "document",
    }
    lines = ({"item_no": "2", "description": "Ductwork", "scheduled_value": "60000.00"},)
    open_taxed(small, "T", {"treatments": [{"jurisdiction": "DE"}]}, lines, **at_issue)
    first = small.issue(small.prepare("T", FEBRUARY, {"2": "20000.00"}), "T1")
    small.issue(_take_back(small, "T", MARCH, "-5000.00"), "T2")
    with reading(small.engine, small.id) as connection:
        note = connection.execute(select(credit_note).where(credit_note.c.currency == "EUR")).one()
        owed = receivables.of_invoice(connection, small.id, first)
        assert owed is not None
    assert [note.net, note.tax, note.amount, note.number_text] == [5000, 950, 5950, "CN-SD-00001"]
    assert small.apply(note.payment_id, first, "5950.00").done
    with reading(small.engine, small.id) as connection:
        assert receivables.balance(connection, small.id, owed["id"]) == Decimal("17850.00")  # 23,800 - 5,950
    assert _broken(small) == []
    assert _proved(small)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM credit_note WHERE currency = 'EUR'",
        "UPDATE credit_note SET amount = amount + 1, tax = tax + 1 WHERE currency = 'EUR'",
        "UPDATE credit_note SET net = net + 1, tax = tax - 1 WHERE currency = 'USD'",
        "UPDATE payment SET amount = amount + 1, unapplied = unapplied + 1 WHERE reference LIKE 'Credit %'",
        "UPDATE deposit_entry SET amount = amount - 1 WHERE cause = 'credited'",
        (
            "INSERT INTO deposit_entry (firm_id, id, contract_id, cause, amount, posted_on, invoice_id)"
            " SELECT n.firm_id, gen_random_uuid(), v.contract_id, 'credited', n.net, n.issued_on, v.id"
            " FROM credit_note n JOIN invoice v ON v.id = n.invoice_id WHERE n.currency = 'USD'"
        ),
    ],
)
def test_a_credit_that_is_lost_changed_or_given_twice_is_found(
    small: SmallFirm, database: Database, change: str
) -> None:
    assert "I06" in broken_by(small, database, change)


def test_a_gap_in_the_numbers_of_credit_notes_is_found(small: SmallFirm, database: Database) -> None:
    told = broken_by(small, database, "UPDATE credit_note SET number = 2 WHERE currency = 'USD'")
    assert "I02" in told
