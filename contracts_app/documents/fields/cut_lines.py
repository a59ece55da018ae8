"""Lines that a certificate cut."""

from __future__ import annotations

from contracts_app.documents.contents import ReducedLine
from contracts_app.documents.wording import Wording


def cut_line(line: ReducedLine, say: Wording) -> dict[str, str]:
    """One line, as applied for and as certified."""
    return {
        "item": line.item,
        "description": line.description,
        "reason": line.reason,
        "applied": say.amount(line.applied),
        "certified": say.amount(line.certified),
        "difference": say.amount(line.applied - line.certified),
    }
