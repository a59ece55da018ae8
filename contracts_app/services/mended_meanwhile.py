"""What other people have mended of a file: nobody sets over it without having seen it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import Refused
from contracts_app.store import mends
from contracts_app.store.transaction import Transaction
from importers.mending import Mend
from importers.problems import shown

_Place = tuple[str, int, str]


class Meanwhile:
    """The mends of a file, and of the file that it is a part of, as a command finds them."""

    def __init__(self, tx: Transaction, row: RowMapping, before: Mapping[_Place, Mend]) -> None:
        """`row` is the import, locked; `before` are the mends that hold for it, by sheet, row and column."""
        sources = [one for one in (row["parent_id"], row["id"]) if one is not None]
        self.version: int = row["version"]
        self._by = tx.by
        self._before = before
        self._authors = mends.authors(tx.connection, tx.firm_id, sources) if before else {}

    def require_seen(self, place: _Place, said: str, became: str | None, seen: str | None) -> None:
        """Refuse where the cell says something else by now than the person saw; where he does not say what he
        saw, as `require_own`. `said` is what the file says in it, `became` what he means (None: that)."""
        if seen is None:
            self.require_own(place, said, became)
            return
        now = self._now(place, said)
        if now.split() != seen.split() and now != (said if became is None else became):
            raise self._refusal(place, now)

    def require_own(self, place: _Place, said: str, became: str | None) -> None:
        """Refuse where another person's mend of the cell would be lost."""
        now = self._now(place, said)
        if now == said or now == (said if became is None else became):
            return
        if self._authors[place][0] != self._by:
            raise self._refusal(place, now)

    def _now(self, place: _Place, said: str) -> str:
        """What the cell is read as; a mend of what the file no longer says does not count."""
        mend = self._before.get(place)
        return mend.became if mend is not None and mend.was == said else said

    def _refusal(self, place: _Place, now: str) -> Refused:
        sheet, number, column = place
        by, name = self._authors.get(place, (None, "Somebody"))
        who = "You have, in another window," if by is not None and by == self._by else f"{name} has"
        return Refused(
            "cells_changed_meanwhile",
            f"{who} mended {column}{number} of sheet {sheet} meanwhile: it now says "
            f"{shown(now) or 'nothing'}. Nothing of yours was saved; look at the cells that changed, and "
            "send it again.",
        )
