"""Change orders, tickets and revisions of the schedule of values (docs/SPEC-change-orders.md)."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import Field

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, SovLine
from contracts_app.domain.changes import change_pricing, extra_work, sov_revision
from contracts_app.domain.changes.change_pricing import ChangeItem, ChangePricing, PricedChange
from contracts_app.domain.changes.extra_work import FeeOnMaterials, PricedTicket, Ticket, TicketMarkups
from contracts_app.domain.changes.sov_revision import Revised, Revision
from contracts_app.domain.law import in_force
from contracts_app.domain.money import Amount, total
from contracts_app.domain.names import BusinessDate, Currency, Name


class ToPrice(Question):
    """What a change order consists of, and the day of completion before it."""

    pricing: ChangePricing
    completion: BusinessDate | None = None
    currency: Currency


class Priced(Answer):
    """The change order's price, and the day of completion after it."""

    priced: PricedChange
    completion: BusinessDate | None


class InPeriods(Question):
    """A change order, and the ends of the periods that are billed."""

    change_order: ChangeOrder
    period_ends: list[BusinessDate]


class FirstBilled(Answer):
    """The end of the period in which the change order is first billed."""

    period_to: BusinessDate | None


class Tickets(Question):
    """Tickets to be priced into a change order, and the change orders that tickets are in already. With
    `jurisdiction` the markup on material is held against the law on the day of the contract."""

    change_order: Name
    state: ChangeOrderState = ChangeOrderState.potential
    tickets: list[Ticket]
    markups: TicketMarkups = TicketMarkups()
    taken: Mapping[UUID, Name] = Field(default_factory=dict)
    currency: Currency
    jurisdiction: str | None = None
    contract_date: BusinessDate | None = None


class TicketsPriced(Answer):
    """The tickets' prices, what they add to the change order, and what the markup passes of the law."""

    tickets: tuple[PricedTicket, ...]
    items: tuple[ChangeItem, ...]
    amount: Amount
    beyond_law: tuple[str, ...]


class ToRevise(Question):
    """A schedule of values, a revision, and what is billed of each line."""

    lines: list[SovLine]
    revision: Revision
    billed: Mapping[UUID, Amount] = Field(default_factory=dict)
    taking_back: tuple[UUID, ...] = ()
    currency: Currency


def _change_order(question: ToPrice) -> Priced:
    """The price of a change order: additions and deductions net first, and land in one column by sign."""
    priced = change_pricing.price(question.pricing, question.currency)
    moved = (
        None
        if question.completion is None
        else change_pricing.completion_day(question.completion, (priced.days,))
    )
    return Priced(priced=priced, completion=moved)


def _change_order_period(question: InPeriods) -> FirstBilled:
    """The period in which an executed change order is first billed; none while it is not executed."""
    return FirstBilled(period_to=change_pricing.enters_with(question.change_order, question.period_ends))


def _ticket(question: Tickets) -> TicketsPriced:
    """Daily tickets of extra work, signed on site, priced into a change order."""
    priced = extra_work.priced_into(
        question.change_order,
        question.state,
        question.tickets,
        question.markups,
        question.currency,
        taken=question.taken,
    )
    beyond: tuple[str, ...] = ()
    if question.jurisdiction is not None and question.contract_date is not None:
        rows = in_force(
            law.table("fee_on_materials", FeeOnMaterials), question.jurisdiction, question.contract_date
        )
        beyond = extra_work.material_limits(question.markups, rows)
    return TicketsPriced(
        tickets=priced,
        items=extra_work.as_items(priced, question.markups),
        amount=total(each.amount for each in priced),
        beyond_law=beyond,
    )


def _sov_revision(question: ToRevise) -> Revised:
    """A schedule of values after budget moved between its lines; the contract sum stays what it was."""
    return sov_revision.revise(
        question.lines,
        question.revision,
        question.billed,
        question.currency,
        taking_back=question.taking_back,
    )


RULES: Rules = {
    "change-order": _change_order,
    "change-order-period": _change_order_period,
    "ticket": _ticket,
    "sov-revision": _sov_revision,
}
