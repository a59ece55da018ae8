"""What an import brought: what was built upon it since, and how it is deleted again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, Text, and_, cast, delete, exists, func, or_, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store import project_names
from contracts_app.store.billing_tables import claim, issued_time, time_entry
from contracts_app.store.brought_tables import BROUGHT, PARTS, ids_of_parts
from contracts_app.store.columns import metadata
from contracts_app.store.expense_tables import expense, expense_cost
from contracts_app.store.imports import note_projects_added
from contracts_app.store.tables import (
    application_period,
    change_order,
    import_file,
    imported_row,
    invoice,
    person,
    progress_entry,
    staged_row,
)


def delete_brought(connection: Connection, firm_id: UUID, row: RowMapping) -> int:
    """Delete all that the import brought; returns of how many rows. The database lets that be done only in
    the transaction that ends with the import taken back."""
    connection.execute(
        update(import_file)
        .where(import_file.c.firm_id == firm_id, import_file.c.id == row["id"])
        .values(state="undoing")
    )
    for head in BROUGHT[row["kind"]]:
        for part, column, whole in PARTS.get(head, ()):
            gone = ids_of_parts(firm_id, head, whole, row["id"])
            connection.execute(delete(part).where(part.c.firm_id == firm_id, part.c[column].in_(gone)))
    tables = (*BROUGHT[row["kind"]], staged_row, imported_row)
    counts = [
        connection.execute(delete(one).where(one.c.firm_id == firm_id, one.c.import_id == row["id"])).rowcount
        for one in tables
    ]
    _take_projects_back(connection, firm_id, row)
    return counts[-1]


def _take_projects_back(connection: Connection, firm_id: UUID, row: RowMapping) -> None:
    """The contract's work is known no more under names that this import added, and that neither time nor
    another part of a file for many contracts has. A name that another import has goes with that one."""
    added = set(row["projects_added"])
    if not added:
        return
    known = project_names.projects(connection, firm_id, row["contract_id"])
    of_time = select(time_entry.c.project, time_entry.c.import_id).where(
        time_entry.c.firm_id == firm_id,
        time_entry.c.contract_id == row["contract_id"],
        time_entry.c.project.in_(added),
    )
    project = imported_row.c.content["project"].astext
    of_parts = (
        select(project, imported_row.c.import_id)
        .join(
            import_file,
            (import_file.c.firm_id == imported_row.c.firm_id)
            & (import_file.c.id == imported_row.c.import_id),
        )
        .where(
            import_file.c.firm_id == firm_id,
            import_file.c.contract_id == row["contract_id"],
            import_file.c.parent_id.is_not(None),
            import_file.c.kind != "timesheet",
            project.in_(added),
        )
    )
    still: dict[str, set[UUID | None]] = {}
    for name, import_id in connection.execute(of_time.union(of_parts)):
        still.setdefault(name, set()).add(import_id)
    project_names.set_projects(connection, firm_id, row["contract_id"], known - (added - still.keys()))
    for name, others in still.items():
        if None not in others:  # typed in by hand it stays
            heir = min(others, key=str)
            assert heir is not None
            note_projects_added(connection, firm_id, heir, [name])


def invoices_with_time(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[RowMapping]:
    """Drafts and invoices that have time of this import."""
    brought = and_(time_entry.c.firm_id == firm_id, time_entry.c.import_id == import_id)
    claimed = [
        select(one.c.invoice_id)
        .join(time_entry, and_(time_entry.c.firm_id == one.c.firm_id, time_entry.c.id == one.c.time_entry_id))
        .where(brought)
        for one in (claim, issued_time)
    ]
    return _invoices(connection, firm_id, or_(*(invoice.c.id.in_(one) for one in claimed)))


def approvals_of_time(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[tuple[str, int]]:
    """Who approved time of this import, and how many rows."""
    rows = connection.execute(
        select(person.c.name, func.count())
        .join_from(
            time_entry,
            person,
            (person.c.firm_id == time_entry.c.firm_id) & (person.c.id == time_entry.c.decided_by),
        )
        .where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.import_id == import_id,
            time_entry.c.state == "approved",
        )
        .group_by(person.c.name)
        .order_by(person.c.name)
    )
    return [(name, count) for name, count in rows]


def expenses_approved(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[int]:
    """Numbers of the expenses of this import that are, or were, a cost of the contract."""
    was_cost = exists().where(
        expense_cost.c.firm_id == expense.c.firm_id, expense_cost.c.expense_id == expense.c.id
    )
    return (
        connection.execute(
            select(expense.c.number)
            .where(
                expense.c.firm_id == firm_id,
                expense.c.import_id == import_id,
                or_(expense.c.state == "approved", was_cost),
            )
            .order_by(expense.c.number)
        )
        .scalars()
        .all()
    )


def moved_elsewhere(connection: Connection, firm_id: UUID, row: RowMapping) -> int:
    """How many rows of this import stand on another contract now."""
    moved: int = connection.execute(
        select(func.count()).where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.import_id == row["id"],
            time_entry.c.contract_id != row["contract_id"],
        )
    ).scalar_one()
    return moved


def applications_from_history(
    connection: Connection, firm_id: UUID, row: RowMapping, table: Table
) -> Sequence[RowMapping]:
    """Drafts and invoices of applications of which this import tells in `table`."""
    numbers = select(table.c.application_no).where(table.c.firm_id == firm_id, table.c.import_id == row["id"])
    return _invoices(
        connection,
        firm_id,
        and_(invoice.c.contract_id == row["contract_id"], invoice.c.application_no.in_(numbers)),
    )


def lines_of_other_imports(connection: Connection, firm_id: UUID, row: RowMapping) -> bool:
    """Whether lines are on record for the applications whose totals this import brought."""
    numbers = select(application_period.c.application_no).where(
        application_period.c.firm_id == firm_id, application_period.c.import_id == row["id"]
    )
    return bool(
        connection.execute(
            select(
                exists().where(
                    progress_entry.c.firm_id == firm_id,
                    progress_entry.c.contract_id == row["contract_id"],
                    progress_entry.c.application_no.in_(numbers),
                )
            )
        ).scalar_one()
    )


def ids_brought(connection: Connection, firm_id: UUID, table: Table, import_id: UUID) -> Sequence[UUID]:
    """The ids of the rows of a table that this import brought."""
    return (
        connection.execute(
            select(table.c.id).where(table.c.firm_id == firm_id, table.c.import_id == import_id)
        )
        .scalars()
        .all()
    )


def rows_kept(connection: Connection, firm_id: UUID, import_id: UUID) -> int:
    """How many rows of the file are on record."""
    count: int = connection.execute(
        select(func.count()).where(imported_row.c.firm_id == firm_id, imported_row.c.import_id == import_id)
    ).scalar_one()
    return count


def referring(
    connection: Connection,
    firm_id: UUID,
    target: Table,
    ids: Collection[UUID],
    import_id: UUID,
    own: Collection[Table] = (),
) -> Mapping[str, int]:
    """By table, how many rows refer to these rows; what the import brought itself, and `own` tables, are left
    out."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table is not target or "firm_id" not in table.c or table in own:
                continue
            column = next(one.parent for one in key.elements if one.column.name == "id")
            query = select(func.count()).where(table.c.firm_id == firm_id, column.in_(ids))
            if "import_id" in table.c:
                query = query.where(table.c.import_id.is_distinct_from(import_id))
            count: int = connection.execute(query).scalar_one()
            if count:
                found[table.name] = found.get(table.name, 0) + count
    return found


def drafts_that_claim(
    connection: Connection, firm_id: UUID, contract_id: UUID, line_ids: Collection[UUID]
) -> Sequence[RowMapping]:
    """Drafts that claim work on one of these lines."""
    claiming = [cast(invoice.c.entries, Text).contains(str(line_id)) for line_id in line_ids]
    return _invoices(
        connection,
        firm_id,
        and_(invoice.c.contract_id == contract_id, invoice.c.state.in_(NOT_OUT), or_(False, *claiming)),
    )


def orders_changed_since(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[str]:
    """Numbers of change orders that this import brought and of which the file says something else."""
    return (
        connection.execute(
            select(change_order.c.number)
            .join(
                imported_row,
                and_(
                    imported_row.c.firm_id == change_order.c.firm_id,
                    imported_row.c.contract_id == change_order.c.contract_id,
                    imported_row.c.kind == "change_orders",
                    imported_row.c.external_id == change_order.c.number,
                ),
            )
            .where(
                change_order.c.firm_id == firm_id,
                change_order.c.import_id == import_id,
                change_order.c.order_state != imported_row.c.content["status"].astext,
            )
            .order_by(change_order.c.number)
        )
        .scalars()
        .all()
    )


def _invoices(connection: Connection, firm_id: UUID, which: Any) -> Sequence[RowMapping]:
    """Those that are neither withdrawn nor superseded."""
    return (
        connection.execute(
            select(invoice)
            .where(invoice.c.firm_id == firm_id, invoice.c.state.not_in(("withdrawn", "superseded")), which)
            .order_by(invoice.c.application_no, invoice.c.revision)
        )
        .mappings()
        .all()
    )
