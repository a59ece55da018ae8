"""What was agreed: schedule of values, rate card, project names, the end of the work."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.recurring import whole_term
from contracts_app.domain.billing.schedule_of_values import MAY_BE_AN_ESTIMATE, Basis
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ScheduleRow,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.domain.time.rate_card import RateRow, alike, require_keepable, require_no_overlap
from contracts_app.domain.transitions import CONTRACT, OPEN_INVOICE, in_words, require
from contracts_app.services import preparers
from contracts_app.services.invoices import name_of
from contracts_app.store import (
    contracts,
    invoices,
    job_costs,
    legal_entities,
    project_names,
    rate_cards,
    schedules,
    time,
)
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction
from contracts_app.store.views import purchases_waiting

_ABOVE_ITS_VALUE = (*MAY_BE_AN_ESTIMATE, Basis.unit_price)
"""Bases of lines that may be billed above their value."""


def set_schedule(tx: Transaction, body: SetSchedule) -> Outcome:
    """Replace the base schedule of a contract that is being set up.

    A line that keeps its item number stays what it is, with its milestones; a line that goes has none left.
    """
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "set_schedule", row["state"], "contract")
    terms = contracts.terms_of(row)
    names = [line.item_no for line in body.lines]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise wrong_content("line_number_twice", f"The schedule of values would have two lines {twice[0]}.")
    for line in body.lines:
        require_sound(line, terms.currency)
    _require_replaceable(tx, body)
    before = {
        line["item_no"]: line for line in schedules.base_lines(tx.connection, tx.firm_id, body.contract_id)
    }
    _require_room_for_milestones(tx, body, terms.currency)
    kept, new = {}, []
    for position, line in enumerate(body.lines, start=1):
        said = {"position": position, **schedules.columns(line)}
        if line.item_no in before:
            kept[before[line.item_no]["id"]] = said
        else:
            called = {"item_no": line.item_no, "external_id": line.item_no}
            new.append({"id": tx.new_id("sov_line", line.item_no), **called, **said})
    taken = {line["external_id"] for line in before.values() if line["id"] in kept}
    twice = sorted(line["item_no"] for line in new if line["external_id"] in taken)
    if twice:
        raise wrong_content(
            "line_number_twice",
            f"A file knows another line of this schedule as {twice[0]}: number it otherwise.",
        )
    gone = [line["id"] for line in before.values() if line["id"] not in kept]
    schedules.replace(tx.connection, tx.firm_id, body.contract_id, gone=gone, kept=kept, new=new)
    preparers.change(tx, row, "set_schedule", f"{len(body.lines)} lines in place of {len(before)}")
    ties = total(line.scheduled_value for line in body.lines) == terms.original_sum
    return Outcome(
        done=True,
        code="done" if ties else "schedule_does_not_tie",
        result={"contract_id": str(body.contract_id), "lines": len(body.lines)},
    )


def require_sound(line: ScheduleRow, currency: str) -> None:
    """Refuse (Refused) a line that cannot be billed as it says."""
    if not is_at_scale(line.scheduled_value, currency):
        raise wrong_content(
            "too_many_decimals",
            f"Line {line.item_no}: {line.scheduled_value:f} has more decimals than {currency} has.",
        )
    if line.basis in MAY_BE_AN_ESTIMATE and line.scheduled_value < ZERO:
        billed = "by time" if line.basis is Basis.time_and_materials else "at cost"
        raise wrong_content(
            "negative_limit",
            f"Line {line.item_no} is billed {billed}: its limit or estimate cannot be below zero.",
        )
    if line.basis not in _ABOVE_ITS_VALUE and not line.not_to_exceed:
        raise wrong_content(
            "no_cap",
            f"Line {line.item_no}: only a line billed by time or at cost can go without a limit.",
        )
    _require_value_of_its_terms(line, currency)


def _require_value_of_its_terms(line: ScheduleRow, currency: str) -> None:
    """Refuse (Refused) a line whose value is not what its unit price or its fee comes to."""
    if line.unit_price is not None:
        agreed: Decimal | None = line.unit_price.scheduled_value(currency)
        made_of = "the estimated quantity at the unit price comes"
    elif line.recurring is not None:
        if not is_at_scale(line.recurring.amount, currency):
            raise wrong_content(
                "too_many_decimals",
                f"Line {line.item_no}: {line.recurring.amount:f} has more decimals than {currency} has.",
            )
        agreed = whole_term(line.recurring, currency)
        made_of = f"the periods to {line.recurring.ends_on} come"
    else:
        return
    if agreed is not None and line.scheduled_value != agreed:
        raise wrong_content(
            "value_is_not_its_terms",
            f"Line {line.item_no}: {made_of} to {in_words_of_a_page(agreed, currency)}, the value says "
            f"{in_words_of_a_page(line.scheduled_value, currency)}.",
        )


def _require_replaceable(tx: Transaction, body: SetSchedule) -> None:
    """Refuse (Refused) to replace lines on which something hangs already."""
    used = schedules.uses(tx.connection, tx.firm_id, body.contract_id)
    if used:
        hanging = ", ".join(f"{what}: {count}" for what, count in used.items())
        raise Refused(
            "schedule_in_use",
            f"The lines of this schedule are in use ({hanging}), so it cannot be replaced: correct it by "
            "change orders once the contract is active, or open the contract again under another number.",
        )
    brought = {
        line.item_no
        for line in contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
        if line.change_order is not None
    }
    for row in body.lines:
        if row.item_no in brought:
            raise wrong_content(
                "line_number_twice",
                f"The schedule of values would have two lines {row.item_no}: one is a change order's.",
            )


def _require_room_for_milestones(tx: Transaction, body: SetSchedule, currency: str) -> None:
    """Refuse (Refused) a schedule whose lines would leave planned milestones without a line, or above it."""
    values = {line.item_no: line.scheduled_value for line in body.lines}
    names = {
        line.id: line.item_no
        for line in contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
        if line.change_order is None
    }
    for known in contracts.milestones(tx.connection, tx.firm_id, body.contract_id):
        item_no = names.get(known.line_id) if known.line_id else None
        if item_no is None:
            continue
        way_out = "change or remove the milestone first."
        if item_no not in values:
            raise wrong_content(
                "line_has_milestones",
                f"Line {item_no} would go, and the milestone “{known.title}” is planned on it: {way_out}",
            )
        if known.amount > values[item_no]:
            raise wrong_content(
                "milestone_above_line",
                f"Line {item_no} would come to {in_words_of_a_page(values[item_no], currency)}, below the "
                f"{in_words_of_a_page(known.amount, currency)} of its milestone “{known.title}”: {way_out}",
            )


def set_rate_card(tx: Transaction, body: SetRateCard) -> Outcome:
    """Replace the rate card of a contract that is being set up."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "set_rate_card", row["state"], "contract")
    require_no_overlap(body.rows)
    require_keepable(body.rows)
    rate_cards.delete_rates(tx.connection, tx.firm_id, body.contract_id)
    insert_rates(tx, body.contract_id, body.rows)
    preparers.change(tx, row, "set_rate_card", f"{len(body.rows)} rates")
    named = [name for one in body.rows for name in (one.person, one.role) if name]
    return Outcome(
        done=True,
        code="names_alike" if alike(named) else "done",
        result={"contract_id": str(body.contract_id), "rates": len(body.rows)},
    )


def insert_rates(
    tx: Transaction,
    contract_id: UUID,
    rates: tuple[RateRow, ...],
    change_order_id: UUID | None = None,
    import_id: UUID | None = None,
) -> None:
    """Add rows to a rate card."""
    rows = {tx.new_id("rate", number): rate for number, rate in enumerate(rates)}
    rate_cards.insert_rates(tx.connection, tx.firm_id, contract_id, rows, change_order_id, import_id)


def set_projects(tx: Transaction, body: SetProjects) -> Outcome:
    """Say under which names time sheets know the work."""
    row = tx.lock(contract, body.contract_id, "contract")
    project_names.set_projects(tx.connection, tx.firm_id, body.contract_id, set(body.names))
    preparers.change(tx, row, "set_projects", ", ".join(body.names) or "none")
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})


def complete_work(tx: Transaction, body: CompleteWork) -> Outcome:
    """Say that nothing more will be worked: what is left under the caps lapses; the contract can close."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "complete_work", row["state"], "contract")
    if tx.by != row["project_manager_id"]:
        raise not_allowed("The contract's project manager says that the work is complete.")
    if row["work_completed_on"] is not None:
        raise Refused("work_completed", "The work is complete already.")
    lines = contracts.schedule(tx.connection, tx.firm_id, body.contract_id)
    if not any(line.ends_when_said for line in lines):
        raise Refused("not_billed_by_time", "This contract is complete when it is billed in full.")
    for known in invoices.of_contract(tx.connection, tx.firm_id, body.contract_id):
        # Its time is claimed, not yet billed: given up, it would be left over.
        if known["state"] in OPEN_INVOICE:
            way_out = "wait for its certificate" if known["state"] == "submitted" else "issue or withdraw it"
            raise Refused(
                "application_in_hand",
                f"{name_of(known)} is {in_words(known['state'])}: {way_out} first.",
            )
    waiting = time.unbilled_count(tx.connection, tx.firm_id, body.contract_id)
    if waiting:
        raise Refused(
            "time_unbilled",
            f"{waiting} entries are not billed: bill them, or reject or write them down with a reason.",
        )
    costs = job_costs.unbilled_count(tx.connection, tx.firm_id, body.contract_id)
    if costs:
        raise Refused(
            "costs_unbilled",
            f"{costs} costs are not billed: bill them, or send them back or write them down with a reason.",
        )
    bills, spent = purchases_waiting.of_contract(tx.connection, tx.firm_id, body.contract_id)
    if bills or spent:
        raise Refused(
            "not_decided",
            f"Nobody has decided on {bills} bills and credit memos and on {spent} expenses of this contract: "
            "approve or reject them first.",
        )
    tx.change(
        contract,
        "contract",
        row,
        "complete_work",
        CONTRACT,
        reason=body.reason,
        work_completed_on=legal_entities.today(tx, row["legal_entity_id"]),
    )
    return Outcome(done=True, result={"contract_id": str(body.contract_id)})
