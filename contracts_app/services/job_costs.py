"""The costs of a contract: recorded by people or posted by other parts of the product, approved, corrected.

A cost never changes: what is wrong is sent back, or once approved corrected by an entry of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.commands.contract_commands import Outcome
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    RecordCosts,
    SendBackCosts,
    TypedCost,
)
from contracts_app.domain.cost_plus.cost_plus import require_adjusting
from contracts_app.domain.cost_plus.ledger import JobCost
from contracts_app.domain.cost_plus.terms import CostCategory, PortionKind
from contracts_app.domain.money import ZERO, is_at_scale, less, total
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, require
from contracts_app.services import people
from contracts_app.services.invoices import content_may_have_changed
from contracts_app.store import contracts, invoices, job_costs, legal_entities
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction

SourceKind = Literal["typed", "file", "vendor_bill", "expense", "ticket", "time"]
_NAMED = 3
"""Costs that a sentence names one by one."""


@dataclass(frozen=True)
class NewCost:
    """A cost to be posted, in the contract's currency, on one line of its schedule.

    `source_ref` names what it comes from, once in the firm for its kind: `4711 line 2` of a vendor's bill, a
    file with its sheet and row. `approved_by` is who accepted it where it comes from (never who recorded
    it); without one it waits for approval on the contract. `corrects` names the cost that it adjusts.
    """

    line_id: UUID
    category: CostCategory
    incurred_on: date
    gross: Decimal
    description: str
    source_kind: SourceKind
    source_ref: str
    vendor: str | None = None
    recoverable_tax: Decimal = ZERO
    fee_within: Decimal = ZERO
    not_billable_reason: str | None = None
    corrects: UUID | None = None
    recorded_by: UUID | None = None
    """Left out: who gives the command."""
    approved_by: UUID | None = None


def post_costs(tx: Transaction, row: RowMapping, costs: Sequence[NewCost]) -> tuple[UUID, ...]:
    """Write costs into the ledger of a contract, which is locked; returns their ids.

    The one way in for vendor bills, expenses, files and whatever else brings a cost. A category that the
    line does not allow is recorded as not billable, with that reason. Raises Refused for a line that is not
    in the schedule, a day to come, an amount that the currency cannot have, a source recorded before, a
    correction of what was sent back, and an approval by whoever recorded it.
    """
    lines = {line.id: line for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    currency = contracts.terms_of(row).currency
    today = legal_entities.today(tx, row["legal_entity_id"])
    for cost in costs:
        _require_possible(cost, lines, currency, today)
    _require_new_sources(tx, costs)
    _require_standing(tx, row, costs)
    ids = [
        tx.new_id("job_cost", cost.source_kind, cost.source_ref, number) for number, cost in enumerate(costs)
    ]
    rows = []
    for cost_id, cost in zip(ids, costs, strict=True):
        by = cost.recorded_by or tx.by
        if cost.approved_by is not None and cost.approved_by == by:
            raise not_allowed("Whoever recorded a cost does not approve it.")
        reason = cost.not_billable_reason or _not_allowed(lines[cost.line_id], cost.category)
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": cost_id,
                "contract_id": row["id"],
                "sov_line_id": cost.line_id,
                "category": cost.category.value,
                "incurred_on": cost.incurred_on,
                "description": cost.description,
                "vendor": cost.vendor,
                "currency": currency,
                "gross": cost.gross,
                "recoverable_tax": cost.recoverable_tax,
                "fee_within": cost.fee_within,
                "source_kind": cost.source_kind,
                "source_ref": cost.source_ref,
                "billable": reason is None,
                "not_billable_reason": reason,
                "corrects_id": cost.corrects,
                "recorded_by": by,
                "decided_by": cost.approved_by,
                "decided_on": today if cost.approved_by is not None else None,
                "state": "open" if cost.approved_by is None else "approved",
                "version": 1,
            }
        )
    job_costs.insert_costs(tx.connection, rows)
    return tuple(ids)


def _require_possible(cost: NewCost, lines: dict[UUID, SovLine], currency: str, today: date) -> None:
    line = lines.get(cost.line_id)
    if line is None:
        raise wrong_content("not_in_schedule", "A cost stands on a line that the schedule does not have.")
    terms = line.cost_plus
    if terms is not None and (terms.is_fee or terms.portion is PortionKind.contingency):
        raise wrong_content(
            "no_cost_on_this_line",
            f"No cost is booked on line {line.item_no}: choose the line of the work it is for.",
        )
    if cost.incurred_on > today:
        raise wrong_content("cost_in_future", f"{cost.incurred_on} is in the future.")
    for amount in (cost.gross, cost.recoverable_tax, cost.fee_within):
        if not is_at_scale(amount, currency):
            raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    try:
        _as_job_cost(cost).as_entry()
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise wrong_content("cost_does_not_agree", f"Line {line.item_no}: {said}.") from None


def _as_job_cost(cost: NewCost) -> JobCost:
    return JobCost(
        id=UUID(int=0),
        line_id=cost.line_id,
        incurred_on=cost.incurred_on,
        category=cost.category,
        description=cost.description,
        vendor=cost.vendor,
        gross=cost.gross,
        recoverable_tax=cost.recoverable_tax,
        fee_within=cost.fee_within,
        corrects=cost.corrects,
    )


def _require_new_sources(tx: Transaction, costs: Sequence[NewCost]) -> None:
    named = [(cost.source_kind, cost.source_ref) for cost in costs if cost.source_kind != "typed"]
    twice = {one for one in named if named.count(one) > 1} | job_costs.known_sources(
        tx.connection, tx.firm_id, named
    )
    if twice:
        source = job_costs.source_in_words(*min(twice))
        raise Refused(
            "cost_twice", f"The cost of {source} is recorded already: it is passed on once; correct it there."
        )


def _require_standing(tx: Transaction, row: RowMapping, costs: Sequence[NewCost]) -> None:
    """Refuse (Refused) to correct what was sent back: nobody billed it, so nothing of it is given back."""
    corrected = {cost.corrects for cost in costs if cost.corrects is not None}
    if not corrected:
        return
    for known in job_costs.locked_costs(tx.connection, tx.firm_id, row["id"], corrected):
        if known["state"] == "sent_back":
            raise Refused(
                "cost_sent_back",
                f"{_named(known)} was sent back and is billed to nobody: there is no need to correct it.",
            )


def _not_allowed(line: SovLine, category: CostCategory) -> str | None:
    if line.cost_plus is None or line.cost_plus.allows(category):
        return None
    return f"The contract pays no {category.value} on line {line.item_no}."


def record_costs(tx: Transaction, body: RecordCosts) -> Outcome:
    """Record costs by hand; they wait for somebody else's approval."""
    row = _locked(tx, body.contract_id, "record_costs")
    lines = {line.item_no: line.id for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    currency = contracts.terms_of(row).currency
    ids = post_costs(tx, row, [_typed(cost, lines, currency) for cost in body.costs])
    _note(tx, row, "record_costs", ids, f"{len(ids)} costs")
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
    row = _locked(tx, body.contract_id, "approve_costs")
    seen = {known.id: known.version for known in body.costs}
    costs = _decidable(tx, row, seen)
    if any(cost["recorded_by"] == tx.by for cost in costs):
        raise not_allowed("You recorded some of these costs, so somebody else must approve them.")
    changed = [
        _named(cost) for cost in costs if cost["version"] != seen[cost["id"]] or cost["state"] != "open"
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
    _note(tx, row, "approve_costs", seen, f"{len(costs)} costs")
    return _done(seen)


def send_back_costs(tx: Transaction, body: SendBackCosts) -> Outcome:
    """Do not accept costs; a draft that claims them lets them go. Whoever recorded a cost may take it back
    while nobody has approved it."""
    row = _locked(tx, body.contract_id, "send_back_costs")
    costs = _unbilled(tx, row, body.costs)
    own = all(cost["recorded_by"] == tx.by and cost["state"] == "open" for cost in costs)
    if not own:
        _require_decider(tx, row)
    corrected = [cost for cost in costs if job_costs.adjustments(tx.connection, tx.firm_id, cost["id"])]
    if corrected:
        raise Refused(
            "cost_corrected", f"{_named(corrected[0])} is corrected by another entry: send that back first."
        )
    of_bills = [cost for cost in costs if cost["source_kind"] == "vendor_bill"]
    if of_bills:  # the next paper of its order would bring it again, approved
        raise Refused(
            "cost_of_a_bill",
            f"{_named(of_bills[0])} follows a vendor's bill that is approved: correct the cost, or enter the "
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
    _let_go(tx, costs)
    _note(tx, row, "send_back_costs", body.costs, body.reason)
    return _done(body.costs, content_may_have_changed(tx, row["id"], f"costs: {body.reason}"))


def correct_cost(tx: Transaction, body: CorrectCost) -> Outcome:
    """Bring an approved cost to what is right by an entry of its own, which waits for approval like it."""
    row = _locked(tx, body.contract_id, "correct_cost")
    (cost,) = _costs(tx, row, [body.cost_id])
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
    entries = [_as_job_cost(adjusting).as_entry(), *(job_costs.as_cost(one).as_entry() for one in earlier)]
    require_adjusting(job_costs.as_cost(cost).as_entry(), entries, contracts.terms_of(row).currency)
    _note(tx, row, "correct_cost", [body.cost_id, adjustment_id], body.reason)
    return Outcome(done=True, result={"cost_id": str(adjustment_id)})


def _locked(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def _costs(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    costs = job_costs.locked_costs(tx.connection, tx.firm_id, row["id"], ids)
    if len(costs) != len(set(ids)):
        raise not_found("cost")
    return costs


def _unbilled(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These costs, none of them on an issued invoice or sent back."""
    costs = _costs(tx, row, ids)
    for cost in costs:
        if cost["invoice_state"] not in (None, *NOT_OUT):
            raise Refused("cost_billed", f"{_named(cost)} is billed already: correct it instead.")
        if cost["state"] == "sent_back":
            raise Refused("cost_sent_back", f"{_named(cost)} was sent back: record it again.")
    return costs


def _decidable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    _require_decider(tx, row)
    return _unbilled(tx, row, ids)


def _require_decider(tx: Transaction, row: RowMapping) -> None:
    who = people.actor(tx)
    if who.id != row["project_manager_id"] and Role.controller not in who.roles:
        raise not_allowed("Costs are decided on by the contract's project manager or a controller.")


def _named(cost: RowMapping) -> str:
    return f"The cost “{cost['description']}” of {cost['incurred_on']}"


def _let_go(tx: Transaction, costs: Sequence[RowMapping]) -> None:
    """Drafts give up their claims on these costs; whoever takes one out has edited the draft."""
    by_invoice: dict[UUID, list[UUID]] = {}
    for cost in costs:
        if cost["invoice_id"] is not None:
            by_invoice.setdefault(cost["invoice_id"], []).append(cost["id"])
    for invoice_id, ids in by_invoice.items():
        invoices.add_editor(tx.connection, tx.firm_id, invoice_id, people.actor(tx).id)
        job_costs.give_up_claims(tx.connection, tx.firm_id, invoice_id, ids)


def _note(tx: Transaction, row: RowMapping, action: str, costs: Collection[UUID], reason: str) -> None:
    """One audit entry for the contract, with the costs that it is about."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
    about = {"costs": sorted(str(cost) for cost in costs)}
    tx.record("cost", row["id"], row["version"] + 1, action, None, None, {}, about, reason)


def _done(costs: Collection[UUID], wake: tuple[str, ...] = ()) -> Outcome:
    return Outcome(done=True, result={"costs": len(costs)}, wake=wake)
