"""What the next invoices of many contracts could claim, in a few queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Uuid, column, exists, func, select, tuple_, values
from sqlalchemy.dialects.postgresql import distinct_on

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.transitions import NOT_OUT, OPEN_INVOICE, InvoiceState
from contracts_app.store import openings
from contracts_app.store.tables import certificate_line, invoice, issued_line, process, progress_entry

_SET_ASIDE = (InvoiceState.withdrawn, InvoiceState.being_revised, InvoiceState.superseded)
"""No application starts from these: they were given up, or a revision takes their place."""


@dataclass(frozen=True)
class Standing:
    """Where a contract's invoices stand: the last number given, and those that are in hand by number."""

    last_number: int
    drafts: Mapping[int, str]
    """What is prepared, with its state; revisions are not meant."""
    out: Mapping[int, str]
    """What waits for its certificate, with its state."""

    @property
    def in_hand_number(self) -> int | None:
        """The first of them: what is before it is certified, or stands as issued."""
        return min([*self.drafts, *self.out], default=None)


def standings(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """Contracts that have invoices, or had some before their billing moved here; withdrawn drafts do not
    count."""
    known = invoice.c.firm_id == firm_id, invoice.c.contract_id.in_(ids)
    last = connection.execute(
        select(invoice.c.contract_id, func.max(invoice.c.application_no).label("last"))
        .where(*known, invoice.c.state != "withdrawn")
        .group_by(invoice.c.contract_id)
    )
    opened = openings.numbers(connection, firm_id, ids)
    found = {contract_id: Standing(number, {}, {}) for contract_id, number in opened.items()}
    found |= {row.contract_id: Standing(row.last, {}, {}) for row in last}
    in_hand = connection.execute(
        select(invoice.c.contract_id, invoice.c.application_no, invoice.c.state, invoice.c.revises)
        .where(*known, invoice.c.state.in_([state.value for state in OPEN_INVOICE]))
        .order_by(invoice.c.application_no)
    )
    for row in in_hand:
        standing = found[row.contract_id]
        if row.state not in NOT_OUT:
            found[row.contract_id] = replace(standing, out={**standing.out, row.application_no: row.state})
        elif row.revises is None:
            drafts = {**standing.drafts, row.application_no: row.state}
            found[row.contract_id] = replace(standing, drafts=drafts)
    return found


def reported(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Mapping[UUID, Decimal]]:
    """Per contract and line, the work that an imported history reports for this application."""
    rows = connection.execute(
        select(
            progress_entry.c.contract_id, progress_entry.c.sov_line_id, progress_entry.c.this_period
        ).where(
            progress_entry.c.firm_id == firm_id,
            tuple_(progress_entry.c.contract_id, progress_entry.c.application_no).in_(list(numbers.items())),
        )
    )
    return _by_contract((row.contract_id, row.sov_line_id, row.this_period) for row in rows)


def reports_from(connection: Connection, firm_id: UUID, contract_id: UUID, number: int) -> bool:
    """Whether an imported history reports work for this application or a later one."""
    return bool(
        connection.execute(
            select(
                exists().where(
                    progress_entry.c.firm_id == firm_id,
                    progress_entry.c.contract_id == contract_id,
                    progress_entry.c.application_no >= number,
                )
            )
        ).scalar_one()
    )


def not_certified(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Mapping[UUID, Decimal]]:
    """Per contract and line, what the certificate of the application before this one cut from it; an advance
    payment between the two says nothing of work."""
    before = [(contract_id, number - 1) for contract_id, number in numbers.items()]
    between = connection.execute(
        select(invoice.c.contract_id, invoice.c.application_no).where(
            invoice.c.firm_id == firm_id,
            tuple_(invoice.c.contract_id, invoice.c.application_no).in_(before),
            invoice.c.kind == "advance",
        )
    )
    before += [(row.contract_id, row.application_no - 1) for row in between]
    rows = connection.execute(
        select(
            invoice.c.contract_id,
            issued_line.c.sov_line_id,
            (issued_line.c.this_period - certificate_line.c.this_period).label("cut"),
        )
        .join_from(
            invoice,
            issued_line,
            (issued_line.c.firm_id == invoice.c.firm_id) & (issued_line.c.invoice_id == invoice.c.id),
        )
        .join(
            certificate_line,
            (certificate_line.c.firm_id == issued_line.c.firm_id)
            & (certificate_line.c.invoice_id == issued_line.c.invoice_id)
            & (certificate_line.c.sov_line_id == issued_line.c.sov_line_id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            tuple_(invoice.c.contract_id, invoice.c.application_no).in_(before),
            issued_line.c.this_period != certificate_line.c.this_period,
        )
    )
    return _by_contract((row.contract_id, row.sov_line_id, row.cut) for row in rows)


def withdrawn(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Mapping[UUID, Entry]]:
    """Per contract and line, what the last draft of this application claimed that was withdrawn."""
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.entries)
        .join(
            process,
            (process.c.firm_id == invoice.c.firm_id)
            & (process.c.subject == "invoice")
            & (process.c.subject_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            tuple_(invoice.c.contract_id, invoice.c.application_no).in_(list(numbers.items())),
            invoice.c.kind == "application",
            invoice.c.state == "withdrawn",
        )
        .order_by(process.c.opened_at)  # a later draft takes the place of an earlier one
    )
    return {
        row.contract_id: {one.line_id: one for one in map(Entry.model_validate, row.entries)} for row in rows
    }


def claimed_before(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, Mapping[UUID, Entry]]:
    """Per contract and line, what the last issued application before this one claimed.

    Where lines are billed to several addresses, what the last one to each address claimed: one to another
    address says nothing of the line.
    """
    if not numbers:
        return {}
    limits = (
        values(column("contract_id", Uuid), column("before", Integer), name="limits")
        .data(list(numbers.items()))
        .alias()
    )
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.entries)
        .ext(distinct_on(invoice.c.contract_id, invoice.c.bill_to))
        .join(limits, limits.c.contract_id == invoice.c.contract_id)
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.application_no < limits.c.before,
            invoice.c.kind.in_(("application", "consulting")),
            invoice.c.state.not_in([state.value for state in (*NOT_OUT, *_SET_ASIDE)]),
        )
        .order_by(invoice.c.contract_id, invoice.c.bill_to, invoice.c.application_no.desc())
    )
    found: dict[UUID, dict[UUID, Entry]] = {}
    for row in rows:
        of_contract = found.setdefault(row.contract_id, {})
        for entry in map(Entry.model_validate, row.entries):
            if entry.is_stated or entry.line_id not in of_contract:
                of_contract[entry.line_id] = entry
    return found


def backup_before(
    connection: Connection, firm_id: UUID, numbers: Mapping[UUID, int]
) -> Mapping[UUID, tuple[Backup, ...]]:
    """Per contract, the papers for stored material that lay with the last application that went out."""
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.backup)
        .ext(distinct_on(invoice.c.contract_id))
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id.in_(list(numbers)),
            invoice.c.kind != "advance",
            invoice.c.state.not_in([state.value for state in (*NOT_OUT, *_SET_ASIDE)]),
        )
        .order_by(invoice.c.contract_id, invoice.c.application_no.desc())
    )
    return {row.contract_id: tuple(map(Backup.model_validate, row.backup)) for row in rows if row.backup}


def _by_contract(rows: Any) -> Mapping[UUID, Mapping[UUID, Decimal]]:
    found: dict[UUID, dict[UUID, Decimal]] = {}
    for contract_id, line_id, amount in rows:
        found.setdefault(contract_id, {})[line_id] = amount
    return found
