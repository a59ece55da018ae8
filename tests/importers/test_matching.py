"""What names in files mean: taken exactly and by alias, suggested when alike, else asked; rows counted."""

from __future__ import annotations

import json

import pytest

from importers.analysis import RULES, Analysis, analyse
from importers.entries import Kind
from importers.known import KnownThings
from importers.matching.asking import written_in
from importers.matching.names import Meaning, Named, Names, folded, match
from importers.parts import PART, WITHOUT, Apart
from tests.importers.conftest import sample


def named(*names: str, **aliases: str) -> Names:
    return Names(known=tuple(Meaning(value=name, called=(name,)) for name in names), aliases=aliases)


PEOPLE = named(
    "Tom Baker-Smith",
    "Jonas Lindqvist",
    "Maria Okafor",
    "Priya Raman",
    "Zoë Núñez",
    "Sean O'Hara",
    "John Doe",
)
PROJECTS = named(
    "City Hall HVAC", "Lot 9 Data Hall", "Harbour Bridge Rehab", "Website Redesign", "PRJ-2024-003"
)


@pytest.mark.parametrize(
    ("written", "names", "likest"),
    [
        # The names of our samples as other programs write them.
        ("Baker-Smith, Tom", PEOPLE, "Tom Baker-Smith"),
        ("T. Baker Smith", PEOPLE, "Tom Baker-Smith"),
        ("Lindqvist, J.", PEOPLE, "Jonas Lindqvist"),
        ("jlindqvist", PEOPLE, "Jonas Lindqvist"),
        ("jlindqvist@example.test", PEOPLE, "Jonas Lindqvist"),
        ("M Okafor", PEOPLE, "Maria Okafor"),
        ("Priya R.", PEOPLE, "Priya Raman"),
        ("Nunez Zoe", PEOPLE, "Zoë Núñez"),
        ("[24-022] Lot 9 Data Hall", PROJECTS, "Lot 9 Data Hall"),
        ("Lot 9", PROJECTS, "Lot 9 Data Hall"),
        ("Harbor Bridge Rehabilitation", PROJECTS, "Harbour Bridge Rehab"),
        ("Website", PROJECTS, "Website Redesign"),
        ("PRJ-2024-3", PROJECTS, "PRJ-2024-003"),
        # Other people, and things that only their numbers tell apart.
        ("Michael Jordan", PEOPLE, None),
        ("Peter Smith", PEOPLE, None),
        ("Lot 8 Data Hall", PROJECTS, None),
        ("PRJ-2024-004", PROJECTS, None),
        ("Project Beta", PROJECTS, None),
        ("Task B", named("Task A", "Task C"), None),
        ("24017.001.01", named("00001.001.01"), None),
        ("Internal", PROJECTS, None),
    ],
)
def test_what_is_like_is_suggested_and_never_taken(written: str, names: Names, likest: str | None) -> None:
    found = match(written, names)
    assert found.how == "open"
    assert (found.suggestions[0].called if found.suggestions else None) == likest


def test_a_name_is_taken_by_alias_before_it_is_taken_exactly() -> None:
    assert folded("  ZOË  Núñez ") == "zoe nunez"
    assert match("zoe NUNEZ", PEOPLE).value == "Zoë Núñez"
    chosen = PEOPLE.model_copy(update={"aliases": {"zoe nunez": "Maria Okafor", "the new one": ""}})
    assert (match("Zoe Nunez", chosen).how, match("Zoe Nunez", chosen).value) == ("alias", "Maria Okafor")
    assert match("The new one", chosen).value == "The new one"
    two = Names(known=(Meaning(value="1", called=("Design",)), Meaning(value="2", called=("design",))))
    assert [one.meaning.value for one in match("DESIGN", two).suggestions] == ["1", "2"]


def _sheet(*people: str) -> bytes:
    rows = [f"2025-03-{day:02},{who},8,Studies" for day, who in enumerate(people, 3)]
    return "\n".join(["Date,Person,Hours,Task", *rows]).encode()


def _read(data: bytes, names: Names, **decisions: str) -> Analysis:
    known = KnownThings(names={Named.person: names})
    return analyse(Kind.timesheet, "week.csv", data, known, decisions)


def test_an_unknown_name_is_one_question_over_all_its_rows_and_they_are_counted() -> None:
    data = _sheet("M Okafor", "M Okafor", "Maria Okafor", "Michael Jordan")
    read = _read(data, PEOPLE)
    like, unlike = read.decisions
    assert (like.key, like.rows, like.proposal) == ("match:person:M Okafor", 2, "new")
    assert [choice.value for choice in like.choices[:2]] == ["new", "is:Maria Okafor"]
    assert like.choices[1].means == "Maria Okafor (somewhat like)"
    assert (unlike.key, unlike.proposal) == ("match:person:Michael Jordan", "new")
    assert (len(read.entries), read.waiting, read.refused, read.totals_read.hours) == (1, 3, 0, "32.00")
    assert written_in(like.key) == (Named.person, "M Okafor")
    answers = {like.key: "is:Maria Okafor", unlike.key: "ignore"}
    taken = _read(data, PEOPLE, **answers)
    assert [entry.worker for entry in taken.entries] == ["Maria Okafor"] * 3  # type: ignore[attr-defined]
    assert taken.reasons == {"person to be left out": 1}
    # What is meant is not what the row says: it stays the same row under any choice.
    new = _read(data, PEOPLE, **answers | {like.key: "new"})
    assert [one.content_key for one in new.entries] == [one.content_key for one in taken.entries]
    # An answer that was not offered is none.
    assert len(_read(data, PEOPLE, **{like.key: "is:Somebody"}).open_decisions) == 2


def test_what_is_taken_by_alias_is_said() -> None:
    read = _read(_sheet("MO"), PEOPLE.model_copy(update={"aliases": {"mo": "Maria Okafor"}}))
    assert [(one.code, one.found) for one in read.problems] == [("by_saved_alias", "MO: Maria Okafor, 1 row")]
    assert not read.decisions


def test_of_many_unknown_names_those_that_nothing_is_like_are_one_question() -> None:
    crew = [f"Q{chr(97 + n // 26)}{chr(97 + n % 26)}x W" for n in range(70)]
    rows = "\n".join(f"2025-03-03,{who},1" for who in (*crew, "M Okafor"))
    read = _read(f"Date,Person,Hours\n{rows}".encode(), PEOPLE)
    assert [one.key for one in read.decisions] == ["match:person:M Okafor", "match:person"]
    kept = _read(f"Date,Person,Hours\n{rows}".encode(), PEOPLE, **{one.key: "new" for one in read.decisions})
    assert len(kept.entries) == 71


def test_lines_are_named_by_number_and_words_too() -> None:
    said = (
        "log_id,date,employee_id,sov_line_id,hours_st\n"
        "1,2025-03-03,W-1,2,8\n2,2025-03-03,W-2,ductwork,8\n3,2025-03-03,W-3,Duct work,8\n"
    )
    lines = Names(
        known=(
            Meaning(value="A-1", called=("1 Mobilization", "1", "Mobilization", "A-1")),
            Meaning(value="A-2", called=("2 Ductwork", "2", "Ductwork", "A-2")),
        )
    )
    known = KnownThings(sov_lines={"A-1": 0, "A-2": 0}, names={Named.sov_line: lines})
    answers = {"unknown_workers": "keep"}
    read = analyse(Kind.labour_log, "log.csv", said.encode(), known, answers)
    assert [entry.line for entry in read.entries] == ["A-2", "A-2"]  # type: ignore[attr-defined]
    (asked,) = read.open_decisions
    assert (asked.key, asked.proposal) == ("match:sov_line:Duct work", "is:A-2")
    assert {"refuse", "ignore", "is:A-1"} <= {choice.value for choice in asked.choices}
    assert "new" not in {choice.value for choice in asked.choices}


CODES = Names(
    known=(
        Meaning(value="A-1", called=("1 Ducts", "1", "Ducts", "A-1")),
        Meaning(value="A-2", called=("2 Structural steel", "2", "Structural steel", "A-2")),
    )
)
WITH_CODES = KnownThings(
    sov_lines={"A-1": 0, "A-2": 0},
    sov_items=frozenset({"1", "2"}),
    numbers_of_lines={"A-1": "1", "A-2": "2"},
    lines_for_costs=(("1", "Ducts"), ("2", "Structural steel")),
    orders={},
    names={Named.cost_code: CODES},
)


def test_codes_of_orders_are_asked_and_an_order_waits_as_a_whole() -> None:
    said = b"""PO number,Item number,Vendor,Date,Description,Amount,Cost type,Cost code
P-1,10,Supply,2025-03-03,Beams,100.00,material,Structural steels
P-1,20,Supply,2025-03-03,Bolts,50.00,material,2
P-2,10,Supply,2025-03-04,Ducts,70.00,material,DUCTS
"""
    read = analyse(Kind.purchase_orders, "po.csv", said, WITH_CODES)
    (asked,) = read.open_decisions
    assert (asked.key, asked.proposal) == ("match:cost_code:Structural steels", "is:A-2")
    assert (read.rows_read, len(read.entries), read.waiting) == (3, 1, 2)
    key = asked.key
    taken = analyse(Kind.purchase_orders, "po.csv", said, WITH_CODES, {key: "is:A-2"})
    assert [entry.line for entry in taken.entries] == ["A-2", "A-2", "A-1"]  # type: ignore[attr-defined]
    refused = analyse(Kind.purchase_orders, "po.csv", said, WITH_CODES, {key: "refuse"})
    assert (len(refused.entries), refused.refused, refused.waiting) == (1, 2, 0)
    left_out = analyse(Kind.purchase_orders, "po.csv", said, WITH_CODES, {key: "ignore"})
    assert (len(left_out.entries), left_out.refused, left_out.ignored) == (1, 1, 1)
    identities = {entry.content_key for entry in taken.entries}
    alias = KnownThings(
        **{
            **dict(WITH_CODES),
            "names": {Named.cost_code: Names(known=CODES.known, aliases={"structural steels": "A-2"})},
        }
    )
    again = analyse(Kind.purchase_orders, "po.csv", said, alias)
    assert ({entry.content_key for entry in again.entries}, again.open_decisions) == (identities, ())


def test_codes_of_expenses_are_asked_row_by_row() -> None:
    said = b"""Date,Employee,Merchant,Category,Amount,Cost code
2025-03-03,Ann,Hotel,Travel,100.00,09 Travel
2025-03-04,Ann,Hotel,Travel,50.00,Structural steel
"""
    read = analyse(Kind.expenses, "e.csv", said, WITH_CODES)
    assert [one.key for one in read.open_decisions] == ["match:cost_code:09 Travel"]
    assert [entry.item_no for entry in read.entries] == ["2"]  # type: ignore[attr-defined]
    answers = {"match:cost_code:09 Travel": "is:A-1"}
    taken = analyse(Kind.expenses, "e.csv", said, WITH_CODES, answers)
    assert [entry.item_no for entry in taken.entries] == ["1", "2"]  # type: ignore[attr-defined]
    assert not taken.open_decisions


def test_names_of_the_samples_are_never_taken_for_one_another() -> None:
    """Every person of a sample, when all others are known: asked, with nobody suggested as sure."""
    people = {
        str(entry.person)  # type: ignore[attr-defined]
        for entry in analyse(
            Kind.timesheet, "harvest.csv", sample(Kind.timesheet), KnownThings(), {"projects": "all"}
        ).entries
    }
    assert len(people) > 2
    for one in people:
        found = match(one, named(*sorted(people - {one})))
        assert (found.how, [two.in_words for two in found.suggestions]) == ("open", [])


MANY = b"""Date,Person,Hours,Project,Notes
2025-03-03,Ann,8,Lot 9 Data Hall,a
2025-03-04,Ann,4,City hall,b
2025-03-05,Ann,2,Internal,c
2025-03-06,Ann,1,,d
2025-03-07,Ann,8,Lot 9 Data Hall,e
"""


def test_a_file_for_many_contracts_is_taken_apart_by_project() -> None:
    contracts = Names(
        known=(
            Meaning(value="id-1", called=("24-022 Data hall", "24-022", "Data hall")),
            Meaning(value="id-2", called=("24-104 City Hall HVAC", "24-104", "City Hall HVAC")),
        ),
        aliases={"lot 9 data hall": "id-1"},
    )
    apart = Apart()
    read = analyse(Kind.timesheet, "all.csv", MANY, KnownThings(), apart=apart)
    assert not read.decisions
    assert (read.rows_read, read.ignored, read.totals_read.hours) == (5, 5, "23.00")
    parts = apart.parts(RULES[Kind.timesheet], contracts)
    assert [(one.project, one.rows, one.hours, one.how, one.contract) for one in parts] == [
        ("Lot 9 Data Hall", 2, "16.00", "alias", "id-1"),
        ("City hall", 1, "4.00", "open", None),
        ("Internal", 1, "2.00", "open", None),
        (WITHOUT, 1, "1.00", "open", None),
    ]
    assert [(one.contract, one.in_words) for one in parts[1].offers] == [("id-2", "very like")]

    # The part of a contract is the rows of its projects, without a question.
    for projects, rows in ((["City hall", "Internal"], 2), ([WITHOUT], 1), (["Lot 9 Data Hall"], 2)):
        part = analyse(Kind.timesheet, "all.csv", MANY, KnownThings(), {PART: json.dumps(projects)})
        assert (len(part.entries), part.ignored, part.decisions) == (rows, 5 - rows, ())
