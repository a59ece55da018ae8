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
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from contracts_app.store.columns import (
    INSTANT,
    MONEY,
    QUANTITY,
    at,
    finite,
    metadata,
    money,
    own_id,
    ref,
    states,
    table,
    to,
    words,
)

# --- firm, people, sign-in ---

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
    *states("active"),
    UniqueConstraint("firm_id", "name"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
)  # fmt: skip
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
        "role IN ('coordinator', 'project_manager', 'controller', 'client', 'administrator')", name="role"
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

# --- contract ---

contract = table(
    "contract",
    own_id(), ref("client_id"), ref("legal_entity_id"), ref("project_manager_id", nullable=True),
    words("number"), words("title"), words("architect", nullable=True), ref("prepared_by", nullable=True),
    Column("terms", JSONB, nullable=False), words("external_id", nullable=True),
    Column("work_completed_on", Date),
    at("activated_at", nullable=True), ref("activated_by", nullable=True), Column("closed_on", Date),
    words("returned_because", nullable=True), ref("returned_by", nullable=True),
    *states("setting_up", "active", "closed"),
    UniqueConstraint("firm_id", "number"),
    CheckConstraint("(returned_because IS NULL) = (returned_by IS NULL)", name="returned"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("person", "project_manager_id"),
    to("person", "returned_by"),
)  # fmt: skip
contract_preparer = table(
    "contract_preparer", ref("contract_id"), ref("person_id"), at("since"),
    to("contract", "contract_id"), to("person", "person_id"),
    key=("contract_id", "person_id"),
)  # fmt: skip
"""Everybody who put in something that counts for money before the contract was in force."""
change_order = table(
    "change_order",
    own_id(), ref("contract_id"), words("number"), words("title"), money("amount"), words("order_state"),
    Column("submitted_on", Date), Column("executed_on", Date), words("reason", nullable=True),
    Column("schedule_days", Integer), ref("import_id", nullable=True), ref("proposed_by", nullable=True),
    ref("raises_line_id", nullable=True), Column("rates", JSONB, nullable=False, server_default="[]"),
    Column("caps", JSONB, nullable=False, server_default="[]"),
    Column("lines", JSONB, nullable=False, server_default="[]"),
    Column("pricing", JSONB(none_as_null=True)), ref("priced_by", nullable=True), Column("priced_on", Date),
    words("decided_because", nullable=True),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint(
        "order_state IN ('potential', 'requested', 'submitted', 'executed', 'rejected', 'void')",
        name="order_state"
    ),
    CheckConstraint("(order_state = 'executed') = (executed_on IS NOT NULL)", name="executed_on"),
    finite("amount"),
    CheckConstraint("(priced_by IS NULL) = (priced_on IS NULL)", name="priced"),
    to("contract", "contract_id"), to("person", "proposed_by"), to("person", "priced_by"),
    ForeignKeyConstraint(
        ["firm_id", "raises_line_id"], ["sov_line.firm_id", "sov_line.id"], use_alter=True,
        name="fk_change_order_raises_line_id",
    ),
)  # fmt: skip
sov_line = table(
    "sov_line",
    own_id(), ref("contract_id"), Column("position", Integer, nullable=False), words("item_no"),
    words("external_id"),
    words("description"), money("scheduled_value"), Column("retainage_rate", Numeric(7, 6)),
    ref("change_order_id", nullable=True), ref("import_id", nullable=True),
    words("basis", default="lump_sum"),
    Column("not_to_exceed", Boolean, nullable=False, server_default=text("true")),
    words("unit", nullable=True), Column("unit_price", QUANTITY), Column("estimated_quantity", QUANTITY),
    Column("variation", JSONB(none_as_null=True)), Column("recurring", JSONB(none_as_null=True)),
    Column("cost_plus", JSONB(none_as_null=True)),
    Column("tax", JSONB(none_as_null=True)),
    CheckConstraint("basis IN ('lump_sum', 'milestone', 'time_and_materials', 'percent_complete',"
    " 'unit_price', 'recurring', 'cost_plus')", name="basis"),
    CheckConstraint("(basis = 'unit_price') = (num_nonnulls(unit, unit_price, estimated_quantity) = 3)"
    " AND num_nonnulls(unit, unit_price, estimated_quantity) IN (0, 3)"
    " AND (basis = 'unit_price' OR variation IS NULL) AND NOT (basis = 'unit_price' AND not_to_exceed)",
    name="unit_price"),
    CheckConstraint("unit_price >= 0 AND unit_price < 'Infinity' AND estimated_quantity > 0"
    " AND estimated_quantity < 'Infinity'", name="measure"),
    CheckConstraint("(basis = 'recurring') = (recurring IS NOT NULL)", name="recurring"),
    CheckConstraint("(basis = 'cost_plus') = (cost_plus IS NOT NULL)", name="cost_plus"),
    UniqueConstraint("firm_id", "contract_id", "item_no"),
    UniqueConstraint("firm_id", "contract_id", "external_id"),
    finite("scheduled_value"),
    CheckConstraint("retainage_rate BETWEEN 0 AND 1", name="retainage_rate"),
    to("contract", "contract_id"), to("change_order", "change_order_id"),
)  # fmt: skip
milestone = table(
    "milestone",
    own_id(), ref("contract_id"), ref("sov_line_id", nullable=True), words("title"), money("amount"),
    Column("planned_on", Date), Column("close_out", Boolean, nullable=False), words("evidence",
    nullable=True),
    ref("achieved_by", nullable=True), Column("achieved_on", Date),
    ref("approved_by", nullable=True), Column("approved_on", Date),
    Column("achieved_amount", MONEY, nullable=False, server_default="0"),
    Column("approved_amount", MONEY, nullable=False, server_default="0"),
    CheckConstraint("approved_amount <= achieved_amount AND achieved_amount <= amount", name="parts"),
    *states("planned", "achieved", "partly_approved", "approved"),
    UniqueConstraint("firm_id", "contract_id", "title"),
    CheckConstraint("approved_by IS NULL OR approved_by <> achieved_by", name="four_eyes"),
    CheckConstraint("amount >= 0", name="amount"),
    finite("amount", "achieved_amount", "approved_amount"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"),
)  # fmt: skip
application_period = table(
    "application_period",
    ref("contract_id"), Column("application_no", Integer, nullable=False), Column("period_to", Date,
    nullable=False),
    money("period_total"), words("status", nullable=True), Column("payment_date", Date), ref("import_id"),
    to("contract", "contract_id"),
    key=("contract_id", "application_no"),
)  # fmt: skip
progress_entry = table(
    "progress_entry",
    ref("contract_id"), Column("application_no", Integer, nullable=False), ref("sov_line_id"),
    money("this_period"), ref("import_id"),
    finite("this_period"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"),
    key=("contract_id", "application_no", "sov_line_id"),
)  # fmt: skip
cost_entry = table(
    "cost_entry",
    own_id(), ref("contract_id"), words("kind"), words("external_id"),
    ref("sov_line_id", nullable=True), Column("work_date", Date, nullable=False), words("who"),
    words("what"),
    Column("seconds", BigInteger), Column("overtime_seconds", BigInteger), Column("quantity", QUANTITY),
    words("unit", nullable=True), money("cost", nullable=True), words("order_number", nullable=True),
    Column("priced", Boolean, nullable=False, server_default=text("false")),
    ref("import_id"),
    UniqueConstraint("firm_id", "contract_id", "kind", "external_id"),
    Index(None, "firm_id", "contract_id", "work_date"),
    CheckConstraint("kind IN ('labour', 'delivery')", name="kind"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"),
)  # fmt: skip

# --- imports ---

blob = table(
    "blob", words("sha256"), Column("bytes", LargeBinary, nullable=False),
    CheckConstraint("length(sha256) = 64", name="sha256"),
    key=("sha256",),
)  # fmt: skip
import_file = table(
    "import_file",
    own_id(), ref("contract_id", nullable=True), words("kind"), words("file_name"), words("sha256"),
    ref("uploaded_by"), at("uploaded_at"), Column("report", JSONB), Column("decisions", JSONB,
    nullable=False),
    *states("received", "needs_decision", "ready", "posted", "refused", "withdrawn"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    to("contract", "contract_id"), to("person", "uploaded_by"),
)  # fmt: skip

imported_row = table(
    "imported_row",
    ref("contract_id"), words("kind"), words("external_id"), words("content_key"),
    Column("content", JSONB, nullable=False), Column("source", JSONB, nullable=False), ref("import_id"),
    to("contract", "contract_id"), to("import_file", "import_id"),
    key=("contract_id", "kind", "external_id"),
)  # fmt: skip
"""What a posted row said and where it stood (file, sheet, row, cells): the identity that keeps a row from
coming in twice, and the way back from a figure to a cell."""

# --- invoice: the draft may change, the issued facts may not ---

snapshot = table("snapshot", words("sha256"), words("body"), key=("sha256",))
invoice = table(
    "invoice",
    own_id(), ref("contract_id"), words("kind"), Column("application_no", Integer, nullable=False),
    Column("period_to", Date, nullable=False), Column("entries", JSONB, nullable=False),
    Column("releases", JSONB, nullable=False), Column("release_cause", JSONB(none_as_null=True)),
    words("content_hash"), ref("prepared_by"),
    Column("backup", JSONB, nullable=False, server_default="[]"),
    words("bill_to", nullable=True),
    Column("submissions", Integer, nullable=False, server_default="0"),
    # What limits it as it was approved: from then on nothing that others approve changes its figures.
    Column("limits", JSONB(none_as_null=True)),
    CheckConstraint("limits IS NULL OR state NOT IN ('draft', 'in_review', 'withdrawn')", name="limits"),
    Column("revision", Integer, nullable=False, server_default="0"), ref("revises", nullable=True),
    CheckConstraint("(revision = 0) = (revises IS NULL)", name="revises"),
    *states("draft", "in_review", "approved", "submitted", "being_revised", "issued", "certified", "paid",
    "withheld", "withdrawn", "superseded"),
    CheckConstraint("kind IN ('application', 'consulting', 'retainage_release')", name="kind"),
    Index(
        "uq_invoice_live_application", "firm_id", "contract_id", "application_no", unique=True,
        postgresql_where=text("state NOT IN ('withdrawn', 'superseded', 'being_revised')"),
    ),
    Index(
        "uq_invoice_one_in_hand", "firm_id", "contract_id", unique=True,
        postgresql_where=text("state IN ('draft', 'in_review', 'approved', 'submitted')"),
    ),
    to("contract", "contract_id"), to("person", "prepared_by"), to("invoice", "revises"),
)  # fmt: skip
invoice_editor = table(
    "invoice_editor", ref("invoice_id"), ref("person_id"), at("since"),
    to("invoice", "invoice_id"), to("person", "person_id"),
    key=("invoice_id", "person_id"),
)  # fmt: skip
approval = table(
    "approval",
    own_id(), ref("invoice_id"), words("step"), words("decision"), ref("person_id"), at(),
    Column("decided_on", Date, nullable=False), words("content_hash"), words("remark", default=""),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
    Index(
        "uq_approval_step", "firm_id", "invoice_id", "step", "content_hash", unique=True,
        postgresql_where=text("decision = 'approved'"),
    ),
    to("invoice", "invoice_id"), to("person", "person_id"),
)  # fmt: skip
_LINES = ("line1", "line2", "line3", "line4", "line5", "line5a", "line5b", "line6", "line7", "line8", "line9")
issued_invoice = table(
    "issued_invoice",
    ref("invoice_id"), ref("legal_entity_id"), words("series"), Column("number", BigInteger,
    nullable=False),
    words("number_text"), Column("issued_on", Date, nullable=False), at("issued_at"), ref("issued_by"),
    Column("certification_due_on", Date, nullable=False), words("snapshot_sha256"), words("content_hash"),
    words("currency"), *(money(name) for name in _LINES), words("rules"),
    Column("deposit_applied", MONEY, nullable=False, server_default="0"),
    # As they were at issue: a paper made later says the same.
    words("payment_instructions", default=""),
    CheckConstraint("deposit_applied = 0 OR deposit_applied BETWEEN 0 AND line8", name="deposit"),
    UniqueConstraint("firm_id", "legal_entity_id", "series", "number"),
    UniqueConstraint("firm_id", "number_text"),
    finite(*_LINES),
    CheckConstraint("line3 = line1 + line2", name="line3"),
    CheckConstraint("line5 = line5a + line5b", name="line5"),
    CheckConstraint("line6 = line4 - line5", name="line6"),
    CheckConstraint("line8 = line6 - line7", name="line8"),
    CheckConstraint("line9 = line3 - line6", name="line9"),
    to("invoice", "invoice_id"), to("legal_entity", "legal_entity_id"), to("person", "issued_by"),
    ForeignKeyConstraint(["firm_id", "snapshot_sha256"], ["snapshot.firm_id", "snapshot.sha256"]),
    key=("invoice_id",),
)  # fmt: skip


def _continuation_columns() -> tuple[SchemaItem, ...]:
    """Columns of the continuation sheet, for what was applied and for what was certified."""
    return (
        ref("invoice_id"), ref("sov_line_id"), Column("position", Integer, nullable=False),
        words("item_no"),
        words("description"), words("change_order", nullable=True), money("scheduled_value"),
        money("previous"),
        money("this_period"), money("stored"), money("total"), money("withheld"), money("released"),
        money("retainage"),
        finite("scheduled_value", "previous", "this_period", "stored", "withheld", "released"),
        CheckConstraint("total = previous + this_period + stored", name="total"),
        CheckConstraint("retainage = withheld - released", name="retainage"),
        to("invoice", "invoice_id"), to("sov_line", "sov_line_id"),
    )  # fmt: skip


issued_line = table("issued_line", *_continuation_columns(), key=("invoice_id", "sov_line_id"))
certificate = table(
    "certificate",
    ref("invoice_id"), words("decision"), ref("person_id"), at(), Column("certified_on", Date,
    nullable=False),
    words("reason"), Column("entries", JSONB, nullable=False), money("line4"), money("line5"),
    money("line6"),
    money("line7"), money("line8"), money("line9"),
    CheckConstraint("decision IN ('in_full', 'less', 'withheld', 'not_required')", name="decision"),
    CheckConstraint("decision IN ('in_full', 'not_required') OR length(reason) >= 3", name="reason"),
    CheckConstraint("line6 = line4 - line5 AND line8 = line6 - line7", name="lines"),
    finite("line4", "line5", "line6", "line7", "line8", "line9"),
    to("invoice", "invoice_id"), to("person", "person_id"),
    key=("invoice_id",),
)  # fmt: skip
certificate_line = table("certificate_line", *_continuation_columns(), key=("invoice_id", "sov_line_id"))
retainage_entry = table(
    "retainage_entry",
    own_id(), ref("contract_id"), ref("sov_line_id"), ref("invoice_id"), words("cause"), money("withheld"),
    money("released"), Column("posted_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id", "sov_line_id", "cause"),
    CheckConstraint("cause IN ('issue', 'certificate')", name="cause"),
    Index(None, "firm_id", "contract_id"),
    finite("withheld", "released"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("invoice", "invoice_id"),
)  # fmt: skip

# --- receivables and money in ---

receivable = table(
    "receivable",
    own_id(), ref("invoice_id"), ref("client_id"), ref("contract_id"), words("currency"),
    Column("arose_on", Date, nullable=False), Column("due_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id"),
    Index(None, "firm_id", "client_id"),
    to("invoice", "invoice_id"), to("client", "client_id"), to("contract", "contract_id"),
)  # fmt: skip
payment = table(
    "payment",
    own_id(), ref("client_id"), ref("legal_entity_id"), money("amount"), words("currency"),
    Column("received_on", Date, nullable=False),
    words("reference"), ref("recorded_by"), at(), money("unapplied"),
    CheckConstraint("amount > 0 AND unapplied >= 0 AND unapplied <= amount", name="amount"),
    UniqueConstraint("firm_id", "legal_entity_id", "client_id", "reference"),
    finite("amount", "unapplied"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("person", "recorded_by"),
)  # fmt: skip
receivable_entry = table(
    "receivable_entry",
    own_id(), ref("receivable_id"), words("cause"), money("amount"),
    Column("posted_on", Date, nullable=False), ref("certificate_invoice_id", nullable=True),
    ref("payment_id", nullable=True), at(),
    CheckConstraint(
        "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded', 'withheld',"
        " 'discount', 'kept_back', 'returned')",
        name="cause",
    ),
    CheckConstraint("(cause IN ('cash', 'unapplied')) = (payment_id IS NOT NULL)", name="cash"),
    CheckConstraint("cause <> 'unapplied' OR amount > 0", name="unapplied"),
    CheckConstraint(
        "cause NOT IN ('certificate', 'unapplied') OR certificate_invoice_id IS NOT NULL",
        name="cites_certificate",
    ),
    UniqueConstraint("firm_id", "receivable_id", "payment_id", "cause"),
    finite("amount"),
    to("receivable", "receivable_id"), to("payment", "payment_id"),
    ForeignKeyConstraint(
        ["firm_id", "certificate_invoice_id"], ["certificate.firm_id", "certificate.invoice_id"]
    ),
)  # fmt: skip
reminder = table(
    "reminder",
    own_id(), ref("client_id"), ref("legal_entity_id"), Column("reminded_on", Date, nullable=False),
    Column("level", Integer, nullable=False),
    UniqueConstraint("firm_id", "client_id", "legal_entity_id", "reminded_on"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"),
)  # fmt: skip
reminder_item = table(
    "reminder_item",
    ref("receivable_id"), Column("level", Integer, nullable=False), ref("reminder_id"),
    to("receivable", "receivable_id"), to("reminder", "reminder_id"),
    key=("receivable_id", "level"),
)  # fmt: skip

# --- documents and messages ---

document = table(
    "document",
    own_id(), words("kind"), words("file_name"), words("media_type"), words("sha256"), words("made_by"),
    words("template_sha256", nullable=True), at(),
    ref("invoice_id", nullable=True), ref("payment_id", nullable=True), ref("reminder_id", nullable=True),
    CheckConstraint("num_nonnulls(invoice_id, payment_id, reminder_id) = 1", name="about_one_thing"),
    Index("ix_document_invoice_id", "firm_id", "invoice_id"),
    Index("ix_document_payment_id", "firm_id", "payment_id"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    to("invoice", "invoice_id"), to("payment", "payment_id"), to("reminder", "reminder_id"),
)  # fmt: skip
message = table(
    "message",
    own_id(), words("kind"), ref("client_id"), ref("legal_entity_id"), words("recipient"),
    words("subject"), words("body"),
    words("content_sha256"), words("message_id"), Column("business_date", Date, nullable=False),
    ref("document_id", nullable=True), ref("invoice_id", nullable=True), ref("payment_id", nullable=True),
    ref("reminder_id", nullable=True), at("queued_at"), at("sent_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"), words("smtp_reply", nullable=True),
    *states("queued", "sent", "bounced"),
    UniqueConstraint("firm_id", "message_id"),
    Index("ix_message_queued", "firm_id", postgresql_where=text("state = 'queued'")),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("document", "document_id"),
    to("invoice", "invoice_id"), to("payment", "payment_id"), to("reminder", "reminder_id"),
)  # fmt: skip

# --- processes, effects, audit ---

process = table(
    "process",
    words("subject"), ref("subject_id"),
    at("opened_at"), at("started_at", nullable=True), at("finished_at", nullable=True),
    Column("seen_version", Integer), Column("seen_calendar", Integer),
    words("for_role", nullable=True), words("sentence", nullable=True), at("since", nullable=True),
    at("deadline", nullable=True), words("otherwise", nullable=True), words("parked_step", nullable=True),
    words("parked_reason", nullable=True),
    CheckConstraint(
        "subject IN ('contract', 'invoice', 'import', 'follow-up', 'calendar', 'billing-run')", name="subject"
    ),
    key=("subject", "subject_id"),
)  # fmt: skip
effect = table(
    "effect",
    words("key"), words("command"), words("body_hash"), Column("outcome", JSONB, nullable=False), at(),
    key=("key",),
)  # fmt: skip
audit_head = table(
    "audit_head",
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    key=(),
)
audit_entry = table(
    "audit_entry",
    Column("seq", BigInteger, nullable=False), at(), words("body"), Column("hash", LargeBinary,
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
