"""An invoice that releases retainage."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import RetainageReleaseContent
from contracts_app.documents.fields.application_head import application_head
from contracts_app.documents.fields.every_document import wording_of
from contracts_app.documents.wording import CALLED
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.money import total


def of_retainage_release(content: RetainageReleaseContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    say = wording_of(content)
    return {
        **application_head(content, say),
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
