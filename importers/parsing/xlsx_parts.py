"""What reading libraries do not tell of an XLSX sheet, straight from its part: merged cells, error cells,
formulas saved without their value."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from importers.parsing.cells import shows_zeros
from importers.parsing.containers import plain_name
from importers.parsing.refusal import Refusal

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})")
_CELL_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?c(?:>|\s(?![^>]*\br=)[^>]*>)")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s([^>]*\bt=[\"']e[\"'][^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?"
    rb"(?:<(?:\w+:)?v>([^<]*)<)?"
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^>/])>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)"
)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_FAR_ROW = re.compile(rb"\sr=[\"']([0-9]{7,})[\"']")
LAST_ROW = 1_048_576
"""Of a sheet. Readers count through every row before the one that a file names."""
_TEXT = re.compile(rb"\bt=[\"']str[\"']")


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one sheet. Cells by row (from 1) and column (from 0)."""

    merged: tuple[tuple[int, int, int, int], ...]
    special: Mapping[int, Mapping[int, tuple[str, str]]]
    """Row → column → letter of the kind and text: errors, and formulas saved without their value."""
    is_complete: bool
    """Whether every cell says where it is; without that, errors and formulas are not all found here."""
    size: int


def marks(archive: zipfile.ZipFile, part: str | None) -> Marks:
    """Scan one sheet's part as bytes; it has been inspected for declarations before."""
    names = {plain_name(member).lower(): member for member in archive.infolist()}
    member = names.get((part or "").lower())
    if member is None:
        return Marks((), {}, is_complete=False, size=0)
    xml = archive.read(member)
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Marks((), {}, is_complete=False, size=len(xml))
    for number in _FAR_ROW.findall(xml):
        require_row(int(number))
    merged = tuple(
        (first[0], first[1], last[0], last[1])
        for first, last in (
            (place(a.decode()), place(b.decode())) for a, b in _MERGED.findall(xml[xml.rfind(b"sheetData") :])
        )
    )
    special: dict[int, dict[int, tuple[str, str]]] = {}
    if b't="e"' in xml or b"t='e'" in xml:
        for attributes, shown in _ERROR.findall(xml):
            _note(special, attributes, "e", shown)
    if b"f>" in xml or b"<f" in xml:
        for attributes, formula, _ in _FORMULA.findall(xml):
            if not _TEXT.search(attributes):  # a text formula may well give nothing
                _note(special, attributes, "f", b"=" + formula)
    return Marks(merged, special, is_complete=not _CELL_WITHOUT_PLACE.search(xml), size=len(xml))


def parts_of_sheets(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Name of each sheet → name of its part."""
    names = {plain_name(member).lower(): member for member in archive.infolist()}
    book, relations = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {}
    targets = {
        str(one.get("Id")): str(one.get("Target")).replace("\\", "/")
        for one in ElementTree.fromstring(archive.read(relations))
    }
    found: dict[str, str] = {}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if element.tag.endswith("}sheet"):
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key)
            if target:
                found[str(element.get("name"))] = (
                    target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
                )
    return found


def require_sheets(archive: zipfile.ZipFile, parts: Mapping[str, str]) -> None:
    """`Refusal` where the workbook names a sheet that is not there: readers would pass over it."""
    names = {plain_name(member).lower() for member in archive.infolist()}
    for name, part in parts.items():
        if part.lower() not in names:
            raise Refusal("damaged_workbook", f"no part {part}, which holds the sheet {name}")


def require_row(number: int) -> None:
    """`Refusal` for a row that no sheet has."""
    if number > LAST_ROW:
        raise Refusal("damaged_workbook", f"a row with the number {number}")


def has_zero_formats(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook has a number format that shows leading zeros."""
    names = {plain_name(member).lower(): member for member in archive.infolist()}
    styles = names.get("xl/styles.xml")
    if styles is None:
        return False
    return any(
        element.tag.endswith("}numFmt") and shows_zeros(str(element.get("formatCode")))
        for element in ElementTree.fromstring(archive.read(styles)).iter()
    )


def place(reference: str) -> tuple[int, int]:
    """B12 → row 12, column 1."""
    match = _REFERENCE.match(reference)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column - 1


def _note(special: dict[int, dict[int, tuple[str, str]]], attributes: bytes, kind: str, shown: bytes) -> None:
    at = _PLACE.search(attributes)
    if at:
        row, column = place(at[1].decode())
        text = shown.decode("utf-8", "replace").strip()
        special.setdefault(row, {})[column] = (kind, text or "error")
