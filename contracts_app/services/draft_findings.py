"""Everything that whoever looks at a draft should know: its own findings, and what stands beside it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking.ticket_checks import of_tickets
from contracts_app.domain.finding import Finding
from contracts_app.services import law_of_contracts
from contracts_app.store import submission, tickets
from contracts_app.store.views.calendar import firm_day


def of_draft(
    connection: Connection, firm_id: UUID, invoice_id: UUID, snapshot: Snapshot
) -> tuple[Finding, ...]:
    """The findings of the draft, blocking ones first, then what stands beside it; that only warns."""
    known = tickets.of_contracts(connection, firm_id, [snapshot.contract_id]).get(snapshot.contract_id, ())
    beside = of_tickets(
        ((one.ticket, one.stands) for one in known if one.stands is not None), snapshot.period_to
    )
    rates = (line.retainage_rate for line in snapshot.schedule)
    law = law_of_contracts.of_terms(
        snapshot.terms, (rate for rate in rates if rate is not None), firm_day(connection, firm_id).today
    )
    told = (
        # The contract is in force: what its terms say warns now, whatever it did at activation.
        Finding(code=one.code, blocks=False, item_no=None, sentence=one.sentence)
        for one in law
    )
    return (*submission.findings_of(connection, firm_id, invoice_id, snapshot), *beside, *told)
