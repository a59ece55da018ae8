"""Entries as JSON, many at a time: exactly what their models write, column by column.

A model takes three times as long, most of it for the cells.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, repeat
from json.encoder import encode_basestring
from operator import is_
from typing import Any

from pydantic_core import to_json

from importers.cells_of_row import CellsOfRow
from importers.entries import Entry, SourceRef, member, names_of_content
from importers.in_columns import InColumns
from importers.many import OnDisk, column, columns

_AT_ONCE = 2_000
_ID = '{"external_id":'
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_READER = json.JSONDecoder()
_SOURCE = [f"source.{name}" for name in SourceRef.model_fields]


def entries_as_json(entries: Sequence[Entry]) -> Iterator[str]:
    """Each entry as `model_dump_json` writes it."""
    if not entries:
        return
    if not isinstance(entries, OnDisk) and len({type(entry) for entry in entries}) != 1:
        yield from (entry.model_dump_json() for entry in entries)
        return
    fields = list(type(entries[0]).model_fields)
    values = {name: iter(column(entries, name)) for name in fields if name != "source"}
    sources = sources_as_json(entries)
    while block := list(islice(sources, _AT_ONCE)):
        written = [
            _column(f"{encode_basestring(name)}:", list(islice(values[name], len(block))))
            if name in values
            else [f'"source":{source}' for source in block]
            for name in fields
        ]
        for members in zip(*written, strict=True):
            yield "{" + ",".join(members) + "}"


def without_id(entry: str) -> str:
    """An entry as JSON without `external_id`, its first field."""
    return "{" + entry[_READER.raw_decode(entry, len(_ID))[1] + 1 :]


def sources_as_json(entries: Sequence[Entry]) -> Iterator[str]:
    """The source of each entry, as `model_dump_json` writes it, or as it came back from where it waited."""
    if isinstance(entries, InColumns):
        yield from entries.sources
        return
    of_sheets: dict[tuple[str, ...], str] = {}
    for *of_sheet, row, cells, mended in columns(entries, *_SOURCE):
        key = tuple(of_sheet)
        head = of_sheets.get(key)
        if head is None:
            members = zip(SourceRef.model_fields, map(encode_basestring, key), strict=False)
            head = of_sheets[key] = "{" + "".join([f'"{name}":{text},' for name, text in members])
        said = cells.as_json() if type(cells) is CellsOfRow else _mapping(cells)
        yield f'{head}"row":{row},"cells":{said},"mended":{_mapping(mended) if mended else "{}"}}}'


def contents(entries: Sequence[Entry]) -> Iterator[str]:
    """The canonical content of each entry, as `content_text` writes it."""
    if not isinstance(entries, InColumns):
        yield from (entry.content_text() for entry in entries)
        return
    model: type[Entry] = entries.model
    members = []
    for name, is_later in names_of_content(model):
        values = entries.column(name)
        if not is_later or any(value is not None for value in values):
            members.append(_members(name, values, left_out=is_later))
    for said in zip(*members, strict=True):
        yield "{" + ",".join(filter(None, said)) + "}"


def _members(name: str, values: Sequence[Any], *, left_out: bool) -> Sequence[str]:
    """The values as members of the canonical content, each different one written once; none in place of those
    that are left out."""
    known: dict[tuple[type, object], str] = {(type(None), None): ""} if left_out else {}
    written = []
    for value in values:
        key = type(value), value
        text = known.get(key)
        if text is None:
            text = known[key] = member(name, value)
        written.append(text)
    return written


def _mapping(value: Mapping[str, object]) -> str:
    return _JSON.encode(dict(value))


def _column(head: str, values: Sequence[Any]) -> Sequence[str]:
    """The values of one field as members of an object."""
    first = values[0]
    if all(map(is_, values, repeat(first))):  # most columns of a file say one thing
        return [head + _WRITERS.get(type(first), _otherwise)(first)] * len(values)
    return [head + _WRITERS.get(type(value), _otherwise)(value) for value in values]


def _otherwise(value: object) -> str:
    return to_json(value).decode()


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: str,
    bool: lambda value: "true" if value else "false",
    type(None): lambda value: "null",
    date: lambda value: f'"{value.isoformat()}"',
    Decimal: lambda value: f'"{value}"',
}
