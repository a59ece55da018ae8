"""Daily tickets of extra work, as stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import ChangeOrderState
from contracts_app.domain.changes.extra_work import Ticket, TicketStanding, standing
from contracts_app.store.tables import change_order
from contracts_app.store.ticket_tables import work_ticket
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class StoredTicket:
    """A ticket with what it is about and where it stands; `order` is its change order, None for none."""

    ticket: Ticket
    what: str
    state: str
    order: str | None
    order_id: UUID | None
    order_state: ChangeOrderState | None
    evidence: str
    void_because: str | None

    @property
    def stands(self) -> TicketStanding | None:
        """Where it stands on its way to an invoice; None once it was given up."""
        return None if self.state == "void" else standing(self.ticket, self.order_state)


def find(connection: Connection, firm_id: UUID, contract_id: UUID, number: str) -> RowMapping | None:
    """The ticket of this number."""
    return (
        connection.execute(
            select(work_ticket).where(
                work_ticket.c.firm_id == firm_id,
                work_ticket.c.contract_id == contract_id,
                work_ticket.c.number == number,
            )
        )
        .mappings()
        .first()
    )


def of_contracts(
    connection: Connection, firm_id: UUID, contract_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[StoredTicket]]:
    """Every ticket of these contracts, by day and number."""
    rows = connection.execute(
        select(work_ticket, change_order.c.number.label("order_number"), change_order.c.order_state)
        .outerjoin(
            change_order,
            (change_order.c.firm_id == work_ticket.c.firm_id)
            & (change_order.c.id == work_ticket.c.change_order_id),
        )
        .where(work_ticket.c.firm_id == firm_id, work_ticket.c.contract_id.in_(contract_ids))
        .order_by(work_ticket.c.work_date, work_ticket.c.number)
    ).mappings()
    found: dict[UUID, list[StoredTicket]] = {}
    for row in rows:
        one = StoredTicket(
            ticket=as_ticket(row),
            what=row["what"],
            state=row["state"],
            order=row["order_number"],
            order_id=row["change_order_id"],
            order_state=ChangeOrderState(row["order_state"]) if row["order_state"] else None,
            evidence=row["evidence"],
            void_because=row["void_because"],
        )
        found.setdefault(row["contract_id"], []).append(one)
    return found


def as_ticket(row: RowMapping) -> Ticket:
    """A row as the rules read it."""
    names = ("id", "number", "work_date", "labour", "equipment", "material", "signed_by", "signed_on")
    return Ticket.model_validate({name: row[name] for name in names})


def put_into(tx: Transaction, order_id: UUID, ticket_ids: Sequence[UUID]) -> None:
    """Let a change order consist of exactly these tickets, besides its other items."""
    rows = tx.connection.execute(
        select(work_ticket)
        .where(
            work_ticket.c.firm_id == tx.firm_id,
            (work_ticket.c.change_order_id == order_id) | work_ticket.c.id.in_(ticket_ids),
        )
        .order_by(work_ticket.c.id)
        .with_for_update(key_share=True)
    ).mappings()
    for row in rows.all():
        target = order_id if row["id"] in ticket_ids else None
        if row["change_order_id"] != target:
            action = "take_ticket_out" if target is None else "price_ticket"
            tx.change(work_ticket, "work_ticket", row, action, change_order_id=target)
