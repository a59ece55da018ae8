"""The papers that a contract requires, asked where an invoice goes out and where a payment is applied
(docs/SPEC-compliance.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.compliance.gates import (
    HOW_TO_MEND,
    Act,
    Gate,
    in_words,
    next_change,
    open_gates,
)
from contracts_app.domain.compliance.papers import Blocks
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from contracts_app.services.invoices import name_of
from contracts_app.store import compliance, invoices, processes
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class HeldUp:
    """What is missing now, and from when on other papers are; None where that stays as it is."""

    gates: tuple[Gate, ...]
    changes_on: date | None
    asked: bool = False
    """For one of them an exception waits for a controller."""

    @property
    def said(self) -> str:
        """What is missing, as sentences; nothing where the gates are open."""
        return in_words(self.gates)


OPEN = HeldUp((), None)


def of_issue(
    connection: Connection, firm_id: UUID, snapshot: Snapshot, figures: PayApplication, today: date
) -> HeldUp:
    """What would hold the draft up if it were issued today."""
    required = compliance.required(connection, firm_id, snapshot.contract_id)
    if not required:
        return OPEN
    what = {Blocks.issue}
    if snapshot.kind is Kind.retainage_release and figures.line5 == ZERO:
        what.add(Blocks.final_release)
    papers = compliance.on_file(connection, firm_id, snapshot.contract_id)
    exceptions = compliance.exceptions(connection, firm_id, snapshot.contract_id)
    act = _act(what, snapshot, today, today)
    found = open_gates(required, papers, exceptions, act)
    asked = compliance.asked(connection, firm_id, snapshot.contract_id) if found else frozenset()
    return HeldUp(
        found,
        next_change(required, papers, exceptions, act),
        any(gate.requirement.id in asked for gate in found),
    )


@dataclass(frozen=True)
class HeldDraft:
    """A draft that has not left, and what would hold it up if it were issued today."""

    invoice_id: UUID
    name: str
    state: str
    said: str


def of_drafts(connection: Connection, firm_id: UUID, contract_id: UUID, today: date) -> list[HeldDraft]:
    """The drafts of a contract for which a required paper is missing today."""
    if not compliance.required(connection, firm_id, contract_id):
        return []
    found = []
    for row in invoices.of_contract(connection, firm_id, contract_id):
        if row["state"] in NOT_OUT:
            snapshot = invoices.current_snapshot(connection, firm_id, row["id"])
            held = of_issue(connection, firm_id, snapshot, drafting.draft(snapshot), today)
            if held.gates:
                found.append(HeldDraft(row["id"], name_of(row), row["state"], held.said))
    return found


def require_for_issue(
    connection: Connection,
    firm_id: UUID,
    row: RowMapping,
    snapshot: Snapshot,
    figures: PayApplication,
    today: date,
) -> None:
    """Raises Refused, naming what is missing, where a required paper holds the invoice up."""
    held = of_issue(connection, firm_id, snapshot, figures, today)
    if held.gates:
        raise Refused(
            "paper_missing",
            f"{name_of(row)} of contract {snapshot.contract_number} does not go out yet. "
            f"{held.said} {HOW_TO_MEND}",
        )


def of_payment(
    connection: Connection, firm_id: UUID, rows: Iterable[RowMapping], received_on: date, today: date
) -> Mapping[UUID, str]:
    """Of these issued invoices those to which no payment that came in on that day is applied today, each with
    what is missing."""
    issued = list(rows)
    blocked = compliance.requiring(
        connection, firm_id, {row["contract_id"] for row in issued}, Blocks.payment
    )
    found: dict[UUID, str] = {}
    for row in issued:
        contract_id = row["contract_id"]
        if contract_id not in blocked:
            continue
        snapshot = invoices.stored_snapshot(connection, firm_id, row["id"])
        gates = open_gates(
            blocked[contract_id],
            compliance.on_file(connection, firm_id, contract_id),
            compliance.exceptions(connection, firm_id, contract_id),
            _act({Blocks.payment}, snapshot, received_on, today),
        )
        if gates:
            called = snapshot.kind.numbered(row["application_no"], row["revision"])
            found[row["id"]] = (
                f"No payment is applied to {called} of contract {snapshot.contract_number} yet. "
                f"{in_words(gates)} {HOW_TO_MEND}"
            )
    return found


def look_again(tx: Transaction, contract_id: UUID) -> tuple[str, ...]:
    """The papers of a locked contract have changed: what is approved looks whether it may go out now. Returns
    the processes to wake."""
    wake = []
    for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id):
        if known["state"] == InvoiceState.approved:
            tx.lock(invoice, known["id"], "invoice")
            processes.look_again(tx.connection, tx.firm_id, Subject.invoice, known["id"])
            wake.append(process_name(Subject.invoice, known["id"]))
    return tuple(wake)


def _act(what: Iterable[Blocks], snapshot: Snapshot, on: date, today: date) -> Act:
    before = snapshot.previous
    first = snapshot.terms.contract_date
    if before is not None and not before.is_of_the_advance:
        first = before.period_to + _DAY
    return Act(
        what=frozenset(what),
        period_from=first if snapshot.kind.bills_work else snapshot.period_to + _DAY,
        period_to=snapshot.period_to,
        on=on,
        today=today,
    )
