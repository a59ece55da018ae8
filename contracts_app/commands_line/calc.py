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
from contracts_app.domain import (
    business_time,
    checks,
    drafting,
    follow_up,
    money,
    receivables,
    retainage,
    time_and_materials,
)
from contracts_app.domain.commands import Certification
from contracts_app.domain.contract import AtCap, BusinessDate, Currency, HourRounding, Name
from contracts_app.domain.drafting import Snapshot
from contracts_app.domain.money import Amount, Rate
from contracts_app.domain.pay_application import Entry, deposit_applied
from contracts_app.domain.rate_card import RateCard, RateRow, require_no_overlap
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.time_and_materials import TimeEntry


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


class Worked(_Question):
    """A rate card, and who worked as what on which day."""

    rate_card: list[RateRow]
    person: Name
    role: Name | None = None
    work_date: BusinessDate


class OnALine(_Question):
    """The approved entries of a line, what may still be billed on it (none: no cap), and what earlier
    invoices left over the cap."""

    line_id: UUID
    entries: list[TimeEntry]
    rate_card: list[RateRow]
    hour_rounding: HourRounding = HourRounding()
    at_cap: AtCap = AtCap.bill_to_cap
    left: Amount | None = None
    over_cap_before: Amount = money.ZERO
    currency: Currency


class PaidAhead(_Question):
    """What is left of a deposit, and line 8 of an invoice."""

    balance: Amount
    line8: Amount


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


def _rate(question: Worked) -> object:
    """The rate of an hour by work date: person in a role, then person, role, everybody; none is refused."""
    require_no_overlap(question.rate_card)
    row = RateCard(question.rate_card).find(question.person, question.role, question.work_date)
    if row is None:
        raise wrong_content("no_rate", f"The rate card has no rate for this work on {question.work_date}.")
    return row.model_dump(mode="json")


def _time(question: OnALine) -> object:
    """What a line bills for time: the entries claimed, each priced, and what passes the cap or comes back."""
    require_no_overlap(question.rate_card)
    card = RateCard(question.rate_card)
    priced = [
        time_and_materials.price(entry, card, question.hour_rounding, question.currency)
        for entry in time_and_materials.in_billing_order(question.entries)
    ]
    owed = question.over_cap_before
    claimed = time_and_materials.within_cap(priced, question.left, owed, question.at_cap)
    return time_and_materials.bill(question.line_id, claimed, question.left, owed).model_dump(mode="json")


def _deposit(question: PaidAhead) -> object:
    """The part of an invoice that a deposit pays, what is due after it and what is left of the deposit."""
    applied = deposit_applied(question.balance, question.line8)
    return {
        "applied": f"{applied:f}",
        "due": f"{money.less(question.line8, applied):f}",
        "left": f"{money.less(question.balance, applied):f}",
    }


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
    "rate": _rate,
    "time": _time,
    "deposit": _deposit,
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
