"""One way to write a value as bytes, so that equal content has an equal hash for ever.

Sorted keys, no white space, UTF-8, amounts (without trailing zeros) and dates as text, instants in UTC: the
shape of RFC 8785 for values without floating-point numbers, which are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

from pydantic import BaseModel

_Known = dict[int, tuple[object, str]]
"""Frozen models written already, by identity (held, so that no other takes it): a time entry stands in the
snapshot and in the figures."""
_Writer = Callable[[Any, _Known], str]
_writers: dict[type, _Writer] = {}
"""By the exact type, as they are met."""


class _AddedLater:
    """The mark of `ADDED_LATER`."""


ADDED_LATER = _AddedLater()
"""Marks a field that a model got after values without it were stored: `Annotated[Rate | None, ADDED_LATER]`.

While it has its default it is left out of the canonical form, so that what was stored before keeps its hash.
"""


def _written(value: object, known: _Known) -> str:
    kind = type(value)
    writer = _writers.get(kind)
    if writer is None:
        writer = _writers[kind] = _writer_of(kind)
    return writer(value, known)


def _writer_of(kind: type) -> _Writer:
    """How values of a type are written. Raises TypeError for a type without one form."""
    if issubclass(kind, BaseModel):
        return _model_writer(kind)
    for known, writer in _WRITERS:
        if issubclass(kind, known):
            return writer
    raise TypeError(f"{kind.__name__} has no canonical form")


def _model_writer(kind: type[BaseModel]) -> _Writer:
    names = [(name, f"{encode_basestring(name)}:") for name in sorted(kind.model_fields)]
    later = {
        name: field.default for name, field in kind.model_fields.items() if ADDED_LATER in field.metadata
    }

    def write(value: BaseModel, known: _Known) -> str:
        return "{" + ",".join([key + _written(getattr(value, name), known) for name, key in names]) + "}"

    def write_without_defaults(value: BaseModel, known: _Known) -> str:
        said = [
            key + _written(getattr(value, name), known)
            for name, key in names
            if name not in later or getattr(value, name) != later[name]
        ]
        return "{" + ",".join(said) + "}"

    def write_once(value: BaseModel, known: _Known) -> str:
        earlier = known.get(id(value))
        if earlier is not None:
            return earlier[1]
        written = writes(value, known)
        known[id(value)] = value, written
        return written

    writes = write_without_defaults if later else write
    return write_once if kind.model_config.get("frozen") else writes


def _mapping(value: Mapping[object, object], known: _Known) -> str:
    by_key = {str(key): item for key, item in value.items()}
    return (
        "{"
        + ",".join([f"{encode_basestring(key)}:{_written(by_key[key], known)}" for key in sorted(by_key)])
        + "}"
    )


def _sequence(value: list[object] | tuple[object, ...], known: _Known) -> str:
    return "[" + ",".join([_written(item, known) for item in value]) + "]"


def _decimal(value: Decimal) -> str:
    # 100, 100.00 and 100.0000 (as a numeric column gives it back) are one amount, so they have one form.
    if not value.is_finite():
        raise TypeError(f"{value} has no canonical form")
    written = f"{value:f}"
    short = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if short == "-0" else short


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("an instant without a time zone has no canonical form")
    return value.astimezone(UTC).isoformat()


_WRITERS: tuple[tuple[type, _Writer], ...] = (
    (Mapping, _mapping),
    (list, _sequence),
    (tuple, _sequence),
    (Enum, lambda value, known: _written(value.value, known)),
    (Decimal, lambda value, known: f'"{_decimal(value)}"'),
    (datetime, lambda value, known: f'"{_instant(value)}"'),
    (date, lambda value, known: f'"{value.isoformat()}"'),
    (UUID, lambda value, known: f'"{value}"'),
    (type(None), lambda value, known: "null"),
    (bool, lambda value, known: "true" if value else "false"),
    (str, lambda value, known: encode_basestring(value)),
    (int, lambda value, known: int.__repr__(value)),
)
"""The first that fits: an enum is written as its value even where it is a string, too."""


def text(value: object) -> str:
    """Canonical JSON of `value`. Raises TypeError for floats and other types without one form."""
    return _written(value, {})


def digest(value: object) -> str:
    """SHA-256 of the canonical form, as 64 hex characters."""
    return digest_of_text(text(value))


def digest_of_text(written: str) -> str:
    """The `digest` of a value whose canonical form is there already."""
    return hashlib.sha256(written.encode()).hexdigest()
