"""Change orders: proposed, executed or rejected, and the lines that executed ones bring."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import MAY_BE_AN_ESTIMATE, in_force, schedule_in_force
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    RejectChangeOrder,
)
from contracts_app.domain.commands.contract_commands import Outcome
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.time.rate_card import RateRow, require_keepable, require_supersedes
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, OPEN_INVOICE, in_words, require
from contracts_app.services import caps
from contracts_app.services.agreements import insert_rates
from contracts_app.services.invoices import content_may_have_changed
from contracts_app.store import capturing, contracts, invoices, legal_entities, schedules
from contracts_app.store.tables import change_order, contract, sov_line
from contracts_app.store.transaction import Transaction

POSITION = 100_000
"""Change order lines stand after the base lines, in the order in which they came into the schedule."""
OPEN_ORDER = ("potential", "requested", "submitted")
"""States of a change order that is neither executed nor given up."""


def propose_change_order(tx: Transaction, body: ProposeChangeOrder) -> Outcome:
    """Submit a change order; what it changes is checked now, and counts once it is executed."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "propose_change_order", row["state"], "contract")
    terms = contracts.terms_of(row)
    if not is_at_scale(body.amount, terms.currency):
        raise wrong_content(
            "too_many_decimals", f"{body.amount:f} has more decimals than {terms.currency} has."
        )
    if schedules.change_order(tx.connection, tx.firm_id, body.contract_id, body.number) is not None:
        raise wrong_content("change_order_exists", f"There is a change order {body.number} already.")
    raised = None if body.raises is None else _line(tx, body.contract_id, body.raises)
    caps.require_agreed(body.caps, terms)
    _require_fitting(tx, body.contract_id, body.rates)
    order_id = tx.new_id("change_order")
    tx.insert(
        change_order,
        id=order_id,
        contract_id=body.contract_id,
        number=body.number,
        title=body.title,
        amount=body.amount,
        order_state="submitted",
        submitted_on=legal_entities.today(tx, row["legal_entity_id"]),
        reason=body.reason or None,
        proposed_by=tx.by,
        raises_line_id=raised,
        rates=[rate.model_dump(mode="json") for rate in body.rates],
        caps=[change.model_dump(mode="json") for change in body.caps],
    )
    shown = in_words_of_a_page(body.amount, terms.currency)
    _changed(tx, row, "propose_change_order", f"{body.number} {body.title}: {shown}")
    return Outcome(done=True, result={"change_order_id": str(order_id), "number": body.number})


def execute_change_order(tx: Transaction, body: ExecuteChangeOrder) -> Outcome:
    """Put a change order in force; not by the one who proposed it."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "execute_change_order", row["state"], "contract")
    order = _open_order(tx, body.contract_id, body.number)
    if order["proposed_by"] == tx.by:
        raise not_allowed("You proposed this change order, so somebody else must execute it.")
    if body.executed_on > legal_entities.today(tx, row["legal_entity_id"]):
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
        tx.connection, tx.firm_id, order["id"], order_state="executed", executed_on=body.executed_on
    )
    shown = in_words_of_a_page(order["amount"], contracts.terms_of(row).currency)
    _changed(tx, row, "execute_change_order", f"{body.number}: {shown}")
    wake = content_may_have_changed(tx, body.contract_id, f"change order {body.number}")
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "number": body.number}, wake=wake)


def _require_above_billed(tx: Transaction, row: RowMapping, order: RowMapping) -> None:
    """Refuse (Refused) to lower a limit below what is billed under it: what is out cannot be taken back."""
    if order["amount"] >= ZERO:
        return
    orders = contracts.change_orders(tx.connection, tx.firm_id, row["id"])
    today = legal_entities.today(tx, row["legal_entity_id"])
    lines = schedule_in_force(
        contracts.schedule(tx.connection, tx.firm_id, row["id"]), in_force(orders, today)
    )
    line = next(known for known in lines if known.id == order["raises_line_id"])
    if line.basis not in MAY_BE_AN_ESTIMATE or line.cap is None:
        return
    billed = _billed_to_date(tx, row["id"], line.id)
    lowered = total((line.cap, order["amount"]))
    if lowered < billed:
        currency = contracts.terms_of(row).currency
        raise wrong_content(
            "limit_below_billed",
            f"Line {line.item_no} is billed to {in_words_of_a_page(billed, currency)} already, so its limit "
            f"cannot go down to {in_words_of_a_page(lowered, currency)}.",
        )


def _billed_to_date(tx: Transaction, contract_id: UUID, line_id: UUID) -> Decimal:
    """What the last invoice that is out says of a line: as certified, or as issued until it is."""
    out = [
        known
        for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id)
        if known["state"] not in NOT_OUT
    ]
    if not out:
        return ZERO
    last = max(out, key=lambda known: int(known["application_no"]))
    lines = invoices.lines_of(
        tx.connection, tx.firm_id, last["id"], certified=last["state"] not in OPEN_INVOICE
    )
    return total(line["total"] for line in lines if line["sov_line_id"] == line_id)


def reject_change_order(tx: Transaction, body: RejectChangeOrder) -> Outcome:
    """Note that a change order will not be signed."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "reject_change_order", row["state"], "contract")
    order = _open_order(tx, body.contract_id, body.number)
    schedules.decide_order(tx.connection, tx.firm_id, order["id"], order_state="rejected")
    _changed(tx, row, "reject_change_order", f"{body.number}: {body.reason}")
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "number": body.number})


def add_line(
    tx: Transaction,
    contract_id: UUID,
    *,
    order_id: UUID,
    number: str,
    title: str,
    amount: Decimal,
    import_id: UUID | None = None,
) -> None:
    """The own line that an executed change order brings into the schedule.

    Raises Refused when the schedule knows its name already, also by `CO` and the number.
    """
    taken = contracts.line_names(tx.connection, tx.firm_id, contract_id)
    # A change order may be numbered like a line of the base schedule.
    item_no = f"CO {number}" if number in taken else number
    if item_no in taken:
        raise wrong_content("line_number_twice", f"The schedule of values would have two lines {item_no}.")
    last = contracts.last_position(tx.connection, tx.firm_id, contract_id)
    tx.insert(
        sov_line,
        id=tx.new_id("sov_line", number),
        contract_id=contract_id,
        position=max(last, POSITION) + 1,
        item_no=item_no,
        external_id=item_no,
        description=title,
        scheduled_value=amount,
        change_order_id=order_id,
        import_id=import_id,
    )


def _line(tx: Transaction, contract_id: UUID, item_no: str) -> UUID:
    for line in contracts.schedule(tx.connection, tx.firm_id, contract_id):
        if line.item_no == item_no and (line.unit_price or line.recurring):
            raise wrong_content(
                "price_not_a_sum",
                f"Line {item_no} is billed by {in_words(line.basis.value)}, not up to a sum: let the change "
                "order become a line of its own.",
            )
        if line.item_no == item_no:
            return line.id
    raise wrong_content("unknown_line", f"The schedule of values has no line {item_no}.")


def _open_order(tx: Transaction, contract_id: UUID, number: str) -> RowMapping:
    order = schedules.change_order(tx.connection, tx.firm_id, contract_id, number)
    if order is None:
        raise not_found("change order")
    if order["order_state"] not in OPEN_ORDER:
        raise Refused("change_order_decided", f"Change order {number} is {order['order_state']} already.")
    return order


def _require_fitting(tx: Transaction, contract_id: UUID, rates: tuple[RateRow, ...]) -> None:
    known = capturing.rate_cards(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ())
    require_supersedes(known, rates)
    require_keepable(rates)


def _changed(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
