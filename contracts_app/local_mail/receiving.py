"""The SMTP side: accept, keep, answer."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts_app.local_mail.mailbox import Mailbox

SIZE_LIMIT = 32 * 1024 * 1024
"""Bytes of one message."""
NOWHERE = ".invalid"
"""The top-level domain that never exists (RFC 6761, 6.4): mail for it is refused, as anywhere."""


class Receiver:
    """Answers the commands of one SMTP conversation."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept every recipient but one that cannot exist."""
        if address.casefold().rstrip(">").endswith(NOWHERE):
            return "550 5.1.2 This domain does not exist"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message; 250 only once it is safe on the disk."""
        content = envelope.original_content or b""
        name = await asyncio.to_thread(
            self._mailbox.keep, envelope.mail_from or "", list(envelope.rcpt_tos), content
        )
        return f"250 2.0.0 kept as {name}"
