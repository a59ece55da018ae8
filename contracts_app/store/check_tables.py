"""What the checks of a firm's books found, and who was told of it. Written once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, table, to, words

book_check = table(
    "book_check",
    own_id(), at("begun_at"), at("ended_at"), Column("business_date", Date, nullable=False),
    Column("holds", Boolean, nullable=False), Column("quiet", Boolean, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("seq", BigInteger, nullable=False), Column("hash", LargeBinary, nullable=False),
    Column("checkpoints", Integer, nullable=False), words("checkpoint", nullable=True),
    ref("asked_by", nullable=True), Index(None, "firm_id", "ended_at"), to("person", "asked_by"),
)  # fmt: skip
"""`report`: each invariant with its count, and a sentence for each example. `quiet`: nothing was due, so that
all invariants were checked. `seq`, `hash`: where the log stood. `checkpoints`: how many it was held against;
`checkpoint`: the note that was signed at this check."""

book_check_letter = table(
    "book_check_letter",
    ref("check_id"), ref("person_id"), words("recipient"), words("message_id"), at("sent_at"),
    words("smtp_reply"),
    to("book_check", "check_id"), to("person", "person_id"), key=("check_id", "person_id"),
)  # fmt: skip
"""To whom the result went, and what his mail server answered."""
