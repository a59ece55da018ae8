"""Issuing an invoice: its number, its facts as they then are, and what it posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import claiming, drafting
from contracts_app.domain.billing.invoiced import in_invoice_currency
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax, tax_of
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import IssueInvoice
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import INVOICE, require, state_after_issue
from contracts_app.services import books, carried_credits, closed_periods, gates, people, retying, superseding
from contracts_app.services.approval_chains import called, standing
from contracts_app.services.group_membership import require_alone
from contracts_app.services.invoices import contract_changed, locked, name_of, neighbours
from contracts_app.services.ledgers import open_receivable, post_retainage
from contracts_app.services.periods import business_date
from contracts_app.store import (
    advance_columns,
    claimed_time,
    invoices,
    job_costs,
    legal_entities,
    retainage_before,
    taxes,
)
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import certificate, client, invoice, issued_invoice
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Approved:
    """A draft whose whole chain has approved what it says now: it may be given a number on the day `on`."""

    agreed: RowMapping
    row: RowMapping
    snapshot: Snapshot
    figures: PayApplication
    content_hash: str
    taxed: DocumentTax | None
    on: date

    @property
    def tax(self) -> Decimal:
        """What taxes and discounts add to line 8."""
        return less(self.taxed.due, self.figures.line8) if self.taxed else ZERO

    @property
    def invoiced(self) -> Decimal | None:
        """What the client owes in the invoice's currency; None where that is the contract's."""
        made = in_invoice_currency(self.snapshot, self.figures, self.taxed)
        return None if made is None else made.due


@dataclass(frozen=True)
class Numbered:
    """The number that an invoice gets; with others of its group that of them all, written for its part."""

    number: int
    text: str
    group_invoice_id: UUID | None = None


def issue_invoice(tx: Transaction, body: IssueInvoice) -> Outcome:
    """Number, issued facts, retainage and receivable in one transaction; then the client has it.

    Raises Refused when the content is not exactly what the whole chain approved, or goes out with others.
    """
    agreed, row = locked(tx, body.invoice_id)
    one = approved(tx, agreed, row)
    require_alone(tx, agreed, row)
    if one.snapshot.owed_at_issue:
        tx.lock(client, agreed["client_id"], "client")  # before the number series, as everywhere
    number, text = take_number(tx, agreed["legal_entity_id"], one.on)
    former = put_out(tx, one, Numbered(number, text))
    tied = retying.tie_again(tx, agreed, row, f"{name_of(row)} is issued")
    return Outcome(
        done=True,
        result={"invoice_id": str(row["id"]), "number": text, "issued_on": one.on.isoformat()},
        start=tied.start,
        wake=(*neighbours(agreed), *former, *tied.wake),
    )


def approved(tx: Transaction, agreed: RowMapping, row: RowMapping) -> Approved:
    """The draft as it would be issued now; contract and invoice are locked. Raises Refused."""
    require(INVOICE, "issue_invoice", row["state"], "invoice")
    retying.require_next(tx, row)
    snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    today = business_date(tx, agreed)
    missing = standing(tx.connection, tx.firm_id, row["id"], snapshot, figures.line8, content_hash).open
    if missing:
        raise Refused(
            "not_approved",
            f"{name_of(row)} lacks the approval of {called(missing)} of what it says now: "
            "save its entries once more and submit it again.",
        )
    gates.require_for_issue(tx.connection, tx.firm_id, row, snapshot, figures, today)
    return Approved(agreed, row, snapshot, figures, content_hash, tax_of(snapshot, figures, today), today)


def take_number(tx: Transaction, legal_entity_id: UUID, on: date) -> tuple[int, str]:
    """The next number of the legal entity's series. Raises Refused before the day of its last number,
    and in a month that is closed."""
    closed_periods.require_open(tx, on, "An invoice")
    taken = invoices.take_number(tx.connection, tx.firm_id, legal_entity_id, on)
    if taken is None:
        raise Refused(
            "date_before_last_number",
            "The series has a number of a later date; the calendar cannot be before it.",
        )
    return taken


def put_out(tx: Transaction, one: Approved, numbered: Numbered) -> tuple[str, ...]:
    """Write the issued facts under this number and post what follows from them.

    Returns the processes to wake beside those of the invoice, its contract and its client.
    """
    by = people.actor(tx).id
    agreed, row, snapshot, figures = one.agreed, one.row, one.snapshot, one.figures
    tx.insert(
        issued_invoice,
        invoice_id=row["id"],
        legal_entity_id=agreed["legal_entity_id"],
        series=invoices.SERIES,
        number=numbered.number,
        number_text=numbered.text,
        group_invoice_id=numbered.group_invoice_id,
        issued_on=one.on,
        issued_by=by,
        certification_due_on=one.on + timedelta(days=snapshot.terms.certification_days),
        snapshot_sha256=invoices.store_snapshot(tx.connection, tx.firm_id, snapshot),
        content_hash=one.content_hash,
        currency=figures.currency,
        rules=snapshot.rules,
        deposit_applied=figures.deposit_applied,
        **advance_columns.as_stored(figures),
        payment_instructions=legal_entities.get(tx.connection, tx.firm_id, agreed["legal_entity_id"])[
            "payment_instructions"
        ],
        **{
            f"line{n}": getattr(figures, f"line{n}")
            for n in ("1", "2", "3", "4", "5", "5a", "5b", "6", "7", "8", "9")
        },
    )
    invoices.insert_lines(tx.connection, tx.firm_id, row["id"], figures, certified=False)
    claimed_time.insert_issued_time(tx.connection, tx.firm_id, row["id"], figures.time)
    job_costs.insert_issued(tx.connection, tx.firm_id, row["id"], figures.costs)
    before = retainage_before.of_issued(tx.connection, tx.firm_id, row)
    post_retainage(tx, row, figures, "issue", one.on, before)
    former = superseding.supersede(tx, agreed, row, one.on)
    keep_tax(tx, row["id"], taxes.ISSUED, snapshot, one.taxed)
    books.keep_in_books(tx, row["id"], snapshot, figures, one.taxed)
    books.keep_invoiced(tx, row["id"], taxes.ISSUED, snapshot, figures, one.taxed)
    due = total((figures.amount_due, one.tax)) if one.invoiced is None else one.invoiced
    following = state_after_issue(due, certified_by_client=snapshot.is_certified)
    tx.change(invoice, "invoice", row, "issue_invoice", INVOICE, following)
    if not snapshot.is_certified:
        stand_as_issued(tx, row, snapshot, figures, by, one.on)
        keep_tax(tx, row["id"], taxes.CERTIFIED, snapshot, one.taxed)
        books.keep_invoiced(tx, row["id"], taxes.CERTIFIED, snapshot, figures, one.taxed)
        carried_credits.carry(tx, agreed, row, snapshot, figures, one.taxed, one.on)
    if snapshot.owed_at_issue:
        open_receivable(tx, agreed, row, figures, one.on, tax=one.tax, invoiced=one.invoiced)
        superseding.move_payments(tx, row, one.on)
    contract_changed(tx, agreed, f"{name_of(row)} issued as {numbered.text}")
    return former


def stand_as_issued(
    tx: Transaction, row: RowMapping, snapshot: Snapshot, figures: PayApplication, by: UUID, on: date
) -> None:
    """Where no certificate is asked for, what was issued stands; the next invoice starts from it."""
    tx.insert(
        certificate,
        invoice_id=row["id"],
        decision="not_required",
        person_id=by,
        certified_on=on,
        reason="",
        entries=[entry.model_dump(mode="json") for entry in claiming.claimed_entries(snapshot)],
        **advance_columns.as_stored(figures),
        **{f"line{n}": getattr(figures, f"line{n}") for n in (4, 5, 6, 7, 8, 9)},
    )
    invoices.insert_lines(tx.connection, tx.firm_id, row["id"], figures, certified=True)


def keep_tax(
    tx: Transaction, invoice_id: UUID, stage: str, snapshot: Snapshot, taxed: DocumentTax | None
) -> None:
    """Write what the invoice says of tax and discounts as issued or as certified; nothing where its contract
    says nothing of either."""
    if taxed is not None:
        taxes.keep(tx.connection, tx.firm_id, invoice_id, stage, taxed, snapshot.tax)
