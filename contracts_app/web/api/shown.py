"""Values as JSON: amounts as text at the currency's scale, instants and dates in ISO 8601, ids as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection

from contracts_app.domain.money import written
from contracts_app.services.sign_in import Identity
from contracts_app.store.transaction import reading
from contracts_app.web.parts import HttpRequest, identity_of, parts_of

_NO_AMOUNTS = frozenset({"retainage_rate", "quantity", "completed"})


@contextmanager
def looking(request: HttpRequest) -> Iterator[tuple[Connection, Identity]]:
    """A read-only snapshot of the firm of whoever asks, and who that is."""
    identity = identity_of(request)
    with reading(parts_of(request).engine, identity.firm_id) as connection:
        yield connection, identity


def shown(value: object, currency: str | None = None) -> Any:
    """`value` for JSON. Without a known currency an amount keeps the digits that it has."""
    if is_dataclass(value) and not isinstance(value, type):
        own = getattr(value, "currency", None) or currency
        return {
            field.name: shown(getattr(value, field.name), None if field.name in _NO_AMOUNTS else own)
            for field in fields(value)
        }
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if currency is None else written(value, currency)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): shown(item, currency) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [shown(item, currency) for item in value]
    return value
