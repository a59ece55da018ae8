"""Overtime from the time sheet to the invoice: classed, approved, priced by its convention, printed, proved.

The prices are those of docs/SPEC-time-and-materials.md (*Overtime*): 25.00 × 1.5 = 37.50 published, 18.7502
by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.domain.billing.detail import DetailLevel, DetailTerms
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.invoice_commands import PrepareApplication
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    CorrectTime,
    DecideOvertime,
    EnterTime,
    SetOvertime,
    TypedTime,
)
from contracts_app.domain.contract import ContractTerms, InvoiceForm, OvertimeTerms, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.invoice_documents import content_of
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices
from contracts_app.store.transaction import reading
from contracts_app.store.views import consulting, names_alike, time_grid
from contracts_app.store.views.unbilled import unbilled
from contracts_app.store.views.unpriced import unpriced
from tests.services.small_firm import SmallFirm, found

SIGNED = date(2024, 2, 12)
MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
HOUR = 3600
OVERTIME = OvertimeTerms.model_validate(
    {
        "classes": [
            {"name": "overtime", "convention": "factor", "factor": "1.5"},
            {"name": "double", "convention": "flat_rate", "needs_approval": False},
            {"name": "night", "convention": "markup_on_pay", "factor": "1.5", "markup": "0.25"},
        ]
    }
)
RATES = (
    RateRow(rate=Decimal("25.00"), effective_from=SIGNED),
    RateRow(rate=Decimal("40.00"), effective_from=SIGNED, overtime="double"),
    RateRow(person="Sample Fitter", rate=Decimal("14.00"), pay=Decimal("10.00"), effective_from=SIGNED),
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with contracts billed by time, with terms of overtime."""
    made = found(settings, "Overtime Mechanical")
    for number in ("O", "P", "I", "C"):
        _open(made, number)
    made.go_to(date(2024, 6, 3))
    yield made
    made.engine.dispose()


def _open(made: SmallFirm, number: str) -> None:
    key = f"open {number}"
    contract_id = deterministic_id(made.id, "contract", f"{made.people[Role.coordinator]}:{key}")
    made.contracts[number] = contract_id
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("50000.00"),
        contract_date=SIGNED,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        overtime=OVERTIME,
        detail=DetailTerms(level=DetailLevel.person),
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=made.client_id,
        legal_entity_id=made.entity_id,
        project_manager_id=made.people[Role.project_manager],
        number=number,
        title="Overtime",
        terms=terms,
    )
    made.do(Role.coordinator, opened, key)
    line = ScheduleRow(
        item_no="1",
        description="Fit-out",
        scheduled_value=Decimal("50000.00"),
        basis=Basis.time_and_materials,
    )
    made.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    made.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=RATES))
    made.do(Role.controller, ActivateContract(contract_id=contract_id))


def enter(
    small: SmallFirm, number: str, day: date, hours: str, person: str = "Sample Welder", **more: Any
) -> UUID:
    one = TypedTime(
        item_no="1",
        person=person,
        work_date=day,
        seconds=int(Decimal(hours) * HOUR),
        description="Pipes",
        **more,
    )
    given = small.do(Role.coordinator, EnterTime(contract_id=small.contracts[number], entries=(one,)))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    return UUID(entries[0])


def work(small: SmallFirm, number: str, day: date, hours: str, **more: Any) -> UUID:
    entry = enter(small, number, day, hours, **more)
    small.do(
        Role.project_manager, ApproveTime(contract_id=small.contracts[number], entries=small.seen(entry))
    )
    return entry


def approve_overtime(small: SmallFirm, number: str, *entries: UUID, approved: bool = True) -> None:
    body = DecideOvertime(
        contract_id=small.contracts[number],
        entries=small.seen(*entries),
        approved=approved,
        reason="The client's e-mail of March 4",
    )
    small.do(Role.project_manager, body)


def billed(small: SmallFirm, invoice_id: UUID) -> list[tuple[Decimal, Decimal]]:
    with reading(small.engine, small.id) as connection:
        (line,) = draft(invoices.current_snapshot(connection, small.id, invoice_id)).time
    return [(each.rate, each.amount) for each in line.entries]


def test_overtime_is_billed_by_its_convention_once_approved(small: SmallFirm) -> None:
    """200.00 + 62.50 (not approved: 2.5 × 25.00) + 93.75 + 40.00 + 150.00 = 546.25; later the premium of the
    one that was not approved, 2.5 × 12.50 = 31.25."""
    work(small, "O", date(2024, 3, 4), "8")
    late = work(small, "O", date(2024, 3, 5), "2.5", overtime="overtime")
    approved = work(small, "O", date(2024, 3, 6), "2.5", overtime="overtime")
    work(small, "O", date(2024, 3, 7), "1", overtime="double")
    night = work(small, "O", date(2024, 3, 8), "8", person="Sample Fitter", overtime="night")
    approve_overtime(small, "O", approved, night)
    with reading(small.engine, small.id) as connection:
        (listed,) = (one for one in unbilled(connection, small.id, MARCH) if one.number == "O")
        shown = time_grid.rows(connection, small.id, [small.contracts["O"]], time_grid.Wanted())
    assert listed.to_bill == Decimal("546.25")
    assert [row.overtime_said for row in shown] == [
        "",
        "overtime, at the regular rate",
        "overtime, 25 × 1.5",
        "double, 25 × 1.6",
        "night, 14 × 1.3393",
    ]
    assert "not approved" in shown[1].warnings[0]

    invoice_id = small.prepare("O", MARCH)
    as_drafted = [
        (Decimal("25.00"), Decimal("200.00")),
        (Decimal("25.00"), Decimal("62.50")),
        (Decimal("37.50"), Decimal("93.75")),
        (Decimal("40.00"), Decimal("40.00")),
        (Decimal("18.7502"), Decimal("150.00")),
    ]
    assert billed(small, invoice_id) == as_drafted
    approve_overtime(small, "O", late)
    assert billed(small, invoice_id)[1] == (Decimal("37.50"), Decimal("93.75"))
    approve_overtime(small, "O", late, approved=False)
    assert billed(small, invoice_id) == as_drafted
    small.issue(invoice_id, "O1")
    with reading(small.engine, small.id) as connection:
        annex = consulting.annex(connection, small.id, invoice_id)
        assert prove(connection, small.id, invoice_id).proved
        on_page = consulting.as_shown(annex, DetailTerms(level=DetailLevel.person))
        row = invoices.find(connection, small.id, invoice_id)
        agreed = contracts.find(connection, small.id, small.contracts["O"])
        issued = invoices.issued(connection, small.id, invoice_id)
        assert row is not None
        assert agreed is not None
        assert issued is not None
        owner = clients.get(connection, small.id, small.client_id)
        paper = content_of(connection, small.id, row, agreed, owner, issued)
    assert isinstance(paper, ConsultingInvoiceContent)
    (phase,) = paper.lines
    # One line for each person and rate; regular time and overtime at the regular rate are told apart.
    in_print = [(one.entries, one.amount) for one in paper.printed(phase)]
    assert in_print == [(one.entries, one.amount) for own in on_page.values() for one in own]
    assert in_print == [
        (1, Decimal("200.00")),
        (1, Decimal("62.50")),
        (1, Decimal("93.75")),
        (1, Decimal("40.00")),
        (1, Decimal("150.00")),
    ]
    assert [one.overtime for one in annex][2:] == [
        "overtime, 25 × 1.5",
        "double, 25 × 1.6",
        "night, 14 × 1.3393",
    ]

    refused = small.give(
        Role.project_manager,
        DecideOvertime(contract_id=small.contracts["O"], entries=small.seen(late), reason="Said at last"),
    )
    assert refused.code == "time_billed"
    premium = work(small, "O", date(2024, 3, 5), "2.5", overtime="overtime", premium_only=True)
    ask = PrepareApplication(contract_id=small.contracts["O"], period_to=APRIL)
    assert small.give(Role.coordinator, ask).code == "premium_not_billable"
    with reading(small.engine, small.id) as connection:
        assert [one.entries for one in unpriced(connection, small.id, small.contracts["O"])] == [1]
    approve_overtime(small, "O", premium)
    second = small.prepare("O", APRIL)
    assert billed(small, second) == [(Decimal("12.50"), Decimal("31.25"))]
    small.issue(second, "O2")
    assert small.checked(online=True).ok


def test_who_says_that_time_was_overtime_does_not_approve_it(small: SmallFirm) -> None:
    entry = work(small, "P", date(2024, 3, 4), "2")
    contract_id = small.contracts["P"]
    draft_id = small.prepare("P", MARCH)
    said = SetOvertime(contract_id=contract_id, entries=(entry,), overtime="overtime", reason="After six")
    assert small.give(Role.project_manager, said).status == 403
    small.do(Role.coordinator, said)
    assert billed(small, draft_id) == []  # open again, so the draft let it go
    decide = DecideOvertime(contract_id=contract_id, entries=small.seen(entry), reason="Agreed")
    assert small.give(Role.coordinator, decide).status == 403
    stale = small.seen(entry)
    small.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=small.seen(entry)))
    refused = small.give(
        Role.project_manager, DecideOvertime(contract_id=contract_id, entries=stale, reason="Agreed")
    )
    assert refused.code == "changed_since_seen"
    approve_overtime(small, "P", entry)
    small.do(Role.coordinator, ClaimTime(invoice_id=draft_id))
    assert billed(small, draft_id) == [(Decimal("37.50"), Decimal("75.00"))]


def test_a_correction_takes_the_approval_of_overtime_back(small: SmallFirm) -> None:
    contract_id, day = small.contracts["C"], date(2024, 3, 4)
    entry = enter(small, "C", day, "2", overtime="overtime")
    approve_overtime(small, "C", entry)
    said = TypedTime(
        item_no="1", person="Sample Welder", work_date=day, seconds=3 * HOUR, overtime="overtime"
    )
    correct = CorrectTime(contract_id=contract_id, entry_id=entry, entry=said, reason="Three, not two")
    small.do(Role.coordinator, correct)
    small.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=small.seen(entry)))
    assert billed(small, small.prepare("C", MARCH)) == [(Decimal("25.00"), Decimal("75.00"))]


def test_a_time_sheet_names_classes_of_overtime(small: SmallFirm) -> None:
    """OT and DT are the contract's overtime and double; travel is in no terms: regular."""
    sheet = (
        "Date,Person,Hours,Hour type,Project\n"
        "2024-03-04,Sample Welder,8,Regular,Fit-out\n"
        "2024-03-05,Sample Welder,2.5,OT,Fit-out\n"
        "2024-03-06,Sample Welder,1,DT,Fit-out\n"
        "2024-03-07,Sample Welder,1,Travel,Fit-out\n"
    )
    small.post("timesheet", "I", sheet)
    with reading(small.engine, small.id) as connection:
        rows = time_grid.rows(connection, small.id, [small.contracts["I"]], time_grid.Wanted())
    assert [row.overtime for row in rows] == [None, "overtime", "double", "Travel"]
    assert [row.amount for row in rows] == [Decimal(one) for one in ("200.00", "62.50", "40.00", "25.00")]


def test_a_rate_card_rounds_nothing_unsaid_and_tells_of_names_alike(small: SmallFirm) -> None:
    key = "open N"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number="N",
        title="Names",
        terms=ContractTerms(currency="USD", original_sum=Decimal("1.00"), contract_date=SIGNED),
    )
    small.do(Role.coordinator, opened, key)
    fine = RateRow(role="Engineer", rate=Decimal(40), effective_from=SIGNED, multiplier=Decimal("2.8512345"))
    refused = small.give(Role.coordinator, SetRateCard(contract_id=contract_id, rows=(fine,)))
    assert refused.code == "too_many_decimals"
    assert "2.8512345" in refused.sentence
    rows = tuple(
        RateRow(person=name, rate=Decimal(40), effective_from=SIGNED)
        for name in ("Sample Partner", "SAMPLE  partner", "Sample Clerk")
    )
    assert small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rows)).code == "names_alike"
    with reading(small.engine, small.id) as connection:
        found_alike = names_alike.of_contract(connection, small.id, contract_id)
    assert found_alike == [("SAMPLE  partner", "Sample Partner")]
