"""What holds records longer than the law wants them, and what was erased of people."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, table, to, words

personal_salt = table(
    "personal_salt",
    ref("person_id"), words("field"), Column("salt", LargeBinary, nullable=False),
    CheckConstraint("octet_length(salt) = 32", name="salt"),
    to("person", "person_id"),
    key=("person_id", "field"),
)  # fmt: skip
"""What the log's hash of a word about a person was made with; without it nobody can tell whom it meant."""

legal_hold = table(
    "legal_hold",
    own_id(), words("reason"), ref("client_id", nullable=True), ref("contract_id", nullable=True),
    ref("placed_by"), at("placed_at"), Column("placed_on", Date, nullable=False),
    ref("release_asked_by", nullable=True), ref("released_by", nullable=True),
    at("released_at", nullable=True), Column("released_on", Date), words("released_because", nullable=True),
    CheckConstraint("client_id IS NULL OR contract_id IS NULL", name="of_one"),
    CheckConstraint(
        "num_nonnulls(release_asked_by, released_by, released_at, released_on, released_because) IN (0, 5)",
        name="released",
    ),
    CheckConstraint("released_by <> release_asked_by", name="four_eyes"),
    to("client", "client_id"), to("contract", "contract_id"), to("person", "placed_by"),
    to("person", "release_asked_by"), to("person", "released_by"),
)  # fmt: skip
"""A hold on all that concerns a client or a contract, or (neither) on the whole firm; while it is not
released nothing of that expires and nobody is erased."""

erasure = table(
    "erasure",
    own_id(), ref("person_id"), words("reason"), ref("asked_by"), ref("agreed_by"),
    at("erased_at"), Column("erased_on", Date, nullable=False), Column("kept", JSONB, nullable=False),
    words("name_kept", nullable=True), Column("name_until", Date),
    UniqueConstraint("firm_id", "person_id"),
    CheckConstraint("agreed_by <> asked_by", name="four_eyes"),
    CheckConstraint("name_kept IS NULL OR name_until IS NOT NULL", name="name_kept"),
    to("person", "person_id"), to("person", "asked_by"), to("person", "agreed_by"),
)  # fmt: skip
"""That the account of a person was erased: `kept` what the law keeps of him, by class; `name_kept` his name,
restricted until `name_until`, where he acted on records that are kept."""
