"""Entries that come back from where they waited: read column by column, and made entries only where one is
asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from types import GenericAlias
from typing import Any, Generic, TypeVar, overload

from pydantic import TypeAdapter

from importers.entries import Entry

E = TypeVar("E", bound=Entry)
_OF_SOURCE = "source."


class InColumns(Sequence[E], Generic[E]):
    """Some thousand entries of one model; the source of each stays the JSON that it is."""

    def __init__(self, model: type[E], entries: Sequence[str], sources: Sequence[str]) -> None:
        """The entries as JSON, without the cells of their sources, and the whole sources apart."""
        self.model = model
        self._rows: list[dict[str, Any]] = json.loads(f"[{','.join(entries)}]")
        self.sources = sources
        """As JSON."""

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> E: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[E]: ...
    def __getitem__(self, index: int | slice) -> E | Sequence[E]:
        if isinstance(index, slice):
            return [self._made(at) for at in range(*index.indices(len(self)))]
        return self._made(range(len(self))[index])

    def __iter__(self) -> Iterator[E]:
        return map(self._made, range(len(self)))

    def _made(self, at: int) -> E:
        return self.model.model_validate({**self._rows[at], "source": json.loads(self.sources[at])})

    def column(self, name: str) -> Sequence[Any]:
        """One value for each entry; `source.row` and the like as well. Raises ValidationError where one is no
        value of the field's."""
        if name.startswith(_OF_SOURCE):
            part = name.removeprefix(_OF_SOURCE)
            return [row["source"][part] for row in self._rows]
        default = self.model.model_fields[name].default
        values: Sequence[Any] = _reader(self.model, name).validate_python(
            [row.get(name, default) for row in self._rows]
        )
        return values


@cache
def _reader(model: type[Entry], name: str) -> TypeAdapter[Sequence[Any]]:
    values: Any = GenericAlias(list, (model.model_fields[name].annotation,))
    return TypeAdapter(values)
