"""What was agreed: schedule of values, rate card, project names, change orders, the end of the work."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    RejectChangeOrder,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands import Outcome
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.rate_card import RateRow, require_no_overlap, require_supersedes
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.schedule_of_values import Basis, in_force, schedule_in_force
from contracts_app.domain.transitions import CONTRACT, OPEN_INVOICE, in_words, require
from contracts_app.services.invoices import content_may_have_changed, name_of
from contracts_app.store import capturing, contracts, invoices, legal_entities, schedules, time
from contracts_app.store.tables import change_order, contract
from contracts_app.store.transaction import Transaction

CHANGE_ORDER_POSITION = 100_000
"""Change order lines stand after the base lines, in the order in which they were executed."""
_OPEN_ORDER = ("potential", "requested", "submitted")


def set_schedule(tx: Transaction, body: SetSchedule) -> Outcome:
    """Replace the base schedule of a contract that is being set up; milestones on its lines go with it."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "set_schedule", row["state"], "contract")
    terms = contracts.terms_of(row)
    names = [line.item_no for line in body.lines]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise wrong_content("line_number_twice", f"The schedule of values would have two lines {twice[0]}.")
    for line in body.lines:
        if not is_at_scale(line.scheduled_value, terms.currency):
            raise wrong_content(
                "too_many_decimals",
                f"Line {line.item_no}: {line.scheduled_value:f} has more decimals than {terms.currency} has.",
            )
        if line.basis is not Basis.time_and_materials and not line.not_to_exceed:
            raise wrong_content(
                "no_cap", f"Line {line.item_no}: only a line billed by time can go without a limit."
            )
    _require_replaceable(tx, body)
    before = len(contracts.schedule(tx.connection, tx.firm_id, body.contract_id))
    schedules.replace(
        tx.connection,
        tx.firm_id,
        body.contract_id,
        [
            {
                "id": tx.new_id("sov_line", line.item_no),
                "position": position,
                "external_id": line.item_no,
                **line.model_dump(),
            }
            for position, line in enumerate(body.lines, start=1)
        ],
    )
    _changed(tx, row, "set_schedule", f"{len(body.lines)} lines in place of {before}")
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "lines": len(body.lines)})


def _require_replaceable(tx: Transaction, body: SetSchedule) -> None:
    """Refuse (Refused) to replace lines on which something hangs already."""
    used = schedules.uses(tx.connection, tx.firm_id, body.contract_id)
    if used:
        hanging = ", ".join(f"{what}: {count}" for what, count in used.items())
        raise Refused(
            "schedule_in_use",
            f"The lines of this schedule are in use ({hanging}), so it cannot be replaced: correct it by "
            "change orders once the contract is active, or open the contract again under another number.",
        )
    brought = {
        line.item_no
        for line in contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
        if line.change_order is not None
    }
    for row in body.lines:
        if row.item_no in brought:
            raise wrong_content(
                "line_number_twice",
                f"The schedule of values would have two lines {row.item_no}: one is a change order's.",
            )


def set_rate_card(tx: Transaction, body: SetRateCard) -> Outcome:
    """Replace the rate card of a contract that is being set up."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "set_rate_card", row["state"], "contract")
    require_no_overlap(body.rows)
    time.delete_rates(tx.connection, tx.firm_id, body.contract_id)
    _insert_rates(tx, body.contract_id, body.rows)
    _changed(tx, row, "set_rate_card", f"{len(body.rows)} rates")
    return Outcome(done=True, result={"contract_id": str(body.contract_id), "rates": len(body.rows)})


def set_projects(tx: Transaction, body: SetProjects) -> Outcome:
    """Say under which names time sheets know the work."""
    row = tx.lock(contract, body.contract_id, "contract")
    time.set_projects(tx.connection, tx.firm_id, body.contract_id, set(body.names))
    _changed(tx, row, "set_projects", ", ".join(body.names) or "none")
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


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
        if known["period_to"] >= body.executed_on and known["state"] not in OPEN_INVOICE[:3]:
            raise wrong_content(
                "executed_in_billed_period",
                f"The time to {known['period_to']} is billed already: say a day after it.",
            )
    if order["raises_line_id"] is not None:
        _require_above_billed(tx, row, order)
    elif order["amount"]:
        _add_line(tx, row, order)
    rates = tuple(RateRow.model_validate(rate) for rate in order["rates"])
    _require_fitting(tx, body.contract_id, rates)
    _insert_rates(tx, body.contract_id, rates, order["id"])
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
    if line.basis is not Basis.time_and_materials or line.cap is None:
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
    not_out = (*OPEN_INVOICE[:3], "withdrawn")
    out = [
        known
        for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id)
        if known["state"] not in not_out
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


def complete_work(tx: Transaction, body: CompleteWork) -> Outcome:
    """Say that nothing more will be worked: what is left under the caps lapses; the contract can close."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "complete_work", row["state"], "contract")
    if tx.by != row["project_manager_id"]:
        raise not_allowed("The contract's project manager says that the work is complete.")
    if row["work_completed_on"] is not None:
        raise Refused("work_completed", "The work is complete already.")
    lines = contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
    if all(line.basis is not Basis.time_and_materials for line in lines):
        raise Refused("not_billed_by_time", "This contract is complete when it is billed in full.")
    for known in invoices.of_contract(tx.connection, tx.firm_id, body.contract_id):
        # Its time is claimed, not yet billed: given up, it would be left over.
        if known["state"] in OPEN_INVOICE:
            way_out = "wait for its certificate" if known["state"] == "submitted" else "issue or withdraw it"
            raise Refused(
                "application_in_hand",
                f"{name_of(known)} is {in_words(known['state'])}: {way_out} first.",
            )
    waiting = time.unbilled_count(tx.connection, tx.firm_id, body.contract_id)
    if waiting:
        raise Refused(
            "time_unbilled",
            f"{waiting} entries are not billed: bill them, or reject or write them down with a reason.",
        )
    tx.change(
        contract,
        "contract",
        row,
        "complete_work",
        CONTRACT,
        reason=body.reason,
        work_completed_on=legal_entities.today(tx, row["legal_entity_id"]),
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def _changed(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)


def _line(tx: Transaction, contract_id: UUID, item_no: str) -> UUID:
    for line in contracts.schedule(tx.connection, tx.firm_id, contract_id):
        if line.item_no == item_no:
            return line.id
    raise wrong_content("unknown_line", f"The schedule of values has no line {item_no}.")


def _open_order(tx: Transaction, contract_id: UUID, number: str) -> RowMapping:
    order = schedules.change_order(tx.connection, tx.firm_id, contract_id, number)
    if order is None:
        raise not_found("change order")
    if order["order_state"] not in _OPEN_ORDER:
        raise Refused("change_order_decided", f"Change order {number} is {order['order_state']} already.")
    return order


def _add_line(tx: Transaction, row: RowMapping, order: RowMapping) -> None:
    """The change order's own line in the schedule (DOMAIN 1.1)."""
    lines = contracts.schedule(tx.connection, tx.firm_id, row["id"])
    taken = {line.item_no for line in lines}
    item_no = f"CO {order['number']}" if order["number"] in taken else order["number"]
    if item_no in taken:
        raise wrong_content("line_number_twice", f"The schedule of values would have two lines {item_no}.")
    last = max((line.position for line in lines), default=0)
    schedules.insert_line(
        tx.connection,
        tx.firm_id,
        id=tx.new_id("sov_line", order["number"]),
        contract_id=row["id"],
        position=max(last, CHANGE_ORDER_POSITION) + 1,
        item_no=item_no,
        external_id=item_no,
        description=order["title"],
        scheduled_value=order["amount"],
        change_order_id=order["id"],
    )


def _require_fitting(tx: Transaction, contract_id: UUID, rates: tuple[RateRow, ...]) -> None:
    known = capturing.rate_cards(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ())
    require_supersedes(known, rates)


def _insert_rates(
    tx: Transaction, contract_id: UUID, rates: tuple[RateRow, ...], change_order_id: UUID | None = None
) -> None:
    rows = {tx.new_id("rate", number): rate for number, rate in enumerate(rates)}
    time.insert_rates(tx.connection, tx.firm_id, contract_id, rows, change_order_id)
