"""Places for reading files within requests: few at once, one to a person, and nobody waits for long.

A file may keep its guarded child busy for a minute. The worker reads files for imports; a request that must
look into one itself (the mapping page, a file handed back, a kind to be found) takes a place here first, so
that whoever asks for many leaves a processor and threads to everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from uuid import UUID

from contracts_app.domain.refusals import Refused

AT_ONCE = 2
"""Files that one web process reads at the same time."""
WAITING = 8
"""Requests that wait for a place; further ones hear at once that there is none."""
PATIENCE = 5.0
"""Seconds that a request waits for its place."""
BUSY = "reading_busy"


class ParsingPlaces:
    """The places of one web process; used from the threads that serve its requests."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._at_once, self._most_waiting, self._patience = at_once, waiting, patience
        self._reading: set[UUID] = set()
        self._waiting: set[UUID] = set()
        self._changed = Condition()

    @contextmanager
    def one_for(self, person_id: UUID) -> Iterator[None]:
        """A place for as long as the block runs. Raises Refused 503 where none becomes free in time, and at
        once where this person waits already or too many do."""
        self._take(person_id)
        try:
            yield
        finally:
            with self._changed:
                self._reading.discard(person_id)
                self._changed.notify_all()

    def _take(self, person_id: UUID) -> None:
        with self._changed:
            if not self._is_free(person_id):
                if person_id in self._waiting or len(self._waiting) >= self._most_waiting:
                    raise busy()
                self._waiting.add(person_id)
                try:
                    if not self._changed.wait_for(lambda: self._is_free(person_id), self._patience):
                        raise busy()
                finally:
                    self._waiting.discard(person_id)
            self._reading.add(person_id)

    def _is_free(self, person_id: UUID) -> bool:
        return person_id not in self._reading and len(self._reading) < self._at_once


def busy() -> Refused:
    """What somebody is told for whom there is no place."""
    return Refused(
        BUSY,
        "Other files are being read just now, yours perhaps among them. Nothing was changed; try again in a "
        "moment.",
        503,
    )
