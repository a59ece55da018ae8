"""Links to set a password: for a new person and for one who has forgotten it.

The token goes into one mail and is stored nowhere; the database keeps its hash. So the mail cannot wait in a
queue: it is sent at once, and when that fails, the administrator reads so and sends a new link.
"""

from __future__ import annotations

import secrets
import smtplib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents.mail import Letter, MailRefused, build_message
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import shipped
from contracts_app.domain.refusals import Refused
from contracts_app.services.sign_in import hash_password, token_hash
from contracts_app.settings import Settings
from contracts_app.store import accounts, firms, legal_entities, password_links
from contracts_app.store import sign_in as sessions
from contracts_app.store.password_links import Holder
from contracts_app.store.transaction import Origin, Transaction, own_step

LASTS = timedelta(hours=72)
SECONDS = 10
"""How long the mail server may take to answer: somebody waits at the page."""
_TEMPLATE = "mail/password_link.txt"


@dataclass(frozen=True)
class Mailed:
    """Whether the mail server took the link, and what it said."""

    sent: bool
    reply: str


@dataclass(frozen=True)
class _Made:
    token: str
    sender: str
    recipient: str
    fields: dict[str, object]


def send(
    engine: Engine, settings: Settings, firm_id: UUID, person_id: UUID, by: UUID, effect_key: str
) -> Mailed:
    """Make a new link and mail it; once sent under this effect key, it is not sent again.

    Takes as long as the mail server: call it in a thread.
    """
    with own_step(engine, firm_id, f"password-link:{effect_key}", Origin(), by) as tx:
        earlier = password_links.of(tx, person_id)
        if earlier is not None and earlier["effect_key"] == effect_key and earlier["sent_at"] is not None:
            return Mailed(True, earlier["smtp_reply"])
        made = _make(tx, settings, person_id, effect_key)
    mailed = _mail(settings, made)
    with own_step(engine, firm_id, f"password-link-sent:{effect_key}", Origin(), by) as tx:
        password_links.note_sent(tx, person_id, token_hash(made.token), mailed.reply, sent=mailed.sent)
        after = {"sent": mailed.sent, "smtp_reply": mailed.reply}
        tx.record("person", person_id, 0, "mail_password_link", None, None, {}, after)
    return mailed


def _make(tx: Transaction, settings: Settings, person_id: UUID, effect_key: str) -> _Made:
    known = accounts.locked(tx, person_id)
    token = secrets.token_urlsafe(32)
    password_links.make(tx, person_id, token_hash(token), effect_key, LASTS)
    firm = firms.get(tx.connection, tx.firm_id)
    after = {"expires_at": tx.clock + LASTS}
    tx.record("person", person_id, 0, "make_password_link", None, None, {}, after)
    return _Made(
        token,
        legal_entities.main(tx.connection, tx.firm_id)["email"],
        known.email,
        {
            "name": known.name,
            "firm": firm["name"],
            "why": "has been asked for a new password for your account"
            if accounts.signed_in_before(tx, person_id)
            else "has opened an account for you",
            "email": known.email,
            "link": f"{settings.public_url}/password/{token}",
            "hours": str(int(LASTS.total_seconds() // 3600)),
        },
    )


def _mail(settings: Settings, made: _Made) -> Mailed:
    text = render([Job("text", shipped(_TEMPLATE), made.fields)])[0].decode()
    subject, _, body = text.partition("\n")
    try:
        message = build_message(
            Letter(subject, body.strip() + "\n", _TEMPLATE, shipped(_TEMPLATE).sha256),
            sender=made.sender,
            recipient=made.recipient,
            message_id=f"<{secrets.token_hex(16)}@contracts.invalid>",
            sent_at=datetime.now(UTC),
        )
        host, _, port = settings.smtp_address.rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=SECONDS) as server:
            server.send_message(message)
    except (MailRefused, OSError, smtplib.SMTPException) as error:
        return Mailed(False, " ".join(str(error).split())[:200] or type(error).__name__)
    return Mailed(True, "250 accepted")


def holder(engine: Engine, token: str) -> Holder | None:
    """Whose password this link sets; None when it is unknown, used, replaced or expired. Changes nothing."""
    return password_links.holder(engine, token_hash(token))


def use(engine: Engine, settings: Settings, token: str, password: str) -> Holder:
    """Set the password of the link's person; the link is used up and every session of his ends.

    Raises Refused 404 for a link that may not be used, 422 for a password too short or long. Takes a hash's
    time: call it in a thread.
    """
    found = holder(engine, token)
    if found is None:
        raise no_longer_valid()
    hashed = hash_password(settings, password)
    used = f"use-password-link:{secrets.token_hex(8)}"
    with own_step(engine, found.firm_id, used, Origin(), found.person_id) as tx:
        link = password_links.of(tx, found.person_id)  # locked: of two who use it at once, one is too late
        if (
            link is None
            or link["token_hash"] != token_hash(token)
            or link["used_at"] is not None
            or link["expires_at"] <= tx.clock
            or not accounts.locked(tx, found.person_id).active
        ):
            raise no_longer_valid()
        password_links.note_used(tx, found.person_id, token_hash(token))
        accounts.set_password(tx, found.person_id, hashed)
        ended = sessions.end_sessions(tx.connection, found.person_id)
        after = {"way": "link", "sessions_ended": ended}
        tx.record("person", found.person_id, 0, "set_password", None, None, {}, after)
    return found


def no_longer_valid() -> Refused:
    """The same answer for every link that does not work."""
    return Refused(
        "link_not_valid",
        "This link does not work any more: it was used, a newer one was sent, or its time is over. "
        "Ask your administrator for a new one.",
        404,
    )
