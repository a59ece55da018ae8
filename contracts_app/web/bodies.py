"""Request bodies, read strictly: nothing unknown, nothing twice, no number where an amount is text.

JSON parsers commonly take the last of two equal keys, drop unknown fields and accept NaN (CONTROLS S03, S09);
each of these is an error of the caller here, named by field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from contracts_app.domain.refusals import Refused
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

Model = TypeVar("Model", bound=BaseModel)
WHOLE = "(body)"
_SHOWN = 80
_DEEPEST = 20


async def read_body(request: HttpRequest, model: type[Model], **from_path: UUID | str) -> Model:
    """The JSON body as `model`. What the path says (`from_path`) and the command's name do not stand in it.

    Raises Refused 415 for another media type, WrongBody for everything else.
    """
    values = await read_json(request)
    given_twice = [name for name in ("command", *from_path) if name in values]
    if given_twice:
        raise WrongBody(
            *(
                FieldError(name, _shown(values[name]), "not in the body: the path says it")
                for name in given_twice
            )
        )
    return validated(model, {**values, **{name: str(value) for name, value in from_path.items()}})


async def read_json(request: HttpRequest) -> dict[str, object]:
    """The body as a JSON object; an empty body is an empty object. Raises as `read_body`."""
    raw = await request.body()
    if not raw:
        return {}
    if request.content_type[0] != "application/json":
        raise Refused("unsupported_media_type", "Send the body as application/json.", 415)
    try:
        values = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except WrongBody:
        raise
    except (ValueError, RecursionError) as error:
        raise WrongBody(FieldError(WHOLE, "text that is not JSON", "one JSON object")) from error
    if not isinstance(values, dict):
        raise WrongBody(FieldError(WHOLE, _shown(values), "one JSON object"))
    return values


def validated(model: type[Model], values: Mapping[str, object]) -> Model:
    """`values` as `model`, by JSON's types and no others ("30" is no number, 1 is not true)."""
    require_storable(values)
    try:
        return model.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise WrongBody(*field_errors(error)) from error


def require_storable(value: object, where: str = "") -> None:
    """Raises WrongBody for text that a database cannot keep, wherever it stands in what JSON said."""
    if unstorable := list(_unstorable(value, where, 0)):
        raise WrongBody(*unstorable)


def field_errors(error: ValidationError) -> Iterator[FieldError]:
    """Where, found and expected, for each thing that a model does not accept."""
    found = error.errors(include_url=False)
    for one in found:
        # pydantic counts only the items that are right, and so calls a list with a wrong one too short.
        inside = any(
            len(e["loc"]) > len(one["loc"]) and e["loc"][: len(one["loc"])] == one["loc"] for e in found
        )
        if one["type"] == "too_short" and inside:
            continue
        where = ".".join(str(part) for part in one["loc"]) or WHOLE
        match one["type"]:
            case "missing":
                yield FieldError(where, "nothing", "a value: the field is required")
            case "extra_forbidden":
                yield FieldError(where, _shown(one["input"]), "no such field")
            case _:
                yield FieldError(where, _shown(one["input"]), one["msg"].removeprefix("Value error, "))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values:
            raise WrongBody(FieldError(name, "twice", "each field once"))
        values[name] = value
    return values


def _no_constant(word: str) -> object:
    raise WrongBody(FieldError(WHOLE, word, "a finite number, and amounts as text"))


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise WrongBody(FieldError(WHOLE, _shown(digits), "a finite number, and amounts as text"))
    return number


def _unstorable(value: object, where: str, depth: int) -> Iterator[FieldError]:
    """Text that a database cannot keep (NUL, half a surrogate pair), and nesting without end."""
    if depth > _DEEPEST:
        yield FieldError(where, "deep nesting", f"at most {_DEEPEST} levels")
    elif isinstance(value, str):
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            yield FieldError(where or WHOLE, "a character that is none", "text")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _unstorable(item, f"{where}.{position}".lstrip("."), depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _unstorable(name, where, depth + 1)
            yield from _unstorable(item, f"{where}.{name}".lstrip("."), depth + 1)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
