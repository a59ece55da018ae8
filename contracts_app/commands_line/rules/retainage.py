"""Retainage: withheld, released, replaced by a security, the law and tax of it (docs/SPEC-retainage.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import money
from contracts_app.domain.money import ZERO, Amount, Rate
from contracts_app.domain.names import Currency
from contracts_app.domain.retainage import retainage, retainage_law, retainage_release, retainage_tax
from contracts_app.domain.retainage.retainage_law import (
    ContractFacts,
    Deadline,
    LawFinding,
    RetainageProvision,
    Trigger,
)
from contracts_app.domain.retainage.retainage_release import ReleaseEvent
from contracts_app.domain.retainage.retainage_tax import InvoiceFigures, TaxTiming, Treatment
from contracts_app.domain.retainage.retainage_terms import RetainageRate, RetainageTerms
from contracts_app.law import table


class ToRelease(Question):
    """What each line holds and how much of it is released: an amount, a part of all, amounts of named lines
    (null: all that the line holds), or with none of them everything."""

    held: dict[UUID, Amount]
    amount: Amount | None = None
    part: RetainageRate | None = None
    lines: dict[UUID, Amount | None] | None = None
    currency: Currency


class Released(Answer):
    """What each line releases."""

    released: dict[UUID, Amount]


class LineBefore(Question):
    """Where a line stood on the prior certificate."""

    completed: Amount = ZERO
    stored: Amount = ZERO
    withheld: Amount | None = None


class Line(Question):
    """A line's work to date. `value` is what its own completion is measured on; `rate` its own retainage
    rate, `change_order` the number of the change order that brought it."""

    line_id: UUID
    completed: Amount
    stored: Amount = ZERO
    value: Amount = ZERO
    rate: RetainageRate | None = None
    change_order: str | None = None
    released: Amount = ZERO
    before: LineBefore | None = None


class ToWithhold(Question):
    """Retainage terms and lines. `under_rates` is the sum that the contract's completion is measured on,
    `contract_sum` the one that a cap is a part of."""

    terms: RetainageTerms
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=2000)]
    under_rates: Amount = ZERO
    contract_sum: Amount = ZERO
    currency: Currency


class LineRetained(Answer):
    """Retainage of a line to date."""

    line_id: UUID
    withheld: Amount
    released: Amount
    held: Amount


class WithheldToDate(Answer):
    """Retainage to date, per line and in total. `on_completed` is what of it is on completed work."""

    lines: tuple[LineRetained, ...]
    withheld: Amount
    released: Amount
    held: Amount
    on_completed: Amount


class ToSubstitute(Question):
    """What each line holds, and the security that takes its place; `secured_before` is what it replaced."""

    held: dict[UUID, Amount]
    security: Amount
    secured_before: Amount = ZERO
    currency: Currency


class EventsReached(Question):
    """What was withheld and released per line, the events agreed, and those reached."""

    withheld: dict[UUID, Amount]
    released: Annotated[dict[UUID, Amount], Field(default_factory=dict)]
    events: tuple[ReleaseEvent, ...]
    reached: tuple[str, ...]
    currency: Currency


class UnderLaw(Question):
    """Retainage terms, what the law asks of the contract, and what has happened on it."""

    terms: RetainageTerms
    facts: ContractFacts
    today: date
    held: Amount = ZERO
    reached: Annotated[dict[Trigger, date], Field(default_factory=dict)]


class LawSays(Answer):
    """What is against the law of the place, and by when retainage is released."""

    findings: tuple[LawFinding, ...]
    deadlines: tuple[Deadline, ...]


class ToShow(Question):
    """An invoice before tax, what is retained of it, and how that is taxed and shown."""

    treatment: Treatment
    timing: TaxTiming
    net: Amount
    retained: Amount
    tax_rate: Rate
    tax_is_retained: bool = True
    currency: Currency


def _retainage(question: ToWithhold) -> WithheldToDate:
    """Retainage to date per line: withheld, released (a step down included) and held."""
    lines = [
        retainage.LineWork(
            line_id=line.line_id,
            rate=question.terms.rate_of(line.rate, line.change_order),
            completed=line.completed,
            stored=line.stored,
            value=line.value,
            released=line.released,
            before=_before(line.before),
        )
        for line in question.lines
    ]
    sums = retainage.Sums(question.under_rates, question.contract_sum)
    kept = retainage.retained(question.terms, lines, sums, question.currency)

    def written(amount: Decimal) -> Decimal:
        return money.round_to(amount, question.currency)

    withheld, released = money.total(kept.withheld.values()), money.total(kept.released.values())
    return WithheldToDate(
        lines=tuple(
            LineRetained(
                line_id=line_id,
                withheld=written(amount),
                released=written(kept.released[line_id]),
                held=written(money.less(amount, kept.released[line_id])),
            )
            for line_id, amount in kept.withheld.items()
        ),
        withheld=written(withheld),
        released=written(released),
        held=written(money.less(withheld, released)),
        on_completed=written(kept.on_completed),
    )


def _before(known: LineBefore | None) -> retainage.Before:
    if known is None:
        return retainage.Before()
    return retainage.Before(known.completed, known.stored, known.withheld)


def _release(question: ToRelease) -> Released:
    """A release of retainage, exact to the cent: an amount or a part spread over the lines in proportion to
    what each holds, named lines, or all."""
    held, currency = question.held, question.currency
    if question.lines is not None:
        return _written(retainage_release.release_of_lines(held, question.lines, currency), currency)
    if question.part is not None:
        return _written(retainage_release.release_part(held, question.part, currency), currency)
    return _written(retainage_release.release_by_line(held, question.amount, currency), currency)


def _release_on_events(question: EventsReached) -> Released:
    """What events release: their parts of all that was withheld, less what was released before."""
    released = retainage_release.release_on_events(
        question.withheld, question.released, question.events, question.reached, question.currency
    )
    return _written(released, question.currency)


def _substitute(question: ToSubstitute) -> Released:
    """Retainage that a bond or securities replace: released on each line, and secured instead."""
    postings = retainage_release.substituted(
        question.held, question.security, question.secured_before, question.currency
    )
    return _written({each.line_id: each.amount for each in postings}, question.currency)


def _written(released: Mapping[UUID, Decimal], currency: str) -> Released:
    return Released(released={key: money.round_to(part, currency) for key, part in released.items()})


def _law(question: UnderLaw) -> LawSays:
    """Retainage terms against the law of the place that they name, and by when it is released."""
    rows = table("retainage", RetainageProvision)
    found = retainage_law.findings(question.terms, rows, question.facts, question.today)
    place = question.terms.law
    if place is None:
        return LawSays(findings=found, deadlines=())
    due = retainage_law.deadlines(rows, place, question.facts, question.reached)
    late = retainage_law.overdue(due, question.held, question.today, place.policy, question.facts.currency)
    return LawSays(findings=(*found, *late), deadlines=due)


def _tax(question: ToShow) -> InvoiceFigures:
    """An invoice with retainage in the three ways that an electronic invoice can show it."""
    return retainage_tax.invoice_figures(
        question.treatment,
        question.timing,
        question.net,
        question.retained,
        question.tax_rate,
        question.currency,
        tax_is_retained=question.tax_is_retained,
    )


RULES: Rules = {
    "retainage": _retainage,
    "release": _release,
    "release-on-events": _release_on_events,
    "substitute": _substitute,
    "retainage-law": _law,
    "retainage-tax": _tax,
}
