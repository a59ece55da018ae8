"""People, roles, passwords and clients are administered by those who may, under rules that hold."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import Engine

from contracts_app.domain.roles import Role
from contracts_app.services import sign_in as service
from contracts_app.services.invariants import check_in
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, own_step
from contracts_app.web.sessions import network_of
from tests.api.conftest import PASSWORD, Browser, Firm, SignIn, served
from tests.conftest import MailServer

Firms = tuple[Firm, Firm]
Open = Callable[[], Browser]
NEW = "a password of my own"

pytestmark = pytest.mark.usefixtures("smtp")


@pytest.fixture
def administrator(firms: Firms, signed_in: SignIn) -> Browser:
    return signed_in(firms[0], "administrator")


@pytest.fixture
def mails(smtp: MailServer) -> Callable[[str], list[str]]:
    """The texts of the mails to an address, oldest first."""

    def to(address: str) -> list[str]:
        found = []
        for file in sorted(smtp.folder.rglob("*"), key=lambda one: one.stat().st_mtime_ns):
            if file.is_file():
                message = message_from_bytes(file.read_bytes(), policy=default)
                body = message.get_body()
                if address in str(message["To"]) and body is not None:
                    found.append(body.get_content())
        return found

    return to


def link_in(text: str) -> str:
    found = re.search(r"https?://\S+/password/\S+", text)
    assert found is not None, text
    return found[0]


def person(firm: Firm, name: str, *roles: str, **other: object) -> dict[str, object]:
    return {"name": name.title(), "email": f"{name}@{firm.id.hex[:8]}.example", "roles": list(roles), **other}


def account(administrator: Browser, person_id: str) -> dict[str, object]:
    accounts = administrator.get("/api/people/accounts").json()["accounts"]
    found: dict[str, object] = next(one for one in accounts if one["id"] == person_id)
    return found


def refused(answer: httpx.Response, code: str, status: int) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_new_person_sets_a_password_by_the_link_and_signs_in(
    firms: Firms, administrator: Browser, browser: Open, mails: Callable[[str], list[str]], site: Settings
) -> None:
    body, key = person(firms[0], "newcomer", "coordinator", "controller"), uuid4().hex
    made = administrator.done("/api/people", body, key)
    assert made["link_sent"] is True
    assert "Prepares and controls" in made["warnings"][0]
    assert administrator.done("/api/people", body, key)["person_id"] == made["person_id"]
    (text,) = mails(str(body["email"]))  # the retry mailed nothing more
    assert "has opened an account for you." in " ".join(text.split())
    link = link_in(text)
    assert link.startswith(site.public_url)
    token = link.rpartition("/")[2]

    guest = browser()
    assert guest.sign_in(str(body["email"]), "").status_code == 401
    for _ in range(2):  # looking changes nothing
        assert guest.get(link).status_code == 200
    refused(guest.post("/api/password", json={"token": token, "password": "short"}), "password_length", 422)
    assert guest.post("/api/password", json={"token": token, "password": NEW}).status_code == 200
    assert guest.get(link).status_code == 404
    refused(guest.post("/api/password", json={"token": token, "password": NEW}), "link_not_valid", 404)
    assert guest.sign_in(str(body["email"]), NEW).status_code == 200
    assert sorted(guest.get("/api/me").json()["roles"]) == ["controller", "coordinator"]
    seen = account(administrator, made["person_id"])
    assert seen["last_signed_in_at"] is not None
    assert seen["link"]["used_at"] is not None  # type: ignore[index]


def test_only_the_newest_link_works_and_only_in_its_time(
    firms: Firms,
    administrator: Browser,
    browser: Open,
    mails: Callable[[str], list[str]],
    settings: Settings,
) -> None:
    body = person(firms[0], "forgetful", "coordinator")
    made = administrator.done("/api/people", body)["person_id"]
    administrator.done(f"/api/people/{made}/password-link")
    first, second = (link_in(text) for text in mails(str(body["email"])))
    assert browser().get(first).status_code == 404
    assert browser().get(second).status_code == 200
    with psycopg.connect(settings.owner_database_url) as session:
        session.execute("UPDATE password_link SET expires_at = expires_at - interval '73 hours'")
    assert browser().get(second).status_code == 404
    answer = browser().post("/api/password", json={"token": second.rpartition("/")[2], "password": NEW})
    refused(answer, "link_not_valid", 404)


def test_no_token_is_stored_and_nobody_elses_link_is_seen(
    firms: Firms,
    administrator: Browser,
    signed_in: SignIn,
    mails: Callable[[str], list[str]],
    audit: Callable[[UUID], list[str]],
    settings: Settings,
) -> None:
    body = person(firms[0], "discreet", "coordinator")
    made = administrator.done("/api/people", body)["person_id"]
    token = link_in(mails(str(body["email"]))[-1]).rpartition("/")[2]
    assert not any(token in entry for entry in audit(firms[0].id))
    with psycopg.connect(settings.owner_database_url) as session:
        rows = session.execute("SELECT to_jsonb(l)::text FROM password_link l").fetchall()
        effects = session.execute("SELECT outcome::text FROM effect").fetchall()
    assert rows
    assert not any(token in row[0] for row in (*rows, *effects))
    refused(signed_in(firms[1], "administrator").give(f"/api/people/{made}/password-link"), "not_found", 404)
    refused(
        signed_in(firms[1], "administrator").give(
            f"/api/people/{made}/deactivate", {"reason": "not mine to decide"}
        ),
        "not_found",
        404,
    )


def test_a_mail_that_cannot_be_delivered_is_told_and_sent_again(
    firms: Firms, settings: Settings, mails: Callable[[str], list[str]]
) -> None:
    body, key = person(firms[0], "unlucky", "coordinator"), uuid4().hex
    with (
        served(settings.with_values(smtp_address="127.0.0.1:9")) as site,
        Browser(base_url=site.public_url, timeout=40) as one,
    ):
        one.sign_in(firms[0].address("administrator"))
        answer = one.give("/api/people", body, key).json()
        assert answer["result"]["link_sent"] is False
        assert "could not be mailed" in answer["sentence"]
        assert account(one, answer["result"]["person_id"])["link"]["sent"] is False  # type: ignore[index]
    with served(settings) as site, Browser(base_url=site.public_url, timeout=40) as one:
        one.sign_in(firms[0].address("administrator"))
        assert one.done("/api/people", body, key)["link_sent"] is True
    assert len(mails(str(body["email"]))) == 1


@pytest.mark.parametrize(
    ("roles", "of_client"), [(("client",), False), (("coordinator",), True), (("client", "controller"), True)]
)
def test_the_role_client_goes_with_a_client_and_with_no_other_role(
    firms: Firms, administrator: Browser, roles: tuple[str, ...], of_client: bool
) -> None:
    other = {"client_id": str(firms[0].clients[0])} if of_client else {}
    body = person(firms[0], f"mixed{uuid4().hex[:6]}", *roles, **other)
    refused(administrator.give("/api/people", body), "client_role", 422)


def test_an_auditor_has_no_other_role(firms: Firms, administrator: Browser) -> None:
    body = person(firms[0], f"mixed{uuid4().hex[:6]}", "auditor", "controller")
    refused(administrator.give("/api/people", body), "auditor_role", 422)


def test_a_person_of_a_client_gets_no_role_of_the_firm(firms: Firms, administrator: Browser) -> None:
    body = person(firms[0], "certifier", "client", client_id=str(firms[0].clients[1]))
    made = administrator.done("/api/people", body)["person_id"]
    answer = administrator.give(f"/api/people/{made}/roles", {"roles": ["client", "coordinator"]})
    refused(answer, "client_role", 422)
    body = person(firms[0], "stranger", "client", client_id=str(firms[1].clients[0]))
    refused(administrator.give("/api/people", body), "not_found", 404)


def test_roles_count_from_the_next_request_and_nobody_changes_his_own(
    firms: Firms, administrator: Browser, signed_in: SignIn, engine: Engine, settings: Settings
) -> None:
    made = _ready(engine, settings, firms[0], "promoted", Role.coordinator)
    one = Browser(base_url=str(administrator.base_url))
    one.sign_in(firms[0].address("promoted"))
    assert one.get("/people").status_code == 403
    administrator.done(f"/api/people/{made}/roles", {"roles": ["controller", "coordinator"]})
    assert one.get("/api/me").json()["roles"] == ["controller", "coordinator"]
    refused(
        administrator.give(f"/api/people/{made}/roles", {"roles": ["coordinator", "controller"]}),
        "same_roles",
        409,
    )
    own = firms[0].people["administrator"]
    for verb, body in (("roles", {"roles": ["controller"]}), ("deactivate", {"reason": "leaving"})):
        refused(administrator.give(f"/api/people/{own}/{verb}", body), "not_allowed", 403)
    one.close()


def test_the_last_administrator_stays_even_when_two_let_each_other_go(
    firms: Firms, settings: Settings, engine: Engine, signed_in: SignIn
) -> None:
    first = signed_in(firms[1], "administrator")
    other = _ready(engine, settings, firms[1], "deputy", Role.administrator)
    second = Browser(base_url=str(first.base_url), timeout=40)
    second.sign_in(firms[1].address("deputy"))
    first_id = firms[1].people["administrator"]
    first.done(f"/api/people/{other}/deactivate", {"reason": "on leave"})
    assert second.get("/api/me").status_code == 401
    answer = second.give(f"/api/people/{first_id}/deactivate", {"reason": "me first"})
    assert answer.status_code == 401
    first.done(f"/api/people/{other}/reactivate")
    assert second.get("/api/me").status_code == 401  # the session does not come back
    second.sign_in(firms[1].address("deputy"))
    second.done(f"/api/people/{first_id}/roles", {"roles": ["controller"]})
    assert first.get("/api/people/accounts").status_code == 403
    refused(second.give(f"/api/people/{other}/roles", {"roles": ["controller"]}), "not_allowed", 403)
    second.done(f"/api/people/{first_id}/roles", {"roles": ["administrator"]})
    second.close()


def test_a_deactivated_person_is_out_at_once(
    firms: Firms,
    administrator: Browser,
    engine: Engine,
    settings: Settings,
    mails: Callable[[str], list[str]],
    audit: Callable[[UUID], list[str]],
) -> None:
    made = _ready(engine, settings, firms[0], "leaver", Role.coordinator)
    one = Browser(base_url=str(administrator.base_url))
    one.sign_in(firms[0].address("leaver"))
    administrator.done(f"/api/people/{made}/password-link")
    link = link_in(mails(firms[0].address("leaver"))[-1])
    ended = administrator.done(f"/api/people/{made}/deactivate", {"reason": "has left the firm"})
    assert ended["sessions_ended"] == 1
    assert one.get("/api/me").status_code == 401
    assert one.get(link).status_code == 404
    refused(one.sign_in(firms[0].address("leaver")), "wrong_sign_in", 401)
    refused(administrator.give(f"/api/people/{made}/password-link"), "not_active", 409)
    administrator.done(f"/api/people/{made}/reactivate")
    assert one.get(link).status_code == 404
    assert one.sign_in(firms[0].address("leaver")).status_code == 200
    by = f'"by":"{firms[0].people["administrator"]}"'
    told = [entry for entry in audit(firms[0].id) if '"action":"deactivate_person"' in entry and by in entry]
    assert any('"signed_in":"password"' in entry and "has left the firm" in entry for entry in told)
    one.close()


def test_one_changes_the_own_password_with_the_present_one_and_ends_own_sessions(
    firms: Firms, engine: Engine, settings: Settings, site: Settings
) -> None:
    _ready(engine, settings, firms[0], "careful", Role.coordinator)
    here, there, third = (Browser(base_url=site.public_url, timeout=40) for _ in range(3))
    for one in (here, there, third):
        one.headers["User-Agent"] = "Test browser"
        assert one.sign_in(firms[0].address("careful")).status_code == 200
    mine = here.get("/api/me/sessions").json()["sessions"]
    assert [one["this_one"] for one in mine].count(True) == 1
    assert {(one["network"], one["browser"]) for one in mine} == {("127.0.0.1", "Test browser")}
    own = next(one["id"] for one in third.get("/api/me/sessions").json()["sessions"] if one["this_one"])
    assert here.post(f"/api/me/sessions/{own}/end").status_code == 200
    assert third.get("/api/me").status_code == 401
    assert here.post(f"/api/me/sessions/{own}/end").status_code == 404

    def change(present: str, new: str) -> httpx.Response:
        return here.post("/api/me/password", json={"present": present, "new": new})

    refused(change("not the present one", NEW), "wrong_password", 422)
    refused(change(PASSWORD, "eleven char"), "password_length", 422)
    refused(change(PASSWORD, PASSWORD), "same_password", 422)
    assert there.get("/api/me").status_code == 200
    assert change(PASSWORD, NEW).status_code == 200
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert there.sign_in(firms[0].address("careful")).status_code == 401
    assert there.sign_in(firms[0].address("careful"), NEW).status_code == 200
    assert here.post("/api/me/sessions/end-others").json()["ended"] == 1
    assert there.get("/api/me").status_code == 401
    for _ in range(service.TRIES):
        refused(change("not the present one", PASSWORD), "wrong_password", 422)
    refused(change(NEW, PASSWORD), "too_many_tries", 429)
    for one in (here, there, third):
        one.close()


def test_a_session_of_another_is_not_ones_to_end(
    firms: Firms, signed_in: SignIn, administrator: Browser
) -> None:
    victim = signed_in(firms[0], "controller")
    own = next(one["id"] for one in victim.get("/api/me/sessions").json()["sessions"] if one["this_one"])
    assert administrator.post(f"/api/me/sessions/{own}/end").status_code == 404
    assert victim.get("/api/me").status_code == 200


@pytest.fixture
def few_failures(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[int]:
    """A limit per network that a test reaches soon, counted from nothing."""
    monkeypatch.setattr(service, "NETWORK_FAILURES", 15)
    with psycopg.connect(settings.owner_database_url) as session:
        session.execute("DELETE FROM network_count")
    yield 15
    with psycopg.connect(settings.owner_database_url) as session:
        session.execute("DELETE FROM network_count")


def test_many_accounts_tried_from_one_network_are_stopped_and_others_are_not(
    firms: Firms, settings: Settings, few_failures: int
) -> None:
    def sign_in(site: Settings, email: str, password: str, network: str) -> httpx.Response:
        return httpx.post(
            f"{site.public_url}/api/sign-in",
            json={"email": email, "password": password},
            headers={"X-Forwarded-For": network},
        )

    right = firms[0].address("coordinator")
    with served(settings.with_values(trusted_proxies="127.0.0.1")) as site:
        for number in range(few_failures):
            # Those who sign in meanwhile count for nothing and clear nothing.
            assert sign_in(site, right, PASSWORD, "203.0.113.7").status_code == 200
            tried = sign_in(site, f"name{number}@nowhere.example", "guess", "198.51.100.1, 203.0.113.7")
            assert tried.status_code == 401
        refused(sign_in(site, right, PASSWORD, "203.0.113.7"), "too_many_tries_from_network", 429)
        assert sign_in(site, right, PASSWORD, "203.0.113.8").status_code == 200
    # Without a proxy that is believed, the header is anybody's invention.
    with served(settings) as site:
        for number in range(few_failures):
            tried = sign_in(site, f"more{number}@nowhere.example", "guess", f"203.0.113.{number}")
            assert tried.status_code == 401
        refused(sign_in(site, right, PASSWORD, "203.0.113.99"), "too_many_tries_from_network", 429)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "counted"),
    [
        ("203.0.113.7", "", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "10.0.0.0/8", "203.0.113.7"),
        ("10.1.2.3", "192.0.2.1, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.1.2.3", "192.0.2.1, 198.51.100.1, 10.0.0.9", "10.0.0.0/8", "198.51.100.1"),
        ("10.1.2.3", "not an address", "10.0.0.0/8", "10.1.2.3"),
        ("::ffff:203.0.113.7", "", "", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:9:9:9:9", "", "", "2001:db8:1:2::/64"),
        (None, "203.0.113.7", "", None),
    ],
)
def test_a_request_counts_under_the_network_that_it_came_from(
    peer: str | None, forwarded: str, trusted: str, counted: str | None
) -> None:
    assert network_of(peer, forwarded, trusted) == counted


def test_a_coordinator_adds_and_corrects_a_client(
    firms: Firms, signed_in: SignIn, administrator: Browser, engine: Engine
) -> None:
    coordinator = signed_in(firms[0], "coordinator")
    body = {
        "name": "Riverside Builders", "email": "Billing@Riverside.example", "address": "5 Quay\r\n Harbour ",
    }  # fmt: skip
    made = coordinator.done("/api/clients", body)["client_id"]

    def shown() -> dict[str, str]:
        clients = coordinator.get("/api/clients").json()["clients"]
        found: dict[str, str] = next(one for one in clients if one["id"] == made)
        return found

    assert shown()["email"] == "billing@riverside.example"
    assert shown()["address"] == "5 Quay\nHarbour"
    refused(coordinator.give("/api/clients", body), "client_name_taken", 422)
    corrected = {"name": "Riverside Builders Inc", "email": "pay@riverside.example", "address": "6 Quay"}
    coordinator.done(f"/api/clients/{made}/edit", corrected)
    assert (shown()["name"], shown()["email"]) == ("Riverside Builders Inc", "pay@riverside.example")
    taken = corrected | {"name": "Northside Mechanical client one"}
    refused(coordinator.give(f"/api/clients/{made}/edit", taken), "client_name_taken", 422)
    refused(
        coordinator.give(f"/api/clients/{firms[1].clients[0]}/edit", corrected | {"name": "Other"}),
        "not_found",
        404,
    )
    assert administrator.give("/api/clients", body | {"name": "Another"}).status_code == 403
    assert coordinator.give("/api/clients", body | {"email": "a@b.example, c@d.example"}).status_code == 400


def test_nothing_of_all_this_breaks_an_invariant(firms: Firms, engine: Engine) -> None:
    for firm in firms:
        with own_step(engine, firm.id, "look", Origin()) as tx:
            report = check_in(tx.connection, firm.id, online=True)
        assert not [finding for finding in report.findings if finding.violations]


def _ready(engine: Engine, settings: Settings, firm: Firm, name: str, role: Role) -> UUID:
    """Somebody who has set a password already."""
    with own_step(engine, firm.id, f"add {name}", Origin()) as tx:
        return add_person(
            tx,
            name=name.title(),
            email=firm.address(name),
            password_hash=hash_password(settings, PASSWORD),
            roles=(role,),
        )
