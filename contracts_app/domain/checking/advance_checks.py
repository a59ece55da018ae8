"""What is wrong or notable about an advance payment in a draft."""

from __future__ import annotations

from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, in_words_of_a_page, total

ABOVE_WHAT_IS_LEFT = "advance_above_what_is_left"


def above_what_is_left(snapshot: Snapshot, application: PayApplication) -> str | None:
    """Why an advance payment cannot go out: later work, with the change orders executed since its day, and
    retainage still held recover it, and are less than it. None where they are enough."""
    rest = total((application.line9, snapshot.later_orders))
    if snapshot.kind is not Kind.advance or rest >= ZERO:
        return None
    currency = snapshot.terms.currency
    left = total((rest, application.line8))
    return (
        f"The advance payment is {in_words_of_a_page(application.line8, currency)}, and work to come and "
        f"retainage held are {in_words_of_a_page(left, currency)}: nothing would recover the rest. "
        "Amend the contract to a lower advance payment, or to none."
    )


def of_advance(snapshot: Snapshot, application: PayApplication) -> list[Finding]:
    """An advance that too little is left to recover, and work billed before it, which recovers nothing."""
    if (above := above_what_is_left(snapshot, application)) is not None:
        return [Finding(code=ABOVE_WHAT_IS_LEFT, blocks=True, item_no=None, sentence=above)]
    if snapshot.terms.advance is None or snapshot.kind is Kind.advance or application.advance is not None:
        return []
    return [
        Finding(
            code="advance_not_invoiced",
            blocks=False,
            item_no=None,
            sentence="An advance payment is agreed and not invoiced yet: nothing of it is recovered here.",
        )
    ]
