"""Nobody puts in force what he put in himself: contracts, and change orders that files bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ScheduleRow,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, ReturnContract, SetTerms
from contracts_app.domain.commands.import_commands import DecideImport, PostImport
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services import imports
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import contracts, processes
from contracts_app.store.imports import find as find_import
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.small_firm import CLIENT_NAME, SCHEDULE, STARTS, SmallFirm, found
from tests.services.test_review_imports import open_only

REGISTER = (
    "Project,Name,GC,Contract sum,Retainage,Terms,Signed\n"
    f"R-1,Registered,{CLIENT_NAME},100000.33,10%,Net 30,2024-02-19\n"
)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, f"Four eyes {uuid4()}")
    yield firm
    firm.engine.dispose()


@pytest.fixture
def both(small: SmallFirm) -> SmallFirm:
    """The same firm, given commands by one more person, who is coordinator and controller."""
    with own_step(small.engine, small.id, "one more", Origin()) as tx:
        person_id = add_person(
            tx,
            name="Small Both",
            email=f"both@{small.id}.example",
            password_hash="nobody signs in here",
            roles=(Role.coordinator, Role.controller),
        )
    return replace(small, people=dict.fromkeys((Role.coordinator, Role.controller), person_id))


def _hand_over(
    firm: SmallFirm, text: str, kind: str = "schedule_of_values", number: str | None = "A"
) -> UUID:
    import_id = imports.receive(
        firm.engine,
        firm_id=firm.id,
        by=firm.people[Role.coordinator],
        key=uuid4().hex,
        kind=kind,
        contract_id=None if number is None else firm.contracts[number],
        file_name=f"{kind}.csv",
        data=text.encode(),
    )
    firm.settle()
    return import_id


def _terms(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    with reading(small.engine, small.id) as connection:
        row = contracts.find(connection, small.id, contract_id)
    assert row is not None
    both.do(
        Role.coordinator,
        SetTerms(
            contract_id=contract_id,
            project_manager_id=row["project_manager_id"],
            terms=contracts.terms_of(row),
        ),
    )
    small.post("schedule_of_values", "A", SCHEDULE.format("A"))
    # The last hand at the terms is another's: the one before still counts.
    small.do(
        Role.coordinator,
        SetTerms(
            contract_id=contract_id,
            project_manager_id=row["project_manager_id"],
            terms=contracts.terms_of(row),
        ),
    )


def _schedule(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    row = ScheduleRow(item_no="1", description="All", scheduled_value=Decimal("100000.33"))
    both.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(row,)))


def _rates(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    small.post("schedule_of_values", "A", SCHEDULE.format("A"))
    rates = (RateRow(rate=Decimal("100.00"), effective_from=STARTS),)
    both.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates))


def _projects(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    small.post("schedule_of_values", "A", SCHEDULE.format("A"))
    both.do(Role.coordinator, SetProjects(contract_id=contract_id, names=("Studies",)))


def _milestones(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    small.post("schedule_of_values", "A", SCHEDULE.format("A"))
    both.do(
        Role.coordinator, PlanMilestone(contract_id=contract_id, title="Final inspection", close_out=True)
    )


def _file_posted(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    import_id = _hand_over(small, SCHEDULE.format("A"))
    both.do(Role.coordinator, PostImport(import_id=import_id))


def _file_handed_over(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    import_id = _hand_over(both, SCHEDULE.format("A"))
    small.do(Role.coordinator, PostImport(import_id=import_id))


def _questions_answered(small: SmallFirm, both: SmallFirm, contract_id: UUID) -> None:
    small.post("schedule_of_values", "A", SCHEDULE.format("A"))
    # An executed change order without its date: the file asks.
    orders = "CO,Submitted,Title,Amount,Status,Date signed\nCO-1,2024-02-12,Dampers,500.00,Approved,\n"
    import_id = _hand_over(small, orders, "change_orders")
    with reading(small.engine, small.id) as connection:
        row = find_import(connection, small.id, import_id)
    assert row is not None
    asked = {one["key"]: one["choices"][0]["value"] for one in row["report"]["decisions"]}
    both.do(Role.coordinator, DecideImport(import_id=import_id, decisions=asked))
    small.do(Role.coordinator, PostImport(import_id=import_id))


Part = Callable[[SmallFirm, SmallFirm, UUID], None]


@pytest.mark.parametrize(
    "put_in",
    [
        _terms,
        _schedule,
        _rates,
        _projects,
        _milestones,
        _file_posted,
        _file_handed_over,
        _questions_answered,
    ],
)
def test_whoever_prepared_a_part_of_a_contract_does_not_put_it_in_force(
    small: SmallFirm, both: SmallFirm, put_in: Part
) -> None:
    contract_id = open_only(small, "A")
    put_in(small, both, contract_id)
    refused = both.give(Role.controller, ActivateContract(contract_id=contract_id))
    assert (refused.done, refused.code) == (False, "not_allowed")
    assert refused.sentence.startswith("You prepared part of this contract")
    assert refused.sentence.endswith("so somebody else must activate it.")
    with (
        pytest.raises(IntegrityError, match="cannot activate it"),
        own_step(small.engine, small.id, "past the service", Origin()) as tx,
    ):
        tx.connection.execute(
            update(contract)
            .where(contract.c.firm_id == small.id, contract.c.id == contract_id)
            .values(state="active", activated_by=both.people[Role.controller])
        )
    small.do(Role.controller, ActivateContract(contract_id=contract_id))


def test_whoever_posts_a_register_prepares_its_contracts(small: SmallFirm, both: SmallFirm) -> None:
    import_id = _hand_over(small, REGISTER, "contract", None)
    both.do(Role.coordinator, PostImport(import_id=import_id))
    with reading(small.engine, small.id) as connection:
        contract_id = contracts.numbered(connection, small.id, "R-1")
        assert contract_id is not None
        row = contracts.find(connection, small.id, contract_id)
    assert row is not None
    named = SetTerms(
        contract_id=contract_id,
        project_manager_id=small.people[Role.project_manager],
        terms=contracts.terms_of(row),
    )
    small.do(Role.coordinator, named)
    line = ScheduleRow(item_no="1", description="All", scheduled_value=Decimal("100000.33"))
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    refused = both.give(Role.controller, ActivateContract(contract_id=contract_id))
    assert (refused.done, refused.code) == (False, "not_allowed")
    small.do(Role.controller, ActivateContract(contract_id=contract_id))


def test_a_contract_sent_back_waits_for_its_coordinator_until_something_is_changed(small: SmallFirm) -> None:
    contract_id = small.open_contract("A", activate=False)

    def waits() -> tuple[str, str]:
        with reading(small.engine, small.id) as connection:
            row = processes.find(connection, small.id, Subject.contract, contract_id)
        assert row is not None
        return row["for_role"], row["sentence"]

    assert waits()[0] == "controller"
    sent_back = ReturnContract(contract_id=contract_id, reason="The retainage is 5 %.")
    by_coordinator = small.give(Role.coordinator, sent_back)
    assert (by_coordinator.done, by_coordinator.code) == (False, "not_allowed")
    small.do(Role.controller, sent_back)
    assert waits() == (
        "coordinator",
        (
            "Sent back by Small Controller: “The retainage is 5 %.”. "
            "Contract A waits for the coordinator's changes."
        ),
    )
    small.do(Role.coordinator, SetProjects(contract_id=contract_id, names=("Studies",)))
    assert waits()[0] == "controller"
    small.do(Role.controller, sent_back)
    small.do(Role.controller, ActivateContract(contract_id=contract_id))  # he changed his mind
    late = small.give(Role.controller, sent_back)
    assert (late.done, late.code) == (False, "not_in_this_state")
    with reading(small.engine, small.id) as connection:
        row = contracts.find(connection, small.id, contract_id)
    assert row is not None
    assert (row["returned_because"], row["returned_by"]) == (None, None)


def test_what_a_contract_in_force_gets_makes_nobody_its_preparer(small: SmallFirm, both: SmallFirm) -> None:
    contract_id = small.open_contract("A")
    both.do(Role.coordinator, PlanMilestone(contract_id=contract_id, title="Inspection", close_out=True))
    with reading(small.engine, small.id) as connection:
        assert contracts.preparers(connection, small.id, contract_id) == {small.people[Role.coordinator]}


def test_a_change_order_from_a_file_is_executed_by_another_than_who_posted_it(
    small: SmallFirm, both: SmallFirm
) -> None:
    contract_id = small.open_contract("A")
    small.go_to(date(2024, 3, 31))
    orders = "CO,Submitted,Title,Amount,Status,Date signed\nCO-1,2024-03-04,Dampers,500.00,Pending,\n"
    import_id = _hand_over(small, orders, "change_orders")
    both.do(Role.coordinator, PostImport(import_id=import_id))
    signed = ExecuteChangeOrder(contract_id=contract_id, number="CO-1", executed_on=date(2024, 3, 11))
    refused = both.give(Role.controller, signed)
    assert (refused.done, refused.code) == (False, "not_allowed")
    assert refused.sentence == "You proposed this change order, so somebody else must execute it."
    small.do(Role.controller, signed)
