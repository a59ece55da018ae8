"""`contracts report`: the named reports for auditors, as CSV, JSON lines or a workbook."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import RefusedByRule, line, progress, say
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from contracts_app.domain.reports.audit_report import Part


class Form(StrEnum):
    """How the rows are written."""

    csv = "csv"
    json = "json"
    xlsx = "xlsx"


def add(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(report)


def report(
    number: Annotated[int, typer.Argument(help="Its number; without one all are listed.")] = 0,
    from_on: Annotated[str, typer.Option("--from", help="First day, 2024-01-01.")] = "",
    to_on: Annotated[str, typer.Option("--to", help="Last day, 2024-03-31.")] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="What was known then: a day (its end) or 2024-03-31T17:00:00Z.")
    ] = "",
    contract: Annotated[str, typer.Option("--contract", help="Only of this contract, by number.")] = "",
    client: Annotated[str, typer.Option("--client", help="Only of this client, by name.")] = "",
    form: Annotated[Form, typer.Option("--format", help="csv, json or xlsx.")] = Form.csv,
    part: Annotated[str, typer.Option("--part", help="CSV: which part; without it the first.")] = "",
    to: Annotated[Path | None, typer.Option("--out", help="The file to write; needed for xlsx.")] = None,
    of_firm: OfFirm = "",
) -> None:
    """Run a named report. What an auditor must see beside it (parameters, query and version, rows, control
    totals, who ran it when, where the audit log stood) goes to standard error, with JSON as the last line, in
    a workbook to its sheet `about`. The run is recorded in the audit log."""
    from contracts_app.documents.report_files import Sheets
    from contracts_app.domain.refusals import Refused
    from contracts_app.services.audit_reports import REPORTS, report_of, running
    from contracts_app.store.transaction import open_engine

    if not number:
        for one in REPORTS.values():
            say(f"{one.number:>2}  {one.title}: {one.question}")
        return
    with books(of_firm) as (_, firm_id):
        asked = report_of(number)
    if form is Form.xlsx and to is None:
        raise typer.BadParameter("name the file to write", param_hint="--out")
    if part and part not in (one.name for one in asked.parts):
        known = ", ".join(one.name for one in asked.parts)
        raise typer.BadParameter(f"one of: {known}", param_hint="--part")
    if to is not None and to.exists():
        raise RefusedByRule(f"{to} is there already: name another file.")
    given = {"from": from_on, "to": to_on, "as_of": as_of, "contract": contract, "client": client}
    engine = open_engine(Settings().database_url, pool_size=2)
    target = to.open("x", encoding="utf-8", newline="") if to and form is not Form.xlsx else sys.stdout
    try:
        writer: _Csv | _Json | Sheets
        if form is Form.xlsx and to is not None:
            writer = Sheets(to)
        else:
            writer = _Csv(target, part or asked.parts[0].name) if form is Form.csv else _Json(target)
        result = running.run(
            engine, firm_id, asked, given, None, keep=0, writers=(writer,), form=f"command line, {form}"
        )
    except Refused as refused:
        raise RefusedByRule(refused.sentence) from None
    finally:
        if target is not sys.stdout:
            target.close()
        engine.dispose()
    if form is Form.csv:
        progress(json.dumps(result.footer(), ensure_ascii=False))
    elif to is not None:
        line({"file": to, "rows": sum(one.count for one in result.tables)})


class _Csv:
    """One part as CSV."""

    def __init__(self, target: Any, name: str) -> None:
        from contracts_app.documents.report_files import plain

        self._plain, self._name, self._csv = plain, name, csv.writer(target)

    def part(self, part: Part) -> None:
        if part.name == self._name:
            self._csv.writerow([one.title for one in part.columns])

    def row(self, part: Part, cells: Sequence[str]) -> None:
        if part.name == self._name:
            self._csv.writerow(
                [self._plain(cell, one.shown) for cell, one in zip(cells, part.columns, strict=True)]
            )

    def end(self, footer: Mapping[str, Any]) -> None:
        """The footer goes to standard error."""


class _Json:
    """Every row as a JSON line, the footer as the last."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def part(self, part: Part) -> None:
        """Each row names its part."""

    def row(self, part: Part, cells: Sequence[str]) -> None:
        named = {one.name: cell for one, cell in zip(part.columns, cells, strict=True)}
        self._say({"part": part.name, **named})

    def end(self, footer: Mapping[str, Any]) -> None:
        self._say({"about": footer})

    def _say(self, value: object) -> None:
        self._target.write(json.dumps(value, ensure_ascii=False) + "\n")
