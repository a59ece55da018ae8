"""Take back all that a file brought, to what was there before; what was built upon it since forbids that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.transitions import CONTRACT, IMPORT, NOT_OUT, ContractState, in_words, require
from contracts_app.services import preparers
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.invoices import name_of
from contracts_app.services.posting_contacts import undo_contacts
from contracts_app.services.referred import referred
from contracts_app.services.undoing_receivables import undo_receivables
from contracts_app.services.undoing_records import RECORDS, tell_removed, undo_clients, why_records_stay
from contracts_app.store import corrected_time, imports, processes, taking_back
from contracts_app.store.brought_tables import BROUGHT
from contracts_app.store.tables import (
    application_period,
    change_order,
    contract,
    import_file,
    progress_entry,
    sov_line,
)
from contracts_app.store.transaction import Transaction
from importers.entries import Kind


def undo_import(tx: Transaction, body: UndoImport) -> Outcome:
    """Take back a posted file, or one that is being posted, as a whole.

    Raises Refused with what holds its rows: invoices, drafts, approvals, or what refers to them.
    """
    outcome = take_back(tx, body)
    processes.reopen(tx.connection, tx.firm_id, Subject.importing, body.import_id)
    return outcome


def take_back(tx: Transaction, body: UndoImport) -> Outcome:
    """The same within another command. The file's own process has nothing more to do; one that is posting
    finds that out by itself."""
    known = imports.find(tx.connection, tx.firm_id, body.import_id)
    if known is None:
        raise not_found("import")
    if known["kind"] == Kind.contacts:
        return undo_contacts(tx, body)
    if known["kind"] == Kind.clients:
        return undo_clients(tx, body)
    if known["kind"] == Kind.open_receivables:
        return undo_receivables(tx, body, known)
    if known["kind"] not in BROUGHT or known["contract_id"] is None:
        raise Refused(
            "cannot_be_taken_back",
            "What a file of this kind brought stands on its own since: change each record as it should be.",
        )
    agreed = tx.lock(contract, known["contract_id"], "contract")
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "undo_import", row["state"], "import")
    require(CONTRACT, "undo_import", agreed["state"], "contract")
    said = why_not(tx, agreed, row)
    if said:
        raise Refused("built_upon", said)
    tell_removed(tx, row, body.reason)
    if row["kind"] == Kind.timesheet:
        corrected_time.let_stand_again(tx.connection, tx.firm_id, row["id"])
    rows = taking_back.delete_brought(tx.connection, tx.firm_id, row)
    preparers.change(tx, agreed, "undo_import", f"{row['kind']} from {row['file_name']}: {body.reason}")
    wake = content_may_have_changed(tx, agreed["id"], f"{row['file_name']} was taken back")
    tx.change(import_file, "import", row, "undo_import", IMPORT, "undone", body.reason)
    version = row["version"] + 1
    processes.note_finished(tx.connection, tx.firm_id, Subject.importing, row["id"], version)
    return Outcome(
        done=True,
        result={"import_id": str(body.import_id), "rows": rows},
        wake=(process_name(Subject.contract, agreed["id"]), *wake),
    )


def why_not(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    """Why a posted file cannot be taken back, as a sentence that says what to do first; empty if it can."""
    asked = _IN_THE_WAY.get(row["kind"])
    return "" if asked is None else asked(tx, agreed, row)


def _time(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    held = taking_back.invoices_with_time(tx.connection, tx.firm_id, row["id"])
    if held:
        return f"Rows of this file are on {_named(held)}."
    approved = taking_back.approvals_of_time(tx.connection, tx.firm_id, row["id"])
    if approved:
        who = " and ".join(f"{count:,} by {name}" for name, count in approved)
        return f"Rows of this file are approved, {who}: have them rejected first."
    if corrected_by := corrected_time.files_that_correct(tx.connection, tx.firm_id, row["id"]):
        return f"Rows of this file are corrected by {', '.join(corrected_by)}: take that back first."
    if moved := taking_back.moved_elsewhere(tx.connection, tx.firm_id, row):
        return f"{moved:,} rows of this file were moved to other contracts: move them back first."
    return ""


def _expenses(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    numbers = taking_back.expenses_approved(tx.connection, tx.firm_id, row["id"])
    if not numbers:
        return ""
    shown = ", ".join(str(number) for number in numbers[:3])
    more = f" and {len(numbers) - 3:,} more" if len(numbers) > 3 else ""
    return f"Approved, and so costs of the contract: expense {shown}{more}. They are adjusted one by one."


def _schedule(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    if agreed["state"] != ContractState.setting_up:
        return "The schedule of values is fixed since the contract is in force."
    brought = taking_back.ids_brought(tx.connection, tx.firm_id, sov_line, row["id"])
    if len(brought) < taking_back.rows_kept(tx.connection, tx.firm_id, row["id"]) or (
        not brought and row["rows_to_post"] != 0
    ):
        return "The schedule of values was changed by hand since: change it to what it should be."
    return referred(taking_back.referring(tx.connection, tx.firm_id, sov_line, brought, row["id"]))


def _change_orders(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    changed = taking_back.orders_changed_since(tx.connection, tx.firm_id, row["id"])
    if changed:
        return f"Decided on since: change order {', '.join(changed)}."
    lines = taking_back.ids_brought(tx.connection, tx.firm_id, sov_line, row["id"])
    drafts = taking_back.drafts_that_claim(tx.connection, tx.firm_id, agreed["id"], lines) if lines else ()
    if drafts:
        return f"Lines of this file are on {_named(drafts)}."
    orders = taking_back.ids_brought(tx.connection, tx.firm_id, change_order, row["id"])
    return referred(
        {
            **taking_back.referring(tx.connection, tx.firm_id, sov_line, lines, row["id"]),
            **taking_back.referring(tx.connection, tx.firm_id, change_order, orders, row["id"]),
        }
    )


def _totals(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    if taking_back.lines_of_other_imports(tx.connection, tx.firm_id, row):
        return "The lines of these applications came in with another file: take that one back first."
    return _prepared(
        taking_back.applications_from_history(tx.connection, tx.firm_id, row, application_period)
    )


def _lines(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    return _prepared(taking_back.applications_from_history(tx.connection, tx.firm_id, row, progress_entry))


def _opening(tx: Transaction, agreed: RowMapping, row: RowMapping) -> str:
    if agreed["state"] != ContractState.setting_up:
        return "What was billed before is fixed since the contract is in force."
    lines = taking_back.ids_brought(tx.connection, tx.firm_id, sov_line, row["id"])
    return referred(taking_back.referring(tx.connection, tx.firm_id, sov_line, lines, row["id"]))


_IN_THE_WAY: Mapping[str, Callable[[Transaction, RowMapping, RowMapping], str]] = {
    "timesheet": _time,
    "expenses": _expenses,
    "schedule_of_values": _schedule,
    "change_orders": _change_orders,
    "application_totals": _totals,
    "application_lines": _lines,
    "bid_tabulation": _schedule,
    "opening_balances": _opening,
    "pay_application": _opening,
    **dict.fromkeys(RECORDS, why_records_stay),
}
"""By kind. Labour and deliveries are cost and backup: nothing is built upon them."""


def _prepared(held: Sequence[RowMapping]) -> str:
    return f"What this file tells of is prepared: {_named(held)}." if held else ""


def _named(held: Sequence[RowMapping]) -> str:
    """Invoices and drafts as a sentence names them, with the way out of a draft."""
    shown = ", ".join(f"{name_of(one)} ({in_words(one['state'])})" for one in held[:3])
    more = f" and {len(held) - 3} more" if len(held) > 3 else ""
    way = ": withdraw the draft first" if all(one["state"] in NOT_OUT for one in held) else ""
    return f"{shown}{more}{way}"
