"""A consulting invoice: its phases, amendments and limits, with the annex behind them."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.fields.application_head import application_head
from contracts_app.documents.fields.every_document import wording_of
from contracts_app.documents.fields.phases import annex_part, backup_part, phase_fields
from contracts_app.documents.wording import Wording, folded
from contracts_app.domain.billing.detail import DetailLevel
from contracts_app.domain.money import ZERO, opposite, total


def of_consulting_invoice(content: ConsultingInvoiceContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    a, phases = content.application, content.shown
    fees = total(phase.line.scheduled_value for phase in phases)
    detail = [phase for phase in phases if phase.has_detail]
    backed_up = content.detail.backup and content.detail.level is not DetailLevel.entry
    return {
        **application_head(content, say),
        "amount_due": content.invoiced.payable if content.invoiced else say.money(content.due),
        "nothing_due": content.due == ZERO,
        "phases": [phase_fields(phase, say) for phase in phases],
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
        or content.retainer_request != ZERO
        or a.outstanding_advance != ZERO
        or content.advance_recovered_now != ZERO,
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
            *(annex_part(phase, content, say, content.printed(phase)) for phase in detail),
            *(backup_part(phase, content, say) for phase in detail if phase.entries and backed_up),
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
