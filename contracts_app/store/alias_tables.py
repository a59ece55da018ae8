"""What people of a firm have chosen that names in files mean."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, text

from contracts_app.store.columns import at, own_id, ref, table, to, words

alias = table(
    "alias",
    own_id(), words("kind"), ref("contract_id", nullable=True), words("folded"), words("written"),
    words("means"), ref("chosen_by"), at("chosen_at"), ref("import_id"),
    words("withdrawn_because", nullable=True), ref("withdrawn_by", nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("kind IN ('person', 'task', 'sov_line', 'cost_code', 'client')", name="kind"),
    CheckConstraint("(withdrawn_because IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
    Index(
        "uq_alias_folded", "firm_id", "kind", "contract_id", "folded", unique=True,
        postgresql_where=text("withdrawn_because IS NULL"), postgresql_nulls_not_distinct=True,
    ),
    to("contract", "contract_id"), to("person", "chosen_by"), to("person", "withdrawn_by"),
    to("import_file", "import_id"),
)  # fmt: skip
"""As written, and what it means: a name, or the id of a line of that contract; empty for "as written". Lines,
cost codes and tasks are a contract's own, people and clients the firm's."""
