"""A letter on what a certificate cut."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import ReductionContent
from contracts_app.documents.fields.cut_lines import cut_line
from contracts_app.documents.fields.every_document import of_document, wording_of
from contracts_app.documents.wording import CALLED
from contracts_app.domain.billing.pay_application import Kind


def of_reduction(content: ReductionContent) -> dict[str, Any]:
    """Fields of its mail."""
    say = wording_of(content)
    return {
        **of_document(content),
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
        "lines": [cut_line(line, say) for line in content.lines],
    }
