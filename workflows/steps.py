"""Activities: thin, synchronous, each calling one service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from contracts_app.domain import canonical
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.told_of_states import DOING
from contracts_app.services import (
    asking_approvers,
    billing_runs,
    book_checks,
    certificate_notices,
    defects,
    delivery,
    imports,
    invoice_documents,
    overdue_certificates,
    parked,
    pencils,
    performing,
    posting_imports,
    processes,
    receipts,
    reminders,
    reminding_approvers,
)
from contracts_app.settings import Settings
from contracts_app.store.outages import is_outage, named
from contracts_app.store.processes import left_unstarted
from contracts_app.store.subjects import contract_of
from contracts_app.store.transaction import Origin
from contracts_app.temporal import connect
from workflows import archiving
from workflows.book_checks import Asked
from workflows.due_runs import Begun
from workflows.process import DEFECT, ON_FILES, ON_PAPER, Defective, NextStep, Performed, Progress, StepOf

LEFT_BEHIND = timedelta(seconds=20)
"""A process not begun after this long was left behind by a crash."""
_log = logging.getLogger(__name__)


class Steps:
    """The activities of one worker: they share its database engine.

    None is broken off in the middle (`no_thread_cancel_exception`): one that lost its server finishes its
    transaction, and its repetition finds that it is done.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._defects: dict[str, str] = {}

    @property
    def defects(self) -> Mapping[str, str]:
        """For the health page: how many commands ended as a defect since the start, and the last one."""
        return MappingProxyType(self._defects)

    def quick(self) -> Sequence[Callable[..., Any]]:
        """The activities that people wait for, and decisions."""
        return [known for known in self._all() if _name(known) not in ON_PAPER | ON_FILES]

    def on_paper(self) -> Sequence[Callable[..., Any]]:
        """The slow activities."""
        return [known for known in self._all() if _name(known) in ON_PAPER]

    def on_files(self) -> Sequence[Callable[..., Any]]:
        """The reading of files."""
        return [known for known in self._all() if _name(known) in ON_FILES]

    def _all(self) -> Sequence[Callable[..., Any]]:
        return [
            self.perform,
            self.end_as_defect,
            self.decide_next,
            self.park,
            self.make_documents,
            self.make_notice,
            self.tell_overdue,
            self.remind_approvers,
            self.make_pencil,
            self.make_receipts,
            self.make_reminder,
            self.deliver,
            self.analyse_import,
            self.post_chunk,
            self.close_contract,
            self.processes_to_start,
            self.draft_chunk,
            self.left_behind,
            self.end_billing_run,
            self.begin_due_runs,
            self.firms_to_check,
            self.sign_checkpoints,
            self.check_books,
            self.tell_of_check,
            self.archive_histories,
            self.ask_approvers,
        ]

    @activity.defn(name="perform", no_thread_cancel_exception=True)
    def perform(self, performed: Performed) -> Outcome:
        """Do a command, once. An outage is raised, to be tried again; so is a defect, as what it is."""
        try:
            return performing.perform(self._engine, performed.command, _origin_of(performed))
        except Exception as error:
            if is_outage(error):
                raise
            command = performed.command.body.command
            _log.warning("defect %s: %s failed", _reference(performed), command, exc_info=True)
            raise ApplicationError(
                named(error), type=DEFECT, non_retryable=True, category=ApplicationErrorCategory.BENIGN
            ) from error

    @activity.defn(name="end_as_defect", no_thread_cancel_exception=True)
    def end_as_defect(self, defective: Defective) -> Outcome:
        """Refuse a command that met a defect at every try, and tell it to operators."""
        performed, reference = defective.performed, _reference(defective.performed)
        outcome = defects.end_as_defect(
            self._engine, performed.command, _origin_of(performed), reference, defective.cause
        )
        self._defects["defects"] = str(int(self._defects.get("defects", "0")) + 1)
        self._defects["last_defect"] = f"{reference} at {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
        return outcome

    @activity.defn(name="decide_next", no_thread_cancel_exception=True)
    def decide_next(self, of: StepOf) -> NextStep:
        """Ask what is next for a subject."""
        decided = processes.decide_next(self._engine, of.firm_id, of.subject, of.subject_id, _origin())
        following = decided.next
        contract_id = None
        if of.of_unknown_contract:
            contract_id = contract_of(self._engine, of.firm_id, of.subject, of.subject_id)
        return NextStep(
            kind=following.kind,
            step=following.step,
            for_role=following.waiting.for_role if following.waiting else "",
            sentence=following.waiting.sentence if following.waiting else DOING.get(following.step, ""),
            seconds=decided.seconds,
            contract_id=contract_id,
        )

    @activity.defn(name="park", no_thread_cancel_exception=True)
    def park(self, of: StepOf) -> None:
        """Write down that a step could not be done."""
        parked.park(self._engine, of.firm_id, of.subject, of.subject_id, of.step, of.reason, _origin())

    @activity.defn(name="make_documents", no_thread_cancel_exception=True)
    def make_documents(self, of: StepOf) -> None:
        """Make the papers of an issued invoice."""
        invoice_documents.make_documents(self._engine, self._settings, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="make_notice", no_thread_cancel_exception=True)
    def make_notice(self, of: StepOf) -> None:
        """Write to the coordinator that a certificate is lower than the invoice."""
        certificate_notices.make_notice(self._engine, self._settings, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="tell_overdue", no_thread_cancel_exception=True)
    def tell_overdue(self, of: StepOf) -> None:
        """Write to the firm that the client did not reply to an application in time."""
        overdue_certificates.tell_overdue(self._engine, self._settings, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="remind_approvers", no_thread_cancel_exception=True)
    def remind_approvers(self, of: StepOf) -> None:
        """Write to approvers, or to the controllers, that a draft waits for too long."""
        reminding_approvers.remind_approvers(
            self._engine, self._settings, of.firm_id, of.subject_id, _origin()
        )

    @activity.defn(name="make_pencil", no_thread_cancel_exception=True)
    def make_pencil(self, of: StepOf) -> None:
        """Make the pencil copy of a draft and write to the client about it."""
        pencils.make_pencil(self._engine, self._settings, of.firm_id, of.subject_id, _origin())

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

    @activity.defn(name="post_chunk", no_thread_cancel_exception=True)
    def post_chunk(self, of: StepOf) -> list[str]:
        """Post the next rows of a large file; returns the processes to wake after the last ones."""
        return posting_imports.post_chunk(
            self._engine, of.firm_id, of.subject_id, _origin(), self._settings.import_chunk_rows
        )

    @activity.defn(name="close_contract", no_thread_cancel_exception=True)
    def close_contract(self, of: StepOf) -> None:
        """Close a contract on which nothing is left."""
        processes.close_contract(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="draft_chunk", no_thread_cancel_exception=True)
    def draft_chunk(self, of: StepOf) -> list[str]:
        """Draft the next contracts of a billing run; returns the processes to start and to wake."""
        return list(billing_runs.draft_chunk(self._engine, of.firm_id, of.subject_id, _origin()))

    @activity.defn(name="left_behind", no_thread_cancel_exception=True)
    def left_behind(self, of: StepOf) -> list[str]:
        """Processes of what a billing run drafted that have not seen it yet."""
        return list(billing_runs.left_behind(self._engine, of.firm_id, of.subject_id))

    @activity.defn(name="end_billing_run", no_thread_cancel_exception=True)
    def end_billing_run(self, of: StepOf) -> None:
        """Note that a billing run has been through all contracts."""
        billing_runs.end_billing_run(self._engine, of.firm_id, of.subject_id, _origin())

    @activity.defn(name="begin_due_runs", no_thread_cancel_exception=True)
    def begin_due_runs(self) -> Begun:
        """Begin last month's billing run of every live firm that has none."""
        due = billing_runs.begin_due_runs(self._engine, datetime.now(UTC).date(), _origin())
        runs = [
            Progress(firm_id=firm_id, subject=Subject.billing_run, subject_id=run_id)
            for firm_id, run_id in due.begun
        ]
        return Begun(runs=runs, held_up=due.held_up)

    @activity.defn(name="firms_to_check", no_thread_cancel_exception=True)
    def firms_to_check(self) -> list[UUID]:
        """Every firm of the installation."""
        return list(book_checks.firms_to_check(self._engine))

    @activity.defn(name="sign_checkpoints", no_thread_cancel_exception=True)
    def sign_checkpoints(self) -> int:
        """Sign where the log of each firm stands, outside the database."""
        return book_checks.sign_checkpoints(self._engine, self._settings)

    @activity.defn(name="check_books", no_thread_cancel_exception=True)
    def check_books(self, asked: Asked) -> bool:
        """Check a firm's books and keep the result; whether all holds."""
        return book_checks.check_books(
            self._engine, self._settings, asked.firm_id, asked.check_id, asked.asked_by, _origin()
        )

    @activity.defn(name="tell_of_check", no_thread_cancel_exception=True)
    def tell_of_check(self, asked: Asked) -> None:
        """Mail the result of a check to the controllers."""
        book_checks.tell(self._engine, self._settings, asked.firm_id, asked.check_id, _origin())

    @activity.defn(name="archive_histories", no_thread_cancel_exception=True)
    def archive_histories(self) -> int:
        """Keep histories of ended workflows; returns how many, at most `archive_pass.AT_ONCE`."""
        origin = _origin()

        async def archive() -> int:
            return await archiving.archive(await connect(self._settings), self._engine, origin)

        return asyncio.run(archive())

    @activity.defn(name="ask_approvers", no_thread_cancel_exception=True)
    def ask_approvers(self) -> int:
        """Ask approvers by mail, in every firm whose policy says so."""
        return asking_approvers.ask_approvers(self._engine, self._settings, _origin())

    @activity.defn(name="processes_to_start", no_thread_cancel_exception=True)
    def processes_to_start(self) -> list[Progress]:
        """Processes whose workflow was never started, over all firms."""
        return [
            Progress(firm_id=firm_id, subject=subject, subject_id=subject_id)
            for firm_id, subject, subject_id in left_unstarted(self._engine, LEFT_BEHIND)
        ]


def _name(known: Callable[..., Any]) -> str:
    return str(activity._Definition.must_from_callable(known).name)


def _reference(performed: Performed) -> str:
    """What names one defect to people: the same at each try of one command in one run."""
    return canonical.digest(
        [performed.workflow_id, performed.run_id, performed.update_id, performed.command.effect_key]
    )[:10]


def _origin_of(performed: Performed) -> Origin:
    return Origin(
        workflow_id=performed.workflow_id,
        run_id=performed.run_id,
        activity_id=activity.info().activity_id,
        update_id=performed.update_id,
    )


def _origin() -> Origin:
    info = activity.info()
    return Origin(workflow_id=info.workflow_id, run_id=info.workflow_run_id, activity_id=info.activity_id)
