"""What stands billed of each line: the figure below which nothing agreed may fall unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.transitions import NOT_OUT, OPEN_INVOICE
from contracts_app.store import invoices, openings
from contracts_app.store.transaction import Transaction


def billed_by_line(tx: Transaction, contract_id: UUID) -> Mapping[UUID, Decimal]:
    """What the last invoice that is out says of each line: as certified, or as issued until it is."""
    out = [
        known
        for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id)
        if known["state"] not in NOT_OUT
    ]
    if not out:
        return openings.billed(tx.connection, tx.firm_id, contract_id)
    last = max(out, key=lambda known: int(known["application_no"]))
    lines = invoices.lines_of(
        tx.connection, tx.firm_id, last["id"], certified=last["state"] not in OPEN_INVOICE
    )
    return {line["sov_line_id"]: line["total"] for line in lines}
