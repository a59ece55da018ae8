"""What every process does: take commands, do the next automatic step, else wait; start again now and then.

A workflow holds no business fact. It asks what is next whenever it wakes, so it goes on from its record in
any state, after any crash, and after starting again as new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from contracts_app.domain.commands.envelope import Outcome
    from contracts_app.domain.commands.every_command import Command
    from contracts_app.domain.commands.routes import process_of
    from contracts_app.domain.commands.subjects import Subject, process_named
    from contracts_app.search_attributes import CONTRACT_ID, STAGE
    from contracts_app.settings import files_queue, papers_queue

FOR_EVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=10),
)
"""Reads and decisions of the database: tried until it is back."""
DEFECT = "Defect"
"""Type of the failure of a command that no waiting mends."""
DEFECT_PAUSES = [timedelta(seconds=seconds) for seconds in (0.5, 1, 2, 4)]
"""Between the tries of a command that met a defect (it may be a chance meeting of two commands); after the
last one it ends as a refusal, while its caller still waits."""
THEN_PARK = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=10,
)
"""Automatic steps: after these tries (about three minutes) a person sees them parked."""
MISDIRECTED = "Misdirected"
"""Type of the failure of a command that came to another process than its own."""
OPENED_AGAIN_WITHIN = timedelta(hours=1)
"""How long a process whose opening met a defect waits for it to come again."""
RUNS_AGAIN = timedelta(minutes=10), timedelta(days=1)
"""Between the tries to begin a month's billing run that another run keeps from beginning, and in all."""
AT_ONCE = 500
"""Signals and starts on their way; Temporal lets a workflow have 2,000."""
COMMAND_SECONDS = timedelta(seconds=60)
STEP_SECONDS = timedelta(seconds=180)
SILENCE = timedelta(seconds=10)
"""An activity without a heartbeat for so long has lost its worker and is given to another one."""
ON_PAPER = frozenset(
    {
        "archive_histories",
        "ask_approvers",
        "check_books",
        "make_documents",
        "make_notice",
        "make_pencil",
        "make_receipts",
        "make_reminder",
        "deliver",
        "draft_chunk",
        "tell_of_check",
        "remind_approvers",
        "tell_overdue",
    }
)
"""Steps that take seconds, or as long as a mail server likes: they wait in a task queue of their own."""
ON_FILES = frozenset({"analyse_import", "post_chunk"})
"""Reading and posting a file takes seconds too, but somebody waits for it: not behind the papers of a whole
firm."""


class Progress(BaseModel):
    """What a run starts from. `opening`: the first command brings the record into being; `opening_failed`: it
    met a defect in the run before.
    """

    model_config = ConfigDict(frozen=True)
    firm_id: UUID
    subject: Subject
    subject_id: UUID
    opening: bool = False
    opening_failed: bool = False


class NextStep(BaseModel):
    """An activity's answer: what is next, and for how many seconds to wait."""

    model_config = ConfigDict(frozen=True)
    kind: str
    step: str = ""
    for_role: str = ""
    sentence: str = ""
    seconds: float | None = None
    contract_id: UUID | None = None

    @property
    def stage(self) -> str:
        """Where the process stands, in a word: `deliver`, `waits for client`, `finished`."""
        return self.step or (f"waits for {self.for_role}" if self.for_role else self.kind)


class Performed(BaseModel):
    """A command on its way into the database, with the workflow that carries it."""

    model_config = ConfigDict(frozen=True)
    command: Command
    workflow_id: str
    run_id: str
    update_id: str | None = None


class Defective(BaseModel):
    """A command that met a defect at every try: what kind of error it was."""

    model_config = ConfigDict(frozen=True)
    performed: Performed
    cause: str


class StepOf(BaseModel):
    """A step of a subject, with the reason when it is parked.

    `of_unknown_contract`: the answer shall say to which contract the subject belongs.
    """

    model_config = ConfigDict(frozen=True)
    firm_id: UUID
    subject: Subject
    subject_id: UUID
    step: str = ""
    reason: str = ""
    of_unknown_contract: bool = False


class Process:
    """The common life. A subclass says how many commands make a good moment to start again as new."""

    command_within: ClassVar[timedelta] = COMMAND_SECONDS
    """How long a command may take; a lost worker is found by its silence."""
    step_within: ClassVar[timedelta] = STEP_SECONDS
    """The same of an automatic step."""

    @workflow.init
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._woken = False
        self._answered = 0
        self._opened = False
        self._met_defect = False
        self._period_ended = False
        self._telling: list[asyncio.Task[None]] = []
        self._sentence = "It has just started."

    @workflow.update(name="command")
    async def command(self, command: Command) -> Outcome:
        """Do a command in one transaction and start what it brought into being.

        Whom it concerns is woken while the answer is on its way: a moved calendar concerns a whole firm.
        """
        outcome = await self._perform(
            Performed(
                command=command,
                workflow_id=workflow.info().workflow_id,
                run_id=workflow.info().run_id,
                update_id=_update_id(),
            )
        )
        await _together([self._start(command.firm_id, name) for name in outcome.start])
        self._tell(outcome.wake)
        self._opened = self._opened or outcome.done
        self._period_ended = self._period_ended or (outcome.done and self.ends_period(command))
        self._answered += 1
        self._woken = True
        return outcome

    async def _perform(self, performed: Performed) -> Outcome:
        """The outcome of the command: an outage is waited for, a defect ends as a refusal."""
        tried, cause = 0, ""
        while tried <= len(DEFECT_PAUSES):
            try:
                outcome: Outcome = await workflow.execute_activity(
                    "perform",
                    performed,
                    result_type=Outcome,
                    start_to_close_timeout=self.command_within,
                    heartbeat_timeout=SILENCE,
                    retry_policy=FOR_EVER,
                )
                return outcome
            except ActivityError as error:
                if not isinstance(error.cause, ApplicationError) or error.cause.type != DEFECT:
                    raise
                cause = error.cause.message
            if tried < len(DEFECT_PAUSES):
                await workflow.sleep(DEFECT_PAUSES[tried])
            tried += 1
        # Temporal answers a repeated command from this run's history: only a new run tries it again.
        self._met_defect = True
        refused: Outcome = await workflow.execute_activity(
            "end_as_defect",
            Defective(performed=performed, cause=cause),
            result_type=Outcome,
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        return refused

    @command.validator
    def _only_its_own(self, command: Command) -> None:
        subject, subject_id = process_of(command)
        name = f"{subject.value}/{subject_id}"
        if name != workflow.info().workflow_id or command.firm_id != self._progress.firm_id:
            raise ApplicationError(
                f"this process is not {name} of that firm", type=MISDIRECTED, non_retryable=True
            )

    @workflow.signal(name="wake")
    def wake(self) -> None:
        """Something that this process may wait for has happened: look at the facts again."""
        self._woken = True

    @workflow.query(name="why")
    def why(self) -> str:
        """Why the process waits, or what it does, as it last knew; for operators."""
        return self._sentence

    def ends_period(self, command: Command) -> bool:
        """Whether this command ends a period of the process, a good moment to start again as new."""
        return False

    async def live(self, progress: Progress) -> None:
        """Go on until the record is final."""
        if progress.opening and not await self._is_opened(progress):
            return
        if progress.subject is Subject.contract:
            _show(progress.subject_id)
        while True:
            self._woken = False
            following = await self._next(progress)
            self._sentence = following.sentence
            _show(following.contract_id, following.stage)
            if following.kind == "finished":
                await self._at_rest()
                return
            if following.kind == "do":
                await self._do(progress, following.step)
                continue
            await self._wait(following.seconds)
            if self._period_ended or self._met_defect or workflow.info().is_continue_as_new_suggested():
                await self._at_rest()
                workflow.continue_as_new(progress.model_copy(update={"opening": False}))

    def _tell(self, names: Sequence[str]) -> None:
        self._telling = [task for task in self._telling if not _is_over(task)]
        if names:
            wakings = [self._wake_other(name) for name in names]
            self._telling.append(asyncio.create_task(_together(wakings)))

    async def _at_rest(self) -> None:
        """Nothing is in hand any more: no command, and nobody left to wake."""
        while self._telling or not workflow.all_handlers_finished():
            await asyncio.gather(*self._telling)
            self._telling = [task for task in self._telling if not _is_over(task)]
            await workflow.wait_condition(workflow.all_handlers_finished)

    async def _is_opened(self, progress: Progress) -> bool:
        """Wait for the command that brings the record into being; whether it did.

        An opening that met a defect may come again, and needs a run that has not heard it: one run more waits
        for it, and fails if it does not come, since only a failed process is opened anew under its key.
        """
        try:
            # Of two openings with one key the refused one may be answered first: wait for both.
            await workflow.wait_condition(
                lambda: self._opened or (self._answered > 0 and workflow.all_handlers_finished()),
                timeout=OPENED_AGAIN_WITHIN if progress.opening_failed else None,
            )
        except TimeoutError:
            raise ApplicationError("its opening met a defect and did not come again", type=DEFECT) from None
        if self._met_defect and not self._opened:
            workflow.continue_as_new(progress.model_copy(update={"opening_failed": True}))
        return self._opened

    async def _wait(self, seconds: float | None) -> None:
        timeout = None if seconds is None else timedelta(seconds=seconds)
        try:
            await workflow.wait_condition(lambda: self._woken, timeout=timeout)
        except TimeoutError:
            self._woken = True  # the deadline has come

    async def _next(self, progress: Progress) -> NextStep:
        following: NextStep = await workflow.execute_activity(
            "decide_next",
            step_of(progress).model_copy(update={"of_unknown_contract": _shown_contract() is None}),
            result_type=NextStep,
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        return following

    async def _do(self, progress: Progress, step: str) -> None:
        try:
            await workflow.execute_activity(
                step,
                step_of(progress, step),
                task_queue=_queue_of(step),
                start_to_close_timeout=self.step_within,
                heartbeat_timeout=SILENCE,
                retry_policy=THEN_PARK,
            )
        except ActivityError as error:
            await self._park(progress, step, error)

    async def _park(self, progress: Progress, step: str, error: ActivityError) -> None:
        reason = str(error.cause or error)
        workflow.logger.warning("parked %s: %s", step, reason)
        await workflow.execute_activity(
            "park",
            step_of(progress, step, reason),
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )

    async def _start(self, firm_id: UUID, name: str) -> None:
        """Start another process; one that runs already (the sweep was quicker) is left alone."""
        subject, subject_id = process_named(name)
        try:
            await workflow.start_child_workflow(
                subject.value,
                Progress(firm_id=firm_id, subject=subject, subject_id=subject_id),
                id=name,
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s runs already", name)

    async def _wake_other(self, name: str) -> None:
        """Wake another process; one that has finished has nothing to wake for."""
        if name == workflow.info().workflow_id:
            return
        try:
            await workflow.get_external_workflow_handle(name).signal("wake")
        except ApplicationError as error:
            workflow.logger.info("%s is not running: %s", name, error)


async def _together(doings: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Start or wake many at once, in one order: one after the other each takes a task of the workflow."""
    for first in range(0, len(doings), AT_ONCE):
        await asyncio.gather(*doings[first : first + AT_ONCE])


def _is_over(task: asyncio.Task[None]) -> bool:
    """Whether the task has come to its end. Raises what it raised."""
    if task.done():
        task.result()
    return task.done()


def _queue_of(step: str) -> str | None:
    """Where a step waits; None with the commands and decisions."""
    own = workflow.info().task_queue
    if step in ON_PAPER:
        return papers_queue(own)
    return files_queue(own) if step in ON_FILES else None


def step_of(progress: Progress, step: str = "", reason: str = "") -> StepOf:
    """What an activity hears about the step that it is to do."""
    return StepOf(
        firm_id=progress.firm_id,
        subject=progress.subject,
        subject_id=progress.subject_id,
        step=step,
        reason=reason[:2000],
    )


def _shown_contract() -> str | None:
    return workflow.info().typed_search_attributes.get(CONTRACT_ID)


def _show(contract_id: UUID | None, stage: str = "") -> None:
    """Let operators find a process by its contract and stage; what has no contract shows neither."""
    contract = str(contract_id) if contract_id else _shown_contract()
    if contract is None:
        return
    shown = workflow.info().typed_search_attributes
    wanted = {CONTRACT_ID: contract} | ({STAGE: stage} if stage else {})
    changed = [key.value_set(value) for key, value in wanted.items() if shown.get(key) != value]
    if changed:
        workflow.upsert_search_attributes(changed)


def _update_id() -> str | None:
    info = workflow.current_update_info()
    return info.id if info else None
