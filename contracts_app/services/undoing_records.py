"""Whether records that a file brought stand as it brought them, with nothing upon them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import IMPORT, ContractState, in_words, require
from contracts_app.services.referred import referred
from contracts_app.store import processes, records_brought, taking_back
from contracts_app.store.tables import client, import_file
from contracts_app.store.transaction import Transaction


def _no_more(tx: Transaction, agreed: RowMapping | None, row: RowMapping) -> str:
    return ""


def _arrived(tx: Transaction, agreed: RowMapping | None, row: RowMapping) -> str:
    if bills := records_brought.bills_of_what_arrived(tx.connection, tx.firm_id, row["id"]):
        return f"Bills are matched with what arrived by this file: have {_some(bills)} rejected first."
    if notes := records_brought.corrected_since(tx.connection, tx.firm_id, row["id"]):
        return f"Corrected by hand since: delivery note {_some(notes)}."
    return ""


def _funds(tx: Transaction, agreed: RowMapping | None, row: RowMapping) -> str:
    if records_brought.counted_on_orders(tx.connection, tx.firm_id, row["id"]):
        return "Approved or issued invoices count on these purchase orders: close the orders instead."
    return ""


def _prices(tx: Transaction, agreed: RowMapping | None, row: RowMapping) -> str:
    assert agreed is not None  # rates are a contract's
    in_set_up = agreed["state"] == ContractState.setting_up
    return "" if in_set_up else "The rate card is fixed since the contract is in force."


@dataclass(frozen=True)
class Records:
    """What a kind of file brings: what a record of it is called, the column of its number, whether each row
    is one, the state it is brought in and those in which it may be deleted as well; and what else stands in
    the way."""

    called: str
    number: str
    one_a_row: bool
    brought: str | None
    also: tuple[str, ...] = ()
    further: Callable[[Transaction, RowMapping | None, RowMapping], str] = _no_more


RECORDS: Mapping[str, Records] = {
    "purchase_orders": Records("order", "number", False, "entered", ("rejected",)),
    "vendor_bills": Records("bill", "number", False, "entered", ("rejected",)),
    "receipts": Records("delivery note", "reference", True, None, (), _arrived),
    "client_purchase_orders": Records("purchase order", "number", False, "open", (), _funds),
    "milestones": Records("milestone", "title", True, "planned"),
    "rate_cards": Records("rate", "id", True, None, (), _prices),
    "clients": Records("client", "name", True, "active"),
}
"""By kind of file."""


def why_records_stay(tx: Transaction, agreed: RowMapping | None, row: RowMapping) -> str:
    """Why what the file brought cannot be deleted, as a sentence that says what to do; empty if it can."""
    known = RECORDS[row["kind"]]
    brought = records_brought.records_brought(tx.connection, tx.firm_id, row["kind"], row["id"])
    if said := known.further(tx, agreed, row):
        return said
    if row["rows_posted"] and not _all_there(known, brought, row):
        return f"Not every {known.called} is as this file brought it: change each as it should be."
    if known.brought is not None:
        for one in brought:
            if one["state"] not in (known.brought, *known.also):
                return f"{_named(known, one)} is {in_words(one['state'])} since."
            if one["state"] == known.brought and one["version"] > 1:
                return f"{_named(known, one)} was changed since: change it as it should be."
    return referred(records_brought.referring_to_records(tx.connection, tx.firm_id, row["kind"], row["id"]))


def tell_removed(tx: Transaction, row: RowMapping, reason: str) -> None:
    """The audit says of each record with a life of its own that it went with its file, and what it was."""
    known = RECORDS.get(row["kind"])
    if known is None or known.brought is None:
        return
    for one in records_brought.records_brought(tx.connection, tx.firm_id, row["kind"], row["id"]):
        said = {known.number: one[known.number], "import_id": row["id"]}
        tx.record(
            records_brought.record_of(row["kind"]),
            one["id"],
            one["version"] + 1,
            "undo_import",
            one["state"],
            "removed",
            said,
            {},
            reason,
        )


def _all_there(known: Records, brought: Sequence[RowMapping], row: RowMapping) -> bool:
    """Whether nothing was taken out by hand; orders and bills, which have several rows, never are."""
    return len(brought) == row["rows_posted"] if known.one_a_row else bool(brought)


def _named(known: Records, one: RowMapping) -> str:
    return f"{known.called[0].upper()}{known.called[1:]} {one[known.number]}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def undo_clients(tx: Transaction, body: UndoImport) -> Outcome:
    """Delete the clients of a file. Raises Refused with what refers to them, or was changed, since."""
    for client_id in sorted(
        taking_back.ids_brought(tx.connection, tx.firm_id, client, body.import_id), key=str
    ):
        tx.lock(client, client_id, "client")
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "undo_import", row["state"], "import")
    if said := why_records_stay(tx, None, row):
        raise Refused("built_upon", said)
    tell_removed(tx, row, body.reason)
    rows = records_brought.take_clients_back(tx.connection, tx.firm_id, row["id"])
    tx.change(import_file, "import", row, "undo_import", IMPORT, "undone", body.reason)
    processes.reopen(tx.connection, tx.firm_id, Subject.importing, row["id"])
    return Outcome(done=True, result={"import_id": str(body.import_id), "rows": rows})
