"""Signs of life of running activities: what a killed worker held is tried again within seconds."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

EVERY = 3.0
"""Seconds between two signs; `process.SILENCE` is when the server stops waiting for one."""


class Heartbeats(Interceptor):
    """Beats for each activity from the worker's event loop, while a thread does the work.

    It says that the worker lives, not that the activity gets on: for that there is its time limit.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Called once for each activity execution."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        # `activity.heartbeat` of a synchronous activity is for its thread: called here it would block the
        # event loop.
        self._outbound = outbound
        super().init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        beating = asyncio.create_task(self._beat())
        try:
            return await self.next.execute_activity(input)
        finally:
            beating.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self._outbound.heartbeat()
