"""Commands given to the workflow itself, past every guard of the web: refused, recorded, nothing changed."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.commands.contract_commands import ActivateContract, ReassignProjectManager
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.import_commands import PostImport
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    Certification,
    CertifyApplication,
    EditDraft,
    IssueInvoice,
    RejectDraft,
    SubmitDraft,
)
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, ApproveMilestone, PlanMilestone
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    EnterTime,
    SeenEntry,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import add_person
from contracts_app.store.transaction import Origin, own_step
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import STARTS_ON, PracticeFirm, terms_of
from tests.workflows.time_billed import contracts_with_time

JANUARY = date(2024, 1, 31)
WORK = {"1": ("30000.00", "0.00")}


async def _nothing_but_a_refusal(firm: PracticeFirm, command: Command, subject: str, code: str) -> str:
    """Give the command to the workflow: one refusal in the audit, every business row as it was."""
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    about = {"invoice": "invoice_id", "contract": "contract_id"}.get(subject)
    record = firm.client_id if about is None else getattr(command.body, about)
    outcome = await firm.straight(command, subject, record)
    assert (outcome.done, outcome.code) == (False, code), outcome
    again = await firm.straight(command, subject, record)
    assert again == outcome
    await firm.settled()
    assert await firm.versions() == before
    entries = await firm.audit(end)
    assert [(entry["kind"], entry["action"], entry["doing"]) for entry in entries] == [
        ("refusal", command.body.command, "refused")
    ]
    refusal = entries[0]
    assert refusal["by"] == (str(command.by) if command.by else None)
    assert refusal["reason"] == outcome.sentence
    assert refusal["workflow"] == f"{subject}/{record}"
    assert refusal["update"] == command.update_id
    return outcome.sentence


async def test_nobody_gets_a_draft_past_its_approvers(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY, WORK)

    async def refused(who: str, body: Body, code: str) -> str:
        return await _nothing_but_a_refusal(firm, firm.command(who, body), "invoice", code)

    await refused("coordinator", IssueInvoice(invoice_id=invoice_id), "not_in_this_state")
    stale = await firm.submit(invoice_id)
    await refused("coordinator", ApproveDraft(invoice_id=invoice_id, content_hash=stale), "not_allowed")
    await refused("client", ApproveDraft(invoice_id=invoice_id, content_hash=stale), "not_allowed")
    await refused("controller", ApproveDraft(invoice_id=invoice_id, content_hash=stale), "not_allowed")

    # The project manager edits the draft: now he is one of its preparers.
    entries = await firm.entries(contract_id, {"1": ("31000.00", "0.00")})
    edit = EditDraft(invoice_id=invoice_id, entries=entries)
    edited = await firm.done("project_manager", edit)
    assert edited["content_hash"] != stale
    said = await refused("coordinator", SubmitDraft(invoice_id=invoice_id), "nobody_can_approve")
    assert said.startswith("Project Manager prepared or edited this draft")

    # Submitted while another was the project manager, it waits for him again: he is still its preparer.
    async def put_in_charge(who: str) -> None:
        named = ReassignProjectManager(
            contract_id=contract_id, project_manager_id=firm.people[who], reason="On leave"
        )
        await firm.done("controller", named)

    await put_in_charge("second_project_manager")
    seen = await firm.submit(invoice_id)
    await put_in_charge("project_manager")
    assert (await firm.rows("SELECT content_hash FROM invoice"))[0]["content_hash"] == seen
    said = await refused(
        "project_manager", ApproveDraft(invoice_id=invoice_id, content_hash=seen), "not_allowed"
    )
    assert said == "You prepared or edited this draft, so somebody else must approve it."
    await refused("other_client", RejectDraft(invoice_id=invoice_id, reason="Not mine"), "not_allowed")


async def test_what_was_not_seen_is_not_approved_and_what_was_not_approved_is_not_issued(
    new_firm: NewFirm,
) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY, WORK)
    stale = await firm.submit(invoice_id)
    entries = await firm.entries(contract_id, {"1": ("29000.00", "0.00")})
    await firm.done("coordinator", EditDraft(invoice_id=invoice_id, entries=entries))
    await firm.submit(invoice_id)

    async def refused(who: str, body: Body, code: str) -> str:
        return await _nothing_but_a_refusal(firm, firm.command(who, body), "invoice", code)

    await refused(
        "project_manager", ApproveDraft(invoice_id=invoice_id, content_hash=stale), "content_changed"
    )
    await refused("coordinator", IssueInvoice(invoice_id=invoice_id), "not_in_this_state")

    seen = str((await firm.rows("SELECT content_hash FROM invoice"))[0]["content_hash"])
    await firm.approve("project_manager", invoice_id, seen)
    await refused("project_manager", IssueInvoice(invoice_id=invoice_id), "not_allowed")
    await firm.done("coordinator", IssueInvoice(invoice_id=invoice_id))
    in_full = CertifyApplication(invoice_id=invoice_id, decision=Certification.in_full)
    await refused("other_client", in_full, "not_found")
    await refused("coordinator", in_full, "not_allowed")
    await refused("controller", in_full, "not_allowed")


async def test_a_key_with_another_body_is_refused_by_the_workflow(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY)
    one = EditDraft(invoice_id=invoice_id, entries=await firm.entries(contract_id, {"1": ("100.00", "0.00")}))
    entries = await firm.entries(contract_id, {"1": ("200.00", "0.00")})
    other = one.model_copy(update={"entries": entries})
    await firm.give("coordinator", one, "edit")
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    outcome = await firm.straight(firm.command("coordinator", other, "edit"), "invoice", invoice_id)
    assert (outcome.done, outcome.status, outcome.code) == (False, 422, "key_used_with_other_content")
    await firm.settled()
    assert await firm.versions() == before
    assert [(e["kind"], e["reason"]) for e in await firm.audit(end)] == [("refusal", outcome.sentence)]


async def test_the_system_itself_approves_nothing(new_firm: NewFirm) -> None:
    """A command without a person, as the system's own steps have none."""
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY, WORK)
    seen = await firm.submit(invoice_id)
    body = ApproveDraft(invoice_id=invoice_id, content_hash=seen)
    nobody = firm.command("controller", body).model_copy(update={"by": None})
    await _nothing_but_a_refusal(firm, nobody, "invoice", "not_allowed")


async def test_nobody_puts_in_force_what_he_prepared(new_firm: NewFirm) -> None:
    """He posts a file that another handed over; the terms are another's too."""
    firm = await new_firm()

    def hire() -> None:
        with own_step(firm.engine, firm.id, "one more", Origin()) as tx:
            firm.people["both"] = add_person(
                tx,
                name="Both",
                email=f"both@{firm.id.hex[:8]}.example",
                password_hash="nobody signs in here",
                roles=(Role.coordinator, Role.controller),
            )

    await asyncio.to_thread(hire)
    contract_id = await firm.open_contract("C-1", terms_of(Decimal("100.00")))
    rows = "project_id,sov_line_id,line_number,description,scheduled_value\nC-1,C-1-01,1,Work,100.00\n"
    import_id = await firm.upload("schedule_of_values", contract_id, rows)
    await firm.settled()
    await firm.done("both", PostImport(import_id=import_id))
    activate = ActivateContract(contract_id=contract_id)
    said = await _nothing_but_a_refusal(firm, firm.command("both", activate), "contract", "not_allowed")
    assert said.startswith("You prepared part of this contract")
    await firm.done("controller", activate)


async def test_evidence_that_was_not_seen_is_not_approved(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    planned = PlanMilestone(contract_id=contract_id, title="Inspection", close_out=True)
    milestone_id = UUID((await firm.done("coordinator", planned))["milestone_id"])
    about = {"contract_id": contract_id, "milestone_id": milestone_id}
    seen = await firm.done("coordinator", AchieveMilestone(**about, evidence="A sketch"))
    await firm.done("coordinator", AchieveMilestone(**about, evidence="Signed protocol"))
    stale = ApproveMilestone(**about, version=seen["version"])
    command = firm.command("project_manager", stale)
    said = await _nothing_but_a_refusal(firm, command, "contract", "changed_since_seen")
    assert "“Signed protocol”" in said


async def test_time_that_was_not_seen_is_not_approved(new_firm: NewFirm) -> None:
    firm = await new_firm()
    (contract_id,) = await contracts_with_time(firm, 1)
    worked = TypedTime(item_no="1", person="Sample Engineer", work_date=STARTS_ON, seconds=3600)
    made = await firm.done("coordinator", EnterTime(contract_id=contract_id, entries=(worked, worked)))
    one, two = (UUID(entry) for entry in made["entries"])
    write = WriteTime(contract_id=contract_id, entry_id=two, seconds=1800, reason="Half of it")
    await firm.done("coordinator", write)
    seen = tuple(SeenEntry(id=entry, version=1) for entry in (one, two))
    command = firm.command("project_manager", ApproveTime(contract_id=contract_id, entries=seen))
    said = await _nothing_but_a_refusal(firm, command, "contract", "changed_since_seen")
    assert said.startswith("Changed since you looked: the time of Sample Engineer on 2024-01-15.")
