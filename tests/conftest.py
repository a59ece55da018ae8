"""Real parts for tests: a PostgreSQL cluster, a Temporal server and a mail server of their own.

Each test process (each worker of pytest-xdist) has a state folder of its own, so nothing is shared
between processes and nothing of an installation on this machine is touched.
"""

import gc
import os
import shutil
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings as profiles
from psycopg import sql
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from contracts_app.documents import press
from contracts_app.operation import control, installation
from contracts_app.operation.installation import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER, Installation
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from tests.services.small_firm import SmallFirm

pytest_plugins = ["tests.transitions_taken"]
TEMPLATE = "template_migrated"
LIVED = "template_lived"
WITH_A_FIRM_THAT_LIVED = (
    "tests/api/test_proving.py",
    "tests/api/test_reports.py",
    "tests/services/test_invariants.py",
    "tests/services/test_keeping.py",
    "tests/services/test_period_close.py",
    "tests/services/test_proving.py",
    "tests/services/test_telling_commands.py",
)
"""Modules whose database is a copy of one firm's half year; one process runs them, so that it lives once."""


# How long one example takes says nothing of the rule: a busy machine must not fail a test.
profiles.register_profile("untimed", deadline=None)
profiles.load_profile("untimed")


def pytest_configure() -> None:
    """Nothing from the developer's own installation reaches a test."""
    for name in [name for name in os.environ if name.startswith("CONTRACTS_")]:
        del os.environ[name]
    # Tests of documents look at both converters; all others take the one that every machine has, and that
    # starts in a third of the time.
    os.environ["CONTRACTS_PDF_CONVERTER"] = "wheel"
    press.set_up("wheel")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors, at most four: many tests wait for a server or a timer."""
    return min(4, (os.cpu_count() or 1) + 1)


LONGEST_FIRST = ("scenarios", "browser", "operation", "api", "workflows", "services")
"""Folders in the order in which a run with several processes takes them up: no process ends it alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by folder; the order within a folder stays."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(Path(__file__).parent).parts[0], len(rank)))


def pytest_collection_finish() -> None:
    """What was collected stays until the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _ByFile(LoadFileScheduling):  # type: ignore[misc]  # its package has no types
    """A file at a time to a process, and those that share a firm to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return WITH_A_FIRM_THAT_LIVED[0] if file in WITH_A_FIRM_THAT_LIVED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    """How tests are spread over processes."""
    return _ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped has failed: a missing part must not look like a passing test."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that is skipped."""
    report = yield
    if os.environ.get("CI") == "true" and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure in CI: {report.longrepr}"
    return report


@dataclass(frozen=True)
class Database:
    """One database of the test cluster, by its two roles."""

    name: str
    url: str
    owner_url: str
    superuser_url: str


@dataclass(frozen=True)
class MailServer:
    """The real local mail server: where to send, where the messages lie, where they are shown."""

    address: str
    folder: Path
    view_url: str


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """A state folder for this test process; every component started in it is stopped at the end."""
    # Not below pytest's own folder: that one is closed to the user PostgreSQL runs as under root.
    folder = Path(tempfile.mkdtemp(prefix="contracts-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, control.SIGNALS["KILL"])
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pg(state_dir: Path) -> Installation:
    """The PostgreSQL cluster of this test process, with a migrated template database."""
    control.up(state_dir, "pg", print)
    # A port of its own for the web: installations that start side by side would all prefer the same one.
    cluster = installation.move(state_dir, "http")
    _forget_on_power_cut(cluster)
    create_database(cluster, TEMPLATE, "template0")
    from contracts_app.store.migrations.run import upgrade

    upgrade(cluster.url(OWNER_ROLE, TEMPLATE))
    return cluster


@pytest.fixture(scope="module")
def database(pg: Installation, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database for one test module: empty, or with the firm that has lived."""
    name = f"test_{uuid4().hex[:12]}"
    template = TEMPLATE
    if request.path.relative_to(request.config.rootpath).as_posix() in WITH_A_FIRM_THAT_LIVED:
        request.getfixturevalue("lived")
        template = LIVED
    yield create_database(pg, name, template)
    _drop_database(pg, name)


CopyDatabase = Callable[[Settings], Settings]


@pytest.fixture(scope="module")
def copy_database(pg: Installation, state_dir: Path) -> CopyDatabase:
    """Copies the database to which settings lead, while nobody is connected to it. The copies go with the
    cluster: to drop one makes the server write out everything first."""

    def copy(settings: Settings) -> Settings:
        template = urlsplit(settings.database_url).path.removeprefix("/")
        return _settings(state_dir, create_database(pg, f"test_{uuid4().hex[:12]}", template))

    return copy


@pytest.fixture(scope="session")
def temporal(state_dir: Path) -> str:
    """Address of a real Temporal server, namespace `contracts`. Use a task queue of your own."""
    control.up(state_dir, "temporal", print)
    return Settings(state_dir=state_dir).temporal_address


@pytest.fixture
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """The time-skipping test server: for timers; it has no schedules and no listing."""
    server = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(server)
    ) as environment:
        yield environment


@pytest.fixture(scope="session")
def smtp(state_dir: Path) -> MailServer:
    """The local mail server of this test process."""
    control.up(state_dir, "mail", print)
    settings = Settings(state_dir=state_dir)
    return MailServer(settings.smtp_address, state_dir / "mail", f"http://{settings.mail_view_address}")


@pytest.fixture(scope="session")
def lived(pg: Installation, state_dir: Path, smtp: MailServer) -> "SmallFirm":
    """The firm that `WITH_A_FIRM_THAT_LIVED` looks at, each module in a copy of its own."""
    from tests.services import small_firm

    small = small_firm.lived(_settings(state_dir, create_database(pg, LIVED, TEMPLATE)))
    small.engine.dispose()
    return small


@pytest.fixture(scope="module")
def settings(state_dir: Path, database: Database) -> Settings:
    """Settings of this test module: its own database, cheap password hashes."""
    return _settings(state_dir, database)


def _settings(state_dir: Path, database: Database) -> Settings:
    return Settings(
        state_dir=state_dir,
        database_url=database.url,
        owner_database_url=database.owner_url,
        password_time_cost=1,
        password_memory_kib=8,
    )


def _forget_on_power_cut(cluster: Installation) -> None:
    """No test cuts the power of its machine, and a cluster that is thrown away need not survive that; it
    survives the kill of any process as before."""
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as session:
        session.execute("ALTER SYSTEM SET fsync = off")
        session.execute("ALTER SYSTEM SET full_page_writes = off")
        session.execute("SELECT pg_reload_conf()")


def create_database(cluster: Installation, name: str, template: str) -> Database:
    """A database of this cluster, as a copy."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    words = [sql.Identifier(word) for word in (name, template, OWNER_ROLE)]
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as session:
        session.execute(statement.format(*words))
    return Database(
        name=name,
        url=cluster.url(APPLICATION_ROLE, name),
        owner_url=cluster.url(OWNER_ROLE, name),
        superuser_url=cluster.url(SUPERUSER, name),
    )


def _drop_database(cluster: Installation, name: str) -> None:
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
