"""What is billed of costs, and when: hold, release, write up or down, transfer to another line."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.cost_commands import HoldCosts, ReleaseCosts, TransferCosts, WriteCost
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.cost_plus.ledger import given_back
from contracts_app.domain.money import ZERO, in_words_of_a_page, require_at_scale, total
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.costs_at_hand import (
    billable_on,
    called,
    costs_of,
    done,
    let_go,
    line_of_costs,
    locked_contract,
    movable,
    note,
    with_corrections,
)
from contracts_app.store import contracts, job_costs
from contracts_app.store.transaction import Transaction


def hold_costs(tx: Transaction, body: HoldCosts) -> Outcome:
    """Keep costs out of invoices, with what corrects them; a draft that claims them lets them go."""
    row = locked_contract(tx, body.contract_id, "hold_costs")
    costs = with_corrections(tx, row, movable(tx, row, body.costs))
    ids = [cost["id"] for cost in costs]
    job_costs.decide(tx.connection, tx.firm_id, ids, held_reason=body.reason)
    let_go(tx, costs)
    note(tx, row, "hold_costs", ids, body.reason)
    return done(ids, content_may_have_changed(tx, row["id"], f"costs: {body.reason}"))


def release_costs(tx: Transaction, body: ReleaseCosts) -> Outcome:
    """Let held costs be billed by the next invoice, or by a draft that claims again."""
    row = locked_contract(tx, body.contract_id, "release_costs")
    costs = movable(tx, row, body.costs)
    named = {cost["id"] for cost in costs}
    for cost in costs:
        if cost["corrects_id"] is not None and cost["corrects_id"] not in named:
            (corrected,) = costs_of(tx, row, [cost["corrects_id"]])
            if corrected["held_reason"] is not None:
                raise Refused(
                    "cost_held", f"{called(cost)} corrects a cost that is held: release that, it goes along."
                )
    ids = [cost["id"] for cost in with_corrections(tx, row, costs)]
    job_costs.decide(tx.connection, tx.firm_id, ids, held_reason=None)
    note(tx, row, "release_costs", ids, body.reason or f"{len(ids)} costs")
    return done(ids)


def write_cost(tx: Transaction, body: WriteCost) -> Outcome:
    """Bill another amount than it cost. What it cost stays on record, and in every report of cost.

    More than is billed now was never approved: the cost waits again, a draft that claims it lets it go, and
    whoever wrote it up does not approve it.
    """
    row = locked_contract(tx, body.contract_id, "write_cost")
    (cost,) = movable(tx, row, [body.cost_id])
    currency = contracts.terms_of(row).currency
    known = job_costs.as_cost(cost)
    charged = known.cost if body.amount is None else body.amount
    require_at_scale((charged,), currency)
    if charged != ZERO and (charged < ZERO) != (known.cost < ZERO):
        raise wrong_content("other_sign", "The amount to bill has the sign of the cost, or is zero.")
    _require_standing_beside(tx, row, cost, charged, currency)
    decided: dict[str, object] = {}
    if charged > known.amount:
        decided["written_up_by"] = tx.by
        if cost["state"] == "approved":
            decided |= {"state": "open", "decided_by": None, "decided_on": None}
        let_go(tx, with_corrections(tx, row, [cost]))
    elif charged < known.amount and cost["written_up_by"] != tx.by:
        decided["written_up_by"] = None  # what is billed now, two people have looked at
    job_costs.decide(
        tx.connection,
        tx.firm_id,
        [body.cost_id],
        # What it cost is stored as such, so that a draft says the same however it was typed.
        billed=None if charged == known.cost else charged,
        written_reason=body.reason,
        **decided,
    )
    _correct_beside(tx, row, cost, body.reason, currency)
    note(tx, row, "write_cost", [body.cost_id], body.reason, amount=body.amount)
    return done([body.cost_id], content_may_have_changed(tx, row["id"], f"cost written: {body.reason}"))


def _correct_beside(tx: Transaction, row: RowMapping, cost: RowMapping, reason: str, currency: str) -> None:
    """What corrects the cost, and is not billed, gives back what is billed of it, with its mark-up."""
    (now,) = costs_of(tx, row, [cost["id"]])
    known = job_costs.adjustments(tx.connection, tx.firm_id, cost["id"])
    unbilled = {one["id"] for one in with_corrections(tx, row, [now])} - {cost["id"]}
    family = [job_costs.as_cost(one) for one in (now, *known) if one["id"] not in unbilled]
    for one in known:
        if one["id"] not in unbilled:
            continue
        correction = job_costs.as_cost(one)
        back = given_back(family, correction.cost, currency)
        if back != correction.billed:
            said = {"billed": back, "written_reason": reason}
            job_costs.decide(tx.connection, tx.firm_id, [one["id"]], **said)
        family.append(correction.model_copy(update={"billed": back}))


def _require_standing_beside(
    tx: Transaction, row: RowMapping, cost: RowMapping, charged: object, currency: str
) -> None:
    """Refuse (Refused) to bill so little of a cost that what corrects it gives back more, and to bill
    anything of a cost of which nothing is left."""
    whole: Sequence[RowMapping] = [cost]
    if cost["corrects_id"] is not None:
        whole = costs_of(tx, row, [cost["corrects_id"]])
    known = job_costs.adjustments(tx.connection, tx.firm_id, whole[0]["id"])
    if cost["corrects_id"] is None:  # what is not billed follows the cost
        following = {one["id"] for one in with_corrections(tx, row, whole)}
        known = [one for one in known if one["id"] not in following]
    family = [*whole, *known]
    if len(family) == 1:
        return
    costs = [job_costs.as_cost(one) for one in family]
    costs = [one.model_copy(update={"billed": charged}) if one.id == cost["id"] else one for one in costs]
    billed = total(one.amount for one in costs)
    if billed and (billed < ZERO) != (costs[0].cost < ZERO):
        raise wrong_content(
            "written_past_zero",
            f"With what corrects it {called(whole[0])[0].lower()}{called(whole[0])[1:]} would be billed at "
            f"{in_words_of_a_page(billed, currency)}: write the correction too, or bill more of it.",
        )
    if billed and not total(one.cost for one in costs):
        raise wrong_content(
            "written_for_no_cost",
            f"With what corrects it nothing is left of {called(whole[0])[0].lower()}{called(whole[0])[1:]}, "
            f"and {in_words_of_a_page(billed, currency)} would be billed: bill both at the same amount.",
        )


def transfer_costs(tx: Transaction, body: TransferCosts) -> Outcome:
    """Move costs, with what corrects them, to another line; a draft that claims them lets them go."""
    row = locked_contract(tx, body.contract_id, "transfer_costs")
    lines = {line.id: line for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    line = line_of_costs(lines.values(), body.item_no)
    chosen = movable(tx, row, body.costs)
    costs = with_corrections(tx, row, chosen)
    _require_families(tx, costs)
    for cost in costs:
        job_costs.decide(
            tx.connection,
            tx.firm_id,
            [cost["id"]],
            sov_line_id=line.id,
            **billable_on(line, cost, lines),
        )
    let_go(tx, costs)
    ids = [cost["id"] for cost in costs]
    note(tx, row, "transfer_costs", ids, body.reason, item_no=body.item_no)
    return done(ids, content_may_have_changed(tx, row["id"], f"costs: {body.reason}"))


def _require_families(tx: Transaction, costs: Sequence[RowMapping]) -> None:
    """Refuse (Refused) to part a cost from what corrects it."""
    ids = {cost["id"] for cost in costs}
    for cost in costs:
        if cost["corrects_id"] not in (None, *ids):
            raise Refused(
                "cost_corrects", f"{called(cost)} corrects another cost: transfer that, it goes along."
            )
        known = job_costs.adjustments(tx.connection, tx.firm_id, cost["id"])
        if any(one["id"] not in ids for one in known):
            raise Refused(
                "cost_billed", f"What corrects it is billed already, so it stays on its line: {called(cost)}."
            )
