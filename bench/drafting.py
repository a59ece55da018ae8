"""Drafting: a billing run of the product against one SQL statement and a bare loop over the same entries.

The statement prices every approved, unclaimed entry by the rate card, adds up per contract, inserts a draft
per contract and claims the entries. It writes into bare tables and leaves out: caps, contracts that cannot
be billed, snapshot and content hash, row-level security of what it writes, versions, processes, the outcome
per contract and the audit. The loop only prices and adds up what lies in memory: it reads and writes nothing.
An entry is a line of its draft: it is printed with its date, time, rate and amount.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from bench import bare, firm
from bench.figure import Figure, exponent, per_second, ratio
from bench.firm import PERIOD_TO, Firm
from bench.place import Place, place
from bench.size import Size
from contracts_app.domain.billing.billing_runs import StartBillingRun
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.roles import Role
from contracts_app.services import billing_runs
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, open_engine

BARE_TABLES = ("invoice", "claim")
STATEMENT = """
WITH priced AS (
    SELECT e.contract_id, e.sov_line_id, e.id,
        round(coalesce(e.bill_seconds, e.seconds) * r.rate / 3600, 2) AS amount
    FROM time_entry AS e
    JOIN contract AS c ON c.firm_id = e.firm_id AND c.id = e.contract_id AND c.state = 'active'
        AND c.terms ->> 'billed_by_run' = 'true'
    JOIN rate_card_row AS r ON r.firm_id = e.firm_id AND r.contract_id = e.contract_id AND r.person = e.person
        AND r.effective_from <= e.work_date AND (r.effective_to IS NULL OR e.work_date < r.effective_to)
    WHERE e.firm_id = %(firm)s AND e.state = 'approved' AND e.billable AND NOT e.billed_elsewhere
        AND e.held_reason IS NULL AND e.sov_line_id IS NOT NULL AND e.work_date <= %(period_to)s
        AND NOT EXISTS (SELECT FROM bare.claim AS k WHERE k.firm_id = e.firm_id AND k.time_entry_id = e.id)
), summed AS (
    SELECT contract_id, sov_line_id, sum(amount) AS amount FROM priced GROUP BY contract_id, sov_line_id
), drafted AS (
    INSERT INTO bare.invoice (firm_id, id, contract_id, kind, application_no, period_to, entries, releases,
        content_hash, prepared_by, state)
    SELECT %(firm)s, gen_random_uuid(), contract_id, 'consulting', 1, %(period_to)s,
        jsonb_agg(jsonb_build_object('line_id', sov_line_id, 'this_period', amount::text)), '[]',
        repeat('0', 64), %(by)s, 'draft'
    FROM summed GROUP BY contract_id RETURNING id, contract_id
), claimed AS (
    INSERT INTO bare.claim (firm_id, invoice_id, time_entry_id)
    SELECT %(firm)s, drafted.id, priced.id FROM priced JOIN drafted USING (contract_id) RETURNING 1
)
SELECT (SELECT count(*) FROM drafted), (SELECT count(*) FROM claimed), (SELECT sum(amount) FROM summed)
"""

RATES = """
SELECT contract_id, person, effective_from, effective_to, rate FROM rate_card_row WHERE firm_id = %(firm)s
"""
ENTRIES = """
SELECT contract_id, sov_line_id, person, work_date, coalesce(bill_seconds, seconds) FROM time_entry
WHERE firm_id = %(firm)s AND state = 'approved' AND billable AND work_date <= %(period_to)s
"""
READ_AT_ONCE = 10_000
CENT, NOTHING = Decimal("0.01"), Decimal(0)
AIMS: Mapping[str, float | None] = {"one statement": 3, "bare loop": None}
"""How many times as long as these the product may take. The loop has no aim: it keeps nothing."""

Result = tuple[int, int, Decimal]
"""Drafts, entries claimed, amount billed."""


def measure(size: Size) -> Iterator[Figure]:
    """Seconds of each, lines a second, ratios, and how they grow."""
    taken: dict[str, list[tuple[int, Sequence[float]]]] = {name: [] for name in CONTENDERS}
    with place() as here:
        for contracts in size.contracts:
            lines = contracts * size.entries
            seconds = _in_turns(here, contracts, size)
            for name in CONTENDERS:
                taken[name].append((lines, seconds[name]))
                yield Figure(f"draft {lines:,} lines of {contracts:,} contracts, {name}", seconds[name])
            for name in CONTENDERS:
                yield per_second(f"draft {lines:,} lines, {name}", lines, seconds[name], "lines")
            for name, aim in AIMS.items():
                what = f"draft {lines:,} lines, product / {name}"
                yield ratio(what, seconds["product"], seconds[name], aim)
    smallest, largest = (at * size.entries for at in (size.contracts[0], size.contracts[-1]))
    for name in CONTENDERS:
        yield exponent(f"growth from {smallest:,} to {largest:,} lines, {name}", taken[name])


def _in_turns(here: Place, contracts: int, size: Size) -> Mapping[str, Sequence[float]]:
    """Seconds of each contender, run after run on fresh copies; every other run begins at the other end."""
    template = f"firm_{contracts}"
    made = firm.make(here, template, contracts, size.entries)
    bare.make_tables(here.owner_url(template), BARE_TABLES)
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for run in range(size.runs):
        with here.copied(template) as settings:
            results = set()
            for name in CONTENDERS if run % 2 == 0 else reversed(CONTENDERS):
                took, result = CONTENDERS[name](settings, made)
                seconds[name].append(took)
                results.add(result)
            if results != {(contracts, contracts * size.entries, next(iter(results))[2])}:
                raise AssertionError(f"the contenders do not come to the same: {results}")
    here.drop(template)
    return seconds


def by_product(settings: Settings, made: Firm) -> tuple[float, Result]:
    """Chunk after chunk, as the run's workflow has them done; its drafts' workflows are not started."""
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        run_id = begin(engine, made)
        began = time.perf_counter()
        while billing_runs.draft_chunk(engine, made.id, run_id, Origin()):
            pass
        took = time.perf_counter() - began
    finally:
        engine.dispose()
    with bare.of_firm(settings.database_url, made.id) as connection:
        return took, _result(
            connection.execute(
                "SELECT count(*), (SELECT count(*) FROM claim), sum(amount) FROM billing_run_item"
                " WHERE outcome = 'drafted'"
            )
        )


def begin(engine: Engine, made: Firm) -> UUID:
    """Start a billing run; its id."""
    run_id = deterministic_id(made.id, "billing_run", f"{made.people[Role.coordinator]}:run")
    made.do(engine, Role.coordinator, StartBillingRun(run_id=run_id, period_to=PERIOD_TO), "run")
    return run_id


def by_statement(settings: Settings, made: Firm) -> tuple[float, Result]:
    """The statement and its commit."""
    given = {"firm": made.id, "period_to": PERIOD_TO, "by": made.people[Role.coordinator]}
    with bare.of_firm(settings.database_url, made.id) as connection:
        began = time.perf_counter()
        answer = connection.execute(STATEMENT, given)
        result = _result(answer)
        connection.commit()
        return time.perf_counter() - began, result


def by_loop(settings: Settings, made: Firm) -> tuple[float, Result]:
    """Rate × time, rounded, added up per contract and line; only the loop is timed, not the reading."""
    took, count = 0.0, 0
    sums: dict[tuple[object, object], Decimal] = {}
    with bare.of_firm(settings.database_url, made.id) as connection:
        rates: dict[tuple[object, object], list[tuple[Any, Any, Any]]] = {}
        for contract_id, person, begins, ends, rate in connection.execute(RATES, {"firm": made.id}):
            rates.setdefault((contract_id, person), []).append((begins, ends, rate))
        with connection.cursor(name="entries") as entries:
            entries.execute(ENTRIES, {"firm": made.id, "period_to": PERIOD_TO})
            while rows := entries.fetchmany(READ_AT_ONCE):
                count += len(rows)
                began = time.perf_counter()
                _add_up(rows, rates, sums)
                took += time.perf_counter() - began
    return took, (len({contract_id for contract_id, _ in sums}), count, sum(sums.values(), Decimal(0)))


def _add_up(rows: Sequence[Any], rates: Mapping[Any, Any], sums: dict[Any, Decimal]) -> None:
    for contract_id, line_id, person, day, seconds in rows:
        for begins, ends, rate in rates[contract_id, person]:
            if begins <= day and (ends is None or day < ends):
                amount = (rate * seconds / 3600).quantize(CENT, ROUND_HALF_UP)
                sums[contract_id, line_id] = sums.get((contract_id, line_id), NOTHING) + amount
                break


def _result(answer: psycopg.Cursor[tuple[object, ...]]) -> Result:
    row = answer.fetchone()
    assert row is not None
    drafts, claims, amount = row
    return int(str(drafts)), int(str(claims)), Decimal(str(amount)).quantize(Decimal("0.01"))


CONTENDERS: dict[str, Callable[[Settings, Firm], tuple[float, Result]]] = {
    "product": by_product,
    "one statement": by_statement,
    "bare loop": by_loop,
}
