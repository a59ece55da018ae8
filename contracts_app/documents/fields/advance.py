"""What papers and mails say of an advance payment."""

from __future__ import annotations

from typing import Any

from contracts_app.documents.contents import _Application
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.advance_billed import NOTHING
from contracts_app.domain.money import ZERO, opposite, total


def advance_fields(content: _Application, say: Wording) -> dict[str, Any]:
    """How the advance stands with this application; nothing to show once all of it was recovered before."""
    a, now = content.application, content.application.advance or NOTHING
    recovered = content.advance_recovered_now
    return {
        "has_advance": now.outstanding != ZERO or recovered != ZERO,
        "advance": {
            "invoiced": say.amount(now.invoiced),
            "recovered": say.amount(now.recovered),
            "recovered_now": say.amount(recovered),
            "taken_off": say.amount(opposite(recovered)),
            "outstanding": say.amount(now.outstanding),
        },
        "less_retainage": say.amount(total((a.line8, recovered))),
    }
