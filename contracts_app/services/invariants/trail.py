"""The audit trail of a firm, read once from the first entry to the last.

One pass serves every invariant that asks the trail: the chain of hashes, the versions of each record, the
states they went through, and what was done and refused under each key. Memory grows with records, keys and
messages, not with the text of entries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text

from contracts_app.services.invariants.lives import why_not_allowed
from contracts_app.services.invariants.report import Violation
from contracts_app.store import contents
from contracts_app.store.contents import NOTHING, Contents
from contracts_app.store.transaction import SAME_KEY_OTHER_BODY

VERSIONED = frozenset(
    {
        *("contract", "invoice", "milestone", "import", "client", "message", "firm", "billing_run"),
        "master_change",
        "accounting_period",
        *("compliance_requirement", "compliance_paper", "compliance_exception"),
    }
)
"""Kinds of records that have a version: one entry for each."""
_AT_ONCE = 2000
_ENTRIES = text(
    "SELECT seq, (extract(epoch FROM at) * 1000000)::bigint AS stamp, body, hash"
    " FROM audit_entry WHERE firm_id = :firm ORDER BY seq"
)


@dataclass(slots=True)
class Life:
    """What the trail says of one record up to now."""

    version: int = 0
    state: str | None = None


@dataclass(slots=True)
class KeyUse:
    """What happened under one key. `other_body`: refused because the key had been used with other content."""

    command: str | None = None
    changes: int = 0
    refusals: int = 0
    other_body: int = 0
    first: int = 0
    last: int = 0


Value = TypeVar("Value")


def at(told: Sequence[tuple[int, Value]], stamp: int) -> Value | None:
    """What was told last before `stamp`; None when nothing was."""
    return next((value for since, value in reversed(told) if since < stamp), None)


@dataclass
class Trail:
    """The trail and what in itself is wrong with it."""

    entries: int = 0
    head_hash: bytes = bytes(32)
    head_seq: int = 0
    lives: dict[tuple[str, str], Life] = field(default_factory=dict)
    keys: dict[str, KeyUse] = field(default_factory=dict)
    letters: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Message → recipient, Message-ID and content hash as they were when it was queued."""
    roles: dict[str, list[tuple[int, frozenset[str]]]] = field(default_factory=dict)
    """Person → roles, each from a microsecond since 1970 on."""
    managers: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)
    """Contract → its project manager, each from a microsecond since 1970 on."""
    issued: dict[str, int] = field(default_factory=dict)
    """Invoice → microseconds since 1970 at which its issue was entered, with the contract locked."""
    written: dict[str, Contents] = field(default_factory=dict)
    """Table → what all entries together have written to it."""
    chain_broken: list[Violation] = field(default_factory=list)
    versions_broken: list[Violation] = field(default_factory=list)
    states_broken: list[Violation] = field(default_factory=list)
    _last_stamp: int = 0

    def link(self, seq: int, stamp: int, body: str, stored: bytes) -> None:
        """The next entry's place in the chain, as `audit_append` computes it."""
        if seq != self.head_seq + 1:
            self.chain_broken.append(Violation(f"{seq}", f"follows entry {self.head_seq}"))
        if stamp < self._last_stamp:
            self.chain_broken.append(Violation(f"{seq}", "is older than the entry before it"))
        digest = hashlib.sha256(
            b"\x00" + self.head_hash + seq.to_bytes(8, "big") + stamp.to_bytes(8, "big", signed=True)
        )
        digest.update(body.encode())
        if digest.digest() != stored:
            self.chain_broken.append(
                Violation(f"{seq}", "does not have the hash of its content and predecessor")
            )
        self.head_seq, self.head_hash, self._last_stamp = seq, stored, stamp
        self.entries += 1

    def tell(self, seq: int, stamp: int, body: Mapping[str, Any]) -> None:
        """What the entry says: a change of a record, or a refusal."""
        kind = body["kind"]
        for table, more in contents.read(body.get("contents", {})).items():
            self.written[table] = self.written.get(table, NOTHING) + more
        use = self.keys.setdefault(body["key"], KeyUse(first=seq))
        if kind == "refusal" and body["after"]["code"] == SAME_KEY_OTHER_BODY:
            use.other_body += 1  # the key is that of another command, which stays what it was
            return
        if body["command"] is not None:
            use.command = body["command"]["command"]
        if kind == "refusal":
            use.refusals += 1
            return
        use.changes += 1
        use.first = seq if use.changes == 1 else use.first
        use.last = seq
        if kind == "person" and "roles" in body["after"]:
            self.roles.setdefault(body["id"], []).append((stamp, frozenset(body["after"]["roles"])))
        if kind == "contract" and "project_manager_id" in body["after"]:
            self.managers.setdefault(body["id"], []).append((stamp, body["after"]["project_manager_id"]))
        if kind in VERSIONED:
            self._live(kind, body)
            if body["action"] == "issue_invoice":
                self.issued[body["id"]] = stamp

    def _live(self, kind: str, body: Mapping[str, Any]) -> None:
        record, action, after = body["id"], body["action"], body["to_state"]
        life = self.lives.setdefault((kind, record), Life())
        if body["version"] != life.version + 1:
            self.versions_broken.append(
                Violation(record, f"version {body['version']} of this {kind} follows version {life.version}")
            )
        if body["from_state"] != life.state:
            self.states_broken.append(
                Violation(record, f"{action} starts from {body['from_state']}, the {kind} was {life.state}")
            )
        elif reason := why_not_allowed(kind, action, life.state, after):
            self.states_broken.append(Violation(record, reason))
        life.version, life.state = body["version"], after
        if action == "queue_message":
            made = body["after"]
            self.letters[record] = (made["recipient"], made["message_id"], made["content_sha256"])


def read(connection: Connection, firm_id: UUID) -> Trail:
    """Read the whole trail of a firm, a few thousand entries at a time."""
    trail = Trail()
    entries = connection.execute(_ENTRIES.execution_options(yield_per=_AT_ONCE), {"firm": firm_id})
    for seq, stamp, body, stored in entries:
        trail.link(seq, stamp, body, stored)
        trail.tell(seq, stamp, json.loads(body))
    return trail
