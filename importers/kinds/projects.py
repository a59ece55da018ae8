"""Which rows of a timesheet belong to the contract: a file may hold several projects, an import is for one
contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from importers.entries import canonical
from importers.kinds.timesheet_entry import TimesheetEntry, hours
from importers.many import column, columns, where
from importers.problems import Problem, ask, file_problem, information
from importers.rules import Checked, Context, PlacesOf

_WITHOUT = "(no project)"
_MOST = 99
"""Projects among which a person can be asked to choose."""


@dataclass(slots=True)
class _Size:
    """What a project of the file amounts to."""

    first: int
    """Where its first entry stands among those looked at."""
    rows: int = 0
    seconds: int = 0
    billable: int = 0
    """Seconds that can be billed."""

    def __str__(self) -> str:
        count = f"{self.rows} row" + ("" if self.rows == 1 else "s")
        return f"{count}, {hours(self.seconds)} h"


Projects = Mapping[str, _Size]


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
    found: dict[str | None, _Size] = {}
    said = columns(entries, "project", "seconds", "billable")
    for at, (project, seconds, billable) in enumerate(said):
        size = found.get(project)
        if size is None:
            size = found[project] = _Size(at)
        size.rows += 1
        size.seconds += seconds
        size.billable += seconds if billable else 0
    together: dict[str, _Size] = {}
    for project, size in found.items():
        one = together.setdefault(canonical(project) or _WITHOUT, _Size(size.first))
        one.rows, one.seconds = one.rows + size.rows, one.seconds + size.seconds
        one.billable += size.billable
    return together


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
    ordered = sorted(projects, key=lambda project: (-projects[project].billable, project))
    whole = _Size(0, len(entries), sum(size.seconds for size in projects.values()))
    problem, decision = ask(
        "projects_open",
        "projects",
        question="Which project of the file belongs to this contract?",
        choices=[
            *((project, f"{project}: {projects[project]}.") for project in ordered),
            (everything, f"All of them: {whole}."),
        ],
        proposal=ordered[0],
        places=PlacesOf(entries, context, "project"),
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
    spelled = {name: canonical(name) or _WITHOUT for name in set(column(entries, "project"))}
    kept = where(entries, lambda project: spelled[project] in chosen, "project")
    said = [
        _ignored(project, entries[size.first], size, chosen, context)
        for project, size in projects.items()
        if project not in chosen
    ]
    return Checked(kept, ignored=len(entries) - len(kept), problems=said)


def _ignored(
    project: str, first: TimesheetEntry, size: _Size, chosen: Collection[str], context: Context
) -> Problem:
    return information(
        context.place(first, "project"),
        "other_project",
        found=f"{project}: {size}",
        expected="rows of " + ", ".join(sorted(chosen)),
        mend="Ignored here. Import the file into the contract of that project too; if the project belongs to "
        "this one, import a file with that project alone.",
        rows=size.rows,
    )
