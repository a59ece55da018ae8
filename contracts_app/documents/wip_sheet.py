"""The work-in-progress schedule as a file: CSV for programs, XLSX for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from contracts_app.documents.csv_file import data, plain
from contracts_app.documents.workbooks import RULE, STRONG, TITLE, Book, headings, layout, text
from contracts_app.domain.money import total, written
from contracts_app.domain.reports.wip_schedule import WipRow, WipSchedule

_FIRST_ROW = 4


@dataclass(frozen=True)
class _Column:
    title: str
    of: Callable[[WipRow], Decimal | None]
    summed: bool = True


COLUMNS: Sequence[_Column] = (
    _Column("Original contract sum", lambda row: row.now.original_sum),
    _Column("Change orders", lambda row: row.now.change_orders),
    _Column("Contract price", lambda row: row.now.price),
    _Column("Estimated cost", lambda row: row.now.estimated_cost),
    _Column("Estimated gross profit", lambda row: row.now.estimated_gross_profit),
    _Column("Cost to date", lambda row: row.now.cost_to_date),
    _Column("Complete", lambda row: row.now.complete, summed=False),
    _Column("Earned", lambda row: row.now.earned),
    _Column("Gross profit to date", lambda row: row.now.gross_profit),
    _Column("Provision for loss", lambda row: row.now.provision),
    _Column("Billed", lambda row: row.now.billed),
    _Column("Retainage held", lambda row: row.now.retainage_held),
    _Column("Underbilled", lambda row: row.now.underbilled),
    _Column("Overbilled", lambda row: row.now.overbilled),
    _Column("Backlog", lambda row: row.now.backlog),
    _Column("Pending changes", lambda row: row.now.pending),
    _Column("Earned, prior years", lambda row: row.prior_years.earned),
    _Column("Cost, prior years", lambda row: row.prior_years.cost),
    _Column("Gross profit, prior years", lambda row: row.prior_years.gross_profit),
    _Column("Earned, this year", lambda row: row.this_year.earned),
    _Column("Cost, this year", lambda row: row.this_year.cost),
    _Column("Gross profit, this year", lambda row: row.this_year.gross_profit),
    _Column("Gain or fade since the last month", lambda row: row.gain),
    _Column("Caught up since the last month", lambda row: row.caught_up),
)
"""After the contract's number; those not summed are fractions. Under- and overbilled stay two sums."""


def as_csv(schedule: WipSchedule) -> bytes:
    """A row per contract and the totals, amounts with the currency's decimals."""
    rows: list[list[object]] = [["As of", "Currency", "Contract", *(column.title for column in COLUMNS)]]
    about = [schedule.as_of.isoformat(), schedule.currency]
    for row in schedule.rows:
        cells = [_cell(column, column.of(row), schedule.currency) for column in COLUMNS]
        rows.append([*about, plain(row.now.number), *cells])
    rows.append([*about, "Totals", *(_total(column, schedule) for column in COLUMNS)])
    return data(rows)


def as_workbook(schedule: WipSchedule, firm: str) -> bytes:
    """One sheet: the rows, and totals as formulas with their values."""
    title = f"Work in progress as of {schedule.as_of}, {schedule.currency}"
    book = Book(currency=schedule.currency, title=title, creator=firm, as_of=schedule.as_of)
    sheet = book.sheet("Work in progress")
    text(sheet["A1"], f"{firm}: {title}").font = TITLE
    headings(sheet, _FIRST_ROW - 1, ("Contract", *(column.title for column in COLUMNS)), left=1)
    for at, row in enumerate(schedule.rows, _FIRST_ROW):
        text(sheet.cell(at, 1), row.now.number)
        for index, column in enumerate(COLUMNS, 2):
            value = column.of(row)
            if value is not None:
                shown = None if column.summed else "0.0%"
                book.number(sheet, f"{get_column_letter(index)}{at}", value, shown)
            sheet.cell(at, index).border = RULE
    last = _FIRST_ROW + len(schedule.rows) - 1
    text(sheet.cell(last + 1, 1), "Totals").font = Font(bold=True)
    for index, column in enumerate(COLUMNS, 2):
        if column.summed:
            letter = get_column_letter(index)
            formula = f"=SUM({letter}{_FIRST_ROW}:{letter}{last})"
            book.formula(sheet, f"{letter}{last + 1}", formula, _sum(column, schedule))
    for index in range(1, len(COLUMNS) + 2):
        sheet.cell(last + 1, index).fill = STRONG
    layout(sheet, (18, *(14 for _ in COLUMNS)))
    sheet.page_setup.orientation = "landscape"
    sheet.freeze_panes = f"B{_FIRST_ROW}"
    return book.data()


def _cell(column: _Column, value: Decimal | None, currency: str) -> str:
    if value is None:
        return ""
    return written(value, currency) if column.summed else f"{value:f}"


def _total(column: _Column, schedule: WipSchedule) -> str:
    return written(_sum(column, schedule), schedule.currency) if column.summed else ""


def _sum(column: _Column, schedule: WipSchedule) -> Decimal:
    return total(value for row in schedule.rows if (value := column.of(row)) is not None)
