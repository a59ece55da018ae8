"""Play the sample contracts by clicking: every step of each, every person in a browser.

    python -m tests.scenarios.clicked --width mixed --pictures folder

The play is the demo's own; only what its people do is done by clicks, each in a context of his own.
All contracts must close with the figures that their files and agreements give, `contracts check` and
`contracts prove --all` must hold, no page may scroll sideways and no browser complain. Prints one JSON line;
exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
import traceback
from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from contracts_app.sample.load import load
from contracts_app.sample.play import CONTRACTS, NotQuiet, Play
from contracts_app.sample.public_api import Refusal
from contracts_app.sample.report import report
from contracts_app.settings import Settings
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.scenarios import expected_play
from tests.scenarios.clicking.person import NoSuchClick, people
from tests.scenarios.clicking.steps import STEPS
from tests.scenarios.clicking.watch import WIDTHS, Watch
from tests.scenarios.kills import contracts as command_line
from tests.scenarios.kills import installation

STOPS = (PlaywrightError, AssertionError, Refusal, NoSuchClick, NotQuiet)
"""What ends a play: a page that is not as expected, a refusal, a step that nobody can click."""


def _tell(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def play(state_dir: Path, width: str, numbers: Collection[str], watch: Watch) -> None:
    """Play these contracts by clicking, and note whatever does not come out as it must."""
    settings = Settings(state_dir=state_dir)
    load(settings)
    settings = Settings(state_dir=state_dir)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            with people(settings, browser, WIDTHS[width], watch, STEPS) as cast:
                played = Play(cast, _tell, numbers)
                played.run()
                for fault in expected_play.faults(report(cast, played), numbers):
                    watch.fault(fault)
        finally:
            browser.close()
    for words in (("check", "--json"), ("prove", "--all", "--json")):
        answer = command_line(state_dir, *words)
        if answer.returncode:
            watch.fault(f"contracts {words[0]}: {answer.stdout[-2000:]} {answer.stderr[-500:]}")


def main() -> int:
    """Play, and say what was clicked and what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--width", choices=sorted(WIDTHS), default="mixed")
    parser.add_argument("--contracts", nargs="+", choices=CONTRACTS, default=list(CONTRACTS))
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each kind of page and role")
    chosen = parser.parse_args()
    if chosen.pictures:
        chosen.pictures.mkdir(parents=True, exist_ok=True)
    watch = Watch(chosen.pictures)
    began = time.monotonic()
    with installation() as state_dir:
        up = time.monotonic()
        try:
            play(state_dir, chosen.width, chosen.contracts, watch)
        except STOPS as stopped:  # the play ends here; what was clicked so far is told all the same
            traceback.print_exc()
            if chosen.pictures:
                shutil.copy(state_dir / "web.log", chosen.pictures / "fault-web.log")
            watch.fault(f"the play stopped: {type(stopped).__name__}: {str(stopped)[:1500]}")
        seconds = round(time.monotonic() - up, 1)
    told = {
        "width": chosen.width,
        "contracts": chosen.contracts,
        "steps": dict(sorted(watch.steps.items())),
        "clicked": watch.steps.total(),
        "kinds_of_page": len(watch.pages),
        "pages_looked_at": watch.pages.total(),
        "seconds": seconds,
        "seconds_with_start": round(time.monotonic() - began, 1),
        "faults": list(watch.faults),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if watch.faults else 0


if __name__ == "__main__":
    sys.exit(main())
