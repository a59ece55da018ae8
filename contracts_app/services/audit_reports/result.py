"""What a report came to: rows as texts, counts, control totals, and the footer that says where it is from."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from contracts_app.domain.money import total, written
from contracts_app.domain.reports.audit_report import Asked, Part, Report, Shown
from contracts_app.store.views.audit_reports.running import Stand


class Writer(Protocol):
    """Takes a report down row by row, so that a file of any size needs no memory."""

    def part(self, part: Part) -> None:
        """A part begins."""

    def row(self, part: Part, cells: Sequence[str]) -> None:
        """One row of it."""

    def end(self, footer: Mapping[str, Any]) -> None:
        """Everything was written: what stands beside it."""


@dataclass
class Table:
    """A part as it came out. `rows` are the first of them, as texts; `totals` by currency (empty:
    quantities), then by column."""

    part: Part
    keep: int
    count: int = 0
    rows: list[Sequence[str]] = field(default_factory=list)
    totals: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, values: Mapping[str, Any]) -> Sequence[str]:
        """Count a row in; its cells as texts."""
        currency = str(values.get("currency") or "")
        cells = [said(values[one.name], one.shown, currency) for one in self.part.columns]
        for one in self.part.columns:
            if one.shown in (Shown.amount, Shown.number) and values[one.name] is not None:
                sums = self.totals.setdefault(currency if one.shown is Shown.amount else "", {})
                sums[one.name] = total((sums.get(one.name, Decimal(0)), Decimal(values[one.name])))
        self.count += 1
        if len(self.rows) < self.keep:
            self.rows.append(cells)
        self._hash.update(line(cells).encode())
        return cells

    @property
    def sha256(self) -> str:
        """The hash of all rows, as lines of CSV: equal for equal answers."""
        found: str = self._hash.hexdigest()
        return found

    def total_of(self, currency: str) -> Sequence[str]:
        """The row of totals of one currency (empty: of quantities), a text for each column."""
        sums = self.totals[currency]
        return [
            said(sums[one.name], one.shown, currency) if one.name in sums else "" for one in self.part.columns
        ]


@dataclass(frozen=True)
class Result:
    """A report that was run: what was asked, by whom, when, and against which audit log.

    `head` is where the log stood at the instant asked for; `run_id` names the entry of the log that says that
    it was run.
    """

    run_id: UUID
    report: Report
    firm: str
    asked: Asked
    ran_at: datetime
    ran_by: str
    head: Stand
    tables: Sequence[Table]

    @property
    def parameters(self) -> Mapping[str, str]:
        """What it was asked with, as texts; what it does not ask for is left out."""
        said_of = {
            "from": self.asked.from_on.isoformat(),
            "to": self.asked.to_on.isoformat(),
            "as_of": said(self.asked.as_of, Shown.instant),
            "contract": self.asked.contract,
            "client": self.asked.client,
        }
        return {one.value: said_of[one.value] for one in self.report.asks if said_of[one.value]}

    def footer(self) -> dict[str, Any]:
        """Everything that an auditor must see on a report before he relies on it."""
        return {
            "report": self.report.number,
            "title": self.report.title,
            "firm": self.firm,
            "parameters": dict(self.parameters),
            "ran_at": said(self.ran_at, Shown.instant),
            "ran_by": self.ran_by,
            "run": str(self.run_id),
            "audit_entry": self.head.seq,
            "audit_hash": self.head.hash,
            "same_answer_later": self.report.again,
            "not_in_it": list(self.report.limits),
            "recomputed_by": self.report.tested_by,
            "parts": [
                {
                    "part": one.part.name,
                    "query": one.part.query.name,
                    "version": one.part.query.version,
                    "query_sha256": one.part.query.sha256,
                    "rows": one.count,
                    "totals": {
                        currency or "quantities": {
                            column.name: said(sums[column.name], column.shown, currency)
                            for column in one.part.columns
                            if column.name in sums
                        }
                        for currency, sums in sorted(one.totals.items())
                    },
                    "rows_sha256": one.sha256,
                }
                for one in self.tables
            ],
        }


def said(value: object, shown: Shown, currency: str = "") -> str:
    """A value as the report's files and pages say it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        if shown is Shown.amount and currency:
            return written(value, currency)
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def line(cells: Sequence[str]) -> str:
    """A row as a line of CSV."""
    target = io.StringIO()
    csv.writer(target).writerow(cells)
    return target.getvalue()
