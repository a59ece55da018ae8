"""What a line 8 below zero left for the client, computed again: carried, or on a credit note."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from contracts_app.domain.billing.carried_credit import CreditForm, settle
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, opposite, total
from contracts_app.services.proving.proof import Compared
from contracts_app.store.views.stored_invoice import StoredInvoice


def compare(
    known: StoredInvoice,
    terms: ContractTerms,
    certified: PayApplication | None,
    certified_due: Decimal | None,
) -> Iterator[Compared]:
    """The credit as certified, in the form that the terms say; `certified_due` is line 8 with its tax."""
    left = [row["amount"] for row in known.deposit if row["cause"] == "credited"]
    line8 = certified.line8 if certified is not None else ZERO
    by_document = terms.credit_form is CreditForm.document
    again = settle(certified_due or ZERO if by_document else line8, ZERO, terms.credit_form)
    yield Compared("credit carried", total(left) if left else None, again.carried or None)
    note = known.credit_note
    owed = again.credit_document or None
    yield Compared("credit note", note and note["amount"], owed)
    yield Compared("credit note without tax", note and note["net"], owed and opposite(line8))
