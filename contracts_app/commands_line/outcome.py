"""How every command ends and prints: exit status and JSON lines."""

import json
from enum import IntEnum
from typing import Annotated, NoReturn

import typer


class Exit(IntEnum):
    """Exit status of every command."""

    DONE = 0
    REFUSED = 1
    """Refused, or a finding."""
    USAGE = 2
    UNAVAILABLE = 3


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, instead of text.")]


class Unavailable(Exception):
    """Something the command needs does not answer; ends with status 3 and this sentence."""


class RefusedByRule(Exception):
    """A rule says no; ends with status 1 and this sentence."""


def line(value: object) -> None:
    """Print one JSON line on standard output. Decimal, date and UUID appear as strings."""
    typer.echo(json.dumps(value, default=str, ensure_ascii=False))


def say(sentence: str) -> None:
    """Print one sentence for a person."""
    typer.echo(sentence)


def progress(sentence: str) -> None:
    """Tell on standard error what is going on."""
    typer.echo(sentence, err=True)


def end(status: Exit, sentence: str = "") -> NoReturn:
    """Leave with this status; the sentence goes to standard error."""
    if sentence:
        typer.echo(sentence, err=True)
    raise typer.Exit(int(status))
