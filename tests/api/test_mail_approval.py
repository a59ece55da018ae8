"""An approver is asked by mail and approves by the link in it: once, what he was asked, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from litestar.concurrency import sync_to_thread
from sqlalchemy import text

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.approval_commands import AgreeToApprovalPolicy, ProposeApprovalPolicy
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.invoice_commands import EditDraft, RejectDraft, SubmitDraft
from contracts_app.domain.roles import Role
from contracts_app.services import asking_approvers
from contracts_app.services.performing import perform
from contracts_app.services.sign_in import TRIES
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.web.pages import mail_approval
from contracts_app.web.parts import HttpRequest, parts_of
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found
from tests.services.small_taxed_contract import administered
from tests.services.test_approval_policy import another

MARCH = date(2024, 3, 31)
COORDINATOR, MANAGER, CONTROLLER = Role.coordinator, Role.project_manager, Role.controller


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    """A firm that asks by mail, by the word of two controllers."""
    firm = found(site, "Asked by Mail")
    ann = another(firm, "Ann Example", CONTROLLER)
    firm.go_to(date(2024, 4, 2))
    asking = ProposeApprovalPolicy(effective_from=date(2024, 4, 2), rules=(), by_mail=True, reason="Quicker.")
    policy_id = UUID(str(administered(firm, CONTROLLER, asking).result["policy_id"]))
    assert administered(ann, CONTROLLER, AgreeToApprovalPolicy(policy_id=policy_id)).done
    yield firm
    firm.engine.dispose()


@pytest.fixture(autouse=True)
def carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are done where the page is, without the workflows that carry them."""

    async def carry(request: HttpRequest, command: Command) -> Outcome:
        return await sync_to_thread(perform, parts_of(request).engine, command, Origin())

    monkeypatch.setattr(mail_approval, "carry", carry)


@pytest.fixture
def mails(smtp: MailServer) -> Callable[[str], list[str]]:
    """The texts of the mails to an address, oldest first."""

    def to(address: str) -> list[str]:
        found = (one for one in smtp.folder.rglob("*") if one.is_file())
        files = sorted(found, key=lambda it: it.stat().st_mtime_ns)
        read = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        bodies = [one.get_body() for one in read if address in str(one["To"])]
        return [body.get_content() for body in bodies if body is not None]

    return to


Mails = Callable[[str], list[str]]
Open = Callable[[], Browser]


def submitted(small: SmallFirm, amount: str = "4000.00") -> tuple[str, UUID]:
    """A contract of its own with a draft in review."""
    number = f"M-{len(small.contracts)}"
    small.open_contract(number)
    invoice_id = small.prepare(number, MARCH, {"1": amount})
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    return number, invoice_id


def ask(small: SmallFirm) -> int:
    return asking_approvers.ask_approvers(small.engine, small.settings, Origin())


def newest(small: SmallFirm, mails: Mails, who: str = "project_manager") -> str:
    found = re.search(r"/approve/\S+", mails(f"{who}@{small.id}.example")[-1])
    assert found is not None
    return found[0]


def confirm(browser: Browser, link: str, **more: str) -> httpx.Response:
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # what a browser sends without a referrer
    return browser.post(link, data={"idempotency_key": uuid4().hex, **more}, headers=headers)


def state(small: SmallFirm, invoice_id: UUID) -> str:
    of = {"id": invoice_id}
    with reading(small.engine, small.id) as connection:
        return str(connection.execute(text("SELECT state FROM invoice WHERE id = :id"), of).scalar_one())


def logged(small: SmallFirm, action: str) -> list[dict[str, object]]:
    with reading(small.engine, small.id) as connection:
        found = connection.execute(
            text(
                "SELECT body::jsonb FROM audit_entry WHERE firm_id = :firm AND action = :action ORDER BY seq"
            ),
            {"firm": small.id, "action": action},
        )
        return list(found.scalars())


def changed_by_owner(site: Settings, statement: str) -> None:
    with psycopg.connect(site.owner_database_url) as session:
        session.execute(statement)


def test_a_link_shows_what_is_asked_and_approves_it_once(
    small: SmallFirm, mails: Mails, browser: Open, site: Settings
) -> None:
    number, invoice_id = submitted(small)
    assert ask(small) == 1, "the project manager alone takes the first step"
    assert ask(small) == 0, "each content is asked for once"
    (mail,) = mails(f"project_manager@{small.id}.example")
    words = " ".join(mail.split())
    assert f"Application 1 of contract {number}" in words
    assert "Current payment due: 3,600.00 USD" in words  # 4,000 less 10 %
    link = newest(small, mails)
    guest = browser()
    page, _ = guest.get(link), guest.get(link)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Do you approve Application 1?" in page.text
    assert "3,600.00" in page.text
    assert "Mobilization" in page.text
    assert state(small, invoice_id) == "in_review", "a GET approves nothing"
    assert guest.post(link, data={}).status_code == 400, "without a key"
    elsewhere = guest.post(
        link, data={"idempotency_key": "x"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert elsewhere.status_code == 403
    assert state(small, invoice_id) == "in_review"

    done = confirm(guest, link, remark="As seen on site.", idempotency_key="one click")
    assert (done.status_code, "Approved" in done.text) == (200, True), done.text
    assert state(small, invoice_id) == "approved"
    entry = logged(small, "approve_draft")[-1]
    assert (entry["signed_in"], entry["by"]) == ("mail link", str(small.people[MANAGER]))
    twice = confirm(guest, link, remark="As seen on site.", idempotency_key="one click")
    assert (twice.status_code, "Approved" in twice.text) == (200, True), "the same click is answered the same"
    for again in (guest.get(link), confirm(guest, link)):
        assert (again.status_code, "does not work (any longer)" in again.text) == (404, True)
        assert number not in again.text
    assert len(logged(small, "approve_draft")) == 1
    token = link.rpartition("/")[2]
    with psycopg.connect(site.owner_database_url) as session:
        rows = session.execute(
            "SELECT to_jsonb(l)::text FROM approval_link l UNION ALL SELECT body FROM audit_entry"
            " UNION ALL SELECT outcome::text FROM effect"
        ).fetchall()
    assert not any(token in row[0] for row in rows), "the token stands in the mail alone"


def test_a_changed_draft_is_not_approved_by_what_was_asked_before(
    small: SmallFirm, mails: Mails, browser: Open
) -> None:
    number, invoice_id = submitted(small)
    ask(small)
    old, guest = newest(small, mails), browser()
    small.do(MANAGER, RejectDraft(invoice_id=invoice_id, reason="Less was done."))
    line = small.lines(number)["1"]
    entries = (Entry(line_id=line, this_period=Decimal("3000.00")),)
    small.do(COORDINATOR, EditDraft(invoice_id=invoice_id, entries=entries))
    gone = guest.get(old)
    assert (gone.status_code, "was changed or taken back" in gone.text) == (409, True)
    assert "you get a mail with a new link" in gone.text
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    refused = confirm(guest, old)
    assert (refused.status_code, state(small, invoice_id)) == (409, "in_review")
    entry = logged(small, "approve_draft")[-1]
    assert (entry["doing"], entry["signed_in"]) == ("refused", "mail link")
    assert ask(small) == 1
    assert "A mail with a link to what it says now has been sent to you." in guest.get(old).text
    new = newest(small, mails)
    assert new != old
    assert "You approved it before" not in mails(f"project_manager@{small.id}.example")[-1]
    assert confirm(guest, new).status_code == 200
    assert state(small, invoice_id) == "approved"

    entries = (Entry(line_id=line, this_period=Decimal("2500.00")),)
    small.do(COORDINATOR, EditDraft(invoice_id=invoice_id, entries=entries))
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    assert ask(small) == 1, "a change voids the approval and asks anew"
    told = " ".join(mails(f"project_manager@{small.id}.example")[-1].split())
    assert "You approved it before; since then this changed:" in told
    assert "- Current payment due: 2,700.00 USD, now 2,250.00 USD" in told
    assert "- Line 1 this period: 3,000.00 USD, now 2,500.00 USD" in told
    own = browser()
    assert own.sign_in(f"project_manager@{small.id}.example", PASSWORD).status_code == 200
    for page in (guest.get(newest(small, mails)), own.get(f"/invoices/{invoice_id}/review")):
        (panel,) = re.findall(r"Changed since you approved it</h2>.*?</section>", page.text, re.DOTALL)
        words = " ".join(re.sub(r"<[^>]+>", " ", panel).split())
        assert "Line 1 this period: 3,000.00 → 2,500.00" in words
    other = browser()
    assert other.sign_in(f"controller@{small.id}.example", PASSWORD).status_code == 200
    assert "Changed since you approved it" not in other.get(f"/invoices/{invoice_id}/review").text


def test_a_link_is_its_persons_alone_and_ends(
    small: SmallFirm, mails: Mails, browser: Open, site: Settings
) -> None:
    _, invoice_id = submitted(small)
    ask(small)
    link = newest(small, mails)
    other = browser()
    assert other.sign_in(f"controller@{small.id}.example", PASSWORD).status_code == 200
    for answer in (other.get(link), confirm(other, link)):
        assert (answer.status_code, "signed in as somebody else" in answer.text) == (403, True)
    noted = logged(small, "open_approval_link")[-1]
    assert noted["by"] == str(small.people[CONTROLLER])
    own = browser()
    assert own.sign_in(f"project_manager@{small.id}.example", PASSWORD).status_code == 200
    assert own.get(link).status_code == 200
    guest = browser()
    person = small.people[MANAGER]
    for change, back in (
        (
            "UPDATE approval_link SET expires_at = expires_at - interval '72 hours'",
            "UPDATE approval_link SET expires_at = expires_at + interval '72 hours'",
        ),
        (
            f"UPDATE person SET active = false WHERE id = '{person}'",
            f"UPDATE person SET active = true WHERE id = '{person}'",
        ),
    ):
        changed_by_owner(site, change)
        for answer in (guest.get(link), confirm(guest, link)):
            assert (answer.status_code, "does not work (any longer)" in answer.text) == (404, True), change
        changed_by_owner(site, back)
    assert guest.get(link).status_code == 200
    assert state(small, invoice_id) == "in_review"
    with own_step(small.engine, small.id, "he edited it", Origin()) as tx:
        tx.record("invoice", invoice_id, 0, "test", None, None, {}, {})
        tx.connection.execute(
            text("INSERT INTO invoice_editor (firm_id, invoice_id, person_id) VALUES (:firm, :id, :person)"),
            {"firm": small.id, "id": invoice_id, "person": small.people[MANAGER]},
        )
    assert "You prepared or edited this draft" in guest.get(link).text
    four_eyes = confirm(guest, link)
    assert (four_eyes.status_code, state(small, invoice_id)) == (403, "in_review")
    assert "You prepared or edited this draft" in four_eyes.text


def test_a_guessed_link_is_tried_in_vain_and_not_for_long(browser: Open, small: SmallFirm) -> None:
    guest = browser()
    answers = [guest.get("/approve/guessed") for _ in range(TRIES + 1)]
    assert [one.status_code for one in answers] == [404] * TRIES + [429]
    assert "does not work (any longer)" in answers[0].text
