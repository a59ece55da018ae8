"""What reports of work in progress are made from, read for all contracts in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, or_, select

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.reports.estimates import Billed, CostEstimate, Recorded
from contracts_app.store.agreements import change_orders
from contracts_app.store.costs_to_date import by_day
from contracts_app.store.openings import openings
from contracts_app.store.report_tables import cost_estimate
from contracts_app.store.tables import certificate, client, contract, invoice, issued_invoice, person


@dataclass(frozen=True)
class ContractRecorded:
    """A contract with all that its reports are made from."""

    contract_id: UUID
    number: str
    title: str
    client: str
    project_manager: str | None
    recorded: Recorded


@dataclass(frozen=True)
class EstimateRow:
    """An estimate as it was entered: by whom and on which day."""

    estimate: CostEstimate
    remark: str
    entered_by: str
    entered_on: date


def recorded(
    connection: Connection, firm_id: UUID, day: date, contract_id: UUID | None = None
) -> Sequence[ContractRecorded]:
    """Contracts made by that day and not closed before its year, by number; a fixed number of queries."""
    query = (
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            contract.c.terms,
            client.c.name.label("client"),
            person.c.name.label("manager"),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .outerjoin(
            person,
            (person.c.firm_id == contract.c.firm_id) & (person.c.id == contract.c.project_manager_id),
        )
        .where(
            contract.c.firm_id == firm_id,
            contract.c.state != "setting_up",
            or_(contract.c.closed_on.is_(None), contract.c.closed_on >= day.replace(month=1, day=1)),
        )
        .order_by(contract.c.number)
    )
    if contract_id is not None:
        query = query.where(contract.c.id == contract_id)
    agreed = {}
    for row in connection.execute(query):
        terms = ContractTerms.model_validate(row.terms)
        if terms.contract_date <= day:
            agreed[row.id] = (row, terms)
    orders = change_orders(connection, firm_id, agreed)
    estimates = _estimates(connection, firm_id, agreed)
    billed = _billed(connection, firm_id, agreed)
    spent = by_day(connection, firm_id, agreed)
    return [
        ContractRecorded(
            contract_id=one,
            number=row.number,
            title=row.title,
            client=row.client,
            project_manager=row.manager,
            recorded=Recorded(
                number=row.number,
                terms=terms,
                change_orders=tuple(orders.get(one, ())),
                estimates=tuple(known.estimate for known in estimates.get(one, ())),
                billed=tuple(billed.get(one, ())),
                spent=tuple(spent.get(one, ())),
            ),
        )
        for one, (row, terms) in agreed.items()
    ]


def estimates_of(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[EstimateRow]:
    """The estimates of a contract in the order in which they were entered."""
    return _estimates(connection, firm_id, [contract_id]).get(contract_id, ())


def _estimates(
    connection: Connection, firm_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[EstimateRow]]:
    rows = connection.execute(
        select(cost_estimate, person.c.name)
        .join(
            person,
            (person.c.firm_id == cost_estimate.c.firm_id) & (person.c.id == cost_estimate.c.entered_by),
        )
        .where(cost_estimate.c.firm_id == firm_id, cost_estimate.c.contract_id.in_(ids))
        .order_by(cost_estimate.c.at, cost_estimate.c.id)
    )
    found: dict[UUID, list[EstimateRow]] = {}
    for row in rows:
        estimate = CostEstimate(
            as_of=row.as_of,
            at_completion=row.at_completion,
            to_date=row.to_date,
            uninstalled=row.uninstalled,
            wasted=row.wasted,
            measure=row.measure,
        )
        found.setdefault(row.contract_id, []).append(
            EstimateRow(estimate, row.remark, row.name, row.entered_on)
        )
    return found


def _billed(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Sequence[Billed]]:
    """As issued from the day of issue on, as certified from the day of the certificate on; what was billed
    before billing moved here from the end of its period on."""
    rows = connection.execute(
        select(
            invoice.c.contract_id,
            invoice.c.application_no,
            issued_invoice.c.issued_on,
            issued_invoice.c.line4,
            issued_invoice.c.line5,
            certificate.c.certified_on,
            certificate.c.line4.label("certified4"),
            certificate.c.line5.label("certified5"),
        )
        .join_from(
            invoice,
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .outerjoin(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id.in_(ids))
        .order_by(invoice.c.contract_id, invoice.c.application_no)
    )
    found: dict[UUID, list[Billed]] = {
        contract_id: [_standing(known.application_no, known.period_to, known.line4, known.held)]
        for contract_id, known in openings(connection, firm_id, ids).items()
    }
    for row in rows:
        own = found.setdefault(row.contract_id, [])
        own.append(_standing(row.application_no, row.issued_on, row.line4, row.line5))
        if row.certified_on is not None:
            own.append(_standing(row.application_no, row.certified_on, row.certified4, row.certified5))
    return found


def _standing(application_no: int, since: date, gross: Decimal, retainage: Decimal) -> Billed:
    return Billed(since=since, application_no=application_no, gross=gross, retainage=retainage)
