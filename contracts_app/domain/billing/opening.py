"""Opening: where a contract's lines stood when its billing moved here, as of the last application before.

It is no application of ours: it takes no number of our series, was not issued here and is owed by nobody
here. The first application starts from it as from a prior certificate: column D is the work completed,
column F the material stored, line 7 what was earned less retainage (docs/SPEC-opening.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, is_at_scale, less, total
from contracts_app.domain.refusals import wrong_content

BY_AMOUNT = (Basis.lump_sum, Basis.percent_complete, Basis.unit_price, Basis.time_and_materials)
"""Lines that start from an amount billed before; of one billed by time it is what its time came to, billed in
full. The others count what is behind it: costs, approved milestones, periods."""


class OpenedLine(BaseModel):
    """A line to date: D + E work completed, F material stored, I retainage held."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    completed: Amount = ZERO
    stored: Amount = ZERO
    withheld: Amount = ZERO

    @property
    def total(self) -> Decimal:
        """Column G."""
        return total((self.completed, self.stored))


class Opening(BaseModel):
    """The last application of the former system, as certified, and the end of its period."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    application_no: int
    period_to: date
    lines: tuple[OpenedLine, ...]

    @property
    def line4(self) -> Decimal:
        """Completed and stored to date."""
        return total(line.total for line in self.lines)

    @property
    def held(self) -> Decimal:
        """The retainage held."""
        return total(line.withheld for line in self.lines)

    @property
    def line6(self) -> Decimal:
        """Earned less retainage: line 7 of the first application here."""
        return less(self.line4, self.held)


def as_previous(opening: Opening, *, remembers: bool) -> PreviousCertificate:
    """The opening as the first application sees it; what lines withheld is part of it where the terms need
    that."""
    return PreviousCertificate(
        application_no=opening.application_no,
        period_to=opening.period_to,
        line6=opening.line6,
        lines=tuple(
            PreviousLine(
                line_id=line.line_id,
                completed=line.completed,
                stored=line.stored,
                withheld=line.withheld if remembers else None,
            )
            for line in opening.lines
        ),
    )


def require_sound(opening: Opening, schedule: Sequence[SovLine], terms: ContractTerms, today: date) -> None:
    """Refuse (Refused) an opening that the first application could not start from."""
    currency = terms.currency
    if terms.advance is not None:
        raise wrong_content(
            "opening_with_advance",
            "This contract has an advance payment: what of it is recovered cannot be taken over yet.",
        )
    if terms.limited:
        raise wrong_content(
            "opening_under_limits",
            "Not-to-exceed amounts or the client's orders limit this contract: what was billed under them "
            "before cannot be taken over yet.",
        )
    if not 1 <= opening.application_no <= 9998:
        raise wrong_content("opening_number", "The last application before has a number from 1 to 9,998.")
    if not terms.contract_date <= opening.period_to <= today:
        raise wrong_content(
            "opening_date",
            f"Balances as of {opening.period_to}: the contract is dated {terms.contract_date}, "
            f"and today is {today}.",
        )
    known: Mapping[UUID, SovLine] = {line.id: line for line in schedule}
    for line in opening.lines:
        _require_line(line, known[line.line_id], currency)
    if opening.line4 < ZERO or opening.line6 < ZERO:
        raise wrong_content("opening_below_zero", "What was billed before adds up to less than nothing.")


def _require_line(line: OpenedLine, agreed: SovLine, currency: str) -> None:
    amounts = (line.completed, line.stored, line.withheld)
    if not all(is_at_scale(amount, currency) for amount in amounts):
        raise wrong_content(
            "too_many_decimals",
            f"Line {agreed.item_no} has an amount with more decimals than {currency} has.",
        )
    if agreed.basis not in BY_AMOUNT and any(amounts):
        raise wrong_content(
            "opening_of_this_basis",
            f"Line {agreed.item_no} is billed by {agreed.basis.value.replace('_', ' ')}: what was billed of "
            "it before cannot be taken over as an amount.",
        )
    low, high = sorted((ZERO, agreed.scheduled_value))
    if agreed.not_to_exceed and not low <= line.total <= high:
        raise wrong_content(
            "opening_above_value",
            f"Line {agreed.item_no}: {in_words_of_a_page(line.total, currency)} billed before, of "
            f"{in_words_of_a_page(agreed.scheduled_value, currency)} scheduled.",
        )
    low, high = sorted((ZERO, line.total))
    if not low <= line.withheld <= high:
        raise wrong_content(
            "opening_retainage",
            f"Line {agreed.item_no}: {in_words_of_a_page(line.withheld, currency)} of retainage held, of "
            f"{in_words_of_a_page(line.total, currency)} billed.",
        )
