"""Names of mutants of the modules of figures, drawn at random: `python -m tests.mutants.draw SEED HOW_MANY`.

The names are those of the last `tests/mutants/run`, whatever of it was looked at; give them to the next one:
`tests/mutants/run $(.venv/bin/python -m tests.mutants.draw 7 500)`.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

SENTENCES = (".checking.", "explained")
"""What puts figures into sentences and makes none."""


def drawn(names: list[str], seed: int, how_many: int) -> list[str]:
    """So many names, the same for the same names and seed. Raises ValueError for more than there are."""
    figures = sorted(name for name in names if not any(part in name for part in SENTENCES))
    return random.Random(seed).sample(figures, how_many)


def main() -> None:
    """Print the names that are drawn, one to a line."""
    program = Path(sys.executable).with_name("mutmut")
    told = subprocess.run([program, "results", "--all", "true"], check=True, capture_output=True, text=True)
    names = [row.strip().partition(": ")[0] for row in told.stdout.splitlines() if ": " in row]
    seed, how_many = map(int, sys.argv[1:])
    sys.stdout.write("\n".join(drawn(names, seed, how_many)) + "\n")


if __name__ == "__main__":
    main()
