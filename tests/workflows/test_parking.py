"""A step that cannot be done is tried, then parked for a person, who retries it or gives it up."""

import asyncio
import email
import email.policy
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from temporalio.common import RetryPolicy

from contracts_app.domain.commands.process_commands import AbandonParked, RetryParked
from contracts_app.domain.commands.subjects import Subject
from contracts_app.operation import control
from tests.conftest import MailServer
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm

JANUARY = date(2024, 1, 31)
WORK = {"1": ("30000.00", "0.00")}


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tries in half a second instead of three minutes."""
    quick = RetryPolicy(
        initial_interval=timedelta(milliseconds=20), backoff_coefficient=2, maximum_attempts=4
    )
    monkeypatch.setattr("workflows.process.THEN_PARK", quick)


async def _parked(firm: PracticeFirm, subject: str, record: UUID) -> str:
    until = time.monotonic() + 30
    while True:
        known = await firm.process(subject, record)
        if known["parked_step"] and "failed" in (known["sentence"] or ""):
            return str(known["sentence"])
        assert time.monotonic() < until, known
        await asyncio.sleep(0.05)


async def _with_the_mail_server_down(firm: PracticeFirm, state_dir: Path) -> UUID:
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY, WORK)
    control.down(state_dir, "mail", control.SIGNALS["KILL"])
    try:
        await firm.issue(invoice_id)
        said = await _parked(firm, "invoice", invoice_id)
    finally:
        control.up(state_dir, "mail", lambda sentence: None)
    assert said.startswith("Deliver failed: ")
    assert "refused" in said.lower()
    return invoice_id


async def _messages(firm: PracticeFirm, invoice_id: UUID) -> list[tuple[str, int]]:
    """State and tries of each message about an invoice, in the order in which they are delivered."""
    found = await firm.rows(
        "SELECT state, attempts FROM message WHERE invoice_id = :i ORDER BY queued_at, id", i=invoice_id
    )
    return [(row["state"], row["attempts"]) for row in found]


def _received(smtp: MailServer, message_id: str) -> int:
    mails = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in smtp.folder.glob("*.eml")
    ]
    return sum(str(mail["Message-ID"]).strip() == message_id for mail in mails)


async def test_a_delivery_is_parked_and_goes_on_when_retried(
    new_firm: NewFirm, state_dir: Path, smtp: MailServer
) -> None:
    firm = await new_firm()
    invoice_id = await _with_the_mail_server_down(firm, state_dir)
    waiting = await firm.process("invoice", invoice_id)
    assert waiting["for_role"] == "administrator"
    assert waiting["otherwise"] == "a controller or administrator retries or abandons it"
    # One to the client and one to its certifier: of two, the one that was tried less often comes first.
    assert await _messages(firm, invoice_id) == [("queued", 2), ("queued", 2)]
    assert [entry["after"] for entry in await firm.audit() if entry["action"] == "park"] == [
        {"step": "deliver"}
    ]

    retry = RetryParked(subject=Subject.invoice, subject_id=invoice_id)
    await firm.refused("coordinator", retry, "not_allowed")
    await firm.done("administrator", retry)
    await firm.settled()
    assert await _messages(firm, invoice_id) == [("sent", 3), ("sent", 3)]
    for sent in await firm.rows("SELECT message_id FROM message"):
        assert _received(smtp, sent["message_id"]) == 1
    going_on = await firm.process("invoice", invoice_id)
    assert (going_on["parked_step"], going_on["for_role"]) == (None, "client")
    await firm.refused("administrator", retry, "not_parked")


async def test_a_delivery_that_is_given_up_bounces_and_the_invoice_goes_on(
    new_firm: NewFirm, state_dir: Path, smtp: MailServer
) -> None:
    firm = await new_firm()
    invoice_id = await _with_the_mail_server_down(firm, state_dir)
    reason = "The client has changed its address"
    await firm.done(
        "controller", AbandonParked(subject=Subject.invoice, subject_id=invoice_id, reason=reason)
    )
    await firm.settled()
    messages = await firm.rows("SELECT * FROM message")
    assert len(messages) == 2
    for message in messages:
        assert (message["state"], message["smtp_reply"]) == ("bounced", f"given up: {reason}")
        assert _received(smtp, message["message_id"]) == 0
    assert (await firm.process("invoice", invoice_id))["parked_step"] is None
    await firm.certify(invoice_id)
    assert await firm.state("invoice", invoice_id) == "certified"


async def test_giving_up_a_letter_to_a_client_leaves_its_invoices_alone(
    new_firm: NewFirm, state_dir: Path, smtp: MailServer
) -> None:
    """An invoice and a receipt wait for the mail server; the receipt alone is given up."""
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    first = await firm.drafted(contract_id, JANUARY, WORK)
    await firm.issue(first)
    await firm.certify(first)
    await firm.settled()
    second = await firm.drafted(contract_id, date(2024, 2, 1), WORK)
    control.down(state_dir, "mail", control.SIGNALS["KILL"])
    try:
        await firm.issue(second)
        await firm.pay("27000.00", date(2024, 2, 1), "CHECK-1")
        await _parked(firm, "invoice", second)
        await _parked(firm, "follow-up", firm.client_id)
    finally:
        control.up(state_dir, "mail", lambda sentence: None)
    give_up = AbandonParked(subject=Subject.follow_up, subject_id=firm.client_id, reason="Told by phone")
    await firm.done("controller", give_up)
    await firm.done("controller", RetryParked(subject=Subject.invoice, subject_id=second))
    await firm.settled()
    messages = {row["kind"]: row for row in await firm.rows("SELECT * FROM message ORDER BY queued_at")}
    assert messages["receipt"]["state"] == "bounced"
    assert messages["application"]["state"] == "sent"
    assert messages["application"]["invoice_id"] == second
