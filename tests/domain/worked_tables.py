"""Reads the worked numbers from the tables of docs/SPEC-*.md, so that page and program cannot drift apart."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"

Row = Mapping[str, str]


def rows(page: str, heading: str, first_column: str = "") -> list[Row]:
    """The rows of the first table under `heading` (or of the one that starts with `first_column`)."""
    text = (DOCS / page).read_text()
    section = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"{page} has no heading {heading!r}"
    tables = re.findall(r"(?:^\|.*\|$\n)+", section[1], re.MULTILINE)
    for table in tables:
        header, _rule, *body = [_cells(line) for line in table.strip().splitlines()]
        if header[0] == first_column or not first_column:
            assert body, f"{page}, {heading}: empty table"
            return [dict(zip(header, cells, strict=True)) for cells in body]
    raise AssertionError(f"{page}, {heading}: no table that starts with {first_column!r}")


def cases(page: str, heading: str, first_column: str = "") -> pytest.MarkDecorator:
    """One test case for each row."""
    found = rows(page, heading, first_column)
    # Plain letters: others are escaped anew each time a process collects, and the name is not found again.
    told = (" | ".join(cell for cell in row.values() if cell)[:70] for row in found)
    names = [name.encode("ascii", "replace").decode() for name in told]
    return pytest.mark.parametrize("row", found, ids=names)


def amounts(cell: str) -> list[Decimal]:
    """`1.00; 2.00` as amounts."""
    return [Decimal(part) for part in listed(cell)]


def listed(cell: str) -> list[str]:
    """`a; b` as a list; empty and `-` as nothing."""
    return [] if cell in ("", "-") else [part.strip() for part in cell.split(";")]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
