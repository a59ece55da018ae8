"""Tickets of extra work against the worked numbers of docs/SPEC-change-orders.md."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app import law
from contracts_app.domain import money
from contracts_app.domain.billing.schedule_of_values import ChangeOrderState
from contracts_app.domain.changes.change_pricing import ChangeItem, ChangePricing, ProfitOn, price
from contracts_app.domain.changes.extra_work import (
    FeeOnMaterials,
    HoursOnTicket,
    MaterialOnTicket,
    Ticket,
    TicketMarkups,
    TicketStanding,
    as_items,
    material_limits,
    price_ticket,
    priced_into,
    standing,
)
from contracts_app.domain.law import in_force
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals, identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-change-orders.md"
WORKED = date(2026, 3, 12)
NO_MARKUP = TicketMarkups()


def _hours(cell: str) -> tuple[HoursOnTicket, ...]:
    found = []
    for part in listed(cell):
        time, rate = part.split(" at ")
        hours, minutes = time.split(":")
        found.append(
            HoursOnTicket(what="Fitter", seconds=int(hours) * 3600 + int(minutes) * 60, rate=Decimal(rate))
        )
    return tuple(found)


def _material(cell: str) -> tuple[MaterialOnTicket, ...]:
    pairs = [part.split(" at ") for part in listed(cell)]
    return tuple(
        MaterialOnTicket(what="Pipe", quantity=Decimal(quantity), unit_cost=Decimal(unit))
        for quantity, unit in pairs
    )


def ticket(number: int | str = 1, *, signed: bool = True, **more: Any) -> Ticket:
    """A ticket of an hour at 100.00."""
    return Ticket(
        id=identity(f"ticket {number}"),
        number=str(number),
        work_date=WORKED,
        labour=more.pop("labour", () if more else _hours("1:00 at 100")),
        signed_by="The client's superintendent" if signed else None,
        signed_on=WORKED if signed else None,
        **more,
    )


@cases(PAGE, "Ticket")
def test_ticket(row: Row) -> None:
    labour, equipment, material = amounts(row["Markups"])
    priced = price_ticket(
        ticket(
            labour=_hours(row["Labour"]),
            equipment=_hours(row["Equipment"]),
            material=_material(row["Material"]),
        ),
        TicketMarkups(labour=labour, equipment=equipment, material=material),
        "USD",
    )
    assert (priced.labour, priced.equipment, priced.material, priced.markup, priced.amount) == decimals(
        *(row[name] for name in ("Labour cost", "Equipment cost", "Material cost", "Markup", "Amount"))
    )
    assert (priced.ticket_id, priced.number) == (identity("ticket 1"), "1")


@cases(PAGE, "Tickets into a change order")
def test_tickets_into_a_change_order(row: Row) -> None:
    taken: dict[UUID, str] = {}
    if row["Taken"] != "-":
        number, order = row["Taken"].split(" in ")
        taken = {identity(f"ticket {number}"): order}

    def ask_price() -> Decimal:
        tickets = [ticket(number, signed=number != "3") for number in listed(row["Tickets"])]
        state = ChangeOrderState(row["State"])
        return money.total(
            each.amount for each in priced_into("CO-1", state, tickets, NO_MARKUP, "USD", taken=taken)
        )

    if row["Outcome"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            ask_price()
        assert f"refused {refused.value.code}" == row["Outcome"]
    else:
        assert ask_price() == Decimal(row["Outcome"])


def test_refusals_name_the_ticket() -> None:
    with pytest.raises(Refused) as unsigned:
        price_ticket(ticket(7, signed=False), NO_MARKUP, "USD")
    assert unsigned.value.sentence.startswith("Ticket 7 of 2026-03-12 is not signed")
    with pytest.raises(Refused) as taken:
        priced_into(
            "CO-1",
            ChangeOrderState.potential,
            [ticket(7)],
            NO_MARKUP,
            "USD",
            taken={identity("ticket 7"): "CO-4"},
        )
    assert taken.value.sentence.startswith("Ticket 7 is priced into change order CO-4 already")
    with pytest.raises(Refused) as fixed:
        priced_into("CO-1", ChangeOrderState.submitted, [], NO_MARKUP, "USD")
    assert fixed.value.sentence == "Price change order: not possible, the change order CO-1 is submitted."


@cases(PAGE, "Where a ticket stands")
def test_where_a_ticket_stands(row: Row) -> None:
    order = None if row["Change order"] == "-" else ChangeOrderState(row["Change order"])
    assert standing(ticket(signed=row["Signed"] == "yes"), order) is TicketStanding(row["Stands"])


@cases(PAGE, "Markup on materials and law")
def test_markup_on_materials_and_law(row: Row) -> None:
    rows = in_force(
        law.table("fee_on_materials", FeeOnMaterials), "US", date.fromisoformat(row["Contract date"])
    )
    told = material_limits(TicketMarkups(material=Decimal(row["Markup on material"])), rows)
    assert len(told) == bool(row["Beyond the law"])
    assert all(row["Beyond the law"] in sentence and "52.232-7" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"signed_by": None}, "a name and a day"),
        ({"signed_on": None}, "a name and a day"),
        ({"signed_on": date(2026, 3, 11)}, "not signed for before it is done"),
        ({"labour": ()}, "hours, equipment or material"),
    ],
)
def test_tickets_that_cannot_be(wrong: dict[str, Any], said: str) -> None:
    whole = ticket().model_dump()
    with pytest.raises(ValidationError, match=said):
        Ticket.model_validate({**whole, **wrong})
    assert Ticket.model_validate({**whole, "signed_on": date(2026, 4, 1)}).signed_by


@pytest.mark.parametrize("seconds", [0, 24 * 3600 + 1])
def test_a_day_has_its_hours(seconds: int) -> None:
    with pytest.raises(ValidationError):
        HoursOnTicket(what="Crane", seconds=seconds, rate=Decimal(1))
    assert HoursOnTicket(what="Crane", seconds=24 * 3600, rate=Decimal(0)).seconds == 86400


def test_rates_and_markups_are_not_below_zero() -> None:
    for wrong in ({"labour": "-0.01"}, {"equipment": "-0.01"}, {"material": "-0.01"}):
        with pytest.raises(ValidationError, match="not below zero"):
            TicketMarkups.model_validate(wrong)
    assert [TicketMarkups.model_validate({name: "0.01"}).any for name in TicketMarkups.model_fields] == [
        True
    ] * 3
    assert not NO_MARKUP.any


def test_a_ticket_bears_the_profit_of_its_change_order_once() -> None:
    for markups, amount in ((NO_MARKUP, "120"), (TicketMarkups(labour=Decimal("0.2")), "120")):
        priced = priced_into("CO-1", ChangeOrderState.potential, [ticket()], markups, "USD")
        items = as_items(priced, markups)
        assert items[0].what == "Ticket 1"
        profit = ChangePricing(items=items, profit=Decimal("0.20"), profit_on=ProfitOn.everything)
        assert price(profit, "USD").amount == Decimal(amount)


def test_tickets_and_deductions_net_into_one_change_order() -> None:
    priced = priced_into("CO-1", ChangeOrderState.requested, [ticket(1), ticket(2)], NO_MARKUP, "USD")
    saved = ChangeItem(what="Work not done", amount=Decimal(350), deducts=True)
    order = ChangePricing(items=(*as_items(priced, NO_MARKUP), saved), profit=Decimal("0.20"))
    assert price(order, "USD").amount == -180  # (200 − 350) × 1.20


def test_calc_ticket(ask: Ask) -> None:
    question = {
        "change_order": "CO-1",
        "tickets": [ticket(1).model_dump(mode="json")],
        "markups": {"labour": "0.10", "material": "0.15"},
        "currency": "USD",
        "jurisdiction": "US",
        "contract_date": "2026-01-05",
    }
    status, answer, _ = ask("ticket", question=question)
    assert (status, answer["amount"]) == (0, "110.00")
    assert answer["items"] == [
        {"what": "Ticket 1", "amount": "110.00", "deducts": False, "with_profit": True}
    ]
    assert len(answer["beyond_law"]) == 1
    for missing in ("jurisdiction", "contract_date"):
        rest = {key: value for key, value in question.items() if key != missing}
        assert ask("ticket", question=rest)[1]["beyond_law"] == []
    taken = {str(identity("ticket 1")): "CO-9"}
    status, _, told = ask("ticket", question={**question, "taken": taken})
    assert status == 1
    assert "cannot be charged twice" in told
    assert ask("ticket", question={**question, "state": "executed"})[0] == 1


_cents = st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))
_clocked = st.builds(
    lambda seconds, rate: HoursOnTicket(what="x", seconds=seconds, rate=rate), st.integers(1, 86400), _cents
)
_used = st.builds(
    lambda quantity, unit: MaterialOnTicket(what="x", quantity=quantity, unit_cost=unit), _cents, _cents
)
_markup = st.sampled_from([Decimal(text) for text in ("0", "0.10", "0.15", "0.0333")])


@given(st.lists(_clocked, max_size=4), st.lists(_clocked, max_size=4), st.lists(_used, max_size=4), _markup)
def test_a_priced_ticket_adds_up(
    labour: list[HoursOnTicket],
    equipment: list[HoursOnTicket],
    material: list[MaterialOnTicket],
    rate: Decimal,
) -> None:
    day = ticket(labour=(*labour, *_hours("1:00 at 1")), equipment=tuple(equipment), material=tuple(material))
    priced = price_ticket(day, TicketMarkups(labour=rate, equipment=rate, material=rate), "USD")
    assert priced.amount == money.total((priced.labour, priced.equipment, priced.material, priced.markup))
    assert money.is_at_scale(priced.amount, "USD")
    cost = money.total((priced.labour, priced.equipment, priced.material))
    assert abs(priced.markup - cost * rate) <= Decimal("0.015")


@given(
    st.lists(st.tuples(st.integers(1, 3), st.lists(st.integers(1, 6), max_size=4)), max_size=8),
    st.sets(st.integers(1, 6)),
)
def test_tickets_of_change_orders_are_disjoint(
    asked: list[tuple[int, list[int]]], unsigned: set[int]
) -> None:
    """Whatever change orders ask for in whatever order: each ticket is charged once, and none unsigned."""
    taken: dict[UUID, str] = {}
    charged: dict[str, set[UUID]] = {}
    for order, numbers in asked:
        name = f"CO-{order}"
        tickets = [ticket(number, signed=number not in unsigned) for number in numbers]
        try:
            priced = priced_into(name, ChangeOrderState.requested, tickets, NO_MARKUP, "USD", taken=taken)
        except Refused:
            twice = len(set(numbers)) < len(numbers)
            elsewhere = any(taken.get(each.id, name) != name for each in tickets)
            assert twice or elsewhere or unsigned & set(numbers)
            continue
        ids = {each.ticket_id for each in priced}
        assert len(ids) == len(priced) == len(numbers)
        charged[name] = charged.get(name, set()) | ids
        taken.update(dict.fromkeys(ids, name))
    every = [each for ids in charged.values() for each in ids]
    assert len(every) == len(set(every))
    assert not set(every) & {identity(f"ticket {number}") for number in unsigned}
