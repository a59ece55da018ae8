"""Entries of a file, however many: few are held in memory, many wait on disk, column by column.

Checks ask for the columns that they look at, and for the entries that they name. A selection of entries on
disk is a byte for each entry; what a check adds to every entry (its number, whom a name means) is worked out
from another column when it is asked for.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, islice, repeat
from operator import attrgetter, is_
from typing import Any, Generic, TypeVar, cast, overload

from importers.entries import Entry, SourceRef
from importers.in_columns import InColumns
from importers.reading.spool import Spool

HELD = 20_000
"""Entries that are held in memory; with more, all wait on disk."""
_FRAME = 2_000
"""Entries that are read at a time."""
_SOURCE = "source."
E = TypeVar("E", bound=Entry)
_Column = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Frame:
    first: int
    count: int
    same: Mapping[str, object]
    """Columns that say one thing all over."""
    stored: Mapping[str, tuple[int, int]]
    """Where the other columns stand on disk."""

    def slots(self) -> slice:
        return slice(self.first, self.first + self.count)


class _Store:
    """Columns in a file that only this process writes."""

    def __init__(self, model: type[Entry]) -> None:
        self.model = model
        self.frames: list[_Frame] = []
        self.count = 0
        self._spool = Spool()

    def put(self, entries: Sequence[Entry]) -> None:
        columns: dict[str, _Column] = {
            name: [entry.__dict__[name] for entry in entries]
            for name in self.model.model_fields
            if name != "source"
        }
        sources = [entry.source.__dict__ for entry in entries]
        columns.update({_SOURCE + name: [source[name] for source in sources] for name in sources[0]})
        same: dict[str, object] = {}
        stored: dict[str, tuple[int, int]] = {}
        for name, values in columns.items():
            if all(map(is_, values, repeat(values[0]))):
                same[name] = values[0]
            else:
                body = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
                stored[name] = self._spool.put(body), len(body)
        self.frames.append(_Frame(self.count, len(entries), same, stored))
        self.count += len(entries)

    def column(self, frame: _Frame, name: str) -> _Column:
        at = frame.stored.get(name)
        if at is None:
            return [frame.same[name]] * frame.count
        return cast(_Column, pickle.loads(self._spool.get(*at)))


@dataclass(frozen=True, slots=True)
class _Derived:
    """A column that is worked out from another: position and its value → value."""

    source: str
    derive: Callable[[int, Any], object]
    before: Mapping[str, _Derived]
    """What was derived when this was: what `source` means here."""


@dataclass(frozen=True, eq=False)
class OnDisk(Sequence[E]):
    """Entries that wait on disk, or some of them."""

    store: _Store
    kept: bytes | None = None
    """1 for each entry of the store that is in; None: all are."""
    derived: Mapping[str, _Derived] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.store.count if self.kept is None else self.kept.count(1)

    @overload
    def __getitem__(self, index: int) -> E: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[E]: ...
    def __getitem__(self, index: int | slice) -> E | Sequence[E]:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        index += len(self) if index < 0 else 0
        for frame in self._frames():
            there = (
                frame.count
                if self.kept is None
                else self.kept.count(1, frame.first, frame.first + frame.count)
            )
            if 0 <= index < there:
                return next(islice(self._entries(frame), index, None))
            index -= there
        raise IndexError(index)

    def __iter__(self) -> Iterator[E]:
        return chain.from_iterable(map(self._entries, self._frames()))

    def _entries(self, frame: _Frame) -> Iterator[E]:
        names = [name for name in self.store.model.model_fields if name != "source"]
        of_source = list(SourceRef.model_fields)
        rows = zip(*(self.part(frame, name) for name in names), strict=True)
        sources = zip(*(self.part(frame, _SOURCE + name) for name in of_source), strict=True)
        for row, source in zip(rows, sources, strict=True):
            values = dict(zip(names, row, strict=True))
            values["source"] = _made(SourceRef, dict(zip(of_source, source, strict=True)))
            yield cast(E, _made(self.store.model, values))

    def column(self, name: str) -> Iterator[Any]:
        """One value for each entry."""
        return chain.from_iterable(self.part(frame, name) for frame in self._frames())

    def part(self, frame: _Frame, name: str) -> _Column:
        """The values of a column in one frame."""
        values = self._whole(frame, name, self.derived)
        return values if self.kept is None else list(compress(values, self.kept[frame.slots()]))

    def positions(self) -> Iterator[int]:
        """Where each entry stands among all of the file."""
        every = range(self.store.count)
        return iter(every) if self.kept is None else compress(every, self.kept)

    def only(self, flags: Iterable[int]) -> OnDisk[E]:
        """The entries with a flag that is set; there is one for each."""
        if self.kept is None:
            return OnDisk(self.store, bytes(flags), self.derived)
        kept = bytearray(self.store.count)
        for position, flag in zip(self.positions(), flags, strict=True):
            kept[position] = flag
        return OnDisk(self.store, bytes(kept), self.derived)

    def with_column(self, name: str, source: str, derive: Callable[[int, Any], object]) -> OnDisk[E]:
        """The entries with the field `name` worked out from `source`: position and value → value."""
        derived = {**self.derived, name: _Derived(source, derive, self.derived)}
        return OnDisk(self.store, self.kept, derived)

    def _frames(self) -> Iterator[_Frame]:
        """Those that have an entry which is in."""
        kept = self.kept
        return (frame for frame in self.store.frames if kept is None or 1 in kept[frame.slots()])

    def _whole(self, frame: _Frame, name: str, derived: Mapping[str, _Derived]) -> _Column:
        made = derived.get(name)
        if made is None:
            return self.store.column(frame, name)
        return list(
            map(
                made.derive,
                range(frame.first, self.store.count),
                self._whole(frame, made.source, made.before),
            )
        )


def _made(model: type[Any], values: dict[str, object]) -> Any:
    """The model with these values, which were checked when they were put on disk."""
    made: Any = object.__new__(model)
    made.__setstate__(
        {
            "__dict__": values,
            "__pydantic_fields_set__": set(values),
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
    )
    return made


class Gathering(Generic[E]):
    """Takes entries in the order of the file. Where they may wait on disk, no more than `HELD` are held."""

    def __init__(self, *, may_wait_on_disk: bool) -> None:
        self._may_wait = may_wait_on_disk
        self._held: list[E] = []
        self._store: _Store | None = None

    def __len__(self) -> int:
        return len(self._held) + (self._store.count if self._store else 0)

    def extend(self, entries: Iterable[E]) -> None:
        """Further entries, all of one model."""
        self._held.extend(entries)
        if self._may_wait and len(self._held) > (_FRAME if self._store else HELD):
            self._put()

    def all(self) -> Sequence[E]:
        """All of them."""
        if self._store is None:
            return self._held
        self._put()
        return OnDisk(self._store)

    def _put(self) -> None:
        if self._store is None:
            self._store = _Store(type(self._held[0]))
        for first in range(0, len(self._held), _FRAME):
            self._store.put(self._held[first : first + _FRAME])
        self._held = []


def column(entries: Sequence[Entry], name: str) -> Iterator[Any]:
    """One field of each entry; `source.sheet` and the like as well."""
    if isinstance(entries, OnDisk):
        return entries.column(name)
    return iter(entries.column(name)) if isinstance(entries, InColumns) else map(attrgetter(name), entries)


def columns(entries: Sequence[Entry], *names: str) -> Iterator[tuple[Any, ...]]:
    """Several fields of each entry."""
    return zip(*(column(entries, name) for name in names), strict=True)


def where(entries: Sequence[E], test: Callable[..., object], *names: str) -> Sequence[E]:
    """The entries whose fields `names` pass the test."""
    flags = (bool(test(*values)) for values in columns(entries, *names))
    return only(entries, flags)


def only(entries: Sequence[E], flags: Iterable[int]) -> Sequence[E]:
    """The entries with a flag that is set; there is one for each."""
    return entries.only(flags) if isinstance(entries, OnDisk) else list(compress(entries, flags))


def without(entries: Sequence[E], others: Sequence[E]) -> Sequence[E]:
    """The entries but `others`, which are some of them."""
    if not others:
        return entries
    if isinstance(entries, OnDisk) and isinstance(others, OnDisk):
        gone = others.kept
        return entries.only([] if gone is None else (not gone[at] for at in entries.positions()))
    left_out = {id(entry) for entry in others}
    return [entry for entry in entries if id(entry) not in left_out]


def with_column(
    entries: Sequence[E], name: str, source: str, derive: Callable[[int, Any], object]
) -> Sequence[E]:
    """The entries with the field `name` worked out from `source`: position and its value → value."""
    if isinstance(entries, OnDisk):
        return entries.with_column(name, source, derive)
    get = attrgetter(source)
    return [
        entry
        if (value := derive(at, get(entry))) == getattr(entry, name)
        else entry.model_copy(update={name: value})
        for at, entry in enumerate(entries)
    ]


def positions(entries: Sequence[Entry]) -> Iterable[int]:
    """Where each entry stands, as `with_column` counts."""
    return entries.positions() if isinstance(entries, OnDisk) else range(len(entries))


def figures(entries: Sequence[Entry], of: str | Callable[[Any], Any] | None) -> Iterator[Any]:
    """A figure of each entry: of the field so called, or as worked out; None where there is none."""
    if of is None:
        return repeat(None, len(entries))
    return column(entries, of) if isinstance(of, str) else map(of, entries)
