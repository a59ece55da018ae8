"""Invoices: drafts, what they are computed from, issued facts and certificates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain import canonical
from contracts_app.domain.approving.chain import Band
from contracts_app.domain.billing.pay_application import Entry, Kind, PayApplication, PreviousCertificate
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.funding.limited import Limits
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from contracts_app.store import claimed_time, job_costs, messages
from contracts_app.store.billed_before import previous_certificates
from contracts_app.store.capturing import Wanted, capture
from contracts_app.store.tables import (
    certificate,
    certificate_line,
    invoice,
    invoice_editor,
    issued_invoice,
    issued_line,
    message,
    number_series,
    snapshot,
)

SERIES = "invoice"


def find(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The invoice's row, draft or issued."""
    return (
        connection.execute(select(invoice).where(invoice.c.firm_id == firm_id, invoice.c.id == invoice_id))
        .mappings()
        .first()
    )


def find_all(connection: Connection, firm_id: UUID, invoice_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """The rows of these invoices, in no order."""
    rows = connection.execute(
        select(invoice).where(invoice.c.firm_id == firm_id, invoice.c.id.in_(invoice_ids))
    )
    return rows.mappings().all()


def issued(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The issued facts of an invoice; None while it is a draft."""
    return (
        connection.execute(
            select(issued_invoice).where(
                issued_invoice.c.firm_id == firm_id, issued_invoice.c.invoice_id == invoice_id
            )
        )
        .mappings()
        .first()
    )


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """The invoices of a contract by application number, a revision after what it revises; withdrawn drafts
    and what is superseded left out."""
    return (
        connection.execute(
            select(invoice)
            .where(
                invoice.c.firm_id == firm_id,
                invoice.c.contract_id == contract_id,
                invoice.c.state.not_in(("withdrawn", "superseded")),
            )
            .order_by(invoice.c.application_no, invoice.c.revision)
        )
        .mappings()
        .all()
    )


def revised_by(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The revision that takes an application's place, a draft or issued; None where there is none."""
    return (
        connection.execute(
            select(invoice).where(
                invoice.c.firm_id == firm_id,
                invoice.c.revises == invoice_id,
                invoice.c.state != "withdrawn",
            )
        )
        .mappings()
        .first()
    )


def current_snapshot(
    connection: Connection, firm_id: UUID, invoice_id: UUID, period_to: date | None = None
) -> Snapshot:
    """What a draft is computed from at this moment. Raises LookupError when there is no such invoice.

    Change orders count when executed by the period's end (`period_to` tries another one); the prior
    certificate is that of the application before this one.
    """
    row = find(connection, firm_id, invoice_id)
    if row is None:
        raise LookupError(str(invoice_id))
    wanted = Wanted(
        contract_id=row["contract_id"],
        kind=Kind(row["kind"]),
        application_no=row["application_no"],
        period_to=period_to or row["period_to"],
        entries=tuple(Entry.model_validate(entry) for entry in row["entries"]),
        releases=tuple(Release.model_validate(release) for release in row["releases"]),
        time=claimed_time.claimed(connection, firm_id, invoice_id),
        submission=row["submissions"],
        costs=job_costs.claimed(connection, firm_id, invoice_id),
        limits=Limits.model_validate(row["limits"]) if row["limits"] else None,
        backup=tuple(Backup.model_validate(part) for part in row["backup"]),
        release_cause=ReleaseCause.model_validate(row["release_cause"]) if row["release_cause"] else None,
        bill_to=row["bill_to"],
        guarantee=row["guarantee"],
        approval=_bands(row["approval_bands"]),
    )
    return capture(connection, firm_id, [wanted])[row["contract_id"]]


def _bands(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Band, ...] | None:
    return None if stored is None else tuple(Band.model_validate(band) for band in stored)


def new_snapshot(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    kind: Kind,
    application_no: int,
    period_to: date,
) -> Snapshot:
    """The snapshot of an invoice that does not exist yet, claiming nothing."""
    wanted = Wanted(contract_id, kind, application_no, period_to)
    return capture(connection, firm_id, [wanted])[contract_id]


def previous_certificate(
    connection: Connection, firm_id: UUID, contract_id: UUID, before_application: int
) -> PreviousCertificate | None:
    """The certificate of the last application before `before_application`."""
    return previous_certificates(connection, firm_id, {contract_id: before_application}).get(contract_id)


def lines_of(
    connection: Connection, firm_id: UUID, invoice_id: UUID, *, certified: bool = False
) -> Sequence[RowMapping]:
    """The continuation sheet as issued, or as certified."""
    table = certificate_line if certified else issued_line
    return (
        connection.execute(
            select(table)
            .where(table.c.firm_id == firm_id, table.c.invoice_id == invoice_id)
            .order_by(table.c.position)
        )
        .mappings()
        .all()
    )


def withheld_because(connection: Connection, firm_id: UUID, invoice_id: UUID) -> str:
    """The certifier's reason for not certifying it in full."""
    return str(
        connection.execute(
            select(certificate.c.reason).where(
                certificate.c.firm_id == firm_id, certificate.c.invoice_id == invoice_id
            )
        ).scalar_one()
    )


def notice_missing(connection: Connection, firm_id: UUID, invoice_id: UUID) -> bool:
    """Whether its certificate is lower than the invoice, and nobody in the firm was written to about it."""
    told = (
        select(message.c.id)
        .where(
            message.c.firm_id == firm_id,
            message.c.invoice_id == invoice_id,
            message.c.kind == messages.NOTICE,
        )
        .exists()
    )
    lower = connection.execute(
        select(certificate.c.invoice_id)
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == certificate.c.firm_id)
            & (issued_invoice.c.invoice_id == certificate.c.invoice_id),
        )
        .where(
            certificate.c.firm_id == firm_id,
            certificate.c.invoice_id == invoice_id,
            certificate.c.decision.in_(("less", "withheld")),
            func.greatest(certificate.c.line8, 0) < issued_invoice.c.line8,
            ~told,
        )
    ).first()
    return lower is not None


def billed_to(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], but: UUID | None = None
) -> Mapping[UUID, Mapping[str, date]]:
    """To which day each address of these contracts is billed, drafts included (`but` this one); contract →
    address → day."""
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.bill_to, func.max(invoice.c.period_to).label("period_to"))
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id.in_(contract_ids),
            invoice.c.bill_to.is_not(None),
            true() if but is None else invoice.c.id != but,
            invoice.c.state != "withdrawn",
        )
        .group_by(invoice.c.contract_id, invoice.c.bill_to)
    )
    found: dict[UUID, dict[str, date]] = {}
    for row in rows:
        found.setdefault(row.contract_id, {})[row.bill_to] = row.period_to
    return found


def insert_drafts(connection: Connection, firm_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write drafts, each prepared by its first editor."""
    connection.execute(insert(invoice), [{"firm_id": firm_id, **row} for row in rows])
    connection.execute(
        insert(invoice_editor),
        [{"firm_id": firm_id, "invoice_id": row["id"], "person_id": row["prepared_by"]} for row in rows],
    )


def store_snapshot(connection: Connection, firm_id: UUID, captured: Snapshot) -> str:
    """Keep the snapshot by its content hash; returns the hash."""
    body = canonical.text(captured)
    sha256 = canonical.digest(captured)
    connection.execute(
        upsert(snapshot).values(firm_id=firm_id, sha256=sha256, body=body).on_conflict_do_nothing()
    )
    return sha256


def take_number(
    connection: Connection, firm_id: UUID, legal_entity_id: UUID, on: date
) -> tuple[int, str] | None:
    """The next number of the series, in this transaction; None when `on` is before the last number's date."""
    row = connection.execute(
        update(number_series)
        .where(
            number_series.c.firm_id == firm_id,
            number_series.c.legal_entity_id == legal_entity_id,
            number_series.c.series == SERIES,
            or_(number_series.c.last_date.is_(None), number_series.c.last_date <= on),
        )
        .values(last_number=number_series.c.last_number + 1, last_date=on)
        .returning(number_series.c.last_number, number_series.c.prefix, number_series.c.width)
    ).first()
    if row is None:
        return None
    return row.last_number, f"{row.prefix}{row.last_number:0{row.width}d}"


def insert_lines(
    connection: Connection,
    firm_id: UUID,
    invoice_id: UUID,
    figures: PayApplication,
    *,
    certified: bool,
    reasons: Mapping[UUID, str] | None = None,
) -> None:
    """Write the continuation sheet, as issued or as certified; `reasons`, by line, are of what was cut."""
    rows = [
        {
            "firm_id": firm_id,
            "invoice_id": invoice_id,
            "sov_line_id": line.line_id,
            "position": position,
            "item_no": line.item_no,
            "description": line.description,
            "change_order": line.change_order,
            "scheduled_value": line.scheduled_value,
            "previous": line.previous,
            "this_period": line.this_period,
            "stored": line.stored,
            "total": line.total,
            "withheld": line.withheld,
            "released": line.released,
            "retainage": line.retainage,
            **({"reason": (reasons or {}).get(line.line_id, "")} if certified else {}),
        }
        for position, line in enumerate(figures.lines, start=1)
    ]
    connection.execute(insert(certificate_line if certified else issued_line), rows)


def stored_snapshot(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Snapshot:
    """The snapshot that an issued invoice was computed from. Raises LookupError for a draft."""
    body = connection.execute(
        select(snapshot.c.body)
        .join_from(
            issued_invoice,
            snapshot,
            (snapshot.c.firm_id == issued_invoice.c.firm_id)
            & (snapshot.c.sha256 == issued_invoice.c.snapshot_sha256),
        )
        .where(issued_invoice.c.firm_id == firm_id, issued_invoice.c.invoice_id == invoice_id)
    ).scalar_one_or_none()
    if body is None:
        raise LookupError(str(invoice_id))
    return Snapshot.model_validate_json(body)
