"""A period is billed once it has ended, by the business date of who bills."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.store import firms, legal_entities
from contracts_app.store.transaction import Transaction


def business_date(tx: Transaction, agreed: RowMapping) -> date:
    """The business date of the legal entity that bills."""
    return legal_entities.today(tx, agreed["legal_entity_id"])


def check_ended(tx: Transaction, agreed: RowMapping, period_to: date) -> None:
    """Refuse (Refused) to bill a period before its last day."""
    if period_to > business_date(tx, agreed):
        raise not_ended(tx, period_to)


def not_ended(tx: Transaction, period_to: date) -> Refused:
    """The refusal to bill a period before its last day: when it becomes possible."""
    way_out = (
        " In this practice firm an administrator can move the calendar there."
        if firms.get(tx.connection, tx.firm_id)["kind"] == "practice"
        else ""
    )
    return wrong_content(
        "period_not_ended",
        f"The period to {period_to} has not ended yet: it can be billed from {period_to} on.{way_out}",
    )
