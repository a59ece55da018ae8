"""Extra work: daily tickets, signed on site, on their way into a priced change order
(docs/SPEC-change-orders.md, rules 7 to 11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import ChangeOrderState
from contracts_app.domain.changes.change_pricing import ChangeItem
from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.domain.changes.extra_work import TicketStanding, as_items, priced_into
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.ticket_commands import (
    CorrectTicket,
    EnterTicket,
    SignTicket,
    VoidTicket,
)
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, TICKET, require
from contracts_app.store import legal_entities, tickets
from contracts_app.store.tables import contract
from contracts_app.store.ticket_tables import work_ticket
from contracts_app.store.transaction import Transaction


def enter_ticket(tx: Transaction, body: EnterTicket) -> Outcome:
    """Note one day's extra work; it is priced once somebody on site has signed it."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "enter_ticket", row["state"], "contract")
    if tickets.find(tx.connection, tx.firm_id, body.contract_id, body.number) is not None:
        raise wrong_content("ticket_exists", f"There is a ticket {body.number} already.")
    _require_worked(tx, row, body)
    ticket_id = tx.new_id("work_ticket")
    tx.create(
        work_ticket,
        "work_ticket",
        "enter_ticket",
        id=ticket_id,
        contract_id=body.contract_id,
        number=body.number,
        entered_by=tx.by,
        state="open",
        **_said(body),
    )
    tx.change(contract, "contract", row, "enter_ticket", CONTRACT, reason=f"{body.number}: {body.what}")
    return Outcome(done=True, result={"ticket_id": str(ticket_id), "number": body.number})


def correct_ticket(tx: Transaction, body: CorrectTicket) -> Outcome:
    """Say it again, as long as nobody has signed it."""
    row, known = _to_change(tx, body.contract_id, body.number, "correct_ticket")
    _require_worked(tx, row, body)
    tx.change(work_ticket, "work_ticket", known, "correct_ticket", TICKET, "open", **_said(body))
    return _done(tx, row, known, "correct_ticket", body.what)


def sign_ticket(tx: Transaction, body: SignTicket) -> Outcome:
    """Note who signed it on site and when; from now on it stays as it is."""
    row, known = _to_change(tx, body.contract_id, body.number, "sign_ticket")
    if body.signed_on < known["work_date"]:
        raise wrong_content(
            "signed_before_work",
            f"The work is of {known['work_date']}: it is not signed for before it is done.",
        )
    if body.signed_on > legal_entities.today(tx, row["legal_entity_id"]):
        raise wrong_content("signed_in_future", f"{body.signed_on} is in the future.")
    tx.change(
        work_ticket,
        "work_ticket",
        known,
        "sign_ticket",
        TICKET,
        "signed",
        signed_by=body.signed_by,
        signed_on=body.signed_on,
        evidence=body.evidence,
        signature_noted_by=tx.by,
    )
    return _done(tx, row, known, "sign_ticket", f"signed by {body.signed_by}")


def void_ticket(tx: Transaction, body: VoidTicket) -> Outcome:
    """Give it up; one that is in a change order stays there."""
    row, known = _to_change(tx, body.contract_id, body.number, "void_ticket")
    (one,) = (
        each
        for each in tickets.of_contracts(tx.connection, tx.firm_id, [body.contract_id])[body.contract_id]
        if each.ticket.id == known["id"]
    )
    if one.stands in (TicketStanding.priced, TicketStanding.billable):
        raise Refused(
            "ticket_in_change_order",
            f"Ticket {body.number} is priced into change order {one.order}: price that one without it first.",
        )
    tx.change(
        work_ticket,
        "work_ticket",
        known,
        "void_ticket",
        TICKET,
        "void",
        body.reason,
        change_order_id=None,
        void_because=body.reason,
    )
    return _done(tx, row, known, "void_ticket", body.reason)


def items_of(
    tx: Transaction, contract_id: UUID, order: RowMapping, numbers: Sequence[str], terms: ContractTerms
) -> tuple[tuple[ChangeItem, ...], Sequence[UUID]]:
    """Signed tickets as items of a change order that is not submitted yet, and their ids.

    Raises Refused for a ticket that is not there, unsigned, given up or in another change order.
    """
    known = {
        each.ticket.number: each
        for each in tickets.of_contracts(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ())
    }
    for number in numbers:
        if number not in known:
            raise wrong_content("unknown_ticket", f"There is no ticket {number} on this contract.")
        if known[number].state == "void":
            raise Refused("ticket_void", f"Ticket {number} was given up: {known[number].void_because}")
    markups = (terms.changes or ChangeTerms()).markups
    priced = priced_into(
        order["number"],
        ChangeOrderState(order["order_state"]),
        [known[number].ticket for number in numbers],
        markups,
        terms.currency,
        taken={
            each.ticket.id: each.order
            for each in known.values()
            if each.order is not None and each.stands in (TicketStanding.priced, TicketStanding.billable)
        },
    )
    return as_items(priced, markups), [each.ticket_id for each in priced]


def _to_change(
    tx: Transaction, contract_id: UUID, number: str, command: str
) -> tuple[RowMapping, RowMapping]:
    """The contract and its ticket, both locked and in a state in which the command is possible."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    known = tickets.find(tx.connection, tx.firm_id, contract_id, number)
    if known is None:
        raise not_found("ticket")
    require(TICKET, command, known["state"], f"ticket {number}")
    return row, known


def _require_worked(tx: Transaction, row: RowMapping, body: EnterTicket | CorrectTicket) -> None:
    if body.work_date > legal_entities.today(tx, row["legal_entity_id"]):
        raise wrong_content("worked_in_future", f"{body.work_date} is in the future.")


def _said(body: EnterTicket | CorrectTicket) -> dict[str, Any]:
    return {
        "work_date": body.work_date,
        "what": body.what,
        **{
            name: [each.model_dump(mode="json") for each in getattr(body, name)]
            for name in ("labour", "equipment", "material")
        },
    }


def _done(tx: Transaction, row: RowMapping, known: RowMapping, action: str, said: str) -> Outcome:
    tx.change(contract, "contract", row, action, CONTRACT, reason=f"{known['number']}: {said}")
    return Outcome(done=True, result={"ticket_id": str(known["id"]), "number": known["number"]})
