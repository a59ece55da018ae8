"""Time that files brought and later files correct: what corrects what, and what stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, exists, or_, select, update

from contracts_app.store.billing_tables import time_entry
from contracts_app.store.tables import import_file
from contracts_app.store.time import GONE


def corrected(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[str]:
    """The ids, in their files, of the contract's time that other time corrects."""
    correction = time_entry.alias()
    found = connection.execute(
        select(time_entry.c.external_id)
        .join(
            correction,
            (correction.c.firm_id == time_entry.c.firm_id) & (correction.c.corrects == time_entry.c.id),
        )
        .where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id == contract_id,
            ~correction.c.takes_back,
        )
    )
    return frozenset(found.scalars())


def in_parts(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[str]:
    """The ids, in their files, of the contract's time that was split or moved."""
    part = time_entry.alias()
    found = connection.execute(
        select(time_entry.c.external_id).where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id == contract_id,
            time_entry.c.import_id.is_not(None),
            exists().where(part.c.firm_id == time_entry.c.firm_id, part.c.part_of == time_entry.c.id),
        )
    )
    return frozenset(found.scalars())


def ids_by_name(
    connection: Connection, firm_id: UUID, contract_id: UUID, names: Collection[str]
) -> Mapping[str, UUID]:
    """The contract's entries by their ids in the files."""
    found = connection.execute(
        select(time_entry.c.external_id, time_entry.c.id).where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id == contract_id,
            time_entry.c.external_id.in_(names),
        )
    )
    return {row.external_id: row.id for row in found}


def decided_together(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Sequence[tuple[UUID, str, str]]:
    """Id, person and state of all that is decided together with these entries that take back; what is gone,
    or never billed, is left out."""
    found = connection.execute(
        select(time_entry.c.id, time_entry.c.person, time_entry.c.state).where(
            time_entry.c.firm_id == firm_id,
            or_(time_entry.c.goes_with.in_(ids), time_entry.c.id.in_(ids)),
            time_entry.c.state.not_in(GONE),
            time_entry.c.billable,
            ~time_entry.c.billed_elsewhere,
        )
    )
    return [(row.id, row.person, row.state) for row in found]


def files_that_correct(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[str]:
    """Names of other files that correct time of this import."""
    correction = time_entry.alias()
    return (
        connection.execute(
            select(import_file.c.file_name)
            .join(
                correction,
                (correction.c.firm_id == import_file.c.firm_id)
                & (correction.c.import_id == import_file.c.id),
            )
            .join(
                time_entry,
                (time_entry.c.firm_id == correction.c.firm_id) & (time_entry.c.id == correction.c.corrects),
            )
            .where(
                import_file.c.firm_id == firm_id,
                time_entry.c.import_id == import_id,
                import_file.c.id != import_id,
            )
            .distinct()
            .order_by(import_file.c.file_name)
        )
        .scalars()
        .all()
    )


def let_stand_again(connection: Connection, firm_id: UUID, import_id: UUID) -> None:
    """What time of this import replaced stands again as it was decided on: the import is taken back."""
    correction = time_entry.alias()
    of_import = select(correction.c.corrects).where(
        correction.c.firm_id == firm_id, correction.c.import_id == import_id
    )
    for decided, state in ((True, "approved"), (False, "open")):
        connection.execute(
            update(time_entry)
            .where(
                time_entry.c.firm_id == firm_id,
                time_entry.c.id.in_(of_import),
                time_entry.c.state == "replaced",
                time_entry.c.decided_by.is_not(None) if decided else time_entry.c.decided_by.is_(None),
            )
            .values(state=state, replaced_reason=None, version=time_entry.c.version + 1)
        )
