"""Contents → what templates get: plain dicts, lists and strings, every figure already written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any
from uuid import UUID

from contracts_app.documents.consulting_invoice import (
    ConsultingInvoiceContent,
    Phase,
    in_print,
    other_words,
    said_of,
)
from contracts_app.documents.contents import (
    ApplicationContent,
    CertificateOutcome,
    Party,
    ReceiptContent,
    ReducedLine,
    ReductionContent,
    ReminderContent,
    RetainageReleaseContent,
    Signature,
    _Application,
    _Document,
)
from contracts_app.documents.tax_words import tax_fields
from contracts_app.documents.wording import CALLED, Wording, fee_words, folded
from contracts_app.domain.billing.detail import DetailLevel, Printed
from contracts_app.domain.billing.pay_application import ContinuationLine, Kind, revised_number
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.cost_plus.explained import rows as cost_rows
from contracts_app.domain.money import ZERO, opposite, total
from contracts_app.domain.retainage.retainage_explained import TierSlice

OUTCOMES = {
    CertificateOutcome.in_full: "Certified in full",
    CertificateOutcome.less: "Certified for less than applied for",
    CertificateOutcome.withheld: "Certificate withheld",
}
_COLUMNS = (
    "scheduled_value",
    "previous",
    "this_period",
    "stored",
    "total",
    "balance",
    "retainage",
)


@singledispatch
def fields_of(content: _Document) -> dict[str, Any]:
    """The fields of a content's templates; the same ones for its paper and its mail."""
    raise TypeError(f"no document is made from {type(content).__name__}")


@fields_of.register
def _application(content: ApplicationContent) -> dict[str, Any]:
    say = _say(content)
    lines = content.application.lines
    base = [line for line in lines if line.change_order is None]
    changes = [line for line in lines if line.change_order is not None]
    return {
        **_application_head(content, say),
        "base_lines": [_line(line, content.explained, say) for line in base],
        "change_lines": [_line(line, content.explained, say) for line in changes],
        "has_changes": bool(changes),
        "base_total": _totals(base, say),
        "change_total": _totals(changes, say),
        "grand_total": _totals(list(lines), say),
    }


@fields_of.register
def _release(content: RetainageReleaseContent) -> dict[str, Any]:
    say = _say(content)
    return {
        **_application_head(content, say),
        "called": CALLED[Kind(content.form.value)],
        "condition": content.condition,
        "lines": [
            {
                "item": line.item_no,
                "description": line.description,
                "held_before": say.amount(line.held_before),
                "released": say.amount(line.released),
                "held_after": say.amount(line.held_after),
            }
            for line in content.lines
        ],
        "held_before": say.amount(total([line.held_before for line in content.lines])),
        "released": say.amount(total([line.released for line in content.lines])),
        "held_after": say.amount(total([line.held_after for line in content.lines])),
    }


@fields_of.register
def _consulting(content: ConsultingInvoiceContent) -> dict[str, Any]:
    say = _say(content)
    a, phases = content.application, content.shown
    fees = total(phase.line.scheduled_value for phase in phases)
    detail = [phase for phase in phases if phase.has_detail]
    backed_up = content.detail.backup and content.detail.level is not DetailLevel.entry
    return {
        **_application_head(content, say),
        "amount_due": say.money(content.due),
        "nothing_due": content.due == ZERO,
        "phases": [_phase(phase, say) for phase in phases],
        "sums": {
            "fee": say.amount(fees),
            "before": say.amount(total(phase.before for phase in phases)),
            "now": say.amount(content.billed_now),
            "to_date": say.amount(total(phase.to_date for phase in phases)),
            "left": say.amount(total(phase.left for phase in phases)),
        },
        "has_retainage": content.retainage_now != ZERO,
        "retainage_now": say.amount(opposite(content.retainage_now)),
        "has_deposit": a.deposit_applied != ZERO,
        "deposit_applied": say.amount(opposite(a.deposit_applied)),
        "deposit_before": say.amount(content.deposit_before),
        "deposit_after": say.amount(content.deposit_after),
        "has_request": content.retainer_request != ZERO,
        "retainer_request": say.money(content.retainer_request),
        "has_more_than_phases": content.retainage_now != ZERO
        or a.deposit_applied != ZERO
        or content.retainer_request != ZERO,
        "amendments": [
            {
                "number": folded(one.number, 12),
                "title": folded(one.title, 40),
                "raises": folded(one.raises, 12),
                "executed_on": say.short_day(one.executed_on),
                "amount": say.amount(one.amount),
            }
            for one in content.amendments
        ],
        **_limits(content, say),
        # With several addresses the sums of the whole contract are nobody's business.
        "has_amendments": bool(content.amendments) and content.only is None,
        "annex": [
            *(_annex(phase, content, say, content.printed(phase)) for phase in detail),
            *(_backup(phase, content, say) for phase in detail if phase.entries and backed_up),
        ],
        "has_annex": bool(detail),
    }


def _limits(content: ConsultingInvoiceContent, say: Wording) -> dict[str, Any]:
    """Caps and purchase orders that this invoice, or one before it, is billed under."""
    told = [one for one in content.limits if one.now or one.before]
    numbers = [one.order_number for one in told if one.order_number and one.now]
    return {
        "has_limits": bool(told),
        "limits": [
            {
                "name": folded(one.name, 40),
                "amount": "" if one.amount is None else say.amount(one.amount),
                "before": say.amount(one.before),
                "now": say.amount(one.now),
                "to_date": say.amount(one.to_date),
                "left": "" if one.left is None else say.amount(one.left),
            }
            for one in told
        ],
        "orders": folded(", ".join(dict.fromkeys(numbers)), 40),
    }


def _phase(phase: Phase, say: Wording) -> dict[str, Any]:
    return {
        "item": folded(phase.line.item_no, 7),
        "description": folded(phase.line.description, 24),
        "how": fee_words(phase.terms.basis, not_to_exceed=phase.terms.not_to_exceed),
        "amendment": folded(phase.line.change_order or "", 16),
        "fee": say.amount(phase.line.scheduled_value),
        "before": say.amount(phase.before),
        "now": say.amount(phase.now),
        "to_date": say.amount(phase.to_date),
        "left": say.amount(phase.left),
    }


def _annex(
    phase: Phase, content: ConsultingInvoiceContent, say: Wording, lines: Sequence[Printed]
) -> dict[str, Any]:
    unit = content.hour_rounding.unit_seconds
    by_time = phase.terms.basis is Basis.time_and_materials
    return {
        **_phase(phase, say),
        "by_time": by_time,
        "by_milestone": phase.terms.basis is Basis.milestone,
        "entries": [_entry(line, unit, say) for line in lines],
        "has_sources": any(line.source for line in lines),
        "rows": [] if by_time else _rows(phase, content, say),
        "hours": say.hours(sum(priced.seconds for priced in phase.entries), unit) if phase.entries else "",
        "worked": say.amount(total(priced.amount for priced in phase.entries)),
        "has_other": phase.other != ZERO,
        "other": other_words(phase),
        "other_amount": say.amount(phase.other),
    }


def _backup(phase: Phase, content: ConsultingInvoiceContent, say: Wording) -> dict[str, Any]:
    """Every entry behind lines that were taken together."""
    part = _annex(phase, content, say, [in_print(priced) for priced in phase.entries])
    return {**part, "how": f"Every entry behind it. {part['how']}"}


def _entry(line: Printed, unit_seconds: int, say: Wording) -> dict[str, str]:
    """One line of the annex; of an entry hours × rate is its amount. Widths of columns decide where words
    may break."""
    first, last = say.short_day(line.first), say.short_day(line.last)
    return {
        "on": first if first == last else f"{first} to {last}",
        "person": folded(line.person, 18),
        "role": folded(line.role or "", 14),
        "what": folded(said_of(line), 34),
        "hours": say.hours(line.seconds, unit_seconds),
        "rate": "" if line.rate is None else say.price(line.rate),
        "amount": say.amount(line.amount),
        "source": folded(line.source, 24),
    }


def _rows(phase: Phase, content: ConsultingInvoiceContent, say: Wording) -> list[dict[str, str]]:
    """What a phase that is not billed by time bills: its costs and fee, or what a fee comes to."""
    costs = content.costs_of(phase)
    if costs is None:
        return _fee_rows(phase, content.explained.get(phase.line.line_id, ""), say)
    return [
        {
            "what": folded(row.what, 60),
            "note": row.note if row.on is None else f"{row.note}, {say.short_day(row.on)}",
            "approved_on": "",
            "amount": say.amount(row.amount),
        }
        for row in cost_rows(costs)
    ]


def _fee_rows(phase: Phase, explained: str, say: Wording) -> list[dict[str, str]]:
    """What a fixed fee bills: its milestones, the quantity measured, or the share that is done."""
    if phase.terms.basis is Basis.milestone:
        return [
            {
                "what": folded(one.title, 60),
                "note": "" if one.amount == one.whole else f"part of {say.amount(one.whole)}",
                "approved_on": "" if one.approved_on is None else say.short_day(one.approved_on),
                "amount": say.amount(one.amount),
            }
            for one in phase.milestones
        ]
    if explained:
        return [
            {
                "what": folded(explained, 60),
                "note": "to date",
                "approved_on": "",
                "amount": say.amount(phase.now),
            }
        ]
    note = f"{say.percent(phase.line.fraction)} of the fee to date, {say.percent(phase.share_before)} before"
    what = "Work to the end of the period"
    return [
        {
            "what": what,
            "note": note if phase.share_before is not None else "",
            "approved_on": "",
            "amount": say.amount(phase.now),
        }
    ]


@fields_of.register
def _receipt(content: ReceiptContent) -> dict[str, Any]:
    say = _say(content)
    return {
        **_document(content),
        "reference": content.payment_reference,
        "method": content.method,
        "received_on": say.day(content.received_on),
        "amount": say.amount(content.amount),
        "amount_money": say.money(content.amount),
        "applied": [
            {
                "invoice": line.invoice_number,
                "called": _called(line.kind, line.application_number),
                "open_before": say.amount(line.open_before),
                "applied": say.amount(line.applied),
                "open_after": say.amount(line.open_after),
                "settled": line.open_after == ZERO,
            }
            for line in content.applied
        ],
        "applied_total": say.amount(total([line.applied for line in content.applied])),
        "open_total": say.amount(total([line.open_after for line in content.applied])),
        "unapplied": say.amount(content.unapplied),
        "has_unapplied": content.unapplied != ZERO,
        "still_open": any(line.open_after > ZERO for line in content.applied),
    }


@fields_of.register
def _reminder(content: ReminderContent) -> dict[str, Any]:
    say = _say(content)
    return {
        **_document(content),
        "as_of": say.day(content.as_of),
        "level": str(content.level),
        "invoices": [
            {
                "invoice": line.invoice_number,
                "called": _called(line.kind, line.application_number),
                "contract": line.contract_number,
                "issued_on": say.short_day(line.issued_on),
                "due_on": say.short_day(line.due_on),
                "days": str(line.days_past_due),
                "original": say.amount(line.original),
                "paid": say.amount(line.paid),
                "open": say.amount(line.open),
            }
            for line in content.invoices
        ],
        "many": len(content.invoices) > 1,
        "total": say.amount(content.total_overdue),
        "total_money": say.money(content.total_overdue),
        "retainage_held": say.money(content.retainage_held),
        "has_retainage": content.retainage_held > ZERO,
    }


@fields_of.register
def _reduction(content: ReductionContent) -> dict[str, Any]:
    say = _say(content)
    return {
        **_document(content),
        "contract": {"number": content.contract_number, "title": content.contract_title},
        "called": CALLED[content.kind].lower(),
        "following": "application" if content.kind is Kind.application else "invoice",
        "application_number": str(content.application_number),
        "invoice": content.invoice_number,
        "period_to": say.day(content.period_to),
        "applied": say.money(content.applied),
        "certified": say.money(content.certified),
        "difference": say.money(content.applied - content.certified),
        "withheld": content.withheld,
        "time_cut": content.time_cut,
        "certified_by": content.certified_by,
        "certified_on": say.day(content.certified_on),
        "reason": content.reason,
        "due_on": say.day(content.due_on),
        "lines": [_cut(line, say) for line in content.lines],
    }


def _application_head(content: _Application, say: Wording) -> dict[str, Any]:
    a = content.application
    orders = a.change_orders
    certificate = content.certificate
    tax = content.tax.tax - content.tax.discount if content.tax else ZERO
    amount_due = total((certificate.amount if certificate else a.line8, tax))
    return {
        **_document(content),
        "contract": {"number": content.contract_number, "title": content.contract_title},
        "architect": content.architect.name if content.architect else "",
        "application_number": revised_number(a.application_no, content.revision),
        "invoice": content.invoice_number or "",
        "draft": content.invoice_number is None,
        "pencil": content.pencil,
        "period_to": say.day(a.period_to),
        "submitted_on": say.day(content.submitted_on),
        "terms": content.terms,
        "due_on": say.day(content.due_on),
        "certify_by": say.day(content.certify_by),
        "line1": say.amount(a.line1),
        "line2": say.amount(a.line2),
        "line3": say.amount(a.line3),
        "line4": say.amount(a.line4),
        "line5": say.amount(a.line5),
        "line5a": say.amount(a.line5a),
        "line5b": say.amount(a.line5b),
        "line6": say.amount(a.line6),
        "line7": say.amount(a.line7),
        "line8": say.amount(a.line8),
        "line9": say.amount(a.line9),
        "rate_completed": _by_rate(content.retainage_slices, say) or _of(say.rate(content.rate_completed)),
        "rate_stored": _of(say.rate(content.rate_stored)),
        "amount_due": say.money(amount_due),
        **tax_fields(content.tax, say),
        "due_label": _due_label(content),
        "has_instructions": bool(content.payment_instructions)
        and (certificate is None or certificate.amount != ZERO),
        "orders": {
            "additions_before": say.amount(orders.additions_before),
            "deductions_before": say.amount(orders.deductions_before),
            "additions_now": say.amount(orders.additions_this_period),
            "deductions_now": say.amount(orders.deductions_this_period),
            "additions": say.amount(orders.additions_before + orders.additions_this_period),
            "deductions": say.amount(orders.deductions_before + orders.deductions_this_period),
            "net": say.amount(orders.net),
        },
        "certified": certificate is not None,
        "certificate": {
            "outcome": OUTCOMES[certificate.outcome],
            "amount": say.money(certificate.amount),
            "line6": say.amount(certificate.line6),
            "by": certificate.certified_by,
            "on": say.day(certificate.certified_on),
            "reason": certificate.reason,
        }
        if certificate
        else {},
        "cut": [_cut(line, say) for line in content.cut],
        "has_cut": bool(content.cut),
        "signatures": [_signature(one, say) for one in (content.prepared, *content.approvals)],
    }


def _document(content: _Document) -> dict[str, Any]:
    return {
        "firm": _party(content.firm),
        "client": _party(content.client),
        "currency": content.currency,
        "payment_instructions": list(content.payment_instructions),
        "has_instructions": bool(content.payment_instructions),
        "hash": content.content_sha256[:12],
    }


def _party(party: Party) -> dict[str, Any]:
    reach = " · ".join(part for part in (party.contact, party.email, party.phone) if part)
    return {
        "name": party.name,
        "address": list(party.address),
        "address_line": ", ".join(party.address),
        "contact": party.contact,
        "email": party.email,
        "phone": party.phone,
        "reach": reach,
        "tax_id": party.tax_id,
    }


def _line(line: ContinuationLine, explained: Mapping[UUID, str], say: Wording) -> dict[str, str]:
    return {
        "item": line.item_no,
        "description": "\n".join(
            part for part in (line.description, explained.get(line.line_id, "")) if part
        ),
        "percent": say.percent(line.fraction),
        **{column: say.amount(getattr(line, column)) for column in _COLUMNS},
    }


def _totals(lines: list[ContinuationLine], say: Wording) -> Mapping[str, str]:
    sums = {column: total([getattr(line, column) for line in lines]) for column in _COLUMNS}
    scheduled = sums["scheduled_value"]
    fraction = None if scheduled == ZERO else sums["total"] / scheduled
    return {"percent": say.percent(fraction), **{column: say.amount(sums[column]) for column in _COLUMNS}}


def _due_label(content: _Application) -> str:
    """What the large figure is: nothing is due of an application before it is certified or otherwise owed."""
    if content.certificate is not None:
        return "Amount certified"
    if content.certify_by is not None and content.due_on is None:
        return "Amount applied for"
    return "Amount due"


def _cut(line: ReducedLine, say: Wording) -> dict[str, str]:
    return {
        "item": line.item,
        "description": line.description,
        "applied": say.amount(line.applied),
        "certified": say.amount(line.certified),
        "difference": say.amount(line.applied - line.certified),
    }


def _signature(one: Signature, say: Wording) -> dict[str, str]:
    return {"role": one.role, "name": one.name, "on": say.day(one.on)}


def _by_rate(slices: Sequence[TierSlice], say: Wording) -> str:
    """`20,000.00 at 10 %, 10,000.00 at 5 % now; `: what the work of this application bears."""
    said = ", ".join(f"{say.amount(one.work)} at {say.rate(one.rate)}" for one in slices)
    return f"{said} now; " if said else ""


def _of(rate: str) -> str:
    return f"{rate} of " if rate else ""


def _called(kind: Kind, number: int | None) -> str:
    return "" if number is None else f"{CALLED[kind]} {number}"


def _say(content: _Document) -> Wording:
    return Wording(content.locale, content.currency)
