"""The page that a person sees when something was refused or went wrong."""

from __future__ import annotations

import re

from litestar import Response

from contracts_app.web.pages.rendering import bare_page
from contracts_app.web.parsing_places import BUSY
from contracts_app.web.problems import Problem

_ONE = re.compile(r"/(?:client/invoices|contracts|invoices|imports|clients|people)/[0-9a-f-]{36}(?=/)")
_LISTS = frozenset({"/payments", "/calendar", "/account"})
_TITLES = {
    403: "Not allowed",
    404: "There is no such page",
    413: "Too large",
    429: "Too many tries",
    500: "Something went wrong",
    503: "Not known yet",
}

_BUSY = "Busy just now"


def page_of_form(path: str) -> str:
    """The page whose form is sent to this address: `/invoices/ID/issue` → `/invoices/ID`."""
    of_one = _ONE.match(path)
    if of_one:
        return of_one[0]
    first = f"/{path.split('/')[1]}"
    return first if first in _LISTS else "/"


def error_page(problem: Problem) -> Response[str]:
    """The problem as a page, with its status. Touches no database: that may be what went wrong."""
    return bare_page(
        "problem.html",
        problem.status,
        title=_BUSY if problem.code == BUSY else _TITLES.get(problem.status, problem.title),
        detail=problem.detail,
        errors=problem.errors,
    )
