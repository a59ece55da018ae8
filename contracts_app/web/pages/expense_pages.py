"""The expenses of a contract on its tab: what was spent, what is found of it, where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app import law
from contracts_app.domain.expenses import policy
from contracts_app.domain.expenses.mileage import MileageRate
from contracts_app.domain.expenses.per_diem import PerDiemRate
from contracts_app.domain.expenses.policy import Found, PolicyRule
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services.sign_in import Identity
from contracts_app.store import contracts, expenses
from contracts_app.store.views.contract_sums import ContractSums
from contracts_app.web.api.expenses import receipt_file
from contracts_app.web.guard import STAFF
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.formatting import money
from contracts_app.web.pages.formatting import rate as in_percent
from contracts_app.web.pages.typed_rows import rows_shown
from contracts_app.web.parts import HttpRequest

EMPTY_RULE: Mapping[str, str] = {
    "category": "",
    "effective_from": "",
    "last_day": "",
    "receipt_above": "",
    "at_most": "",
    "client_pays": "yes",
}


@dataclass(frozen=True)
class ExpenseShown:
    """An expense on the page, what is found of it, and what whoever asks may do with it."""

    row: RowMapping
    found: Sequence[Found]
    decidable: bool
    mine: bool
    on_draft: bool

    @property
    def blocked(self) -> bool:
        """Whether something keeps it from being approved."""
        return any(each.blocks for each in self.found)


def expenses_data(connection: Connection, who: Identity, agreed: ContractSums) -> dict[str, Any]:
    """What the tab of a contract's expenses shows."""
    rows = expenses.of_contract(connection, who.firm_id, agreed.id)
    rules = expenses.policy(connection, who.firm_id, agreed.id)
    live = [expenses.as_expense(row) for row in rows if row["state"] != "rejected"]
    found = policy.check(live, rules, agreed.currency)
    may = allowed(agreed.state, who)
    decides = may["approve_expenses"] and agreed.project_manager_id == who.person_id
    shown = [
        ExpenseShown(
            row=row,
            found=found.get(row["id"], ()) if row["state"] == "open" else (),
            decidable=decides
            and row["state"] == "open"
            and who.person_id not in (row["entered_by"], *row["editors"]),
            mine=row["entered_by"] == who.person_id,
            on_draft=row["invoice_state"] in NOT_OUT,
        )
        for row in reversed(rows)
    ]
    lines = contracts.schedule(connection, who.firm_id, agreed.id)
    return {
        "expenses": shown,
        "expenses_open": sum(1 for one in shown if one.row["state"] == "open"),
        "rules": rules,
        "stored_rules": [_typed(rule, agreed.currency) for rule in rules],
        "empty_rule": {**EMPTY_RULE, "effective_from": agreed.terms.contract_date.isoformat()},
        "rows_shown": rows_shown,
        "fees": {line.item_no: _fee(line) for line in lines},
        "sov": lines,
        "localities": sorted(
            {(rate.jurisdiction, rate.locality) for rate in law.table("per_diem", PerDiemRate)}
        ),
        "vehicles": sorted({(rate.jurisdiction, rate.vehicle) for rate in law.table("mileage", MileageRate)}),
        "approved": [row for row in rows if row["state"] == "approved" and row["corrects_id"] is None],
        "may": {**may, "approve_expenses": decides, "reject_expenses": decides},
    }


def _typed(rule: PolicyRule, currency: str) -> Mapping[str, str]:
    return {
        "category": rule.category or "",
        "effective_from": rule.effective_from.isoformat(),
        "last_day": rule.effective_to.isoformat() if rule.effective_to else "",
        "receipt_above": "" if rule.receipt_above is None else money(rule.receipt_above, currency),
        "at_most": "" if rule.at_most is None else money(rule.at_most, currency),
        "client_pays": "yes" if rule.billable else "no",
    }


def _fee(line: Any) -> str:
    """The fee that an expense on this line bears, in words; empty where the line is not billed at cost."""
    fee = line.cost_plus.fee if line.cost_plus is not None else None
    if fee is None:
        return ""
    return f"plus {in_percent(fee.rate_of('expense'))}" if fee.kind == "percent" else "with the fee agreed"


@get(
    "/contracts/{contract_id:uuid}/expenses/{expense_id:uuid}/receipt",
    opt=STAFF,
    include_in_schema=False,
    sync_to_thread=True,
)
def receipt(request: HttpRequest, contract_id: FromPath[UUID], expense_id: FromPath[UUID]) -> Response[bytes]:
    """The file of a receipt."""
    return receipt_file(request, contract_id, expense_id)


ROUTES = (receipt,)
