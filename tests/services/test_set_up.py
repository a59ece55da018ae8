"""A contract that is being set up: its schedule is saved again and again, its milestones are mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    ChangeMilestone,
    RemoveMilestone,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    OpenContract,
    Outcome,
    PlanMilestone,
    PrepareApplication,
    SubmitDraft,
    deterministic_id,
)
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.settings import Settings
from contracts_app.store import contracts
from contracts_app.store.transaction import reading
from tests.services.small_firm import STARTS, SmallFirm, found

ROWS = (("1", "Fee", "300.00", Basis.milestone), ("2", "Travel", "100.00", Basis.lump_sum))


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm of its own for each test, with a contract that is being set up and has two milestones."""
    firm = found(settings, f"Set-up {uuid4()}")
    contract_id = deterministic_id(firm.id, "contract", f"{firm.people[Role.coordinator]}:S")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("400.00"),
        contract_date=STARTS,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=firm.people[Role.project_manager],
        number="S",
        title="Set up by hand",
        terms=terms,
    )
    firm.do(Role.coordinator, body, "S")
    firm.contracts["S"] = contract_id
    assert save(firm, *ROWS).done
    for title, amount in (("Interim", "100.00"), ("Final", "200.00")):
        plan = PlanMilestone(contract_id=contract_id, title=title, item_no="1", amount=Decimal(amount))
        firm.do(Role.coordinator, plan)
    yield firm
    firm.engine.dispose()


def save(small: SmallFirm, *rows: tuple[str, str, str, Basis]) -> Outcome:
    lines = tuple(
        ScheduleRow(item_no=item, description=words, scheduled_value=Decimal(value), basis=basis)
        for item, words, value, basis in rows
    )
    return small.give(Role.coordinator, SetSchedule(contract_id=small.contracts["S"], lines=lines))


def planned(small: SmallFirm) -> dict[str, Milestone]:
    with reading(small.engine, small.id) as connection:
        return {one.title: one for one in contracts.milestones(connection, small.id, small.contracts["S"])}


def clean(small: SmallFirm) -> None:
    small.settle()
    report = small.checked()
    assert report.ok, [finding for finding in report.findings if finding.violations]


def test_lines_that_stay_keep_their_milestones(small: SmallFirm) -> None:
    lines, before = small.lines("S"), planned(small)
    saved = save(
        small,
        ("0", "Kick-off", "50.00", Basis.lump_sum),
        ("1", "Fee, all phases", "300.00", Basis.milestone),
        ("3", "Travel", "50.00", Basis.lump_sum),
    )
    assert saved.done, saved.sentence
    assert planned(small) == before
    assert small.lines("S")["1"] == lines["1"]
    with reading(small.engine, small.id) as connection:
        schedule = contracts.schedule(connection, small.id, small.contracts["S"])
    assert [(line.item_no, line.description) for line in schedule] == [
        ("0", "Kick-off"),
        ("1", "Fee, all phases"),
        ("3", "Travel"),
    ]
    small.do(Role.controller, ActivateContract(contract_id=small.contracts["S"]))
    refused = save(small, *ROWS)
    assert (refused.done, refused.code) == (False, "not_in_this_state")
    clean(small)


def test_a_line_with_milestones_neither_goes_nor_falls_below_them(small: SmallFirm) -> None:
    gone = save(small, ("2", "All", "400.00", Basis.lump_sum))
    assert gone.code == "line_has_milestones"
    assert gone.sentence.startswith("Line 1 would go, and the milestone “")
    low = save(small, ("1", "Fee", "150.00", Basis.milestone), ("2", "Travel", "250.00", Basis.lump_sum))
    assert low.code == "milestone_above_line"
    assert "“Final”" in low.sentence
    assert len(planned(small)) == 2


def test_time_needs_a_limit_of_zero_or_more_and_a_rate_card(small: SmallFirm) -> None:
    fee, by_time = ROWS[0], Basis.time_and_materials
    negative = save(small, fee, ("3", "Support", "-1.00", by_time), ("2", "Travel", "101.00", by_time))
    assert (negative.done, negative.code) == (False, "negative_limit")
    assert "Line 3 is billed by time" in negative.sentence
    assert save(small, fee, ("2", "Travel", "100.00", by_time)).done
    activate = ActivateContract(contract_id=small.contracts["S"])
    refused = small.give(Role.controller, activate)
    assert (refused.done, refused.code) == (False, "no_rate_card")
    assert refused.sentence.startswith("Line 2 is billed by time, and the contract has no rate card")
    rates = (RateRow(rate=Decimal("100.00"), effective_from=STARTS),)
    small.do(Role.coordinator, SetRateCard(contract_id=small.contracts["S"], rows=rates))
    small.do(Role.controller, activate)

    empty = PrepareApplication(contract_id=small.contracts["S"], period_to=date(2024, 3, 31))
    small.go_to(date(2024, 4, 1))
    invoice_id = UUID(str(small.do(Role.coordinator, empty).result["invoice_id"]))
    nothing = small.give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert (nothing.done, nothing.code) == (False, "draft_has_findings")
    assert nothing.sentence.startswith("Nothing is billed for this period: claim")


def test_a_milestone_is_planned_otherwise_and_taken_out(small: SmallFirm) -> None:
    contract_id = small.contracts["S"]
    ids = {title: one.id for title, one in planned(small).items()}

    def change(title: str, amount: str, of: UUID) -> Outcome:
        return small.give(
            Role.coordinator,
            ChangeMilestone(
                contract_id=contract_id, milestone_id=of, title=title, item_no="1", amount=Decimal(amount)
            ),
        )

    assert change("Interim", "150.00", ids["Final"]).code == "milestone_exists"
    assert change("Final", "200.01", ids["Final"]).code == "milestones_above_line"
    assert change("Final report", "150.00", ids["Final"]).done
    assert {title: one.amount for title, one in planned(small).items()} == {
        "Interim": Decimal(100),
        "Final report": Decimal(150),
    }
    small.do(Role.coordinator, RemoveMilestone(contract_id=contract_id, milestone_id=ids["Interim"]))
    assert set(planned(small)) == {"Final report"}
    assert change("Final", "300.00", ids["Final"]).done
    clean(small)
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    assert change("Final", "250.00", ids["Final"]).code == "not_in_this_state"
    late = RemoveMilestone(contract_id=contract_id, milestone_id=ids["Final"])
    assert small.give(Role.coordinator, late).code == "not_in_this_state"
