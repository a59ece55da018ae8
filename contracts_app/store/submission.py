"""What lies beside a draft and a certifier looks at, and everything that is found in the draft with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.drafting import Snapshot
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.checking import checks
from contracts_app.domain.checking.cut_off import last_cut_off
from contracts_app.domain.checking.submission_checks import Beside
from contracts_app.domain.finding import Finding
from contracts_app.store import waivers


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
    the snapshot; and a contract has one application in hand at a time.
    """
    asked = snapshot.terms.submission
    given = waivers.of_invoice(connection, firm_id, invoice_id) if asked.waivers else ()
    before = snapshot.previous
    return Beside(
        cut_off=_cut_off(snapshot) if asked.ends_at_cut_off else None,
        backup=snapshot.backup if asked.backup_needed else None,
        off_site_authorised=asked.off_site_authorised,
        waiver_needed=asked.waivers,
        waiver=given[-1].waiver if given else None,
        previous_waived=waivers.previous_waived(
            connection, firm_id, snapshot.contract_id, before.application_no
        )
        if asked.waivers and before
        else None,
        must_claim=snapshot.kind is Kind.application,
    )


def _cut_off(snapshot: Snapshot) -> date | None:
    if snapshot.kind is Kind.retainage_release:
        return None
    previous = snapshot.previous
    begins = (
        date.fromordinal(previous.period_to.toordinal() + 1) if previous else snapshot.terms.contract_date
    )
    return last_cut_off(snapshot.terms.cut_off_day, begins, snapshot.period_to)
