"""Settling a receivable without cash: tax that the payer withheld, and discounts for early payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import (
    ZERO,
    fraction_of,
    in_words_of_a_page,
    less,
    opposite,
    require_at_scale,
    round_to,
    written,
)
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.tax.early_payment import DiscountableGroup, EarlyPayment, early_payment, settled_by
from contracts_app.domain.tax.withholding import Certificate, Payment, WithholdingRate, rate_for, settle
from contracts_app.domain.tax.withholding import withheld as withheld_by
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.law import table
from contracts_app.services.invoices import contract_changed, locked, name_of
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, receivables, settlements, taxes, withholds
from contracts_app.store.invoices import issued
from contracts_app.store.tables import client, invoice, receivable_entry
from contracts_app.store.tax_tables import settlement
from contracts_app.store.transaction import Transaction


def settle_withheld(tx: Transaction, body: SettleWithheld) -> Outcome:
    """Settle by a certificate of tax withheld: at most what the scheme lets the payer keep of the invoice.

    Raises Refused for a certificate that is known, one above that or above what is open, and where the tables
    have no such rate on the day of payment.
    """
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "settle_withheld", row["state"], "invoice")
    owner = tx.lock(client, body.client_id, "client")
    if agreed["client_id"] != body.client_id:
        raise not_found("invoice")
    owed = receivables.of_invoice(tx.connection, tx.firm_id, body.invoice_id)
    if owed is None:
        raise Refused("not_receivable", f"{name_of(row)} is not receivable yet.")
    if contracts.terms_of(agreed).invoice_currency is not None:
        raise Refused(
            "withheld_in_another_currency",
            "What a payer may keep is worked out from an invoice in its contract's currency, and this one is "
            f"in {owed['currency']}: record what he kept as withheld on the invoice instead.",
        )
    today = business_date(tx, agreed)
    if body.paid_on > today:
        raise wrong_content("date_in_future", f"{body.paid_on} is in the future.")
    if settlements.is_known(tx.connection, tx.firm_id, body.client_id, body.certificate):
        raise wrong_content(
            "certificate_known", f"The certificate {body.certificate} of this client is recorded already."
        )
    currency = owed["currency"]
    require_at_scale((body.amount, body.materials), currency)
    rate = rate_for(
        table("withholding", WithholdingRate), body.jurisdiction, body.scheme, body.standing, body.paid_on
    )
    if rate.currency != currency:
        raise wrong_content(
            "scheme_in_another_currency", f"{body.scheme} withholds in {rate.currency}, not in {currency}."
        )
    net, tax = _net_and_tax(tx, body.invoice_id)
    most = withheld_by(rate, Payment(net=net, tax=tax, materials=body.materials, measured=body.measured))
    before = settlements.certified(tx.connection, tx.firm_id, owed["id"])
    open_before = receivables.balance(tx.connection, tx.firm_id, owed["id"])
    settled = settle(
        open_before,
        ZERO,
        less(most.amount, before),
        (Certificate(number=body.certificate, amount=body.amount),),
        currency,
    )
    entry_id = _post(tx, owed["id"], "withheld", body.amount, today)
    tx.insert(
        settlement,
        receivable_entry_id=entry_id,
        client_id=body.client_id,
        kind="withheld",
        reference=body.certificate,
        jurisdiction=body.jurisdiction,
        scheme=body.scheme,
        standing=body.standing,
        rate=rate.rate,
        base=most.base,
        amount=body.amount,
        tax=ZERO,
        paid_on=body.paid_on,
        recorded_by=tx.by,
    )
    kept = withholds.held_on(tx.connection, tx.firm_id, [row["id"]])
    done = settled.open == ZERO and not kept and row["state"] in ("certified", "issued")
    said = f"{in_words_of_a_page(body.amount, currency)} withheld, certificate {body.certificate}"
    tx.change(invoice, "invoice", row, "settle_withheld", INVOICE, "paid" if done else row["state"], said)
    contract_changed(tx, agreed, f"tax withheld from {name_of(row)}")
    tx.change(client, "client", owner, "settle_withheld", reason=said)
    return Outcome(
        done=True,
        result={
            "invoice_id": str(body.invoice_id),
            "settled": written(body.amount, currency),
            "open": written(settled.open, currency),
            "most": written(most.amount, currency),
        },
        wake=(process_name(Subject.invoice, body.invoice_id), process_name(Subject.contract, agreed["id"])),
    )


def _net_and_tax(tx: Transaction, invoice_id: UUID) -> tuple[Decimal, Decimal]:
    """What is due of an invoice without tax, and its tax: as certified, or as issued until it is."""
    said = taxes.said(tx.connection, tx.firm_id, invoice_id)
    taxed = said.get(taxes.CERTIFIED) or said.get(taxes.ISSUED)
    if taxed is not None:
        return less(taxed.due, taxed.tax), taxed.tax
    facts = issued(tx.connection, tx.firm_id, invoice_id)
    assert facts is not None  # it is receivable
    line8 = settlements.certified_line8(tx.connection, tx.firm_id, invoice_id)
    return (facts["line8"] if line8 is None else line8), ZERO


def _post(tx: Transaction, receivable_id: UUID, cause: str, amount: Decimal, on: date) -> UUID:
    entry_id = tx.new_id("receivable_entry", receivable_id, cause)
    tx.insert(
        receivable_entry,
        id=entry_id,
        receivable_id=receivable_id,
        cause=cause,
        amount=opposite(amount),
        posted_on=on,
    )
    return entry_id


@dataclass(frozen=True)
class Early:
    """A receivable whose client may pay less by a day: the two amounts, and what settles what is open."""

    agreed: EarlyPayment
    needed: Decimal
    currency: str
    rate: Decimal

    def discount(self, cash: Decimal, open_before: Decimal, paid_on: date) -> Decimal:
        """What the cash settles beyond itself."""
        return settled_by(cash, paid_on, self.agreed, open_before, self.currency).discount

    def tax_in(self, discount: Decimal) -> Decimal:
        """The part of a discount that is tax."""
        whole = less(self.agreed.pay_late, self.agreed.pay_early)
        of_tax = less(self.agreed.tax_late, self.agreed.tax_early)
        return round_to(fraction_of(discount, of_tax, whole), self.currency) if whole else ZERO


def early(tx: Transaction, items: Sequence[OpenItem], received_on: date) -> Mapping[UUID, Early]:
    """The receivables, of those open, that a payment of this day settles with a discount; by receivable."""
    rows = settlements.early_payable(tx.connection, tx.firm_id, [item.receivable_id for item in items])
    still_open = {item.receivable_id: item.open for item in items}
    found = {}
    for row in rows:
        terms = ContractTerms.model_validate(row.terms).early_payment
        groups = _groups(tx, row.invoice_id)
        if terms is None or not groups:
            continue
        agreed = early_payment(groups, terms, row.arose_on, row.currency)
        if received_on <= agreed.last_day and still_open[row.id] <= agreed.pay_late:
            needed = round_to(
                fraction_of(still_open[row.id], agreed.pay_early, agreed.pay_late), row.currency
            )
            found[row.id] = Early(agreed, needed, row.currency, terms.rate)
    return found


def _groups(tx: Transaction, invoice_id: UUID) -> Sequence[DiscountableGroup]:
    said = taxes.said(tx.connection, tx.firm_id, invoice_id)
    taxed = said.get(taxes.CERTIFIED) or said.get(taxes.ISSUED)
    if taxed is None or not taxed.groups:
        net, _ = _net_and_tax(tx, invoice_id)
        return (DiscountableGroup(net=net),) if net > ZERO else ()
    if any(group.base < ZERO for group in taxed.groups):
        return ()
    return tuple(DiscountableGroup(net=group.base, rate=group.rate) for group in taxed.groups)


def post_discount(
    tx: Transaction,
    client_id: UUID,
    receivable_id: UUID,
    payment_id: UUID,
    known: Early,
    amount: Decimal,
    paid_on: date,
    posted_on: date,
) -> None:
    """Post a discount for early payment beside the cash that earned it."""
    entry_id = _post(tx, receivable_id, "discount", amount, posted_on)
    tx.insert(
        settlement,
        receivable_entry_id=entry_id,
        client_id=client_id,
        kind="discount",
        reference=None,
        jurisdiction=None,
        scheme=None,
        standing=None,
        rate=known.rate,
        base=known.agreed.pay_late,
        amount=amount,
        tax=known.tax_in(amount),
        paid_on=paid_on,
        recorded_by=tx.by,
        payment_id=payment_id,
    )
