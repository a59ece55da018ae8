"""Contracts billed by time and by runs, with approved time in January, for a practice firm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from contracts_app.domain.billing.billing_runs import StartBillingRun
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, EnterTime, SeenEntry, TypedTime
from contracts_app.domain.contract import InvoiceForm, ReceivableArises
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.store.transaction import firm_transaction
from tests.workflows.practice_firm import STARTS_ON, PracticeFirm, terms_of

PERIOD_TO = date(2024, 1, 31)
AFTER = date(2024, 2, 2)
LINE = ScheduleRow(
    item_no="1", description="Study", scheduled_value=Decimal("1000.00"), basis=Basis.time_and_materials
)
RATE = RateRow(rate=Decimal("100.00"), effective_from=STARTS_ON)


async def contracts_with_time(firm: PracticeFirm, count: int) -> list[UUID]:
    """So many contracts in force with two hours each, in the order in which a run takes them; it is after
    the period."""
    made = await asyncio.gather(*(_with_time(firm, f"R-{number}") for number in range(count)))
    await firm.move_to(AFTER)
    return sorted(made)


async def _with_time(firm: PracticeFirm, number: str) -> UUID:
    terms = terms_of(
        Decimal("1000.00"),
        retainage={},
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        billed_by_run=True,
    )
    contract_id = await firm.open_contract(number, terms)
    await firm.done("coordinator", SetSchedule(contract_id=contract_id, lines=(LINE,)))
    await firm.done("coordinator", SetRateCard(contract_id=contract_id, rows=(RATE,)))
    await firm.done("controller", ActivateContract(contract_id=contract_id))
    worked = TypedTime(item_no="1", person="Sample Engineer", work_date=STARTS_ON, seconds=7200)
    entered = await firm.done("coordinator", EnterTime(contract_id=contract_id, entries=(worked,)))
    entries = tuple(SeenEntry(id=UUID(entry), version=1) for entry in entered["entries"])
    await firm.done("project_manager", ApproveTime(contract_id=contract_id, entries=entries))
    return contract_id


async def start_run(firm: PracticeFirm, key: str = "a run") -> UUID:
    """A run to the end of January, started by the coordinator."""
    run_id = deterministic_id(firm.id, "billing_run", f"{firm.people['coordinator']}:{key}")
    await firm.done("coordinator", StartBillingRun(run_id=run_id, period_to=PERIOD_TO), key)
    return run_id


async def items(firm: PracticeFirm, run_id: UUID) -> int:
    """How many contracts of the run have their outcome."""
    found = await firm.rows("SELECT count(*) FROM billing_run_item WHERE billing_run_id = :run", run=run_id)
    return int(found[0]["count"])


async def until_items(firm: PracticeFirm, run_id: UUID, count: int) -> None:
    """Wait until so many contracts have their outcome."""
    until = time.monotonic() + 60
    while await items(firm, run_id) < count:
        assert time.monotonic() < until, f"{await items(firm, run_id)} of {count}"
        await asyncio.sleep(0.05)


async def until_done(firm: PracticeFirm, run_id: UUID) -> None:
    """Wait until the run is done, and everything it brought into being waits."""
    until = time.monotonic() + 60
    while await firm.state("billing_run", run_id) != "done":
        assert time.monotonic() < until, f"{await items(firm, run_id)} contracts have their outcome"
        await asyncio.sleep(0.05)
    await firm.settled()


@asynccontextmanager
async def held_up(firm: PracticeFirm, contract_id: UUID) -> AsyncIterator[None]:
    """While a contract's row is locked, a run stands before it."""
    with firm_transaction(firm.engine, firm.id) as connection:
        connection.execute(text("SELECT FROM contract WHERE id = :id FOR NO KEY UPDATE"), {"id": contract_id})
        yield
