"""What caps and the client's purchase orders keep from a draft, and the orders that it exceeds."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.billing.claiming import asked_of_limits, claim_under_limits
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.finding import Finding
from contracts_app.domain.funding import funding, limited
from contracts_app.domain.time.time_and_materials import TimeEntry


def of_limits(snapshot: Snapshot, offered: Sequence[TimeEntry] | None = None) -> Sequence[Finding]:
    """One finding for each cap and order that holds something back, or is exceeded; none without limits.

    Of the time that the draft claims, or of `offered`.
    """
    if snapshot.limits is None or not snapshot.kind.bills_work:
        return ()
    made = claim_under_limits(snapshot, offered)
    return funding.findings(made, limited.names(asked_of_limits(snapshot)), snapshot.terms.currency)
