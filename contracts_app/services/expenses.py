"""Expenses: entered, worked out by tables of law, held against the contract's policy, approved, billed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.expense_commands import (
    ApproveExpenses,
    CorrectExpense,
    EnterExpenses,
    EnterMileage,
    EnterPerDiem,
    RejectExpenses,
    SetExpensePolicy,
    TypedExpense,
)
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.expenses import policy
from contracts_app.domain.expenses.mileage import MileageRate, mileage
from contracts_app.domain.expenses.per_diem import PerDiemRate, per_diem
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, in_words, require
from contracts_app.law import table
from contracts_app.services import people
from contracts_app.services.cost_posting import NewCost, post_costs
from contracts_app.services.entering_expenses import columns_of
from contracts_app.store import contracts, expenses, legal_entities
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction

_NAMED = 3
"""Expenses that a sentence names one by one."""


def set_expense_policy(tx: Transaction, body: SetExpensePolicy) -> Outcome:
    """Replace what the contract says of expenses; what is approved stays approved."""
    row = _locked(tx, body.contract_id, "set_expense_policy")
    expenses.set_policy(tx.connection, tx.firm_id, row["id"], body.rules, tx.by)
    said = {"rules": [rule.model_dump(mode="json") for rule in body.rules]}
    _note(tx, row, "set_expense_policy", f"{len(body.rules)} rules", **said)
    return Outcome(done=True, result={"contract_id": str(row["id"]), "rules": len(body.rules)})


def enter_expenses(tx: Transaction, body: EnterExpenses) -> Outcome:
    """Enter expenses by hand; they wait for the project manager."""
    row = _locked(tx, body.contract_id, "enter_expenses")
    known = {one["id"]: one for one in expenses.of_contract(tx.connection, tx.firm_id, row["id"])}
    number = expenses.next_number(tx.connection, tx.firm_id, row["id"])
    rows = [
        {
            **said,
            "id": tx.new_id("expense", place),
            "number": number + place,
            "kind": "receipt",
            "worked_out": None,
        }
        for place, said in enumerate(columns_of(tx, row, body.entries, known))
    ]
    expenses.insert_expenses(tx.connection, rows)
    ids = [str(one["id"]) for one in rows]
    _note(tx, row, "enter_expenses", f"{len(ids)} expenses", expenses=ids)
    return Outcome(done=True, result={"expenses": ids})


def enter_per_diem(tx: Transaction, body: EnterPerDiem) -> Outcome:
    """Enter a trip: what it is paid is worked out by the table of law and kept with its sources."""
    row = _locked(tx, body.contract_id, "enter_per_diem")
    today = legal_entities.today(tx, row["legal_entity_id"])
    found = per_diem(body.trip, table("per_diem", PerDiemRate), today)
    worked_out = {"trip": body.trip.model_dump(mode="json"), **found.model_dump(mode="json")}
    days = body.trip.days
    said = body.description.strip() or f"Per diem, {days[0].on} to {days[-1].on}"
    entry = _allowance(body, days[-1].on, said, f"{found.amount:f}", found.currency)
    return _enter_worked_out(tx, row, entry, "per_diem", worked_out)


def enter_mileage(tx: Transaction, body: EnterMileage) -> Outcome:
    """Enter journeys: what they are paid is worked out by the table of law and kept with its sources."""
    row = _locked(tx, body.contract_id, "enter_mileage")
    today = legal_entities.today(tx, row["legal_entity_id"])
    rates = table("mileage", MileageRate)
    found = mileage(body.journeys, body.jurisdiction, body.vehicle, body.driven_before, rates, today)
    worked_out = {"vehicle": body.vehicle, **found.model_dump(mode="json")}
    distance = total(journey.distance for journey in body.journeys)
    said = body.description.strip() or f"{distance:f} {found.unit.value} by {body.vehicle}"
    last = max(journey.on for journey in body.journeys)
    entry = _allowance(body, last, said, f"{found.amount:f}", found.currency)
    return _enter_worked_out(tx, row, entry, "mileage", worked_out)


def _allowance(
    body: EnterPerDiem | EnterMileage, on: object, said: str, amount: str, currency: str
) -> TypedExpense:
    if not Decimal(amount):
        raise wrong_content(
            "nothing_to_pay", "By the table of law this comes to nothing: there is no expense to enter."
        )
    return TypedExpense.model_validate(
        {
            "item_no": body.item_no,
            "on": on,
            "person": body.person,
            "category": body.category,
            "description": said,
            "amount": amount,
            "currency": currency,
        }
    )


def _enter_worked_out(
    tx: Transaction, row: RowMapping, entry: TypedExpense, kind: str, worked_out: Mapping[str, Any]
) -> Outcome:
    number = expenses.next_number(tx.connection, tx.firm_id, row["id"])
    expense_id = tx.new_id("expense")
    (columns,) = columns_of(tx, row, [entry], {})
    said = {**columns, "id": expense_id, "number": number, "kind": kind, "worked_out": worked_out}
    expenses.insert_expenses(tx.connection, [said])
    shown = in_words_of_a_page(entry.amount, columns["currency"])
    _note(tx, row, f"enter_{kind}", f"{entry.person}: {shown}", expenses=[str(expense_id)])
    return Outcome(done=True, result={"expense_id": str(expense_id), "amount": f"{entry.amount:f}"})


def correct_expense(tx: Transaction, body: CorrectExpense) -> Outcome:
    """Say it otherwise, or take it back, while nobody has decided; its receipt stays with it."""
    row = _locked(tx, body.contract_id, "correct_expense")
    (known,) = _open(tx, row, [body.expense_id])
    was = {name: str(known[name]) for name in ("person", "category", "spent_on", "amount", "description")}
    if body.entry is None:
        if known["sent_back_because"] is not None:
            raise Refused(
                "expense_was_a_cost",
                f"{_named(known)} was approved before its cost was sent back, so it stays on record: have it "
                "rejected, or say what is right.",
            )
        expenses.remove(tx.connection, tx.firm_id, body.expense_id)
        _note(tx, row, "correct_expense", body.reason, was=was)
        return Outcome(done=True, code="expense_taken_back", result={"expenses": 1})
    if known["kind"] != "receipt":
        raise Refused(
            "worked_out", "This was worked out by a table of law: take it back and enter it as it was."
        )
    others = {one["id"]: one for one in expenses.of_contract(tx.connection, tx.firm_id, row["id"])}
    (said,) = columns_of(tx, row, [body.entry], others)
    for name in ("firm_id", "contract_id", "state", "entered_by"):  # whoever entered it has entered it
        del said[name]
    expenses.change(tx.connection, tx.firm_id, [body.expense_id], **said)
    expenses.note_editors(tx.connection, tx.firm_id, [body.expense_id], [people.actor(tx).id])
    _note(tx, row, "correct_expense", body.reason, was=was)
    return Outcome(done=True, result={"expense_id": str(body.expense_id), "version": known["version"] + 1})


def approve_expenses(tx: Transaction, body: ApproveExpenses) -> Outcome:
    """Accept expenses as they were seen, all or none; each becomes a cost of the contract."""
    row = _locked(tx, body.contract_id, "approve_expenses")
    seen = {known.id: known.version for known in body.entries}
    chosen = _decidable(tx, row, seen)
    changed = [_named(one) for one in chosen if one["version"] != seen[one["id"]]]
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise Refused(
            "changed_since_seen",
            f"Changed since you looked: {', '.join(changed[:_NAMED])}{more}. Nothing was approved: look "
            "again and approve what it says now.",
        )
    currency = contracts.terms_of(row).currency
    rules = expenses.policy(tx.connection, tx.firm_id, row["id"])
    live = [
        one
        for one in expenses.of_contract(tx.connection, tx.firm_id, row["id"])
        if one["state"] != "rejected"
    ]
    found = policy.check([expenses.as_expense(one) for one in live], rules, currency)
    for one in chosen:
        for finding in found[one["id"]]:
            if finding.blocks:
                raise Refused(finding.code, f"{_named(one)}: {finding.sentence}")
    _post(tx, row, chosen, live, rules)
    today = legal_entities.today(tx, row["legal_entity_id"])
    expenses.change(tx.connection, tx.firm_id, seen, state="approved", decided_by=tx.by, decided_on=today)
    _note(tx, row, "approve_expenses", f"{len(chosen)} expenses", expenses=sorted(str(key) for key in seen))
    return Outcome(done=True, result={"expenses": len(chosen)})


def _post(
    tx: Transaction,
    row: RowMapping,
    chosen: Sequence[RowMapping],
    live: Sequence[RowMapping],
    rules: Sequence[policy.PolicyRule],
) -> None:
    """Post what was chosen into the ledger of the contract's costs, in the order in which it came in."""
    currency = contracts.terms_of(row).currency
    approved = {one["id"]: one for one in live if one["state"] == "approved"}
    costs = dict(expenses.costs_of(tx.connection, tx.firm_id, approved))
    for one in chosen:
        said = expenses.as_expense(one)
        of = said.corrects
        family = [
            expenses.as_expense(other)
            for other in approved.values()
            if of is not None and of in (other["id"], other["corrects_id"])
        ]
        if of is not None and of not in costs:
            raise Refused("corrects_nothing", f"{_named(one)}: the expense that it adjusts is not approved.")
        cost = policy.cost_of(said, family, rules, currency, one["not_billable_reason"] or "")
        # Tax is shown where it is in the contract's currency; of a foreign receipt the cost is net of it.
        tax = said.tax_recovered if said.currency == currency else ZERO
        new = NewCost(
            line_id=said.line_id,
            category=CostCategory.expense,
            incurred_on=said.on,
            gross=total((cost.amount, tax)),
            recoverable_tax=tax,
            description=f"{said.category}: {said.description or said.person}"[:200],
            source_kind="expense",
            source_ref=f"{one['number']} of {row['number']}, {said.person}",
            vendor=said.vendor or None,
            not_billable_reason=cost.not_billable or None,
            corrects=costs[of] if of is not None else None,
            recorded_by=one["entered_by"],
            approved_by=tx.by,
        )
        (costs[one["id"]],) = post_costs(tx, row, [new])
        expenses.link_costs(tx.connection, tx.firm_id, {one["id"]: costs[one["id"]]})
        approved[one["id"]] = one


def reject_expenses(tx: Transaction, body: RejectExpenses) -> Outcome:
    """Do not accept expenses; they stay on record with the reason."""
    row = _locked(tx, body.contract_id, "reject_expenses")
    _decidable(tx, row, body.entries)
    expenses.change(
        tx.connection,
        tx.firm_id,
        body.entries,
        state="rejected",
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
        rejected_because=body.reason,
    )
    _note(tx, row, "reject_expenses", body.reason, expenses=sorted(str(key) for key in body.entries))
    return Outcome(done=True, result={"expenses": len(body.entries)})


def _locked(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def _open(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """These expenses, nobody having decided on any of them."""
    found = [
        one for one in expenses.of_contract(tx.connection, tx.firm_id, row["id"]) if one["id"] in set(ids)
    ]
    if len(found) != len(set(ids)):
        raise not_found("expense")
    for one in found:
        if one["state"] != "open":
            raise Refused(
                "expense_decided",
                f"{_named(one)} is {in_words(one['state'])} already: what is wrong with it is put right by "
                "an adjusting entry.",
            )
    return found


def _decidable(tx: Transaction, row: RowMapping, ids: Collection[UUID]) -> Sequence[RowMapping]:
    if tx.by != row["project_manager_id"]:
        raise not_allowed("Expenses are decided on by the contract's project manager.")
    found = _open(tx, row, ids)
    if any(tx.by in (one["entered_by"], *one["editors"]) for one in found):
        raise not_allowed(
            "You entered or corrected some of these expenses, so somebody else must decide on them."
        )
    return found


def _named(one: RowMapping) -> str:
    return f"Expense {one['number']} of {one['person']}, {one['spent_on']}"


def _note(tx: Transaction, row: RowMapping, action: str, reason: str, **after: Any) -> None:
    """One audit entry for the contract, and one of what it is about."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
    tx.record("expense", row["id"], row["version"] + 1, action, None, None, {}, after, reason)
