"""Rows of files that belong to no contract: what they said and what they became."""

from __future__ import annotations

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import ref, table, to, words

imported_client = table(
    "imported_client",
    words("external_id"), ref("client_id"), words("content_key"), Column("content", JSONB, nullable=False),
    Column("source", JSONB, nullable=False), ref("import_id"),
    to("client", "client_id"), to("import_file", "import_id"),
    key=("external_id",),
)  # fmt: skip
"""Which row of which file a client came from, so that it does not come in twice."""

imported_of_firm = table(
    "imported_of_firm",
    words("kind"), words("external_id"), words("content_key"), Column("content", JSONB, nullable=False),
    Column("source", JSONB, nullable=False), ref("import_id"),
    to("import_file", "import_id"),
    Index(None, "firm_id", "import_id"),
    key=("kind", "external_id"),
)  # fmt: skip
"""Rows of files that were taken into no contract and became something else than clients: their identity and
their cells, as `imported_row` has them of contracts."""
