"""The figures of docs/SPEC-imports.md are the ones the importers give."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from importers.analysis import Analysis
from importers.entries import Kind

SPEC = Path(__file__).parents[2] / "docs" / "SPEC-imports.md"


def test_the_table_of_the_sample_contract(imports: Mapping[Kind, Analysis]) -> None:
    lines = SPEC.read_text(encoding="utf-8").split("## The sample contract")[1].split("\n\n")[2].splitlines()
    table = {
        cells[0]: cells[1:] for cells in ([c.strip() for c in line.split("|")[1:-1]] for line in lines[2:])
    }
    assert set(table) == {kind.value for kind in imports}
    for kind, analysis in imports.items():
        decisions = ", ".join(f"{d.key} ({d.rows})" for d in analysis.decisions)
        assert table[kind.value] == [
            str(analysis.rows_read),
            str(analysis.repeats),
            str(analysis.ignored),
            str(len(analysis.entries)),
            analysis.totals_kept.hours or "",
            analysis.totals_kept.amount or "",
            decisions,
        ]


def test_every_decision_of_the_samples_is_described(imports: Mapping[Kind, Analysis]) -> None:
    text = SPEC.read_text(encoding="utf-8")
    for analysis in imports.values():
        for decision in analysis.decisions:
            if decision.key == "projects":
                continue  # its answers are the file's projects
            key = decision.key.replace(":4", ":N")
            assert f"| `{key}` |" in text
            row = next(line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
            first = row.split("|")[3].split("`")[1]
            assert first == decision.proposal
            assert all(f"`{choice.value}`" in row for choice in decision.choices)
