"""Every format reads to the same rows, says how encoding and delimiter were reached, and yields to an
answer."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from importers.reading import Format, Reading, read
from importers.reading.spool import SpooledRows
from importers.sheets import Limits, Sheet
from tests.importers.compound import compound, old_workbook
from tests.importers.workbooks import packed, parts

_NAMES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(table: str, *, styles: str = "", others: Mapping[str, bytes] | None = None) -> bytes:
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    )
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            **(others or {}),
        }
    )


def texts(sheet: Sheet) -> list[tuple[int, list[tuple[str, str, str]]]]:
    return [(row.number, [(c.letter, c.kind.value, c.raw) for c in row.cells]) for row in sheet.rows]


@pytest.fixture(scope="module", autouse=True)
def parsing_process() -> None:
    """The guarded one, as the product reads."""


def blocked(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems if problem.severity == "blocks_file"]


def said(reading: Reading) -> Mapping[str, tuple[str, str]]:
    return {one.key: (one.value, one.how) for one in reading.settled}


def test_an_old_workbook_keeps_zeros_dates_errors_and_merged_cells() -> None:
    """Day 45,726 of the calendar since 1900 is 10 March 2025."""
    reading = read("log.xls", old_workbook())
    assert (reading.format, blocked(reading)) == (Format.xls, [])
    log, secret = reading.sheets
    assert texts(log) == [
        (1, [("A", "text", "Code")]),
        (2, [("A", "number", "00001234"), ("B", "date", "2025-03-10"), ("C", "error", "#N/A")]),
    ]
    assert [tuple(one) for one in log.merged] == [(1, 0, 1, 1)]
    assert (secret.name, secret.hidden, secret.was_read, list(secret.rows)) == ("Secret", True, False, [])
    assert [p.code for p in reading.problems] == ["hidden_sheet"]
    named = read("log.xls", old_workbook(), answers={"sheet": "Secret"})
    assert (texts(named.sheets[1]), named.problems) == ([(1, [("A", "text", "Code")])], ())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (compound(["EncryptionInfo", "EncryptedPackage"]), "password_protected"),
        (old_workbook(encrypted=True), "password_protected"),
        (compound(["WordDocument"]), "not_a_table"),
        (compound(["Other"]), "damaged_workbook"),
        (compound(["Workbook"], b"no records"), "workbook_unreadable"),
        (
            ods("", others={"META-INF/manifest.xml": b"<manifest><encryption-data/></manifest>"}),
            "password_protected",
        ),
    ],
)
def test_what_is_locked_is_told_from_what_is_old_or_damaged(data: bytes, code: str) -> None:
    assert blocked(read("log.xls", data)) == [code]


def test_an_open_document_gives_what_is_written_and_shown() -> None:
    table = """<table:table table:name="Log">
      <table:table-row>
        <table:table-cell office:value-type="string" table:number-columns-spanned="2"><text:p>Week<text:s/>11</text:p>
          </table:table-cell><table:covered-table-cell/>
        <table:table-cell office:value-type="date" office:date-value="2025-03-10"><text:p>x</text:p></table:table-cell>
        <table:table-cell office:value-type="float" office:value="1234"><text:p>00001234</text:p></table:table-cell>
      </table:table-row>
      <table:table-row table:number-rows-repeated="2">
        <table:table-cell office:value-type="float" office:value="274.65999999999997" table:number-columns-repeated="2"/>
        <table:table-cell office:value-type="time" office:time-value="PT07H30M00S"/>
        <table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>
        <table:table-cell table:formula="of:=1+1"/>
      </table:table-row>
      <table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/>
      </table:table-row></table:table>
      <table:table table:name="Old" table:style-name="h"><table:table-row/></table:table>"""  # noqa: E501
    hidden = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    reading = read("log.ods", ods(table, styles=hidden))
    log, old = reading.sheets
    row = [
        ("A", "number", "274.66"), ("B", "number", "274.66"), ("C", "duration", "27000"), ("D", "error", "#N/A"),  # noqa: E501
        ("E", "formula", "=1+1"),
    ]  # fmt: skip
    first = [("A", "text", "Week 11"), ("C", "date", "2025-03-10"), ("D", "number", "00001234")]
    assert texts(log) == [(1, first), (2, row), (3, row)]
    assert [tuple(one) for one in log.merged] == [(1, 0, 1, 1)]
    assert (old.hidden, old.was_read) == (True, False)


@pytest.mark.parametrize(
    ("cell", "row", "code"),
    [
        ('table:number-columns-repeated="16384"', "", "row_too_large"),
        ("", 'table:number-rows-repeated="1048576"', "too_many_rows"),
    ],
)
def test_repeats_that_would_fill_all_memory_are_refused(cell: str, row: str, code: str) -> None:
    one = f'<table:table-cell office:value-type="string" {cell}><text:p>x</text:p></table:table-cell>'
    data = ods(f'<table:table table:name="A"><table:table-row {row}>{one}</table:table-row></table:table>')
    assert blocked(read("log.ods", data, Limits(rows=10_000))) == [code]


def test_a_declaration_in_an_open_document_is_refused() -> None:
    content = b'<!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]><x>&leak;</x>'
    data = packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})
    assert blocked(read("log.ods", data)) == ["workbook_document_type"]


def test_a_web_page_called_a_workbook_is_read_where_its_cells_are_shown() -> None:
    page = (
        "<html><meta charset='iso-8859-1'><script>var a='<table><tr><td>no</table>'</script><table><caption>Log</caption>"  # noqa: E501
        "<tr><th rowspan=2>Name</th><th colspan=2>Hours</th></tr><tr><td>ST<td>OT</tr>"
        "<tr><td>Zo\u00eb &amp;&nbsp;Co<td>7.5<br>h<td></tr></table></html>"
    )
    reading = read("log.xls", page.encode("latin-1"))
    assert (reading.format, said(reading)["encoding"]) == (Format.html, ("iso8859-1", "found"))
    (sheet,) = reading.sheets
    assert (sheet.name, texts(sheet)) == (
        "Log",
        [
            (1, [("A", "text", "Name"), ("B", "text", "Hours")]),
            (2, [("B", "text", "ST"), ("C", "text", "OT")]),
            (3, [("A", "text", "Zo\u00eb & Co"), ("B", "text", "7.5\nh")]),
        ],
    )
    assert [tuple(one) for one in sheet.merged] == [(1, 0, 2, 0), (1, 1, 1, 2)]


def test_large_sheets_read_as_small_ones_do() -> None:
    """The fast reader passes over errors and formulas without value; they are put back."""
    noise = random.Random(1)  # text that does not pack like a bomb
    filler = b"".join(
        f'<row r="{i}"><c r="B{i}" t="inlineStr"><is><t>{noise.randbytes(1_500).hex()}</t></is></c></row>'.encode()  # noqa: E501
        for i in range(5, 1_205)
    )
    top = (
        b'<row r="2"><c r="B2" t="e"><v>#REF!</v></c><c r="C2"><f>1+1</f></c><c r="D2"><v>274.65999999999997</v></c>'  # noqa: E501
        b'<c r="E2" t="str"><f>""</f><v></v></c><c r="F2"><v>8</v></c></row>'
    )  # fmt: skip
    end = b'</sheetData><mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>'
    small, large = (
        read(
            "a.xlsx",
            packed(parts(b"<sheetData>" + top + rest + end)),
        )
        for rest in (b"", filler)
    )
    expected = (
        2,
        [("B", "error", "#REF!"), ("C", "formula", "=1+1"), ("D", "number", "274.66"), ("F", "number", "8")],
    )
    assert texts(small.sheets[0])[0] == texts(large.sheets[0])[0] == expected
    assert [tuple(one) for one in large.sheets[0].merged] == [(2, 1, 3, 2)]
    assert len(large.sheets[0].rows) == 1_201


GERMAN = "Datum;Mitarbeiter;T\u00e4tigkeit\n2025-03-10;J\u00fcrgen M\u00fcller;Pr\u00fcfung der Stra\u00dfe\n"
POLISH = "Data;Pracownik;Opis\n2025-03-10;\u0141ukasz Wi\u015bniewski;\u017b\u00f3\u0142ta \u015bciana\n2025-03-11;Ma\u0142gorzata;\u0179r\u00f3d\u0142o\n"  # noqa: E501
RUSSIAN = "\u0414\u0430\u0442\u0430;\u0421\u043e\u0442\u0440\u0443\u0434\u043d\u0438\u043a\n2025-03-10;\u041f\u0440\u043e\u0432\u0435\u0440\u043a\u0430 \u0434\u043e\u043a\u0443\u043c\u0435\u043d\u0442\u043e\u0432\n"  # noqa: E501


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((GERMAN, name) for name in ("cp1252", "cp437", "cp850", "utf-32", "utf-32-le", "utf-32-be")),
        *((POLISH, name) for name in ("cp1250", "iso8859-2", "cp852")),
        (RUSSIAN, "cp1251"),
        ("Item;Price\nA;\u00a35.00\nB;\u00a36.00\n", "cp1252"),
        ("Item;Price\nA;\u00a35.00\nB;\u00a36.00\n", "cp850"),
        ("Item;Price\nA;\u20ac 5,00\nB;\u20ac 6,00\n", "cp1252"),
        ("Item;Price\nA;\u20ac 5,00\nB;\u20ac 6,00\n", "iso8859-15"),
    ],
)
def test_letters_read_as_written_or_the_encoding_can_be_said(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    reading = read("log.csv", data)
    rows = [[cell.raw for cell in row.cells] for row in reading.sheets[0].rows]
    assert rows == [line.split(";") for line in text.splitlines()]
    if not encoding.startswith("utf"):
        assert "encoding_assumed" in [problem.code for problem in reading.problems]
    given = read("log.csv", data, answers={"encoding": encoding})
    assert [[c.raw for c in row.cells] for row in given.sheets[0].rows] == rows
    assert said(given)["encoding"][1] == "given"
    assert given.problems == ()


def test_an_answer_that_cannot_be_is_refused() -> None:
    data = GERMAN.encode("cp1252")
    assert blocked(read("a.csv", data, answers={"encoding": "utf-8"})) == ["encoding_wrong"]
    assert blocked(read("a.csv", data, answers={"encoding": "unicode_escape"})) == ["encoding_wrong"]
    assert blocked(read("a.csv", data, answers={"delimiter": "x"})) == ["delimiter_wrong"]


@pytest.mark.parametrize("given", ["comma", ","])
def test_the_delimiter_said_stands_before_the_one_found(given: str) -> None:
    data = b"a;b,c\n1;2,3\n"
    assert said(read("a.csv", data))["delimiter"] == ("comma", "found")
    found = read("a.csv", data, answers={"delimiter": "semicolon"})
    assert texts(found.sheets[0])[0][1] == [("A", "text", "a"), ("B", "text", "b,c")]
    assert said(read("a.csv", data, answers={"delimiter": given}))["delimiter"] == ("comma", "given")


def test_a_printed_list_is_cut_at_its_bars_and_inch_marks_stay() -> None:
    data = b'List\n------\n|PO  |Text      |\n------\n|1   |Pipe 16" x|\n|2   |Duct 8"   |\n'
    reading = read("list.txt", data)
    rows = [[cell.raw.strip() for cell in row.cells] for row in reading.sheets[0].rows]
    assert rows == [["List"], ["------"], ["PO", "Text"], ["------"], ["1", 'Pipe 16" x'], ["2", 'Duct 8"']]
    assert [problem.code for problem in reading.problems] == ["ruled_list"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'[{"date": "2025-03-10"}]', "JSON"),
        (b'<?xml version="1.0"?><Document/>', "XML"),
        (b"PAR1....", "Parquet"),
        (packed({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}), "xlsb"),
        (packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "Word"),
    ],
)
def test_what_is_no_table_is_named(data: bytes, words: str) -> None:
    (problem,) = read("log.csv", data).problems
    assert problem.code == "not_a_table"
    assert words in problem.found


def test_many_rows_are_gone_through_again_and_again() -> None:
    lines = [f"{i},Sample Person {i % 7}" if i % 3 else f"{i}," for i in range(25_000)]
    (sheet,) = read("rows.csv", "\n".join(lines).encode()).sheets
    rows: Sequence[object] = sheet.rows
    assert isinstance(rows, SpooledRows)
    assert (len(sheet.rows), sheet.rows[0].number, sheet.rows[-1].cells[0].raw) == (25_000, 1, "24999")
    assert [row.cells[0].raw for row in sheet.rows] == [row.cells[0].raw for row in sheet.rows]
    later = sheet.rows[20_500:]
    assert (len(later), later[0].number, next(iter(later)).number, later[10:12][1].number) == (
        4_500,
        20_501,
        20_501,
        20_512,
    )
    assert [len(row.cells) for row in later[:3]] == [2, 2, 1]
    assert list(later[5:5]) == []


def test_a_zero_character_in_a_cell_is_refused_and_shifts_no_other() -> None:
    assert blocked(read("a.xls", b"<table><tr><td>a\0b<td>c</table>")) == ["zero_byte"]


def test_more_text_than_the_limit_is_refused() -> None:
    data = b"a,b\n" + b"word,word\n" * 5_000
    assert blocked(read("a.csv", data, Limits(spooled_bytes=20_000))) == ["too_large"]
