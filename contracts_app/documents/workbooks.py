"""How our workbooks are written: text that never becomes a formula, numbers, formulas with their values.

Every formula cell also carries its value, so that viewers that do not compute show the same figures.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from lxml import etree
from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from contracts_app.documents.packages import with_fixed_times
from contracts_app.documents.tax_words import called
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import minor_units, opposite

SUMMARY = "Summary"
"""The sheet on which every workbook of an invoice has its number, and line 8 in a row that starts with 8."""
HEAD = PatternFill("solid", fgColor="124E66")
SOFT = PatternFill("solid", fgColor="EAF1F4")
STRONG = PatternFill("solid", fgColor="D3E4EA")
RULE = Border(bottom=Side("thin", color="C3CDD5"))
MUTED = "5B6775"
TITLE = Font(bold=True, size=13, color="124E66")
_LETTER = 1
_MODIFIED = "{http://purl.org/dc/terms/}modified"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Book:
    """A workbook in one currency while it is filled; `data` finishes it."""

    currency: str
    title: str
    creator: str
    as_of: date
    _book: Workbook = field(default_factory=Workbook)
    # (sheet, cell) → what the domain says the formula there comes to
    _values: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._book.properties.title = self.title
        self._book.properties.creator = self.creator
        self._book.properties.created = datetime.combine(self.as_of, time(tzinfo=UTC))
        self._book.calculation.fullCalcOnLoad = True

    def sheet(self, title: str) -> Worksheet:
        """A further sheet, after those before it."""
        first = self._book.active
        if isinstance(first, Worksheet) and first.title == "Sheet":
            first.title = title
            return first
        made = self._book.create_sheet(title)
        if not isinstance(made, Worksheet):
            raise TypeError("a sheet of cells was asked for")
        return made

    @property
    def digits(self) -> int:
        """Decimals of the currency."""
        return minor_units(self.currency)

    def number(self, sheet: Worksheet, at: str, amount: Decimal, shown: str | None = None) -> None:
        """A number; without a format of its own an amount in the currency."""
        cell = sheet[at]
        cell.value = amount
        cell.number_format = shown or self._amount()

    def formula(
        self, sheet: Worksheet, at: str, formula: str, value: Decimal, shown: str | None = None
    ) -> None:
        """A formula and what it comes to."""
        cell = sheet[at]
        cell.value = formula
        cell.number_format = shown or self._amount()
        self._values[(sheet.title, at)] = value

    def data(self) -> bytes:
        """The workbook's bytes; the same for the same cells."""
        target = io.BytesIO()
        self._book.save(target)
        parts = {f"xl/worksheets/sheet{i}.xml": name for i, name in enumerate(self._book.sheetnames, 1)}
        return with_fixed_times(_with_values(target.getvalue(), parts, self._values, self.as_of))

    def _amount(self) -> str:
        return "#,##0" + ("." + "0" * self.digits if self.digits else "")


def text(cell: Cell | MergedCell, value: str) -> Cell:
    """Text stays text: without this openpyxl makes a formula of whatever starts with `=`.

    Control characters, which a workbook cannot carry, become spaces.
    """
    if not isinstance(cell, Cell):
        raise TypeError("text goes into a single, unmerged cell")
    cell.value = "".join(
        " " if one != "\n" and unicodedata.category(one) in ("Cc", "Cs", "Cn") else one for one in value
    )
    cell.data_type = "s"
    if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
    return cell


def headings(sheet: Worksheet, row: int, titles: Sequence[str], left: int) -> None:
    """Column titles on a dark ground; the first `left` of them aligned left, as text is."""
    for index, title in enumerate(titles, 1):
        cell = text(sheet.cell(row, index), title)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = HEAD
        cell.alignment = Alignment(
            horizontal="left" if index <= left else "right", vertical="bottom", wrap_text=True
        )


@dataclass(frozen=True)
class SummaryLine:
    """A numbered line of a summary: an amount, as a formula where there is one; `weight` stands out."""

    number: str
    label: str
    formula: str | None
    amount: Decimal
    weight: int = 0


def summary(book: Book, sheet: Worksheet, lines: Sequence[SummaryLine]) -> None:
    """The lines from row 5 on, below their headings: number in A, words in B, amount in C."""
    headings(sheet, 4, ("Line", "Summary", f"Amount in {book.currency}"), left=2)
    for row, line in enumerate(lines, 5):
        text(sheet[f"A{row}"], line.number)
        text(sheet[f"B{row}"], line.label)
        if line.formula is None:
            book.number(sheet, f"C{row}", line.amount)
        else:
            book.formula(sheet, f"C{row}", line.formula, line.amount)
        for column in "ABC":
            cell = sheet[f"{column}{row}"]
            cell.border = RULE
            cell.font = Font(bold=line.weight > 0)
            if line.weight:
                cell.fill = STRONG if line.weight > 1 else SOFT


def tax_rows(book: Book, sheet: Worksheet, row: int, line8: str, figures: DocumentTax, left_of: str) -> None:
    """From this row on: the tax of each rate, then what is due with it. `line8` is the cell that it is added
    to, `left_of` what that cell says."""
    first, say = row, Wording("en_US", book.currency)
    for group in figures.groups:
        text(sheet[f"B{row}"], f"{called(group, say)} of {say.amount(group.base)}")
        book.number(sheet, f"C{row}", group.amount)
        row += 1
    if figures.discount:
        text(sheet[f"B{row}"], "Discount")
        book.number(sheet, f"C{row}", opposite(figures.discount))
        row += 1
    taxes = f"SUM(C{first}:C{row - 1})" if row > first else "0"
    text(sheet[f"B{row}"], f"{left_of} with tax")
    book.formula(sheet, f"C{row}", f"={line8}+{taxes}", figures.due)
    for column in "BC":
        sheet[f"{column}{row}"].font = Font(bold=True)


def layout(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Column widths, no grid, one page wide on Letter, page numbers."""
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize = _LETTER
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(right=_HeaderFooterPart(text="Page &P of &N"))


def _with_values(
    data: bytes, parts: Mapping[str, str], values: Mapping[tuple[str, str], Decimal], as_of: date
) -> bytes:
    """Write the known value beside each formula (openpyxl leaves it empty).

    A workbook also says when it was last changed, which openpyxl takes from the clock: the end of the period
    keeps it byte-equal for equal content.
    """
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
                content = _written(tree)
            elif info.filename == "docProps/core.xml":
                tree = etree.fromstring(content)
                for changed in tree.iter(_MODIFIED):
                    changed.text = f"{as_of}T00:00:00Z"
                content = _written(tree)
            made.writestr(info, content)
    return target.getvalue()


def _written(tree: etree._Element) -> bytes:
    written: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written
