"""`contracts import KIND FILE`: a file into the running system; or what it would become, without one."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.outcome import Exit, end, line, progress, say

if TYPE_CHECKING:
    from importers.entries import Kind
    from importers.report import Report
    from importers.settled import How


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("import")(import_file)


def import_file(
    kind: Annotated[
        str, typer.Argument(help="What the file holds (timesheet, expenses, …), or auto: find out.")
    ],
    file: Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False, readable=True)],
    profile: Annotated[
        str | None, typer.Option(help="Read it as this source's file, whatever its headers say.")
    ] = None,
    decide: Annotated[
        list[str] | None, typer.Option(help="Answer a question of the file: KEY=VALUE. May be repeated.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would happen; needs no running system.")
    ] = False,
    contract: Annotated[
        str | None,
        typer.Option(
            help="Number of the contract that the rows go into; none for registers, and for time, expenses "
            "and orders of many contracts."
        ),
    ] = None,
    project: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a file for many contracts: PROJECT=CONTRACT, by its number; =ignore leaves it out. May "
            "be repeated. Projects known by their names need none; others stay open."
        ),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="EMAIL",
            help="Who imports it: signs in with the password in CONTRACTS_PASSWORD, else asked for.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Import a file that a firm has: what was understood, what is asked, and what became of its rows.

    Exit status 0 once it is posted; 1 while it waits for a decision, or was refused.
    """
    from contracts_app.domain.file_names import uploaded_name
    from importers.kinds.names import kind_named  # the readers of files: only when asked for
    from importers.profiles.known import PROFILES, profile_named
    from importers.report import dry_run as tried

    meant = None if kind.strip().lower() == "auto" else kind_named(kind)
    if meant is None and kind.strip().lower() != "auto":
        end(Exit.USAGE, f"No kind of file is called {kind!r}; `auto` finds out.")
    if profile is not None and profile_named(profile) is None:
        end(Exit.USAGE, f"No profile is called {profile!r}: {', '.join(each.name for each in PROFILES)}.")
    answers = dict(answer.partition("=")[::2] for answer in decide or ())
    if not all(answers.values()):
        end(Exit.USAGE, "Answers are given as KEY=VALUE.")
    projects = dict(one.rpartition("=")[::2] for one in project or ())
    if not all((*projects, *projects.values())) or (projects and contract):
        end(Exit.USAGE, "Projects are given as PROJECT=CONTRACT, and without --contract.")
    try:
        name = uploaded_name(file.name)
    except ValueError as wrong:
        end(Exit.USAGE, str(wrong))
    if dry_run:
        report = tried(name, file.read_bytes(), decisions=answers, kind=meant, profile=profile)
        for key in sorted(answers.keys() - report.decisions.keys() - {"kind"}):
            progress(f"--decide {key}: this file does not ask that here, so the answer changes nothing.")
        if projects:
            progress("--project counts when the file is imported: --dry-run knows no contracts.")
    elif person is None:
        end(Exit.USAGE, "Say who imports it: --as EMAIL. Or see what would happen: --dry-run.")
    else:
        report = _take_in(name, file.read_bytes(), meant, profile, answers, contract, person, projects)
    if as_json:
        line(report.model_dump(mode="json"))
    else:
        _tell(report)
    if report.outcome != "ok":
        end(Exit.REFUSED)


def _take_in(
    name: str,
    data: bytes,
    kind: "Kind | None",
    profile: str | None,
    answers: Mapping[str, str],
    contract: str | None,
    person: str,
    projects: Mapping[str, str],
) -> "Report":
    """Post the file, or leave it where it waits. What is no question of the system is settled here first: the
    kind, and that the file is of the profile meant."""
    from contracts_app.commands_line import importing, importing_parts
    from importers.parts import SEVERAL
    from importers.posted import posted_report
    from importers.posted_parts import parted_report
    from importers.report import dry_run as tried

    seen = tried(name, data, decisions=answers, kind=kind)
    if seen.kind is None or (not seen.rows_read and seen.outcome == "refused"):
        return seen
    if profile is not None and seen.profile != profile:
        end(
            Exit.REFUSED,
            f"The file is not recognised as {profile}: only --dry-run reads it as such a file all the same.",
        )
    kind_how: How = "found" if kind is None and "kind" not in answers else "given"
    if contract is None and seen.kind in SEVERAL:
        with importing.signed_in(person) as signed:
            apart = importing_parts.take_apart(signed, seen.kind, name, data, answers, projects)
        for part in apart.parts:
            progress(
                f"import/{part['id']} into {part['contract_number']} is {part['state'].replace('_', ' ')}."
            )
        return parted_report(apart.read, apart.parts, data, answers, kind_how)
    with importing.signed_in(person) as signed:
        contract_id = importing.contract_called(signed, contract) if contract else None
        taken = importing.take_in(signed, seen.kind, contract_id, name, data, answers)
    if taken.state == "needs_decision":
        progress(f"import/{taken.import_id} waits: run this again with --decide, or answer on its page.")
    elif taken.state != "posted":
        progress(f"import/{taken.import_id} is {taken.state}: none of its rows is posted.")
    return posted_report(
        taken.report, name, data, answers, kind_how, import_id=taken.import_id, state=taken.state
    )


def _tell(report: "Report") -> None:
    what = " as " + report.kind.replace("_", " ") if report.kind else ""
    source = f" ({report.profile})" if report.profile else ""
    say(f"{report.file_name}{what}{source}: {report.outcome.replace('_', ' ')}.")
    say(
        f"{report.rows_read} rows read: {report.imported} to import, {report.skipped_known} known, "
        f"{report.refused} refused, {report.ignored} ignored."
    )
    for reason, count in report.reasons.items():
        say(f"  ignored: {count} × {reason}")
    for name, value in (("hours", report.totals.hours), ("amount", report.totals.amount)):
        if value is not None:
            say(f"  {name}: {value}")
    for key, decision in report.decisions.items():
        if decision.how == "asked":
            answers = ", ".join(choice.value for choice in decision.choices) or "any text"
            option = f"--{key.replace(':', ' ', 1)}" if key.startswith("project:") else f"--decide {key}"
            say(f"  asked: {decision.question} {option}=… ({answers})")
        elif decision.value is not None:
            say(f"  {key}: {decision.value} ({decision.how})")
    for problem in report.problems:
        place = ", ".join(
            f"{name} {value}"
            for name, value in (("sheet", problem.sheet), ("row", problem.row), ("column", problem.column))
            if value is not None
        )
        say(f"  {place or 'file'}: {problem.found}; expected {problem.expected}. {problem.message}")
