"""Cost plus a fee under a guaranteed maximum price, from its terms to the last cent.

The maximum price is 367,500.00: foundations 100,000, structure 200,000, an allowance of 20,000 for light
fittings, contingency 30,000, and a fee of 5 % of cost, 17,500. Retainage is 10 %; our share of savings is
40 %, what is left of the allowance is the client's. Worked out by hand:

1. To March 31: cost 44,000, fee 2,200. Half of the foundations is done, 50,000 with the fee 52,200; less is
   cost and fee, 46,200, which is earned. Retainage 4,620, due 41,580.
2. Change order CO-1 adds a canopy, 40,000, and CO-1F a fee of 2,000: the maximum is 409,500. 8,000 of
   contingency go to the foundations. To April 30: cost 107,000 + 50,000 = 157,000, fee 7,850, together
   164,850; done are 108,000 and a fifth of 200,000, 148,000 with 5 % 155,400, which is less and earned; 9,450
   wait. 155,400 - 15,540 - 41,580 = 98,280; the client cuts 4,000 of the structure: 151,400 - 15,140 - 41,580
   = 94,680.
3. To May 31: cost 107,000 + 118,000 + 17,000 + 19,000 = 261,000, fee 13,050, together 274,050; done are
   108,000 + 120,000 + 20,000 + 20,000 = 268,000 with the fee 281,050. Earned is cost and fee: so the
   foundations come back to their cost, -1,000, and the structure bills again what was cut.
   274,050 - 27,405 - 136,260 = 110,385.
4. CO-2 takes 10,000 out of the structure, CO-2F 500 of fee: the maximum is 399,000. To June 30 all is done:
   cost 107,000 + 185,000 + 17,000 + 37,500 = 346,500, fee 17,325, earned 363,825.
   363,825 - 36,382.50 - 246,645 = 80,797.50.
5. The work is complete; a supplier takes 2,000 off. Cost 344,500, fee 17,225, together 361,725: savings are
   399,000 - 361,725 = 37,275, of which 3,000 are left of the allowance; 40 % of 34,275 are 13,710. The sum at
   the end is 375,435: 375,435 - 37,543.50 - 327,442.50 = 10,449.
6. Retainage released, 37,543.50. Paid in all: 41,580 + 94,680 + 110,385 + 80,797.50 + 10,449 + 37,543.50 =
   375,435.00.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.cost_commands import ApproveCosts, CorrectCost, RecordCosts, TypedCost
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.commands.revision_commands import ApproveRevision, LineMove, ProposeRevision
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.guaranteed_maximum import Limit
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.services.small_firm import STARTS, SmallFirm, found

NUMBER = "G-1"
MARCH, APRIL, MAY, JUNE, JULY = (
    date(2024, 3, 31),
    date(2024, 4, 30),
    date(2024, 5, 31),
    date(2024, 6, 30),
    date(2024, 7, 31),
)
TERMS = ContractTerms.model_validate(
    {
        "currency": "USD",
        "original_sum": "367500.00",
        "contract_date": STARTS,
        "retainage": {"rate_completed": "0.10", "rate_stored": "0.10"},
        "controller_limit": "50000.00",
        "guaranteed_maximum": {
            "fee": {"kind": "percent", "rate": "0.05"},
            "savings": {"contractor_share": "0.40"},
        },
    }
)
PORTIONS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("1", "Foundations", "100000.00", {}),
    ("2", "Structure", "200000.00", {}),
    ("3", "Light fittings", "20000.00", {"portion": "allowance"}),
    ("4", "Contingency", "30000.00", {"portion": "contingency"}),
    ("5", "Fee", "17500.00", {"is_fee": True}),
)
# Application: what each line bills, then lines 3 to 9.
BILLED: Mapping[str, Mapping[str, str]] = {
    "1": {"1": "44000.00", "5": "2200.00"},
    "2": {"1": "64000.00", "2": "40000.00", "5": "5200.00"},
    "3": {"1": "-1000.00", "2": "82000.00", "3": "17000.00", "5": "5650.00", "CO-1": "19000.00"},
    "4": {"2": "67000.00", "5": "4275.00", "CO-1": "18500.00"},
    "5": {"2": "-2000.00", "5": "13610.00"},
    "R": {},
}
ISSUED = """
1 3=367500.00 4=46200.00 5=4620.00 6=41580.00 7=0.00 8=41580.00 9=325920.00
2 3=409500.00 4=155400.00 5=15540.00 6=139860.00 7=41580.00 8=98280.00 9=269640.00
3 3=409500.00 4=274050.00 5=27405.00 6=246645.00 7=136260.00 8=110385.00 9=162855.00
4 3=399000.00 4=363825.00 5=36382.50 6=327442.50 7=246645.00 8=80797.50 9=71557.50
5 3=399000.00 4=375435.00 5=37543.50 6=337891.50 7=327442.50 8=10449.00 9=61108.50
R 3=399000.00 4=375435.00 5=0.00 6=375435.00 7=337891.50 8=37543.50 9=23565.00
"""
WARNED = {
    "1": [],
    "2": [],
    "3": ["1 negative_this_period"],
    "4": [],
    "5": ["2 negative_this_period", "5 over_scheduled_value"],
}
"""What the product points out of each application: nothing of it blocks."""


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm without contracts."""
    firm = found(settings, f"Maximum price {uuid4()}")
    yield firm
    firm.engine.dispose()


def in_force(small: SmallFirm) -> UUID:
    """The contract, opened and put in force."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{NUMBER}")
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=NUMBER,
        title="Hall in Sample Street",
        terms=TERMS,
    )
    small.do(Role.coordinator, opened, NUMBER)
    small.contracts[NUMBER] = contract_id
    rows = tuple(
        ScheduleRow.model_validate(
            {
                "item_no": item,
                "description": words,
                "scheduled_value": value,
                "basis": "cost_plus",
                "not_to_exceed": False,
                "cost_plus": terms,
            }
        )
        for item, words, value, terms in PORTIONS
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def spend(small: SmallFirm, day: date, **amounts: str) -> list[UUID]:
    """Costs on lines, `l2="50000.00"`, recorded on a day and approved by the project manager."""
    small.go_to(day)
    costs = tuple(
        TypedCost(
            item_no=line.removeprefix("l").replace("CO", "CO-"),
            category=CostCategory.subcontract,
            incurred_on=day,
            gross=Decimal(amount),
            description=f"Work to {day}",
            vendor="Sample Builders",
        )
        for line, amount in amounts.items()
    )
    given = small.do(Role.coordinator, RecordCosts(contract_id=small.contracts[NUMBER], costs=costs))
    ids = [UUID(str(one)) for one in given.result["costs"]]  # type: ignore[union-attr]
    approve(small, ids)
    return ids


def approve(small: SmallFirm, ids: list[UUID]) -> None:
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            select(job_cost.c.id, job_cost.c.version).where(job_cost.c.id.in_(ids))
        ).all()
    seen = tuple(SeenEntry(id=row.id, version=row.version) for row in rows)
    small.do(Role.project_manager, ApproveCosts(contract_id=small.contracts[NUMBER], costs=seen))


def applied(small: SmallFirm, name: str, period_to: date, **complete: str) -> UUID:
    """An application, with how far the work of lines is complete, issued on the last day of its period."""
    small.go_to(period_to)
    body = PrepareApplication(contract_id=small.contracts[NUMBER], period_to=period_to)
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    lines = small.lines(NUMBER)
    entries = tuple(
        Entry(line_id=lines[line.removeprefix("l").replace("CO", "CO-")], fraction_to_date=Decimal(fraction))
        for line, fraction in complete.items()
    )
    if entries:
        small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))
    with reading(small.engine, small.id) as connection:
        told = checks.findings(current_snapshot(connection, small.id, invoice_id))
    assert [one for one in told if one.blocks] == []
    assert sorted(f"{one.item_no or '-'} {one.code}" for one in told) == WARNED[name]
    return small.issue(invoice_id, name)


def order(small: SmallFirm, number: str, amount: str, day: date, raises: str | None = None) -> None:
    """A change order, proposed by the project manager and executed by the controller."""
    contract_id = small.contracts[NUMBER]
    proposed = ProposeChangeOrder(
        contract_id=contract_id, number=number, title=f"Order {number}", amount=Decimal(amount), raises=raises
    )
    small.do(Role.project_manager, proposed)
    small.do(Role.controller, ExecuteChangeOrder(contract_id=contract_id, number=number, executed_on=day))


def standing(small: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(small.engine, small.id) as connection:
        return drafting.draft(current_snapshot(connection, small.id, invoice_id))


def ask(small: SmallFirm, query: str, **values: object) -> list[dict[str, Any]]:
    """Rows of this firm."""
    with reading(small.engine, small.id) as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def test_a_guaranteed_maximum_price_bills_to_the_last_cent(small: SmallFirm) -> None:
    contract_id = in_force(small)

    spend(small, date(2024, 3, 20), l1="44000.00")
    first = applied(small, "1", MARCH, l1="0.5")
    reached = standing(small, first).maximum
    assert reached is not None
    assert reached.progress.limit is Limit.cost_and_fee
    assert reached.progress.completed_work == Decimal("52200.00")
    small.go_to(date(2024, 4, 5))
    assert small.certify(first) == Decimal("41580.00")

    small.go_to(date(2024, 4, 10))
    order(small, "CO-1", "40000.00", date(2024, 4, 10))
    order(small, "CO-1F", "2000.00", date(2024, 4, 10), raises="5")
    moved = ProposeRevision(
        contract_id=contract_id,
        number="R-1",
        effective_on=date(2024, 4, 15),
        reason="Rock under the foundations",
        moves=(
            LineMove(item_no="4", amount=Decimal("-8000.00")),
            LineMove(item_no="1", amount=Decimal("8000.00")),
        ),
    )
    small.do(Role.coordinator, moved)
    small.do(Role.controller, ApproveRevision(contract_id=contract_id, number="R-1"))
    spend(small, date(2024, 4, 20), l1="63000.00", l2="50000.00")
    second = applied(small, "2", APRIL, l1="1", l2="0.2")
    reached = standing(small, second).maximum
    assert reached is not None
    assert reached.progress.limit is Limit.completed_work
    assert reached.progress.waiting == Decimal("9450.00")
    small.go_to(date(2024, 5, 6))
    cut = {small.lines(NUMBER)["2"]: "36000.00"}
    assert small.certify(second, cut, "The columns are not plumb") == Decimal("94680.00")

    steel, *_ = spend(small, date(2024, 5, 20), l2="68000.00", l3="17000.00", lCO1="19000.00")
    third = applied(small, "3", MAY, l2="0.6", l3="1", lCO1="0.5")
    small.go_to(date(2024, 6, 5))
    assert small.certify(third) == Decimal("110385.00")

    order(small, "CO-2", "-10000.00", date(2024, 6, 5), raises="2")
    order(small, "CO-2F", "-500.00", date(2024, 6, 5), raises="5")
    spend(small, date(2024, 6, 20), l2="67000.00", lCO1="18500.00")
    fourth = applied(small, "4", JUNE, l2="1", lCO1="1")
    small.go_to(date(2024, 7, 5))
    assert small.certify(fourth) == Decimal("80797.50")

    small.do(Role.project_manager, CompleteWork(contract_id=contract_id, reason="Handed over"))
    small.go_to(date(2024, 7, 10))
    credit = CorrectCost(
        contract_id=contract_id, cost_id=steel, gross=Decimal("66000.00"), reason="Rebate of the mill"
    )
    approve(small, [UUID(str(small.do(Role.coordinator, credit).result["cost_id"]))])
    fifth = applied(small, "5", JULY)
    reached = standing(small, fifth).maximum
    assert reached is not None
    assert reached.accounting is not None
    split = reached.accounting
    assert [split.savings, split.to_owner, split.to_contractor] == [37275, 23565, 13710]
    small.go_to(date(2024, 8, 7))
    assert small.certify(fifth) == Decimal("10449.00")
    released = small.release(NUMBER, date(2024, 8, 7), "R")
    assert small.certify(released) == Decimal("37543.50")
    small.receive(Decimal("375435.00"), date(2024, 8, 7), "WIRE-1")

    for name, invoice_id in small.invoices.items():
        lines = ask(small, "SELECT * FROM issued_line WHERE invoice_id = :id", id=invoice_id)
        billed = {line["item_no"]: line["this_period"] for line in lines if line["this_period"]}
        assert billed == {item: Decimal(amount) for item, amount in BILLED[name].items()}
    assert issued(small) == ISSUED.strip().splitlines()
    (state,) = ask(small, "SELECT state FROM contract")
    assert state == {"state": "closed"}
    (paid,) = ask(small, "SELECT -sum(amount) AS paid FROM receivable_entry WHERE cause = 'cash'")
    assert paid == {"paid": Decimal("375435.00")}
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [one.sentence for one in proofs if not one.proved] == []
    assert [one.id for one in small.checked().findings if one.violations] == []  # its papers are made first


def issued(small: SmallFirm) -> list[str]:
    """Lines 3 to 9 of every paper, in the order of issue."""
    found = {}
    for name, invoice_id in small.invoices.items():
        (row,) = ask(small, "SELECT * FROM issued_invoice WHERE invoice_id = :id", id=invoice_id)
        said = " ".join(f"{n}={row[f'line{n}']:.2f}" for n in range(3, 10))
        found[row["number"]] = f"{name} {said}"
    return [found[number] for number in sorted(found)]
