"""Every route says who may use it, and the guard holds it to that (CONTROLS S02)."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from litestar import get
from litestar.routes import HTTPRoute

from contracts_app.domain.commands.administration import ROLES as ADMINISTRATION
from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.web import api, app, pages
from contracts_app.web.guard import undeclared
from contracts_app.web.pages.menu import menu_of
from tests.api.conftest import Browser, Firm, SignIn

Firms = tuple[Firm, Firm]
PEOPLE = {
    "coordinator": Role.coordinator,
    "project_manager": Role.project_manager,
    "controller": Role.controller,
    "administrator": Role.administrator,
    "auditor": Role.auditor,
    "client": Role.client,
}


def routes(settings: Settings) -> Iterator[tuple[str, str, frozenset[Role] | None]]:
    """Every method and path with the roles declared for it; None for a public one."""
    for route in app.assemble(settings, (*api.ROUTES, *pages.ROUTES)).routes:
        assert isinstance(route, HTTPRoute), route.path
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                roles = None if handler.opt.get("public") else handler.opt["roles"]
                yield method, re.sub(r"{[^}]+}", lambda _: str(uuid4()), route.path_format), roles


def test_every_route_declares_its_roles(settings: Settings) -> None:
    assert list(undeclared(app.assemble(settings, (*api.ROUTES, *pages.ROUTES)))) == []
    assert len(list(routes(settings))) > 45


def test_an_undeclared_route_is_found_and_stops_the_application(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return "everything"

    assert list(undeclared(app.assemble(settings, (forgotten,)))) == ["GET /forgotten"]
    monkeypatch.setattr(pages, "ROUTES", (forgotten,))
    with pytest.raises(app.UndeclaredRoute, match="/forgotten"):
        app.create_app(settings)


def test_every_command_that_people_give_has_a_route(settings: Settings) -> None:
    built = app.assemble(settings, api.ROUTES)
    given = {
        str(handler.opt["body"].model_fields["command"].default): handler.opt["roles"]
        for route in built.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "body" in handler.opt and issubclass(handler.opt["body"], CommandBody)
    }
    by_process = {name: frozenset(route.roles) for name, route in COMMANDS.items() if route.roles}
    assert given == by_process | {name: frozenset(roles) for name, roles in ADMINISTRATION.items()}


def test_nobody_without_a_session_gets_past_a_route(
    site: Settings, settings: Settings, browser: Callable[[], Browser]
) -> None:
    stranger = browser()
    for method, path, roles in routes(settings):
        if roles is not None:
            answer = stranger.request(method, path)
            expected = {401} if path.startswith("/api/") else {303}
            assert answer.status_code in expected, f"{method} {path}"


@pytest.mark.parametrize("who", PEOPLE)
def test_each_role_gets_exactly_where_it_is_declared(
    firms: Firms, settings: Settings, signed_in: SignIn, who: str
) -> None:
    one = signed_in(firms[0], who)
    tried = {"allowed": 0, "refused": 0}
    for method, path, roles in routes(settings):
        if roles is None or path.endswith("sign-out"):
            continue
        answer = one.request(method, path)
        if PEOPLE[who] in roles:
            tried["allowed"] += 1
            # Allowed in: what it then finds there (nothing, or a request without content) is another matter.
            refused = answer.status_code == 403 and answer.json().get("code") == "not_allowed"
            assert not refused, f"{method} {path}: {answer.text}"
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"
        else:
            tried["refused"] += 1
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
    assert tried["allowed"]
    assert tried["refused"]


def test_an_auditor_reads_what_a_controller_reads_and_changes_nothing(settings: Settings) -> None:
    own_account = ("/sign-out", "/api/sign-out", "/api/me/", "/account/")
    for method, path, allowed in routes(settings):
        if method == "GET" and allowed is not None and Role.controller in allowed:
            assert Role.auditor in allowed, path
        if method != "GET" and allowed is not None and Role.auditor in allowed:
            assert path.startswith(own_account), path
    assert not [name for name, roles in ADMINISTRATION.items() if Role.auditor in roles]
    assert not [name for name, route in COMMANDS.items() if Role.auditor in route.roles]


@pytest.mark.parametrize("role", Role)
def test_the_menu_leads_where_its_reader_may_go(settings: Settings, role: Role) -> None:
    allowed = {path: known for method, path, known in routes(settings) if method == "GET"}
    groups = menu_of(frozenset({role}), "/reports/x", is_client=role is Role.client, practice=True)
    links = [link for group in groups for link in group.links]
    assert links
    for link in links:
        assert role in (allowed[link.address] or ()), link
    assert [link.label for link in links if link.here] == (
        ["Reports"] if role in (Role.controller, Role.auditor) else []
    )
    assert not [group for group in groups if group.title and len(group.links) == 1]


def test_nothing_is_loaded_from_elsewhere(browser: Callable[[], Browser]) -> None:
    answer = browser().get("/schema/openapi.json")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "http" not in policy
    for page in ("/schema", "/schema/redoc", "/schema/swagger"):
        assert b"cdn" not in browser().get(page).content.lower()


def test_the_schema_describes_bodies_and_keys(browser: Callable[[], Browser]) -> None:
    schema = browser().get("/schema/openapi.json").json()
    certify = schema["paths"]["/api/invoices/{invoice_id}/certify"]["post"]
    body = schema["components"]["schemas"]["CertifyApplication"]
    assert set(body["properties"]) == {"decision", "lines", "reason", "line_reasons"}
    assert body["required"] == ["decision"]
    assert {one["name"] for one in certify["parameters"]} == {"invoice_id", "Idempotency-Key", "X-CSRF-Token"}


def test_errors_are_problems_and_tell_nothing_from_inside(
    firms: Firms, signed_in: SignIn, browser: Callable[[], Browser]
) -> None:
    one = signed_in(firms[0], "coordinator")
    for path, status in (
        ("/api/nothing-here", 404),
        (f"/api/contracts/{uuid4()}", 404),
        ("/api/contracts/not-an-id", 404),
        ("/api/invoices?contract=not-an-id", 400),
    ):
        answer = one.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert "Traceback" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert one.delete("/api/contracts").status_code == 405
