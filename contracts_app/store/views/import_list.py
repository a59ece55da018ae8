"""Files that were brought in, newest first: those that somebody looks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.store.tables import contract, import_file, person

PAGE = 100
"""Files shown at once."""


@dataclass(frozen=True)
class Wanted:
    """Which files: empty means all. `named` is part of a file's name, in any case."""

    contract_id: UUID | None = None
    kind: str = ""
    state: str = ""
    uploaded_by: UUID | None = None
    named: str = ""


@dataclass(frozen=True)
class ImportRow:
    """A file that was brought in; without a contract it belongs to many, or to the firm."""

    id: UUID
    kind: str
    file_name: str
    state: str
    uploaded_by: str
    uploaded_at: datetime
    report: Mapping[str, Any] | None
    contract_id: UUID | None
    contract_number: str | None


@dataclass(frozen=True)
class Listed:
    """A page of files, how many there are in all, and where the next page starts (None: there is none)."""

    rows: Sequence[ImportRow]
    total: int
    start: int

    @property
    def following(self) -> int | None:
        after = self.start + PAGE
        return after if after < self.total else None


def imports(connection: Connection, firm_id: UUID, wanted: Wanted = Wanted(), start: int = 0) -> Listed:
    """The files wanted, newest first, from `start`."""
    conditions = [import_file.c.firm_id == firm_id]
    if wanted.contract_id is not None:
        conditions.append(import_file.c.contract_id == wanted.contract_id)
    if wanted.kind:
        conditions.append(import_file.c.kind == wanted.kind)
    if wanted.state:
        conditions.append(import_file.c.state == wanted.state)
    if wanted.uploaded_by is not None:
        conditions.append(import_file.c.uploaded_by == wanted.uploaded_by)
    if wanted.named:
        conditions.append(import_file.c.file_name.icontains(wanted.named, autoescape=True))
    total = connection.execute(select(func.count()).select_from(import_file).where(*conditions)).scalar_one()
    statement = (
        select(import_file, person.c.name.label("uploader"), contract.c.number.label("contract_number"))
        .join(
            person,
            (person.c.firm_id == import_file.c.firm_id) & (person.c.id == import_file.c.uploaded_by),
        )
        .outerjoin(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(*conditions)
        .order_by(import_file.c.uploaded_at.desc(), import_file.c.id)
        .offset(start)
        .limit(PAGE)
    )
    rows = [
        ImportRow(
            row.id,
            row.kind,
            row.file_name,
            row.state,
            row.uploader,
            row.uploaded_at,
            row.report,
            row.contract_id,
            row.contract_number,
        )
        for row in connection.execute(statement)
    ]
    return Listed(rows, total, start)


def uploaders(connection: Connection, firm_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Who has ever brought a file in, by name."""
    brought = select(import_file.c.uploaded_by).where(import_file.c.firm_id == firm_id)
    found = connection.execute(
        select(person.c.id, person.c.name)
        .where(person.c.firm_id == firm_id, person.c.id.in_(brought))
        .order_by(person.c.name, person.c.id)
    )
    return [(row.id, row.name) for row in found]
