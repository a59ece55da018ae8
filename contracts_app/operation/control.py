"""Up, down and status of one component of one installation."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from contracts_app.operation import installation as local
from contracts_app.operation import processes
from contracts_app.operation.addresses import is_free
from contracts_app.operation.component import CannotStart, Component
from contracts_app.operation.postgres import Postgres
from contracts_app.operation.python_services import LocalMail, Web, Worker
from contracts_app.operation.temporal_server import Temporal
from contracts_app.settings import Settings, given_in_environment

START_LIMIT = 60.0
"""Seconds a component may take to become ready."""
LETTING_GO = 2.0
"""Seconds in which whoever listened at an address may close it."""
DRAIN_LIMIT = 15.0
"""Seconds a component may take to finish what it is doing."""

COMPONENTS: dict[str, type[Component]] = {
    kind.name: kind for kind in (Postgres, Temporal, LocalMail, Worker, Web)
}
"""In the order in which they are started."""

SIGNALS = {"TERM": signal.SIGTERM, "KILL": signal.SIGKILL}

Tell = Callable[[str], None]
Report = dict[str, object]


def component(state_dir: Path, name: str) -> Component:
    """The component as recorded now. Raises `KeyError` for an unknown name."""
    return COMPONENTS[name](local.ensure(state_dir), Settings(state_dir=state_dir))


def up(state_dir: Path, name: str, tell: Tell) -> Report:
    """Start the component unless it runs, wait until it is ready; once started, it is kept.

    A component whose address the environment gives is only asked. Raises `CannotStart`.
    """
    local.ensure(state_dir)
    with local.lock(state_dir, name):
        part = component(state_dir, name)
        if part.given_by_environment:
            _wait_ready(part, 5.0, None)
            return _report(part, None)
        running = processes.find(part.identity)
        if running is not None:
            try:
                _wait_ready(part, START_LIMIT, running)
                return _report(part, running)
            except CannotStart:
                # One that lives without getting ready is for a person to judge; one that was dying
                # when we looked is simply started again.
                if processes.find(part.identity) is not None:
                    raise
        processes.kill(part.identity)  # what is left when its first process was killed
        for last in (False, False, True):
            part = _settle_addresses(part, tell)
            part.prepare()
            running = processes.start(part.identity, part.launch())
            try:
                _wait_ready(part, START_LIMIT, running)
            except CannotStart:
                processes.kill(part.identity)
                # Between our look and its start somebody else may have taken the address: once more.
                if last or not _busy(part):
                    raise
                continue
            break
        part.complete()
        return _report(part, running)


def down(state_dir: Path, name: str, with_signal: signal.Signals = signal.SIGTERM) -> Report:
    """Stop the component; returns when every process of it is gone.

    TERM lets it finish what it is doing, 15 seconds at most (`drained` tells whether that was enough);
    KILL ends all at once. Raises `TimeoutError` when a process cannot be ended.
    """
    local.ensure(state_dir)
    with local.lock(state_dir, name):
        part = component(state_dir, name)
        ended = processes.pids(processes.everything(part.identity))
        drained = False
        if with_signal == signal.SIGKILL:
            processes.kill(part.identity)
        else:
            drained = processes.stop(part.identity, part.stop_signal, DRAIN_LIMIT)
        return {"component": name, "ended": ended, "drained": drained and bool(ended)}


def status(state_dir: Path, name: str) -> Report:
    """Whether the component runs and is ready, since when, which version."""
    part = component(state_dir, name)
    running = processes.find(part.identity)
    reason = part.not_ready()
    if not reason and running is None and not (part.given_by_environment or part.answers_itself()):
        reason = f"{name} does not run here: who answers at {part.ready_url} is of another installation"
    return {
        "component": name,
        "pid": running.pid if running else None,
        "ready": not reason,
        "reason": reason,
        "since": running.since.isoformat() if running else None,
        "external": part.given_by_environment,
        "ready_url": part.ready_url,
        **part.facts(),
    }


def alive(state_dir: Path, name: str) -> bool:
    """Whether the component's first process lives, or the component is somebody else's."""
    part = component(state_dir, name)
    return part.given_by_environment or processes.find(part.identity) is not None


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _report(part: Component, running: processes.Running | None) -> Report:
    return {
        "component": part.name,
        "pid": running.pid if running else None,
        "pgid": running.pgid if running else None,
        "ready_url": part.ready_url,
        "log": str(part.identity.log) if running else None,
        "external": part.given_by_environment,
    }


def _busy(part: Component) -> list[str]:
    """Names of the component's recorded addresses at which somebody listens."""
    settings = part.settings.model_dump()
    return [
        name for name, setting in part.listens.items() if not is_free(_address(part, settings, name, setting))
    ]


def _address(part: Component, settings: dict[str, object], name: str, setting: str) -> str:
    # Database URLs are not addresses; what the environment may give is host:port for all others.
    return part.installation.addresses[name] if name == "database" else str(settings[setting])


def _settle_addresses(part: Component, tell: Tell) -> Component:
    """Take other addresses where somebody else listens at the recorded ones.

    Not at once: a process killed a moment ago looks gone before the kernel has closed what it listened at.
    """
    state_dir = part.installation.state_dir
    until = time.monotonic() + LETTING_GO
    while _busy(part) and time.monotonic() < until:
        time.sleep(0.05)
    for name in _busy(part):
        setting = part.listens[name]
        old = part.installation.addresses[name]
        if setting in given_in_environment():
            raise CannotStart(f"{part.name}: somebody listens at CONTRACTS_{setting.upper()} already")
        moved = local.move(state_dir, name)
        tell(f"{part.name}: somebody else listens at {old}; taking {moved.addresses[name]} from now on")
    return component(state_dir, part.name)


def _wait_ready(part: Component, seconds: float, running: processes.Running | None) -> None:
    until = time.monotonic() + seconds
    while reason := part.not_ready():
        ended = running is not None and processes.find(part.identity) is None
        if ended or time.monotonic() > until:
            what = "ended at its start" if ended else f"was not ready within {seconds:.0f} s"
            log = part.identity.log
            where = f" Log {log}:\n{log_tail(log)}" if running else ""
            raise CannotStart(f"{part.name} {what}: {reason}{where}")
        time.sleep(0.1)
