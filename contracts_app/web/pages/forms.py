"""A form becomes a command: read, given, and answered with a redirect or with the page and what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from pydantic import BaseModel

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import Refused
from contracts_app.web.bodies import validated
from contracts_app.web.giving import KEY_FIELD, give
from contracts_app.web.guard import CSRF_FIELD
from contracts_app.web.pages.field_words import wrong
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, percentage
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, OutcomeUnknown, WrongBody

Form = Mapping[str, str]
Model = TypeVar("Model", bound=BaseModel)
_ENVELOPE = {KEY_FIELD, CSRF_FIELD}
_UNKNOWN = (
    "A part of the system did not answer, so it is not known whether this was done. "
    "Send the form again: it will not be done twice."
)


async def read_form(request: HttpRequest) -> tuple[Form, str]:
    """The text fields of the form, and its idempotency key. A field given twice keeps its last value."""
    fields = await request.form()
    typed = {
        name: value.strip()
        for name, value in fields.multi_items()
        if not isinstance(value, UploadFile) and name not in _ENVELOPE and "\0" not in value
    }
    key = fields.get(KEY_FIELD)
    return typed, key if isinstance(key, str) else ""


async def answer(
    request: HttpRequest,
    build: Callable[[Form], CommandBody],
    then: Callable[[Outcome], str],
    again: Callable[[Said], Response[str]],
    giving: Callable[[HttpRequest, Any], Awaitable[Outcome]] = give,
) -> Response[str]:
    """Give the command that the form says; `then` names the next page, `again` shows this one refused.

    `giving` is the door that the command goes through.
    """
    typed, key = await read_form(request)
    about = request.url.path
    try:
        body = build(typed)
        outcome = await giving(request, body)
    except WrongBody as problem:
        said = Said(sentence_of(problem.errors), 422, typed, problem.errors, about, _fresh())
    except OutcomeUnknown:
        said = Said(_UNKNOWN, 503, typed, (), about, key or _fresh())
    except Refused as refused:
        if refused.status == 404:
            raise
        said = Said(refused.sentence, refused.status, typed, (), about, _fresh())
    else:
        if outcome.done:
            notice = body.command if outcome.code == "done" else outcome.code
            return see_other(with_notice(then(outcome), notice))
        if outcome.status == 404:
            raise Refused(outcome.code, outcome.sentence, outcome.status)
        said = Said(outcome.sentence, outcome.status, typed, (), about, _fresh())
    return await sync_to_thread(again, said)


def see_other(location: str) -> Response[str]:
    """The browser goes on with a GET."""
    return Response("", status_code=303, headers={"Location": location})


def with_notice(location: str, command: str) -> str:
    """The address with what was done, so that the next page says it."""
    address, hash_mark, fragment = location.partition("#")
    return f"{address}{'&' if '?' in address else '?'}done={command}{hash_mark}{fragment}"


def command_of(model: type[Model], form: Form, *names: str, **fixed: object) -> Model:
    """A command from the named fields (empty ones left out) and what the path says. Raises WrongBody."""
    given = {name: form[name] for name in names if form.get(name)}
    return validated(model, {**given, **fixed})


def whole_number(form: Form, name: str, lowest: int = 0, highest: int = 999_999) -> int:
    """A field that holds a whole number from `lowest` to `highest`. Raises WrongBody."""
    text = form.get(name, "")
    if not (
        text.isascii()
        and text.isdecimal()
        and len(text) <= len(str(highest))
        and lowest <= int(text) <= highest
    ):
        raise WrongBody(FieldError(name, text, f"a whole number from {lowest} to {highest:,}"))
    return int(text)


def typed_amount(form: Form, name: str, currency: str) -> str:
    """A field that holds an amount, as the text that a command takes. Raises WrongBody.

    Here a percentage is of nothing, and an empty field is not zero.
    """
    text = form.get(name, "")
    if not text or text.endswith("%"):
        raise WrongBody(FieldError(name, text, "an amount like 1200.50"))
    try:
        return f"{amount(text, ZERO, currency or 'USD'):f}"
    except NotAnAmount as error:
        raise WrongBody(FieldError(name, text, "an amount like 1200.50")) from error


def typed_rate(form: Form, name: str) -> str:
    """A field that holds a percentage from 0 to 100, as a command's fraction. Raises WrongBody."""
    text = form.get(name, "")
    none_such = WrongBody(FieldError(name, text, "a percentage from 0 to 100, like 10 or 7.5"))
    try:
        fraction = percentage(text)
    except NotAnAmount as error:
        raise none_such from error
    if not ZERO <= fraction <= 1:
        raise none_such
    return f"{fraction:f}"


def sentence_of(errors: tuple[FieldError, ...]) -> str:
    """What is wrong with a form, as the page calls its fields; the first four things."""
    return " ".join(wrong(error.label, error.field, error.expected) for error in errors[:4])


def _fresh() -> str:
    return str(uuid4())
