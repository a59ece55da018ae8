"""The papers of consulting invoices, made from a firm that bills time and milestones; they can be proved."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy.engine import RowMapping

from contracts_app.documents.annex_sheet import DETAIL
from contracts_app.documents.pdf import text_of
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.invoice_commands import PrepareApplication
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, PlanMilestone
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, EnterTime, TypedTime
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.invariants import check_in
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import documents, imports
from contracts_app.store.tables import message
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found

APRIL, MAY = date(2024, 4, 30), date(2024, 5, 31)


@pytest.fixture
def firm(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A contract with a study by time at 1,000.00 not to exceed and a report by milestones, in force."""
    small = found(settings, f"Papers {uuid4()}", papers=True)
    key = "consulting"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("4000.00"),
        contract_date=date(2024, 2, 19),
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        partial_milestones=True,
    )
    small.contracts["C"] = contract_id
    small.do(
        Role.coordinator,
        OpenContract(
            contract_id=contract_id,
            client_id=small.client_id,
            legal_entity_id=small.entity_id,
            project_manager_id=small.people[Role.project_manager],
            number="C",
            title="Study and report",
            terms=terms,
        ),
        key,
    )
    rows = (
        ScheduleRow(
            item_no="1",
            description="Study",
            scheduled_value=Decimal("1000.00"),
            basis=Basis.time_and_materials,
        ),
        ScheduleRow(
            item_no="2", description="Report", scheduled_value=Decimal("3000.00"), basis=Basis.milestone
        ),
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    rate = RateRow(rate=Decimal("100.00"), effective_from=date(2024, 2, 19))
    small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=(rate,)))
    for title, amount in (("Draft report", "1000.00"), ("Final report", "2000.00")):
        planned = PlanMilestone(contract_id=contract_id, item_no="2", title=title, amount=Decimal(amount))
        given = small.do(Role.coordinator, planned)
        small.contracts[title] = UUID(str(given.result["milestone_id"]))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    small.do(Role.administrator, MoveCalendar(to=date(2024, 6, 3)))
    yield small
    small.engine.dispose()


def work(firm: SmallFirm, hours: str, on: date) -> None:
    contract_id = firm.contracts["C"]
    typed = TypedTime(
        item_no="1",
        person="Sample Engineer",
        work_date=on,
        seconds=int(Decimal(hours) * 3600),
        description="=1+1 a sketch",
    )
    given = firm.do(Role.coordinator, EnterTime(contract_id=contract_id, entries=(typed,)))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    firm.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=firm.seen(UUID(entries[0]))))


def reach(firm: SmallFirm, title: str, amount: str | None = None) -> None:
    ids = {"contract_id": firm.contracts["C"], "milestone_id": firm.contracts[title]}
    part = None if amount is None else Decimal(amount)
    achieved = AchieveMilestone(**ids, evidence="Sent to the client", amount=part)
    firm.approve_milestone(**ids, achieved=firm.do(Role.coordinator, achieved))


def bill(firm: SmallFirm, period_to: date, name: str) -> UUID:
    body = PrepareApplication(contract_id=firm.contracts["C"], period_to=period_to)
    return firm.issue(UUID(str(firm.do(Role.coordinator, body).result["invoice_id"])), name)


def papers(firm: SmallFirm, **about: UUID) -> Mapping[str, tuple[RowMapping, bytes]]:
    with reading(firm.engine, firm.id) as connection:
        return {
            row["kind"]: (row, imports.bytes_of(connection, firm.id, row["sha256"]))
            for row in documents.about(connection, firm.id, **about)
        }


def letters(firm: SmallFirm) -> list[RowMapping]:
    with reading(firm.engine, firm.id) as connection:
        rows = connection.execute(message.select().where(message.c.firm_id == firm.id))
        return list(rows.mappings())


def test_two_invoices_over_a_limit_and_by_parts_of_milestones(firm: SmallFirm) -> None:
    work(firm, "8", date(2024, 4, 4))
    work(firm, "4", date(2024, 4, 5))
    reach(firm, "Draft report")
    reach(firm, "Final report", "500.00")
    first = bill(firm, APRIL, "1")
    made = papers(firm, invoice_id=first)
    assert set(made) == {"consulting", "consulting_docx", "detail_annex"}
    text = text_of(made["consulting"][1])
    for part in (
        "Over not-to-exceed: stays unbilled",
        "-200.00",
        "Draft report",
        "part of 2,000.00",
        "2,500.00",
    ):
        assert part in text
    assert "Net 30 from the invoice date" in text
    assert "pplication" not in text
    book = load_workbook(io.BytesIO(made["detail_annex"][1]))
    assert book[DETAIL]["E5"].value == "=1+1 a sketch"
    assert book[DETAIL]["E5"].data_type == "s"
    letter = next(row for row in letters(firm) if row["kind"] == "consulting")
    assert letter["document_id"] == made["consulting"][0]["id"]
    assert letter["subject"].startswith("Invoice SM-00001, C Study and report: 2,500.00 USD")

    amendment = ProposeChangeOrder(
        contract_id=firm.contracts["C"],
        number="A-1",
        title="More study",
        amount=Decimal("500.00"),
        raises="1",
    )
    firm.do(Role.coordinator, amendment)
    firm.do(
        Role.controller,
        ExecuteChangeOrder(contract_id=firm.contracts["C"], number="A-1", executed_on=date(2024, 5, 2)),
    )
    reach(firm, "Final report")
    second = bill(firm, MAY, "2")
    text = text_of(papers(firm, invoice_id=second)["consulting"][1])
    for part in (
        "billed now",
        "200.00",
        "More study",
        "Final report",
        "1,500.00",
        "Changes the fee or limit",
    ):
        assert part in text
    assert "Draft report" not in text

    with reading(firm.engine, firm.id) as connection:
        for invoice_id in (first, second):
            proof = prove(connection, firm.id, invoice_id)
            assert proof.proved, proof.sentence
            assert proof.checked > 40
        papers_and_figures = next(one for one in check_in(connection, firm.id).findings if one.id == "I01")
        assert papers_and_figures.violations == 0, papers_and_figures.sample


def test_the_receipt_calls_it_an_invoice(firm: SmallFirm) -> None:
    work(firm, "3", date(2024, 4, 4))
    bill(firm, APRIL, "1")
    paid = ReceivePayment(
        client_id=firm.client_id,
        amount=Decimal("300.00"),
        currency="USD",
        received_on=date(2024, 6, 3),
        reference="WIRE-9",
    )
    payment_id = UUID(str(firm.do(Role.coordinator, paid).result["payment_id"]))
    text = text_of(papers(firm, payment_id=payment_id)["receipt"][1])
    assert "Invoice 1" in text
    assert "Application" not in text
    letter = next(row for row in letters(firm) if row["kind"] == "receipt")
    assert "SM-00001 (invoice 1): 300.00 USD, paid in full" in letter["body"]


def test_the_reminder_calls_it_an_invoice(firm: SmallFirm) -> None:
    work(firm, "3", date(2024, 4, 4))
    bill(firm, APRIL, "1")
    firm.go_to(date(2024, 7, 8))
    reminded = next(row for row in letters(firm) if row["kind"] == "reminder")
    assert "Invoice SM-00001 (invoice 1), contract C" in reminded["body"]
    assert "pplication" not in reminded["body"]
