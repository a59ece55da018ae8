"""Files of known sources are recognised by their headers; others are asked about, and their rows counted."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from typer.testing import CliRunner

from contracts_app.cli import application
from contracts_app.commands_line.outcome import Exit
from contracts_app.domain.commands.mapping_commands import SaveMapping
from importers.analysis import analyse
from importers.entries import Kind
from importers.known import KnownThings
from importers.mapping import Mapped, columns_of_file, header_meant, profile_of_mapping
from importers.profiles.model import Ignored, Layout, Profile
from importers.reading import read
from importers.report import Report, dry_run
from tests.importers.conftest import DATA
from tests.importers.workbooks import from_sheets

QUICKBOOKS = (
    b"username,fname,lname,local_date,hours,jobcode_1,jobcode_2,billable\n"
    b"a@example.com,Sample,One,2025-03-04,1.25,Client,Job,Yes\n"
    b"a@example.com,Sample,One,2025-03-04,0.5,Lunch Break,,No\n"
    b"b@example.com,Sample,Two,2025-03-05,2,Client,Job,Yes\n"
)


def adds_up(report: Report) -> bool:
    parts = report.imported + report.skipped_known + report.refused + report.ignored
    return report.rows_read == parts and sum(report.reasons.values()) == report.ignored


def test_a_source_is_recognised_and_its_breaks_are_no_work() -> None:
    report = dry_run("time.csv", QUICKBOOKS)
    assert (report.kind, report.profile) == ("timesheet", "quickbooks-time")
    assert (report.rows_read, report.imported, report.ignored) == (3, 2, 1)
    assert report.reasons == {"break": 1}
    assert report.totals.hours == "3.2500"  # 1.25 + 2; the break's half hour is none
    assert adds_up(report)


def test_hours_with_three_places_are_hours_where_the_source_always_writes_them() -> None:
    """8.000 could be eight thousand elsewhere; a file of whole hours is not asked about."""
    report = dry_run("time.csv", QUICKBOOKS.replace(b"1.25", b"8.000").replace(b",2,", b",2.000,"))
    assert report.totals.hours == "10.0000"
    assert report.decisions["decimal_mark"].how == "profile"


@pytest.mark.parametrize(
    ("header", "row", "profile"),
    [
        (
            "Project,Description,User,Start Date,Duration (h)",
            "P,d,Ann,2025-03-14,01:30:00",
            "clockify-detailed-clock",
        ),
        (
            "Project,Description,User,Start Date,Duration (decimal)",
            "P,d,Ann,2025-03-14,1.50",
            "clockify-detailed-decimal",
        ),
        (
            "Project,Description,User,Start Date,Duration (h),Duration (decimal)",
            "P,d,Ann,2025-03-14,01:30:00,1.50",
            "clockify-detailed",
        ),
        (
            "Date,Client,Project,Task,Notes,Hours,First Name,Last Name",
            "2025-03-14,C,P,T,n,1.50,Ann,Lee",
            "harvest-detailed",
        ),
    ],
)
def test_a_source_with_columns_switched_off_is_still_recognised(header: str, row: str, profile: str) -> None:
    report = dry_run("export.csv", f"{header}\n{row}\n".encode())
    assert (report.profile, report.totals.hours) == (profile, "1.5000")


def test_without_a_person_it_asks_who_worked_and_counts_the_hours() -> None:
    data = b"Date,Time (h)\n2025-03-04,01:30:00\n2025-03-05,02:00:00\n"
    asked = dry_run("summary.csv", data)
    assert (asked.outcome, asked.imported, asked.totals.hours) == ("needs_decision", 2, "3.5000")
    assert asked.decisions["value:person"].how == "asked"
    answered = dry_run("summary.csv", data, decisions={"value:person": "Sample Person"})
    assert (answered.outcome, answered.imported, answered.totals.hours) == ("ok", 2, "3.5000")


def test_the_answer_may_name_the_column_that_says_who() -> None:
    data = b"Date,Time (h),Wer\n2025-03-04,01:30:00,Sample One\n2025-03-05,02:00:00,Sample Two\n"
    report = dry_run("summary.csv", data, decisions={"value:person": "Wer"})
    assert report.outcome == "ok"
    assert report.decisions["column:person"].value == "Wer"


def test_a_saved_mapping_of_the_firm_is_recognised_with_its_layout() -> None:
    own = Profile(
        name="ours",
        kind=Kind.timesheet,
        source="Our sheet",
        headers=("Wer", "Wann", "Wieviel"),
        columns={"person": ("Wer",), "worked_on": ("Wann",), "duration": ("Wieviel",)},
        layout=Layout(
            fill_down=("Wer",), ignored=(Ignored(column="Wann", says=("offen",), reason="not worked"),)
        ),
    )
    data = b"Wer;Wann;Wieviel\nSample One;2025-03-04;7,5\n;2025-03-05;8\nSample Two;offen;1\n"
    report = dry_run("ours.csv", data, KnownThings(profiles=(own,)))
    assert (report.outcome, report.profile) == ("ok", "ours")
    assert (report.rows_read, report.imported, report.reasons) == (3, 2, {"not worked": 1})
    assert report.totals.hours == "15.5000"  # 7.5 + 8


COSTPOINT = b"".join(
    b"2025-03-%02d,E1012,%s,CA,2025,3,1,,R,ENG3,D,,%s,,,1.01,5000,24022.001,SE2,,,,,1,,,\r\n" % row
    for row in ((5, b"R", b"1.00"), (10, b"R", b"4.00"), (7, b"C", b"-2.00"))
)


def test_a_file_without_header_is_known_by_its_shape_and_hours_below_zero_correct() -> None:
    report = dry_run("costpoint.csv", COSTPOINT)
    assert (report.profile, report.rows_read, report.refused) == ("costpoint-timesheets", 3, 0)
    assert report.totals.hours == "3.0000"  # 1 + 4 - 2


def test_a_table_without_header_asks_for_its_columns_and_counts_its_rows() -> None:
    data = b"2025-03-04,7,1.5\n2025-03-05,7,2\n2025-03-06,9,8\n"
    asked = dry_run("plain.csv", data, kind=Kind.timesheet)
    assert (asked.outcome, asked.rows_read, asked.imported) == ("needs_decision", 3, 3)
    answers = {"column:worked_on": "Column A", "column:person": "Column B", "column:duration": "Column C"}
    report = dry_run("plain.csv", data, decisions=answers, kind=Kind.timesheet)
    assert (report.outcome, report.totals.hours) == ("ok", "11.5000")  # 1.5 + 2 + 8


def test_hours_and_overtime_of_a_row_are_entries_of_their_own_and_one_row() -> None:
    data = b"Employee,TransDate,WBS1,RegHrs,OvtHrs\nE1,3/24/2025,24-017,6,2\nE2,3/25/2025,24-017,2,\n"
    report = dry_run("detail.csv", data, decisions={"projects": "all"})
    assert (report.profile, report.rows_read, report.imported) == ("vantagepoint-detail", 2, 2)
    assert report.totals.hours == "10.0000"  # 6 + 2 and 2


def test_of_two_columns_of_durations_the_exact_one_counts_and_the_report_says_so() -> None:
    data = b"Date,Author,Duration (min),Duration (hours)\n2025-06-06,Sample,2.283333333333333,0.04\n"
    report = dry_run("activity.csv", data)
    assert report.totals.hours == "0.0381"  # 137 s ÷ 3600
    assert "durations_disagree" in {problem.code for problem in report.problems}


def test_expenses_of_two_tools_are_recognised_and_a_refund_is_below_zero() -> None:
    expensify = (
        b"Timestamp,Merchant,Amount,MCC,Category,Tag,Description,Reimbursable,"
        b"Original Currency,Original Amount\n"
        b'2025-03-18 20:00:00,Hotel,"1,219.20",,Lodging,24-017,,yes,USD,"1,219.20"\n'
        b"2025-03-19 20:00:00,Hotel,-19.20,,Lodging,24-017,,yes,EUR,-17.00\n"
    )
    report = dry_run("bulk.csv", expensify, decisions={"value:person": "Sample Person"})
    assert (report.outcome, report.kind, report.profile) == ("ok", "expenses", "expensify")
    assert (report.rows_read, report.totals.amount) == (2, "1200.00")  # 1,219.20 - 19.20
    harvest = b"Date,Client,Project,Category,Cost,First Name,Last Name\n2025-03-10,C,P,Taxi,5.77,Sample,One\n"
    assert dry_run("harvest.csv", harvest).totals.amount == "5.77"


def test_an_unknown_table_asks_its_kind_and_counts_its_rows() -> None:
    report = dry_run("what.csv", b"Colour,Size\nred,1\nblue,2\n")
    assert (report.outcome, report.kind, report.rows_read, report.imported) == ("needs_decision", None, 2, 2)
    assert report.decisions["kind"].how == "asked"


@pytest.mark.parametrize(("words", "status"), [((), Exit.REFUSED), (("--decide", "projects=all"), Exit.DONE)])
def test_the_command_line_reports_one_object(words: tuple[str, ...], status: Exit) -> None:
    file = str(DATA / "toggl_detailed_usd.csv")
    done = CliRunner().invoke(application(), ["import", "auto", file, "--dry-run", "--json", *words])
    report = json.loads(done.stdout)
    assert done.exit_code == status
    assert (report["kind"], report["profile"], report["rows_read"]) == ("timesheet", "toggl-detailed", 49)
    assert report["totals"] == {"hours": "58.7728", "amount": "9135.59"}
    assert report["outcome"] == ("needs_decision" if status else "ok")


def test_a_dry_run_says_which_answers_change_nothing() -> None:
    file = str(DATA / "toggl_detailed_usd.csv")
    words = ["--decide", "projects=all", "--decide", "projcets=all", "--project", "Internal=ignore"]
    done = CliRunner().invoke(application(), ["import", "auto", file, "--dry-run", "--json", *words])
    assert json.loads(done.stdout)["outcome"] == "ok"
    assert "--decide projcets: this file does not ask that here" in done.stderr
    assert "--project counts when the file is imported" in done.stderr
    assert "--decide projects" not in done.stderr


def test_the_command_line_knows_only_known_kinds() -> None:
    file = str(DATA / "toggl_detailed_usd.csv")
    assert CliRunner().invoke(application(), ["import", "nonsense", file]).exit_code == Exit.USAGE


def test_a_mapping_is_recognised_by_the_same_headers_and_no_others() -> None:
    data = b"Wer,Wann,Wieviel,Wieviel\nSample One,2025-03-04,7.5,1\nSample Two,2025-03-05,8,1\n"
    reading = read("ours.csv", data)
    said = Mapped(
        kind=Kind.timesheet,
        header_row="1",
        columns={"person": "Wer", "worked_on": "Wann", "duration": "Wieviel"},
        duration_unit="hours",
    )
    own = KnownThings(profiles=(profile_of_mapping(said, "Our sheet", reading),))
    report = dry_run("next.csv", data, own)
    assert (report.outcome, report.profile, report.totals.hours) == ("ok", "Our sheet", "15.5000")
    assert report.decisions["header_row"].how == "profile"
    more = data.replace(b"Wieviel\n", b"Wieviel,Dazu\n")
    assert dry_run("other.csv", more, own).profile is None


def test_a_mapping_means_headers_and_sheets_exactly_and_asks_for_a_sheet_that_is_missing() -> None:
    rows: list[list[object]] = [["Wer", "Wann", "Wie\nviel"], ["Sample One", "2025-03-04", 7.5]]
    others: list[list[object]] = [["Wer", "Wann", "Wie\nviel"], ["Sample Two", "2025-03-05", 1]]
    reading = read("ours.xlsx", from_sheets({"Plan": others, " Stunden ": rows}))
    command = SaveMapping(
        import_id=UUID(int=1),
        name="Stunden",
        kind="timesheet",
        sheet=" Stunden ",
        header_row="1",
        columns={"person": "Wer", "worked_on": "Wann", "duration": "Wie\nviel"},
        duration_unit="hours",
    )
    said = Mapped.model_validate(command.model_dump(include=set(Mapped.model_fields) - {"fixed"}))
    profile = profile_of_mapping(said, "Stunden", reading)
    assert (profile.layout.sheet, profile.columns["duration"]) == (" Stunden ", ("Wie\nviel",))
    own = KnownThings(profiles=(profile,))
    same = dry_run("next.xlsx", from_sheets({"Plan": others, " Stunden ": rows}), own)
    assert (same.outcome, same.totals.hours) == ("ok", "7.5000")
    moved = from_sheets({"Plan": others, " Hours ": rows})
    asked = analyse(Kind.timesheet, "next.xlsx", moved, own)
    assert [(one.key, [each.value for each in one.choices]) for one in asked.open_decisions] == [
        ("sheet", ["Plan", " Hours "])
    ]
    answered = analyse(Kind.timesheet, "next.xlsx", moved, own, {"sheet": "Hours"})
    assert (str(answered.totals_read.hours), answered.open_decisions) == ("7.50", ())


def test_a_mapping_without_header_is_recognised_by_what_its_columns_look_like() -> None:
    data = b"10,1,70,3300\n10,2,70,3300\n10,3,60,2800\n11,1,35,100\n"
    reading = read("weekly.csv", data)
    assert header_meant(reading.sheets[0]) == "none"
    first = columns_of_file(reading.sheets[0], "none")[0]
    assert (first.letter, first.title, first.values) == ("A", "Column A", "10, 11")
    said = Mapped(
        kind=Kind.timesheet,
        columns={"person": "Column A", "week": "Column B", "duration": "Column C"},
        fixed={"week_year": "2014", "week_days": "5"},
        duration_unit="hours",
    )
    own = KnownThings(profiles=(profile_of_mapping(said, "Drivers", reading),))
    report = dry_run("weekly.csv", data, own)
    assert (report.outcome, report.profile, report.totals.hours) == ("ok", "Drivers", "235.0000")
    assert dry_run("weekly.csv", b"Who,What,A,B\n" + data, own).profile is None
