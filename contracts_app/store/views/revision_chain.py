"""An application with its revisions: 7, 7R1, 7R2, and which of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.billing.pay_application import revised_number
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from contracts_app.store.tables import invoice


@dataclass(frozen=True)
class Link:
    """One of them: as first sent, or a revision."""

    id: UUID
    numbered: str
    state: str

    @property
    def said(self) -> str:
        """What it is among the others."""
        if self.state in NOT_OUT:
            return "being prepared"
        if self.state == InvoiceState.being_revised:
            return "with the client, until its revision is issued"
        return "superseded" if self.state == InvoiceState.superseded else "stands"


def chain(
    connection: Connection, firm_id: UUID, contract_id: UUID, application_no: int, *, for_client: bool = False
) -> Sequence[Link]:
    """The application as first sent and its revisions, in their order; a client sees what is issued."""
    hidden = {InvoiceState.withdrawn, *(NOT_OUT if for_client else ())}
    rows = connection.execute(
        select(invoice.c.id, invoice.c.revision, invoice.c.state)
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.application_no == application_no,
            invoice.c.state.not_in([state.value for state in hidden]),
        )
        .order_by(invoice.c.revision)
    )
    return [Link(row.id, revised_number(application_no, row.revision), row.state) for row in rows]
