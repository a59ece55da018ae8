"""Every error as a problem (RFC 9457): problem+json under /api, a page elsewhere.

What went wrong inside is logged with its trace and told to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Response
from litestar.concurrency import sync_to_thread
from litestar.exceptions import HTTPException
from litestar.types import Scope
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused
from contracts_app.services.denials import record_denial
from contracts_app.services.imports import LARGEST_FILE
from contracts_app.services.sign_in import Identity
from contracts_app.web.guard import NotSignedIn
from contracts_app.web.parts import HttpRequest, parts_of

JSON = "application/problem+json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FieldError:
    """One thing wrong in a body: where, what was found, what was expected. `label` is what the page calls the
    field, where the field's name does not say it."""

    field: str
    found: str
    expected: str
    label: str = ""


class WrongBody(Exception):
    """A body that is not what the route takes. Changes nothing."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{e.field}: {e.expected}" for e in errors))
        self.errors = errors


def together(*reads: Callable[[], Any]) -> list[Any]:
    """The values of several fields. Raises WrongBody with everything that is wrong with any of them."""
    values: list[Any] = []
    errors: list[FieldError] = []
    for read in reads:
        try:
            values.append(read())
        except WrongBody as wrong:
            errors.extend(wrong.errors)
    if errors:
        raise WrongBody(*errors)
    return values


class OutcomeUnknown(Exception):
    """A command was or was not done: the caller asks again with the same key."""


@dataclass(frozen=True)
class Problem:
    """An error as it is told: `code` is stable and machine-readable, `detail` is for a person."""

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = field(default=())

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def as_json(self) -> dict[str, object]:
        """Body of a problem+json response."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [
                {"field": e.field, "found": e.found, "expected": e.expected} for e in self.errors
            ]
        return body


def problem_of(error: Exception) -> Problem:
    """How an exception is told."""
    match error:
        case Refused():
            return Problem(error.status, error.code, error.sentence)
        case NotSignedIn():
            return Problem(401, "not_signed_in", "Sign in first.")
        case WrongBody():
            return Problem(
                400, "wrong_body", "The request was not understood; nothing changed.", error.errors
            )
        case OutcomeUnknown() | OperationalError() | InterfaceError():
            return _UNAVAILABLE
        case DBAPIError() if error.connection_invalidated:
            return _UNAVAILABLE
        case HTTPException():
            status = HTTPStatus(error.status_code)
            detail = error.detail if status == 400 else f"{status.phrase}."
            if status == 413:
                detail = (
                    f"This is too large: a file has at most {LARGEST_FILE // 1024 // 1024} MB, all else 1 MB."
                )
            return Problem(status.value, status.name.lower(), detail)
        case _:
            return Problem(500, "internal_error", "Something went wrong on our side. It has been logged.")


def problem_response(problem: Problem) -> Response[dict[str, object]]:
    """A problem+json response."""
    headers = {"Retry-After": "2"} if problem.status in (429, 503) else {}
    return Response(problem.as_json(), status_code=problem.status, media_type=JSON, headers=headers)


def outcome_response(outcome: Outcome) -> Response[dict[str, object]]:
    """What came of a command: done with its result, or the problem that a refusal is."""
    if not outcome.done:
        return problem_response(Problem(outcome.status, outcome.code, outcome.sentence))
    body: dict[str, object] = {
        "done": True,
        "sentence": outcome.sentence or "Done.",
        "result": outcome.result,
    }
    return Response(body, status_code=outcome.status, media_type=MediaType.JSON)


async def audit_denial(error: Exception, scope: Scope) -> None:
    """Before the answer is sent: a signed-in person was told 403 or 404, and that goes into the audit."""
    identity: Identity | None = scope.get("user")
    if identity is None or not isinstance(error, Refused) or error.status not in (403, 404):
        return
    request: HttpRequest = HttpRequest(scope)
    attempt = f"{request.method} {request.url.path}"
    try:
        await sync_to_thread(record_denial, parts_of(request).engine, identity, attempt, error)
    except SQLAlchemyError:
        # The request is refused all the same; that its entry is missing must at least be in the log.
        _log.exception("a denied attempt could not be audited: %s %s", identity.person_id, attempt)


_UNAVAILABLE = Problem(
    503,
    "outcome_unknown",
    "A part of the system does not answer: the outcome is unknown. Retry with the same idempotency key.",
)
