"""Bare tables: the product's columns, checks, indexes and foreign keys, without row-level security, triggers
and audit. What a baseline writes into."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import psycopg
from psycopg import sql

from contracts_app.operation.installation import APPLICATION_ROLE

SCHEMA = "bare"


def make_tables(owner_url: str, tables: Collection[str]) -> None:
    """Copies of the product's tables in a schema of their own; references among them stay among them."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
        for table in tables:
            statement = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)")
            connection.execute(statement.format(sql.Identifier(SCHEMA, table), sql.Identifier(table)))
        for table in tables:
            found = connection.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = 'f'",
                [f"public.{table}"],
            ).fetchall()
            for name, definition in found:
                for other in tables:
                    definition = definition.replace(f"REFERENCES {other}(", f"REFERENCES {SCHEMA}.{other}(")
                connection.execute(
                    sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                        sql.Identifier(SCHEMA, table), sql.Identifier(name), sql.SQL(definition)
                    )
                )
        connection.execute(
            sql.SQL(
                "GRANT USAGE ON SCHEMA {schema} TO {role};"
                "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {role}"
            ).format(schema=sql.Identifier(SCHEMA), role=sql.Identifier(APPLICATION_ROLE))
        )


def of_firm(url: str, firm_id: UUID) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that sees this firm's rows."""
    connection = psycopg.connect(url, options="-c timezone=UTC")
    connection.execute("SELECT set_config('app.firm', %s, false)", [str(firm_id)])
    connection.commit()
    return connection
