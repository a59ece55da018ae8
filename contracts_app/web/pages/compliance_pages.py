"""What the tab of a contract shows of required papers, those on file, and exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.compliance.papers import Blocks, Paper, PaperKind, PaperTest
from contracts_app.services import gates
from contracts_app.services.sign_in import Identity
from contracts_app.store import compliance
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums

KINDS: Mapping[str, str] = {one.value: one.called[0].upper() + one.called[1:] for one in PaperKind}
BLOCKS: Mapping[str, str] = {one.value: one.said[0].upper() + one.said[1:] for one in Blocks}
_BY_PERIOD = (PaperTest.whole_period, PaperTest.period_end)
"""What speaks of single periods is not out of date once they have passed."""


def compliance_data(connection: Connection, who: Identity, agreed: ContractSums) -> dict[str, Any]:
    """Requirements with what is on file for each, papers, exceptions, and the drafts that wait today."""
    of = (connection, who.firm_id, agreed.id)
    today = firm_day(connection, who.firm_id).today
    required, papers = compliance.required(*of), compliance.on_file(*of)
    rows = {row["id"]: row for row in compliance.requirement_rows(*of)}
    exceptions = compliance.exception_rows(*of)
    return {
        "required": [
            {
                "one": one,
                "row": rows[one.id],
                "on_file": _standing(one.kind, _of(papers, one.kind, one.of_whom), today),
                "granted": [
                    row
                    for row in exceptions
                    if row["requirement_id"] == one.id and row["state"] == "granted" and row["until"] >= today
                ],
                "asked": [
                    row for row in exceptions if row["requirement_id"] == one.id and row["state"] == "asked"
                ],
            }
            for one in required
        ],
        "to_file": {f"{one.kind.value}|{one.of_whom}": one.called for one in required},
        "papers": list(reversed(compliance.paper_rows(*of))),
        "exceptions": [
            {**row, "called": _called(rows[row["requirement_id"]])} for row in reversed(exceptions)
        ],
        "ended": [{**row, "called": _called(row)} for row in rows.values() if row["state"] == "ended"],
        "held": gates.of_drafts(*of, today),
        "KINDS": KINDS,
        "BLOCKS": BLOCKS,
        "me": who.person_id,
    }


def _called(row: RowMapping) -> str:
    return KINDS[row["kind"]] + (f" of {row['of_whom']}" if row["of_whom"] else "")


def _of(papers: Iterable[Paper], kind: PaperKind, of_whom: str) -> list[Paper]:
    return [one for one in papers if one.kind is kind and one.of_whom.casefold() == of_whom.casefold()]


def _standing(kind: PaperKind, papers: list[Paper], today: date) -> tuple[str, str, date | None]:
    """The tone and the words of what is on file, and the last day that it speaks of."""
    if not papers:
        return "bad", "none on file", None
    if any(paper.valid_to is None for paper in papers):
        return "good", "on file", None
    last = max(paper.valid_to for paper in papers if paper.valid_to is not None)
    if kind.test in _BY_PERIOD:
        return "plain", "speaks until", last
    if kind.test is PaperTest.once:
        return "good", "on file", None
    return ("good", "valid until", last) if last >= today else ("bad", "ended", last)
