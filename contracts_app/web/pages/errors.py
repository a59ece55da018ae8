"""The page that a person sees when something was refused or went wrong."""

from __future__ import annotations

from litestar import Response

from contracts_app.web.pages.rendering import bare_page
from contracts_app.web.problems import Problem

_TITLES = {
    403: "Not allowed",
    404: "There is no such page",
    413: "Too large",
    429: "Too many tries",
    500: "Something went wrong",
    503: "Not known yet",
}


def error_page(problem: Problem) -> Response[str]:
    """The problem as a page, with its status. Touches no database: that may be what went wrong."""
    return bare_page(
        "problem.html",
        problem.status,
        title=_TITLES.get(problem.status, problem.title),
        detail=problem.detail,
        errors=problem.errors,
    )
