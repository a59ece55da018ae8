"""What approved bills cost, posted into the ledger of the contract's costs as signed differences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy.engine import RowMapping

from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.purchasing.pass_through import CostLine
from contracts_app.services.cost_posting import NewCost, post_costs
from contracts_app.store import purchase_costs
from contracts_app.store.purchase_costs import Posted
from contracts_app.store.purchasing import Kept
from contracts_app.store.transaction import Transaction


def post(tx: Transaction, row: RowMapping, kept: Kept, on: date) -> Decimal:
    """Bring the ledger to what the approved bills of a commitment cost by now; returns the difference.

    Cumulative for each line of a bill, so that a credit memo, a delivery that settles a dispute and goods
    that went back each bring one signed entry, in whatever order they come. The first entry of a line is of
    its bill's day, a later one of `on`, the day of the paper that brings it.
    """
    if kept.book is None:
        return ZERO
    known = purchase_costs.posted(tx.connection, tx.firm_id, [line.id for line in kept.book.costs()])
    new = []
    for line in kept.book.costs():
        before = known.get(line.id, ())
        difference = less(line.cost, total(each.amount for each in before if each.counts))
        if difference != ZERO:
            new.append((line, before, difference))
    costs = [_cost(kept, line, before, difference, on) for line, before, difference in new]
    ids = post_costs(tx, row, costs)
    purchase_costs.link_costs(
        tx.connection,
        tx.firm_id,
        {cost_id: line.id for cost_id, (line, _, _) in zip(ids, new, strict=True)},
    )
    return total(difference for _, _, difference in new)


def _cost(kept: Kept, line: CostLine, before: tuple[Posted, ...], difference: Decimal, on: date) -> NewCost:
    bill, position = next(
        (bill, each["position"])
        for bill in kept.bills
        for each in kept.bill_lines[bill["id"]]
        if each["id"] == line.id
    )
    first = next((each for each in before if each.counts and each.corrects is None), None)
    # The number of the entry keeps apart what one line of a bill brings in turn.
    turn = f", change {len(before)}" if before else ""
    return NewCost(
        line_id=line.line_id,
        category=CostCategory(line.category),
        incurred_on=on if before else bill["dated"],
        gross=difference,
        description=_described(line, bill, correction=bool(before)),
        source_kind="vendor_bill",
        source_ref=f"{bill['number']} of {bill['dated']}, line {position}, order {kept.row['number']}{turn}",
        vendor=kept.row["vendor"],
        fee_within=difference if line.is_fee else ZERO,
        corrects=first.cost_id if first else None,
        recorded_by=bill["entered_by"],
        approved_by=bill["decided_by"],
    )


def _described(line: CostLine, bill: RowMapping, *, correction: bool) -> str:
    said = line.description or f"Bill {bill['number']}"
    return f"{said}, put right" if correction else said
