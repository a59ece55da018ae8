"""Period close: what is left to do of the month in hand, to close it, and months that were closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.closing.checklist import Item, in_words
from contracts_app.domain.closing.periods import called, last_day, next_month
from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.closing_commands import ClosePeriod, ReopenPeriod, SoftClosePeriod
from contracts_app.domain.roles import Role
from contracts_app.services import accrual_reviews
from contracts_app.store.views import closing_page
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.book_checks import READERS as CHECK_READERS
from contracts_app.web.api.closing import READERS
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.giving import administer
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import Form, answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest

_AT = "/periods"
_LINKS: Mapping[Item, str] = {
    Item.drafts: "/invoices",
    Item.approved: "/invoices",
    Item.time: "/unbilled",
    Item.expenses: "/contracts",
    Item.costs: "/contracts",
    Item.imports: "/imports",
    Item.cash: "/payments",
    Item.checks: "/checks",
}
"""Where each item of the checklist is done; reviews are given on the page of the accrual."""
_ACCEPTED = "accept."


@get(_AT, opt=READERS, include_in_schema=False, sync_to_thread=True)
def periods(request: HttpRequest) -> Response[str]:
    """The month in hand with its checklist; below it the months that were closed."""
    return _shown(request)


def _shown(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        every = closing_page.every(connection, identity.firm_id)
        month = closing_page.in_hand(every, today)
        state = closing_page.state_of(every, month)
        found = accrual_reviews.left(connection, identity.firm_id, month, state)
        return page(
            request,
            connection,
            "periods.html",
            said=said,
            every=every,
            month=month,
            key=f"{month:%Y-%m}",
            called=called,
            last=last_day(month),
            state=state,
            ended=last_day(month) < today,
            opens_on=next_month(month),
            left=[
                (item.value, number, in_words(item, number), _where(item, f"{month:%Y-%m}", identity.roles))
                for item, number in found.items()
                if number
            ],
            words=lambda item, number: in_words(Item(item), number),
            typed=said.typed if said is not None else {},
            may_begin=bool(identity.roles & set(ROLES["soft_close_period"])),
            may_close=bool(identity.roles & set(ROLES["close_period"])),
            may_reopen=bool(identity.roles & set(ROLES["reopen_period"])),
        )


def _where(item: Item, month: str, whose: Set[Role]) -> str | None:
    """The page on which an item is done; nothing for somebody whose role does not open that page."""
    if item is Item.checks and not whose & CHECK_READERS["roles"]:
        return None
    return _LINKS.get(item, f"{_AT}/{month}/accrual")


@post(f"{_AT}/{{month:str}}/soft-close", opt=roles(*ROLES["soft_close_period"]), include_in_schema=False)
async def soft_close(request: HttpRequest, month: FromPath[str]) -> Response[str]:
    """Begin to close a month."""
    return await _answered(request, lambda form: command_of(SoftClosePeriod, form, month=month))


@post(f"{_AT}/{{month:str}}/close", opt=roles(*ROLES["close_period"]), include_in_schema=False)
async def close(request: HttpRequest, month: FromPath[str]) -> Response[str]:
    """Close a month for everybody; each field for a reason names the item and how many."""

    def body(form: Form) -> ClosePeriod:
        accepted = [
            {**_item(name), "reason": reason}
            for name, reason in form.items()
            if name.startswith(_ACCEPTED) and reason
        ]
        return validated(ClosePeriod, {"month": month, "accepted": accepted})

    return await _answered(request, body)


def _item(name: str) -> dict[str, Any]:
    """`accept.drafts.2`: the item, and how many of it were shown."""
    item, _, number = name.removeprefix(_ACCEPTED).partition(".")
    return {"item": item, "number": int(number) if number.isascii() and number.isdecimal() else number}


@post(f"{_AT}/{{month:str}}/reopen", opt=roles(*ROLES["reopen_period"]), include_in_schema=False)
async def reopen(request: HttpRequest, month: FromPath[str]) -> Response[str]:
    """Open a month again."""
    return await _answered(request, lambda form: command_of(ReopenPeriod, form, "reason", month=month))


async def _answered(request: HttpRequest, body: Callable[[Form], Any]) -> Response[str]:
    return await answer(request, body, lambda outcome: _AT, lambda said: _shown(request, said), administer)


ROUTES = (periods, soft_close, close, reopen)
