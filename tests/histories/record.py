"""Record the histories again: play the life of a contract and keep each workflow's history at each wait.

    python tests/histories/record.py

Do this when a workflow may change (before the first release), or add to it when a workflow gains a wait.
After a release a changed workflow must still replay the histories recorded before: use `workflow.patched`.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from temporalio.client import Client

from contracts_app.domain.commands import Subject
from contracts_app.operation import control, installation
from contracts_app.settings import Settings
from contracts_app.store.migrations.run import upgrade
from contracts_app.store.processes import open_process
from contracts_app.store.transaction import Origin, open_engine, own_step
from contracts_app.temporal import connect
from tests.histories.sealed import FOLDER, KEY_FILE, store
from tests.workflows.conftest import working
from tests.workflows.life import live
from tests.workflows.practice_firm import PracticeFirm


async def record(settings: Settings) -> None:
    """Live one contract and keep what Temporal kept."""
    client = await connect(settings)
    engine = open_engine(settings.database_url)
    async with working(client, engine, settings):
        firm = PracticeFirm(client, engine, settings, "Practice Mechanical")
        await firm.found()

        async def keep(name: str, subject: str, record: UUID) -> None:
            file = name.replace(" ", "-").replace("'", "")
            store(file, await firm.handle(subject, record).fetch_history())

        contract_id = await live(firm, keep)
        await _first_runs(client, f"contract/{contract_id}")
        await _sweep(firm)
    engine.dispose()


async def _first_runs(client: Client, workflow_id: str) -> None:
    """Runs that ended by starting again as new."""
    number = 0
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id}' AND ExecutionStatus = 6"):
        number += 1
        history = await client.get_workflow_handle(workflow_id, run_id=run.run_id).fetch_history()
        store(f"contract-continued-as-new-{number}", history)


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


def main() -> None:
    """Start what is needed, in a folder of its own, and record."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-histories-"))
    folder.chmod(0o711)
    try:
        for name in ("pg", "temporal", "mail"):
            control.up(folder, name, lambda sentence: None)
        settings = Settings(state_dir=folder, secret_key_file=KEY_FILE, task_queue="histories")
        upgrade(installation.ensure(folder).url(installation.OWNER_ROLE))
        for old in FOLDER.glob("*.json"):
            old.unlink()
        asyncio.run(record(settings))
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, control.SIGNALS["KILL"])
        shutil.rmtree(folder)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.json')))} histories\n")


if __name__ == "__main__":
    main()
