"""A practice firm at work, driven through the doors of the processes as different people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, text
from temporalio.client import Client, WorkflowHandle

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.import_commands import PostImport
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    Certification,
    CertifyApplication,
    EditDraft,
    IssueInvoice,
    PrepareApplication,
    PrepareRelease,
    SubmitDraft,
)
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, ApproveMilestone
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.subjects import Subject, deterministic_id, process_name
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.histories.matching import Matching
from contracts_app.domain.roles import Role
from contracts_app.services import imports, quiet
from contracts_app.services.firms import NewFirm, add_client, found
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store.columns import metadata
from contracts_app.store.tables import legal_entity
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, own_step, reading
from workflows import held_against_log
from workflows.doors import Doors

STARTS_ON = date(2024, 1, 15)
QUIET_WITHIN = 60.0
UNSTATED = {
    "person",
    "person_role",
    "audit_entry",
    "audit_due",
    "audit_sum",
    "audit_head",
    "effect",
    "process",
    "session",
    "sign_in_count",
    "network_count",
}
"""Tables of the machinery (people, sessions, audit, what was heard, why it waits): not business facts."""
STAFF = {
    "coordinator": Role.coordinator,
    "second_coordinator": Role.coordinator,
    "project_manager": Role.project_manager,
    "second_project_manager": Role.project_manager,
    "controller": Role.controller,
    "administrator": Role.administrator,
}


class PracticeFirm:
    """One firm with its people, one client company, and another client who is a stranger to it."""

    def __init__(self, client: Client, engine: Engine, settings: Settings, name: str | None = None) -> None:
        self.temporal = client
        self.engine = engine
        self.settings = settings
        self.doors = Doors(client, engine, settings.task_queue)
        self.id = uuid4()
        self.people: dict[str, UUID] = {}
        self._name = name or f"Practice {self.id.hex[:8]}"
        self._keys = 0

    async def found(self) -> None:
        """Found the firm, hire its people, start its calendar."""
        await asyncio.to_thread(self._found)
        await self.doors.open_process(self.id, Subject.calendar, self.id)

    def _found(self) -> None:
        mail = f"{self.id.hex[:8]}.example"
        found(
            self.engine,
            NewFirm(
                id=self.id,
                name=self._name,
                time_zone="America/New_York",
                country="US",
                currency="USD",
                address="1 Example Street",
                email=f"billing@{mail}",
                number_prefix="P-",
                starts_on=STARTS_ON,
            ),
        )
        with own_step(self.engine, self.id, "people", Origin()) as tx:
            self.client_id = add_client(tx, "Example Builder", f"builder@{mail}", "2 Example Street")
            self.other_client_id = add_client(tx, "Other Builder", f"other@{mail}", "3 Example Street")
            self.legal_entity_id: UUID = tx.connection.execute(legal_entity.select()).one().id
            clients = {"client": self.client_id, "other_client": self.other_client_id}
            for who, role in STAFF.items() | {"client": Role.client, "other_client": Role.client}.items():
                self.people[who] = add_person(
                    tx,
                    name=who.replace("_", " ").title(),
                    email=f"{who}@{mail}",
                    password_hash="nobody signs in here",
                    roles=(role,),
                    client_id=clients.get(who),
                )

    # --- commands ------------------------------------------------------------------------------------------

    def command(self, who: str, body: Body, key: str | None = None) -> Command:
        """The command as the server would make it for this person."""
        self._keys += 1
        return Command(
            firm_id=self.id,
            by=self.people[who],
            key=key or f"{body.command} {self._keys}",
            signed_in="password",
            body=body,
        )

    async def give(self, who: str, body: Body, key: str | None = None) -> Outcome:
        """Give a command through the door."""
        return await self.doors.give(self.command(who, body, key))

    async def done(self, who: str, body: Body, key: str | None = None) -> dict[str, Any]:
        """Give a command that must be done; its result."""
        outcome = await self.give(who, body, key)
        assert outcome.done, (body.command, outcome.code, outcome.sentence)
        return dict(outcome.result)

    async def refused(self, who: str, body: Body, code: str) -> str:
        """Give a command that must be refused with this code; the sentence."""
        outcome = await self.give(who, body)
        assert not outcome.done, f"{body.command} was done"
        assert outcome.code == code, (outcome.code, outcome.sentence)
        assert len(outcome.sentence) > 10
        return outcome.sentence

    # --- a contract ----------------------------------------------------------------------------------------

    async def open_contract(self, number: str, terms: ContractTerms) -> UUID:
        """A contract that is being set up, by the coordinator."""
        key = f"open {number}"
        contract_id = deterministic_id(self.id, "contract", f"{self.people['coordinator']}:{key}")
        await self.done("coordinator", self.opening(number, terms, contract_id), key)
        return contract_id

    def opening(self, number: str, terms: ContractTerms, contract_id: UUID) -> OpenContract:
        """What the coordinator types to open a contract."""
        return OpenContract(
            contract_id=contract_id,
            client_id=self.client_id,
            legal_entity_id=self.legal_entity_id,
            project_manager_id=self.people["project_manager"],
            number=number,
            title=f"Ductwork {number}",
            terms=terms,
        )

    async def upload(self, kind: str, contract_id: UUID | None, rows: str, name: str = "file.csv") -> UUID:
        """Hand a file over as the web does: its bytes and its row, then its process."""
        import_id = await asyncio.to_thread(
            lambda: imports.receive(
                self.engine,
                firm_id=self.id,
                by=self.people["coordinator"],
                key=uuid4().hex,
                kind=kind,
                contract_id=contract_id,
                file_name=name,
                data=rows.encode(),
            )
        )
        await self.doors.open_process(self.id, Subject.importing, import_id)
        return import_id

    async def schedule(self, contract_id: UUID, number: str, values: Sequence[str | Decimal]) -> None:
        """Import and post a schedule of values with one line for each value."""
        rows = ["project_id,sov_line_id,line_number,description,scheduled_value,labor_pct,material_pct"]
        rows += [
            f"{number},{number}-SOV-{n:02},{n},Work item {n},{value},0.6,0.4"
            for n, value in enumerate(values, 1)
        ]
        import_id = await self.upload("schedule_of_values", contract_id, "\n".join(rows) + "\n")
        await self.settled()
        await self.done("coordinator", PostImport(import_id=import_id))

    async def lines(self, contract_id: UUID) -> dict[str, UUID]:
        """Ids of the schedule's lines by item number."""
        found = await self.rows(
            "SELECT item_no, id FROM sov_line WHERE contract_id = :c ORDER BY position", c=contract_id
        )
        return {row["item_no"]: row["id"] for row in found}

    async def active_contract(
        self, number: str = "C-1", values: Sequence[str] = ("60000.00", "40000.00"), **terms: Any
    ) -> UUID:
        """A contract in force, opened by the coordinator, activated by the controller."""
        agreed = terms_of(sum((Decimal(value) for value in values), Decimal(0)), **terms)
        contract_id = await self.open_contract(number, agreed)
        await self.schedule(contract_id, number, values)
        await self.done("controller", ActivateContract(contract_id=contract_id))
        return contract_id

    # --- billing -------------------------------------------------------------------------------------------

    async def drafted(
        self, contract_id: UUID, period_to: date, claims: Mapping[str, tuple[str, str]] | None = None
    ) -> UUID:
        """The next application as a draft, claiming work and stored material by item number."""
        made = await self.done(
            "coordinator", PrepareApplication(contract_id=contract_id, period_to=period_to)
        )
        invoice_id = UUID(made["invoice_id"])
        if claims:
            await self.done(
                "coordinator",
                EditDraft(invoice_id=invoice_id, entries=await self.entries(contract_id, claims)),
            )
        return invoice_id

    async def entries(self, contract_id: UUID, claims: Mapping[str, tuple[str, str]]) -> tuple[Entry, ...]:
        """Entries by item number: work of the period, material stored now."""
        lines = await self.lines(contract_id)
        return tuple(
            Entry(line_id=lines[item], this_period=Decimal(work), stored=Decimal(stored))
            for item, (work, stored) in claims.items()
        )

    async def release(self, contract_id: UUID, period_to: date, amount: str | None = None) -> UUID:
        """A retainage release invoice as a draft."""
        made = await self.done(
            "coordinator",
            PrepareRelease(
                contract_id=contract_id, period_to=period_to, amount=Decimal(amount) if amount else None
            ),
        )
        return UUID(made["invoice_id"])

    async def submit(self, invoice_id: UUID) -> str:
        """Hand a draft over for approval; the content hash to approve."""
        done = await self.done("coordinator", SubmitDraft(invoice_id=invoice_id))
        return str(done["content_hash"])

    async def approve(self, who: str, invoice_id: UUID, content_hash: str) -> dict[str, Any]:
        """Approve what was seen."""
        return await self.done(who, ApproveDraft(invoice_id=invoice_id, content_hash=content_hash))

    async def issue(self, invoice_id: UUID) -> dict[str, Any]:
        """From a draft to an issued invoice: submitted, approved by whoever must, issued."""
        seen = await self.submit(invoice_id)
        approved = await self.approve("project_manager", invoice_id, seen)
        if approved["still_needed"]:
            await self.approve("controller", invoice_id, seen)
        return await self.done("coordinator", IssueInvoice(invoice_id=invoice_id))

    async def certify(self, invoice_id: UUID, **decision: Any) -> dict[str, Any]:
        """The client certifies, in full unless told otherwise."""
        body = {"decision": Certification.in_full, **decision}
        return await self.done("client", CertifyApplication(invoice_id=invoice_id, **body))

    async def pay(self, amount: str, on: date, reference: str, *invoices: UUID) -> dict[str, Any]:
        """A payment of the client comes in."""
        return await self.done(
            "coordinator",
            ReceivePayment(
                client_id=self.client_id,
                amount=Decimal(amount),
                currency="USD",
                received_on=on,
                reference=reference,
                invoices=invoices,
            ),
        )

    async def reach(self, contract_id: UUID, milestone_id: UUID) -> None:
        """The coordinator gives evidence for a milestone, the project manager accepts it."""
        about = {"contract_id": contract_id, "milestone_id": milestone_id}
        given = await self.done("coordinator", AchieveMilestone(**about, evidence="Signed protocol"))
        await self.done("project_manager", ApproveMilestone(**about, version=given["version"]))

    # --- what there is -------------------------------------------------------------------------------------

    async def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        """Rows of this firm."""

        def read() -> list[dict[str, Any]]:
            with reading(self.engine, self.id) as connection:
                return [dict(row) for row in connection.execute(text(query), values).mappings()]

        return await asyncio.to_thread(read)

    async def state(self, table: str, record: UUID) -> str:
        """The state of a record."""
        found = await self.rows(f"SELECT state FROM {table} WHERE id = :id", id=record)
        return str(found[0]["state"])

    async def process(self, subject: str, record: UUID) -> dict[str, Any]:
        """Why the record waits."""
        found = await self.rows(
            "SELECT * FROM process WHERE subject = :s AND subject_id = :id", s=subject, id=record
        )
        return found[0]

    async def versions(self) -> dict[str, list[Any]]:
        """Every row of the business, so that two looks can be compared."""
        tables = [table.name for table in metadata.sorted_tables if table.name not in UNSTATED]
        return {table: await self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}

    async def audit(self, since: int = 0) -> list[dict[str, Any]]:
        """Audit bodies after a number, with their number as `seq`."""
        found = await self.rows(
            "SELECT seq, body::jsonb AS body FROM audit_entry WHERE seq > :since ORDER BY seq", since=since
        )
        return [{**row["body"], "seq": row["seq"]} for row in found]

    async def audit_end(self) -> int:
        """The number of the last audit entry."""
        return max((entry["seq"] for entry in await self.audit()), default=0)

    def name_of(self, person_id: str | None) -> str:
        """Who a person is in this firm; the system for nobody."""
        return next((who for who, known in self.people.items() if str(known) == person_id), "system")

    async def held_against_log(self, subject: Subject, record: UUID, *, forgotten: bool = False) -> Matching:
        """A process's events held against its audit entries; `forgotten`: as when Temporal has it no more."""
        known = (
            () if forgotten else await held_against_log.live(self.temporal, process_name(subject, record), 20)
        )
        assert known is not None
        with reading(self.engine, self.id) as connection:
            kept = held_against_log.archived(connection, self.id, subject, record)
            runs = await held_against_log.runs_of(known, kept, self.temporal.data_converter)
            return held_against_log.held(connection, self.id, subject, record, runs, complete=True)

    async def settled(self, ignoring: Sequence[str] = ()) -> None:
        """Wait until no process has anything to do."""
        until = time.monotonic() + QUIET_WITHIN
        while still := await asyncio.to_thread(quiet.open_work_of, self.engine, self.id):
            still = [sentence for sentence in still if not any(word in sentence for word in ignoring)]
            if not still:
                return
            assert time.monotonic() < until, still
            await asyncio.sleep(0.03)

    # --- time ----------------------------------------------------------------------------------------------

    async def move_to(self, day: date) -> None:
        """The administrator moves the calendar to nine in the morning of a day; everything settles."""
        await self.settled()  # what is due today is done today
        await self.done("administrator", MoveCalendar(to=day))
        await self.settled()

    async def almost(self, seconds: float, subject: str, record: UUID) -> None:
        """Shift the calendar to so many seconds before a process's deadline, and wake it: its timer is short.

        The command moves to the morning of a day; only a test needs the seconds before an instant.
        """
        known = await self.process(subject, record)

        def shift() -> None:
            owner = open_engine(self.settings.owner_database_url, pool_size=1)
            try:
                with firm_transaction(owner, self.id) as connection:
                    connection.execute(
                        text(
                            "UPDATE firm SET shift_seconds = floor(extract(epoch FROM :deadline - "
                            "make_interval(secs => :seconds) - clock_timestamp())) WHERE id = :firm"
                        ),
                        {"deadline": known["deadline"], "seconds": seconds, "firm": self.id},
                    )
            finally:
                owner.dispose()

        await asyncio.to_thread(shift)
        await self.handle(subject, record).signal("wake")

    # --- Temporal ------------------------------------------------------------------------------------------

    def handle(self, subject: str, record: UUID) -> WorkflowHandle[Any, Any]:
        """The workflow that carries a record."""
        return self.temporal.get_workflow_handle(f"{subject}/{record}")

    async def straight(self, command: Command, subject: str, record: UUID) -> Outcome:
        """Give a command to a workflow itself, past every door of ours."""
        outcome: Outcome = await self.handle(subject, record).execute_update(
            "command", command, id=command.update_id, result_type=Outcome
        )
        return outcome


def terms_of(original: Decimal, **other: Any) -> ContractTerms:
    """Terms in US dollars, ten per cent retained, net 30 from certification."""
    return ContractTerms.model_validate(
        {
            "currency": "USD",
            "original_sum": original,
            "contract_date": STARTS_ON,
            "retainage": {"rate_completed": "0.10", "rate_stored": "0.10"},
            "controller_limit": "50000.00",
            **other,
        }
    )
