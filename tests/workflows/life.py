"""The whole life of one small contract, which stops at every wait of every process.

At each stop `at(name, subject, id)` is called when the system is quiet: tests end workflows there and see
that they go on, or keep the history of the workflow at that moment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.import_commands import DecideImport, PostImport
from contracts_app.domain.commands.invoice_commands import EditDraft, IssueInvoice, RejectDraft
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from tests.workflows.practice_firm import PracticeFirm, terms_of

At = Callable[[str, str, UUID], Awaitable[None]]
LABOUR = """project_id,log_id,date,employee_id,role,sov_line_id,hours_st,hours_ot
C-1,L-1,2024-01-16,W-1,Fitter,C-1-SOV-01,8,0
C-1,L-2,2024-01-17,W-1,Fitter,C-1-SOV-02,8,1
"""
EVERYTHING = {"1": ("60000.00", "0.00"), "2": ("40000.00", "0.00")}
APPLICATION_DUE = date(2024, 2, 1)
CERTIFIED = date(2024, 2, 10)
PAID = date(2024, 3, 13)
"""The application falls due 30 days after 10 February, on 11 March; the first reminder a day later."""


async def live(firm: PracticeFirm, at: At) -> UUID:
    """From an empty contract to a closed one; returns its id."""

    async def stop(name: str, subject: str, record: UUID) -> None:
        await firm.settled()
        await at(name, subject, record)
        await firm.settled()

    contract_id = await _set_up(firm, stop)
    invoice_id = await _bill(firm, stop, contract_id)
    await _collect(firm, stop, contract_id, invoice_id)
    await _release(firm, stop, contract_id)
    await stop("calendar", "calendar", firm.id)
    return contract_id


async def _set_up(firm: PracticeFirm, stop: At) -> UUID:
    contract_id = await firm.open_contract("C-1", terms_of(Decimal("100000.00")))
    await stop("contract without schedule", "contract", contract_id)
    await firm.schedule(contract_id, "C-1", [work for work, _ in EVERYTHING.values()])
    await stop("contract setting up", "contract", contract_id)
    await firm.done("controller", ActivateContract(contract_id=contract_id))
    await firm.done(
        "coordinator", PlanMilestone(contract_id=contract_id, title="Final completion", close_out=True)
    )
    await stop("follow-up nothing owed", "follow-up", firm.client_id)
    await stop("contract waits for its period", "contract", contract_id)
    await _import(firm, stop, contract_id)
    return contract_id


async def _import(firm: PracticeFirm, stop: At, contract_id: UUID) -> None:
    refused = await firm.upload("labour_log", contract_id, "\x00\x01\x02 no table", "labour.csv")
    await stop("import refused", "import", refused)
    labour = await firm.upload("labour_log", contract_id, LABOUR, "labour.csv")
    await stop("import needs a decision", "import", labour)
    decided = DecideImport(import_id=labour, decisions={"unknown_workers": "keep"})
    await firm.done("coordinator", decided)
    await stop("import ready", "import", labour)
    await firm.done("coordinator", PostImport(import_id=labour))
    await stop("import posted", "import", labour)


async def _bill(firm: PracticeFirm, stop: At, contract_id: UUID) -> UUID:
    await fires(firm, "contract", contract_id)
    await stop("contract period has ended", "contract", contract_id)
    await firm.move_to(APPLICATION_DUE)
    invoice_id = await firm.drafted(contract_id, date(2024, 1, 31), EVERYTHING)
    await stop("invoice draft", "invoice", invoice_id)
    await stop("contract application in hand", "contract", contract_id)
    await firm.submit(invoice_id)
    await firm.done("project_manager", RejectDraft(invoice_id=invoice_id, reason="Line 2 is not finished"))
    await firm.done(
        "coordinator",
        EditDraft(invoice_id=invoice_id, entries=await firm.entries(contract_id, EVERYTHING)),
    )
    seen = await firm.submit(invoice_id)
    await stop("invoice in review", "invoice", invoice_id)
    await firm.approve("project_manager", invoice_id, seen)
    await stop("invoice in review by the controller", "invoice", invoice_id)
    await firm.approve("controller", invoice_id, seen)
    await stop("invoice approved", "invoice", invoice_id)
    await firm.done("coordinator", IssueInvoice(invoice_id=invoice_id))
    await stop("invoice submitted", "invoice", invoice_id)
    await fires(firm, "invoice", invoice_id)
    await stop("invoice overdue for certification", "invoice", invoice_id)
    return invoice_id


async def _collect(firm: PracticeFirm, stop: At, contract_id: UUID, invoice_id: UUID) -> None:
    await firm.move_to(CERTIFIED)
    await firm.certify(invoice_id)
    await stop("invoice certified", "invoice", invoice_id)
    await stop("contract waits for its close-out", "contract", contract_id)
    await stop("follow-up waits for a reminder's day", "follow-up", firm.client_id)
    await fires(firm, "follow-up", firm.client_id)
    await stop("follow-up after a reminder", "follow-up", firm.client_id)
    await firm.move_to(PAID)
    await firm.pay("90000.00", PAID, "CHECK-1", invoice_id)
    await stop("invoice paid", "invoice", invoice_id)


async def _release(firm: PracticeFirm, stop: At, contract_id: UUID) -> None:
    planned = await firm.rows("SELECT id FROM milestone")
    await firm.reach(contract_id, planned[0]["id"])
    await stop("contract may release", "contract", contract_id)
    release_id = await firm.release(contract_id, PAID)
    await firm.issue(release_id)
    await firm.settled()
    await firm.certify(release_id)
    await stop("contract waits for the last payment", "contract", contract_id)
    await firm.pay("10000.00", PAID, "CHECK-2")
    await stop("contract closed", "contract", contract_id)


async def fires(firm: PracticeFirm, subject: str, record: UUID) -> None:
    """Let the timer of a process fire by itself: its deadline comes two seconds from now."""
    before = await firm.process(subject, record)
    await firm.almost(2, subject, record)
    until = time.monotonic() + 30
    while (await firm.process(subject, record))["deadline"] == before["deadline"]:
        assert time.monotonic() < until, f"the timer of {subject} did not fire"
        await asyncio.sleep(0.05)
    await firm.settled()
