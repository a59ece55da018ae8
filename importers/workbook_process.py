"""Program that parses one workbook: bytes in, limits as JSON in its argument, JSON out.

Run by `importers.workbook` in a process of its own, isolated from the environment, so it imports nothing of
ours. It limits its own address space and processor time first, and may write no file.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

_EMPTY = ("empty", "")


class Refusal(Exception):
    """The workbook is not for us; the argument says why, in a word the parent knows."""


def main() -> int:
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import openpyxl  # noqa: F401  # after the limits are set; if they do not allow even that, this process fails

    try:
        parts = _parts(sys.stdin.buffer.read())
        answer = _sheets(parts, limits)
    except Refusal as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        return 3
    except Exception:  # noqa: BLE001
        # The parser raises dozens of kinds of errors on damaged files, and all of them mean the same here.
        answer = {"refused": "unreadable"}
    sys.stdout.write(json.dumps(answer))
    return 0


def _parts(data: bytes) -> dict[str, bytes]:
    """Every part, with '/' in names. Declarations that could name entities and inner archives are refused."""
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            name = member.filename.replace("\\", "/")
            if name.endswith("/"):
                continue
            content = archive.read(member)
            if content.startswith(b"PK\x03\x04"):
                raise Refusal("nested_archive")
            if name.lower().endswith((".xml", ".rels", ".vml")):
                plain = content.replace(b"\0", b"")  # so that UTF-16 is seen as well
                if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                    raise Refusal("document_type")
            if name.endswith(".rels"):
                ElementTree.fromstring(content)  # parsers pass over a damaged one and read half the workbook
            parts[name] = content
    return parts


def _sheets(parts: dict[str, bytes], limits: dict[str, int]) -> dict[str, Any]:
    import openpyxl

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with_formulas = any(name.startswith("xl/worksheets/") and b"<f" in part for name, part in parts.items())
    values: Any = openpyxl.load_workbook(packed, read_only=True, data_only=True, keep_links=False)
    formulas: Any = (
        openpyxl.load_workbook(packed, read_only=True, data_only=False, keep_links=False)
        if with_formulas
        else None
    )
    sheets, hidden = [], []
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            hidden.append(sheet.title)
            continue
        sheet.reset_dimensions()  # the dimension a file declares may lie
        twin = None
        if formulas is not None:
            twin = formulas[sheet.title]
            twin.reset_dimensions()
        sheets.append({"name": sheet.title, "rows": _rows(sheet, twin, limits)})
    return {"sheets": sheets, "hidden": hidden}


def _rows(sheet: Any, twin: Any, limits: dict[str, int]) -> list[tuple[int, list[tuple[int, str, str]]]]:
    rows: list[tuple[int, list[tuple[int, str, str]]]] = []
    formulas = twin.iter_rows() if twin is not None else None
    for number, row in enumerate(sheet.iter_rows(), start=1):
        formula_row = next(formulas, ()) if formulas is not None else ()
        cells: list[tuple[int, str, str]] = []
        for index, cell in enumerate(row):
            kind, raw = _cell(cell)
            if kind == "empty" and index < len(formula_row) and formula_row[index].data_type == "f":
                kind, raw = "formula", str(formula_row[index].value)
            if kind == "empty":
                continue
            if index >= limits["columns"] or len(raw) > limits["cell_characters"]:
                raise Refusal("too_large")
            cells.append((index, kind, raw))
        if cells:
            if len(rows) >= limits["rows"]:
                raise Refusal("too_large")
            rows.append((number, cells))
    return rows


def _cell(cell: Any) -> tuple[str, str]:
    value = cell.value
    if value is None:
        return _EMPTY
    if cell.data_type == "e":
        return "error", str(value)
    if isinstance(value, bool):
        return "boolean", "TRUE" if value else "FALSE"
    if isinstance(value, int) and abs(value) < 10**15:
        return "number", str(value)
    if isinstance(value, int | float):
        # 15 digits are what a spreadsheet program itself keeps: 274.65999999999997 was typed as 274.66.
        return "number", f"{value:.15g}"
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return ("date", value.date().isoformat()) if whole_day else ("datetime", value.isoformat())
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, time):
        return "time", value.isoformat()
    if isinstance(value, timedelta):
        return "duration", str(round(value.total_seconds()))
    text = str(value)
    return ("text", text) if text.strip() else _EMPTY


if __name__ == "__main__":
    sys.exit(main())
