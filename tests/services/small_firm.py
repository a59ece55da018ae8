"""A small but complete practice firm, built through the services on a real database, for any test.

Four contracts' worth of life in a minute: imports, applications certified less and in full, a retainage
release, payments with cash left over, reminders, documents, mail, a refused command. `SmallFirm` can also be
used step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, select

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.import_commands import DecideImport, PostImport
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
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, ApproveMilestone, PlanMilestone
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.subjects import Subject, deterministic_id, process_named
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.contract import ContractTerms, ReceivableArises, RetainageTerms
from contracts_app.domain.receivables.receivables import CashPart
from contracts_app.domain.roles import Role
from contracts_app.services import (
    billing_runs,
    certificate_notices,
    contracts,
    delivery,
    firms,
    imports,
    invoice_documents,
    overdue_certificates,
    pencils,
    posting_imports,
    processes,
    receipts,
    reminders,
    reminding_approvers,
)
from contracts_app.services.invariants import Report, check_in
from contracts_app.services.performing import perform
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store import open_work
from contracts_app.store import processes as stored_processes
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.imports import find as find_import
from contracts_app.store.tables import invoice, legal_entity, sov_line
from contracts_app.store.transaction import Origin, open_engine, own_step, reading
from tests.services import paper_work, small_time_contract

STARTS = date(2024, 2, 19)
CLIENT_NAME = "Small General Contractor"
CLIENT_EMAIL = "billing@small-general-contractor.example"
PASSWORD = "a password for tests"
SCHEDULE = """Line id,Line,Description,Value
{0}-1,1,Mobilization,10000.00
{0}-2,2,Ductwork,60000.00
{0}-3,3,Controls,30000.33
"""
ORIGINAL_SUM = Decimal("100000.33")
CHANGE_ORDERS = """CO,Submitted,Title,Amount,Status,Date signed
CO-1,2024-03-04,More dampers,5000.00,Approved,2024-03-11
CO-2,2024-03-06,Other grilles,900.00,Rejected,
"""
LABOUR = """log_id,date,employee_id,role,sov_line_id,hours_st,hours_ot
L-1,2024-03-04,W-1,Sheet metal worker,{0}-2,8,0
L-2,2024-03-05,W-1,Sheet metal worker,{0}-2,8,1.5
"""
PAPER_STEPS = {
    "make_documents",
    "make_notice",
    "make_pencil",
    "make_receipts",
    "make_reminder",
    "deliver",
    "remind_approvers",
    "tell_overdue",
}


@dataclass
class SmallFirm:
    """A practice firm with one person per role; commands are given as their processes would do them."""

    engine: Engine
    settings: Settings
    id: UUID
    client_id: UUID
    entity_id: UUID
    people: Mapping[Role, UUID]
    contracts: dict[str, UUID] = field(default_factory=dict)
    invoices: dict[str, UUID] = field(default_factory=dict)
    papers: bool = False
    """Whether papers are made and mailed: seconds each, so only for tests that look at them."""
    unmade: dict[str, paper_work.Standing] = field(default_factory=dict)
    """Processes whose next step is a paper that is left unmade, each with what that was decided from."""
    refused: Outcome | None = None
    _given: int = 0

    def give(self, role: Role, body: Body, key: str | None = None) -> Outcome:
        """Give a command as the person of this role, under a new key unless one is named."""
        self._given += 1
        command = Command(
            firm_id=self.id,
            by=self.people[role],
            key=key or f"small-{self._given}",
            signed_in="password",
            body=body,
        )
        return perform(self.engine, command, Origin(update_id=command.update_id))

    def do(self, role: Role, body: Body, key: str | None = None) -> Outcome:
        """Give a command that must be done, then do all automatic work that follows."""
        outcome = self.give(role, body, key)
        assert outcome.done, f"{body.command}: {outcome.sentence}"
        self.settle()
        return outcome

    def settle(self) -> None:
        """Do every automatic step that is due, until every process waits for a person or a day.

        Without `papers` those stay unmade. With them, those that are due at once are made at once.
        """
        for _ in range(50):
            with reading(self.engine, self.id) as connection:
                names = set(stored_processes.running(connection, self.id))
                standing = paper_work.standing(connection, self.id)
                if not self.papers:  # a letter that is put off stays due though its process has seen it
                    names &= {name for name, _ in open_work.due(connection, self.id)}
                    names -= {name for name, was in self.unmade.items() if standing.get(name) == was}
            due = {name: self._due(*process_named(name)) for name in names}
            self.unmade |= {name: standing[name] for name, step in due.items() if step in PAPER_STEPS}
            on_paper = {name: step for name, step in due.items() if step in PAPER_STEPS and self.papers}
            quick = {name: step for name, step in due.items() if step and step not in PAPER_STEPS}
            for name, step in quick.items():
                self._step(name, step)
            with ThreadPoolExecutor(6) as pool:
                list(pool.map(self._step, on_paper, on_paper.values()))
            if not quick and not on_paper:
                return
        raise AssertionError("the firm does not come to rest")

    def make_papers(self) -> None:
        """Make and mail the papers that are due, all at once."""
        usual, self.papers = self.papers, True
        self.settle()
        self.papers = usual

    def checked(self, online: bool = False) -> Report:
        """What `contracts check` finds in this firm: its papers made first, or `online` as it stands."""
        if not online:
            self.make_papers()
        with reading(self.engine, self.id) as connection:
            return check_in(connection, self.id, online=online)

    def _due(self, subject: Subject, subject_id: UUID) -> str:
        """The step that one process would do now; empty where it waits."""
        following = processes.decide_next(self.engine, self.id, subject, subject_id, Origin()).next
        return following.step if following.kind == "do" else ""

    def _step(self, process: str, step: str) -> None:
        """One step of one process."""
        subject, subject_id = process_named(process)
        about = {"invoice_id" if subject is Subject.invoice else "client_id": subject_id}
        steps: Mapping[str, Callable[[], object]] = {
            "make_documents": lambda: invoice_documents.make_documents(
                self.engine, self.settings, self.id, subject_id, Origin()
            ),
            "make_notice": lambda: certificate_notices.make_notice(
                self.engine, self.settings, self.id, subject_id, Origin()
            ),
            "tell_overdue": lambda: overdue_certificates.tell_overdue(
                self.engine, self.settings, self.id, subject_id, Origin()
            ),
            "remind_approvers": lambda: reminding_approvers.remind_approvers(
                self.engine, self.settings, self.id, subject_id, Origin()
            ),
            "make_pencil": lambda: pencils.make_pencil(
                self.engine, self.settings, self.id, subject_id, Origin()
            ),
            "make_receipts": lambda: receipts.make_receipts(self.engine, self.id, subject_id, Origin()),
            "make_reminder": lambda: reminders.make_reminders(self.engine, self.id, subject_id, Origin()),
            "deliver": lambda: delivery.deliver(self.engine, self.settings, self.id, Origin(), **about),
            "analyse_import": lambda: imports.analyse_import(self.engine, self.id, subject_id, Origin()),
            "post_chunk": lambda: posting_imports.post_chunk(self.engine, self.id, subject_id, Origin()),
            "close_contract": lambda: self._close(subject_id),
            "draft_chunk": lambda: billing_runs.draft_chunk(self.engine, self.id, subject_id, Origin()),
            "end_billing_run": lambda: billing_runs.end_billing_run(
                self.engine, self.id, subject_id, Origin()
            ),
        }
        steps[step]()

    def _close(self, contract_id: UUID) -> None:
        with own_step(self.engine, self.id, f"close:{contract_id}", Origin()) as tx:
            contracts.close_contract(tx, contract_id)

    def go_to(self, day: date) -> None:
        """Move the calendar; what falls due until then is done."""
        self.do(Role.administrator, MoveCalendar(to=day))

    def open_contract(
        self,
        number: str,
        arises: ReceivableArises = ReceivableArises.certification,
        controller_limit: Decimal = Decimal("50000.00"),
        currency: str = "USD",
        activate: bool = True,
        retainage: RetainageTerms | None = None,
        agreed: Mapping[str, Any] | None = None,
    ) -> UUID:
        """A contract with the small schedule, activated (or not); `entity_id` bills it. `agreed`: more."""
        by, key = self.people[Role.coordinator], f"open {number}"
        contract_id = deterministic_id(self.id, "contract", f"{by}:{key}")
        terms = ContractTerms(
            currency=currency,
            original_sum=ORIGINAL_SUM,
            contract_date=STARTS,
            retainage=retainage
            or RetainageTerms(rate_completed=Decimal("0.10"), rate_stored=Decimal("0.05")),
            receivable_arises=arises,
            controller_limit=controller_limit,
            **(agreed or {}),
        )
        opened = OpenContract(
            contract_id=contract_id,
            client_id=self.client_id,
            legal_entity_id=self.entity_id,
            project_manager_id=self.people[Role.project_manager],
            number=number,
            title=f"Small contract {number}",
            terms=terms,
        )
        self.do(Role.coordinator, opened, key)
        self.contracts[number] = contract_id
        self.post("schedule_of_values", number, SCHEDULE.format(number))
        if activate:
            self.do(Role.controller, ActivateContract(contract_id=contract_id))
        return contract_id

    def post(self, kind: str, number: str, text: str) -> UUID:
        """Upload a CSV file for a contract, answer every question with its first choice, and post it."""
        import_id = imports.receive(
            self.engine,
            firm_id=self.id,
            by=self.people[Role.coordinator],
            key=f"{kind} {number}",
            kind=kind,
            contract_id=self.contracts[number],
            file_name=f"{kind}.csv",
            data=text.encode(),
        )
        self.settle()
        with reading(self.engine, self.id) as connection:
            row = find_import(connection, self.id, import_id)
        assert row is not None
        asked = {one["key"]: one["choices"][0]["value"] for one in row["report"]["decisions"]}
        if row["state"] == "needs_decision":
            self.do(Role.coordinator, DecideImport(import_id=import_id, decisions=asked))
        self.do(Role.coordinator, PostImport(import_id=import_id))
        return import_id

    def lines(self, number: str) -> Mapping[str, UUID]:
        """The contract's schedule lines by item number."""
        with reading(self.engine, self.id) as connection:
            rows = connection.execute(
                select(sov_line.c.item_no, sov_line.c.id).where(
                    sov_line.c.firm_id == self.id, sov_line.c.contract_id == self.contracts[number]
                )
            ).all()
        return {row.item_no: row.id for row in rows}

    def prepare(self, number: str, period_to: date, claimed: Mapping[str, str] | None = None) -> UUID:
        """A draft application that claims these amounts by item number; without any, all that is left."""
        outcome = self.do(
            Role.coordinator,
            PrepareApplication(
                contract_id=self.contracts[number], period_to=period_to, complete=claimed is None
            ),
        )
        invoice_id = UUID(str(outcome.result["invoice_id"]))
        if claimed:
            known = self.lines(number)
            entries = tuple(
                Entry(line_id=known[item], this_period=Decimal(amount)) for item, amount in claimed.items()
            )
            self.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))
        return invoice_id

    def approve(self, invoice_id: UUID) -> None:
        """Submit, then approve by the whole chain."""
        self.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
        for role in (Role.project_manager, Role.controller):
            with reading(self.engine, self.id) as connection:
                state, seen = connection.execute(
                    select(invoice.c.state, invoice.c.content_hash).where(
                        invoice.c.firm_id == self.id, invoice.c.id == invoice_id
                    )
                ).one()
            if state == "in_review":
                self.do(role, ApproveDraft(invoice_id=invoice_id, content_hash=seen))

    def issue(self, invoice_id: UUID, name: str) -> UUID:
        """Submit, approve by the whole chain, issue; the papers are made and mailed."""
        self.approve(invoice_id)
        self.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))
        self.invoices[name] = invoice_id
        return invoice_id

    def certify(
        self, invoice_id: UUID, accepted: Mapping[UUID, str] | None = None, reason: str = "Not all done"
    ) -> Decimal:
        """The client certifies: in full, or less on the lines named. Returns line 8 as certified."""
        lines = tuple(
            Entry(line_id=line, this_period=Decimal(amount)) for line, amount in (accepted or {}).items()
        )
        outcome = self.do(
            Role.client,
            CertifyApplication(
                invoice_id=invoice_id,
                decision=Certification.less if lines else Certification.in_full,
                lines=lines,
                reason=reason if lines else "",
            ),
        )
        return Decimal(str(outcome.result["certified_line8"]))

    def receive(self, amount: Decimal, received_on: date, reference: str, *invoices: UUID) -> UUID:
        """Cash of the client comes in."""
        outcome = self.do(
            Role.coordinator,
            ReceivePayment(
                client_id=self.client_id,
                amount=amount,
                currency="USD",
                received_on=received_on,
                reference=reference,
                invoices=invoices,
            ),
        )
        return UUID(str(outcome.result["payment_id"]))

    def apply(self, payment_id: UUID, invoice_id: UUID, amount: str) -> Outcome:
        """Apply unapplied cash of the client's payment to an invoice; the outcome may be a refusal."""
        part = CashPart(invoice_id=invoice_id, amount=Decimal(amount))
        outcome = self.give(
            Role.coordinator,
            ApplyCash(client_id=self.client_id, payment_id=payment_id, applications=(part,)),
        )
        self.settle()
        return outcome

    def close_out(self, number: str) -> None:
        """Plan, achieve and approve the milestone that the release of retainage depends on."""
        contract_id = self.contracts[number]
        planned = self.do(
            Role.coordinator, PlanMilestone(contract_id=contract_id, title="Final inspection", close_out=True)
        )
        milestone_id = UUID(str(planned.result["milestone_id"]))
        evidence = "Inspection report 7"
        achieve = AchieveMilestone(contract_id=contract_id, milestone_id=milestone_id, evidence=evidence)
        self.approve_milestone(contract_id, milestone_id, self.do(Role.coordinator, achieve))

    def approve_milestone(self, contract_id: UUID, milestone_id: UUID, achieved: Outcome) -> None:
        """The project manager accepts the evidence as it was given."""
        version = int(str(achieved.result["version"]))
        approve = ApproveMilestone(contract_id=contract_id, milestone_id=milestone_id, version=version)
        self.do(Role.project_manager, approve)

    def seen(self, *entries: UUID) -> tuple[SeenEntry, ...]:
        """Time entries with their versions of now."""
        with reading(self.engine, self.id) as connection:
            found = connection.execute(
                select(time_entry.c.id, time_entry.c.version).where(
                    time_entry.c.firm_id == self.id, time_entry.c.id.in_(entries)
                )
            ).all()
        versions = {row.id: row.version for row in found}
        return tuple(SeenEntry(id=entry, version=versions[entry]) for entry in entries)

    def release(self, number: str, period_to: date, name: str) -> UUID:
        """The retainage release invoice for all that is held, issued."""
        outcome = self.do(
            Role.coordinator, PrepareRelease(contract_id=self.contracts[number], period_to=period_to)
        )
        return self.issue(UUID(str(outcome.result["invoice_id"])), name)


def found(settings: Settings, name: str = "Small Mechanical", papers: bool = False) -> SmallFirm:
    """A practice firm that starts on 2024-02-19, with a client and one person per role; no contract yet.

    Dispose of its `engine` at the end.
    """
    engine = open_engine(settings.database_url, pool_size=7)
    firm_id = uuid4()
    firms.found(
        engine,
        firms.NewFirm(
            id=firm_id,
            name=name,
            time_zone="America/Chicago",
            country="US",
            currency="USD",
            address="3 Small Street\nSmall City, ST 00000",
            email="billing@small-mechanical.example",
            number_prefix="SM-",
            starts_on=STARTS,
        ),
    )
    with own_step(engine, firm_id, "people", Origin()) as tx:
        client_id = firms.add_client(tx, CLIENT_NAME, CLIENT_EMAIL, "4 Small Avenue\nSmall City, ST 00000")
        password = hash_password(settings, PASSWORD)
        people = {
            role: add_person(
                tx,
                name=f"Small {role.value.replace('_', ' ').title()}",
                email=f"{role.value}@{firm_id}.example",
                password_hash=password,
                roles=(role,),
                client_id=client_id if role is Role.client else None,
            )
            for role in Role
        }
        entity_id = tx.connection.execute(
            select(legal_entity.c.id).where(legal_entity.c.firm_id == firm_id)
        ).scalar_one()
    small = SmallFirm(engine, settings, firm_id, client_id, entity_id, people, papers=papers)
    small.settle()
    return small


def lived(settings: Settings) -> SmallFirm:
    """The firm after half a year, with its papers: contract A billed, released, paid, closed; B and T open.

    Invoices: A1 certified less, A2 (final), AR (release), B1 issued on submission terms, certified less,
    reminded of and part paid from the cash left over, B2 a draft; T1 and T2 for time, a milestone in parts
    and a deposit, T1 paid. Nothing is due.
    """
    small = found(settings)
    small.open_contract("A")
    small.open_contract("B", ReceivableArises.submission, Decimal("1000000.00"))
    small.go_to(date(2024, 3, 31))
    small.post("change_orders", "A", CHANGE_ORDERS)
    small.post("labour_log", "A", LABOUR.format("A"))
    lines = small.lines("A")
    a1 = small.prepare("A", date(2024, 3, 31), {"1": "10000.00", "2": "30000.00", "3": "10.05"})
    small.refused = small.give(Role.coordinator, IssueInvoice(invoice_id=a1), "too early")
    small.issue(a1, "A1")
    b1 = small.issue(small.prepare("B", date(2024, 3, 31), {"1": "10000.00", "2": "20000.00"}), "B1")
    small.go_to(date(2024, 4, 7))
    owed = small.certify(a1, {lines["2"]: "25000.00"})
    small.certify(b1, {small.lines("B")["2"]: "15000.00"})
    small.receive(owed, date(2024, 4, 5), "WIRE-1", a1)
    small.go_to(date(2024, 4, 30))
    a2 = small.issue(small.prepare("A", date(2024, 4, 30)), "A2")
    small.go_to(date(2024, 5, 6))  # B1 is overdue by then: a reminder goes out
    small.make_papers()
    owed = small.certify(a2)
    small.close_out("A")
    release = small.release("A", date(2024, 5, 6), "AR")
    owed += small.certify(release)
    second = small.receive(owed + Decimal("9000.50"), date(2024, 5, 6), "WIRE-2", a2, release)
    assert small.apply(second, b1, "2000.25").done
    small.invoices["B2"] = small.prepare("B", date(2024, 4, 30), {"2": "1.00"})
    small_time_contract.live(small, "T")
    small.make_papers()
    return small
