"""The costs of contracts: recorded, decided on, claimed by drafts, issued."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.cost_plus.cost_plus import CategoryToDate, CostBefore
from contracts_app.domain.cost_plus.ledger import CostsBefore, JobCost, LineCosts, in_order
from contracts_app.domain.money import ZERO
from contracts_app.store.cost_tables import cost_claim, issued_cost, issued_cost_line, job_cost
from contracts_app.store.inserting import insert_rows
from contracts_app.store.tables import invoice, invoice_editor, sov_line

GONE = ("sent_back", "replaced")
"""States of costs that nobody bills: not accepted, or replaced by their parts."""
_SOURCES = {
    "typed": "",
    "file": "from ",
    "vendor_bill": "bill ",
    "expense": "expense ",
    "ticket": "ticket ",
    "time": "time ",
}


def source_in_words(kind: str, reference: str) -> str:
    """Where a cost comes from, e.g. `bill 4711, line 2`; empty for what was typed without a reference."""
    return f"{_SOURCES[kind]}{reference}".strip()


def insert_costs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record costs; the database refuses a source that was recorded before."""
    insert_rows(connection, job_cost, rows)


def known_sources(
    connection: Connection, firm_id: UUID, sources: Collection[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Of these sources (kind, reference) those that a cost was recorded from, and not sent back."""
    rows = connection.execute(
        select(job_cost.c.source_kind, job_cost.c.source_ref).where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.source_kind != "typed",
            job_cost.c.state != "sent_back",
            job_cost.c.source_ref.in_({reference for _, reference in sources}),
        )
    )
    return frozenset((row.source_kind, row.source_ref) for row in rows) & frozenset(sources)


def locked_costs(
    connection: Connection, firm_id: UUID, contract_id: UUID, ids: Collection[UUID]
) -> Sequence[RowMapping]:
    """These costs of the contract, locked, with the invoice that claims each."""
    return (
        connection.execute(
            select(job_cost, cost_claim.c.invoice_id, invoice.c.state.label("invoice_state"))
            .outerjoin(
                cost_claim,
                (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
            )
            .outerjoin(
                invoice,
                (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id),
            )
            .where(
                job_cost.c.firm_id == firm_id,
                job_cost.c.contract_id == contract_id,
                job_cost.c.id.in_(ids),
            )
            .order_by(job_cost.c.id)
            .with_for_update(of=job_cost)
        )
        .mappings()
        .all()
    )


def adjustments(connection: Connection, firm_id: UUID, cost_id: UUID) -> Sequence[RowMapping]:
    """The entries that correct a cost in the order of their days, sent back ones left out."""
    return (
        connection.execute(
            select(job_cost)
            .where(
                job_cost.c.firm_id == firm_id,
                job_cost.c.corrects_id == cost_id,
                job_cost.c.state != "sent_back",
            )
            .order_by(job_cost.c.incurred_on, job_cost.c.id)
        )
        .mappings()
        .all()
    )


def parts_standing(connection: Connection, firm_id: UUID, whole_id: UUID) -> Sequence[RowMapping]:
    """What stands in the ledger for a cost that was split, and split again."""
    tree = (
        select(job_cost.c.id)
        .where(job_cost.c.firm_id == firm_id, job_cost.c.part_of_id == whole_id)
        .cte("parts", recursive=True)
    )
    tree = tree.union_all(
        select(job_cost.c.id).where(job_cost.c.firm_id == firm_id, job_cost.c.part_of_id == tree.c.id)
    )
    return (
        connection.execute(
            select(job_cost)
            .where(job_cost.c.firm_id == firm_id, job_cost.c.id.in_(select(tree.c.id)))
            .where(job_cost.c.state != "replaced")
            .order_by(job_cost.c.id)
        )
        .mappings()
        .all()
    )


def decide(connection: Connection, firm_id: UUID, ids: Collection[UUID], **values: Any) -> None:
    """Note what people decide about costs."""
    connection.execute(
        update(job_cost)
        .where(job_cost.c.firm_id == firm_id, job_cost.c.id.in_(ids))
        .values(version=job_cost.c.version + 1, **values)
    )


_COST: tuple[ColumnElement[Any], ...] = (
    job_cost.c.id,
    job_cost.c.sov_line_id,
    job_cost.c.incurred_on,
    job_cost.c.category,
    job_cost.c.description,
    job_cost.c.vendor,
    job_cost.c.source_kind,
    job_cost.c.source_ref,
    job_cost.c.gross,
    job_cost.c.recoverable_tax,
    job_cost.c.fee_within,
    job_cost.c.corrects_id,
    job_cost.c.billed,
)


def as_cost(row: RowMapping) -> JobCost:
    """A row with the columns of `_COST` as the rules see it."""
    return JobCost(
        id=row["id"],
        line_id=row["sov_line_id"],
        incurred_on=row["incurred_on"],
        category=row["category"],
        description=row["description"],
        vendor=row["vendor"],
        source=source_in_words(row["source_kind"], row["source_ref"]),
        gross=row["gross"],
        recoverable_tax=row["recoverable_tax"],
        fee_within=row["fee_within"],
        corrects=row["corrects_id"],
        billed=row["billed"],
    )


def _unclaimed(firm_id: UUID) -> Select[Any]:
    """What can be billed: approved, billable, not held, claimed by no live invoice, and no correction of what
    waits for approval."""
    corrected = job_cost.alias("corrected")
    return select(job_cost.c.contract_id, *_COST).where(
        job_cost.c.firm_id == firm_id,
        job_cost.c.state == "approved",
        job_cost.c.billable,
        job_cost.c.held_reason.is_(None),
        ~select(corrected.c.id)
        .where(
            corrected.c.firm_id == job_cost.c.firm_id,
            corrected.c.id == job_cost.c.corrects_id,
            corrected.c.state == "open",
        )
        .exists(),
        ~select(cost_claim.c.invoice_id)
        .where(cost_claim.c.firm_id == job_cost.c.firm_id, cost_claim.c.job_cost_id == job_cost.c.id)
        .exists(),
    )


def offered_of(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], period_to: date
) -> Mapping[UUID, Sequence[JobCost]]:
    """Per contract, the costs that an invoice for the period can claim."""
    found: dict[UUID, list[JobCost]] = {}
    rows = connection.execute(
        _unclaimed(firm_id).where(
            job_cost.c.contract_id.in_(contract_ids), job_cost.c.incurred_on <= period_to
        )
    ).mappings()
    for row in rows:
        found.setdefault(row["contract_id"], []).append(as_cost(row))
    return found


def claimed(connection: Connection, firm_id: UUID, invoice_id: UUID) -> tuple[JobCost, ...]:
    """The costs that an invoice claims, in their order."""
    rows = connection.execute(
        select(*_COST)
        .join(
            cost_claim,
            (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
        )
        .where(cost_claim.c.firm_id == firm_id, cost_claim.c.invoice_id == invoice_id)
    ).mappings()
    return in_order(as_cost(row) for row in rows)


def insert_claims(connection: Connection, firm_id: UUID, claims: Mapping[UUID, Collection[UUID]]) -> None:
    """Claim costs, invoice → costs; the database refuses one that is claimed already, held or not approved.

    Whoever wrote up one of them is an editor of the draft that bills it.
    """
    insert_rows(
        connection,
        cost_claim,
        [
            {"firm_id": firm_id, "invoice_id": invoice_id, "job_cost_id": cost_id}
            for invoice_id, costs in claims.items()
            for cost_id in costs
        ],
    )
    raised = (
        select(cost_claim.c.firm_id, cost_claim.c.invoice_id, job_cost.c.written_up_by)
        .join(
            job_cost,
            (job_cost.c.firm_id == cost_claim.c.firm_id) & (job_cost.c.id == cost_claim.c.job_cost_id),
        )
        .where(
            cost_claim.c.firm_id == firm_id,
            cost_claim.c.invoice_id.in_(claims),
            job_cost.c.written_up_by.is_not(None),
        )
        .distinct()
    )
    connection.execute(
        upsert(invoice_editor)
        .from_select(["firm_id", "invoice_id", "person_id"], raised)
        .on_conflict_do_nothing()
    )


def give_up_claims(
    connection: Connection, firm_id: UUID, invoice_id: UUID, costs: Collection[UUID] | None = None
) -> None:
    """Give up the claims of a draft: all, or those on these costs."""
    statement = delete(cost_claim).where(
        cost_claim.c.firm_id == firm_id, cost_claim.c.invoice_id == invoice_id
    )
    if costs is not None:
        statement = statement.where(cost_claim.c.job_cost_id.in_(costs))
    connection.execute(statement)


def insert_issued(
    connection: Connection, firm_id: UUID, invoice_id: UUID, lines: Sequence[LineCosts]
) -> None:
    """Write the costs and fees of an invoice as issued."""
    entries = [(line.line_id, entry) for line in lines for entry in line.entries]
    of_invoice = {"firm_id": firm_id, "invoice_id": invoice_id}
    if entries:
        connection.execute(
            insert(issued_cost),
            [
                {
                    **of_invoice,
                    "job_cost_id": one.id,
                    "sov_line_id": line_id,
                    "position": position,
                    "category": one.category.value,
                    "incurred_on": one.incurred_on,
                    "description": one.description,
                    "vendor": one.vendor,
                    "source": one.source,
                    "cost": one.amount,
                    "fee_bearing": one.as_entry().fee_bearing,
                }
                for position, (line_id, one) in enumerate(entries, start=1)
            ],
        )
    if lines:
        connection.execute(
            insert(issued_cost_line),
            [
                {
                    **of_invoice,
                    "sov_line_id": line.line_id,
                    "cost": line.cost,
                    "fee": line.fee,
                    "fee_to_date": line.fee_to_date.billable,
                    "amount": line.amount,
                }
                for line in lines
            ],
        )


def costs_before(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int]
) -> Mapping[UUID, Sequence[CostsBefore]]:
    """Per contract and line, what earlier invoices billed of cost and fee; contract → application number.

    `before` names the contracts with lines billed at cost; of others nothing is asked.
    """
    if not before:
        return {}
    categories: dict[tuple[UUID, UUID], list[CategoryToDate]] = {}
    billed = connection.execute(
        select(
            invoice.c.contract_id,
            invoice.c.application_no,
            issued_cost.c.sov_line_id,
            issued_cost.c.category,
            func.sum(issued_cost.c.cost).label("cost"),
            func.sum(issued_cost.c.fee_bearing).label("fee_bearing"),
        )
        .join(
            invoice,
            (invoice.c.firm_id == issued_cost.c.firm_id) & (invoice.c.id == issued_cost.c.invoice_id),
        )
        .where(issued_cost.c.firm_id == firm_id, invoice.c.contract_id.in_(before))
        .group_by(
            invoice.c.contract_id,
            invoice.c.application_no,
            issued_cost.c.sov_line_id,
            issued_cost.c.category,
        )
        .order_by(issued_cost.c.sov_line_id, issued_cost.c.category, invoice.c.application_no)
    )
    for row in billed:
        if row.application_no >= before[row.contract_id]:
            continue
        known = categories.setdefault((row.contract_id, row.sov_line_id), [])
        earlier = known.pop() if known and known[-1].category == row.category else None
        known.append(
            CategoryToDate(
                category=row.category,
                cost=row.cost + (earlier.cost if earlier else ZERO),
                fee_bearing=row.fee_bearing + (earlier.fee_bearing if earlier else ZERO),
            )
        )
    fees: dict[tuple[UUID, UUID], Decimal] = {}
    last = connection.execute(
        select(
            invoice.c.contract_id,
            invoice.c.application_no,
            issued_cost_line.c.sov_line_id,
            issued_cost_line.c.fee_to_date,
        )
        .join(
            invoice,
            (invoice.c.firm_id == issued_cost_line.c.firm_id)
            & (invoice.c.id == issued_cost_line.c.invoice_id),
        )
        .where(issued_cost_line.c.firm_id == firm_id, invoice.c.contract_id.in_(before))
        .order_by(issued_cost_line.c.sov_line_id, invoice.c.application_no)
    )
    for contract_id, application_no, line_id, fee_to_date in last:
        if application_no < before[contract_id]:
            fees[contract_id, line_id] = fee_to_date
    found: dict[UUID, list[CostsBefore]] = {}
    for (contract_id, line_id), fee in fees.items():
        billed_of_line = CostBefore(categories=tuple(categories.get((contract_id, line_id), ())), fee=fee)
        found.setdefault(contract_id, []).append(CostsBefore(line_id=line_id, billed=billed_of_line))
    return found


def unbilled_count(connection: Connection, firm_id: UUID, contract_id: UUID) -> int:
    """How many billable costs on lines billed at cost wait for approval, release or an invoice; what is
    billed at nothing counts not."""
    count: int = connection.execute(
        select(func.count())
        .select_from(job_cost)
        .join(
            sov_line, (sov_line.c.firm_id == job_cost.c.firm_id) & (sov_line.c.id == job_cost.c.sov_line_id)
        )
        .where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.contract_id == contract_id,
            job_cost.c.state.not_in(GONE),
            job_cost.c.billable,
            job_cost.c.billed.is_distinct_from(0),
            sov_line.c.basis == Basis.cost_plus.value,
            ~select(cost_claim.c.invoice_id)
            .where(cost_claim.c.firm_id == job_cost.c.firm_id, cost_claim.c.job_cost_id == job_cost.c.id)
            .exists(),
        )
    ).scalar_one()
    return count
