"""A contract with work behind it: its first application here starts from where the last one before stood.

The third application of the worked continuation sheet: completed and stored 2,813,929.94, retainage
281,392.99, earned less retainage 2,532,536.95; previous certificates 1,577,619.45, so that 954,917.50 were
due. Line 7 of the fourth is the third's line 6.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import func, select

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, PostImport, UndoImport
from contracts_app.domain.commands.invoice_commands import WithdrawDraft
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime
from contracts_app.domain.contract import ContractTerms, RetainageTerms
from contracts_app.domain.roles import Role
from contracts_app.services import imports, setting_up
from contracts_app.services.proving import proving
from contracts_app.settings import Settings
from contracts_app.store import contracts as stored_contracts
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.imports import find
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.opening_tables import opening, opening_line
from contracts_app.store.tables import (
    change_order,
    imported_row,
    issued_invoice,
    issued_line,
    retainage_entry,
    sov_line,
)
from contracts_app.store.transaction import reading
from contracts_app.store.views.contract_page import retainage_ledger
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.schedule_page import schedule
from tests.services.small_firm import SmallFirm, found

SIGNED = date(2023, 11, 4)
PERIOD_TO = date(2024, 1, 31)
LINES = """
01 50 00.01|Temporary Facilities & Mobilization|160891|128712.80|0|0|12871.28
02 41 19.02|Selective Demolition|143646|71823|35911.50|7500|11523.45
03 30 00.03|Cast-in-Place Concrete|703244|351622|70324.40|0|42194.64
04 20 00.04|Unit Masonry|531554|0|265777|7500|27327.70
05 12 00.05|Structural Steel Framing|656944|0|328472|0|32847.20
07 50 00.06|Membrane Roofing|776589|77658.90|0|0|7765.89
08 11 13.07|Hollow Metal Doors & Frames|52075|0|0|0|0
09 29 00.08|Gypsum Board|419721|419721|0|0|41972.10
09 65 00.09|Resilient Flooring|781111|0|156222.20|7500|16372.22
21 13 13.10|Wet-Pipe Sprinklers|539896|431916.80|21595.84|0|45351.26
22 11 16.11|Domestic Water Piping|262081|262081|0|0|26208.10
23 31 13.12|Metal Ducts|323858|0|161929|0|16192.90
CO-001|Added handrail|18750|9375|4687.50|0|1406.25
CO-002|Credit: delete planter|-6400|0|-6400|0|-640
"""
HEADER = ["ITEM NO.", "DESCRIPTION OF WORK", "SCHEDULED VALUE", "FROM PREVIOUS APPLICATION", "THIS PERIOD",
          "MATERIALS PRESENTLY STORED", "RETAINAGE"]  # fmt: skip
FACE: list[tuple[str, object]] = [
    ("APPLICATION NO:", 3), ("PERIOD TO:", PERIOD_TO), ("1. ORIGINAL CONTRACT SUM", 5351610),
    ("2. Net change by Change Orders", 12350), ("3. CONTRACT SUM TO DATE", 5363960),
    ("4. TOTAL COMPLETED & STORED TO DATE", 2813929.94), ("5. RETAINAGE", 281392.99),
    ("6. TOTAL EARNED LESS RETAINAGE", 2532536.95), ("7. LESS PREVIOUS CERTIFICATES", 1577619.45),
    ("8. CURRENT PAYMENT DUE", 954917.5), ("9. BALANCE TO FINISH", 2831423.05),
]  # fmt: skip


def workbook() -> bytes:
    book = openpyxl.Workbook()
    face = book.worksheets[0]
    for label, value in FACE:
        face.append([label, None, None, value])
    sheet = book.create_sheet("Continuation")
    sheet.append(HEADER)
    for line in LINES.split("\n")[1:-1]:
        item, text, *amounts = line.split("|")
        sheet.append([item, text, *map(float, amounts)])
        if item.startswith("23"):
            sheet.append([None, "ORIGINAL CONTRACT SUBTOTAL", 5351610])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def small(settings: Settings) -> Iterator[SmallFirm]:
    firm = found(settings)
    yield firm
    firm.engine.dispose()


def opened(small: SmallFirm, number: str, amount: str) -> UUID:
    """A contract that is being set up: 10 % of retainage on all."""
    by, key = small.people[Role.coordinator], f"open {number}"
    contract_id = deterministic_id(small.id, "contract", f"{by}:{key}")
    tenth = Decimal("0.1")
    command = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=number,
        terms=ContractTerms(
            currency="USD",
            original_sum=Decimal(amount),
            contract_date=SIGNED,
            retainage=RetainageTerms(rate_completed=tenth, rate_stored=tenth),
        ),
    )
    small.do(Role.coordinator, command, key)
    small.contracts[number] = contract_id
    return contract_id


def posted(small: SmallFirm, kind: str, number: str, data: bytes, **answers: str) -> Outcome:
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key=f"{kind} {number} {len(data)} {hash(data)}",
        kind=kind,
        contract_id=small.contracts[number],
        file_name="file.xlsx" if data.startswith(b"PK") else "file.csv",
        data=data,
    )
    small.settle()
    if answers:
        small.do(Role.coordinator, DecideImport(import_id=import_id, decisions=answers))
    with reading(small.engine, small.id) as connection:
        row = find(connection, small.id, import_id)
    assert row is not None
    assert row["state"] == "ready", row["report"]["problems"]
    return small.give(Role.coordinator, PostImport(import_id=import_id))


def broken(small: SmallFirm) -> list[object]:
    """What the check finds wrong."""
    return [one.sample for one in small.checked(online=True).findings if one.violations]


def test_the_fourth_application_starts_from_the_third(small: SmallFirm) -> None:
    contract_id = opened(small, "BRIDGE", "5351610.00")
    outcome = posted(small, "pay_application", "BRIDGE", workbook())
    assert outcome.done, outcome.sentence
    with reading(small.engine, small.id) as connection:
        row = stored_contracts.find(connection, small.id, contract_id)
        assert row is not None
        terms = stored_contracts.terms_of(row)
        said = setting_up.checks(connection, small.id, contract_id, terms, date(2024, 2, 19))
    (start,) = [one.sentence for one in said if one.code == "opening"]
    assert start.endswith("The first one here is 4, with 2,532,536.95 USD as line 7.")
    again = posted(small, "pay_application", "BRIDGE", workbook() + b"\0")
    assert (again.done, again.result["imported"]) == (True, 0)
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    with reading(small.engine, small.id) as connection:
        (sums,) = contract_sums(connection, small.id, contract_id=contract_id)
        assert (sums.billed, sums.certified, sums.held) == (
            Decimal("2813929.94"), Decimal("2532536.95"), Decimal("281392.99")
        )  # fmt: skip
        ledger = retainage_ledger(connection, small.id, contract_id)
        assert {row.cause for row in ledger} == {"opening"}
        assert sum(row.withheld for row in ledger) == Decimal("281392.99")
        billed = {row.item_no: row.billed for row in schedule(connection, small.id, contract_id)}
    assert (billed["02 41 19.02"], billed["CO-002"]) == (Decimal("115234.50"), Decimal(-6400))
    assert broken(small) == []

    invoice_id = small.prepare("BRIDGE", date(2024, 2, 19), {"08 11 13.07": "10000.00"})
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    assert (snapshot.application_no, snapshot.period_to) == (4, date(2024, 2, 19))
    small.issue(invoice_id, "BRIDGE-4")
    with reading(small.engine, small.id) as connection:
        lines = {
            row.item_no: row
            for row in connection.execute(select(issued_line).where(issued_line.c.invoice_id == invoice_id))
        }
        issued = connection.execute(
            select(issued_invoice).where(issued_invoice.c.invoice_id == invoice_id)
        ).one()
        held = connection.execute(
            select(func.sum(retainage_entry.c.withheld)).where(retainage_entry.c.contract_id == contract_id)
        ).scalar_one()
    # D = D + E of the third: 71,823.00 + 35,911.50; its stored 7,500.00 stay in F.
    assert (lines["02 41 19.02"].previous, lines["02 41 19.02"].stored) == (
        Decimal("107734.50"), Decimal(7500)
    )  # fmt: skip
    # ΣD = 1,752,910.50 + 1,038,519.44 = 2,791,429.94, ΣF = 22,500.00.
    assert sum(row.previous for row in lines.values()) == Decimal("2791429.94")
    assert sum(row.stored for row in lines.values()) == Decimal(22500)
    # Line 4 = 2,813,929.94 + 10,000.00; 10 % of 10,000.00 is kept: line 5 = 281,392.99 + 1,000.00.
    assert (issued.line4, issued.line5, issued.line7, issued.line8) == (
        Decimal("2823929.94"), Decimal("282392.99"), Decimal("2532536.95"), Decimal(9000)
    )  # fmt: skip
    assert (issued.line1, issued.line2, held) == (Decimal(5351610), Decimal(12350), Decimal("282392.99"))
    small.certify(invoice_id)
    assert broken(small) == []
    with reading(small.engine, small.id) as connection:
        proof = proving.prove(connection, small.id, invoice_id)
    assert proof.proved, proof.sentence


def test_an_opening_that_does_not_fit_is_refused_with_a_sentence(small: SmallFirm) -> None:
    opened(small, "OTHER", "5351610.01")
    outcome = posted(small, "pay_application", "OTHER", workbook())
    assert (outcome.done, outcome.code) == (False, "schedule_does_not_add_up")
    assert "5,351,610.00" in (outcome.sentence or "")


def test_a_past_application_is_taken_back_as_a_whole(small: SmallFirm) -> None:
    contract_id = opened(small, "BACK", "5351610.00")
    outcome = posted(small, "pay_application", "BACK", workbook())
    import_id = UUID(str(outcome.result["import_id"]))
    small.do(Role.coordinator, UndoImport(import_id=import_id, reason="The wrong contract"))
    with reading(small.engine, small.id) as connection:
        left = [
            connection.execute(
                select(func.count()).select_from(one).where(one.c.contract_id == contract_id)
            ).scalar_one()
            for one in (opening, opening_line, sov_line, change_order, imported_row)
        ]
    assert left == [0, 0, 0, 0, 0]
    assert posted(small, "pay_application", "BACK", workbook() + b"\0").done


TABLE = (
    "Item number,As of,Last application number,Work completed to date,Materials presently stored,"
    "Retainage held,Paid to date\n1,2024-01-31,{number},20000.00,0,2000.00,18000.00\n"
    "2,2024-01-31,{number},{second},1000.00,1300.00,11700.00\n"
)
SCHEDULE = "Item,Work,Value\n1,Site,20000.00\n2,Concrete,80000.00\n"


def test_a_table_of_opening_balances(small: SmallFirm) -> None:
    """Line 7 = 20,000 + 12,000 + 1,000 - 2,000 - 1,300 = 29,700; an application of nothing new is 0.00."""
    contract_id = opened(small, "TABLE", "100000.00")
    assert posted(small, "schedule_of_values", "TABLE", SCHEDULE.encode()).done
    above = TABLE.format(number=7, second="79500.00")
    refused = posted(small, "opening_balances", "TABLE", above.encode())
    assert (refused.done, refused.code) == (False, "opening_above_value")
    outcome = posted(small, "opening_balances", "TABLE", TABLE.format(number=7, second="12000.00").encode())
    assert outcome.done, outcome.sentence
    with reading(small.engine, small.id) as connection:
        import_id = connection.execute(
            select(opening.c.import_id).where(opening.c.contract_id == contract_id)
        ).scalar_one()
    small.do(Role.coordinator, UndoImport(import_id=import_id, reason="The wrong month"))
    again = TABLE.format(number=7, second="12000.00").replace("Item number", "Item no")
    assert posted(small, "opening_balances", "TABLE", again.encode()).done
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    invoice_id = small.prepare("TABLE", date(2024, 2, 19), {"2": "5000.00"})
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    assert snapshot.previous is not None
    assert (snapshot.application_no, snapshot.previous.line6) == (8, Decimal(29700))
    small.do(Role.coordinator, WithdrawDraft(invoice_id=invoice_id, reason="Only to see it"))
    assert broken(small) == []


def test_time_that_was_billed_before_counts_against_the_cap(small: SmallFirm) -> None:
    """Of 1,000.00 are 800.00 billed: of three hours at 100.00 there is room for 200.00."""
    contract_id = opened(small, "STUDY", "1000.00")
    line = ScheduleRow(
        item_no="1",
        description="Study",
        scheduled_value=Decimal(1000),
        basis=Basis.time_and_materials,
        not_to_exceed=True,
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    rates = "Role,Rate,Effective from\n,100.00,2024-01-01\n"
    assert posted(small, "rate_cards", "STUDY", rates.encode()).done
    table = "Item number,As of,Last application number,Work completed to date\n1,2024-01-31,2,800.00\n"
    outcome = posted(small, "opening_balances", "STUDY", table.encode())
    assert outcome.done, outcome.sentence
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    sheet = "Date,Person,Task,Notes,Hours,Billable\n2024-02-19,Example Person,Design,Plans,3,yes\n"
    assert posted(small, "timesheet", "STUDY", sheet.encode()).done
    with reading(small.engine, small.id) as connection:
        (entry,) = connection.execute(
            select(time_entry.c.id).where(time_entry.c.contract_id == contract_id)
        ).scalars()
    small.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=small.seen(entry)))
    invoice_id = small.issue(small.prepare("STUDY", date(2024, 2, 19)), "STUDY-3")
    with reading(small.engine, small.id) as connection:
        issued = connection.execute(
            select(issued_invoice).where(issued_invoice.c.invoice_id == invoice_id)
        ).one()
    # Line 4 = 1,000.00 with 10 % of 200.00 held; line 7 = 800.00.
    assert (issued.line4, issued.line7) == (Decimal(1000), Decimal(800))
    assert broken(small) == []


def test_bids_milestones_and_rates_come_into_the_contract(small: SmallFirm) -> None:
    """1,100 + 900 = 2,000: the second bidder's prices are the schedule."""
    contract_id = opened(small, "PAVING", "2000.00")
    bids = (
        ",,,,First,,Second,\nItem,Description,Qty,Unit,Unit Price,Amount,Unit Price,Amount\n"
        "1,Paving,100,SY,12.50,1250.00,11.00,1100.00\n2,Kerb,1,LS,800.00,800.00,900.00,900.00\n"
    )
    assert posted(small, "bid_tabulation", "PAVING", bids.encode(), bidder="Second").done
    milestones = "Milestone,Item number,Amount,Close-out\nKerb laid,2,450.00,no\nRecords,,0.00,yes\n"
    assert posted(small, "milestones", "PAVING", milestones.encode()).done
    rates = "Role,Rate,Effective from\nEngineer,150.00,2024-01-01\n"
    assert posted(small, "rate_cards", "PAVING", rates.encode()).done
    with reading(small.engine, small.id) as connection:
        shown = schedule(connection, small.id, contract_id)
    assert [(row.item_no, row.scheduled_value, row.unit_price is not None) for row in shown] == [
        ("1", Decimal(1100), True),
        ("2", Decimal(900), False),
    ]
