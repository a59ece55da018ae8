"""Openings: where a contract's billing stood when it moved here, brought in while it is being set up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.opening import Opening, require_sound
from contracts_app.domain.billing.schedule_of_values import SovLine, in_force, schedule_in_force
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import wrong_content
from contracts_app.services.periods import business_date
from contracts_app.store import contracts
from contracts_app.store import openings as stored
from contracts_app.store.opening_tables import opening, opening_line
from contracts_app.store.tables import retainage_entry
from contracts_app.store.transaction import Transaction


def require_none(tx: Transaction, agreed: RowMapping) -> None:
    """Refuse (Refused) a second opening, and one of a contract that is in force: its first application is
    approved on what the contract said when it was put in force."""
    if agreed["state"] != "setting_up":
        raise wrong_content(
            "opening_after_start", "What was billed before is brought in while a contract is being set up."
        )
    if stored.of_contract(tx.connection, tx.firm_id, agreed["id"]) is not None:
        raise wrong_content(
            "opening_exists",
            "What was billed of this contract before is there already: take that import back first.",
        )


def bring_in(
    tx: Transaction, agreed: RowMapping, import_id: UUID, said: Opening, paid: Decimal | None = None
) -> None:
    """Keep the opening of a contract that is being set up, which is locked. Raises Refused where the first
    application could not start from it."""
    today = business_date(tx, agreed)
    terms = contracts.terms_of(agreed)
    require_sound(said, _schedule(tx, agreed["id"], said.period_to), terms, today)
    tx.insert(
        opening,
        contract_id=agreed["id"],
        application_no=said.application_no,
        period_to=said.period_to,
        line4=said.line4,
        line6=said.line6,
        paid=paid,
        import_id=import_id,
        entered_on=today,
    )
    for line in said.lines:
        tx.insert(
            opening_line,
            contract_id=agreed["id"],
            sov_line_id=line.line_id,
            completed=line.completed,
            stored=line.stored,
            withheld=line.withheld,
            import_id=import_id,
        )


def _schedule(tx: Transaction, contract_id: UUID, on: date) -> Sequence[SovLine]:
    """The schedule as change orders in force by then made it; a line that came later has its own value."""
    lines = contracts.schedule(tx.connection, tx.firm_id, contract_id)
    counted = in_force(contracts.change_orders(tx.connection, tx.firm_id, contract_id), on)
    now = {line.id: line for line in schedule_in_force(lines, counted)}
    return tuple(now.get(line.id, line) for line in lines)


def come_into_force(tx: Transaction, agreed: RowMapping, lines: Sequence[SovLine]) -> None:
    """With the contract its opening comes into force: it is looked at once more, and the retainage that is
    held is posted to the ledger. Raises Refused where it does not fit the contract any more."""
    known = stored.of_contract(tx.connection, tx.firm_id, agreed["id"])
    if known is None:
        return
    today = business_date(tx, agreed)
    require_sound(known, _schedule(tx, agreed["id"], known.period_to), contracts.terms_of(agreed), today)
    for line in known.lines:
        if line.withheld == ZERO:
            continue
        tx.insert(
            retainage_entry,
            id=tx.new_id("retainage", "opening", line.line_id),
            contract_id=agreed["id"],
            sov_line_id=line.line_id,
            invoice_id=None,
            cause="opening",
            withheld=line.withheld,
            released=ZERO,
            posted_on=today,
        )
