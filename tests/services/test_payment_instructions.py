"""Where to pay: said by the legal entity, kept by what was issued, told in paper, mail and reminder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from uuid import UUID

import pytest
from docx import Document
from sqlalchemy import select

from contracts_app.domain.commands.administration import Administration, SetPaymentInstructions
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import IssueInvoice
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.services import administration
from contracts_app.settings import Settings
from contracts_app.store import legal_entities
from contracts_app.store.tables import blob, document, issued_invoice, message
from contracts_app.store.transaction import reading
from tests.services.second_person import agreed
from tests.services.small_firm import SmallFirm, found

FIRST = "Small Bank, account ending 0001\nPlease state the invoice number."
SECOND = "Other Small Bank, account ending 0002"
MARCH = date(2024, 3, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, papers=True)
    firm.open_contract("A", ReceivableArises.submission, Decimal(1000000))
    yield firm
    firm.engine.dispose()


def _say(small: SmallFirm, by: Role, words: str) -> Outcome:
    body = SetPaymentInstructions(legal_entity_id=small.entity_id, payment_instructions=words)
    command = Administration(
        firm_id=small.id, by=small.people[by], key=f"pay {words}", signed_in="test", body=body
    )
    return administration.administer(small.engine, small.settings, command)


def _mails(small: SmallFirm, kind: str) -> list[str]:
    with reading(small.engine, small.id) as connection:
        return list(
            connection.execute(
                select(message.c.body).where(message.c.firm_id == small.id, message.c.kind == kind)
            ).scalars()
        )


def _paper(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        data = connection.execute(
            select(blob.c.bytes)
            .join(document, (document.c.firm_id == blob.c.firm_id) & (document.c.sha256 == blob.c.sha256))
            .where(document.c.invoice_id == invoice_id, document.c.kind == "application_docx")
        ).scalar_one()
    return "\n".join(one.text for one in Document(BytesIO(bytes(data))).paragraphs)


def test_what_was_issued_keeps_where_it_is_paid_to(small: SmallFirm) -> None:
    """The account changes after issue, before the papers are made: they say what held at issue. A reminder,
    written later, says where to pay now."""
    assert _say(small, Role.controller, FIRST).done
    small.go_to(date(2024, 4, 2))
    invoice_id = small.prepare("A", MARCH, {"2": "20000.00"})
    small.approve(invoice_id)
    assert small.give(Role.coordinator, IssueInvoice(invoice_id=invoice_id)).done
    waits = _say(small, Role.administrator, SECOND)
    assert (waits.done, waits.code) == (True, "waits_for_second")
    assert _where_to_pay(small) == FIRST
    assert agreed(small, small.people[Role.controller], waits).done
    assert _where_to_pay(small) == SECOND
    small.settle()
    assert "account ending 0001" in _paper(small, invoice_id)
    assert "account ending 0002" not in _paper(small, invoice_id)
    sent = _mails(small, "application")
    assert sent
    assert all(f"How to pay:\n{FIRST}\n" in body for body in sent)
    with reading(small.engine, small.id) as connection:
        kept = connection.execute(
            select(issued_invoice.c.payment_instructions).where(issued_invoice.c.invoice_id == invoice_id)
        ).scalar_one()
    assert kept == FIRST
    small.go_to(date(2024, 5, 3))
    assert [SECOND in body for body in _mails(small, "reminder")] == [True]
    report = small.checked()
    assert report.ok, report.sentences()


def _where_to_pay(small: SmallFirm) -> str:
    with reading(small.engine, small.id) as connection:
        return str(legal_entities.get(connection, small.id, small.entity_id)["payment_instructions"])


def test_only_administrator_and_controller_say_where_to_pay(small: SmallFirm) -> None:
    refused = _say(small, Role.coordinator, FIRST)
    assert (refused.done, refused.status) == (False, 403)
