"""A command that meets a defect ends as a refusal and can be given again; one that meets an outage waits."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from temporalio.common import RetryPolicy

from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft, WithdrawDraft
from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.services import invariants
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm, terms_of
from workflows.steps import Steps

JANUARY = date(2024, 1, 31)
TRIES = 5
QUOTED = re.compile(r"defect ([0-9a-f]{10})")

Broken = Callable[..., Awaitable[Callable[[], Awaitable[int]]]]


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tries in a tenth of a second each instead of seconds."""
    monkeypatch.setattr("workflows.process.DEFECT_PAUSES", [timedelta(milliseconds=20)] * (TRIES - 1))
    quick = RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_interval=timedelta(seconds=0.2))
    monkeypatch.setattr("workflows.process.FOR_EVER", quick)


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[Engine]:
    """The database as its owner, who may put a trigger into it."""
    engine = open_engine(settings.owner_database_url, pool_size=1)
    yield engine
    engine.dispose()


@asynccontextmanager
async def broken(
    owner: Engine, table: str, error: str, when: str = "true"
) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Inserts into the table fail with this error; gives how often one was tried (rolled back or not)."""

    def run(*statements: str) -> int:
        with owner.begin() as connection:
            answers = [connection.execute(text(statement)) for statement in statements]
            return int(answers[-1].scalar_one()) if answers[-1].returns_rows else 0

    await asyncio.to_thread(
        run,
        "CREATE SEQUENCE tries MINVALUE 0",
        "GRANT USAGE ON SEQUENCE tries TO PUBLIC",
        f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tries'); "
        f"RAISE EXCEPTION 'nobody foresaw this' USING ERRCODE = '{error}'; END $$",
        f"CREATE TRIGGER fails BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION fail()",
    )

    async def tried() -> int:
        return await asyncio.to_thread(run, "SELECT last_value + is_called::int FROM tries")

    try:
        yield tried
    finally:
        await asyncio.to_thread(
            run, f"DROP TRIGGER fails ON {table}", "DROP FUNCTION fail()", "DROP SEQUENCE tries"
        )


async def _given_again(firm: PracticeFirm, give: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """The outcome of the same key once the process has started its new run."""
    until = time.monotonic() + 15
    while (outcome := await give()).code == "defect":
        assert time.monotonic() < until, outcome
        await asyncio.sleep(0.1)
    return outcome


def _reference(outcome: Outcome) -> str:
    """What to quote to the administrator."""
    assert (outcome.done, outcome.code, outcome.status) == (False, "defect", 500), outcome
    assert "Nothing was changed" in outcome.sentence
    found = QUOTED.search(outcome.sentence)
    assert found, outcome.sentence
    return found[1]


def _alerts(log: pytest.LogCaptureFixture, reference: str) -> list[str]:
    return [
        record.getMessage()
        for record in log.records
        if record.levelno == logging.ERROR and reference in record.getMessage()
    ]


@pytest.mark.parametrize("error", ["unique_violation", "numeric_value_out_of_range", "undefined_column"])
async def test_a_defect_ends_as_a_refusal_and_the_key_is_good_again_when_it_is_mended(
    new_firm: NewFirm, worker: Steps, owner: Engine, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    firm = await new_firm()
    met = int(worker.defects.get("defects", "0"))
    contract_id = await firm.active_contract()
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
    async with broken(owner, "milestone", error) as tried:
        outcome = await firm.give("coordinator", plan, "plan")
        assert await tried() == TRIES
    reference = _reference(outcome)
    await firm.settled()
    assert await firm.versions() == before
    entries = await firm.audit(end)
    assert [(entry["kind"], entry["action"], entry["doing"]) for entry in entries] == [
        ("refusal", "plan_milestone", "refused")
    ]
    assert entries[0]["after"] == {"code": "defect"}
    assert entries[0]["reason"] == outcome.sentence
    assert entries[0]["by"] == str(firm.people["coordinator"])
    assert entries[0]["command"]["title"] == "Handover"
    assert _alerts(caplog, reference), "operators see nothing in the log"
    assert worker.defects["defects"] == str(met + 1), "operators see nothing in the status"
    assert worker.defects["last_defect"].startswith(reference)
    until = time.monotonic() + 15  # the new run asks once more what is next
    while (
        described := await firm.handle("contract", contract_id).describe()
    ).raw_description.pending_activities:
        assert time.monotonic() < until, f"it still occupies the process: {described.raw_description}"
        await asyncio.sleep(0.1)

    done = await _given_again(firm, lambda: firm.give("coordinator", plan, "plan"))
    assert done.done, done
    assert await firm.give("coordinator", plan, "plan") == done
    assert len(await firm.rows("SELECT id FROM milestone")) == 1


async def test_each_defect_has_an_entry_and_the_books_stay_in_order(
    new_firm: NewFirm, owner: Engine, settings: Settings
) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
    async with broken(owner, "milestone", "check_violation"):
        first = await firm.give("coordinator", plan, "plan")
        other = await firm.give("coordinator", plan, "another plan")
        assert _reference(first) != _reference(other)
        until = time.monotonic() + 15
        while (again := await firm.give("coordinator", plan, "plan")) == first:
            assert time.monotonic() < until, "the answer is the one of the run before"
            await asyncio.sleep(0.1)
        assert _reference(again) not in (_reference(first), _reference(other))
    entries = [entry for entry in await firm.audit() if entry["after"].get("code") == "defect"]
    assert [entry["reason"] for entry in entries] == [outcome.sentence for outcome in (first, other, again)]
    await _given_again(firm, lambda: firm.give("coordinator", plan, "plan"))
    await firm.settled()
    report = await asyncio.to_thread(invariants.check, settings)
    assert report.ok, list(report.sentences())


async def test_an_opening_that_met_a_defect_can_be_given_again(new_firm: NewFirm, owner: Engine) -> None:
    firm = await new_firm()
    key = "open"
    contract_id = deterministic_id(firm.id, "contract", f"{firm.people['coordinator']}:{key}")
    opening = firm.opening("C-1", terms_of(Decimal(1000)), contract_id)
    async with broken(owner, "contract", "not_null_violation"):
        _reference(await firm.give("coordinator", opening, key))
    assert await firm.rows("SELECT id FROM contract") == []
    done = await _given_again(firm, lambda: firm.give("coordinator", opening, key))
    assert done.done, done
    await firm.settled()
    assert (await firm.process("contract", contract_id))["for_role"] == "coordinator"


async def _finished_invoice(firm: PracticeFirm) -> UUID:
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY)
    await firm.done("coordinator", WithdrawDraft(invoice_id=invoice_id, reason="Prepared for no month"))
    await firm.settled()
    return invoice_id


async def test_a_defect_without_a_process_is_told_the_same_way(
    new_firm: NewFirm, owner: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    firm = await new_firm()
    invoice_id = await _finished_invoice(firm)
    end = await firm.audit_end()
    again = WithdrawDraft(invoice_id=invoice_id, reason="Once more")
    own = "NEW.key NOT LIKE '%defect:%'"
    async with broken(owner, "effect", "foreign_key_violation", own):
        outcome = await firm.give("coordinator", again, "once more")
    assert _alerts(caplog, _reference(outcome))
    assert [entry["after"] for entry in await firm.audit(end)] == [{"code": "defect"}]
    assert (await firm.give("coordinator", again, "once more")).code == "not_in_this_state"


async def test_a_defect_that_cannot_even_be_recorded_ends_too(
    new_firm: NewFirm, owner: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    end = await firm.audit_end()
    async with broken(owner, "audit_entry", "raise_exception"):
        outcome = await firm.give("controller", ActivateContract(contract_id=contract_id), "activate")
    assert any("not in the audit" in said for said in _alerts(caplog, _reference(outcome)))
    assert await firm.audit(end) == []


@pytest.mark.parametrize("error", ["serialization_failure", "deadlock_detected", "admin_shutdown"])
async def test_an_outage_is_tried_until_it_is_over(new_firm: NewFirm, owner: Engine, error: str) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.settled()
    plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
    async with broken(owner, "milestone", error) as tried:
        giving = asyncio.create_task(firm.give("coordinator", plan, "plan"))
        until = time.monotonic() + 15
        while await tried() <= TRIES + 2:
            assert not giving.done(), giving.result()
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
    assert (await giving).done


async def test_a_programming_error_is_a_defect(
    new_firm: NewFirm, owner: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """A draft whose stored entries nobody can read: Python stumbles, not the database."""
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY)
    edit = EditDraft(
        invoice_id=invoice_id, entries=await firm.entries(contract_id, {"1": ("100.00", "0.00")})
    )

    def spoil(entries: str) -> str:
        with owner.begin() as connection:
            connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(firm.id)})
            found = connection.execute(text("SELECT entries FROM invoice WHERE id = :i"), {"i": invoice_id})
            before = str(found.scalar_one())
            connection.execute(
                text("UPDATE invoice SET entries = CAST(:e AS jsonb) WHERE id = :i"),
                {"e": entries, "i": invoice_id},
            )
            return before

    await asyncio.to_thread(spoil, '"no entries at all"')
    outcome = await firm.give("coordinator", edit, "edit")
    assert _alerts(caplog, _reference(outcome))
    await asyncio.to_thread(spoil, "[]")
    done = await _given_again(firm, lambda: firm.give("coordinator", edit, "edit"))
    assert done.done, done
