"""Change orders: noted, priced, submitted, then executed, rejected or void (docs/SPEC-change-orders.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import MAY_BE_AN_ESTIMATE
from contracts_app.domain.changes.change_pricing import ChangeItem, ChangePricing, PricedChange, price
from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    RejectChangeOrder,
    ScheduleRow,
)
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import not_allowed, not_found, wrong_content
from contracts_app.domain.time.rate_card import RateRow, require_keepable, require_supersedes
from contracts_app.domain.transitions import CHANGE_ORDER, CONTRACT, NOT_OUT, require
from contracts_app.services import caps, limit_notices, tickets
from contracts_app.services.agreements import insert_rates
from contracts_app.services.billed_to_date import billed_by_line
from contracts_app.services.change_order_lines import add_line, add_lines, raised_line, require_lines
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.store import agreements, contracts, invoices, legal_entities, revisions, schedules
from contracts_app.store import tickets as stored_tickets
from contracts_app.store.tables import change_order, contract
from contracts_app.store.transaction import Transaction

OPEN_ORDER = ("potential", "requested", "submitted")
"""States of a change order that is neither executed nor given up: what may still change the contract."""


def note_change_order(tx: Transaction, body: NoteChangeOrder) -> Outcome:
    """Note that something may change the contract; it binds nobody."""
    row = _new_order(tx, body.contract_id, body.number, body.amount, "note_change_order")
    return _created(
        tx,
        row,
        "note_change_order",
        number=body.number,
        title=body.title,
        amount=body.amount,
        order_state="potential",
        schedule_days=body.schedule_days or None,
        reason=body.reason or None,
    )


def propose_change_order(tx: Transaction, body: ProposeChangeOrder) -> Outcome:
    """Submit a change order whose price is known; what it changes is checked now, and counts once it is
    executed."""
    row = _new_order(tx, body.contract_id, body.number, body.amount, "propose_change_order")
    return _created(
        tx,
        row,
        "propose_change_order",
        number=body.number,
        title=body.title,
        order_state="submitted",
        submitted_on=_today(tx, row),
        reason=body.reason or None,
        proposed_by=tx.by,
        **_content(tx, row, body, body.amount),
    )


def _new_order(tx: Transaction, contract_id: UUID, number: str, amount: Decimal, command: str) -> RowMapping:
    """The contract, locked, which has no change order of this number yet. Raises Refused."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    terms = contracts.terms_of(row)
    if not is_at_scale(amount, terms.currency):
        raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {terms.currency} has.")
    if schedules.change_order(tx.connection, tx.firm_id, contract_id, number) is not None:
        raise wrong_content("change_order_exists", f"There is a change order {number} already.")
    return row


def _created(tx: Transaction, row: RowMapping, action: str, **values: Any) -> Outcome:
    order_id = tx.new_id("change_order")
    tx.insert(change_order, id=order_id, contract_id=row["id"], **values)
    shown = in_words_of_a_page(values["amount"], contracts.terms_of(row).currency)
    _changed(tx, row, action, f"{values['number']} {values['title']}: {shown}")
    return Outcome(done=True, result={"change_order_id": str(order_id), "number": values["number"]})


def _content(
    tx: Transaction, row: RowMapping, body: ProposeChangeOrder | PriceChangeOrder, amount: Decimal
) -> dict[str, Any]:
    """What the change order comes to and becomes, as its columns. Raises Refused."""
    terms = contracts.terms_of(row)
    require_lines(tx, row["id"], body.lines, amount, terms.currency)
    caps.require_agreed(body.caps, terms)
    _require_fitting(tx, row["id"], body.rates)
    return {
        "amount": amount,
        "schedule_days": body.schedule_days or None,
        "raises_line_id": None if body.raises is None else raised_line(tx, row["id"], body.raises),
        "lines": [line.model_dump(mode="json") for line in body.lines],
        "rates": [rate.model_dump(mode="json") for rate in body.rates],
        "caps": [change.model_dump(mode="json") for change in body.caps],
    }


def price_change_order(tx: Transaction, body: PriceChangeOrder) -> Outcome:
    """Price it, or price it again; what it consisted of before is replaced."""
    row, order = _to_change(tx, body.contract_id, body.number, "price_change_order")
    terms = contracts.terms_of(row)
    from_tickets, ticket_ids = tickets.items_of(tx, row["id"], order, body.tickets, terms)
    pricing, priced = _priced(body, from_tickets, terms)
    schedules.decide_order(
        tx.connection,
        tx.firm_id,
        order["id"],
        order_state="requested",
        pricing=pricing.model_dump(mode="json"),
        priced_by=tx.by,
        priced_on=_today(tx, row),
        **_content(tx, row, body, priced.amount),
    )
    stored_tickets.put_into(tx, order["id"], ticket_ids)
    shown = in_words_of_a_page(priced.amount, terms.currency)
    _changed(tx, row, "price_change_order", f"{body.number}: {shown}")
    return Outcome(
        done=True,
        result={
            "change_order_id": str(order["id"]),
            "number": body.number,
            "amount": f"{priced.amount:f}",
            "profit": f"{priced.profit:f}",
        },
    )


def _priced(
    body: PriceChangeOrder, from_tickets: tuple[ChangeItem, ...], terms: ContractTerms
) -> tuple[ChangePricing, PricedChange]:
    """Its items with the contract's profit, unless another is named. Lines alone are prices already."""
    agreed = terms.changes or ChangeTerms()
    items = (*from_tickets, *body.items) or tuple(
        ChangeItem(
            what=line.description,
            amount=abs(line.scheduled_value),
            deducts=line.scheduled_value < ZERO,
            with_profit=True,
        )
        for line in body.lines
        if line.scheduled_value
    )
    pricing = ChangePricing(
        items=items,
        profit=agreed.profit if body.profit is None else body.profit,
        profit_on=body.profit_on or agreed.profit_on,
        days=body.schedule_days,
    )
    return pricing, price(pricing, terms.currency)


def submit_change_order(tx: Transaction, body: SubmitChangeOrder) -> Outcome:
    """Hand it to the client; from now on its amount is fixed."""
    row, order = _to_change(tx, body.contract_id, body.number, "submit_change_order")
    on = body.submitted_on or _today(tx, row)
    if on > _today(tx, row):
        raise wrong_content("submitted_in_future", f"{on} is in the future.")
    schedules.decide_order(
        tx.connection,
        tx.firm_id,
        order["id"],
        order_state="submitted",
        submitted_on=on,
        proposed_by=tx.by,
    )
    shown = in_words_of_a_page(order["amount"], contracts.terms_of(row).currency)
    return _decided(tx, row, "submit_change_order", body.number, shown)


def execute_change_order(tx: Transaction, body: ExecuteChangeOrder) -> Outcome:
    """Put a change order in force; not by the one who priced or proposed it."""
    row, order = _to_change(tx, body.contract_id, body.number, "execute_change_order")
    if tx.by in (order["proposed_by"], order["priced_by"]):
        did = "proposed" if tx.by == order["proposed_by"] else "priced"
        raise not_allowed(f"You {did} this change order, so somebody else must execute it.")
    if body.executed_on > _today(tx, row):
        raise wrong_content("executed_in_future", f"{body.executed_on} is in the future.")
    for known in invoices.of_contract(tx.connection, tx.firm_id, body.contract_id):
        # It would have belonged to an application that is out already: lines 2 and 3 of that one are fixed.
        if known["period_to"] >= body.executed_on and known["state"] not in NOT_OUT:
            raise wrong_content(
                "executed_in_billed_period",
                f"The time to {known['period_to']} is billed already: say a day after it.",
            )
    caps.require_above_billed(tx, row, [CapChange.model_validate(one) for one in order["caps"]])
    if order["raises_line_id"] is not None:
        _require_above_billed(tx, row, order)
    elif order["lines"]:
        add_lines(tx, row["id"], order["id"], [ScheduleRow.model_validate(line) for line in order["lines"]])
    elif order["amount"]:
        add_line(
            tx,
            row["id"],
            order_id=order["id"],
            number=order["number"],
            title=order["title"],
            amount=order["amount"],
        )
    rates = tuple(RateRow.model_validate(rate) for rate in order["rates"])
    _require_fitting(tx, body.contract_id, rates)
    insert_rates(tx, body.contract_id, rates, order["id"])
    schedules.decide_order(
        tx.connection,
        tx.firm_id,
        order["id"],
        order_state="executed",
        executed_on=body.executed_on,
        executed_by=tx.by,
    )
    shown = in_words_of_a_page(order["amount"], contracts.terms_of(row).currency)
    _changed(tx, row, "execute_change_order", f"{body.number}: {shown}")
    wake = (
        *content_may_have_changed(tx, body.contract_id, f"change order {body.number}"),
        *limit_notices.tell(tx, row),
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "number": body.number}, wake=wake)


def _require_above_billed(tx: Transaction, row: RowMapping, order: RowMapping) -> None:
    """Refuse (Refused) to lower a limit below what is billed under it: what is out cannot be taken back."""
    if order["amount"] >= ZERO:
        return
    lines = revisions.schedule_on(tx.connection, tx.firm_id, row["id"], _today(tx, row))
    line = next(known for known in lines if known.id == order["raises_line_id"])
    if line.basis not in MAY_BE_AN_ESTIMATE or line.cap is None:
        return
    billed = billed_by_line(tx, row["id"]).get(line.id, ZERO)
    lowered = total((line.cap, order["amount"]))
    if lowered < billed:
        currency = contracts.terms_of(row).currency
        raise wrong_content(
            "limit_below_billed",
            f"Line {line.item_no} is billed to {in_words_of_a_page(billed, currency)} already, so its limit "
            f"cannot go down to {in_words_of_a_page(lowered, currency)}.",
        )


def reject_change_order(tx: Transaction, body: RejectChangeOrder) -> Outcome:
    """Note that a change order will not be signed."""
    row, order = _to_change(tx, body.contract_id, body.number, "reject_change_order")
    return _given_up(tx, row, order, "reject_change_order", "rejected", body.reason)


def void_change_order(tx: Transaction, body: VoidChangeOrder) -> Outcome:
    """Give up a change order that was never signed."""
    row, order = _to_change(tx, body.contract_id, body.number, "void_change_order")
    return _given_up(tx, row, order, "void_change_order", "void", body.reason)


def _given_up(
    tx: Transaction, row: RowMapping, order: RowMapping, action: str, state: str, reason: str
) -> Outcome:
    schedules.decide_order(tx.connection, tx.firm_id, order["id"], order_state=state, decided_because=reason)
    return _decided(tx, row, action, order["number"], reason)


def _decided(tx: Transaction, row: RowMapping, action: str, number: str, said: str) -> Outcome:
    _changed(tx, row, action, f"{number}: {said}")
    return Outcome(done=True, result={"contract_id": str(row["id"]), "number": number})


def _to_change(
    tx: Transaction, contract_id: UUID, number: str, command: str
) -> tuple[RowMapping, RowMapping]:
    """The contract, locked, and its change order, both in a state in which the command is possible."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    order = schedules.change_order(tx.connection, tx.firm_id, contract_id, number)
    if order is None:
        raise not_found("change order")
    require(CHANGE_ORDER, command, order["order_state"], f"change order {number}")
    return row, order


def _today(tx: Transaction, row: RowMapping) -> date:
    return legal_entities.today(tx, row["legal_entity_id"])


def _require_fitting(tx: Transaction, contract_id: UUID, rates: tuple[RateRow, ...]) -> None:
    known = agreements.rate_cards(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ())
    require_supersedes(known, rates)
    require_keepable(rates)


def _changed(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
