"""What lies beside a draft and a certifier looks at, and everything that is found in the draft with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.checking import checks
from contracts_app.domain.checking.cut_off import last_cut_off
from contracts_app.domain.checking.submission_checks import Beside
from contracts_app.domain.finding import Finding
from contracts_app.domain.tax.books import RateDay
from contracts_app.store import exchange, progress, waivers
from contracts_app.store.tables import invoice


def findings_of(
    connection: Connection, firm_id: UUID, invoice_id: UUID, snapshot: Snapshot
) -> Sequence[Finding]:
    """Everything wrong or notable about a draft, by the contract's own policy, blocking findings first.

    Raises Refused as `draft` does.
    """
    return checks.findings(snapshot, beside(connection, firm_id, invoice_id, snapshot))


def beside(connection: Connection, firm_id: UUID, invoice_id: UUID, snapshot: Snapshot) -> Beside:
    """The facts that the contract wants looked at.

    The certificate before and the change orders in force are captured anew with every draft, so they are in
    the snapshot; and how many applications may be out was looked at when this one was opened.
    """
    asked = snapshot.terms.submission
    given = waivers.of_invoice(connection, firm_id, invoice_id) if asked.waivers else ()
    before = snapshot.previous
    return Beside(
        cut_off=_cut_off(snapshot) if asked.ends_at_cut_off else None,
        not_certified=_not_certified(connection, firm_id, snapshot),
        backup=snapshot.backup if asked.backup_needed else None,
        off_site_authorised=asked.off_site_authorised,
        waiver_needed=asked.waivers and snapshot.kind is not Kind.advance,
        waiver=given[-1].waiver if given else None,
        unwaived=waivers.unwaived(connection, firm_id, snapshot.contract_id, before.application_no)
        if asked.waivers and before
        else None,
        must_claim=snapshot.kind is Kind.application,
        today=_today(connection, firm_id, snapshot),
        progress=progress.of_draft(connection, firm_id, snapshot) if asked.compares_progress else (),
    )


def _today(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> date | None:
    rates = snapshot.exchange or snapshot.invoicing
    if rates is None or rates.rate_of is RateDay.period_end:
        return None
    return exchange.today(connection, firm_id, snapshot.contract_id)


def _not_certified(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> str | None:
    """The application before, where it waits for its certificate."""
    if snapshot.previous is None or snapshot.terms.submission.uncertified == 1:
        return None
    row = connection.execute(
        select(invoice.c.kind, invoice.c.application_no, invoice.c.revision).where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == snapshot.contract_id,
            invoice.c.application_no == snapshot.previous.application_no,
            invoice.c.state.in_([state.value for state in UNCERTIFIED]),
        )
    ).first()
    if row is None:
        return None
    name = Kind(row.kind).numbered(row.application_no, row.revision)
    return name[0].upper() + name[1:]


def _cut_off(snapshot: Snapshot) -> date | None:
    if not snapshot.kind.bills_work:
        return None
    previous = snapshot.previous
    begins = (
        date.fromordinal(previous.period_to.toordinal() + 1) if previous else snapshot.terms.contract_date
    )
    return last_cut_off(snapshot.terms.cut_off_day, begins, snapshot.period_to)
