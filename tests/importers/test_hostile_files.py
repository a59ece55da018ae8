"""Hostile and damaged files end in rows or in a clear problem: never in an exception, a hang or a leak."""

from __future__ import annotations

import codecs
import io
import platform
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from importers.reading import Reading, read
from importers.reading.process import Question, asked_of
from importers.sheets import Limits
from tests.importers.test_reading_formats import ods
from tests.importers.workbooks import CONTENT_TYPES, from_rows, from_sheets, inline, packed, parts

ROWS: list[list[object]] = [["Date", "Hours"], ["2025-03-10", 7.5], ["2025-03-11", 8], ["2025-03-12", 4.25]]
BAND = b'<sheetData><row r="1">' + inline("A1", "Date") + inline("B1", "Hours") + b"</row></sheetData>"


@pytest.fixture(scope="module", autouse=True)
def parsing_process() -> None:
    """The guarded one, as the product reads."""


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems if problem.severity == "blocks_file"]


def zip_bomb() -> bytes:
    """A sheet of 60 MB of blanks in some 60 kB."""
    return packed(parts(BAND + b" " * 60_000_000))


def many_members() -> bytes:
    return packed(parts(BAND, **{f"xl/media/{i}.bin": b"x" for i in range(1_001)}))


def external_entity() -> bytes:
    made = parts(BAND)
    sheet = made["xl/worksheets/sheet1.xml"].replace(b">Date<", b">&leak;<")
    made["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]>' + sheet
    return packed(made)


def external_entity_in_utf_16() -> bytes:
    made = parts(BAND)
    sheet = made["xl/worksheets/sheet1.xml"].replace(b">Date<", b">&leak;<").decode()
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
        + sheet
    )
    made["xl/worksheets/sheet1.xml"] = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    return packed(made)


def entity_expansion() -> bytes:
    made = parts(BAND)
    made["xl/workbook.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + made["xl/workbook.xml"]
    )
    return packed(made)


def nested_archive() -> bytes:
    return packed(parts(BAND, **{"xl/embeddings/inner.xlsx": packed(parts(BAND))}))


def encrypted_archive() -> bytes:
    """The bit that says a member is encrypted, set in both headers."""
    data = bytearray(packed(parts(BAND), zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    return bytes(data)


def broken_compound_file() -> bytes:
    """How a password-protected workbook begins, and an old .xls too; and nothing after it."""
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)


def truncated() -> bytes:
    whole = from_rows(ROWS)
    return whole[: len(whole) * 6 // 10]


def damaged_relations() -> bytes:
    return packed(parts(BAND, **{"_rels/.rels": b'<?xml version="1.0"?>\nCORRUPTED'}))


def bad_shared_string() -> bytes:
    return packed(parts(b'<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData>'))


def no_sheet() -> bytes:
    made = parts(BAND)
    del made["xl/worksheets/sheet1.xml"]
    return packed(made)


def a_sheet_missing() -> bytes:
    """Two sheets, of which one has lost its part: read, it would be half a file without a word."""
    with zipfile.ZipFile(io.BytesIO(from_sheets({"March": ROWS, "April": ROWS}))) as archive:
        return packed({name: archive.read(name) for name in archive.namelist() if "sheet2" not in name})


def far_row() -> bytes:
    row = b'<row r="4294967295">' + inline("A4294967295", "x") + b"</row>"
    return packed(parts(b"<sheetData>" + row + b"</sheetData>"))


def many_fonts() -> bytes:
    fonts = b"".join(b'<font><sz val="%d"/></font>' % (n % 400 + 1) for n in range(300_000))
    return packed(parts(BAND, **{"xl/styles.xml": b"<styleSheet><fonts>" + fonts + b"</fonts></styleSheet>"}))


def repeated_rows() -> bytes:
    """200,000 rows of 390 cells, in some hundred bytes."""
    cell = (
        '<table:table-cell table:number-columns-repeated="390" office:value-type="string"><text:p>x</text:p>'
    )
    row = f'<table:table-row table:number-rows-repeated="200000">{cell}</table:table-cell></table:table-row>'
    return ods(f'<table:table table:name="A">{row}</table:table>')


def slip() -> bytes:
    return packed(parts(BAND, **{"../../outside.xml": b"<x/>"}))


def open_document_text() -> bytes:
    return packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})


def too_wide() -> bytes:
    return packed(parts(b'<sheetData><row r="1">' + inline("XFD1", "far") + b"</row></sheetData>"))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (zip_bomb, "archive_bomb"),
        (many_members, "archive_bomb"),
        (external_entity, "workbook_document_type"),
        (external_entity_in_utf_16, "workbook_document_type"),
        (entity_expansion, "workbook_document_type"),
        (nested_archive, "workbook_nested_archive"),
        (encrypted_archive, "password_protected"),
        (broken_compound_file, "damaged_workbook"),
        (truncated, "damaged_workbook"),
        (slip, "damaged_workbook"),
        (damaged_relations, "workbook_unreadable"),
        (bad_shared_string, "workbook_unreadable"),
        (too_wide, "row_too_large"),
        (a_sheet_missing, "damaged_workbook"),
        (far_row, "damaged_workbook"),
        (many_fonts, "formats_too_large"),
        (repeated_rows, "too_large"),
        (open_document_text, "not_a_table"),
    ],
)
def test_hostile_workbooks_are_refused_with_a_sentence(make: Callable[[], bytes], code: str) -> None:
    started = time.monotonic()
    reading = read("upload.xlsx", make())
    assert codes(reading) == [code]
    assert not reading.sheets
    (problem,) = reading.problems
    assert problem.mend.endswith(".")
    assert "root:" not in reading.problems[0].model_dump_json()
    assert time.monotonic() - started < 30


def test_a_workbook_without_its_sheet_gives_no_rows() -> None:
    reading = read("upload.xlsx", packed({**parts(BAND), "xl/worksheets/sheet1.xml": b""}))
    assert codes(reading) == ["workbook_unreadable"]


def test_parsing_over_its_limits_is_a_problem_and_not_a_crash() -> None:
    rows = b"".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>'.encode() for i in range(1, 200_000))
    data = packed(parts(b"<sheetData>" + rows + b"</sheetData>"))
    for limits in (
        Limits(wall_seconds=0),
        Limits(cpu_seconds=1, rows=10**9),
        Limits(memory_bytes=60_000_000),
    ):
        assert codes(read("upload.xlsx", data, limits)) == ["too_large_or_damaged"]
    assert codes(read("upload.xlsx", data, Limits(rows=1_000))) == ["too_many_rows"]


def test_a_lying_dimension_and_far_cells_cost_nothing() -> None:
    body = (
        b'<dimension ref="A1:XFD1048576"/><sheetData><row r="1">'
        + inline("A1", "Date") + inline("B1", "Hours")
        + b'</row><row r="2">'
        + inline("A2", "2025-03-10") + b'<c r="B2"><v>7.5</v></c></row>'
        + b'<row r="1048576">' + inline("A1048576", "last") + b"</row></sheetData>"
    )  # fmt: skip
    (sheet,) = read("upload.xlsx", packed(parts(body))).sheets
    assert [(row.number, [cell.raw for cell in row.cells]) for row in sheet.rows] == [
        (1, ["Date", "Hours"]),
        (2, ["2025-03-10", "7.5"]),
        (1048576, ["last"]),
    ]


def test_backslashes_in_part_names_are_read() -> None:
    with zipfile.ZipFile(io.BytesIO(from_rows(ROWS))) as archive:
        renamed = {m.filename.replace("/", "\\"): archive.read(m) for m in archive.infolist()}
    reading = read("upload.xlsx", packed(renamed))
    assert len(reading.sheets[0].rows) == 4


def test_errors_and_formulas_without_value_are_told_from_empty_cells() -> None:
    body = (
        b'<sheetData><row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1"><f>1+1</f></c>'
        b'<c r="C1"><f>1+1</f><v>2</v></c><c r="D1"/><c r="E1"><v>274.65999999999997</v></c></row>'
        b"</sheetData>"
    )
    (sheet,) = read("upload.xlsx", packed(parts(body))).sheets
    assert [(c.letter, c.kind.value, c.raw) for c in sheet.rows[0].cells] == [
        ("A", "error", "#REF!"),
        ("B", "formula", "=1+1"),
        ("C", "number", "2"),
        ("E", "number", "274.66"),
    ]


def test_what_is_inside_decides_and_not_the_name() -> None:
    as_csv, as_xlsx = read("log.csv", from_rows(ROWS)), read("log.xlsx", b"Date,Hours\n2025-03-10,7.5\n")
    assert [p.code for p in as_csv.problems] == [p.code for p in as_xlsx.problems] == ["misnamed"]
    assert (len(as_csv.sheets[0].rows), len(as_xlsx.sheets[0].rows)) == (4, 2)


TABLE = "Date,Person,Hours\n2025-03-10,Sample Person Ä,7.5\n2025-03-11,Sample Person Ö,8\n"


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-16-le"),
        TABLE.encode("utf-16-be"),
        TABLE.encode("cp1252"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode("utf-16"),
        TABLE.replace(",", "|").encode(),
        b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
        TABLE.replace("\n", "\r\n", 1).replace("8\n", "8\r").encode(),
    ],
)
def test_encodings_delimiters_and_line_ends(data: bytes) -> None:
    reading = read("log.csv", data)
    first = 2 if data.startswith(b"sep=") else 1
    assert [(r.number, [c.raw for c in r.cells]) for r in reading.sheets[0].rows] == [
        (first, ["Date", "Person", "Hours"]),
        (first + 1, ["2025-03-10", "Sample Person Ä", "7.5"]),
        (first + 2, ["2025-03-11", "Sample Person Ö", "8"]),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"a,b,c\n\0,2,3", "zero_byte"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"<html><body><p>Nothing</p></body></html>", "not_a_table"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "not_a_table"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b'a,b\n1,"2\n3,4\n', "unclosed_quote"),
        (b"a,b\n" + b"x" * 40_000 + b",1\n", "row_too_large"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "unclosed_quote"),
        (b"a," * 500 + b"b\n", "row_too_large"),
    ],
)
def test_damaged_text_is_refused_with_a_sentence(data: bytes, code: str) -> None:
    assert codes(read("log.csv", data)) == [code]


def test_too_many_rows_and_bytes_are_refused() -> None:
    data = b"a,b\n" + b"1,2\n" * 100
    assert codes(read("log.csv", data, Limits(rows=100))) == ["too_many_rows"]
    assert codes(read("log.csv", data, Limits(file_bytes=100))) == ["file_too_large"]


def test_content_types_are_what_makes_a_workbook() -> None:
    assert codes(read("a.xlsx", packed({"x/[Content_Types].xml": CONTENT_TYPES}))) == ["not_a_table"]


def test_a_file_of_endless_rows_is_refused_before_it_is_held() -> None:
    """5 million short rows took 85 s and 1 GB of the worker before they were refused; so did empty ones."""
    for row in (b"1,2\n", b"\n"):
        small = Limits(memory_bytes=250_000_000)
        assert codes(read("rows.csv", b"Date,Hours\n" + row * 1_500_000, small)) == ["too_many_rows"]


TRIES = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from importers.parsing.confined import confine
assert confine()
for what in (
    socket.socket, socket.socketpair, os.fork, lambda: os.execv("/bin/true", ["true"]),
    lambda: os.unlink("/nowhere"), lambda: os.mkdir("/nowhere"), lambda: os.chown("/nowhere", 0, 0, dir_fd=0),
):
    try:
        what()
    except PermissionError:
        continue
    sys.exit(f"{what} was not kept from it")
with open("/proc/self/status") as readable:
    readable.read(1)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in ("x86_64", "aarch64"),
    reason="only there the kernel is asked to confine the parser",
)
def test_a_parser_taken_over_reaches_no_network_no_program_and_no_file() -> None:
    root = Path(__file__).parents[2]
    tried = subprocess.run(
        [sys.executable, "-I", "-c", TRIES, str(root)], capture_output=True, text=True, check=False
    )
    assert (tried.returncode, tried.stderr) == (0, "")


@pytest.mark.parametrize(
    ("size", "memory", "unpacked"),
    [
        (1_000_000, 900_000_000, 120_000_000),
        (18_000_000, 900_000_000, 360_000_000),
        (32_000_000, 1_600_000_000, 640_000_000),
        (120_000_000, 1_700_000_000, 2_400_000_000),
    ],
)
def test_what_a_reader_gets_grows_with_the_file_and_no_further_than_is_said(
    size: int, memory: int, unpacked: int
) -> None:
    cost = asked_of(Question("a.xlsx", is_page=False), Limits(), size)["cost"]
    assert (cost["memory_bytes"], cost["unpacked_bytes"]) == (memory, unpacked)
