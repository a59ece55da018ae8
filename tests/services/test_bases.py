"""Lines by percentage, by measure and for each period, from the schedule to proved invoices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from contracts_app.documents import continuation_sheet
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import (
    Certification,
    CertifyApplication,
    EditDraft,
    PrepareApplication,
    WithdrawDraft,
)
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.services.invoice_documents import content_of
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import contract
from contracts_app.store.transaction import reading
from tests.services.small_firm import STARTS, SmallFirm, found

GRAVEL = {
    "unit": "t",
    "price": "47.85",
    "estimated_quantity": "120",
    "variation": {"above": "0.15", "below": "0.15", "price_above": "40"},
}
FEE = {"amount": "1000.00", "anchor": "2024-02-01", "ends_on": "2024-12-31"}
LINES: tuple[dict[str, Any], ...] = (
    {"item_no": "1", "description": "Design", "scheduled_value": "1200.00", "basis": "percent_complete"},
    {
        "item_no": "2",
        "description": "Gravel",
        "scheduled_value": "5742.00",
        "basis": "unit_price",
        "unit_price": GRAVEL,
    },
    {
        "item_no": "3",
        "description": "Site office",
        "scheduled_value": "11000.00",
        "basis": "recurring",
        "recurring": FEE,
    },
    {"item_no": "4", "description": "Mobilization", "scheduled_value": "100.00"},
)
MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm with a contract of every basis that is typed on a line, being set up."""
    firm = found(settings, f"Bases {uuid4()}")
    contract_id = deterministic_id(firm.id, "contract", f"{firm.people[Role.coordinator]}:S")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("18042.00"),
        contract_date=STARTS,
        controller_limit=Decimal(10**6),
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=firm.people[Role.project_manager],
        number="S",
        title="Bases",
        terms=terms,
    )
    firm.do(Role.coordinator, body, "S")
    firm.contracts["S"] = contract_id
    yield firm
    firm.engine.dispose()


def save(small: SmallFirm, *lines: dict[str, Any]) -> Outcome:
    rows = tuple(ScheduleRow.model_validate(line) for line in lines)
    return small.give(Role.coordinator, SetSchedule(contract_id=small.contracts["S"], lines=rows))


def activate(small: SmallFirm) -> None:
    assert save(small, *LINES).done
    small.do(Role.controller, ActivateContract(contract_id=small.contracts["S"]))


def prepared(small: SmallFirm, period_to: date, *, moved: bool = True) -> UUID:
    if moved:
        small.go_to(period_to)
    outcome = small.do(
        Role.coordinator, PrepareApplication(contract_id=small.contracts["S"], period_to=period_to)
    )
    return UUID(str(outcome.result["invoice_id"]))


def edit(small: SmallFirm, invoice_id: UUID, **stated: dict[str, Any]) -> Outcome:
    """State something of lines, `l2={"quantity_to_date": "40"}`."""
    known = small.lines("S")
    entries = tuple(
        Entry.model_validate({"line_id": known[name.removeprefix("l")], **said})
        for name, said in stated.items()
    )
    return small.give(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))


def drawn(small: SmallFirm, invoice_id: UUID) -> Snapshot:
    with reading(small.engine, small.id) as connection:
        return current_snapshot(connection, small.id, invoice_id)


def periods(small: SmallFirm, invoice_id: UUID) -> list[Decimal]:
    """Column E."""
    return [line.this_period for line in drafting.draft(drawn(small, invoice_id)).lines]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scheduled_value": "5742.01"}, "value_is_not_its_terms"),
        ({"scheduled_value": "5741.99"}, "value_is_not_its_terms"),
        ({"basis": "recurring", "unit_price": None, "recurring": FEE}, "value_is_not_its_terms"),
        (
            {"basis": "recurring", "unit_price": None, "recurring": {**FEE, "amount": "1000.001"}},
            "too_many_decimals",
        ),
        ({"basis": "percent_complete", "unit_price": None, "not_to_exceed": False}, "no_cap"),
    ],
)
def test_a_line_is_worth_what_its_terms_come_to(small: SmallFirm, changed: dict[str, Any], code: str) -> None:
    refused = save(small, {**LINES[1], **changed})
    assert (refused.done, refused.code) == (False, code)
    assert refused.sentence.startswith("Line 2")


def test_what_is_agreed_of_a_line_comes_back_as_it_was_saved(small: SmallFirm) -> None:
    open_fee = {**LINES[2], "recurring": {"amount": "10.00", "anchor": "2024-02-01"}}
    assert save(small, LINES[0], open_fee).code == "schedule_does_not_tie"  # a limit: no sum of periods
    assert save(small, *LINES).code == "done"
    with reading(small.engine, small.id) as connection:
        known = contracts.schedule(connection, small.id, small.contracts["S"])
    rows = [ScheduleRow.model_validate(line) for line in LINES]
    assert [(line.basis, line.unit_price, line.recurring) for line in known] == [
        (row.basis, row.unit_price, row.recurring) for row in rows
    ]
    assert [line.not_to_exceed for line in known] == [True, False, True, True]
    assert save(small, {**LINES[1], "basis": "lump_sum", "unit_price": None}).done  # and back to a sum
    with reading(small.engine, small.id) as connection:
        (line,) = contracts.schedule(connection, small.id, small.contracts["S"])
    assert (line.unit_price, line.recurring) == (None, None)


@pytest.mark.parametrize(
    "change",
    [
        "unit_price = NULL",
        "unit = NULL",
        "not_to_exceed = true",
        "unit_price = -1",
        "estimated_quantity = 0",
        "basis = 'lump_sum'",
        "basis = 'recurring'",
        "recurring = '{}'",
    ],
)
def test_the_database_keeps_terms_and_basis_together(small: SmallFirm, change: str) -> None:
    assert save(small, *LINES).done
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match="ck_sov_line"):
            connection.execute(text(f"UPDATE sov_line SET {change} WHERE item_no = '2'"))


def test_terms_are_fixed_once_the_contract_is_in_force(small: SmallFirm) -> None:
    activate(small)
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match="fixed once the contract"):
            connection.execute(text("UPDATE sov_line SET unit_price = 50 WHERE item_no = '2'"))


def test_a_contract_of_every_basis_bills_nothing_twice_and_loses_nothing(small: SmallFirm) -> None:
    activate(small)
    first = prepared(small, MARCH)
    assert periods(small, first) == [0, 0, 2000, 0]  # the fee of two months that were missed
    assert edit(small, first, l1={"fraction_to_date": "0.5"}, l2={"quantity_to_date": "40"}).done
    assert periods(small, first) == [600, 1914, 2000, 0]
    kept = {entry.line_id: entry for entry in drawn(small, first).entries}
    lines = small.lines("S")
    assert kept[lines["1"]].fraction_to_date == Decimal("0.5")
    assert kept[lines["2"]].quantity_to_date == 40
    small.issue(first, "first")
    small.certify(first, {lines["2"]: "1500.00"})

    double = ProposeChangeOrder(
        contract_id=small.contracts["S"], number="CO-1", title="Twice", amount=Decimal(1200), raises="1"
    )
    small.do(Role.project_manager, double)
    execute = ExecuteChangeOrder(
        contract_id=small.contracts["S"], number="CO-1", executed_on=date(2024, 4, 7)
    )
    small.go_to(date(2024, 4, 7))
    small.do(Role.controller, execute)

    for item_no in ("2", "3"):  # a price and a fee are no sums
        raising = double.model_copy(update={"number": f"CO-{item_no}", "raises": item_no})
        refused = small.give(Role.project_manager, raising)
        assert (refused.done, refused.code) == (False, "price_not_a_sum")

    second = prepared(small, APRIL)
    assert periods(small, second) == [0, 414, 1000, 0]  # what was cut is claimed again; one month's fee
    assert edit(small, second, l1={"fraction_to_date": "1"}, l2={"quantity_to_date": "140"}).done
    assert periods(small, second) == [1800, Decimal("5183.30"), 1000, 0]  # 600 is not lost
    found_codes = [one.code for one in checks.findings(drawn(small, second))]
    assert found_codes == ["measured_beyond_estimate"]
    small.issue(second, "second")
    small.certify(second)

    third = prepared(small, MAY)
    assert periods(small, third) == [0, 0, 1000, 0]
    corrected = edit(small, third, l2={"quantity_to_date": "138", "finally_measured": True})
    assert corrected.done
    assert periods(small, third) == [0, -80, 1000, 0]  # two tons at 40.00 go back
    small.issue(third, "third")
    small.certify(third)

    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert all(not one.differences for one in proofs)
    assert [one.id for one in small.checked().findings if one.violations] == []


def test_saving_what_a_draft_says_already_changes_no_amount(small: SmallFirm) -> None:
    activate(small)
    draft = prepared(small, MARCH)
    assert edit(small, draft, l1={"fraction_to_date": "0.5"}).done
    same = edit(small, draft, l1={"fraction_to_date": "0.5", "this_period": "600.00"})
    assert same.done
    assert periods(small, draft)[0] == 600
    refused = edit(small, draft, l1={"fraction_to_date": "0.5", "this_period": "601.00"})
    assert (refused.done, refused.code) == (False, "stated_twice")
    refused = edit(small, draft, l4={"quantity_to_date": "1"})
    assert (refused.done, refused.code) == (False, "no_unit_price")
    assert edit(small, draft, l4={"fraction_this_period": "0.25"}).done
    assert periods(small, draft)[3] == 25
    small.do(Role.coordinator, WithdrawDraft(invoice_id=draft, reason="Once more"))
    again = prepared(small, MARCH, moved=False)
    assert periods(small, again) == [600, 0, 2000, 25]


def test_a_certifier_may_say_less_by_measure(small: SmallFirm) -> None:
    activate(small)
    draft = prepared(small, MARCH)
    assert edit(small, draft, l2={"quantity_to_date": "40"}).done
    small.issue(draft, "first")
    less = Entry(line_id=small.lines("S")["2"], quantity_to_date=Decimal(30))
    same = Entry(line_id=less.line_id, this_period=Decimal("1914.00"))
    body = CertifyApplication(
        invoice_id=draft, decision=Certification.less, lines=(same,), reason="Weighed again"
    )
    assert small.give(Role.client, body).code == "nothing_cut"
    certified = small.do(Role.client, body.model_copy(update={"lines": (less,)}))
    assert certified.result["certified_line8"] == "3435.50"  # 30 × 47.85 = 1,435.50, and the fee
    with reading(small.engine, small.id) as connection:
        assert all(not one.differences for one in prove_all(connection, small.id))


def test_the_work_of_a_measured_line_is_complete_when_somebody_says_so(small: SmallFirm) -> None:
    activate(small)
    draft = prepared(small, MARCH)
    body = CompleteWork(contract_id=small.contracts["S"], reason="All measured")
    assert small.give(Role.project_manager, body).code == "application_in_hand"
    small.do(Role.coordinator, WithdrawDraft(invoice_id=draft, reason="Not yet"))
    small.do(Role.project_manager, body)
    with reading(small.engine, small.id) as connection:
        done = connection.execute(
            select(contract.c.work_completed_on).where(contract.c.id == small.contracts["S"])
        ).scalar_one()
    assert done == MARCH


def test_papers_say_how_a_measured_line_multiplies_out(small: SmallFirm) -> None:
    activate(small)
    draft = prepared(small, MARCH)
    assert edit(small, draft, l2={"quantity_to_date": "140.5"}).done
    small.issue(draft, "first")
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, draft)
        agreed = contracts.find(connection, small.id, small.contracts["S"])
        issued = invoices.issued(connection, small.id, draft)
        assert row
        assert agreed
        assert issued
        owner = clients.get(connection, small.id, agreed["client_id"])
        content = content_of(connection, small.id, row, agreed, owner, issued)
    said = "138 t × 47.85 + 2.5 t × 40.00"
    assert content.explained == {small.lines("S")["2"]: said}
    sheet = load_workbook(BytesIO(continuation_sheet.workbook(content)))["Continuation sheet"]  # type: ignore[arg-type]
    assert sheet["B6"].value == f"Gravel\n{said}"
    small.make_papers()
