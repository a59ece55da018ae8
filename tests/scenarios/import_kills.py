"""Kill a large import with SIGKILL at random moments, go on each time, look at what came in.

    python -m tests.scenarios.import_kills --rows 100000 --kills 50 --seed 1

On a PostgreSQL of its own. A process posts chunk by chunk, as the worker does, and is killed anywhere in a
chunk, again and again; the last one is left alone. Then every row of the file must be there once, with the
hours of the file in all; and taking the import back must leave none. Prints one JSON line per kill and one at
the end; exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Engine, text

from bench import firm
from bench.importing import sheet
from bench.place import place
from contracts_app.domain.commands.import_commands import PostImport, UndoImport
from contracts_app.domain.roles import Role
from contracts_app.services import imports
from contracts_app.store.imports import find
from contracts_app.store.transaction import Origin, open_engine, reading
from tests.services.posting_killed import killed_while_posting

SECONDS = 180
"""Each row's: three minutes."""


def main() -> None:
    """Receive, analyse, post under kills, count, take back."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--chunk", type=int, default=2_000)
    parser.add_argument("--longest", type=float, default=2.0, help="seconds until a kill, at most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with place() as here:
        made = firm.make(here, "import_kills", 1, 0)
        url = here.settings("import_kills").database_url
        engine = open_engine(url, pool_size=2)
        try:
            ok = _play(engine, made, url, asked)
        finally:
            engine.dispose()
    sys.exit(0 if ok else 1)


def _play(engine: Engine, made: firm.Firm, url: str, asked: argparse.Namespace) -> bool:
    began = time.monotonic()
    import_id = imports.receive(
        engine,
        firm_id=made.id,
        by=made.people[Role.coordinator],
        key="upload",
        kind="timesheet",
        contract_id=made.contract_id,
        file_name="time sheet.csv",
        data=sheet(asked.rows),
    )
    imports.analyse_import(engine, made.id, import_id, Origin())
    made.do(engine, Role.coordinator, PostImport(import_id=import_id), "post")
    analysed = time.monotonic()
    moments, kills = random.Random(asked.seed), 0
    while _said(engine, made, import_id)[0] == "posting":
        after = moments.uniform(0, asked.longest) if kills < asked.kills else None
        if killed_while_posting(url, made.id, import_id, asked.chunk, after):
            kills += 1
            _, posted = _said(engine, made, import_id)
            _tell({"kill": kills, "after": round(after or 0, 3), "posted": posted})
    ended = time.monotonic()
    with reading(engine, made.id) as connection:
        counted = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM time_entry WHERE import_id = :i),"
                " (SELECT count(DISTINCT description) FROM time_entry WHERE import_id = :i),"
                " (SELECT sum(seconds) FROM time_entry WHERE import_id = :i),"
                " (SELECT count(*) FROM imported_row WHERE import_id = :i),"
                " (SELECT count(*) FROM staged_row WHERE import_id = :i)"
            ),
            {"i": import_id},
        ).one()
    rows = asked.rows
    exact = tuple(map(int, counted)) == (rows, rows, rows * SECONDS, rows, 0)
    undone = made.do(
        engine, Role.coordinator, UndoImport(import_id=import_id, reason="Only a trial."), "undo"
    )
    told = {
        "rows": rows,
        "kills": kills,
        "exact": exact,
        "counted": [int(one) for one in counted],
        "taken_back": undone.result["rows"],
        "seconds": {
            "until posting": round(analysed - began, 1),
            "posting under kills": round(ended - analysed, 1),
            "taking back": round(time.monotonic() - ended, 1),
        },
    }
    _tell(told)
    return exact and undone.result["rows"] == rows and kills >= min(asked.kills, 1)


def _tell(said: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _said(engine: Engine, made: firm.Firm, import_id: UUID) -> tuple[str, int]:
    with reading(engine, made.id) as connection:
        row = find(connection, made.id, import_id)
    assert row is not None
    return row["state"], row["rows_posted"] or 0


if __name__ == "__main__":
    main()
