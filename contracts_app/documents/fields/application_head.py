"""The head of what is billed: lines 1 to 9, change orders, certificate, signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts_app.documents.contents import CertificateOutcome, Signature, _Application
from contracts_app.documents.fields.advance import advance_fields
from contracts_app.documents.fields.cut_lines import cut_line
from contracts_app.documents.fields.every_document import of_document
from contracts_app.documents.tax_words import tax_fields
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.pay_application import revised_number
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.retainage.retainage_explained import TierSlice

OUTCOMES = {
    CertificateOutcome.in_full: "Certified in full",
    CertificateOutcome.less: "Certified for less than applied for",
    CertificateOutcome.withheld: "Certificate withheld",
}


def application_head(content: _Application, say: Wording) -> dict[str, Any]:
    """Fields that every invoice's templates share."""
    a = content.application
    orders = a.change_orders
    certificate = content.certificate
    tax = content.tax.tax - content.tax.discount if content.tax else ZERO
    sent = content.invoice_number is not None and certificate is None and not content.pencil
    amount_due = total((certificate.amount if certificate else a.line8, tax))
    return {
        **of_document(content),
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
        "amount_due": content.invoiced.payable if content.invoiced else say.money(amount_due),
        "has_invoiced": content.invoiced is not None,
        "invoiced": content.invoiced.model_dump() if content.invoiced else {},
        **tax_fields(content.tax, say),
        "books": content.books,
        **advance_fields(content, say),
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
        "cut": [cut_line(line, say) for line in content.cut],
        "has_cut": bool(content.cut),
        "to_sign": sent and (content.signed_by_hand or content.notarised),
        "to_swear": sent and content.notarised,
        "signatures": [_signature(one, say) for one in (content.prepared, *content.approvals)],
    }


def _due_label(content: _Application) -> str:
    """What the large figure is: nothing is due of an application before it is certified or otherwise owed."""
    if content.certificate is not None:
        return "Amount certified"
    if content.certify_by is not None and content.due_on is None:
        return "Amount applied for"
    return "Amount due"


def _signature(one: Signature, say: Wording) -> dict[str, str]:
    return {"role": one.role, "name": one.name, "on": say.day(one.on)}


def _by_rate(slices: Sequence[TierSlice], say: Wording) -> str:
    """`20,000.00 at 10 %, 10,000.00 at 5 % now; `: what the work of this application bears."""
    said = ", ".join(f"{say.amount(one.work)} at {say.rate(one.rate)}" for one in slices)
    return f"{said} now; " if said else ""


def _of(rate: str) -> str:
    return f"{rate} of " if rate else ""
