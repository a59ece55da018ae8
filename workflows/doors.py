"""The doors to the processes: give a command, start a process. Used by web, command line and tests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts_app.domain.billing.billing_runs import StartBillingRun
from contracts_app.domain.commands.contract_commands import OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.import_commands import (
    DistributeImport,
    PostParts,
    UndoImport,
    UndoParts,
)
from contracts_app.domain.commands.mending_commands import MendImport
from contracts_app.domain.commands.routes import process_of
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused
from contracts_app.services.defects import end_as_defect
from contracts_app.services.performing import perform_without_process
from contracts_app.store import processes
from contracts_app.store.outages import is_outage, named
from contracts_app.store.transaction import Origin, reading
from workflows.book_checks import Asked
from workflows.process import MISDIRECTED, Progress

ANSWER_WITHIN = timedelta(seconds=20)
"""How long a caller waits for the answer of a command before he is told to ask again with the same key."""
WOKEN_WITHIN = timedelta(seconds=5)
"""How long a process is tried to be woken."""
_NOT_TAKEN = frozenset({"AcceptedUpdateCompletedWorkflow", MISDIRECTED})
"""The process finished while the command was on its way in, or it is another firm's."""

_AGAIN = (UndoImport, DistributeImport, PostParts, UndoParts, MendImport)
"""Commands on files whose process has finished."""

_log = logging.getLogger(__name__)


class Unavailable(Exception):
    """Temporal or its workers did not answer: the outcome is unknown, retry with the same key."""


class Doors:
    """Temporal and the database, as a process that gives commands needs them."""

    def __init__(self, client: Client, engine: Engine, task_queue: str) -> None:
        self._client = client
        self._engine = engine
        self._task_queue = task_queue

    async def give(self, command: Command) -> Outcome:
        """Give a command to its process and wait for the outcome; a refusal is an outcome.

        Raises Unavailable when no answer came in time; the same command may then be given again.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                return await self._give(command)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise Unavailable("No answer in time: the outcome is unknown, retry with the same key.") from None
        except RPCError as error:
            raise Unavailable(
                f"Temporal is not available ({error.status.name}): retry with the same key."
            ) from None

    async def _give(self, command: Command) -> Outcome:
        try:
            return await self._through_process(command)
        except WorkflowUpdateFailedError as failed:
            if not isinstance(failed.cause, ApplicationError) or failed.cause.type not in _NOT_TAKEN:
                raise
            return await asyncio.to_thread(self._without_process, command)

    def _without_process(self, command: Command) -> Outcome:
        try:
            return perform_without_process(self._engine, command)
        except Refused:
            raise  # there is not even such a firm
        except Exception as error:
            if is_outage(error):
                raise
            reference = token_hex(5)
            _log.warning("defect %s: %s failed", reference, command.body.command, exc_info=True)
            return end_as_defect(self._engine, command, Origin(), reference, named(error))

    async def _through_process(self, command: Command) -> Outcome:
        subject, subject_id = process_of(command)
        if isinstance(command.body, OpenContract | StartBillingRun):
            return await self._open_with(command, subject, subject_id)
        if isinstance(command.body, _AGAIN) and await asyncio.to_thread(
            self._is_known, command.firm_id, subject, subject_id
        ):
            # The process of a file that is posted or distributed has finished: one more carries the command.
            return await self._open_with(
                command, subject, subject_id, again=WorkflowIDReusePolicy.ALLOW_DUPLICATE
            )
        # A workflow is named by its subject alone, so whose it is must be known before a command goes there:
        # nobody fills the history of another firm's process.
        if not await asyncio.to_thread(self._is_open, command.firm_id, subject, subject_id):
            return await asyncio.to_thread(self._without_process, command)
        try:
            return await self._update(command, subject, subject_id)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        await self.open_process(command.firm_id, subject, subject_id)
        return await self._update(command, subject, subject_id)

    async def _update(self, command: Command, subject: Subject, subject_id: UUID) -> Outcome:
        handle = self._client.get_workflow_handle(process_name(subject, subject_id))
        outcome: Outcome = await handle.execute_update(
            "command", command, id=command.update_id, result_type=Outcome, rpc_timeout=ANSWER_WITHIN
        )
        return outcome

    async def _open_with(
        self,
        command: Command,
        subject: Subject,
        subject_id: UUID,
        again: WorkflowIDReusePolicy = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    ) -> Outcome:
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            subject.value,
            Progress(firm_id=command.firm_id, subject=subject, subject_id=subject_id, opening=True),
            id=process_name(subject, subject_id),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=again,
        )
        try:
            outcome: Outcome = await self._client.execute_update_with_start_workflow(
                "command",
                command,
                id=command.update_id,
                result_type=Outcome,
                start_workflow_operation=start,
                rpc_timeout=ANSWER_WITHIN,
            )
            return outcome
        except WorkflowAlreadyStartedError:
            return await asyncio.to_thread(self._without_process, command)

    def _is_open(self, firm_id: UUID, subject: Subject, subject_id: UUID) -> bool:
        with reading(self._engine, firm_id) as connection:
            return processes.is_open(connection, firm_id, subject, subject_id)

    def _is_known(self, firm_id: UUID, subject: Subject, subject_id: UUID) -> bool:
        with reading(self._engine, firm_id) as connection:
            return processes.find(connection, firm_id, subject, subject_id) is not None

    async def open_process(self, firm_id: UUID, subject: Subject, subject_id: UUID) -> None:
        """Start the workflow of a record that exists; one that runs or has run is left alone.

        Raises Unavailable; the sweep then starts it later.
        """
        try:
            await self._client.start_workflow(
                subject.value,
                Progress(firm_id=firm_id, subject=subject, subject_id=subject_id),
                id=process_name(subject, subject_id),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=ANSWER_WITHIN,
            )
        except RPCError as error:
            raise Unavailable(f"Temporal is not available ({error.status.name}).") from None

    async def wake(self, names: Sequence[str]) -> None:
        """Let these processes look at the facts again, after a command that no workflow carried.

        One that has finished has nothing to wake for; one that is not reached looks at its next own step.
        """
        await asyncio.gather(*(self._wake(name) for name in names))

    async def _wake(self, name: str) -> None:
        try:
            await self._client.get_workflow_handle(name).signal("wake", rpc_timeout=WOKEN_WITHIN)
        except RPCError as error:
            _log.info("%s was not woken: %s", name, error.status.name)

    async def check_books(self, asked: Asked) -> None:
        """Start a check of a firm's books; once per check. Raises Unavailable."""
        try:
            await self._client.start_workflow(
                "check-books",
                asked,
                id=f"check-books/{asked.firm_id}/{asked.check_id}",
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                rpc_timeout=ANSWER_WITHIN,
            )
        except WorkflowAlreadyStartedError:
            _log.info("check %s was made already", asked.check_id)
        except RPCError as error:
            raise Unavailable(f"Temporal is not available ({error.status.name}).") from None
