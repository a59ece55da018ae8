"""Estimates at completion and the work-in-progress schedule, from what is stored of contracts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.documents import wip_sheet
from contracts_app.domain.commands.cost_commands import RecordCosts, TypedCost
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.reports.wip_schedule import WipRow, WipSchedule
from contracts_app.domain.roles import Role
from contracts_app.services import wip_report
from contracts_app.services.wip_report import WipReport
from contracts_app.settings import Settings
from contracts_app.store import budgets
from contracts_app.store.transaction import firm_transaction, reading
from tests.services.bringing_in import post
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Three contracts of 100,000.33 at the end of April 2024: W was billed 40,000.00, V nothing, and nobody
    estimates N."""
    firm = found(settings, "Estimating")
    for number in ("W", "V", "N"):
        firm.open_contract(number)
    firm.go_to(MARCH)
    firm.issue(firm.prepare("W", MARCH, {"1": "10000.00", "2": "30000.00"}), "W1")
    assert estimate(firm, "W", MARCH, "80000.00", "30000.00").done
    assert estimate(firm, "V", MARCH, "50000.00", "10000.00").done
    firm.go_to(date(2024, 4, 7))
    firm.certify(firm.invoices["W1"], {firm.lines("W")["2"]: "25000.00"})
    firm.go_to(APRIL)
    assert estimate(firm, "W", APRIL, "120000.00", "60000.00", remark="Ducts cost more").done
    yield firm
    firm.engine.dispose()


def estimate(
    small: SmallFirm,
    number: str,
    as_of: date,
    at_completion: str,
    to_date: str | None,
    role: Role = Role.project_manager,
    remark: str = "",
    **more: object,
) -> Outcome:
    body = EstimateCost.model_validate(
        {
            "contract_id": small.contracts[number],
            "as_of": as_of,
            "at_completion": at_completion,
            "to_date": to_date,
            "remark": remark,
            **more,
        }
    )
    return small.give(role, body)


def report(small: SmallFirm, as_of: date) -> WipReport:
    with reading(small.engine, small.id) as connection:
        return wip_report.report(connection, small.id, as_of)


def rows(found: WipReport) -> dict[str, WipRow]:
    return {row.now.number: row for schedule in found.schedules for row in schedule.rows}


def test_over_and_underbilling_stand_apart_as_of_the_end_of_march(small: SmallFirm) -> None:
    found = report(small, MARCH)
    w, v = rows(found)["W"].now, rows(found)["V"].now
    # 100,000.33 × 30 / 80 = 37,500.12375; 40,000.00 billed, of it 10 % retained.
    assert (w.complete, w.earned) == (Decimal("0.375"), Decimal("37500.12"))
    assert (w.billed, w.retainage_held) == (Decimal("40000.00"), Decimal("4000.00"))
    assert (w.underbilled, w.overbilled) == (Decimal(0), Decimal("2499.88"))
    assert (w.gross_profit, w.backlog) == (Decimal("7500.12"), Decimal("62500.21"))
    # 100,000.33 × 10 / 50 = 20,000.066
    assert (v.earned, v.underbilled) == (Decimal("20000.07"), Decimal("20000.07"))
    sums = found.schedules[0].totals
    assert (sums.underbilled, sums.overbilled) == (Decimal("20000.07"), Decimal("2499.88"))
    assert [one.contract.number for one in found.missing] == ["N"]
    assert rows(found)["W"].gain is None


def test_a_loss_is_provided_for_and_earlier_reports_stay(small: SmallFirm) -> None:
    found = report(small, APRIL)
    row = rows(found)["W"]
    # Half is done: 50,000.165 earned, 60,000.00 spent; of the loss of 19,999.67 there is 9,999.84 to come.
    assert row.now.earned == Decimal("50000.17")
    assert (row.now.provision, row.now.gross_profit) == (Decimal("9999.84"), Decimal("-19999.67"))
    # Certified on 7 April: 35,000.00 of the 40,000.00.
    assert (row.now.billed, row.now.underbilled) == (Decimal("35000.00"), Decimal("15000.17"))
    # 20,000.33 was expected at the end of March: the estimate is 40,000.00 higher.
    assert row.gain == Decimal("-40000.00")
    # The progress of March, 30,000.00, of the whole of today: 25,000.0825 less 37,500.12 earned then.
    assert row.caught_up == Decimal("-12500.04")
    assert [one.now.number for one in found.losses(found.schedules[0])] == ["W"]
    assert rows(report(small, MARCH))["W"].now.earned == Decimal("37500.12")
    assert rows(report(small, date(2024, 4, 6)))["W"].now.billed == Decimal("40000.00")
    assert rows(report(small, date(2024, 4, 7)))["W"].now.billed == Decimal("35000.00")


def test_the_next_year_has_only_its_own_part(small: SmallFirm) -> None:
    row = rows(report(small, date(2025, 1, 31)))["W"]
    assert row.prior_years.earned == Decimal("50000.17")
    assert row.this_year.earned == row.this_year.cost == Decimal(0)


def test_without_a_typed_cost_the_recorded_costs_count(small: SmallFirm) -> None:
    bills = [(date(2024, 3, 4), "5400.00", "400.00"), (date(2024, 4, 2), "3000.00", "0.00")]
    costs = tuple(
        TypedCost(
            item_no="2",
            category=CostCategory.material,
            incurred_on=day,
            gross=Decimal(gross),
            recoverable_tax=Decimal(tax),
            description="Sheet metal",
        )
        for day, gross, tax in bills
    )
    small.do(Role.coordinator, RecordCosts(contract_id=small.contracts["V"], costs=costs))
    done = estimate(small, "V", APRIL, "50000.00", None, Role.controller)
    assert done.done, done.sentence
    assert done.result["cost_to_date"] == "8000.00"
    # 100,000.33 × 8 / 50 = 16,000.0528
    assert rows(report(small, APRIL))["V"].now.earned == Decimal("16000.05")


@pytest.mark.parametrize(
    ("as_of", "at_completion", "to_date", "role", "code"),
    [
        (date(2024, 5, 1), "1.00", "0.00", Role.project_manager, "date_in_future"),
        (date(2024, 2, 18), "1.00", "0.00", Role.project_manager, "before_contract"),
        (APRIL, "1.00", "1.01", Role.project_manager, "below_cost_to_date"),
        (APRIL, "1.001", "0.00", Role.project_manager, "too_many_decimals"),
        (APRIL, "1.00", "0.00", Role.coordinator, "not_allowed"),
        (APRIL, "1.00", "0.00", Role.client, "not_allowed"),
    ],
)
def test_what_is_no_estimate_is_refused(
    small: SmallFirm, as_of: date, at_completion: str, to_date: str, role: Role, code: str
) -> None:
    outcome = estimate(small, "N", as_of, at_completion, to_date, role)
    assert (outcome.done, outcome.code) == (False, code)


def test_uninstalled_material_is_a_part_of_the_cost(small: SmallFirm) -> None:
    outcome = estimate(small, "N", APRIL, "100.00", "10.00", uninstalled="6.00", wasted="4.01")
    assert outcome.code == "parts_above_cost"


def test_an_estimate_is_written_once(small: SmallFirm) -> None:
    with (
        firm_transaction(small.engine, small.id) as connection,
        pytest.raises(DBAPIError),
    ):
        connection.execute(text("UPDATE cost_estimate SET at_completion = 1"))


BUDGET = (
    "Cost code,Description,Original budget,Approved changes,Revised budget\n"
    "01 50 00,Site,15000.00,500.00,15500.00\n"
)


def test_a_budget_is_said_where_nobody_estimated_and_each_file_is_an_edition(small: SmallFirm) -> None:
    """It is no estimate: that is for the project manager to say."""
    day = date(2024, 3, 30)
    told = {one.contract.number: one.sentence for one in report(small, day).missing}
    first = post(small, "budget", "N", BUDGET + "03 30 00,Concrete,40000.00,0,40000.00\n")
    assert first.result["imported"] == 2
    with reading(small.engine, small.id) as connection:
        known = budgets.sums(connection, small.id, [small.contracts["N"]])[small.contracts["N"]]
    assert [known.original, known.changes, known.revised] == [Decimal(55000), Decimal(500), Decimal(55500)]
    later = post(small, "budget", "N", BUDGET.replace("500.00,15500.00", "900.00,15900.00"))
    assert (later.result["imported"], later.result["skipped_known"]) == (1, 0)
    said = {one.contract.number: one.sentence for one in report(small, day).missing}["N"]
    assert said == told["N"] + " Its budget comes to 55,900.00 USD."
    with reading(small.engine, small.id) as connection:
        held = budgets.lines(connection, small.id, small.contracts["N"])
    assert [(line["cost_code"], line["edition"], line["revised"]) for line in held] == [
        ("01 50 00", 2, 15900), ("03 30 00", 1, 40000)
    ]  # fmt: skip
    for outcome, left in ((later, " Its budget comes to 55,500.00 USD."), (first, "")):
        undo = UndoImport(import_id=UUID(str(outcome.result["import_id"])), reason="A test.")
        assert small.give(Role.coordinator, undo).done
        now = {one.contract.number: one.sentence for one in report(small, day).missing}["N"]
        assert now == told["N"] + left


def test_the_files_have_the_figures_of_the_page(small: SmallFirm) -> None:
    schedule = report(small, MARCH).schedules[0]
    read = list(csv.reader(StringIO(wip_sheet.as_csv(schedule).decode("utf-8-sig"))))
    head, last = read[0], read[-1]
    assert [row[2] for row in read[1:]] == ["V", "W", "Totals"]
    assert dict(zip(head, read[2], strict=True))["Overbilled"] == "2499.88"
    assert dict(zip(head, last, strict=True))["Underbilled"] == "20000.07"
    assert dict(zip(head, last, strict=True))["Complete"] == ""
    book = load_workbook(BytesIO(wip_sheet.as_workbook(schedule, "Estimating")), data_only=True)
    sheet = book["Work in progress"]
    titles = [cell.value for cell in sheet[3]]
    assert sheet[5][titles.index("Overbilled")].value == 2499.88
    assert sheet[6][titles.index("Underbilled")].value == 20000.07


def test_a_number_never_becomes_a_formula(small: SmallFirm) -> None:
    schedule = report(small, MARCH).schedules[0]
    row = schedule.rows[0]
    named = row.model_copy(update={"now": row.now.model_copy(update={"number": "=1+1"})})
    read = list(csv.reader(StringIO(wip_sheet.as_csv(_only(schedule, named)).decode("utf-8-sig"))))
    assert read[1][2] == "'=1+1"
    book = load_workbook(BytesIO(wip_sheet.as_workbook(_only(schedule, named), "Estimating")))
    assert book["Work in progress"]["A4"].data_type == "s"


def _only(schedule: WipSchedule, row: WipRow) -> WipSchedule:
    return schedule.model_copy(update={"rows": (row,)})


def test_a_contract_of_a_very_large_cost_stands_in_the_schedule(small: SmallFirm) -> None:
    """More than 9,999,999,999, which is not much in some currencies, ended the report of the whole firm."""
    spent = "20000000000.00"
    assert estimate(small, "N", MARCH, spent, spent).done
    found = rows(report(small, APRIL))
    assert set(found) == {"N", "V", "W"}
    assert found["N"].now.cost_to_date == Decimal(spent)
