"""Extra work beside a draft: tickets that nobody signed, and signed ones that are in no change order.

None of it is on the draft; whoever approves it learns what it leaves out (docs/SPEC-change-orders.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from contracts_app.domain.changes.extra_work import Ticket, TicketStanding
from contracts_app.domain.finding import Finding


def of_tickets(known: Iterable[tuple[Ticket, TicketStanding]], period_to: date) -> tuple[Finding, ...]:
    """What is wrong with tickets of work done by the period's end; each warns."""
    found = []
    for ticket, stands in known:
        if ticket.work_date > period_to or stands not in _SENTENCES:
            continue
        code, sentence = _SENTENCES[stands]
        about = f"Ticket {ticket.number} of {ticket.work_date}"
        found.append(Finding(code=code, blocks=False, item_no=None, sentence=sentence.format(about)))
    return tuple(found)


_SENTENCES = {
    TicketStanding.unsigned: (
        "ticket_unsigned",
        "{} is not signed: have it signed on site. It is not billed before its change order is executed.",
    ),
    TicketStanding.signed: (
        "ticket_not_priced",
        "{} is signed and in no change order: price it into one. It is not billed before that is executed.",
    ),
}
