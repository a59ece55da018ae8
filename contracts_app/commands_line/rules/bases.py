"""Percent complete, unit prices and recurring fees (docs/SPEC-bases.md)."""

from uuid import UUID

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing import recurring, unit_price
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.recurring import Period, RecurringTerms
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.billing.unit_price import Measured, Quantity, UnitPrice
from contracts_app.domain.money import ZERO, Amount, Rate, less, total
from contracts_app.domain.names import BusinessDate, Currency

_LINE = UUID(int=0)


class ToBillByPercent(Question):
    """A line: scheduled value (C), completed as certified before (D), stored material now (F), and what is
    stated of it: one of a percentage to date, one of this period (fractions of one) and an amount."""

    scheduled_value: Amount
    previous: Amount = ZERO
    stored: Amount = ZERO
    fraction_to_date: Rate | None = None
    fraction_this_period: Rate | None = None
    this_period: Amount = ZERO
    currency: Currency


class LineBilled(Answer):
    """This period (E), completed and stored to date (G), balance (H)."""

    this_period: Amount
    total: Amount
    balance: Amount


class ToBillByMeasure(Question):
    """What is agreed of a line, the quantity measured to date, whether that is the final measure, and what
    was certified before (D)."""

    terms: UnitPrice
    quantity_to_date: Quantity
    finally_measured: bool = False
    previous: Amount = ZERO
    currency: Currency


class MeasureBilled(Answer):
    """The quantity by the price that it has, what it comes to, this period, and the scheduled value."""

    measured: Measured
    this_period: Amount
    scheduled_value: Amount


class ToBillByPeriod(Question):
    """What is agreed of a fee, the day up to which is billed, and what is billed."""

    terms: RecurringTerms
    on: BusinessDate
    billed: Amount = ZERO
    currency: Currency


class PeriodsBilled(Answer):
    """The periods due by the day, what is due to date, and what is billed now."""

    periods: tuple[Period, ...]
    due_to_date: Amount
    this_period: Amount


def _percent_complete(question: ToBillByPercent) -> LineBilled:
    """What a line bills for a percentage to date (stored material included) or of this period."""
    line = SovLine(
        id=_LINE,
        item_no="1",
        position=1,
        description="",
        scheduled_value=question.scheduled_value,
        basis=Basis.percent_complete,
    )
    entry = worked_out(
        line,
        question.previous,
        Entry(
            line_id=_LINE,
            this_period=question.this_period,
            stored=question.stored,
            fraction_to_date=question.fraction_to_date,
            fraction_this_period=question.fraction_this_period,
        ),
        question.currency,
    )
    to_date = total((question.previous, entry.this_period, entry.stored))
    return LineBilled(
        this_period=entry.this_period, total=to_date, balance=less(question.scheduled_value, to_date)
    )


def _unit_price(question: ToBillByMeasure) -> MeasureBilled:
    """What a measured quantity to date bills: at the unit price, and at agreed prices beyond the band."""
    done = unit_price.measured(
        question.terms,
        question.quantity_to_date,
        question.currency,
        finally_measured=question.finally_measured,
    )
    return MeasureBilled(
        measured=done,
        this_period=less(done.amount, question.previous),
        scheduled_value=question.terms.scheduled_value(question.currency),
    )


def _recurring(question: ToBillByPeriod) -> PeriodsBilled:
    """What a recurring fee bills on a day: the periods due to date, less what is billed."""
    return PeriodsBilled(
        periods=tuple(recurring.periods_due(question.terms, question.on)),
        due_to_date=recurring.due_to_date(question.terms, question.on, question.currency),
        this_period=recurring.unbilled(question.terms, question.on, question.billed, question.currency),
    )


RULES: Rules = {
    "percent-complete": _percent_complete,
    "unit-price": _unit_price,
    "recurring": _recurring,
}
