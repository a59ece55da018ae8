"""Money paid ahead: retainers drawn down by invoices, and advance payments recovered from progress payments.

A retainer is the client's money until an invoice draws it (docs/SPEC-caps-and-funding.md, *Retainer*); how
an advance payment is recovered stands in `advance_recovery.py`. Neither is ever taken back more than it was
paid.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import deposit_applied
from contracts_app.domain.funding.advance_recovery import Recovery as Recovery
from contracts_app.domain.funding.advance_recovery import recover as recover
from contracts_app.domain.funding.advance_recovery import schedule as schedule
from contracts_app.domain.funding.advance_terms import AdvanceTerms as AdvanceTerms
from contracts_app.domain.funding.retainer_terms import RetainerTerms as RetainerTerms
from contracts_app.domain.money import ZERO, Amount, less, total


class Drawn(BaseModel):
    """What an invoice draws: `applied` = min(balance, invoice), `due` stays open, `left` is the new balance,
    `request` what is asked of the client to fill the retainer again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    applied: Amount
    due: Amount
    left: Amount
    request: Amount


def draw(terms: RetainerTerms, balance: Decimal, invoice: Decimal, requested: Decimal = ZERO) -> Drawn:
    """Draw an invoice from the retainer; never below zero, and nothing for an invoice of zero or less.

    `requested` is what earlier requests asked for and the client has not paid yet.
    """
    applied = deposit_applied(balance, invoice)
    left = less(balance, applied)
    return Drawn(
        applied=applied, due=less(invoice, applied), left=left, request=top_up(terms, left, requested)
    )


def top_up(terms: RetainerTerms, balance: Decimal, requested: Decimal = ZERO) -> Decimal:
    """What to ask for: max(0, minimum − balance − requested), once less than `request_below` is there."""
    coming = total((balance, requested))
    below = terms.minimum if terms.request_below is None else terms.request_below
    return less(terms.minimum, coming) if coming < below else ZERO
