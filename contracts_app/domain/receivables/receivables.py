"""Receivables: what a client owes, from when, and how cash settles it (docs/SPEC-receivables.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, allocate, in_words_of_a_page, is_at_scale, less, total
from contracts_app.domain.refusals import Refused, not_found, wrong_content


class OpenItem(BaseModel):
    """A receivable with something still open. Retainage that is not released is never part of it."""

    model_config = ConfigDict(frozen=True)
    receivable_id: UUID
    invoice_id: UUID
    invoice_number: str
    due_on: date
    open: Amount


def due_date(arises_on: date, payment_days: int) -> date:
    """Net N: N days after the day on which the receivable arises."""
    return arises_on + timedelta(days=payment_days)


def days_past_due(due_on: date, today: date) -> int:
    """Whole days after the due date; zero or less while not overdue."""
    return (today - due_on).days


class Applied(BaseModel):
    """Cash applied to one receivable."""

    model_config = ConfigDict(frozen=True)
    receivable_id: UUID
    amount: Amount


def posting_day(received_on: date, arose_on: date) -> date:
    """The day on which cash is posted to a receivable: received before it arose, it waits until then."""
    return max(received_on, arose_on)


def apply_cash(
    amount: Decimal, items: Sequence[OpenItem], designated: Sequence[UUID]
) -> tuple[tuple[Applied, ...], Decimal]:
    """Apply a payment: the invoices the client named, in that order, else the oldest due first.

    Returns what was applied and what is left as unapplied cash. Raises Refused for an amount that is not
    positive or an invoice that is not open.
    """
    if amount <= ZERO:
        raise wrong_content("payment_not_positive", "A payment is more than zero.")
    by_invoice = {item.invoice_id: item for item in items}
    for invoice_id in designated:
        if invoice_id not in by_invoice:
            raise wrong_content("nothing_open", "One of the invoices named has nothing open.")
    order = (
        [by_invoice[invoice_id] for invoice_id in dict.fromkeys(designated)]
        if designated
        else sorted(items, key=lambda item: (item.due_on, item.invoice_number))
    )
    left = amount
    applied = []
    for item in order:
        part = min(left, item.open)
        if part > ZERO:
            applied.append(Applied(receivable_id=item.receivable_id, amount=part))
            left = less(left, part)
    return tuple(applied), left


def apply_in_proportion(
    amount: Decimal, items: Sequence[OpenItem], currency: str
) -> tuple[tuple[Applied, ...], Decimal]:
    """Apply a payment of an invoice of several contracts: to each in proportion to what is open, to the cent.

    Returns what was applied and what is left as unapplied cash. Raises Refused for an amount that is not
    positive, and where nothing is open.
    """
    if amount <= ZERO:
        raise wrong_content("payment_not_positive", "A payment is more than zero.")
    still_open = total(item.open for item in items)
    if still_open <= ZERO:
        raise wrong_content("nothing_open", "Nothing is open on this invoice.")
    settled = min(amount, still_open)
    parts = allocate(settled, [item.open for item in items], currency)
    applied = tuple(
        Applied(receivable_id=item.receivable_id, amount=part)
        for item, part in zip(items, parts, strict=True)
        if part > ZERO
    )
    return applied, less(amount, settled)


class CashPart(BaseModel):
    """What a person applies of a payment to one invoice, in the payment's currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    invoice_id: UUID
    amount: Amount


class ReceivedCash(BaseModel):
    """A payment with all that was posted of it: negative where it was applied, positive where it came back.

    An invoice that it was applied to once is not applied to again: one entry for each pair.
    """

    model_config = ConfigDict(frozen=True)
    reference: str
    client_id: UUID
    legal_entity_id: UUID
    currency: str
    amount: Amount
    posted: tuple[Amount, ...] = ()
    applied_to: frozenset[UUID] = frozenset()
    """The receivables that it was applied to so far."""

    @property
    def unapplied(self) -> Decimal:
        """What is left of it to apply: never a stored figure."""
        return total([self.amount, *self.posted])


class Owed(BaseModel):
    """An invoice as cash may be applied to it. It has no receivable before one arises from it."""

    model_config = ConfigDict(frozen=True)
    invoice_id: UUID
    name: str
    client_id: UUID
    legal_entity_id: UUID
    currency: str
    receivable_id: UUID | None
    open: Amount


def apply_unapplied(
    cash: ReceivedCash, parts: Sequence[CashPart], owed: Mapping[UUID, Owed]
) -> tuple[Applied, ...]:
    """Apply what is left of a payment to invoices, each with its amount, in the order given.

    Raises Refused, with a sentence of its own for each reason (docs/SPEC-receivables.md).
    """
    applied: dict[UUID, Applied] = {}
    for part in parts:
        item = owed.get(part.invoice_id)
        if item is None:
            raise not_found("invoice")
        taken = _applied_part(cash, part, item)
        if taken.receivable_id in applied:
            raise wrong_content("invoice_named_twice", f"{item.name} is named twice; name it once.")
        applied[taken.receivable_id] = taken
    asked = total(part.amount for part in parts)
    if asked > cash.unapplied:
        raise wrong_content(
            "more_than_unapplied",
            f"{in_words_of_a_page(asked, cash.currency)} is more than the "
            f"{in_words_of_a_page(cash.unapplied, cash.currency)} of {cash.reference} that is unapplied.",
        )
    return tuple(applied.values())


def not_owed_to_payee(invoice: str) -> Refused:
    """Each legal entity has its own bank account, and its own books."""
    return wrong_content(
        "cash_of_another_legal_entity",
        f"{invoice} is owed to another legal entity than the one that was paid.",
    )


def in_another_currency(item: Owed, reference: str, currency: str) -> Refused:
    """Cash settles what is owed in its own currency."""
    return wrong_content(
        "cash_in_another_currency",
        f"{item.name} is owed in {item.currency}; {reference} came in {currency}.",
    )


def _applied_part(cash: ReceivedCash, part: CashPart, item: Owed) -> Applied:
    if part.amount <= ZERO:
        raise wrong_content("cash_not_positive", f"What is applied to {item.name} is more than zero.")
    if not is_at_scale(part.amount, cash.currency):
        raise wrong_content("too_many_decimals", f"{part.amount} has more decimals than {cash.currency} has.")
    if item.client_id != cash.client_id:
        raise wrong_content("cash_of_another_client", f"{item.name} is owed by another client.")
    if item.legal_entity_id != cash.legal_entity_id:
        raise not_owed_to_payee(item.name)
    if item.currency != cash.currency:
        raise in_another_currency(item, cash.reference, cash.currency)
    if item.receivable_id is None:
        raise wrong_content("not_receivable", f"{item.name} is not receivable yet.")
    if item.receivable_id in cash.applied_to:
        raise wrong_content(
            "applied_before", f"{cash.reference} was applied to {item.name} before; use another payment."
        )
    if part.amount > item.open:
        raise wrong_content(
            "more_than_open",
            f"{in_words_of_a_page(part.amount, cash.currency)} is more than the "
            f"{in_words_of_a_page(item.open, cash.currency)} open on {item.name}.",
        )
    return Applied(receivable_id=item.receivable_id, amount=part.amount)
