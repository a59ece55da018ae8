"""Record the histories again: play the life of a contract and keep each workflow's history at each wait.

    python tests/histories/record.py [runs|checks|asking]

`runs` records those of billing runs alone, `checks` those of checks of the books, `asking` that of mails to
approvers, and keep the others.
Do this when a workflow may change (before the first release), or add to it when a workflow gains a wait.
After a release a changed workflow must still replay the histories recorded before: use `workflow.patched`.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from temporalio.client import Client

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.operation import control, installation
from contracts_app.services import billing_runs
from contracts_app.settings import Settings
from contracts_app.store.migrations.run import upgrade
from contracts_app.store.processes import open_process
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, own_step
from contracts_app.temporal import connect
from tests.histories.sealed import FOLDER, KEY_FILE, store
from tests.workflows.conftest import working
from tests.workflows.life import live
from tests.workflows.practice_firm import PracticeFirm
from tests.workflows.time_billed import contracts_with_time, held_up, start_run, until_done, until_items
from workflows.book_checks import Asked

PARTS = {
    "": ("*.json",),
    "runs": ("billing-run-*.json", "due-runs.json"),
    "asking": ("ask-approvers.json",),
    "checks": ("check*.json", "nightly-checks.json", "archive-histories.json"),
}
"""What is recorded again, and the files of it."""


async def record(settings: Settings, part: str) -> None:
    """Live one contract, bill others by runs, check their books, and keep what Temporal kept."""
    client = await connect(settings)
    engine = open_engine(settings.database_url)
    async with working(client, engine, settings):
        firm = PracticeFirm(client, engine, settings, "Practice Mechanical")
        await firm.found()

        async def keep(name: str, subject: str, record: UUID) -> None:
            file = name.replace(" ", "-").replace("'", "")
            store(file, await firm.handle(subject, record).fetch_history())

        if part in ("", "checks"):
            await _passes(firm, "nightly-checks", "checkpoints", "archive-histories")
            await _checks(firm)
        if part in ("", "asking"):
            await _passes(firm, "ask-approvers")
        if part == "":
            contract_id = await live(firm, keep)
            await _first_runs(client, f"contract/{contract_id}")
            await _sweep(firm)
        if part in ("", "runs"):
            await _billing_runs(firm)
    engine.dispose()


async def _first_runs(client: Client, workflow_id: str) -> None:
    """Runs that ended by starting again as new."""
    number = 0
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id}' AND ExecutionStatus = 6"):
        number += 1
        history = await client.get_workflow_handle(workflow_id, run_id=run.run_id).fetch_history()
        store(f"contract-continued-as-new-{number}", history)


async def _passes(firm: PracticeFirm, *names: str) -> None:
    """One pass of each of these, which schedules run."""
    for name in names:
        handle = await firm.temporal.start_workflow(name, id=name, task_queue=firm.settings.task_queue)
        await handle.result()
        store(name, await handle.fetch_history())


async def _checks(firm: PracticeFirm) -> None:
    """The check of the one firm of the night before, and one that a controller asked for."""
    async for child in firm.temporal.list_workflows("WorkflowType = 'check-books'"):
        history = await firm.temporal.get_workflow_handle(child.id, run_id=child.run_id).fetch_history()
        store("check-books-of-a-night", history)
    asked = Asked(firm_id=firm.id, check_id=uuid4(), asked_by=firm.people[Role.controller])
    await firm.doors.check_books(asked)
    handle = firm.temporal.get_workflow_handle(f"check-books/{firm.id}/{asked.check_id}")
    if not await handle.result():
        raise RuntimeError("the books of the firm do not hold")
    store("check-books-asked-for", await handle.fetch_history())


async def _sweep(firm: PracticeFirm) -> None:
    """A pass of the sweep that finds a process whose workflow was never started."""
    with own_step(firm.engine, firm.id, "left behind", Origin()) as tx:
        open_process(tx, Subject.follow_up, firm.other_client_id)
    await asyncio.sleep(21)  # `LEFT_BEHIND`, and one more
    started = await firm.temporal.execute_workflow(
        "sweep", id="sweep", task_queue=firm.settings.task_queue, result_type=int
    )
    if started != 1:
        raise RuntimeError(f"the sweep started {started} workflows")
    store("sweep", await firm.temporal.get_workflow_handle("sweep").fetch_history())


async def _billing_runs(firm: PracticeFirm) -> None:
    """A run between two sets, taken up from its record, and done; and a month's pass over the live firms."""
    runs = PracticeFirm(firm.temporal, firm.engine, firm.settings, "Practice Studies")
    await runs.found()
    contracts = await contracts_with_time(runs, 5)
    billing_runs.CHUNK = 2  # a set of a hundred needs more contracts than a history has to show
    async with held_up(runs, contracts[3]):
        run_id = await start_run(runs)
        await until_items(runs, run_id, 2)
        handle = runs.handle("billing-run", run_id)
        await asyncio.sleep(1)  # the next set is in hand by then
        store("billing-run-between-two-sets", await handle.fetch_history())
        await handle.terminate("recorded")
    await runs.doors.open_process(runs.id, Subject.billing_run, run_id)
    await until_done(runs, run_id)
    store("billing-run-taken-up-and-done", await handle.fetch_history())
    again = await start_run(runs, "again")
    await until_done(runs, again)
    store("billing-run-with-nothing-to-add", await runs.handle("billing-run", again).fetch_history())
    await _due_runs(runs)


async def _due_runs(firm: PracticeFirm) -> None:
    """The pass of the first of a month: the firm is a live one now, and has a run to begin."""
    owner = open_engine(firm.settings.owner_database_url, pool_size=1)
    with firm_transaction(owner, firm.id) as connection:
        connection.execute(
            text("UPDATE firm SET kind = 'live', shift_seconds = 0 WHERE id = :firm"), {"firm": firm.id}
        )
    owner.dispose()
    begun = await firm.temporal.execute_workflow(
        "due-runs", id="due-runs", task_queue=firm.settings.task_queue, result_type=int
    )
    if begun != 1:
        raise RuntimeError(f"the pass began {begun} runs")
    store("due-runs", await firm.temporal.get_workflow_handle("due-runs").fetch_history())


def main() -> None:
    """Start what is needed, in a folder of its own, and record."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-histories-"))
    folder.chmod(0o711)
    try:
        for name in ("pg", "temporal", "mail"):
            control.up(folder, name, lambda sentence: None)
        settings = Settings(state_dir=folder, secret_key_file=KEY_FILE, task_queue="histories")
        upgrade(installation.ensure(folder).url(installation.OWNER_ROLE))
        part = "".join(sys.argv[1:])
        for pattern in PARTS[part]:
            for old in FOLDER.glob(pattern):
                old.unlink()
        asyncio.run(record(settings, part))
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, control.SIGNALS["KILL"])
        shutil.rmtree(folder)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.json')))} histories\n")


if __name__ == "__main__":
    main()
