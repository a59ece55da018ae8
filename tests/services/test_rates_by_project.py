"""Rates by project and direct labour with a multiplier through the commands; the least time for a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    ProposeChangeOrder,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, CorrectTime, EnterTime, TypedTime
from contracts_app.domain.contract import (
    ContractTerms,
    HourRounding,
    InvoiceForm,
    MinimumPer,
    ReceivableArises,
)
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import invoices
from contracts_app.store.transaction import reading
from contracts_app.store.views import agreed_page
from contracts_app.store.views.unbilled import unbilled
from contracts_app.store.views.unpriced import unpriced
from tests.services.small_firm import SmallFirm, found

SIGNED = date(2024, 2, 12)
MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
HOUR = 3600
ROUNDING = HourRounding(minimum_seconds=4 * HOUR, minimum_per=MinimumPer.day)
RATES = (
    RateRow(rate=Decimal("100.00"), effective_from=SIGNED),
    RateRow(rate=Decimal("90.00"), effective_from=SIGNED, project="Alpha"),
    RateRow(role="Engineer", rate=Decimal("38.4615"), multiplier=Decimal("2.85"), effective_from=SIGNED),
)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with one contract billed by time, with rates by project."""
    made = found(settings, f"Rates {uuid4()}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("50000.00"),
        contract_date=SIGNED,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        hour_rounding=ROUNDING,
    )
    contract_id = deterministic_id(made.id, "contract", f"{made.people[Role.coordinator]}:open")
    made.contracts["P"] = contract_id
    opened = OpenContract(
        contract_id=contract_id,
        client_id=made.client_id,
        legal_entity_id=made.entity_id,
        project_manager_id=made.people[Role.project_manager],
        number="P",
        title="Rates by project",
        terms=terms,
    )
    made.do(Role.coordinator, opened, "open")
    row = ScheduleRow(
        item_no="1",
        description="Study",
        scheduled_value=Decimal("50000.00"),
        basis=Basis.time_and_materials,
    )
    made.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(row,)))
    made.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=RATES))
    made.do(Role.controller, ActivateContract(contract_id=contract_id))
    made.go_to(date(2024, 6, 3))
    yield made
    made.engine.dispose()


def enter(small: SmallFirm, day: date, hours: int, **more: Any) -> UUID:
    one = TypedTime(item_no="1", person="Sample Partner", work_date=day, seconds=hours * HOUR, **more)
    given = small.do(Role.coordinator, EnterTime(contract_id=small.contracts["P"], entries=(one,)))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    return UUID(entries[0])


def work(small: SmallFirm, day: date, hours: int, **more: Any) -> UUID:
    entry = enter(small, day, hours, **more)
    small.do(Role.project_manager, ApproveTime(contract_id=small.contracts["P"], entries=small.seen(entry)))
    return entry


def billed(small: SmallFirm, invoice_id: UUID) -> list[tuple[int, Decimal, Decimal]]:
    with reading(small.engine, small.id) as connection:
        (line,) = draft(invoices.current_snapshot(connection, small.id, invoice_id)).time
    return [(each.seconds // HOUR, each.rate, each.amount) for each in line.entries]


def proved(small: SmallFirm, invoice_id: UUID) -> bool:
    with reading(small.engine, small.id) as connection:
        return prove(connection, small.id, invoice_id).proved


def test_a_project_and_a_multiplier_price_what_is_billed(small: SmallFirm) -> None:
    contract_id = small.contracts["P"]
    work(small, date(2024, 3, 4), 5, project="Alpha")
    work(small, date(2024, 3, 5), 5)
    work(small, date(2024, 3, 6), 5, role="Engineer")
    work(small, date(2024, 3, 7), 5, project="Beta")
    with reading(small.engine, small.id) as connection:
        (listed,) = unbilled(connection, small.id, MARCH)
        assert listed.to_bill == Decimal("1998.08")
        assert unpriced(connection, small.id, contract_id) == []
        shown = {
            (row.project, row.multiplier) for row in agreed_page.rate_card(connection, small.id, contract_id)
        }
    assert shown == {(None, None), ("Alpha", None), (None, Decimal("2.85"))}
    invoice_id = small.prepare("P", MARCH)
    assert billed(small, invoice_id) == [
        (5, Decimal("90.00"), Decimal("450.00")),
        (5, Decimal("100.00"), Decimal("500.00")),
        (5, Decimal("109.615275"), Decimal("548.08")),
        (5, Decimal("100.00"), Decimal("500.00")),
    ]
    small.issue(invoice_id, "P1")
    assert proved(small, invoice_id)
    assert small.checked().ok


def test_the_least_time_of_a_day_is_charged_once_over_invoices(small: SmallFirm) -> None:
    day = date(2024, 3, 4)
    work(small, day, 1)
    first = small.prepare("P", MARCH)
    assert billed(small, first) == [(4, Decimal("100.00"), Decimal("400.00"))]
    small.issue(first, "P1")
    work(small, day, 1)
    work(small, day, 3)
    second = small.prepare("P", APRIL)
    assert billed(small, second) == [
        (0, Decimal("100.00"), Decimal("0.00")),
        (1, Decimal("100.00"), Decimal("100.00")),
    ]
    small.issue(second, "P2")
    for invoice_id in (first, second):
        assert proved(small, invoice_id)


def test_an_entry_stays_with_its_project(small: SmallFirm) -> None:
    contract_id, day = small.contracts["P"], date(2024, 3, 4)
    entry = enter(small, day, 5, project="Alpha")
    said = {"item_no": "1", "person": "Sample Partner", "work_date": day, "seconds": 6 * HOUR}

    def correct(**more: Any) -> Outcome:
        body = CorrectTime(contract_id=contract_id, entry_id=entry, entry={**said, **more}, reason="Misread")
        return small.give(Role.coordinator, body)

    assert correct(project="Beta").code == "project_stays"
    assert correct(project="Alpha").done
    assert correct().done
    small.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=small.seen(entry)))
    assert billed(small, small.prepare("P", MARCH)) == [(6, Decimal("90.00"), Decimal("540.00"))]


def test_a_rate_with_more_decimals_than_are_kept_is_refused(small: SmallFirm) -> None:
    rate = {"rate": "150.00", "effective_from": "2024-04-01", "multiplier": "1.2345678"}
    order = ProposeChangeOrder.model_validate(
        {
            "contract_id": small.contracts["P"],
            "number": "X-1",
            "title": "New rates",
            "amount": "0",
            "rates": [rate],
        }
    )
    assert small.give(Role.coordinator, order).code == "too_many_decimals"
