"""A small consulting contract billed by time, in parts of a milestone and against a deposit, for `SmallFirm`.

Line 1 has a cap that is passed and then raised, line 2 is an estimate that is passed, line 3 a fixed fee.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ReceiveDeposit,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, PlanMilestone, RejectMilestone
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, EnterTime, RejectTime, TypedTime
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow

if TYPE_CHECKING:
    from tests.services.small_firm import SmallFirm

SIGNED = date(2024, 2, 19)
LINES = (
    ("1", "Study", "1000.00", Basis.time_and_materials, True),
    ("2", "Support", "500.00", Basis.time_and_materials, False),
    ("3", "Report", "900.00", Basis.milestone, True),
)
RATES = (
    RateRow(rate=Decimal("100.00"), effective_from=SIGNED, effective_to=date(2024, 4, 1)),
    RateRow(rate=Decimal("120.00"), effective_from=date(2024, 4, 1)),
    RateRow(person="Sample Partner", rate=Decimal("200.00"), effective_from=SIGNED),
)
HOUR = 3600


def open_time_contract(small: SmallFirm, number: str) -> tuple[UUID, UUID]:
    """The contract in force, with 400.00 paid ahead, and its milestone."""
    key = f"open {number}"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("2400.00"),
        contract_date=SIGNED,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        partial_milestones=True,
        deposit=Decimal("400.00"),
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=f"Small studies {number}",
        terms=terms,
    )
    small.do(Role.coordinator, opened, key)
    small.contracts[number] = contract_id
    rows = tuple(
        ScheduleRow(
            item_no=item, description=words, scheduled_value=Decimal(value), basis=basis, not_to_exceed=capped
        )
        for item, words, value, basis, capped in LINES
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=RATES))
    planned = small.do(
        Role.coordinator,
        PlanMilestone(contract_id=contract_id, title="Report", item_no="3", amount=Decimal("900.00")),
    )
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    small.do(
        Role.coordinator,
        ReceiveDeposit(
            contract_id=contract_id, amount=Decimal("400.00"), received_on=SIGNED, reference="DEPOSIT-1"
        ),
    )
    return contract_id, UUID(str(planned.result["milestone_id"]))


def enter(small: SmallFirm, number: str, *worked: tuple[str, date, int]) -> tuple[UUID, ...]:
    """Enter time, (item, day, hours) each; it waits for the project manager."""
    typed = tuple(
        TypedTime(item_no=item, person="Sample Engineer", work_date=day, seconds=hours * HOUR)
        for item, day, hours in worked
    )
    given = small.do(Role.coordinator, EnterTime(contract_id=small.contracts[number], entries=typed))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    return tuple(UUID(entry) for entry in entries)


def work(small: SmallFirm, number: str, *worked: tuple[str, date, int]) -> tuple[UUID, ...]:
    """Enter time, (item, day, hours) each, and let the project manager approve it."""
    ids = enter(small, number, *worked)
    approve = ApproveTime(contract_id=small.contracts[number], entries=small.seen(*ids))
    small.do(Role.project_manager, approve)
    return ids


def reach(small: SmallFirm, number: str, milestone_id: UUID, amount: str) -> None:
    """Give the evidence for a part of the milestone and approve it, at the second try."""
    about = {"contract_id": small.contracts[number], "milestone_id": milestone_id}
    draft = AchieveMilestone(**about, evidence="A draft", amount=Decimal(amount))
    small.do(Role.coordinator, draft)
    small.do(Role.project_manager, RejectMilestone(**about, reason="Not the minutes."))
    minutes = AchieveMilestone(**about, evidence="Minutes of the review", amount=Decimal(amount))
    small.approve_milestone(**about, achieved=small.do(Role.coordinator, minutes))


def live(small: SmallFirm, number: str) -> None:
    """Two invoices: over the cap with the deposit drawn, and paid; then with the cap raised, and open."""
    contract_id, milestone_id = open_time_contract(small, number)
    march = [("1", date(2024, 3, 4), 8), ("1", date(2024, 3, 5), 4), ("2", date(2024, 3, 6), 6)]
    work(small, number, *march)
    refused = work(small, number, ("2", date(2024, 3, 7), 1))
    small.do(
        Role.project_manager,
        RejectTime(contract_id=contract_id, entries=refused, reason="Not for this client."),
    )
    reach(small, number, milestone_id, "300.00")
    # 1,200.00 of 1,000.00, 600.00 against an estimate of 500.00, a third of the fee; 400.00 paid ahead.
    first = small.issue(small.prepare(number, date(2024, 3, 31)), f"{number}1")
    small.receive(Decimal("1500.00"), date(2024, 5, 6), f"WIRE-{number}", first)
    raise_cap = ProposeChangeOrder(
        contract_id=contract_id, number="X-1", title="More study", amount=Decimal("500.00"), raises="1"
    )
    small.do(Role.coordinator, raise_cap)
    signed = ExecuteChangeOrder(contract_id=contract_id, number="X-1", executed_on=date(2024, 4, 15))
    small.do(Role.controller, signed)
    work(small, number, ("1", date(2024, 4, 2), 1))
    reach(small, number, milestone_id, "600.00")
    # The 200.00 left over the cap, one hour of April, the second third.
    small.issue(small.prepare(number, date(2024, 4, 30)), f"{number}2")
