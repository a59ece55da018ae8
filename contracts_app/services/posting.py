"""Posting: what each kind of imported entry becomes in the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Any, cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain import canonical
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.contract import ContractTerms, RetainageTerms
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services import contracts as contract_commands
from contracts_app.services import (
    posting_budgets,
    posting_clients,
    posting_contacts,
    posting_expenses,
    posting_openings,
    posting_orders,
    posting_plans,
    posting_receivables,
)
from contracts_app.services.change_order_lines import add_line
from contracts_app.services.change_orders import OPEN_ORDER
from contracts_app.services.correcting_time import corrections
from contracts_app.services.time_at_hand import require_work_open
from contracts_app.store import clients, contracts, imports, legal_entities, project_names, schedules, time
from contracts_app.store.inserting import Json
from contracts_app.store.tables import change_order, client, sov_line
from contracts_app.store.transaction import Transaction
from importers.entries import Entry, Kind, words_of
from importers.kinds.application_lines import ApplicationLine
from importers.kinds.application_totals import ApplicationTotals
from importers.kinds.change_orders import ChangeOrder
from importers.kinds.contracts import ContractTerms as ImportedContract
from importers.kinds.deliveries import Delivery
from importers.kinds.labour_log import LabourEntry
from importers.kinds.schedule_of_values import ScheduleLine
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.many import column, columns
from importers.parts import PART, WITHOUT
from importers.written import contents, sources_as_json


def by_number(text: str) -> tuple[tuple[int, str], ...]:
    """What sorts CO-2 before CO-10: runs of digits count as numbers."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", text) if part
    )


def post(
    tx: Transaction,
    agreed: RowMapping | None,
    row: RowMapping,
    entries: Sequence[Entry],
    hands: Collection[UUID],
) -> tuple[str, ...]:
    """Store new entries and remember their identity and cells; returns processes to start.

    `hands` are those who handed the file over or answered its questions.
    """
    kind = Kind(row["kind"])
    if kind is Kind.clients:
        posting_clients.post_clients(tx, row, entries)
        return ()
    if kind is Kind.contacts:
        posting_contacts.post_contacts(tx, row, entries)
        return ()
    if kind is Kind.open_receivables:
        return posting_receivables.post_receivables(tx, row, entries)
    if agreed is None:
        contract_ids, started = _open_contracts(tx, cast(Sequence[ImportedContract], entries), hands)
    else:
        contract_ids, started = {}, ()
        _POST[kind](tx, agreed, row, entries)
        if row["parent_id"] is not None and kind is not Kind.timesheet:  # time says its projects by itself
            given = json.loads(row["decisions"][PART])
            _know_projects(tx, agreed, row, {name for name in given if name != WITHOUT} if entries else ())
    said = list(contents(entries))
    of_contract = {} if agreed is None else {"contract_id": agreed["id"]}
    names = list(column(entries, "external_id"))
    imports.insert_identities(
        tx.connection,
        {"firm_id": tx.firm_id, "kind": kind.value, "import_id": row["id"], **of_contract},
        {
            **({} if of_contract else {"contract_id": [contract_ids[name] for name in names]}),
            "external_id": names,
            "content_key": list(map(canonical.digest_of_text, said)),
            "content": list(map(Json, said)),
            "source": list(map(Json, sources_as_json(entries))),
        },
    )
    return started


def _open_contracts(
    tx: Transaction, entries: Sequence[ImportedContract], hands: Collection[UUID]
) -> tuple[Mapping[str, UUID], tuple[str, ...]]:
    """Contracts from a register: set up, not yet in force; the coordinator completes their terms.

    The register names the client; one that the firm does not know yet is added, without an address.
    """
    ids: dict[str, UUID] = {}
    started: list[str] = []
    known = {entity["name"]: entity for entity in legal_entities.every(tx.connection, tx.firm_id)}
    if not known:
        raise Refused("no_legal_entity", "The firm has no legal entity to bill from.")
    only = next(iter(known.values()))
    # By client, so that two registers posted at once lock clients in one order.
    for entry in sorted(entries, key=lambda known: (known.client, known.external_id)):
        ids[entry.external_id] = tx.new_id("contract", entry.external_id)
        entity = known.get(entry.legal_entity, only) if entry.legal_entity else only
        started += contract_commands.create(
            tx,
            contract_id=ids[entry.external_id],
            client_id=_client(tx, entry.client),
            legal_entity_id=entity["id"],
            number=entry.external_id,
            title=entry.name,
            terms=ContractTerms(
                currency=entity["currency"],
                original_sum=entry.original_contract_sum,
                contract_date=entry.contract_date,
                substantial_completion=entry.substantial_completion,
                retainage=RetainageTerms(
                    rate_completed=entry.retainage_rate, rate_stored=entry.retainage_rate
                ),
                payment_days=entry.net_days,
            ),
            architect=entry.architect,
            external_id=entry.external_id,
            hands=hands,
        )
    return ids, tuple(dict.fromkeys(started))


def _client(tx: Transaction, name: str) -> UUID:
    known = clients.named(tx.connection, tx.firm_id, name)
    if known is not None:
        return known
    client_id = tx.new_id("client", name)
    tx.create(client, "client", "add_client", id=client_id, name=name, state="active")
    return client_id


def _schedule(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    if entries and agreed["state"] != "setting_up":
        raise wrong_content(
            "schedule_is_fixed", "The base schedule of values is fixed once the contract is active."
        )
    taken = contracts.line_names(tx.connection, tx.firm_id, agreed["id"])
    base = schedules.base_lines(tx.connection, tx.firm_id, agreed["id"])
    positions = count(1 + max((line["position"] for line in base), default=0))
    for entry in cast(Sequence[ScheduleLine], entries):
        called = entry.item_no or str(entry.line_number or entry.external_id)
        if called in taken:
            raise wrong_content("line_number_twice", f"The schedule of values would have two lines {called}.")
        taken.add(called)
        tx.insert(
            sov_line,
            id=tx.new_id("sov_line", entry.external_id),
            contract_id=agreed["id"],
            position=entry.line_number or next(positions),
            item_no=called,
            external_id=entry.external_id,
            description=entry.description or called,
            scheduled_value=entry.scheduled_value,
            import_id=row["id"],
            **({} if entry.unit_price is None else _by_measure(entry)),
        )


def _bids(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """The prices of the bidder that was chosen are the schedule of values."""
    _schedule(tx, agreed, row, posting_plans.priced_lines(entries))


def _by_measure(entry: ScheduleLine) -> dict[str, object]:
    """The columns of a line that is paid by what is measured; it has no limit."""
    return {
        "basis": Basis.unit_price.value,
        "not_to_exceed": False,
        "unit": entry.unit,
        "unit_price": entry.unit_price,
        "estimated_quantity": entry.estimated_quantity,
    }


def _change_orders(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Every change order is kept; an executed one brings its own line."""
    for entry in sorted(cast(Sequence[ChangeOrder], entries), key=lambda e: by_number(e.external_id)):
        order_id = tx.new_id("change_order", entry.external_id)
        tx.insert(
            change_order,
            id=order_id,
            contract_id=agreed["id"],
            number=entry.external_id,
            title=entry.description,
            amount=entry.amount,
            order_state=entry.status.value,
            submitted_on=entry.submitted_on,
            executed_on=entry.executed_on,
            reason=entry.reason,
            schedule_days=entry.schedule_days,
            import_id=row["id"],
            # What is still to be executed needs another hand than the one that brought it in.
            proposed_by=tx.by if entry.status.value in OPEN_ORDER else None,
        )
        if entry.executed_on is not None:
            add_line(
                tx,
                agreed["id"],
                order_id=order_id,
                number=entry.external_id,
                title=entry.description,
                amount=entry.amount,
                import_id=row["id"],
            )


def _application_totals(
    tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]
) -> None:
    imports.insert_periods(
        tx.connection,
        [
            {
                "firm_id": tx.firm_id,
                "contract_id": agreed["id"],
                "application_no": entry.number,
                "period_to": entry.period_end,
                "period_total": entry.period_total,
                "status": entry.status,
                "payment_date": entry.paid_on,
                "import_id": row["id"],
            }
            for entry in cast(Sequence[ApplicationTotals], entries)
        ],
    )


def _application_lines(
    tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]
) -> None:
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, agreed["id"])
    imports.insert_progress(
        tx.connection,
        [
            {
                "firm_id": tx.firm_id,
                "contract_id": agreed["id"],
                "application_no": entry.number,
                "sov_line_id": lines[entry.sov_line]["id"],
                "this_period": entry.amount,
                "import_id": row["id"],
            }
            for entry in cast(Sequence[ApplicationLine], entries)
        ],
    )


def _labour(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, agreed["id"])
    imports.insert_costs(
        tx.connection,
        [
            _cost(tx, agreed, row, entry, "labour")
            | {
                "sov_line_id": lines[entry.line]["id"],
                "work_date": entry.worked_on,
                "who": entry.worker,
                "what": entry.role or "",
                "seconds": entry.seconds,
                "overtime_seconds": entry.overtime_seconds,
            }
            for entry in cast(Sequence[LabourEntry], entries)
        ],
    )


def _deliveries(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, agreed["id"])
    imports.insert_costs(
        tx.connection,
        [
            _cost(tx, agreed, row, entry, "delivery")
            | {
                "sov_line_id": lines[entry.line]["id"],
                "work_date": entry.delivered_on,
                "who": entry.vendor,
                "what": entry.description,
                "quantity": entry.quantity,
                "unit": entry.unit,
                "cost": entry.amount,
                "order_number": entry.po_number,
            }
            for entry in cast(Sequence[Delivery], entries)
        ],
    )


def _cost(tx: Transaction, agreed: RowMapping, row: RowMapping, entry: Entry, kind: str) -> dict[str, Any]:
    """What labour and deliveries have in common: cost and backup, not priced."""
    return {
        "firm_id": tx.firm_id,
        "id": tx.new_id(kind, entry.external_id),
        "contract_id": agreed["id"],
        "kind": kind,
        "external_id": entry.external_id,
        "import_id": row["id"],
    }


def _time(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Time waits for the project manager. On a contract with one line billed by time it stands on that line;
    else somebody says where it belongs."""
    sheets = cast(Sequence[TimesheetEntry], entries)
    if sheets:
        require_work_open(agreed)
    by_time = [
        line
        for line in contracts.schedule(tx.connection, tx.firm_id, agreed["id"])
        if line.basis is Basis.time_and_materials
    ]
    if sheets and not by_time:
        raise wrong_content(
            "not_billed_by_time", "The schedule of values has no line that is billed by time."
        )
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, agreed["id"])

    same = {
        "firm_id": tx.firm_id,
        "contract_id": agreed["id"],
        "import_id": row["id"],
        "entered_by": tx.by,
        "state": "open",
    }

    def columns_of(some: Sequence[TimesheetEntry]) -> dict[str, Sequence[Any]]:
        people = columns(some, "person_meant", "person")
        places = columns(some, "source.file_name", "source.sheet", "source.row")
        billed = columns(some, "elsewhere_meant", "billed_elsewhere")
        return {
            "id": [tx.new_id("time_entry", name) for name in column(some, "external_id")],
            "person": [meant or person for meant, person in people],
            "sov_line_id": [_line_of_time(by_time, meant, lines) for meant in column(some, "line_meant")],
            "work_date": list(column(some, "worked_on")),
            "source": [words_of(*place) for place in places],
            "position": list(column(some, "source.row")),
            "overtime": [_spelled(agreed, one) for one in column(some, "overtime")],
            "billed_elsewhere": [marked if meant is None else meant for meant, marked in billed],
            **{name: list(column(some, name)) for name in _AS_READ},
        }

    def row_of(entry: TimesheetEntry) -> dict[str, Any]:
        return {**same, **{name: values[0] for name, values in columns_of([entry]).items()}}

    correct = (
        [entry for entry in sheets if entry.corrects is not None] if any(column(sheets, "corrects")) else ()
    )
    as_new = [entry for entry in sheets if entry.corrects is None] if correct else sheets
    time.insert_entry_columns(tx.connection, same, columns_of(as_new))
    if correct:
        time.insert_entries(tx.connection, corrections(tx, agreed, row, correct, row_of))
    _know_projects(tx, agreed, row, {name for name in column(sheets, "project") if name})


def _know_projects(tx: Transaction, agreed: RowMapping, row: RowMapping, names: Collection[str]) -> None:
    """The contract's work is known by these names from now on."""
    known = project_names.projects(tx.connection, tx.firm_id, agreed["id"])
    added = set(names) - known
    if added:
        project_names.set_projects(tx.connection, tx.firm_id, agreed["id"], known | added)
        imports.note_projects_added(tx.connection, tx.firm_id, row["id"], sorted(added))


def _line_of_time(
    by_time: Sequence[SovLine], meant: str | None, lines: Mapping[str, RowMapping]
) -> UUID | None:
    """The line that the entry's task means, or the only one there is; None where somebody says it later."""
    if meant is not None and meant in lines:
        return cast(UUID, lines[meant]["id"])
    return by_time[0].id if len(by_time) == 1 else None


def _spelled(agreed: RowMapping, overtime: str | None) -> str | None:
    """A class of overtime as the contract's terms spell it, else as the file does."""
    if overtime is None:
        return None
    known = contracts.terms_of(agreed).overtime
    return (known.spelled(overtime) if known else None) or overtime


_AS_READ = (
    "external_id", "role", "project", "task", "description", "seconds", "billable", "file_rate",
    "file_amount",
)  # fmt: skip
"""What time is stored with as the file says it."""
_POST: Mapping[Kind, Callable[[Transaction, RowMapping, RowMapping, Sequence[Entry]], None]] = {
    Kind.schedule_of_values: _schedule,
    Kind.change_orders: _change_orders,
    Kind.application_totals: _application_totals,
    Kind.application_lines: _application_lines,
    Kind.labour_log: _labour,
    Kind.deliveries: _deliveries,
    Kind.timesheet: _time,
    Kind.expenses: posting_expenses.post_expenses,
    Kind.purchase_orders: posting_orders.post_orders,
    Kind.client_purchase_orders: posting_orders.post_client_orders,
    Kind.receipts: posting_orders.post_receipts,
    Kind.vendor_bills: posting_orders.post_bills,
    Kind.pay_application: posting_openings.pay_application,
    Kind.opening_balances: posting_openings.opening_balances,
    Kind.milestones: posting_plans.plans,
    Kind.rate_cards: posting_plans.rates,
    Kind.bid_tabulation: _bids,
    Kind.budget: posting_budgets.post_budget,
}
