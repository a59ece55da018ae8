"""Tables that reports alone are made from; no invoice depends on them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

cost_estimate = table(
    "cost_estimate",
    own_id(), ref("contract_id"), Column("as_of", Date, nullable=False),
    money("at_completion"), money("to_date", nullable=True), money("uninstalled"), money("wasted"),
    Column("measure", JSONB, nullable=False), words("remark", default=""),
    ref("entered_by"), Column("entered_on", Date, nullable=False), at(),
    CheckConstraint(
        "at_completion >= 0 AND uninstalled >= 0 AND wasted >= 0 AND to_date BETWEEN 0 AND at_completion",
        name="amounts",
    ),
    CheckConstraint("as_of <= entered_on", name="as_of"),
    Index(None, "firm_id", "contract_id", "as_of"),
    finite("at_completion", "to_date", "uninstalled", "wasted"),
    to("contract", "contract_id"), to("person", "entered_by"),
)  # fmt: skip
"""What a contract will have cost, as estimated on a day; written once."""

BUDGET_AMOUNTS = ("original", "changes", "revised", "at_completion")
budget_line = table(
    "budget_line",
    own_id(), ref("contract_id"), words("line"), Column("edition", Integer, nullable=False),
    Column("position", Integer, nullable=False), words("cost_code"), words("cost_type", nullable=True),
    words("description", nullable=True), *(money(name) for name in BUDGET_AMOUNTS),
    money("committed", nullable=True), money("actual", nullable=True), ref("import_id"), at(),
    UniqueConstraint("firm_id", "contract_id", "line", "edition"), Index(None, "firm_id", "import_id"),
    CheckConstraint("revised = original + changes", name="adds_up"),
    finite(*BUDGET_AMOUNTS, "committed", "actual"),
    to("contract", "contract_id"), to("import_file", "import_id"),
)  # fmt: skip
"""A line of a contract's budget as a file brought it; the last edition of each line holds. Written once."""
