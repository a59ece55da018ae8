"""Which rows of a timesheet belong to the contract: a file may hold several projects, an import is for one
contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from importers.entries import canonical
from importers.kinds.timesheet_entry import TimesheetEntry, hours
from importers.problems import Problem, ask, file_problem, information
from importers.rules import Checked, Context

_WITHOUT = "(no project)"
_MOST = 99
"""Projects among which a person can be asked to choose."""

Projects = Mapping[str, Sequence[TimesheetEntry]]


def of_this_contract(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Rows whose project is known to belong to the contract, or was chosen for this import.

    An answer given for this import stands before what earlier imports were given.
    """
    projects = _projects(entries)
    if not projects or set(projects) == {_WITHOUT}:
        return Checked(entries)
    everything = _everything(projects)
    known = set(projects) & _names(context)
    if known and context.decisions.get("projects") not in {*projects, everything}:
        return _only(known, projects, entries, context)
    if len(projects) > _MOST:
        too_many = file_problem(
            context.file,
            "too_many_projects",
            found=f"{len(projects)} projects",
            expected=f"at most {_MOST} projects in a file",
            mend="Export the contract's projects only, or check which column holds the project.",
        )
        return Checked((), refused=len(entries), problems=[too_many])
    return _asked(projects, everything, entries, context)


def _projects(entries: Sequence[TimesheetEntry]) -> Projects:
    found: dict[str, list[TimesheetEntry]] = defaultdict(list)
    for entry in entries:
        found[canonical(entry.project) or _WITHOUT].append(entry)
    return found


def _names(context: Context) -> set[str]:
    """Projects that belong to the contract; one called as the contract is does, too."""
    return {
        canonical(name) for name in (*context.known.project_names, context.known.contract_external_id) if name
    }


def _everything(projects: Collection[str]) -> str:
    """The answer that means every project; no project of the file is called so."""
    value = "all"
    while value in projects:
        value += " projects"
    return value


def _asked(
    projects: Projects, everything: str, entries: Sequence[TimesheetEntry], context: Context
) -> Checked[TimesheetEntry]:
    def billable_seconds(project: str) -> int:
        return sum(entry.seconds for entry in projects[project] if entry.billable)

    ordered = sorted(projects, key=lambda project: (-billable_seconds(project), project))
    problem, decision = ask(
        "projects_open",
        "projects",
        question="Which project of the file belongs to this contract?",
        choices=[
            *((project, f"{project}: {_size(projects[project])}.") for project in ordered),
            (everything, f"All of them: {_size(entries)}."),
        ],
        proposal=ordered[0],
        places=[context.place(entry, "project") for entry in entries],
        found=", ".join(ordered),
        expected="a project known to belong to this contract",
        decisions=context.decisions,
    )
    if decision.decided is None:
        return Checked((), waiting=len(entries), problems=[problem], decisions=[decision])
    chosen = set(projects) if decision.decided == everything else {decision.decided}
    kept = _only(chosen, projects, entries, context)
    return Checked(
        kept.entries, ignored=kept.ignored, problems=[problem, *kept.problems], decisions=[decision]
    )


def _only(
    chosen: Collection[str], projects: Projects, entries: Sequence[TimesheetEntry], context: Context
) -> Checked[TimesheetEntry]:
    kept = [entry for entry in entries if (canonical(entry.project) or _WITHOUT) in chosen]
    said = [
        _ignored(project, rows, chosen, context)
        for project, rows in projects.items()
        if project not in chosen
    ]
    return Checked(kept, ignored=len(entries) - len(kept), problems=said)


def _ignored(
    project: str, rows: Sequence[TimesheetEntry], chosen: Collection[str], context: Context
) -> Problem:
    return information(
        context.place(rows[0], "project"),
        "other_project",
        found=f"{project}: {_size(rows)}",
        expected="rows of " + ", ".join(sorted(chosen)),
        mend="Ignored here. Import the file into the contract of that project too; if the project belongs to "
        "this one, import a file with that project alone.",
        rows=len(rows),
    )


def _size(rows: Sequence[TimesheetEntry]) -> str:
    count = f"{len(rows)} row" + ("" if len(rows) == 1 else "s")
    return f"{count}, {hours(sum(entry.seconds for entry in rows))} h"
