"""The once-only transaction: one command, one PostgreSQL transaction, one effect, its audit entries.

Order: firm → key lock → effect of that key, if any → decision and writes → audit → commit. A refusal rolls
the writes back and commits its audit entry and its effect alone, so that a refusal by any door is recorded
and a retry hears the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, select, text, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from contracts_app.domain import business_time
from contracts_app.domain.closing.periods import refused_by_the_books
from contracts_app.domain.commands.envelope import Envelope, Outcome
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.transitions import Table as Transitions
from contracts_app.domain.transitions import require
from contracts_app.store import audit, personal
from contracts_app.store.tables import effect, firm

Given = TypeVar("Given", bound=Envelope)
_READ_A_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
_SEE_FIRM = text("SELECT set_config('app.firm', :firm, true)")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_SEE_FIRM_AND_LOCK = text(
    "SELECT set_config('app.firm', :firm, true), set_config('app.by', :by, true),"
    " pg_advisory_xact_lock(hashtextextended(:key, 0))"
)
_FIRM_NOW = select(
    firm.c.shift_seconds, firm.c.time_zone, firm.c.calendar_version, text("clock_timestamp() AS clock")
).where(firm.c.id == bindparam("firm"))
_EFFECT = select(effect).where(effect.c.firm_id == bindparam("firm"), effect.c.key == bindparam("key"))
SAME_KEY_OTHER_BODY = "key_used_with_other_content"


def open_engine(database_url: str, pool_size: int = 10) -> Engine:
    """An engine for `postgresql://…` with psycopg 3, in UTC."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_use_lifo=True,  # the session that was used last has its statements prepared
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=15000"},
    )


@contextmanager
def firm_transaction(engine: Engine, firm_id: UUID) -> Iterator[Connection]:
    """A transaction that sees this firm's rows only; commits at the end, rolls back on an exception."""
    with engine.begin() as connection:
        connection.execute(_SEE_FIRM, {"firm": str(firm_id)})
        yield connection


@contextmanager
def _alone_with(engine: Engine, firm_id: UUID, key: str, by: UUID | None) -> Iterator[Connection]:
    """The same for a person (None: the system), with a name of the firm's locked before anything is read."""
    told = {"firm": str(firm_id), "by": str(by or ""), "key": f"{firm_id}:{key}"}
    with engine.begin() as connection:
        connection.execute(_SEE_FIRM_AND_LOCK, told)
        yield connection


@contextmanager
def reading(engine: Engine, firm_id: UUID) -> Iterator[Connection]:
    """A read-only snapshot of this firm's rows."""
    with engine.connect() as connection, connection.begin():
        connection.execute(_READ_A_SNAPSHOT)
        connection.execute(_SEE_FIRM, {"firm": str(firm_id)})
        yield connection


@dataclass(frozen=True)
class Origin:
    """Where a command came from, for the audit entry: the workflow's ids when one carried it."""

    workflow_id: str | None = None
    run_id: str | None = None
    activity_id: str | None = None
    update_id: str | None = None


@dataclass
class Transaction:
    """What a service works with: the connection, who, when, and the one way to change a record."""

    connection: Connection
    firm_id: UUID
    by: UUID | None
    key: str
    clock: datetime
    shift_seconds: int
    zone: str
    calendar_version: int
    prepared: Mapping[UUID, Any] = field(default_factory=dict)
    """What was worked out before the transaction began, by the record it is about. Whoever uses it checks
    first that all it was worked out from is still so."""
    proposed_by: UUID | None = None
    """Who proposed what `by` agreed to and this transaction does; every audit entry names both."""
    _entries: list[audit.Entry] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The firm's business instant."""
        return business_time.business_now(self.clock, self.shift_seconds)

    def today(self, zone: str | None = None) -> date:
        """The business date, in the zone of a legal entity (default: the firm's)."""
        return business_time.date_in(self.now, zone or self.zone)

    def new_id(self, kind: str, *parts: object) -> UUID:
        """The id of what this command creates: the same on every retry."""
        return deterministic_id(self.firm_id, kind, ":".join([self.key, *(str(part) for part in parts)]))

    def part(self, *parts: object) -> Transaction:
        """The same transaction, for one of several things that a command does: what it creates has ids of its
        own, its audit entries are the command's."""
        return replace(self, key=":".join([self.key, *(str(part) for part in parts)]))

    def lock(self, table: Table, record_id: UUID, what: str) -> RowMapping:
        """The record, locked until the transaction ends. Raises Refused when it is not this firm's.

        Against other changes, not against rows that refer to it: those never wait for it.
        """
        row = (
            self.connection.execute(
                select(table)
                .where(table.c.firm_id == self.firm_id, table.c.id == record_id)
                .with_for_update(key_share=True)
            )
            .mappings()
            .first()
        )
        if row is None:
            raise not_found(what)
        return row

    def lock_name(self, name: str) -> None:
        """A name of this firm's, locked until the transaction ends: for what no single record stands for.

        To be called before records are locked, so that all wait in one order.
        """
        self.connection.execute(_LOCK, {"key": f"{self.firm_id}:{name}"})

    def insert(self, table: Table, **values: object) -> None:
        """Insert one row of this firm."""
        self.connection.execute(table.insert().values(firm_id=self.firm_id, **values))

    def create(self, table: Table, record_kind: str, action: str, /, reason: str = "", **values: Any) -> None:
        """Insert a record that has a state, with the audit entry of its creation."""
        self.insert(table, **values)
        self.record(record_kind, values["id"], 1, action, None, values.get("state"), {}, values, reason)

    def change(
        self,
        table: Table,
        kind: str,
        row: RowMapping,
        action: str,
        transitions: Transitions | None = None,
        to: str | None = None,
        reason: str = "",
        **values: Any,
    ) -> None:
        """Change a locked record: check the transition, raise its version, write its audit entry.

        `row` is the record as locked in this transaction. Raises Refused when the state forbids it.
        """
        before = row["state"]
        target = to or before
        if transitions is not None and target not in require(transitions, action, before, kind):
            raise AssertionError(f"{action} does not lead from {before} to {target}")
        current = self.connection.execute(
            update(table)
            .where(table.c.firm_id == self.firm_id, table.c.id == row["id"])
            .values(version=table.c.version + 1, state=target, **values)
            .returning(table.c.version)
        ).scalar_one()
        shown = {name: row[name] for name in values}
        self.record(kind, row["id"], current, action, before, target, shown, values, reason)

    def record(
        self,
        kind: str,
        record_id: object,
        version: int,
        action: str,
        before_state: str | None,
        after_state: str | None,
        before: Mapping[str, object],
        after: Mapping[str, object],
        reason: str = "",
    ) -> None:
        """Add an audit entry to this transaction."""
        self._entries.append(
            audit.Entry(
                kind=kind,
                id=str(record_id),
                version=version,
                action=action,
                from_state=before_state,
                to_state=after_state,
                before=dict(before),
                after=dict(after),
                reason=reason,
            )
        )

    def append_audit(self, command: Envelope | None, origin: Origin, doing: str) -> None:
        """Append the collected entries to the firm's chain; the last thing before commit."""
        common: dict[str, object] = {
            "by": self.by,
            "doing": doing,
            "key": self.key,
            "signed_in": command.signed_in if command else "system",
            "command": command.body if command else None,
            "business_at": self.now,
            "workflow": origin.workflow_id,
            "run": origin.run_id,
            "activity": origin.activity_id,
            "update": origin.update_id,
        }
        if self.proposed_by is not None:
            common["proposed_by"] = self.proposed_by
        bodies = [{**audit.described(entry), **common} for entry in self._entries]
        audit.append(self.connection, self.firm_id, personal.seal(self.connection, self.firm_id, bodies))
        self._entries.clear()


def _open(connection: Connection, firm_id: UUID, by: UUID | None, key: str) -> Transaction:
    row = connection.execute(_FIRM_NOW, {"firm": firm_id}).first()
    if row is None:
        raise not_found("firm")
    return Transaction(
        connection, firm_id, by, key, row.clock, row.shift_seconds, row.time_zone, row.calendar_version
    )


def once(
    engine: Engine,
    command: Given,
    origin: Origin,
    decide: Callable[[Transaction, Given], Outcome],
) -> Outcome:
    """Do a command exactly once per key; answer every retry with the first outcome.

    The same key with another body is refused and changes nothing.
    """
    with _alone_with(engine, command.firm_id, command.effect_key, command.by) as connection:
        earlier = _effect(connection, command.firm_id, command.effect_key)
        tx = _open(connection, command.firm_id, command.by, command.effect_key)
        if earlier is not None:
            if earlier["body_hash"] == command.body_hash:
                return Outcome.model_validate(earlier["outcome"])
            outcome = Outcome(
                done=False,
                code=SAME_KEY_OTHER_BODY,
                status=422,
                sentence="This idempotency key was used before with other content; use a new key.",
            )
            _record_refusal(tx, command, outcome)
            tx.append_audit(command, origin, "refused")
            return outcome
        try:
            with connection.begin_nested():
                outcome = _decided(tx, command, decide)
        except Refused as refused:
            tx._entries.clear()
            outcome = Outcome(done=False, code=refused.code, sentence=refused.sentence, status=refused.status)
            _record_refusal(tx, command, outcome)
        tx.append_audit(command, origin, "done" if outcome.done else "refused")
        connection.execute(
            effect.insert().values(
                firm_id=command.firm_id,
                key=command.effect_key,
                command=command.body.command,
                body_hash=command.body_hash,
                outcome=outcome.model_dump(mode="json"),
            )
        )
        return outcome


def _decided(tx: Transaction, command: Given, decide: Callable[[Transaction, Given], Outcome]) -> Outcome:
    """Raises Refused as `decide` does, and where the database dates nothing into a month any more."""
    try:
        return decide(tx, command)
    except IntegrityError as error:
        told = getattr(error.orig, "diag", None)
        if told is None or told.constraint_name not in ("period_closed", "period_soft_closed"):
            raise
        day = date.fromisoformat(told.message_detail)
        raise refused_by_the_books(day, closed=told.constraint_name == "period_closed") from error


@contextmanager
def own_step(
    engine: Engine,
    firm_id: UUID,
    key: str,
    origin: Origin,
    by: UUID | None = None,
    first: Callable[[Connection], None] = lambda connection: None,
) -> Iterator[Transaction]:
    """A transaction of the system's own (a document stored, a reminder made), audited like any other.

    Idempotence is the caller's: it checks a business key under the record's lock. Two steps with the same key
    wait for each other. `first` is done before the firm is looked up: it may found it.
    """
    with _alone_with(engine, firm_id, key, by) as connection:
        first(connection)
        tx = _open(connection, firm_id, by, key)
        yield tx
        tx.append_audit(None, origin, "done")


@contextmanager
def looking(engine: Engine, firm_id: UUID) -> Iterator[Transaction]:
    """A snapshot for a service to read from: nothing is locked, and nothing can be written."""
    with reading(engine, firm_id) as connection:
        yield _open(connection, firm_id, None, "")


def _record_refusal(tx: Transaction, command: Envelope, outcome: Outcome) -> None:
    tx.record(
        "refusal",
        command.effect_key,
        0,
        command.body.command,
        None,
        None,
        {},
        {"code": outcome.code},
        outcome.sentence,
    )


def _effect(connection: Connection, firm_id: UUID, key: str) -> RowMapping | None:
    return connection.execute(_EFFECT, {"firm": firm_id, "key": key}).mappings().first()
