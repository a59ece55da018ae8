"""Contents → what templates get: plain dicts, lists and strings, every figure already written out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from contracts_app.documents.contents import (
    ApplicationContent,
    CertificateOutcome,
    Party,
    ReceiptContent,
    ReductionContent,
    ReminderContent,
    RetainageReleaseContent,
    Signature,
    _Application,
    _Document,
)
from contracts_app.documents.wording import Wording
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.pay_application import ContinuationLine

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
        "base_lines": [_line(line, say) for line in base],
        "change_lines": [_line(line, say) for line in changes],
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
                "application": _number(line.application_number),
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
                "application": _number(line.application_number),
                "contract": line.contract_number,
                "issued_on": say.day(line.issued_on),
                "due_on": say.day(line.due_on),
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
        "application_number": str(content.application_number),
        "invoice": content.invoice_number,
        "period_to": say.day(content.period_to),
        "applied": say.money(content.applied),
        "certified": say.money(content.certified),
        "difference": say.money(content.applied - content.certified),
        "withheld": content.certified == ZERO,
        "certified_by": content.certified_by,
        "certified_on": say.day(content.certified_on),
        "reason": content.reason,
        "due_on": say.day(content.due_on),
        "lines": [
            {
                "item": line.item,
                "description": line.description,
                "applied": say.amount(line.applied),
                "certified": say.amount(line.certified),
                "difference": say.amount(line.applied - line.certified),
            }
            for line in content.lines
        ],
    }


def _application_head(content: _Application, say: Wording) -> dict[str, Any]:
    a = content.application
    orders = a.change_orders
    certificate = content.certificate
    amount_due = certificate.amount if certificate else a.line8
    return {
        **_document(content),
        "contract": {"number": content.contract_number, "title": content.contract_title},
        "architect": content.architect.name if content.architect else "",
        "application_number": str(a.application_no),
        "invoice": content.invoice_number or "",
        "draft": content.invoice_number is None,
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
        "rate_completed": _of(say.rate(content.rate_completed)),
        "rate_stored": _of(say.rate(content.rate_stored)),
        "amount_due": say.money(amount_due),
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
        "answered_for": _answered_for(content, say),
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


def _line(line: ContinuationLine, say: Wording) -> dict[str, str]:
    return {
        "item": line.item_no,
        "description": line.description,
        "percent": say.percent(line.fraction),
        **{column: say.amount(getattr(line, column)) for column in _COLUMNS},
    }


def _totals(lines: list[ContinuationLine], say: Wording) -> Mapping[str, str]:
    sums = {column: total([getattr(line, column) for line in lines]) for column in _COLUMNS}
    scheduled = sums["scheduled_value"]
    fraction = None if scheduled == ZERO else sums["total"] / scheduled
    return {"percent": say.percent(fraction), **{column: say.amount(sums[column]) for column in _COLUMNS}}


def _answered_for(content: _Application, say: Wording) -> str:
    people = [_statement(one, say) for one in (content.prepared, *content.approvals)]
    return "; ".join(people) + "."


def _statement(one: Signature, say: Wording) -> str:
    return f"{one.role} {one.name}, {say.short_day(one.on)}"


def _signature(one: Signature, say: Wording) -> dict[str, str]:
    return {"role": one.role, "name": one.name, "on": say.day(one.on)}


def _of(rate: str) -> str:
    return f"{rate} of " if rate else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _say(content: _Document) -> Wording:
    return Wording(content.locale, content.currency)
