"""Estimates at completion: entered with their day and never changed; a later one takes their place."""

from __future__ import annotations

from pydantic import ValidationError

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.money import in_words_of_a_page, require_at_scale, total, written
from contracts_app.domain.refusals import not_allowed, wrong_content
from contracts_app.domain.reports.estimates import CostEstimate
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services import people
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, costs_to_date
from contracts_app.store.report_tables import cost_estimate
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def estimate_cost(tx: Transaction, body: EstimateCost) -> Outcome:
    """Enter an estimate, by the contract's own project manager or a controller; no figure of an invoice
    depends on it."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "estimate_cost", row["state"], "contract")
    who = people.actor(tx)
    if Role.controller not in who.roles and who.id != row["project_manager_id"]:
        raise not_allowed("Costs are estimated by the contract's own project manager or a controller.")
    terms = contracts.terms_of(row)
    today = business_date(tx, row)
    if body.as_of > today:
        raise wrong_content("date_in_future", f"{body.as_of} is in the future.")
    if body.as_of < terms.contract_date:
        raise wrong_content(
            "before_contract", f"{body.as_of} is before the contract, which is dated {terms.contract_date}."
        )
    said = body.model_dump(include=set(CostEstimate.model_fields), mode="json")
    try:
        estimate = CostEstimate.model_validate(said)
    except ValidationError:
        raise wrong_content(
            "below_cost_to_date", "The cost at completion is at least the cost to date."
        ) from None
    amounts = (estimate.at_completion, estimate.to_date, estimate.uninstalled, estimate.wasted)
    require_at_scale([amount for amount in amounts if amount is not None], terms.currency)
    spent = costs_to_date.by_day(tx.connection, tx.firm_id, [row["id"]]).get(row["id"], ())
    recorded = total(one.amount for one in spent if one.on <= body.as_of)
    known = estimate.costs(recorded, terms.currency)
    tx.insert(
        cost_estimate,
        id=tx.new_id("cost_estimate"),
        contract_id=row["id"],
        as_of=estimate.as_of,
        at_completion=estimate.at_completion,
        to_date=estimate.to_date,
        uninstalled=estimate.uninstalled,
        wasted=estimate.wasted,
        measure=said["measure"],
        remark=body.remark,
        entered_by=tx.by,
        entered_on=today,
    )
    shown = in_words_of_a_page(known.estimated_total, terms.currency)
    reason = f"{shown} at completion, as of {body.as_of}" + (f": {body.remark}" if body.remark else "")
    tx.change(contract, "contract", row, "estimate_cost", CONTRACT, reason=reason)
    return Outcome(
        done=True,
        result={
            "contract_id": str(row["id"]),
            "cost_to_date": written(known.to_date, terms.currency),
            "cost_to_complete": written(known.to_complete, terms.currency),
        },
    )
