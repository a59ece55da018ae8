"""Expenses from the receipt to the client's invoice, every figure worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import CompleteWork, ScheduleRow, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.cost_commands import SendBackCosts
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.expense_commands import (
    ApproveExpenses,
    CorrectExpense,
    EnterExpenses,
    EnterMileage,
    EnterPerDiem,
    RejectExpenses,
    SetExpensePolicy,
    TypedExpense,
)
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.contract import ContractTerms, ReceivableArises
from contracts_app.domain.cost_plus.fees import CategoryRate, PercentFee
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.expenses.mileage import Journey
from contracts_app.domain.expenses.per_diem import DayAway, Meal, Trip
from contracts_app.domain.expenses.policy import PolicyRule
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.services import expense_receipts
from contracts_app.services.proving.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import expenses
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from contracts_app.store.views import purchases_waiting
from tests.conftest import Database
from tests.services.bringing_in import post
from tests.services.corrupted import assert_found
from tests.services.small_firm import STARTS, SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
PDF = b"%PDF-1.7 a receipt"
JANUARY = date(2024, 1, 1)
RULES = (
    PolicyRule(category="travel", effective_from=JANUARY, receipt_above=Decimal(75), at_most=Decimal(500)),
    PolicyRule(category="entertainment", effective_from=JANUARY, billable=False),
    PolicyRule(category="meals", effective_from=JANUARY),
    PolicyRule(category="mileage", effective_from=JANUARY),
    PolicyRule(category="per diem", effective_from=JANUARY),
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """One firm for all tests of this module, on the last day of March."""
    firm = found(settings, "Expenses")
    firm.go_to(MARCH)
    yield firm
    firm.engine.dispose()


def opened(small: SmallFirm, number: str) -> UUID:
    """A contract in force: line 1 at cost plus 10 %, expenses plus 5 %; line 2 a lump sum of 5,000.00."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{number}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("105000.00"),
        contract_date=STARTS,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        controller_limit=Decimal("1000000.00"),
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title="Ductwork at cost",
        terms=terms,
    )
    small.do(Role.coordinator, body, number)
    small.contracts[number] = contract_id
    fee = PercentFee(
        rate=Decimal("0.10"), by_category=(CategoryRate(category="expense", rate=Decimal("0.05")),)
    )
    lines = (
        ScheduleRow(
            item_no="1",
            description="Ductwork at cost",
            scheduled_value=Decimal("100000.00"),
            basis=Basis.cost_plus,
            not_to_exceed=False,
            cost_plus=CostPlusTerms(fee=fee),
        ),
        ScheduleRow(item_no="2", description="Controls", scheduled_value=Decimal("5000.00")),
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=lines))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    small.do(Role.controller, SetExpensePolicy(contract_id=contract_id, rules=RULES))
    return contract_id


def spent(category: str, amount: str, on: date = date(2024, 3, 4), **more: Any) -> TypedExpense:
    said = {"item_no": "1", "on": on, "person": "Anna Example", "vendor": "", **more}
    return TypedExpense(category=category, amount=Decimal(amount), **said)


def enter(small: SmallFirm, contract_id: UUID, *entries: TypedExpense) -> list[UUID]:
    done = small.do(Role.coordinator, EnterExpenses(contract_id=contract_id, entries=entries))
    ids = done.result["expenses"]
    assert isinstance(ids, list)
    return [UUID(one) for one in ids]


def rows(small: SmallFirm, contract_id: UUID) -> dict[UUID, Any]:
    with reading(small.engine, small.id) as connection:
        return {one["id"]: one for one in expenses.of_contract(connection, small.id, contract_id)}


def approve(small: SmallFirm, contract_id: UUID, *ids: UUID) -> Outcome:
    known = rows(small, contract_id)
    seen = tuple(SeenEntry(id=one, version=known[one]["version"]) for one in ids)
    return small.give(Role.project_manager, ApproveExpenses(contract_id=contract_id, entries=seen))


def attach(small: SmallFirm, contract_id: UUID, expense_id: UUID, data: bytes = PDF) -> str:
    return expense_receipts.attach(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key=f"receipt {expense_id}",
        contract_id=contract_id,
        expense_id=expense_id,
        file_name="C:\\scans\\receipt.pdf",
        data=data,
    )


def drafted(small: SmallFirm, number: str, period_to: date, work: str) -> tuple[UUID, PayApplication]:
    """A draft for the period with that much work on line 2, and its figures."""
    body = PrepareApplication(contract_id=small.contracts[number], period_to=period_to)
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    entry = Entry(line_id=small.lines(number)["2"], this_period=Decimal(work))
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(entry,)))
    with reading(small.engine, small.id) as connection:
        return invoice_id, draft(current_snapshot(connection, small.id, invoice_id))


def test_from_the_receipt_to_the_invoice_and_a_refund(small: SmallFirm) -> None:
    contract_id = opened(small, "E-1")
    hotel, dinner, abroad = enter(
        small,
        contract_id,
        spent("travel", "200.00", tax_recovered=Decimal("20.00"), vendor="Sample Hotel"),
        spent("entertainment", "90.00"),
        spent(
            "meals",
            "100.00",
            on=date(2024, 3, 6),
            currency="EUR",
            exchange=ExchangeRate(
                of="EUR", to="USD", rate=Decimal("1.0850"), on=date(2024, 3, 6), source="Sample bank"
            ),
        ),
    )
    driven = small.do(
        Role.coordinator,
        EnterMileage(
            contract_id=contract_id,
            item_no="1",
            person="Anna Example",
            category="mileage",
            jurisdiction="US",
            journeys=(Journey(on=date(2024, 3, 5), distance=Decimal(100)),),
        ),
    )
    assert driven.result["amount"] == "67.00"  # 100 miles × 0.67
    car = UUID(str(driven.result["expense_id"]))

    missing = approve(small, contract_id, hotel, dinner, abroad, car)
    assert missing.code == "receipt_missing"
    assert "above 75.00 USD" in missing.sentence
    assert {one["state"] for one in rows(small, contract_id).values()} == {"open"}  # all or none
    attach(small, contract_id, hotel)
    assert approve(small, contract_id, hotel, dinner, abroad, car).done
    kept = rows(small, contract_id)
    assert (kept[hotel]["cost_gross"], kept[hotel]["cost_tax"]) == (Decimal(200), Decimal(20))
    assert kept[abroad]["cost_gross"] == Decimal("108.50")  # 100.00 × 1.0850
    assert (kept[dinner]["cost_billable"], kept[dinner]["cost_reason"]) == (
        False,
        "The contract does not pay entertainment.",
    )
    assert kept[hotel]["receipt_name"] == "receipt.pdf"
    assert kept[car]["worked_out"]["journeys"][0]["rate"] == "0.67"

    # 180.00 + 108.50 + 67.00 = 355.50; 5 % = 17.775, half away from zero 17.78.
    first, figures = drafted(small, "E-1", MARCH, "1000.00")
    by_item = {line.item_no: line for line in figures.lines}
    assert by_item["1"].this_period == Decimal("373.28")
    small.issue(first, "E1-1")

    # A refund of 50.00 with 5.00 of tax: −45.00 of cost.
    # 5 % of 310.50 is 15.525, so 15.53 to date; 15.53 − 17.78 = −2.25.
    small.go_to(APRIL)
    refund = spent("travel", "-50.00", date(2024, 4, 2), tax_recovered=Decimal("-5.00"), corrects=hotel)
    (back,) = enter(small, contract_id, refund)
    assert approve(small, contract_id, back).done
    second, figures = drafted(small, "E-1", APRIL, "1000.00")
    by_item = {line.item_no: line for line in figures.lines}
    assert by_item["1"].this_period == Decimal("-47.25")
    small.issue(second, "E1-2")
    for invoice_id in (first, second):
        with reading(small.engine, small.id) as connection:
            assert prove(connection, small.id, invoice_id).differences == ()
    too_much = EnterExpenses(
        contract_id=contract_id,
        entries=(spent("travel", "-150.01", date(2024, 4, 2), corrects=hotel),),
    )
    assert small.give(Role.coordinator, too_much).code == "corrected_below_zero"


def test_what_was_never_billed_is_not_given_back(small: SmallFirm) -> None:
    """A cost of 50.00 that was sent back is on no invoice: a refund of it would be the client's gain."""
    contract_id = opened(small, "E-9")
    (taxi,) = enter(small, contract_id, spent("travel", "50.00"))
    assert approve(small, contract_id, taxi).done
    with reading(small.engine, small.id) as connection:
        cost = expenses.costs_of(connection, small.id, [taxi])[taxi]
    (refund,) = enter(small, contract_id, spent("travel", "-50.00", corrects=taxi))
    back = SendBackCosts(contract_id=contract_id, costs=(cost,), reason="Not for this client")
    small.do(Role.project_manager, back)
    refused = approve(small, contract_id, refund)
    assert refused.code == "corrects_nothing", refused.sentence
    small.do(
        Role.project_manager,
        RejectExpenses(contract_id=contract_id, entries=(refund, taxi), reason="Never billed"),
    )


def test_an_expense_whose_cost_was_sent_back_is_corrected_and_posted_again(small: SmallFirm) -> None:
    """80.00 at cost plus 5 % was to be 60.00: sent back, put right, approved and billed as 63.00."""
    contract_id = opened(small, "E-10")
    (taxi,) = enter(small, contract_id, spent("meals", "80.00"))
    assert approve(small, contract_id, taxi).done
    with reading(small.engine, small.id) as connection:
        cost = expenses.costs_of(connection, small.id, [taxi])[taxi]
    small.do(
        Role.project_manager,
        SendBackCosts(contract_id=contract_id, costs=(cost,), reason="The tip is private"),
    )
    known = rows(small, contract_id)[taxi]
    assert (known["state"], known["sent_back_because"]) == ("open", "The tip is private")
    assert known["cost_gross"] is None
    gone = CorrectExpense(contract_id=contract_id, expense_id=taxi, entry=None, reason="Never mind")
    assert small.give(Role.coordinator, gone).code == "expense_was_a_cost"
    right = CorrectExpense(
        contract_id=contract_id, expense_id=taxi, entry=spent("meals", "60.00"), reason="Without the tip"
    )
    small.do(Role.coordinator, right)
    assert approve(small, contract_id, taxi).done
    assert rows(small, contract_id)[taxi]["cost_gross"] == Decimal("60.00")
    _, figures = drafted(small, "E-10", MARCH, "1.00")
    assert {line.item_no: line.this_period for line in figures.lines}["1"] == Decimal("63.00")


def test_whoever_entered_or_corrected_an_expense_does_not_decide_on_it(small: SmallFirm) -> None:
    contract_id = opened(small, "E-11")
    manager = Role.project_manager
    body = EnterExpenses(contract_id=contract_id, entries=(spent("meals", "20.00"),))
    entered = small.do(manager, body).result["expenses"]
    assert isinstance(entered, list)
    own = UUID(entered[0])

    def correct(by: Role, expense_id: UUID) -> None:
        said = spent("meals", "21.00")
        small.do(
            by,
            CorrectExpense(contract_id=contract_id, expense_id=expense_id, entry=said, reason="With the tip"),
        )

    correct(Role.coordinator, own)
    assert approve(small, contract_id, own).code == "not_allowed"
    (theirs,) = enter(small, contract_id, spent("meals", "20.00"))
    correct(manager, theirs)
    refused = approve(small, contract_id, theirs)
    assert refused.code == "not_allowed"
    assert "You entered or corrected" in refused.sentence
    # Nobody decides on them here, so they are taken back for the tests that follow.
    for expense_id in (own, theirs):
        gone = CorrectExpense(contract_id=contract_id, expense_id=expense_id, entry=None, reason="A test")
        small.do(Role.coordinator, gone)


def test_the_same_receipt_twice_is_not_approved(small: SmallFirm) -> None:
    contract_id = opened(small, "E-2")
    first, again = enter(
        small, contract_id, spent("travel", "80.00"), spent("travel", "80.00", date(2024, 3, 5))
    )
    attach(small, contract_id, first)
    attach(small, contract_id, again)
    assert approve(small, contract_id, first).done
    refused = approve(small, contract_id, again)
    assert refused.code == "duplicate"
    assert "Anna Example, 2024-03-04, 80.00 USD" in refused.sentence
    with pytest.raises(Refused) as decided:
        attach(small, contract_id, first, b"%PDF-1.7 another")
    assert decided.value.code == "expense_decided"
    with pytest.raises(Refused) as not_a_receipt:
        attach(small, contract_id, again, b"MZ a program")
    assert not_a_receipt.value.code == "receipt_file"
    small.do(
        Role.coordinator,
        CorrectExpense(contract_id=contract_id, expense_id=again, entry=None, reason="Typed in twice"),
    )
    assert list(rows(small, contract_id)) == [first]


def test_a_trip_is_paid_by_the_table_of_law(small: SmallFirm) -> None:
    contract_id = opened(small, "E-3")
    small.go_to(date(2024, 11, 30))
    trip = Trip(
        jurisdiction="US",
        days=(
            DayAway(on=date(2024, 11, 4), locality="M&IE 68"),
            DayAway(on=date(2024, 11, 5), locality="M&IE 68", provided=(Meal.lunch,)),
            DayAway(on=date(2024, 11, 6), locality="M&IE 68"),
        ),
    )
    body = EnterPerDiem(
        contract_id=contract_id, item_no="1", person="Anna Example", category="per diem", trip=trip
    )
    done = small.do(Role.coordinator, body)
    # 75 % of 68.00 on the first and the last day, 68.00 less 19.00 for the lunch between: 51 + 49 + 51.
    assert done.result["amount"] == "151.00"
    assert approve(small, contract_id, UUID(str(done.result["expense_id"]))).done


def test_who_enters_does_not_decide_and_what_changed_is_seen_again(small: SmallFirm) -> None:
    contract_id = opened(small, "E-4")
    own = small.do(
        Role.project_manager, EnterExpenses(contract_id=contract_id, entries=(spent("meals", "10.00"),))
    )
    ids = own.result["expenses"]
    assert isinstance(ids, list)
    refused = approve(small, contract_id, UUID(ids[0]))
    assert refused.code == "not_allowed"
    (lunch,) = enter(small, contract_id, spent("meals", "12.00"))
    seen = SeenEntry(id=lunch, version=1)
    small.do(
        Role.coordinator,
        CorrectExpense(
            contract_id=contract_id,
            expense_id=lunch,
            entry=spent("meals", "15.00", billable=False, not_billable_reason="Our own lunch"),
            reason="The client was not there",
        ),
    )
    stale = ApproveExpenses(contract_id=contract_id, entries=(seen,))
    assert small.give(Role.project_manager, stale).code == "changed_since_seen"
    assert approve(small, contract_id, lunch).done
    assert rows(small, contract_id)[lunch]["cost_reason"] == "Our own lunch"
    (more,) = enter(small, contract_id, spent("unheard of", "1.00"))
    with reading(small.engine, small.id) as connection:
        waiting = purchases_waiting.for_manager(connection, small.id, small.people[Role.project_manager])
    # His own lunch is not his to approve.
    assert [(one.contract_number, one.papers, one.expenses) for one in waiting if one.expenses] == [
        ("E-4", 0, 1)
    ]
    complete = CompleteWork(contract_id=contract_id, reason="All ducts hang")
    refused = small.give(Role.project_manager, complete)
    assert refused.code == "not_decided"
    assert "2 expenses" in refused.sentence
    assert approve(small, contract_id, more).code == "no_expense_rule"
    reject = RejectExpenses(contract_id=contract_id, entries=(more,), reason="Not for the client")
    small.do(Role.project_manager, reject)
    assert approve(small, contract_id, more).code == "expense_decided"


@pytest.mark.parametrize(
    ("code", "entry"),
    [
        ("day_in_future", spent("meals", "1.00", date(2030, 1, 1))),
        ("before_contract", spent("meals", "1.00", date(2024, 2, 1))),
        ("unknown_line", spent("meals", "1.00", item_no="99")),
        ("correction_without_link", spent("meals", "-1.00")),
        ("no_exchange_rate", spent("meals", "1.00", currency="EUR")),
        ("too_many_decimals", spent("meals", "1.001")),
    ],
)
def test_expenses_that_are_refused(small: SmallFirm, code: str, entry: TypedExpense) -> None:
    contract_id = small.contracts.get("E-5") or opened(small, "E-5")
    body = EnterExpenses(contract_id=contract_id, entries=(entry,))
    assert small.give(Role.coordinator, body).code == code


@pytest.mark.parametrize(
    ("distance", "times", "code"),
    [
        ("0.001", 1, "nothing_to_pay"),  # 0.001 × 0.67 is no cent
        ("9999999999", 200, "amount_too_large"),  # more than an amount can be
    ],
)
def test_journeys_that_come_to_no_amount_are_refused(
    small: SmallFirm, distance: str, times: int, code: str
) -> None:
    """Both were faults of the system."""
    contract_id = small.contracts.get("E-5") or opened(small, "E-5")
    journey = Journey(on=date(2024, 3, 5), distance=Decimal(distance))
    body = EnterMileage(
        contract_id=contract_id,
        item_no="1",
        person="Anna Example",
        category="mileage",
        jurisdiction="US",
        journeys=(journey,) * times,
    )
    assert small.give(Role.coordinator, body).code == code


REPORT = (
    "Date,Employee,Merchant,Category,Amount,Tax,Currency,Billable,Invoiced,Project,Receipt no,SOV line\n"
    "2024-03-04,Anna Example,Sample Rail,travel,60.00,5.00,USD,yes,no,Design,R-1,\n"
    "2024-03-05,Anna Example,Sample Grill,,40.00,,USD,no,no,Design,,2\n"
    "2024-03-06,Anna Example,Sample Inn,meals,30.00,,USD,yes,yes,Design,,\n"
    "2024-03-06,Anna Example,Other Inn,meals,31.00,,USD,yes,no,Elsewhere,,\n"
    "2024-03-07,Anna Example,Sample Inn,meals,-3.00,,USD,yes,no,Design,,\n"
    "2024-03-08,Anna Example,Inn,meals,3.00,,EUR,yes,no,Design,,\n"
    "2024-03-09,Anna Example,Inn,meals,3.00,,USD,yes,no,Design,,77\n"
)


def test_an_expense_report_waits_for_approval_and_can_be_taken_back_before(small: SmallFirm) -> None:
    contract_id = opened(small, "E-REPORT")
    answers = {"expense_tax": "recovered", "expense_category": "meals"}
    posted = post(small, "expenses", "E-REPORT", REPORT, **answers)
    assert (posted.result["imported"], posted.result["refused"]) == (3, 3)
    brought = {one["spent_on"].day: one for one in rows(small, contract_id).values()}
    rail, grill, inn = brought[4], brought[5], brought[6]
    # Line 1, billed at cost, is proposed where the row names none.
    assert [(one["item_no"], one["category"], one["amount"]) for one in (rail, grill, inn)] == [
        ("1", "travel", Decimal("60.0000")),
        ("2", "meals", Decimal("40.0000")),
        ("1", "meals", Decimal("30.0000")),
    ]
    assert (rail["tax_recovered"], rail["receipt_reference"], rail["state"]) == (Decimal(5), "R-1", "open")
    assert rail["source"] == "expenses.csv, sheet expenses, row 2"
    assert grill["not_billable_reason"] == "Not billable, says expenses.csv."
    assert inn["not_billable_reason"] == "Billed elsewhere, says expenses.csv."
    again = post(small, "expenses", "E-REPORT", REPORT, **answers)
    assert (again.result["imported"], again.result["skipped_known"]) == (0, 3)

    undo = UndoImport(import_id=UUID(str(posted.result["import_id"])), reason="The wrong month.")
    small.do(Role.coordinator, undo)
    assert rows(small, contract_id) == {}
    once_more = post(small, "expenses", "E-REPORT", REPORT, **answers)
    brought = {one["spent_on"].day: one for one in rows(small, contract_id).values()}
    approve(small, contract_id, *(one["id"] for one in brought.values()))
    costs = {
        one["spent_on"].day: one["cost_gross"] - one["cost_tax"] for one in rows(small, contract_id).values()
    }
    assert costs == {4: Decimal(55), 5: Decimal(40), 6: Decimal(30)}
    undo = UndoImport(import_id=UUID(str(once_more.result["import_id"])), reason="The wrong month.")
    refused = small.give(Role.coordinator, undo)
    assert (refused.code, "expense 1, 2, 3" in refused.sentence) == ("built_upon", True)

    # The source says 66.00 for rail by now, and another word for the meal at the grill.
    changed = REPORT.replace("60.00,5.00", "66.00,5.50")
    assert changed != REPORT
    out = post(small, "expenses", "E-REPORT", changed, **answers, looks_edited="edited")
    assert out.result["imported"] == 0
    adjusted = post(small, "expenses", "E-REPORT", changed, **answers, looks_edited="correct")
    assert adjusted.result["imported"] == 1
    (entry,) = (one for one in rows(small, contract_id).values() if one["state"] == "open")
    assert (entry["corrects_id"], entry["amount"], entry["tax_recovered"]) == (
        rail_of(small, contract_id),
        Decimal("6.0000"),
        Decimal("0.5000"),
    )
    again = post(small, "expenses", "E-REPORT", changed, **answers)
    assert (again.result["imported"], again.result["skipped_known"]) == (0, 3)
    # While nobody has decided on it, no file corrects it again.
    twice = post(small, "expenses", "E-REPORT", REPORT.replace("60.00,5.00", "67.00,5.50"), **answers)
    assert (twice.result["imported"], twice.result["refused"]) == (0, 4)
    assert approve(small, contract_id, entry["id"]).done
    known = rows(small, contract_id)[entry["id"]]
    assert known["cost_gross"] - known["cost_tax"] == Decimal("5.50")
    back = post(small, "expenses", "E-REPORT", REPORT, **answers, looks_edited="correct")
    assert back.result["imported"] == 1
    (entry,) = (one for one in rows(small, contract_id).values() if one["state"] == "open")
    assert (entry["corrects_id"], entry["amount"]) == (rail_of(small, contract_id), Decimal("-6.0000"))


def rail_of(small: SmallFirm, contract_id: UUID) -> UUID:
    """The expense that the first row of the report brought."""
    return next(
        key
        for key, one in rows(small, contract_id).items()
        if one["spent_on"].day == 4 and one["corrects_id"] is None
    )


def test_the_books_of_the_firm_hold(small: SmallFirm) -> None:
    found = small.checked(online=True).findings
    assert [f"{one.id}: {one.sample}" for one in found if one.violations] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE expense SET amount = amount + 1 WHERE state = 'approved'", "its cost"),
        ("DELETE FROM expense_cost", "is approved and no cost of the contract"),
        (
            "UPDATE expense SET state = 'open', decided_by = NULL WHERE state = 'approved'",
            "is open and a cost",
        ),
    ],
)
def test_a_cost_that_its_expense_does_not_bear_out_is_found(
    small: SmallFirm, database: Database, change: str, said: str
) -> None:
    assert_found(small, database, change, said)
