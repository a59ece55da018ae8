"""Running a report: one snapshot, every row counted and hashed, and an audit entry that it was run."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.reports.audit_report import Asked, Report
from contracts_app.services.audit_reports.result import Result, Table, Writer
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views.audit_reports import running as store
from contracts_app.store.views.calendar import firm_day

SHOWN = 200
"""Rows of a part that a page shows; its files have all."""


def run(
    engine: Engine,
    firm_id: UUID,
    report: Report,
    given: Mapping[str, str],
    by: tuple[UUID, str] | None,
    *,
    keep: int = SHOWN,
    writers: Sequence[Writer] = (),
    form: str = "page",
) -> Result:
    """Run a report with the parameters given as texts, and record that it was.

    `by`: id and name of who asks; None: whoever runs the command line. `keep` rows of each part are kept in
    the result, the writers get all. Raises Refused for parameters that are none.
    """
    with reading(engine, firm_id) as connection:
        asked = asked_of(connection, firm_id, given)
        store.plan_for_all_rows(connection)
        ran_at = store.clock(connection)
        head = store.stand(connection, firm_id, asked.as_of)
        tables = []
        for part in report.parts:
            table = Table(part, keep)
            for writer in writers:
                writer.part(part)
            for row in store.rows(connection, firm_id, part.query, asked):
                cells = table.add(row)
                for writer in writers:
                    writer.row(part, cells)
            tables.append(table)
        name = store.name_of_firm(connection, firm_id)
    result = Result(
        run_id=uuid4(),
        report=report,
        firm=name,
        asked=asked,
        ran_at=ran_at,
        ran_by=by[1] if by else f"{getpass.getuser()} (command line)",
        head=head,
        tables=tables,
    )
    for writer in writers:
        writer.end(result.footer())
    _record(engine, firm_id, result, by[0] if by else None, form)
    return result


def asked_of(connection: Connection, firm_id: UUID, given: Mapping[str, str]) -> Asked:
    """Parameters as typed: without days the year so far, without an instant what is known by now.

    Raises Refused for a day, an instant, a contract or a client that is none.
    """
    today = firm_day(connection, firm_id).today
    to_on = _day(given.get("to", ""), "to") or today
    from_on = _day(given.get("from", ""), "from") or to_on.replace(month=1, day=1)
    if from_on > to_on:
        raise wrong_content("no_period", f"The first day {from_on} is after the last day {to_on}.")
    number, name = given.get("contract", "").strip(), given.get("client", "").strip()
    contract_id = store.contract_of(connection, firm_id, number) if number else None
    client_id = store.client_of(connection, firm_id, name) if name else None
    if number and contract_id is None:
        raise wrong_content("no_contract", f"There is no contract with the number “{number}”.")
    if name and client_id is None:
        raise wrong_content("no_client", f"There is no client with the name “{name}”.")
    return Asked(
        from_on=from_on,
        to_on=to_on,
        as_of=_instant(connection, firm_id, given.get("as_of", "")),
        contract_id=contract_id,
        client_id=client_id,
        contract=number,
        client=name,
    )


def _instant(connection: Connection, firm_id: UUID, typed: str) -> datetime:
    now = store.clock(connection)
    if not typed.strip():
        return now
    text = typed.strip()
    try:
        if len(text) == len("2024-03-31"):
            day = date.fromisoformat(text)
            return min(store.end_of(connection, firm_id, day), now)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise wrong_content(
            "no_instant",
            f"“{typed}” is no instant: write a day like 2024-03-31 (its end), or 2024-03-31T17:00:00Z.",
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > now:
        raise wrong_content("instant_to_come", f"{text} is still to come: nothing is known as of then.")
    return at


def _day(typed: str, name: str) -> date | None:
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise wrong_content("no_day", f"“{typed}” in “{name}” is no day: write it like 2024-03-31.") from None
    if not 1900 <= day.year <= 2999:
        raise wrong_content("no_day", f"{day} in “{name}” is no day of a business: 1900 to 2999.")
    return day


def _record(engine: Engine, firm_id: UUID, result: Result, by: UUID | None, form: str) -> None:
    footer = result.footer()
    told = {
        name: footer[name] for name in ("report", "title", "parameters", "ran_by", "audit_entry", "parts")
    }
    with own_step(engine, firm_id, f"report:{result.run_id}", Origin(), by) as tx:
        tx.record("report", result.run_id, 0, "run_report", None, None, {}, {**told, "form": form})
