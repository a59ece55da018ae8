"""The page that a person sees when something was refused or went wrong."""

from __future__ import annotations

from html import escape

from litestar import MediaType, Response

from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import Problem


def error_page(request: HttpRequest, problem: Problem) -> Response[str]:
    """The problem as a page, with its status."""
    title, detail = escape(problem.title), escape(problem.detail)
    body = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f'<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">Go on</a></p></main></body></html>'
    )
    return Response(body, status_code=problem.status, media_type=MediaType.HTML)
