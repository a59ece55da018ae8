"""What `contracts run` does while it stays: notice a death, say so, start again."""

import os
import signal
from pathlib import Path

import pytest

from contracts_app.operation import control
from contracts_app.operation.quiet import wait_until_quiet
from contracts_app.operation.supervise import watch


class Enough(Exception):
    """Ends the watch."""


def test_reports_and_restarts_a_component_that_died(state_dir: Path) -> None:
    pid = int(str(control.up(state_dir, "mail", print)["pid"]))
    told: list[str] = []
    looks = 0

    def pause(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        if looks == 4:
            raise Enough

    with pytest.raises(Enough):
        watch(state_dir, ["mail"], told.append, pause)
    assert told == [
        f"mail has ended by itself; starting it again (log: {state_dir / 'mail.log'})",
        "mail runs again",
    ]
    assert control.status(state_dir, "mail")["ready"] is True


def test_quiet_needs_two_empty_looks_in_a_row() -> None:
    looks = iter([["draft 3 waits for the project manager"], [], ["mail 7 is due"], [], []])
    assert wait_until_quiet(lambda: next(looks), 5) == []
    assert next(looks, None) is None


def test_what_is_open_is_told_when_the_time_is_over() -> None:
    assert wait_until_quiet(lambda: ["mail 7 is due"], 0) == ["mail 7 is due"]
