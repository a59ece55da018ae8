"""Letters about a certificate that did not come: docs/SPEC-pay-application.md, rule 16."""

from __future__ import annotations

from datetime import date

from contracts_app.domain.receivables import reply_clock
from tests.domain.worked_tables import Row, cases, listed


@cases("SPEC-pay-application.md", "No certificate by the last day")
def test_who_is_told_when(row: Row) -> None:
    by, today = date.fromisoformat(row["Reply until"]), date.fromisoformat(row["Today"])
    letter = reply_clock.due(by, today, listed(row["Told before"]))
    following = reply_clock.next_day(by, today)
    assert (letter.kind if letter else "-") == row["Letter"]
    assert (following.isoformat() if following else "-") == row["Next"]
