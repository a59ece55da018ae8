"""What a person states of a line - an amount, a percentage, a measured quantity - and the amount it comes to.

A percentage or a quantity is worked out once, when it is stated; the entry keeps both, and from then on the
amount counts (docs/SPEC-bases.md).
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import ValidationError

from contracts_app.domain.billing import percent_complete
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.unit_price import measured
from contracts_app.domain.money import ZERO, in_words_of_a_page, less
from contracts_app.domain.refusals import wrong_content


def worked_out(line: SovLine, previous: Decimal, entry: Entry, currency: str) -> Entry:
    """The entry with the amount that its percentage or quantity comes to; one with an amount as it is.

    `previous` is D, completed as certified before. Raises Refused where a quantity stands on a line without
    a unit price, a percentage on one with it, or an amount says something else.
    """
    if not entry.is_stated:
        return entry
    try:
        amount = _amount(line, previous, entry, currency)
    except ValidationError:
        raise wrong_content(
            "amount_too_large", f"Line {line.item_no}: what is stated comes to more than can be billed."
        ) from None
    if entry.this_period not in (ZERO, amount):
        raise wrong_content(
            "stated_twice",
            f"Line {line.item_no}: what is stated comes to {in_words_of_a_page(amount, currency)} this "
            f"period, the amount says {in_words_of_a_page(entry.this_period, currency)}: give one of them.",
        )
    return entry.model_copy(update={"this_period": amount})


def _amount(line: SovLine, previous: Decimal, entry: Entry, currency: str) -> Decimal:
    if entry.quantity_to_date is not None:
        if line.unit_price is None:
            raise wrong_content(
                "no_unit_price", f"Line {line.item_no} has no unit price: enter an amount or a percentage."
            )
        done = measured(
            line.unit_price, entry.quantity_to_date, currency, finally_measured=entry.finally_measured
        )
        return less(done.amount, previous)
    if line.basis is Basis.unit_price:
        raise wrong_content(
            "pay_on_measure", f"Line {line.item_no} is paid by measure: enter the quantity to date."
        )
    if entry.fraction_to_date is not None:
        return percent_complete.this_period(
            line.scheduled_value, entry.fraction_to_date, previous, entry.stored, currency
        )
    assert entry.fraction_this_period is not None
    return percent_complete.this_period_alone(line.scheduled_value, entry.fraction_this_period, currency)
