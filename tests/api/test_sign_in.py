"""Signing in, sessions and what they protect (CONTROLS S05–S07)."""

import statistics
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import TRIES, add_person, hash_password, sign_in
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, firm_transaction, own_step
from tests.api.conftest import PASSWORD, Browser, Firm, SignIn, served

Open = Callable[[], Browser]
Firms = tuple[Firm, Firm]
Change = Callable[[str, dict[str, object]], None]


@pytest.fixture
def as_owner(settings: Settings) -> Change:
    """Changes a row as the owner of the tables, behind the application's back."""

    def change(statement: str, values: dict[str, object]) -> None:
        with psycopg.connect(settings.owner_database_url) as session:
            assert session.execute(statement.encode(), values).rowcount > 0

    return change


def _add(engine: Engine, settings: Settings, firm: Firm, name: str, role: Role = Role.coordinator) -> str:
    address = f"{name}@{firm.id.hex[:8]}.example"
    with own_step(engine, firm.id, f"add {name}", Origin()) as tx:
        add_person(
            tx, name=name, email=address, password_hash=hash_password(settings, PASSWORD), roles=(role,)
        )
    return address


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


def test_over_https_the_cookie_is_bound_to_the_host(firms: Firms, settings: Settings) -> None:
    with served(settings, "https://billing.example") as site:
        address = f"http://{site.http_address}"
        answer = httpx.post(
            f"{address}/api/sign-in",
            json={"email": firms[0].address("coordinator"), "password": PASSWORD},
            headers={"Origin": "https://billing.example", "Sec-Fetch-Site": "same-origin"},
        )
        assert answer.status_code == 200
        parts = answer.headers["set-cookie"].split("; ")
        assert parts[0].startswith("__Host-contracts=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(parts)
        assert not [part for part in parts if part.startswith("Domain")]
        assert answer.headers["strict-transport-security"]
        plain = {"Cookie": parts[0].removeprefix("__Host-")}
        assert httpx.get(f"{address}/api/me", headers=plain).status_code == 401
        assert httpx.get(f"{address}/api/me", headers={"Cookie": parts[0]}).status_code == 200


def test_the_address_is_found_however_it_is_typed(firms: Firms, browser: Open) -> None:
    assert browser().sign_in(f" {firms[0].address('controller').upper()} ").status_code == 200


def test_a_wrong_password_and_an_unknown_address_hear_the_same(firms: Firms, browser: Open) -> None:
    wrong = browser().sign_in(firms[0].address("administrator"), "not the password")
    unknown = browser().sign_in("nobody@nowhere.example", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers
    assert "set-cookie" not in unknown.headers


def test_a_wrong_password_and_an_unknown_address_take_the_same_time(
    firms: Firms, engine: Engine, settings: Settings
) -> None:
    costly = settings.with_values(password_time_cost=2, password_memory_kib=16384)
    hashed = hash_password(costly, PASSWORD)
    address = f"slow@{firms[0].id.hex[:8]}.example"
    with own_step(engine, firms[0].id, "add slow", Origin()) as tx:
        add_person(tx, name="Slow", email=address, password_hash=hashed, roles=(Role.coordinator,))
    taken: dict[str, list[float]] = {address: [], "nobody-slow@nowhere.example": []}
    for _ in range(TRIES - 1):
        for who, times in taken.items():
            began = time.perf_counter()
            with pytest.raises(Refused):
                sign_in(engine, costly, who, "not the password", None)
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times[1:]) for times in taken.values())
    assert 0.6 < known / unknown < 1.7, taken


def test_too_many_tries_lock_even_the_right_password_out(
    firms: Firms, engine: Engine, settings: Settings, browser: Open, as_owner: Change
) -> None:
    address = _add(engine, settings, firms[0], "hurried")
    for who in (address, "nobody-hurried@nowhere.example"):
        for _ in range(TRIES):
            assert browser().sign_in(who, "not the password").status_code == 401
        locked = browser().sign_in(who)
        assert locked.status_code == 429
        assert locked.json()["code"] == "too_many_tries"
        assert locked.headers["retry-after"]
    # Whoever changes his own idea of his address does not get a new count.
    assert (
        browser()
        .post(
            "/api/sign-in",
            json={"email": address.upper(), "password": PASSWORD},
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
        .status_code
        == 429
    )
    as_owner("UPDATE sign_in_count SET window_ends = window_ends - interval '15 minutes'", {})
    assert browser().sign_in(address).status_code == 200


def test_a_success_starts_the_count_again_and_is_audited_with_the_failures_before(
    firms: Firms, engine: Engine, settings: Settings, browser: Open, audit: Callable[[UUID], list[str]]
) -> None:
    address = _add(engine, settings, firms[0], "forgetful")
    for _ in range(2):
        for _ in range(TRIES - 1):
            assert browser().sign_in(address, "not the password").status_code == 401
        assert browser().sign_in(address).status_code == 200
    entries = [entry for entry in audit(firms[0].id) if '"action":"sign_in"' in entry]
    assert sum('"failed_before":9' in entry for entry in entries) == 2


def test_no_password_and_no_hash_stands_in_the_audit(
    firms: Firms, audit: Callable[[UUID], list[str]]
) -> None:
    entries = audit(firms[0].id)
    assert any('"action":"add_person"' in entry for entry in entries)
    assert not any(PASSWORD in entry or "$argon2" in entry for entry in entries)


def test_signing_out_ends_the_session(firms: Firms, signed_in: SignIn, browser: Open) -> None:
    one = signed_in(firms[0], "coordinator")
    token = one.cookies["contracts"]
    assert one.post("/api/sign-out").status_code == 200
    again = browser()
    again.cookies.set("contracts", token, domain="127.0.0.1")
    assert again.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE session SET last_seen_at = last_seen_at - interval '8 hours' WHERE person_id = %(who)s",
        "UPDATE session SET expires_at = expires_at - interval '24 hours' WHERE person_id = %(who)s",
        "UPDATE person SET active = false WHERE id = %(who)s",
    ],
    ids=["idle", "expired", "no longer active"],
)
def test_a_session_ends(
    firms: Firms, engine: Engine, settings: Settings, browser: Open, as_owner: Change, statement: str
) -> None:
    name = f"leaving{abs(hash(statement))}"
    one = browser()
    answer = one.sign_in(_add(engine, settings, firms[0], name))
    assert one.get("/api/me").status_code == 200
    as_owner(statement, {"who": answer.json()["person_id"]})
    assert one.get("/api/me").status_code == 401
    if "active" in statement:
        as_owner("UPDATE person SET active = true WHERE id = %(who)s", {"who": answer.json()["person_id"]})
        assert one.get("/api/me").status_code == 401, "the session itself is gone"


def test_a_change_of_role_takes_effect_at_once(
    firms: Firms, engine: Engine, settings: Settings, browser: Open, as_owner: Change
) -> None:
    one = browser()
    person_id = one.sign_in(_add(engine, settings, firms[0], "moving")).json()["person_id"]
    assert one.post("/api/contracts", headers={"Idempotency-Key": "k"}).status_code == 400
    as_owner("UPDATE person_role SET role = 'controller' WHERE person_id = %(who)s", {"who": person_id})
    assert one.get("/api/me").json()["roles"] == ["controller"]
    assert one.post("/api/contracts", headers={"Idempotency-Key": "k"}).status_code == 403


def test_the_application_sees_no_session_and_nobody_of_another_firm(
    firms: Firms, settings: Settings, engine: Engine
) -> None:
    with psycopg.connect(settings.database_url) as session:
        for table in ("session", "sign_in_count"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f"SELECT * FROM {table}".encode())
            session.rollback()
        assert session.execute("SELECT count(*) FROM person").fetchone() == (0,)
    with firm_transaction(engine, firms[0].id) as connection:
        seen = connection.exec_driver_sql("SELECT DISTINCT firm_id FROM person").scalars().all()
    assert seen == [firms[0].id]
    with (
        firm_transaction(engine, firms[0].id) as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.exec_driver_sql("SELECT password_hash FROM person")


def test_a_denied_attempt_is_audited(
    firms: Firms, signed_in: SignIn, audit: Callable[[UUID], list[str]]
) -> None:
    record = uuid4()
    assert signed_in(firms[0], "client").get("/api/contracts").status_code == 403
    assert signed_in(firms[0], "client").get(f"/api/invoices/{record}").status_code == 404
    entries = [entry for entry in audit(firms[0].id) if '"kind":"refusal"' in entry]
    by = f'"by":"{firms[0].people["client"]}"'
    for attempt, code in (
        (f"GET /api/invoices/{record}", "not_found"),
        ("GET /api/contracts", "not_allowed"),
    ):
        assert [e for e in entries if by in e and f'"{attempt}"' in e and f'"code":"{code}"' in e], attempt


def test_unsafe_requests_need_the_token_of_their_own_session(firms: Firms, signed_in: SignIn) -> None:
    one, other = signed_in(firms[0], "coordinator"), signed_in(firms[0], "coordinator")
    stolen = other.headers["X-CSRF-Token"]
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": stolen}):
        del_token = {"X-CSRF-Token": headers.get("X-CSRF-Token", "")}
        answer = one.post("/api/contracts", json={}, headers={"Idempotency-Key": "k", **del_token})
        assert answer.status_code == 403
        assert answer.json()["code"] == "wrong_csrf_token"
    form = one.post("/api/contracts", data={"csrf_token": stolen}, headers={"X-CSRF-Token": ""})
    assert form.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    ],
)
def test_another_site_cannot_give_commands_or_sign_in(
    firms: Firms, signed_in: SignIn, browser: Open, headers: dict[str, str]
) -> None:
    one = signed_in(firms[0], "coordinator")
    answer = one.post("/api/contracts", json={}, headers={"Idempotency-Key": "k", **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "from_another_site")
    answer = browser().post(
        "/api/sign-in",
        json={"email": firms[0].address("coordinator"), "password": PASSWORD},
        headers=headers,
    )
    assert answer.status_code == 403


def test_the_site_itself_may(firms: Firms, site: Settings, signed_in: SignIn) -> None:
    one = signed_in(firms[0], "coordinator")
    for headers in (
        {"Origin": site.public_url},
        {"Sec-Fetch-Site": "same-origin", "Origin": site.public_url},
    ):
        answer = one.post("/api/contracts", json={}, headers={"Idempotency-Key": "k", **headers})
        assert answer.status_code == 400, answer.text  # it came as far as its body
