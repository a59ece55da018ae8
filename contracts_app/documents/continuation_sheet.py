"""The continuation sheet as a workbook with live formulas, for people who check figures in a spreadsheet.

Sums and derived columns are formulas; what the domain decided by a rule that a formula cannot repeat (a
line's own retainage rate, cents spread over lines, a release) stands as a number. Text is never a formula,
whatever it starts with, and negative amounts are numbers.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal

from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from contracts_app.documents.contents import ApplicationContent, RetainageReleaseContent
from contracts_app.documents.packages import with_fixed_times
from contracts_app.domain.money import minor_units, multiply, round_to, smallest_unit, total
from contracts_app.domain.pay_application import ContinuationLine

SUMMARY, CONTINUATION = "Summary", "Continuation sheet"
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
_LETTER = 1
_HEADING_ROW = 4
_HEAD = PatternFill("solid", fgColor="124E66")
_SOFT = PatternFill("solid", fgColor="EAF1F4")
_STRONG = PatternFill("solid", fgColor="D3E4EA")
_RULE = Border(bottom=Side("thin", color="C3CDD5"))
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook(content: ApplicationContent | RetainageReleaseContent) -> bytes:
    """The workbook's bytes: sheet `Summary` (lines 1 to 9) and sheet `Continuation sheet` (columns A to I).

    Every formula cell also carries its value, so that viewers that do not compute show the same figures.
    """
    made = _Workbook(content)
    made.fill()
    target = io.BytesIO()
    made.book.save(target)
    return with_fixed_times(_with_values(target.getvalue(), made.values))


@dataclass
class _Workbook:
    content: ApplicationContent | RetainageReleaseContent
    book: Workbook = field(default_factory=Workbook)
    # (sheet, cell) → what the domain says the formula there comes to
    values: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def fill(self) -> None:
        application = self.content.application
        self.book.properties.title = f"Application for payment {application.application_no}"
        self.book.properties.creator = self.content.firm.name
        # A workbook states when it was made; the period keeps it byte-equal for equal content.
        stamp = datetime.combine(application.period_to, time(tzinfo=UTC))
        self.book.properties.created = self.book.properties.modified = stamp
        self.book.calculation.fullCalcOnLoad = True
        summary = self.book.active
        if not isinstance(summary, Worksheet):
            raise TypeError("a new workbook starts with a worksheet")
        summary.title = SUMMARY
        continuation = self.book.create_sheet(CONTINUATION)
        last = self._continuation(continuation)
        self._summary(summary, last)

    def _continuation(self, sheet: Worksheet) -> int:
        """Fill columns A to I; returns the row of the totals."""
        application = self.content.application
        _text(sheet["A1"], "Continuation sheet").font = Font(bold=True, size=13, color="124E66")
        _text(sheet["A2"], self._about())
        for index, (letter, heading) in enumerate(HEADINGS, 1):
            cell = _text(sheet.cell(_HEADING_ROW, index), f"{letter}\n{heading}")
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = _HEAD
            cell.alignment = Alignment(
                horizontal="left" if index < 3 else "right", vertical="bottom", wrap_text=True
            )
        for row, line in enumerate(application.lines, _FIRST_ROW):
            self._line(sheet, row, line)
        last = _FIRST_ROW + len(application.lines)
        _text(sheet.cell(last, 2), "Total")
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
            self._formula(sheet, f"{column}{last}", f"=SUM({column}{_FIRST_ROW}:{column}{last - 1})", amount)
        self._share(sheet, last, sums["C"], application.line4)
        for index in range(1, len(HEADINGS) + 1):
            foot = sheet.cell(last, index)
            foot.font, foot.fill = Font(bold=True), _STRONG
        _layout(sheet, (9, 42, 16, 16, 16, 15, 17, 9, 16, 15))
        sheet.row_dimensions[_HEADING_ROW].height = 30
        sheet.freeze_panes = f"C{_FIRST_ROW}"
        sheet.print_title_rows = f"{_HEADING_ROW}:{_HEADING_ROW}"
        sheet.page_setup.orientation = "landscape"
        return last

    def _line(self, sheet: Worksheet, row: int, line: ContinuationLine) -> None:
        _text(sheet.cell(row, 1), line.item_no)
        _text(sheet.cell(row, 2), line.description)
        for column, amount in zip(
            "CDEF", (line.scheduled_value, line.previous, line.this_period, line.stored), strict=True
        ):
            self._number(sheet, f"{column}{row}", amount)
        self._formula(sheet, f"G{row}", f"=D{row}+E{row}+F{row}", line.total)
        self._share(sheet, row, line.scheduled_value, line.total)
        self._formula(sheet, f"I{row}", f"=C{row}-G{row}", line.balance)
        rule = self._retainage_rule(line, row)
        if rule is None:
            self._number(sheet, f"J{row}", line.retainage)
        else:
            self._formula(sheet, f"J{row}", rule, line.retainage)
        for index in range(1, len(HEADINGS) + 1):
            cell = sheet.cell(row, index)
            cell.border = _RULE
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
        return f"=ROUND({completed:f}*(D{row}+E{row})+{stored:f}*F{row},{self._digits})"

    def _summary(self, sheet: Worksheet, last: int) -> None:
        a = self.content.application
        there = quote_sheetname(CONTINUATION)
        _text(sheet["A1"], "Application for payment").font = Font(bold=True, size=13, color="124E66")
        _text(sheet["A2"], self._about())
        for column, heading in (("A", "Line"), ("B", "Summary"), ("C", f"Amount in {self.content.currency}")):
            cell = _text(sheet[f"{column}4"], heading)
            cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
            cell.alignment = Alignment(horizontal="right" if column == "C" else "left")
        rows: Sequence[tuple[str, str, str | None, Decimal]] = (
            ("1", "Original contract sum", None, a.line1),
            ("2", "Net change by change orders", None, a.line2),
            ("3", "Contract sum to date (line 1 + line 2)", "=C5+C6", a.line3),
            ("4", "Total completed and stored to date (column G)", f"={there}!G{last}", a.line4),
            ("5a", "Retainage on completed work", None, a.line5a),
            ("5b", "Retainage on stored material", None, a.line5b),
            ("5", "Total retainage (column I)", f"={there}!J{last}", a.line5),
            ("6", "Total earned less retainage (line 4 − line 5)", "=C8-C11", a.line6),
            ("7", "Less previous certificates", None, a.line7),
            ("8", "Current payment due (line 6 − line 7)", "=C12-C13", a.line8),
            ("9", "Balance to finish, including retainage (line 3 − line 6)", "=C7-C12", a.line9),
        )
        for row, (number, label, formula, amount) in enumerate(rows, 5):
            strong = number in ("3", "6", "8")
            _text(sheet[f"A{row}"], number)
            _text(sheet[f"B{row}"], label)
            if formula is None:
                self._number(sheet, f"C{row}", amount)
            else:
                self._formula(sheet, f"C{row}", formula, amount)
            for column in "ABC":
                cell = sheet[f"{column}{row}"]
                cell.border = _RULE
                cell.font = Font(bold=strong)
                if strong:
                    cell.fill = _STRONG if number == "8" else _SOFT
        checks = (
            ("Check: line 5a + line 5b − line 5 (must be zero)", "=ROUND(C9+C10-C11,2)"),
            ("Check: column C − line 3 (must be zero)", f"=ROUND({there}!C{last}-C7,2)"),
            ("Check: column H + line 5 − line 9 (must be zero)", f"=ROUND({there}!I{last}+C11-C15,2)"),
        )
        scheduled = total([line.scheduled_value for line in a.lines])
        balance = total([line.balance for line in a.lines])
        results = (a.line5a + a.line5b - a.line5, scheduled - a.line3, balance + a.line5 - a.line9)
        for row, ((label, formula), result) in enumerate(zip(checks, results, strict=True), 17):
            _text(sheet[f"B{row}"], label).font = Font(italic=True, color="5B6775")
            self._formula(sheet, f"C{row}", formula, result)
        _text(sheet["B21"], f"Content {self.content.content_sha256[:12]}").font = Font(color="5B6775")
        _layout(sheet, (7, 58, 20))

    def _about(self) -> str:
        c, a = self.content, self.content.application
        number = c.invoice_number or "draft"
        return (
            f"{c.firm.name} to {c.client.name} · contract {c.contract_number} · "
            f"application {a.application_no} ({number}) · period to {a.period_to.isoformat()}"
        )

    @property
    def _digits(self) -> int:
        return minor_units(self.content.currency)

    def _format(self) -> str:
        return "#,##0" + ("." + "0" * self._digits if self._digits else "")

    def _number(self, sheet: Worksheet, at: str, amount: Decimal) -> None:
        cell = sheet[at]
        cell.value = amount
        cell.number_format = self._format()

    def _formula(self, sheet: Worksheet, at: str, formula: str, amount: Decimal) -> None:
        cell = sheet[at]
        cell.value = formula
        cell.number_format = self._format()
        self.values[(sheet.title, at)] = amount

    def _share(self, sheet: Worksheet, row: int, scheduled: Decimal, to_date: Decimal) -> None:
        """G / C; an empty cell where there is no scheduled value (nothing to divide by)."""
        if scheduled.is_zero():
            return
        at = f"H{row}"
        self._formula(sheet, at, f"=G{row}/C{row}", to_date / scheduled)
        sheet[at].number_format = "0.0%"


def _text(cell: Cell | MergedCell, value: str) -> Cell:
    """Text stays text: without this openpyxl makes a formula of whatever starts with `=`."""
    if not isinstance(cell, Cell):
        raise TypeError("text goes into a single, unmerged cell")
    cell.value = value
    cell.data_type = "s"
    if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
    return cell


def _layout(sheet: Worksheet, widths: Sequence[int]) -> None:
    for index, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGHIJ"[index]].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize = _LETTER
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(right=_HeaderFooterPart(text="Page &P of &N"))


def _with_values(data: bytes, values: Mapping[tuple[str, str], Decimal]) -> bytes:
    """Write the known value beside each formula (openpyxl leaves it empty)."""
    parts = {f"xl/worksheets/sheet{index}.xml": name for index, name in enumerate((SUMMARY, CONTINUATION), 1)}
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for info in source.infolist():
            content = source.read(info)
            if info.filename in parts:
                tree = etree.fromstring(content)
                for cell in tree.iter(f"{_MAIN}c"):
                    if cell.find(f"{_MAIN}f") is not None:
                        value = cell.find(f"{_MAIN}v")
                        if value is None:
                            value = etree.SubElement(cell, f"{_MAIN}v")
                        value.text = f"{values[parts[info.filename], cell.get('r') or '']:f}"
                content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
            made.writestr(info, content)
    return target.getvalue()
