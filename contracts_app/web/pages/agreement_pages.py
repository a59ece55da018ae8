"""What the tabs of a contract show of what was agreed, and what set-up still needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from contracts_app.domain.billing.schedule_of_values import Basis, ends_when_said
from contracts_app.domain.contract import InvoiceForm
from contracts_app.domain.funding.advances import top_up
from contracts_app.domain.money import ZERO, total
from contracts_app.services import setting_up
from contracts_app.services.sign_in import Identity
from contracts_app.store import next_application
from contracts_app.store.views import advance_ledger, agreed_page, names_alike, schedule_page, time_register
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums
from contracts_app.store.views.time_register import Standing, Wanted
from contracts_app.web.pages.agreed_words import WORDS
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.cost_terms import PORTIONS
from contracts_app.web.pages.formatting import price
from contracts_app.web.pages.schedule_lines import DUE, empty_line, shown_line, terms_in_words
from contracts_app.web.pages.tax_form import taxed_in
from contracts_app.web.pages.typed_rows import rows_shown

Data = dict[str, Any]
_NOT_BILLED = (Standing.waits, Standing.unbilled, Standing.held, Standing.claimed)


def is_consulting(agreed: ContractSums) -> bool:
    """Whether the client gets invoices rather than applications for payment."""
    return agreed.terms.invoice_form is InvoiceForm.consulting


def tabs_of(
    agreed: ContractSums, tabs: Sequence[tuple[str, str]], counts: Mapping[str, int]
) -> list[tuple[str, str, int]]:
    """The tabs that concern this contract, with their labels and counts."""
    consulting = is_consulting(agreed)
    retained = agreed.terms.retainage.rate_completed or agreed.terms.retainage.rate_stored or agreed.held
    hidden = {
        "rates": not consulting and not counts.get("rates") and agreed.state != "setting_up",
        "deposits": not consulting
        and not counts.get("deposits")
        and not (agreed.terms.deposit or agreed.terms.retainer),
        "retainage": consulting and not retained,
        "advance": agreed.terms.advance is None,
        "limits": not counts.get("limits") and not agreed.terms.limited and agreed.terms.certified_by_client,
        "expenses": agreed.state == "closed" and not counts.get("expenses"),
        "commitments": agreed.state != "active" and not counts.get("commitments"),
        "cost": consulting and not counts.get("cost"),
        "revisions": agreed.state == "setting_up",
    }
    labels = {"applications": "Invoices", "schedule": "Phases"} if consulting else {}
    return [
        (key, labels.get(key, label), counts.get(key, 0)) for key, label in tabs if not hidden.get(key, False)
    ]


def schedule_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """The schedule of values, as a grid while the contract is being set up."""
    of = (connection, who.firm_id, agreed.id)
    lines = schedule_page.schedule(*of)
    base = [line for line in lines if line.change_order is None]
    completed_on = agreed_page.work_completed_on(*of)
    by_time = any(line.basis == Basis.time_and_materials for line in lines)
    someone_ends_it = any(ends_when_said(Basis(line.basis), line.recurring) for line in lines)
    own = agreed.project_manager_id == who.person_id
    may = allowed(agreed.state, who)
    consulting = is_consulting(agreed)
    return {
        **WORDS,
        "rows_shown": rows_shown,
        "consulting": consulting,
        "schedule": [line for line in lines if line.in_force],
        "not_in_force": [line for line in lines if not line.in_force],
        "scheduled": total(line.scheduled_value for line in base),
        "stored_lines": [shown_line(line, agreed.currency, taxed_in(agreed.terms)) for line in base],
        "by_tax": agreed.terms.tax is not None or any(line.tax for line in base),
        "empty_line": empty_line(consulting=consulting),
        "DUE": DUE,
        "PORTIONS": PORTIONS,
        "maximum": agreed.terms.guaranteed_maximum,
        "terms_in_words": terms_in_words,
        "by_terms": any(line.basis not in (Basis.lump_sum, Basis.milestone) for line in lines),
        "by_time": by_time,
        "completed_on": completed_on,
        "not_billed": [
            one for one in time_register.totals(*of, Wanted()) if one.standing in _NOT_BILLED and by_time
        ],
        "may": {
            **may,
            "complete_work": may["complete_work"] and own and someone_ends_it and completed_on is None,
        },
    }


def milestones_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """Milestones; only the contract's project manager decides on them."""
    may = allowed(agreed.state, who)
    own = agreed.project_manager_id == who.person_id
    return {
        "milestones": schedule_page.milestones(connection, who.firm_id, agreed.id),
        "schedule": schedule_page.schedule(connection, who.firm_id, agreed.id),
        "may": {
            **may,
            "approve_milestone": may["approve_milestone"] and own,
            "reject_milestone": may["reject_milestone"] and own,
        },
    }


def rates_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """The rate card and the names of projects."""
    rates = agreed_page.rate_card(connection, who.firm_id, agreed.id)
    return {
        **rate_grid(agreed, rates),
        "rates": rates,
        "projects": agreed_page.projects(connection, who.firm_id, agreed.id),
        "one_day": timedelta(days=1),
        "alike": names_alike.of_contract(connection, who.firm_id, agreed.id),
    }


def deposits_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """What was paid ahead and what drew it."""
    deposits = agreed_page.deposits(connection, who.firm_id, agreed.id)
    balance = deposits[-1].balance if deposits else ZERO
    retainer = agreed.terms.retainer
    return {
        "deposits": deposits,
        "deposit_balance": balance,
        "to_fill": top_up(retainer, balance) if retainer else ZERO,
    }


def advance_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """What was invoiced of the advance payment, and which invoices recovered it."""
    return {
        **WORDS,
        "entries": advance_ledger.ledger(connection, who.firm_id, agreed.id),
        "in_hand": next_application.in_hand(connection, who.firm_id, agreed.id) is not None,
    }


def terms_data(connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    """The terms with everything else that the controller puts in force."""
    of = (connection, who.firm_id, agreed.id)
    lines = schedule_page.schedule(*of)
    base = [line for line in lines if line.change_order is None]
    milestones = schedule_page.milestones(*of)
    rates = agreed_page.rate_card(*of)
    projects = agreed_page.projects(*of)
    today = firm_day(connection, who.firm_id).today
    checks = setting_up.checks(*of, agreed.terms, today)
    may = allowed(agreed.state, who)
    hands = agreed_page.preparers(*of)
    ready = not any(check.missing for check in checks)
    return {
        **WORDS,
        "consulting": is_consulting(agreed),
        "schedule": lines,
        "milestones": milestones,
        "rates": rates,
        "projects": projects,
        "one_day": timedelta(days=1),
        "terms_in_words": terms_in_words,
        "checks": checks if agreed.state == "setting_up" else [],
        "ready": ready,
        "base": base,
        "scheduled": total(line.scheduled_value for line in base),
        "in_change_orders": _in_change_orders(lines),
        "preparers": list(hands.values()),
        "prepared_by_me": who.person_id in hands,
        "may": may,
    }


def _in_change_orders(lines: Sequence[schedule_page.ScheduleRow]) -> Decimal:
    """What change orders added to the schedule; the original contract sum is tied without it."""
    return total(line.scheduled_value for line in lines if line.change_order is not None)


def rate_grid(agreed: ContractSums, rates: Sequence[agreed_page.RateCardRow]) -> Data:
    """What the grid of a rate card shows."""
    return {
        "rows_shown": rows_shown,
        "stored_rates": [
            {
                "person": row.person or "",
                "role": row.role or "",
                "rate": price(row.rate),
                "effective_from": row.effective_from.isoformat(),
                "last_day": (row.effective_to - timedelta(days=1)).isoformat() if row.effective_to else "",
                "project": row.project or "",
                "multiplier": "" if row.multiplier is None else price(row.multiplier),
                "overtime": row.overtime or "",
                "pay": "" if row.pay is None else price(row.pay),
            }
            for row in rates
        ],
        "empty_rate": {
            "person": "",
            "role": "",
            "rate": "",
            "effective_from": agreed.terms.contract_date.isoformat(),
            "last_day": "",
            "project": "",
            "multiplier": "",
            "overtime": "",
            "pay": "",
        },
        "with_overtime": agreed.terms.overtime is not None or any(row.overtime or row.pay for row in rates),
    }
