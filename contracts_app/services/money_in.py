"""Cash from a client: recorded and applied in one transaction; what was left of it, applied later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.money import (
    ZERO,
    in_words_of_a_page,
    is_at_scale,
    less,
    opposite,
    total,
    written,
)
from contracts_app.domain.receivables import receivables as rules
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.domain.transitions import INVOICE, InvoiceState
from contracts_app.services import before_ours, closed_periods, held_payments, settling
from contracts_app.services.invoices import name_of
from contracts_app.store import billing_groups, invoices, legal_entities, payments, receivables, withholds
from contracts_app.store.tables import client, contract, invoice, payment, receivable_entry
from contracts_app.store.transaction import Transaction


def receive_payment(tx: Transaction, body: ReceivePayment) -> Outcome:
    """Record a payment and apply it: to the invoices named, else to the oldest due; the rest stays unapplied.

    Raises Refused for a reference that was recorded before, a date in the future, or too many decimals.
    """
    payee = _payee(tx, body)
    open_now = receivables.open_items(tx.connection, tx.firm_id, body.client_id, payee["id"], body.currency)
    named = set(_named(tx, body))
    account = _locked(
        tx, body.client_id, [item.invoice_id for item in open_now if not named or item.invoice_id in named]
    )
    if not is_at_scale(body.amount, body.currency):
        raise wrong_content("too_many_decimals", f"{body.amount} has more decimals than {body.currency} has.")
    if body.received_on > tx.today(payee["time_zone"]):
        raise wrong_content("date_in_future", f"{body.received_on} is in the future.")
    closed_periods.require_open(tx, body.received_on, "A payment")
    if payments.is_recorded(tx.connection, tx.firm_id, body.client_id, payee["id"], body.reference):
        raise wrong_content(
            "payment_known", f"A payment with the reference {body.reference} is recorded already."
        )
    # Read again under the locks: another payment may have come in between.
    items = receivables.open_items(tx.connection, tx.firm_id, body.client_id, payee["id"], body.currency)
    items = tuple(
        item
        for item in items
        if item.invoice_id in account.invoices
        # Its revision will be owed in its place; named, it is refused.
        and (named or account.invoices[item.invoice_id]["state"] != InvoiceState.being_revised)
    )
    held = held_payments.held(tx, account.invoices.values(), payee["id"], body.received_on)
    if named:
        held_payments.refuse(held, named)
    skipped = [item for item in items if item.invoice_id in held]
    items = tuple(item for item in items if item.invoice_id not in held)
    early = settling.early(tx, items, body.received_on)
    old = before_ours.payable(tx, body, payee["id"], named)
    payable = [*old] + [
        item.model_copy(update={"open": early[item.receivable_id].needed})
        if item.receivable_id in early
        else item
        for item in items
    ]
    if body.group_invoice_id is None:
        applied, unapplied = rules.apply_cash(body.amount, payable, body.invoices)
    else:
        applied, unapplied = rules.apply_in_proportion(body.amount, payable, body.currency)
    payment_id = tx.new_id("payment")
    tx.insert(
        payment,
        id=payment_id,
        client_id=body.client_id,
        legal_entity_id=payee["id"],
        amount=body.amount,
        currency=body.currency,
        received_on=body.received_on,
        reference=body.reference,
        recorded_by=tx.by,
        unapplied=unapplied,
    )
    cash = _Cash("receive_payment", payment_id, body.reference, body.currency)
    applied, taken = before_ours.settle(tx, payment_id, applied, old, body.received_on)
    arose_on = receivables.arose_on(tx.connection, tx.firm_id, [item.receivable_id for item in items])
    targets = {
        item.receivable_id: _Target(
            item.invoice_id,
            item.invoice_number,
            item.open,
            rules.posting_day(body.received_on, arose_on[item.receivable_id]),
        )
        for item in items
    }
    discounts = {
        part.receivable_id: early[part.receivable_id].discount(
            part.amount, targets[part.receivable_id].open, body.received_on
        )
        for part in applied
        if part.receivable_id in early
    }
    outcome = _posted(tx, account, cash, applied, targets, unapplied, discounts, taken)
    for receivable_id, amount in discounts.items():
        if amount:
            settling.post_discount(
                tx,
                body.client_id,
                receivable_id,
                payment_id,
                early[receivable_id],
                amount,
                body.received_on,
                targets[receivable_id].posted_on,
            )
    tx.change(
        client,
        "client",
        account.client,
        "receive_payment",
        reason=f"{body.amount:,f} {body.currency}, {body.reference}",
    )
    return outcome.model_copy(update={"code": "payment_held"}) if skipped and unapplied > ZERO else outcome


def _named(tx: Transaction, body: ReceivePayment) -> Sequence[UUID]:
    """The invoices that a payment names. Raises Refused for an invoice of several contracts of another."""
    if body.group_invoice_id is None:
        return body.invoices
    whole = billing_groups.find(tx.connection, tx.firm_id, body.group_invoice_id)
    if whole is None or whole["client_id"] != body.client_id:
        raise not_found("invoice")
    return billing_groups.sections(tx.connection, tx.firm_id, body.group_invoice_id)


def _payee(tx: Transaction, body: ReceivePayment) -> RowMapping:
    """The legal entity that was paid. Raises Refused unless it billed what is named, in this currency."""
    if body.legal_entity_id is None:
        known = legal_entities.every(tx.connection, tx.firm_id)
        if len(known) != 1:
            raise wrong_content("legal_entity_needed", "Name the legal entity that was paid.")
        payee = known[0]
    else:
        found = legal_entities.find(tx.connection, tx.firm_id, body.legal_entity_id)
        if found is None:
            raise not_found("legal entity")
        payee = found
    account = (body.client_id, payee["id"], body.currency)
    if payee["currency"] != body.currency and not receivables.bills(tx.connection, tx.firm_id, *account):
        raise wrong_content(
            "currency_of_legal_entity",
            f"{payee['name']} bills this client nothing in {body.currency}.",
        )
    for item in payments.owed(tx.connection, tx.firm_id, _named(tx, body)).values():
        if item.legal_entity_id != payee["id"]:
            raise rules.not_owed_to_payee(item.name)
        if item.currency != body.currency:
            raise rules.in_another_currency(item, body.reference, body.currency)
    return payee


def apply_cash(tx: Transaction, body: ApplyCash) -> Outcome:
    """Apply what a payment left unapplied to invoices, with these amounts; a settled invoice is paid.

    What is left of a payment is its amount and all that was posted of it, read under the client's lock.
    Raises Refused for what the rule `apply_unapplied` refuses.
    """
    account = _locked(tx, body.client_id, [part.invoice_id for part in body.applications])
    received = payments.received(tx.connection, tx.firm_id, body.client_id, body.payment_id)
    if received is None:
        raise not_found("payment")
    owed = payments.owed(tx.connection, tx.firm_id, [part.invoice_id for part in body.applications])
    applied = rules.apply_unapplied(received, body.applications, owed)
    received_on = payments.day_of(tx.connection, tx.firm_id, body.payment_id)
    held = held_payments.held(tx, account.invoices.values(), received.legal_entity_id, received_on)
    held_payments.refuse(held, [part.invoice_id for part in body.applications])
    taken = total(part.amount for part in applied)
    today = legal_entities.today(tx, received.legal_entity_id)
    cash = _Cash("apply_cash", body.payment_id, received.reference, received.currency)
    targets = {
        item.receivable_id: _Target(item.invoice_id, item.name, item.open, today)
        for item in owed.values()
        if item.receivable_id
    }
    old = [item for item in owed.values() if item.invoice_id not in account.invoices]
    applied, before = before_ours.settle(tx, body.payment_id, applied, old, today)
    outcome = _posted(
        tx, account, cash, applied, targets, less(received.unapplied, taken), taken_before=before
    )
    tx.change(
        client,
        "client",
        account.client,
        "apply_cash",
        reason=f"{taken:,f} {received.currency} of {received.reference}",
    )
    return outcome


@dataclass(frozen=True)
class _Account:
    """A client with the invoices that cash may reach and their contracts, all locked."""

    client: RowMapping
    contracts: Mapping[UUID, RowMapping]
    invoices: Mapping[UUID, RowMapping]


@dataclass(frozen=True)
class _Cash:
    """What an entry of cash says: of which payment, by which command, in which currency."""

    command: str
    payment_id: UUID
    reference: str
    currency: str


@dataclass(frozen=True)
class _Target:
    """A receivable that cash is applied to: its invoice, what is open before, the day it is posted on."""

    invoice_id: UUID
    number: str
    open: Decimal
    posted_on: date


def _locked(tx: Transaction, client_id: UUID, invoice_ids: Sequence[UUID]) -> _Account:
    """Locks go in the order contract → invoice → client, as everywhere."""
    rows = {row["id"]: row for row in invoices.find_all(tx.connection, tx.firm_id, invoice_ids)}
    agreed = {
        contract_id: tx.lock(contract, contract_id, "contract")
        for contract_id in sorted({row["contract_id"] for row in rows.values()}, key=str)
    }
    locked = {invoice_id: tx.lock(invoice, invoice_id, "invoice") for invoice_id in sorted(rows, key=str)}
    return _Account(tx.lock(client, client_id, "client"), agreed, locked)


def _posted(
    tx: Transaction,
    account: _Account,
    cash: _Cash,
    applied: Sequence[rules.Applied],
    targets: Mapping[UUID, _Target],
    unapplied: Decimal,
    discounts: Mapping[UUID, Decimal] = MappingProxyType({}),
    taken_before: Sequence[rules.Applied] = (),
) -> Outcome:
    """Post cash to receivables; what is settled and certified is paid. `unapplied`: what is left then.

    `discounts` is what each receivable is settled by beside its cash; `taken_before` what invoices of the
    system before ours took.
    """
    settled: list[str] = []
    kept = withholds.held_on(tx.connection, tx.firm_id, [one.invoice_id for one in targets.values()])
    reached: dict[UUID, list[RowMapping]] = {}
    for part in applied:
        target = targets[part.receivable_id]
        row = account.invoices[target.invoice_id]
        tx.insert(
            receivable_entry,
            id=tx.new_id("receivable_entry", part.receivable_id, "cash"),
            receivable_id=part.receivable_id,
            cause="cash",
            amount=opposite(part.amount),
            posted_on=target.posted_on,
            payment_id=cash.payment_id,
        )
        settled_by = total((part.amount, discounts.get(part.receivable_id, ZERO)))
        settles = settled_by == target.open and target.invoice_id not in kept
        done = settles and row["state"] in ("certified", "issued")
        tx.change(
            invoice,
            "invoice",
            row,
            cash.command,
            INVOICE,
            "paid" if done else row["state"],
            f"{in_words_of_a_page(part.amount, cash.currency)} of {cash.reference}",
        )
        reached.setdefault(row["contract_id"], []).append(row)
        if done:
            settled.append(target.number)
    for contract_id, rows in reached.items():
        names = ", ".join(name_of(row) for row in rows)
        tx.change(
            contract,
            "contract",
            account.contracts[contract_id],
            "invoice_changed",
            reason=f"payment for {names}",
        )
    return Outcome(
        done=True,
        result={
            "payment_id": str(cash.payment_id),
            "applied": written(total(part.amount for part in (*applied, *taken_before)), cash.currency),
            "unapplied": written(unapplied, cash.currency),
            "settled": settled,
        },
        wake=(
            *(process_name(Subject.invoice, targets[part.receivable_id].invoice_id) for part in applied),
            *sorted(process_name(Subject.contract, contract_id) for contract_id in reached),
        ),
    )
