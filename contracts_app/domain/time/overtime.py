"""What an hour of overtime is billed at (docs/SPEC-time-and-materials.md, *Overtime*).

The premium is billable only where the contract has the class of overtime in its terms and, if they ask for
it, somebody approved the hour; else the hour is billed as regular time (FAR 52.232-7(a)(8)).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.contract import OvertimeClass, OvertimeConvention, OvertimeTerms
from contracts_app.domain.money import Rate, fraction_of, less, multiply, rate_to, total
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RATE_PLACES, RateCard, RateRow

FACTOR_PLACES = 4
"""Decimals of a factor that is worked out from two rates, as the trade writes it."""
ONE = Decimal(1)


class OvertimeWorked(BaseModel):
    """That time was worked as overtime of a class, and whether its premium was approved.

    `premium_only`: the hours themselves are billed by another entry at the regular rate, and this one bills
    only what overtime costs above it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Name
    approved: bool = False
    premium_only: bool = False


class HourPrice(BaseModel):
    """The price of an hour. Where overtime made it another than the regular rate, `base_rate` is that one and
    `factor` what it was multiplied by (for a flat rate: what it comes to, to four decimals)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate: Rate
    base_rate: Rate | None = None
    factor: Rate | None = None


class Work(NamedTuple):
    """Whose work on which day: what a rate is looked up by."""

    person: str
    role: str | None
    work_date: date
    project: str | None = None
    overtime: OvertimeWorked | None = None

    @property
    def whose(self) -> str:
        """The work as a sentence names it."""
        return f"{self.person} on {self.work_date}"


def looked_up(card: RateCard, terms: OvertimeTerms | None, work: Work) -> HourPrice | Refused:
    """What an hour of this work is billed at; or why it has no price, as `hour_price` says and for work
    that the card does not price."""
    regular = card.find(work.person, work.role, work.work_date, work.project)
    if regular is None:
        who = f"{work.person} ({work.role})" if work.role else work.person
        return Refused(
            "no_rate",
            f"The rate card has no rate for {who} on {work.work_date}: add one, or transfer the entry.",
        )
    worked = work.overtime
    agreed = terms.find(worked.kind) if terms and worked else None
    flat: RateRow | None = None
    if agreed is not None and agreed.convention is OvertimeConvention.flat_rate:
        flat = card.find(work.person, work.role, work.work_date, work.project, agreed.name)
    try:
        return hour_price(regular, flat, worked, agreed, work.whose)
    except Refused as refused:
        return refused


def in_words(kind: str, base_rate: Decimal | None, factor: Decimal | None, premium_only: bool) -> str:
    """How the price of an hour of overtime came about, for a line on paper: `overtime, 25 × 1.5`."""
    if base_rate is None:
        return f"{kind}, at the regular rate"
    if factor is None:
        return kind
    times = f"{_plain(base_rate)} × {_plain(factor)}"
    return f"premium for {kind}, {times} less {_plain(base_rate)}" if premium_only else f"{kind}, {times}"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_billable(worked: OvertimeWorked, agreed: OvertimeClass | None) -> bool:
    """Whether the client pays the premium of this overtime."""
    return agreed is not None and (worked.approved or not agreed.needs_approval)


def hour_price(
    regular: RateRow,
    flat: RateRow | None,
    worked: OvertimeWorked | None,
    agreed: OvertimeClass | None,
    whose: str,
) -> HourPrice:
    """What an hour is billed at. `flat` is the row of the class's flat rate, where there is one; `whose`
    names person and day for a sentence.

    Raises Refused for an adjustment whose premium is not billable, for a class with a flat rate that the card
    does not have, and for a markup on pay where the card does not say what is paid.
    """
    base = regular.hourly
    if worked is None:
        return HourPrice(rate=base)
    if agreed is None or not is_billable(worked, agreed):
        if worked.premium_only:
            raise Refused(
                "premium_not_billable",
                f"The premium for {worked.kind} of {whose} cannot be billed: the contract's terms must have "
                "that class of overtime, and it must be approved.",
            )
        return HourPrice(rate=base)
    rate, factor = _overtime(regular, flat, agreed, whose)
    if worked.premium_only:
        rate = less(rate, base)
    return HourPrice(rate=rate, base_rate=base, factor=factor)


def _overtime(
    regular: RateRow, flat: RateRow | None, agreed: OvertimeClass, whose: str
) -> tuple[Decimal, Decimal | None]:
    """The rate of an hour of overtime, and the factor it is on the regular rate (None on a rate of zero)."""
    base = regular.hourly
    if agreed.convention is OvertimeConvention.flat_rate:
        if flat is None:
            raise Refused("no_rate", f"The rate card has no flat rate for {agreed.name} of {whose}: add one.")
        return flat.hourly, _factor(flat.hourly, base)
    factor = agreed.factor or ONE
    if agreed.convention is OvertimeConvention.markup_on_pay:
        if regular.paid is None:
            raise Refused(
                "no_pay_rate",
                f"The rate card does not say what {whose} is paid, and {agreed.name} is billed by a markup "
                "on pay: add it.",
            )
        marked_up = multiply(multiply(regular.paid, factor), total((ONE, agreed.markup or Decimal(0))))
        on_base = _factor(marked_up, base)
        if on_base is None:
            return base, None
        factor = on_base
    return rate_to(multiply(base, factor), RATE_PLACES), factor


def _factor(rate: Decimal, base: Decimal) -> Decimal | None:
    return rate_to(fraction_of(ONE, rate, base), FACTOR_PLACES) if base else None
