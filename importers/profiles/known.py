"""Every profile we ship, and the one that a file's sheets show."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from importers.entries import Kind
from importers.headers import HEADER_WITHIN, bare, candidates, titles
from importers.profiles import (
    business_systems,
    contract_files,
    expense_tools,
    kimai,
    purchasing,
    time_trackers,
)
from importers.profiles.model import Profile
from importers.sheets import Row, Sheet

AREAS = (
    time_trackers.PROFILES,
    kimai.PROFILES,
    business_systems.PROFILES,
    expense_tools.PROFILES,
    purchasing.PROFILES,
    contract_files.PROFILES,
)

PROFILES: tuple[Profile, ...] = tuple(profile for area in AREAS for profile in area)
_SHAPE_ROWS = 20
"""Rows at the top that must all have the shape of a profile without header."""


def profile_named(name: str, own: Sequence[Profile] = ()) -> Profile | None:
    """The profile of that name, a firm's own before ours."""
    return next((profile for profile in (*own, *PROFILES) if profile.name == name), None)


def profile_of(
    sheets: Sequence[Sheet], kinds: Collection[Kind], own: Sequence[Profile] = ()
) -> Profile | None:
    """The profile that the sheets show: the one with most identifying headers; a firm's own before ours."""
    tops = [[_headers(row) for row in sheet.rows[:HEADER_WITHIN]] for sheet in sheets]
    for choice in (own, PROFILES):
        fitting = [profile for profile in choice if profile.kind in kinds and _fits(profile, sheets, tops)]
        if fitting:
            return max(fitting, key=lambda profile: len(profile.headers) + len(profile.shape))
    return None


def _fits(profile: Profile, sheets: Sequence[Sheet], tops: Sequence[Sequence[frozenset[str]]]) -> bool:
    if not profile.layout.has_header:
        return any(_has_shape(profile, sheet.rows[:_SHAPE_ROWS]) for sheet in sheets)
    wanted = {bare(header) for header in profile.headers}
    if profile.whole:
        return any(
            wanted == {bare(title) for title in titles(header.row).values()}
            for sheet in sheets
            for header in candidates(sheet)
        )
    unwanted = {bare(header) for header in profile.without}
    return bool(wanted) and any(
        wanted <= headers and not unwanted & headers for rows in tops for headers in rows
    )


def _headers(row: Row) -> frozenset[str]:
    return frozenset(name for cell in row.cells for name in _spellings(cell.raw))


def _spellings(raw: str) -> Iterator[str]:
    yield bare(raw)
    yield bare(re.sub(r"\([A-Z]{3}\)\s*\Z", "", raw.strip()))


def _has_shape(profile: Profile, rows: Sequence[Row]) -> bool:
    patterns = {column: re.compile(pattern) for column, pattern in profile.shape.items()}
    if not rows or not patterns:
        return False
    for row in rows:
        raws = {cell.column: cell.raw.strip() for cell in row.cells}
        if profile.width is not None and max(raws, default=0) >= profile.width:
            return False
        if any(not pattern.fullmatch(raws.get(column, "")) for column, pattern in patterns.items()):
            return False
    return True
