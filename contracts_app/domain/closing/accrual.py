"""What a firm has worked and not billed at the end of a month, contract by contract: the accrual at cut-off.

Rules: docs/SPEC-period-close.md. Source: usual practice of monthly close (accrue unbilled work at billing
value; under- and overbillings are two sums and never netted over contracts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain import canonical
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, total
from contracts_app.domain.names import Currency


class Accrued(BaseModel):
    """A contract at cut-off, amounts in its currency.

    Unbilled are approved `time` within its limits, `milestones` approved, `costs` approved (the fee comes on
    top) and the `progress` of applications approved or issued later; `kept_back` is time over the limits,
    `unpriced` counts entries that no rate prices. `earned`, `billed` and what follows from them are None
    without an estimate, or where what is entered does not add up. People stand in it by id:
    their names may be erased.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    contract_id: UUID
    number: str
    title: str
    client: str
    manager_id: UUID | None
    currency: Currency
    time: Amount = ZERO
    milestones: Amount = ZERO
    costs: Amount = ZERO
    progress: Amount = ZERO
    kept_back: Amount = ZERO
    unpriced: int = 0
    retainage_held: Amount = ZERO
    earned: Amount | None = None
    billed: Amount | None = None
    underbilled: Amount | None = None
    overbilled: Amount | None = None

    @property
    def unbilled(self) -> Decimal:
        """What is accrued: approved work that no invoice of the month or before has."""
        return total((self.time, self.milestones, self.costs, self.progress))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell of it."""
        return not self.unpriced and not any(column.of(self) for column in COLUMNS)

    @property
    def figures(self) -> str:
        """SHA-256 of its figures, in hex: another one means that a figure is another one."""
        told = {column.key: column.of(self) for column in COLUMNS}
        return canonical.digest({**told, "unpriced": self.unpriced, "currency": self.currency})


class Column(BaseModel):
    """A column of amounts: its key, its heading, and where it stands."""

    model_config = ConfigDict(frozen=True)
    key: str
    title: str
    of: Callable[[Accrued], Decimal | None]


COLUMNS: Sequence[Column] = (
    Column(key="time", title="Time", of=lambda row: row.time),
    Column(key="milestones", title="Milestones", of=lambda row: row.milestones),
    Column(key="costs", title="Costs before the fee", of=lambda row: row.costs),
    Column(key="progress", title="Progress", of=lambda row: row.progress),
    Column(key="unbilled", title="Unbilled in all", of=lambda row: row.unbilled),
    Column(key="kept_back", title="Over the limits", of=lambda row: row.kept_back),
    Column(key="retainage_held", title="Retainage held", of=lambda row: row.retainage_held),
    Column(key="earned", title="Earned to date", of=lambda row: row.earned),
    Column(key="billed", title="Billed to date", of=lambda row: row.billed),
    Column(key="underbilled", title="Underbilled", of=lambda row: row.underbilled),
    Column(key="overbilled", title="Overbilled", of=lambda row: row.overbilled),
)
"""Every amount of a row, in the order in which it is shown."""


class Accrual(BaseModel):
    """The accrual of all contracts at the end of a day, by number."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    as_of: date
    rows: tuple[Accrued, ...]

    @property
    def sha256(self) -> str:
        """Of its canonical form, in hex."""
        return canonical.digest(self)

    @property
    def totals(self) -> Mapping[str, Sequence[Decimal]]:
        """The sum of each column, by currency."""
        return {
            currency: [
                total(column.of(row) or ZERO for row in self.rows if row.currency == currency)
                for column in COLUMNS
            ]
            for currency in sorted({row.currency for row in self.rows})
        }


class Difference(BaseModel):
    """A figure of a contract that is another one now than the one kept; None where there was none."""

    model_config = ConfigDict(frozen=True)
    contract_id: UUID
    number: str
    title: str
    kept: str
    now: str


def differences(kept: Accrual, now: Accrual) -> Sequence[Difference]:
    """Each figure that the kept accrual and one worked out again have differently, by contract."""
    before, after = ({row.contract_id: row for row in one.rows} for one in (kept, now))
    found = []
    for each in sorted({*before, *after}, key=lambda one: (after.get(one) or before[one]).number):
        left, right = before.get(each), after.get(each)
        for column in COLUMNS:
            if column.key == "unbilled":
                continue
            was, is_now = _told(column, left), _told(column, right)
            if was != is_now:
                number = (right or before[each]).number
                found.append(
                    Difference(contract_id=each, number=number, title=column.title, kept=was, now=is_now)
                )
    return found


def _told(column: Column, row: Accrued | None) -> str:
    value = column.of(row) if row is not None else ZERO
    if value is None:
        return "not known"
    return in_words_of_a_page(value, row.currency) if row is not None and value else "nothing"
