"""Two exports that overlap by whole days bring what one export of all days brings, each row once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.known import Imported, KnownThings

FIRST = date(2025, 3, 3)
COLUMNS = ("Date", "Person", "Hours", "Notes")
Row = tuple[int, str, str, str]
rows = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(("A. Example", "B. Example")),
        st.sampled_from(("0.5", "1.25")),
        st.sampled_from(("Levels", "Site visit")),
    ),
    min_size=1,
    max_size=12,
)


def written(said: Sequence[Row], order: Sequence[int], mark: str) -> bytes:
    """The rows under these columns in this order, between these marks."""
    table = [COLUMNS, *((str(FIRST + timedelta(days=row[0])), *row[1:]) for row in said)]
    return "".join(mark.join(f'"{line[n]}"' for n in order) + "\n" for line in table).encode()


def read(data: bytes, imported: Mapping[str, Imported]) -> Analysis:
    known = KnownThings(imported=imported)
    found = analyse(Kind.timesheet, "week.csv", data, known, {"repeats": "keep"})
    assert not found.open_decisions, found.open_decisions
    assert not found.is_refused, found.problems
    return found


def kept(found: Analysis) -> dict[str, Imported]:
    return {
        entry.external_id: Imported(content_key=entry.content_key, content=entry.content())
        for entry in found.entries
    }


def counted(imported: Mapping[str, Imported]) -> Counter[tuple[str, ...]]:
    """What is stored, without the ids."""
    said = [one.content or {} for one in imported.values()]
    return Counter(tuple(v for k, v in sorted(one.items()) if k != "external_id") for one in said)


@settings(max_examples=40, deadline=None)
@given(
    said=rows,
    cut=st.integers(0, 4),
    overlap=st.integers(0, 3),
    order=st.permutations(range(len(COLUMNS))),
    mark=st.sampled_from((",", ";", "\t")),
    backwards=st.booleans(),
)
def test_overlapping_halves_bring_every_row_once(
    said: Sequence[Row], cut: int, overlap: int, order: Sequence[int], mark: str, backwards: bool
) -> None:
    whole = kept(read(written(said, range(len(COLUMNS)), ","), {}))
    assert len(whole) == len(said)
    early = [row for row in said if row[0] <= cut]
    late = [row for row in said if row[0] > cut - overlap]
    stored: dict[str, Imported] = {}
    for half in (early, late[::-1] if backwards else late):
        if half:
            found = read(written(half, order, mark), stored)
            assert found.rows_read == len(half)
            stored |= kept(found)
    assert counted(stored) == counted(whole)
    # And once more all of it: nothing is new.
    assert read(written(said, order, mark), stored).entries == ()
