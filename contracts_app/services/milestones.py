"""Milestones: planned, achieved with evidence, approved or sent back by the project manager."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.milestone_commands import (
    AchieveMilestone,
    ApproveMilestone,
    ChangeMilestone,
    PlanMilestone,
    RejectMilestone,
    RemoveMilestone,
)
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, in_words, require
from contracts_app.services import preparers
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, revisions, schedules
from contracts_app.store.tables import contract, milestone
from contracts_app.store.transaction import Transaction


def plan_milestone(tx: Transaction, body: PlanMilestone) -> Outcome:
    """Make part of a line, or the release of retainage, depend on approved evidence."""
    row = tx.lock(contract, body.contract_id, "contract")
    milestone_id = tx.new_id("milestone")
    plan(tx, row, body, milestone_id)
    preparers.change(tx, row, "plan_milestone", body.title)
    wake = content_may_have_changed(tx, body.contract_id, f"milestone {body.title}")
    return Outcome(done=True, result={"milestone_id": str(milestone_id)}, wake=wake)


def plan(
    tx: Transaction,
    row: RowMapping,
    body: PlanMilestone,
    milestone_id: UUID,
    import_id: UUID | None = None,
) -> None:
    """Plan a milestone of a contract, which is locked. Raises Refused."""
    require(CONTRACT, "plan_milestone", row["state"], "contract")
    line_id = _plannable(tx, row, body, contracts.milestones(tx.connection, tx.firm_id, body.contract_id))
    tx.create(
        milestone,
        "milestone",
        "plan_milestone",
        id=milestone_id,
        contract_id=body.contract_id,
        sov_line_id=line_id,
        title=body.title,
        amount=body.amount,
        planned_on=body.planned_on,
        close_out=body.close_out,
        import_id=import_id,
        state="planned",
    )


def _plannable(
    tx: Transaction,
    row: RowMapping,
    body: PlanMilestone | ChangeMilestone,
    others: Sequence[Milestone],
) -> UUID | None:
    """The line of a milestone so planned beside the others, None for the close-out. Raises Refused."""
    if any(other.title == body.title for other in others):
        raise wrong_content("milestone_exists", f"There is a milestone “{body.title}” already.")
    if body.item_no is not None:
        line = _line_in_force(tx, row, body.item_no)
        _check_amount(body.amount, line, others, contracts.terms_of(row).currency)
        return line.id
    if not body.close_out or body.amount != ZERO:
        raise wrong_content(
            "milestone_without_line", "A milestone without a line only serves the close-out, at no amount."
        )
    return None


def change_milestone(tx: Transaction, body: ChangeMilestone) -> Outcome:
    """Plan it otherwise while the contract is being set up."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "change_milestone", row["state"], "contract")
    known = _milestone(tx, body.contract_id, body.milestone_id)
    planned = contracts.milestones(tx.connection, tx.firm_id, body.contract_id)
    tx.change(
        milestone,
        "milestone",
        known,
        "change_milestone",
        sov_line_id=_plannable(tx, row, body, [other for other in planned if other.id != known["id"]]),
        title=body.title,
        amount=body.amount,
        planned_on=body.planned_on,
        close_out=body.close_out,
    )
    preparers.change(tx, row, "change_milestone", body.title)
    return Outcome(done=True, result={"milestone_id": str(known["id"]), "version": known["version"] + 1})


def remove_milestone(tx: Transaction, body: RemoveMilestone) -> Outcome:
    """Take it out of the plan while the contract is being set up; the audit keeps what it said."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "remove_milestone", row["state"], "contract")
    known = _milestone(tx, body.contract_id, body.milestone_id)
    schedules.delete_milestone(tx.connection, tx.firm_id, known["id"])
    said = {name: known[name] for name in ("title", "sov_line_id", "amount", "planned_on", "close_out")}
    tx.record(
        "milestone",
        known["id"],
        known["version"] + 1,
        "remove_milestone",
        known["state"],
        "removed",
        said,
        {},
        known["title"],
    )
    preparers.change(tx, row, "remove_milestone", known["title"])
    return Outcome(done=True, result={"milestone_id": str(known["id"])})


def _line_in_force(tx: Transaction, row: RowMapping, item_no: str) -> SovLine:
    """The line with its scheduled value of today. Raises Refused when there is none."""
    for line in revisions.schedule_on(tx.connection, tx.firm_id, row["id"], business_date(tx, row)):
        if line.item_no == item_no:
            return line
    raise wrong_content("unknown_line", f"The schedule of values has no line {item_no}.")


def _check_amount(amount: Decimal, line: SovLine, known: Sequence[Milestone], currency: str) -> None:
    """Refuse (Refused) an amount that the line cannot take; a line billed by milestones is their sum."""
    limit = in_words_of_a_page(line.scheduled_value, currency)
    if not ZERO < amount <= line.scheduled_value or not is_at_scale(amount, currency):
        raise wrong_content("milestone_amount", f"The amount is above zero and at most {limit}.")
    together = total([amount, *(other.amount for other in known if other.line_id == line.id)])
    if line.basis is Basis.milestone and together > line.scheduled_value:
        raise wrong_content(
            "milestones_above_line",
            f"With this one the milestones of line {line.item_no} would come to "
            f"{in_words_of_a_page(together, currency)}, above its scheduled value, {limit}: "
            "plan less, or execute a change order that raises the line first.",
        )


def achieve_milestone(tx: Transaction, body: AchieveMilestone) -> Outcome:
    """The coordinator gives the evidence, for all of it or for what is reached by now."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "achieve_milestone", row["state"], "contract")
    known = _milestone(tx, body.contract_id, body.milestone_id)
    if known["state"] == "approved":
        raise Refused("milestone_approved", "This milestone is approved already.")
    tx.change(
        milestone,
        "milestone",
        known,
        "achieve_milestone",
        to="achieved",
        evidence=body.evidence,
        achieved_by=tx.by,
        achieved_on=business_date(tx, row),
        achieved_amount=_reached(row, known, body.amount),
    )
    return _done(tx, row, known, "achieve_milestone")


def _reached(row: RowMapping, known: RowMapping, amount: Decimal | None) -> Decimal:
    """How much of the milestone is reached. Raises Refused for a part where the contract allows none."""
    if amount is None or amount == known["amount"]:
        whole: Decimal = known["amount"]
        return whole
    terms = contracts.terms_of(row)
    if not terms.partial_milestones:
        raise wrong_content("no_partial_milestones", "This contract bills a milestone only as a whole.")
    if not known["approved_amount"] < amount < known["amount"] or not is_at_scale(amount, terms.currency):
        before = in_words_of_a_page(known["approved_amount"], terms.currency)
        whole_text = in_words_of_a_page(known["amount"], terms.currency)
        raise wrong_content(
            "milestone_part", f"A part is above what is approved, {before}, and at most {whole_text}."
        )
    return amount


def approve_milestone(tx: Transaction, body: ApproveMilestone) -> Outcome:
    """The contract's project manager accepts the evidence as he saw it; not his own."""
    row, known = _to_decide(tx, body.contract_id, body.milestone_id, "approve_milestone")
    if known["version"] != body.version:
        reached = in_words_of_a_page(known["achieved_amount"], contracts.terms_of(row).currency)
        raise Refused(
            "changed_since_seen",
            f"Changed since you looked: the evidence for “{known['title']}” is now “{known['evidence']}”, "
            f"for {reached}. Look at it again and approve what it says now.",
        )
    whole = known["achieved_amount"] == known["amount"]
    tx.change(
        milestone,
        "milestone",
        known,
        "approve_milestone",
        to="approved" if whole else "partly_approved",
        approved_by=tx.by,
        approved_on=business_date(tx, row),
        approved_amount=known["achieved_amount"],
    )
    return _done(tx, row, known, "approve_milestone")


def reject_milestone(tx: Transaction, body: RejectMilestone) -> Outcome:
    """The contract's project manager sends the evidence back; what was approved before stays approved."""
    row, known = _to_decide(tx, body.contract_id, body.milestone_id, "reject_milestone")
    tx.change(
        milestone,
        "milestone",
        known,
        "reject_milestone",
        to="partly_approved" if known["approved_amount"] else "planned",
        reason=body.reason,
        achieved_amount=known["approved_amount"],
    )
    return _done(tx, row, known, "reject_milestone")


def _to_decide(
    tx: Transaction, contract_id: UUID, milestone_id: UUID, command: str
) -> tuple[RowMapping, RowMapping]:
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    known = _milestone(tx, contract_id, milestone_id)
    if tx.by != row["project_manager_id"]:
        raise not_allowed("Milestones are approved by the contract's project manager.")
    if known["state"] != "achieved":
        raise Refused(
            "milestone_not_achieved",
            f"There is no evidence to decide on: the milestone is {in_words(known['state'])}.",
        )
    if known["achieved_by"] == tx.by:
        raise not_allowed("You gave the evidence, so somebody else must decide on it.")
    return row, known


def _done(tx: Transaction, row: RowMapping, known: RowMapping, action: str) -> Outcome:
    tx.change(contract, "contract", row, action, CONTRACT, reason=known["title"])
    wake = content_may_have_changed(tx, row["id"], f"milestone {known['title']}")
    return Outcome(
        done=True, result={"milestone_id": str(known["id"]), "version": known["version"] + 1}, wake=wake
    )


def _milestone(tx: Transaction, contract_id: UUID, milestone_id: UUID) -> RowMapping:
    known = tx.lock(milestone, milestone_id, "milestone")
    if known["contract_id"] != contract_id:
        raise not_found("milestone")
    return known
