"""Deposits: what clients pay ahead on a contract, and what goes back to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.agreement_commands import ReceiveDeposit, ReturnDeposit
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, less, opposite
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services import closed_periods
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, deposit_entries, deposits
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def receive_deposit(tx: Transaction, body: ReceiveDeposit) -> Outcome:
    """Record a deposit. It is a liability until invoices of the contract draw it down."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "receive_deposit", row["state"], "contract")
    terms = contracts.terms_of(row)
    if terms.certified_by_client and terms.receivable_arises is ReceivableArises.submission:
        # A certificate for less would have to give part of it back.
        raise wrong_content(
            "deposit_before_certificate",
            "A deposit is drawn when the amount is certain: this contract's receivable arises before its "
            "certificate.",
        )
    if terms.invoice_currency is not None:
        raise wrong_content(
            "deposit_in_another_currency",
            f"A deposit is kept in the contract's currency, and this one is invoiced in {terms.owed_in}: "
            "record the money as a payment, and apply it to the invoices.",
        )
    if terms.discounts is not None:
        raise wrong_content(
            "deposit_with_discounts",
            "Discounts come off this contract's invoices, and a deposit pays what is billed without them: "
            "record the money as a payment, and apply it to the invoices.",
        )
    _check(tx, row, body.amount, body.received_on, body.reference)
    return _enter(tx, row, "received", body.amount, body.received_on, body.reference)


def return_deposit(tx: Transaction, body: ReturnDeposit) -> Outcome:
    """Give back what no invoice has used, nor an application that is with the client will use."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "return_deposit", row["state"], "contract")
    _check(tx, row, body.amount, body.returned_on, body.reference)
    counted_on = deposit_entries.deposit_counted_on(tx.connection, tx.firm_id, row["id"])
    free = less(_balance(tx, row["id"]), counted_on)
    if body.amount > free:
        currency = contracts.terms_of(row).currency
        raise wrong_content(
            "deposit_not_there",
            f"{in_words_of_a_page(free, currency)} of the deposit can be given back"
            + (
                f"; the application that is with the client uses {in_words_of_a_page(counted_on, currency)}."
                if counted_on
                else "."
            ),
        )
    since = deposit_entries.deposit_stands_since(tx.connection, tx.firm_id, row["id"])
    if since is not None and body.returned_on < since:
        raise wrong_content("before_deposit", f"The deposit stands as it does since {since}.")
    return _enter(tx, row, "returned", opposite(body.amount), body.returned_on, body.reference)


def _check(tx: Transaction, row: RowMapping, amount: Decimal, on: date, reference: str) -> None:
    currency = contracts.terms_of(row).currency
    if amount <= ZERO or not is_at_scale(amount, currency):
        raise wrong_content("deposit_amount", f"A deposit is an amount above zero in {currency}.")
    if on > business_date(tx, row):
        raise wrong_content("date_in_future", f"{on} is in the future.")
    closed_periods.require_open(tx, on, "A deposit or its return")
    if deposit_entries.deposit_known(tx.connection, tx.firm_id, row["id"], reference):
        raise wrong_content(
            "payment_known", f"A deposit, or its return, with the reference {reference} is recorded already."
        )


def _enter(
    tx: Transaction, row: RowMapping, cause: str, amount: Decimal, on: date, reference: str
) -> Outcome:
    """Write an entry of the deposit's ledger; a draft that counts on the deposit is looked at again."""
    tx.insert(
        deposit_entry,
        id=tx.new_id("deposit_entry"),
        contract_id=row["id"],
        cause=cause,
        amount=amount,
        posted_on=on,
        reference=reference,
        recorded_by=tx.by,
    )
    currency = contracts.terms_of(row).currency
    action = "receive_deposit" if cause == "received" else "return_deposit"
    said = f"{in_words_of_a_page(abs(amount), currency)}, {reference}"
    tx.change(contract, "contract", row, action, CONTRACT, reason=said)
    wake = content_may_have_changed(tx, row["id"], f"deposit {reference} {cause}")
    return Outcome(
        done=True,
        result={"contract_id": str(row["id"]), "deposit_balance": f"{_balance(tx, row['id']):f}"},
        wake=wake,
    )


def _balance(tx: Transaction, contract_id: UUID) -> Decimal:
    return deposits.deposit_balances(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ZERO)
