"""docs/API.md names every route with whom it serves and what its body holds."""

import re
from collections.abc import Iterator
from pathlib import Path

from litestar.routes import HTTPRoute

from contracts_app.domain.roles import STAFF, Role
from contracts_app.settings import Settings
from contracts_app.web import api, app

GUIDE = Path(__file__).parents[2] / "docs" / "API.md"
WHO = {frozenset(Role): "signed in", frozenset(STAFF): "staff"}


def declared(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Route, who and body of every API route."""
    for route in app.assemble(settings, api.ROUTES).routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/schema"):
            continue
        for handler in route.route_handlers:
            roles = handler.opt.get("roles", frozenset())
            named = ", ".join(role.value.replace("_", " ") for role in Role if role in roles)
            who = "everybody" if handler.opt.get("public") else WHO.get(roles, named)
            model, absent = handler.opt.get("body"), handler.opt.get("not_in_body", frozenset())
            fields = model.model_fields.items() if model else ()
            body = [name if one.is_required() else f"{name}?" for name, one in fields if name not in absent]
            for method in handler.http_methods - {"OPTIONS"}:
                yield f"{method} {route.path_format}", who, ", ".join(body)


def test_the_guide_names_every_route(settings: Settings) -> None:
    rows = re.findall(
        r"^\| `([A-Z]+ /[^`]+)` \| ([^|]*?) *\| ?([^|]*?) *\|$", GUIDE.read_text("utf-8"), re.MULTILINE
    )
    assert sorted(rows) == sorted(declared(settings))
    assert len(rows) > 40
