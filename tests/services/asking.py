"""People who ask anything of one contract on a real database, looked at after every command.

A refusal has changed nothing; the same key again gets the same answer and changes nothing; what was given
once is stale under another key; every invariant holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.commands.subjects import Subject, deterministic_id
from contracts_app.domain.commands.time_commands import SeenEntry
from contracts_app.domain.roles import Role
from contracts_app.services import imports, parked
from contracts_app.services.invariants import check_in
from contracts_app.services.performing import perform
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import billing_groups
from contracts_app.store import imports as imports_kept
from contracts_app.store.columns import metadata
from contracts_app.store.transaction import SAME_KEY_OTHER_BODY, Origin, open_engine, own_step, reading
from tests.conftest import CopyDatabase
from tests.services import small_time_contract
from tests.services.contract_facts import A_PAPER, ASKED, Facts, NothingToName, People, Pick, facts
from tests.services.small_firm import STARTS, SmallFirm, found

THE_CONTRACT = "the contract"
A_FILE = "CO,Submitted,Title,Amount,Status,Date signed\nF-{0},03/04/2024,Grilles,90.00,Rejected,\n"
"""Its day and month may be read either way, so the import asks."""
A_FILE_FOR_MANY = "Date,Person,Hours,Project\n{0},Sample Engineer,0.25,Only here\n"
WHAT_WAS_ASKED = {"effect", "audit_due", "audit_sum", "audit_entry", "audit_head"}
"""Tables that keep who asked for what; they grow with a refusal, too."""
STATE = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}', count(*), max(xmin::text::bigint) FROM {table.name}"
        f" WHERE {'id' if table.name == 'firm' else 'firm_id'} = :firm"
        for table in metadata.sorted_tables
        if table.name == "firm" or "firm_id" in table.c
    )
)
"""How many rows each table has, and which transaction wrote the last of them: a row that is added, changed or
deleted changes one of the two."""
State = Mapping[str, tuple[int, int | None]]


class Given(NamedTuple):
    """A command that was given, and its answer."""

    by: UUID | None
    key: str
    body: Body
    outcome: Outcome


def names_what_was_seen(body: Body) -> bool:
    """Whether the command names the version or the content that its giver saw."""
    fields = type(body).model_fields
    if {"version", "content_hash"} & fields.keys():
        return True
    return any(isinstance(one, SeenEntry) for name in ("entries", "costs") for one in getattr(body, name, ()))


@dataclass(frozen=True)
class Standing:
    """A contract in the middle of its life, kept in a database of its own to be gone on from."""

    small: SmallFirm
    people: People
    contract_id: UUID
    given: tuple[Given, ...]
    today: date
    keys: int


class Asking:
    """One contract of a small firm, and people who ask anything of it."""

    def __init__(self, standing: Standing) -> None:
        self.small = standing.small
        self.people, self.contract_id = standing.people, standing.contract_id
        self.given, self.today, self.keys = list(standing.given), standing.today, standing.keys
        self._owner: Engine = open_engine(self.small.settings.owner_database_url, pool_size=1)
        self._seen: State | None = None  # as long as nobody has written since

    def close(self) -> None:
        """Let go of the database."""
        self._owner.dispose()
        self.small.engine.dispose()

    def kept(self, copy_database: CopyDatabase) -> Standing:
        """A copy of all that stands now."""
        self.close()  # a database that somebody is connected to cannot be copied
        settings = copy_database(self.small.settings)
        small = replace(self.small, settings=settings, engine=open_engine(settings.database_url, pool_size=7))
        return Standing(small, self.people, self.contract_id, tuple(self.given), self.today, self.keys)

    def now(self) -> Facts:
        """How the contract stands."""
        with reading(self.small.engine, self.small.id) as connection:
            return facts(
                connection, self.small.id, self.people, self.contract_id, len(self.given), self.today
            )

    def holders(self, command: str, now: Facts) -> list[UUID]:
        """Who may give the command, the contract's own project manager first."""
        agreed = now.agreed
        own = agreed["project_manager_id"] if agreed else self.people.project_managers[0]
        managers = sorted(self.people.project_managers, key=lambda one: one != own)
        roles = ROUTES[command].roles
        return [
            person
            for role in roles
            for person in (managers if role is Role.project_manager else [self.small.people[role]])
        ]

    def ask(self, command: str, pick: Pick, by: UUID, now: Facts) -> Given | None:
        """Give the command with a body that fits, twice under one key; None where nothing fits."""
        try:
            body = ASKED[command](now, pick)
        except NothingToName:
            return None
        return self.twice(by, self.key(command, now), body)

    def twice(self, by: UUID, key: str, body: Body) -> Given:
        """Give it, and again under the same key; an approval that was done is then stale."""
        given = self.give(by, key, body)
        self.again(given)
        self.given.append(given)
        if given.outcome.done:
            if isinstance(body, MoveCalendar):
                self.today = body.to
            if ROUTES[body.command].subject in (Subject.importing, Subject.billing_run):
                self.settle()
            if names_what_was_seen(body):
                self.stale(given)
        return given

    def key(self, command: str, now: Facts) -> str:
        """A new key; a contract and a billing run have the id that follows from the one they begin under."""
        self.keys += 1
        if command == "start_billing_run":
            return now.run_key
        return f"K-{self.keys}" if command != "open_contract" or now.agreed else THE_CONTRACT

    def forget(self) -> None:
        """Somebody has written beside."""
        self._seen = None

    def give(self, by: UUID | None, key: str, body: Body) -> Given:
        """Give it; refused, it has changed nothing but the record of what was asked."""
        before = self._stands()
        outcome = self._perform(by, key, body)
        if not outcome.done:
            assert outcome.sentence
            changed = {table for table, rows in self._stands().items() if rows != before[table]}
            assert changed <= WHAT_WAS_ASKED, f"{body.command} was refused and changed {changed}"
        return Given(by, key, body, outcome)

    def again(self, *givens: Given) -> None:
        """The same under the same keys: the same answers, and nothing at all is written."""
        before = self._stands()
        for given in givens:
            assert self._perform(given.by, given.key, given.body) == given.outcome, given.body.command
        names = ", ".join(given.body.command for given in givens)
        assert self._stands() == before, f"done twice: one of {names}"

    def other_content(self, given: Given, body: Body) -> None:
        """Something else under a key that was used."""
        refused = self.give(given.by, given.key, body).outcome
        assert (refused.done, refused.code) == (False, SAME_KEY_OTHER_BODY)

    def stale(self, given: Given) -> None:
        """What was done is given again under a new key: it names what is no longer so."""
        self.keys += 1
        refused = self.give(given.by, f"K-{self.keys}", given.body)
        assert not refused.outcome.done, f"{given.body.command} did again what it had done before"

    def done(self) -> list[Given]:
        """What was done so far."""
        return [one for one in self.given if one.outcome.done]

    def go_on(self, days: int) -> None:
        """The calendar moves."""
        self.today += timedelta(days=days)
        self.small.go_to(self.today)
        self._seen = None

    def upload(self) -> None:
        """A file of change orders comes in and is read."""
        number = len(self.given)
        imports.receive(
            self.small.engine,
            firm_id=self.small.id,
            by=self.people.coordinator,
            key=f"file {number}",
            kind="change_orders",
            contract_id=self.contract_id,
            file_name=f"{number}.csv",
            data=A_FILE.format(number).encode(),
        )
        self.settle()

    def upload_for_many(self) -> None:
        """A file of time that names no contract comes in and is read."""
        number = len(self.given)
        imports.receive(
            self.small.engine,
            firm_id=self.small.id,
            by=self.people.coordinator,
            key=f"file {number}",
            kind="timesheet",
            contract_id=None,
            file_name=f"{number}.csv",
            data=A_FILE_FOR_MANY.format(self.today).encode(),
        )
        self.settle()

    def approve_the_others(self) -> None:
        """The drafts of the other two contracts are submitted and approved."""
        others = (self.people.other_contract_id, self.people.third_contract_id)
        with reading(self.small.engine, self.small.id) as connection:
            drafts = billing_groups.drafts_of(connection, self.small.id, others)
        for draft in drafts:
            self.small.approve(draft["id"])
        self._seen = None

    def park(self) -> None:
        """The letter with an invoice that is out cannot be delivered."""
        self.settle()
        (invoice_id, *_) = self.now().in_state("submitted", "issued", "certified")
        said = "The mail server does not answer."
        parked.park(self.small.engine, self.small.id, Subject.invoice, invoice_id, "deliver", said, Origin())
        self._seen = None

    def settle(self) -> None:
        """The automatic work that is due is done."""
        self.small.settle()
        self._seen = None

    def check(self) -> None:
        """The automatic work is done, and no invariant is broken by what was done, or by what was refused."""
        self.settle()
        with reading(self.small.engine, self.small.id) as connection:
            report = check_in(connection, self.small.id, online=True)
        assert not any(finding.violations for finding in report.findings), "\n".join(report.sentences())

    def _perform(self, by: UUID | None, key: str, body: Body) -> Outcome:
        self._seen = None
        command = Command(firm_id=self.small.id, by=by, key=key, signed_in="password", body=body)
        return perform(self.small.engine, command, Origin(update_id=command.update_id))

    def _stands(self) -> State:
        if self._seen is None:
            with reading(self._owner, self.small.id) as connection:  # the owner of the tables sees every one
                rows = connection.execute(STATE, {"firm": self.small.id})
                self._seen = {name: (count, last) for name, count, last in rows}
        return self._seen


def at_the_beginning(settings: Settings) -> Asking:
    """A firm with two project managers and another contract; the contract itself is not opened yet."""
    small = found(settings, f"Asked {uuid4()}")
    with own_step(small.engine, small.id, "second", Origin()) as tx:
        second = add_person(
            tx,
            name="Second Project Manager",
            email=f"second@{small.id}.example",
            password_hash="signs in nowhere",
            roles=(Role.project_manager,),
        )
        imports_kept.keep_bytes(tx.connection, small.id, A_PAPER)
    other, _ = small_time_contract.open_time_contract(small, "OTHER")
    third, _ = small_time_contract.open_time_contract(small, "THIRD")
    for number in ("OTHER", "THIRD"):  # 600.00 each, of which 400.00 was paid ahead
        small_time_contract.work(small, number, ("1", STARTS, 6))
    coordinator = small.people[Role.coordinator]
    people = People(
        firm_id=small.id,
        client_id=small.client_id,
        entity_id=small.entity_id,
        coordinator=coordinator,
        project_managers=(small.people[Role.project_manager], second),
        other_contract_id=other,
        third_contract_id=third,
    )
    contract_id = deterministic_id(small.id, "contract", f"{coordinator}:{THE_CONTRACT}")
    return Asking(Standing(small, people, contract_id, (), STARTS, 0))
