"""Costs of a contract, and lines billed at cost plus a fee, from the ledger to proved invoices."""

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

from contracts_app.documents.annex_sheet import DETAIL, workbook
from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.agreement_commands import CompleteWork, ScheduleRow, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    RecordCosts,
    SendBackCosts,
    TypedCost,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication, WithdrawDraft
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ClaimTime, SeenEntry
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.services.cost_posting import NewCost, post_costs
from contracts_app.services.invoice_documents import content_of
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views.calendar import firm_day
from tests.services.small_firm import STARTS, SmallFirm, found

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
LINES: tuple[dict[str, Any], ...] = (
    {
        "item_no": "1",
        "description": "Repairs",
        "scheduled_value": "2000.00",
        "basis": "cost_plus",
        # 10 % on labour, 5 % on everything else; expenses are not paid.
        "cost_plus": {
            "fee": {
                "kind": "percent",
                "rate": "0.05",
                "by_category": [{"category": "labour", "rate": "0.10"}],
            },
            "allowable": ["labour", "material", "subcontract"],
        },
    },
    {
        "item_no": "2",
        "description": "Temporary works",
        "scheduled_value": "5500.00",
        "basis": "cost_plus",
        "not_to_exceed": False,
        "cost_plus": {"fee": {"kind": "fixed", "amount": "500.00"}, "expected_cost": "5000.00"},
    },
    {"item_no": "3", "description": "Report", "scheduled_value": "100.00"},
)


@pytest.fixture(scope="module")
def firm(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm for all tests here; each opens its own contract."""
    small = found(settings, f"Costs {uuid4()}")
    small.go_to(MARCH)
    yield small
    small.engine.dispose()


def opened(small: SmallFirm, number: str, lines: tuple[dict[str, Any], ...] = LINES, **more: Any) -> UUID:
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{number}")
    agreed = {"original_sum": Decimal("7600.00"), "contract_date": STARTS, **more}
    terms = ContractTerms(currency="USD", controller_limit=Decimal(10**6), **agreed)
    body = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=f"Costs {number}",
        terms=terms,
    )
    small.do(Role.coordinator, body, number)
    small.contracts[number] = contract_id
    rows = tuple(ScheduleRow.model_validate(line) for line in lines)
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def typed(item_no: str, category: str, day: date, gross: str, **more: Any) -> TypedCost:
    said = {"description": f"{category} on {item_no}", **more}
    return TypedCost(
        item_no=item_no, category=CostCategory(category), incurred_on=day, gross=Decimal(gross), **said
    )


def record(small: SmallFirm, number: str, *costs: TypedCost, by: Role = Role.coordinator) -> list[UUID]:
    given = small.do(by, RecordCosts(contract_id=small.contracts[number], costs=costs))
    ids = given.result["costs"]
    assert isinstance(ids, list)
    return [UUID(one) for one in ids]


def seen(small: SmallFirm, *costs: UUID) -> tuple[SeenEntry, ...]:
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            select(job_cost.c.id, job_cost.c.version).where(
                job_cost.c.firm_id == small.id, job_cost.c.id.in_(costs)
            )
        ).all()
    return tuple(SeenEntry(id=row.id, version=row.version) for row in rows)


def approve(small: SmallFirm, number: str, *costs: UUID, by: Role = Role.project_manager) -> Outcome:
    return small.give(by, ApproveCosts(contract_id=small.contracts[number], costs=seen(small, *costs)))


def spend(small: SmallFirm, number: str, *costs: TypedCost) -> list[UUID]:
    ids = record(small, number, *costs)
    assert approve(small, number, *ids).done
    return ids


def at_least(small: SmallFirm, day: date) -> None:
    """Move the calendar there, unless another test has moved it further."""
    with reading(small.engine, small.id) as connection:
        today = firm_day(connection, small.id).today
    if today < day:
        small.go_to(day)


def prepared(small: SmallFirm, number: str, period_to: date) -> UUID:
    at_least(small, period_to)
    outcome = small.do(
        Role.coordinator, PrepareApplication(contract_id=small.contracts[number], period_to=period_to)
    )
    return UUID(str(outcome.result["invoice_id"]))


def drawn(small: SmallFirm, invoice_id: UUID) -> Snapshot:
    with reading(small.engine, small.id) as connection:
        return current_snapshot(connection, small.id, invoice_id)


def figures(small: SmallFirm, invoice_id: UUID) -> PayApplication:
    return drafting.draft(drawn(small, invoice_id))


def billed(small: SmallFirm, invoice_id: UUID) -> list[tuple[str, str, str]]:
    """Cost, fee and amount of each line billed at cost."""
    return [
        (f"{line.cost:.2f}", f"{line.fee:.2f}", f"{line.amount:.2f}")
        for line in figures(small, invoice_id).costs
    ]


def test_costs_are_billed_with_their_fee_up_to_the_limit_and_proved(firm: SmallFirm) -> None:
    opened(firm, "C1")
    spend(
        firm,
        "C1",
        typed("1", "labour", date(2024, 3, 10), "1000.05"),
        typed("1", "material", date(2024, 3, 11), "600.12", recoverable_tax=Decimal("100.02")),
        typed("2", "equipment", MARCH, "1250.00"),
    )
    march = prepared(firm, "C1", MARCH)
    # Line 1: 1,000.05 × 10 % + 500.10 × 5 % = 100.005 + 25.005 = 125.01, rounded once.
    # Line 2: a quarter of the expected 5,000.00 is spent, so a quarter of the fixed fee of 500.00 is earned.
    assert billed(firm, march) == [("1500.15", "125.01", "1625.16"), ("1250.00", "125.00", "1375.00")]
    firm.issue(march, "C1-1")
    firm.certify(march, {firm.lines("C1")["2"]: "1000.00"}, "Rental is disputed")

    at_least(firm, APRIL)
    spend(firm, "C1", typed("1", "subcontract", APRIL, "400.00"))
    april = prepared(firm, "C1", APRIL)
    # Line 1 to date: 1,900.15 + 145.01 (125.01 + 400.00 × 5 %) = 2,045.16, of which the limit lets 2,000.00.
    # Line 2: what the certifier cut, 375.00, is claimed again; no new cost, no new fee.
    assert billed(firm, april) == [("400.00", "20.00", "374.84"), ("0.00", "0.00", "375.00")]
    assert [line.over for line in figures(firm, april).costs] == [Decimal("45.16"), 0]
    firm.issue(april, "C1-2")
    firm.certify(april)
    proved(firm)


def proved(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        assert [one.differences for one in prove_all(connection, small.id) if one.differences] == []
    assert [one for one in small.checked(online=True).findings if one.violations] == []


def test_a_cost_is_approved_by_somebody_else_as_it_was_seen(firm: SmallFirm) -> None:
    contract_id = opened(firm, "C2")
    (own,) = record(firm, "C2", typed("1", "labour", MARCH, "100.00"), by=Role.project_manager)
    assert approve(firm, "C2", own).code == "not_allowed"
    assert firm.give(Role.coordinator, ApproveCosts(contract_id=contract_id, costs=seen(firm, own))).code == (
        "not_allowed"
    )
    stale = tuple(one.model_copy(update={"version": 2}) for one in seen(firm, own))
    assert firm.give(Role.controller, ApproveCosts(contract_id=contract_id, costs=stale)).code == (
        "changed_since_seen"
    )
    assert approve(firm, "C2", own, by=Role.controller).done
    # Approved twice says nothing new, and what was sent back is recorded again.
    assert approve(firm, "C2", own, by=Role.controller).code == "changed_since_seen"
    back = SendBackCosts(contract_id=contract_id, costs=(own,), reason="Another job")
    assert firm.give(Role.coordinator, back).code == "not_allowed"
    assert firm.give(Role.project_manager, back).done
    assert approve(firm, "C2", own, by=Role.controller).code == "cost_sent_back"
    (mine,) = record(firm, "C2", typed("1", "labour", MARCH, "100.00"))
    taken = SendBackCosts(contract_id=contract_id, costs=(mine,), reason="Typed twice")
    assert firm.give(Role.coordinator, taken).done


@pytest.mark.parametrize(
    ("cost", "code"),
    [
        (typed("9", "labour", MARCH, "1.00"), "unknown_line"),
        (typed("1", "labour", date(2099, 1, 1), "1.00"), "cost_in_future"),
        (typed("1", "labour", MARCH, "1.001"), "too_many_decimals"),
        (typed("1", "labour", MARCH, "1.00", currency="EUR"), "other_currency"),
        (typed("1", "labour", MARCH, "1.00", recoverable_tax=Decimal(2)), "cost_does_not_agree"),
    ],
    ids=lambda said: said if isinstance(said, str) else "",
)
def test_a_cost_that_cannot_be_is_refused(firm: SmallFirm, cost: TypedCost, code: str) -> None:
    if "C3" not in firm.contracts:
        opened(firm, "C3")
    body = RecordCosts(contract_id=firm.contracts["C3"], costs=(cost,))
    assert firm.give(Role.coordinator, body).code == code


def test_only_approved_costs_that_the_client_pays_are_claimed_and_once(firm: SmallFirm) -> None:
    contract_id = opened(firm, "C4")
    day = date(2024, 4, 2)
    spend(
        firm,
        "C4",
        typed("1", "material", day, "100.00"),
        typed("1", "expense", day, "10.00"),  # line 1 pays no expenses
        typed("1", "material", day, "20.00", billable=False, not_billable_reason="Our own mistake"),
        typed("3", "material", day, "30.00"),  # a fixed sum: recorded, never billed
    )
    (waiting,) = record(firm, "C4", typed("1", "labour", day, "50.00"))
    draft = prepared(firm, "C4", APRIL)
    assert [cost.gross for cost in drawn(firm, draft).costs] == [Decimal(100)]
    assert billed(firm, draft)[0] == ("100.00", "5.00", "105.00")
    typed_in = EditDraft(
        invoice_id=draft, entries=(Entry(line_id=firm.lines("C4")["1"], this_period=Decimal(1)),)
    )
    assert firm.give(Role.coordinator, typed_in).code == "billed_at_cost"
    assert approve(firm, "C4", waiting).done
    firm.do(Role.coordinator, ClaimTime(invoice_id=draft))
    assert billed(firm, draft)[0] == ("150.00", "10.00", "160.00")  # 105.00 + 50.00 × 110 %
    # What is sent back leaves the draft; a draft given up lets go of all.
    firm.do(Role.project_manager, SendBackCosts(contract_id=contract_id, costs=(waiting,), reason="Not ours"))
    assert billed(firm, draft)[0] == ("100.00", "5.00", "105.00")
    firm.do(Role.coordinator, WithdrawDraft(invoice_id=draft, reason="Again"))
    again = prepared(firm, "C4", APRIL)
    firm.issue(again, "C4-1")
    billed_cost = drawn(firm, again).costs[0].id
    body = SendBackCosts(contract_id=contract_id, costs=(billed_cost,), reason="Too late")
    assert firm.give(Role.project_manager, body).code == "cost_billed"
    proved(firm)


def test_a_billed_cost_is_corrected_by_an_entry_of_its_own_that_brings_its_fee_back(firm: SmallFirm) -> None:
    contract_id = opened(firm, "C5")
    (cost,) = spend(firm, "C5", typed("1", "material", date(2024, 4, 3), "1000.00"))
    april = prepared(firm, "C5", APRIL)
    firm.issue(april, "C5-1")
    firm.certify(april)
    at_least(firm, MAY)
    right = CorrectCost(contract_id=contract_id, cost_id=cost, gross=Decimal("900.00"), reason="Discount")
    corrected = firm.do(Role.coordinator, right)
    past = CorrectCost(contract_id=contract_id, cost_id=cost, gross=Decimal("-1.00"), reason="Too far")
    assert firm.give(Role.coordinator, past).code == "corrected_past_zero"
    # Other parts of the product post what takes back too much as little as people do.
    back = NewCost(
        line_id=firm.lines("C5")["1"],
        category=CostCategory.material,
        incurred_on=MAY,
        gross=Decimal("-900.01"),
        description="Credit memo",
        source_kind="vendor_bill",
        source_ref="credit of C5",
        corrects=cost,
    )
    with (
        own_step(firm.engine, firm.id, "credit of C5", Origin(), firm.people[Role.coordinator]) as tx,
        pytest.raises(Refused) as refused,
    ):
        post_costs(tx, tx.lock(contract, contract_id, "contract"), [back])
    assert refused.value.code == "corrected_past_zero"
    assert refused.value.sentence == (
        "The cost “material on 1” of 2024-04-03 is 1,000.00 USD, and what corrects it comes to "
        "-1,000.01 USD: take back no more."
    )
    same = CorrectCost(contract_id=contract_id, cost_id=cost, gross=Decimal("900.00"), reason="Again")
    assert firm.give(Role.coordinator, same).code == "nothing_corrected"
    assert approve(firm, "C5", UUID(str(corrected.result["cost_id"]))).done
    spend(firm, "C5", typed("1", "labour", MAY, "200.00"))
    may = prepared(firm, "C5", MAY)
    # −100.00 and 200.00 of cost; the fee to date 900 × 5 % + 200 × 10 % = 65.00, less the 50.00 billed.
    assert billed(firm, may)[0] == ("100.00", "15.00", "115.00")
    firm.issue(may, "C5-2")
    firm.certify(may)
    complete = CompleteWork(contract_id=contract_id, reason="All done")
    record(firm, "C5", typed("1", "material", MAY, "1.00"))
    assert firm.give(Role.project_manager, complete).code == "costs_unbilled"
    proved(firm)


def test_other_parts_of_the_product_post_a_cost_once_and_approved(firm: SmallFirm) -> None:
    contract_id = opened(firm, "C6")
    bill = NewCost(
        line_id=firm.lines("C6")["1"],
        category=CostCategory.material,
        incurred_on=MARCH,
        gross=Decimal("120.00"),
        recoverable_tax=Decimal("20.00"),
        description="Timber",
        vendor="Sample Timber",
        source_kind="vendor_bill",
        source_ref="4711, line 1",
        recorded_by=firm.people[Role.coordinator],
        approved_by=firm.people[Role.project_manager],
    )

    def post(key: str, cost: NewCost) -> None:
        with own_step(firm.engine, firm.id, key, Origin()) as tx:
            post_costs(tx, tx.lock(contract, contract_id, "contract"), [cost])
            tx.record("vendor_bill", contract_id, 0, "post", None, None, {}, {})

    post("bill 4711", bill)
    with pytest.raises(Refused) as refused:
        post("bill 4711 again", bill)
    assert refused.value.code == "cost_twice"
    draft = prepared(firm, "C6", APRIL)
    (cost,) = drawn(firm, draft).costs
    assert (cost.amount, cost.source, cost.vendor) == (Decimal(100), "bill 4711, line 1", "Sample Timber")
    # The database keeps what was recorded, and lets nothing be claimed that nobody approved.
    for statement in (
        "UPDATE job_cost SET gross = 1 WHERE id = :cost",
        "DELETE FROM job_cost WHERE id = :cost",
        "UPDATE cost_claim SET invoice_id = invoice_id WHERE job_cost_id = :cost",
    ):
        with pytest.raises(DBAPIError), own_step(firm.engine, firm.id, statement, Origin()) as tx:
            tx.connection.execute(text(statement), {"cost": cost.id})


def test_a_consulting_invoice_lists_reimbursables_with_their_markup(firm: SmallFirm) -> None:
    line = {
        "item_no": "1",
        "description": "Reimbursables",
        "scheduled_value": "500.00",
        "basis": "cost_plus",
        "not_to_exceed": False,
        "cost_plus": {
            "fee": {
                "kind": "percent",
                "rate": "0.10",
                "by_category": [{"category": "subcontract", "rate": "0.15"}],
            }
        },
    }
    consulting = {
        "original_sum": Decimal("500.00"),
        "certified_by_client": False,
        "receivable_arises": "submission",
        "invoice_form": "consulting",
    }
    opened(firm, "C7", (line,), **consulting)
    day = date(2024, 3, 20)
    spend(
        firm,
        "C7",
        typed("1", "expense", day, "120.00", description="Train", recoverable_tax=Decimal("20.00")),
        typed("1", "subcontract", day, "200.00", description="Soil test", vendor="Sample Lab"),
    )
    march = prepared(firm, "C7", MARCH)
    # 100.00 at 10 % and 200.00 at 15 %: a fee of 40.00 on 300.00.
    assert billed(firm, march) == [("300.00", "40.00", "340.00")]
    firm.issue(march, "C7-1")
    with reading(firm.engine, firm.id) as connection:
        row = invoices.find(connection, firm.id, march)
        agreed = contracts.find(connection, firm.id, firm.contracts["C7"])
        issued = invoices.issued(connection, firm.id, march)
        assert row
        assert agreed
        assert issued
        owner = clients.get(connection, firm.id, agreed["client_id"])
        content = content_of(connection, firm.id, row, agreed, owner, issued)
    assert isinstance(content, ConsultingInvoiceContent)
    (phase,) = fields_of(content)["annex"]
    assert [(row["what"], row["note"], row["amount"]) for row in phase["rows"]] == [
        ("Soil test, Sample Lab", "subcontract, Mar 20, 2024", "200.00"),
        ("Train", "expense, Mar 20, 2024", "100.00"),
        ("Fee", "", "40.00"),
    ]
    detail = load_workbook(BytesIO(workbook(content)))[DETAIL]
    shown = {cell.value for row in detail.iter_rows(max_col=8) for cell in row}
    assert {"Soil test, Sample Lab", "Train", "Fee"} <= shown
    proved(firm)
