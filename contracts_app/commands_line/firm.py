"""The firm that a command is about, and a read-only look into its books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from contracts_app.commands_line.outcome import RefusedByRule, Unavailable
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

OfFirm = Annotated[
    str, typer.Option("--firm", help="Name or id of the firm; needed where the installation has several.")
]


@contextmanager
def books(of_firm: str) -> Iterator[tuple[Connection, UUID]]:
    """A read-only snapshot of the firm's rows, as the application's role sees them.

    Raises Unavailable when the database does not answer, RefusedByRule for what a rule refuses inside.
    """
    from sqlalchemy.exc import OperationalError  # the product: only when asked for

    from contracts_app.domain.refusals import Refused
    from contracts_app.store.transaction import open_engine, reading
    from contracts_app.store.views import named

    engine = open_engine(Settings().database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            firm_id = _chosen(named.firms(connection), of_firm)
        with reading(engine, firm_id) as connection:
            yield connection, firm_id
    except OperationalError as error:
        raise Unavailable(f"The database does not answer: {error.orig}") from None
    except Refused as refused:
        raise RefusedByRule(refused.sentence) from None
    finally:
        engine.dispose()


def _chosen(firms: Mapping[UUID, str], said: str) -> UUID:
    meant = [known for known, name in firms.items() if not said or said in (str(known), name)]
    if len(meant) == 1:
        return meant[0]
    if not firms:
        raise RefusedByRule("There is no firm in this installation yet.")
    names = "; ".join(f"{name} ({known})" for known, name in firms.items())
    raise typer.BadParameter(f"Say which firm: {names}", param_hint="--firm")
