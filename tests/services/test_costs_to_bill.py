"""Costs before they are billed: held, written up or down, transferred, split; nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts_app.domain.commands.agreement_commands import CompleteWork
from contracts_app.domain.commands.cost_commands import (
    CorrectCost,
    CostPart,
    HoldCosts,
    ReleaseCosts,
    SendBackCosts,
    SplitCost,
    TransferCosts,
    WriteCost,
)
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import ApproveDraft, SubmitDraft
from contracts_app.domain.commands.time_commands import ClaimTime
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.roles import Role
from contracts_app.services.cost_posting import NewCost, post_costs
from contracts_app.settings import Settings
from contracts_app.store import costs_to_date, invoices
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views import job_cost_page
from contracts_app.store.views.job_cost_page import CostShown, CostStands
from contracts_app.store.views.unbilled_costs import Standing, UnbilledCosts, unbilled_costs
from tests.services.small_firm import SmallFirm, found
from tests.services.test_cost_plus import (
    APRIL,
    MARCH,
    approve,
    at_least,
    billed,
    drawn,
    opened,
    prepared,
    proved,
    record,
    spend,
    typed,
)

COORDINATOR, MANAGER, CONTROLLER = Role.coordinator, Role.project_manager, Role.controller
FEE = {"kind": "percent", "rate": "0.10"}
LINES: tuple[dict[str, Any], ...] = tuple(
    {
        "item_no": item,
        "description": what,
        "scheduled_value": "5000.00",
        "basis": "cost_plus",
        "not_to_exceed": False,
        "cost_plus": {"fee": FEE, **more},
    }
    for item, what, more in (
        ("1", "Walls", {}),
        ("2", "Roof", {}),
        ("3", "Design", {"allowable": ["labour"]}),
    )
)


@pytest.fixture(scope="module")
def firm(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm for all tests here; each opens its own contract, at cost plus 10 %."""
    small = found(settings, f"Costs to bill {uuid4()}")
    small.go_to(MARCH)
    yield small
    small.engine.dispose()


def costs(small: SmallFirm, number: str) -> dict[UUID, CostShown]:
    with reading(small.engine, small.id) as connection:
        return {one.id: one for one in job_cost_page.costs(connection, small.id, small.contracts[number])}


def spent(small: SmallFirm, number: str) -> Decimal:
    """What the contract has cost in every report of cost."""
    contract_id = small.contracts[number]
    with reading(small.engine, small.id) as connection:
        days = costs_to_date.by_day(connection, small.id, [contract_id])[contract_id]
    return sum((day.amount for day in days), Decimal(0))


def amounts(small: SmallFirm, invoice_id: UUID) -> list[str]:
    return [amount for _, _, amount in billed(small, invoice_id)]


def test_held_costs_stay_out_of_drafts_until_they_are_released(firm: SmallFirm) -> None:
    contract_id = opened(firm, "H1", LINES, original_sum=Decimal("15000.00"))
    one, two = spend(
        firm, "H1", typed("1", "material", MARCH, "300.00"), typed("1", "material", MARCH, "100.00")
    )
    draft = prepared(firm, "H1", MARCH)
    assert amounts(firm, draft)[0] == "440.00"  # 400.00 + 10 %
    hold = HoldCosts(contract_id=contract_id, costs=(one,), reason="Client asks for the bill")
    assert firm.give(CONTROLLER, hold).status == 403
    firm.do(COORDINATOR, hold)
    assert amounts(firm, draft)[0] == "110.00"
    shown = costs(firm, "H1")[one]
    assert (shown.stands, shown.held_reason) == (CostStands.held, "Client asks for the bill")
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))  # claims again, and not what is held
    assert amounts(firm, draft)[0] == "110.00"
    assert spent(firm, "H1") == Decimal("400.00")
    firm.issue(draft, "H1-1")
    firm.certify(draft)
    gone = HoldCosts(contract_id=contract_id, costs=(two,), reason="Too late")
    assert firm.give(COORDINATOR, gone).code == "cost_billed"
    done = CompleteWork(contract_id=contract_id, reason="All built")
    assert firm.give(MANAGER, done).code == "costs_unbilled"
    firm.do(MANAGER, ReleaseCosts(contract_id=contract_id, costs=(one,)))
    at_least(firm, APRIL)
    april = prepared(firm, "H1", APRIL)
    assert amounts(firm, april)[0] == "330.00"
    firm.issue(april, "H1-2")
    proved(firm)


def test_what_corrects_a_held_cost_is_held_and_released_with_it(firm: SmallFirm) -> None:
    contract_id = opened(firm, "H2", LINES, original_sum=Decimal("15000.00"))
    (one,) = spend(firm, "H2", typed("1", "material", MARCH, "300.00"))
    firm.do(COORDINATOR, HoldCosts(contract_id=contract_id, costs=(one,), reason="Disputed"))
    right = CorrectCost(contract_id=contract_id, cost_id=one, gross=Decimal("250.00"), reason="Rebate")
    less = UUID(str(firm.do(COORDINATOR, right).result["cost_id"]))
    assert approve(firm, "H2", less).done
    assert costs(firm, "H2")[less].stands is CostStands.held
    alone = ReleaseCosts(contract_id=contract_id, costs=(less,))
    assert firm.give(COORDINATOR, alone).code == "cost_held"
    draft = prepared(firm, "H2", APRIL)
    assert amounts(firm, draft)[0] == "0.00"
    firm.do(COORDINATOR, ReleaseCosts(contract_id=contract_id, costs=(one,)))
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert amounts(firm, draft)[0] == "275.00"  # 250.00 + 10 %


def test_a_write_down_changes_what_is_billed_and_not_what_it_cost(firm: SmallFirm) -> None:
    """1,100.00 with 100.00 of a fee within, billed at 800.00: the fee is 10 % of 700.00."""
    contract_id = opened(firm, "W1", LINES, original_sum=Decimal("15000.00"))
    (one,) = spend(
        firm,
        "W1",
        typed("1", "subcontract", MARCH, "1320.00", recoverable_tax=Decimal(220), fee_within=Decimal(100)),
    )
    draft = prepared(firm, "W1", APRIL)
    assert billed(firm, draft)[0] == ("1100.00", "100.00", "1200.00")

    def write(amount: str | None, by: Role = COORDINATOR) -> Any:
        value = None if amount is None else Decimal(amount)
        body = WriteCost(contract_id=contract_id, cost_id=one, amount=value, reason="As agreed on site")
        return firm.give(by, body)

    assert write("-1.00").code == "other_sign"
    assert write("1.001").code == "too_many_decimals"
    assert write("800.00").done
    assert billed(firm, draft)[0] == ("800.00", "70.00", "870.00")
    shown = costs(firm, "W1")[one]
    assert (shown.amount, shown.billed, shown.written_reason) == (
        Decimal("1100.00"),
        Decimal("800.00"),
        "As agreed on site",
    )
    assert spent(firm, "W1") == Decimal("1100.00")
    # A credit note of 200.00 leaves a cost of 900.00: what is billed of it is still 800.00.
    right = CorrectCost(
        contract_id=contract_id,
        cost_id=one,
        gross=Decimal("1080.00"),
        recoverable_tax=Decimal("180.00"),
        fee_within=Decimal("100.00"),
        reason="Credit note",
    )
    back = UUID(str(firm.do(COORDINATOR, right).result["cost_id"]))
    assert approve(firm, "W1", back).done
    assert (costs(firm, "W1")[back].amount, costs(firm, "W1")[back].billed) == (
        Decimal("-200.00"),
        Decimal(0),
    )
    nothing = write("0.00")
    assert nothing.done
    assert billed(firm, draft)[0] == ("0.00", "0.00", "0.00")
    # More than is billed now waits for somebody else again.
    assert write(None, MANAGER).done
    assert drawn(firm, draft).costs == ()
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert drawn(firm, draft).costs == ()  # nor its credit note, as long as it waits
    assert costs(firm, "W1")[one].stands is CostStands.waits
    refused = approve(firm, "W1", one)
    assert refused.code == "not_allowed"
    assert "you wrote it up" in refused.sentence
    assert approve(firm, "W1", one, by=CONTROLLER).done
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    # As it cost, with the credit note: 1,100.00 − 200.00, and 10 % of 1,000.00 − 200.00.
    assert costs(firm, "W1")[back].billed is None
    assert billed(firm, draft)[0] == ("900.00", "80.00", "980.00")
    submit = firm.give(COORDINATOR, SubmitDraft(invoice_id=draft))
    assert not submit.done
    assert "prepared or edited this draft" in submit.sentence  # the project manager wrote up what it bills


def test_a_write_up_above_the_cost_bears_no_fee_and_a_draft_in_review_goes_stale(firm: SmallFirm) -> None:
    contract_id = opened(firm, "W2", LINES, original_sum=Decimal("15000.00"))
    one, other = spend(
        firm, "W2", typed("1", "equipment", MARCH, "100.00"), typed("2", "material", MARCH, "50.00")
    )
    draft = prepared(firm, "W2", MARCH)
    firm.do(COORDINATOR, SubmitDraft(invoice_id=draft))
    with reading(firm.engine, firm.id) as connection:
        before = invoices.find(connection, firm.id, draft)
    up = WriteCost(contract_id=contract_id, cost_id=one, amount=Decimal("120.00"), reason="Agreed rate")
    firm.do(COORDINATOR, up)
    with reading(firm.engine, firm.id) as connection:
        after = invoices.find(connection, firm.id, draft)
    assert before
    assert after
    assert before["content_hash"] != after["content_hash"]
    stale = ApproveDraft(invoice_id=draft, content_hash=before["content_hash"])
    assert not firm.give(MANAGER, stale).done
    assert {cost.id for cost in drawn(firm, draft).costs} == {other}
    assert approve(firm, "W2", one).done
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    # 120.00 and 10 % of the 100.00 that it cost.
    assert billed(firm, draft)[0] == ("120.00", "10.00", "130.00")
    firm.issue(draft, "W2-1")
    proved(firm)


def test_whoever_wrote_a_cost_up_does_not_approve_it(firm: SmallFirm) -> None:
    contract_id = opened(firm, "W4", LINES, original_sum=Decimal("15000.00"))
    (one,) = spend(firm, "W4", typed("1", "equipment", MARCH, "1000.00"))
    up = WriteCost(contract_id=contract_id, cost_id=one, amount=Decimal("1200.00"), reason="Agreed")
    assert firm.give(MANAGER, up).done
    refused = approve(firm, "W4", one)
    assert (refused.code, "you wrote it up" in refused.sentence) == ("not_allowed", True)


def test_a_cost_written_up_gives_back_its_mark_up_with_it(firm: SmallFirm) -> None:
    """1,000.00 billed at 1,200.00: a credit of 100.00 gives back 120.00, one of the rest the rest."""
    contract_id = opened(firm, "W3", LINES, original_sum=Decimal("15000.00"))
    (one,) = spend(firm, "W3", typed("1", "equipment", MARCH, "1000.00"))

    def write(cost_id: UUID, amount: str) -> Any:
        body = WriteCost(contract_id=contract_id, cost_id=cost_id, amount=Decimal(amount), reason="Agreed")
        return firm.give(COORDINATOR, body)

    def right(gross: str) -> UUID:
        body = CorrectCost(contract_id=contract_id, cost_id=one, gross=Decimal(gross), reason="Credit")
        entry = UUID(str(firm.do(COORDINATOR, body).result["cost_id"]))
        assert approve(firm, "W3", entry).done
        return entry

    tenth = right("900.00")
    assert write(one, "1200.00").done
    assert costs(firm, "W3")[tenth].billed == Decimal("-120.00")
    assert approve(firm, "W3", one).done
    draft = prepared(firm, "W3", MARCH)
    assert billed(firm, draft)[0] == ("1200.00", "100.00", "1300.00")  # what corrects is of another day
    firm.issue(draft, "W3-1")
    firm.certify(draft)
    rest = right("0.00")
    known = costs(firm, "W3")
    assert (known[rest].amount, known[rest].billed) == (Decimal("-900.00"), Decimal("-1080.00"))
    refused = write(rest, "-1000.00")
    assert (refused.code, "80.00 USD would be billed" in refused.sentence) == ("written_for_no_cost", True)


def test_unbilled_costs_of_all_contracts_by_where_they_stand(firm: SmallFirm) -> None:
    contract_id = opened(firm, "U1", LINES, original_sum=Decimal("15000.00"))
    one, two, three, _ = spend(
        firm,
        "U1",
        typed("1", "material", date(2024, 3, 1), "100.00"),
        typed("1", "material", date(2024, 2, 20), "200.00"),
        typed("2", "material", MARCH, "400.00"),
        typed("3", "material", MARCH, "5.00"),  # not paid on this line
    )
    record(firm, "U1", typed("2", "labour", MARCH, "800.00"))
    firm.do(COORDINATOR, HoldCosts(contract_id=contract_id, costs=(two,), reason="No bill yet"))
    firm.do(
        COORDINATOR,
        WriteCost(contract_id=contract_id, cost_id=one, amount=Decimal("90.00"), reason="As agreed"),
    )

    def known() -> UnbilledCosts:
        with reading(firm.engine, firm.id) as connection:
            return next(
                each
                for each in unbilled_costs(connection, firm.id, date(2024, 4, 5))
                if each.contract_id == contract_id
            )

    before = known()
    assert (before.to_bill, before.waits) == (Standing(Decimal("490.00"), 2), Standing(Decimal("800.00"), 1))
    assert (before.held, before.drafted) == (Standing(Decimal("200.00"), 1), Standing())
    assert before.written == Decimal("10.00")
    # On April 5: 1,200.00 are 5 days old, 90.00 are 35, 200.00 are 45.
    assert [age.amount for age in before.aged] == [Decimal("1200.00"), Decimal("290.00"), 0, 0]
    draft = prepared(firm, "U1", date(2024, 3, 15))
    assert {cost.id for cost in drawn(firm, draft).costs} == {one}
    after = known()
    assert (after.to_bill.amount, after.drafted.amount) == (Decimal("400.00"), Decimal("90.00"))
    assert after.in_hand
    firm.issue(draft, "U1-1")
    issued = known()
    assert (issued.to_bill.costs, issued.drafted.costs, issued.written) == (1, 0, Decimal(0))
    assert three in {each.id for each in costs(firm, "U1").values()}


def test_a_transfer_takes_a_cost_with_what_corrects_it_to_its_line(firm: SmallFirm) -> None:
    contract_id = opened(firm, "T1", LINES, original_sum=Decimal("15000.00"))
    (one,) = spend(firm, "T1", typed("1", "material", MARCH, "300.00"))
    right = CorrectCost(contract_id=contract_id, cost_id=one, gross=Decimal("250.00"), reason="Rebate")
    less = UUID(str(firm.do(COORDINATOR, right).result["cost_id"]))
    assert approve(firm, "T1", less).done
    draft = prepared(firm, "T1", APRIL)
    assert amounts(firm, draft)[:2] == ["275.00", "0.00"]

    def transfer(*ids: UUID, to: str) -> Body:
        return TransferCosts(contract_id=contract_id, costs=ids, item_no=to, reason="Roof timber")

    assert firm.give(COORDINATOR, transfer(less, to="2")).code == "cost_corrects"
    assert firm.give(COORDINATOR, transfer(one, to="9")).code == "unknown_line"
    firm.do(COORDINATOR, transfer(one, to="2"))
    assert amounts(firm, draft)[:2] == ["0.00", "0.00"]
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert amounts(firm, draft)[:2] == ["0.00", "275.00"]
    # Line 3 pays labour only: there the cost is on record, and back on line 1 it is billed again.
    firm.do(COORDINATOR, transfer(one, to="3"))
    shown = costs(firm, "T1")[one]
    assert (shown.stands, shown.reason) == (
        CostStands.not_billable,
        "The contract pays no material on line 3.",
    )
    firm.do(COORDINATOR, transfer(one, to="1"))
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert amounts(firm, draft)[0] == "275.00"


def split(contract_id: UUID, cost_id: UUID, *parts: tuple[str, str | None]) -> SplitCost:
    made = tuple(CostPart(gross=Decimal(gross), item_no=item) for gross, item in parts)
    return SplitCost(contract_id=contract_id, cost_id=cost_id, parts=made, reason="One bill, two jobs")


def test_a_split_cost_is_billed_in_parts_and_what_corrects_it_follows(firm: SmallFirm) -> None:
    """120.00 with 20.00 of tax and 10.00 of a fee: 90.00 stays, 30.00 goes to line 2.

    Of the tax 15.00 and 5.00, of the fee within 7.50 and 2.50: 75.00 + 6.75 and 25.00 + 2.25.
    """
    contract_id = opened(firm, "S1", LINES, original_sum=Decimal("15000.00"))
    bill = NewCost(
        line_id=firm.lines("S1")["1"],
        category=CostCategory.material,
        incurred_on=MARCH,
        gross=Decimal("120.00"),
        recoverable_tax=Decimal("20.00"),
        fee_within=Decimal("10.00"),
        description="Timber",
        source_kind="vendor_bill",
        source_ref="S1, line 1",
        recorded_by=firm.people[COORDINATOR],
        approved_by=firm.people[MANAGER],
    )

    def post(key: str, cost: NewCost) -> UUID:
        with own_step(firm.engine, firm.id, key, Origin()) as tx:
            tx.record("vendor_bill", contract_id, 0, "post", None, None, {}, {})
            return post_costs(tx, tx.lock(contract, contract_id, "contract"), [cost])[0]

    whole = post("bill S1", bill)
    (waiting,) = record(firm, "S1", typed("1", "material", MARCH, "5.00"))
    assert firm.give(COORDINATOR, split(contract_id, waiting, ("2", None), ("3", "2"))).code == (
        "cost_not_approved"
    )
    draft = prepared(firm, "S1", APRIL)
    for wrong in ((("90", None), ("31", "2")), (("130", None), ("-10", "2"))):
        assert firm.give(COORDINATOR, split(contract_id, whole, *wrong)).code == "parts_are_not_the_whole"
    given = firm.do(COORDINATOR, split(contract_id, whole, ("90", None), ("30", "2")))
    assert amounts(firm, draft)[:2] == ["0.00", "0.00"]
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert billed(firm, draft)[:2] == [("75.00", "6.75", "81.75"), ("25.00", "2.25", "27.25")]
    assert spent(firm, "S1") == Decimal("105.00")
    hold = HoldCosts(contract_id=contract_id, costs=(whole,), reason="Not now")
    assert firm.give(COORDINATOR, hold).code == "cost_replaced"
    parts = given.result["parts"]
    assert isinstance(parts, list)
    back = SendBackCosts(contract_id=contract_id, costs=(UUID(parts[0]),), reason="Not ours")
    assert firm.give(MANAGER, back).code == "cost_is_a_part"
    # Split again, then a credit of a third of the bill: a third of each part, and no more than is left.
    firm.do(COORDINATOR, split(contract_id, UUID(parts[0]), ("30", None), ("60", "3")))
    credit = {
        "gross": Decimal("-40.00"),
        "recoverable_tax": Decimal(0),
        "fee_within": Decimal(0),
        "source_ref": "credit of S1",
        "corrects": whole,
    }
    post("credit S1", NewCost(**{**bill.__dict__, **credit}))
    with reading(firm.engine, firm.id) as connection:
        rows = connection.execute(
            select(job_cost.c.gross, job_cost.c.sov_line_id, job_cost.c.billable).where(
                job_cost.c.firm_id == firm.id,
                job_cost.c.contract_id == contract_id,
                job_cost.c.gross < 0,
                job_cost.c.part_of_id.is_not(None),
            )
        ).all()
    items = {line_id: item for item, line_id in firm.lines("S1").items()}
    assert sorted((items[row.sov_line_id], row.gross, row.billable) for row in rows) == [
        ("1", Decimal("-10.00"), True),
        ("2", Decimal("-10.00"), True),
        ("3", Decimal("-20.00"), False),
    ]
    firm.do(COORDINATOR, ClaimTime(invoice_id=draft))
    assert spent(firm, "S1") == Decimal("65.00")
    firm.issue(draft, "S1-1")
    proved(firm)
