"""Kill components at seeded random instants while the demo plays, start them again, look at what came out.

    python tests/scenarios/kills.py --per-component 20 --seed 1

The demo must complete, `contracts check` must be clean, `contracts prove --all` must compute every invoice
again and replay its history, and the mail server must hold at most one effective mail for each message (a
repeated delivery carries the same Message-ID and the same bytes). One play is not long enough for many kills:
as many plays follow each other, each on data of its own, as the kills need. Prints one JSON line per kill and
per play; exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from contracts_app.operation import control
from contracts_app.operation import installation as local
from contracts_app.sample.play import CONTRACTS

COMPONENTS = ("worker", "web", "temporal", "pg")
KILL = control.SIGNALS["KILL"]
FIRST_DRAFT = "imports construction_material_deliveries"
"""Ledger line of the last file; the first draft follows at once."""
LAST_PAYMENT = "retainage release 17"
"""Ledger line after which only its certificate and the last payment are left: no kill starts later."""
PLAY_LIMIT = 1800.0
Tell = Callable[[dict[str, object]], None]


@dataclass(frozen=True)
class Kill:
    """One component killed: `at` seconds after the play began, away for `down` seconds."""

    component: str
    at: float
    down: float
    during: str


@dataclass
class Played:
    """One play under kills, and what it left behind."""

    kills: list[Kill] = field(default_factory=list)
    seconds: float = 0.0
    exit_status: int | None = None
    report: dict[str, object] = field(default_factory=dict)
    ledger: str = ""
    """What the play told on the way."""
    mails: int = 0
    repeated_deliveries: int = 0
    faults: list[str] = field(default_factory=list)


def contracts(state_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the command line on this installation."""
    return subprocess.run(
        [sys.executable, "-m", "contracts_app", *words],
        env={**os.environ, "CONTRACTS_STATE_DIR": str(state_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def installation() -> Iterator[Path]:
    """A whole installation of its own, running; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-kills-"))
    folder.chmod(0o711)
    try:
        # Not the web's preferred port: while the web is down, somebody else's may take it.
        local.ensure(folder)
        local.move(folder, "http")
        started = contracts(folder, "up")
        if started.returncode:
            raise RuntimeError(started.stderr)
        yield folder
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, KILL)
        shutil.rmtree(folder)


def kill_during(
    state_dir: Path, order: Sequence[str], chance: random.Random, tell: Tell, broken_off_after: str = ""
) -> Played:
    """Play the demo, kill the components in this order; those the play is too short for are left.

    After a ledger line with the text `broken_off_after` the play itself is killed and begun again.
    """
    played = Played()
    ledger, output = state_dir / "ledger", state_dir / "report"
    began = time.monotonic()
    with ledger.open("w") as said, output.open("w") as wrote:
        play = _begin(state_dir, wrote, said)
        try:
            _wait(play, lambda: FIRST_DRAFT in ledger.read_text())
            for component in order:
                pause = chance.uniform(0.2, 8.0)
                over = time.monotonic() + pause
                _wait(play, lambda over=over: time.monotonic() > over)  # type: ignore[misc]
                lines = ledger.read_text().splitlines()
                if play.poll() is not None or any(LAST_PAYMENT in line for line in lines):
                    break
                at = time.monotonic()
                control.down(state_dir, component, KILL)
                control.up(state_dir, component, lambda sentence: tell({"told": sentence}))
                kill = Kill(component, round(at - began, 2), round(time.monotonic() - at, 2), lines[-1][:60])
                played.kills.append(kill)
                tell(asdict(kill))
            if broken_off_after:
                _wait(play, lambda: broken_off_after in ledger.read_text())
                play.kill()
                play.wait()
                tell({"broken off": ledger.read_text().splitlines()[-1]})
                play = _begin(state_dir, wrote, said)
            play.wait(PLAY_LIMIT)
        finally:
            if play.poll() is None:
                play.kill()
                play.wait()
    played.seconds = round(time.monotonic() - began, 1)
    played.exit_status = play.returncode
    played.ledger = ledger.read_text()
    written = output.read_text().splitlines()
    if play.returncode or not written:
        played.faults.append(f"the demo ended with {play.returncode}: {played.ledger[-2000:]}")
        return played
    played.report = json.loads(written[-1])
    _look_at(state_dir, played)
    return played


def _begin(state_dir: Path, wrote: IO[str], said: IO[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "contracts_app", "demo", "run", "--json"],
        env={**os.environ, "CONTRACTS_STATE_DIR": str(state_dir)},
        stdout=wrote,
        stderr=said,
    )


def _wait(play: subprocess.Popen[bytes], until: Callable[[], bool]) -> None:
    over = time.monotonic() + PLAY_LIMIT
    while not until() and play.poll() is None and time.monotonic() < over:
        time.sleep(0.05)


def _look_at(state_dir: Path, played: Played) -> None:
    """Compare what the demo reports, what the check says and what the mail server holds."""
    fault = played.faults.append
    if set(played.report["closed"]) != set(CONTRACTS):  # type: ignore[call-overload]
        fault("not every contract is closed")
    check = contracts(state_dir, "check", "--json")
    if check.returncode:
        fault(f"contracts check: {check.stdout[-2000:]} {check.stderr[-500:]}")
    proved = contracts(state_dir, "prove", "--all", "--json")
    if proved.returncode:
        fault(f"contracts prove --all: {proved.stdout[-2000:]} {proved.stderr[-500:]}")
    sent = [str(one["message_id"]) for one in played.report["mails"]]  # type: ignore[attr-defined]
    subjects = Counter(
        (one["subject"], one["business_date"], one["recipient"])
        for one in played.report["mails"]  # type: ignore[attr-defined]
    )
    twice = [subject for subject, times in subjects.items() if times > 1]
    if len(set(sent)) != len(sent) or twice:
        fault(f"two messages for one thing: {twice}")
    received: dict[str, list[str]] = defaultdict(list)
    for file in (state_dir / "mail").glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        whole = file.read_bytes()
        received[str(message["Message-ID"]).strip()].append(hashlib.sha256(whole).hexdigest())
    played.mails = len(received)
    played.repeated_deliveries = sum(len(copies) - 1 for copies in received.values())
    if set(received) != set(sent):
        fault(f"sent {len(sent)} messages, received {len(received)} different ones")
    if any(len(set(copies)) > 1 for copies in received.values()):
        fault("one Message-ID stands for two different mails")


def prove(per_component: int, seed: int, tell: Tell) -> list[Played]:
    """Kill each component so many times, over as many plays as that needs."""
    chance = random.Random(seed)  # not for secrets: a seed makes a run repeatable
    left = [component for component in COMPONENTS for _ in range(per_component)]
    chance.shuffle(left)
    plays: list[Played] = []
    while left:
        with installation() as state_dir:
            played = kill_during(state_dir, left, chance, tell)
        plays.append(played)
        tell(
            {
                "play": len(plays),
                "seed": seed,
                "seconds": played.seconds,
                "kills": len(played.kills),
                "mails": played.mails,
                "repeated_deliveries": played.repeated_deliveries,
                "faults": played.faults,
            }
        )
        if played.faults or not played.kills:
            break
        left = left[len(played.kills) :]
    return plays


def main() -> int:
    """Prove it, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--per-component", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()

    def tell(what: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    plays = prove(chosen.per_component, chosen.seed, tell)
    kills = Counter(kill.component for played in plays for kill in played.kills)
    faults = [fault for played in plays for fault in played.faults]
    done = all(kills[component] == chosen.per_component for component in COMPONENTS)
    tell({"seed": chosen.seed, "plays": len(plays), "kills": dict(kills), "faults": faults})
    return 0 if done and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
