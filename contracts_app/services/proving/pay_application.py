"""An application for payment computed again: lines 1 to 9, columns, certificate, retainage, receivable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving.chain import chain_of, steps_of
from contracts_app.domain.billing import certifying, drafting
from contracts_app.domain.billing.pay_application import ContinuationLine, Entry, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.invoice_commands import Certification
from contracts_app.domain.money import ZERO, less, opposite, total
from contracts_app.services.proving import books, costs, credited, invoiced, tax
from contracts_app.services.proving.proof import Compared
from contracts_app.store.advance_columns import as_stored
from contracts_app.store.views.stored_invoice import StoredInvoice

_ISSUED = ("1", "2", "3", "4", "5", "5a", "5b", "6", "7", "8", "9")
_CERTIFIED = ("4", "5", "6", "7", "8", "9")
_COLUMNS = (
    "item_no", "description", "change_order", "scheduled_value", "previous", "this_period", "stored", "total",
    "withheld", "released", "retainage",
)  # fmt: skip
_COLUMN_WORDS = {"sov_line_id": "line", "seconds": "seconds billed"}
Ledger = Mapping[UUID, tuple[Decimal, Decimal]]
"""Per line of the schedule: retainage withheld and released."""


def compare(known: StoredInvoice, body: str) -> Iterator[Compared]:
    """Everything stored of the invoice against its snapshot. Raises Refused or ValueError where the snapshot
    gives no figures."""
    snapshot = Snapshot.model_validate_json(body)
    applied = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    yield from _about(known, snapshot, applied, content_hash)
    yield from _approved(known, snapshot, applied, content_hash)
    yield from _summary("as issued", known.issued, applied, _ISSUED)
    yield from _lines("as issued", known.lines, applied)
    yield from _advance("as issued", known.issued, applied)
    yield from _time(known.time, applied)
    yield from costs.compared(known.costs, known.cost_lines, applied)
    certified = None
    if known.certificate is not None:
        certified = certificate_again(snapshot, known.certificate["decision"], known.certificate["entries"])
        yield from _summary("as certified", known.certificate, certified, _CERTIFIED)
        yield from _lines("as certified", known.certificate_lines, certified)
        yield from _advance("as certified", known.certificate, certified)
    yield from _retainage(known, applied, certified)
    yield from tax.compare(known, snapshot, applied, certified)
    issued_on = known.issued["issued_on"]
    owed = tax.due(snapshot, applied, issued_on)
    certified_due = None if certified is None else tax.due(snapshot, certified, issued_on)
    yield from books.compare(known, snapshot, applied, owed if snapshot.owed_at_issue else certified_due)
    yield from invoiced.compare(known, snapshot, applied, certified)
    yield from _receivable(
        known,
        snapshot.owed_at_issue,
        snapshot.terms.owed_in,
        invoiced.owed(snapshot, applied, issued_on),
        None if certified is None else invoiced.owed(snapshot, certified, issued_on),
    )
    yield from credited.compare(known, snapshot.terms, certified, certified_due)
    yield from _deposit(known, applied, certified)


def certificate_again(snapshot: Snapshot, decision: str, accepted: Sequence[Any]) -> PayApplication:
    """The certificate that a decision gives; `accepted` are its entries as stored.

    Where the contract asks for none (`not_required`), what was issued stands.
    """
    if decision == "not_required":
        return drafting.draft(snapshot)
    match Certification(decision):
        case Certification.in_full:
            return drafting.draft(snapshot)
        case Certification.withheld:
            return certifying.withheld(snapshot)
        case Certification.less:
            return certifying.certified(snapshot, [Entry.model_validate(entry) for entry in accepted])


def _about(
    known: StoredInvoice, snapshot: Snapshot, applied: PayApplication, content_hash: str
) -> Iterator[Compared]:
    own, facts = known.draft, known.issued
    yield Compared("rules of the snapshot", facts["rules"], snapshot.rules)
    yield Compared("content hash as issued", facts["content_hash"], content_hash)
    yield Compared("content hash of the draft", own["content_hash"], content_hash)
    yield Compared("contract", own["contract_id"], snapshot.contract_id)
    yield Compared("kind", own["kind"], snapshot.kind.value)
    yield Compared("application number", own["application_no"], snapshot.application_no)
    yield Compared("end of the period", own["period_to"], snapshot.period_to)
    yield Compared("currency", facts["currency"], applied.currency)
    due = facts["issued_on"] + timedelta(days=snapshot.terms.certification_days)
    yield Compared("day by which the client certifies", facts["certification_due_on"], due)


def _approved(
    known: StoredInvoice, snapshot: Snapshot, applied: PayApplication, content_hash: str
) -> Iterator[Compared]:
    """Each step of the chain approved exactly what was issued (an earlier draft's approvals do not count)."""
    for step in steps_of(chain_of(applied.line8, snapshot.terms.controller_limit, snapshot.approval)):
        hashes = [one["content_hash"] for one in known.approvals if one["step"] == step.name]
        stored = content_hash if content_hash in hashes else (hashes[-1] if hashes else None)
        yield Compared(f"content hash approved by the {step.name.replace('_', ' ')}", stored, content_hash)


def _summary(when: str, row: RowMapping, figures: PayApplication, names: Sequence[str]) -> Iterator[Compared]:
    for name in names:
        yield Compared(f"line {name} {when}", row[f"line{name}"], getattr(figures, f"line{name}"))


def _lines(when: str, rows: Sequence[RowMapping], figures: PayApplication) -> Iterator[Compared]:
    """Column by column; a line that is stored and does not come out again, or the other way round, is one
    difference."""
    stored = {row["sov_line_id"]: row for row in rows}
    for position, line in enumerate(figures.lines, start=1):
        row = stored.pop(line.line_id, None)
        if row is None:
            yield Compared(f"line {line.item_no} of the schedule {when}", None, line.description)
            continue
        yield Compared(f"position of line {line.item_no} {when}", row["position"], position)
        for column in _COLUMNS:
            what = f"{column.replace('_', ' ')} of line {line.item_no} {when}"
            yield Compared(what, row[column], getattr(line, column))
    for row in stored.values():
        yield Compared(f"line {row['item_no']} of the schedule {when}", row["description"], None)


def _advance(when: str, row: RowMapping, figures: PayApplication) -> Iterator[Compared]:
    """What is invoiced and recovered of the advance payment to date."""
    for column, amount in as_stored(figures).items():
        yield Compared(f"{column.replace('_', ' ')} to date {when}", row[column], amount)


def _time(rows: Sequence[RowMapping], figures: PayApplication) -> Iterator[Compared]:
    """The detail annex, entry by entry."""
    stored = {row["time_entry_id"]: row for row in rows}
    billed = [(line.line_id, each) for line in figures.time for each in line.entries]
    for position, (line_id, each) in enumerate(billed, start=1):
        named = f"time of {each.entry.person} on {each.entry.work_date}"
        row = stored.pop(each.entry.id, None)
        if row is None:
            yield Compared(f"{named} in the detail annex", None, each.amount)
            continue
        again: Mapping[str, object] = {
            "sov_line_id": line_id,
            "position": position,
            "work_date": each.entry.work_date,
            "person": each.entry.person,
            "role": each.entry.role,
            "description": each.entry.description,
            "source": each.entry.source,
            "seconds": each.seconds,
            "rate": each.rate,
            "amount": each.amount,
        }
        for column, value in again.items():
            yield Compared(f"{_COLUMN_WORDS.get(column, column)} of the {named}", row[column], value)
    for row in stored.values():
        named = f"time of {row['person']} on {row['work_date']}"
        yield Compared(f"{named} in the detail annex", row["amount"], None)


def _retainage(
    known: StoredInvoice, applied: PayApplication, certified: PayApplication | None
) -> Iterator[Compared]:
    """Issue brings the ledger from the certificate before to what was applied, the certificate from there."""
    yield from _posted(known, "issue", known.before, applied.lines)
    if certified is not None:
        at_issue = {line.line_id: (line.withheld, line.released) for line in applied.lines}
        yield from _posted(known, "certificate", at_issue, certified.lines)
    elif any(row["cause"] == "certificate" for row in known.retainage):
        yield Compared("retainage posted by a certificate", "some", None)


def _posted(
    known: StoredInvoice, cause: str, before: Ledger, lines: Sequence[ContinuationLine]
) -> Iterator[Compared]:
    posted = {row["sov_line_id"]: row for row in known.retainage if row["cause"] == cause}
    when = "at issue" if cause == "issue" else "at the certificate"
    for line in lines:
        withheld, released = before.get(line.line_id, (ZERO, ZERO))
        row = posted.pop(line.line_id, None)
        for name, should in (
            ("withheld", less(line.withheld, withheld)),
            ("released", less(line.released, released)),
        ):
            yield Compared(
                f"retainage {name} on line {line.item_no}, posted {when}", row[name] if row else ZERO, should
            )
    for line_id in posted:
        yield Compared(f"retainage posted {when} on a line of another schedule", line_id, None)


def _receivable(
    known: StoredInvoice,
    at_submission: bool,
    currency: str,
    applied: Decimal,
    certified: Decimal | None,
) -> Iterator[Compared]:
    """What the client owed when the receivable arose, and by how much a lower certificate reduced it.

    `applied` and `certified` are line 8 with its tax.
    """
    owed = applied if at_submission else certified
    opening = owed if owed is not None and owed > ZERO else None
    yield Compared("amount at which the receivable arose", _entries(known, "arises"), opening)
    yield Compared(
        "currency of the receivable",
        known.receivable["currency"] if known.receivable else None,
        currency if opening is not None else None,
    )
    reduced = None
    if at_submission and opening is not None and certified is not None and certified != applied:
        reduced = less(max(certified, ZERO), applied)
    yield Compared("reduction of the receivable by the certificate", _entries(known, "certificate"), reduced)


def _entries(known: StoredInvoice, cause: str) -> Decimal | None:
    amounts = [row["amount"] for row in known.receivable_entries if row["cause"] == cause]
    return total(amounts) if amounts else None


def _deposit(
    known: StoredInvoice, applied: PayApplication, certified: PayApplication | None
) -> Iterator[Compared]:
    """The part that the client paid ahead: as issued, taken from the deposit, credited on the receivable."""
    drawn = opposite(applied.deposit_applied) if applied.deposit_applied else None
    taken = [row["amount"] for row in known.deposit if row["cause"] == "drawn"]
    yield Compared("deposit applied as issued", known.issued["deposit_applied"], applied.deposit_applied)
    yield Compared("amount drawn from the deposit", total(taken) if taken else None, drawn)
    yield Compared("deposit on the receivable", _entries(known, "deposit"), drawn)
