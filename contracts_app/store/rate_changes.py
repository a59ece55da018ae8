"""Changes of a firm's rates of tax and of exchange, in turn."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text


def one_at_a_time(connection: Connection, firm_id: UUID) -> None:
    """Let changes of one firm's rates go one after the other until each is through: a rate of tax ends the
    one before it, so two at once would hold on the same days; a day has one rate of exchange."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:firm, 2))"), {"firm": str(firm_id)}
    )
