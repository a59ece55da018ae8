"""Master data: what stands on every invoice and decides its price changes by two persons (SPEC-approvals).

A change is put before another controller with what it changes, field by field; agreed to it is done as it was
asked for, or refused where what it changes is no longer what was shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.domain.tax.tax import TaxRate

TITLES = {
    "set_payment_instructions": "Where invoices are paid to",
    "set_tax_number": "Our tax number",
    "add_tax_rate": "A rate of tax",
    "withdraw_tax_rate": "A rate of tax, taken back",
    "raise_rates": "Rates of a contract",
    "release_hold": "A legal hold, released",
    "erase_person": "A person, erased",
}
"""The commands that change master data, by what they change."""


class FieldChange(BaseModel):
    """A field as it is and as it is to be, in words; empty for nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    field: str
    before: str
    after: str


class MasterChange(BaseModel):
    """What a command would change: of what, from which day on (None: from the day of agreement)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of: str
    fields: tuple[FieldChange, ...]
    effective_from: date | None = None
    in_use: bool
    """Whether something was issued or activated by it; until then a firm sets itself up alone."""

    @property
    def needs_second(self) -> bool:
        """Whether another controller must agree. Raises Refused for a change of nothing that is in use."""
        if self.in_use and all(one.before == one.after for one in self.fields):
            raise wrong_content("nothing_to_change", f"{self.of} says so already: nothing would change.")
        return self.in_use


def rate_in_words(row: TaxRate) -> str:
    """`7.25 % from 2024-01-01`, with its end where it has one (the first day on which it holds no longer)."""
    until = f" until {row.effective_to}" if row.effective_to else ""
    return f"{(row.rate * 100).normalize():f} % from {row.effective_from}{until}"


def require_still(proposed: Sequence[FieldChange], now: Sequence[FieldChange]) -> None:
    """Raises Refused where a field is no longer what it was when the change was proposed, naming each."""
    today = {one.field: one.before for one in now}
    other = [one for one in proposed if today.get(one.field) != one.before]
    other.extend(one for one in now if one.field not in {known.field for known in proposed})
    if other:
        said = "; ".join(
            f"{one.field} was “{one.before or 'nothing'}”, is now “{today.get(one.field) or 'nothing'}”"
            for one in other
        )
        raise Refused(
            "changed_since_proposed",
            f"What would be changed is no longer as it was shown: {said}. "
            "Withdraw the change and propose it again.",
        )


def require_another(proposed_by: object, agreed_by: object) -> None:
    """Four eyes. Raises Refused where both are one person."""
    if proposed_by == agreed_by:
        raise not_allowed("You proposed this change, so another controller must agree to it.")
