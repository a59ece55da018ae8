"""The stand-alone script that computes the expected applications gives the figures that were agreed."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scenarios" / "expected_from_csv.py"


def computed(*arguments: str) -> dict[int, dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, check=True, timeout=60
    )
    return {application["application"]: application for application in json.loads(done.stdout)}


def test_certified_in_full() -> None:
    expected = computed()
    assert sorted(expected) == list(range(2, 18))
    assert expected[2]["line3"] == "5669100.00"
    assert (expected[15]["line4"], expected[15]["line5"]) == ("5500700.00", "550070.00")
    assert (expected[16]["line3"], expected[16]["line4"]) == ("5865300.00", "5865300.00")
    assert (expected[16]["line5"], expected[16]["line9"]) == ("586530.00", "586530.00")
    release = expected[17]
    assert (release["line5"], release["line8"], release["line9"]) == ("0.00", "586530.00", "0.00")
    assert sum(Decimal(a["certified_line8"]) for a in expected.values()) == Decimal(release["line3"])


def test_application_6_certified_less_is_claimed_again_by_7() -> None:
    full = computed()
    less = computed(
        "--less-application", "6", "--less-line", "PRJ-2024-003-SOV-05", "--shortfall", "10000"
    )  # fmt: skip
    assert less[6]["line6"] == full[6]["line6"]
    assert Decimal(less[6]["certified_line6"]) == Decimal(full[6]["line6"]) - 9000
    assert less[7]["line7"] == less[6]["certified_line6"]
    assert Decimal(less[7]["line8"]) == Decimal(full[7]["line8"]) + 9000
    assert less[7]["line4"] == full[7]["line4"]
    assert less[8] == full[8]
    assert sum(Decimal(a["certified_line8"]) for a in less.values()) == Decimal("5865300.00")
