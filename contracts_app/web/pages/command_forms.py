"""Forms that are one command about one thing: the path names it, the fields say the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from contracts_app.web.guard import who_gives
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.rendering import Said
from contracts_app.web.parts import HttpRequest


def command_form(
    path: str,
    model: type[Any],
    *fields: str,
    then: str,
    again: Callable[[HttpRequest, UUID, Said], Response[str]],
) -> HTTPRouteHandler:
    """The route of such a form, for the roles that the domain gives the command.

    `path` has one `{…_id:uuid}`. `then` is the next page, where `{id}` stands for that id; `again` shows the
    page of the form with what was refused.
    """
    command = str(model.model_fields["command"].default)

    async def handler(request: HttpRequest) -> Response[str]:
        ((name, about),) = request.path_params.items()
        return await answer(
            request,
            lambda form: command_of(model, form, *fields, **{name: str(about)}),
            lambda outcome: then.format(id=about),
            lambda said: again(request, about, said),
        )

    handler.__name__ = command
    handler.__doc__ = model.__doc__
    return post(path, opt=who_gives(model), include_in_schema=False)(handler)
