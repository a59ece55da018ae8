"""What every process does: take commands, do the next automatic step, else wait; start again now and then.

A workflow holds no business fact. It asks what is next whenever it wakes, so it goes on from its record in
any state, after any crash, and after starting again as new.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from contracts_app.domain.commands import Command, Outcome, Subject, process_named, process_of

FOR_EVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=10),
)
"""Reads and decisions of the database: tried until it is back."""
THEN_PARK = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=10,
)
"""Automatic steps: after these tries (about three minutes) a person sees them parked."""
MISDIRECTED = "Misdirected"
"""Type of the failure of a command that came to another process than its own."""
COMMAND_SECONDS = timedelta(seconds=60)
STEP_SECONDS = timedelta(seconds=180)
SILENCE = timedelta(seconds=10)
"""An activity without a heartbeat for so long has lost its worker and is given to another one."""


class Progress(BaseModel):
    """What a run starts from. `opening`: the first command brings the record into being."""

    model_config = ConfigDict(frozen=True)
    firm_id: UUID
    subject: Subject
    subject_id: UUID
    opening: bool = False


class NextStep(BaseModel):
    """An activity's answer: what is next, and for how many seconds to wait."""

    model_config = ConfigDict(frozen=True)
    kind: str
    step: str = ""
    sentence: str = ""
    seconds: float | None = None


class Performed(BaseModel):
    """A command on its way into the database, with the workflow that carries it."""

    model_config = ConfigDict(frozen=True)
    command: Command
    workflow_id: str
    run_id: str
    update_id: str | None = None


class StepOf(BaseModel):
    """A step of a subject, with the reason when it is parked."""

    model_config = ConfigDict(frozen=True)
    firm_id: UUID
    subject: Subject
    subject_id: UUID
    step: str = ""
    reason: str = ""


class Process:
    """The common life. A subclass says how many commands make a good moment to start again as new."""

    @workflow.init
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._woken = False
        self._answered = 0
        self._opened = False
        self._period_ended = False
        self._sentence = "It has just started."

    @workflow.update(name="command")
    async def command(self, command: Command) -> Outcome:
        """Do a command in one transaction, start what it brought into being, wake whom it concerns."""
        outcome: Outcome = await workflow.execute_activity(
            "perform",
            Performed(
                command=command,
                workflow_id=workflow.info().workflow_id,
                run_id=workflow.info().run_id,
                update_id=_update_id(),
            ),
            result_type=Outcome,
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        for name in outcome.start:
            await self._start(command.firm_id, name)
        for name in outcome.wake:
            await self._wake_other(name)
        self._opened = self._opened or outcome.done
        self._period_ended = self._period_ended or (outcome.done and self.ends_period(command))
        self._answered += 1
        self._woken = True
        return outcome

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
        """Why the process waits, as it last knew; for operators."""
        return self._sentence

    def ends_period(self, command: Command) -> bool:
        """Whether this command ends a period of the process, a good moment to start again as new."""
        return False

    async def live(self, progress: Progress) -> None:
        """Go on until the record is final."""
        if progress.opening:
            # Of two openings with one key the refused one may be answered first: wait for both.
            await workflow.wait_condition(
                lambda: self._opened or (self._answered > 0 and workflow.all_handlers_finished())
            )
            if not self._opened:
                return
        while True:
            self._woken = False
            following = await self._next(progress)
            self._sentence = following.sentence
            if following.kind == "finished":
                await workflow.wait_condition(workflow.all_handlers_finished)
                return
            if following.kind == "do":
                await self._do(progress, following.step)
                continue
            await self._wait(following.seconds)
            if self._period_ended or workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(progress.model_copy(update={"opening": False}))

    async def _wait(self, seconds: float | None) -> None:
        timeout = None if seconds is None else timedelta(seconds=seconds)
        try:
            await workflow.wait_condition(lambda: self._woken, timeout=timeout)
        except TimeoutError:
            self._woken = True  # the deadline has come

    async def _next(self, progress: Progress) -> NextStep:
        following: NextStep = await workflow.execute_activity(
            "decide_next",
            _step_of(progress),
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
                _step_of(progress, step),
                start_to_close_timeout=STEP_SECONDS,
                heartbeat_timeout=SILENCE,
                retry_policy=THEN_PARK,
            )
        except ActivityError as error:
            reason = str(error.cause or error)
            workflow.logger.warning("parked %s: %s", step, reason)
            await workflow.execute_activity(
                "park",
                _step_of(progress, step, reason),
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


def _step_of(progress: Progress, step: str = "", reason: str = "") -> StepOf:
    return StepOf(
        firm_id=progress.firm_id,
        subject=progress.subject,
        subject_id=progress.subject_id,
        step=step,
        reason=reason[:2000],
    )


def _update_id() -> str | None:
    info = workflow.current_update_info()
    return info.id if info else None
