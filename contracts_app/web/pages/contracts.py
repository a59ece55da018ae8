"""A contract and its tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import NOT_OUT, OPEN_INVOICE
from contracts_app.services import release_deadlines, wip_report
from contracts_app.services.sign_in import Identity
from contracts_app.store import budgets, next_application, securities, withholds
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import (
    agreed_page,
    contract_files,
    contract_page,
    import_list,
    job_cost_page,
    payments_page,
    people,
    revision_log,
    schedule_page,
    time_grid,
    work_in_progress,
)
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from contracts_app.store.views.history import ids_of_contract
from contracts_app.store.views.unbilled import unbilled
from contracts_app.store.views.unpriced import unpriced
from contracts_app.store.views.waiting import Waiting, why
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages import agreement_pages, change_pages, compliance_pages, limit_pages
from contracts_app.web.pages.contract_rights import allowed
from contracts_app.web.pages.cost_pages import costs_data
from contracts_app.web.pages.estimate_words import MEASURES
from contracts_app.web.pages.expense_pages import expenses_data
from contracts_app.web.pages.formatting import words
from contracts_app.web.pages.purchasing_pages import commitments_data
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.retainage_form import SECURITY_KINDS
from contracts_app.web.pages.terms_preview import preview
from contracts_app.web.pages.time_pages import time_data
from contracts_app.web.pages.time_shown import ENTERED_AGAIN, shown_of
from contracts_app.web.pages.timelines import timeline
from contracts_app.web.parts import HttpRequest

Data = dict[str, Any]
PAGE = 100
TABS = (
    ("schedule", "Schedule of values"),
    ("rates", "Rate card"),
    ("changes", "Change orders"),
    ("revisions", "Moved budget"),
    ("applications", "Applications"),
    ("time", "Time"),
    ("costs", "Costs"),
    ("commitments", "Commitments"),
    ("expenses", "Expenses"),
    ("payments", "Payments"),
    ("retainage", "Retainage"),
    ("milestones", "Milestones"),
    ("deposits", "Deposits"),
    ("advance", "Advance payment"),
    ("limits", "Limits and orders"),
    ("compliance", "Compliance"),
    ("estimates", "Cost estimates"),
    ("cost", "Cost and backup"),
    ("imports", "Imports"),
    ("documents", "Documents and mail"),
    ("terms", "Terms"),
    ("history", "History"),
)

_TYPED_INTO = (
    "rates",
    "changes",
    "revisions",
    "milestones",
    "deposits",
    "advance",
    "limits",
    "compliance",
    "time",
    "costs",
    "estimates",
    "commitments",
    "expenses",
)


@get("/contracts", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def contracts(request: HttpRequest) -> Response[str]:
    """Every contract with its sums."""
    with looking(request) as (connection, identity):
        rows = contract_sums(connection, identity.firm_id)
        return page(request, connection, "contracts.html", contracts=rows)


@get("/contracts/{contract_id:uuid}", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def contract(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """One contract, with the tab that the address names."""
    return contract_tab(request, contract_id, request.query_params.get("tab", ""))


def contract_tab(
    request: HttpRequest,
    contract_id: UUID,
    wanted: str,
    said: Said | None = None,
    instead: Callable[[Connection, UUID], Data] | None = None,
) -> Response[str]:
    """The page of a contract. Raises Refused 404.

    `instead` reads what the tab shows in place of what is stored, for the firm.
    """
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        agreed = found[0]
        usual = "terms" if agreed.state == "setting_up" else "schedule"
        counts = dict(contract_page.tab_counts(connection, identity.firm_id, contract_id))
        time = time_grid.contracts_with_time(connection, identity.firm_id, contract_id)
        costs = job_cost_page.count(connection, identity.firm_id, contract_id)
        shown = {
            "time": bool(time),
            "costs": costs is not None,
            "estimates": bool(identity.roles & set(COMMANDS["estimate_cost"].roles)),
        }
        tabs = [one for one in TABS if shown.get(one[0], True)]
        counts["time"] = time.get(contract_id, 0)
        counts["costs"] = costs or 0
        tab = wanted if wanted in dict(tabs) else usual
        waiting, version = _waiting(connection, identity.firm_id, agreed)
        working = waiting is not None and not waiting.settled(version)
        # A page that renews itself would lose what is being typed or ticked.
        typing = agreed.state == "setting_up" or tab in _TYPED_INTO
        return page(
            request,
            connection,
            "contract.html",
            said=said,
            refresh=2 if working and said is None and not typing else None,
            contract=agreed,
            waiting=None if working and typing else waiting,
            waits_at_version=version,
            tab=tab,
            tabs=agreement_pages.tabs_of(agreed, tabs, counts),
            **{
                "may": allowed(agreed.state, identity),
                "consulting": agreement_pages.is_consulting(agreed),
                **_LOADERS[tab](request, connection, identity, agreed),
                **(instead(connection, identity.firm_id) if instead else {}),
            },
        )


def _waiting(connection: Connection, firm_id: UUID, agreed: ContractSums) -> tuple[Waiting | None, int]:
    """Why the contract waits: for its application in hand, where there is one, as that one says itself."""
    in_hand = next_application.in_hand(connection, firm_id, agreed.id)
    if in_hand is not None:
        return why(connection, firm_id, "invoice", in_hand["id"]), in_hand["version"]
    return why(connection, firm_id, "contract", agreed.id), agreed.version


def project_managers(connection: Connection, firm_id: UUID) -> Sequence[people.Person]:
    """Those who may be named as a contract's project manager."""
    return [
        one
        for one in people.people(connection, firm_id)
        if one.active and Role.project_manager.value in one.roles
    ]


def _schedule(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return agreement_pages.schedule_data(connection, who, agreed)


def _rates(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return agreement_pages.rates_data(connection, who, agreed)


def _changes(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return change_pages.changes_data(connection, who, agreed, request.query_params.get("order"))


def _revisions(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    lines = schedule_page.schedule(connection, who.firm_id, agreed.id)
    return {
        "revisions": revision_log.revisions(connection, who.firm_id, agreed.id),
        "lines": [line for line in lines if line.change_order is None],
        "after_billed": next_application.unbilled_from(connection, who.firm_id, agreed.id),
        "me": who.person_id,
    }


def _deposits(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return agreement_pages.deposits_data(connection, who, agreed)


def _advance(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return agreement_pages.advance_data(connection, who, agreed)


def _limits(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return limit_pages.limits_data(connection, who, agreed)


def _compliance(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return compliance_pages.compliance_data(connection, who, agreed)


def _applications(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    rows = contract_page.applications(connection, who.firm_id, agreed.id)
    unbilled = contract_page.unbilled(connection, who.firm_id, agreed.id)
    number = next_application.number(connection, who.firm_id, agreed.id, agreed.terms)
    suggested = next_application.period_end(connection, who.firm_id, agreed.id, agreed.terms, number)
    may = allowed(agreed.state, who)
    room = next_application.may_be_prepared(connection, who.firm_id, agreed.id, agreed.terms)
    return {
        "applications": rows,
        "drafted": {
            row.id: drafting.draft(current_snapshot(connection, who.firm_id, row.id))
            for row in rows
            if row.state in NOT_OUT
        },
        "unbilled": unbilled,
        "stands": {row.application_no: row.numbered for row in reversed(rows) if row.number},
        "securities": securities.of_contract(connection, who.firm_id, agreed.id),
        "suggested_period": suggested,
        "next_application": number,
        "starts_from_withdrawn": bool(
            next_application.withdrawn_entries(connection, who.firm_id, agreed.id, number)
        )
        and all(one.application_no != number for one in unbilled),
        "may": {**may, "prepare_application": may["prepare_application"] and room},
        "waits": any(row.state in OPEN_INVOICE for row in rows),
    }


def _time(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    shown = time_data(connection, who, [agreed], shown_of(request.query_params))
    today = firm_day(connection, who.firm_id).today
    kept = {name: request.query_params.get(f"e_{name}", "") for name in ENTERED_AGAIN}
    if kept["work_date"] > today.isoformat():
        kept["work_date"] = ""
    missing = unpriced(connection, who.firm_id, agreed.id)
    priced = agreed_page.rate_card(connection, who.firm_id, agreed.id)
    known = dict.fromkeys(row.role for row in priced if row.role)
    standing = unbilled(connection, who.firm_id, today, [agreed.id])
    over = [one for mine in standing for one in mine.over_limits]
    return {
        **shown,
        "today": today,
        "kept": kept,
        "unpriced": missing,
        "roles": list(known),
        "over_limits": over,
    }


def _expenses(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return expenses_data(connection, who, agreed)


def _commitments(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return commitments_data(connection, who, agreed)


def _costs(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return costs_data(connection, who, agreed)


def _payments(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return {
        "payments": contract_page.payments(connection, who.firm_id, agreed.id),
        "unapplied": payments_page.cash_left(connection, who.firm_id, agreed.client_id),
        "not_set_off": payments_page.credit_left(connection, who.firm_id, agreed.client_id),
        "withheld": withholds.ledger(connection, who.firm_id, agreed.id),
    }


def _retainage(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    item = request.query_params.get("item") or None
    return {
        "schedule": schedule_page.schedule(connection, who.firm_id, agreed.id),
        "ledger": contract_page.retainage_ledger(connection, who.firm_id, agreed.id, item),
        "securities": securities.of_contract(connection, who.firm_id, agreed.id),
        "deadlines": release_deadlines.of_contract(connection, who.firm_id, agreed.id, agreed.terms),
        "reached": release_deadlines.reached(connection, who.firm_id, agreed.id),
        "KINDS": SECURITY_KINDS,
        "item": item,
    }


def _milestones(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return agreement_pages.milestones_data(connection, who, agreed)


def _cost(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    kind = "delivery" if request.query_params.get("kind") == "delivery" else "labour"
    item = request.query_params.get("item") or None
    text = request.query_params.get("start", "0")
    start = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    return {
        "totals": contract_files.cost_totals(connection, who.firm_id, agreed.id),
        "schedule": schedule_page.schedule(connection, who.firm_id, agreed.id),
        "entries": contract_files.cost_entries(connection, who.firm_id, agreed.id, kind, item, start, PAGE),
        "kind": kind,
        "item": item,
        "start": start,
        "page": PAGE,
    }


def _estimates(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    rows = work_in_progress.estimates_of(connection, who.firm_id, agreed.id)
    today = firm_day(connection, who.firm_id).today
    found = work_in_progress.recorded(connection, who.firm_id, today, agreed.id)
    return {
        "estimates": rows,
        "budget": budgets.lines(connection, who.firm_id, agreed.id),
        "budgeted": budgets.sums(connection, who.firm_id, [agreed.id]).get(agreed.id),
        "standing": wip_report.standing(found[0], today) if found else None,
        "measures": MEASURES,
    }


def _imports(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    listed = import_list.imports(connection, who.firm_id, import_list.Wanted(contract_id=agreed.id))
    return {"listed": listed}


def _documents(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return {
        "documents": contract_files.documents(connection, who.firm_id, agreed.id),
        "mails": contract_files.messages(connection, who.firm_id, agreed.id),
    }


def _terms(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    return {
        **agreement_pages.terms_data(connection, who, agreed),
        "preview": preview(connection, who.firm_id, agreed.id, agreed.terms),
        "managers": project_managers(connection, who.firm_id),
    }


def _history(request: HttpRequest, connection: Connection, who: Identity, agreed: ContractSums) -> Data:
    ids = ids_of_contract(connection, who.firm_id, agreed.id)
    names = {
        str(one.id): f"{words(one.kind)} {one.application_no}"
        for one in contract_page.applications(connection, who.firm_id, agreed.id)
    }
    return {
        "timeline": timeline(request, connection, who.firm_id, Subject.contract, agreed.id, ids, names),
    }


_LOADERS = {
    "schedule": _schedule,
    "rates": _rates,
    "deposits": _deposits,
    "advance": _advance,
    "limits": _limits,
    "compliance": _compliance,
    "changes": _changes,
    "revisions": _revisions,
    "applications": _applications,
    "time": _time,
    "costs": _costs,
    "commitments": _commitments,
    "expenses": _expenses,
    "payments": _payments,
    "retainage": _retainage,
    "milestones": _milestones,
    "estimates": _estimates,
    "cost": _cost,
    "imports": _imports,
    "documents": _documents,
    "terms": _terms,
    "history": _history,
}

ROUTES = (contracts, contract)
