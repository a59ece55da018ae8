"""The invoice of an advance payment."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import AdvanceContent
from contracts_app.documents.fields.application_head import application_head
from contracts_app.documents.fields.every_document import wording_of


def of_advance(content: AdvanceContent) -> dict[str, Any]:
    """Fields of its paper and its mail."""
    return {
        **application_head(content, wording_of(content)),
        "recovery": content.recovery,
        "guarantee": content.guarantee,
    }
