"""The sample contract as importers see it: files, what is known after each, and the proposals as answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import contracts_app.sample
from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.application_totals import ApplicationTotals
from importers.kinds.schedule_of_values import ScheduleLine
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import Imported, KnownApplication, KnownThings
from tests.importers.reading_here import parse_here

DATA = Path(next(iter(contracts_app.sample.__path__))) / "data"


@pytest.fixture(scope="module", autouse=True)
def parsing_process() -> Iterator[None]:
    """None: these tests read hundreds of small honest files. Modules about reading itself take it back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importers.reading.file.parse", parse_here)
        yield


FILES: Mapping[Kind, str] = {
    Kind.contract: "hvac_contracts_one_project.csv",
    Kind.schedule_of_values: "hvac_sov_one_project.csv",
    Kind.change_orders: "hvac_change_orders_one_project.csv",
    Kind.application_totals: "hvac_billing_history_one_project.csv",
    Kind.application_lines: "hvac_billing_lines_one_project.csv",
    Kind.labour_log: "construction_labor_log_one_project.csv",
    Kind.deliveries: "construction_material_deliveries_one_project.csv",
    Kind.timesheet: "harvest_detailed_us.csv",
}


def sample(kind: Kind) -> bytes:
    return (DATA / FILES[kind]).read_bytes()


def as_proposed(kind: Kind, data: bytes, known: KnownThings, name: str | None = None) -> Analysis:
    """Dry run, then every decision answered as proposed, until nothing is asked any more."""
    name = name or FILES[kind]
    analysis = analyse(kind, name, data, known)
    while analysis.open_decisions:
        answers = {d.key: d.decided or d.proposal for d in analysis.decisions}
        analysis = analyse(kind, name, data, known, answers)
    return analysis


def stored(known: KnownThings, analysis: Analysis) -> KnownThings:
    """What is known once the entries of `analysis` are stored."""
    imported = {
        e.external_id: Imported(content_key=e.content_key, content=e.content()) for e in analysis.entries
    }
    projects = {e.project for e in analysis.entries if isinstance(e, TimesheetEntry) and e.project}
    return known.model_copy(
        update={
            "imported": {**known.imported, **imported},
            "project_names": known.project_names | projects,
        }
    )


@pytest.fixture(scope="session")
def known() -> KnownThings:
    """The contract with its schedule of values and application totals imported."""
    known = KnownThings(contract_external_id="PRJ-2024-003", original_contract_sum=Decimal(5544000))
    schedule = analyse(Kind.schedule_of_values, "sov.csv", sample(Kind.schedule_of_values), known).entries
    history = as_proposed(Kind.application_totals, sample(Kind.application_totals), known).entries
    return known.model_copy(
        update={
            "sov_lines": {e.external_id: e.scheduled_value for e in schedule if isinstance(e, ScheduleLine)},
            "applications": tuple(
                KnownApplication(number=e.number, period_end=e.period_end, period_total=e.period_total)
                for e in history
                if isinstance(e, ApplicationTotals)
            ),
        }
    )


@pytest.fixture(scope="session")
def imports(known: KnownThings) -> Mapping[Kind, Analysis]:
    """Every sample file imported as proposed."""
    return {kind: as_proposed(kind, sample(kind), known) for kind in FILES}
