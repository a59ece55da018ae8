"""Small agreements for tests: terms, lines and snapshots, with the same ids each time."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate
from contracts_app.domain.billing.schedule_of_values import Basis, ChangeOrder, ChangeOrderState, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import ContractTerms, RetainageLevel, RetainageTerms

FIRM = UUID("7c0ffee0-0000-4000-8000-000000000001")
SIGNED = date(2024, 1, 15)

Given = Decimal | str | int


def decimals(*values: Given) -> tuple[Decimal, ...]:
    """The values as decimals, to compare figures with."""
    return tuple(Decimal(value) for value in values)


def identity(name: str) -> UUID:
    """An id that is the same in every run."""
    return uuid5(FIRM, name)


def terms(
    original: Given,
    work: str = "0.10",
    stored: str | None = None,
    level: RetainageLevel = RetainageLevel.line,
    **more: Any,
) -> ContractTerms:
    """Terms in US dollars with flat retainage."""
    return ContractTerms(
        currency=more.pop("currency", "USD"),
        original_sum=Decimal(original),
        contract_date=SIGNED,
        retainage=RetainageTerms(
            rate_completed=Decimal(work),
            rate_stored=Decimal(work if stored is None else stored),
            level=level,
        ),
        **more,
    )


def sov(
    item: int | str,
    value: Given,
    order: str | None = None,
    rate: str | None = None,
    basis: Basis = Basis.lump_sum,
) -> SovLine:
    """A line of the schedule of values; its id follows from its item number."""
    return SovLine(
        id=identity(f"line {item}"),
        item_no=str(item),
        position=int(item) if str(item).isdecimal() else 0,
        description=f"Work item {item}",
        scheduled_value=Decimal(value),
        change_order=order,
        retainage_rate=None if rate is None else Decimal(rate),
        basis=basis,
    )


def executed(number: str, amount: Given, on: date) -> ChangeOrder:
    """An executed change order."""
    return ChangeOrder(
        number=number,
        title=f"Change {number}",
        amount=Decimal(amount),
        state=ChangeOrderState.executed,
        executed_on=on,
    )


def claims(lines: Mapping[Any, tuple[Given, Given]]) -> tuple[Entry, ...]:
    """Entries by item number: (E, F)."""
    return tuple(
        Entry(line_id=identity(f"line {item}"), this_period=Decimal(work), stored=Decimal(stored))
        for item, (work, stored) in lines.items()
    )


def snapshot(
    agreed: ContractTerms,
    schedule: Iterable[SovLine],
    entries: tuple[Entry, ...] = (),
    *,
    number: int = 1,
    period_to: date = date(2024, 4, 14),
    previous: PreviousCertificate | None = None,
    kind: Kind = Kind.application,
    **more: Any,
) -> Snapshot:
    """A snapshot of one contract."""
    return Snapshot(
        contract_id=identity("contract"),
        contract_number="C-1",
        kind=kind,
        application_no=number,
        period_to=period_to,
        terms=agreed,
        schedule=tuple(schedule),
        change_orders=more.pop("change_orders", ()),
        milestones=more.pop("milestones", ()),
        previous=previous,
        entries=entries,
        **more,
    )
