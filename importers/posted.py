"""The report of a file that the system has read, from what it stored of the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importers.analysis import Analysis
from importers.reading import read
from importers.report import Report, report_of
from importers.settled import How, Settled


class PostedReport(Report):
    """The report of a dry run, with the import it is about. Rows are in only where `state` is `posted`."""

    import_id: str
    state: str


def posted_report(
    stored: Mapping[str, Any],
    file_name: str,
    data: bytes,
    answers: Mapping[str, str],
    kind_how: How,
    *,
    import_id: str,
    state: str,
) -> PostedReport:
    """The report as a dry run gives it, of `stored`: the analysis without its entries, and how many were new.

    The bytes are looked at once more for what the reading alone settled: format, encoding, delimiter.
    """
    known = {name: value for name, value in stored.items() if name in Analysis.model_fields}
    analysis = Analysis.model_validate({**known, "entries": ()})
    kind = Settled(key="kind", value=analysis.kind.value, how=kind_how)
    reading = read(file_name, data, answers=answers)
    report = report_of(analysis, reading, kind, new=int(stored["new"]))
    if report.outcome == "ok" and state != "posted":
        report = report.model_copy(update={"outcome": "refused"})
    return PostedReport.model_validate({**report.model_dump(), "import_id": import_id, "state": state})
