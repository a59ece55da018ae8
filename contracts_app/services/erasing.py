"""Erasure of people, as far as no law keeps what tells of them (GDPR Art. 17, 18; SPEC-retention)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.keeping_commands import ErasePerson
from contracts_app.domain.keeping.personal import FIELDS, instead
from contracts_app.domain.keeping.retention import RecordClass, RetentionProvision, rule_for
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.law import table
from contracts_app.services import people
from contracts_app.services.sign_in import NO_PASSWORD
from contracts_app.store import accounts, erasures, holds, personal
from contracts_app.store import sign_in as sessions
from contracts_app.store.accounts import Account
from contracts_app.store.keeping_tables import erasure
from contracts_app.store.transaction import Transaction


def require_erasable(tx: Transaction, body: ErasePerson) -> Account:
    """The person, locked. Raises Refused for oneself, for somebody who may sign in, while anything is held,
    for a person whose erasure left nothing, and before the day until which his name is kept."""
    known = accounts.locked(tx, body.person_id)
    if known.id in (tx.by, tx.proposed_by):
        raise not_allowed("Nobody erases himself: two others do.")
    if known.active:
        raise Refused("still_active", f"{known.name} may still sign in: deactivate the account first.")
    if holds.held(tx.connection, tx.firm_id):
        raise Refused(
            "held", "A legal hold is in force: nobody is erased until it is released (page Retention)."
        )
    before = erasures.of(tx.connection, tx.firm_id, known.id)
    if before is not None:
        if before["name_kept"] is None:
            raise Refused("erased", f"{known.name} is erased already, the name too.")
        if before["name_until"] >= tx.today():
            raise Refused(
                "name_kept",
                f"Erased but for the name, which the law keeps until {before['name_until']}: "
                "it stands on what this person did.",
            )
    return known


def erase_person(tx: Transaction, body: ErasePerson) -> Outcome:
    """Replace what names a person; what tells of him in records that must be kept stays, with his name beside
    them, restricted. Raises Refused as `require_erasable` does."""
    known = require_erasable(tx, body)
    before = erasures.of(tx.connection, tx.firm_id, known.id)
    if before is not None:
        erasures.forget_name(tx, before["id"])
        personal.drop_salts(tx.connection, tx.firm_id, known.id, ("name",))
        tx.record("erasure", before["id"], 2, body.command, None, None, {}, {}, body.reason)
        return Outcome(done=True, result={"person_id": str(known.id), "name_until": None, "kept": []})
    kept = what_is_kept(tx, known)
    until = max((one["until"] for one in kept.values()), default=None)
    erasures.rename(tx, known.id, **instead(known.id), password_hash=NO_PASSWORD)
    sessions.end_sessions(tx.connection, known.id)
    gone = ("email",) if until else FIELDS
    personal.drop_salts(tx.connection, tx.firm_id, known.id, gone)
    erasure_id = tx.new_id("erasure")
    values = {
        "id": erasure_id,
        "person_id": known.id,
        "reason": body.reason,
        "asked_by": tx.proposed_by,
        "agreed_by": people.actor(tx).id,
        "erased_on": tx.today(),
        "kept": {kind: {**one, "until": str(one["until"])} for kind, one in kept.items()},
        "name_until": until,
    }
    tx.insert(erasure, **values, name_kept=known.name if until else None)
    tx.record("erasure", erasure_id, 1, body.command, None, None, {}, values, body.reason)
    return Outcome(
        done=True,
        result={
            "person_id": str(known.id),
            "name_until": str(until) if until else None,
            "kept": [
                f"{kind}: {one['number']} until {one['until']} ({one['law']})" for kind, one in kept.items()
            ],
        },
    )


def what_is_kept(tx: Transaction, known: Account) -> Mapping[str, dict[str, Any]]:
    """By class of record: how many tell of this person, and until when which law keeps the latest."""
    rows = table("retention", RetentionProvision)
    at = erasures.countries(tx.connection, tx.firm_id)
    left = erasures.left_of(tx.connection, tx.firm_id, known.id, known.name, known.email)
    kept: dict[str, dict[str, Any]] = {}
    for kind, one in left.items():
        if one.latest is None:
            continue
        rule = rule_for(RecordClass(kind), at, rows, tx.today())
        until: date = rule.last_day(one.latest)
        if until >= tx.today():
            kept[kind] = {"number": one.number, "until": until, "law": rule.citation}
    return kept
