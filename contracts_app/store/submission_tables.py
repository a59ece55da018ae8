"""Tables of what goes beside an application: pencil copies and the client's remarks on them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, UniqueConstraint

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

pencil_copy = table(
    "pencil_copy",
    own_id(), ref("invoice_id"), words("content_hash"), words("snapshot_sha256"), ref("shared_by"),
    Column("shared_on", Date, nullable=False), at(), ref("document_id", nullable=True),
    Index(None, "firm_id", "invoice_id"),
    to("invoice", "invoice_id"), to("person", "shared_by"), to("document", "document_id"),
    ForeignKeyConstraint(["firm_id", "snapshot_sha256"], ["snapshot.firm_id", "snapshot.sha256"]),
)  # fmt: skip
"""A draft as the certifier was shown it before its submission; `document_id`: its paper, once made."""

pencil_remark = table(
    "pencil_remark",
    own_id(), ref("pencil_id"), ref("sov_line_id", nullable=True), words("remark"), ref("person_id"),
    Column("remarked_on", Date, nullable=False), at(),
    Index(None, "firm_id", "pencil_id"),
    to("pencil_copy", "pencil_id"), to("sov_line", "sov_line_id"), to("person", "person_id"),
)  # fmt: skip
"""What the client says of it, of a line or of the whole."""

withhold_entry = table(
    "withhold_entry",
    own_id(), ref("contract_id"), ref("invoice_id"), words("kind"), words("reason"),
    words("reference", default=""), money("amount"), words("remark", default=""), ref("entered_by"),
    Column("entered_on", Date, nullable=False), at(), ref("receivable_entry_id", nullable=True),
    CheckConstraint("kind IN ('withheld', 'returned', 'conceded')", name="kind"),
    CheckConstraint("(kind = 'withheld') = (amount > 0) AND amount <> 0", name="signs"),
    CheckConstraint("(kind = 'conceded') = (receivable_entry_id IS NULL)", name="posted"),
    UniqueConstraint("firm_id", "receivable_entry_id"),
    Index(None, "firm_id", "contract_id"), Index(None, "firm_id", "invoice_id"),
    finite("amount"),
    to("contract", "contract_id"), to("invoice", "invoice_id"), to("person", "entered_by"),
    to("receivable_entry", "receivable_entry_id"),
)  # fmt: skip
"""What a client keeps back of a payment besides retainage, pays after all, or is let keep."""

lien_waiver = table(
    "lien_waiver",
    own_id(), ref("contract_id"), ref("invoice_id"), words("form"), money("amount"), Column("through", Date),
    ref("given_by"), Column("given_on", Date, nullable=False), at(),
    CheckConstraint(
        "form IN ('conditional_progress', 'unconditional_progress', 'conditional_final',"
        " 'unconditional_final')",
        name="form",
    ),
    CheckConstraint("(form LIKE '%\\_final') = (through IS NULL)", name="through"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "firm_id", "invoice_id"),
    finite("amount"),
    to("contract", "contract_id"), to("invoice", "invoice_id"), to("person", "given_by"),
)  # fmt: skip
"""A lien waiver that the firm gives with an application, or once it is paid; the last one counts."""
