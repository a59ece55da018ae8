"""The copied sample files differ from the published ones in names and in nothing else.

The originals are not needed: the manifest keeps their hashes, and the hash of what remains without the names.
`python -m contracts_app.sample.anonymise compare ORIGINALS` makes the copies again from the originals.
"""

from __future__ import annotations

import csv
import hashlib
import json
from typing import Any

import pytest

from contracts_app.sample.anonymise import (
    GIVEN_NAMES,
    NAME_COLUMNS,
    STAND_INS,
    anonymised,
    raw_cells,
    sameness,
    without_names,
)
from tests.importers.conftest import DATA, FILES

MANIFEST: dict[str, dict[str, Any]] = json.loads((DATA / "manifest.json").read_text())

PUBLISHED = {
    "construction_labor_log_one_project.csv": "9c5e1683c787ae7c9e8a56575092e2a9",
    "construction_material_deliveries_one_project.csv": "77ecef57f40261077510adf6fd8d3572",
    "hvac_billing_history_one_project.csv": "28c3963c2efa653086650273807978105",
    "hvac_billing_lines_one_project.csv": "19603193a515a40de6cb3acd5933ba2a5",
    "hvac_change_orders_one_project.csv": "da9c6a3ca297c5d6e7dd149a7d5af3813",
    "hvac_contracts_one_project.csv": "ac1b325a6f1b79e3beeb3cab1873946af8",
    "hvac_sov_one_project.csv": "989e1abadd879b8117050d6aa129ff9a13",
    "harvest_detailed_us.csv": "ce74875fc9c4c0234feeb65696b0922c65",
    "toggl_detailed_usd.csv": "93bb334c76d35b3826503e00d0733321ba",
}
"""How the SHA-256 of each file as published begins."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", sorted(NAME_COLUMNS))
def test_nothing_but_names_differs_from_the_published_file(name: str) -> None:
    copy, said = (DATA / name).read_bytes(), MANIFEST[name]
    columns = NAME_COLUMNS[name]
    assert said["original_sha256"].startswith(PUBLISHED[name])
    assert digest(copy) == said["copy_sha256"]
    rows = [digest(line)[:12] for line in without_names(copy, columns).splitlines(keepends=True) if columns]
    assert rows == said["rows_without_names"]
    assert digest(without_names(copy, columns)) == said["without_names_sha256"]
    assert sameness(copy, columns) == said["sameness"]


@pytest.mark.parametrize("name", sorted(name for name, columns in NAME_COLUMNS.items() if not columns))
def test_files_without_names_are_the_published_ones(name: str) -> None:
    assert digest((DATA / name).read_bytes()).startswith(PUBLISHED[name])


@pytest.mark.parametrize("name", sorted(NAME_COLUMNS))
def test_every_name_is_plainly_made_up(name: str) -> None:
    with (DATA / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    whole = set(NAME_COLUMNS[name]) - {"item_description", "Email", *GIVEN_NAMES, "Last Name"}
    for column in whole:
        assert {row[column][:7] for row in rows} - {"Interna"} == {"Sample "}
    assert {row.get("First Name", "Sample") for row in rows} == {"Sample"}
    assert {row.get("Email", "sample@example.com").split("@")[1] for row in rows} == {"example.com"}
    originals = set(STAND_INS)
    assert not [c for c in raw_cells((DATA / name).read_bytes()) if digest(c.text.encode()) in originals]


@pytest.mark.parametrize(
    "change", [(b"12965.51", b"12965.52"), (b"\n", b"\r\n"), (b"EA,", b"LF,"), (b'""', b"''")]
)
def test_any_other_change_would_be_seen(change: tuple[bytes, bytes]) -> None:
    name = FILES[next(k for k in FILES if k == "deliveries")]
    copy, said = (DATA / name).read_bytes(), MANIFEST[name]
    changed = copy.replace(*change, 1)
    assert changed != copy
    assert digest(without_names(changed, NAME_COLUMNS[name])) != said["without_names_sha256"]


def test_swapped_names_would_be_seen() -> None:
    name = FILES[next(k for k in FILES if k == "deliveries")]
    copy = (DATA / name).read_bytes()
    swapped = copy.replace(b"Sample Vendor 02", b"Sample Vendor 03", 1)
    assert swapped != copy
    assert sameness(swapped, NAME_COLUMNS[name]) != MANIFEST[name]["sameness"]


def test_making_the_copies_keeps_line_ends_and_quotes() -> None:
    data = b'vendor,"note"\r\n"A, ""B""",x\nC,"y"'
    assert b"".join(c.raw + c.end for c in raw_cells(data)) == data
    assert anonymised(data, ["vendor"]) == data
