"""What the source reckons for its rows against what the contract's rate card gives: reported, never
applied."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import OvertimeWorked
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import PricedEntry, TimeEntry, price
from importers.columns import currency_of
from importers.entries import canonical
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import Pricing
from importers.problems import Problem, information, plural
from importers.rules import Checked, Context, settle

_NOWHERE = UUID(int=0)
"""The line that an entry is priced for; the price does not depend on it."""


def in_its_currency(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Ask about rows that say another currency than the contract's: perhaps they are another contract's."""
    own = context.known.currency
    foreign = {
        entry.external_id: said
        for entry in entries
        for said in (_said_currency(entry, context) - {own},)
        if said and entry.to_bill
    }
    others = ", ".join(sorted(set().union(*foreign.values())))
    rows = plural(len(foreign), "row")
    return settle(
        entries,
        [entry for entry in entries if entry.external_id in foreign],
        context,
        code="other_currency",
        key="other_currency",
        field_name="file_currency",
        question=f"{rows} in {others}, and the contract is in {own}. Is the time this contract's?",
        found=f"{rows} in {others}",
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
    stored = [entry for entry in context.stored if isinstance(entry, TimesheetEntry)]
    rows = [entry for entry in (*stored, *entries) if entry.to_bill]
    card = RateCard(pricing.rates)
    priced: list[tuple[TimesheetEntry, PricedEntry]] = []
    without: list[TimesheetEntry] = []
    for row in rows:
        try:
            priced.append((row, _price(row, card, pricing, context.known.currency)))
        except Refused:
            without.append(row)
    return Checked(
        entries, problems=[*_no_rate(without, context), *_rates(priced, context), *_amounts(priced, context)]
    )


def _price(row: TimesheetEntry, card: RateCard, pricing: Pricing, currency: str) -> PricedEntry:
    entry = TimeEntry(
        id=_NOWHERE,
        line_id=_NOWHERE,
        work_date=row.worked_on,
        person=row.worker,
        role=row.role,
        project=row.project,
        seconds=row.seconds,
        overtime=_overtime(row, pricing),
    )
    return price(entry, card, pricing.rounding, currency, pricing.overtime)


def _overtime(row: TimesheetEntry, pricing: Pricing) -> OvertimeWorked | None:
    """Overtime as it comes in: not approved yet."""
    if row.overtime is None:
        return None
    own = pricing.overtime.spelled(row.overtime) if pricing.overtime else None
    return OvertimeWorked(kind=own or row.overtime)


def _no_rate(rows: Sequence[TimesheetEntry], context: Context) -> Sequence[Problem]:
    if not rows:
        return ()
    people = sorted({row.worker for row in rows})
    return [
        information(
            context.place(rows[0], "person"),
            "no_rate",
            found=", ".join(people),
            expected="a rate for the work date in the contract's rate card",
            mend="They can be imported, and not be billed before the rate card has a rate for them.",
            rows=len(rows),
        )
    ]


def _said_currency(row: TimesheetEntry, context: Context) -> set[str]:
    """The currencies that the row and the headers of its rate and amount say, where it has either."""
    said = {row.file_currency}
    for field, value in (("file_rate", row.file_rate), ("file_amount", row.file_amount)):
        if value:
            said.add(_currency_in(field, row, context))
    return {currency for currency in said if currency is not None}


def _currency_in(field: str, row: TimesheetEntry, context: Context) -> str | None:
    _, header = context.columns[row.source.sheet].get(field, ("", ""))
    return currency_of(header)[1] or row.file_currency


def _in_contract_currency(row: TimesheetEntry, field: str, context: Context) -> bool:
    said = _currency_in(field, row, context)
    return said is None or said == context.known.currency


def _rates(priced: Sequence[tuple[TimesheetEntry, PricedEntry]], context: Context) -> Sequence[Problem]:
    different = [
        (row, by_card)
        for row, by_card in priced
        if row.file_rate is not None
        and row.file_rate != by_card.rate
        and _in_contract_currency(row, "file_rate", context)
    ]
    if not different:
        return ()
    row, by_card = different[0]
    return [
        information(
            context.place(row, "file_rate"),
            "rate_differs",
            found=f"{canonical(row.file_rate)} for {row.worker}",
            expected=f"{canonical(by_card.rate)}, the contract's rate",
            mend="The contract's rate card prices; correct it if the file is right.",
            rows=len(different),
        )
    ]


def _amounts(priced: Sequence[tuple[TimesheetEntry, PricedEntry]], context: Context) -> Sequence[Problem]:
    both = [
        (row, row.file_amount, by_card.amount)
        for row, by_card in priced
        if row.file_amount is not None and _in_contract_currency(row, "file_amount", context)
    ]
    by_file = total(amount for _, amount, _ in both)
    by_contract = total(amount for _, _, amount in both)
    difference: Decimal = less(by_contract, by_file)
    if difference.is_zero():
        return ()
    currency = context.known.currency
    apart = in_words_of_a_page(difference.copy_abs(), currency)
    way = "more" if difference > ZERO else "less"
    return [
        information(
            context.place(both[0][0], "file_amount"),
            "amount_differs",
            found=f"{in_words_of_a_page(by_file, currency)} in the file",
            expected=f"{in_words_of_a_page(by_contract, currency)} at the contract's rates",
            mend=f"The contract's price stands, {apart} {way}: rates or the rounding of hours differ.",
            rows=len(both),
        )
    ]
