"""What a proof says: how much was compared, and every difference, the first of them in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.money import is_at_scale, less, round_to, written


@dataclass(frozen=True)
class Compared:
    """One thing as it is stored and as it was computed again; None where there is none."""

    what: str
    stored: object
    recomputed: object

    @property
    def same(self) -> bool:
        """Whether the stored value is the one that comes out again."""
        return self.stored == self.recomputed


@dataclass(frozen=True)
class Difference:
    """Something that does not come out again, in words; what is not there is `nothing`.

    `change`: how much more it is than stored, in the invoice's currency; None for what is no amount.
    """

    what: str
    stored: str
    recomputed: str
    change: Decimal | None = None

    @property
    def sentence(self) -> str:
        """The difference as it is told."""
        return f"{self.what}: stored is {self.stored}, computed again it is {self.recomputed}."


@dataclass(frozen=True)
class Proof:
    """The proof of one issued invoice. `invoice` is its number; `checked` counts what was compared."""

    invoice: str
    invoice_id: UUID
    checked: int
    differences: Sequence[Difference]

    @property
    def proved(self) -> bool:
        """Whether everything stored comes out again."""
        return not self.differences

    @property
    def sentence(self) -> str:
        """What came out, with the first difference."""
        if self.proved:
            return f"{self.invoice} is proved: {self.checked} stored values come out again from its snapshot."
        more = len(self.differences) - 1
        others = f" {more} more {'differs' if more == 1 else 'differ'}." if more else ""
        return f"{self.invoice} is not proved. {self.differences[0].sentence}{others}"

    def as_json(self) -> Mapping[str, object]:
        """The proof as the command line and the API give it."""
        return {
            "invoice": self.invoice,
            "outcome": "proved" if self.proved else "differs",
            "checked": self.checked,
            "differences": [
                {"what": one.what, "stored": one.stored, "recomputed": one.recomputed}
                for one in self.differences
            ],
        }


def proof_of(invoice: str, invoice_id: UUID, currency: str, compared: Iterable[Compared]) -> Proof:
    """Count what is the same and put the rest into words."""
    seen = list(compared)
    return Proof(invoice, invoice_id, len(seen), tuple(_differences(seen, currency)))


def _differences(compared: Iterable[Compared], currency: str) -> Iterator[Difference]:
    for one in compared:
        if not one.same:
            change = None
            if isinstance(one.stored, Decimal) and isinstance(one.recomputed, Decimal):
                change = less(one.recomputed, one.stored)
                change = round_to(change, currency) if is_at_scale(change, currency) else change
            yield Difference(one.what, _shown(one.stored, currency), _shown(one.recomputed, currency), change)


def _shown(value: object, currency: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Decimal):
        # An amount with digits below the minor unit is shown with them: they may be the difference.
        return written(value, currency) if is_at_scale(value, currency) else f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
