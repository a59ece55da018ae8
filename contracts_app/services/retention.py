"""What a firm must keep of each class of records, until when, and what no law keeps any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.keeping.retention import Kept, RecordClass, RetentionProvision, rule_for
from contracts_app.law import table
from contracts_app.store import erasures
from contracts_app.store.views import retention as view


@dataclass(frozen=True)
class Kind:
    """A kind of records with its law. `kept_until`: the last day on which the latest of them is kept."""

    title: str
    record_class: RecordClass
    rule: Kept
    there: view.Counted
    kept_until: date | None


def overview(connection: Connection, firm_id: UUID, today: date) -> Sequence[Kind]:
    """Every kind of records: what there is, by which law it is kept, and how many may go today."""
    rows, at = table("retention", RetentionProvision), erasures.countries(connection, firm_id)
    found = []
    for title, record_class in view.kinds():
        rule = rule_for(record_class, at, rows, today)
        there = view.counted(connection, firm_id, title, rule.may_go_before(today))
        until = rule.last_day(there.latest) if there.latest is not None else None
        found.append(Kind(title, record_class, rule, there, until))
    return found
