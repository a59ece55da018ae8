"""A contract as it stands in the database, and what a command may name of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table, select

from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.transitions import CONTRACT, INVOICE
from contracts_app.store import cuts, withholds
from contracts_app.store.billing_tables import claim, time_entry
from contracts_app.store.compliance_tables import (
    compliance_exception,
    compliance_paper,
    compliance_requirement,
)
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.expense_tables import expense
from contracts_app.store.funding_tables import client_order
from contracts_app.store.group_tables import billing_group
from contracts_app.store.purchasing_tables import (
    commitment,
    commitment_change,
    vendor_bill,
    vendor_credit,
)
from contracts_app.store.revision_tables import sov_revision
from contracts_app.store.submission_tables import pencil_copy
from contracts_app.store.tables import (
    change_order,
    contract,
    import_file,
    invoice,
    milestone,
    payment,
    process,
    receivable,
    receivable_entry,
    sov_line,
)
from contracts_app.store.ticket_tables import work_ticket

A_PAPER = b"%PDF-1.7 a certificate of insurance"
"""The file of a paper; it is there from the beginning."""
_OF_A_PAPER = ("id", "version", "state")
Thing = TypeVar("Thing")


class Pick(Protocol):
    """How one of several is chosen: the first, or as the test's machine draws."""

    def __call__(self, of: Sequence[Thing], /) -> Thing: ...


def first(of: Sequence[Thing]) -> Thing:
    """Always the first."""
    return of[0]


@dataclass(frozen=True)
class People:
    """Who may be named in commands; the ids of a firm."""

    firm_id: UUID
    client_id: UUID
    entity_id: UUID
    coordinator: UUID
    project_managers: tuple[UUID, ...]
    other_contract_id: UUID
    """A contract that nobody certifies: time may be moved there, and purchase orders pay its invoices."""
    third_contract_id: UUID
    """Another such: both may go on one invoice."""


@dataclass(frozen=True)
class Facts:
    """A contract as it stands in the database, as rows; `number` counts the commands given so far."""

    people: People
    contract_id: UUID
    number: int
    today: date
    agreed: Mapping[str, Any] | None
    lines: Mapping[str, UUID]
    milestones: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    time: Sequence[Mapping[str, Any]]
    costs: Sequence[Mapping[str, Any]]
    invoices: Sequence[Mapping[str, Any]]
    owed: Mapping[UUID, Decimal]
    """Invoice → what is open on its receivable."""
    unapplied: Mapping[UUID, Decimal]
    """Payment → what is left of it."""
    cut: Sequence[cuts.Cut]
    revisions: Sequence[Mapping[str, Any]]
    client_orders: Sequence[Mapping[str, Any]]
    expenses: Sequence[Mapping[str, Any]]
    tickets: Sequence[Mapping[str, Any]]
    commitments: Sequence[Mapping[str, Any]]
    purchases: Sequence[Mapping[str, Any]]
    """Orders, their changes, bills and credits, each with the kind of its `paper`."""
    pencils: Mapping[UUID, UUID]
    """Invoice → the pencil copy that was shown of it last."""
    files: Sequence[Mapping[str, Any]]
    withheld: Sequence[tuple[UUID, withholds.Held]]
    """What the client keeps back besides retainage, by invoice."""
    groups: Sequence[Mapping[str, Any]]
    required: Sequence[Mapping[str, Any]]
    papers: Sequence[Mapping[str, Any]]
    exceptions: Sequence[Mapping[str, Any]]
    """Papers that the contract requires, those on file, and exceptions."""
    parked: Sequence[tuple[Subject, UUID]]
    """Processes whose step the system could not do."""

    @property
    def run_key(self) -> str:
        """The key of the next billing run: its id follows from it."""
        return f"RUN-{self.number}"

    def in_state(self, *states: str) -> list[UUID]:
        """Invoices in one of these states."""
        return [row["id"] for row in self.invoices if row["state"] in states]

    @property
    def possible(self) -> set[str]:
        """Commands that the transition tables allow of the contract or of one of its invoices."""
        states = {row["state"] for row in self.invoices}
        allowed = {name for name, rows in INVOICE.items() if states & rows.keys()}
        state = self.agreed["state"] if self.agreed else None
        return allowed | {name for name, rows in CONTRACT.items() if state in rows}


def facts(
    connection: Connection, firm_id: UUID, people: People, contract_id: UUID, number: int, today: date
) -> Facts:
    """Read what stands."""

    def rows(table: Table, *order: Any, of: UUID = contract_id) -> Sequence[Mapping[str, Any]]:
        query = select(table).where(table.c.firm_id == firm_id, table.c.contract_id == of)
        return [dict(row) for row in connection.execute(query.order_by(*order)).mappings()]

    agreed = connection.execute(select(contract).where(contract.c.id == contract_id)).mappings().first()
    claims = {row.time_entry_id: row.invoice_id for row in connection.execute(select(claim))}
    ordered = rows(commitment, commitment.c.number)
    known = rows(invoice, invoice.c.application_no, invoice.c.id)
    entries = connection.execute(
        select(receivable.c.invoice_id, receivable_entry.c.payment_id, receivable_entry.c.amount).join_from(
            receivable,
            receivable_entry,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
    ).all()
    owed = {row["id"]: Decimal(0) for row in known}
    left = {row.id: row.amount for row in connection.execute(select(payment.c.id, payment.c.amount))}
    for row in entries:
        if row.invoice_id in owed:
            owed[row.invoice_id] += row.amount
        if row.payment_id in left:
            left[row.payment_id] += row.amount
    return Facts(
        people=people,
        contract_id=contract_id,
        number=number,
        today=today,
        agreed=None if agreed is None else dict(agreed),
        lines={row["item_no"]: row["id"] for row in rows(sov_line, sov_line.c.position)},
        milestones=rows(milestone, milestone.c.title),
        orders=rows(change_order, change_order.c.number),
        time=[
            {**row, "invoice_id": claims.get(row["id"])}
            for row in rows(time_entry, time_entry.c.work_date, time_entry.c.external_id)
        ],
        costs=rows(job_cost, job_cost.c.incurred_on, job_cost.c.id),
        invoices=known,
        owed={invoice_id: amount for invoice_id, amount in owed.items() if amount > 0},
        unapplied={payment_id: amount for payment_id, amount in left.items() if amount > 0},
        cut=cuts.of_last_certificate(connection, firm_id, contract_id),
        revisions=rows(sov_revision, sov_revision.c.number),
        client_orders=rows(client_order, client_order.c.number, of=people.other_contract_id),
        expenses=rows(expense, expense.c.number),
        tickets=rows(work_ticket, work_ticket.c.number),
        commitments=ordered,
        purchases=_purchases(connection, ordered),
        pencils={
            row.invoice_id: row.id
            for row in connection.execute(
                select(pencil_copy.c.invoice_id, pencil_copy.c.id).order_by(pencil_copy.c.at)
            )
        },
        files=[
            *rows(import_file, import_file.c.uploaded_at),
            *(
                dict(row)
                for row in connection.execute(
                    select(import_file)
                    .where(import_file.c.state.in_(("to_distribute", "distributed")))
                    .order_by(import_file.c.uploaded_at)
                ).mappings()
            ),
        ],
        withheld=[
            (row["id"], held)
            for row in known
            if row["id"] in owed
            for held in withholds.held(connection, firm_id, row["id"])
        ],
        groups=[
            dict(row)
            for row in connection.execute(select(billing_group).order_by(billing_group.c.name)).mappings()
        ],
        required=rows(compliance_requirement, compliance_requirement.c.required_at),
        papers=rows(compliance_paper, compliance_paper.c.filed_at),
        exceptions=rows(compliance_exception, compliance_exception.c.asked_at),
        parked=[
            (Subject(row.subject), row.subject_id)
            for row in connection.execute(
                select(process.c.subject, process.c.subject_id)
                .where(process.c.parked_step.is_not(None))
                .order_by(process.c.subject, process.c.subject_id)
            )
        ],
    )


def _purchases(connection: Connection, ordered: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    found = [{"paper": "commitment", **{name: row[name] for name in _OF_A_PAPER}} for row in ordered]
    for paper, table in (
        ("change", commitment_change),
        ("bill", vendor_bill),
        ("credit_memo", vendor_credit),
    ):
        query = (
            select(*(table.c[name] for name in _OF_A_PAPER))
            .where(table.c.commitment_id.in_([row["id"] for row in ordered]))
            .order_by(table.c.number)
        )
        found += [{"paper": paper, **row} for row in connection.execute(query).mappings()]
    return found


class NothingToName(Exception):
    """There is nothing yet that the command could be about."""


Proposal = Callable[[Facts, Pick], Body]
ASKED: dict[str, Proposal] = {}
"""Command → what may be asked now. Raises NothingToName."""


def asked(proposal: Proposal) -> Proposal:
    """Register what may be asked by the command of the same name."""
    ASKED[proposal.__name__] = proposal
    return proposal


def one_of(of: Sequence[Thing], pick: Pick) -> Thing:
    """One of them. Raises NothingToName where there is none."""
    if not of:
        raise NothingToName
    return pick(of)


def a_milestone(now: Facts, pick: Pick, *states: str) -> Mapping[str, Any]:
    """One in these states, else any."""
    return one_of([row for row in now.milestones if row["state"] in states] or now.milestones, pick)


def a_change_order(now: Facts, pick: Pick, *states: str) -> str:
    """The number of one in these states, else of any."""
    known = [row for row in now.orders if row["order_state"] in states]
    return str(one_of(known or now.orders, pick)["number"])


def an_entry(now: Facts, pick: Pick, *states: str) -> Mapping[str, Any]:
    """Time in the first of these states that there is, else any."""
    return _in_first_state(now.time, pick, states)


def a_cost(now: Facts, pick: Pick, *states: str) -> Mapping[str, Any]:
    """A cost in the first of these states that there is, else any."""
    return _in_first_state(now.costs, pick, states)


def _in_first_state(
    known: Sequence[Mapping[str, Any]], pick: Pick, states: Sequence[str]
) -> Mapping[str, Any]:
    for state in states:
        if found := [row for row in known if row["state"] == state]:
            return pick(found)
    return one_of(known, pick)


def an_invoice(now: Facts, pick: Pick, *states: str) -> UUID:
    """One in these states, else any: what is asked of a finished invoice is refused."""
    every: list[UUID] = [row["id"] for row in now.invoices]
    return one_of(now.in_state(*states) or every, pick)
