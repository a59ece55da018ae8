"""Checks of one line of a draft: its amounts, its stored material, what is released on it."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.billing.pay_application import ContinuationLine, Kind, PreviousLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import RetainageLevel
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, less, smallest_unit, total


def of_line(line: ContinuationLine, known: PreviousLine, snapshot: Snapshot) -> Sequence[Finding]:
    """What is wrong or notable about a line; `known` is where the prior certificate left it."""
    found: list[Finding] = []
    currency = snapshot.terms.currency

    def report(code: str, sentence: str, blocks: bool = True) -> None:
        found.append(Finding(code=code, blocks=blocks, item_no=line.item_no, sentence=sentence))

    for amount in (line.scheduled_value, line.this_period, line.stored):
        if not is_at_scale(amount, currency):
            report("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    low, high = sorted((ZERO, line.scheduled_value))
    agreed = next(each for each in snapshot.schedule if each.id == line.line_id)
    # Beyond the estimate by measure is said by `of_measures`.
    if line.total > high and (agreed.unit_price is None or line.completed <= high):
        report(
            "over_scheduled_value",
            f"Billed to date {in_words_of_a_page(line.total, currency)} is above the scheduled value "
            f"{in_words_of_a_page(high, currency)}.",
            blocks=agreed.cap is not None,
        )
    if line.total < low:
        report(
            "under_zero",
            f"Billed to date {in_words_of_a_page(line.total, currency)} is below "
            f"{in_words_of_a_page(low, currency)}: take back at most what was billed before.",
        )
    if line.stored < ZERO:
        report("stored_negative", "Materials presently stored cannot be negative: enter what is there now.")
    if line.this_period < ZERO <= line.scheduled_value:
        report(
            "negative_this_period",
            f"This period takes back {in_words_of_a_page(line.this_period.copy_negate(), currency)} "
            "of work billed before.",
            blocks=False,
        )
    if less(known.stored, line.stored) > max(line.this_period, ZERO):
        report(
            "stored_material_gone",
            "More stored material has gone than work was completed: it leaves only by being built in.",
            blocks=False,
        )
    if snapshot.kind is Kind.retainage_release and (line.this_period or line.stored != known.stored):
        report(
            "release_with_new_work",
            "A retainage release invoice carries no new work, and leaves stored material as it was.",
        )
    # Rounded on the contract and then spread, a line's share can move by one unit from one application to
    # the next; a release cannot be wrong by that.
    spread = snapshot.terms.retainage.level is RetainageLevel.contract
    slack = smallest_unit(currency) if spread else ZERO
    lowest, highest = sorted((ZERO, line.withheld))
    if not less(lowest, slack) <= line.released <= total((highest, slack)):
        report("released_more_than_held", "More retainage is released than was withheld: release less.")
    return found
