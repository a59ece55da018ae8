"""What an application gives back is the client's: carried, it pays what he owes next; or he gets a credit
note for it, where he wants one. Never both."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.carried_credit import CreditForm, settle
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import ZERO, less, opposite
from contracts_app.domain.refusals import Refused
from contracts_app.services import credit_notes
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.transaction import Transaction


def carry(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    snapshot: Snapshot,
    figures: PayApplication,
    taxed: DocumentTax | None,
    on: date,
) -> None:
    """Enter a line 8 below zero beside what the client paid ahead, or credit all that is due below zero, tax
    included, by a document.

    What is carried is drawn by the next invoices, as a deposit is. What stood there before is settled by
    those invoices, so this application adds its own credit only.
    """
    due = taxed.due if taxed else figures.line8
    by_document = snapshot.terms.credit_form is CreditForm.document
    credit = settle(due if by_document else figures.line8, ZERO, snapshot.terms.credit_form)
    if credit.credit_document:
        net = opposite(figures.line8)
        credit_notes.issue(tx, agreed, row, net, less(credit.credit_document, net), on)
    elif credit.carried and snapshot.invoicing is not None:
        raise Refused(
            "credit_in_another_currency",
            f"Line 8 would be below zero, and a credit in {figures.currency} pays no invoice in "
            f"{snapshot.invoicing.currency}: leave so much that nothing is given back, and take the rest off "
            "the next one.",
        )
    elif credit.carried:
        tx.insert(
            deposit_entry,
            id=tx.new_id("deposit_entry", row["id"]),
            contract_id=agreed["id"],
            cause="credited",
            amount=credit.carried,
            posted_on=on,
            invoice_id=row["id"],
        )
