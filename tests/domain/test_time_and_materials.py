"""Rates, rounding, caps, corrections, deposits and parts: the worked numbers of SPEC-time-and-materials."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import contracts_app
from contracts_app.domain.billing import drafting, suggesting
from contracts_app.domain.billing.milestones import Milestone, MilestoneState
from contracts_app.domain.billing.pay_application import (
    Entry,
    PreviousCertificate,
    as_previous,
    deposit_applied,
)
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import AtCap, HourRounding, MinimumPer
from contracts_app.domain.money import ZERO, allocate, less, multiply, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RateCard, require_no_overlap
from contracts_app.domain.time.time_and_materials import (
    DayBefore,
    TimeEntry,
    bill,
    price,
    price_in_order,
    within_cap,
)
from tests.domain.agreements import identity, snapshot, sov, terms
from tests.domain.under_a_cap import CARD, DAY, HOUR, LINE, UnderACap, by_hour, row_of, worked
from tests.domain.worked_tables import Row, amounts, cases, listed, rows

PAGE = "SPEC-time-and-materials.md"
SAMPLE = Path(contracts_app.__file__).parent / "sample" / "data" / "toggl_detailed_usd.csv"


@cases(PAGE, "Rate lookup")
def test_rate_lookup(row: Row) -> None:
    entry = worked(1, HOUR, date.fromisoformat(row["Work date"]), row["Person"], row["Role"] or None)
    for rates in (CARD, CARD[::-1]):
        if row["Rate"] == "no_rate":
            with pytest.raises(Refused, match=f"no rate for .*{row['Work date']}") as refused:
                price(entry, RateCard(rates), HourRounding(), "USD")
            assert refused.value.code == "no_rate"
        else:
            assert price(entry, RateCard(rates), HourRounding(), "USD").rate == Decimal(row["Rate"])


def test_two_rates_for_one_day_are_refused() -> None:
    require_no_overlap(CARD)
    for more in (row_of("1", "2025-03-31", role="Engineer"), row_of("1", "2024-01-01", "2025-01-02")):
        with pytest.raises(Refused) as refused:
            require_no_overlap([*CARD, more])
        assert refused.value.code == "rates_overlap"


@cases(PAGE, "Rounding of time")
def test_time_is_rounded_then_priced(row: Row) -> None:
    rounding = HourRounding(unit_seconds=int(row["Unit"]), up=row["Up"] == "yes")
    priced = price(worked(1, int(row["Seconds"])), RateCard(by_hour(row["Rate"])), rounding, "USD")
    assert (priced.seconds, priced.amount) == (int(row["Billed"]), Decimal(row["Amount"]))


def sample_month() -> Sequence[tuple[TimeEntry, Decimal]]:
    """The billable entries of Project Alpha with the file's own amounts."""
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        found = [r for r in csv.DictReader(file) if (r["Project"], r["Billable"]) == ("Project Alpha", "Yes")]
    entries = []
    for number, each in enumerate(found, start=2):
        hours, minutes, seconds = map(int, each["Duration"].split(":"))
        time = worked(
            number,
            hours * HOUR + minutes * 60 + seconds,
            date.fromisoformat(each["Start date"]),
            each["User"],
        )
        entries.append((time, Decimal(each["Amount (USD)"])))
    return entries


@cases(PAGE, "Sample month")
def test_sample_month(row: Row) -> None:
    entries = sample_month()
    assert len(entries) == 35
    if row["Unit"] == "file":
        assert total(amount for _, amount in entries) == Decimal(row["Sum"])
        return
    rounding = HourRounding(unit_seconds=int(row["Unit"]), up=row["Up"] == "yes")
    card = RateCard(by_hour("300.00"))
    priced = [price(entry, card, rounding, "USD") for entry, _ in entries]
    hours = Decimal(sum(each.seconds for each in priced)) / HOUR
    assert hours.quantize(Decimal("0.0001")) == Decimal(row["Hours"])
    assert total(each.amount for each in priced) == Decimal(row["Sum"])


MONTHS = {"March": (3, 31), "April": (4, 30), "May": (5, 31), "June": (6, 30)}


def _live_through(table: Sequence[Row], at_cap: AtCap, month_column: str) -> None:
    rates = (row_of("300.00", "2025-04-01"), row_of("141.50", "2025-03-01", "2025-04-01"))
    life = UnderACap(Decimal(table[0]["Cap"]), at_cap, rates)
    life.work([worked(0, 20 * HOUR, date(2025, 3, 14)), *(entry for entry, _ in sample_month())])
    cap = life.cap
    for row in table:
        month, day = MONTHS[row[month_column]]
        if Decimal(row["Cap"]) != cap:
            life.raise_cap(Decimal(row["Cap"]) - cap, date(2025, month, 1))
            cap = Decimal(row["Cap"])
        drawn = life.invoice(date(2025, month, day))
        assert checks.findings(drawn) == ()
        told = life.told()
        assert told == {name: type(value)(row[name]) for name, value in told.items()}, row[month_column]


@pytest.mark.parametrize("at_cap", AtCap)
def test_sample_under_a_cap(at_cap: AtCap) -> None:
    table = [row for row in rows(PAGE, "Sample under a cap", "Policy") if row["Policy"] == at_cap.value]
    assert [row["Invoice"] for row in table] == ["March", "April", "June"]
    _live_through(table, at_cap, "Invoice")


def test_sample_with_a_cap_raised_in_steps() -> None:
    _live_through(rows(PAGE, "Sample under a cap", "In steps"), AtCap.bill_to_cap, "In steps")


@cases(PAGE, "Corrections")
def test_corrections(row: Row) -> None:
    entries = [
        worked(number, int(hours) * HOUR, DAY + timedelta(days=number))
        for number, hours in enumerate(listed(row["Hours"]))
    ]
    card = RateCard(by_hour("100.00"))
    priced = [price(entry, card, HourRounding(), "USD") for entry in entries]
    left = None if row["Left"] == "none" else Decimal(row["Left"])
    owed = Decimal(row["Owed"])
    claimed = within_cap(priced, left, owed, AtCap(row["Policy"]))
    assert [each.seconds // HOUR for each in claimed] == [int(hours) for hours in listed(row["Claimed"])]
    billed = bill(LINE, claimed, left, owed)
    assert (billed.over_cap, billed.amount) == (Decimal(row["Over cap"]), Decimal(row["Billed"]))


@cases(PAGE, "Corrections of a day with a least time")
def test_corrections_of_a_day(row: Row) -> None:
    rounding = HourRounding(minimum_seconds=4 * HOUR, minimum_per=MinimumPer.day)
    written = [tuple(map(int, one.split(":"))) for one in listed(row["Time"])]
    entries = [
        worked(number, hours * HOUR, DAY + timedelta(days=day)) for number, (day, hours) in enumerate(written)
    ]
    seconds = int(row["Before"]) * HOUR
    person = entries[0].person
    day = DAY + timedelta(days=1)
    before = [DayBefore(line_id=LINE, person=person, work_date=day, seconds=seconds)] if seconds else []
    card = RateCard(by_hour("100.00"))
    priced = price_in_order(entries, card, rounding, "USD", before=before)
    left = None if row["Left"] == "none" else Decimal(row["Left"])
    claimed = within_cap(priced, left, ZERO, AtCap(row["Policy"]), by_day=rounding.by_day)
    again = price_in_order([each.entry for each in claimed], card, rounding, "USD", before=before)
    billed = bill(LINE, again, left, ZERO)
    told = [f"{(each.entry.work_date - DAY).days}:{each.entry.seconds // HOUR}" for each in again]
    assert told == listed(row["Claimed"])
    assert [each.amount for each in again] == amounts(row["Charged"])
    assert (billed.over_cap, billed.amount) == (Decimal(row["Over cap"]), Decimal(row["Billed"]))


@cases(PAGE, "Deposit")
def test_deposit(row: Row) -> None:
    applied = deposit_applied(Decimal(row["Balance"]), Decimal(row["Line 8"]))
    assert applied == Decimal(row["Applied"])
    assert less(Decimal(row["Balance"]), applied) == Decimal(row["Left"])
    drawn = drafting.draft(
        snapshot(
            terms("10000", work="0"),
            [sov(1, "10000")],
            (Entry(line_id=LINE, this_period=Decimal(row["Line 8"])),),
            deposit_balance=Decimal(row["Balance"]),
        )
    )
    assert (drawn.deposit_applied, drawn.amount_due) == (applied, Decimal(row["Due"]))


@cases(PAGE, "Milestones in parts")
def test_milestones_in_parts(row: Row) -> None:
    fee = Decimal(row["Fee"])
    line = sov(1, fee, basis=Basis.milestone)
    previous = None
    billed = []
    for number, approved in enumerate(amounts(row["Approved to date"]), start=1):
        milestone = Milestone(
            id=identity("milestone"),
            line_id=line.id,
            title="Report",
            amount=fee,
            approved_amount=approved,
            state=MilestoneState.approved if approved == fee else MilestoneState.partly_approved,
        )
        entries = suggesting.suggested_entries([line], previous, {}, {}, [milestone], complete=False)
        drawn = snapshot(
            terms(fee, work="0", partial_milestones=True),
            [line],
            entries,
            number=number,
            period_to=DAY + timedelta(days=30 * number),
            previous=previous,
            milestones=(milestone,),
        )
        assert checks.blocking(checks.findings(drawn)) == ()
        shown = drafting.draft(drawn)
        billed.append(shown.line8)
        previous = as_previous(shown)
    assert billed == amounts(row["Billed"])


@pytest.mark.parametrize(
    ("before", "this_period", "parts", "in_part"),
    [
        ("0", "20000", False, True),
        ("0", "20000", True, False),
        ("0", "24000", False, False),
        ("0", "10000", False, False),
        ("0", "34000", False, False),
        ("24000", "10000", False, False),
        ("24000", "0", False, False),
        ("24000", "4000", False, True),
        # A certificate cut the first milestone by 4,000: the rest, the other, or both may follow.
        ("20000", "4000", False, False),
        ("20000", "10000", False, False),
        ("20000", "14000", False, False),
        ("20000", "5000", False, True),
    ],
)
def test_a_milestone_is_billed_as_a_whole_unless_the_terms_let_it_be_billed_in_parts(
    before: str, this_period: str, *, parts: bool, in_part: bool
) -> None:
    line = sov(1, "34000", basis=Basis.milestone)
    approved = tuple(
        Milestone(
            id=identity(title),
            line_id=line.id,
            title=title,
            amount=Decimal(amount),
            approved_amount=Decimal(amount),
            state=MilestoneState.approved,
        )
        for title, amount in (("Concept", "24000"), ("Model", "10000"))
    )
    agreed = terms("34000", work="0", partial_milestones=parts)

    def billing(amount: str, number: int, previous: PreviousCertificate | None) -> Snapshot:
        entry = Entry(line_id=line.id, this_period=Decimal(amount))
        return snapshot(
            agreed,
            [line],
            (entry,),
            number=number,
            period_to=DAY + timedelta(days=30 * number),
            previous=previous,
            milestones=approved,
        )

    previous = as_previous(drafting.draft(billing(before, 1, None))) if Decimal(before) else None
    found = checks.blocking(checks.findings(billing(this_period, 2, previous)))
    assert [one.code for one in found] == (["milestone_in_part"] if in_part else [])
    if in_part:
        assert found[0].item_no == "1"
        assert "is billed as a whole" in found[0].sentence
        assert "“Concept” 24,000.00" in found[0].sentence


def test_a_milestone_line_never_bills_more_than_is_approved_of_its_milestones() -> None:
    first = Milestone(
        id=identity("first"),
        line_id=LINE,
        title="Report",
        amount=Decimal(900),
        state=MilestoneState.approved,
        approved_amount=Decimal(900),
    )
    later = Milestone(id=identity("later"), line_id=LINE, title="Annex", amount=Decimal(100))
    raised = sov(1, "1000", basis=Basis.milestone)
    (entry,) = suggesting.suggested_entries([raised], None, {}, {}, [first], complete=True)
    assert entry.this_period == Decimal(900)
    agreed = terms("1000", work="0")
    whole = snapshot(agreed, [raised], (entry,), milestones=(first,))
    previous = as_previous(drafting.draft(whole))
    for planned in ([first], [first, later]):
        (entry,) = suggesting.suggested_entries([raised], previous, {}, {}, planned, complete=False)
        assert entry.this_period == ZERO
        for claimed, codes in (("0", set()), ("0.01", {"milestone_not_approved"})):
            drawn = snapshot(
                agreed,
                [raised],
                (Entry(line_id=LINE, this_period=Decimal(claimed)),),
                number=2,
                period_to=DAY,
                previous=previous.model_copy(update={"period_to": DAY - timedelta(days=1)}),
                milestones=tuple(planned),
            )
            assert {found.code for found in checks.blocking(checks.findings(drawn))} == codes


def test_time_after_the_period_blocks() -> None:
    for day, codes in ((DAY, set()), (DAY + timedelta(days=1), {"time_after_period"})):
        drawn = snapshot(
            terms("1000", work="0"),
            [sov(1, "1000", basis=Basis.time_and_materials)],
            period_to=DAY,
            time=(worked(1, HOUR, day),),
            rate_card=by_hour("100"),
        )
        assert {found.code for found in checks.blocking(checks.findings(drawn))} == codes


def test_equal_thirds_are_three_milestones() -> None:
    thirds = allocate(Decimal("100000.00"), [Decimal(1)] * 3, "USD")
    assert list(thirds) == amounts(rows(PAGE, "Milestones in parts")[0]["Billed"])


@cases(PAGE, "Percent complete")
def test_percent_complete_telescopes(row: Row) -> None:
    value = Decimal(row["Value"])
    before, this_period = ZERO, []
    for percent in listed(row["Percent to date"]):
        to_date = round_to(multiply(value, Decimal(percent).scaleb(-2)), "USD")
        this_period.append(less(to_date, before))
        before = to_date
    assert this_period == amounts(row["This period"])
    assert total(this_period) == value


def test_an_estimate_is_billed_above_its_value_with_a_remark() -> None:
    estimate = sov(1, "500.00", basis=Basis.time_and_materials).model_copy(update={"not_to_exceed": False})
    drawn = snapshot(
        terms("500.00", work="0"),
        [estimate],
        (Entry(line_id=LINE),),
        period_to=DAY,
        rate_card=by_hour("100.00"),
        time=(worked(1, 6 * HOUR),),
    )
    assert drafting.draft(drawn).line8 == 600
    assert [(found.code, found.blocks) for found in checks.findings(drawn)] == [
        ("over_scheduled_value", False)
    ]
    capped = drawn.model_copy(update={"schedule": (sov(1, "500.00", basis=Basis.time_and_materials),)})
    assert drafting.draft(capped).line8 == 500
    assert checks.findings(capped) == ()
