"""What an application gives back is the client's: it is carried and pays what he owes next."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.carried_credit import CreditForm, settle
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.money import ZERO
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.transaction import Transaction


def carry(tx: Transaction, agreed: RowMapping, row: RowMapping, figures: PayApplication, on: date) -> None:
    """Enter a line 8 below zero beside what the client paid ahead; the next invoices draw it in the same way.

    What stood there before is settled by those invoices, so this application adds its own credit only.
    """
    credit = settle(figures.line8, ZERO, CreditForm.carried).carried
    if credit:
        tx.insert(
            deposit_entry,
            id=tx.new_id("deposit_entry", row["id"]),
            contract_id=agreed["id"],
            cause="credited",
            amount=credit,
            posted_on=on,
            invoice_id=row["id"],
        )
