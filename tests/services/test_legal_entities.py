"""A firm with two legal entities: each bills, numbers and reminds by itself, in its own currency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.services import legal_entities
from contracts_app.settings import Settings
from contracts_app.store import receivables
from contracts_app.store.tables import document, issued_invoice, message, receivable_entry, reminder
from contracts_app.store.transaction import Origin, own_step, reading
from tests.conftest import MailServer
from tests.services.small_firm import SmallFirm, found

PERIOD = date(2024, 3, 31)
NORTH = "Small Mechanical North"


def add_north(small: SmallFirm, prefix: str = "SN-", name: str = NORTH) -> UUID:
    with own_step(small.engine, small.id, f"add {name}", Origin()) as tx:
        return legal_entities.add(
            tx,
            name=name,
            country="CA",
            currency="CAD",
            time_zone="America/Toronto",
            address="5 Small Road\nSmall Town, ON",
            email="billing@small-north.example",
            number_prefix=prefix,
            payment_instructions="Small North Bank\nAccount ending 0007",
        )


@dataclass
class Two:
    """A firm with an entity in the south and one in the north; one client owes an invoice to each."""

    small: SmallFirm
    south: UUID
    north: UUID
    invoices: dict[str, UUID]


@pytest.fixture
def two(settings: Settings, smtp: MailServer) -> Iterator[Two]:
    small = found(settings)
    south, north = small.entity_id, add_north(small)
    invoices = {}
    for entity, number, currency in ((south, "A", "USD"), (north, "N", "CAD")):
        small.entity_id = entity
        small.open_contract(number, ReceivableArises.submission, Decimal(1000000), currency)
    small.go_to(date(2024, 4, 2))
    for number, claimed in (("A", "30000.00"), ("N", "20000.00")):
        invoices[number] = small.issue(small.prepare(number, PERIOD, {"2": claimed}), number)
    yield Two(small, south, north, invoices)
    small.engine.dispose()


def test_each_entity_has_a_number_series_of_its_own(two: Two) -> None:
    with reading(two.small.engine, two.small.id) as connection:
        rows = connection.execute(
            select(issued_invoice).where(issued_invoice.c.firm_id == two.small.id)
        ).all()
    assert {(row.legal_entity_id, row.number, row.number_text, row.currency) for row in rows} == {
        (two.south, 1, "SM-00001", "USD"),
        (two.north, 1, "SN-00001", "CAD"),
    }


def test_each_entity_reminds_of_what_is_owed_to_it(two: Two, smtp: MailServer) -> None:
    """Both invoices fall due on 2 May, thirty days after they were issued."""
    small = two.small
    small.go_to(date(2024, 5, 3))
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        reminders = connection.execute(select(reminder).where(reminder.c.firm_id == small.id)).all()
        letters = connection.execute(
            select(message).where(message.c.firm_id == small.id, message.c.kind == "reminder")
        ).all()
        papers = connection.execute(
            select(document).where(document.c.firm_id == small.id, document.c.kind == "reminder")
        ).all()
    assert {(one.legal_entity_id, one.reminded_on, one.level) for one in reminders} == {
        (two.south, date(2024, 5, 3), 1),
        (two.north, date(2024, 5, 3), 1),
    }
    assert len(papers) == 2
    told = {one.legal_entity_id: one for one in letters}
    assert told[two.south].subject == "Payment reminder: 27,000.00 USD past due"
    assert told[two.north].subject == "Payment reminder: 18,000.00 CAD past due"
    assert "Small North Bank" in told[two.north].body
    assert "Small North Bank" not in told[two.south].body
    senders = {known.name: known.read_text(encoding="utf-8", errors="replace") for known in _mails(smtp)}
    of_north = [text for text in senders.values() if told[two.north].message_id in text]
    assert len(of_north) == 1
    assert "From: billing@small-north.example" in of_north[0]
    report = small.checked()
    assert report.ok, report.sentences()


def _mails(smtp: MailServer) -> list[Path]:
    return [path for path in smtp.folder.rglob("*") if path.is_file()]


def _paid(two: Two, payee: UUID | None, currency: str, reference: str, *invoices: UUID) -> Outcome:
    outcome = two.small.give(
        Role.coordinator,
        ReceivePayment(
            client_id=two.small.client_id,
            legal_entity_id=payee,
            amount=Decimal("20000.00"),
            currency=currency,
            received_on=date(2024, 4, 2),
            reference=reference,
            invoices=invoices,
        ),
    )
    two.small.settle()
    return outcome


def test_a_payment_to_one_entity_settles_nothing_that_is_owed_to_the_other(two: Two) -> None:
    """The north is owed 18,000.00 CAD: of 20,000.00 CAD paid to it, 2,000.00 stay unapplied."""
    small = two.small
    paid = _paid(two, two.north, "CAD", "WIRE-1")
    assert (paid.result["applied"], paid.result["unapplied"]) == ("18000.00", "2000.00")
    applied = small.apply(UUID(str(paid.result["payment_id"])), two.invoices["A"], "2000.00")
    assert (applied.done, applied.code) == (False, "cash_of_another_legal_entity")
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        receipt = connection.execute(
            select(message).where(message.c.firm_id == small.id, message.c.kind == "receipt")
        ).one()
    assert receipt.legal_entity_id == two.north
    report = small.checked()
    assert report.ok, report.sentences()


def test_a_payment_names_its_payee_and_comes_in_that_ones_currency(two: Two) -> None:
    refused = (
        _paid(two, None, "USD", "WIRE-1"),
        _paid(two, two.north, "USD", "WIRE-1"),
        _paid(two, two.small.client_id, "USD", "WIRE-1"),
        _paid(two, two.north, "CAD", "WIRE-1", two.invoices["A"]),
    )
    assert [outcome.code for outcome in refused] == [
        "legal_entity_needed",
        "currency_of_legal_entity",
        "not_found",
        "cash_of_another_legal_entity",
    ]
    # Two banks may give the same reference.
    assert _paid(two, two.north, "CAD", "WIRE-1").done
    assert _paid(two, two.south, "USD", "WIRE-1").done
    assert _paid(two, two.south, "USD", "WIRE-1").code == "payment_known"


def test_the_database_keeps_cash_to_the_account_that_was_paid(two: Two) -> None:
    paid = UUID(str(_paid(two, two.north, "CAD", "WIRE-1").result["payment_id"]))
    with pytest.raises(IntegrityError, match="cash settles only"):
        _post_across(two, paid)


def _post_across(two: Two, payment_id: UUID) -> None:
    small = two.small
    with own_step(small.engine, small.id, "across", Origin()) as tx:
        owed = receivables.of_invoice(tx.connection, small.id, two.invoices["A"])
        assert owed is not None
        tx.insert(
            receivable_entry,
            id=tx.new_id("receivable_entry"),
            receivable_id=owed["id"],
            cause="cash",
            amount=Decimal("-1.00"),
            posted_on=date(2024, 4, 2),
            payment_id=payment_id,
        )


def test_no_two_entities_share_a_name_or_a_prefix(two: Two) -> None:
    for prefix, name in (("SN-", "Another"), ("SX-", NORTH)):
        with pytest.raises(Refused):
            add_north(two.small, prefix, name)
