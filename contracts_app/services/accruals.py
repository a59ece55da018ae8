"""The accrual of unbilled work at the end of a month: worked out, kept when the month is closed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain import canonical
from contracts_app.domain.closing.accrual import Accrual, Accrued
from contracts_app.domain.money import ZERO
from contracts_app.services.wip_report import report
from contracts_app.store.closing_tables import accrual as table
from contracts_app.store.transaction import Transaction
from contracts_app.store.views import accrual_sources as sources

_NOTHING = sources.Worked(ZERO, ZERO, 0, ZERO)


def accrual(connection: Connection, firm_id: UUID, day: date) -> Accrual:
    """The accrual at the end of a day as it stands now; a fixed number of queries."""
    worked = sources.worked(connection, firm_id, day)
    costs = sources.costs(connection, firm_id, day)
    progress = sources.progress(connection, firm_id, day)
    retained = sources.retained(connection, firm_id, day)
    standing = {
        row.now.number: row.now
        for schedule in report(connection, firm_id, day).schedules
        for row in schedule.rows
    }
    rows = []
    for contract_id, known in sources.contracts(connection, firm_id, day).items():
        done = worked.get(contract_id, _NOTHING)
        earned = standing.get(known.number)
        rows.append(
            Accrued(
                contract_id=contract_id,
                number=known.number,
                title=known.title,
                client=known.client,
                manager_id=known.project_manager_id,
                currency=known.currency,
                time=done.time,
                milestones=done.milestones,
                costs=costs.get(contract_id, ZERO),
                progress=progress.get(contract_id, ZERO),
                kept_back=done.kept_back,
                unpriced=done.unpriced,
                retainage_held=retained.get(contract_id, ZERO),
                earned=earned.earned if earned else None,
                billed=earned.billed if earned else None,
                underbilled=earned.underbilled if earned else None,
                overbilled=earned.overbilled if earned else None,
            )
        )
    return Accrual(as_of=day, rows=tuple(row for row in rows if not row.is_empty))


def keep(tx: Transaction, period_id: UUID, day: date, taken_at: str) -> None:
    """Keep the accrual at the end of a month; `taken_at` is the step: `soft_close` or `close`."""
    found = accrual(tx.connection, tx.firm_id, day)
    accrual_id = tx.new_id("accrual")
    tx.insert(
        table,
        id=accrual_id,
        period_id=period_id,
        step=taken_at,
        taken_by=tx.by,
        contents=canonical.text(found),
        sha256=found.sha256,
    )
    told = {"period_id": period_id, "step": taken_at, "taken_by": tx.by, "sha256": found.sha256}
    tx.record("accrual", accrual_id, 1, "keep_accrual", None, None, {}, {"id": accrual_id, **told})
