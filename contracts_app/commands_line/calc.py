"""`contracts calc RULE`: any rule of the domain by itself, JSON in, JSON out, without a database."""

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from uuid import UUID

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts_app.commands_line.outcome import Exit, RefusedByRule, end, line
from contracts_app.domain import business_time, checks, drafting, follow_up, money, receivables, retainage
from contracts_app.domain.commands import Certification
from contracts_app.domain.contract import Currency
from contracts_app.domain.drafting import Snapshot
from contracts_app.domain.money import Amount, Rate
from contracts_app.domain.pay_application import Entry
from contracts_app.domain.refusals import Refused


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToRound(_Question):
    """An amount, with as many decimals as it has."""

    amount: Amount | Rate
    currency: Currency


class ToAllocate(_Question):
    """An amount and the weights to split it by."""

    amount: Amount
    weights: list[Amount | Rate]
    currency: Currency


class ToCertify(_Question):
    """An application and the client's answer to it."""

    snapshot: Snapshot
    decision: Certification
    lines: tuple[Entry, ...] = ()


class ToRelease(_Question):
    """What each line holds and how much of it is released."""

    held: dict[UUID, Amount]
    amount: Amount | None = None
    currency: Currency


class Arising(_Question):
    """When a receivable arises and on what terms."""

    arises_on: date
    payment_days: Annotated[int, Field(ge=0, le=365)]


class Cash(_Question):
    """A payment and what is open."""

    amount: Amount
    items: list[receivables.OpenItem]
    designated: list[UUID] = []


class Overdue(_Question):
    """What is open, what was reminded of, and the day."""

    items: list[receivables.OpenItem]
    reminded: dict[UUID, int] = {}
    today: date


class InMonth(_Question):
    """The day of the month on which periods end, and a day."""

    anchor_day: Annotated[int, Field(ge=1, le=31)]
    on_or_after: date


def _round(question: ToRound) -> object:
    """An amount at its currency's minor unit, half away from zero."""
    return {"amount": money.written(question.amount, question.currency)}


def _allocate(question: ToAllocate) -> object:
    """An amount split over weights so that the parts sum to it exactly (largest remainder)."""
    parts = money.allocate(question.amount, question.weights, question.currency)
    return {"parts": [money.written(part, question.currency) for part in parts]}


def _application(question: Snapshot) -> object:
    """An application for payment, columns A-I and lines 1-9, from a snapshot."""
    return drafting.draft(question).model_dump(mode="json")


def _content_hash(question: Snapshot) -> object:
    """The hash to which an approval of this snapshot is bound."""
    return {"content_hash": drafting.content_hash(question)}


def _findings(question: Snapshot) -> object:
    """What a certifier would bounce a draft for, blocking findings first; status 1 when one blocks."""
    return [finding.model_dump(mode="json") for finding in checks.findings(question)]


def _certificate(question: ToCertify) -> object:
    """The certificate of an application: in_full, less on the lines named, or withheld."""
    if question.decision is Certification.withheld:
        return drafting.withheld(question.snapshot).model_dump(mode="json")
    accepted = question.lines if question.decision is Certification.less else ()
    return drafting.certified(question.snapshot, accepted).model_dump(mode="json")


def _release(question: ToRelease) -> object:
    """A release of retainage spread over the lines in proportion to what each holds; no amount: all."""
    released = retainage.release_by_line(question.held, question.amount, question.currency)
    return {"released": {str(key): money.written(part, question.currency) for key, part in released.items()}}


def _due_date(question: Arising) -> object:
    """The due date of a receivable: Net N from the day on which it arises."""
    return {"due_on": receivables.due_date(question.arises_on, question.payment_days).isoformat()}


def _apply_cash(question: Cash) -> object:
    """A payment applied to the invoices named, else to the oldest due first; the rest is unapplied cash."""
    applied, left = receivables.apply_cash(question.amount, question.items, question.designated)
    return {"applied": [part.model_dump(mode="json") for part in applied], "unapplied": f"{left:f}"}


def _reminders(question: Overdue) -> object:
    """The level by receivable to remind of today, and the next day on which one falls due after that."""
    due = follow_up.to_remind(question.items, question.reminded, question.today)
    upcoming = follow_up.next_reminder(question.items, {**question.reminded, **due})
    return {
        "remind": {str(receivable): level for receivable, level in due.items()},
        "next": upcoming.isoformat() if upcoming else None,
    }


def _period_end(question: InMonth) -> object:
    """The first period end on or after a day, for periods that end on a day of the month."""
    return {"period_end": business_time.period_end(question.anchor_day, question.on_or_after).isoformat()}


RULES: Mapping[str, Callable[[Any], object]] = {
    "round": _round,
    "allocate": _allocate,
    "application": _application,
    "content-hash": _content_hash,
    "findings": _findings,
    "certificate": _certificate,
    "release": _release,
    "due-date": _due_date,
    "apply-cash": _apply_cash,
    "reminders": _reminders,
    "period-end": _period_end,
}
"""Each rule takes one question, whose type says which JSON it reads, and gives a JSON value."""


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(calc)


def calc(
    rule: Annotated[str | None, typer.Argument(help="The rule; --list shows them.", metavar="RULE")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Read the question from this file.", exists=True, dir_okay=False)
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the rules and the JSON each reads.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (always so here).")] = True,
) -> None:
    """Work out one rule: its question as JSON on standard input or in a file, its answer as JSON."""
    if show:
        for name, function in RULES.items():
            schema = _question_of(function).model_json_schema()
            line({"rule": name, "says": function.__doc__, "reads": schema})
        return
    if rule is None or rule not in RULES:
        end(Exit.USAGE, f"There is no rule {rule!r}; `contracts calc --list` shows them.")
    function = RULES[rule]
    try:
        question = _question_of(function).model_validate_json(
            file.read_bytes() if file else sys.stdin.buffer.read()
        )
        answer: Any = function(question)
    except ValidationError as wrong:
        raise RefusedByRule(_sentence(wrong)) from None
    except Refused as refused:
        raise RefusedByRule(refused.sentence) from None
    line(answer)
    if function is _findings and any(finding["blocks"] for finding in answer):
        end(Exit.REFUSED)


def _question_of(function: Callable[[Any], object]) -> type[BaseModel]:
    question: type[BaseModel] = get_type_hints(function)["question"]
    return question


def _sentence(wrong: ValidationError) -> str:
    """Where and what: `entries.0.stored: an amount must be text like "1234.50"`."""
    told = []
    for error in wrong.errors(include_url=False):
        # Alternatives of a union appear in the place as the names of their validators, not of fields.
        place = ".".join(str(part) for part in error["loc"] if "[" not in str(part))
        told.append(f"{place or 'The question'}: {error['msg'].removeprefix('Value error, ')}")
    return "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
