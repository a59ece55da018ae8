"""Commands about what a contract will cost."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody, Remark
from contracts_app.domain.money import ZERO
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.reports.work_in_progress import Cost, CostToCost, Measure


class EstimateCost(CommandBody):
    """Estimate what the contract will have cost in all when it is done, as of the end of a day.

    Without `to_date` reports take the costs recorded of the contract. `uninstalled` material and what
    was `wasted` are parts of the cost to date. `measure` says how progress is measured.
    """

    command: Literal["estimate_cost"] = "estimate_cost"
    contract_id: UUID
    as_of: BusinessDate
    at_completion: Cost
    to_date: Cost | None = None
    uninstalled: Cost = ZERO
    wasted: Cost = ZERO
    measure: Measure = CostToCost()
    remark: Remark = ""
