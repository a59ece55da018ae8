"""What every request handler works with: the settings, the database engine, the Temporal client."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict, State
from litestar.exceptions import ClientException
from sqlalchemy import Engine
from temporalio.client import Client

from contracts_app.services.sign_in import Identity
from contracts_app.settings import Settings
from contracts_app.temporal import connect
from contracts_app.web.parsing_places import ParsingPlaces

CONNECT_LIMIT = 5.0
"""Seconds to wait for Temporal before the caller hears that it is unavailable."""
PASSWORDS_AT_ONCE = 4
"""Argon2 takes 64 MiB each: more people than this signing in at once wait for each other."""

Connection = ASGIConnection[object, Identity | None, None, State]


class HttpRequest(Request[Identity | None, None, State]):
    """A request whose form can be read, or is its sender's error."""

    async def form(self) -> FormMultiDict:
        """The form's fields. Raises ClientException for text in no known encoding."""
        try:
            return await super().form()
        except (UnicodeDecodeError, LookupError) as error:
            raise ClientException("The form is in no known encoding.") from error


class TemporalNotReached(Exception):
    """Temporal could not be reached, so a command could not be handed over."""


class TemporalDoor:
    """The Temporal client, connected when first needed and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.loop: asyncio.AbstractEventLoop | None = None
        """Where the client answers: the application's own, as soon as it runs."""
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    @property
    def client_if_connected(self) -> Client | None:
        """The client, or None as long as nobody needed it or it could not be reached."""
        return self._client

    async def client(self) -> Client:
        """The client. Raises `TemporalNotReached`."""
        if self._client is None:
            async with self._connecting:
                if self._client is None:
                    try:
                        async with asyncio.timeout(CONNECT_LIMIT):
                            self._client = await connect(self._settings)
                    except (RuntimeError, TimeoutError) as error:
                        raise TemporalNotReached(str(error)) from error
        return self._client


@dataclass(frozen=True)
class Parts:
    """One per process, in the application's state."""

    settings: Settings
    engine: Engine
    temporal: TemporalDoor
    passwords: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PASSWORDS_AT_ONCE))
    reading: ParsingPlaces = field(default_factory=ParsingPlaces)


def parts_of(connection: Connection | HttpRequest) -> Parts:
    """The parts of the application that this request came to."""
    parts: Parts = connection.app.state["parts"]
    return parts


def identity_of(connection: Connection | HttpRequest) -> Identity:
    """Who makes the request. Only behind the guard: an anonymous request is a programming error here."""
    identity: Identity | None = connection.scope.get("user")
    if identity is None:
        raise LookupError("a route that needs a person is declared public")
    return identity
