"""What an invoice has to do with the billing group of its contract: nothing for most."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.refusals import Refused
from contracts_app.store import billing_groups
from contracts_app.store.transaction import Transaction


def goes_out_with(connection: Connection, firm_id: UUID, row: RowMapping) -> RowMapping | None:
    """The group with whose other contracts a draft is issued; None for one that is issued alone."""
    if row["kind"] != Kind.consulting.value:
        return None
    return billing_groups.group_of(connection, firm_id, row["contract_id"])


def require_alone(tx: Transaction, agreed: RowMapping, row: RowMapping) -> None:
    """Refuse (Refused) to give a number of its own to what goes out with others."""
    group = goes_out_with(tx.connection, tx.firm_id, row)
    if group is not None:
        raise Refused(
            "goes_out_with_others",
            f"Contract {agreed['number']} is billed with the other contracts of {group['name']}: issue them "
            "together on the group's page, or take the contract out of the group.",
        )


def is_carried_by_another(connection: Connection, firm_id: UUID, invoice_id: UUID) -> bool:
    """Whether the paper on which an invoice went out is made and sent for another section of it."""
    whole = billing_groups.of_invoice(connection, firm_id, invoice_id)
    return whole is not None and whole["carried_by"] != invoice_id
