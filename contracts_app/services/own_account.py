"""One's own account: change the password, see one's sessions and end them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.services.sign_in import IDLE, Identity, Source, check_password, hash_password, token_hash
from contracts_app.settings import Settings
from contracts_app.store import accounts, password_links
from contracts_app.store import sign_in as store
from contracts_app.store.transaction import Origin, own_step, reading


@dataclass(frozen=True)
class OwnSession:
    """One of a person's sessions; `id` names it to end it, and opens nothing."""

    id: str
    signed_in: str
    network: str | None
    browser: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    this_one: bool


def sessions(engine: Engine, identity: Identity, token: str) -> Sequence[OwnSession]:
    """The person's live sessions, last used first; `token` is the one that asks."""
    own = token_hash(token)
    with reading(engine, identity.firm_id) as connection:
        found = store.sessions_of(connection, identity.person_id, IDLE)
    return [
        OwnSession(
            one.name,
            one.signed_in,
            one.network,
            one.browser,
            one.created_at,
            one.last_seen_at,
            one.expires_at,
            one.token_hash == own,
        )
        for one in found
    ]


def end_session(engine: Engine, identity: Identity, session_id: str) -> None:
    """End one of the person's own sessions. Raises Refused 404 when he has no such session."""
    with own_step(engine, identity.firm_id, _key("end-session"), Origin(), identity.person_id) as tx:
        if not store.end_sessions(tx.connection, identity.person_id, named=session_id):
            raise not_found("session")
        tx.record("sign_in", identity.person_id, 0, "end_session", None, None, {}, {"sessions_ended": 1})


def end_other_sessions(engine: Engine, identity: Identity, token: str) -> int:
    """End every session of the person but the one that asks; returns how many."""
    with own_step(engine, identity.firm_id, _key("end-sessions"), Origin(), identity.person_id) as tx:
        ended = store.end_sessions(tx.connection, identity.person_id, keep=token_hash(token))
        after = {"sessions_ended": ended}
        tx.record("sign_in", identity.person_id, 0, "end_sessions", None, None, {}, after)
    return ended


def change_password(
    engine: Engine, settings: Settings, identity: Identity, token: str, present: str, new: str, source: Source
) -> None:
    """Set a new password; every other session of the person ends, and so does a link that is on its way.

    The present password is counted like a try to sign in. Raises Refused 401 when it is wrong, 422 when the
    new one is too short or the same, 429 after too many tries. Takes two hashes' time: call it in a thread.
    """
    with reading(engine, identity.firm_id) as connection:
        email = accounts.email_of(connection, identity.firm_id, identity.person_id)
    try:
        check_password(engine, settings, email, present, source)
    except Refused as refused:
        if refused.status != 401:
            raise
        # Not 401: the session is good, and a browser or program must not take it for ended.
        raise wrong_content("wrong_password", "Your present password is another one.") from refused
    if new == present:
        raise wrong_content("same_password", "The new password is the present one.")
    hashed = hash_password(settings, new)
    with own_step(engine, identity.firm_id, _key("change-password"), Origin(), identity.person_id) as tx:
        accounts.locked(tx, identity.person_id)
        accounts.set_password(tx, identity.person_id, hashed)
        ended = store.end_sessions(tx.connection, identity.person_id, keep=token_hash(token))
        password_links.withdraw(tx, identity.person_id)
        after = {"way": "present password", "sessions_ended": ended}
        tx.record("person", identity.person_id, 0, "set_password", None, None, {}, after)


def _key(what: str) -> str:
    return f"{what}:{secrets.token_hex(8)}"
