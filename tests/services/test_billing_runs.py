"""A billing run drafts what can be drafted, says why the rest cannot, and adds nothing when run again."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts_app.domain.billing.billing_runs import StartBillingRun, period_of
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, EnterTime, TypedTime
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services import billing_runs, preparing
from contracts_app.settings import Settings
from contracts_app.store import billing_runs as stored_runs
from contracts_app.store.billing_tables import billing_run_item, rate_card_row
from contracts_app.store.tables import audit_entry
from contracts_app.store.transaction import Origin, open_engine, own_step, reading
from tests.services.small_firm import SmallFirm, found

MARCH = date(2024, 3, 31)
FEBRUARY = date(2024, 2, 29)


@pytest.fixture
def firm(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm of its own for each test, in April."""
    made = found(settings, f"Runs {uuid4()}")
    made.go_to(date(2024, 4, 2))
    yield made
    made.engine.dispose()


def contract(firm: SmallFirm, number: str, hours: str = "2", *, rated: bool = True) -> UUID:
    """A contract in force, billed by time and by runs, with approved time in March."""
    contract_id = agreed(firm, number, rated=rated)
    put_in_force(firm, contract_id, hours)
    firm.settle()
    return contract_id


def agreed(firm: SmallFirm, number: str, *, rated: bool = True) -> UUID:
    """Such a contract before it is in force."""
    coordinator, manager = firm.people[Role.coordinator], firm.people[Role.project_manager]
    contract_id = deterministic_id(firm.id, "contract", f"{coordinator}:{number}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("1000.00"),
        contract_date=date(2024, 2, 19),
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        billed_by_run=True,
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=manager,
        number=number,
        title="Studies",
        terms=terms,
    )
    firm.do(Role.coordinator, opened, number)
    line = ScheduleRow(
        item_no="1", description="Study", scheduled_value=Decimal("1000.00"), basis=Basis.time_and_materials
    )
    firm.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    since = date(2024, 2, 19) if rated else date(2024, 4, 1)
    rates = (RateRow(rate=Decimal("100.00"), effective_from=since),)
    firm.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates))
    return contract_id


def put_in_force(firm: SmallFirm, contract_id: UUID, hours: str = "2") -> None:
    """Activate it and let it be worked on; its automatic steps are left for later."""
    given(firm, Role.controller, ActivateContract(contract_id=contract_id))
    if Decimal(hours):
        seconds = int(Decimal(hours) * 3600)
        typed = TypedTime(item_no="1", person="Sample Engineer", work_date=date(2024, 3, 5), seconds=seconds)
        entered = given(firm, Role.coordinator, EnterTime(contract_id=contract_id, entries=(typed,)))
        entries = entered.result["entries"]
        assert isinstance(entries, list)
        ids = tuple(UUID(entry) for entry in entries)
        given(firm, Role.project_manager, ApproveTime(contract_id=contract_id, entries=firm.seen(*ids)))


def given(firm: SmallFirm, role: Role, body: Body) -> Outcome:
    outcome = firm.give(role, body)
    assert outcome.done, outcome.sentence
    return outcome


def started(firm: SmallFirm, key: str, period_to: date = MARCH) -> UUID:
    """A run that the coordinator has started; nothing is drafted yet."""
    run_id = deterministic_id(firm.id, "billing_run", f"{firm.people[Role.coordinator]}:{key}")
    outcome = firm.give(Role.coordinator, StartBillingRun(run_id=run_id, period_to=period_to), key)
    assert outcome.done, outcome.sentence
    return run_id


def finish(firm: SmallFirm, run_id: UUID) -> None:
    """The steps of the run to its end."""
    firm.settle()
    with reading(firm.engine, firm.id) as connection:
        known = stored_runs.find(connection, firm.id, run_id)
    assert known is not None
    assert known["state"] == "done"


def run(firm: SmallFirm, key: str) -> UUID:
    run_id = started(firm, key)
    finish(firm, run_id)
    return run_id


def going_on(period_to: date, contracts: str) -> str:
    return (
        f"The billing run to {period_to} that Small Coordinator started is going on ({contracts}); "
        "only one can go on at a time."
    )


def break_rates(firm: SmallFirm, contract_id: UUID) -> None:
    """A row that no command lets in, so that the contract cannot even be read."""
    owner = open_engine(firm.settings.owner_database_url, pool_size=1)
    with owner.begin() as connection:
        rate = {"rate": Decimal("1.00"), "effective_from": date(2024, 2, 19), "person": ""}
        row = {"firm_id": firm.id, "id": uuid4(), "contract_id": contract_id, **rate}
        connection.execute(rate_card_row.insert().values(row))
    owner.dispose()


def outcomes(firm: SmallFirm, run_id: UUID) -> dict[UUID, tuple[str, str, Decimal | None]]:
    with reading(firm.engine, firm.id) as connection:
        rows = connection.execute(
            select(billing_run_item).where(
                billing_run_item.c.firm_id == firm.id, billing_run_item.c.billing_run_id == run_id
            )
        ).all()
    return {row.contract_id: (row.outcome, row.sentence, row.amount) for row in rows}


def test_one_that_cannot_be_billed_stops_nobody_and_a_second_run_adds_nothing(firm: SmallFirm) -> None:
    billed = [contract(firm, f"R-{number}") for number in range(3)]
    idle = contract(firm, "R-idle", "0")
    unrated = contract(firm, "R-unrated", rated=False)
    first = outcomes(firm, run(firm, "first"))
    assert {first[one] for one in billed} == {("drafted", "", Decimal("200.0000"))}
    assert first[idle][0] == "nothing_to_bill"
    assert first[unrated][0] == "blocked"
    assert "no rate for Sample Engineer on 2024-03-05" in first[unrated][1]
    again = outcomes(firm, run(firm, "again"))
    assert Counter(outcome for outcome, _, _ in again.values()) == {"blocked": 4, "nothing_to_bill": 1}
    assert {again[one][1] for one in billed} == {"Invoice 1 is draft: issue or withdraw it first."}


def test_contracts_that_cannot_even_be_read_are_found_among_the_others(firm: SmallFirm) -> None:
    made = [contract(firm, f"F-{number}") for number in range(7)]
    broken = set(sorted(made)[2:7:4])
    for contract_id in broken:
        break_rates(firm, contract_id)
    found = outcomes(firm, run(firm, "with faults"))
    assert {one for one in made if found[one][0] == "blocked"} == broken
    assert {found[one][1] for one in broken} == {
        (
            "It could not be drafted: what is stored of it does not read as RateRow.person: String "
            "should have at least 1 character. Ask an administrator."
        )
    }
    assert {found[one] for one in made if one not in broken} == {("drafted", "", Decimal("200.0000"))}


def test_a_contract_that_comes_into_force_during_a_run_waits_for_the_next_one(firm: SmallFirm) -> None:
    known = {contract(firm, f"K-{number}") for number in range(2)}
    late = {agreed(firm, f"L-{number}") for number in range(4)}
    run_id = started(firm, "while others come")
    for contract_id in late:
        put_in_force(firm, contract_id)
    finish(firm, run_id)
    assert set(outcomes(firm, run_id)) == known
    next_one = outcomes(firm, run(firm, "the next one"))
    assert {one for one, (outcome, _, _) in next_one.items() if outcome == "drafted"} == late


def test_a_contract_at_fault_is_named_though_another_comes_into_force_meanwhile(
    firm: SmallFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One contract breaks the run; before that is noted, contracts come into force that sort before it."""
    *late, at_fault = sorted(agreed(firm, f"B-{number}") for number in range(4))
    put_in_force(firm, at_fault)
    break_rates(firm, at_fault)
    run_id = started(firm, "with a fault")
    prepare = preparing.prepare

    def interrupted(*given: Any, **more: Any) -> Any:
        while late:
            put_in_force(firm, late.pop())
        return prepare(*given, **more)

    monkeypatch.setattr(preparing, "prepare", interrupted)
    finish(firm, run_id)
    assert {one: outcome for one, (outcome, _, _) in outcomes(firm, run_id).items()} == {at_fault: "blocked"}


def test_a_run_is_started_once_at_a_time(firm: SmallFirm) -> None:
    run_id = started(firm, "one")
    other = deterministic_id(firm.id, "billing_run", f"{firm.people[Role.coordinator]}:two")
    refused: Outcome = firm.give(Role.coordinator, StartBillingRun(run_id=other, period_to=MARCH), "two")
    assert (refused.code, refused.sentence) == ("run_in_progress", going_on(MARCH, "0 of 0 contracts"))
    finish(firm, run_id)


def test_of_two_runs_started_at_the_same_moment_one_is_refused(firm: SmallFirm) -> None:
    contract(firm, "S-1")
    coordinator = firm.people[Role.coordinator]
    first, second = (deterministic_id(firm.id, "billing_run", f"{coordinator}:{key}") for key in ("a", "b"))
    with ThreadPoolExecutor(1) as other:
        with own_step(firm.engine, firm.id, f"{coordinator}:a", Origin(), by=coordinator) as tx:
            assert billing_runs.start_billing_run(tx, StartBillingRun(run_id=first, period_to=MARCH)).done
            meanwhile = other.submit(
                firm.give, Role.coordinator, StartBillingRun(run_id=second, period_to=MARCH), "b"
            )
            with pytest.raises(TimeoutError):
                meanwhile.result(timeout=1)  # it waits: the first one may come to nothing yet
        refused = meanwhile.result(timeout=20)
    assert (refused.code, refused.sentence) == ("run_in_progress", going_on(MARCH, "0 of 1 contract"))
    finish(firm, first)


def test_the_run_of_the_month_waits_for_one_that_is_going_on(firm: SmallFirm) -> None:
    billed = contract(firm, "W-1")
    february = started(firm, "by hand", FEBRUARY)
    for _ in range(2):
        assert billing_runs.start_scheduled_run(firm.engine, firm.id, MARCH, Origin()) is None
    with reading(firm.engine, firm.id) as connection:
        told = connection.execute(
            select(audit_entry.c.body).where(
                audit_entry.c.firm_id == firm.id, audit_entry.c.body.contains("wait_for_other_run")
            )
        ).scalars()
        (noted,) = [json.loads(body) for body in told]  # once, however often it is tried
    assert noted["reason"] == going_on(FEBRUARY, "0 of 1 contract")
    finish(firm, february)
    of_march = billing_runs.start_scheduled_run(firm.engine, firm.id, MARCH, Origin())
    assert of_march is not None
    finish(firm, of_march)
    assert outcomes(firm, of_march)[billed][0] == "drafted"


@pytest.mark.parametrize(
    ("cut_off", "run_to", "period"),
    [
        (31, date(2024, 3, 31), date(2024, 3, 31)),
        (31, date(2024, 3, 30), date(2024, 2, 29)),
        (15, date(2024, 3, 31), date(2024, 3, 15)),
        (15, date(2024, 3, 14), date(2024, 2, 15)),
        (31, date(2024, 1, 15), date(2023, 12, 31)),
    ],
)
def test_a_contract_is_billed_to_its_own_cut_off(cut_off: int, run_to: date, period: date) -> None:
    assert period_of(cut_off, run_to) == period
