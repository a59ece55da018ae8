"""The sample contract played while its components are killed, against figures from its CSV files alone."""

import json
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.sample import play, script
from contracts_app.sample.consulting_script import AGREEMENTS
from tests.scenarios import expected_play, kills

KILLS_EACH = 2
SEED = 20
CONSULTING_PAID = "pays 2,830.00 USD"
"""Part of the ledger line of the first payment under a consulting contract."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played() -> Iterator[kills.Played]:
    """One play of the demo, with each of its components killed at random instants, and broken off itself."""
    chance = random.Random(SEED)
    order = [component for component in kills.COMPONENTS for _ in range(KILLS_EACH)]
    chance.shuffle(order)
    with kills.installation() as state_dir:
        yield kills.kill_during(state_dir, order, chance, _tell, CONSULTING_PAID)


def test_the_demo_completes_whatever_is_killed(played: kills.Played) -> None:
    assert played.faults == [], f"seed {SEED}"
    assert played.exit_status == 0
    assert {kill.component for kill in played.kills} == set(kills.COMPONENTS)
    assert len(played.kills) == len(kills.COMPONENTS) * KILLS_EACH
    # 16 applications to payer and certifier, 9 consulting invoices, receipts of all, three reminders,
    # and word to the coordinator that application 6 came back with less.
    assert played.mails == 2 * 16 + 9 + (16 + 9) + 3 + 1


def test_every_application_says_what_the_files_say(played: kills.Played) -> None:
    assert expected_play.applications_told(played.report) == expected_play.applications()
    applications = _list(played, "applications")
    assert [one["application"] for one in applications] == list(range(2, 18))
    assert len({one["invoice"] for one in applications}) == 16
    assert set(_strings(played, "closed")) == set(play.CONTRACTS)


def test_the_consulting_contracts_bill_what_their_files_and_terms_give(played: kills.Played) -> None:
    """Time at the rate card under its limit (the file says 9,135.59 where its entries give 9,135.65)."""
    billed = expected_play.billed_told(played.report)
    assert billed == expected_play.BILLED
    assert Decimal("2830.00") + Decimal("9135.65") == sum(billed["STU-2025-01"])
    assert {one["state"] for one in _list(played, "invoices")} == {"paid"}


def test_one_series_of_each_legal_entity_has_no_gap(played: kills.Played) -> None:
    assert expected_play.numbers_told(played.report) == list(expected_play.NUMBERS)


def test_every_file_was_taken_as_it_is(played: kills.Played) -> None:
    files = {one["file"]: one for one in _list(played, "imports")}
    labour = files["construction_labor_log_one_project.csv"]
    figures = [labour[name] for name in ("rows_read", "repeats", "imported", "skipped_known", "refused")]
    assert figures == [2410, 125, 2285, 0, 0]
    assert "2410 rows read, 2285 taken, 125 repeats" in played.ledger  # posted in chunks
    assert Decimal(labour["totals"]["hours"]) == Decimal("19192.0")
    assert files["harvest_detailed_us.csv"]["imported"] == 11
    assert files["toggl_detailed_usd.csv"]["imported"] == 36
    sheets = {sheet.file.name for agreed in AGREEMENTS for sheet in agreed.sheets}
    assert set(files) == {script.CONTRACT_FILE.name, *(file.name for file in script.FILES), *sheets}


def test_the_client_is_reminded_on_three_days_and_no_other(played: kills.Played) -> None:
    reminders = [one for one in _list(played, "mails") if one["kind"] == "reminder"]
    assert sorted(one["business_date"] for one in reminders) == ["2025-06-16", "2025-06-30", "2025-07-15"]
    assert {one["state"] for one in _list(played, "mails")} == {"sent"}


def _list(played: kills.Played, name: str) -> list[dict[str, Any]]:
    found = played.report[name]
    assert isinstance(found, list)
    return found


def _strings(played: kills.Played, name: str) -> list[str]:
    found = played.report[name]
    assert isinstance(found, list)
    return found


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"seed": SEED, **what}) + "\n")
