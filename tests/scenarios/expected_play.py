"""What the sample play must come to, from its files and agreements alone; and what a report says of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts_app.sample import script
from tests.scenarios import expected_from_csv

Report = Mapping[str, Any]
DATA = Path(script.__file__).parent / "data"
APPLICATION = ("application", *(f"line{number}" for number in range(1, 10)), "certified_line6")
BILLED: Mapping[str, tuple[Decimal, ...]] = {
    "STU-2025-01": (Decimal("2830.00"), Decimal("7170.00"), Decimal("1965.65")),
    "COM-2025-02": tuple(Decimal(text) for text in ("33333.34", "10000.00", "23333.33", "33333.33")),
    "EUR-2025-03": (Decimal("5000.00"), Decimal("7000.00")),
}
"""Each consulting contract's invoices, in their order."""
NUMBERS = (
    *(f"SEE-{number:05}" for number in range(1, 3)),
    *(f"SMS-{number:05}" for number in range(1, 24)),
)
"""One series of each legal entity, without a gap."""


def applications() -> list[dict[str, Decimal]]:
    """Every application of the construction contract as its files say it."""
    expected = expected_from_csv.expected(
        DATA,
        script.LESS_APPLICATION,
        f"{script.CONTRACT}-SOV-{int(script.LESS_ITEM):02}",
        script.SHORTFALL,
    )
    return [_amounts(one) for one in expected]


def applications_told(report: Report) -> list[dict[str, Decimal]]:
    """The same of a report."""
    return [_amounts(one) for one in report["applications"]]


def billed_told(report: Report) -> dict[str, tuple[Decimal, ...]]:
    """What each consulting contract billed, in the order of its invoices."""
    billed: dict[str, tuple[Decimal, ...]] = {}
    for one in report["invoices"]:
        billed[one["contract"]] = (*billed.get(one["contract"], ()), Decimal(one["this_invoice"]))
    return billed


def numbers_told(report: Report) -> list[str]:
    """The numbers of all invoices, sorted."""
    return sorted(one["invoice"] for name in ("applications", "invoices") for one in report[name])


def faults(report: Report, contracts: Collection[str]) -> list[str]:
    """What does not hold of a play over these contracts."""
    found = []
    if set(report["closed"]) != set(contracts):
        found.append(f"closed are {report['closed']}")
    if script.CONTRACT in contracts and applications_told(report) != applications():
        found.append(f"applications: {report['applications']}")
    if billed_told(report) != {known: billed for known, billed in BILLED.items() if known in contracts}:
        found.append(f"invoices: {report['invoices']}")
    if {one["state"] for one in report["invoices"]} - {"paid"}:
        found.append("not every invoice is paid")
    numbers = numbers_told(report)
    series: dict[str, list[int]] = {}
    for number in numbers:
        prefix, _, last = number.rpartition("-")
        series.setdefault(prefix, []).append(int(last))
    if any(known != list(range(1, len(known) + 1)) for known in series.values()):
        found.append(f"numbers with a gap: {numbers}")
    if set(BILLED) | {script.CONTRACT} == set(contracts) and numbers != list(NUMBERS):
        found.append(f"numbers: {numbers}")
    if {one["state"] for one in report["mails"]} != {"sent"}:
        found.append("not every mail is sent")
    return found


def _amounts(one: Mapping[str, object]) -> dict[str, Decimal]:
    return {name: Decimal(str(one[name])) for name in APPLICATION}
