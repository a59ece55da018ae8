"""People, what they may do, and how they sign in."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from contracts_app.store.columns import INSTANT, at, metadata, own_id, ref, table, to, words

person = table(
    "person",
    own_id(), words("name"), words("email"), words("password_hash"), ref("client_id", nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    at("last_signed_in_at", nullable=True),
    UniqueConstraint("email"),
    to("client", "client_id"),
)  # fmt: skip
person_role = table(
    "person_role", ref("person_id"), words("role"),
    CheckConstraint(
        "role IN ('coordinator', 'project_manager', 'controller', 'client', 'administrator', 'auditor')",
        name="role",
    ),
    to("person", "person_id"),
    key=("person_id", "role"),
)  # fmt: skip
password_link = table(
    "password_link",
    # One per person: a new link overwrites the last, so that only the newest one works.
    ref("person_id"), Column("token_hash", LargeBinary, nullable=False), ref("made_by"), at("made_at"),
    words("effect_key"), Column("expires_at", INSTANT, nullable=False), at("sent_at", nullable=True),
    words("smtp_reply", nullable=True), at("used_at", nullable=True),
    UniqueConstraint("token_hash"),
    to("person", "person_id"),
    key=("person_id",),
)  # fmt: skip
session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("firm_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("csrf_token", Text, nullable=False),
    Column("signed_in", Text, nullable=False),
    Column("network", Text),
    Column("browser", Text),
    Column("created_at", INSTANT, nullable=False, server_default=func.now()),
    Column("last_seen_at", INSTANT, nullable=False, server_default=func.now()),
    Column("expires_at", INSTANT, nullable=False),
    ForeignKeyConstraint(["firm_id", "person_id"], ["person.firm_id", "person.id"]),
)
sign_in_count = Table(
    "sign_in_count",
    metadata,
    # By the hash of what was typed: an unknown address is counted like a known one.
    Column("email_hash", LargeBinary, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("window_ends", INSTANT, nullable=False),
)
network_count = Table(
    "network_count",
    metadata,
    # Tries to sign in from one network address that were not a success, by the address's hash.
    Column("network_hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("window_ends", INSTANT, nullable=False),
)
