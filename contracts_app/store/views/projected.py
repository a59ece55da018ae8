"""The next applications of a contract under any terms, worked out from what is stored; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.projection import Projected, project
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.money import ZERO
from contracts_app.store import next_application, offering
from contracts_app.store.capturing import Wanted, capture


def next_applications(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    terms: ContractTerms,
    share: Decimal,
    count: int,
) -> Sequence[Projected]:
    """What `projection.project` says of the contract as it stands, had it these terms.

    An invoice that is in hand is the first of them. A contract without a schedule has one line for its
    whole sum. Raises Refused as drafting does.
    """
    base = _standing(connection, firm_id, contract_id, terms)
    schedule = base.schedule or (_whole(contract_id, terms.original_sum),)
    return project(base.model_copy(update={"terms": terms, "schedule": schedule}), share, count)


def _standing(connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms) -> Snapshot:
    known = offering.standings(connection, firm_id, [contract_id]).get(contract_id)
    number = terms.first_application
    if known is not None:
        number = known.in_hand_number or known.last_number + 1
    kind = Kind.consulting if terms.invoice_form is InvoiceForm.consulting else Kind.application
    period_to = next_application.period_end(connection, firm_id, contract_id, terms, number)
    return capture(connection, firm_id, [Wanted(contract_id, kind, number, period_to)])[contract_id]


def _whole(contract_id: UUID, value: Decimal) -> SovLine:
    return SovLine(
        id=contract_id,
        item_no="1",
        position=1,
        description="Whole contract",
        scheduled_value=max(value, ZERO),
    )
