"""What the source reckons for its rows against what the contract's rate card gives: reported, never
applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import OvertimeWorked
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import PricedEntry, TimeEntry, price
from importers.columns import currency_of
from importers.entries import Entry, canonical
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import Pricing
from importers.many import columns, where
from importers.problems import Problem, information, plural
from importers.rules import Checked, Context, settle

_NOWHERE = UUID(int=0)
"""The line that an entry is priced for; the price does not depend on it."""
_MOST = 20_000
"""Prices that are remembered: a sheet has few people, days and lengths of time."""
_TOLD = (
    "billable", "billed_elsewhere", "elsewhere_meant", "source.sheet", "file_currency", "file_rate",
    "file_amount", "person", "person_meant", "worked_on", "role", "project", "seconds", "overtime",
)  # fmt: skip
_SaysMoney = tuple[str, str | None, bool, bool]
"""Sheet, currency, and whether the row has a rate and an amount."""


class _Worked(NamedTuple):
    """What the price of a row depends on."""

    worker: str
    worked_on: date
    role: str | None
    project: str | None
    seconds: int
    overtime: str | None


@dataclass(slots=True)
class _Rows:
    """How many rows, the first of them, and the different things that they say."""

    count: int = 0
    first: TimesheetEntry | None = None
    said: dict[object, None] = field(default_factory=dict)

    def add(self, rows: Sequence[Entry], at: int, said: object) -> None:
        if self.first is None:
            self.first = cast(TimesheetEntry, rows[at])
        self.count += 1
        self.said[said] = None


@dataclass(slots=True)
class _Compared:
    without: _Rows = field(default_factory=_Rows)
    rates: _Rows = field(default_factory=_Rows)
    amounts: _Rows = field(default_factory=_Rows)
    by_file: Decimal = ZERO
    by_contract: Decimal = ZERO


def in_its_currency(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Ask about rows that say another currency than the contract's: perhaps they are another contract's."""
    own = context.known.currency
    fields = (
        "source.sheet", "file_currency", "file_rate", "file_amount", "billable", "billed_elsewhere",
        "elsewhere_meant",
    )  # fmt: skip
    others: dict[_SaysMoney, set[str]] = {}

    def foreign(
        sheet: str,
        currency: str | None,
        rate: Decimal | None,
        amount: Decimal | None,
        bill: bool,
        marked: bool,
        meant: bool | None,
    ) -> bool:
        if not bill or (marked if meant is None else meant):
            return False
        said = (sheet, currency, bool(rate), bool(amount))
        if said not in others:
            others[said] = _said_currency(said, context) - {own}
        return bool(others[said])

    strange = where(entries, foreign, *fields)
    names = ", ".join(sorted(set().union(*others.values())))
    rows = plural(len(strange), "row")
    return settle(
        entries,
        strange,
        context,
        code="other_currency",
        key="other_currency",
        field_name="file_currency",
        question=f"{rows} in {names}, and the contract is in {own}. Is the time this contract's?",
        found=f"{rows} in {names}",
        expected=own,
        choices=[
            ("keep", f"It is: the contract's rates in {own} price it, the file's amounts are not compared."),
            ("refuse", "It is not: none of these rows is imported."),
        ],
        proposal="refuse",
        effect=lambda entry, choice: entry if choice == "keep" else None,
    )


def with_the_contract(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Compare rates and the total of the rows to be billed, new ones and those imported before."""
    pricing = context.known.pricing
    if pricing is None:
        return Checked(entries)
    found = _Compared()
    card = RateCard(pricing.rates)
    prices: dict[tuple[object, ...], PricedEntry | None] = {}
    for rows in (context.stored, entries):
        for at, (billable, marked, meant_elsewhere, *told) in enumerate(columns(rows, *_TOLD)):
            if not billable or (marked if meant_elsewhere is None else meant_elsewhere):
                continue
            sheet, currency, rate, amount, named, meant, *worked = told
            said = (meant or named, *worked)
            if said in prices:
                by_card = prices[said]
            else:
                if len(prices) >= _MOST:
                    prices.clear()
                by_card = prices[said] = _price(_Worked(*said), card, pricing, context.known.currency)
            if by_card is None:
                found.without.add(rows, at, meant or named)
                continue
            if rate is not None and rate != by_card.rate and _is_own("file_rate", sheet, currency, context):
                found.rates.add(rows, at, by_card.rate)
            if amount is not None and _is_own("file_amount", sheet, currency, context):
                found.amounts.add(rows, at, None)
                found.by_file = total((found.by_file, amount))
                found.by_contract = total((found.by_contract, by_card.amount))
    return Checked(
        entries,
        problems=[
            *_no_rate(found.without, context),
            *_rates(found.rates, context),
            *_amounts(found, context),
        ],
    )


def _price(row: _Worked, card: RateCard, pricing: Pricing, currency: str) -> PricedEntry | None:
    """The row at the contract's rates; None where they have none for it."""
    entry = TimeEntry(
        id=_NOWHERE,
        line_id=_NOWHERE,
        work_date=row.worked_on,
        person=row.worker,
        role=row.role,
        project=row.project,
        seconds=row.seconds,
        overtime=_overtime(row.overtime, pricing),
    )
    try:
        return price(entry, card, pricing.rounding, currency, pricing.overtime)
    except Refused:
        return None


def _overtime(said: str | None, pricing: Pricing) -> OvertimeWorked | None:
    """Overtime as it comes in: not approved yet."""
    if said is None:
        return None
    own = pricing.overtime.spelled(said) if pricing.overtime else None
    return OvertimeWorked(kind=own or said)


def _no_rate(rows: _Rows, context: Context) -> Sequence[Problem]:
    if rows.first is None:
        return ()
    return [
        information(
            context.place(rows.first, "person"),
            "no_rate",
            found=", ".join(sorted(map(str, rows.said))),
            expected="a rate for the work date in the contract's rate card",
            mend="They can be imported, and not be billed before the rate card has a rate for them.",
            rows=rows.count,
        )
    ]


def _said_currency(said: _SaysMoney, context: Context) -> set[str]:
    """The currencies that the row and the headers of its rate and amount say, where it has either."""
    sheet, currency, has_rate, has_amount = said
    found = {currency}
    for name, there in (("file_rate", has_rate), ("file_amount", has_amount)):
        if there:
            found.add(_currency_in(name, sheet, currency, context))
    return {one for one in found if one is not None}


def _currency_in(name: str, sheet: str, currency: str | None, context: Context) -> str | None:
    _, header = context.columns[sheet].get(name, ("", ""))
    return currency_of(header)[1] or currency


def _is_own(name: str, sheet: str, currency: str | None, context: Context) -> bool:
    """Whether the field `name` of a row with this currency is in the contract's."""
    said = _currency_in(name, sheet, currency, context)
    return said is None or said == context.known.currency


def _rates(rows: _Rows, context: Context) -> Sequence[Problem]:
    if rows.first is None:
        return ()
    by_card = next(rate for rate in rows.said if isinstance(rate, Decimal))
    return [
        information(
            context.place(rows.first, "file_rate"),
            "rate_differs",
            found=f"{canonical(rows.first.file_rate)} for {rows.first.worker}",
            expected=f"{canonical(by_card)}, the contract's rate",
            mend="The contract's rate card prices; correct it if the file is right.",
            rows=rows.count,
        )
    ]


def _amounts(found: _Compared, context: Context) -> Sequence[Problem]:
    by_file, by_contract = found.by_file, found.by_contract
    difference: Decimal = less(by_contract, by_file)
    if difference.is_zero() or found.amounts.first is None:
        return ()
    currency = context.known.currency
    apart = in_words_of_a_page(difference.copy_abs(), currency)
    way = "more" if difference > ZERO else "less"
    return [
        information(
            context.place(found.amounts.first, "file_amount"),
            "amount_differs",
            found=f"{in_words_of_a_page(by_file, currency)} in the file",
            expected=f"{in_words_of_a_page(by_contract, currency)} at the contract's rates",
            mend=f"The contract's price stands, {apart} {way}: rates or the rounding of hours differ.",
            rows=found.amounts.count,
        )
    ]
