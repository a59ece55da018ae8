"""A second controller for `SmallFirm`, who agrees to changes of master data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from contracts_app.domain.commands.administration import Administration
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.master_data_commands import AgreeToMasterChange
from contracts_app.domain.roles import Role
from contracts_app.services.administration import administer
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.store.tables import person
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.small_firm import PASSWORD, SmallFirm

NAME = "Second Controller"


def second_controller(small: SmallFirm) -> UUID:
    """Add another controller; he signs in as `second@`."""
    with own_step(small.engine, small.id, "second controller", Origin()) as tx:
        return add_person(
            tx,
            name=NAME,
            email=f"second@{small.id}.example",
            password_hash=hash_password(small.settings, PASSWORD),
            roles=(Role.controller,),
        )


def with_second(small: SmallFirm, outcome: Outcome) -> Outcome:
    """What came of a command that a second controller agreed to, where it needs one."""
    if outcome.code != "waits_for_second":
        return outcome
    return agreed(small, known_second(small) or second_controller(small), outcome)


def known_second(small: SmallFirm) -> UUID | None:
    """The second controller, where there is one."""
    with reading(small.engine, small.id) as connection:
        return connection.execute(
            select(person.c.id).where(person.c.firm_id == small.id, person.c.name == NAME)
        ).scalar_one_or_none()


def change_of(waits: Outcome) -> UUID:
    """The change that was proposed."""
    assert waits.code == "waits_for_second", waits.sentence
    return UUID(str(waits.result["change_id"]))


def agreed(small: SmallFirm, person_id: UUID | None, waits: Outcome) -> Outcome:
    """That this person agrees to it, with all that follows."""
    return by_person(small, person_id, AgreeToMasterChange(change_id=change_of(waits)))


def by_person(small: SmallFirm, person_id: UUID | None, body: Any) -> Outcome:
    """A command of administration, given by this person."""
    small._given += 1
    command = Administration(
        firm_id=small.id,
        by=person_id,
        key=f"second-{small._given}",
        signed_in="password",
        body=body,
    )
    outcome = administer(small.engine, small.settings, command)
    small.settle()
    return outcome
