"""Rows that belong to many contracts, by what they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

Thing = TypeVar("Thing")


def grouped(pairs: Iterable[tuple[UUID, Thing]]) -> dict[UUID, list[Thing]]:
    """Each thing under what it belongs to, in the order they come in."""
    found: dict[UUID, list[Thing]] = {}
    for key, thing in pairs:
        found.setdefault(key, []).append(thing)
    return found
