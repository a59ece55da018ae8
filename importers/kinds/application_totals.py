"""Application history, one row an application: period, totals, status and payment date.

The source's retention and net payment are cumulative; they are kept as read and never become our line 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.problems import information
from importers.rules import Checked, Context, RowFlaws, Rules, settle, without_refused


class ApplicationTotals(Entry):
    """One application for payment as the source tells it. `paid_on` stands after decision: the payment date
    where
    the status is paid, and otherwise what a person decided."""

    settled: ClassVar[frozenset[str]] = frozenset({"paid_on"})

    number: int
    period_end: date
    period_total: Decimal
    cumulative: Decimal
    retainage_held: Decimal | None = None
    net_payment_due: Decimal | None = None
    status: str
    payment_date: date | None = None
    line_count: int | None = None
    paid_on: date | None = None

    @property
    def is_paid(self) -> bool:
        return self.status.casefold() == "paid"


COLUMNS = (
    CONTRACT,
    Column(
        "number",
        "application_number, Application, Application no, App, App no, App number, Pay app, Draw, Draw no",
        values.whole_number,
        title="Application number",
    ),
    Column("period_end", "Period to, Period ending, Period end date, Through date, To date", values.day),
    Column(
        "period_total",
        "This period, Period amount, Billed this period, Total this period",
        values.amount,
        title="This period",
    ),
    Column(
        "cumulative",
        "cumulative_billed, Billed to date, Total to date, Total completed, Cumulative total",
        values.amount,
        title="Billed to date",
    ),
    Column("retainage_held", "retention_held, Retainage, Retention", values.amount, required=False),
    Column("net_payment_due", "Net due, Net payment, Net amount due", values.amount, required=False),
    Column("status", "State, Payment status", values.text),
    Column("payment_date", "Paid on, Date paid, Paid date, Date of payment", values.day, required=False),
    Column(
        "line_count",
        "line_item_count, Line items, Lines, Number of lines",
        values.whole_number,
        required=False,
    ),
)


def _build(row: Mapping[str, object]) -> ApplicationTotals | RowFlaws:
    entry = ApplicationTotals.model_validate({**row, "external_id": f"{row['number']}"})
    return entry.model_copy(update={"paid_on": entry.payment_date if entry.is_paid else None})


def _in_order(entries: Sequence[ApplicationTotals], context: Context) -> Checked[ApplicationTotals]:
    """Each cumulative figure is the one before plus the period; each period ends after the one before."""
    wrong = []
    new = {entry.external_id for entry in entries}
    before: ApplicationTotals | None = None
    stored = [e for e in context.stored if isinstance(e, ApplicationTotals)]
    for entry in sorted([*entries, *stored], key=lambda e: e.number):
        if before is None and context.known.imported and not stored:
            break  # a continuation of a stored history: nothing in this file to compare with
        expected = (before.cumulative if before else Decimal(0)) + entry.period_total
        if entry.external_id not in new:
            pass  # checked when it came in
        elif entry.cumulative != expected:
            wrong.append(
                (
                    entry,
                    context.refuse(
                        entry,
                        "cumulative",
                        "cumulative_does_not_add_up",
                        expected=f"{expected:,}",
                        mend="Correct the period total or the cumulative figure.",
                    ),
                )
            )
        elif before and entry.period_end <= before.period_end:
            wrong.append(
                (
                    entry,
                    context.refuse(
                        entry,
                        "period_end",
                        "period_not_after_previous",
                        expected=f"a date after {before.period_end}",
                        mend="Correct the period end.",
                    ),
                )
            )
        before = entry
    return without_refused(entries, wrong)


def _payment_dates(entries: Sequence[ApplicationTotals], context: Context) -> Checked[ApplicationTotals]:
    odd = [e for e in entries if e.payment_date is not None and not e.is_paid]
    numbers = ", ".join(str(e.number) for e in odd)

    def effect(entry: ApplicationTotals, choice: str) -> ApplicationTotals:
        return entry.model_copy(update={"paid_on": entry.payment_date}) if choice == "take" else entry

    return settle(
        entries,
        odd,
        context,
        code="payment_date_without_paid",
        key="payment_date_without_paid",
        field_name="payment_date",
        found=f"payment dates on applications {numbers}",
        expected="status Paid",
        question=f"Applications {numbers} carry a payment date though their status is not Paid. Take "
        "them as paid?",
        choices=[
            ("take", "They count as paid on the date given."),
            ("ignore", "The date is kept as read and they count as not paid."),
        ],
        proposal="take",
        effect=effect,
    )


def _net_payment(entries: Sequence[ApplicationTotals], context: Context) -> Checked[ApplicationTotals]:
    cumulative = [
        e
        for e in entries
        if e.net_payment_due is not None
        and e.retainage_held is not None
        and e.net_payment_due == e.cumulative - e.retainage_held
        and e.cumulative != e.period_total
    ]
    if not cumulative:
        return Checked(entries)
    said = information(
        context.place(cumulative[0], "net_payment_due"),
        "net_payment_is_cumulative",
        found=f"cumulative less retainage on {len(cumulative)} applications",
        expected="the amount due for the period, line 8",
        mend="It is kept as read; our amount due is line 8, line 6 less the certificate before.",
        rows=len(cumulative),
    )
    return Checked(entries, problems=[said])


def _first(entries: Sequence[ApplicationTotals], context: Context) -> Checked[ApplicationTotals]:
    first = min(entries, key=lambda e: e.number, default=None)
    if first is None or first.number == 1 or context.known.imported:
        return Checked(entries)
    said = information(
        context.place(first, "number"),
        "numbers_start_later",
        found=f"{first.number} as first application",
        expected="1",
        mend=f"Set the contract's first application number to {first.number}.",
        rows=1,
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.application_totals,
    columns=COLUMNS,
    build=_build,
    steps=(_in_order, _payment_dates, _net_payment, _first),
    money=("period_total", "cumulative", "retainage_held", "net_payment_due"),
    amount=lambda entry: entry.period_total,
    dates=("period_end", "payment_date"),
    numbers=("period_total", "cumulative", "retainage_held", "net_payment_due"),
)
