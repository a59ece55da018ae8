"""All components together: readiness follows what a process depends on, and everything drains."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from contracts_app.commands_line.repair import fitted
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.operation import control, store_copies
from contracts_app.operation.installation import ensure
from contracts_app.operation.quiet import wait_until_quiet
from contracts_app.sample.people import FIRM, PEOPLE, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.services.quiet import open_work
from contracts_app.settings import Settings

KILL = control.SIGNALS["KILL"]


def contracts(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CONTRACTS_STATE_DIR": str(place)}
    command = [sys.executable, "-m", "contracts_app", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def done(ran: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


def stop(place: Path, *components: str) -> None:
    for component in components:
        control.down(place, component)


def start(place: Path, *components: str) -> None:
    for component in components:
        control.up(place, component, print)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A whole installation, migrated, started by the command line."""
    with tempfile.TemporaryDirectory(prefix="contracts-whole-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            started = contracts(folder, "up")
            assert started.returncode == 0, started.stderr
            reports = [json.loads(line) for line in started.stdout.splitlines()]
            assert [report["component"] for report in reports] == list(control.COMPONENTS)
            yield folder
        finally:
            for component in reversed(control.COMPONENTS):
                control.down(folder, component, KILL)


@pytest.fixture(scope="module")
def empty(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both stores as they were before there was a firm."""
    folder = tmp_path_factory.mktemp("empty")
    store_copies.copy_temporal(ensure(place), folder / "temporal.sqlite")
    store_copies.dump_database(ensure(place), folder / "contracts.dump")
    return folder


def readiness(settings: Settings) -> dict[str, int]:
    addresses = {"web": settings.http_address, "worker": settings.worker_health_address}
    return {
        name: httpx.get(f"http://{address}/health/ready", timeout=5).status_code
        for name, address in addresses.items()
    }


def seconds_until(settings: Settings, status: int, limit: float) -> float:
    began = time.monotonic()
    while set(readiness(settings).values()) != {status}:
        assert time.monotonic() - began < limit, readiness(settings)
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.mark.parametrize("component", ["pg", "temporal"])
def test_readiness_follows_what_is_depended_on(place: Path, component: str) -> None:
    settings = Settings(state_dir=place)
    assert set(readiness(settings).values()) == {200}
    control.down(place, component, KILL)
    seconds_until(settings, 503, 5)
    live = httpx.get(f"http://{settings.http_address}/health/live")
    assert live.status_code == 200
    control.up(place, component, print)
    seconds_until(settings, 200, 10)


def test_every_process_can_be_killed_and_started_again(place: Path) -> None:
    for component in ("worker", "web", "mail"):
        before = control.status(place, component)["pid"]
        control.down(place, component, KILL)
        assert control.up(place, component, print)["pid"] != before
    state = contracts(place, "status", "--json")
    assert state.returncode == 0, state.stdout
    worker = next(
        line for line in map(json.loads, state.stdout.splitlines()) if line["component"] == "worker"
    )
    assert worker["version"]


def test_nothing_is_due_in_an_empty_installation(place: Path) -> None:
    quiet = contracts(place, "quiesce", "10", "--json")
    assert (quiet.returncode, json.loads(quiet.stdout)) == (0, {"quiet": True, "open": []})


def test_a_backup_brings_both_stores_back(place: Path, empty: Path, tmp_path: Path) -> None:
    """Work, a backup, more work, a restore: the books stand as then, and the restored workflow goes on."""
    settings = Settings(state_dir=place)
    done(contracts(place, "demo", "load"))
    passwords = {one.name: one.password for one in sign_ins(settings)}
    person = next(one for one in PEOPLE if one.title == "administrator")
    administrator = Signed(settings.public_url, person.email, passwords[person.email])

    def today() -> date:
        return date.fromisoformat(administrator.get("/api/calendar")["today"])

    def next_day(key: str) -> None:
        administrator.give("/api/calendar/move", key, {"to": (today() + timedelta(days=1)).isoformat()})

    backup = tmp_path / "backup"
    try:
        administrator.sign_in()
        began = today()
        next_day("before")
        assert wait_until_quiet(lambda: open_work(settings), 60) == []
        done(contracts(place, "backup", "--to", str(backup)))
        again = contracts(place, "backup", "--to", str(backup))
        assert (again.returncode, "is not empty" in again.stderr) == (1, True)
        next_day("lost")
        done(contracts(place, "audit", "checkpoint"))
        running = contracts(place, "restore", "--from", str(backup), "--replace")
        assert (running.returncode, "worker runs" in running.stderr) == (1, True)

        stop(place, "worker", "web")
        kept = contracts(place, "restore", "--from", str(backup))
        assert (kept.returncode, "--replace throws away" in kept.stderr) == (1, True)
        told = json.loads(
            done(contracts(place, "restore", "--from", str(backup), "--replace", "--json")).stdout
        )
        assert (told["ok"], told["log"], told["online"]) == (True, [], False)
        assert not (place / "temporal.sqlite.replaced").exists()
        always = ("--from", "2026-01-01", "--to", "2999-12-31", "--format", "json")
        recorded = done(contracts(place, "report", "21", *always)).stdout.splitlines()
        assert json.loads(recorded[0])["what"] == "restore backup"
        assert len(told["set_aside"]) == 1  # signed after the backup: the log has no such entry any more

        done(contracts(place, "rehearse", "--from", str(backup)))
        start(place, "worker", "web")
        assert today() == began + timedelta(days=1)
        next_day("after")
        assert today() == began + timedelta(days=2)
        done(contracts(place, "check", "--online", "--against", str(backup / "checkpoints")))
        refused = contracts(place, "repair")
        assert (refused.returncode, "web runs" in refused.stderr) == (1, True)
    finally:
        administrator.close()
    one_store_alone_is_recognised_and_mended(place, empty, settings)


def one_store_alone_is_recognised_and_mended(place: Path, empty: Path, settings: Settings) -> None:
    """Temporal's store from before the firm, then ours from before the firm: both ways."""
    installation = ensure(place)
    calendar = [process_name(Subject.calendar, FIRM.id)]
    stop(place, "web", "temporal")
    store_copies.put_temporal(installation, empty / "temporal.sqlite")
    start(place, "temporal")
    told = contracts(place, "repair", "--dry-run", "--json")
    assert (told.returncode, json.loads(told.stdout)["without_workflow"]) == (1, calendar)
    assert json.loads(done(contracts(place, "repair", "--json")).stdout)["without_workflow"] == calendar
    assert not fitted(settings, mending=False)
    assert wait_until_quiet(lambda: open_work(settings), 60) == []

    stop(place, "worker")
    store_copies.load_database(installation, empty / "contracts.dump")
    store_copies.take_loaded(installation)
    control.component(place, "pg").complete()
    assert fitted(settings, mending=True).without_record == calendar
    assert not fitted(settings, mending=False)
    start(place, "worker", "web")


def test_term_drains_every_component(place: Path) -> None:
    stopped = contracts(place, "down")
    assert stopped.returncode == 0
    reports = [json.loads(line) for line in stopped.stdout.splitlines()]
    assert [report["component"] for report in reports] == list(reversed(control.COMPONENTS))
    assert all(report["drained"] for report in reports), reports
