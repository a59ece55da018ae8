"""Due dates, cash and reminders against docs/SPEC-receivables.md, and what must hold for all of them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.money import ZERO, total
from contracts_app.domain.receivables.follow_up import LEVELS, next_reminder, reached, to_remind
from contracts_app.domain.receivables.receivables import (
    Applied,
    CashPart,
    OpenItem,
    Owed,
    ReceivedCash,
    apply_cash,
    apply_unapplied,
    days_past_due,
    due_date,
)
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


def _owed(number: str, amount: Decimal) -> Owed:
    return Owed(
        invoice_id=identity(f"invoice {number}"),
        name=number,
        client_id=identity("another client" if number == "X" else "client"),
        legal_entity_id=identity("another payee" if number == "W" else "payee"),
        currency="EUR" if number == "Y" else "USD",
        receivable_id=None if number == "N" else identity(f"receivable {number}"),
        open=amount,
    )


def _cash(amount: Decimal, *posted: Decimal, applied_to: frozenset[UUID] = frozenset()) -> ReceivedCash:
    return ReceivedCash(
        reference="WIRE-1",
        client_id=identity("client"),
        legal_entity_id=identity("payee"),
        currency="USD",
        amount=amount,
        posted=posted,
        applied_to=applied_to,
    )


@cases(PAGE, "Application of unapplied cash")
def test_application_of_unapplied_cash(row: Row) -> None:
    pairs = [text.split() for text in listed(row["Open"])]
    owed = {one.invoice_id: one for one in (_owed(number, Decimal(amount)) for number, amount in pairs)}
    asked = [
        CashPart(invoice_id=identity(f"invoice {number}"), amount=Decimal(amount))
        for number, amount in (text.split() for text in listed(row["Asked"]))
    ]
    before = frozenset({identity("receivable B")}) if Decimal(row["Applied before"]) else frozenset()
    cash = _cash(Decimal(row["Payment"]), -Decimal(row["Applied before"]), applied_to=before)
    if row["Applied"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            apply_unapplied(cash, asked, owed)
        assert f"refused {refused.value.code}" == row["Applied"]
        assert refused.value.sentence.endswith(".")
        return
    applied = apply_unapplied(cash, asked, owed)
    assert [(part.receivable_id, part.amount) for part in applied] == [
        (identity(f"receivable {number}"), Decimal(amount))
        for number, amount in (text.split() for text in listed(row["Applied"]))
    ]
    assert cash.unapplied - total(part.amount for part in applied) == Decimal(row["Left"])


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


@given(st.data())
def test_whatever_is_recorded_and_applied_adds_up(data: st.DataObject) -> None:
    """In any order, wrong ones too: Σ applied + unapplied = amount, and nothing is below zero."""
    owed = {f"{n}": data.draw(_cents) for n in range(data.draw(st.integers(1, 4)))}
    payments: list[ReceivedCash] = []
    for _ in range(data.draw(st.integers(1, 15))):
        if not payments or data.draw(st.booleans()):
            amount = data.draw(_cents)
            items = [_item(number, date(2024, 3, 1), left) for number, left in owed.items() if left]
            numbers = [number for number, left in owed.items() if left]
            named = [identity(f"invoice {number}") for number in numbers if data.draw(st.booleans())]
            applied, left = apply_cash(amount, items, named)
            payments.append(_posted(_cash(amount), applied))
            assert payments[-1].unapplied == left
        else:
            at = data.draw(st.integers(0, len(payments) - 1))
            wanted = [
                CashPart(
                    invoice_id=identity(f"invoice {number}"),
                    amount=data.draw(
                        st.one_of(_cents, st.sampled_from([payments[at].unapplied, owed[number]]))
                    ),
                )
                for number in data.draw(st.lists(st.sampled_from(sorted(owed)), min_size=1, max_size=3))
            ]
            known = {one.invoice_id: one for one in (_owed(number, left) for number, left in owed.items())}
            try:
                applied = apply_unapplied(payments[at], wanted, known)
            except Refused:
                continue
            payments[at] = _posted(payments[at], applied)
        for part in applied:
            number = next(n for n in owed if identity(f"receivable {n}") == part.receivable_id)
            owed[number] -= part.amount
        assert all(left >= ZERO for left in owed.values())
        for payment in payments:
            assert payment.unapplied >= ZERO
            assert total(-one for one in payment.posted) + payment.unapplied == payment.amount


def _posted(cash: ReceivedCash, applied: tuple[Applied, ...]) -> ReceivedCash:
    return cash.model_copy(
        update={
            "posted": (*cash.posted, *(-part.amount for part in applied)),
            "applied_to": cash.applied_to | {part.receivable_id for part in applied},
        }
    )


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
