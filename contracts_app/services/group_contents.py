"""What the paper of an invoice of several contracts says: its sections as each contract's, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.group_invoice import GroupInvoiceContent
from contracts_app.domain import canonical
from contracts_app.store import billing_groups


def whole(
    connection: Connection,
    firm_id: UUID,
    group_invoice_id: UUID,
    sections: Sequence[ConsultingInvoiceContent],
) -> GroupInvoiceContent:
    """The content of the paper; sender, payer, terms and where to pay are those of every section."""
    issued = billing_groups.find(connection, firm_id, group_invoice_id)
    assert issued is not None  # foreign key
    first = sections[0]
    return GroupInvoiceContent(
        firm=first.firm,
        client=first.client,
        currency=issued["currency"],
        payment_instructions=first.payment_instructions,
        content_sha256=canonical.digest([one.content_sha256 for one in sections]),
        invoice_number=issued["number_text"],
        group=billing_groups.name_of(connection, firm_id, issued["billing_group_id"]),
        issued_on=issued["issued_on"],
        due_on=issued["due_on"],
        terms=first.terms,
        net=issued["net"],
        tax=issued["tax"],
        deposit=issued["deposit_applied"],
        due=issued["due"],
        sections=tuple(sections),
    )
