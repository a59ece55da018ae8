"""Every process goes on from its record in any state: its workflow is ended, the door starts another one."""

import asyncio
import time
from uuid import UUID

from temporalio.service import RPCError, RPCStatusCode

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.histories.events import Event
from contracts_app.domain.histories.matching import Found, Matching
from tests.workflows.conftest import NewFirm
from tests.workflows.life import live
from tests.workflows.practice_firm import PracticeFirm


async def _end(firm: PracticeFirm, subject: str, record: UUID) -> None:
    try:
        await firm.handle(subject, record).terminate("a test")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it had finished by itself
            raise


async def _knows(firm: PracticeFirm, subject: str, record: UUID, sentence: str | None) -> None:
    """The new workflow has looked at the facts and waits for the same, or has finished."""
    handle = firm.handle(subject, record)
    until = time.monotonic() + 20
    while True:
        if sentence is None:
            status = (await handle.describe()).status
            if status is not None and status.name == "COMPLETED":
                return
        elif await handle.query("why") == sentence:
            return
        assert time.monotonic() < until, (subject, sentence)
        await asyncio.sleep(0.05)


async def test_every_process_goes_on_from_every_state(new_firm: NewFirm) -> None:
    firm = await new_firm()
    stops: list[str] = []

    async def restart(name: str, subject: str, record: UUID) -> None:
        before = await firm.process(subject, record)
        changed = await firm.versions()
        await _end(firm, subject, record)
        await firm.doors.open_process(firm.id, Subject(subject), record)
        await _knows(firm, subject, record, before["sentence"])
        after = await firm.process(subject, record)
        same = ("for_role", "sentence", "since", "deadline", "otherwise", "seen_version", "parked_step")
        assert [after[column] for column in same] == [before[column] for column in same], name
        assert await firm.versions() == changed, name
        stops.append(name)

    contract_id = await live(firm, restart)
    assert await firm.state("contract", contract_id) == "closed"
    assert len(stops) == len(set(stops)) == 25
    for row in await firm.rows("SELECT subject, subject_id FROM process ORDER BY opened_at"):
        await _is_held(firm, Subject(row["subject"]), row["subject_id"])


async def _is_held(firm: PracticeFirm, subject: Subject, record: UUID) -> None:
    """Each event that must have written an entry has it, and each entry its event, in run after run."""
    until = time.monotonic() + 30
    while True:  # what has ended becomes visible in Temporal's list a little later
        held = await firm.held_against_log(subject, record)
        if held.holds:
            break
        assert time.monotonic() < until, (subject, held.strays, held.wrong, _missing(held))
        await asyncio.sleep(0.2)
    assert held.count(Found.in_hand, Found.answered_before) == 0
    assert held.runs


def _missing(held: Matching) -> list[Event]:
    return [row.event for _, rows in held.runs for row in rows if row.found is Found.missing]
