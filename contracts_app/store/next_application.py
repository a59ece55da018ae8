"""The next application of a contract: what it waits for, its number and period, what was typed before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.billing import uncertified
from contracts_app.domain.billing.pay_application import Entry, PreviousCertificate
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.transitions import NOT_OUT, OPEN_INVOICE
from contracts_app.store import contracts, invoices, offering, openings


def number(connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms) -> int:
    """The number of the next application."""
    known = invoices.of_contract(connection, firm_id, contract_id)
    opened = openings.numbers(connection, firm_id, [contract_id])
    before = opened.get(contract_id, terms.first_application - 1)
    return max((row["application_no"] for row in known), default=before) + 1


def period_end(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms, application_no: int
) -> date:
    """Where the period of the next application ends: as reported for it, else on the cut-off day."""
    before = invoices.previous_certificate(connection, firm_id, contract_id, application_no)
    return period_end_after(connection, firm_id, contract_id, terms, application_no, before)


def period_end_after(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    terms: ContractTerms,
    application_no: int,
    before: PreviousCertificate | None,
) -> date:
    """The same for whoever knows the certificate before it."""
    reported = contracts.reported_period(connection, firm_id, contract_id, application_no)
    if reported is not None:
        return reported
    after = before.period_to + timedelta(days=1) if before else terms.contract_date
    return business_time.period_end(terms.cut_off_day, after)


def unbilled_from(connection: Connection, firm_id: UUID, contract_id: UUID) -> date | None:
    """The first day that no invoice that is out covers; None as long as there is none."""
    out = [
        row["period_to"]
        for row in invoices.of_contract(connection, firm_id, contract_id)
        if row["state"] not in NOT_OUT
    ]
    return max(out) + timedelta(days=1) if out else None


def in_hand(connection: Connection, firm_id: UUID, contract_id: UUID) -> RowMapping | None:
    """The application or release that the next one waits for, draft to submitted."""
    known = invoices.of_contract(connection, firm_id, contract_id)
    return next((row for row in reversed(known) if row["state"] in OPEN_INVOICE), None)


def may_be_prepared(connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms) -> bool:
    """Whether nothing in hand keeps the next application back."""
    known = offering.standings(connection, firm_id, [contract_id]).get(contract_id)
    return known is None or uncertified.has_room(terms, known.drafts, known.out)


def withdrawn_entries(
    connection: Connection, firm_id: UUID, contract_id: UUID, application_no: int
) -> Mapping[UUID, Entry]:
    """What the last draft of this application claimed that was withdrawn, by line; empty without one."""
    return offering.withdrawn(connection, firm_id, {contract_id: application_no}).get(contract_id, {})
