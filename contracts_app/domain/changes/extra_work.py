"""Extra work on daily tickets: hours, equipment and material, signed on site, priced into a change order.

A ticket is evidence, not an invoice: unsigned it is not priced, priced it waits for its change order, and
it is billed only as part of that (docs/SPEC-change-orders.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.schedule_of_values import ChangeOrderState
from contracts_app.domain.changes.change_pricing import ChangeItem
from contracts_app.domain.changes.change_terms import TicketMarkups as TicketMarkups
from contracts_app.domain.law import Provision
from contracts_app.domain.money import (
    Amount,
    Fraction,
    UnsignedRate,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.time.time_and_materials import amount_of
from contracts_app.domain.transitions import CHANGE_ORDER, require


class HoursOnTicket(BaseModel):
    """Hours of a person's trade or of a machine, in seconds, at a rate per hour."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: Name
    seconds: Annotated[int, Field(ge=1, le=24 * 3600)]
    rate: UnsignedRate


class MaterialOnTicket(BaseModel):
    """A quantity of material at its cost per unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: Name
    quantity: UnsignedRate
    unit_cost: UnsignedRate


class Ticket(BaseModel):
    """One day's extra work. `signed_by` and `signed_on` are those of the client's person on site."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    number: Name
    work_date: BusinessDate
    labour: tuple[HoursOnTicket, ...] = ()
    equipment: tuple[HoursOnTicket, ...] = ()
    material: tuple[MaterialOnTicket, ...] = ()
    signed_by: Name | None = None
    signed_on: BusinessDate | None = None

    @model_validator(mode="after")
    def _agree(self) -> Ticket:
        if (self.signed_by is None) != (self.signed_on is None):
            raise ValueError("a signature has a name and a day")
        if self.signed_on is not None and self.signed_on < self.work_date:
            raise ValueError(f"work of {self.work_date} is not signed for before it is done")
        if not (self.labour or self.equipment or self.material):
            raise ValueError("a ticket has hours, equipment or material")
        return self


class PricedTicket(BaseModel):
    """A ticket's cost by class, what the markups add, and the two together."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    ticket_id: UUID
    number: Name
    labour: Amount
    equipment: Amount
    material: Amount
    markup: Amount
    amount: Amount


class TicketStanding(StrEnum):
    """Where a ticket stands on its way to an invoice."""

    unsigned = "unsigned"
    signed = "signed"
    priced = "priced"
    billable = "billable"


class FeeOnMaterials(Provision):
    """Law: the most that may be added to the cost of materials, as a fraction of it."""

    at_most: Fraction


def price_ticket(ticket: Ticket, markups: TicketMarkups, currency: str) -> PricedTicket:
    """The ticket at its rates; each line rounds once, and each class's markup once.

    Raises Refused (`ticket_unsigned`) for a ticket that nobody signed for on site.
    """
    if ticket.signed_by is None:
        raise Refused(
            "ticket_unsigned",
            f"Ticket {ticket.number} of {ticket.work_date} is not signed: have it signed on site, it is not "
            "priced before.",
        )
    labour = total(amount_of(each.seconds, each.rate, currency) for each in ticket.labour)
    equipment = total(amount_of(each.seconds, each.rate, currency) for each in ticket.equipment)
    material = total(round_to(multiply(each.quantity, each.unit_cost), currency) for each in ticket.material)
    markup = total(
        round_to(multiply(cost, rate), currency)
        for cost, rate in (
            (labour, markups.labour),
            (equipment, markups.equipment),
            (material, markups.material),
        )
    )
    return PricedTicket(
        ticket_id=ticket.id,
        number=ticket.number,
        labour=labour,
        equipment=equipment,
        material=material,
        markup=markup,
        amount=total((labour, equipment, material, markup)),
    )


def priced_into(
    order: str,
    state: ChangeOrderState,
    tickets: Sequence[Ticket],
    markups: TicketMarkups,
    currency: str,
    *,
    taken: Mapping[UUID, str] | None = None,
) -> tuple[PricedTicket, ...]:
    """The tickets priced into change order `order`, which is not submitted yet.

    `taken` names the change order, neither rejected nor void, that each ticket is in already. Raises Refused
    for a ticket of another change order, one that stands there twice, one unsigned, and once the change
    order is submitted: its amount is fixed.
    """
    require(CHANGE_ORDER, "price_change_order", state, f"change order {order}")
    if len({ticket.id for ticket in tickets}) < len(tickets):
        raise wrong_content("ticket_twice", f"A ticket stands twice in change order {order}: leave one out.")
    for ticket in tickets:
        other = (taken or {}).get(ticket.id, order)
        if other != order:
            raise Refused(
                "ticket_taken",
                f"Ticket {ticket.number} is priced into change order {other} already: it cannot be charged "
                "twice.",
            )
    return tuple(price_ticket(ticket, markups, currency) for ticket in tickets)


def as_items(priced: Iterable[PricedTicket], markups: TicketMarkups) -> tuple[ChangeItem, ...]:
    """Priced tickets as items of a change order: marked up once, they bear no profit again."""
    return tuple(
        ChangeItem(what=f"Ticket {each.number}", amount=each.amount, with_profit=markups.any)
        for each in priced
    )


def standing(ticket: Ticket, order: ChangeOrderState | None) -> TicketStanding:
    """Where the ticket stands; `order` is the state of its change order, None without one.

    A change order that is rejected or void gives its tickets back.
    """
    if ticket.signed_by is None:
        return TicketStanding.unsigned
    if order is ChangeOrderState.executed:
        return TicketStanding.billable
    if order in (None, ChangeOrderState.rejected, ChangeOrderState.void):
        return TicketStanding.signed
    return TicketStanding.priced


def material_limits(markups: TicketMarkups, limits: Iterable[FeeOnMaterials]) -> tuple[str, ...]:
    """Sentences for a markup on material above what the law lets the client pay; none where it is within."""
    return tuple(
        f"{limit.citation} lets the client pay at most {limit.at_most:f} on the cost of materials, the "
        f"contract adds {markups.material:f}: bill materials at cost."
        for limit in limits
        if markups.material > limit.at_most
    )
