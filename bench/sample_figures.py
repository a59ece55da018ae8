"""The figures that a manifest of sample files states, as our readers come to them.

Rows, hours, amount and outcome are those of `contracts import --dry-run --json`. All others come from the
rows of an analysis in which every proposal is taken, so that the whole file counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from importers.analysis import analyse
from importers.entries import Entry, Kind
from importers.known import KnownThings

OUTCOMES = {"reject": "refused", "import": "read"}
"""What a manifest calls an outcome; `either` is not compared."""
_WHOLE_FILE = {"projects": "all", "exact_repeats": "keep"}
"""Answers under which every row of a file is taken."""
_ROUNDS = 4
"""An answer may bring the next question, so often."""
_DAYS = ("worked_on", "spent_on", "ordered_on", "delivered_on", "submitted_on")


def of_report(report: Mapping[str, Any]) -> Mapping[str, str | None]:
    """What the one report of an import says, by the manifest's names; None where it says nothing."""
    refused = report["outcome"] == "refused"
    return {
        "outcome": OUTCOMES["reject"] if refused else OUTCOMES["import"],
        "rows": str(report["rows_read"]),
        "total_hours": report["totals"]["hours"],
        "total_amount": report["totals"]["amount"],
    }


def of_rows(
    kind: str, profile: str | None, name: str, data: bytes, answers: Mapping[str, str]
) -> Mapping[str, str]:
    """What the rows of the file come to: every proposal is taken but for `answers`."""
    given = {**_WHOLE_FILE, **answers}
    analysis = analyse(Kind(kind), name, data, KnownThings(), given, profile)
    for _ in range(_ROUNDS):
        asked = {one.key: one.proposal or "unnamed" for one in analysis.open_decisions}
        if not asked:
            break
        given = {**asked, **given}
        analysis = analyse(Kind(kind), name, data, KnownThings(), given, profile)
    found = {figure: str(count(analysis.entries)) for figure, count in FIGURES.items()}
    days = [on for entry in analysis.entries if (on := _day(entry)) is not None]
    if days:
        found |= {"date_min": min(days).isoformat(), "date_max": max(days).isoformat()}
    return found


def same(ours: str | None, theirs: object) -> bool:
    """Whether both are one number, to the places that the manifest has, or the same words."""
    if ours is None or ours == str(theirs):
        return ours is not None
    try:
        wanted = Decimal(str(theirs))
        return round(Decimal(ours), max(0, -int(wanted.as_tuple().exponent))) == wanted
    except ArithmeticError:
        return False


def _of(entry: Entry, field: str) -> Any:
    return getattr(entry, field, None)


def _sum(entries: Iterable[Entry], field: str) -> Decimal:
    return sum((value for entry in entries if (value := _of(entry, field)) is not None), Decimal(0))


def _hours(entries: Iterable[Entry], field: str = "seconds") -> Decimal:
    return _sum(entries, field) / 3600


def _overtime(entries: Sequence[Entry]) -> Decimal:
    """Of rows that are overtime, and in rows that have it beside straight time."""
    return _hours(e for e in entries if _of(e, "overtime")) + _hours(entries, "overtime_seconds")


def _names(entries: Iterable[Entry], *fields: str) -> int:
    return len({_of(entry, field) for entry in entries for field in fields} - {None, ""})


def _once(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Without exact repeats, whose ids are numbered."""
    return [entry for entry in entries if not entry.external_id.endswith("#2")]


def _day(entry: Entry) -> date | None:
    return next((value for field in _DAYS if (value := _of(entry, field)) is not None), None)


def _earned(entries: Sequence[Entry]) -> Decimal:
    return _sum(entries, "to_date") - _sum(entries, "retainage_held")


FIGURES: Mapping[str, Callable[[Sequence[Entry]], object]] = {
    "rows_taken": len,
    "hours_taken": _hours,
    "amount_taken": lambda rows: _sum(rows, "amount"),
    "people": lambda rows: _names(rows, "person", "worker"),
    "vendors": lambda rows: _names(rows, "vendor"),
    "purchase_orders": lambda rows: _names(rows, "order_number"),
    "negative_rows": lambda rows: sum(1 for e in rows if (_of(e, "amount") or 0) < 0),
    "billable_hours": lambda rows: _hours(e for e in rows if _of(e, "billable")),
    "billable_amount": lambda rows: _sum((e for e in rows if _of(e, "billable")), "amount"),
    "straight_time_hours": lambda rows: _hours(rows) - _overtime(rows),
    "overtime_hours": _overtime,
    "work_hours_excluding_breaks": _hours,
    "distinct_rows": lambda rows: len(_once(rows)),
    "distinct_hours": lambda rows: _hours(_once(rows)),
    "exact_repeats": lambda rows: len(rows) - len(_once(rows)),
    "total_revised": lambda rows: _sum(rows, "revised"),
    "revised": lambda rows: _sum(rows, "revised"),
    "total_invoiced": lambda rows: _sum(rows, "invoiced"),
    "total_amount_excl_deleted": lambda rows: _sum(rows, "amount"),
    "total_purchase_orders": lambda rows: _sum(rows, "amount"),
    "total_this_period": lambda rows: _sum(rows, "this_period"),
    "previous": lambda rows: _sum(rows, "previous"),
    "this_period": lambda rows: _sum(rows, "this_period"),
    "stored": lambda rows: _sum(rows, "stored"),
    "completed_and_stored": lambda rows: _sum(rows, "to_date"),
    "retainage": lambda rows: _sum(rows, "retainage_held"),
    "original_contract": lambda rows: _sum(
        (e for e in rows if not _of(e, "change_order")), "scheduled_value"
    ),
    "change_orders": lambda rows: _sum((e for e in rows if _of(e, "change_order")), "scheduled_value"),
    "earned_less_retainage": _earned,
    "balance_incl_retainage": lambda rows: _sum(rows, "scheduled_value") - _earned(rows),
}
"""By the manifest's names; `_taken` of what is left once every answer is given."""
