"""The look of our papers: blocks from which `build.py` makes the templates. Inches and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

FONT = "Roboto"
INK = RGBColor(0x1D, 0x27, 0x33)
MUTED = RGBColor(0x5B, 0x67, 0x75)
ACCENT = RGBColor(0x12, 0x4E, 0x66)
WHITE = RGBColor(0xFF, 0xFF, 0xFF)
FILL_HEAD = "124E66"
FILL_SOFT = "EAF1F4"
FILL_STRONG = "D3E4EA"
RULE = "C3CDD5"
RULE_STRONG = "124E66"

# Letter paper, with margins that also print whole on A4 (narrower by 0.23, higher by 0.69 inches).
PORTRAIT_WIDTH = 7.0
LANDSCAPE_WIDTH = 9.9
LABEL_WIDTH = 1.05

LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


@dataclass(frozen=True)
class Ink:
    """How one piece of text looks."""

    size: float = 9.0
    bold: bool = False
    italic: bool = False
    colour: RGBColor = INK


BODY = Ink()
SMALL = Ink(size=8)
LABEL = Ink(size=7.5, colour=MUTED)
STRONG = Ink(bold=True)
HEAD = Ink(size=7.5, bold=True, colour=WHITE)
SECTION = Ink(size=10, bold=True, colour=ACCENT)


def new_document(title: str) -> Any:
    """An empty portrait document with our font, margins and an untitled author."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.comments = ""
    style = document.styles["Normal"]
    style.font.name = FONT
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), FONT)
    style.font.size = Pt(9)
    style.font.color.rgb = INK
    style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches((8.5 - PORTRAIT_WIDTH) / 2)
    section.top_margin = Inches(0.6)
    section.bottom_margin = Inches(0.65)
    section.header_distance = Inches(0.3)
    section.footer_distance = Inches(0.35)
    return document


def landscape(section: Any) -> None:
    """Turn a section on its side; the paper stays Letter, the print area fits A4."""
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Inches(11), Inches(8.5)
    section.left_margin = section.right_margin = Inches((11 - LANDSCAPE_WIDTH) / 2)
    section.top_margin = Inches(0.6)
    section.bottom_margin = Inches(0.75)


def write(paragraph: Any, text: str, ink: Ink = BODY) -> Any:
    """Add text to a paragraph; template tags are part of the text."""
    run = paragraph.add_run(text)
    run.font.size = Pt(ink.size)
    run.font.bold = ink.bold
    run.font.italic = ink.italic
    run.font.color.rgb = ink.colour
    return run


def paragraph(
    where: Any,
    text: str,
    ink: Ink = BODY,
    *,
    align: Any = LEFT,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
) -> Any:
    """A paragraph of its own."""
    made = where.add_paragraph()
    made.alignment = align
    made.paragraph_format.space_before = Pt(before)
    made.paragraph_format.space_after = Pt(after)
    made.paragraph_format.keep_with_next = keep
    write(made, text, ink)
    return made


def tag(where: Any, text: str) -> Any:
    """A paragraph that holds only a template tag and is gone from the finished document."""
    return paragraph(where, text, Ink(size=2))


def table(where: Any, widths: Sequence[float], rows: int = 0, *, indent: float = 0.0) -> Any:
    """A table of fixed widths. LibreOffice reads the grid, Word the cells: both are set, cells by `cell`."""
    made = where.add_table(rows=rows, cols=len(widths))
    made.alignment = WD_TABLE_ALIGNMENT.LEFT
    made.autofit = False
    properties = made._tbl.tblPr
    for name, value in (("w:tblW", round(sum(widths) * 1440)), ("w:tblInd", round(indent * 1440))):
        for old in properties.findall(qn(name)):
            properties.remove(old)
        measure = OxmlElement(name)
        measure.set(qn("w:w"), str(value))
        measure.set(qn("w:type"), "dxa")
        properties.append(measure)
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 30), ("left", 60), ("bottom", 30), ("right", 60)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)
    _in_schema_order(properties)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Inches(width)
    for row in made.rows:
        for part, width in zip(row.cells, widths, strict=True):
            part.width = Inches(width)
    return made


_TABLE_ORDER = ("tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar", "tblLook")


def _in_schema_order(properties: Any) -> None:
    """Word refuses table properties in another order than the schema's."""
    known = {qn(f"w:{name}"): index for index, name in enumerate(_TABLE_ORDER)}
    for child in sorted(properties, key=lambda element: known[element.tag]):
        properties.append(child)


def row(
    made: Any,
    widths: Sequence[float],
    texts: Sequence[tuple[str, Any, Ink]],
    *,
    fill: str = "",
    top: str = "",
    bottom: str = RULE,
) -> Any:
    """Add a row that never breaks over a page: (text, alignment, ink) per cell."""
    added = made.add_row()
    _mark(added._tr.get_or_add_trPr(), "w:cantSplit")
    for part, width, (text, align, ink) in zip(added.cells, widths, texts, strict=True):
        part.width = Inches(width)
        cell(part, text, ink, align=align, fill=fill, top=top, bottom=bottom)
    return added


def tag_row(made: Any, text: str) -> Any:
    """A row that holds only a template tag and is gone from the finished document."""
    added = made.add_row()
    added.cells[0].paragraphs[0].add_run(text)
    return added


def head_row(made: Any, widths: Sequence[float], texts: Sequence[tuple[str, Any]], ink: Ink = HEAD) -> Any:
    """The column titles, repeated on every page."""
    added = row(made, widths, [(text, align, ink) for text, align in texts], fill=FILL_HEAD, bottom="")
    _mark(added._tr.get_or_add_trPr(), "w:tblHeader")
    for part in added.cells:
        part.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
    return added


def cell(
    part: Any,
    text: str,
    ink: Ink = BODY,
    *,
    align: Any = LEFT,
    fill: str = "",
    top: str = "",
    bottom: str = "",
    after: float = 0,
) -> Any:
    """Fill the first paragraph of a cell; figures (aligned right) never wrap."""
    first = part.paragraphs[0]
    first.alignment = align
    first.paragraph_format.space_after = Pt(after)
    write(first, text, ink)
    part.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
    properties = part._tc.get_or_add_tcPr()
    if top or bottom:
        borders = OxmlElement("w:tcBorders")
        for side, colour in (("top", top), ("bottom", bottom)):
            if colour:
                border = OxmlElement(f"w:{side}")
                for key, value in (
                    ("val", "single"),
                    ("sz", "8" if colour == RULE_STRONG else "4"),
                    ("space", "0"),
                    ("color", colour),
                ):
                    border.set(qn(f"w:{key}"), value)
                borders.append(border)
        _before(properties, borders, ("w:shd", "w:noWrap", "w:tcMar", "w:vAlign"))
    if fill:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
            shade.set(qn(f"w:{key}"), value)
        _before(properties, shade, ("w:noWrap", "w:tcMar", "w:vAlign"))
    if align is RIGHT:
        _before(properties, OxmlElement("w:noWrap"), ("w:tcMar", "w:vAlign"))
    return first


def add_line(part: Any, text: str, ink: Ink = BODY, *, align: Any = LEFT, before: float = 0) -> Any:
    """A further paragraph in a cell."""
    return paragraph(part, text, ink, align=align, before=before)


def field(where: Any, code: str, ink: Ink = LABEL) -> None:
    """A page field: PAGE or NUMPAGES."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("result", "1"), ("end", "")):
        run = write(where, text if kind == "result" else "", ink)
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {code} "
            run._r.append(instruction)


def footer(section: Any, width: float, what: str) -> None:
    """What the paper is at the left, page x of y at the right."""
    section.footer.is_linked_to_previous = False
    part = section.footer
    made = table_in_footer(part, (width - 2.3, 2.3))
    cell(made.rows[0].cells[0], what, LABEL, top=RULE)
    last = cell(made.rows[0].cells[1], "Page ", LABEL, align=RIGHT, top=RULE)
    field(last, "PAGE")
    write(last, " of ", LABEL)
    field(last, "NUMPAGES")
    # python-docx leaves an empty paragraph before the table; a table must be followed by one, not preceded.
    empty = part.paragraphs[0]._p
    part._element.remove(empty)
    part._element.append(empty)
    for one in part.paragraphs:
        write(one, "", Ink(size=1))
        one.paragraph_format.line_spacing = Pt(1)


def table_in_footer(part: Any, widths: Sequence[float]) -> Any:
    """A one-row table in a header or footer."""
    made = part.add_table(1, len(widths), Inches(sum(widths)))
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Inches(width)
    for one, width in zip(made.rows[0].cells, widths, strict=True):
        one.width = Inches(width)
    return made


def letterhead(document: Any, title: str, subtitle: str) -> None:
    """The firm at the left, what the paper is at the right, a rule below."""
    widths = (3.9, 3.1)
    made = table(document, widths, rows=1)
    firm, paper = made.rows[0].cells
    cell(firm, "{{ firm.name }}", Ink(size=14, bold=True, colour=ACCENT), bottom=RULE_STRONG)
    add_line(firm, "{{ firm.address_line }}", SMALL)
    add_line(firm, "{{ firm.reach }}", Ink(size=8, colour=MUTED))
    tag(firm, "{%p if firm.tax_id %}")
    add_line(firm, "Tax id {{ firm.tax_id }}", Ink(size=8, colour=MUTED))
    tag(firm, "{%p endif %}")
    cell(paper, title, Ink(size=14, bold=True), align=RIGHT, bottom=RULE_STRONG)
    add_line(paper, subtitle, Ink(size=10, colour=MUTED), align=RIGHT)


def address_block(part: Any, label: str, party: str) -> None:
    """A labelled party with its address, one line each."""
    cell(part, label, LABEL)
    add_line(part, f"{{{{ {party}.name }}}}", STRONG)
    tag(part, f"{{%p for line in {party}.address %}}")
    add_line(part, "{{ line }}", BODY)
    tag(part, "{%p endfor %}")
    tag(part, f"{{%p if {party}.contact %}}")
    add_line(part, f"{{{{ {party}.contact }}}}", Ink(size=8, colour=MUTED))
    tag(part, "{%p endif %}")


class Facts:
    """Labels and values in two columns, inside a cell; a long value wraps beside its label."""

    def __init__(self, part: Any, width: float) -> None:
        self._widths = (LABEL_WIDTH, width - LABEL_WIDTH)
        self._table = table(part, self._widths)
        # A cell ends with a paragraph and starts with one; the facts start at the cell's top.
        first = part.paragraphs[0]
        first.paragraph_format.line_spacing = Pt(1)
        part._tc.append(first._p)

    def add(self, label: str, text: str, *, when: str = "") -> None:
        """One fact; `when` is a template condition without which the row is left out."""
        if when:
            tag_row(self._table, f"{{%tr if {when} %}}")
        row(
            self._table,
            self._widths,
            [(label, LEFT, Ink(size=8, colour=MUTED)), (text, LEFT, BODY)],
            bottom="",
        )
        if when:
            tag_row(self._table, "{%tr endif %}")


def gap(document: Any, points: float) -> None:
    """Empty space of an exact height, also needed between two tables."""
    made = document.add_paragraph()
    made.paragraph_format.line_spacing = Pt(points)
    write(made, "", Ink(size=1))


def payment_box(document: Any) -> None:
    """How to pay, where the firm has said it."""
    tag(document, "{%p if has_instructions %}")
    paragraph(document, "How to pay", SECTION, before=6, after=2, keep=True)
    tag(document, "{%p for line in payment_instructions %}")
    paragraph(document, "{{ line }}", BODY)
    tag(document, "{%p endfor %}")
    tag(document, "{%p endif %}")


def _mark(properties: Any, name: str) -> None:
    properties.append(OxmlElement(name))


def _before(properties: Any, element: Any, later: Sequence[str]) -> None:
    """Insert where the schema wants it: before the first of the elements that come later."""
    for child in properties:
        if child.tag in {qn(name) for name in later}:
            child.addprevious(element)
            return
    properties.append(element)
