"""What people do with the costs of a contract: record, approve, send back and correct them.

A cost never changes: what is wrong is sent back, or once approved corrected by an entry of its own.
"""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    RecordCosts,
    SendBackCosts,
    TypedCost,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.cost_posting import NewCost, post_costs
from contracts_app.services.costs_at_hand import (
    called,
    costs_of,
    decidable,
    done,
    let_go,
    locked_contract,
    note,
    require_decider,
    unbilled,
)
from contracts_app.store import contracts, expenses, job_costs, legal_entities
from contracts_app.store.transaction import Transaction

_NAMED = 3
"""Costs that a sentence names one by one."""


def record_costs(tx: Transaction, body: RecordCosts) -> Outcome:
    """Record costs by hand; they wait for somebody else's approval."""
    row = locked_contract(tx, body.contract_id, "record_costs")
    lines = {line.item_no: line.id for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    currency = contracts.terms_of(row).currency
    ids = post_costs(tx, row, [_typed(cost, lines, currency) for cost in body.costs])
    note(tx, row, "record_costs", ids, f"{len(ids)} costs")
    return Outcome(done=True, result={"costs": [str(cost_id) for cost_id in ids]})


def _typed(cost: TypedCost, lines: dict[str, UUID], currency: str) -> NewCost:
    if cost.item_no not in lines:
        raise wrong_content("unknown_line", f"The schedule of values has no line {cost.item_no}.")
    if cost.currency not in (None, currency):
        raise wrong_content(
            "other_currency",
            f"This contract is in {currency}: enter the cost in {currency}, at the rate you paid it at.",
        )
    return NewCost(
        line_id=lines[cost.item_no],
        category=cost.category,
        incurred_on=cost.incurred_on,
        gross=cost.gross,
        description=cost.description,
        source_kind="typed",
        source_ref=cost.reference.strip(),
        vendor=cost.vendor,
        recoverable_tax=cost.recoverable_tax,
        fee_within=cost.fee_within,
        not_billable_reason=cost.not_billable_reason.strip() or None,
    )


def approve_costs(tx: Transaction, body: ApproveCosts) -> Outcome:
    """Accept costs as they were seen: all of them or none; not those that one recorded oneself."""
    row = locked_contract(tx, body.contract_id, "approve_costs")
    seen = {known.id: known.version for known in body.costs}
    costs = decidable(tx, row, seen)
    if any(cost["recorded_by"] == tx.by for cost in costs):
        raise not_allowed("You recorded some of these costs, so somebody else must approve them.")
    raised = [called(cost) for cost in costs if cost["written_up_by"] == tx.by]
    if raised:
        raise not_allowed(f"{raised[0]}: you wrote it up, so somebody else must approve it.")
    changed = [
        called(cost) for cost in costs if cost["version"] != seen[cost["id"]] or cost["state"] != "open"
    ]
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise Refused(
            "changed_since_seen",
            f"Changed since you looked: {', '.join(changed[:_NAMED])}{more}. Nothing was approved: look "
            "again and approve what it says now.",
        )
    job_costs.decide(
        tx.connection,
        tx.firm_id,
        seen,
        state="approved",
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
        sent_back_reason=None,
    )
    note(tx, row, "approve_costs", seen, f"{len(costs)} costs")
    return done(seen)


def send_back_costs(tx: Transaction, body: SendBackCosts) -> Outcome:
    """Do not accept costs; a draft that claims them lets them go. Whoever recorded a cost may take it back
    while nobody has approved it."""
    row = locked_contract(tx, body.contract_id, "send_back_costs")
    costs = unbilled(tx, row, body.costs)
    own = all(cost["recorded_by"] == tx.by and cost["state"] == "open" for cost in costs)
    if not own:
        require_decider(tx, row)
    corrected = [cost for cost in costs if job_costs.adjustments(tx.connection, tx.firm_id, cost["id"])]
    if corrected:
        raise Refused(
            "cost_corrected", f"{called(corrected[0])} is corrected by another entry: send that back first."
        )
    parts = [cost for cost in costs if cost["part_of_id"] is not None]
    if parts:  # what it came from would be there in part
        raise Refused("cost_is_a_part", f"{called(parts[0])} is a part of a cost that was split: correct it.")
    of_bills = [cost for cost in costs if cost["source_kind"] == "vendor_bill"]
    if of_bills:  # the next paper of its order would bring it again, approved
        raise Refused(
            "cost_of_a_bill",
            f"{called(of_bills[0])} follows a vendor's bill that is approved: correct the cost, or enter the "
            "vendor's credit memo.",
        )
    job_costs.decide(
        tx.connection,
        tx.firm_id,
        body.costs,
        state="sent_back",
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
        sent_back_reason=body.reason,
    )
    let_go(tx, costs)
    # What was spent can be said otherwise and approved again: its next cost is posted anew.
    for expense_id in expenses.open_again(tx.connection, tx.firm_id, body.costs):
        tx.record(
            "expense",
            expense_id,
            row["version"] + 1,
            "send_back_costs",
            "approved",
            "open",
            {},
            {},
            body.reason,
        )
    note(tx, row, "send_back_costs", body.costs, body.reason)
    return done(body.costs, content_may_have_changed(tx, row["id"], f"costs: {body.reason}"))


def correct_cost(tx: Transaction, body: CorrectCost) -> Outcome:
    """Bring an approved cost to what is right by an entry of its own, which waits for approval like it."""
    row = locked_contract(tx, body.contract_id, "correct_cost")
    (cost,) = costs_of(tx, row, [body.cost_id])
    if cost["state"] == "replaced":
        raise Refused("cost_replaced", f"{called(cost)} is replaced by its parts: correct those.")
    if cost["state"] != "approved" or cost["corrects_id"] is not None:
        raise Refused(
            "cost_not_approved",
            "Only an approved cost is corrected, and a correction by correcting the cost itself: send back "
            "what nobody approved, and record it again.",
        )
    earlier = job_costs.adjustments(tx.connection, tx.firm_id, body.cost_id)
    delta = {
        name: less(right, total(one[name] for one in (cost, *earlier)))
        for name, right in (
            ("gross", body.gross),
            ("recoverable_tax", body.recoverable_tax),
            ("fee_within", body.fee_within),
        )
    }
    if delta["gross"] == ZERO:
        raise wrong_content("nothing_corrected", "This is what the cost comes to already.")
    adjusting = NewCost(
        line_id=cost["sov_line_id"],
        category=CostCategory(cost["category"]),
        incurred_on=legal_entities.today(tx, row["legal_entity_id"]),
        gross=delta["gross"],
        recoverable_tax=delta["recoverable_tax"],
        fee_within=delta["fee_within"],
        description=f"{cost['description']}: {body.reason}"[:200],
        source_kind="typed",
        source_ref=cost["source_ref"],
        vendor=cost["vendor"],
        not_billable_reason=cost["not_billable_reason"],
        corrects=body.cost_id,
    )
    (adjustment_id,) = post_costs(tx, row, [adjusting])
    note(tx, row, "correct_cost", [body.cost_id, adjustment_id], body.reason)
    return Outcome(done=True, result={"cost_id": str(adjustment_id)})
