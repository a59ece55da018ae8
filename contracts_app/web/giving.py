"""The one way from HTTP to a command: identity and key around what the person decided, then Temporal."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from litestar.concurrency import sync_to_thread

from contracts_app.domain.commands import administration
from contracts_app.domain.commands.contract_commands import OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.mapping_commands import SaveMapping
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.commands.subjects import Subject, deterministic_id
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.services import administration as service
from contracts_app.services.sign_in import Identity
from contracts_app.web.parts import HttpRequest, Parts, TemporalNotReached, identity_of, parts_of
from contracts_app.web.problems import OutcomeUnknown
from workflows.book_checks import Asked
from workflows.doors import Doors, Unavailable

KEY_HEADER = "Idempotency-Key"
KEY_FIELD = "idempotency_key"
LONGEST_KEY = 255
_log = logging.getLogger(__name__)


async def give(request: HttpRequest, body: Body) -> Outcome:
    """Give a command in the name of whoever makes the request; a refusal is an outcome, not an exception.

    The key comes from the header `Idempotency-Key` or the form field `idempotency_key`. The role is checked
    here for a quick answer; the transaction decides again.
    Raises Refused 400 without a key and 403 for a wrong role, OutcomeUnknown when nobody answered.
    """
    return await give_under(request, body, await key_of(request))


async def give_under(request: HttpRequest, body: Body, key: str) -> Outcome:
    """As `give`, under this key: one of several commands that a request carries."""
    identity = identity_of(request)
    if not identity.roles & set(ROUTES[body.command].roles):
        raise not_allowed("Your role does not allow this.")
    if isinstance(body, OpenContract):
        # What a command creates has an id that follows from its key, so that a retry names the same one and
        # nobody can name another's.
        body = body.model_copy(update={"contract_id": new_contract_id(identity, key)})
    command = Command(
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=key,
        signed_in=identity.signed_in,
        body=body,
    )
    return await carry(request, command)


async def carry(request: HttpRequest, command: Command) -> Outcome:
    """Give a command whose person is known, and wait for its outcome. Raises OutcomeUnknown."""
    try:
        return await (await _doors(parts_of(request))).give(command)
    except (Unavailable, TemporalNotReached) as error:
        raise OutcomeUnknown(str(error)) from error


async def administer(request: HttpRequest, body: administration.Body) -> Outcome:
    """Give a command that changes no process: no workflow carries it. As `give` otherwise."""
    key = await key_of(request)
    identity = identity_of(request)
    if not identity.roles & set(administration.ROLES[body.command]):
        raise not_allowed("Your role does not allow this.")
    command = administration.Administration(
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=key,
        signed_in=identity.signed_in,
        body=body,
    )
    parts = parts_of(request)
    outcome = await sync_to_thread(_administered, parts, command)
    if outcome.wake:
        try:
            await (await _doors(parts)).wake(outcome.wake)
        except TemporalNotReached as error:
            _log.warning("%s are not woken: %s", ", ".join(outcome.wake), error)
    return outcome


def _administered(parts: Parts, command: administration.Administration) -> Outcome:
    if isinstance(command.body, SaveMapping) and command.by is not None:  # it looks into the file
        place: AbstractContextManager[None] = parts.reading.one_for(command.by)
    else:
        place = nullcontext()
    with place:
        return service.administer(parts.engine, parts.settings, command)


def new_contract_id(identity: Identity, key: str) -> UUID:
    """The id of the contract that this person opens under this key."""
    return deterministic_id(identity.firm_id, "contract", f"{identity.person_id}:{key}")


async def start_process(request: HttpRequest, subject: Subject, subject_id: UUID) -> None:
    """Start the workflow of a record that was just stored; if nobody answers, the sweep starts it later."""
    parts = parts_of(request)
    firm_id = identity_of(request).firm_id
    try:
        await (await _doors(parts)).open_process(firm_id, subject, subject_id)
    except (Unavailable, TemporalNotReached) as error:
        _log.warning("%s/%s is left to the sweep: %s", subject.value, subject_id, error)


async def check_books(request: HttpRequest) -> UUID:
    """Start a check of the firm's books for whoever asks; returns its id, the same for each retry.

    Raises Refused 400 without a key, OutcomeUnknown when nobody answered.
    """
    identity = identity_of(request)
    key = await key_of(request)
    check_id = deterministic_id(identity.firm_id, "book_check", f"{identity.person_id}:{key}")
    parts = parts_of(request)
    asked = Asked(firm_id=identity.firm_id, check_id=check_id, asked_by=identity.person_id)
    try:
        await (await _doors(parts)).check_books(asked)
    except (Unavailable, TemporalNotReached) as error:
        raise OutcomeUnknown(str(error)) from error
    return check_id


async def _doors(parts: Parts) -> Doors:
    return Doors(await parts.temporal.client(), parts.engine, parts.settings.task_queue)


async def key_of(request: HttpRequest) -> str:
    """The caller's idempotency key. Raises Refused 400 when there is none, or one that cannot be kept."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        field = (await request.form()).get(KEY_FIELD)
        key = field if isinstance(field, str) else None
    if not key:
        raise Refused(
            "idempotency_key_missing",
            f"Send a header {KEY_HEADER}: a value of your own, new for each command, kept for its retries.",
            400,
        )
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refused(
            "idempotency_key_wrong",
            f"An idempotency key has at most {LONGEST_KEY} printable characters.",
            400,
        )
    return key
