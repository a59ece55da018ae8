"""What came of the mutants, by module: `python -m tests.mutants.score`, after `tests/mutants/run`.

Prints a line for each module and one for all, and lists those that survived; exit status 1 when fewer than
90 of 100 were killed. A mutant that no test can tell apart from the rule is argued in docs/MUTANTS.md.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

KILLED = frozenset({"killed", "timeout", "segfault", "caught by type check"})
AIM = 90
"""Of a hundred mutants so many are killed."""


def main() -> int:
    """Tell what `mutmut` found."""
    program = Path(sys.executable).with_name("mutmut")
    told = subprocess.run([program, "results", "--all", "true"], check=True, capture_output=True, text=True)
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    survived = []
    for row in told.stdout.splitlines():
        name, _, outcome = row.strip().partition(": ")
        if not outcome or outcome == "not checked":
            continue
        killed = outcome in KILLED
        by_module[name.rpartition(".")[0]][killed] += 1
        if not killed:
            survived.append(f"{name}: {outcome}")
    everything: Counter[bool] = Counter()
    for module, counts in sorted(by_module.items()):
        everything += counts
        sys.stdout.write(_line(module, counts))
    if not everything:
        sys.stderr.write("No mutant was looked at.\n")
        return 1
    sys.stdout.write(_line("all", everything) + "".join(f"  {one}\n" for one in survived))
    return 0 if 100 * everything[True] >= AIM * everything.total() else 1


def _line(name: str, counts: Counter[bool]) -> str:
    share = 100 * counts[True] / counts.total()
    return f"{name}: {counts[True]} of {counts.total()} killed, {share:.1f} %\n"


if __name__ == "__main__":
    sys.exit(main())
