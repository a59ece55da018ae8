"""Time that belongs elsewhere: split over lines, moved to another contract; nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    HoldTime,
    MoveTime,
    SplitTime,
    TimePart,
)
from contracts_app.domain.contract import ContractTerms, HourRounding, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import invoices
from contracts_app.store.transaction import reading
from contracts_app.store.views import time_grid, unbilled
from contracts_app.store.views.time_register import Standing
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import HOUR, open_time_contract, work

MARCH = date(2024, 3, 31)
DAY = date(2024, 3, 4)
BY_TIME = Basis.time_and_materials


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with three consulting contracts at 100.00 an hour."""
    made = found(settings, "Split Consulting")
    for number in ("A", "B", "C"):
        open_time_contract(made, number)
    made.go_to(date(2024, 6, 3))
    yield made
    made.engine.dispose()


def billed(small: SmallFirm, invoice_id: UUID) -> dict[str, Decimal]:
    with reading(small.engine, small.id) as connection:
        figures = draft(invoices.current_snapshot(connection, small.id, invoice_id))
    return {line.item_no: line.this_period for line in figures.lines if line.this_period}


def standings(small: SmallFirm, number: str) -> list[tuple[Standing, int]]:
    with reading(small.engine, small.id) as connection:
        rows = time_grid.rows(connection, small.id, [small.contracts[number]], time_grid.Wanted())
    return sorted((row.standing, row.seconds // HOUR) for row in rows)


def test_split_time_is_billed_on_its_lines(small: SmallFirm) -> None:
    """8 hours at 100.00: 5 stay on line 1 (500.00), 3 go to line 2 (300.00)."""
    contract_id = small.contracts["A"]
    (entry,) = work(small, "A", ("1", DAY, 8))
    first = small.prepare("A", MARCH)
    assert billed(small, first) == {"1": Decimal("800.00")}

    def split(*hours: int) -> SplitTime:
        parts = tuple(
            TimePart(seconds=one * HOUR, item_no=item) for one, item in zip(hours, (None, "2"), strict=True)
        )
        return SplitTime(contract_id=contract_id, entry_id=entry, parts=parts, reason="Three were support")

    assert small.give(Role.coordinator, split(5, 4)).code == "parts_are_not_the_whole"
    assert small.give(Role.coordinator, split(9, -1)).code == "parts_are_not_the_whole"
    small.do(Role.coordinator, split(5, 3))
    assert billed(small, first) == {}
    assert standings(small, "A") == [(Standing.replaced, 8), (Standing.unbilled, 3), (Standing.unbilled, 5)]
    small.do(Role.coordinator, ClaimTime(invoice_id=first))
    assert billed(small, first) == {"1": Decimal("500.00"), "2": Decimal("300.00")}
    for refused in (
        split(5, 3),
        HoldTime(contract_id=contract_id, entries=(entry,), reason="Not now"),
    ):
        assert small.give(Role.coordinator, refused).code == "time_replaced"
    again = ApproveTime(contract_id=contract_id, entries=small.seen(entry))
    assert small.give(Role.project_manager, again).code == "time_replaced"
    small.issue(first, "A1")
    with reading(small.engine, small.id) as connection:
        assert prove(connection, small.id, first).proved
    assert small.checked(online=True).ok


def test_the_parts_of_a_call_out_share_its_least_time(small: SmallFirm) -> None:
    """Two hours under a least time of four at 100.00: 400.00 before and after the split, 200.00 a line."""
    contract_id = call_out(small, "D")
    (entry,) = work(small, "D", ("1", DAY, 2))
    first = small.prepare("D", MARCH)
    assert billed(small, first) == {"1": Decimal("400.00")}
    parts = (TimePart(seconds=HOUR), TimePart(seconds=HOUR, item_no="2"))
    small.do(
        Role.coordinator,
        SplitTime(contract_id=contract_id, entry_id=entry, parts=parts, reason="Half was support"),
    )
    small.do(Role.coordinator, ClaimTime(invoice_id=first))
    assert billed(small, first) == {"1": Decimal("200.00"), "2": Decimal("200.00")}
    with reading(small.engine, small.id) as connection:
        rows = time_grid.rows(connection, small.id, [contract_id], time_grid.Wanted())
        (known,) = unbilled.unbilled(connection, small.id, MARCH, [contract_id])
    assert sorted((row.standing, row.charged) for row in rows if row.standing is not Standing.replaced) == [
        (Standing.claimed, 2 * HOUR),
        (Standing.claimed, 2 * HOUR),
    ]
    assert known.drafted == Decimal("400.00")
    small.issue(first, "D1")
    with reading(small.engine, small.id) as connection:
        assert prove(connection, small.id, first).proved


def call_out(small: SmallFirm, number: str) -> UUID:
    """A contract in force by time on two lines, at least four hours for each entry."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{number}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("2000.00"),
        contract_date=date(2024, 2, 19),
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        hour_rounding=HourRounding(minimum_seconds=4 * HOUR),
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title="Call-outs",
        terms=terms,
    )
    small.do(Role.coordinator, opened, number)
    small.contracts[number] = contract_id
    lines = tuple(
        ScheduleRow(item_no=item, description=item, scheduled_value=Decimal(1000), basis=BY_TIME)
        for item in ("1", "2")
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=lines))
    rates = (RateRow(rate=Decimal("100.00"), effective_from=date(2024, 1, 1)),)
    small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def test_moved_time_is_approved_and_billed_where_it_belongs(small: SmallFirm) -> None:
    """3 of 5 hours go to contract C: B bills 200.00, C 300.00 once its project manager approves."""
    _, other = work(small, "B", ("1", DAY, 2), ("1", date(2024, 3, 5), 3))
    to = {"to_contract_id": small.contracts["C"], "reason": "Booked on the wrong job"}

    def move(**more: object) -> MoveTime:
        said = {"contract_id": small.contracts["B"], "entries": [other], "item_no": "1", **to, **more}
        return MoveTime.model_validate(said)

    assert small.give(Role.coordinator, move(item_no="3")).code == "not_billed_by_time"
    assert small.give(Role.coordinator, move(to_contract_id=small.contracts["B"])).code == "same_contract"
    assert small.give(Role.project_manager, move()).status == 403
    small.do(Role.coordinator, move())
    assert standings(small, "B") == [(Standing.replaced, 3), (Standing.unbilled, 2)]
    assert standings(small, "C") == [(Standing.waits, 3)]
    with reading(small.engine, small.id) as connection:
        (row,) = time_grid.rows(connection, small.id, [small.contracts["C"]], time_grid.Wanted())
    approve = ApproveTime(contract_id=small.contracts["C"], entries=small.seen(row.id))
    small.do(Role.project_manager, approve)
    for number, amount in (("B", "200.00"), ("C", "300.00")):
        invoice_id = small.prepare(number, MARCH)
        assert billed(small, invoice_id) == {"1": Decimal(amount)}
        small.issue(invoice_id, number)
    assert small.checked(online=True).ok
