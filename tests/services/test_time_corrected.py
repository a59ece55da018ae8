"""Time that a later file says otherwise: corrected, never changed, and never billed twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, PostImport, UndoImport
from contracts_app.domain.commands.invoice_commands import WithdrawDraft
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    HoldTime,
    RejectTime,
    SplitTime,
    TimePart,
    TransferTime,
    WriteTime,
)
from contracts_app.domain.roles import Role
from contracts_app.services import imports
from contracts_app.settings import Settings
from contracts_app.store.imports import find
from contracts_app.store.transaction import reading
from tests.services.bringing_in import facts
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import open_time_contract
from tests.services.test_time import figures

COORDINATOR, MANAGER = Role.coordinator, Role.project_manager
HALF_MAY, MAY = date(2024, 5, 15), date(2024, 5, 31)
HEAD = "Date,Person,Hours,Task,Notes,Billable\n"
WHY = "As the file says."


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    open_time_contract(firm, "T")
    firm.go_to(date(2024, 6, 3))
    yield firm
    firm.engine.dispose()


def row(hours: str, what: str, billable: str = "Yes", on: str = "2024-05-06") -> str:
    return f"{on},Sample Engineer,{hours},Support,{what},{billable}\n"


def come_in(small: SmallFirm, said: str, key: str, **answers: str) -> tuple[UUID, dict[str, Any]]:
    """A time sheet comes in and is read; these answers are given, and else the first one."""
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[COORDINATOR],
        key=key,
        kind="timesheet",
        contract_id=small.contracts["T"],
        file_name=f"{key}.csv",
        data=(HEAD + said).encode(),
    )
    small.settle()
    while (now := state_of(small, import_id))["state"] == "needs_decision":
        asked = {
            one["key"]: answers.get(one["key"], one["choices"][0]["value"])
            for one in now["report"]["decisions"]
            if one["decided"] is None
        }
        small.do(COORDINATOR, DecideImport(import_id=import_id, decisions=asked))
        small.settle()
    assert now["state"] == "ready", now["report"]["problems"]
    return import_id, now["report"]


def posted(small: SmallFirm, said: str, key: str, **answers: str) -> UUID:
    import_id, _ = come_in(small, said, key, **answers)
    small.do(COORDINATOR, PostImport(import_id=import_id))
    small.settle()
    return import_id


def state_of(small: SmallFirm, import_id: UUID) -> dict[str, Any]:
    with reading(small.engine, small.id) as connection:
        found_row = find(connection, small.id, import_id)
    assert found_row is not None
    return dict(found_row)


def standing(small: SmallFirm, what: str) -> list[tuple[str, int, str, bool]]:
    """State, seconds, description and billable of the entries about `what`, in the order they came in."""
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            text(
                "SELECT state, seconds, description, billable FROM time_entry"
                " WHERE firm_id = :f AND description LIKE :d ORDER BY corrects IS NOT NULL, seconds, state"
            ),
            {"f": small.id, "d": f"%{what}"},
        ).all()
    return [tuple(one) for one in rows]


def ids(small: SmallFirm, what: str, *states: str) -> Sequence[UUID]:
    with reading(small.engine, small.id) as connection:
        return (
            connection.execute(
                text(
                    "SELECT id FROM time_entry WHERE firm_id = :f AND description LIKE :d"
                    " AND state = ANY(:s) ORDER BY seconds"
                ),
                {"f": small.id, "d": f"%{what}", "s": list(states or ("open",))},
            )
            .scalars()
            .all()
        )


def approve(small: SmallFirm, *entries: UUID) -> Outcome:
    body = ApproveTime(contract_id=small.contracts["T"], entries=small.seen(*entries))
    return small.give(MANAGER, body)


def test_what_is_not_billed_is_replaced_and_taken_back_to_what_it_was(small: SmallFirm) -> None:
    first = posted(small, row("2", "alpha") + row("3", "alpha two"), "alpha 1")
    small.settle()
    (two, three) = ids(small, "alpha%")
    assert approve(small, three).done
    before = facts(small)

    later = row("2", "alpha", "No") + row("4", "alpha two")
    import_id, report = come_in(small, later, "alpha 2", changed_rows="correct", looks_edited="correct")
    told = [one["found"] for one in report["problems"] if one["code"] == "changed_since_import"]
    assert told == ["billable yes → no", "hours 3.00 → 4.00"]
    small.do(COORDINATOR, PostImport(import_id=import_id))
    small.settle()
    assert standing(small, "alpha") == [("replaced", 7200, "alpha", True), ("open", 7200, "alpha", False)]
    assert standing(small, "alpha two") == [
        ("replaced", 10800, "alpha two", True),
        ("open", 14400, "alpha two", True),
    ]
    _again, report = come_in(small, later, "alpha 2 again")
    assert (report["known"], report["new"], report["decisions"]) == (2, 0, [])

    refused = small.give(COORDINATOR, UndoImport(import_id=first, reason=WHY))
    assert (refused.code, "alpha 2.csv" in refused.sentence) == ("built_upon", True)
    assert small.give(COORDINATOR, UndoImport(import_id=import_id, reason=WHY)).done
    small.settle()
    after = facts(small)
    assert {name for name in before if before[name] != after[name]} <= {
        "import_file",
        "contract",
        "audit_head",
    }
    assert standing(small, "alpha two")[0][0] == "approved"
    assert two in ids(small, "alpha")


def test_what_is_billed_is_taken_back_beside_what_is_right(small: SmallFirm) -> None:
    posted(small, row("5", "beta"), "beta 1")
    (entry,) = ids(small, "beta")
    small.do(
        COORDINATOR, TransferTime(contract_id=small.contracts["T"], entries=(entry,), item_no="2", reason=WHY)
    )
    assert approve(small, entry).done
    invoice = small.issue(small.prepare("T", HALF_MAY), "beta")
    billed = amounts(small, invoice)
    assert billed["beta"] == Decimal("600.00")

    _kept, report = come_in(small, row("6", "beta"), "beta kept", looks_edited="edited")
    assert (report["new"], report["ignored"], report["reasons"]) == (
        0,
        1,
        {"edited since, kept as imported": 1},
    )
    posted(small, row("6", "beta"), "beta 2", looks_edited="correct")
    assert standing(small, "beta") == [
        ("approved", 18000, "beta", True),
        ("open", -18000, "Taken back: beta", True),
        ("open", 21600, "beta", True),
    ]
    back, right = ids(small, "beta")
    about = {"contract_id": small.contracts["T"], "reason": WHY}
    for refused in (
        approve(small, right),
        approve(small, back),
        small.give(MANAGER, RejectTime(**about, entries=(back,))),
        small.give(COORDINATOR, HoldTime(**about, entries=(right,))),
    ):
        assert refused.code == "decided_together"
    parts = (TimePart(seconds=-9000), TimePart(seconds=-9000))
    for refused in (
        small.give(COORDINATOR, WriteTime(**about, entry_id=back, seconds=-60)),
        small.give(COORDINATOR, TransferTime(**about, entries=(back,), item_no="1")),
        small.give(COORDINATOR, SplitTime(**about, entry_id=back, parts=parts)),
    ):
        assert refused.code == "takes_back_what_was_billed"

    # Rejected together, what is billed stands; the same file is known, another one is asked about again.
    assert small.give(MANAGER, RejectTime(**about, entries=(back, right))).done
    posted(small, row("7", "beta"), "beta 3", looks_edited="correct")
    back, right = ids(small, "beta")
    # Corrected once more before anybody decided: the same entry goes with what takes its place.
    posted(small, row("8", "beta"), "beta 4", looks_edited="correct")
    assert [one for one in standing(small, "beta") if one[0] == "open"] == [
        ("open", -18000, "Taken back: beta", True),
        ("open", 28800, "beta", True),
    ]
    last = ids(small, "beta")
    assert last[0] == back
    assert approve(small, last[1]).code == "decided_together"
    assert approve(small, *last).done
    draft = small.prepare("T", MAY)
    assert amounts(small, draft) == {"Taken back: beta": Decimal("-600.00"), "beta": Decimal("960.00")}
    small.do(COORDINATOR, WithdrawDraft(invoice_id=draft, reason=WHY))
    assert small.checked().ok


def test_what_is_billed_and_by_now_at_no_charge_is_taken_back_alone(small: SmallFirm) -> None:
    posted(small, row("1", "gamma", on="2024-05-20"), "gamma 1")
    (entry,) = ids(small, "gamma")
    contract = small.contracts["T"]
    small.do(COORDINATOR, TransferTime(contract_id=contract, entries=(entry,), item_no="2", reason=WHY))
    assert approve(small, entry).done
    small.issue(small.prepare("T", date(2024, 5, 25)), "gamma")
    posted(small, row("1", "gamma", "No", on="2024-05-20"), "gamma 2", changed_rows="correct")
    back, free = ids(small, "gamma")
    assert approve(small, free).done, "it changes no amount"
    assert approve(small, back).done
    draft = small.prepare("T", MAY)
    assert amounts(small, draft) == {"Taken back: gamma": Decimal("-120.00")}
    small.do(COORDINATOR, WithdrawDraft(invoice_id=draft, reason=WHY))
    assert small.checked().ok


def amounts(small: SmallFirm, invoice_id: UUID) -> dict[str, Decimal]:
    """What each entry on a draft or an invoice comes to, by its description."""
    return {
        each.entry.description: each.amount
        for line in figures(small, invoice_id).time
        for each in line.entries
    }
