"""Process control on real servers: start, kill, leftovers, strangers, several installations."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import psycopg
import pytest

from contracts_app.operation import control, installation, processes
from contracts_app.operation.addresses import split
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER
from contracts_app.operation.processes import MARK, Identity

KILL = control.SIGNALS["KILL"]


@pytest.fixture
def place() -> Iterator[Path]:
    """An installation of this test's own."""
    with tempfile.TemporaryDirectory(prefix="contracts-control-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            for component in reversed(control.COMPONENTS):
                control.down(folder, component, KILL)


def of_installation(place: Path) -> list[int]:
    return processes.pids(
        process
        for name in control.COMPONENTS
        for process in processes.everything(control.component(place, name).identity)
    )


def test_postgres_starts_once_keeps_data_and_drains(place: Path) -> None:
    first = control.up(place, "pg", print)
    again = control.up(place, "pg", print)
    assert (first["pid"], first["pgid"]) == (again["pid"], again["pid"])
    assert os.getsid(int(str(first["pid"]))) == first["pid"]
    local = installation.ensure(place)
    with psycopg.connect(local.url(OWNER_ROLE)) as session:
        session.execute("CREATE TABLE kept (figure numeric(19, 4)); INSERT INTO kept VALUES (5865300)")
        session.execute(f"GRANT SELECT ON kept TO {APPLICATION_ROLE}")
    stopped = control.down(place, "pg")
    assert stopped["drained"] is True
    assert of_installation(place) == []
    control.up(place, "pg", print)
    with psycopg.connect(local.url(APPLICATION_ROLE)) as session:
        row = session.execute("SELECT figure::text FROM kept").fetchone()
        assert row == ("5865300.0000",)


def test_application_role_owns_nothing_and_passwords_are_asked_for(place: Path) -> None:
    control.up(place, "pg", print)
    local = installation.ensure(place)
    with psycopg.connect(local.url(APPLICATION_ROLE), autocommit=True) as session:
        rights = session.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("CREATE TABLE mine (id int)")
    right = local.passwords[SUPERUSER]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(local.url(SUPERUSER).replace(right, "wrong"))
    assert (place / "installation.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("component", ["pg", "temporal", "mail"])
def test_kill_takes_every_process_and_up_recovers(place: Path, component: str) -> None:
    control.up(place, component, print)
    before = of_installation(place)
    assert len(before) >= (5 if component == "pg" else 1)  # PostgreSQL's backends have sessions of their own
    ended = control.down(place, component, KILL)
    assert set(before) <= set(ended["ended"])  # type: ignore[call-overload]
    assert of_installation(place) == []
    assert control.up(place, component, print)["pid"] not in before
    assert control.status(place, component)["ready"] is True


@pytest.mark.parametrize("component", ["pg", "temporal", "mail"])
def test_up_recovers_when_only_the_first_process_was_killed(place: Path, component: str) -> None:
    pid = int(str(control.up(place, component, print)["pid"]))
    os.kill(pid, signal.SIGKILL)
    report = control.up(place, component, print)
    assert report["pid"] != pid
    assert control.status(place, component)["ready"] is True


def test_stale_files_that_name_strangers_harm_nobody(place: Path) -> None:
    control.up(place, "pg", print)
    control.up(place, "mail", print)
    for component in ("pg", "mail"):
        control.down(place, component, KILL)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        try:
            created = psutil.Process(stranger.pid).create_time()
            for component in ("pg", "mail"):
                record = {"pid": stranger.pid, "created": created}
                (place / f"{component}.pid").write_text(json.dumps(record))
            (place / "pg" / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n{place}/pg/data\n")
            assert control.down(place, "mail")["ended"] == []
            for component in ("pg", "mail"):
                assert control.up(place, component, print)["pid"] != stranger.pid
                control.down(place, component, KILL)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_orphan_of_a_killed_component_is_ended_before_a_new_start(place: Path) -> None:
    installation.ensure(place)
    mark = {**os.environ, MARK: Identity("mail", place).mark}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=mark) as orphan:
        control.up(place, "mail", print)
        assert orphan.wait(5) == -signal.SIGKILL


def test_takes_another_address_when_somebody_listens_there(place: Path) -> None:
    old = installation.ensure(place).addresses["smtp"]
    told: list[str] = []
    with socket.create_server(split(old)):
        control.up(place, "mail", told.append)
        new = installation.ensure(place).addresses["smtp"]
        assert new != old
        assert any(old in sentence and new in sentence for sentence in told)
        assert control.status(place, "mail")["ready"] is True
    control.down(place, "mail")
    control.up(place, "mail", print)
    assert installation.ensure(place).addresses["smtp"] == new


def test_keeps_its_address_when_who_listened_there_is_just_letting_go(place: Path) -> None:
    """As the kernel does for a process that was killed a moment ago."""
    old = installation.ensure(place).addresses["smtp"]
    told: list[str] = []
    with socket.create_server(split(old)) as listening:
        going = threading.Timer(0.5, listening.close)
        going.start()
        control.up(place, "mail", told.append)
    going.join()
    assert installation.ensure(place).addresses["smtp"] == old
    assert told == []


def test_two_starts_at_once_make_one_server(place: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: control.up(place, "mail", print), range(2))
    assert first["pid"] == second["pid"]


def test_address_from_the_environment_is_asked_not_started(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.ensure(place)
    monkeypatch.setenv("CONTRACTS_TEMPORAL_ADDRESS", "127.0.0.1:9")  # the discard port: nobody there
    with pytest.raises(CannotStart, match="Temporal does not answer"):
        control.up(place, "temporal", print)
    assert of_installation(place) == []


class _AnotherInstallation(BaseHTTPRequestHandler):
    """Who answers as our web and worker do, and is not ours."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"ready": True, "live": True, "installation": "another"}).encode())

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("name", ["web", "worker"])
def test_who_answers_at_our_address_without_being_ours_is_not_taken_for_us(place: Path, name: str) -> None:
    address = control.component(place, name).ready_url.removeprefix("http://").partition("/")[0]
    with ThreadingHTTPServer(split(address), _AnotherInstallation) as stranger:
        answering = threading.Thread(target=stranger.serve_forever)
        answering.start()
        try:
            state = control.status(place, name)
        finally:
            stranger.shutdown()
            answering.join()
    assert (state["pid"], state["ready"]) == (None, False)
    assert "of another installation" in str(state["reason"])


def test_command_line_prints_json_lines_and_exit_status(place: Path) -> None:
    def contracts(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CONTRACTS_STATE_DIR": str(place)}
        command = [sys.executable, "-m", "contracts_app", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    started = contracts("up", "pg", "mail")
    assert started.returncode == 0, started.stderr
    reports = [json.loads(line) for line in started.stdout.splitlines()]
    assert [report["component"] for report in reports] == ["pg", "mail"]
    assert all({"pid", "pgid", "ready_url", "log"} <= report.keys() for report in reports)
    state = contracts("status", "--json")
    assert state.returncode == 1
    ready = {line["component"]: line["ready"] for line in map(json.loads, state.stdout.splitlines())}
    assert ready == {"pg": True, "temporal": False, "mail": True, "worker": False, "web": False}
    assert contracts("down", "mail", "--signal", "KILL").returncode == 0
    assert contracts("up", "nothing").returncode == 2
    assert contracts("down").returncode == 0
    assert of_installation(place) == []
