"""What an entry of time comes to at the rate card, as rows of it are read for many contracts at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import Work, looked_up
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import amount_of, charged, rounded
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.time import overtime_of, whole_of

COLUMNS = (
    time_entry.c.contract_id,
    time_entry.c.sov_line_id,
    time_entry.c.person,
    time_entry.c.role,
    time_entry.c.project,
    time_entry.c.work_date,
    time_entry.c.seconds,
    time_entry.c.bill_seconds,
    time_entry.c.whole_seconds,
    time_entry.c.whole_before,
    time_entry.c.overtime,
    time_entry.c.premium_only,
    time_entry.c.overtime_approved_by,
)
"""What a row must have to be priced."""


def charge(row: Any, terms: ContractTerms, card: RateCard) -> tuple[int, Decimal | None]:
    """The seconds charged, and the amount; None where the card has no rate for it."""
    if row.premium_only:  # by its hours, however few
        own_seconds = row.seconds if row.bill_seconds is None else row.bill_seconds
        seconds = rounded(own_seconds, terms.hour_rounding)
    else:
        whole = whole_of(row.whole_seconds, row.whole_before)
        seconds = charged(row.seconds, row.bill_seconds, terms.hour_rounding, whole)
    worked = overtime_of(row.overtime, row.premium_only, row.overtime_approved_by)
    hour = looked_up(card, terms.overtime, Work(row.person, row.role, row.work_date, row.project, worked))
    return seconds, None if isinstance(hour, Refused) else amount_of(seconds, hour.rate, terms.currency)
