"""Budget moved between lines: proposed, approved by somebody else, counted from the next application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.revision_commands import (
    ApproveRevision,
    ProposeRevision,
    RejectRevision,
)
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from contracts_app.store.views import revision_log
from tests.services.small_firm import SmallFirm, found
from tests.services.test_change_orders import (
    APRIL,
    MARCH,
    MAY,
    edit,
    opened,
    periods,
    prepared,
    signed,
    sums,
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """40,000 of line 1 is billed and certified by March; a change order has brought 100.00."""
    firm = found(settings, "Moving Mechanical")
    opened(
        firm,
        "R",
        {"item_no": "1", "description": "Structure", "scheduled_value": "100000.00"},
        {"item_no": "2", "description": "Finishes", "scheduled_value": "50000.00"},
    )
    firm.go_to(date(2024, 4, 2))
    first = prepared(firm, "R", MARCH)
    edit(firm, "R", first, l1={"this_period": "40000.00"})
    firm.certify(firm.issue(first, "R1"))
    items = ({"what": "A door", "amount": "100.00", "with_profit": True},)
    signed(firm, "R", "C1", date(2024, 4, 2), items=items)
    yield firm
    firm.engine.dispose()


def propose(
    small: SmallFirm, number: str, *moves: str, on: date = APRIL, back: tuple[str, ...] = ()
) -> Outcome:
    """`propose(small, "R-1", "1 -10000", "2 10000")`."""
    said: list[dict[str, Any]] = [
        dict(zip(("item_no", "amount"), move.split(), strict=True)) for move in moves
    ]
    body = ProposeRevision.model_validate(
        {
            "contract_id": small.contracts["R"],
            "number": number,
            "effective_on": on,
            "reason": "Bought out below budget",
            "moves": said,
            "taking_back": back,
        }
    )
    return small.give(Role.project_manager, body)


def approve(small: SmallFirm, number: str, role: Role = Role.controller) -> Outcome:
    return small.give(role, ApproveRevision(contract_id=small.contracts["R"], number=number))


def values(small: SmallFirm, invoice_id: Any) -> dict[str, Decimal]:
    """Column C by line, and line 3."""
    with reading(small.engine, small.id) as connection:
        shown = draft(current_snapshot(connection, small.id, invoice_id))
    return {line.item_no: line.scheduled_value for line in shown.lines} | {"line 3": shown.line3}


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        (("1 -10000", "2 9999.99"), "revision_does_not_net"),
        (("1 -10000", "C1 10000"), "line_of_a_change_order"),
        (("1 -60000.01", "2 60000.01"), "below_billed"),
        (("2 -50000.01", "1 50000.01"), "line_below_zero"),
        (("1 -10", "9 10"), "unknown_line"),
        (("1 -10", "1 10"), "not_in_schedule"),
    ],
)
def test_moves_that_cannot_be(small: SmallFirm, moves: tuple[str, ...], code: str) -> None:
    refused = propose(small, "R-0", *moves)
    assert (refused.done, refused.code) == (False, code)


def test_a_revision_counts_from_the_next_application_and_changes_no_sum(small: SmallFirm) -> None:
    assert propose(small, "R-1", "1 -10000", "2 10000", on=MARCH).code == "effective_in_billed_period"
    assert propose(small, "R-1", "1 -10000", "2 10000", on=date(2024, 4, 1)).done
    assert propose(small, "R-1", "1 -10000", "2 10000").code == "revision_exists"
    assert approve(small, "R-1", Role.project_manager).status == 403
    assert approve(small, "R-1", Role.coordinator).status == 403
    assert approve(small, "R-1").done
    assert approve(small, "R-1").code == "not_in_this_state"
    # 90,000 − 60,000 leaves 30,000 of which 40,000 is billed: only said so, and from May on.
    assert propose(small, "R-2", "1 -60000", "2 60000", on=date(2024, 5, 1)).code == "below_billed"
    assert propose(small, "R-2", "1 -60000", "2 60000", on=date(2024, 5, 1), back=("1",)).done
    assert approve(small, "R-2").done

    small.go_to(date(2024, 5, 2))
    second = prepared(small, "R", APRIL)
    assert values(small, second) == {"1": 90000, "2": 60000, "C1": 100, "line 3": 150100}
    assert periods(small, second) == {"1": 0, "2": 0, "C1": 0}
    edit(small, "R", second, l2={"fraction_to_date": "0.10"})
    assert periods(small, second)["2"] == 6000  # of the value that the revision gave it
    small.issue(second, "R2")
    assert small.certify(second) == 6000


def test_what_a_revision_leaves_below_billed_is_taken_back(small: SmallFirm) -> None:
    """40,000 billed of a line that now has 30,000: E is −10,000."""
    small.go_to(date(2024, 6, 3))
    third = prepared(small, "R", MAY)
    assert values(small, third) == {"1": 30000, "2": 120000, "C1": 100, "line 3": 150100}
    assert periods(small, third) == {"1": -10000, "2": 0, "C1": 0}
    edit(small, "R", third, l2={"this_period": "24000.00"})
    small.issue(third, "R3")
    assert small.certify(third) == 14000  # 24,000 − 10,000
    assert sums(small, "R").sum_to_date == 150100


def test_an_approval_is_of_what_was_proposed(small: SmallFirm) -> None:
    june = date(2024, 6, 30)
    assert propose(small, "R-3", "2 -100", "1 100", on=june).done
    assert propose(small, "R-4", "2 -50", "1 50", on=june).done
    assert approve(small, "R-3").done
    stale = approve(small, "R-4")
    assert stale.code == "changed_since_proposed"
    assert "was 30,000.00 USD when this was proposed and is 30,100.00 USD now" in stale.sentence
    reject = RejectRevision(contract_id=small.contracts["R"], number="R-4", reason="Once more")
    assert small.give(Role.project_manager, reject).done  # his own he may take back
    with reading(small.engine, small.id) as connection:
        log = revision_log.revisions(connection, small.id, small.contracts["R"])
    assert [(one.number, one.state) for one in log] == [
        ("R-4", "rejected"),
        ("R-3", "approved"),
        ("R-2", "approved"),
        ("R-1", "approved"),
    ]
    first, second = log[3].moves
    assert [first.before, first.amount, first.after] == [100000, -10000, 90000]
    assert [second.before, second.amount, second.after] == [50000, 10000, 60000]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sov_revision SET effective_on = '2024-01-01' WHERE number = 'R-1'",
        "UPDATE sov_revision SET state = 'proposed' WHERE number = 'R-1'",
        "UPDATE sov_revision_move SET amount = amount + 1",
        """INSERT INTO sov_revision_move SELECT m.firm_id, m.revision_id, s.id, 0, 1, false
        FROM sov_revision_move m JOIN sov_line s ON s.item_no = 'C1' LIMIT 1""",
    ],
)
def test_the_database_keeps_revisions_as_they_were_decided(small: SmallFirm, change: str) -> None:
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match=r"revision|permission denied"):
            connection.execute(text(f"{change}; SET CONSTRAINTS ALL IMMEDIATE"))


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert len(proofs) == 3
    assert all(not proof.differences for proof in proofs)
    assert small.checked(online=True).ok
