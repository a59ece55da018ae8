"""Accounts of people: who may sign in, with which roles. By an administrator, never for himself."""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.commands.administration import (
    AddPerson,
    ChangeRoles,
    DeactivatePerson,
    ReactivatePerson,
    SendPasswordLink,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.domain.roles import Role, check_together, warnings
from contracts_app.services import sign_in
from contracts_app.store import accounts, password_links
from contracts_app.store import sign_in as sessions
from contracts_app.store.accounts import Account
from contracts_app.store.tables import client
from contracts_app.store.transaction import Transaction


def add_person(tx: Transaction, body: AddPerson) -> Outcome:
    """Add a person without a password; the link to set one is mailed after this is committed."""
    if body.client_id is not None:
        tx.lock(client, body.client_id, "client")
    person_id = sign_in.add_person(
        tx,
        name=body.name,
        email=body.email,
        password_hash=sign_in.NO_PASSWORD,
        roles=body.roles,
        client_id=body.client_id,
    )
    return Outcome(
        done=True,
        result={"person_id": str(person_id), "warnings": list(warnings(body.roles))},
    )


def change_roles(tx: Transaction, body: ChangeRoles) -> Outcome:
    """Give these roles and take away all others; they count from the person's next request on."""
    known = _other_person(tx, body.person_id)
    check_together(body.roles, known.client_id is not None)
    if set(body.roles) == set(known.roles):
        raise Refused("same_roles", f"{known.name} has exactly these roles already.")
    if Role.administrator not in body.roles:
        _keep_an_administrator(tx, known)
    accounts.set_roles(tx, known.id, body.roles)
    tx.record(
        "person", known.id, 0, "change_roles", None, None, {"roles": known.roles}, {"roles": body.roles}
    )
    return Outcome(done=True, result={"person_id": str(known.id), "warnings": list(warnings(body.roles))})


def deactivate_person(tx: Transaction, body: DeactivatePerson) -> Outcome:
    """Let somebody in no longer, from this moment on."""
    known = _other_person(tx, body.person_id)
    if not known.active:
        raise Refused("not_active", f"{known.name} is not active.")
    _keep_an_administrator(tx, known)
    accounts.set_active(tx, known.id, active=False)
    ended = sessions.end_sessions(tx.connection, known.id)
    password_links.withdraw(tx, known.id)
    tx.record(
        "person",
        known.id,
        0,
        "deactivate_person",
        None,
        None,
        {"active": True},
        {"active": False, "sessions_ended": ended},
        body.reason,
    )
    return Outcome(done=True, result={"person_id": str(known.id), "sessions_ended": ended})


def reactivate_person(tx: Transaction, body: ReactivatePerson) -> Outcome:
    """Let somebody in again; password and roles are what they were."""
    known = _other_person(tx, body.person_id)
    if known.active:
        raise Refused("already_active", f"{known.name} is active already.")
    accounts.set_active(tx, known.id, active=True)
    tx.record("person", known.id, 0, "reactivate_person", None, None, {"active": False}, {"active": True})
    return Outcome(done=True, result={"person_id": str(known.id)})


def send_password_link(tx: Transaction, body: SendPasswordLink) -> Outcome:
    """Whether a link may be sent; it is made and mailed after this is committed."""
    known = accounts.locked(tx, body.person_id)
    if not known.active:
        raise Refused("not_active", f"{known.name} is not active: reactivate first.")
    tx.record("person", known.id, 0, "send_password_link", None, None, {}, {"email": known.email})
    return Outcome(done=True, result={"person_id": str(known.id)})


def _other_person(tx: Transaction, person_id: UUID) -> Account:
    known = accounts.locked(tx, person_id)
    if known.id == tx.by:
        raise not_allowed("Another administrator must do this for you: nobody changes his own account here.")
    return known


def _keep_an_administrator(tx: Transaction, leaving: Account) -> None:
    if Role.administrator in leaving.roles and not accounts.other_administrators(tx, leaving.id):
        raise Refused("last_administrator", f"{leaving.name} is the last administrator; name another first.")
