"""Holidays: the days on which the firm does not work, a year at a time."""

from __future__ import annotations

import re
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.holiday_commands import SetHolidays
from contracts_app.domain.refusals import wrong_content
from contracts_app.store import holidays as store
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.giving import administer
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_AT = "/holidays"
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,;]+(.+)")


@get(_AT, opt=STAFF, include_in_schema=False, sync_to_thread=True)
def holidays(request: HttpRequest) -> Response[str]:
    """The holidays of this year and the next, and of other years that were entered."""
    return _shown(request)


def _shown(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        this = firm_day(connection, identity.firm_id).today.year
        every = store.every(connection, identity.firm_id)
        years = sorted({this, this + 1, *(one["day"].year for one in every)}, reverse=True)
        return page(
            request,
            connection,
            "holidays.html",
            said=said,
            years=[(year, [one for one in every if one["day"].year == year]) for year in years],
            typed=said.typed.get("holidays") if said is not None else None,
            may_set=bool(identity.roles & set(ROLES["set_holidays"])),
        )


@post(f"{_AT}/{{year:str}}", opt=roles(*ROLES["set_holidays"]), include_in_schema=False)
async def set_holidays(request: HttpRequest, year: FromPath[str]) -> Response[str]:
    """Replace the holidays of a year by what was typed, a line for each."""

    def body(form: Form) -> Any:
        lines = [line.strip() for line in form.get("holidays", "").splitlines()]
        rows = [_read(number, line) for number, line in enumerate(lines, start=1) if line]
        return validated(SetHolidays, {"year": year, "holidays": rows})

    return await answer(request, body, lambda outcome: _AT, lambda said: _shown(request, said), administer)


def _read(number: int, line: str) -> dict[str, str]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise wrong_content(
            "not_a_holiday",
            f"Line {number}: “{line[:60]}” is not a day and a name, like 2026-12-25 Christmas Day.",
        )
    return {"day": found[1], "name": found[2]}


ROUTES = (holidays, set_holidays)
