"""Links to approve a draft: one per person and content; only its token's hash is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from contracts_app.store.approval_link_tables import approval_link
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Asked:
    """Who is asked by a link to approve which content of which draft, and whether it works still."""

    firm_id: UUID
    person_id: UUID
    name: str
    invoice_id: UUID
    content_hash: str
    works: bool


def of_token(engine: Engine, token_hash: bytes) -> Asked | None:
    """What a link asks, in whatever firm; None for a token that nobody was sent."""
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM approval_link_of(:token)"), {"token": token_hash}
        ).first()
    if row is None:
        return None
    return Asked(row.firm_id, row.person_id, row.name, row.invoice_id, row.content_hash, row.works)


def is_asked(connection: Connection, firm_id: UUID, invoice_id: UUID, person_id: UUID, content: str) -> bool:
    """Whether the person was asked for this content: the mail server has the mail, or never takes it."""
    found = connection.execute(
        select(approval_link.c.made_at).where(
            approval_link.c.firm_id == firm_id,
            approval_link.c.invoice_id == invoice_id,
            approval_link.c.person_id == person_id,
            approval_link.c.content_hash == content,
        )
    ).first()
    return found is not None


def keep(
    tx: Transaction,
    invoice_id: UUID,
    person_id: UUID,
    content: str,
    token_hash: bytes,
    expires_at: datetime,
    reply: str,
) -> None:
    """Keep the link of a mail that was handed over: what the mail server said, and until when it works."""
    tx.insert(
        approval_link,
        invoice_id=invoice_id,
        person_id=person_id,
        content_hash=content,
        token_hash=token_hash,
        made_at=tx.clock,
        expires_at=expires_at,
        smtp_reply=reply[:1000],
    )
