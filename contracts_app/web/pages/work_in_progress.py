"""The work-in-progress schedule, as a page and as a file, and estimates at completion."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.documents import wip_sheet
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.services.wip_report import report
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import roles
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.estimate_words import MEASURES
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount, typed_rate
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_ESTIMATE = roles(*COMMANDS["estimate_cost"].roles)
_READERS = roles(*COMMANDS["estimate_cost"].roles, Role.auditor)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def day_asked(request: HttpRequest, today: date) -> date:
    """The day of the report in the address; today where there is none, or one that is none or to come."""
    try:
        asked = date.fromisoformat(request.query_params.get("as_of", ""))
    except ValueError:
        return today
    return min(asked, today) if asked.year > 1 else today


@get("/work-in-progress", opt=_READERS, include_in_schema=False, sync_to_thread=True)
def work_in_progress(request: HttpRequest) -> Response[str]:
    """Every contract with what it earned, what was billed and what is left, as of a day."""
    with looking(request) as (connection, identity):
        day = day_asked(request, firm_day(connection, identity.firm_id).today)
        found = report(connection, identity.firm_id, day)
        return page(request, connection, "work_in_progress.html", report=found, as_of=day)


@get("/work-in-progress/{ending:str}", opt=_READERS, include_in_schema=False, sync_to_thread=True)
def work_in_progress_file(request: HttpRequest, ending: FromPath[str]) -> Response[bytes]:
    """The schedule of the currency in the address as a file, CSV or XLSX."""
    currency = request.query_params.get("currency", "")
    with looking(request) as (connection, identity):
        known = firm_day(connection, identity.firm_id)
        day = day_asked(request, known.today)
        found = [
            one for one in report(connection, identity.firm_id, day).schedules if one.currency == currency
        ]
    if not found or ending not in ("csv", "xlsx"):
        raise not_found("schedule")
    content = wip_sheet.as_csv(found[0]) if ending == "csv" else wip_sheet.as_workbook(found[0], known.name)
    return Response(
        content,
        media_type="text/csv; charset=utf-8" if ending == "csv" else XLSX,
        headers={"Content-Disposition": attachment(f"work-in-progress-{day}-{currency}.{ending}")},
    )


@post("/contracts/{contract_id:uuid}/estimates", opt=_ESTIMATE, include_in_schema=False)
async def estimate_cost(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter an estimate at completion."""
    currency = await sync_to_thread(_currency, request, contract_id)
    return await answer(
        request,
        lambda form: _estimate(form, contract_id, currency),
        lambda outcome: f"/contracts/{contract_id}?tab=estimates",
        lambda said: contract_tab(request, contract_id, "estimates", said),
    )


def _estimate(form: Form, contract_id: UUID, currency: str) -> EstimateCost:
    """As typed. Raises WrongBody."""
    amounts = {
        name: typed_amount(form, name, currency)
        for name in ("at_completion", "to_date", "uninstalled", "wasted")
        if form.get(name) or name == "at_completion"
    }
    return command_of(
        EstimateCost, form, "as_of", "remark", contract_id=str(contract_id), measure=_measure(form), **amounts
    )


def _measure(form: Form) -> dict[str, str]:
    by = form.get("measure", "cost_to_cost")
    if by not in MEASURES:
        raise WrongBody(FieldError("measure", by, "one of the list"))
    if by == "physical":
        return {"by": by, "complete": typed_rate(form, "complete")}
    if by in ("units", "labour_hours"):
        return {"by": by, **{name: typed_amount(form, name, "CLF") for name in ("done", "whole")}}
    return {"by": by}


def _currency(request: HttpRequest, contract_id: UUID) -> str:
    with looking(request) as (connection, identity):
        found = contract_sums(connection, identity.firm_id, contract_id)
        if not found:
            raise not_found("contract")
        return found[0].currency


ROUTES = (work_in_progress, work_in_progress_file, estimate_cost)
