"""Holidays of a firm."""

from __future__ import annotations

from sqlalchemy import Column, Date

from contracts_app.store.columns import ref, table, to, words

holiday = table(
    "holiday",
    Column("day", Date, nullable=False), words("name"), ref("entered_by"),
    to("person", "entered_by"),
    key=("day",),
)  # fmt: skip
"""A day on which the firm does not work, besides Saturdays and Sundays."""
