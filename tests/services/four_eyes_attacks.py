"""Attempts to decide alone on what one prepared, generated from the matrix of duties (CONTROLS S04).

Right before a decision is taken by somebody who may, whoever prepared the record tries to take it himself:
with every role of the firm given to him a moment ago, in the place of somebody who may, and under nobody's
name. Each attempt is refused, changes nothing, and is in the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import text

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.commands.administration import Administration
from contracts_app.domain.commands.approval_commands import DelegateApprovals, EndDelegation
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.roles import Role
from contracts_app.services.administration import administer
from contracts_app.store import accounts, people
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.asking import Asking, Given

EVERY_ROLE = (Role.coordinator, Role.project_manager, Role.controller)
NAMES = ("invoice_id", "milestone_id", "number", "revision_id", "exception_id", "requirement_id", "bill_id")
"""Fields that say which record a command is about."""
_REFUSALS = text(
    "SELECT count(*) FROM audit_entry WHERE firm_id = :firm AND body::jsonb ->> 'key' = :key"
    " AND body::jsonb ->> 'doing' = 'refused' AND body::jsonb ->> 'by' IS NOT DISTINCT FROM :by"
)


class Attacks:
    """What was tried, by the duty and by the way."""

    def __init__(self) -> None:
        self.tried: Counter[tuple[str, str]] = Counter()

    def before(self, one: Asking, body: Body, holders: Sequence[UUID]) -> None:
        """Let everybody who prepared what this body decides on try to decide it himself."""
        for duty in MATRIX:
            if body.command not in duty.decides:
                continue
            for preparer in _preparers(one, duty.prepares, body):
                with every_role(one, preparer):
                    self._refused(one, preparer, body, duty.record, "with every role")
                with in_the_place_of(one, holders, preparer) as given:
                    if given:
                        self._refused(one, preparer, body, duty.record, "in another's place")
            self._refused(one, None, body, duty.record, "under nobody's name")

    def _refused(self, one: Asking, by: UUID | None, body: Body, record: str, way: str) -> None:
        one.keys += 1
        key = f"attack {one.keys}"
        outcome = one.give(by, key, body).outcome
        assert not outcome.done, f"{by} decided alone on {record}, {way}: {body.command}"
        with reading(one.small.engine, one.small.id) as connection:
            effect_key = {"firm": one.small.id, "key": _effect_key(by, key), "by": by and str(by)}
            assert connection.execute(_REFUSALS, effect_key).scalar_one() == 1, f"{record}: not in the log"
        self.tried[record, way] += 1


def _effect_key(by: UUID | None, key: str) -> str:
    return f"{by or 'system'}:{key}"


def _preparers(one: Asking, prepares: Sequence[str], body: Body) -> list[UUID]:
    """Who last prepared this very record by each of these commands."""
    found: list[UUID] = []
    for command in prepares:
        given = [it.by for it in one.done() if it.body.command == command and _same(it, body)]
        found += [by for by in given[-1:] if by is not None and by not in found]
    return found


def _same(given: Given, body: Body) -> bool:
    shared = [name for name in NAMES if hasattr(given.body, name) and hasattr(body, name)]
    return all(getattr(given.body, name) == getattr(body, name) for name in shared)


@contextmanager
def every_role(one: Asking, person: UUID) -> Iterator[None]:
    """The person holds every role while it lasts: he was given them after he had prepared."""
    with reading(one.small.engine, one.small.id) as connection:
        (row,) = people.with_roles(connection, one.small.id, [person])
    _set_roles(one, person, EVERY_ROLE)
    yield
    _set_roles(one, person, tuple(Role(role) for role in row.roles))


def _set_roles(one: Asking, person: UUID, roles: Sequence[Role]) -> None:
    one.keys += 1
    with own_step(one.small.engine, one.small.id, f"roles {one.keys}", Origin()) as tx:
        accounts.set_roles(tx, person, roles)
        tx.record("person", person, 0, "change_roles", None, None, {}, {"roles": sorted(roles)})
    one.forget()


@contextmanager
def in_the_place_of(one: Asking, holders: Sequence[UUID], person: UUID) -> Iterator[bool]:
    """The person approves in the place of one who may, while it lasts; False where nobody lets him."""
    giver = next((holder for holder in holders if holder != person), None)
    if giver is None:
        yield False
        return
    body = DelegateApprovals(
        person_id=giver, to_id=person, from_on=one.today, to_on=one.today, reason="On leave"
    )
    given = _administered(one, giver, body)
    yield given is not None
    if given is not None:
        _administered(one, giver, EndDelegation(delegation_id=given, reason="Back"))


def _administered(one: Asking, by: UUID, body: DelegateApprovals | EndDelegation) -> UUID | None:
    one.keys += 1
    command = Administration(
        firm_id=one.small.id, by=by, key=f"place {one.keys}", signed_in="password", body=body
    )
    outcome = administer(one.small.engine, one.small.settings, command)
    one.forget()
    return UUID(str(outcome.result["delegation_id"])) if "delegation_id" in outcome.result else None
