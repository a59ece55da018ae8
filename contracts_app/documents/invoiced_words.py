"""What a paper says of an invoice in another currency than its contract's: amounts, and the rate."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts_app.documents.wording import Wording
from contracts_app.domain.money import ZERO, opposite
from contracts_app.domain.tax.invoicing import Invoiced

_LOCALE = "en_US"


class InvoicedWords(BaseModel):
    """The rows from the amount without tax to what is due, each with its amount in `currency`; `payable` is
    what is due with the currency behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: str
    rows: tuple[tuple[str, str], ...]
    due: str
    payable: str
    rate: str


def invoiced_said(made: Invoiced | None) -> InvoicedWords | None:
    """The words for the paper; None where the invoice is in its contract's currency."""
    if made is None:
        return None
    say, rate = Wording(_LOCALE, made.currency), made.rate
    rows: list[tuple[str, str]] = []
    if made.tax != ZERO or made.retained != ZERO:
        rows.append(("Amount without tax" if made.groups else "Work of this invoice", say.amount(made.net)))
    rows += [
        (f"{group.tax} {say.rate(group.rate)} of {say.amount(group.base)}", say.amount(group.amount))
        for group in made.groups
    ]
    if made.retained != ZERO:
        label = "Less retainage" if made.retained > ZERO else "Retainage released"
        rows.append((label, say.amount(opposite(made.retained))))
    return InvoicedWords(
        currency=made.currency,
        rows=tuple(rows),
        due=say.amount(made.due),
        payable=say.money(made.due),
        rate=f"At {rate.rate:f} {rate.to} for 1 {rate.of} ({rate.source}, {say.day(rate.on)}). The amounts "
        f"in {rate.of} are those of the contract; what is due is paid in {rate.to}.",
    )
