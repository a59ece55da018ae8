"""The doors: one key has one effect, whatever happens in between; a refused opening leaves nothing."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.import_commands import DecideImport, PostImport, UndoImport
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication, WithdrawDraft
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import Subject, deterministic_id
from contracts_app.services.posting_imports import CHUNK
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm, terms_of

JANUARY = date(2024, 1, 31)


async def _milestones(firm: PracticeFirm) -> int:
    return len(await firm.rows("SELECT id FROM milestone"))


async def test_a_key_has_one_effect_given_twice_at_once_and_with_another_body(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
    first = await firm.give("coordinator", plan, "plan")
    assert first.done
    assert await firm.give("coordinator", plan, "plan") == first
    at_once = await asyncio.gather(*(firm.give("coordinator", plan, "plan") for _ in range(8)))
    assert set(map(str, at_once)) == {str(first)}
    other = await firm.give("coordinator", plan.model_copy(update={"title": "Other"}), "plan")
    assert (other.done, other.status, other.code) == (False, 422, "key_used_with_other_content")
    assert await _milestones(firm) == 1

    second = plan.model_copy(update={"title": "Second"})
    fresh = await asyncio.gather(*(firm.give("coordinator", second, "second") for _ in range(8)))
    assert {(outcome.done, str(outcome.result)) for outcome in fresh} == {(True, str(fresh[0].result))}
    assert await _milestones(firm) == 2
    planned = [entry for entry in await firm.audit() if entry["action"] == "plan_milestone"]
    assert sorted(entry["kind"] for entry in planned) == [
        "contract",
        "contract",
        "milestone",
        "milestone",
        "refusal",
    ]


async def test_a_key_has_one_effect_after_the_process_has_started_again_as_new(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
    first = await firm.give("coordinator", plan, "plan")
    await firm.move_to(date(2024, 2, 1))
    prepare = PrepareApplication(contract_id=contract_id, period_to=JANUARY)
    prepared = await firm.give("coordinator", prepare, "prepare")
    await firm.settled()
    handle = firm.handle("contract", contract_id)
    first_run = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    assert first_run.continued_execution_run_id, "the contract did not start again as new"
    assert await firm.give("coordinator", plan, "plan") == first
    assert await firm.give("coordinator", prepare, "prepare") == prepared
    assert await _milestones(firm) == 1
    assert len(await firm.rows("SELECT id FROM invoice")) == 1


async def test_a_key_has_one_effect_after_its_process_has_finished(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY)
    edit = EditDraft(
        invoice_id=invoice_id, entries=await firm.entries(contract_id, {"1": ("100.00", "0.00")})
    )
    first = await firm.give("coordinator", edit, "edit")
    withdraw = WithdrawDraft(invoice_id=invoice_id, reason="Prepared for the wrong month")
    withdrawn = await firm.give("coordinator", withdraw, "withdraw")
    assert first.done
    assert withdrawn.done
    await firm.settled()
    handle = firm.handle("invoice", invoice_id)
    await handle.result()
    assert await firm.give("coordinator", edit, "edit") == first
    assert await firm.give("coordinator", withdraw, "withdraw") == withdrawn
    refused = await firm.give("coordinator", edit, "edit it once more")
    assert (refused.done, refused.code) == (False, "not_in_this_state")
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED, "nothing was woken"


async def test_a_refused_opening_leaves_no_process(new_firm: NewFirm) -> None:
    firm = await new_firm()
    await firm.open_contract("C-1", terms_of(Decimal(1000)))
    key = "open again"
    twin = deterministic_id(firm.id, "contract", f"{firm.people['coordinator']}:{key}")
    body = firm.opening("C-1", terms_of(Decimal(1000)), twin)
    outcome = await firm.give("coordinator", body, key)
    assert (outcome.done, outcome.code) == (False, "contract_number_taken")
    handle = firm.handle("contract", twin)
    assert await asyncio.wait_for(handle.result(), 10) is None
    assert await firm.rows("SELECT * FROM process WHERE subject_id = :id", id=twin) == []
    assert await firm.give("coordinator", body, key) == outcome
    other = await firm.give("coordinator", body.model_copy(update={"number": "C-2"}), key)
    assert (other.status, other.code) == (422, "key_used_with_other_content")
    assert len(await firm.rows("SELECT id FROM contract")) == 1


async def test_a_command_for_another_process_is_not_accepted(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    other_id = await firm.active_contract("C-2")
    await firm.settled()
    handle = firm.handle("contract", contract_id)
    before, end = (await handle.describe()).history_length, await firm.audit_end()
    command = firm.command("controller", ActivateContract(contract_id=other_id))
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await firm.straight(command, "contract", contract_id)
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "Misdirected"
    assert (await handle.describe()).history_length == before, "a refused update leaves no history"
    assert await firm.audit_end() == end


async def test_a_command_of_another_firm_is_not_accepted(new_firm: NewFirm) -> None:
    firm, stranger = await new_firm(), await new_firm()
    contract_id = await firm.active_contract()
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    command = stranger.command("controller", ActivateContract(contract_id=contract_id))
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await firm.straight(command, "contract", contract_id)
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "Misdirected"
    assert (await firm.versions(), await firm.audit_end()) == (before, end)
    # The same through the door, under the id of the other firm's contract: refused and recorded at home.
    opening = stranger.opening("C-9", terms_of(Decimal(1)), contract_id)
    await stranger.refused("coordinator", opening, "contract_id_not_from_key")
    assert (await firm.versions(), await firm.audit_end()) == (before, end)


async def test_what_is_not_there_is_not_found(new_firm: NewFirm) -> None:
    firm = await new_firm()
    await firm.refused("controller", ActivateContract(contract_id=uuid4()), "not_found")
    assert Subject.contract.value not in {row["subject"] for row in await firm.rows("SELECT * FROM process")}


async def test_a_command_is_done_though_whom_it_wakes_is_not_there(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY)
    await firm.settled()
    await firm.handle("contract", contract_id).terminate("a test")
    known = await firm.handle("invoice", invoice_id).describe()
    # As the web does after a command that no workflow carried: one is there, the other is not.
    await firm.doors.wake((f"contract/{contract_id}", f"invoice/{invoice_id}"))
    assert (await firm.handle("invoice", invoice_id).describe()).history_length > known.history_length
    withdraw = WithdrawDraft(invoice_id=invoice_id, reason="Prepared for the wrong month")
    await firm.done("coordinator", withdraw)
    await asyncio.wait_for(firm.handle("invoice", invoice_id).result(), 10)
    # The contract is carried on by the next command that comes to it.
    await firm.done("coordinator", PrepareApplication(contract_id=contract_id, period_to=JANUARY))
    await firm.settled()


async def test_a_large_file_is_posted_by_its_process_and_taken_back_after_that_has_finished(
    new_firm: NewFirm,
) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract("C-9")
    rows = ["project_id,log_id,date,employee_id,role,sov_line_id,hours_st,hours_ot"]
    rows += [f"C-9,L-{n},2024-01-15,W-{n % 100},Fitter,C-9-SOV-01,0.25,0" for n in range(CHUNK + 50)]
    import_id = await firm.upload("labour_log", contract_id, "\n".join(rows) + "\n")
    await firm.settled()
    await firm.done("coordinator", DecideImport(import_id=import_id, decisions={"unknown_workers": "keep"}))
    await firm.settled()
    answered = await firm.give("coordinator", PostImport(import_id=import_id), "post")
    assert (answered.code, answered.result["to_post"]) == ("posting", CHUNK + 50)
    await firm.settled()
    assert await firm.state("import_file", import_id) == "posted"
    count = "SELECT count(*) AS rows FROM cost_entry WHERE import_id = :i"
    assert await firm.rows(count, i=import_id) == [{"rows": CHUNK + 50}]

    undo = UndoImport(import_id=import_id, reason="The wrong month.")
    done = await firm.give("coordinator", undo, "undo")
    assert (done.done, done.result["rows"]) == (True, CHUNK + 50), done.sentence
    assert await firm.give("coordinator", undo, "undo") == done
    await firm.settled()
    assert await firm.rows(count, i=import_id) == [{"rows": 0}]
    again = await firm.give("coordinator", undo, "undo again")
    assert (again.done, again.status) == (False, 409)
    await firm.settled()
