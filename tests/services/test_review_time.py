"""Lines billed by milestones, and schedules of values that are in use."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.invoice_commands import PrepareApplication
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.store import invoices
from contracts_app.store.transaction import reading
from tests.services.small_firm import CHANGE_ORDERS, LABOUR, SmallFirm, found
from tests.services.small_time_contract import open_time_contract, reach


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, f"Lines {uuid4()}")
    yield firm
    firm.engine.dispose()


def test_a_line_billed_by_milestones_bills_what_is_approved_of_them_only(small: SmallFirm) -> None:
    contract_id, milestone_id = open_time_contract(small, "T")
    small.go_to(date(2024, 6, 3))
    addition = PlanMilestone(
        contract_id=contract_id, title="Annex", item_no="3", amount=Decimal("100.00"), close_out=False
    )
    above = small.give(Role.coordinator, addition)
    assert (above.done, above.code) == (False, "milestones_above_line")
    assert "1,000.00" in above.sentence
    raised = ProposeChangeOrder(
        contract_id=contract_id, number="X-1", title="An annex", amount=Decimal("100.00"), raises="3"
    )
    small.do(Role.coordinator, raised)
    signed = ExecuteChangeOrder(contract_id=contract_id, number="X-1", executed_on=date(2024, 3, 15))
    small.do(Role.controller, signed)
    reach(small, "T", milestone_id, "300.00")
    prepared = small.do(
        Role.coordinator, PrepareApplication(contract_id=contract_id, period_to=date(2024, 3, 31))
    )
    with reading(small.engine, small.id) as connection:
        invoice_id = UUID(str(prepared.result["invoice_id"]))
        shown = draft(invoices.current_snapshot(connection, small.id, invoice_id))
    assert [line.this_period for line in shown.lines] == [Decimal(0), Decimal(0), Decimal("300.00")]
    small.do(Role.coordinator, addition)


def test_a_schedule_in_use_is_not_replaced(small: SmallFirm) -> None:
    contract_id = small.open_contract("A", activate=False)
    small.go_to(date(2024, 3, 31))
    small.post("change_orders", "A", CHANGE_ORDERS)
    line = ScheduleRow(item_no="CO-1", description="All", scheduled_value=Decimal("100000.33"))
    twice = small.give(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    assert (twice.done, twice.code) == (False, "line_number_twice")
    small.post("labour_log", "A", LABOUR.format("A"))
    other = line.model_copy(update={"item_no": "1"})
    used = small.give(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(other,)))
    assert (used.done, used.code) == (False, "schedule_in_use")
    assert "cost: 2" in used.sentence
