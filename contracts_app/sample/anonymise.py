"""How the sample files were made from the published ones: made-up names for real ones, nothing else changed.

The published data set puts invented figures beside names of real firms and people. Those names do not stand
here either: a name is known by the SHA-256 of its text.

    python -m contracts_app.sample.anonymise make ORIGINALS      writes data/*.csv and data/manifest.json
    python -m contracts_app.sample.anonymise compare ORIGINALS   makes them again and compares: 1 if different

ORIGINALS is a folder that holds the published files, at any depth. Without them, the manifest still proves
that
nothing but names differs: it keeps the hash of each original, and of what remains when the names are cut out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"

NAME_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "hvac_contracts_one_project.csv": ("project_name", "gc_name", "architect", "engineer_of_record"),
    "hvac_sov_one_project.csv": (),
    "hvac_change_orders_one_project.csv": ("submitted_by",),
    "hvac_billing_history_one_project.csv": (),
    "hvac_billing_lines_one_project.csv": (),
    "construction_labor_log_one_project.csv": (),
    "construction_material_deliveries_one_project.csv": ("item_description", "vendor", "received_by"),
}
"""File → columns that hold names of firms, people or makes. All other bytes stay."""

STAND_INS: Mapping[str, str] = {
    "301fea1ad6ad31373c9fb22e7fc62c4924d862bf58fc0c51b77456e989ca9f08": "Sample School 01 - New Construction",
    "04c79afc0fa43b23d60d84de29886d5e61f64b1d71e1c5fa58b49bf1bd297045": "Sample General Contractor",
    "05f8d4845d96247f8be0bc213706d4d089e733baa65ef5a3d811015fc1ac77be": "Sample Architect",
    "96a48b1ebc8a19ff7298b11be3283ea94c334304e5f126ca759b9bce27e8501b": "Sample Engineers",
    "225ea76d7fc587889a97512529a305f248f6b71e28814cbfa5d3287cf1f56c94": "Sample Vendor 01",
    "469f2f6393c31c6c3eb19c1b7c528e91421bfa334a4bd7b26c9d77dd506ccec8": "Sample Vendor 02",
    "4db891e928bfb8122565455ddd245228b122a40b9521e17a791da9062b1509fc": "Sample Vendor 03",
    "d2cf0dd2971e610356498b702b92521cced6be8016f757eec279a99142fe1e88": "Sample Vendor 04",
    "e38542039491eabeff4e2344e0f415f8fd0c914161a13164aa05db8a88d6f460": "Sample Vendor 05",
    "e896b8e23114a29e83c853aa9e1ccedd2e107440b53981f5a3eb4d62fc65878a": "Sample Vendor 06",
    "1284d963b7b106c0c9487bed3fede5f9fd0c54d65073c3655486793497615b68": "Sample Person A",
    "48524655d57be0833f01f56f05dd175e2e108e957f73ac79c8ece5746fd92e89": "Sample Person B",
    "a15f3cd5927a9f1e718d3497a8fc79f6b2e422e6b17ffd9aeb35753a02b693ce": "Sample Person C",
    "aecc5b6f619834a8954ae407fffd638a1c9fcdbdd6df582512e8f52fca51d095": "Sample Person D",
    "cdf63c8049418f67a6eb6664f428b16c6b1b84158b54762136b32273a63ffb30": "Sample Person E",
    "cbfcda3672ae8ef33338106d959f46c49ab0b6d254b1872a841fef08dfe935c1": 'Pipe Insulation 1" Sample Brand',
    "0e2e10c9e1c9d200fe0c9ffd658568c72ff7b8621cad29c378a796319883c079": 'Pipe Insulation 2" Sample Brand',
}
"""SHA-256 of the original cell text → the text in its place. Other cells of the same columns stay."""

_CELL = re.compile(rb'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|\Z)')


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as its bytes stand in the file, with its row and column from 0."""

    row: int
    column: int
    raw: bytes
    end: bytes
    """The delimiter or line end after it."""

    @property
    def text(self) -> str:
        text = self.raw.decode()
        return text[1:-1].replace('""', '"') if text.startswith('"') else text


def raw_cells(data: bytes) -> Iterator[RawCell]:
    """All cells of a comma-separated file in order; joined again, `raw + end` is the file byte for byte."""
    row = column = at = 0
    while at < len(data):
        match = _CELL.match(data, at)
        if match is None:
            raise ValueError(f"row {row + 1} cannot be split into cells")
        yield RawCell(row, column, match[1], match[2])
        at = match.end()
        row, column = (row, column + 1) if match[2] == b"," else (row + 1, 0)


def anonymised(data: bytes, name_columns: Sequence[str]) -> bytes:
    """The file with the stand-ins in its name columns."""
    out = bytearray()
    for cell, header in _with_headers(data):
        stand_in = STAND_INS.get(_sha256(cell.text.encode())) if header in name_columns else None
        out += (cell.raw if stand_in is None else _quoted_alike(stand_in, cell.raw)) + cell.end
    return bytes(out)


def without_names(data: bytes, name_columns: Sequence[str]) -> bytes:
    """The file with its names (real ones or their stand-ins) cut out; every other byte is kept."""
    return b"".join(
        (b"" if header in name_columns and _is_name(cell.text) else cell.raw) + cell.end
        for cell, header in _with_headers(data)
    )


def sameness(data: bytes, name_columns: Sequence[str]) -> list[int]:
    """For each name in order, the number of the first name with the same text: names that were equal stay
    equal, and different ones different."""
    first: dict[str, int] = {}
    cells = _with_headers(data)
    names = [cell.text for cell, header in cells if header in name_columns and _is_name(cell.text)]
    return [first.setdefault(name, number) for number, name in enumerate(names)]


def described(original: bytes, copy: bytes, name_columns: Sequence[str]) -> dict[str, object]:
    """The manifest entry of one file."""
    return {
        "original_sha256": _sha256(original),
        "original_bytes": len(original),
        "copy_sha256": _sha256(copy),
        "name_columns": list(name_columns),
        "without_names_sha256": _sha256(without_names(original, name_columns)),
        "rows_without_names": _row_digests(without_names(original, name_columns)) if name_columns else [],
        "sameness": sameness(original, name_columns),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the copies, or make them again and compare."""
    parser = argparse.ArgumentParser(prog="anonymise", description="Sample files from the published ones")
    parser.add_argument("verb", choices=("make", "compare"))
    parser.add_argument("originals", type=Path)
    chosen = parser.parse_args(arguments)
    manifest: dict[str, object] = {}
    copies: dict[str, bytes] = {}
    for name, columns in NAME_COLUMNS.items():
        found = sorted(chosen.originals.rglob(name))
        if not found:
            sys.stderr.write(f"{name} is not in {chosen.originals}\n")
            return 1
        original = found[0].read_bytes()
        copies[name] = anonymised(original, columns)
        manifest[name] = described(original, copies[name], columns)
    copies["manifest.json"] = (json.dumps(manifest, indent=1) + "\n").encode()
    different = [name for name, data in copies.items() if _there(DATA / name) != data]
    if chosen.verb == "make":
        for name in different:
            (DATA / name).write_bytes(copies[name])
    sys.stdout.write(f"{len(copies)} files, {len(different)} different\n")
    return 1 if different and chosen.verb == "compare" else 0


def _is_name(text: str) -> bool:
    return text in STAND_INS.values() or _sha256(text.encode()) in STAND_INS


def _there(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _with_headers(data: bytes) -> Iterator[tuple[RawCell, str]]:
    """Each cell with its column's header; the header cells themselves with ''."""
    headers: list[str] = []
    for cell in raw_cells(data):
        if cell.row == 0:
            headers.append(cell.text)
        yield cell, headers[cell.column] if cell.row and cell.column < len(headers) else ""


def _quoted_alike(text: str, raw: bytes) -> bytes:
    if raw.startswith(b'"'):
        return b'"' + text.replace('"', '""').encode() + b'"'
    return text.encode()


def _row_digests(data: bytes) -> list[str]:
    return [_sha256(line)[:12] for line in data.splitlines(keepends=True)]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
