"""The continuation sheet as a workbook with live formulas, for people who check figures in a spreadsheet.

Sums and derived columns are formulas; what the domain decided by a rule that a formula cannot repeat (a
line's own retainage rate, cents spread over lines, a release) stands as a number. Text is never a formula,
whatever it starts with, and negative amounts are numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from openpyxl.styles import Alignment, Font
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from contracts_app.documents.contents import ApplicationContent, RetainageReleaseContent
from contracts_app.documents.workbooks import (
    MUTED,
    RULE,
    STRONG,
    TITLE,
    Book,
    SummaryLine,
    headings,
    layout,
    summary,
    tax_rows,
    text,
)
from contracts_app.documents.workbooks import SUMMARY as SUMMARY
from contracts_app.domain.billing.pay_application import ContinuationLine
from contracts_app.domain.contract import InvoiceForm
from contracts_app.domain.money import multiply, round_to, smallest_unit, total

CONTINUATION = "Continuation sheet"
HEADINGS = (
    ("A", "Item"),
    ("B", "Description of work"),
    ("C", "Scheduled value"),
    ("D", "Previous"),
    ("E", "This period"),
    ("F", "Stored now"),
    ("G", "To date (D + E + F)"),
    ("G / C", "%"),
    ("H", "Balance (C − G)"),
    ("I", "Retainage"),
)
_FIRST_ROW = 5
_HEADING_ROW = 4


def workbook(content: ApplicationContent | RetainageReleaseContent) -> bytes:
    """The workbook's bytes: sheets `Summary` (lines 1 to 9) and `Continuation sheet` (columns A to I)."""
    return _Workbook(content).filled()


@dataclass
class _Workbook:
    content: ApplicationContent | RetainageReleaseContent
    book: Book = field(init=False)

    def filled(self) -> bytes:
        application = self.content.application
        self.book = Book(
            currency=self.content.currency,
            title=f"{self._called()} {application.application_no}",
            creator=self.content.firm.name,
            as_of=application.period_to,
        )
        first = self.book.sheet(SUMMARY)
        last = self._continuation(self.book.sheet(CONTINUATION))
        self._summary(first, last)
        return self.book.data()

    def _continuation(self, sheet: Worksheet) -> int:
        """Fill columns A to I; returns the row of the totals."""
        application = self.content.application
        text(sheet["A1"], "Continuation sheet").font = TITLE
        text(sheet["A2"], self._about())
        headings(sheet, _HEADING_ROW, [f"{letter}\n{heading}" for letter, heading in HEADINGS], left=2)
        for row, line in enumerate(application.lines, _FIRST_ROW):
            self._line(sheet, row, line)
        last = _FIRST_ROW + len(application.lines)
        text(sheet.cell(last, 2), "Total")
        sums = {
            "C": total([line.scheduled_value for line in application.lines]),
            "D": total([line.previous for line in application.lines]),
            "E": total([line.this_period for line in application.lines]),
            "F": total([line.stored for line in application.lines]),
            "G": application.line4,
            "I": total([line.balance for line in application.lines]),
            "J": application.line5,
        }
        for column, amount in sums.items():
            self.book.formula(
                sheet, f"{column}{last}", f"=SUM({column}{_FIRST_ROW}:{column}{last - 1})", amount
            )
        self._share(sheet, last, sums["C"], application.line4)
        for index in range(1, len(HEADINGS) + 1):
            foot = sheet.cell(last, index)
            foot.font, foot.fill = Font(bold=True), STRONG
        layout(sheet, (9, 42, 16, 16, 16, 15, 17, 9, 16, 15))
        sheet.row_dimensions[_HEADING_ROW].height = 30
        sheet.freeze_panes = f"C{_FIRST_ROW}"
        sheet.print_title_rows = f"{_HEADING_ROW}:{_HEADING_ROW}"
        sheet.page_setup.orientation = "landscape"
        return last

    def _line(self, sheet: Worksheet, row: int, line: ContinuationLine) -> None:
        text(sheet.cell(row, 1), line.item_no)
        explained = self.content.explained.get(line.line_id, "")
        text(sheet.cell(row, 2), "\n".join(part for part in (line.description, explained) if part))
        for column, amount in zip(
            "CDEF", (line.scheduled_value, line.previous, line.this_period, line.stored), strict=True
        ):
            self.book.number(sheet, f"{column}{row}", amount)
        self.book.formula(sheet, f"G{row}", f"=D{row}+E{row}+F{row}", line.total)
        self._share(sheet, row, line.scheduled_value, line.total)
        self.book.formula(sheet, f"I{row}", f"=C{row}-G{row}", line.balance)
        rule = self._retainage_rule(line, row)
        if rule is None:
            self.book.number(sheet, f"J{row}", line.retainage)
        else:
            self.book.formula(sheet, f"J{row}", rule, line.retainage)
        for index in range(1, len(HEADINGS) + 1):
            cell = sheet.cell(row, index)
            cell.border = RULE
            cell.alignment = Alignment(vertical="top", wrap_text=index == 2)

    def _retainage_rule(self, line: ContinuationLine, row: int) -> str | None:
        """The contract's rates as a formula, where they give this line's retainage beyond doubt.

        None for a line with other terms, spread cents or a release, and on an exact half cent, which binary
        numbers of a spreadsheet may round the other way.
        """
        completed, stored = self.content.rate_completed, self.content.rate_stored
        if completed is None or stored is None:
            return None
        exact = multiply(line.completed, completed) + multiply(line.stored, stored)
        rounded = round_to(exact, self.content.currency)
        half = smallest_unit(self.content.currency) / 2
        if rounded != line.retainage or (exact - rounded).copy_abs() == half:
            return None
        return f"=ROUND({completed:f}*(D{row}+E{row})+{stored:f}*F{row},{self.book.digits})"

    def _summary(self, sheet: Worksheet, last: int) -> None:
        a = self.content.application
        there = quote_sheetname(CONTINUATION)
        text(sheet["A1"], self._called()).font = TITLE
        text(sheet["A2"], self._about())
        lines = (
            SummaryLine("1", "Original contract sum", None, a.line1),
            SummaryLine("2", "Net change by change orders", None, a.line2),
            SummaryLine("3", "Contract sum to date (line 1 + line 2)", "=C5+C6", a.line3, 1),
            SummaryLine("4", "Total completed and stored to date (column G)", f"={there}!G{last}", a.line4),
            SummaryLine("5a", "Retainage on completed work", None, a.line5a),
            SummaryLine("5b", "Retainage on stored material", None, a.line5b),
            SummaryLine("5", "Total retainage (column I)", f"={there}!J{last}", a.line5),
            SummaryLine("6", *_line6(a.outstanding_advance), a.line6, 1),
            SummaryLine("7", "Less previous certificates", None, a.line7),
            SummaryLine("8", "Current payment due (line 6 − line 7)", "=C12-C13", a.line8, 2),
            SummaryLine("9", "Balance to finish, including retainage (line 3 − line 6)", "=C7-C12", a.line9),
        )
        summary(self.book, sheet, lines)
        ahead = "-C22" if a.outstanding_advance else ""
        checks = (
            ("Check: line 5a + line 5b − line 5 (must be zero)", "=ROUND(C9+C10-C11,2)"),
            ("Check: column C − line 3 (must be zero)", f"=ROUND({there}!C{last}-C7,2)"),
            ("Check: column H + line 5 − line 9 (must be zero)", f"=ROUND({there}!I{last}+C11{ahead}-C15,2)"),
        )
        scheduled = total([line.scheduled_value for line in a.lines])
        balance = total([line.balance for line in a.lines])
        results = (
            a.line5a + a.line5b - a.line5,
            scheduled - a.line3,
            balance + a.line5 - a.outstanding_advance - a.line9,
        )
        for row, ((label, formula), result) in enumerate(zip(checks, results, strict=True), 17):
            text(sheet[f"B{row}"], label).font = Font(italic=True, color=MUTED)
            self.book.formula(sheet, f"C{row}", formula, result)
        text(sheet["B21"], f"Content {self.content.content_sha256[:12]}").font = Font(color=MUTED)
        if a.outstanding_advance:
            text(sheet["B22"], "Advance payment outstanding")
            self.book.number(sheet, "C22", a.outstanding_advance)
        if self.content.tax is not None:
            tax_rows(self.book, sheet, 23, "C14", self.content.tax, "Current payment due")
        layout(sheet, (7, 58, 20))

    def _about(self) -> str:
        c, a = self.content, self.content.application
        number = c.invoice_number or "draft"
        return (
            f"{c.firm.name} to {c.client.name} · contract {c.contract_number} · "
            f"{'invoice' if self._among_invoices else 'application'} {a.application_no} ({number}) · "
            f"period to {a.period_to.isoformat()}"
        )

    def _called(self) -> str:
        return "Retainage release, invoice" if self._among_invoices else "Application for payment"

    @property
    def _among_invoices(self) -> bool:
        """Whether it is the release of a consulting contract, which has invoices and no applications."""
        c = self.content
        return isinstance(c, RetainageReleaseContent) and c.form is InvoiceForm.consulting

    def _share(self, sheet: Worksheet, row: int, scheduled: Decimal, to_date: Decimal) -> None:
        """G / C; an empty cell where there is no scheduled value (nothing to divide by)."""
        if scheduled.is_zero():
            return
        at = f"H{row}"
        self.book.formula(sheet, at, f"=G{row}/C{row}", to_date / scheduled)
        sheet[at].number_format = "0.0%"


def _line6(outstanding: Decimal) -> tuple[str, str]:
    """What line 6 is called and how it is made; an advance payment that is outstanding is part of it."""
    if outstanding:
        return "Total earned less retainage, with the advance (line 4 − line 5 + advance)", "=C8-C11+C22"
    return "Total earned less retainage (line 4 − line 5)", "=C8-C11"
