"""Watch the components of one installation and start again what died, saying so."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from contracts_app.operation import control
from contracts_app.operation.component import CannotStart
from contracts_app.operation.control import Tell
from contracts_app.settings import Settings

EVERY = 2.0
"""Seconds between two looks."""
LONGEST_PAUSE = 60.0
"""Seconds between two tries to start what does not start."""


def watch(
    state_dir: Path, names: Sequence[str], tell: Tell, pause: Callable[[float], None] = time.sleep
) -> None:
    """Look after these components until interrupted by an exception.

    A component that died is reported and started again; while it does not start, the pause between two
    tries doubles, up to a minute.
    """
    wait: dict[str, float] = {}
    due: dict[str, float] = {}
    while True:
        pause(EVERY)
        for name in names:
            if control.alive(state_dir, name) or time.monotonic() < due.get(name, 0.0):
                continue
            tell(f"{name} has ended by itself; starting it again (log: {state_dir / f'{name}.log'})")
            if _start_again(state_dir, name, names, tell):
                wait.pop(name, None)
                continue
            wait[name] = min(wait.get(name, EVERY) * 2, LONGEST_PAUSE)
            due[name] = time.monotonic() + wait[name]
            tell(f"{name}: next try in {wait[name]:.0f} s")


def _start_again(state_dir: Path, name: str, names: Sequence[str], tell: Tell) -> bool:
    before = Settings(state_dir=state_dir)
    try:
        control.up(state_dir, name, tell)
        if Settings(state_dir=state_dir) != before:
            # It had to take another address: the processes that use it read addresses at their start.
            for dependent in ("worker", "web"):
                if dependent in names and dependent != name:
                    control.down(state_dir, dependent)
                    control.up(state_dir, dependent, tell)
    except CannotStart as reason:
        tell(str(reason))
        return False
    tell(f"{name} runs again")
    return True
