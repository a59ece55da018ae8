"""Revisions of the schedule of values: proposed, approved by a second person, in force from the next
application (docs/SPEC-change-orders.md, rules 12 to 14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import MAY_BE_AN_ESTIMATE, Basis, SovLine
from contracts_app.domain.changes.sov_revision import Move, Revision, revise
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.revision_commands import ApproveRevision, ProposeRevision, RejectRevision
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, REVISION, in_words, require
from contracts_app.services.billed_to_date import billed_by_line
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.store import contracts, invoices, legal_entities, revisions
from contracts_app.store.revision_tables import sov_revision, sov_revision_move
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def propose_revision(tx: Transaction, body: ProposeRevision) -> Outcome:
    """Propose moves of budget that add up to zero; they count once somebody else approves them."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "propose_revision", row["state"], "contract")
    if revisions.find(tx.connection, tx.firm_id, body.contract_id, body.number) is not None:
        raise wrong_content("revision_exists", f"There is a revision {body.number} already.")
    lines = revisions.schedule_on(tx.connection, tx.firm_id, body.contract_id, revisions.ENDS)
    by_item = {line.item_no: line for line in lines}
    named = [move.item_no for move in body.moves]
    unknown = [item for item in (*named, *body.taking_back) if item not in by_item]
    if unknown:
        raise wrong_content("unknown_line", f"The schedule of values has no line {unknown[0]}.")
    moves = tuple(Move(line_id=by_item[move.item_no].id, amount=move.amount) for move in body.moves)
    back = {by_item[item].id for item in body.taking_back}
    revision = Revision(
        number=body.number, effective_on=body.effective_on, reason=body.reason[:200], moves=moves
    )
    _require_possible(tx, row, lines, revision, back)
    revision_id = tx.new_id("sov_revision")
    tx.create(
        sov_revision,
        "sov_revision",
        "propose_revision",
        body.reason,
        id=revision_id,
        contract_id=body.contract_id,
        number=body.number,
        because=body.reason,
        effective_on=body.effective_on,
        proposed_by=tx.by,
        proposed_on=legal_entities.today(tx, row["legal_entity_id"]),
        state="proposed",
    )
    values = {line.id: line.scheduled_value for line in lines}
    for move in moves:
        tx.insert(
            sov_revision_move,
            revision_id=revision_id,
            sov_line_id=move.line_id,
            before=values[move.line_id],
            amount=move.amount,
            taken_back=move.line_id in back,
        )
    _changed(tx, row, "propose_revision", f"{body.number}: {body.reason}")
    return Outcome(done=True, result={"revision_id": str(revision_id), "number": body.number})


def approve_revision(tx: Transaction, body: ApproveRevision) -> Outcome:
    """Put it in force exactly as it was proposed; not by the one who proposed it."""
    row, known = _proposed(tx, body.contract_id, body.number, "approve_revision")
    if known["proposed_by"] == tx.by:
        raise not_allowed("You proposed this revision, so somebody else must approve it.")
    lines = revisions.schedule_on(tx.connection, tx.firm_id, body.contract_id, revisions.ENDS)
    moves = revisions.moves_of(tx.connection, tx.firm_id, known["id"])
    for line in lines:
        if line.id in moves and moves[line.id]["before"] != line.scheduled_value:
            currency = contracts.terms_of(row).currency
            raise Refused(
                "changed_since_proposed",
                f"Line {line.item_no} was {in_words_of_a_page(moves[line.id]['before'], currency)} when this "
                f"was proposed and is {in_words_of_a_page(line.scheduled_value, currency)} now: reject it "
                "and propose it again.",
            )
    revision = Revision(
        number=known["number"],
        effective_on=known["effective_on"],
        reason=known["because"][:200],
        moves=tuple(Move(line_id=line, amount=move["amount"]) for line, move in moves.items()),
    )
    back = {line for line, move in moves.items() if move["taken_back"]}
    _require_possible(tx, row, lines, revision, back)
    return _decide(tx, row, known, "approve_revision", "approved", body.remark)


def reject_revision(tx: Transaction, body: RejectRevision) -> Outcome:
    """Note that it is not made; whoever proposed it may take it back so."""
    row, known = _proposed(tx, body.contract_id, body.number, "reject_revision")
    return _decide(tx, row, known, "reject_revision", "rejected", body.reason)


def _proposed(tx: Transaction, contract_id: UUID, number: str, command: str) -> tuple[RowMapping, RowMapping]:
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    known = revisions.find(tx.connection, tx.firm_id, contract_id, number)
    if known is None:
        raise not_found("revision")
    require(REVISION, command, known["state"], f"revision {number}")
    return row, known


def _decide(
    tx: Transaction, row: RowMapping, known: RowMapping, action: str, state: str, remark: str
) -> Outcome:
    tx.change(
        sov_revision,
        "sov_revision",
        known,
        action,
        REVISION,
        state,
        remark,
        decided_by=tx.by,
        decided_on=legal_entities.today(tx, row["legal_entity_id"]),
        remark=remark,
    )
    _changed(tx, row, action, f"{known['number']}: {remark}" if remark else known["number"])
    wake = content_may_have_changed(tx, row["id"], f"revision {known['number']}")
    return Outcome(done=True, result={"contract_id": str(row["id"]), "number": known["number"]}, wake=wake)


def _require_possible(
    tx: Transaction,
    row: RowMapping,
    lines: tuple[SovLine, ...],
    revision: Revision,
    taking_back: set[UUID],
) -> None:
    """Refuse (Refused) moves that the schedule, what is billed or what is planned on it do not allow."""
    currency = contracts.terms_of(row).currency
    _require_unbilled_day(tx, row["id"], revision.effective_on)
    moved = {move.line_id: move.amount for move in revision.moves}
    for line in lines:
        if line.id not in moved:
            continue
        if line.unit_price or line.recurring:
            raise wrong_content(
                "price_not_a_sum",
                f"Line {line.item_no} is billed by {in_words(line.basis.value)}, not up to a sum: a change "
                "order changes its price or quantity.",
            )
        if line.id in taking_back and line.basis in (*MAY_BE_AN_ESTIMATE, Basis.milestone):
            raise wrong_content(
                "cannot_be_taken_back",
                f"Line {line.item_no} bills {in_words(line.basis.value)}: what is billed of it is not taken "
                "back by moving its budget.",
            )
    revised = revise(lines, revision, billed_by_line(tx, row["id"]), currency, taking_back=taking_back)
    planned = contracts.milestones(tx.connection, tx.firm_id, row["id"])
    _require_room_for_milestones(
        {line.id: line for line in revised.lines if line.id in moved}, planned, currency
    )


def _require_room_for_milestones(
    lines: Mapping[UUID, SovLine], planned: tuple[Milestone, ...], currency: str
) -> None:
    amounts: dict[UUID, Decimal] = {}
    for milestone in planned:
        if milestone.line_id is not None and milestone.line_id in lines:
            amounts[milestone.line_id] = total((amounts.get(milestone.line_id, ZERO), milestone.amount))
    for line_id, amount in amounts.items():
        line = lines[line_id]
        if line.basis is Basis.milestone and amount > line.scheduled_value:
            raise wrong_content(
                "milestones_above_line",
                f"The milestones of line {line.item_no} come to {in_words_of_a_page(amount, currency)}, "
                f"above the {in_words_of_a_page(line.scheduled_value, currency)} it would have: move less.",
            )


def _require_unbilled_day(tx: Transaction, contract_id: UUID, day: date) -> None:
    """Refuse (Refused) a day in a period that is billed: the schedule of what is out stays."""
    for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id):
        if known["period_to"] >= day and known["state"] not in NOT_OUT:
            raise wrong_content(
                "effective_in_billed_period",
                f"The time to {known['period_to']} is billed already: say a day after it.",
            )


def _changed(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
