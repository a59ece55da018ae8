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
    "harvest_detailed_us.csv": ("Client", "First Name", "Last Name"),
    "toggl_detailed_usd.csv": ("User", "Email", "Client"),
}
"""File → columns that hold names of firms, people or makes. All other bytes stay."""

GIVEN_NAMES = frozenset({"First Name"})
"""Columns whose name is one with that of the next name column."""

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
    "df2219b5b4716001d786b8050111fec027e9f6091a748636c8100c390e9fb85d": "Sample Client 01",
    "54e0cee7e9b6809da3cf6cded3978fac8908e579ee9d49ef97314b2dc41bfbab": "Sample Client 02",
    "69599320211e5b3203fbe0f6f540f2360a608a94cd17454957eef1fca89e0d18": "Sample Client 03",
    "a73cb4563ee2e72ce0ce805d444364ecca6bebe02d04917915d6481de184abe3": "Sample Client 01",
    "1c0d5fd2e4a4e563cd4040e76d2628aacfad5e4a08b708394947cd66fb4b8c36": "Sample Firm",
    "9b67e15f271a91f875a2cad35cb8196b79e726f9c5b28e091037d739abc2d7fa": "Sample",
    "46c052732c8b9faad79d15e58075bf88ec4b42487088432f315ff5e941b4d064": "Sample",
    "81f3bf42a93cf18dece9321ac5c93313126eb5ca92164d74643e4cbf60ecde9c": "Sample",
    "9ff18ebe7449349f358e3af0b57cf7a032c1c6b2272cb2656ff85eb112232f16": "Sample",
    "c6a12698582fc1104ea24107a2d7268145ff06ef859707729d01fd060897f067": "Sample",
    "5fbf8b76accfd8c5367bd04a3d5951b125e35d36c7f64ddfede1d0a8576f288d": "Sample",
    "81cf5b82e957cbd4e1b4b5c1845c3247b5a5fd8e8f2d7bda34eb7407d5259c36": "Consultant A",
    "16a765ee0cb734635066a5d97eb5f9f9f8e887f4ccda59e1c178bb9a80c46f92": "Consultant B",
    "a95ca988b562a6456d2d942e1bc493954268edabc605b861ceaf6db8bc03d928": "Consultant C",
    "95d5798c5815192daa64aaacbe9af4b29884ab0ffe27457e4dd3524310b8da12": "Consultant D",
    "c2e39908fbe9d3a6c98ced93d77c501641397cc23976fc4f7f20285d1254f88c": "Consultant E",
    "3f81b9d3bbaef5f66395996de8ef57f41e5c1700708ff8fbcaa1750595e1b6f2": "Consultant F",
    "6cea57c2fb6cbc2a40411135005760f241fffc3e5e67ab99882726431037f908": "Sample Consultant G",
    "836f82db99121b3481011f16b49dfa5fbc714a0d1b1b9f784a1ebbbf5b39577f": "sample.consultant.g@example.com",
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
    names: list[str] = []
    given = ""
    for cell, header in _with_headers(data):
        if header in name_columns and _is_name(cell.text):
            if header in GIVEN_NAMES:
                given = cell.text
            else:
                names.append(f"{given} {cell.text}")
                given = ""
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
