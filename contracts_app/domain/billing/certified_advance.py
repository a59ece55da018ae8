"""A certificate for less of an application that recovers an advance payment."""

from __future__ import annotations

from decimal import Decimal

from contracts_app.domain.billing.advance_billed import Advanced
from contracts_app.domain.billing.pay_application import PayApplication, deposit_applied
from contracts_app.domain.money import ZERO, less, total


def not_above(
    certificate: PayApplication, applied: PayApplication, deposit_balance: Decimal
) -> PayApplication:
    """The certificate with so much more of the advance recovered that its line 8 is not above that of the
    application, as far as there is something outstanding and payable.

    The last application recovers all that is left. Cut, it is not the last any more and recovers by the
    schedule: less work would be due more than was applied for, approved and perhaps owed already
    (docs/SPEC-caps-and-funding.md, rule 26).
    """
    ahead = certificate.advance
    excess = less(certificate.line8, max(applied.line8, ZERO))
    if ahead is None or excess <= ZERO:
        return certificate
    more = min(excess, ahead.outstanding)
    line6, line8 = less(certificate.line6, more), less(certificate.line8, more)
    return certificate.model_copy(
        update={
            "advance": Advanced(invoiced=ahead.invoiced, recovered=total((ahead.recovered, more))),
            "line6": line6,
            "line8": line8,
            "line9": less(certificate.line3, line6),
            "deposit_applied": deposit_applied(deposit_balance, line8),
        }
    )
