"""What each document says, as data. Amounts are rounded by the domain before they come here.

Every content checks that its own figures tie and refuses (pydantic's ValidationError) those that do not, so
that no document, workbook or mail can show a sum that its lines do not make.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts_app.documents.invoiced_words import InvoicedWords
from contracts_app.domain.billing.advance_billed import NOTHING, Advanced
from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.contract import InvoiceForm
from contracts_app.domain.money import ZERO, Amount, Rate, is_at_scale, less, total
from contracts_app.domain.names import Currency
from contracts_app.domain.retainage.retainage_explained import TierSlice


def _printable(value: str) -> str:
    """Control characters and lone surrogates break XML and forge mail headers; none belongs in a name."""
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Cn"} for letter in value):
        raise ValueError("text for a document has no control characters")
    return value


Text = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
Named = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_printable)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(_Content):
    """A firm, client or architect as a letterhead or address shows it."""

    name: Named
    address: tuple[Text, ...] = ()
    contact: Text = ""
    email: Text = ""
    phone: Text = ""
    tax_id: Text = ""


class Signature(_Content):
    """Who answered for the document and on which business date, e.g. `Prepared by`."""

    role: Named
    name: Named
    on: date


class _Document(_Content):
    """What every document carries: sender, receiver, currency, language and the hash of what it shows."""

    firm: Party
    client: Party
    currency: Currency
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] = "en_US"
    payment_instructions: tuple[Text, ...] = ()
    content_sha256: Sha256

    @model_validator(mode="after")
    def _at_scale(self) -> Self:
        for amount in _amounts(self):
            if not is_at_scale(amount, self.currency):
                raise ValueError(f"{amount} is not an amount in {self.currency}")
        return self


class CertificateOutcome(StrEnum):
    in_full = "in_full"
    less = "less"
    withheld = "withheld"


class Certificate(_Content):
    """What the certifier decided. `amount` replaces line 8; `line6` replaces line 6."""

    outcome: CertificateOutcome
    amount: Amount
    line6: Amount
    certified_by: Named
    certified_on: date
    reason: Text = ""


class ReducedLine(_Content):
    """A line certified below what was applied for; `reason` where it has one of its own."""

    item: Named
    description: Text
    applied: Amount
    certified: Amount
    reason: Text = ""


class _Application(_Document):
    """An application for payment as the domain composed it, with what its paper adds.

    `invoice_number` and `submitted_on` are None while it is a draft, and the document says so. `due_on` is
    None until the receivable has arisen, `certify_by` where nobody certifies; `terms` says in words what is
    due when, e.g. `Net 30 from certification`. The retainage rates are for display, fractions of one; where
    they change with completion `retainage_slices` are the work of this application by the rate that it bears.
    With a certificate it is the certificate's paper: the figures stay those applied for, `cut` has the lines
    certified lower. `explained` says below a line's description how its amount came about, say
    `38.5 t × 47.85`. `pencil`: a copy of the draft for the certifier, marked as no application.
    `tax` is that of the application or, on the certificate's paper, of the certificate; `books` says what
    either comes to in the currency of the books, `invoiced` in the currency that the client pays it in, where
    that is another. `advance_before` is
    the advance payment as the prior certificate left it. `signed_by_hand` and `notarised` ask for places to
    sign, on what is sent to the client alone: not on a draft, a pencil copy or a certificate.
    """

    application: PayApplication
    tax: DocumentTax | None = None
    books: Text = ""
    invoiced: InvoicedWords | None = None
    advance_before: Advanced | None = None
    contract_number: Named
    contract_title: Text
    architect: Party | None = None
    invoice_number: Named | None = None
    submitted_on: date | None = None
    terms: Text
    due_on: date | None = None
    certify_by: date | None = None
    rate_completed: Rate | None = None
    rate_stored: Rate | None = None
    retainage_slices: tuple[TierSlice, ...] = ()
    certificate: Certificate | None = None
    cut: tuple[ReducedLine, ...] = ()
    explained: Mapping[UUID, Text] = {}
    pencil: bool = False
    signed_by_hand: bool = False
    notarised: bool = False
    revision: Annotated[int, Field(ge=0)] = 0
    prepared: Signature
    approvals: tuple[Signature, ...] = ()

    @property
    def due(self) -> Decimal:
        """What the paper asks for: line 8, or what is certified of it, with its tax, less the deposit."""
        amount = self.certificate.amount if self.certificate else self.application.amount_due
        return total((amount, self.tax.tax - self.tax.discount if self.tax else ZERO))

    @property
    def advance_recovered_now(self) -> Decimal:
        """What this application takes off for the advance payment (negative: gives back)."""
        now, before = self.application.advance or NOTHING, self.advance_before or NOTHING
        return less(now.recovered, before.recovered)

    @model_validator(mode="after")
    def _ties(self) -> Self:
        a = self.application
        if a.currency != self.currency:
            raise ValueError(f"the application is in {a.currency}, the document in {self.currency}")
        _equal("line 2 = net change by change orders", a.line2, a.change_orders.net)
        _equal("line 3 = line 1 + line 2", a.line3, a.line1 + a.line2)
        _equal("line 4 = column G", a.line4, total([line.total for line in a.lines]))
        _equal("line 5 = column I", a.line5, total([line.retainage for line in a.lines]))
        _equal("line 5 = line 5a + line 5b", a.line5, a.line5a + a.line5b)
        _equal("line 6 = line 4 - line 5 + advance", a.line6, a.line4 - a.line5 + a.outstanding_advance)
        _equal("line 8 = line 6 - line 7", a.line8, a.line6 - a.line7)
        _equal("line 9 = line 3 - line 6", a.line9, a.line3 - a.line6)
        if self.tax is not None:
            line8 = self.certificate.amount if self.certificate else a.line8
            _equal("due = line 8 - discount + tax", self.tax.due, line8 - self.tax.discount + self.tax.tax)
            _equal("tax = sum of its rates", self.tax.tax, total([one.amount for one in self.tax.groups]))
        for line in a.lines:
            _equal(
                f"{line.item_no}: G = D + E + F", line.total, line.previous + line.this_period + line.stored
            )
            _equal(f"{line.item_no}: H = C - G", line.balance, line.scheduled_value - line.total)
        if self.invoice_number is not None:
            _equal("line 3 = column C", a.line3, total([line.scheduled_value for line in a.lines]))
        return self


class ApplicationContent(_Application):
    """An application for payment: summary, change orders, continuation sheet, certificate if there is one."""


class AdvanceContent(_Application):
    """The invoice of an advance payment. `recovery` says in words how it is recovered, `guarantee` what the
    client holds for it."""

    recovery: Text
    guarantee: Text = ""

    @model_validator(mode="after")
    def _is_the_advance(self) -> Self:
        now, before = self.application.advance or NOTHING, self.advance_before or NOTHING
        _equal("line 8 = advance payment", self.application.line8, less(now.invoiced, before.invoiced))
        return self


class RetainageReleaseContent(_Application):
    """An application with no work that bills retainage held before (docs/SPEC-retainage.md, rule 6).

    `condition` says what released it. `released_before` is the retainage released per line by earlier
    releases; what the application carries beyond it is released now and makes line 8. `form` is that of the
    contract's other invoices, among which this one is numbered.
    """

    condition: Text
    form: InvoiceForm = InvoiceForm.application
    released_before: Mapping[UUID, Amount] = {}

    @model_validator(mode="after")
    def _releases(self) -> Self:
        released = less(total([x.released for x in self.lines]), self.advance_recovered_now)
        _equal("line 8 = retainage released - advance recovered", self.application.line8, released)
        return self

    @property
    def lines(self) -> tuple[ReleasedLine, ...]:
        """Retainage held before, released now and still held, per line."""
        lines = []
        for line in self.application.lines:
            released = line.released - self.released_before.get(line.line_id, ZERO)
            lines.append(
                ReleasedLine(
                    line.item_no, line.description, line.retainage + released, released, line.retainage
                )
            )
        return tuple(lines)


@dataclass(frozen=True)
class ReleasedLine:
    """Retainage of one line: held before, released now, still held."""

    item_no: str
    description: str
    held_before: Decimal
    released: Decimal
    held_after: Decimal


class AppliedCash(_Content):
    """The part of a payment applied to one invoice, with its open balance before and after.

    `kind` and `application_number` say what the invoice is called: application 7, invoice 3 of its contract.
    """

    invoice_number: Named
    kind: Kind = Kind.application
    application_number: int | None = None
    open_before: Amount
    applied: Amount
    open_after: Amount

    @model_validator(mode="after")
    def _tie(self) -> Self:
        _equal("open after = open before - applied", self.open_after, self.open_before - self.applied)
        return self


class ReceiptContent(_Document):
    """A payment received and what it was applied to; the rest is unapplied cash."""

    payment_reference: Named
    method: Text = ""
    received_on: date
    amount: Amount
    applied: tuple[AppliedCash, ...] = ()
    unapplied: Amount = ZERO

    @model_validator(mode="after")
    def _tie(self) -> Self:
        _equal(
            "amount = applied + unapplied",
            self.amount,
            total([x.applied for x in self.applied]) + self.unapplied,
        )
        return self


class OverdueInvoice(_Content):
    """An invoice past its due date. `days_past_due` counts from the day after `due_on`."""

    invoice_number: Named
    kind: Kind = Kind.application
    application_number: int | None = None
    contract_number: Text = ""
    issued_on: date
    due_on: date
    days_past_due: Annotated[int, Field(ge=1)]
    original: Amount
    paid: Amount
    open: Amount

    @model_validator(mode="after")
    def _tie(self) -> Self:
        _equal("open = original - paid", self.open, self.original - self.paid)
        return self


class ReminderContent(_Document):
    """A reminder for all that one client owes past due on `as_of`.

    `level` is the number of days past due that brought it (1, 15, 30). `retainage_held` is information for
    the client, never part of `total_overdue`: it is not due before its release (docs/SPEC-retainage.md,
    rule 7).
    """

    as_of: date
    level: Annotated[int, Field(ge=1)]
    invoices: Annotated[tuple[OverdueInvoice, ...], Field(min_length=1)]
    total_overdue: Amount
    retainage_held: Amount = ZERO

    @model_validator(mode="after")
    def _tie(self) -> Self:
        _equal("total overdue = sum of open", self.total_overdue, total([x.open for x in self.invoices]))
        for invoice in self.invoices:
            if (self.as_of - invoice.due_on).days != invoice.days_past_due:
                raise ValueError(f"{invoice.invoice_number}: days past due are counted from the due date")
        return self


class ReductionContent(_Document):
    """Notice inside the firm that a certificate is lower than the application (or withheld altogether).

    `applied` is line 8 as applied for, `certified` the amount of the certificate, both of this period.
    `time_cut`: part of it is time, whose cut the project manager can accept.
    """

    kind: Kind = Kind.application
    withheld: bool = False
    time_cut: bool = False

    contract_number: Named
    contract_title: Text
    application_number: Annotated[int, Field(ge=1)]
    invoice_number: Named
    period_to: date
    applied: Amount
    certified: Amount
    certified_by: Named
    certified_on: date
    reason: Text = ""
    due_on: date | None = None
    lines: tuple[ReducedLine, ...] = ()

    @model_validator(mode="after")
    def _lower(self) -> Self:
        if self.certified >= self.applied:
            raise ValueError("the certificate is not lower than the application")
        return self


def _equal(rule: str, left: Decimal, right: Decimal) -> None:
    if left != right:
        raise ValueError(f"{rule} does not hold: {left} and {right}")


# Fractions of one and prices of an hour, not amounts of a currency.
_RATES = frozenset({"rate_completed", "rate_stored", "rate", "base_rate", "factor"})


def _amounts(model: BaseModel) -> Iterable[Decimal]:
    for name in type(model).model_fields:
        if name not in _RATES:
            yield from _amounts_in(getattr(model, name))


def _amounts_in(value: object) -> Iterable[Decimal]:
    if isinstance(value, Decimal):
        yield value
    elif isinstance(value, BaseModel):
        yield from _amounts(value)
    elif isinstance(value, Mapping):
        yield from _amounts_in(tuple(value.values()))
    elif isinstance(value, tuple):
        for part in value:
            yield from _amounts_in(part)
