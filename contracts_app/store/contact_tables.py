"""People at clients whom a file told of: whom to call or write to; none of them signs in."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from contracts_app.store.columns import own_id, ref, table, to, words

client_contact = table(
    "client_contact",
    own_id(), ref("client_id"), words("name"), words("email"), words("phone", nullable=True),
    words("title", nullable=True), ref("import_id"), words("external_id"), words("source"),
    UniqueConstraint("firm_id", "client_id", "email"),
    Index(None, "firm_id", "import_id"),
    to("client", "client_id"), to("import_file", "import_id"),
)  # fmt: skip
