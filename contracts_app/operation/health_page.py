"""`/health/live` and `/health/ready` for a process that serves nothing else."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType

from contracts_app import __version__
from contracts_app.operation.addresses import split
from contracts_app.operation.health import ReadinessCheck


class HealthPage:
    """A small HTTP/1.1 server on its own address: two routes, GET, one answer a connection."""

    def __init__(self, address: str, check: ReadinessCheck) -> None:
        self._address = address
        self._check = check
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> HealthPage:
        host, port = split(self._address)
        self._server = await asyncio.start_server(self._answer, host, port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                request = (await reader.readline()).decode("latin-1").split(" ")
                while (await reader.readline()).strip():
                    continue
                status, body = await self._page(request[1] if len(request) > 1 else "")
                data = json.dumps(body).encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
                    "Connection: close\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        except (TimeoutError, ConnectionError):
            return  # whoever asked has gone
        finally:
            writer.close()

    async def _page(self, path: str) -> tuple[str, dict[str, object]]:
        if path == "/health/live":
            return "200 OK", {"live": True, "version": __version__}
        if path == "/health/ready":
            readiness = await self._check()
            return ("200 OK" if readiness.ready else "503 Service Unavailable"), readiness.as_json()
        return "404 Not Found", {"status": 404}
