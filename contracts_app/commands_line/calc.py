"""`contracts calc RULE`: any rule of the domain by itself, JSON in, JSON out, without a database."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from contracts_app.commands_line.outcome import Exit, RefusedByRule, end, line
from contracts_app.commands_line.rules import RULES, answer_of, described, question_of
from contracts_app.domain.finding import Finding
from contracts_app.domain.refusals import Refused


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(calc)


def calc(
    rule: Annotated[str | None, typer.Argument(help="The rule; --list shows them.", metavar="RULE")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Read the question from this file.", exists=True, dir_okay=False)
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the rules with their schemas.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the rule's question and answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (always so here).")] = True,
) -> None:
    """Work out one rule: its question as JSON on standard input or in a file, its answer as JSON."""
    if show:
        for name in RULES:
            line(described(name))
        return
    if rule is None or rule not in RULES:
        end(Exit.USAGE, f"There is no rule {rule!r}; `contracts calc --list` shows them.")
    if schema:
        line(described(rule))
        return
    try:
        question = question_of(rule).validate_json(file.read_bytes() if file else sys.stdin.buffer.read())
        answer = RULES[rule](question)
    except ValidationError as wrong:
        raise RefusedByRule(_sentence(wrong)) from None
    except Refused as refused:
        raise RefusedByRule(refused.sentence) from None
    line(answer_of(rule).dump_python(answer, mode="json"))
    if isinstance(answer, tuple) and any(isinstance(found, Finding) and found.blocks for found in answer):
        end(Exit.REFUSED)


def _sentence(wrong: ValidationError) -> str:
    """Where and what: `entries.0.stored: an amount must be text like "1234.50"` and so on."""
    told = []
    for error in wrong.errors(include_url=False):
        # Alternatives of a union appear in the place as the names of their validators, not of fields.
        place = ".".join(str(part) for part in error["loc"] if "[" not in str(part))
        told.append(f"{place or 'The question'}: {error['msg'].removeprefix('Value error, ')}")
    return "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
