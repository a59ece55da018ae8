"""The report of a file for many contracts, as the command line prints it once the system has read it."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from importers.analysis import RULES, analyse
from importers.entries import Kind
from importers.known import KnownThings
from importers.matching.names import Names
from importers.parts import Apart
from importers.posted_parts import PartedReport, parted_report

FILE = (
    b"Date,Person,Hours,Project,Notes\n2024-04-08,Sample Engineer,2,Internal,One\n"
    b"2024-04-08,Sample Engineer,3,Holiday,Two\n2024-04-09,Sample Engineer,1,Internal,Three\n"
)


def _report(state: str, left_out: Sequence[str]) -> PartedReport:
    """Of the file, no project of which went to a contract."""
    apart = Apart()
    analysis = analyse(Kind.timesheet, "month.csv", FILE, KnownThings(), {}, apart=apart)
    stored: dict[str, Any] = analysis.model_dump(mode="json", exclude={"entries", "to_mend"})
    stored |= {
        "new": 0,
        "parts": [one.model_dump(mode="json") for one in apart.parts(RULES[Kind.timesheet], Names())],
    }
    read = {
        "id": str(uuid4()),
        "file_name": "month.csv",
        "state": state,
        "report": stored,
        "left_out": left_out,
        "parts": [],
    }
    return parted_report(read, (), FILE, {}, "given")


def test_a_file_of_which_every_project_is_left_out_is_done_with() -> None:
    report = _report("distributed", ["Holiday", "Internal"])
    assert (report.outcome, report.rows_read, report.imported, report.ignored) == ("ok", 3, 0, 3)
    assert report.reasons == {"left out": 3}
    assert not [key for key in report.decisions if key.startswith("project:")]


def test_a_project_that_is_open_is_asked_about() -> None:
    report = _report("to_distribute", ["Holiday"])
    assert (report.outcome, report.ignored) == ("needs_decision", 3)
    assert report.reasons == {"left out": 1, "of no contract yet": 2}
    assert "project:Internal" in report.decisions
