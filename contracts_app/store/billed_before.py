"""What earlier invoices billed, read for many contracts in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Integer, Uuid, cast, column, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from contracts_app.domain.billing.opening import as_previous
from contracts_app.domain.billing.pay_application import PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import TimeBefore
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store.advance_columns import as_read
from contracts_app.store.billing_tables import accepted_cut, issued_time
from contracts_app.store.grouping import grouped
from contracts_app.store.opening_tables import opening_line
from contracts_app.store.openings import openings
from contracts_app.store.tables import (
    certificate,
    certificate_line,
    invoice,
    issued_invoice,
    issued_line,
    sov_line,
)


def previous_certificates(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int], remembering: Collection[UUID] = ()
) -> Mapping[UUID, PreviousCertificate]:
    """The certificate of the last application before the one named, contract → application number.

    Of a contract that has none it is its opening (`opening.Opening`), where it has one. Of one that is with
    the client and not certified yet it is what was applied for. What each line withheld is part of it for
    the contracts `remembering` it.
    """
    if not before:
        return {}
    limits = _limits(before)
    latest = (
        connection.execute(
            select(
                invoice.c.contract_id,
                invoice.c.id,
                invoice.c.application_no,
                invoice.c.period_to,
                *(
                    func.coalesce(certificate.c[figure], issued_invoice.c[figure]).label(figure)
                    for figure in ("line6", "advance_invoiced", "advance_recovered")
                ),
                certificate.c.invoice_id.is_not(None).label("is_certified"),
            )
            .ext(distinct_on(invoice.c.contract_id))
            .join_from(
                invoice,
                issued_invoice,
                (issued_invoice.c.firm_id == invoice.c.firm_id)
                & (issued_invoice.c.invoice_id == invoice.c.id),
            )
            .outerjoin(
                certificate,
                (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
            )
            .join(limits, limits.c.contract_id == invoice.c.contract_id)
            .where(
                invoice.c.firm_id == firm_id,
                invoice.c.application_no < limits.c.before,
                invoice.c.state != InvoiceState.superseded.value,
            )
            .order_by(invoice.c.contract_id, invoice.c.application_no.desc())
        )
        .mappings()
        .all()
    )
    begun = {row["contract_id"] for row in latest}
    opened = {
        contract_id: as_previous(known, remembers=contract_id in remembering)
        for contract_id, known in openings(connection, firm_id, before.keys() - begun).items()
        if known.application_no < before[contract_id]
    }
    if not latest:
        return opened
    contract_of = {row["id"]: row["contract_id"] for row in latest}
    lines = [
        line
        for table, certified in ((certificate_line, True), (issued_line, False))
        if (of := [row["id"] for row in latest if row["is_certified"] is certified])
        for line in connection.execute(
            select(
                table.c.invoice_id,
                table.c.sov_line_id,
                table.c.previous,
                table.c.this_period,
                table.c.stored,
                table.c.released,
                table.c.withheld,
            )
            .where(table.c.firm_id == firm_id, table.c.invoice_id.in_(of))
            .order_by(table.c.position)
        )
    ]
    by_invoice = grouped(
        (
            row.invoice_id,
            PreviousLine(
                line_id=row.sov_line_id,
                completed=row.previous + row.this_period,
                stored=row.stored,
                released=row.released,
                withheld=row.withheld if contract_of[row.invoice_id] in remembering else None,
            ),
        )
        for row in lines
    )
    return opened | {
        row["contract_id"]: PreviousCertificate(
            application_no=row["application_no"],
            period_to=row["period_to"],
            line6=row["line6"],
            advance=as_read(row),
            lines=tuple(by_invoice.get(row["id"], ())),
        )
        for row in latest
    }


def times_before(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int]
) -> Mapping[UUID, Sequence[TimeBefore]]:
    """Per line, what the entries of earlier invoices came to, less accepted cuts; contract → application
    number."""
    if not before:
        return {}
    limits = _limits(before)
    parts = union_all(
        _opened(limits, firm_id),
        *(
            select(invoice.c.contract_id, table.c.sov_line_id, amount.label("amount"))
            .join_from(
                invoice,
                table,
                (invoice.c.firm_id == table.c.firm_id) & (invoice.c.id == table.c.invoice_id),
            )
            .join(limits, limits.c.contract_id == invoice.c.contract_id)
            .where(invoice.c.firm_id == firm_id, invoice.c.application_no < limits.c.before)
            for table, amount in ((issued_time, issued_time.c.amount), (accepted_cut, -accepted_cut.c.amount))
        ),
    ).subquery()
    rows = connection.execute(
        select(parts.c.contract_id, parts.c.sov_line_id, func.sum(parts.c.amount).label("amount"))
        .group_by(parts.c.contract_id, parts.c.sov_line_id)
        .order_by(parts.c.sov_line_id)
    )
    return grouped((row.contract_id, TimeBefore(line_id=row.sov_line_id, amount=row.amount)) for row in rows)


def _opened(limits: Any, firm_id: UUID) -> Any:
    """What was billed by time before billing moved here; its entries are not known."""
    return (
        select(
            opening_line.c.contract_id,
            opening_line.c.sov_line_id,
            opening_line.c.completed.label("amount"),
        )
        .join(limits, limits.c.contract_id == opening_line.c.contract_id)
        .join(
            sov_line,
            (sov_line.c.firm_id == opening_line.c.firm_id) & (sov_line.c.id == opening_line.c.sov_line_id),
        )
        .where(
            opening_line.c.firm_id == firm_id,
            opening_line.c.completed != 0,
            sov_line.c.basis == Basis.time_and_materials.value,
        )
    )


def _limits(before: Mapping[UUID, int]) -> Any:
    # Two arrays, not a list of rows: the statement is the same for any number of contracts, so it is kept
    # compiled.
    known = cast(list(before), ARRAY(Uuid)), cast(list(before.values()), ARRAY(Integer))
    of_each = func.unnest(*known).table_valued(column("contract_id", Uuid), column("before", Integer))
    return of_each.render_derived(name="limits")
