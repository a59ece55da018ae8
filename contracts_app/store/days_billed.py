"""What earlier invoices billed of people's days, for contracts that charge a least time for a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.contract import HourRounding
from contracts_app.domain.time.time_and_materials import DayBefore, rounded
from contracts_app.store.billing_tables import issued_time, time_entry
from contracts_app.store.tables import invoice


def days_before(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, tuple[int, RowMapping]]
) -> Mapping[UUID, Sequence[DayBefore]]:
    """Per contract what was billed of each person's day on a line; contract → application number and row.

    Only of contracts whose terms need it: for any other nothing is asked of the database.
    """
    least = {one: _by_day(row) for one, (_, row) in before.items()}
    wanted = {one: rounding for one, rounding in least.items() if rounding is not None}
    if not wanted:
        return {}
    rows = connection.execute(
        select(
            invoice.c.contract_id,
            invoice.c.application_no,
            issued_time.c.sov_line_id,
            issued_time.c.person,
            issued_time.c.work_date,
            time_entry.c.seconds,
        )
        .join_from(
            invoice,
            issued_time,
            (invoice.c.firm_id == issued_time.c.firm_id) & (invoice.c.id == issued_time.c.invoice_id),
        )
        .join(
            time_entry,
            (time_entry.c.firm_id == issued_time.c.firm_id)
            & (time_entry.c.id == issued_time.c.time_entry_id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id.in_(wanted),
            time_entry.c.bill_seconds.is_(None),  # what was written up or down is charged as decided
        )
        .order_by(issued_time.c.sov_line_id, issued_time.c.person, issued_time.c.work_date)
    )
    days: dict[UUID, dict[tuple[UUID, str, date], int]] = {}
    for row in rows:
        if row.application_no < before[row.contract_id][0]:
            of_contract = days.setdefault(row.contract_id, {})
            day = row.sov_line_id, row.person, row.work_date
            of_contract[day] = of_contract.get(day, 0) + rounded(row.seconds, wanted[row.contract_id])
    return {
        contract_id: [
            DayBefore(line_id=line_id, person=person, work_date=work_date, seconds=seconds)
            for (line_id, person, work_date), seconds in of_contract.items()
        ]
        for contract_id, of_contract in days.items()
    }


def _by_day(row: RowMapping) -> HourRounding | None:
    rounding = HourRounding.model_validate(row["terms"].get("hour_rounding", {}))
    return rounding if rounding.by_day else None
