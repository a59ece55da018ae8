"""Kill the worker with SIGKILL while it posts a large time sheet, on a whole installation that runs.

    python -m tests.scenarios.import_kills --rows 100000 --kills 50 --seed 1

PostgreSQL, Temporal, mail, worker and web as a firm runs them. The file is handed over and posted through
the public API. The worker (with `--all-components` PostgreSQL, Temporal or the worker) is killed at a
random moment after rows have come in since the kill before, and started again; Temporal goes on. Then every
row of the file must be there once, with its hours, `contracts check` must hold, and taking the file back
must leave none. If it was posted before there were so many kills, it comes in again. Prints one JSON line
per kill and one per round; exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL
from typing import Any

from sqlalchemy import text

from bench.firm import AGREED, PEOPLE, PROJECT, TODAY
from bench.importing import FILE_NAME, sheet
from contracts_app.operation import control
from contracts_app.sample.load import load
from contracts_app.sample.people import FIRM
from contracts_app.sample.stage import Cast, Stage, signed_in
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine, reading
from tests.scenarios.kills import contracts, installation

SECONDS = 180
"""Each row's: three minutes."""
STANDSTILL = 600
"""Seconds without a row after which the import counts as stuck."""
_NUMBER = "IMP-KILLS"
_COUNTED = text(
    "SELECT (SELECT count(*) FROM time_entry WHERE import_id = :i),"
    " (SELECT count(DISTINCT description) FROM time_entry WHERE import_id = :i),"
    " (SELECT coalesce(sum(seconds), 0) FROM time_entry WHERE import_id = :i),"
    " (SELECT count(*) FROM imported_row WHERE import_id = :i),"
    " (SELECT count(*) FROM staged_row WHERE import_id = :i)"
)


def main() -> int:
    """Post under kills, count, check, take back."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--longest", type=float, default=0.5, help="seconds from rows to a kill, at most")
    parser.add_argument("--all-components", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with installation() as state_dir:
        settings = Settings(state_dir=state_dir)
        load(settings)
        settings = Settings(state_dir=state_dir)
        with signed_in(settings) as cast:
            return 0 if _play(state_dir, settings, cast, asked) else 1


def _play(state_dir: Path, settings: Settings, cast: Cast, asked: argparse.Namespace) -> bool:
    stage = Stage(cast, lambda said: None)
    contract_id = _agree(stage)
    chance = random.Random(asked.seed)  # not for secrets: a seed makes a run repeatable
    killed = ("worker", "pg", "temporal") if asked.all_components else ("worker",)
    kills: Counter[str] = Counter()
    holds, turn = True, 0
    while holds and kills.total() < asked.kills:
        turn += 1
        began = time.monotonic()
        import_id = cast.coordinator.upload(
            f"upload {turn}", "timesheet", contract_id, FILE_NAME, sheet(asked.rows)
        )
        _read_whole(stage, import_id)
        cast.coordinator.give(f"/api/imports/{import_id}/post", f"post {turn}")
        read = time.monotonic()
        _kill_while_posting(state_dir, cast, import_id, asked, chance, killed, kills)
        ended = time.monotonic()
        stage.settle()
        counted = _counted(settings, import_id)
        exact = counted == (asked.rows, asked.rows, asked.rows * SECONDS, asked.rows, 0)
        check = contracts(state_dir, "check", "--json")
        cast.coordinator.give(f"/api/imports/{import_id}/undo", f"undo {turn}", {"reason": "Only a trial."})
        stage.settle()
        left = _counted(settings, import_id)[0]
        holds = exact and check.returncode == 0 and left == 0
        _tell(
            {
                "round": turn,
                "rows": asked.rows,
                "kills so far": dict(kills),
                "exact": exact,
                "counted": counted,
                "check": check.returncode,
                "left after taking back": left,
                "seconds": {"read": round(read - began, 1), "posted under kills": round(ended - read, 1)},
            }
        )
    return holds


def _agree(stage: Stage) -> str:
    """A contract by time in force, and the firm's calendar beyond the days of the sheet."""
    cast = stage.cast
    manager = next(
        one["id"]
        for one in cast.coordinator.get("/api/people")["people"]
        if "project_manager" in one["roles"]
    )
    terms = {
        "currency": "USD",
        "original_sum": "90000000.00",
        "contract_date": AGREED.isoformat(),
        "receivable_arises": "submission",
        "certified_by_client": False,
        "invoice_form": "consulting",
        "billed_by_run": True,
        "controller_limit": "90000000.00",
    }
    opened = cast.coordinator.give(
        "/api/contracts",
        "open",
        {
            "client_id": stage.id_of("clients", "Sample Client 01"),
            "legal_entity_id": stage.id_of("legal-entities", FIRM.name),
            "project_manager_id": manager,
            "number": _NUMBER,
            "title": "Studies",
            "terms": terms,
        },
    )
    contract_id = str(opened["contract_id"])
    stage.settle()
    line = {"item_no": "1", "description": "Studies", "scheduled_value": "90000000.00"}
    rates = [
        {"person": f"Sample Engineer {n}", "rate": str(100 + 5 * n), "effective_from": AGREED.isoformat()}
        for n in range(PEOPLE)
    ]
    at = f"/api/contracts/{contract_id}"
    cast.coordinator.give(f"{at}/schedule", "schedule", {"lines": [{**line, "basis": "time_and_materials"}]})
    cast.coordinator.give(f"{at}/rate-card", "rates", {"rows": rates})
    cast.coordinator.give(f"{at}/projects", "projects", {"names": [PROJECT]})
    cast.controller.give(f"{at}/activate", "activate")
    stage.settle()
    cast.administrator.give("/api/calendar/move", "move", {"to": TODAY.isoformat()})
    stage.settle()
    return contract_id


def _read_whole(stage: Stage, import_id: str) -> None:
    """Wait until the file is read; it asks nothing."""
    until = time.monotonic() + STANDSTILL
    while (found := stage.cast.coordinator.get(f"/api/imports/{import_id}"))["state"] == "received":
        if time.monotonic() > until:
            raise RuntimeError("the file is not read")
        time.sleep(1)
    if found["state"] != "ready":
        raise RuntimeError(f"the file is {found['state']}: {json.dumps(found['report'])[:1000]}")


def _kill_while_posting(
    state_dir: Path,
    cast: Cast,
    import_id: str,
    asked: argparse.Namespace,
    chance: random.Random,
    killed: Sequence[str],
    kills: Counter[str],
) -> None:
    """Kill and start again, after rows have come in each time."""
    posted, moved = 0, time.monotonic()
    while True:
        found: Mapping[str, Any] = cast.coordinator.get(f"/api/imports/{import_id}")
        if found["state"] == "posted":
            return
        if (found["rows_posted"] or 0) == posted:
            if time.monotonic() - moved > STANDSTILL:
                raise RuntimeError(f"no row for {STANDSTILL} s, at {posted:,}")
            time.sleep(0.05)
            continue
        posted, moved = found["rows_posted"], time.monotonic()
        if kills.total() >= asked.kills:
            continue
        pause, component = chance.uniform(0, asked.longest), chance.choice(killed)
        time.sleep(pause)
        control.down(state_dir, component, SIGKILL)
        control.up(state_dir, component, lambda said: None)
        kills[component] += 1
        _tell({"kill": kills.total(), "of": component, "after": round(pause, 3), "rows": posted})


def _counted(settings: Settings, import_id: str) -> tuple[int, ...]:
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        with reading(engine, FIRM.id) as connection:
            return tuple(map(int, connection.execute(_COUNTED, {"i": import_id}).one()))
    finally:
        engine.dispose()


def _tell(said: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
