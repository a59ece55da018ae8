"""Processes of one component: start them apart, recognise them for sure, end all of them.

A process is ours when its environment carries our mark (component and state folder), which a process
gets from us at its start or inherits from one that did. A stale pid file can therefore never point
us at a stranger, and an orphan left by a kill is still found.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

MARK = "CONTRACTS_COMPONENT"
LOG_LIMIT = 20_000_000
_children: dict[int, subprocess.Popen[bytes]] = {}  # ours to reap as long as this process lives


@dataclass(frozen=True)
class Launch:
    """How a component's first process is started."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    user: int | None = None
    group: int | None = None


@dataclass(frozen=True)
class Identity:
    """What tells one component of one installation from everything else on the machine."""

    component: str
    state_dir: Path
    also: Callable[[psutil.Process], bool] = lambda process: False
    """Recognises processes whose environment cannot be read any more (PostgreSQL overwrites it)."""

    @property
    def mark(self) -> str:
        return f"{self.component}@{self.state_dir}"

    @property
    def pid_file(self) -> Path:
        return self.state_dir / f"{self.component}.pid"

    @property
    def log(self) -> Path:
        return self.state_dir / f"{self.component}.log"

    def claims(self, process: psutil.Process) -> bool:
        """Whether the process belongs to this component. One we may not look into does not."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.environ().get(MARK) == self.mark or self.also(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


@dataclass(frozen=True)
class Running:
    """The first process of a component, alive when this was made."""

    pid: int
    pgid: int
    since: datetime


def start(identity: Identity, launch: Launch) -> Running:
    """Start the component in a session of its own and write `COMPONENT.pid`; does not wait for it."""
    if identity.log.exists() and identity.log.stat().st_size > LOG_LIMIT:
        identity.log.replace(identity.log.with_suffix(".log.1"))
    environment = {**os.environ, **launch.environment, MARK: identity.mark}
    environment["CONTRACTS_STATE_DIR"] = str(identity.state_dir)
    with open(identity.log, "ab", opener=_private) as log:
        child = subprocess.Popen(
            list(launch.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=launch.folder,
            user=launch.user,
            group=launch.group,
            extra_groups=[] if launch.user is not None else None,
            umask=0o077,
            start_new_session=True,
        )
    _children[child.pid] = child
    process = psutil.Process(child.pid)
    created = process.create_time()
    # A process that is just being loaded (from a cold disk that takes a while) shows no environment
    # yet: wait for our mark, so that nobody takes it for a stranger.
    _wait(lambda: child.poll() is not None or identity.claims(process), 10)
    record = json.dumps({"pid": child.pid, "created": created})
    fresh = identity.pid_file.with_suffix(".pid.new")
    fresh.write_text(record, encoding="utf-8")
    fresh.replace(identity.pid_file)
    return _running(child.pid, created)


def append_log(identity: Identity, text: str) -> None:
    """Add what a step before the start said to the component's log."""
    with open(identity.log, "a", encoding="utf-8", opener=_private) as log:
        log.write(text)


def find(identity: Identity) -> Running | None:
    """The component's first process, if it is alive and surely ours."""
    _reap()
    try:
        record = json.loads(identity.pid_file.read_text(encoding="utf-8"))
        process = psutil.Process(record["pid"])
        created = process.create_time()
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError):
        return None
    # Two seconds: the kernel's start time is exact, but its origin moves when the clock is set.
    if abs(created - record["created"]) > 2 or not identity.claims(process):
        return None
    return _running(process.pid, created)


def everything(identity: Identity) -> list[psutil.Process]:
    """All living processes of the component: marked, or below one that is."""
    _reap()
    marked = [process for process in psutil.process_iter() if identity.claims(process)]
    found = {process.pid: process for process in marked}
    for process in marked:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.update({child.pid: child for child in process.children(recursive=True) if _alive(child)})
    found.pop(os.getpid(), None)
    return list(found.values())


def stop(identity: Identity, with_signal: signal.Signals, seconds: float) -> bool:
    """Ask the first process to end, wait, then end what is left. Whether asking was enough."""
    first = find(identity)
    drained = first is None
    if first is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(first.pid, with_signal)
        drained = _wait(lambda: not everything(identity), seconds)
    kill(identity)
    return drained


def kill(identity: Identity, seconds: float = 10) -> None:
    """End every process of the component at once (signal 9); returns when all are gone.

    Raises `TimeoutError` when some are still there after `seconds`.
    """

    def none_left() -> bool:
        living = everything(identity)
        # Parents first, so that they start no more; what slipped through is met in the next round.
        for process in sorted(living, key=lambda one: one.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return not living

    if not _wait(none_left, seconds):
        raise TimeoutError(f"{identity.component} could not be ended: {pids(everything(identity))}")
    identity.pid_file.unlink(missing_ok=True)


def pids(processes: Iterable[psutil.Process]) -> list[int]:
    """Their numbers, sorted."""
    return sorted(process.pid for process in processes)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _running(pid: int, created: float) -> Running:
    return Running(pid=pid, pgid=pid, since=datetime.fromtimestamp(created, UTC))


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            del _children[pid]
