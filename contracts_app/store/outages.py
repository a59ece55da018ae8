"""Outages and defects: what waiting mends, and what only a person mends."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_CLASSES = frozenset({"08", "40", "53", "57", "58"})
"""SQLSTATE classes: connection, transaction rolled back (serialization, deadlock), out of resources, operator
intervention (shutdown, cancelled), system error."""
_STATES = frozenset({"25006", "25P03", "25P04", "55P03"})
"""Read-only (a standby that is being promoted), time limits of a transaction, lock not available."""


def is_outage(error: BaseException) -> bool:
    """Whether the same work may succeed later though nobody mends anything.

    The database or the way to it failed, or it asked for another try. All else (a constraint, data that do
    not fit, a statement or code that is wrong) is a defect.
    """
    match error:
        case DBAPIError():
            return error.connection_invalidated or (error.orig is not None and is_outage(error.orig))
        case psycopg.Error(sqlstate=None):
            # It never reached the server, or did not hear its answer.
            return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        case psycopg.Error(sqlstate=str(state)):
            return state[:2] in _CLASSES or state in _STATES
        case PoolTimeout() | DisconnectionError() | ConnectionError() | TimeoutError():
            return True
        case _:
            return False


def of_the_database(error: BaseException) -> bool:
    """Whether the database or the way to it failed, for whatever reason."""
    return isinstance(error, SQLAlchemyError | psycopg.Error)


def named(error: BaseException) -> str:
    """What kind of error it is, without any data: `UniqueViolation 23505`, `TypeError`."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(inner).__name__} {getattr(inner, 'sqlstate', None) or ''}".strip()


def constraint_broken(error: BaseException) -> str | None:
    """The name of the constraint that refused a statement; None for any other error."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return inner.diag.constraint_name if isinstance(inner, psycopg.Error) else None
