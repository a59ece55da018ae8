"""Which transitions of which table the tests take, through commands and the steps of processes that follow.

A part of pytest (`tests/conftest.py` names it): each process notes what its committed transactions did, the
run ends with `transitions: N of M`, and a whole run that leaves one out has failed. Parts of the suite add up
in a file: `pytest --transitions=FILE tests/services/test_tax.py`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import local
from typing import Any, NamedTuple

import pytest

import contracts_app
from contracts_app.domain import transitions
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.transitions import Table
from contracts_app.services.invariants import lives
from contracts_app.store import transaction
from contracts_app.store.transaction import Transaction

_ANNOTATIONS = ("Table", "Mapping[str, Mapping[str, tuple[str, ...]]]")
_GATHERED = pytest.StashKey[set["Taken"]]()
_KEY = "transitions_taken"
_BEGINNINGS = "beginnings"
"""The table of what brings a record into being: kind, command, first state."""

NOT_TAKEN = {("beginnings", "message", "queue_message", "bounced")}
"""What no test takes yet: a mail to a client of which no address is known. It is counted as missing."""


class Taken(NamedTuple):
    """A step of a record: by which command or automatic step, from which state to which."""

    table: str
    action: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.table}: {self.action}, {self.before} → {self.after}"


@cache
def tables() -> Mapping[str, Table]:
    """Every table of transitions of the product, by its name in lower case; found by its annotation."""
    root = Path(contracts_app.__file__).parent
    found: dict[str, Table] = {}
    for path in sorted(root.rglob("*.py")):
        text = path.read_text("utf-8")
        if not any(f": {one} = " in text for one in _ANNOTATIONS):
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) in _ANNOTATIONS:
                name = ast.unparse(node.target)
                module = ".".join(("contracts_app", *path.relative_to(root).with_suffix("").parts))
                assert name.strip("_").lower() not in found, f"two tables are called {name}"
                found[name.strip("_").lower()] = getattr(import_module(module), name)
    return found


def every() -> Iterator[Taken]:
    """All that the tables allow."""
    for name, table in tables().items():
        for action, rows in table.items():
            for before, targets in rows.items():
                yield from (Taken(name, action, before, after) for after in targets)


class _Noting:
    """What the transactions of this process did."""

    def __init__(self) -> None:
        self.taken: set[Taken] = set()
        self._names = {id(table): name for name, table in tables().items()}
        self._open = local()

    def begin(self) -> None:
        self._open.seen, self._open.asked = [], []

    def asked(self, table: Table, action: str, before: str, targets: Sequence[str]) -> None:
        """The table allows it; where it names one state only, this is what it leads to."""
        name = self._names.get(id(table))
        if name is not None and hasattr(self._open, "seen"):
            self._open.asked.append((name, action, before))
            if len(targets) == 1:
                self._open.seen.append(Taken(name, action, before, targets[0]))

    def recorded(self, kind: str, action: str, before: str | None, after: str | None) -> None:
        if after is None:
            return
        if before is None:
            self._open.seen.append(Taken(_BEGINNINGS, kind, action, after))
            return
        names = {name for name, asked, state in self._open.asked if (asked, state) == (action, before)}
        if kind in lives._TABLES:
            names = {self._names[id(lives._TABLES[kind])]}
        self._open.seen += [Taken(name, action, before, after) for name in names]

    def committed(self, *, by_command: bool) -> None:
        # What people command counts only where it came as a command.
        given = {name for name, route in ROUTES.items() if route.roles}
        self.taken |= {one for one in self._open.seen if by_command or not {one.action, one.before} & given}
        self.begin()


def _listen() -> _Noting:
    """Hear what tables are asked, what is recorded and what is committed. For the life of this process."""
    noting = _Noting()
    require, opened = transitions.require, transaction._open
    record, append = Transaction.record, Transaction.append_audit

    def asking(table: Table, command: str, state: str, what: str) -> tuple[str, ...]:
        targets = require(table, command, state, what)
        noting.asked(table, command, state, targets)
        return targets

    def opening(*given: Any) -> Transaction:
        noting.begin()
        return opened(*given)

    def recording(
        tx: Transaction, kind: str, of: object, version: int, action: str, before: Any, after: Any, *more: Any
    ) -> None:
        noting.recorded(kind, action, before, after)
        record(tx, kind, of, version, action, before, after, *more)

    def appending(tx: Transaction, command: Any, origin: Any, doing: str) -> None:
        append(tx, command, origin, doing)
        if doing == "done":
            noting.committed(by_command=command is not None)

    for module in list(sys.modules.values()):
        if getattr(module, "require", None) is require:
            module.require = asking  # type: ignore[attr-defined]
    transaction._open = opening  # type: ignore[assignment]
    Transaction.record = recording  # type: ignore[method-assign,assignment]
    Transaction.append_audit = appending  # type: ignore[method-assign,assignment]
    return noting


class _Listening:
    """The part that a process has which runs tests."""

    def __init__(self) -> None:
        self._noting: _Noting | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """All modules of the tests are there now, and what they import from the product."""
        if not session.config.option.collectonly:
            self._noting = _listen()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        taken = self._noting.taken if self._noting else set()
        session.config.stash[_GATHERED] |= taken
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[_KEY] = [[str(part) for part in one] for one in sorted(taken)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where parts of the suite add up."""
    parser.addoption("--transitions", help="add the transitions that were taken to this file, and count all")


def pytest_configure(config: pytest.Config) -> None:
    """Processes that only spread tests over others take nothing themselves."""
    config.stash[_GATHERED] = set()
    if not getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(_Listening())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A process of pytest-xdist has ended."""
    said = getattr(node, "workeroutput", {}).get(_KEY, ())
    node.config.stash[_GATHERED] |= {Taken(*one) for one in said}


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were asked for."""
    option = config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.collectonly)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(chosen)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run that took not all has failed."""
    config = session.config
    if hasattr(config, "workeroutput"):
        return
    taken = config.stash[_GATHERED]
    if path := config.getoption("--transitions"):
        sum_up = Path(path)
        if sum_up.exists():
            taken |= {Taken(*line.split("\t")) for line in sum_up.read_text("utf-8").splitlines()}
        sum_up.write_text("".join("\t".join(one) + "\n" for one in sorted(taken)), "utf-8")
    if _is_whole(config) and session.exitstatus == pytest.ExitCode.OK and {*missing(taken)} - NOT_TAKEN:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def missing(taken: set[Taken]) -> Sequence[Taken]:
    """Those that no test took."""
    return [one for one in every() if one not in taken]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How many of all; which not, where that is a failure or was asked for."""
    if not (_is_whole(config) or config.getoption("--transitions")) or config.option.collectonly:
        return
    left = missing(config.stash[_GATHERED])
    count = sum(1 for _ in every())
    terminalreporter.write_line(
        f"transitions: {count - len(left)} of {count}", red=bool(left), green=not left
    )
    for one in left:
        terminalreporter.write_line(f"  no test takes {one}", red=True)
