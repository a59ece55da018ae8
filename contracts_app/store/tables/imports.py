"""Files, and what came in with them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import QUANTITY, at, finite, money, own_id, ref, states, table, to, words

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
    # How far it is posted, by whom, and what it added to the contract's project names.
    ref("posted_by", nullable=True), Column("rows_to_post", Integer), Column("rows_posted", Integer),
    Column("projects_added", JSONB, nullable=False, server_default="[]"),
    # What the contract was when the file was read: once it is something else, the file is read again.
    words("seen", nullable=True),
    # The file for many contracts that it is a part of.
    ref("parent_id", nullable=True),
    *states("received", "needs_decision", "ready", "posting", "posted", "refused", "withdrawn", "undoing",
        "undone", "to_distribute", "distributed"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    CheckConstraint("rows_posted BETWEEN 0 AND rows_to_post", name="progress"),
    to("contract", "contract_id"), to("person", "uploaded_by"), to("person", "posted_by"),
    to("import_file", "parent_id"), Index(None, "firm_id", "parent_id"),
)  # fmt: skip
staged_row = table(
    "staged_row",
    ref("import_id"), Column("position", Integer, nullable=False), Column("entry", JSONB, nullable=False),
    to("import_file", "import_id"),
    key=("import_id", "position"),
)  # fmt: skip
"""A new row of a file that was read, in the file's order, until it is posted: posting moves it on."""
row_to_mend = table(
    "row_to_mend",
    ref("import_id"), Column("position", Integer, nullable=False), words("sheet"),
    Column("row_number", Integer, nullable=False), Column("cells", JSONB, nullable=False),
    Column("problems", JSONB, nullable=False),
    Column("said", JSONB, nullable=False, server_default=text("'{}'")),
    to("import_file", "import_id"),
    key=("import_id", "position"),
)  # fmt: skip
"""A row with something wrong of its own, or mended already, as the last reading saw it; `said` has what the
file itself says in the cells that were mended."""
mended_cell = table(
    "mended_cell",
    ref("import_id"), words("sheet"), Column("row_number", Integer, nullable=False), words("letters"),
    words("was"), words("became"), ref("mended_by"), at("mended_at"),
    to("import_file", "import_id"), to("person", "mended_by"),
    CheckConstraint("was <> became", name="mended"),
    key=("import_id", "sheet", "row_number", "letters"),
)  # fmt: skip
"""What a cell of a file is to be read as, who said so and when. The file itself never changes."""
imported_row = table(
    "imported_row",
    ref("contract_id"), words("kind"), words("external_id"), words("content_key"),
    Column("content", JSONB, nullable=False), Column("source", JSONB, nullable=False), ref("import_id"),
    to("contract", "contract_id"), to("import_file", "import_id"),
    Index(None, "firm_id", "import_id"),
    key=("contract_id", "kind", "external_id"),
)  # fmt: skip
"""What a posted row said and where it stood (file, sheet, row, cells): the identity that keeps a row from
coming in twice, and the way back from a figure to a cell."""
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
    Index(None, "firm_id", "contract_id", "work_date"), Index(None, "firm_id", "import_id"),
    CheckConstraint("kind IN ('labour', 'delivery')", name="kind"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"),
)  # fmt: skip
