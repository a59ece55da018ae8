"""`contracts import KIND FILE`: what a file would become, without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.outcome import Exit, end, line, say

if TYPE_CHECKING:
    from importers.report import Report


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
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Read a file a firm has: what was understood, what is asked, and what would become of its rows."""
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
    if not dry_run:
        end(Exit.USAGE, "Only --dry-run is possible from here: posting is done in the contract's imports.")
    report = tried(file.name, file.read_bytes(), decisions=answers, kind=meant, profile=profile)
    if as_json:
        line(report.model_dump(mode="json"))
    else:
        _tell(report)
    if report.outcome != "ok":
        end(Exit.REFUSED)


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
            say(f"  asked: {decision.question} --decide {key}=… ({answers})")
        elif decision.value is not None:
            say(f"  {key}: {decision.value} ({decision.how})")
    for problem in report.problems:
        place = ", ".join(
            f"{name} {value}"
            for name, value in (("sheet", problem.sheet), ("row", problem.row), ("column", problem.column))
            if value is not None
        )
        say(f"  {place or 'file'}: {problem.found}; expected {problem.expected}. {problem.message}")
