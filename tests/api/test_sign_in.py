"""Signing in, sessions and what they protect (CONTROLS S05–S07)."""

from collections.abc import Callable

from tests.api.conftest import Browser, Firm

Open = Callable[[], Browser]
Firms = tuple[Firm, Firm]


def test_the_right_password_opens_a_session_under_a_new_id(firms: Firms, browser: Open) -> None:
    one = browser()
    one.cookies.set("contracts", "planted-by-somebody", domain="127.0.0.1")
    answer = one.sign_in(firms[0].address("coordinator"))
    assert answer.status_code == 200
    assert answer.json()["roles"] == ["coordinator"]
    first = one.cookies["contracts"]
    assert first != "planted-by-somebody"
    assert {"HttpOnly", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))
    assert one.get("/api/me").json()["name"] == "Coordinator"
    one.sign_in(firms[0].address("coordinator"))
    assert one.cookies["contracts"] != first
    thief = browser()
    thief.cookies.set("contracts", first, domain="127.0.0.1")
    assert thief.get("/api/me").status_code == 401
