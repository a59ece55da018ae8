"""Letters go to each recipient by itself: what one's mailbox says holds up nobody else's."""

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from contracts_app.operation.addresses import free_address
from contracts_app.services import delivery
from contracts_app.settings import Settings
from contracts_app.store.tables import message
from contracts_app.store.transaction import Origin, reading
from tests.services.small_firm import SmallFirm, found

MARCH = date(2024, 3, 31)


class BusyMailbox:
    """A mail server that puts off whom it hears of first, and takes all others' letters."""

    def __init__(self) -> None:
        self.busy: str | None = None
        self.put_off = 0
        self.taken: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Put off one recipient."""
        self.busy = address if self.busy is None else self.busy
        if address == self.busy:
            self.put_off += 1
            return "451 4.2.1 The mailbox is busy"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Count the letter."""
        letter = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        self.taken[str(letter["Message-ID"]).strip()] += 1
        return "250 2.0.0 taken"


@pytest.fixture
def mailbox() -> BusyMailbox:
    """What the server says."""
    return BusyMailbox()


@pytest.fixture
def firm(settings: Settings, mailbox: BusyMailbox) -> Iterator[SmallFirm]:
    """A firm whose letters go to that server."""
    address = free_address()
    host, _, port = address.rpartition(":")
    server = Controller(mailbox, hostname=host, port=int(port))
    server.start()
    made = found(settings.with_values(smtp_address=address), papers=True)
    yield made
    made.engine.dispose()
    server.stop()


def letters(firm: SmallFirm) -> dict[str, tuple[str, int]]:
    """State and tries of each letter by its recipient."""
    with reading(firm.engine, firm.id) as connection:
        rows = connection.execute(select(message).where(message.c.firm_id == firm.id)).all()
    return {row.recipient: (row.state, row.attempts) for row in rows}


def test_a_recipient_who_is_put_off_holds_up_no_other_and_gets_his_letter_once(
    firm: SmallFirm, mailbox: BusyMailbox
) -> None:
    firm.open_contract("A")
    firm.go_to(MARCH)
    invoice_id = firm.prepare("A", MARCH, {"1": "10000.00"})
    with pytest.raises(delivery.NotAllSent, match=r"1 of 2 not sent: 451 4\.2\.1 The mailbox is busy"):
        firm.issue(invoice_id, "A1")
    busy = mailbox.busy
    assert busy is not None
    (other,) = set(letters(firm)) - {busy}
    assert letters(firm) == {busy: ("queued", 1), other: ("sent", 1)}

    with pytest.raises(delivery.NotAllSent, match="1 of 1 not sent"):
        delivery.deliver(firm.engine, firm.settings, firm.id, Origin(), invoice_id=invoice_id)
    assert letters(firm) == {busy: ("queued", 2), other: ("sent", 1)}
    mailbox.busy = "nobody"
    firm.settle()
    assert letters(firm) == {busy: ("sent", 3), other: ("sent", 1)}
    assert mailbox.put_off == 2
    assert list(mailbox.taken.values()) == [1, 1]
