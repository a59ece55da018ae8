"""How long each local component takes to become ready: on empty data, again, and after a kill."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure
from bench.size import Size
from contracts_app.operation import control

COMPONENTS = ("pg", "temporal", "mail")


def measure(size: Size) -> Iterator[Figure]:
    """Seconds from `up` to ready."""
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(size.runs):
        with tempfile.TemporaryDirectory(prefix="contracts-bench-") as name:
            folder = Path(name)
            folder.chmod(0o711)
            for component in COMPONENTS:
                for case, ending in (("on empty data", "TERM"), ("again", "KILL"), ("after a kill", "TERM")):
                    began = time.perf_counter()
                    control.up(folder, component, print)
                    taken.setdefault((component, case), []).append(time.perf_counter() - began)
                    control.down(folder, component, control.SIGNALS[ending])
    for (component, case), runs in taken.items():
        yield Figure(f"start {component} {case}", runs)
