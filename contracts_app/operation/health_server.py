"""A small HTTP server with the two health pages, for a process that serves nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from contracts_app.operation.addresses import split
from contracts_app.operation.health import ReadinessCheck

_REQUEST_LIMIT = 8192
_PATIENCE = 5.0


@asynccontextmanager
async def serve(
    address: str, ready: ReadinessCheck, facts: Callable[[], Mapping[str, str]]
) -> AsyncIterator[None]:
    """Serve `/health/live` and `/health/ready` at `host:port` as long as the block runs.

    `facts` (`version`, `build`) are told by `/health/live`, which asks nobody. Raises `OSError` when the
    address is taken.
    """

    async def answer(path: str) -> tuple[HTTPStatus, Mapping[str, object]]:
        match path:
            case "/health/live":
                return HTTPStatus.OK, {"live": True, **facts()}
            case "/health/ready":
                readiness = await ready()
                status = HTTPStatus.OK if readiness.ready else HTTPStatus.SERVICE_UNAVAILABLE
                return status, readiness.as_json()
            case _:
                return HTTPStatus.NOT_FOUND, {"title": "No such page"}

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                if len(words) == 3 and words[0] in ("GET", "HEAD"):
                    status, body = await answer(words[1].partition("?")[0])
                else:
                    status, body = HTTPStatus.METHOD_NOT_ALLOWED, {"title": "Only GET"}
                writer.write(_message(status, body, with_body=words[0] != "HEAD"))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # whoever asked left, or sent no request: there is nobody to answer
        finally:
            writer.close()

    host, port = split(address)
    server = await asyncio.start_server(converse, host, port, limit=_REQUEST_LIMIT)
    async with server:
        yield


def _message(status: HTTPStatus, body: Mapping[str, object], *, with_body: bool) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + (text if with_body else b"")
