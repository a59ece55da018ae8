"""One way to write a value as bytes, so that equal content has an equal hash for ever.

Sorted keys, no white space, UTF-8, amounts (without trailing zeros) and dates as text, instants in UTC: the
shape of RFC 8785 for values without floating-point numbers, which are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from pydantic import BaseModel


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


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


def text(value: object) -> str:
    """Canonical JSON of `value`. Raises TypeError for floats and other types without one form."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: object) -> str:
    """SHA-256 of the canonical form, as 64 hex characters."""
    return hashlib.sha256(text(value).encode()).hexdigest()
