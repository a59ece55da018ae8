"""Deposits: what clients pay ahead on a contract."""

from __future__ import annotations

from contracts_app.domain.agreement_commands import ReceiveDeposit
from contracts_app.domain.commands import Outcome
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO, is_at_scale
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services.invoices import business_date, content_may_have_changed
from contracts_app.store import capturing, contracts, time
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def receive_deposit(tx: Transaction, body: ReceiveDeposit) -> Outcome:
    """Record a deposit. It is a liability until invoices of the contract draw it down (DOMAIN 3.8)."""
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "receive_deposit", row["state"], "contract")
    terms = contracts.terms_of(row)
    currency = terms.currency
    if terms.certified_by_client and terms.receivable_arises is ReceivableArises.submission:
        # A certificate for less would have to give part of it back.
        raise wrong_content(
            "deposit_before_certificate",
            "A deposit is drawn when the amount is certain: this contract's receivable arises before its "
            "certificate.",
        )
    if body.amount <= ZERO or not is_at_scale(body.amount, currency):
        raise wrong_content("deposit_amount", f"A deposit is an amount above zero in {currency}.")
    if body.received_on > business_date(tx, row):
        raise wrong_content("date_in_future", f"{body.received_on} is in the future.")
    if time.deposit_known(tx.connection, tx.firm_id, body.contract_id, body.reference):
        raise wrong_content(
            "payment_known", f"A deposit with the reference {body.reference} is recorded already."
        )
    tx.insert(
        deposit_entry,
        id=tx.new_id("deposit_entry"),
        contract_id=body.contract_id,
        cause="received",
        amount=body.amount,
        posted_on=body.received_on,
        reference=body.reference,
        recorded_by=tx.by,
    )
    tx.change(
        contract,
        "contract",
        row,
        "receive_deposit",
        CONTRACT,
        reason=f"{body.amount:,f} {currency}, {body.reference}",
    )
    wake = content_may_have_changed(tx, body.contract_id, f"deposit {body.reference}")
    balance = capturing.deposit_balances(tx.connection, tx.firm_id, [body.contract_id])[body.contract_id]
    return Outcome(
        done=True,
        result={"contract_id": str(body.contract_id), "deposit_balance": f"{balance:f}"},
        wake=wake,
    )
