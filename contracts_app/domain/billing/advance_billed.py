"""The advance payment in an application: what is invoiced of it, what is recovered, what is outstanding.

It is no work and bears no retainage: lines 4 and 5 do not have it. What is outstanding stands in line 6
beside them, so that line 8 of its own invoice is the advance, line 8 of every later one has its recovery
taken off, and Σ line 8 = line 6 as ever (docs/SPEC-caps-and-funding.md, *Advance payment*).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.funding.advance_recovery import recover
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.money import ZERO, Amount, less, total


class Advanced(BaseModel):
    """The advance payment to date: what is invoiced of it, and what is recovered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    invoiced: Amount = ZERO
    recovered: Amount = ZERO

    @property
    def outstanding(self) -> Decimal:
        """What later invoices still take off."""
        return less(self.invoiced, self.recovered)


NOTHING = Advanced()


@dataclass(frozen=True)
class Progress:
    """What the recovery goes by: the original contract sum, work completed and stored before and to date,
    and what is payable now without the advance. `all_billed`: no work is left; `nothing_held`: no retainage
    is left either, so that nothing comes after this."""

    original_sum: Decimal
    work_before: Decimal
    work: Decimal
    payable: Decimal
    all_billed: bool
    nothing_held: bool


def invoiced(
    agreed: AdvanceAgreed, original_sum: Decimal, before: Advanced | None, currency: str
) -> Advanced:
    """The advance once its own invoice is there."""
    known = before or NOTHING
    whole = max(agreed.sum_of(original_sum, currency), known.invoiced)
    return Advanced(invoiced=whole, recovered=known.recovered)


def recovered(
    agreed: AdvanceAgreed | None, before: Advanced | None, now: Progress, currency: str
) -> Advanced | None:
    """The advance after an invoice for work or retainage; None where nothing was advanced.

    By the schedule, up to what is payable after retainage. Once all work is billed, all that is left; where
    no retainage is held any more either, even if that leaves the client a credit.
    """
    if agreed is None or before is None:
        return before
    if now.all_billed and now.nothing_held:
        return Advanced(invoiced=before.invoiced, recovered=before.invoiced)
    low, high = min(now.payable, ZERO), max(now.payable, ZERO)
    if now.all_billed:
        taken = before.outstanding
    else:
        taken = recover(
            agreed.recovering(before.invoiced),
            now.original_sum,
            now.work_before,
            now.work,
            before.recovered,
            currency,
        ).recovered
    taken = min(max(taken, low), high)
    return Advanced(invoiced=before.invoiced, recovered=total((before.recovered, taken)))
