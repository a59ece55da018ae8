"""A billing run drafts what can be drafted, says why the rest cannot, and adds nothing when run again."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts_app.domain.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.billing_runs import StartBillingRun, period_of
from contracts_app.domain.commands import ActivateContract, OpenContract, Outcome, deterministic_id
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.rate_card import RateRow
from contracts_app.domain.roles import Role
from contracts_app.domain.schedule_of_values import Basis
from contracts_app.domain.time_commands import ApproveTime, EnterTime, TypedTime
from contracts_app.services import billing_runs
from contracts_app.settings import Settings
from contracts_app.store.billing_tables import billing_run_item, rate_card_row
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.small_firm import SmallFirm, found

MARCH = date(2024, 3, 31)


@pytest.fixture
def firm(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm of its own for each test, in April."""
    made = found(settings, f"Runs {uuid4()}")
    made.go_to(date(2024, 4, 2))
    yield made
    made.engine.dispose()


def contract(firm: SmallFirm, number: str, hours: str = "2", *, rated: bool = True) -> UUID:
    """A contract billed by time and by runs, with approved time in March."""
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
    rates = (RateRow(rate=Decimal("100.00"), effective_from=date(2024, 2, 19)),) if rated else ()
    firm.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates))
    firm.do(Role.controller, ActivateContract(contract_id=contract_id))
    if Decimal(hours):
        seconds = int(Decimal(hours) * 3600)
        typed = TypedTime(item_no="1", person="Sample Engineer", work_date=date(2024, 3, 5), seconds=seconds)
        given = firm.do(Role.coordinator, EnterTime(contract_id=contract_id, entries=(typed,)))
        entries = given.result["entries"]
        assert isinstance(entries, list)
        ids = tuple(UUID(entry) for entry in entries)
        firm.do(Role.project_manager, ApproveTime(contract_id=contract_id, entries=firm.seen(*ids)))
    return contract_id


def run(firm: SmallFirm, key: str) -> UUID:
    run_id = deterministic_id(firm.id, "billing_run", f"{firm.people[Role.coordinator]}:{key}")
    started = firm.give(Role.coordinator, StartBillingRun(run_id=run_id, period_to=MARCH), key)
    assert started.done, started.sentence
    while billing_runs.draft_chunk(firm.engine, firm.id, run_id, Origin()):
        pass
    billing_runs.end_billing_run(firm.engine, firm.id, run_id, Origin())
    firm.settle()
    return run_id


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
    with own_step(firm.engine, firm.id, "a name that no command lets in", Origin()) as tx:
        for contract_id in broken:
            rate = {"rate": Decimal("1.00"), "effective_from": date(2024, 2, 19), "person": ""}
            tx.insert(rate_card_row, id=uuid4(), contract_id=contract_id, **rate)
    found = outcomes(firm, run(firm, "with faults"))
    assert {one for one in made if found[one][0] == "blocked"} == broken
    assert {found[one][1] for one in broken} == {
        "It could not be drafted: ValidationError. Ask an administrator."
    }
    assert {found[one] for one in made if one not in broken} == {("drafted", "", Decimal("200.0000"))}


def test_a_run_is_started_once_at_a_time(firm: SmallFirm) -> None:
    key = "one"
    run_id = deterministic_id(firm.id, "billing_run", f"{firm.people[Role.coordinator]}:{key}")
    body = StartBillingRun(run_id=run_id, period_to=MARCH)
    assert firm.give(Role.coordinator, body, key).done
    other = deterministic_id(firm.id, "billing_run", f"{firm.people[Role.coordinator]}:two")
    refused: Outcome = firm.give(Role.coordinator, StartBillingRun(run_id=other, period_to=MARCH), "two")
    assert refused.code == "run_in_progress"
    billing_runs.end_billing_run(firm.engine, firm.id, run_id, Origin())


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
