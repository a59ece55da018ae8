"""The rules depend on nothing but what they are given: no clock, no chance, no files, no Decimal context."""

import subprocess
import sys
import threading
from decimal import (
    ROUND_DOWN,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Subnormal,
    Underflow,
    localcontext,
)
from pathlib import Path

import pytest

from tests.domain.every_rule import every_rule

ROOT = Path(__file__).parents[2]
HOSTILE = Context(
    prec=5,
    rounding=ROUND_DOWN,
    Emin=-5,
    Emax=5,
    traps=[
        Clamped,
        DivisionByZero,
        FloatOperation,
        Inexact,
        InvalidOperation,
        Overflow,
        Rounded,
        Subnormal,
        Underflow,
    ],
)


def test_the_decimal_context_of_the_thread_changes_nothing() -> None:
    expected = every_rule()
    with localcontext(HOSTILE):
        with pytest.raises(Inexact):
            _ = Decimal("1234567.89") + Decimal("0.01")  # the context does bite
        assert every_rule() == expected


def test_a_new_thread_gives_the_same() -> None:
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(every_rule())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [every_rule()] * 3


def _poisoned(act: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.domain.poisoned", act]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_every_rule_runs_without_clock_chance_or_files() -> None:
    ran = _poisoned("every_rule()")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == every_rule()


@pytest.mark.parametrize(
    "act",
    [
        "datetime.now(UTC)",
        "datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.monotonic()",
        "time.sleep(0)",
        "random.random()",
        "random.choice([1, 2])",
        "uuid.uuid4()",
        "os.getcwd()",
        "os.environ['HOME']",
        "os.getenv('HOME')",
        "open('/dev/null')",
        "pathlib.Path('/dev/null').read_text()",
        "socket.socket()",
        "subprocess.run(['true'])",
    ],
)
def test_the_poison_works(act: str) -> None:
    """Without this control the test above would pass for a poison that does nothing."""
    ran = _poisoned(act)
    assert ran.returncode != 0
    assert "Impure" in ran.stderr
