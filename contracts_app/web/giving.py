"""The one way from HTTP to a command: identity and key around what the person decided, then Temporal."""

from __future__ import annotations

from contracts_app.domain.commands import ROUTES, Body, Command, Outcome
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.web.parts import HttpRequest, TemporalNotReached, identity_of, parts_of
from contracts_app.web.problems import OutcomeUnknown

KEY_HEADER = "Idempotency-Key"
KEY_FIELD = "idempotency_key"
LONGEST_KEY = 255


async def give(request: HttpRequest, body: Body) -> Outcome:
    """Give a command in the name of whoever makes the request; a refusal is an outcome, not an exception.

    The key comes from the header `Idempotency-Key` or the form field `idempotency_key`. The role is checked
    here for a quick answer; the transaction decides again.
    Raises Refused 400 without a key and 403 for a wrong role, OutcomeUnknown when nobody answered.
    """
    from workflows.doors import Unavailable
    from workflows.doors import give as give_to_workflow

    key = await key_of(request)
    identity = identity_of(request)
    if not identity.roles & set(ROUTES[body.command].roles):
        raise not_allowed("Your role does not allow this.")
    command = Command(
        firm_id=identity.firm_id,
        by=identity.person_id,
        key=key,
        signed_in=identity.signed_in,
        body=body,
    )
    parts = parts_of(request)
    try:
        return await give_to_workflow(await parts.temporal.client(), parts.settings, command)
    except (Unavailable, TemporalNotReached) as error:
        raise OutcomeUnknown(str(error)) from error


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
