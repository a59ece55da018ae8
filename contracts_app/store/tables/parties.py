"""The firm, who bills and who pays."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import metadata, own_id, ref, states, table, to, words

firm = Table(
    "firm",
    metadata,
    Column("id", Uuid, primary_key=True),
    words("name"),
    words("kind"),
    Column("shift_seconds", BigInteger, nullable=False, server_default="0"),
    Column("calendar_version", Integer, nullable=False, server_default="1"),
    words("time_zone"),
    *states("open"),
    CheckConstraint("kind IN ('live', 'practice')", name="kind"),
    CheckConstraint("kind = 'practice' OR shift_seconds = 0", name="live_is_unshifted"),
)
legal_entity = table(
    "legal_entity", own_id(), words("name"), words("country"), words("currency"), words("time_zone"),
    words("address"), words("email"), words("tax_id", nullable=True),
    # Where its invoices are paid to: lines of text, for the foot of invoices and reminders.
    words("payment_instructions", default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("firm_id", "name"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
)  # fmt: skip
number_series = table(
    "number_series",
    ref("legal_entity_id"),
    words("series"),
    words("prefix"),
    Column("width", Integer, nullable=False, server_default="5"),
    Column("last_number", BigInteger, nullable=False, server_default="0"),
    Column("last_date", Date),
    # Two legal entities never give out the same number.
    UniqueConstraint("firm_id", "prefix"),
    to("legal_entity", "legal_entity_id"),
    key=("legal_entity_id", "series"),
)
client = table(
    "client", own_id(), words("name"), words("email", nullable=True), words("address", default=""),
    words("country", nullable=True), words("tax_id", nullable=True),
    Column("detail", JSONB(none_as_null=True)),
    ref("import_id", nullable=True),
    *states("active"),
    UniqueConstraint("firm_id", "name"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    Index(None, "firm_id", "import_id"),
)  # fmt: skip
"""`import_id`: the file that brought it. No foreign key, for files refer to clients, too."""
