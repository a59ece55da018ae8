"""Due dates, cash and reminders against docs/SPEC-receivables.md, and what must hold for all of them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.follow_up import LEVELS, next_reminder, reached, to_remind
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.receivables import OpenItem, apply_cash, days_past_due, due_date
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import identity
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-receivables.md"


def _item(number: str, due_on: date, amount: Decimal) -> OpenItem:
    return OpenItem(
        receivable_id=identity(f"receivable {number}"),
        invoice_id=identity(f"invoice {number}"),
        invoice_number=number,
        due_on=due_on,
        open=amount,
    )


@cases(PAGE, "Net N")
def test_net_n(row: Row) -> None:
    due_on = due_date(date.fromisoformat(row["Arises on"]), int(row["Days"]))
    assert due_on.isoformat() == row["Due on"]
    assert days_past_due(due_on, due_on) == 0


@cases(PAGE, "Application of cash")
def test_application_of_cash(row: Row) -> None:
    items = []
    for text in listed(row["Open"]):
        number, due_on, amount = text.split()
        items.append(_item(number, date.fromisoformat(due_on), Decimal(amount)))
    named = [identity(f"invoice {number}") for number in listed(row["Named"])]
    if row["Applied"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            apply_cash(Decimal(row["Payment"]), items, named)
        assert f"refused {refused.value.code}" == row["Applied"]
        return
    applied, left = apply_cash(Decimal(row["Payment"]), items, named)
    expected = [tuple(text.split()) for text in listed(row["Applied"])]
    assert [(part.receivable_id, part.amount) for part in applied] == [
        (identity(f"receivable {number}"), Decimal(amount)) for number, amount in expected
    ]
    assert left == Decimal(row["Unapplied"])


@cases(PAGE, "Reminders")
def test_reminders(row: Row) -> None:
    item = _item("A", date.fromisoformat(row["Due on"]), Decimal(100))
    reminded = {item.receivable_id: int(row["Reminded"])} if row["Reminded"] else {}
    today = date.fromisoformat(row["Today"])
    due = to_remind([item], reminded, today)
    assert due == ({} if row["Level"] == "-" else {item.receivable_id: int(row["Level"])})
    upcoming = next_reminder([item], {**reminded, **due})
    assert (upcoming.isoformat() if upcoming else "-") == row["Next"]


_cents = st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_days = st.dates(date(2024, 1, 1), date(2026, 12, 31))
_items = st.lists(st.tuples(_days, _cents), max_size=12).map(
    lambda rows: [_item(f"{number:03}", day, amount) for number, (day, amount) in enumerate(rows)]
)


@given(_cents, _items, st.data())
def test_cash_is_conserved(amount: Decimal, items: list[OpenItem], data: st.DataObject) -> None:
    named = (
        data.draw(st.lists(st.sampled_from([item.invoice_id for item in items]), unique=True))
        if items
        else []
    )
    applied, left = apply_cash(amount, items, named)
    by_receivable = {item.receivable_id: item for item in items}
    assert total(part.amount for part in applied) + left == amount
    assert left >= ZERO
    assert len({part.receivable_id for part in applied}) == len(applied)
    assert all(ZERO < part.amount <= by_receivable[part.receivable_id].open for part in applied)
    # Only the last invoice of the order may stay partly open.
    assert all(part.amount == by_receivable[part.receivable_id].open for part in applied[:-1])
    settled = {by_receivable[part.receivable_id].invoice_id for part in applied}
    if left:
        assert settled == set(named or (item.invoice_id for item in items))
    if named:
        assert settled <= set(named)
    elif applied:
        latest = max(by_receivable[part.receivable_id].due_on for part in applied)
        untouched = [item for item in items if item.invoice_id not in settled]
        assert all(item.due_on >= latest for item in untouched)


@given(_items, st.lists(st.integers(0, 60), max_size=25), _days)
def test_no_level_is_repeated_and_none_is_lost(items: list[OpenItem], steps: list[int], start: date) -> None:
    """Whatever days the system looks on, a receivable hears each level once at most, and the last one due."""
    reminded: dict[UUID, int] = {}
    heard: dict[UUID, list[int]] = {}
    today = start
    for step in steps:
        today += timedelta(days=step)
        due = to_remind(items, reminded, today)
        for receivable, level in due.items():
            heard.setdefault(receivable, []).append(level)
        reminded.update(due)
        assert to_remind(items, reminded, today) == {}
        upcoming = next_reminder(items, reminded)
        assert upcoming is None or upcoming > today
        if upcoming:
            assert to_remind(items, reminded, upcoming - timedelta(days=1)) == {}
            assert to_remind(items, reminded, upcoming) != {}
        for item in items:
            levels = heard.get(item.receivable_id, [])
            assert levels == sorted(set(levels))
            assert set(levels) <= set(LEVELS)
            assert (levels[-1] if levels else None) == reached(item, today)


@given(_items, _days)
def test_looking_daily_sends_every_level_on_its_day(items: list[OpenItem], start: date) -> None:
    reminded: dict[UUID, int] = {}
    sent: set[tuple[UUID, date]] = set()
    first = min((item.due_on for item in items), default=start)
    last = max((item.due_on for item in items), default=start) + timedelta(days=31)
    upcoming: date | None = first
    while upcoming and upcoming <= last:
        due = to_remind(items, reminded, upcoming)
        sent |= {(receivable, upcoming) for receivable in due}
        reminded.update(due)
        upcoming = next_reminder(items, reminded)
    assert sent == {
        (item.receivable_id, item.due_on + timedelta(days=level)) for item in items for level in LEVELS
    }
