"""Accounting months: which are closed, by whom, and what is left to do of the next one."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.closing.checklist import Item
from contracts_app.domain.closing.periods import last_day
from contracts_app.domain.commands.closing_commands import SoftClosePeriod
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.services import accrual_reviews
from contracts_app.services.accruals import accrual
from contracts_app.store.views import closing_page, kept_accruals
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest

READERS = roles(Role.coordinator, Role.project_manager, Role.controller, Role.auditor)


@get("/api/periods", opt=READERS, sync_to_thread=True)
def periods(request: HttpRequest) -> dict[str, Any]:
    """Every month that was closed at least softly, the last first, and what is left of the one in hand."""
    with looking(request) as (connection, identity):
        every = closing_page.every(connection, identity.firm_id)
        month = closing_page.in_hand(every, firm_day(connection, identity.firm_id).today)
        left = accrual_reviews.left(connection, identity.firm_id, month, closing_page.state_of(every, month))
        return {
            "periods": shown(every),
            "in_hand": {
                "month": f"{month:%Y-%m}",
                "left": {item.value: left[item] for item in Item if left.get(item)},
            },
        }


@get("/api/periods/{month:str}/accrual", opt=READERS, sync_to_thread=True)
def accrual_of(request: HttpRequest, month: FromPath[str]) -> dict[str, Any]:
    """What was worked and not billed at the end of a month: as it stands now, and each that was kept."""
    first = first_day_of(month)
    with looking(request) as (connection, identity):
        now = accrual(connection, identity.firm_id, last_day(first))
        every = kept_accruals.of_month(connection, identity.firm_id, first)
        return {
            "now": {"sha256": now.sha256, "accrual": now.model_dump(mode="json")},
            "kept": [
                {
                    **shown({"id": one.id, "taken_at": one.taken_at}),
                    "step": one.step,
                    "taken_by": one.taken_by,
                    "sha256": one.sha256,
                    "accrual": one.accrual.model_dump(mode="json"),
                }
                for one in every
            ],
        }


def first_day_of(month: str) -> date:
    """The first day of a month in an address. Raises Refused for one that is none."""
    try:
        return SoftClosePeriod(month=month).first_day
    except ValueError as error:
        raise not_found("month") from error


ROUTES = (periods, accrual_of)
