"""Posted chunk by chunk, exactly once; taken back to exactly what was there before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import Phase
from hypothesis import given as drawn_from
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.import_commands import (
    DecideImport,
    DistributeImport,
    PostImport,
    PostParts,
    UndoImport,
    UndoParts,
    WithdrawAlias,
    WithdrawImport,
)
from contracts_app.domain.commands.invoice_commands import PrepareApplication, WithdrawDraft
from contracts_app.domain.commands.mapping_commands import RenameMapping, SaveMapping, WithdrawMapping
from contracts_app.domain.commands.mending_commands import MendImport
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.commands.time_commands import ApproveTime, RejectTime, SeenEntry
from contracts_app.domain.roles import Role
from contracts_app.services import imports, posting_imports
from contracts_app.services.handing_back import annotated_file
from contracts_app.services.performing import perform
from contracts_app.services.processes import decide_next
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import aliases, claimed_time, every_table, processes  # noqa: F401 - the metadata
from contracts_app.store.imports import find
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading
from importers.analysis import analyse
from importers.reading import read
from tests.services.bringing_in import facts
from tests.services.drawn_files import Halves, halves
from tests.services.posting_killed import a_month, killed_while_posting
from tests.services.small_firm import CHANGE_ORDERS, LABOUR, SCHEDULE, SmallFirm, found
from tests.services.small_taxed_contract import administered
from tests.services.small_time_contract import open_time_contract

COORDINATOR, MANAGER = Role.coordinator, Role.project_manager
FIRST = date(2024, 2, 19)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    open_time_contract(firm, "T")
    firm.open_contract("A", activate=False)
    firm.open_contract("B")
    firm.go_to(date(2024, 6, 3))
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def second(small: SmallFirm) -> UUID:
    """Another coordinator."""
    with own_step(small.engine, small.id, "second coordinator", Origin()) as tx:
        return add_person(
            tx, name="Second", email=f"second@{small.id}.example", password_hash="-", roles=(COORDINATOR,)
        )


def given_by(small: SmallFirm, by: UUID, body: Body) -> Outcome:
    """A command of this person's."""
    command = Command(firm_id=small.id, by=by, key=str(uuid4()), signed_in="password", body=body)
    return perform(small.engine, command, Origin(update_id=command.update_id))


def sheet(first: int, last: int, hours: str = "2.00") -> str:
    """A time sheet of numbered pieces of work, four a day, two of which say the same."""
    rows = ["Date,Person,Hours,Project,Notes"]
    rows += [
        f"{FIRST + timedelta(days=n // 4)},Sample Engineer,{hours},Studies,Part {n - n % 4 // 3}"
        for n in range(first, last)
    ]
    return "\n".join(rows) + "\n"


def hand_over(small: SmallFirm, kind: str, number: str, said: str, key: str) -> UUID:
    import_id = received(small, kind, number, said, key)
    answered(small, import_id)
    return import_id


def received(small: SmallFirm, kind: str, number: str | None, said: str, key: str) -> UUID:
    """A file comes in, for a contract or for many, and is read."""
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[COORDINATOR],
        key=key,
        kind=kind,
        contract_id=None if number is None else small.contracts[number],
        file_name=f"{key}.csv",
        data=said.encode(),
    )
    small.settle()
    return import_id


def answered(small: SmallFirm, import_id: UUID) -> dict[str, Any]:
    """Every question of a file gets its first answer; then it is ready."""
    small.settle()
    while (row := state_of(small, import_id))["state"] == "needs_decision":
        asked = {one["key"]: one["choices"][0]["value"] for one in row["report"]["decisions"]}
        small.do(COORDINATOR, DecideImport(import_id=import_id, decisions=asked))
    assert row["state"] == "ready", row["report"]["problems"]
    return row


def state_of(small: SmallFirm, import_id: UUID) -> dict[str, Any]:
    with reading(small.engine, small.id) as connection:
        row = find(connection, small.id, import_id)
    assert row is not None
    return dict(row)


def take_back(small: SmallFirm, import_id: UUID) -> Outcome:
    return small.give(COORDINATOR, UndoImport(import_id=import_id, reason="The wrong month."))


def scalar(small: SmallFirm, query: str, **values: object) -> Any:
    with reading(small.engine, small.id) as connection:
        return connection.execute(text(query), values).scalar_one()


def entries(small: SmallFirm, import_id: UUID) -> tuple[SeenEntry, ...]:
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            text("SELECT id, version FROM time_entry WHERE import_id = :i"), {"i": import_id}
        )
        return tuple(SeenEntry(id=row.id, version=row.version) for row in rows)


def test_a_large_file_goes_in_bit_by_bit_and_nothing_of_it_counts_before_the_end(
    small: SmallFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting_imports, "CHUNK", 10)
    before = facts(small)
    other = hand_over(small, "timesheet", "T", sheet(100, 104), "other days")
    import_id = hand_over(small, "timesheet", "T", sheet(0, 25), "25 rows")
    answer = small.give(COORDINATOR, PostImport(import_id=import_id))
    assert (answer.code, answer.result["to_post"], answer.result["imported"]) == ("posting", 25, 0)
    assert entries(small, import_id) == ()

    posting_imports.post_chunk(small.engine, small.id, import_id, Origin(), most=10)
    half = state_of(small, import_id)
    assert (half["state"], half["rows_posted"], half["rows_to_post"]) == ("posting", 10, 25)
    contract_id = small.contracts["T"]
    for command in (
        ApproveTime(contract_id=contract_id, entries=entries(small, import_id)),
        RejectTime(
            contract_id=contract_id,
            entries=tuple(one.id for one in entries(small, import_id)),
            reason="Not agreed.",
        ),
    ):
        refused = small.give(MANAGER, command)
        assert (refused.code, "25 rows.csv" in refused.sentence) == ("import_being_posted", True)
    assert small.give(COORDINATOR, PostImport(import_id=other)).code == "import_being_posted"

    small.settle()
    whole = state_of(small, import_id)
    assert (whole["state"], whole["rows_posted"]) == ("posted", 25)
    assert len(entries(small, import_id)) == 25
    for left, count in (("staged_row", 0), ("imported_row", 25)):
        assert scalar(small, f"SELECT count(*) FROM {left} WHERE import_id = :i", i=import_id) == count
    # A step that comes again finds nothing to do.
    assert posting_imports.post_chunk(small.engine, small.id, import_id, Origin()) == []
    small.do(MANAGER, ApproveTime(contract_id=contract_id, entries=entries(small, import_id)[:1]))

    refused = take_back(small, import_id)
    assert (refused.code, "1 by" in refused.sentence) == ("built_upon", True)
    approved = scalar(small, "SELECT id FROM time_entry WHERE state = 'approved'")
    small.do(MANAGER, RejectTime(contract_id=contract_id, entries=(approved,), reason="Not agreed."))
    assert take_back(small, import_id).done
    small.settle()
    assert state_of(small, import_id)["state"] == "undone"
    assert facts(small) == before
    assert small.give(COORDINATOR, PostImport(import_id=other)).done
    assert take_back(small, other).done
    small.settle()
    assert facts(small) == before
    report = small.checked(online=True)
    assert report.ok, report.as_json()


ACCENTED = "\N{LATIN SMALL LETTER A WITH DIAERESIS}2024-04-09"
MISREAD = ACCENTED.encode().decode("cp1252")


def test_rows_mended_in_place_come_in_remember_the_file_and_are_taken_back(small: SmallFirm) -> None:
    before = facts(small)
    rows = (
        sheet(200, 203)
        .replace("Part 200", "=1+1")
        .replace("2.00", "2,00.0")
        .replace("\n2024", f"\n{ACCENTED[0]}2024", 1)
    )
    import_id = hand_over(small, "timesheet", "T", rows.replace(",2,00.0,", ",two,"), "to mend")
    assert state_of(small, import_id)["report"]["refused"] == 3
    hours = {"code": "not_hours", "column": "C", "found": "two", "became": "2.00"}
    cell = {"sheet": "to mend", "row": 2, "column": "A"}

    def mend(**said: Any) -> Outcome:
        return small.give(COORDINATOR, MendImport.model_validate({"import_id": import_id, **said}))

    for wrong, code in (
        ({"cells": [{**cell, "row": 99, "became": "1"}]}, "no_such_cell"),
        ({"cells": [{**cell, "column": "ZZ", "became": "1"}]}, "no_such_cell"),
        ({"alike": [{**hours, "found": "three"}]}, "nothing_alike"),
    ):
        assert mend(**wrong).code == code
    mended = mend(alike=[hours], cells=[{**cell, "became": "2024-04-09"}])
    assert (mended.done, mended.result["cells"]) == (True, 4)
    report = answered(small, import_id)["report"]
    assert (report["refused"], report["new"]) == (0, 3)
    # As the file says it again, then mended once more: the last word counts.
    assert mend(cells=[{**cell, "became": None}]).done
    small.settle()
    assert state_of(small, import_id)["report"]["refused"] == 1
    assert mend(cells=[{**cell, "became": "2024-04-10"}]).done
    assert answered(small, import_id)["report"]["new"] == 3
    # In another encoding the cell says something else: the mend stays out, and a new one holds.
    small.do(COORDINATOR, DecideImport(import_id=import_id, decisions={"encoding": "cp1252"}))
    small.settle()
    assert state_of(small, import_id)["report"]["refused"] == 1
    stale = mend(cells=[{**cell, "became": "2024-04-10", "seen": ACCENTED}])
    assert stale.code == "cells_changed_meanwhile"
    assert mend(cells=[{**cell, "became": "2024-04-10", "seen": MISREAD}]).done
    assert answered(small, import_id)["report"]["new"] == 3
    name, book = annotated_file(small.engine, small.id, import_id, nullcontext())
    assert name == "to mend, problems.xlsx"
    assert [one.name for one in read(name, book).sheets] == ["to mend"]

    small.do(COORDINATOR, PostImport(import_id=import_id))
    source = scalar(
        small,
        "SELECT source FROM imported_row WHERE import_id = :i AND source ->> 'row' = '2'",
        i=import_id,
    )
    assert source["cells"]["worked_on"] == ["A2", "2024-04-10"]
    assert source["mended"] == {"worked_on": MISREAD, "duration": "two"}
    said = "SELECT was || ' ' || became FROM mended_cell WHERE import_id = :i AND letters = 'A'"
    assert scalar(small, said, i=import_id) == f"{MISREAD} 2024-04-10"
    assert mend(cells=[{**cell, "became": "2024-04-11"}]).code == "not_in_this_state"
    assert take_back(small, import_id).done
    small.settle()
    assert facts(small) == before


def test_nobody_sets_over_what_another_person_mended_without_having_seen_it(
    small: SmallFirm, second: UUID
) -> None:
    before = facts(small)
    rows = sheet(210, 213).replace(",2.00,", ",two,")
    import_id = received(small, "timesheet", "T", rows, "mended by two")
    place = {"sheet": "mended by two", "row": 2}

    def mend(by: UUID, **said: Any) -> Outcome:
        outcome = given_by(small, by, MendImport.model_validate({"import_id": import_id, **said}))
        small.settle()
        return outcome

    # What is still wrong with the cell, and the day beside it, are the second one's words by now.
    meant = [{**place, "column": "C", "became": "zwei"}, {**place, "column": "A", "became": "2024-04-12"}]
    version = state_of(small, import_id)["version"]
    assert mend(second, cells=meant).done
    first = small.people[COORDINATOR]
    hours = {"code": "not_hours", "became": "3.00"}
    day = {"code": "not_hours", "into": "A", "became": "2024-04-13"}
    as_read = {**place, "column": "A", "became": None}
    for late in (
        {"alike": [hours]},
        {"alike": [{**hours, "seen": version}]},
        {"alike": [{**day, "seen": version}]},
        {"cells": [as_read]},
        {"cells": [{**as_read, "seen": "2024-04-11"}]},
        {"cells": [{**as_read, "became": "2024-04-13"}]},
    ):
        refused = mend(first, **late)
        assert refused.code == "cells_changed_meanwhile", late
        assert "Second has mended " in refused.sentence
    # The same again is no conflict, nor are other rows, nor is what was seen.
    assert mend(first, cells=[{**as_read, "became": "2024-04-12"}]).done
    assert mend(second, alike=[{**hours, "found": "two"}]).result["cells"] == 2
    assert mend(first, cells=[{**as_read, "seen": "2024-04-12"}]).done
    assert mend(first, alike=[{**hours, "seen": state_of(small, import_id)["version"]}]).done
    assert answered(small, import_id)["report"]["new"] == 3
    small.do(COORDINATOR, WithdrawImport(import_id=import_id, reason="A test."))
    assert facts(small) == before


def test_nothing_is_locked_while_a_file_is_read(small: SmallFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0

    def free(*given: Any, **named: Any) -> Any:
        nonlocal reads
        reads += 1
        with firm_transaction(small.engine, small.id) as connection:
            for table in ("contract", "import_file"):
                connection.execute(text(f"SELECT id FROM {table} FOR UPDATE NOWAIT"))
        return analyse(*given, **named)

    monkeypatch.setattr(imports, "analyse", free)
    shown = hand_over(small, "timesheet", "T", sheet(400, 402), "read while free")
    between = hand_over(small, "timesheet", "T", sheet(404, 405), "posted between")
    small.do(COORDINATOR, PostImport(import_id=between))
    before = reads
    assert small.do(COORDINATOR, PostImport(import_id=shown)).result["imported"] == 2
    assert (before >= 2, reads) == (True, before + 1)  # once more, since other rows came in
    for one in (shown, between):
        assert take_back(small, one).done


def test_half_a_file_is_taken_back_as_well(small: SmallFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_imports, "CHUNK", 10)
    monkeypatch.setattr("contracts_app.store.imports._PIECE", 100)  # a large file is fetched in pieces
    before = facts(small)
    import_id = hand_over(small, "timesheet", "T", sheet(0, 25), "half")
    small.give(COORDINATOR, PostImport(import_id=import_id))
    posting_imports.post_chunk(small.engine, small.id, import_id, Origin(), most=10)
    assert take_back(small, import_id).result["rows"] == 10
    small.settle()
    assert facts(small) == before
    # The same file comes in again.
    again = hand_over(small, "timesheet", "T", sheet(0, 25), "half again")
    small.do(COORDINATOR, PostImport(import_id=again))
    assert len(entries(small, again)) == 25
    assert take_back(small, again).done
    small.settle()


def test_overlapping_exports_in_another_layout_bring_what_one_file_brings(small: SmallFirm) -> None:
    once = hand_over(small, "timesheet", "T", sheet(0, 40), "all")
    small.do(COORDINATOR, PostImport(import_id=once))
    query = (
        "SELECT array_agg(concat_ws(' ', work_date, description, seconds, project, person)"
        " ORDER BY work_date, description) FROM time_entry"
    )
    whole = scalar(small, query + " WHERE import_id = :i", i=once)
    assert take_back(small, once).done
    first = hand_over(small, "timesheet", "T", sheet(0, 28), "first weeks")
    small.do(COORDINATOR, PostImport(import_id=first))
    # Other columns in another order, tabs and quotes; days 5 and 6 are in both.
    table = [line.split(",") for line in sheet(20, 40).splitlines()[1:]]
    later = "Notes\tProject\tHours\tPerson\tDate\n" + "".join(
        "\t".join(f'"{cell}"' for cell in reversed(row)) + "\n" for row in reversed(table)
    )
    second = hand_over(small, "timesheet", "T", later, "later weeks")
    done = small.do(COORDINATOR, PostImport(import_id=second))
    assert (done.result["imported"], done.result["skipped_known"]) == (12, 8)
    assert scalar(small, query + " WHERE import_id IN (:i, :j)", i=first, j=second) == whole
    for one in (second, first):
        assert take_back(small, one).done
    small.settle()


def for_many(small: SmallFirm, said: str, key: str) -> UUID:
    """A time sheet that names no contract comes in and is read."""
    import_id = received(small, "timesheet", None, said, key)
    assert state_of(small, import_id)["state"] == "to_distribute"
    return import_id


def given(small: SmallFirm, import_id: UUID, **projects: str) -> Outcome:
    """Projects go to contracts by number, or are left out or for later; parts are asked nothing more."""
    chosen = {
        name.replace("_", " "): small.contracts.get(choice, choice) for name, choice in projects.items()
    }
    outcome = small.give(COORDINATOR, DistributeImport(import_id=import_id, projects=chosen))
    small.settle()
    for part in outcome.result.get("parts") or ():  # type: ignore[union-attr]
        answered(small, UUID(part))
    return outcome


def test_one_file_for_two_contracts_becomes_a_part_for_each_and_nothing_is_doubled(small: SmallFirm) -> None:
    open_time_contract(small, "U")
    before = facts(small)
    head = "Date,Person,Hours,Project,Notes\n"
    rows = [
        "2024-03-04,Sample Engineer,2,Studies,One",
        "2024-03-05,Sample Engineer,3,small studies  U,Two",
        "2024-03-05,Sample Engineer,1,Internal,Three",
        "2024-03-06,Sample Engineer,4,Site visits,Four",
        "2024-03-06,Sample Engineer,1,,Five",
    ]
    month = for_many(small, head + "\n".join(rows), "the month of all")
    meant = {
        one["project"]: (one["how"], one["contract"]) for one in state_of(small, month)["report"]["parts"]
    }
    assert meant["small studies U"] == ("exact", str(small.contracts["U"]))
    assert meant["Studies"] == meant["Internal"] == meant["(no project)"] == ("open", None)

    assert given(small, month, Nothing="T").code == "unknown_project"
    some = given(small, month, Studies="T", small_studies_U="U", Internal="ignore", Site_visits="later")
    assert (len(some.result["parts"]), some.result["open"]) == (2, 2)  # type: ignore[arg-type]
    assert state_of(small, month)["state"] == "to_distribute"
    assert given(small, month, Studies="U").code == "part_taken"
    posted = small.do(COORDINATOR, PostParts(import_id=month))
    assert posted.result["imported"] == 2
    # What was open goes later, rows without a project as a part of their own; then the file is done with.
    rest = {"Site visits": small.contracts["U"], "(no project)": small.contracts["U"]}
    later = small.do(COORDINATOR, DistributeImport(import_id=month, projects=rest))
    for part in later.result["parts"]:  # type: ignore[union-attr]
        answered(small, UUID(part))
    assert state_of(small, month)["state"] == "distributed"
    assert small.do(COORDINATOR, PostParts(import_id=month)).result["imported"] == 2
    assert small.give(COORDINATOR, PostParts(import_id=month)).code == "nothing_ready"

    # A later export that overlaps: names are known by now, and only its new row comes in.
    more = for_many(small, head + "\n".join([*rows[:2], "2024-03-11,Sample Engineer,5,Studies,Six"]), "more")
    assert {one["how"] for one in state_of(small, more)["report"]["parts"]} == {"alias"}
    assert given(small, more, Studies="U").code == "project_of_other_contract"
    assert given(small, more, Studies="T", small_studies_U="U").done
    assert small.do(COORDINATOR, PostParts(import_id=more)).result["imported"] == 1
    total = "SELECT string_agg(description || seconds, ' ' ORDER BY description) FROM time_entry e"
    told = scalar(small, f"{total} JOIN import_file f ON f.id = e.import_id WHERE f.parent_id IS NOT NULL")
    assert told == "Five3600 Four14400 One7200 Six18000 Two10800"

    for one in (more, month):
        assert small.do(COORDINATOR, UndoParts(import_id=one, reason="The wrong month.")).done
    assert facts(small) == before
    assert small.checked(online=True).ok
    # Taken back, the projects are open again.
    assert len(given(small, month, Studies="T").result["parts"]) == 1  # type: ignore[arg-type]


def test_the_same_bytes_bring_no_project_into_two_contracts(small: SmallFirm) -> None:
    if "U" not in small.contracts:
        open_time_contract(small, "U")
    before = facts(small)
    said = (
        "Date,Person,Hours,Project,Notes\n2024-04-08,Sample Engineer,2,Survey,One\n"
        "2024-04-08,Sample Engineer,3,,Two\n2024-04-09,Sample Engineer,1,Levels,Three\n"
    )
    first, copy = for_many(small, said, "of all"), for_many(small, said, "of all again")
    straight = hand_over(small, "timesheet", "U", said, "of one")
    assert state_of(small, straight)["report"]["new"] == 1  # of the project chosen first
    part = given(small, first, Survey="T", Levels="later").result["parts"][0]  # type: ignore[index]
    without = {"(no project)": small.contracts["T"]}
    small.do(COORDINATOR, DistributeImport(import_id=first, projects=without))
    # Not posted yet, and no other copy gives it to another contract; to the same one it may.
    for project in ("Survey", "(no project)"):
        refused = small.give(
            COORDINATOR, DistributeImport(import_id=copy, projects={project: small.contracts["U"]})
        )
        assert (refused.code, "contract T" in refused.sentence) == ("project_in_other_contract", True)
    # Nor comes it in with a file for one contract, which says so, before it is posted and as it is posted.
    answer = small.give(COORDINATOR, PostImport(import_id=straight))
    small.settle()
    now = state_of(small, straight)
    assert (answer.code, now["state"], now["report"]["new"]) == ("read_again", "needs_decision", 0)
    assert now["report"]["reasons"]["in another contract from the same file"] == 2
    told = {one["code"]: one["mend"] for one in now["report"]["problems"]}
    assert "contract T" in told["in_other_contract"]
    # Posted into one contract, it is that one's as well; withdrawn or taken back it is open again.
    answers = DecideImport(import_id=straight, decisions={"projects": "Levels"})
    assert small.do(COORDINATOR, answers).done
    answered(small, straight)
    assert small.do(COORDINATOR, PostImport(import_id=straight)).result["imported"] == 1
    assert given(small, copy, Levels="T").code == "project_of_other_contract"
    assert take_back(small, straight).done
    small.do(COORDINATOR, WithdrawImport(import_id=UUID(part), reason="The other one."))
    assert given(small, copy, Survey="U", Levels="T").done
    assert facts(small) == before


def test_two_people_who_post_one_file_at_once_post_it_once(small: SmallFirm, second: UUID) -> None:
    if "U" not in small.contracts:
        open_time_contract(small, "U")
    people = (small.people[COORDINATOR], second)
    before = facts(small)
    rows = (
        "Date,Person,Hours,Project\n2024-05-13,Sample Engineer,2,Bolts\n2024-05-14,Sample Engineer,3,Nuts\n"
    )
    month = for_many(small, rows, "posted by two")
    parts = given(small, month, Bolts="T", Nuts="U").result["parts"]
    start = Barrier(4, timeout=60)

    def posts(by: UUID, body: PostParts | PostImport) -> Outcome:
        start.wait()
        return given_by(small, by, body)

    of_one = PostImport(import_id=UUID(parts[-1]))  # type: ignore[index]
    bodies = (PostParts(import_id=month), of_one)
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(posts, by, body) for by in people for body in bodies]
        answers = [one.result() for one in asked]  # a deadlock would be raised here
    done = [one for one in answers if one.done]
    assert sum(int(str(one.result["imported"])) for one in done) == 2
    assert len(done) in (1, 2)  # the whole file, or one part and then the rest of it
    assert {one.code for one in answers if not one.done} <= {"nothing_ready", "not_in_this_state"}
    small.settle()
    assert [state_of(small, UUID(part))["state"] for part in parts] == ["posted"] * 2  # type: ignore[union-attr]
    count = "SELECT count(*) FROM time_entry e JOIN import_file f ON f.id = import_id WHERE f.parent_id = :id"
    assert scalar(small, count, id=month) == 2
    small.do(COORDINATOR, UndoParts(import_id=month, reason="A test."))
    assert facts(small) == before


def test_a_part_of_expenses_leaves_its_project_with_the_contract(small: SmallFirm) -> None:
    before = facts(small)
    said = "Date,Employee,Category,Amount,Currency,Project\n2024-04-22,Sample Engineer,Travel,12.50,USD,{}\n"
    month = received(small, "expenses", None, said.format("Bridge"), "expenses of all")
    part = given(small, month, Bridge="T").result["parts"][0]  # type: ignore[index]
    assert small.do(COORDINATOR, PostParts(import_id=month)).result["imported"] == 1
    # Other bytes, the same project: it is the contract's by now.
    later = received(small, "expenses", None, said.format("Bridge") + "\n", "expenses of all later")
    assert [one["how"] for one in state_of(small, later)["report"]["parts"]] == ["alias"]
    other = next(number for number in small.contracts if number != "T")
    assert given(small, later, Bridge=other).code == "project_of_other_contract"
    assert take_back(small, UUID(part)).done
    assert facts(small) == before


def test_equal_rows_of_two_parts_of_one_contract_are_work_of_their_own(small: SmallFirm) -> None:
    before = facts(small)
    rows = "Date,Person,Hours,Project\n2024-04-15,Sample Engineer,2,Survey\n2024-04-15,Sample Engineer,2,\n"
    month = for_many(small, rows, "equal rows")
    chosen = {"Survey": small.contracts["T"], "(no project)": small.contracts["T"]}
    of_both = small.do(COORDINATOR, DistributeImport(import_id=month, projects=chosen))
    for part in of_both.result["parts"]:  # type: ignore[union-attr]
        answered(small, UUID(part))
    posted = small.do(COORDINATOR, PostParts(import_id=month))
    assert (posted.result["imported"], posted.result["read_again"]) == (2, [])
    # The same rows in a file for the contract alone are known.
    again = hand_over(small, "timesheet", "T", rows + "\n", "equal rows again")
    assert (state_of(small, again)["report"]["known"], state_of(small, again)["report"]["new"]) == (1, 0)
    small.do(COORDINATOR, WithdrawImport(import_id=again, reason="A test."))
    small.do(COORDINATOR, UndoParts(import_id=month, reason="The wrong month."))
    assert facts(small) == before


def test_rows_of_a_file_for_many_contracts_that_cannot_be_read_are_mended_once(small: SmallFirm) -> None:
    before = facts(small)
    rows = ("2,Survey,One", "two,Survey,Two", "x,Levels,Three", "y,Survey,Four")
    said = [f"2024-05-06,Sample Engineer,{row}" for row in rows]
    month = for_many(small, "Date,Person,Hours,Project,Notes\n" + "\n".join(said), "unread")

    def mend(**found: str) -> list[str]:
        alike = [
            {"code": "not_hours", "column": "C", "found": was, "became": said} for was, said in found.items()
        ]
        small.do(COORDINATOR, MendImport.model_validate({"import_id": month, "alike": alike}))
        small.settle()
        file = state_of(small, month)
        return [file["state"], *(one["project"] for one in file["report"]["parts"])]

    assert state_of(small, month)["report"]["refused"] == 3
    part = UUID(given(small, month, Survey="T").result["parts"][0])  # type: ignore[index]
    report = state_of(small, part)["report"]
    assert (report["new"], report["refused"], sum(report["reasons"].values())) == (1, 0, 3)
    assert state_of(small, month)["state"] == "distributed"
    # A part that waits gets the row that is mended; one that is posted is offered it.
    assert mend(two="3") == ["distributed", "Survey"]
    assert answered(small, part)["report"]["new"] == 2
    assert small.do(COORDINATOR, PostParts(import_id=month)).result["imported"] == 2
    assert mend(x="1", y="4") == ["to_distribute", "Survey", "Levels"]
    more = given(small, month, Survey="T", Levels="T")
    report = state_of(small, UUID(more.result["parts"][0]))["report"]  # type: ignore[index]
    assert (report["new"], report["known"], report["refused"]) == (2, 2, 0)
    assert small.do(COORDINATOR, PostParts(import_id=month)).result["imported"] == 2
    assert state_of(small, month)["state"] == "distributed"
    small.do(COORDINATOR, UndoParts(import_id=month, reason="The wrong month."))
    assert facts(small) == before


def test_a_part_that_is_being_read_gets_the_rows_mended_meanwhile(
    small: SmallFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts(small)
    rows = "2024-05-07,Sample Engineer,2,Survey,One\n2024-05-07,Sample Engineer,two,Survey,Two\n"
    month = for_many(small, "Date,Person,Hours,Project,Notes\n" + rows, "mended meanwhile")
    hours = {"code": "not_hours", "column": "C", "found": "two", "became": "3"}
    mends = [MendImport.model_validate({"import_id": month, "alike": [hours]})]

    def meanwhile(*given: Any, **named: Any) -> Any:
        found = analyse(*given, **named)
        if found.entries and mends:
            assert small.give(COORDINATOR, mends.pop()).done
        return found

    monkeypatch.setattr(imports, "analyse", meanwhile)
    part = UUID(given(small, month, Survey="T").result["parts"][0])  # type: ignore[index]
    small.settle()
    assert (mends, answered(small, part)["report"]["new"]) == ([], 2)
    assert small.do(COORDINATOR, PostParts(import_id=month)).result["imported"] == 2
    small.do(COORDINATOR, UndoParts(import_id=month, reason="The wrong month."))
    assert facts(small) == before


def test_what_a_name_means_is_chosen_once_and_asked_again_when_that_is_withdrawn(small: SmallFirm) -> None:
    known = hand_over(small, "timesheet", "T", sheet(0, 1), "known")
    small.do(COORDINATOR, PostImport(import_id=known))
    said = sheet(1, 3).replace("Sample Engineer", "S. Engineer")

    def handed(key: str) -> dict[str, Any]:
        return state_of(small, received(small, "timesheet", "T", said, key))

    first = handed("otherwise named")
    (asked,) = first["report"]["decisions"]
    assert (asked["key"], asked["rows"], asked["choices"][0]["value"]) == (
        "match:person:S. Engineer", 2, "is:Sample Engineer",
    )  # fmt: skip
    assert first["report"]["totals_read"]["hours"] == "4.00"
    chosen = {asked["key"]: "is:Sample Engineer"}
    small.do(COORDINATOR, DecideImport(import_id=first["id"], decisions=chosen))
    small.do(COORDINATOR, PostImport(import_id=first["id"]))
    who = "SELECT string_agg(DISTINCT person, ', ') FROM time_entry WHERE import_id = :i"
    assert scalar(small, who, i=first["id"]) == "Sample Engineer"

    again = handed("named so again")
    assert (again["state"], again["report"]["known"], again["report"]["new"]) == ("ready", 2, 0)
    said = said.replace("2024-02-19", "2024-02-26")
    by_alias = handed("further hours")
    assert "by_saved_alias" in {one["code"] for one in by_alias["report"]["problems"]}
    with reading(small.engine, small.id) as connection:
        (saved,) = aliases.every(connection, small.id)
    assert (saved["written"], saved["means"]) == ("S. Engineer", "Sample Engineer")
    withdraw = WithdrawAlias(alias_id=saved["id"], reason="It is another engineer.")
    assert administered(small, COORDINATOR, withdraw).done
    assert not administered(small, COORDINATOR, withdraw).done
    assert handed("asked again")["state"] == "needs_decision"
    assert small.checked(online=True).ok
    for one in (first["id"], known):
        assert take_back(small, one).done
    small.settle()


def test_what_is_on_a_draft_is_not_taken_back(small: SmallFirm) -> None:
    import_id = hand_over(small, "timesheet", "T", sheet(0, 4), "billed")
    small.do(COORDINATOR, PostImport(import_id=import_id))
    contract_id = small.contracts["T"]
    line = scalar(small, "SELECT id FROM sov_line WHERE contract_id = :c AND item_no = '1'", c=contract_id)
    with own_step(small.engine, small.id, "lines of time", Origin()) as tx:
        tx.connection.execute(
            text("UPDATE time_entry SET sov_line_id = :l WHERE import_id = :i"), {"l": line, "i": import_id}
        )
        tx.record("import", import_id, 0, "put_on_line", None, None, {}, {"line": line})
    small.do(MANAGER, ApproveTime(contract_id=contract_id, entries=entries(small, import_id)))
    drafted = small.do(COORDINATOR, PrepareApplication(contract_id=contract_id, period_to=date(2024, 3, 31)))
    refused = take_back(small, import_id)
    assert refused.code == "built_upon"
    assert refused.sentence == "Rows of this file are on Invoice 1 (draft): withdraw the draft first."
    invoice_id = UUID(str(drafted.result["invoice_id"]))
    small.do(COORDINATOR, WithdrawDraft(invoice_id=invoice_id, reason="Not yet."))


def test_what_the_source_says_is_invoiced_is_never_offered(small: SmallFirm) -> None:
    said = "Date,Person,Hours,Project,Notes,Invoiced\n2024-03-04,Sample Engineer,2,Studies,Elsewhere,yes\n"
    import_id = hand_over(small, "timesheet", "T", said, "invoiced")
    small.do(COORDINATOR, PostImport(import_id=import_id))
    refused = small.give(
        MANAGER, ApproveTime(contract_id=small.contracts["T"], entries=entries(small, import_id))
    )
    assert (refused.code, "billed already" in refused.sentence) == ("time_billed", True)
    with reading(small.engine, small.id) as connection:
        offered = claimed_time.offered(connection, small.id, small.contracts["T"], date(2024, 12, 31))
    assert "Elsewhere" not in {entry.description for entry in offered}
    assert take_back(small, import_id).done
    small.settle()


def test_a_whole_file_that_an_earlier_system_billed_is_kept_and_never_offered(small: SmallFirm) -> None:
    before = facts(small)
    said = "Date,Person,Hours,Project,Notes\n2024-03-04,Sample Engineer,2,Studies,Old\n"
    elsewhere = {"billed_elsewhere": "all"}
    import_id = hand_over(small, "timesheet", "T", said, "old time")
    small.do(COORDINATOR, DecideImport(import_id=import_id, decisions=elsewhere))
    answered(small, import_id)
    small.do(COORDINATOR, PostImport(import_id=import_id))
    seen = ApproveTime(contract_id=small.contracts["T"], entries=entries(small, import_id))
    assert small.give(MANAGER, seen).code == "time_billed"

    later = said.replace("Old\n", "Old and reworded\n") + "2024-03-05,Sample Engineer,3,Studies,New\n"
    second = received(small, "timesheet", "T", later, "later time")
    row = state_of(small, second)
    assert [one["key"] for one in row["report"]["decisions"]] == ["looks_edited"]
    answered(small, second)  # as proposed: it is corrected
    small.do(COORDINATOR, PostImport(import_id=second))
    query = "SELECT billed_elsewhere FROM time_entry WHERE import_id = :i AND seconds = :s"
    assert [scalar(small, query, i=second, s=hours * 3600) for hours in (2, 3)] == [True, False]
    for done in (second, import_id):
        assert take_back(small, done).done
        small.settle()
    assert facts(small) == before

    labour = received(small, "labour_log", "B", LABOUR.format("B"), "no such mark")
    refused = small.give(COORDINATOR, DecideImport(import_id=labour, decisions=elsewhere))
    assert refused.code == "unknown_decision"
    small.do(COORDINATOR, WithdrawImport(import_id=labour, reason="Only asked."))


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        ("labour_log", "B", LABOUR.format("B")),
        ("change_orders", "B", CHANGE_ORDERS),
        (
            "deliveries",
            "B",
            (
                "delivery_id,date,vendor,material,qty,unit,unit_cost,total_cost,po_number,sov_line_id\n"
                "D-1,2024-03-04,Sample Supplier,Duct,10,m,5.00,50.00,PO-1,B-2\n"
            ),
        ),
    ],
)
def test_every_kind_is_taken_back_to_what_was_there(
    small: SmallFirm, kind: str, number: str, said: str
) -> None:
    before = facts(small)
    import_id = hand_over(small, kind, number, said, f"{kind} {number}")
    small.do(COORDINATOR, PostImport(import_id=import_id))
    assert facts(small) != before
    answer = take_back(small, import_id)
    assert answer.done, answer.sentence
    small.settle()
    assert facts(small) == before


def test_the_application_history_is_taken_back_lines_first(small: SmallFirm) -> None:
    before = facts(small)
    totals = hand_over(
        small,
        "application_totals",
        "B",
        "Application number,Period end,This period,Billed to date,Status\n"
        "1,2024-03-31,1000.00,1000.00,Approved\n",
        "totals",
    )
    small.do(COORDINATOR, PostImport(import_id=totals))
    lines = hand_over(
        small,
        "application_lines",
        "B",
        "Application number,Line id,Scheduled value,Previous,This period,To date\n"
        "1,B-1,10000.00,0.00,1000.00,1000.00\n",
        "lines",
    )
    small.do(COORDINATOR, PostImport(import_id=lines))
    assert "another file" in take_back(small, totals).sentence
    assert take_back(small, lines).done
    assert take_back(small, totals).done
    small.settle()
    assert facts(small) == before


def test_a_schedule_is_taken_back_until_something_stands_on_it(small: SmallFirm) -> None:
    import_id = scalar(
        small,
        "SELECT id FROM import_file WHERE contract_id = :c AND kind = 'schedule_of_values'",
        c=small.contracts["A"],
    )
    labour = hand_over(small, "labour_log", "A", LABOUR.format("A"), "on the lines")
    small.do(COORDINATOR, PostImport(import_id=labour))
    refused = take_back(small, import_id)
    assert (refused.code, "labour and deliveries" in refused.sentence) == ("built_upon", True)
    assert take_back(small, labour).done
    answer = take_back(small, import_id)
    assert answer.done, answer.sentence
    assert scalar(small, "SELECT count(*) FROM sov_line WHERE contract_id = :c", c=small.contracts["A"]) == 0
    again = hand_over(small, "schedule_of_values", "A", SCHEDULE.format("A"), "schedule again")
    small.do(COORDINATOR, PostImport(import_id=again))
    assert scalar(
        small, "SELECT sum(scheduled_value) FROM sov_line WHERE contract_id = :c", c=small.contracts["A"]
    ) == Decimal("100000.33")
    fixed = scalar(
        small,
        "SELECT id FROM import_file WHERE contract_id = :c AND kind = 'schedule_of_values'",
        c=small.contracts["B"],
    )
    assert "in force" in take_back(small, fixed).sentence


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM time_entry WHERE import_id = :i",
        "DELETE FROM imported_row WHERE import_id = :i",
        "UPDATE import_file SET state = 'undoing', version = 99 WHERE id = :i",
        "UPDATE import_file SET state = 'undone' WHERE id = :i",
    ],
)
def test_the_database_takes_back_whole_imports_only(small: SmallFirm, statement: str) -> None:
    import_id = scalar(small, "SELECT id FROM import_file WHERE file_name = 'billed.csv'")

    def forge() -> None:
        with own_step(small.engine, small.id, "forged", Origin()) as tx:
            tx.record("import", import_id, 99, "forge", "posted", "undoing", {}, {})
            tx.connection.execute(text(statement), {"i": import_id})

    with pytest.raises(DBAPIError) as told:
        forge()
    assert "audit entry" not in str(told.value.orig)


SAID = {
    "timesheet": "concat_ws(' ', work_date, description, seconds, project, person, state) FROM time_entry",
    "expenses": "concat_ws(' ', spent_on, description, amount, category, person, state) FROM expense",
}
"""What stands in the contract of rows of files, by kind."""


@drawn_from(drawn=st.sampled_from(sorted(SAID)).flatmap(halves))
@hypothesis_settings(max_examples=4, deadline=None, phases=[Phase.generate], database=None)
def test_overlapping_halves_bring_what_one_file_brings_and_go_without_a_trace(
    small: SmallFirm, drawn: Halves
) -> None:
    """All is drawn before anything is done: an example that ends half way would stay in the database."""
    before = facts(small)

    def stands(*files: tuple[str, bytes]) -> tuple[list[str], list[UUID]]:
        """What these files bring, one after the other."""
        ids = []
        for name, content in files:
            import_id = imports.receive(
                small.engine,
                firm_id=small.id,
                by=small.people[COORDINATOR],
                key=str(uuid4()),
                kind=drawn.kind,
                contract_id=small.contracts["T"],
                file_name=name,
                data=content,
            )
            answered(small, import_id)
            small.do(COORDINATOR, PostImport(import_id=import_id))
            ids.append(import_id)
        with reading(small.engine, small.id) as connection:
            query = text(f"SELECT {SAID[drawn.kind]} WHERE import_id = ANY(:ids)")
            return sorted(connection.execute(query, {"ids": ids}).scalars()), ids

    whole, (once,) = stands(drawn.written("plain", drawn.rows))
    assert len(whole) == len(drawn.rows)
    assert take_back(small, once).done
    small.settle()
    assert facts(small) == before
    parts, ids = stands(*drawn.halves())
    assert parts == whole
    for import_id in ids if drawn.first_goes_first else ids[::-1]:
        assert take_back(small, import_id).done
    small.settle()
    assert facts(small) == before


def test_a_worker_killed_at_any_moment_loses_and_doubles_no_row(small: SmallFirm) -> None:
    rows = 3_000
    import_id = hand_over(small, "timesheet", "T", a_month(rows), "a month")
    assert small.give(COORDINATOR, PostImport(import_id=import_id)).code == "posting"
    moments = Random(50)
    killed = 0
    while state_of(small, import_id)["state"] == "posting":
        # Thirty chunks take longer than all six kills together, also on a quick machine.
        after = moments.uniform(0.0, 0.1) if killed < 6 else None
        killed += killed_while_posting(small.settings.database_url, small.id, import_id, 100, after)
    assert killed >= 5
    whole = state_of(small, import_id)
    assert (whole["state"], whole["rows_posted"]) == ("posted", rows)
    told = "SELECT count(DISTINCT description) || ' of ' || count(*) FROM time_entry WHERE import_id = :i"
    assert scalar(small, told, i=import_id) == f"{rows} of {rows}"
    assert scalar(small, "SELECT count(*) FROM imported_row WHERE import_id = :i", i=import_id) == rows
    assert scalar(small, "SELECT count(*) FROM staged_row WHERE import_id = :i", i=import_id) == 0
    assert take_back(small, import_id).result["rows"] == rows
    small.settle()


def test_a_mapping_is_chosen_for_its_file_and_recognises_the_next_until_it_is_withdrawn(
    small: SmallFirm,
) -> None:
    def brought(key: str, day: str) -> UUID:
        return imports.receive(
            small.engine,
            firm_id=small.id,
            by=small.people[COORDINATOR],
            key=key,
            kind="timesheet",
            contract_id=small.contracts["T"],
            file_name=f"{key}.csv",
            data=f"Wer,Wann,Wieviel\nSample Engineer,{day},7.50\nSample Engineer,{day},0.50\n".encode(),
        )

    def understood(import_id: UUID) -> tuple[str | None, str | None]:
        small.settle()
        report = state_of(small, import_id)["report"]
        return report["profile"], report["totals_read"]["hours"]

    first = brought("mapped first", "2024-02-20")
    assert understood(first) == (None, "0.00")
    said = SaveMapping(
        import_id=first,
        name="Our sheet",
        kind="timesheet",
        header_row="1",
        columns={"person": "Wer", "worked_on": "Wann", "duration": "Wieviel"},
    )
    saved = administered(small, COORDINATOR, said)
    mapping_id = saved.result["mapping_id"]
    small.do(COORDINATOR, DecideImport(import_id=first, decisions={"mapping": mapping_id}))
    assert understood(first) == ("Our sheet", "8.00")
    assert understood(brought("mapped second", "2024-02-21")) == ("Our sheet", "8.00")
    of_all = for_many(small, "Wer,Wann,Wieviel\nSample Engineer,2024-02-23,7.50\n", "mapped for many")
    assert understood(of_all) == ("Our sheet", "7.50")
    # Replaced before the file is posted, and the file read anew: what was shown is not what it would bring.
    shown = brought("mapped and shown", "2024-02-27")
    answered(small, shown)
    between = hand_over(small, "timesheet", "T", sheet(300, 301), "between")
    small.do(COORDINATOR, PostImport(import_id=between))
    when = "SELECT saved_at FROM saved_mapping WHERE id = :i"
    saved_at = scalar(small, when, i=mapping_id)
    administered(small, COORDINATOR, said.model_copy(update={"duration_unit": "minutes"}))
    assert scalar(small, when, i=mapping_id) > saved_at
    missing = said.model_copy(update={"sheet": " mapped first"})
    assert administered(small, COORDINATOR, missing).code == "no_such_sheet"
    assert small.give(COORDINATOR, PostImport(import_id=shown)).code == "read_again"
    answered(small, shown)
    assert small.do(COORDINATOR, PostImport(import_id=shown)).result["imported"] == 2
    for one in (shown, between):
        assert take_back(small, one).done
    small.settle()
    other = said.model_copy(update={"kind": "labour_log"})
    assert administered(small, COORDINATOR, other).code == "mapping_name_taken"
    administered(small, COORDINATOR, RenameMapping(mapping_id=mapping_id, name="Site sheet"))
    administered(small, COORDINATOR, WithdrawMapping(mapping_id=mapping_id, reason="Another form now."))
    assert understood(brought("mapped third", "2024-02-22")) == (None, "0.00")
    small.do(COORDINATOR, DecideImport(import_id=first, decisions={"duration_unit": "minutes"}))
    assert understood(first) == ("Site sheet", "0.13")  # 8 minutes


def test_a_process_opened_anew_while_its_last_run_decides_has_begun(small: SmallFirm) -> None:
    import_id = hand_over(small, "timesheet", "B", sheet(900, 901), "given up")
    small.do(COORDINATOR, WithdrawImport(import_id=import_id, reason="The wrong month."))
    small.settle()
    with ThreadPoolExecutor(1) as apart:
        with firm_transaction(small.engine, small.id) as held:
            held.execute(text("SELECT FROM import_file WHERE id = :i FOR UPDATE"), {"i": import_id})
            deciding = apart.submit(
                decide_next, small.engine, small.id, Subject.importing, import_id, Origin()
            )
            while not scalar(
                small,
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()",
            ):
                assert not deciding.done()
            processes.reopen(held, small.id, Subject.importing, import_id)
        assert deciding.result(30).next.kind == "finished"
    assert scalar(small, "SELECT started_at IS NOT NULL FROM process WHERE subject_id = :i", i=import_id)
