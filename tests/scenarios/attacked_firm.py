"""A practice firm whose every decision is first tried alone, by an update sent to the workflow itself.

What is tried is generated from the matrix of duties (CONTROLS S04): before a decision is taken, whoever
prepared the record sends the same command straight to its workflow, holding every role; and so does nobody at
all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts_app.domain.approving.segregation import MATRIX, Duty
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.routes import process_of
from contracts_app.domain.roles import Role
from contracts_app.store import accounts, people
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.four_eyes_attacks import EVERY_ROLE, NAMES
from tests.workflows.practice_firm import PracticeFirm

ATTACK = "attack "
"""How the keys of attempts begin."""


class AttackedFirm(PracticeFirm):
    """Gives every command like its parent, a decision only after attempts of those who must not take it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.tried: Counter[str] = Counter()
        self._done: list[tuple[UUID | None, Body]] = []

    async def give(self, who: str, body: Body, key: str | None = None) -> Outcome:
        """Attempts, then the command itself."""
        for duty in MATRIX:
            if body.command in duty.decides:
                await self._attack(duty, body)
        outcome = await super().give(who, body, key)
        if outcome.done:
            self._done.append((self.people[who], body))
        return outcome

    async def _attack(self, duty: Duty, body: Body) -> None:
        for preparer in self._preparers(duty.prepares, body):
            before = await asyncio.to_thread(self._set_roles, preparer, EVERY_ROLE)
            await self._refused(duty, preparer, body)
            await asyncio.to_thread(self._set_roles, preparer, before)
        await self._refused(duty, None, body)

    async def _refused(self, duty: Duty, by: UUID | None, body: Body) -> None:
        self._keys += 1
        command = Command(
            firm_id=self.id, by=by, key=f"{ATTACK}{self._keys}", signed_in="password", body=body
        )
        subject, record = process_of(command)
        outcome = await self.straight(command, subject.value, record)
        assert not outcome.done, f"{by} decided alone on {duty.record}: {body.command}"
        (entry,) = [one for one in await self.audit() if one["key"] == command.effect_key]
        assert (entry["doing"], entry["update"]) == ("refused", command.update_id)
        self.tried[duty.record] += 1

    def _preparers(self, prepares: Sequence[str], body: Body) -> list[UUID]:
        found: list[UUID] = []
        for by, given in reversed(self._done):
            same = all(
                getattr(given, name) == getattr(body, name)
                for name in (*NAMES, "contract_id", "content_hash")
                if hasattr(given, name) and hasattr(body, name)
            )
            if given.command in prepares and same and by is not None and by not in found:
                found.append(by)
        return found

    def _set_roles(self, person: UUID, roles: Sequence[Role]) -> Sequence[Role]:
        self._keys += 1
        with reading(self.engine, self.id) as connection:
            (row,) = people.with_roles(connection, self.id, [person])
        with own_step(self.engine, self.id, f"{ATTACK}{self._keys}", Origin()) as tx:
            accounts.set_roles(tx, person, roles)
            tx.record("person", person, 0, "change_roles", None, None, {}, {"roles": sorted(roles)})
        return tuple(Role(role) for role in row.roles)
