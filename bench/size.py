"""How much is measured: a quick look, or the sizes that the aims are said for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Every measurement takes from it what concerns it."""

    runs: int
    """Of each contender, in turns."""
    contracts: tuple[int, ...]
    """Drafted in one billing run; the exponent of growth is that of the line through all of them."""
    entries: int
    """Approved time entries of each contract."""
    invoices: int
    """Issued in one run."""
    rows: tuple[int, ...]
    """Of an imported time sheet."""
    changes: int
    """By sixteen clients at once, each with its audit entry."""
    entries_verified: int
    """Of a made-up audit log; 0: none."""


SMALL = Size(
    runs=3,
    contracts=(20, 200),
    entries=100,
    invoices=20,
    rows=(1_000, 10_000),
    changes=1_600,
    entries_verified=0,
)
FULL = Size(
    runs=3,
    contracts=(200, 2_000, 10_000),
    entries=100,
    invoices=100,
    rows=(10_000, 100_000, 1_000_000),
    changes=16_672,  # 50,016 in three runs
    entries_verified=1_000_000,
)
