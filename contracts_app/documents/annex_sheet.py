"""The detail annex of a consulting invoice as a workbook with live formulas: hours × rate, and all sums.

Sheets `Summary`, `Phases` and `Detail`; the amounts of the phases come from the detail. What a rule decided
that a formula cannot repeat (what is over a not-to-exceed amount, a milestone, a share of a fee) is a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from openpyxl.styles import Alignment, Font
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from contracts_app.documents.consulting_invoice import (
    ConsultingInvoiceContent,
    Phase,
    in_print,
    other_words,
    said_of,
)
from contracts_app.documents.wording import Wording, decimal_hours, fee_words, hour_digits, written_digits
from contracts_app.documents.workbooks import (
    MUTED,
    RULE,
    SOFT,
    STRONG,
    SUMMARY,
    TITLE,
    Book,
    SummaryLine,
    headings,
    layout,
    summary,
    tax_rows,
    text,
)
from contracts_app.domain.billing.detail import Printed
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.cost_plus.explained import rows as cost_rows
from contracts_app.domain.money import ZERO, divide, less, multiply, round_to, smallest_unit, total
from contracts_app.domain.time.time_and_materials import HOUR, PricedEntry

PHASES, DETAIL = "Phases", "Detail"
PHASE_HEADINGS = (
    "Item", "Phase", "Billed by", "Fee or limit", "Billed before", "This invoice", "To date", "Left",
)  # fmt: skip
DETAIL_HEADINGS = ("Item", "Date", "Person", "Role", "Work", "Hours", "Rate", "Amount")
SOURCE_HEADING = "File and row"
FIRST_ROW = 5
_DAY = 24 * HOUR
_DATE = "yyyy-mm-dd"


def workbook(content: ConsultingInvoiceContent) -> bytes:
    """The workbook's bytes. Time billed to the second has its seconds in a column of their own, from which
    hours and amounts are computed."""
    return _Workbook(content).filled()


@dataclass
class _Workbook:
    content: ConsultingInvoiceContent
    book: Book = field(init=False)

    def filled(self) -> bytes:
        application = self.content.application
        self.book = Book(
            currency=self.content.currency,
            title=f"Invoice {self.content.invoice_number or 'draft'}",
            creator=self.content.firm.name,
            as_of=application.period_to,
        )
        first, phases = self.book.sheet(SUMMARY), self.book.sheet(PHASES)
        billed = self._detail(self.book.sheet(DETAIL))
        last = self._phases(phases, billed)
        self._summary(first, last)
        return self.book.data()

    def _detail(self, sheet: Worksheet) -> dict[int, str]:
        """Every entry, milestone and share; returns phase → the cell of what it bills now."""
        exact = self._digits is None
        self._head(sheet, "Detail of the invoice")
        from_files = any(each.entry.source for phase in self.content.shown for each in phase.entries)
        titles = (*DETAIL_HEADINGS, SOURCE_HEADING if from_files else "", *(("Seconds",) if exact else ()))
        headings(sheet, FIRST_ROW - 1, titles, left=5)
        sheet.cell(FIRST_ROW - 1, 9).alignment = Alignment(horizontal="left", vertical="bottom")
        row, billed = FIRST_ROW, {}
        for index, phase in enumerate(self.content.shown):
            if not phase.has_detail:
                continue
            start = row
            timed = self._time(sheet, row, phase)
            row += timed
            for milestone in phase.milestones:
                approved = milestone.approved_on
                self._amount(sheet, row, phase, milestone.title, milestone.amount)
                if approved is not None:
                    sheet[f"B{row}"].value, sheet[f"B{row}"].number_format = approved, _DATE
                row += 1
            costs = self.content.costs_of(phase)
            for cost in cost_rows(costs) if costs is not None else ():
                self._amount(sheet, row, phase, cost.what, cost.amount)
                if cost.on is not None:
                    sheet[f"B{row}"].value, sheet[f"B{row}"].number_format = cost.on, _DATE
                row += 1
            if costs is None and phase.terms.basis not in (Basis.time_and_materials, Basis.milestone):
                said = self.content.explained.get(phase.line.line_id, "Work to the end of the period")
                self._amount(sheet, row, phase, said, phase.now)
                row += 1
            if phase.other != ZERO:
                self._amount(sheet, row, phase, other_words(phase), phase.other)
                row += 1
            text(sheet[f"A{row}"], phase.line.item_no)
            text(sheet[f"E{row}"], f"{phase.line.description}: this invoice")
            if phase.entries:
                self._sum_of_time(sheet, row, start, start + timed - 1, phase.entries)
            self.book.formula(sheet, f"H{row}", f"=SUM(H{start}:H{row - 1})", phase.now)
            for column in range(1, 10 + exact):
                sheet.cell(row, column).font = Font(bold=True)
                sheet.cell(row, column).fill = SOFT
            billed[index] = f"H{row}"
            row += 1
        layout(sheet, (9, 12, 22, 20, 52, 11, 12, 15, 36, *((10,) if exact else ())))
        sheet.freeze_panes = f"A{FIRST_ROW}"
        sheet.print_title_rows = f"{FIRST_ROW - 1}:{FIRST_ROW - 1}"
        sheet.page_setup.orientation = "landscape"
        return billed

    @property
    def _digits(self) -> int | None:
        """Decimals of an hour; None where time is billed to the second."""
        return hour_digits(self.content.hour_rounding.unit_seconds)

    def _time(self, sheet: Worksheet, row: int, phase: Phase) -> int:
        """The time of a phase, each entry with its formula, or lines taken together with their sums;
        returns how many rows that are."""
        if self.content.detail.shows_entries:
            for number, priced in enumerate(phase.entries):
                self._entry(sheet, row + number, phase, priced)
            return len(phase.entries)
        lines = self.content.printed(phase)
        for number, line in enumerate(lines):
            self._words(sheet, row + number, phase, line)
            self._together(sheet, row + number, line)
        return len(lines)

    def _words(self, sheet: Worksheet, row: int, phase: Phase, line: Printed) -> None:
        text(sheet[f"A{row}"], phase.line.item_no)
        sheet[f"B{row}"].value, sheet[f"B{row}"].number_format = line.first, _DATE
        until = "" if line.first == line.last else f" to {line.last}"
        for column, words in (
            ("C", line.person),
            ("D", line.role or ""),
            ("E", f"{said_of(line)}{until}"),
            ("I", line.source),
        ):
            text(sheet[f"{column}{row}"], words)

    def _together(self, sheet: Worksheet, row: int, line: Printed) -> None:
        """Entries taken together: their time and the sum of their amounts, which is no product."""
        digits = self._digits
        if digits is None:
            self.book.number(sheet, f"J{row}", Decimal(line.seconds), "0")
            self._hours_of_seconds(sheet, row, line.seconds)
        else:
            shown = "#,##0" + ("." + "0" * digits if digits else "")
            self.book.number(sheet, f"F{row}", decimal_hours(line.seconds, digits), shown)
        if line.rate is not None:
            self.book.number(sheet, f"G{row}", line.rate, "#,##0.00####")
        self.book.number(sheet, f"H{row}", line.amount)
        self._ruled(sheet, row, 9 + (digits is None))

    def _entry(self, sheet: Worksheet, row: int, phase: Phase, priced: PricedEntry) -> None:
        self._words(sheet, row, phase, in_print(priced))
        digits = self._digits
        if digits is None:
            self.book.number(sheet, f"J{row}", Decimal(priced.seconds), "0")
            self._hours_of_seconds(sheet, row, priced.seconds)
            product = f"J{row}*G{row}/{HOUR}"
        else:
            hours = decimal_hours(priced.seconds, digits)
            self.book.number(sheet, f"F{row}", hours, "#,##0" + ("." + "0" * digits if digits else ""))
            product = f"F{row}*G{row}"
        self.book.number(sheet, f"G{row}", priced.rate, "#,##0.00####")
        self.book.formula(sheet, f"H{row}", self._rounded(product, priced), priced.amount)
        self._ruled(sheet, row, 9 + (digits is None))

    def _rounded(self, product: str, priced: PricedEntry) -> str:
        """The product, rounded as the domain does. A spreadsheet's binary numbers may fall short of an exact
        half cent: there the digits below a millionth of a cent are cut off first."""
        digits = self.book.digits
        exact = divide(multiply(Decimal(priced.seconds), priced.rate), HOUR)
        half = smallest_unit(self.content.currency) / 2
        if less(exact, round_to(exact, self.content.currency)).copy_abs() != half:
            return f"=ROUND({product},{digits})"
        return f"=ROUND(ROUND({product}*{10**digits},6),0)/{10**digits}"

    def _sum_of_time(
        self, sheet: Worksheet, row: int, start: int, end: int, entries: tuple[PricedEntry, ...]
    ) -> None:
        digits = self._digits
        seconds = sum(entry.seconds for entry in entries)
        if digits is None:
            self.book.formula(sheet, f"J{row}", f"=SUM(J{start}:J{end})", Decimal(seconds), "0")
            self._hours_of_seconds(sheet, row, seconds)
        else:
            shown = "#,##0" + ("." + "0" * digits if digits else "")
            hours = decimal_hours(seconds, digits)
            self.book.formula(sheet, f"F{row}", f"=SUM(F{start}:F{end})", hours, shown)

    def _hours_of_seconds(self, sheet: Worksheet, row: int, seconds: int) -> None:
        """Column F from column J, written as on the paper."""
        if written_digits(seconds, 1) is None:
            in_days = divide(Decimal(seconds), _DAY)
            self.book.formula(sheet, f"F{row}", f"=J{row}/{_DAY}", in_days, "[h]:mm:ss")
        else:
            self.book.formula(sheet, f"F{row}", f"=J{row}/{HOUR}", decimal_hours(seconds, 2), "#,##0.00")

    def _amount(self, sheet: Worksheet, row: int, phase: Phase, words: str, amount: Decimal) -> None:
        text(sheet[f"A{row}"], phase.line.item_no)
        text(sheet[f"E{row}"], words)
        self.book.number(sheet, f"H{row}", amount)
        self._ruled(sheet, row, 9)

    @staticmethod
    def _ruled(sheet: Worksheet, row: int, columns: int) -> None:
        for index in range(1, columns + 1):
            cell = sheet.cell(row, index)
            cell.border = RULE
            cell.alignment = Alignment(vertical="top", wrap_text=index in (3, 4, 5, 9))

    def _phases(self, sheet: Worksheet, billed: dict[int, str]) -> int:
        """The table of the first page; returns the row of the totals."""
        self._head(sheet, "Phases")
        headings(sheet, FIRST_ROW - 1, PHASE_HEADINGS, left=3)
        there = quote_sheetname(DETAIL)
        for index, phase in enumerate(self.content.shown):
            row = FIRST_ROW + index
            text(sheet[f"A{row}"], phase.line.item_no)
            text(sheet[f"B{row}"], phase.line.description)
            text(sheet[f"C{row}"], fee_words(phase.terms.basis, not_to_exceed=phase.terms.not_to_exceed))
            self.book.number(sheet, f"D{row}", phase.line.scheduled_value)
            self.book.number(sheet, f"E{row}", phase.before)
            if index in billed:
                self.book.formula(sheet, f"F{row}", f"={there}!{billed[index]}", phase.now)
            else:
                self.book.number(sheet, f"F{row}", phase.now)
            self.book.formula(sheet, f"G{row}", f"=E{row}+F{row}", phase.to_date)
            self.book.formula(sheet, f"H{row}", f"=D{row}-G{row}", phase.left)
            for column in range(1, 9):
                cell = sheet.cell(row, column)
                cell.border = RULE
                cell.alignment = Alignment(vertical="top", wrap_text=column in (2, 3))
        last = FIRST_ROW + len(self.content.shown)
        text(sheet[f"B{last}"], "Total")
        lines = self.content.shown
        sums = {
            "D": total(phase.line.scheduled_value for phase in lines),
            "E": total(phase.before for phase in lines),
            "F": self.content.billed_now,
            "G": total(phase.to_date for phase in lines),
            "H": total(phase.left for phase in lines),
        }
        for letter, amount in sums.items():
            area = f"{letter}{FIRST_ROW}:{letter}{last - 1}"
            self.book.formula(sheet, f"{letter}{last}", f"=SUM({area})", amount)
        for place in range(1, 9):
            foot = sheet.cell(last, place)
            foot.font, foot.fill = Font(bold=True), STRONG
        layout(sheet, (9, 42, 26, 16, 16, 16, 16, 16))
        sheet.freeze_panes = f"C{FIRST_ROW}"
        sheet.page_setup.orientation = "landscape"
        return last

    def _summary(self, sheet: Worksheet, last: int) -> None:
        a = self.content.application
        there = quote_sheetname(PHASES)
        self._head(sheet, "Invoice")
        if self.content.only is not None:
            self._summary_of_phases(sheet, last)
            return
        lines = (
            SummaryLine("1", "Fees and limits as signed", None, a.line1),
            SummaryLine("2", "Executed amendments", None, a.line2),
            SummaryLine("3", "Fees and limits to date (line 1 + line 2)", "=C5+C6", a.line3, 1),
            SummaryLine("4", "Billed to date", f"={there}!G{last}", a.line4),
            SummaryLine("5", "Retainage held", None, a.line5),
            SummaryLine("6", *_line6(a.outstanding_advance), a.line6, 1),
            SummaryLine("7", "Less billed before", None, a.line7),
            SummaryLine("8", "This invoice (line 6 − line 7)", "=C10-C11", a.line8, 2),
            SummaryLine("9", "Left to bill, including retainage (line 3 − line 6)", "=C7-C10", a.line9),
            SummaryLine("", "Deposit applied", None, a.deposit_applied),
            SummaryLine("", "Amount due (line 8 − deposit applied)", "=C12-C14", a.amount_due, 2),
        )
        summary(self.book, sheet, lines)
        ahead = "-C19" if a.outstanding_advance else ""
        checks = (
            ("Check: fees and limits of the phases − line 3 (must be zero)", f"={there}!D{last}-C7"),
            ("Check: left of the phases + line 5 − line 9 (must be zero)", f"={there}!H{last}+C9{ahead}-C13"),
        )
        for row, (label, formula) in enumerate(checks, 17):
            text(sheet[f"B{row}"], label).font = Font(italic=True, color=MUTED)
            self.book.formula(sheet, f"C{row}", f"=ROUND({formula[1:]},{self.book.digits})", ZERO)
        if a.outstanding_advance:
            text(sheet["B19"], "Advance payment outstanding")
            self.book.number(sheet, "C19", a.outstanding_advance)
        text(sheet["B20"], f"Content {self.content.content_sha256[:12]}").font = Font(color=MUTED)
        if self.content.tax is not None:
            tax_rows(self.book, sheet, 22, "C12", self.content.tax, "This invoice")
        layout(sheet, (7, 58, 20))

    def _summary_of_phases(self, sheet: Worksheet, last: int) -> None:
        """What the invoice to one of several addresses comes to: its own phases, not the whole contract."""
        a, there = self.content.application, quote_sheetname(PHASES)
        phases = self.content.shown
        lines = (
            SummaryLine("", "Fees and limits of these phases", f"={there}!D{last}",
                        total(phase.line.scheduled_value for phase in phases)),
            SummaryLine("", "Billed before", f"={there}!E{last}", total(phase.before for phase in phases)),
            SummaryLine("", "This invoice, all phases", f"={there}!F{last}", self.content.billed_now, 1),
            SummaryLine("", "Retainage of this invoice", None, self.content.retainage_now),
            SummaryLine("", "This invoice (less retainage)", "=C7-C8", a.line8, 2),
            SummaryLine("", "Deposit applied", None, a.deposit_applied),
            SummaryLine("", "Amount due", "=C9-C10", a.amount_due, 2),
        )  # fmt: skip
        summary(self.book, sheet, lines)
        text(sheet["B14"], f"Content {self.content.content_sha256[:12]}").font = Font(color=MUTED)
        if self.content.tax is not None:
            tax_rows(self.book, sheet, 16, "C9", self.content.tax, "This invoice")
        layout(sheet, (7, 58, 20))

    def _head(self, sheet: Worksheet, title: str) -> None:
        c = self.content
        number = c.invoice_number or "draft"
        text(sheet["A1"], title).font = TITLE
        say = Wording("en_US", c.currency)
        text(
            sheet["A2"],
            f"{c.firm.name} to {c.client.name} · contract {c.contract_number} · invoice {number} · "
            f"period to {say.short_day(c.application.period_to)} · amounts in {c.currency}",
        )


def _line6(outstanding: Decimal) -> tuple[str, str]:
    """What line 6 is called and how it is made; an advance payment that is outstanding is part of it."""
    if outstanding:
        return "Billed less retainage, with the advance (line 4 − line 5 + advance)", "=C8-C9+C19"
    return "Billed less retainage (line 4 − line 5)", "=C8-C9"
