"""The work-in-progress report of a firm: a schedule per currency, and what is missing for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection

from contracts_app.domain import beyond_size
from contracts_app.domain.money import in_words_of_a_page
from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.estimates import in_force_on, job_on, position_on
from contracts_app.domain.reports.wip_schedule import Job, WipRow, WipSchedule, schedule
from contracts_app.domain.reports.work_in_progress import WorkInProgress, work_in_progress
from contracts_app.store import budgets as stored_budgets
from contracts_app.store.budgets import BudgetSums
from contracts_app.store.views.work_in_progress import ContractRecorded, recorded


@dataclass(frozen=True)
class Missing:
    """A contract that no schedule shows, and why."""

    contract: ContractRecorded
    sentence: str


@dataclass(frozen=True)
class WipReport:
    """The schedules as of the end of a day, by currency, and the contracts that they leave out.

    `contracts` has those of the schedules by number.
    """

    as_of: date
    schedules: Sequence[WipSchedule]
    missing: Sequence[Missing]
    contracts: dict[str, ContractRecorded]

    def losses(self, of: WipSchedule) -> Sequence[WipRow]:
        """Contracts that will cost more than their price."""
        return [row for row in of.rows if row.now.estimated_gross_profit < 0]

    def beyond_estimate(self, of: WipSchedule) -> Sequence[WipRow]:
        """Contracts that have cost more by now than was estimated for the whole."""
        found = []
        for row in of.rows:
            estimate = in_force_on(self.contracts[row.now.number].recorded.estimates, self.as_of)
            if estimate is not None and row.now.cost_to_date > estimate.at_completion:
                found.append(row)
        return found


def standing(one: ContractRecorded, day: date) -> WorkInProgress | str | None:
    """How a contract stands that day; a sentence where what is entered does not add up, None without an
    estimate."""
    try:
        position = position_on(one.recorded, day)
        return None if position is None else work_in_progress(position, day, one.recorded.terms.currency)
    except Refused as refused:
        return refused.sentence
    except ValidationError as error:
        return _too_large(error)


def report(connection: Connection, firm_id: UUID, as_of: date) -> WipReport:
    """Every contract in force that day with an estimate; one that does not add up is named, and keeps no
    other from its schedule."""
    by_currency: dict[str, list[Job]] = {}
    missing: list[Missing] = []
    shown: dict[str, ContractRecorded] = {}
    contracts = recorded(connection, firm_id, as_of)
    budgets = stored_budgets.sums(connection, firm_id, [one.contract_id for one in contracts])
    for one in contracts:
        currency = one.recorded.terms.currency
        try:
            job = job_on(one.recorded, as_of)
            if job is not None:
                work_in_progress(job.position, as_of, currency)
        except Refused as refused:
            missing.append(Missing(one, refused.sentence))
            continue
        except ValidationError as error:
            missing.append(Missing(one, _too_large(error)))
            continue
        if job is None:
            missing.append(Missing(one, _not_estimated(as_of, budgets.get(one.contract_id), currency)))
            continue
        by_currency.setdefault(currency, []).append(job)
        shown[one.number] = one
    return WipReport(
        as_of=as_of,
        schedules=[schedule(jobs, as_of, currency) for currency, jobs in sorted(by_currency.items())],
        missing=missing,
        contracts=shown,
    )


def _not_estimated(as_of: date, budget: BudgetSums | None, currency: str) -> str:
    said = f"No cost at completion is estimated as of {as_of} or before."
    if budget is None:
        return said
    return f"{said} Its budget comes to {in_words_of_a_page(budget.at_completion, currency)}."


def _too_large(error: ValidationError) -> str:
    """What is said of a contract whose figures are larger than any may be; everything else is raised."""
    if not beyond_size.is_beyond_size(error):
        raise error
    return beyond_size.SENTENCE
