"""Extra work: tickets signed on site, priced into a change order, billed once that is executed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.agreement_commands import ExecuteChangeOrder, RejectChangeOrder
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
)
from contracts_app.domain.commands.ticket_commands import (
    CorrectTicket,
    EnterTicket,
    SignTicket,
    VoidTicket,
)
from contracts_app.domain.roles import Role
from contracts_app.services import draft_findings
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import tickets
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found
from tests.services.test_change_orders import APRIL, MARCH, edit, give, opened, periods, prepared

CHANGES = {"profit": "0.20", "markups": {"equipment": "0.20", "material": "0.20"}}
ONE = {
    "work_date": "2024-03-05",
    "what": "Opened the wall",
    "labour": (
        {"what": "Fitter", "seconds": 8 * 3600, "rate": "58.00"},
        {"what": "Fitter, overtime", "seconds": 4 * 3600, "rate": "78.00"},
    ),
    "material": ({"what": "Board", "quantity": "1", "unit_cost": "250.00"},),
}
"""8 × 58 + 4 × 78 = 776.00; 250.00 and 20 % of it: 300.00; together 1,076.00."""
TWO = {
    "work_date": "2024-03-06",
    "what": "Closed it again",
    "labour": ({"what": "Foreman", "seconds": 2 * 3600, "rate": "90.00"},),
    "equipment": ({"what": "Lift", "seconds": 6 * 3600, "rate": "45.25"},),
}
"""180.00; 6 × 45.25 = 271.50 and 20 % of it, 54.30; together 505.80."""
THREE = {"work_date": "2024-03-07", "what": "Cleaned up", "labour": ONE["labour"]}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Extra Mechanical")
    line = {"item_no": "1", "description": "All", "scheduled_value": "10000.00"}
    opened(firm, "S", line, changes=CHANGES)
    firm.go_to(date(2024, 4, 2))
    for number, said in (("1", ONE), ("2", TWO), ("3", THREE), ("4", THREE)):
        assert give(firm, Role.project_manager, EnterTicket, "S", number, **said).done
    yield firm
    firm.engine.dispose()


def sign(small: SmallFirm, number: str, on: str = "2024-03-08", **said: Any) -> Any:
    by = {"signed_by": "Pat Superintendent", "signed_on": on, **said}
    return give(small, Role.coordinator, SignTicket, "S", number, **by)


def price(small: SmallFirm, order: str, *numbers: str, **said: Any) -> Any:
    return give(small, Role.project_manager, PriceChangeOrder, "S", order, tickets=numbers, **said)


def stands(small: SmallFirm) -> dict[str, str]:
    with reading(small.engine, small.id) as connection:
        known = tickets.of_contracts(connection, small.id, [small.contracts["S"]])[small.contracts["S"]]
    return {one.ticket.number: one.stands.value if one.stands else "void" for one in known}


def test_a_ticket_is_signed_once_and_then_stays(small: SmallFirm) -> None:
    twice = give(small, Role.project_manager, EnterTicket, "S", "1", **ONE)
    assert twice.code == "ticket_exists"
    future = {**ONE, "work_date": "2024-04-03"}
    assert give(small, Role.project_manager, CorrectTicket, "S", "1", **future).code == "worked_in_future"
    assert give(small, Role.project_manager, CorrectTicket, "S", "1", **ONE).done
    give(small, Role.project_manager, NoteChangeOrder, "S", "T-1", title="The wall")
    refused = price(small, "T-1", "1", "2")
    assert refused.code == "ticket_unsigned"
    assert "have it signed on site" in refused.sentence
    assert sign(small, "1", "2024-03-04").code == "signed_before_work"
    assert sign(small, "1", "2024-04-03").code == "signed_in_future"
    assert sign(small, "1", evidence="Photo 12").done
    assert sign(small, "1").code == "not_in_this_state"
    assert give(small, Role.project_manager, CorrectTicket, "S", "1", **TWO).code == "not_in_this_state"
    assert sign(small, "2").done
    assert sign(small, "4").done
    assert stands(small) == {"1": "signed", "2": "signed", "3": "unsigned", "4": "signed"}


def test_signed_tickets_become_a_priced_change_order_billed_once_it_is_executed(small: SmallFirm) -> None:
    """1,076.00 + 505.80 have their markup; 100.00 more bears 20 % profit: 1,701.80."""
    assert price(small, "T-1", "9").code == "unknown_ticket"
    assert price(small, "T-1", "1", "1").code == "ticket_twice"
    assert price(small, "T-1", "1").result["amount"] == "1076.00"
    more = ({"what": "Fittings", "amount": "100.00"},)
    assert price(small, "T-1", "1", "2", items=more).result["amount"] == "1701.80"
    give(small, Role.project_manager, NoteChangeOrder, "S", "T-2", title="Again")
    taken = price(small, "T-2", "2", "4")
    assert (taken.code, "change order T-1" in taken.sentence) == ("ticket_taken", True)
    assert give(small, Role.coordinator, SubmitChangeOrder, "S", "T-1").done
    kept = give(small, Role.project_manager, VoidTicket, "S", "1", reason="By mistake")
    assert kept.code == "ticket_in_change_order"
    assert stands(small) == {"1": "priced", "2": "priced", "3": "unsigned", "4": "signed"}

    first = prepared(small, "S", MARCH)
    assert periods(small, first) == {"1": 0}  # submitted is not executed
    edit(small, "S", first, l1={"this_period": "1000.00"})
    with reading(small.engine, small.id) as connection:
        shown = current_snapshot(connection, small.id, first)
        told = draft_findings.of_draft(connection, small.id, first, shown)
    assert [(one.code, one.blocks, one.sentence.split(":")[0]) for one in told] == [
        ("ticket_unsigned", False, "Ticket 3 of 2024-03-07 is not signed"),
        ("ticket_not_priced", False, "Ticket 4 of 2024-03-07 is signed and in no change order"),
    ]
    small.certify(small.issue(first, "S1"))

    executed = give(small, Role.controller, ExecuteChangeOrder, "S", "T-1", executed_on="2024-04-02")
    assert executed.done, executed.sentence
    assert stands(small)["1"] == "billable"
    small.go_to(date(2024, 5, 2))
    second = prepared(small, "S", APRIL)
    edit(small, "S", second, **{"lT-1": {"fraction_to_date": "1"}})
    assert f"{periods(small, second)['T-1']:.2f}" == "1701.80"
    small.issue(second, "S2")
    assert f"{small.certify(second):.2f}" == "1701.80"


def test_a_rejected_change_order_gives_its_tickets_back(small: SmallFirm) -> None:
    assert price(small, "T-2", "4").done
    assert give(small, Role.coordinator, SubmitChangeOrder, "S", "T-2").done
    assert stands(small)["4"] == "priced"
    rejected = give(small, Role.controller, RejectChangeOrder, "S", "T-2", reason="Part of the contract")
    assert rejected.done
    assert stands(small)["4"] == "signed"
    give(small, Role.project_manager, NoteChangeOrder, "S", "T-3", title="Claimed again")
    assert price(small, "T-3", "4").done
    assert price(small, "T-3").done  # priced again without it: free
    assert stands(small)["4"] == "signed"
    assert give(small, Role.project_manager, VoidTicket, "S", "4", reason="Given up").done
    assert price(small, "T-3", "4").code == "ticket_void"
    assert give(small, Role.project_manager, VoidTicket, "S", "3", reason="Never signed").done
    assert stands(small) == {"1": "billable", "2": "billable", "3": "void", "4": "void"}


@pytest.mark.parametrize(
    "change",
    [
        "what = 'more'",
        "labour = '[]'",
        "signed_by = 'Somebody else'",
        "change_order_id = NULL",
        "signed_by = NULL, signed_on = NULL, signature_noted_by = NULL, state = 'open'",
    ],
)
def test_the_database_keeps_a_ticket_as_it_was_signed(small: SmallFirm, change: str) -> None:
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match="ticket"):
            connection.execute(text(f"UPDATE work_ticket SET {change} WHERE number = '1'"))


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert proofs
    assert all(not proof.differences for proof in proofs)
    assert small.checked(online=True).ok
