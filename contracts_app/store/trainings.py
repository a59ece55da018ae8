"""Who is being trained, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import person
from contracts_app.store.training_tables import training
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Trained:
    """Until when a person is being trained, and the name of whom."""

    mentor: str
    to_on: date


def of(connection: Connection, firm_id: UUID, person_id: UUID, on: date) -> Trained | None:
    """The training of a person on a day."""
    row = connection.execute(
        select(person.c.name, training.c.to_on)
        .join(training, (training.c.firm_id == person.c.firm_id) & (training.c.mentor_id == person.c.id))
        .where(
            training.c.firm_id == firm_id,
            training.c.person_id == person_id,
            training.c.from_on <= on,
            training.c.to_on >= on,
            or_(training.c.ended_on.is_(None), training.c.ended_on > on),
        )
        .order_by(training.c.to_on.desc())
        .limit(1)
    ).first()
    return None if row is None else Trained(row.name, row.to_on)


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every training with names, the last entered first."""
    trained, mentor = person.alias(), person.alias()
    return (
        connection.execute(
            select(training, trained.c.name.label("person_name"), mentor.c.name.label("mentor_name"))
            .join(trained, (trained.c.firm_id == training.c.firm_id) & (trained.c.id == training.c.person_id))
            .join(mentor, (mentor.c.firm_id == training.c.firm_id) & (mentor.c.id == training.c.mentor_id))
            .where(training.c.firm_id == firm_id)
            .order_by(training.c.entered_at.desc())
        )
        .mappings()
        .all()
    )


def end(tx: Transaction, training_id: UUID, **values: Any) -> None:
    """Write that it ended."""
    tx.connection.execute(
        update(training)
        .where(training.c.firm_id == tx.firm_id, training.c.id == training_id)
        .values(**values)
    )
