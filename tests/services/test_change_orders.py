"""The life of a change order through the product: noted, priced, submitted, executed, billed, proved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    RejectChangeOrder,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views import change_log
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from tests.services.small_firm import STARTS, SmallFirm, found

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
TERMS: dict[str, Any] = {
    "currency": "USD",
    "contract_date": STARTS,
    "substantial_completion": "2024-12-31",
    "controller_limit": "1000000.00",
    "changes": {"profit": "0.20"},
}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Changing Mechanical")
    opened(firm, "S", {"item_no": "1", "description": "All", "scheduled_value": "100000.00"})
    design = {"item_no": "1", "description": "Design", "scheduled_value": "1200.00"}
    for number in ("E1", "E2"):
        opened(firm, number, {**design, "basis": "percent_complete"})
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def opened(firm: SmallFirm, number: str, *lines: dict[str, Any], **more: Any) -> UUID:
    """A contract in force with these lines."""
    by = firm.people[Role.coordinator]
    contract_id = deterministic_id(firm.id, "contract", f"{by}:open {number}")
    rows = tuple(ScheduleRow.model_validate(line) for line in lines)
    original_sum = sum((row.scheduled_value for row in rows), Decimal(0))
    terms = ContractTerms.model_validate({**TERMS, "original_sum": original_sum, **more})
    opening = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=firm.people[Role.project_manager],
        number=number,
        title=f"Changes of {number}",
        terms=terms,
    )
    firm.do(Role.coordinator, opening, f"open {number}")
    firm.contracts[number] = contract_id
    firm.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    firm.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def give(small: SmallFirm, role: Role, model: type[Any], contract: str, number: str, **said: Any) -> Outcome:
    """A command about a change order."""
    body = model.model_validate({"contract_id": small.contracts[contract], "number": number, **said})
    return small.give(role, body)


def signed(small: SmallFirm, contract: str, number: str, on: date, **pricing: Any) -> None:
    """A change order through its whole life."""
    steps: tuple[tuple[Role, type[Any], dict[str, Any]], ...] = (
        (Role.project_manager, NoteChangeOrder, {"title": f"Change {number}"}),
        (Role.project_manager, PriceChangeOrder, pricing),
        (Role.coordinator, SubmitChangeOrder, {}),
        (Role.controller, ExecuteChangeOrder, {"executed_on": on}),
    )
    for role, model, said in steps:
        outcome = give(small, role, model, contract, number, **said)
        assert outcome.done, outcome.sentence
    small.settle()


def sums(small: SmallFirm, number: str) -> ContractSums:
    with reading(small.engine, small.id) as connection:
        return contract_sums(connection, small.id, small.contracts[number])[0]


def logged(small: SmallFirm, number: str) -> tuple[dict[str, str], change_log.Exposure]:
    """Number → state, and what is pending."""
    with reading(small.engine, small.id) as connection:
        orders = change_log.change_orders(connection, small.id, small.contracts[number])
    return {one.number: one.state for one in orders}, change_log.exposure(orders, "USD")


def prepared(small: SmallFirm, number: str, period_to: date) -> UUID:
    body = PrepareApplication(contract_id=small.contracts[number], period_to=period_to)
    return UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))


def edit(small: SmallFirm, number: str, invoice_id: UUID, **stated: dict[str, Any]) -> None:
    """State something of lines, `l2={"quantity_to_date": "40"}`."""
    known = small.lines(number)
    entries = tuple(
        Entry.model_validate({"line_id": known[name.removeprefix("l")], **said})
        for name, said in stated.items()
    )
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))


def periods(small: SmallFirm, invoice_id: UUID) -> dict[str, Decimal]:
    """Column E by line."""
    with reading(small.engine, small.id) as connection:
        shown = draft(current_snapshot(connection, small.id, invoice_id))
    return {line.item_no: line.this_period for line in shown.lines}


def line3(small: SmallFirm, invoice_id: UUID) -> Decimal:
    with reading(small.engine, small.id) as connection:
        return draft(current_snapshot(connection, small.id, invoice_id)).line3


ITEMS = (
    {"what": "Pavers", "amount": "15000.00"},
    {"what": "Labour", "amount": "2250.00"},
    {"what": "Concrete", "amount": "18000.00", "deducts": True},
    {"what": "Its labour", "amount": "2400.00", "deducts": True},
)
"""The published example: −3,150, and 20 % of it: −630; a decrease of 3,780."""


def test_a_change_order_lives_from_a_rough_figure_to_the_contract_sum(small: SmallFirm) -> None:
    manager, clerk, head = Role.project_manager, Role.coordinator, Role.controller
    noted = give(small, manager, NoteChangeOrder, "S", "1", title="Other paving", amount="-3000.00")
    assert noted.done
    assert give(small, clerk, SubmitChangeOrder, "S", "1").code == "not_in_this_state"
    early = give(small, head, RejectChangeOrder, "S", "1", reason="Too dear")
    assert early.code == "not_in_this_state"
    states, pending = logged(small, "S")
    assert states == {"1": "potential"}
    assert pending.potential == pending.pending == -3000

    priced = give(small, manager, PriceChangeOrder, "S", "1", items=ITEMS, schedule_days=12)
    assert priced.result["amount"] == "-3780.00"
    assert priced.result["profit"] == "-630.00"
    again = give(
        small, manager, PriceChangeOrder, "S", "1", items=ITEMS, profit="0.10", profit_on="additions",
        schedule_days=12,
    )  # fmt: skip
    assert again.result["amount"] == "-1425.00"  # −3,150 + 0.10 × 17,250
    assert give(small, manager, PriceChangeOrder, "S", "1", items=ITEMS, schedule_days=12).done
    assert give(small, head, ExecuteChangeOrder, "S", "1", executed_on=MARCH).code == "not_in_this_state"
    future = give(small, clerk, SubmitChangeOrder, "S", "1", submitted_on=MAY)
    assert future.code == "submitted_in_future"
    assert give(small, clerk, SubmitChangeOrder, "S", "1").done
    fixed = give(small, manager, PriceChangeOrder, "S", "1", items=ITEMS[:1])
    assert (fixed.code, fixed.status) == ("not_in_this_state", 409)
    _, pending = logged(small, "S")
    assert pending.submitted == pending.pending == -3780
    assert (pending.days, pending.count) == (12, 1)
    assert sums(small, "S").sum_to_date == 100000
    assert sums(small, "S").completion == date(2024, 12, 31)

    executed = give(small, head, ExecuteChangeOrder, "S", "1", executed_on=MARCH)
    assert executed.done, executed.sentence
    with reading(small.engine, small.id) as connection:
        by = connection.execute(text("SELECT executed_by FROM change_order WHERE number = '1'")).scalar_one()
    assert by == small.people[head]
    assert sums(small, "S").sum_to_date == Decimal("96220.00")
    assert sums(small, "S").completion == date(2025, 1, 12)  # 31 December and 12 days
    assert logged(small, "S")[1].count == 0


def test_what_is_given_up_says_why_and_counts_nowhere(small: SmallFirm) -> None:
    manager = Role.project_manager
    assert give(small, manager, NoteChangeOrder, "S", "V1", title="Maybe", amount="500.00").done
    twice = give(small, manager, NoteChangeOrder, "S", "V1", title="Maybe")
    assert twice.code == "change_order_exists"
    assert give(small, manager, VoidChangeOrder, "S", "V1", reason="Not asked for").done
    gone = give(small, manager, VoidChangeOrder, "S", "V1", reason="Not asked for")
    assert gone.code == "not_in_this_state"
    proposed = give(
        small, manager, ProposeChangeOrder, "S", "V2", title="Known price", amount="700.00", schedule_days=-5
    )
    assert proposed.done
    rejected = give(small, Role.controller, RejectChangeOrder, "S", "V2", reason="Too dear")
    assert rejected.done
    states, pending = logged(small, "S")
    assert (states["V1"], states["V2"]) == ("void", "rejected")
    assert not pending.pending
    with reading(small.engine, small.id) as connection:
        orders = change_log.change_orders(connection, small.id, small.contracts["S"])
    assert {one.number: one.decided_because for one in orders if one.number.startswith("V")} == {
        "V1": "Not asked for",
        "V2": "Too dear",
    }
    assert sums(small, "S").executed_days == 12


def the_database_refuses(small: SmallFirm, statement: str, why: str) -> None:
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match=why):
            connection.execute(text(statement))


def test_who_priced_it_does_not_execute_it(small: SmallFirm) -> None:
    people = dict(small.people)
    assert give(small, Role.project_manager, NoteChangeOrder, "S", "F", title="Four eyes").done
    assert give(small, Role.project_manager, PriceChangeOrder, "S", "F", items=ITEMS[:1]).done
    with own_step(small.engine, small.id, "priced by another", Origin()) as tx:
        tx.record("change_order", small.contracts["S"], 0, "price", None, None, {}, {})
        tx.connection.execute(
            text("UPDATE change_order SET priced_by = :who WHERE number = 'F'"),
            {"who": people[Role.controller]},
        )
    assert give(small, Role.coordinator, SubmitChangeOrder, "S", "F").done
    for change, why in (
        ("executed_by = priced_by", "ck_change_order_four_eyes"),
        ("executed_by = proposed_by", "ck_change_order_four_eyes"),
        ("executed_by = NULL", "somebody executes"),
        ("executed_by = priced_by, priced_by = proposed_by", "keeps who priced"),
    ):
        done = "UPDATE change_order SET order_state = 'executed', executed_on = '2024-03-31'"
        the_database_refuses(small, f"{done}, {change} WHERE number = 'F'", why)
    refused = give(small, Role.controller, ExecuteChangeOrder, "S", "F", executed_on=MARCH)
    assert (refused.status, refused.sentence.split(",")[0]) == (
        403,
        "You priced this change order",
    )
    assert give(small, Role.controller, VoidChangeOrder, "S", "F", reason="Only a test").done


@pytest.mark.parametrize(
    "change", ["amount = 1", "order_state = 'potential'", "lines = '[1]'", "title = 'x'", "number = 'x'"]
)
def test_the_database_keeps_a_submitted_change_order_as_it_is(small: SmallFirm, change: str) -> None:
    give(small, Role.project_manager, ProposeChangeOrder, "S", "D", title="Fixed", amount="10.00")
    the_database_refuses(small, f"UPDATE change_order SET {change} WHERE number = 'D'", "change order")


def test_the_database_lets_nobody_bring_an_executed_change_order_but_a_file(small: SmallFirm) -> None:
    the_database_refuses(
        small,
        "INSERT INTO change_order (firm_id, id, contract_id, number, title, amount, order_state, executed_on)"
        f" VALUES ('{small.id}', gen_random_uuid(), '{small.contracts['S']}', 'X', 'x', 1, 'executed',"
        " current_date)",
        "before it is executed",
    )


GRAVEL = {"unit": "t", "price": "12.50", "estimated_quantity": "100"}
EVERY_BASIS = (
    {
        "item_no": "A",
        "description": "Gravel",
        "scheduled_value": "1250.00",
        "basis": "unit_price",
        "unit_price": GRAVEL,
    },
    {
        "item_no": "B",
        "description": "Fence",
        "scheduled_value": "300.00",
        "basis": "recurring",
        "recurring": {"amount": "100.00", "anchor": "2024-04-01", "ends_on": "2024-06-30"},
    },
    {"item_no": "C", "description": "Design", "scheduled_value": "600.00", "basis": "percent_complete"},
    {"item_no": "D", "description": "Handover", "scheduled_value": "400.00", "basis": "milestone"},
    {"item_no": "E", "description": "Help", "scheduled_value": "500.00", "basis": "time_and_materials"},
)
"""1,250 + 300 + 600 + 400 + 500 = 3,050.00."""


def test_a_change_order_brings_lines_of_every_basis_after_the_cut_off(small: SmallFirm) -> None:
    """Executed on 2 April it is not in the application to 31 March, which is out later than that."""
    wrong = give(
        small, Role.project_manager, ProposeChangeOrder, "S", "L0", title="Lines", amount="3050.01",
        lines=EVERY_BASIS,
    )  # fmt: skip
    assert (wrong.code, "3,050.00" in wrong.sentence) == ("lines_do_not_tie", True)
    both = {"raises": "1", "lines": EVERY_BASIS}
    with pytest.raises(ValueError, match="changes one line, or brings lines"):
        give(small, Role.project_manager, PriceChangeOrder, "S", "L0", **both)
    signed(
        small,
        "S",
        "L1",
        date(2024, 4, 2),
        lines=EVERY_BASIS,
        rates=({"rate": "80", "effective_from": "2024-04-01"},),
    )
    first = prepared(small, "S", MARCH)
    assert line3(small, first) == Decimal("96220.00")
    assert set(periods(small, first)) == {"1", "CO 1"}  # numbered like the line of the base schedule
    edit(small, "S", first, l1={"this_period": "50000.00"}, **{"lCO 1": {"this_period": "-1890.00"}})
    small.issue(first, "S1")
    assert small.certify(first) == Decimal("48110.00")  # 50,000 − half of 3,780

    contract_id = small.contracts["S"]
    plan = PlanMilestone(contract_id=contract_id, title="Handed over", item_no="D", amount=Decimal(400))
    small.do(Role.coordinator, plan)
    small.go_to(date(2024, 5, 2))
    second = prepared(small, "S", APRIL)
    assert line3(small, second) == Decimal("99270.00")  # 96,220 + 3,050
    assert periods(small, second)["B"] == 100  # one of three months
    edit(
        small,
        "S",
        second,
        lA={"quantity_to_date": "40"},
        lC={"fraction_to_date": "0.5"},
        **{"lCO 1": {"this_period": "-1890.00"}},
    )
    shown = periods(small, second)
    assert shown == {"1": 0, "CO 1": -1890, "A": 500, "B": 100, "C": 300, "D": 0, "E": 0}
    edit(small, "S", second, l1={"this_period": "1890.00"})
    small.issue(second, "S2")
    assert small.certify(second) == 900  # 500 + 100 + 300; the deduction and line 1 cancel


@pytest.mark.parametrize(("contract", "raises"), [("E1", "1"), ("E2", None)])
def test_scope_that_doubles_after_half_was_billed_bills_all_of_it(
    small: SmallFirm, contract: str, raises: str | None
) -> None:
    """A well-known ERP multiplies the change of the percentage by the new value, 50 % × 2,400 = 1,200, and
    with the 600 billed before comes to 1,800: 600 of 2,400 are lost. Here 600 + 1,800 = 2,400, whether the
    change order raises the line or brings a line of its own."""
    first = prepared(small, contract, MARCH)
    edit(small, contract, first, l1={"fraction_to_date": "0.5"})
    small.issue(first, f"{contract}-1")
    assert small.certify(first) == 600
    items = ({"what": "The same again", "amount": "1000.00"},)  # and 20 % profit
    signed(small, contract, "CO-1", date(2024, 4, 2), items=items, raises=raises)
    second = prepared(small, contract, APRIL)
    assert line3(small, second) == 2400
    whole = {"fraction_to_date": "1"}
    edit(small, contract, second, l1=whole, **({} if raises else {"lCO-1": whole}))
    expected = {"1": 1800} if raises else {"1": 600, "CO-1": 1200}
    assert periods(small, second) == expected
    small.issue(second, f"{contract}-2")
    assert small.certify(second) == 1800
    assert sums(small, contract).certified == 2400


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert proofs
    assert all(not proof.differences for proof in proofs)
    assert small.checked(online=True).ok
