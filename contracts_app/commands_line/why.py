"""`contracts why OBJECT`: what a record waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, line, say

if TYPE_CHECKING:
    from contracts_app.domain.billing.explained import Explained
    from contracts_app.store.views.named import Named
    from contracts_app.store.views.waiting import Waiting

Object = Annotated[
    str,
    typer.Argument(
        metavar="OBJECT",
        help="A contract's or invoice's number, a client's name, or contract/ID, invoice/ID, import/ID, "
        "follow-up/ID.",
    ),
]


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(why)


Lines = Annotated[
    bool, typer.Option("--lines", help="Of an invoice: say how each of its lines came about instead.")
]


def why(what: Object, of_firm: OfFirm = "", as_json: AsJson = False, lines: Lines = False) -> None:
    """Say what a record waits for: for whom, since when, and what happens at which time otherwise."""
    from contracts_app.services import explaining  # the product: only when asked for
    from contracts_app.store.views import named, waiting
    from contracts_app.store.views.calendar import firm_day

    with books(of_firm) as (connection, firm_id):
        known = named.find(connection, firm_id, what)
        if lines:
            _say_lines(explaining.lines(connection, firm_id, known.id), as_json)
            return
        process = waiting.why(connection, firm_id, known.subject.value, known.id)
        zone = firm_day(connection, firm_id).zone
    if as_json:
        line(_as_json(known, process))
    else:
        for sentence in _sentences(known, process, zone):
            say(sentence)


def _say_lines(explained: Sequence[Explained], as_json: bool) -> None:
    """Each line with its clause, its steps and what they come to; Raises Refused for what is no invoice."""
    for one in explained:
        if as_json:
            line(one.model_dump(mode="json"))
            continue
        say(f"{one.item_no} {one.description}: {one.billed:,f}. {one.clause[0].upper()}{one.clause[1:]}.")
        for step in one.this_period:
            say(f"    {step.amount:,f}  {step.words}")
        say("    to date: " + " + ".join(f"{step.words} {step.amount:,f}" for step in one.to_date))
        for said in (*one.rates, one.retainage):
            if said:
                say(f"    {said}")


def _where(known: Named, process: Waiting | None) -> str:
    if process is None:
        return "not_begun"
    if process.parked:
        return "parked"
    if process.finished:
        return "finished"
    return "waits" if process.settled(known.version) else "works"


def _as_json(known: Named, process: Waiting | None) -> Mapping[str, object]:
    where = _where(known, process)
    waits = process if process is not None and where == "waits" else None
    return {
        "object": known.name,
        "title": known.title,
        "state": known.state,
        "process": where,
        "sentence": waits.sentence if waits else _said(known, where),
        "waits_for": waits.for_role if waits else None,
        "since": _instant(waits.since if waits else None),
        "deadline": _instant(waits.deadline if waits else None),
        "otherwise": (waits.otherwise or None) if waits else None,
        "parked_step": process.parked_step if process else None,
        "parked_reason": process.parked_reason if process else None,
    }


def _said(known: Named, where: str) -> str | None:
    """What is said where nobody is waited for; nothing of a step that failed: that has its own reason."""
    from contracts_app.domain.receivables.told_of_states import at_work, over

    said = {"finished": over, "works": at_work}.get(where)
    return said(known.subject, known.state) if said else None


def _instant(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _sentences(known: Named, process: Waiting | None, zone: str) -> Iterator[str]:
    from contracts_app.domain.business_time import date_in
    from contracts_app.domain.transitions import in_words

    yield f"{known.title}: {in_words(known.state)}."
    where = _where(known, process)
    if process is None:
        yield "Nothing works on it: it has no process."
    elif where == "parked":
        yield f"The system could not do a step: {in_words(process.parked_step or '')}."
        yield f"{process.parked_reason} A controller or an administrator can try again or give it up."
    elif said := _said(known, where):
        yield said
    else:
        yield process.sentence or ""
        role = "nobody" if process.for_role in (None, "nobody") else f"the {in_words(process.for_role or '')}"
        told = f"Waiting for {role}"
        if process.since:
            told += f" since {date_in(process.since, zone)}"
        if process.deadline:
            told += f"; on {date_in(process.deadline, zone)} {process.otherwise or 'the process looks again'}"
        elif process.otherwise:
            told += f"; {process.otherwise}"
        yield f"{told}."
