"""A billing run over a thousand contracts, ten of them broken in ten ways, while the worker is killed twice.

    python tests/scenarios/billing_run_thousand.py

On an installation of its own, gone afterwards. One contract is agreed, worked and put in force through the
API; the others are copies of its rows, made set by set as the database's superuser, and the broken ones are
broken the same way. The run is started through the API. It must draft every sound contract once, say of each
broken one why not, claim no entry twice, and a second run must add nothing. Prints JSON lines with seconds;
exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from contracts_app.operation import control
from contracts_app.operation import installation as local
from contracts_app.sample.load import load
from contracts_app.sample.people import FIRM
from contracts_app.sample.stage import Cast, signed_in
from contracts_app.settings import Settings
from tests.scenarios.kills import contracts as command_line

KILL = control.SIGNALS["KILL"]
PATIENCE = 1800.0
PERIOD_TO = "2024-03-31"
HOURS = ((4, 3.5), (5, 8), (12, 6.25), (20, 2))
"""Day of March and hours: an hour is 100.00, so a sound contract bills 1,975.00."""
Tell = Callable[[dict[str, object]], None]

BROKEN: Mapping[str, str] = {
    "no rate on the day": (
        "UPDATE rate_card_row SET effective_from = '2024-03-15' WHERE contract_id = %(contract)s"
    ),
    "currency that is none": (
        'UPDATE contract SET terms = terms || \'{"currency": "dollars"}\' WHERE id = %(contract)s'
    ),
    "terms without a sum": ("UPDATE contract SET terms = terms - 'original_sum' WHERE id = %(contract)s"),
    "cut-off day in words": (
        'UPDATE contract SET terms = terms || \'{"cut_off_day": "last"}\' WHERE id = %(contract)s'
    ),
    "no cut-off day": ("UPDATE contract SET terms = terms - 'cut_off_day' WHERE id = %(contract)s"),
    "draft in hand": (
        "INSERT INTO invoice (firm_id, id, contract_id, kind, application_no, period_to, entries, releases,"
        " content_hash, prepared_by, state) SELECT firm_id, gen_random_uuid(), id, 'consulting', 1,"
        " '2024-02-29', '[]', '[]', repeat('0', 64), prepared_by, 'draft' FROM contract"
        " WHERE id = %(contract)s"
    ),
    "more than an amount can hold": (
        "UPDATE rate_card_row SET rate = 9999999999 WHERE contract_id = %(contract)s;"
        "UPDATE time_entry SET seconds = 3600000000 WHERE contract_id = %(contract)s;"
        "UPDATE sov_line SET not_to_exceed = false WHERE contract_id = %(contract)s"
    ),
    "name that is empty": ("UPDATE rate_card_row SET person = '' WHERE contract_id = %(contract)s"),
    "line that is not billed by time": (
        "UPDATE sov_line SET basis = 'lump_sum' WHERE contract_id = %(contract)s"
    ),
    "refused by the database": (
        "ALTER TABLE invoice ADD CONSTRAINT not_this_one CHECK (contract_id <> '%(plain)s') NOT VALID"
    ),
}
"""What is wrong with a contract, and the statement that makes it so."""

_CLONE = """
WITH template AS (SELECT id FROM contract WHERE number = 'T-0000'), numbers AS (
    SELECT to_char(n, '"T-"FM0000') AS number, md5('contract ' || n)::uuid AS id
    FROM generate_series(1, %(contracts)s - 1) AS n)
INSERT INTO contract SELECT made.* FROM contract AS known, numbers,
    jsonb_populate_record(known, jsonb_build_object('id', numbers.id, 'number', numbers.number)) AS made
WHERE known.id = (SELECT id FROM template);
"""
_CLONE_PARTS = """
INSERT INTO {table} SELECT made.* FROM {table} AS known, contract AS agreed,
    jsonb_populate_record(known, jsonb_build_object(
        'id', md5(known.id::text || agreed.id::text), 'contract_id', agreed.id{more})) AS made
WHERE known.contract_id = (SELECT id FROM contract WHERE number = 'T-0000') AND agreed.number LIKE 'T-%'
    AND agreed.number <> 'T-0000';
"""
_CLONE_PROCESSES = """
INSERT INTO process (firm_id, subject, subject_id, opened_at)
SELECT firm_id, 'contract', id, clock_timestamp() FROM contract
WHERE number LIKE 'T-%' AND number <> 'T-0000';
"""


@contextmanager
def installation() -> Iterator[Path]:
    """A whole installation of its own, running; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-thousand-"))
    folder.chmod(0o711)
    try:
        local.ensure(folder)
        local.move(folder, "http")
        started = command_line(folder, "up")
        if started.returncode:
            raise RuntimeError(started.stderr)
        yield folder
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, KILL)
        shutil.rmtree(folder)


class Scenario:
    """The firm and its thousand contracts."""

    def __init__(
        self, state_dir: Path, cast: Cast, contracts: int, *, with_processes: bool, tell: Tell
    ) -> None:
        self._state_dir = state_dir
        self._cast = cast
        self._contracts = contracts
        self._with_processes = with_processes
        self._tell = tell
        self._url = local.ensure(state_dir).url(local.SUPERUSER)
        self.faults: list[str] = []
        self.broken: dict[str, str] = {}

    def make(self) -> None:
        """One contract through the API, the others as its copies."""
        began = time.monotonic()
        self._cast.administrator.give("/api/calendar/move", "april", {"to": "2024-04-02"})
        self._template()
        with self._database() as connection:
            connection.execute(_CLONE, {"contracts": self._contracts})
            for table, more in (
                ("sov_line", ""),
                ("rate_card_row", ""),
                ("time_entry", ", 'sov_line_id', md5(known.sov_line_id::text || agreed.id::text)"),
            ):
                connection.execute(_CLONE_PARTS.format(table=table, more=more))
            if self._with_processes:
                connection.execute(_CLONE_PROCESSES)
        self._tell({"made": self._contracts, "seconds": _since(began)})
        if self._with_processes:
            began = time.monotonic()
            self._quiet()
            self._tell({"contract processes quiet after seconds": _since(began)})

    def break_ten(self) -> None:
        """Break ten of them, far apart."""
        with self._database() as connection:
            for position, (name, statement) in enumerate(BROKEN.items()):
                number = f"T-{(2 * position + 1) * self._contracts // (2 * len(BROKEN)):04}"
                row = connection.execute("SELECT id FROM contract WHERE number = %s", [number]).fetchone()
                assert row is not None
                for one in statement.split(";"):
                    if "%(plain)s" in one:
                        connection.execute(one.replace("%(plain)s", str(row[0])))
                    else:
                        connection.execute(one, {"contract": row[0]})
                self.broken[number] = name

    def run(self, key: str, kills: int) -> dict[str, Any]:
        """A run from its start to its end, the worker killed so many times in the middle of it."""
        began = time.monotonic()
        run_id = self._cast.coordinator.give("/api/billing-runs", key, {"period_to": PERIOD_TO})["run_id"]
        killed: list[int] = []
        until = began + PATIENCE
        while (run := self._cast.coordinator.get(f"/api/billing-runs/{run_id}?page=1"))["state"] != "done":
            if len(killed) < kills and run["done"] * (kills + 1) > run["total"] * (len(killed) + 1):
                killed.append(run["done"])
                control.down(self._state_dir, "worker", KILL)
                control.up(self._state_dir, "worker", lambda sentence: None)
            if time.monotonic() > until:
                raise TimeoutError(f"the run stands at {run['done']} of {run['total']}")
            time.sleep(0.1)
        seconds = _since(began)
        counts = {name: run[name] for name in ("drafted", "nothing_to_bill", "blocked")}
        self._tell({"run": key, "seconds": seconds, "worker killed at": killed, **counts})
        if len(killed) != kills:
            self.faults.append(f"the worker was killed {len(killed)} times")
        return dict(run)

    def judge_first(self, run: Mapping[str, Any]) -> None:
        """Every sound contract has its draft, every broken one its reason."""
        found = {
            item["contract_number"]: item
            for outcome in ("nothing_to_bill", "blocked")
            for item in self._cast.coordinator.get(
                f"/api/billing-runs/{run['id']}?outcome={outcome}&page=1000"
            )["items"]
        }
        for number, item in sorted(found.items()):
            name = self.broken.get(number, "(sound)")
            self._tell({number: name, "outcome": item["outcome"], "sentence": item["sentence"]})
        sound = self._contracts - len(self.broken)
        if run["drafted"] != sound:
            self.faults.append(f"{run['drafted']} drafted instead of {sound}")
        if found.keys() != self.broken.keys() or not all(item["sentence"] for item in found.values()):
            self.faults.append("not exactly the broken contracts have a reason")
        hours = sum(hours for _, hours in HOURS)
        self._holds("SELECT count(*) FROM invoice", sound + 1)
        self._holds("SELECT count(*) FROM claim", sound * len(HOURS))
        self._holds("SELECT count(DISTINCT (firm_id, time_entry_id)) FROM claim", sound * len(HOURS))
        self._holds(f"SELECT count(*) FROM billing_run_item WHERE amount = {hours * 100}", sound)
        self._holds("SELECT count(*) FROM invoice_editor e JOIN invoice i ON i.id = e.invoice_id", sound)

    def judge_second(self, run: Mapping[str, Any]) -> None:
        """Nothing is added."""
        if run["drafted"]:
            self.faults.append(f"the second run drafted {run['drafted']}")
        self._holds("SELECT count(*) FROM invoice", self._contracts - len(self.broken) + 1)

    def wait_until_started(self, sound: int) -> None:
        """Every draft has its workflow, which waits."""
        began = time.monotonic()
        query = (
            "SELECT count(*) FROM process WHERE subject = 'invoice' AND started_at IS NOT NULL"
            " AND sentence IS NOT NULL"
        )
        until = began + PATIENCE
        while self._count(query) < sound and time.monotonic() < until:
            time.sleep(1)
        self._holds(query, sound)
        self._tell({"drafts wait for their preparer after seconds": _since(began)})

    def _template(self) -> None:
        coordinator, manager = self._cast.coordinator, self._cast.project_manager
        people = coordinator.get("/api/people")["people"]
        entities = coordinator.get("/api/legal-entities")["legal_entities"]
        given: dict[str, Any] = {
            "client_id": coordinator.get("/api/clients")["clients"][0]["id"],
            "legal_entity_id": next(one["id"] for one in entities if one["currency"] == "USD"),
            "project_manager_id": next(one["id"] for one in people if "project_manager" in one["roles"]),
            "number": "T-0000",
            "title": "Studies",
            "terms": {
                "currency": "USD", "original_sum": "5000.00", "contract_date": "2024-02-19",
                "receivable_arises": "submission", "certified_by_client": False,
                "invoice_form": "consulting", "billed_by_run": True, "controller_limit": "50000.00",
            },
        }  # fmt: skip
        contract = f"/api/contracts/{coordinator.give('/api/contracts', 'open', given)['contract_id']}"
        line = {
            "item_no": "1", "description": "Study", "scheduled_value": "5000.00",
            "basis": "time_and_materials",
        }  # fmt: skip
        coordinator.give(f"{contract}/schedule", "schedule", {"lines": [line]})
        rate = {"rate": "100.00", "effective_from": "2024-02-19"}
        coordinator.give(f"{contract}/rate-card", "rates", {"rows": [rate]})
        self._cast.controller.give(f"{contract}/activate", "activate")
        worked = [
            {
                "item_no": "1", "person": "Sample Engineer", "work_date": f"2024-03-{day:02}",
                "seconds": int(hours * 3600),
            }
            for day, hours in HOURS
        ]  # fmt: skip
        entries = coordinator.give(f"{contract}/time", "time", {"entries": worked})["entries"]
        seen = [{"id": entry_id, "version": 1} for entry_id in entries]
        manager.give(f"{contract}/time/approve", "approve", {"entries": seen})

    def _quiet(self) -> None:
        until = time.monotonic() + PATIENCE
        while not (calendar := self._cast.coordinator.get("/api/calendar"))["quiet"]:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(calendar['open'])} processes are not quiet")
            time.sleep(1)

    def _holds(self, query: str, expected: int) -> None:
        found = self._count(query)
        if found != expected:
            self.faults.append(f"{query}: {found} instead of {expected}")

    def _count(self, query: str) -> int:
        with self._database() as connection:
            row = connection.execute(query).fetchone()
            assert row is not None
            return int(row[0])

    @contextmanager
    def _database(self) -> Iterator[psycopg.Connection[Any]]:
        """As the superuser, past the guards: to make rows that the product never makes."""
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


def prove(contracts: int, tell: Tell, *, with_processes: bool = False) -> list[str]:
    """Make them, break ten, run twice; what does not hold."""
    with installation() as state_dir:
        settings = Settings(state_dir=state_dir)
        load(settings)
        with signed_in(settings) as cast:
            scenario = Scenario(state_dir, cast, contracts, with_processes=with_processes, tell=tell)
            scenario.make()
            scenario.break_ten()
            scenario.judge_first(scenario.run("first", kills=2))
            scenario.wait_until_started(contracts - len(BROKEN))
            scenario.judge_second(scenario.run("second", kills=0))
            return scenario.faults


def main() -> int:
    """Prove it, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--contracts", type=int, default=1000)
    parser.add_argument(
        "--with-processes",
        action="store_true",
        help="the copies have workflows that wait for their period, too",
    )
    chosen = parser.parse_args()

    def tell(what: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    began = time.monotonic()
    faults = prove(chosen.contracts, tell, with_processes=chosen.with_processes)
    tell({"firm": FIRM.name, "contracts": chosen.contracts, "seconds": _since(began), "faults": faults})
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
