"""Files that would contradict what is there: they are refused with a sentence, never tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.domain.commands.contract_commands import OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, PostImport
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.services import imports
from contracts_app.settings import Settings
from contracts_app.store import contracts as stored_contracts
from contracts_app.store.imports import find
from contracts_app.store.tables import process
from contracts_app.store.transaction import reading
from contracts_app.store.views.contract_sums import contract_sums
from tests.services.small_firm import SCHEDULE, STARTS, SmallFirm, found


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    yield firm
    firm.engine.dispose()


def open_only(small: SmallFirm, number: str) -> UUID:
    """A contract that is being set up, for 100,000.33."""
    by = small.people[Role.coordinator]
    contract_id = deterministic_id(small.id, "contract", f"{by}:open {number}")
    terms = ContractTerms(currency="USD", original_sum=Decimal("100000.33"), contract_date=STARTS)
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=number,
        terms=terms,
    )
    small.do(Role.coordinator, opened, f"open {number}")
    small.contracts[number] = contract_id
    return contract_id


def post(small: SmallFirm, kind: str, number: str, text: str, **answers: str) -> Outcome:
    """Upload and post; questions are answered as given, else by the first choice."""
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key=f"{kind} {number} {text}",
        kind=kind,
        contract_id=small.contracts[number],
        file_name=f"{kind}.csv",
        data=text.encode(),
    )
    small.settle()
    with reading(small.engine, small.id) as connection:
        row = find(connection, small.id, import_id)
    assert row is not None
    if row["state"] == "needs_decision":
        asked = {one["key"]: one["choices"][0]["value"] for one in row["report"]["decisions"]} | answers
        small.do(Role.coordinator, DecideImport(import_id=import_id, decisions=asked))
    return small.give(Role.coordinator, PostImport(import_id=import_id))


def test_two_lines_of_one_number_are_refused(small: SmallFirm) -> None:
    open_only(small, "A")
    text = "Line id,Line,Description,Value\nA-1,1,Mobilization,60000.00\nA-2,1,Ductwork,40000.33\n"
    outcome = post(small, "schedule_of_values", "A", text)
    assert (outcome.done, outcome.code) == (False, "line_number_twice")


def test_a_change_order_numbered_like_a_line_gets_a_line_of_its_own(small: SmallFirm) -> None:
    small.open_contract("A")
    header = "CO,Submitted,Title,Amount,Status,Date signed\n"
    first = post(
        small, "change_orders", "A", header + "1,2024-02-19,More dampers,5000.00,Approved,2024-02-19\n"
    )
    assert first.done, first.sentence
    second = post(
        small, "change_orders", "A", header + "CO 0,2024-02-19,Grilles,700.00,Approved,2024-02-19\n"
    )
    assert second.done, second.sentence
    with reading(small.engine, small.id) as connection:
        shown = stored_contracts.schedule(connection, small.id, small.contracts["A"])
    assert [line.item_no for line in shown] == ["1", "2", "3", "CO 1", "CO 0"]


def test_a_contract_from_a_register_waits_for_its_coordinator_until_its_terms_are_complete(
    small: SmallFirm,
) -> None:
    register = (
        "project_id,project_name,original_contract_value,contract_date,substantial_completion_date,"
        "retention_pct,payment_terms,gc_name,architect\n"
        "B-7,Hall,100000.33,2024-02-19,2024-12-31,0.1,Net 30,Other Contractor,Somebody\n"
    )
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key="register",
        kind="contract",
        contract_id=None,
        file_name="register.csv",
        data=register.encode(),
    )
    small.settle()
    # Not the Small General Contractor who is known: a person says so.
    another = {"match:client:Other Contractor": "new"}
    small.do(Role.coordinator, DecideImport(import_id=import_id, decisions=another))
    posted = small.do(Role.coordinator, PostImport(import_id=import_id))
    (contract_id,) = [
        UUID(name.removeprefix("contract/")) for name in posted.start if name.startswith("contract/")
    ]
    small.contracts["B-7"] = contract_id
    assert post(small, "schedule_of_values", "B-7", SCHEDULE.format("B-7")).done
    small.settle()
    with reading(small.engine, small.id) as connection:
        told = connection.execute(
            select(process.c.for_role, process.c.sentence).where(process.c.subject_id == contract_id)
        ).one()
    assert told.for_role == "coordinator"
    assert "nobody is named as its project manager" in told.sentence


def test_the_contract_sum_to_date_counts_what_is_executed_by_today(small: SmallFirm) -> None:
    small.open_contract("A")
    header = "CO,Submitted,Title,Amount,Status,Date signed\n"
    now = "1,2024-02-19,More dampers,5000.00,Approved,2024-02-19\n"
    later = "2,2024-02-19,Grilles,900.00,Approved,2024-03-30\n"
    assert post(small, "change_orders", "A", header + now + later).done
    with reading(small.engine, small.id) as connection:
        (shown,) = contract_sums(connection, small.id, small.contracts["A"])
    assert (shown.executed_count, shown.executed) == (1, Decimal(5000))


def test_a_file_is_called_by_the_last_part_of_its_path_in_one_line(small: SmallFirm) -> None:
    def hand_over(name: str) -> UUID:
        return imports.receive(
            small.engine,
            firm_id=small.id,
            by=small.people[Role.coordinator],
            key=f"named {name!a}",
            kind="contract",
            contract_id=None,
            file_name=name,
            data=b"Project,Name\n",
        )

    for path in ("C:\\Files\\March\\register.csv", "../../march/register.csv", "re\u202egister\u200f.csv"):
        import_id = hand_over(path)
        with reading(small.engine, small.id) as connection:
            row = find(connection, small.id, import_id)
        assert row is not None
        assert row["file_name"] == "register.csv"
    for bad in ("register\n.csv", "register\x00.csv", "march/", "x" * 256):
        with pytest.raises(Refused) as refused:
            hand_over(bad)
        assert (refused.value.code, refused.value.status) == ("file_name", 422)
