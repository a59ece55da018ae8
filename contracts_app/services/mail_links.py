"""What a mailed link opens for its person: one draft to look at, and one step of its approval to take.

A link stands for its person, one draft and one content. Looking changes nothing, since mail programs and
scanners open links too. It ends when it was used, after its time, or when its person may approve nothing any
longer; each of these is answered alike, and so is a token that nobody was sent. Of a draft that was changed
it says so, and approves nothing: the command refuses a content that is no longer the draft's.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Engine

from contracts_app.domain.commands.envelope import Key
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.invoice_commands import ApproveDraft
from contracts_app.domain.refusals import Refused
from contracts_app.services.sign_in import COUNTED_FOR, NETWORK_FAILURES, TRIES, Identity, Source, token_hash
from contracts_app.store import approval_links, invoice_approvals, sign_in
from contracts_app.store.approval_links import Asked
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views.process_entries import answered

SIGNED_IN = "mail link"
"""How the log says that its person was known."""
_LONGEST = 100


def opened(
    engine: Engine, token: str, source: Source, visitor: Identity | None, key: Key | None = None
) -> Asked:
    """Whom the link asks for what; with the key of an approval that was given by it, also once it was used:
    the same click twice, or sent again, hears the same answer.

    Raises Refused 404 for every link that does not work, 403 where somebody else is signed in in the same
    browser, 429 after too many tries of one link or of many from one network address. What is refused of a
    link that somebody was sent stands in the log.
    """
    hashed = token_hash(token[:_LONGEST])
    counted = f"approval link {hashed.hex()}"
    attempt = sign_in.count_try(engine, counted, source.network, NETWORK_FAILURES, COUNTED_FOR)
    if attempt.failures > NETWORK_FAILURES or attempt.tries > TRIES:
        raise Refused("too_many_tries", "Too many tries: wait a quarter of an hour and try again.", 429)
    asked = approval_links.of_token(engine, hashed)
    if asked is None:
        raise no_longer_valid()
    if not asked.works or (_used(engine, asked) and not _answered(engine, asked, key)):
        raise _refused(engine, asked, no_longer_valid())
    if visitor is not None and visitor.person_id != asked.person_id:
        raise _refused(
            engine,
            asked,
            Refused(
                "link_of_another",
                "You are signed in as somebody else, and this link was sent to another person: "
                "sign out first if it is yours.",
                403,
            ),
            visitor,
        )
    sign_in.note_right(engine, counted, source.network)
    return asked


def command(asked: Asked, remark: str, key: Key) -> Command:
    """The approval that the link's person gives by it, of the content that he was asked for."""
    return Command(
        firm_id=asked.firm_id,
        by=asked.person_id,
        key=key,
        signed_in=SIGNED_IN,
        body=ApproveDraft(invoice_id=asked.invoice_id, content_hash=asked.content_hash, remark=remark),
    )


def no_longer_valid() -> Refused:
    """The same answer for every link that does not work."""
    return Refused(
        "link_not_valid",
        "This link does not work (any longer): it was used, a newer one was sent, or its time is over. "
        "Sign in to see what waits for you.",
        404,
    )


def has_newer(connection: Connection, asked: Asked, content_hash: str) -> bool:
    """Whether its person was asked anew, for this content."""
    return approval_links.is_asked(connection, asked.firm_id, asked.invoice_id, asked.person_id, content_hash)


def _used(engine: Engine, asked: Asked) -> bool:
    """Whether its person has approved this content: by the link, or signed in."""
    with reading(engine, asked.firm_id) as connection:
        given = invoice_approvals.approvals_of(
            connection, asked.firm_id, asked.invoice_id, asked.content_hash
        )
    return any(one["person_id"] == asked.person_id for one in given)


def _answered(engine: Engine, asked: Asked, key: Key | None) -> bool:
    """Whether this very approval has its answer."""
    if key is None:
        return False
    effect_key = command(asked, "", key).effect_key
    with reading(engine, asked.firm_id) as connection:
        return effect_key in answered(connection, asked.firm_id, (effect_key,))


def _refused(engine: Engine, asked: Asked, refused: Refused, visitor: Identity | None = None) -> Refused:
    """The refusal, once it stands in the log."""
    key = f"denied:{secrets.token_hex(8)}"
    by = asked.person_id if visitor is None or visitor.firm_id != asked.firm_id else visitor.person_id
    with own_step(engine, asked.firm_id, key, Origin(), by) as tx:
        told = {
            "code": refused.code,
            "signed_in": SIGNED_IN,
            "link_of": asked.person_id,
            "invoice_id": asked.invoice_id,
        }
        tx.record("refusal", key, 0, "open_approval_link", None, None, {}, told, refused.sentence)
    return refused
