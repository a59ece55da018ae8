"""How an invoice under tax shows the retainage in it (docs/SPEC-retainage.md, *Tax*).

Lines, tax and what is due follow from the law that taxes retainage with the work or later; this says which of
the three treatments an invoice then uses, and the amounts that stand for it.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, less
from contracts_app.domain.retainage.retainage_tax import Treatment


class RetainageShown(BaseModel):
    """The treatment, and the retainage that this invoice withholds, below zero where it gives some back.

    Where it `reduces_taxable_base` that is an allowance on the document, else it is a part of the amount with
    tax that is paid later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    treatment: Treatment
    withheld: Amount

    @property
    def allowance(self) -> Decimal:
        """What comes off the lines before tax."""
        return self.withheld if self.treatment is Treatment.reduces_taxable_base else ZERO

    @property
    def later(self) -> Decimal:
        """What of the amount with tax is due with the retainage, not now; below zero where it is due now."""
        return less(self.withheld, self.allowance)


def shown(
    agreed: Treatment, *, deferred: bool, work: Decimal, taxed: Decimal, kept_back: Decimal
) -> RetainageShown | None:
    """How the retainage of an invoice is shown; None where it withholds and gives back nothing.

    `work` is the work of this invoice less its discount, `taxed` what of it is taxed, `kept_back` the part of
    the amount with tax that is not due. What the law does not tax later never reduces the base, whatever was
    `agreed`: it is information then.
    """
    if deferred:
        treatment, withheld = Treatment.reduces_taxable_base, less(work, taxed)
    else:
        later = agreed is Treatment.instalment
        treatment, withheld = Treatment.instalment if later else Treatment.information, kept_back
    return RetainageShown(treatment=treatment, withheld=withheld) if withheld else None
