"""Tables in docs/TESTING.md that a test writes and compares, each between two marks of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "TESTING.md"


def table_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _between(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<=<!-- {name}: written by a test -->\n\n).*?(?=\n\n<!-- end of {name} -->)", re.DOTALL
    )


def written(name: str) -> str:
    """The table as it stands in the page. Raises AssertionError where its marks are missing."""
    found = _between(name).search(PAGE.read_text("utf-8"))
    assert found, f"docs/TESTING.md has no table {name}"
    return found[0]


def main(name: str, table: str) -> None:
    """Write the table into the page."""
    page, count = _between(name).subn(lambda _: table, PAGE.read_text("utf-8"))
    assert count == 1, f"docs/TESTING.md has no table {name}"
    PAGE.write_text(page, "utf-8")
