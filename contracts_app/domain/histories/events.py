"""Events of a process's history as people read them, and what an audit entry names of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Event:
    """One event of one run. `kind` is Temporal's name of it, `at` of the clock.

    `name` is the activity, update, signal or process that it is about; `of` the number of the event that
    began what it ends (0: it begins something itself). `key` is the idempotency key of the command that an
    activity carries. `sentence`: what the process waits for from here on, `rings_at`: until when at most.
    """

    run_id: str
    number: int
    at: datetime
    kind: str
    name: str = ""
    of: int = 0
    activity_id: str = ""
    update_id: str = ""
    attempt: int = 0
    key: str = ""
    sentence: str = ""
    rings_at: datetime | None = None


@dataclass(frozen=True)
class Run:
    """One run of a process: events in their order. `wrong`: what is wrong with the record of it.

    `continues`, `continued_by`: the runs before and after it, empty where there is none.
    """

    run_id: str
    events: tuple[Event, ...]
    archived: bool
    continues: str = ""
    continued_by: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """An audit entry that a process wrote: which step of which run, under which key."""

    seq: int
    at: datetime
    action: str
    about: str
    done: bool
    key: str
    run_id: str
    activity_id: str
    update_id: str


class Writes(StrEnum):
    """Whether an activity that ended well has written to the audit log."""

    always = "always"
    at_times = "at times"
    never = "never"


WRITES: Mapping[str, Writes] = {
    "perform": Writes.always,
    "end_as_defect": Writes.always,
    "park": Writes.always,
    "make_documents": Writes.always,
    "make_pencil": Writes.at_times,
    "make_notice": Writes.at_times,
    "tell_overdue": Writes.at_times,
    "remind_approvers": Writes.at_times,
    "make_receipts": Writes.at_times,
    "make_reminder": Writes.at_times,
    "deliver": Writes.at_times,
    "analyse_import": Writes.at_times,
    "post_chunk": Writes.at_times,
    "close_contract": Writes.at_times,
    "draft_chunk": Writes.at_times,
    "end_billing_run": Writes.at_times,
    "decide_next": Writes.never,
    "left_behind": Writes.never,
}
"""Steps of the processes of records. `at times`: one whose work was done, or had become needless, when it
came to it writes nothing."""

DOES: Mapping[str, str] = {
    "perform": "carries out the command",
    "end_as_defect": "refuses the command that met a defect",
    "park": "sets aside the step that failed",
    "decide_next": "looks at what is next",
    "make_documents": "makes the papers",
    "make_pencil": "makes the copy that is shown to the client",
    "make_notice": "writes the notice of a lower certificate",
    "tell_overdue": "writes that the client did not reply in time",
    "remind_approvers": "writes that the approval waits for too long",
    "make_receipts": "writes the receipts of payments",
    "make_reminder": "writes the reminder",
    "deliver": "sends the mail",
    "analyse_import": "reads the file",
    "post_chunk": "posts the next rows of the file",
    "close_contract": "closes the contract",
    "draft_chunk": "makes the next drafts of the billing run",
    "end_billing_run": "ends the billing run",
    "left_behind": "looks for drafts whose process has not begun",
}
"""Activity → what it does."""

_SAID: Mapping[str, str] = {
    "WorkflowExecutionStarted": "the run begins",
    "WorkflowExecutionCompleted": "the process is over",
    "WorkflowExecutionFailed": "the process failed",
    "WorkflowExecutionTerminated": "the process was broken off by an operator",
    "WorkflowExecutionCanceled": "the process was cancelled",
    "WorkflowExecutionTimedOut": "the process ran out of time",
    "WorkflowExecutionContinuedAsNew": "the run ends; another one goes on",
    "WorkflowTaskScheduled": "the workflow is to be asked what to do",
    "WorkflowTaskStarted": "the workflow is asked",
    "WorkflowTaskCompleted": "the workflow has said what to do",
    "WorkflowTaskTimedOut": "the workflow did not answer in time and is asked again",
    "WorkflowTaskFailed": "the workflow could not answer and is asked again",
    "ActivityTaskScheduled": "asked for",
    "ActivityTaskStarted": "at work",
    "ActivityTaskCompleted": "done",
    "ActivityTaskFailed": "failed",
    "ActivityTaskTimedOut": "ran out of time",
    "TimerStarted": "the clock is set",
    "TimerFired": "the clock rang",
    "TimerCanceled": "the clock is put off: something happened before",
    "WorkflowExecutionSignaled": "woken",
    "WorkflowExecutionUpdateAccepted": "a command came in",
    "WorkflowExecutionUpdateCompleted": "the command is answered",
    "WorkflowExecutionUpdateRejected": "a command was not taken",
    "StartChildWorkflowExecutionInitiated": "starts another process",
    "ChildWorkflowExecutionStarted": "the other process has begun",
    "StartChildWorkflowExecutionFailed": "the other process runs already",
    "SignalExternalWorkflowExecutionInitiated": "wakes another process",
    "ExternalWorkflowExecutionSignaled": "the other process is woken",
    "SignalExternalWorkflowExecutionFailed": "the other process is not running",
    "UpsertWorkflowSearchAttributes": "shows operators where it stands",
    "MarkerRecorded": "notes which version of the rules it goes by",
}


def said(event: Event) -> str:
    """What happened, in words; Temporal's own name for what no process of ours does."""
    if event.kind == "ActivityTaskScheduled":
        return DOES.get(event.name, event.name)
    if event.kind == "MarkerRecorded" and event.name == "core_local_activity":
        return "did a step of its own"
    return _SAID.get(event.kind, event.kind)
