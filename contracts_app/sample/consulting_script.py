"""Who does what on which day in the consulting contracts of the sample.

Only the two time sheets are from elsewhere (data/README.md); agreements, dates and payments are the script's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts_app.sample.stage import File

RUNS = (date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31), date(2025, 6, 30))
"""Month ends at which the coordinator starts a billing run over all contracts billed by runs."""


@dataclass(frozen=True)
class Sheet:
    """A time sheet: when it comes in, and which of its projects belongs to the contract."""

    day: date
    file: File
    project: str


@dataclass(frozen=True)
class Reached:
    """A milestone, or part of one, with the evidence for it."""

    day: date
    title: str
    amount: str
    evidence: str


@dataclass(frozen=True)
class Agreement:
    """What a consulting contract says, and what happens under it."""

    number: str
    title: str
    client: str
    legal_entity: str
    day: date
    terms: dict[str, object]
    schedule: tuple[dict[str, object], ...]
    milestones: tuple[tuple[str, str], ...] = ()
    rates: tuple[dict[str, object], ...] = ()
    sheets: tuple[Sheet, ...] = ()
    raised: tuple[date, str, str, str] | None = None
    """An amendment: executed on, number, line, amount."""
    reached: tuple[Reached, ...] = ()
    deposit: tuple[date, str] | None = None
    payments: tuple[date, ...] = ()
    """The day on which each invoice is paid, in their order."""
    complete_on: date | None = None


_TERMS = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "billed_by_run": True,
    "payment_days": 30,
}
FROM = "2025-01-01"
STUDIES = Agreement(
    number="STU-2025-01",
    title="Data hall studies",
    client="Sample Client 01",
    legal_entity="Sample Mechanical Subcontractor",
    day=date(2025, 2, 24),
    terms={**_TERMS, "currency": "USD", "original_sum": "10000.00", "contract_date": "2025-02-24"},
    schedule=(
        {
            "item_no": "1",
            "description": "Design support, not to exceed",
            "scheduled_value": "10000.00",
            "basis": "time_and_materials",
        },
    ),
    rates=(
        {"role": "Engineer", "rate": "165", "effective_from": FROM},
        {"person": "Sample Consultant B", "rate": "140", "effective_from": FROM},
        {"person": "Sample Consultant C", "rate": "95", "effective_from": FROM},
        {"person": "Sample Consultant D", "rate": "185", "effective_from": FROM},
        {"person": "Sample Consultant E", "rate": "120", "effective_from": FROM},
        {"rate": "300", "effective_from": FROM},
    ),
    sheets=(
        Sheet(date(2025, 3, 31), File("timesheet", "harvest_detailed_us.csv"), "Lot 9 Data Hall"),
        Sheet(date(2025, 4, 30), File("timesheet", "toggl_detailed_usd.csv"), "Project Alpha"),
    ),
    raised=(date(2025, 5, 15), "A-1", "1", "2000.00"),
    payments=(date(2025, 4, 28), date(2025, 5, 29), date(2025, 6, 27)),
    complete_on=date(2025, 6, 27),
)
COMMISSIONING = Agreement(
    number="COM-2025-02",
    title="Commissioning of the data hall",
    client="Sample Client 01",
    legal_entity="Sample Mechanical Subcontractor",
    day=date(2025, 2, 26),
    terms={
        **_TERMS,
        "currency": "USD",
        "original_sum": "100000.00",
        "contract_date": "2025-02-26",
        "partial_milestones": True,
        "deposit": "20000.00",
    },
    schedule=(
        {"item_no": "1", "description": "Fixed fee", "scheduled_value": "100000.00", "basis": "milestone"},
    ),
    milestones=(
        ("Commissioning plan", "33333.34"),
        ("Functional tests", "33333.33"),
        ("Handover", "33333.33"),
    ),
    reached=(
        Reached(date(2025, 3, 20), "Commissioning plan", "33333.34", "Plan, revision 2, accepted"),
        Reached(date(2025, 4, 18), "Functional tests", "10000.00", "Test records of the first three systems"),
        Reached(date(2025, 5, 16), "Functional tests", "33333.33", "Test records of all systems"),
        Reached(date(2025, 6, 13), "Handover", "33333.33", "Signed handover record"),
    ),
    deposit=(date(2025, 2, 28), "20000.00"),
    payments=(date(2025, 4, 29), date(2025, 5, 30), date(2025, 6, 30), date(2025, 7, 29)),
)
EUROPE = Agreement(
    number="EUR-2025-03",
    title="Energy audit",
    client="Sample Client 03",
    legal_entity="Sample Engineering Europe",
    day=date(2025, 3, 3),
    terms={**_TERMS, "currency": "EUR", "original_sum": "12000.00", "contract_date": "2025-03-03"},
    schedule=(
        {"item_no": "1", "description": "Fixed fee", "scheduled_value": "12000.00", "basis": "milestone"},
    ),
    milestones=(("Interim report", "5000.00"), ("Final report", "7000.00")),
    reached=(
        Reached(date(2025, 3, 27), "Interim report", "5000.00", "Interim report accepted"),
        Reached(date(2025, 5, 28), "Final report", "7000.00", "Final report accepted"),
    ),
    payments=(date(2025, 4, 25), date(2025, 6, 26)),
)
AGREEMENTS = (STUDIES, COMMISSIONING, EUROPE)
