"""Withdrawn, rejected, edited after approval, above a limit, withheld and claimed again, overpaid."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    Certification,
    EditDraft,
    IssueInvoice,
    PrepareRelease,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from tests.scenarios.told import events, letters, receivables, retainage
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm

EVENTS = """
2024-01-15 coordinator: open_contract contract → setting_up
2024-01-15 coordinator: receive_import import → received
2024-01-15 system: analyse_import import → ready
2024-01-15 coordinator: post_import contract (schedule_of_values from file.csv: 2 new)
2024-01-15 coordinator: post_import import → posted
2024-01-15 controller: activate_contract contract → active
2024-01-15 coordinator: plan_milestone milestone → planned
2024-01-15 coordinator: plan_milestone contract (Commissioning)
2024-01-15 coordinator: plan_milestone milestone → planned
2024-01-15 coordinator: plan_milestone contract (Final completion)
2024-02-01 coordinator: prepare_application application 1 (withdrawn) → draft
2024-02-01 coordinator: prepare_application contract (application 1)
2024-02-01 coordinator: withdraw_draft application 1 (withdrawn) → withdrawn (Wrong period)
2024-02-01 coordinator: invoice_changed contract (Application 1 withdrawn)
2024-02-01 coordinator: prepare_application application 1 → draft
2024-02-01 coordinator: prepare_application contract (application 1)
2024-02-01 coordinator: edit_draft application 1
2024-02-01 coordinator: submit_draft refusal (Line 2: 1,000.00 USD of this line may be billed only when its milestone is approved by the project manager.)
2024-02-01 coordinator: edit_draft application 1
2024-02-01 coordinator: submit_draft application 1 → in_review
2024-02-01 project_manager: reject_draft application 1 → draft (Line 1 is not complete)
2024-02-01 coordinator: edit_draft application 1
2024-02-01 coordinator: submit_draft application 1 → in_review
2024-02-01 project_manager: approve_draft application 1
2024-02-01 coordinator: issue_invoice refusal (Issue invoice: not possible, the invoice is in review.)
2024-02-01 coordinator: edit_draft application 1 → draft
2024-02-01 coordinator: submit_draft application 1 → in_review
2024-02-01 project_manager: approve_draft refusal (The draft has changed since you opened it: look at it again and approve what it says now.)
2024-02-01 project_manager: approve_draft application 1
2024-02-01 controller: approve_draft application 1 → approved
2024-02-01 coordinator: issue_invoice application 1 → submitted
2024-02-01 coordinator: invoice_changed contract (Application 1 issued as P-00001)
2024-02-01 system: queue_message message → queued
2024-02-01 system: make_documents application 1 (P-00001-application-1)
2024-02-01 system: queue_message message → queued
2024-02-01 system: send_message message → sent
2024-02-01 system: send_message message → sent
2024-02-08 client: certify_application application 1 → withheld (Records of the period are missing)
2024-02-08 client: invoice_changed contract (Application 1: certificate withheld)
2024-02-08 system: queue_message message → queued
2024-02-08 system: make_notice application 1 (P-00001)
2024-02-08 system: send_message message → sent
2024-03-01 coordinator: achieve_milestone milestone → achieved
2024-03-01 coordinator: achieve_milestone contract (Commissioning)
2024-03-01 project_manager: approve_milestone milestone → approved
2024-03-01 project_manager: approve_milestone contract (Commissioning)
2024-03-01 coordinator: prepare_application application 2 → draft
2024-03-01 coordinator: prepare_application contract (application 2)
2024-03-01 coordinator: edit_draft application 2
2024-03-01 coordinator: submit_draft application 2 → in_review
2024-03-01 project_manager: approve_draft application 2
2024-03-01 controller: approve_draft application 2 → approved
2024-03-01 coordinator: issue_invoice application 2 → submitted
2024-03-01 coordinator: invoice_changed contract (Application 2 issued as P-00002)
2024-03-01 system: queue_message message → queued
2024-03-01 system: make_documents application 2 (P-00002-application-2)
2024-03-01 system: queue_message message → queued
2024-03-01 system: send_message message → sent
2024-03-01 system: send_message message → sent
2024-03-08 client: receivable_arises client (Application 2: 10,800.00)
2024-03-08 client: certify_application application 2 → certified
2024-03-08 client: invoice_changed contract (Application 2 certified in full)
2024-04-01 coordinator: receive_payment application 2 → paid (10,800.00 USD of WIRE-1)
2024-04-01 coordinator: invoice_changed contract (payment for Application 2)
2024-04-01 coordinator: receive_payment client (11,000.00 USD, WIRE-1)
2024-04-01 coordinator: prepare_release refusal (Retainage is released when these are approved: Final completion.)
2024-04-01 coordinator: achieve_milestone milestone → achieved
2024-04-01 coordinator: achieve_milestone contract (Final completion)
2024-04-01 project_manager: approve_milestone milestone → approved
2024-04-01 project_manager: approve_milestone contract (Final completion)
2024-04-01 coordinator: prepare_release release 3 → draft
2024-04-01 coordinator: prepare_release contract (application 3)
2024-04-01 coordinator: submit_draft release 3 → in_review
2024-04-01 project_manager: approve_draft release 3 → approved
2024-04-01 coordinator: issue_invoice release 3 → submitted
2024-04-01 coordinator: invoice_changed contract (Retainage release 3 issued as P-00003)
2024-04-01 client: receivable_arises client (Retainage release 3: 1,200.00)
2024-04-01 client: certify_application release 3 → certified
2024-04-01 client: invoice_changed contract (Retainage release 3 certified in full)
2024-04-01 system: queue_message message → queued
2024-04-01 system: make_receipt client (WIRE-1)
2024-04-01 system: send_message message → sent
2024-04-01 system: queue_message message → queued
2024-04-01 system: make_documents release 3 (P-00003-retainage_release-3)
2024-04-01 system: queue_message message → queued
2024-04-01 system: send_message message → sent
2024-04-01 system: send_message message → sent
2024-04-01 coordinator: receive_payment release 3 → paid (1,200.00 USD of WIRE-2)
2024-04-01 coordinator: invoice_changed contract (payment for Retainage release 3)
2024-04-01 coordinator: receive_payment client (1,200.00 USD, WIRE-2)
2024-04-01 system: close_contract contract → closed
2024-04-01 system: queue_message message → queued
2024-04-01 system: make_receipt client (WIRE-2)
2024-04-01 system: send_message message → sent
"""  # noqa: E501
RECEIVABLES = """
2024-03-08 P-00002 arises 10800.00 due 2024-04-07 citing the certificate
2024-04-01 P-00002 cash -10800.00 due 2024-04-07
2024-04-01 P-00003 arises 1200.00 due 2024-05-01 citing the certificate
2024-04-01 P-00003 cash -1200.00 due 2024-05-01
"""
LETTERS = """
2024-02-01 application: Application for payment 1, C-1 Ductwork C-1: 9,900.00 USD [sent]
2024-02-01 application: Application for payment 1, C-1 Ductwork C-1: 9,900.00 USD [sent]
2024-02-08 certified_less: Certificate withheld: application 1, C-1, 9,900.00 USD below what was applied for [sent]
2024-03-01 application: Application for payment 2, C-1 Ductwork C-1: 10,800.00 USD [sent]
2024-03-01 application: Application for payment 2, C-1 Ductwork C-1: 10,800.00 USD [sent]
2024-04-01 receipt: Receipt for your payment WIRE-1: 11,000.00 USD [sent]
2024-04-01 retainage_release: Retainage release, C-1 Ductwork C-1: 1,200.00 USD [sent]
2024-04-01 retainage_release: Retainage release, C-1 Ductwork C-1: 1,200.00 USD [sent]
2024-04-01 receipt: Receipt for your payment WIRE-2: 1,200.00 USD [sent]
"""  # noqa: E501
RETAINAGE = """
2024-02-01 issue +1100.00 -0.00
2024-02-08 certificate +-1100.00 -0.00
2024-03-01 issue +1200.00 -0.00
2024-04-01 issue +0.00 -1200.00
"""


async def _edit(firm: PracticeFirm, contract_id: UUID, invoice_id: UUID, *work: str) -> None:
    claims = {str(item): (amount, "0.00") for item, amount in enumerate(work, 1)}
    entries = await firm.entries(contract_id, claims)
    await firm.done("coordinator", EditDraft(invoice_id=invoice_id, entries=entries))


async def test_every_event_is_as_stated(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract(values=("8000.00", "4000.00"), controller_limit="5000.00")
    commissioned, completed = [
        UUID((await firm.done("coordinator", planned))["milestone_id"])
        for planned in (
            PlanMilestone(
                contract_id=contract_id, title="Commissioning", item_no="2", amount=Decimal("1000.00")
            ),
            PlanMilestone(contract_id=contract_id, title="Final completion", close_out=True),
        )
    ]

    await firm.move_to(date(2024, 2, 1))
    mistaken = await firm.drafted(contract_id, date(2024, 1, 20))
    await firm.done("coordinator", WithdrawDraft(invoice_id=mistaken, reason="Wrong period"))

    first = await firm.drafted(contract_id, date(2024, 1, 31))
    await _edit(firm, contract_id, first, "8000.00", "4000.00")
    said = await firm.refused("coordinator", SubmitDraft(invoice_id=first), "draft_has_findings")
    assert said.startswith(
        "Line 2: 1,000.00 USD of this line may be billed only when its milestone is approved"
    )
    await _edit(firm, contract_id, first, "8000.00", "3000.00")
    await firm.submit(first)
    await firm.done("project_manager", RejectDraft(invoice_id=first, reason="Line 1 is not complete"))
    await _edit(firm, contract_id, first, "7000.00", "3000.00")
    stale = await firm.submit(first)
    await firm.approve("project_manager", first, stale)
    await firm.refused("coordinator", IssueInvoice(invoice_id=first), "not_in_this_state")
    await _edit(firm, contract_id, first, "8000.00", "3000.00")
    seen = await firm.submit(first)
    approval = ApproveDraft(invoice_id=first, content_hash=stale)
    await firm.refused("project_manager", approval, "content_changed")
    approved = await firm.approve("project_manager", first, seen)
    assert approved["still_needed"] == ["controller"]
    await firm.approve("controller", first, seen)
    await firm.done("coordinator", IssueInvoice(invoice_id=first))
    await firm.move_to(date(2024, 2, 8))
    await firm.certify(first, decision=Certification.withheld, reason="Records of the period are missing")
    await firm.settled()

    await firm.move_to(date(2024, 3, 1))
    await firm.reach(contract_id, commissioned)
    second = await firm.drafted(contract_id, date(2024, 2, 29))
    claimed = await firm.rows("SELECT entries FROM invoice WHERE id = :id", id=second)
    again = {entry["line_id"]: Decimal(entry["this_period"]) for entry in claimed[0]["entries"]}
    lines = await firm.lines(contract_id)
    assert again == {str(lines["1"]): Decimal(8000), str(lines["2"]): Decimal(3000)}
    await _edit(firm, contract_id, second, "8000.00", "4000.00")
    await firm.issue(second)
    await firm.move_to(date(2024, 3, 8))
    await firm.certify(second)
    await firm.move_to(date(2024, 4, 1))
    paid = await firm.pay("11000.00", date(2024, 4, 1), "WIRE-1")
    assert (Decimal(paid["applied"]), Decimal(paid["unapplied"])) == (Decimal(10800), Decimal(200))
    early = PrepareRelease(contract_id=contract_id, period_to=date(2024, 4, 1))
    await firm.refused("coordinator", early, "release_condition_not_met")
    await firm.reach(contract_id, completed)
    release = await firm.release(contract_id, date(2024, 4, 1))
    await firm.issue(release)
    await firm.certify(release)
    await firm.settled()
    await firm.pay("1200.00", date(2024, 4, 1), "WIRE-2", release)
    await firm.settled()
    await firm.move_to(date(2024, 12, 31))

    assert sorted(await events(firm)) == sorted(EVENTS.strip().splitlines())
    assert await receivables(firm) == RECEIVABLES.strip().splitlines()
    assert sorted(await letters(firm)) == sorted(LETTERS.strip().splitlines())
    assert await retainage(firm) == RETAINAGE.strip().splitlines()
    assert await firm.state("contract", contract_id) == "closed"
