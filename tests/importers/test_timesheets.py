"""Timesheets: figures of the sample files, whose rows they are, identity without ids, rates."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.contract import HourRounding
from contracts_app.domain.time.rate_card import RateRow
from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings, Pricing
from importers.problems import Problem, Severity
from tests.importers.conftest import DATA, as_proposed, stored
from tests.importers.workbooks import from_rows, rows_of, to_csv

HARVEST = (DATA / "harvest_detailed_us.csv").read_bytes()
TOGGL = (DATA / "toggl_detailed_usd.csv").read_bytes()
NEW = KnownThings(contract_external_id="TM-1")
Row = list[str]


def given_answers(data: bytes, known: KnownThings = NEW, **answers: str) -> Analysis:
    return analyse(Kind.timesheet, "sheet.csv", data, known, answers)


def as_read(analysis: Analysis) -> list[TimesheetEntry]:
    entries = [e for e in analysis.entries if isinstance(e, TimesheetEntry)]
    assert len(entries) == len(analysis.entries)
    return entries


def outcome(analysis: Analysis) -> tuple[int, int, int, int, int, int]:
    """New, known, repeats, refused, waiting, ignored; together the rows read."""
    said = (
        len(analysis.entries),
        analysis.known,
        analysis.repeats,
        analysis.refused,
        analysis.waiting,
        analysis.ignored,
    )
    assert sum(said) == analysis.rows_read
    return said


def said(analysis: Analysis, code: str) -> Problem:
    (problem,) = [p for p in analysis.problems if p.code == code]
    return problem


def at(rate: str, **rounding: int) -> KnownThings:
    row = RateRow(rate=Decimal(rate), effective_from=date(2025, 1, 1))
    pricing = Pricing(rates=(row,), rounding=HourRounding.model_validate(rounding))
    return NEW.model_copy(update={"pricing": pricing})


def plain(*rows: Row) -> bytes:
    return to_csv([["Date", "Person", "Hours", "Project", "Task", "Notes"], *rows])


# --- the sample files --------------------------------------------------------------------------------------


def test_harvest_gives_the_published_figures() -> None:
    analysis = as_proposed(Kind.timesheet, HARVEST, NEW)
    assert (analysis.totals_read.rows, analysis.totals_read.hours) == (23, "59.75")
    assert analysis.totals_read.amount == "7531.25"
    assert outcome(analysis) == (11, 0, 0, 0, 0, 12)
    to_bill = [e for e in as_read(analysis) if e.to_bill]
    assert (len(to_bill), sum(e.seconds for e in to_bill)) == (9, 20 * 3600)
    assert sum(e.file_amount or 0 for e in to_bill) == Decimal("2830.00")
    assert {e.project for e in to_bill} == {"Lot 9 Data Hall"}
    elsewhere = [(e.worked_on, e.file_amount) for e in as_read(analysis) if e.billed_elsewhere]
    assert elsewhere == [(date(2025, 3, 12), Decimal(1480)), (date(2025, 3, 20), Decimal("138.75"))]


def test_a_harvest_row_in_full() -> None:
    first = as_read(as_proposed(Kind.timesheet, HARVEST, NEW))[0]
    assert (first.worked_on, first.person, first.role) == (
        date(2025, 3, 6),
        "Sample Consultant A",
        "Engineer",
    )
    assert (first.task, first.client, first.description) == ("RFI review", "Sample Client 01", "")
    assert (first.seconds, first.billable, first.billed_elsewhere) == (3600, True, False)
    assert (first.approved_in_source, first.file_rate, first.file_currency) == (True, Decimal(165), "USD")
    assert first.source.cells["last_name"] == ("L3", "Consultant A")


def test_toggl_gives_the_published_figures() -> None:
    analysis = as_proposed(Kind.timesheet, TOGGL, at("300.00"))
    assert outcome(analysis) == (36, 0, 0, 0, 0, 13)
    to_bill = [e for e in as_read(analysis) if e.to_bill]
    assert len(to_bill) == 35
    assert (to_bill[0].seconds, to_bill[0].started) == (4151, "10:41:56")
    assert analysis.totals_kept.amount == "9135.59"
    differs = said(analysis, "amount_differs")
    assert differs.severity is Severity.information
    assert (differs.found, differs.rows) == ("9,135.59 USD in the file", 35)
    assert differs.expected == "9,135.65 USD at the contract's rates"
    assert "0.06 USD more" in differs.mend


def test_two_decimal_hours_give_another_price() -> None:
    analysis = as_proposed(Kind.timesheet, TOGGL, at("300.00", unit_seconds=36))
    assert said(analysis, "amount_differs").expected == "9,132.00 USD at the contract's rates"


def test_work_after_midnight_belongs_to_the_day_it_began() -> None:
    analysis = given_answers(TOGGL, projects="Operations")
    late = [(e.started, e.seconds) for e in as_read(analysis) if e.worked_on == date(2025, 4, 8)][-1]
    assert late == ("23:56:06", 4815)


# --- whose rows they are -----------------------------------------------------------------------------------


def test_the_projects_are_asked_about_once_and_rows_wait_until_then() -> None:
    analysis = given_answers(HARVEST)
    assert outcome(analysis) == (0, 0, 0, 0, 23, 0)
    (decision,) = analysis.decisions
    assert (decision.key, decision.proposal, decision.rows) == ("projects", "Lot 9 Data Hall", 23)
    assert [c.value for c in decision.choices] == [
        "Lot 9 Data Hall",
        "Harbour Bridge Rehab",
        "City Hall HVAC",
        "Internal",
        "all",
    ]
    assert decision.choices[0].means == "Lot 9 Data Hall: 11 rows, 28.75 h."


def test_other_projects_are_ignored_with_their_reason() -> None:
    analysis = given_answers(HARVEST, projects="Lot 9 Data Hall")
    reasons = [(p.found, p.rows, p.row, p.severity) for p in analysis.problems if p.code == "other_project"]
    assert reasons == [
        ("Harbour Bridge Rehab: 6 rows, 21.50 h", 6, 2, Severity.information),
        ("Internal: 5 rows, 8.25 h", 5, 4, Severity.information),
        ("City Hall HVAC: 1 row, 1.25 h", 1, 22, Severity.information),
    ]


def test_all_projects_can_be_taken() -> None:
    analysis = given_answers(HARVEST, projects="all")
    assert outcome(analysis) == (23, 0, 0, 0, 0, 0)
    assert analysis.totals_kept.amount == "7531.25"


@pytest.mark.parametrize(
    "known",
    [
        NEW.model_copy(update={"project_names": frozenset({"Lot 9  Data Hall", "Another"})}),
        KnownThings(contract_external_id="Lot 9 Data Hall"),
    ],
)
def test_a_known_project_needs_no_question(known: KnownThings) -> None:
    analysis = given_answers(HARVEST, known)
    assert analysis.decisions == ()
    assert outcome(analysis) == (11, 0, 0, 0, 0, 12)


def test_an_answer_stands_before_what_earlier_imports_were_given() -> None:
    known = NEW.model_copy(update={"project_names": frozenset({"Internal"})})
    analysis = given_answers(HARVEST, known, projects="City Hall HVAC")
    assert [e.project for e in as_read(analysis)] == ["City Hall HVAC"]


def test_a_project_called_all_is_not_all_projects() -> None:
    data = plain(["2025-03-03", "P", "1", "all", "", ""], ["2025-03-04", "P", "2", "Other", "", ""])
    assert outcome(given_answers(data, projects="all")) == (1, 0, 0, 0, 0, 1)
    assert outcome(given_answers(data, projects="all projects")) == (2, 0, 0, 0, 0, 0)


def test_rows_without_any_project_belong_to_the_contract() -> None:
    data = to_csv([["Date", "Name", "Hours"], ["2025-03-03", "Consultant, Sample", "7:30"]])
    (entry,) = as_read(given_answers(data))
    assert (entry.person, entry.seconds, entry.project) == ("Consultant, Sample", 27000, None)
    assert (entry.billable, entry.billed_elsewhere, entry.approved_in_source) == (True, False, None)


def test_a_hundred_projects_are_a_wrong_column() -> None:
    rows = [["2025-03-03", "P", "0.1", f"Project {n}", "", ""] for n in range(100)]
    analysis = given_answers(plain(*rows))
    assert analysis.is_refused
    assert said(analysis, "too_many_projects").found == "100 projects"


# --- columns and cells -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        ["Work date", "Employee", "Hours", "Job", "Activity", "Comments"],
        ["day", "TEAM MEMBER", "duration (h)", "project_name", "Service item", "Memo"],
        ["Start Date", "User", "Time (h)", "Project", "Task", "Description"],
    ],
)
def test_plain_timesheets_under_many_names(header: Row) -> None:
    data = to_csv([header, ["2025-03-03", "Sample Person", "1:30:30", "Site", "Survey", "North side"]])
    (entry,) = as_read(given_answers(data, projects="Site"))
    assert (entry.person, entry.seconds, entry.task, entry.description) == (
        "Sample Person",
        5430,
        "Survey",
        "North side",
    )


def test_the_exact_duration_is_preferred_to_decimal_hours() -> None:
    header = ["Date", "User", "Duration (decimal)", "Duration (h)"]
    (entry,) = as_read(given_answers(to_csv([header, ["2025-03-03", "P", "1.00", "01:00:01"]])))
    assert entry.seconds == 3601


@pytest.mark.parametrize(
    ("written", "means"),
    [("9:05 AM", "09:05:00"), ("12:30 pm", "12:30:00"), ("12:30 a.m.", "00:30:00"), ("17:45", "17:45:00")],
)
def test_start_times(written: str, means: str) -> None:
    data = to_csv([["Date", "User", "Hours", "Start time"], ["2025-03-03", "P", "1", written]])
    assert as_read(given_answers(data))[0].started == means


def test_an_empty_billable_cell_is_a_problem_and_not_a_guess() -> None:
    data = to_csv(
        [["Date", "User", "Hours", "Billable"], ["2025-03-03", "P", "1", ""], ["2025-03-03", "P", "2", "x"]]
    )
    analysis = given_answers(data)
    assert outcome(analysis) == (1, 0, 0, 1, 0, 0)
    assert (said(analysis, "value_missing").column, said(analysis, "value_missing").row) == ("D", 2)


def test_three_bad_rows_give_three_problems_at_their_place_and_the_others_stay_usable() -> None:
    rows = rows_of(HARVEST)
    rows[2][0] = "02/30/2025"
    rows[6][6] = "-0.25"
    rows[9][10] = rows[9][11] = ""
    analysis = given_answers(to_csv(rows), projects="Lot 9 Data Hall")
    blocking = [p for p in analysis.problems if p.severity is Severity.blocks_row]
    assert [(p.sheet, p.row, p.column, p.code, p.found) for p in blocking] == [
        ("sheet", 3, "A", "no_such_date", "02/30/2025"),
        ("sheet", 7, "G", "negative_hours", "-0.25"),
        ("sheet", 10, None, "value_missing", "an empty cell"),
    ]
    assert outcome(analysis) == (8, 0, 0, 3, 0, 12)


def test_more_than_a_day_is_asked_about() -> None:
    data = plain(
        *(["2025-03-03", "P", "13", "", task, ""] for task in "ab"), ["2025-03-04", "P", "24.5", "", "", ""]
    )
    analysis = given_answers(data)
    assert [(d.key, d.rows, d.proposal) for d in analysis.decisions] == [("day_over_24_hours", 2, "refuse")]
    assert outcome(analysis) == (0, 0, 0, 1, 2, 0)
    assert outcome(given_answers(data, day_over_24_hours="keep")) == (2, 0, 0, 1, 0, 0)


def test_work_of_days_to_come_is_refused_row_by_row() -> None:
    rows = [["2025-03-03", "P", "8", "", "", ""], ["2025-03-04", "P", "8", "", "", ""]]
    analysis = given_answers(plain(*rows), NEW.model_copy(update={"today": date(2025, 3, 3)}))
    assert outcome(analysis) == (1, 0, 0, 1, 0, 0)
    problem = said(analysis, "work_in_future")
    assert (problem.severity, problem.row, problem.expected) == (
        Severity.blocks_row, 3, "a day not after 2025-03-03"
    )  # fmt: skip


def test_work_before_the_contract_is_asked_about() -> None:
    rows = [["2025-03-03", "P", "8", "", "", ""], ["2025-03-04", "P", "8", "", "", ""]]
    known = NEW.model_copy(update={"contract_date": date(2025, 3, 4)})
    analysis = given_answers(plain(*rows), known)
    assert [(d.key, d.rows, d.proposal) for d in analysis.decisions] == [("before_contract", 1, "refuse")]
    assert outcome(analysis) == (1, 0, 0, 0, 1, 0)
    assert outcome(given_answers(plain(*rows), known, before_contract="keep")) == (2, 0, 0, 0, 0, 0)
    assert outcome(given_answers(plain(*rows), known, before_contract="refuse")) == (1, 0, 0, 1, 0, 0)


# --- identity ----------------------------------------------------------------------------------------------

RENAMED = {
    "Date": "Work date", "Project": "Job", "Task": "Activity", "Notes": "Comments", "Hours": "Time (h)",
    "Billable?": "Chargeable", "Invoiced?": "Billed", "Approved?": "Approval", "Roles": "Job title",
    "First Name": "Given name", "Last Name": "Surname", "Billable Rate": "Rate", "Billable Amount": "Amount",
    "User": "Employee", "Description": "Memo", "Start date": "Day", "Start time": "From", "Duration": "Hours",
    "Billable": "Is billable", "Amount (USD)": "Billable amount (USD)",
}  # fmt: skip


def shuffled(rows: list[Row]) -> bytes:
    body = rows[1:]
    random.Random(7).shuffle(body)
    return to_csv([rows[0], *body])


def renamed(rows: list[Row]) -> bytes:
    return to_csv([[RENAMED.get(h, h) for h in rows[0]], *rows[1:]])


def typed(rows: list[Row]) -> bytes:
    """A workbook with dates, times, durations and numbers as a spreadsheet program types them."""

    def cell(header: str, text: str) -> object:
        if header in {"Date", "Start date"}:
            month, day, year = text.split("/") if "/" in text else (text[5:7], text[8:], text[:4])
            return date(int(year), int(month), int(day))
        if header == "Start time":
            return time.fromisoformat(text)
        if header == "Duration":
            hours, minutes, seconds = (int(part) for part in text.split(":"))
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return float(text) if header in {"Hours", "Billable Rate", "Amount (USD)"} and text else text

    return from_rows(
        [rows[0], *([cell(h, c) for h, c in zip(rows[0], row, strict=True)] for row in rows[1:])]
    )


@pytest.mark.parametrize("data", [HARVEST, TOGGL], ids=["harvest", "toggl"])
@pytest.mark.parametrize("variant", [to_csv, shuffled, renamed, from_rows, typed])
def test_the_same_rows_again_are_known(data: bytes, variant: Callable[[list[Row]], bytes]) -> None:
    first = as_proposed(Kind.timesheet, data, NEW)
    again = analyse(Kind.timesheet, "again", variant(rows_of(data)), stored(NEW, first))
    assert outcome(again) == (0, len(first.entries), 0, 0, 0, first.ignored)
    assert again.decisions == ()


def test_of_an_overlapping_export_only_what_is_new_comes_in() -> None:
    rows = rows_of(TOGGL)
    first = as_proposed(Kind.timesheet, to_csv(rows[:20]), NEW)
    second = as_proposed(Kind.timesheet, to_csv([rows[0], *rows[10:]]), stored(NEW, first))
    whole = as_proposed(Kind.timesheet, TOGGL, NEW)
    assert second.known > 0
    assert len(first.entries) + len(second.entries) == len(whole.entries)
    both = {e.external_id for e in (*first.entries, *second.entries)}
    assert both == {e.external_id for e in whole.entries}


TWICE = ["2025-03-03", "Sample Person", "0.25", "", "Call", ""]


def test_exact_repeats_are_kept_unless_decided_otherwise() -> None:
    asked = given_answers(plain(TWICE, TWICE, TWICE))
    assert [(d.key, d.proposal, d.rows) for d in asked.decisions] == [("repeats", "keep", 2)]
    assert outcome(asked) == (1, 0, 0, 0, 2, 0)
    kept = given_answers(plain(TWICE, TWICE, TWICE), repeats="keep")
    assert [e.external_id[-2:] for e in kept.entries] == ["#1", "#2", "#3"]
    assert len({e.external_id[:-2] for e in kept.entries}) == 1
    assert outcome(given_answers(plain(TWICE, TWICE, TWICE), repeats="drop")) == (1, 0, 2, 0, 0, 0)


def test_kept_repeats_are_known_again_and_one_more_is_asked_about() -> None:
    known = stored(NEW, given_answers(plain(TWICE, TWICE), repeats="keep"))
    again = given_answers(plain(TWICE, TWICE), known)
    assert (outcome(again), again.decisions) == ((0, 2, 0, 0, 0, 0), ())
    more = given_answers(plain(TWICE, TWICE, TWICE), known, repeats="keep")
    assert [e.external_id[-2:] for e in more.entries] == ["#3"]
    assert more.known == 2


def test_a_mark_of_approval_or_another_rate_changes_nothing() -> None:
    first = as_proposed(Kind.timesheet, HARVEST, NEW)
    data = HARVEST.replace(b",Yes,No,No,Sample", b",Yes,No,Yes,Sample").replace(
        b"165.0,165.0", b"170.0,170.0"
    )
    again = given_answers(data, stored(NEW, first))
    assert data != HARVEST
    assert outcome(again) == (0, 11, 0, 0, 0, 12)


def test_what_the_source_invoiced_meanwhile_corrects_what_came_in_before_or_is_left_out() -> None:
    first = as_proposed(Kind.timesheet, HARVEST, NEW)
    known = stored(NEW, first)
    rows = rows_of(HARVEST)
    rows[2][8] = "Yes"
    asked = given_answers(to_csv(rows), known)
    assert outcome(asked) == (0, 10, 0, 0, 1, 12)
    changed = said(asked, "changed_since_import")
    assert (changed.row, changed.found) == (3, "billed elsewhere no → yes")
    kept = given_answers(to_csv(rows), known, changed_rows="keep")
    assert outcome(kept) == (0, 10, 0, 0, 0, 13)
    assert kept.reasons["changed since, kept as imported"] == 1
    correct = given_answers(to_csv(rows), known, changed_rows="correct")
    assert outcome(correct) == (1, 10, 0, 0, 0, 12)
    (entry,) = correct.entries
    was = str(entry.corrects)
    assert (was in known.imported, was[-2:], entry.external_id) == (True, "#1", f"{was[:-1]}2")


def test_a_whole_file_is_billed_elsewhere_only_where_a_person_says_so() -> None:
    rows: list[Row] = [["2025-03-03", "Ann", "2", "Lot 9", "Design", "a"]]
    rows.append(["2025-03-04", "Ann", "3", "Lot 9", "Design", "b"])
    known = at("300.00").model_copy(update={"project_names": frozenset({"Lot 9"})})

    def settled(analysis: Analysis) -> tuple[str | None, str]:
        return next((one.value, one.how) for one in analysis.settled if one.key == "billed_elsewhere")

    unsaid = given_answers(plain(*rows), known)
    every = given_answers(plain(*rows), known, billed_elsewhere="all")
    assert (settled(unsaid), settled(every)) == (("none", "found"), ("all", "given"))
    assert [e.to_bill for e in as_read(unsaid)] == [True, True]
    assert [(e.to_bill, e.billed_elsewhere) for e in as_read(every)] == [(False, False)] * 2
    assert [e.content_key for e in every.entries] == [e.content_key for e in unsaid.entries]
    for answers in ({}, {"billed_elsewhere": "all"}, {"billed_elsewhere": "none"}):
        assert outcome(given_answers(plain(*rows), stored(known, every), **answers)) == (0, 2, 0, 0, 0, 0)
    guess = given_answers(plain(*rows), known, billed_elsewhere="perhaps")
    assert (settled(guess), [e.to_bill for e in as_read(guess)]) == (("none", "found"), [True, True])


def test_marks_of_a_file_hold_until_a_person_says_otherwise() -> None:
    marked = as_proposed(Kind.timesheet, HARVEST, NEW)
    answers = {d.key: str(d.decided) for d in marked.decisions}
    assert ("billed_elsewhere", "marked", "found") in [(s.key, s.value, s.how) for s in marked.settled]
    for said, to_bill in (("marked", 9), ("all", 0), ("none", 11)):
        read = given_answers(HARVEST, NEW, **answers, billed_elsewhere=said)
        assert [e.content_key for e in read.entries] == [e.content_key for e in marked.entries]
        assert sum(e.to_bill for e in as_read(read)) == to_bill


def test_a_correction_is_known_again_and_changing_back_is_asked_about_again() -> None:
    first = as_proposed(Kind.timesheet, HARVEST, NEW)
    known = stored(NEW, first)
    rows = rows_of(HARVEST)
    rows[2][8] = "Yes"
    corrected = given_answers(to_csv(rows), known, changed_rows="correct")
    later = stored(known, corrected).model_copy(update={"given_up": {corrected.entries[0].corrects}})
    assert outcome(given_answers(to_csv(rows), later)) == (0, 11, 0, 0, 0, 12)
    back = given_answers(HARVEST, later, changed_rows="correct")
    assert [(e.corrects, e.external_id[-2:]) for e in back.entries] == [
        (corrected.entries[0].external_id, "#3")
    ]


def test_an_entry_that_stands_in_parts_is_corrected_by_hand_only() -> None:
    known = stored(NEW, as_proposed(Kind.timesheet, HARVEST, NEW))
    rows = rows_of(HARVEST)
    rows[2][8] = "Yes"
    was = given_answers(to_csv(rows), known, changed_rows="correct").entries[0].corrects
    parted = known.model_copy(update={"fixed": frozenset({was})})
    again = given_answers(to_csv(rows), parted)
    assert (outcome(again), again.decisions) == ((0, 10, 0, 1, 0, 12), ())


def test_a_renamed_project_makes_no_second_entries() -> None:
    first = as_proposed(Kind.timesheet, HARVEST, NEW)
    data = HARVEST.replace(b"Lot 9 Data Hall", b"Lot 9, phase 1").replace(
        b",Lot 9, phase 1,", b',"Lot 9, phase 1",'
    )
    again = given_answers(data, stored(NEW, first), projects="Lot 9, phase 1")
    assert outcome(again) == (0, 0, 0, 0, 11, 12)
    assert [decision.rows for decision in again.open_decisions] == [11]


@pytest.mark.parametrize(("column", "said_now"), [(5, "Review of documents"), (11, "07:15:00")])
def test_an_entry_that_was_edited_is_asked_about(column: int, said_now: str) -> None:
    rows = rows_of(TOGGL)
    first = as_proposed(Kind.timesheet, TOGGL, NEW)
    known = stored(NEW, first)
    assert rows[1][column] != said_now
    rows[1][column] = said_now
    asked = given_answers(to_csv(rows), known)
    assert [(d.key, d.proposal, d.rows) for d in asked.decisions] == [("looks_edited", "correct", 1)]
    assert outcome(asked) == (0, 35, 0, 0, 1, 13)
    assert outcome(given_answers(to_csv(rows), known, looks_edited="edited")) == (0, 35, 0, 0, 0, 14)
    other = given_answers(to_csv(rows), known, looks_edited="other_work")
    assert (outcome(other), other.entries[0].corrects) == ((1, 35, 0, 0, 0, 13), None)
    correct = given_answers(to_csv(rows), known, looks_edited="correct")
    assert outcome(correct) == (1, 35, 0, 0, 0, 13)
    assert correct.entries[0].corrects == first.entries[0].external_id
    later = stored(known, correct).model_copy(update={"given_up": {first.entries[0].external_id}})
    assert outcome(given_answers(to_csv(rows), later)) == (0, 36, 0, 0, 0, 13)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2025-03-03", "2025-03-04"]),
        st.sampled_from(["Person A", "Person B"]),
        st.sampled_from(["0.25", "1:00"]),
        st.sampled_from(["Call", "Review"]),
        st.sampled_from(["Yes", "No"]),
    ),
    min_size=1,
    max_size=24,
)


def sheet(rows: Sequence[Sequence[str]]) -> bytes:
    return to_csv([["Date", "User", "Hours", "Task", "Invoiced"], *(list(row) for row in rows)])


def all_kept(rows: Sequence[Sequence[str]], known: KnownThings = NEW) -> Analysis:
    return given_answers(sheet(rows), known, repeats="keep", day_over_24_hours="keep")


def ids(analysis: Analysis) -> Mapping[str, str]:
    return {e.external_id: e.content_key for e in analysis.entries}


@given(rows=ROWS, data=st.data())
@settings(max_examples=150, deadline=None)
def test_rows_have_the_same_identities_whatever_their_order_and_none_comes_in_twice(
    rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    whole = all_kept(rows)
    assert len(ids(whole)) == len(rows)
    assert ids(all_kept(data.draw(st.permutations(rows)))) == ids(whole)
    first = all_kept(rows[: data.draw(st.integers(0, len(rows)))] or rows)
    rest = all_kept(data.draw(st.permutations(rows)), stored(NEW, first))
    assert (rest.known, rest.refused, rest.waiting) == (len(first.entries), 0, 0)
    assert len(rest.entries) == len(rows) - len(first.entries)
    numbers = Counter(e.external_id.rpartition("#")[0] for e in (*first.entries, *rest.entries))
    assert {f"{base}#{n}" for base, most in numbers.items() for n in range(1, most + 1)} == {
        e.external_id for e in (*first.entries, *rest.entries)
    }


# --- the contract's rates ----------------------------------------------------------------------------------


def test_rates_that_differ_and_rates_that_are_missing_are_reported() -> None:
    rates = [
        RateRow(person="Sample Consultant A", rate=Decimal("165.00"), effective_from=date(2025, 3, 10)),
        RateRow(role="Engineer", rate=Decimal("140.00"), effective_from=date(2025, 3, 10)),
    ]
    known = NEW.model_copy(update={"pricing": Pricing(rates=tuple(rates))})
    analysis = given_answers(HARVEST, known, projects="Lot 9 Data Hall")
    missing = said(analysis, "no_rate")
    assert (missing.severity, missing.rows, missing.row) == (Severity.information, 1, 3)
    assert missing.found == "Sample Consultant A"
    differs = said(analysis, "rate_differs")
    assert (differs.rows, differs.found) == (5, "95 for Sample Consultant C")
    assert len(analysis.entries) == 11


def test_equal_rates_and_amounts_say_nothing() -> None:
    data = HARVEST.replace(b"165.0,", b"300.0,")
    analysis = given_answers(data, at("300.00"), projects="City Hall HVAC")
    assert {p.code for p in analysis.problems} == {
        "columns_ignored", "projects_open", "other_project", "amount_differs"
    }  # fmt: skip
    exact = given_answers(data.replace(b"206.25", b"375.00"), at("300.00"), projects="City Hall HVAC")
    assert "amount_differs" not in {p.code for p in exact.problems}


@pytest.mark.parametrize(
    "data",
    [TOGGL.replace(b"(USD)", b"(EUR)"), HARVEST.replace(b"United States Dollar - USD", b"Euro - EUR")],
)
def test_rows_in_another_currency_are_asked_about_and_not_compared(data: bytes) -> None:
    first = given_answers(data, at("300.00"))
    project = {"projects": next(d.proposal for d in first.decisions if d.key == "projects")}
    asked = given_answers(data, at("300.00"), **project)
    (decision,) = asked.open_decisions
    assert (decision.key, decision.proposal) == ("other_currency", "refuse")
    assert "in EUR, and the contract is in USD" in decision.question
    assert decision.rows == asked.waiting > 0
    refused = given_answers(data, at("300.00"), other_currency="refuse", **project)
    assert refused.refused - asked.refused == decision.rows
    analysis = given_answers(data, at("300.00"), other_currency="keep", **project)
    assert len(analysis.entries) - len(asked.entries) == decision.rows
    assert not {"amount_differs", "rate_differs"} & {p.code for p in analysis.problems}


def test_without_a_rate_card_nothing_is_compared() -> None:
    analysis = as_proposed(Kind.timesheet, TOGGL, NEW)
    assert {p.code for p in analysis.problems} == {"columns_ignored", "projects_open", "other_project"}
