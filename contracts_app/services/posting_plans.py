"""Posting what was agreed with a contract: milestones, rate cards, the prices of a bid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time.rate_card import require_keepable, require_no_overlap
from contracts_app.domain.transitions import ContractState
from contracts_app.services import agreements, milestones
from contracts_app.store import agreements as stored
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.bid_tabulation import BidItem
from importers.kinds.milestones import PlannedMilestone
from importers.kinds.rate_cards import Rate
from importers.kinds.schedule_of_values import ScheduleLine


def plans(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Milestones, planned one by one as people plan them."""
    for entry in cast(Sequence[PlannedMilestone], entries):
        body = PlanMilestone(
            contract_id=agreed["id"],
            title=entry.title,
            item_no=entry.item_no,
            amount=entry.amount,
            planned_on=entry.planned_on,
            close_out=entry.close_out,
        )
        milestones.plan(tx, agreed, body, tx.new_id("milestone", entry.title), row["id"])


def rates(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Rates, added to the card of a contract that is being set up."""
    if not entries:
        return
    if agreed["state"] != ContractState.setting_up:
        raise wrong_content(
            "rates_in_force", "Rates of a contract in force are raised from a day on, not imported."
        )
    before = stored.rate_cards(tx.connection, tx.firm_id, [agreed["id"]]).get(agreed["id"], ())
    added = tuple(entry.row for entry in cast(Sequence[Rate], entries))
    require_no_overlap((*before, *added))
    require_keepable((*before, *added))
    agreements.insert_rates(tx, agreed["id"], added, import_id=row["id"])


def priced_lines(entries: Sequence[Entry]) -> Sequence[ScheduleLine]:
    """The items of a bid as lines: by unit price where they have a quantity and a price, one of a kind as a
    lump sum."""
    return [_priced_line(entry) for entry in cast(Sequence[BidItem], entries)]


def _priced_line(entry: BidItem) -> ScheduleLine:
    number = int(entry.item_no) if entry.item_no.isdecimal() and entry.item_no[0] != "0" else None
    lump_sum = entry.quantity is None or entry.unit_price is None or entry.quantity == 1 or not entry.unit
    return ScheduleLine(
        external_id=entry.external_id,
        contract_external_id=entry.contract_external_id,
        source=entry.source,
        line_number=number,
        item_no=None if number else entry.item_no,
        description=entry.description,
        scheduled_value=entry.amount or Decimal(0),
        unit=None if lump_sum else entry.unit,
        estimated_quantity=None if lump_sum else entry.quantity,
        unit_price=None if lump_sum else entry.unit_price,
    )
