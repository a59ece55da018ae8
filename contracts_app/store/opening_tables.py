"""Tables of openings: where contracts stood when their billing moved here."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Integer

from contracts_app.store.columns import finite, money, ref, table, to

opening = table(
    "opening",
    ref("contract_id"), Column("application_no", Integer, nullable=False),
    Column("period_to", Date, nullable=False), money("line4"), money("line6"), money("paid", nullable=True),
    ref("import_id"), Column("entered_on", Date, nullable=False),
    CheckConstraint("application_no BETWEEN 1 AND 9998", name="application_no"),
    CheckConstraint("line4 >= 0 AND line6 >= 0", name="amounts"),
    finite("line4", "line6", "paid"),
    to("contract", "contract_id"), to("import_file", "import_id"),
    key=("contract_id",),
)  # fmt: skip
"""The last application of the former system; `paid` is what the client had paid by then, where known."""
opening_line = table(
    "opening_line",
    ref("contract_id"), ref("sov_line_id"), money("completed"), money("stored"), money("withheld"),
    ref("import_id"),
    finite("completed", "stored", "withheld"),
    ForeignKeyConstraint(["firm_id", "contract_id"], ["opening.firm_id", "opening.contract_id"]),
    to("sov_line", "sov_line_id"),
    to("import_file", "import_id"),
    key=("contract_id", "sov_line_id"),
)  # fmt: skip
