"""Entries stored by earlier imports, however many: ids and keys in memory, what they said on disk."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import cast

from importers.known import Imported
from importers.reading.spool import Spool

HELD = 20_000
"""Entries that are held in memory; with more, what they said waits on disk."""
_FRAME = 1_000
"""Contents that are read at a time."""
_KEY = 64
"""Characters of a content key."""
Stored = tuple[str, str, Mapping[str, str]]
"""Id, content key and content."""


def known_rows(rows: Iterable[Stored]) -> Mapping[str, Imported]:
    """The entries by id."""
    coming = iter(rows)
    first = list(islice(coming, HELD + 1))
    if len(first) <= HELD:
        return {known: Imported(content_key=key, content=content) for known, key, content in first}
    return KnownRows(chain(first, coming))


class KnownRows(Mapping[str, Imported]):
    """Many entries; what one said is read when somebody asks for it. Equal where ids and contents are."""

    def __init__(self, rows: Iterable[Stored]) -> None:
        self._at: dict[str, int] = {}
        self._keys = bytearray()
        self._spool = Spool()
        self._frames: list[tuple[int, int]] = []
        coming = iter(rows)
        while frame := list(islice(coming, _FRAME)):
            for known, key, _ in frame:
                self._at[known] = len(self._at)
                self._keys += key.encode("ascii").ljust(_KEY)
            body = pickle.dumps([content for _, _, content in frame], pickle.HIGHEST_PROTOCOL)
            self._frames.append((self._spool.put(body), len(body)))
        self._contents = lru_cache(maxsize=4)(self._read)

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __contains__(self, known: object) -> bool:
        return known in self._at

    def __getitem__(self, known: str) -> Imported:
        at = self._at[known]
        return Imported.model_construct(content_key=self._key(at), content=_Content(self, at))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KnownRows):
            return NotImplemented
        return self._digest() == other._digest()

    __hash__ = None  # type: ignore[assignment]

    def content(self, at: int) -> Mapping[str, str]:
        """What the entry that stands there said."""
        return self._contents(at // _FRAME)[at % _FRAME]

    def _key(self, at: int) -> str:
        return self._keys[at * _KEY : (at + 1) * _KEY].decode("ascii").rstrip()

    def _read(self, frame: int) -> Sequence[Mapping[str, str]]:
        at, length = self._frames[frame]
        return cast(Sequence[Mapping[str, str]], pickle.loads(self._spool.get(at, length)))

    def _digest(self) -> bytes:
        said = hashlib.sha256(self._keys)
        for known in self._at:
            said.update(known.encode())
        return said.digest()


class _Content(Mapping[str, str]):
    """What an entry said, read when it is asked for."""

    __slots__ = ("_at", "_rows")

    def __init__(self, rows: KnownRows, at: int) -> None:
        self._rows = rows
        self._at = at

    def __getitem__(self, name: str) -> str:
        return self._rows.content(self._at)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.content(self._at))

    def __len__(self) -> int:
        return len(self._rows.content(self._at))
