"""Every table. Each business row belongs to a firm: the firm's id is part of every key and foreign key.

Row-level security, triggers and functions stand in `migrations/`; a test proves that the migrations give
exactly these tables.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MONEY = Numeric(19, 4)
QUANTITY = Numeric(19, 6)
INSTANT = DateTime(timezone=True)


def _id() -> Column[object]:
    return Column("id", Uuid, nullable=False)


def _money(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, MONEY, nullable=nullable)


def _text(name: str, nullable: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=nullable, server_default=default)


def _ref(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, nullable=nullable)


def _at(name: str = "at", nullable: bool = False) -> Column[object]:
    # The clock, not now(): a transaction that began first may write last, after it waited for a lock.
    return Column(
        name, INSTANT, nullable=nullable, server_default=None if nullable else func.clock_timestamp()
    )


def _state(*states: str) -> tuple[Column[str], CheckConstraint, Column[int]]:
    allowed = ", ".join(f"'{state}'" for state in states)
    return (
        _text("state"),
        CheckConstraint(f"state IN ({allowed})", name="state"),
        Column("version", Integer, nullable=False, server_default="1"),
    )


def _finite(*columns: str) -> CheckConstraint:
    """PostgreSQL's numeric admits NaN and infinities; money does not."""
    rule = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)
    return CheckConstraint(rule, name="finite")


def _to(target: str, *columns: str) -> ForeignKeyConstraint:
    """A foreign key that carries the firm."""
    return ForeignKeyConstraint(["firm_id", *columns], [f"{target}.firm_id", f"{target}.id"])


def _table(name: str, *items: SchemaItem, key: tuple[str, ...] = ("id",)) -> Table:
    """A table of business rows: firm, key, foreign key to the firm."""
    return Table(
        name,
        metadata,
        Column("firm_id", Uuid, nullable=False),
        *(item for item in items if isinstance(item, Column)),
        *(item for item in items if not isinstance(item, Column)),
        PrimaryKeyConstraint("firm_id", *key),
        ForeignKeyConstraint(["firm_id"], ["firm.id"]),
    )


# --- firm, people, sign-in ---

firm = Table(
    "firm",
    metadata,
    Column("id", Uuid, primary_key=True),
    _text("name"),
    _text("kind"),
    Column("shift_seconds", BigInteger, nullable=False, server_default="0"),
    Column("calendar_version", Integer, nullable=False, server_default="1"),
    _text("time_zone"),
    *_state("open"),
    CheckConstraint("kind IN ('live', 'practice')", name="kind"),
    CheckConstraint("kind = 'practice' OR shift_seconds = 0", name="live_is_unshifted"),
)
legal_entity = _table(
    "legal_entity", _id(), _text("name"), _text("country"), _text("currency"), _text("time_zone"),
    _text("address"), _text("email"), _text("tax_id", nullable=True),
    # Where its invoices are paid to: lines of text, for the foot of invoices and reminders.
    _text("payment_instructions", default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("firm_id", "name"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
)  # fmt: skip
number_series = _table(
    "number_series",
    _ref("legal_entity_id"),
    _text("series"),
    _text("prefix"),
    Column("width", Integer, nullable=False, server_default="5"),
    Column("last_number", BigInteger, nullable=False, server_default="0"),
    Column("last_date", Date),
    # Two legal entities never give out the same number.
    UniqueConstraint("firm_id", "prefix"),
    _to("legal_entity", "legal_entity_id"),
    key=("legal_entity_id", "series"),
)
client = _table(
    "client", _id(), _text("name"), _text("email", nullable=True), _text("address", default=""),
    *_state("active"),
    UniqueConstraint("firm_id", "name"),
)  # fmt: skip
person = _table(
    "person", _id(), _text("name"), _text("email"), _text("password_hash"), _ref("client_id", nullable=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    _at("last_signed_in_at", nullable=True),
    UniqueConstraint("email"),
    _to("client", "client_id"),
)  # fmt: skip
person_role = _table(
    "person_role", _ref("person_id"), _text("role"),
    CheckConstraint(
        "role IN ('coordinator', 'project_manager', 'controller', 'client', 'administrator')", name="role"
    ),
    _to("person", "person_id"),
    key=("person_id", "role"),
)  # fmt: skip
password_link = _table(
    "password_link",
    # One per person: a new link overwrites the last, so that only the newest one works.
    _ref("person_id"), Column("token_hash", LargeBinary, nullable=False), _ref("made_by"), _at("made_at"),
    _text("effect_key"), Column("expires_at", INSTANT, nullable=False), _at("sent_at", nullable=True),
    _text("smtp_reply", nullable=True), _at("used_at", nullable=True),
    UniqueConstraint("token_hash"),
    _to("person", "person_id"),
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

# --- contract ---

contract = _table(
    "contract",
    _id(), _ref("client_id"), _ref("legal_entity_id"), _ref("project_manager_id", nullable=True),
    _text("number"), _text("title"), _text("architect", nullable=True), _ref("prepared_by", nullable=True),
    Column("terms", JSONB, nullable=False), _text("external_id", nullable=True),
    Column("work_completed_on", Date),
    _at("activated_at", nullable=True), _ref("activated_by", nullable=True), Column("closed_on", Date),
    _text("returned_because", nullable=True), _ref("returned_by", nullable=True),
    *_state("setting_up", "active", "closed"),
    UniqueConstraint("firm_id", "number"),
    CheckConstraint("(returned_because IS NULL) = (returned_by IS NULL)", name="returned"),
    _to("client", "client_id"), _to("legal_entity", "legal_entity_id"), _to("person", "project_manager_id"),
    _to("person", "returned_by"),
)  # fmt: skip
contract_preparer = _table(
    "contract_preparer", _ref("contract_id"), _ref("person_id"), _at("since"),
    _to("contract", "contract_id"), _to("person", "person_id"),
    key=("contract_id", "person_id"),
)  # fmt: skip
"""Everybody who put in something that counts for money before the contract was in force."""
change_order = _table(
    "change_order",
    _id(), _ref("contract_id"), _text("number"), _text("title"), _money("amount"), _text("order_state"),
    Column("submitted_on", Date), Column("executed_on", Date), _text("reason", nullable=True),
    Column("schedule_days", Integer), _ref("import_id", nullable=True), _ref("proposed_by", nullable=True),
    _ref("raises_line_id", nullable=True), Column("rates", JSONB, nullable=False, server_default="[]"),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint(
        "order_state IN ('potential', 'requested', 'submitted', 'executed', 'rejected', 'void')",
        name="order_state"
    ),
    CheckConstraint("(order_state = 'executed') = (executed_on IS NOT NULL)", name="executed_on"),
    _finite("amount"),
    _to("contract", "contract_id"), _to("person", "proposed_by"),
    ForeignKeyConstraint(
        ["firm_id", "raises_line_id"], ["sov_line.firm_id", "sov_line.id"], use_alter=True,
        name="fk_change_order_raises_line_id",
    ),
)  # fmt: skip
sov_line = _table(
    "sov_line",
    _id(), _ref("contract_id"), Column("position", Integer, nullable=False), _text("item_no"),
    _text("external_id"),
    _text("description"), _money("scheduled_value"), Column("retainage_rate", Numeric(7, 6)),
    _ref("change_order_id", nullable=True), _ref("import_id", nullable=True),
    _text("basis", default="lump_sum"),
    Column("not_to_exceed", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("basis IN ('lump_sum', 'milestone', 'time_and_materials')", name="basis"),
    UniqueConstraint("firm_id", "contract_id", "item_no"),
    UniqueConstraint("firm_id", "contract_id", "external_id"),
    _finite("scheduled_value"),
    CheckConstraint("retainage_rate BETWEEN 0 AND 1", name="retainage_rate"),
    _to("contract", "contract_id"), _to("change_order", "change_order_id"),
)  # fmt: skip
milestone = _table(
    "milestone",
    _id(), _ref("contract_id"), _ref("sov_line_id", nullable=True), _text("title"), _money("amount"),
    Column("planned_on", Date), Column("close_out", Boolean, nullable=False), _text("evidence",
    nullable=True),
    _ref("achieved_by", nullable=True), Column("achieved_on", Date),
    _ref("approved_by", nullable=True), Column("approved_on", Date),
    Column("achieved_amount", MONEY, nullable=False, server_default="0"),
    Column("approved_amount", MONEY, nullable=False, server_default="0"),
    CheckConstraint("approved_amount <= achieved_amount AND achieved_amount <= amount", name="parts"),
    *_state("planned", "achieved", "partly_approved", "approved"),
    UniqueConstraint("firm_id", "contract_id", "title"),
    CheckConstraint("approved_by IS NULL OR approved_by <> achieved_by", name="four_eyes"),
    CheckConstraint("amount >= 0", name="amount"),
    _finite("amount", "achieved_amount", "approved_amount"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"),
)  # fmt: skip
application_period = _table(
    "application_period",
    _ref("contract_id"), Column("application_no", Integer, nullable=False), Column("period_to", Date,
    nullable=False),
    _money("period_total"), _text("status", nullable=True), Column("payment_date", Date), _ref("import_id"),
    _to("contract", "contract_id"),
    key=("contract_id", "application_no"),
)  # fmt: skip
progress_entry = _table(
    "progress_entry",
    _ref("contract_id"), Column("application_no", Integer, nullable=False), _ref("sov_line_id"),
    _money("this_period"), _ref("import_id"),
    _finite("this_period"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"),
    key=("contract_id", "application_no", "sov_line_id"),
)  # fmt: skip
cost_entry = _table(
    "cost_entry",
    _id(), _ref("contract_id"), _text("kind"), _text("external_id"),
    _ref("sov_line_id", nullable=True), Column("work_date", Date, nullable=False), _text("who"),
    _text("what"),
    Column("seconds", BigInteger), Column("overtime_seconds", BigInteger), Column("quantity", QUANTITY),
    _text("unit", nullable=True), _money("cost", nullable=True), _text("order_number", nullable=True),
    Column("priced", Boolean, nullable=False, server_default=text("false")),
    _ref("import_id"),
    UniqueConstraint("firm_id", "contract_id", "kind", "external_id"),
    Index(None, "firm_id", "contract_id", "work_date"),
    CheckConstraint("kind IN ('labour', 'delivery')", name="kind"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"),
)  # fmt: skip

# --- imports ---

blob = _table(
    "blob", _text("sha256"), Column("bytes", LargeBinary, nullable=False),
    CheckConstraint("length(sha256) = 64", name="sha256"),
    key=("sha256",),
)  # fmt: skip
import_file = _table(
    "import_file",
    _id(), _ref("contract_id", nullable=True), _text("kind"), _text("file_name"), _text("sha256"),
    _ref("uploaded_by"), _at("uploaded_at"), Column("report", JSONB), Column("decisions", JSONB,
    nullable=False),
    *_state("received", "needs_decision", "ready", "posted", "refused", "withdrawn"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    _to("contract", "contract_id"), _to("person", "uploaded_by"),
)  # fmt: skip

imported_row = _table(
    "imported_row",
    _ref("contract_id"), _text("kind"), _text("external_id"), _text("content_key"),
    Column("content", JSONB, nullable=False), Column("source", JSONB, nullable=False), _ref("import_id"),
    _to("contract", "contract_id"), _to("import_file", "import_id"),
    key=("contract_id", "kind", "external_id"),
)  # fmt: skip
"""What a posted row said and where it stood (file, sheet, row, cells): the identity that keeps a row from
coming in twice, and the way back from a figure to a cell."""

# --- invoice: the draft may change, the issued facts may not ---

snapshot = _table("snapshot", _text("sha256"), _text("body"), key=("sha256",))
invoice = _table(
    "invoice",
    _id(), _ref("contract_id"), _text("kind"), Column("application_no", Integer, nullable=False),
    Column("period_to", Date, nullable=False), Column("entries", JSONB, nullable=False),
    Column("releases", JSONB, nullable=False), _text("content_hash"), _ref("prepared_by"),
    Column("submissions", Integer, nullable=False, server_default="0"),
    *_state("draft", "in_review", "approved", "submitted", "issued", "certified", "paid", "withheld",
    "withdrawn"),
    CheckConstraint("kind IN ('application', 'consulting', 'retainage_release')", name="kind"),
    Index(
        "uq_invoice_live_application", "firm_id", "contract_id", "application_no", unique=True,
        postgresql_where=text("state <> 'withdrawn'"),
    ),
    Index(
        "uq_invoice_one_in_hand", "firm_id", "contract_id", unique=True,
        postgresql_where=text("state IN ('draft', 'in_review', 'approved', 'submitted')"),
    ),
    _to("contract", "contract_id"), _to("person", "prepared_by"),
)  # fmt: skip
invoice_editor = _table(
    "invoice_editor", _ref("invoice_id"), _ref("person_id"), _at("since"),
    _to("invoice", "invoice_id"), _to("person", "person_id"),
    key=("invoice_id", "person_id"),
)  # fmt: skip
approval = _table(
    "approval",
    _id(), _ref("invoice_id"), _text("step"), _text("decision"), _ref("person_id"), _at(),
    Column("decided_on", Date, nullable=False), _text("content_hash"), _text("remark", default=""),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
    Index(
        "uq_approval_step", "firm_id", "invoice_id", "step", "content_hash", unique=True,
        postgresql_where=text("decision = 'approved'"),
    ),
    _to("invoice", "invoice_id"), _to("person", "person_id"),
)  # fmt: skip
_LINES = ("line1", "line2", "line3", "line4", "line5", "line5a", "line5b", "line6", "line7", "line8", "line9")
issued_invoice = _table(
    "issued_invoice",
    _ref("invoice_id"), _ref("legal_entity_id"), _text("series"), Column("number", BigInteger,
    nullable=False),
    _text("number_text"), Column("issued_on", Date, nullable=False), _at("issued_at"), _ref("issued_by"),
    Column("certification_due_on", Date, nullable=False), _text("snapshot_sha256"), _text("content_hash"),
    _text("currency"), *(_money(name) for name in _LINES), _text("rules"),
    Column("deposit_applied", MONEY, nullable=False, server_default="0"),
    # As they were at issue: a paper made later says the same.
    _text("payment_instructions", default=""),
    CheckConstraint("deposit_applied = 0 OR deposit_applied BETWEEN 0 AND line8", name="deposit"),
    UniqueConstraint("firm_id", "legal_entity_id", "series", "number"),
    UniqueConstraint("firm_id", "number_text"),
    _finite(*_LINES),
    CheckConstraint("line3 = line1 + line2", name="line3"),
    CheckConstraint("line5 = line5a + line5b", name="line5"),
    CheckConstraint("line6 = line4 - line5", name="line6"),
    CheckConstraint("line8 = line6 - line7", name="line8"),
    CheckConstraint("line9 = line3 - line6", name="line9"),
    _to("invoice", "invoice_id"), _to("legal_entity", "legal_entity_id"), _to("person", "issued_by"),
    ForeignKeyConstraint(["firm_id", "snapshot_sha256"], ["snapshot.firm_id", "snapshot.sha256"]),
    key=("invoice_id",),
)  # fmt: skip


def _continuation_columns() -> tuple[SchemaItem, ...]:
    """Columns of the continuation sheet, for what was applied and for what was certified."""
    return (
        _ref("invoice_id"), _ref("sov_line_id"), Column("position", Integer, nullable=False),
        _text("item_no"),
        _text("description"), _text("change_order", nullable=True), _money("scheduled_value"),
        _money("previous"),
        _money("this_period"), _money("stored"), _money("total"), _money("withheld"), _money("released"),
        _money("retainage"),
        _finite("scheduled_value", "previous", "this_period", "stored", "withheld", "released"),
        CheckConstraint("total = previous + this_period + stored", name="total"),
        CheckConstraint("retainage = withheld - released", name="retainage"),
        _to("invoice", "invoice_id"), _to("sov_line", "sov_line_id"),
    )  # fmt: skip


issued_line = _table("issued_line", *_continuation_columns(), key=("invoice_id", "sov_line_id"))
certificate = _table(
    "certificate",
    _ref("invoice_id"), _text("decision"), _ref("person_id"), _at(), Column("certified_on", Date,
    nullable=False),
    _text("reason"), Column("entries", JSONB, nullable=False), _money("line4"), _money("line5"),
    _money("line6"),
    _money("line7"), _money("line8"), _money("line9"),
    CheckConstraint("decision IN ('in_full', 'less', 'withheld', 'not_required')", name="decision"),
    CheckConstraint("decision IN ('in_full', 'not_required') OR length(reason) >= 3", name="reason"),
    CheckConstraint("line6 = line4 - line5 AND line8 = line6 - line7", name="lines"),
    _finite("line4", "line5", "line6", "line7", "line8", "line9"),
    _to("invoice", "invoice_id"), _to("person", "person_id"),
    key=("invoice_id",),
)  # fmt: skip
certificate_line = _table("certificate_line", *_continuation_columns(), key=("invoice_id", "sov_line_id"))
retainage_entry = _table(
    "retainage_entry",
    _id(), _ref("contract_id"), _ref("sov_line_id"), _ref("invoice_id"), _text("cause"), _money("withheld"),
    _money("released"), Column("posted_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id", "sov_line_id", "cause"),
    CheckConstraint("cause IN ('issue', 'certificate')", name="cause"),
    Index(None, "firm_id", "contract_id"),
    _finite("withheld", "released"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"), _to("invoice", "invoice_id"),
)  # fmt: skip

# --- receivables and money in ---

receivable = _table(
    "receivable",
    _id(), _ref("invoice_id"), _ref("client_id"), _ref("contract_id"), _text("currency"),
    Column("arose_on", Date, nullable=False), Column("due_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id"),
    Index(None, "firm_id", "client_id"),
    _to("invoice", "invoice_id"), _to("client", "client_id"), _to("contract", "contract_id"),
)  # fmt: skip
payment = _table(
    "payment",
    _id(), _ref("client_id"), _ref("legal_entity_id"), _money("amount"), _text("currency"),
    Column("received_on", Date, nullable=False),
    _text("reference"), _ref("recorded_by"), _at(), _money("unapplied"),
    CheckConstraint("amount > 0 AND unapplied >= 0 AND unapplied <= amount", name="amount"),
    UniqueConstraint("firm_id", "legal_entity_id", "client_id", "reference"),
    _finite("amount", "unapplied"),
    _to("client", "client_id"), _to("legal_entity", "legal_entity_id"), _to("person", "recorded_by"),
)  # fmt: skip
receivable_entry = _table(
    "receivable_entry",
    _id(), _ref("receivable_id"), _text("cause"), _money("amount"), Column("posted_on", Date, nullable=False),
    _ref("certificate_invoice_id", nullable=True), _ref("payment_id", nullable=True), _at(),
    CheckConstraint("cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit')", name="cause"),
    CheckConstraint("(cause IN ('cash', 'unapplied')) = (payment_id IS NOT NULL)", name="cash"),
    CheckConstraint("cause <> 'unapplied' OR amount > 0", name="unapplied"),
    CheckConstraint(
        "cause NOT IN ('certificate', 'unapplied') OR certificate_invoice_id IS NOT NULL",
        name="cites_certificate",
    ),
    UniqueConstraint("firm_id", "receivable_id", "payment_id", "cause"),
    _finite("amount"),
    _to("receivable", "receivable_id"), _to("payment", "payment_id"),
    ForeignKeyConstraint(
        ["firm_id", "certificate_invoice_id"], ["certificate.firm_id", "certificate.invoice_id"]
    ),
)  # fmt: skip
reminder = _table(
    "reminder",
    _id(), _ref("client_id"), _ref("legal_entity_id"), Column("reminded_on", Date, nullable=False),
    Column("level", Integer, nullable=False),
    UniqueConstraint("firm_id", "client_id", "legal_entity_id", "reminded_on"),
    _to("client", "client_id"), _to("legal_entity", "legal_entity_id"),
)  # fmt: skip
reminder_item = _table(
    "reminder_item",
    _ref("receivable_id"), Column("level", Integer, nullable=False), _ref("reminder_id"),
    _to("receivable", "receivable_id"), _to("reminder", "reminder_id"),
    key=("receivable_id", "level"),
)  # fmt: skip

# --- documents and messages ---

document = _table(
    "document",
    _id(), _text("kind"), _text("file_name"), _text("media_type"), _text("sha256"), _text("made_by"),
    _text("template_sha256", nullable=True), _at(),
    _ref("invoice_id", nullable=True), _ref("payment_id", nullable=True), _ref("reminder_id", nullable=True),
    CheckConstraint("num_nonnulls(invoice_id, payment_id, reminder_id) = 1", name="about_one_thing"),
    Index("ix_document_invoice_id", "firm_id", "invoice_id"),
    Index("ix_document_payment_id", "firm_id", "payment_id"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    _to("invoice", "invoice_id"), _to("payment", "payment_id"), _to("reminder", "reminder_id"),
)  # fmt: skip
message = _table(
    "message",
    _id(), _text("kind"), _ref("client_id"), _ref("legal_entity_id"), _text("recipient"),
    _text("subject"), _text("body"),
    _text("content_sha256"), _text("message_id"), Column("business_date", Date, nullable=False),
    _ref("document_id", nullable=True), _ref("invoice_id", nullable=True), _ref("payment_id", nullable=True),
    _ref("reminder_id", nullable=True), _at("queued_at"), _at("sent_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"), _text("smtp_reply", nullable=True),
    *_state("queued", "sent", "bounced"),
    UniqueConstraint("firm_id", "message_id"),
    Index("ix_message_queued", "firm_id", postgresql_where=text("state = 'queued'")),
    _to("client", "client_id"), _to("legal_entity", "legal_entity_id"), _to("document", "document_id"),
    _to("invoice", "invoice_id"), _to("payment", "payment_id"), _to("reminder", "reminder_id"),
)  # fmt: skip

# --- processes, effects, audit ---

process = _table(
    "process",
    _text("subject"), _ref("subject_id"),
    _at("opened_at"), _at("started_at", nullable=True), _at("finished_at", nullable=True),
    Column("seen_version", Integer), Column("seen_calendar", Integer),
    _text("for_role", nullable=True), _text("sentence", nullable=True), _at("since", nullable=True),
    _at("deadline", nullable=True), _text("otherwise", nullable=True), _text("parked_step", nullable=True),
    _text("parked_reason", nullable=True),
    CheckConstraint(
        "subject IN ('contract', 'invoice', 'import', 'follow-up', 'calendar', 'billing-run')", name="subject"
    ),
    key=("subject", "subject_id"),
)  # fmt: skip
effect = _table(
    "effect",
    _text("key"), _text("command"), _text("body_hash"), Column("outcome", JSONB, nullable=False), _at(),
    key=("key",),
)  # fmt: skip
audit_head = _table(
    "audit_head",
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    key=(),
)
audit_entry = _table(
    "audit_entry",
    Column("seq", BigInteger, nullable=False), _at(), _text("body"), Column("hash", LargeBinary,
    nullable=False),
    # The record that the entry is about; for a refusal the one that the refused command named.
    Column("about", Text, Computed("""
        CASE WHEN body::jsonb ->> 'kind' = 'refusal' THEN coalesce(
            body::jsonb #>> '{command,invoice_id}', body::jsonb #>> '{command,contract_id}',
            body::jsonb #>> '{command,import_id}', body::jsonb #>> '{command,client_id}')
        ELSE body::jsonb ->> 'id' END""", persisted=True)),
    Index("ix_audit_entry_about", "firm_id", "about", "seq"),
    key=("seq",),
)  # fmt: skip
