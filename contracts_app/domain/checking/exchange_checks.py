"""What is wrong with the rate of exchange of a draft: there is none, or it is old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.finding import Finding
from contracts_app.domain.tax.books import RateDay, missing, stale
from contracts_app.domain.tax.currency import ExchangeRate


def of_exchange(snapshot: Snapshot, today: date | None = None) -> Sequence[Finding]:
    """Findings about the rates; none where contract, invoice and books have one currency.

    `today` where the rate is that of the day of issue; without it the rate is looked at on the period's end.
    """
    terms = snapshot.terms
    found: list[Finding] = []
    if (invoicing := snapshot.invoicing) is not None:
        found += _of_rate(
            snapshot, terms.currency, invoicing.currency, invoicing.rate_of, invoicing.rate, today
        )
    if (exchange := snapshot.exchange) is not None:
        found += _of_rate(
            snapshot, terms.owed_in, exchange.functional, exchange.rate_of, exchange.rate, today
        )
    return found


def _of_rate(
    snapshot: Snapshot, of: str, to: str, rate_of: RateDay, rate: ExchangeRate | None, today: date | None
) -> Sequence[Finding]:
    on = snapshot.period_to
    if rate is None:
        refused = missing(of, to, rate_of, on)
        return (Finding(code=refused.code, blocks=True, item_no=None, sentence=refused.sentence),)
    said = stale(snapshot.terms.exchange, rate, today or on)
    return (Finding(code="exchange_rate_stale", blocks=False, item_no=None, sentence=said),) if said else ()
