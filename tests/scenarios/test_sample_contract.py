"""The sample contract played while its components are killed, against figures from its CSV files alone."""

import json
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts_app.sample import script
from tests.scenarios import expected_from_csv, kills

DATA = Path(script.__file__).parent / "data"
LINES = [f"line{number}" for number in range(1, 10)]
KILLS_EACH = 2
SEED = 20
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played() -> Iterator[kills.Played]:
    """One play of the demo, with each of its components killed at random instants."""
    chance = random.Random(SEED)
    order = [component for component in kills.COMPONENTS for _ in range(KILLS_EACH)]
    chance.shuffle(order)
    with kills.installation() as state_dir:
        yield kills.kill_during(state_dir, order, chance, _tell)


def test_the_demo_completes_whatever_is_killed(played: kills.Played) -> None:
    assert played.faults == [], f"seed {SEED}"
    assert played.exit_status == 0
    assert {kill.component for kill in played.kills} == set(kills.COMPONENTS)
    assert len(played.kills) == len(kills.COMPONENTS) * KILLS_EACH
    assert played.mails == 51  # 17 - 1 applications to payer and certifier, their receipts, three reminders


def test_every_application_says_what_the_files_say(played: kills.Played) -> None:
    expected = expected_from_csv.expected(
        DATA,
        script.LESS_APPLICATION,
        f"{script.CONTRACT}-SOV-{int(script.LESS_ITEM):02}",
        script.SHORTFALL,
    )
    names = ["application", *LINES, "certified_line6"]
    applications = _list(played, "applications")
    shown = [{name: _money(one[name]) for name in names} for one in applications]
    assert shown == [{name: _money(one[name]) for name in names} for one in expected]
    assert [one["application"] for one in applications] == list(range(2, 18))
    assert len({one["invoice"] for one in applications}) == 16
    assert played.report["closed"] == [script.CONTRACT]


def test_every_file_was_taken_as_it_is(played: kills.Played) -> None:
    files = {one["file"]: one for one in _list(played, "imports")}
    labour = files["construction_labor_log_one_project.csv"]
    figures = [labour[name] for name in ("rows_read", "repeats", "imported", "skipped_known", "refused")]
    assert figures == [2410, 125, 2285, 0, 0]
    assert Decimal(labour["totals"]["hours"]) == Decimal("19192.0")
    assert set(files) == {script.CONTRACT_FILE.name, *(file.name for file in script.FILES)}


def test_the_client_is_reminded_on_three_days_and_no_other(played: kills.Played) -> None:
    reminders = [one for one in _list(played, "mails") if one["kind"] == "reminder"]
    assert sorted(one["business_date"] for one in reminders) == ["2025-06-16", "2025-06-30", "2025-07-15"]
    assert {one["state"] for one in _list(played, "mails")} == {"sent"}


def _list(played: kills.Played, name: str) -> list[dict[str, Any]]:
    found = played.report[name]
    assert isinstance(found, list)
    return found


def _money(value: object) -> Decimal:
    return Decimal(str(value))


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"seed": SEED, **what}) + "\n")
