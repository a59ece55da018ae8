"""Activities: thin, synchronous, each calling one service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from temporalio import activity

from contracts_app.domain.commands import Outcome, Subject
from contracts_app.services import (
    delivery,
    imports,
    invoice_documents,
    performing,
    processes,
    receipts,
    reminders,
)
from contracts_app.settings import Settings
from contracts_app.store.processes import left_unstarted
from contracts_app.store.transaction import Origin
from workflows.process import NextStep, Performed, Progress, StepOf

LEFT_BEHIND = timedelta(seconds=20)
"""A process not begun after this long was left behind by a crash."""


class Steps:
    """The activities of one worker: they share its database engine.

    None is broken off in the middle (`no_thread_cancel_exception`): one that lost its server finishes its
    transaction, and its repetition finds that it is done.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    def all(self) -> Sequence[Callable[..., Any]]:
        """Every activity, for the worker."""
        return [
            self.perform,
            self.decide_next,
            self.park,
            self.make_documents,
            self.make_receipts,
            self.make_reminder,
            self.deliver,
            self.analyse_import,
            self.close_contract,
            self.processes_to_start,
        ]

    @activity.defn(name="perform", no_thread_cancel_exception=True)
    def perform(self, performed: Performed) -> Outcome:
        """Do a command, once."""
        origin = Origin(
            workflow_id=performed.workflow_id,
            run_id=performed.run_id,
            activity_id=activity.info().activity_id,
            update_id=performed.update_id,
        )
        return performing.perform(self._engine, performed.command, origin)

    @activity.defn(name="decide_next", no_thread_cancel_exception=True)
    def decide_next(self, of: StepOf) -> NextStep:
        """Ask what is next for a subject."""
        decided = processes.decide_next(self._engine, of.firm_id, of.subject, of.subject_id, _origin())
        following = decided.next
        return NextStep(
            kind=following.kind,
            step=following.step,
            sentence=following.waiting.sentence if following.waiting else "",
            seconds=decided.seconds,
        )

    @activity.defn(name="park", no_thread_cancel_exception=True)
    def park(self, of: StepOf) -> None:
        """Write down that a step could not be done."""
        processes.park(self._engine, of.firm_id, of.subject, of.subject_id, of.step, of.reason, _origin())

    @activity.defn(name="make_documents", no_thread_cancel_exception=True)
    def make_documents(self, of: StepOf) -> None:
        """Make the papers of an issued invoice."""
        invoice_documents.make_documents(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="make_receipts", no_thread_cancel_exception=True)
    def make_receipts(self, of: StepOf) -> None:
        """Make the receipts of a client's payments."""
        receipts.make_receipts(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="make_reminder", no_thread_cancel_exception=True)
    def make_reminder(self, of: StepOf) -> None:
        """Make the reminder that is due to a client."""
        reminders.make_reminders(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="deliver", no_thread_cancel_exception=True)
    def deliver(self, of: StepOf) -> None:
        """Send what is queued about an invoice, or to a client."""
        about = {"invoice_id" if of.subject is Subject.invoice else "client_id": of.subject_id}
        delivery.deliver(self._engine, self._settings, of.firm_id, _origin(), **about)

    @activity.defn(name="analyse_import", no_thread_cancel_exception=True)
    def analyse_import(self, of: StepOf) -> None:
        """Read an imported file."""
        imports.analyse_import(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="close_contract", no_thread_cancel_exception=True)
    def close_contract(self, of: StepOf) -> None:
        """Close a contract on which nothing is left."""
        processes.close_contract(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="processes_to_start", no_thread_cancel_exception=True)
    def processes_to_start(self) -> list[Progress]:
        """Processes whose workflow was never started, over all firms."""
        return [
            Progress(firm_id=firm_id, subject=subject, subject_id=subject_id)
            for firm_id, subject, subject_id in left_unstarted(self._engine, LEFT_BEHIND)
        ]


def _origin() -> Origin:
    info = activity.info()
    return Origin(workflow_id=info.workflow_id, run_id=info.workflow_run_id, activity_id=info.activity_id)
