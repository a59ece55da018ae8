"""Mails that ask approvers, each with a link of its own: to whom, for what, and once for each content.

The token goes into one mail and is stored nowhere; the database keeps its hash, once the mail server has the
mail. So the mail cannot wait in a queue: one that is not taken is written again, with another token, by the
next pass.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents.mail import Letter, MailRefused, build_message
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import shipped
from contracts_app.domain.approving.changed import Changed
from contracts_app.domain.money import in_words_of_a_page
from contracts_app.services import approval_chains, delivery, put_before
from contracts_app.services.approval_policies import APPROVERS
from contracts_app.services.put_before import PutBefore
from contracts_app.services.sign_in import token_hash
from contracts_app.settings import Settings
from contracts_app.store import (
    approval_links,
    approval_policies,
    contracts,
    firms,
    invoices,
    legal_entities,
    people,
)
from contracts_app.store.transaction import Origin, looking, own_step, reading
from contracts_app.store.views import my_approvals

LASTS = timedelta(hours=72)
_TEMPLATE = "mail/approval_asked.txt"
_log = logging.getLogger(__name__)


def ask_approvers(engine: Engine, settings: Settings, origin: Origin) -> int:
    """Ask whoever may take a step of a draft in review and was not asked for what it says now, in every firm
    whose policy says so; returns how many mails the server took.

    When the mail server does not answer, the rest is left to the next pass.
    """
    with engine.connect() as connection:
        known = firms.every(connection)
    asked = 0
    try:
        for firm_id in known:
            for invoice_id, person_id in _to_ask(engine, firm_id):
                asked += _ask(engine, settings, firm_id, invoice_id, person_id, origin)
    except delivery.NoMailServer as error:
        _log.warning("approvers are asked later: %s", error)
    return asked


def _to_ask(engine: Engine, firm_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """Drafts and persons, as the list of approvals of each person has them."""
    with looking(engine, firm_id) as tx:
        today = tx.today()
        if not approval_policies.in_force(tx.connection, firm_id, today).by_mail:
            return ()
        return [
            (draft.invoice_id, one.id)
            for one in people.who_hold(tx.connection, firm_id, APPROVERS)
            for takers in (approval_chains.takers(tx.connection, firm_id, one.id, today),)
            for draft in my_approvals.drafts(tx.connection, firm_id, takers)
        ]


def _ask(
    engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, person_id: UUID, origin: Origin
) -> bool:
    """Ask one person about one draft, unless he was asked for this content or may not take a step of it."""
    with reading(engine, firm_id) as connection:
        put = put_before.in_review(connection, firm_id, invoice_id)
        to = people.contact(connection, firm_id, person_id)
        if (
            put is None
            or to is None
            or approval_links.is_asked(connection, firm_id, invoice_id, person_id, put.content_hash)
            or put_before.why_not(connection, firm_id, put, person_id)
        ):
            return False
        agreed = contracts.find(connection, firm_id, put.shown.contract_id)
        assert agreed is not None  # foreign key
        since = put_before.changed_since(
            connection, firm_id, invoice_id, put.snapshot, put.figures, put.content_hash, person_id
        )
        sender = legal_entities.get(connection, firm_id, agreed["legal_entity_id"])["email"]
        firm = firms.get(connection, firm_id)["name"]
    token = secrets.token_urlsafe(32)
    link = f"{settings.public_url}/approve/{token}"
    fields = {**_fields(put, since), "name": to["name"], "firm": firm, "link": link}
    text = render([Job("text", shipped(_TEMPLATE), fields)])[0].decode()
    letter = _Letter(text, sender, to["email"])
    try:
        return _keep(engine, settings, firm_id, put, person_id, token, letter, origin)
    except delivery.NotYetTaken as later:
        _log.warning("an approver is asked later: %s", later)
        return False


@dataclass(frozen=True)
class _Letter:
    text: str
    sender: str
    recipient: str

    def hand_over(self, settings: Settings) -> str:
        """What the mail server said, or why it is never given this. Raises NoMailServer and NotYetTaken."""
        subject, _, body = self.text.partition("\n")
        try:
            message = build_message(
                Letter(subject, body.strip() + "\n", _TEMPLATE, shipped(_TEMPLATE).sha256),
                sender=self.sender,
                recipient=self.recipient,
                message_id=f"<{secrets.token_hex(16)}@contracts.invalid>",
                sent_at=datetime.now(UTC),
            )
        except MailRefused as refused:
            return str(refused)
        return delivery.hand_over(settings, message)


def _keep(
    engine: Engine,
    settings: Settings,
    firm_id: UUID,
    put: PutBefore,
    person_id: UUID,
    token: str,
    letter: _Letter,
    origin: Origin,
) -> bool:
    """Hand the mail over and keep its link, if the draft still says what the mail says.

    Both or neither: a mail that the server does not take leaves nothing behind. The draft is not locked
    meanwhile: a link to what it said before approves nothing.
    """
    with own_step(engine, firm_id, f"ask:{put.shown.id}:{person_id}", origin) as tx:
        row = invoices.find(tx.connection, firm_id, put.shown.id)
        if row is None or (row["state"], row["content_hash"]) != ("in_review", put.content_hash):
            return False
        reply = letter.hand_over(settings)
        approval_links.keep(
            tx, put.shown.id, person_id, put.content_hash, token_hash(token), tx.clock + LASTS, reply
        )
        after = {
            "person": person_id,
            "content_hash": put.content_hash,
            "expires_at": tx.clock + LASTS,
            "smtp_reply": reply,
        }
        about = people.name_of(tx.connection, firm_id, person_id)
        tx.record("approval_link", put.shown.id, 0, "mail_approval_link", None, None, {}, after, about)
    return True


def _fields(put: PutBefore, since: Sequence[Changed] | None) -> dict[str, object]:
    shown, figures = put.shown, put.figures

    def amount(value: Decimal) -> str:
        return in_words_of_a_page(value, shown.currency)

    return {
        "invoice": shown.name,
        "contract": f"{shown.contract_number} {shown.contract_title}",
        "client": shown.client,
        "period_to": figures.period_to.isoformat(),
        "prepared_by": shown.prepared_by,
        "due": amount(figures.line8),
        "figures": [
            {"label": label, "amount": amount(value)}
            for label, value in (
                ("Contract sum to date", figures.line3),
                ("Completed and stored to date", figures.line4),
                ("Retainage", figures.line5),
                ("Less previous certificates", figures.line7),
                ("Current payment due", figures.line8),
            )
        ],
        "again": since is not None,
        "changes": [_in_words(one, shown.currency) for one in since or ()],
        "fingerprint": put.content_hash[:12],
        "hours": str(int(LASTS.total_seconds() // 3600)),
    }


def _in_words(one: Changed, currency: str) -> str:
    """`Line 3 this period: 5,000.00 USD, now 4,000.00 USD`."""

    def said(value: Decimal | str) -> str:
        return value if isinstance(value, str) else in_words_of_a_page(value, currency)

    label = f"Line {one.item_no} {one.label}" if one.item_no else one.label[0].upper() + one.label[1:]
    if one.before is not None and one.after is not None:
        return f"{label}: {said(one.before)}, now {said(one.after)}"
    value = one.after if one.before is None else one.before
    return label if value is None else f"{label}: {said(value)}"
