"""Who does what on which day in the sample contract, beyond what its files say.

What the files do not say, the script does, and the ledger says so: when the client certifies, when the last
applications are paid, what is certified less, what must be approved for close-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts_app.sample.stage import File

CONTRACT = "PRJ-2024-003"
FIRST_APPLICATION = 2
LAST_REPORTED = 15
CERTIFIES_AFTER = timedelta(days=7)
"""The client certifies a week after submission (A201 9.4)."""
CONTROLLER_LIMIT = Decimal("400000.00")
"""Applications above it need the controller's approval too."""

LESS_APPLICATION = 6
LESS_ITEM = "5"
SHORTFALL = Decimal("10000.00")
"""Cut from line 5 of application 6 by the client, claimed again in application 7."""

FINAL_PERIOD = date(2025, 6, 8)
RELEASE_PERIOD = date(2025, 7, 8)

PAID_BY_SCRIPT = {
    14: date(2025, 5, 14),
    15: date(2025, 7, 18),  # left unpaid through the reminders of 1, 15 and 30 days
    16: date(2025, 7, 14),
    17: date(2025, 8, 12),
}
"""Payment dates that the published history lacks."""


CONTRACT_FILE = File("contract", "hvac_contracts_one_project.csv")
FILES = (
    File("schedule_of_values", "hvac_sov_one_project.csv"),
    File("change_orders", "hvac_change_orders_one_project.csv"),
    File("application_totals", "hvac_billing_history_one_project.csv"),
    File("application_lines", "hvac_billing_lines_one_project.csv"),
    File("labour_log", "construction_labor_log_one_project.csv"),
    File("deliveries", "construction_material_deliveries_one_project.csv"),
)
"""In the order in which they can be understood: lines need the schedule, application lines their totals."""


@dataclass(frozen=True)
class PlannedMilestone:
    """A milestone of the sample: evidence for a line, or a condition of the release of retainage."""

    title: str
    item_no: str | None
    amount: str
    achieved_on: date
    evidence: str
    close_out: bool


MILESTONES = (
    PlannedMilestone(
        "Closeout documents accepted",
        "15",
        "500.00",
        FINAL_PERIOD,
        "Transmittal of closeout documents",
        False,
    ),
    PlannedMilestone(
        "Final completion",
        None,
        "0",
        RELEASE_PERIOD - timedelta(days=1),
        "Certificate of final completion",
        True,
    ),
)
