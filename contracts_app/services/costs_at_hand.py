"""Costs at hand: locked, with who may decide on them or move them, and how it is noted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.cost_plus.terms import CostCategory, PortionKind
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, require
from contracts_app.services import people
from contracts_app.store import invoice_approvals, job_costs
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def locked_contract(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    """The contract, locked, in a state that allows the command. Raises Refused."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def costs_of(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These costs of the contract, locked. Raises Refused 404."""
    costs = job_costs.locked_costs(tx.connection, tx.firm_id, row["id"], ids)
    if len(costs) != len(set(ids)):
        raise not_found("cost")
    return costs


def unbilled(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These costs, none of them on an issued invoice, sent back or replaced by its parts."""
    costs = costs_of(tx, row, ids)
    for cost in costs:
        if is_billed(cost):
            raise Refused("cost_billed", f"{called(cost)} is billed already: correct it instead.")
        if cost["state"] == "sent_back":
            raise Refused("cost_sent_back", f"{called(cost)} was sent back: record it again.")
        if cost["state"] == "replaced":
            raise Refused("cost_replaced", f"{called(cost)} is replaced by its parts: decide on those.")
    return costs


def is_billed(cost: RowMapping) -> bool:
    """Whether an invoice has gone out with it."""
    return cost["invoice_state"] not in (None, *NOT_OUT)


def decidable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These costs, for somebody who decides on the costs of the contract. Raises Refused."""
    require_decider(tx, row)
    return unbilled(tx, row, ids)


def require_decider(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) whoever does not decide on the costs of the contract."""
    who = people.actor(tx)
    if who.id != row["project_manager_id"] and Role.controller not in who.roles:
        raise not_allowed("Costs are decided on by the contract's project manager or a controller.")


def movable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These costs, for somebody who may move them; what he moves out of a draft he has edited there."""
    who = people.actor(tx)
    if Role.coordinator not in who.roles and who.id != row["project_manager_id"]:
        raise not_allowed("Costs are moved by a coordinator or by the contract's own project manager.")
    costs = unbilled(tx, row, ids)
    for invoice_id in {cost["invoice_id"] for cost in costs if cost["invoice_id"] is not None}:
        invoice_approvals.add_editor(tx.connection, tx.firm_id, invoice_id, who.id)
    return costs


def with_corrections(tx: Transaction, row: RowMapping, costs: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """These costs with what corrects them and no invoice has gone out with."""
    ids = {cost["id"] for cost in costs}
    more = {
        one["id"]
        for cost in costs
        for one in job_costs.adjustments(tx.connection, tx.firm_id, cost["id"])
        if one["id"] not in ids and one["state"] != "replaced"
    }
    corrections = job_costs.locked_costs(tx.connection, tx.firm_id, row["id"], more)
    return (*costs, *(one for one in corrections if not is_billed(one)))


def let_go(tx: Transaction, costs: Sequence[RowMapping]) -> None:
    """Drafts give up their claims on these costs; whoever takes one out has edited the draft."""
    by_invoice: dict[UUID, list[UUID]] = {}
    for cost in costs:
        if cost["invoice_id"] is not None:
            by_invoice.setdefault(cost["invoice_id"], []).append(cost["id"])
    for invoice_id, ids in by_invoice.items():
        invoice_approvals.add_editor(tx.connection, tx.firm_id, invoice_id, people.actor(tx).id)
        job_costs.give_up_claims(tx.connection, tx.firm_id, invoice_id, ids)


def line_of_costs(lines: Iterable[SovLine], item_no: str) -> SovLine:
    """The line with this number. Raises Refused for one that is not there or on which no cost is booked."""
    line = next((one for one in lines if one.item_no == item_no), None)
    if line is None:
        raise wrong_content("unknown_line", f"The schedule of values has no line {item_no}.")
    require_line_of_costs(line)
    return line


def require_line_of_costs(line: SovLine) -> None:
    """Refuse (Refused) the line of the fee and of contingency."""
    terms = line.cost_plus
    if terms is not None and (terms.is_fee or terms.portion is PortionKind.contingency):
        raise wrong_content(
            "no_cost_on_this_line",
            f"No cost is booked on line {line.item_no}: choose the line of the work it is for.",
        )


def not_paid_on(line: SovLine, category: CostCategory) -> str | None:
    """Why the client does not pay a cost of this category on the line; None where he does."""
    if line.cost_plus is None or line.cost_plus.allows(category):
        return None
    return f"The contract pays no {category.value} on line {line.item_no}."


def billable_on(line: SovLine, cost: RowMapping, lines: Mapping[UUID, SovLine]) -> Mapping[str, object]:
    """Whether a cost is billable on another line, and why not; what somebody said of it stays said."""
    category = CostCategory(cost["category"])
    reason = cost["not_billable_reason"]
    if reason == not_paid_on(lines[cost["sov_line_id"]], category):
        reason = not_paid_on(line, category)
    return {"billable": reason is None, "not_billable_reason": reason}


def called(cost: RowMapping) -> str:
    """The cost as sentences name it."""
    return f"The cost “{cost['description']}” of {cost['incurred_on']}"


def note(
    tx: Transaction, row: RowMapping, action: str, costs: Collection[UUID], reason: str, **after: object
) -> None:
    """One audit entry for the contract, with the costs that it is about."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
    about = {"costs": sorted(str(cost) for cost in costs), **after}
    tx.record("cost", row["id"], row["version"] + 1, action, None, None, {}, about, reason)


def done(costs: Collection[UUID], wake: tuple[str, ...] = ()) -> Outcome:
    """What came of a command about these costs."""
    return Outcome(done=True, result={"costs": len(costs)}, wake=wake)
