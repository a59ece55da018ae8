"""Links to set a password: one per person, only its token's hash is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import password_link
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Holder:
    """Whose password a link sets, and until when it may be used."""

    firm_id: UUID
    person_id: UUID
    name: str
    email: str
    expires_at: datetime


def make(tx: Transaction, person_id: UUID, token_hash: bytes, effect_key: str, lasts: timedelta) -> None:
    """Store a new link in place of the person's earlier one."""
    values = {
        "token_hash": token_hash,
        "made_by": tx.by,
        "made_at": tx.clock,
        "effect_key": effect_key,
        "expires_at": tx.clock + lasts,
        "sent_at": None,
        "smtp_reply": None,
        "used_at": None,
    }
    tx.connection.execute(
        upsert(password_link)
        .values(firm_id=tx.firm_id, person_id=person_id, **values)
        .on_conflict_do_update(
            index_elements=[password_link.c.firm_id, password_link.c.person_id], set_=values
        )
    )


def of(tx: Transaction, person_id: UUID) -> RowMapping | None:
    """The person's newest link, locked."""
    return (
        tx.connection.execute(
            select(password_link)
            .where(password_link.c.firm_id == tx.firm_id, password_link.c.person_id == person_id)
            .with_for_update(key_share=True)
        )
        .mappings()
        .first()
    )


def note_sent(tx: Transaction, person_id: UUID, token_hash: bytes, reply: str, *, sent: bool) -> None:
    """Whether the mail server took the mail with this link."""
    _set(tx, person_id, token_hash, sent_at=tx.clock if sent else None, smtp_reply=reply[:1000])


def note_used(tx: Transaction, person_id: UUID, token_hash: bytes) -> None:
    """The link has done its work and never works again."""
    _set(tx, person_id, token_hash, used_at=tx.clock)


def withdraw(tx: Transaction, person_id: UUID) -> None:
    """The person's link no longer works."""
    tx.connection.execute(
        update(password_link)
        .where(
            password_link.c.firm_id == tx.firm_id,
            password_link.c.person_id == person_id,
            password_link.c.expires_at > tx.clock,
        )
        .values(expires_at=tx.clock)
    )


def holder(engine: Engine, token_hash: bytes) -> Holder | None:
    """Whose link this is, in whatever firm; None when it may not be used (any longer)."""
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM password_link_person(:token)"), {"token": token_hash}
        ).first()
    return None if row is None else Holder(row.firm_id, row.person_id, row.name, row.email, row.expires_at)


def _set(tx: Transaction, person_id: UUID, token_hash: bytes, **values: object) -> None:
    tx.connection.execute(
        update(password_link)
        .where(
            password_link.c.firm_id == tx.firm_id,
            password_link.c.person_id == person_id,
            password_link.c.token_hash == token_hash,
        )
        .values(**values)
    )
