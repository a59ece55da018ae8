"""Run files through `contracts import auto FILE --dry-run --json`, each in a process of its own.

    python -m bench.sample_files FOLDER_OR_FILE ...

Prints a row of a table for each file: outcome, rows, seconds of the wall and of the processor, peak memory of
the command and of the process that parses, how many figures are those that a `manifest.json` beside or above
the file states, and the first thing that was said about the file; then a table of the figures that differ,
with the reasons kept in `sample_differences.toml`. A file that is refused or asks is as good as one that is
read; exit status 1 where a command crashed (no report), took longer than 10 seconds of processor time, either
process held more than 300 MB, a difference is not explained, or one that is explained is none any more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.sample_differences import Compared, compared, explained

MOST_SECONDS = 10.0
MOST_MEGABYTES = 300.0
_NO_DATA = frozenset({"README.md", "manifest.json"})
_MEASURED = """
import json, resource, runpy, sys
def told():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(one.ru_utime + one.ru_stime for one in (own, children))
    sys.stderr.write("\\n" + json.dumps([own.ru_maxrss / 1024, children.ru_maxrss / 1024, seconds]))
sys.argv[1:1] = ["import", "auto"]
try:
    runpy.run_module("contracts_app", run_name="__main__")
finally:
    told()
"""
"""The command, which tells at its end what it took: its own peak, its children's (MB), processor seconds."""


@dataclass(frozen=True)
class Tried:
    """What became of one file."""

    path: Path
    report: dict[str, Any] | None
    """None: the command ended without one."""
    wall: float
    seconds: float
    own_megabytes: float
    child_megabytes: float
    figures: Sequence[Compared] = ()
    """What the manifest says of it, compared."""

    @property
    def is_good(self) -> bool:
        """Whether it ended with a report, within the limits of time and memory."""
        return (
            self.report is not None
            and self.seconds <= MOST_SECONDS
            and max(self.own_megabytes, self.child_megabytes) <= MOST_MEGABYTES
        )

    def row(self) -> str:
        """Of the table."""
        said, rows, counted = "CRASHED", "", ""
        if self.report is not None:
            problems = [f"{one['code']}: {one['message']}" for one in self.report["problems"]]
            asked = [
                f"{key}: {one['question']}"
                for key, one in self.report["decisions"].items()
                if one["how"] == "asked"
            ]
            counted = f"{self.report['outcome']} ({self.report['kind'] or '?'})"
            rows = str(self.report["rows_read"])
            said = next(iter([*asked, *problems]), "")
        return (
            f"| {self.path.name} | {counted} | {rows} | {self.wall:.1f} | {self.seconds:.1f} "
            f"| {self.own_megabytes:.0f} | {self.child_megabytes:.0f} | {self._compared()} | {said[:110]} |"
        )

    def _compared(self) -> str:
        equal = sum(one.equal for one in self.figures)
        return f"{equal} of {len(self.figures)}" if self.figures else ""


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files meant, without what describes them."""
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        yield from (one for one in inside if one.name not in _NO_DATA)


def tried(path: Path) -> Tried:
    """Run the command over one file."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path), "--dry-run", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("CONTRACTS_")},
    )
    wall = time.perf_counter() - began
    try:
        own, child, seconds = json.loads(done.stderr.splitlines()[-1])
        report = json.loads(done.stdout) if done.returncode in (0, 1) else None
    except (IndexError, ValueError):
        return Tried(path, None, wall, wall, 0.0, 0.0)
    return Tried(path, report, wall, seconds, own, child)


def main() -> None:
    """Measure, compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    print("| file | outcome (kind) | rows | wall s | processor s | own MB | parser MB | figures | said |")
    print("|---|---|---|---|---|---|---|---|---|")
    bad = 0
    known = explained()
    figures: list[Compared] = []
    for path in files_in(parser.parse_args().paths):
        one = tried(path)
        if one.report is not None:
            one = replace(one, figures=compared(path, one.report, known))
        figures += one.figures
        bad += not one.is_good
        print(one.row(), flush=True)
    print(f"\n{bad} beyond {MOST_SECONDS:g} s, {MOST_MEGABYTES:g} MB, or crashed\n")
    differing = [one for one in figures if one.is_silent or not one.equal]
    print("| file | figure | ours | manifest | why |\n|---|---|---|---|---|")
    for each in differing:
        print(f"| {each.file} | {each.figure} | {each.ours or ''} | {each.theirs} | {each.why} |")
    equal, silent = sum(one.equal for one in figures), sum(one.is_silent for one in figures)
    print(
        f"\n{len(figures)} figures: {equal} equal, {len(figures) - equal} differ or are none of ours, "
        f"{silent} of all without explanation or explained in vain"
    )
    sys.exit(1 if bad or silent else 0)


if __name__ == "__main__":
    main()
