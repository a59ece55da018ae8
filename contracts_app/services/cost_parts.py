"""Costs in parts: one split over lines, and what corrects a cost, on the lines where that stands by now.

The cost as it was recorded stays in the ledger, replaced by entries that name it and come to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.cost_commands import SplitCost
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.cost_plus.ledger import given_back
from contracts_app.domain.cost_plus.parts import Part, parts_of, shares
from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.costs_at_hand import (
    billable_on,
    called,
    let_go,
    line_of_costs,
    locked_contract,
    movable,
    note,
)
from contracts_app.store import contracts, job_costs
from contracts_app.store.transaction import Transaction

_KEPT = (
    "firm_id", "contract_id", "sov_line_id", "category", "incurred_on", "description", "vendor", "currency",
    "source_kind", "source_ref", "billable", "not_billable_reason", "corrects_id", "recorded_by",
    "decided_by", "decided_on", "state", "billed", "written_reason", "held_reason",
)  # fmt: skip
"""What a part has of its whole, beside its share of the amounts."""


def split_cost(tx: Transaction, body: SplitCost) -> Outcome:
    """Split an approved cost into parts of the same cost, which stay approved.

    Raises Refused for parts that do not come to the whole, and for a cost that is written up or down or
    corrected: those are said of the whole.
    """
    row = locked_contract(tx, body.contract_id, "split_cost")
    (cost,) = movable(tx, row, [body.cost_id])
    _require_whole(tx, cost)
    currency = contracts.terms_of(row).currency
    gross = cost["gross"]
    if total(part.gross for part in body.parts) != gross or any(
        (part.gross < ZERO) != (gross < ZERO) or not part.gross for part in body.parts
    ):
        come_to = in_words_of_a_page(total(part.gross for part in body.parts), currency)
        raise wrong_content(
            "parts_are_not_the_whole",
            f"The parts come to {come_to}, and {in_words_of_a_page(gross, currency)} was paid: each part is "
            "some of it, and together they are all of it.",
        )
    lines = {line.id: line for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    made = []
    found = parts_of(_as_part(cost), [part.gross for part in body.parts], currency)
    for number, (asked, part) in enumerate(zip(body.parts, found, strict=True)):
        of = {**cost}
        if asked.item_no is not None:
            line = line_of_costs(lines.values(), asked.item_no)
            of |= {"sov_line_id": line.id, **billable_on(line, cost, lines)}
        made.append(_part(tx, of, number, part))
    job_costs.decide(
        tx.connection,
        tx.firm_id,
        [body.cost_id],
        state="replaced",
        replaced_reason=body.reason,
        held_reason=None,
    )
    let_go(tx, [cost])
    job_costs.insert_costs(tx.connection, made)
    ids = [str(part["id"]) for part in made]
    note(tx, row, "split_cost", [body.cost_id], body.reason, parts=ids)
    wake = content_may_have_changed(tx, row["id"], f"cost split: {body.reason}")
    return Outcome(done=True, result={"costs": len(ids), "parts": ids}, wake=wake)


def _require_whole(tx: Transaction, cost: RowMapping) -> None:
    if cost["state"] != "approved":
        raise Refused("cost_not_approved", f"{called(cost)} waits for approval: approve it, then split it.")
    if cost["corrects_id"] is not None:
        raise Refused("cost_corrects", f"{called(cost)} corrects another cost and stands where that does.")
    if cost["billed"] is not None:
        raise Refused("cost_written", f"{called(cost)} is written up or down: bill what it cost first.")
    if job_costs.adjustments(tx.connection, tx.firm_id, cost["id"]):
        raise Refused("cost_corrected", f"{called(cost)} is corrected by another entry: transfer it whole.")


def following(tx: Transaction, entry: dict[str, Any], corrected: RowMapping) -> list[dict[str, Any]]:
    """An entry that corrects a cost, as it is posted: on the line of that cost, billable and held as it is,
    and giving back no more than is billed of it; in parts where that cost is in parts.

    Raises Refused where it takes back more than the parts come to.
    """
    if corrected["state"] != "replaced":
        return [_beside(tx, entry, corrected)]
    currency = entry["currency"]
    parts = job_costs.parts_standing(tx.connection, tx.firm_id, corrected["id"])
    left = [
        total(one["gross"] for one in (part, *job_costs.adjustments(tx.connection, tx.firm_id, part["id"])))
        for part in parts
    ]
    after = total((entry["gross"], *left))
    if after and (after < ZERO) != (corrected["gross"] < ZERO):
        raise wrong_content(
            "corrected_past_zero",
            f"{called(corrected)} comes to {in_words_of_a_page(total(left), currency)} in its parts: take "
            "back no more.",
        )
    whole = {**entry, "state": "replaced", "replaced_reason": "in parts, like the cost that it corrects"}
    found = parts_of(_as_part(entry), shares(entry["gross"], left, currency), currency)
    made = [
        _beside(tx, _part(tx, {**entry, "corrects_id": part["id"]}, number, share), part)
        for number, (part, share) in enumerate(zip(parts, found, strict=True))
        if share.gross
    ]
    return [whole, *made]


def _beside(tx: Transaction, entry: dict[str, Any], corrected: RowMapping) -> dict[str, Any]:
    stands = {name: corrected[name] for name in ("sov_line_id", "held_reason")}
    if entry["not_billable_reason"] is None:
        stands |= {name: corrected[name] for name in ("billable", "not_billable_reason")}
    family = [corrected, *job_costs.adjustments(tx.connection, tx.firm_id, corrected["id"])]
    net = less(entry["gross"], entry["recoverable_tax"])
    billed = given_back([job_costs.as_cost(one) for one in family], net, entry["currency"])
    if billed is not None:
        # The cost itself may be billed as it cost, and what corrected it before be written.
        reason = next(one["written_reason"] for one in family if one["billed"] is not None)
        stands |= {"billed": billed, "written_reason": reason}
    return {**entry, **stands}


def _as_part(cost: Mapping[str, Any] | RowMapping) -> Part:
    return Part(gross=cost["gross"], recoverable_tax=cost["recoverable_tax"], fee_within=cost["fee_within"])


def _part(tx: Transaction, of: Mapping[str, Any], number: int, part: Part) -> dict[str, Any]:
    return {
        **{name: of[name] for name in _KEPT},
        "gross": part.gross,
        "recoverable_tax": part.recoverable_tax,
        "fee_within": part.fee_within,
        "id": tx.new_id("cost_part", str(of["id"]), number),
        "version": 1,
        "part_of_id": of["id"],
        "replaced_reason": None,
    }
