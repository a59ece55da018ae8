"""Contract terms: what was agreed, as data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.bill_to import Addresses
from contracts_app.domain.billing.carried_credit import CreditForm
from contracts_app.domain.billing.detail import DetailTerms
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.domain.checking.submission_terms import NOTHING_ASKED, SubmissionTerms
from contracts_app.domain.cost_plus.terms import MaximumPriceTerms
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.funding.agreed_caps import AgreedCap, named_once
from contracts_app.domain.funding.funding_terms import FundingTerms
from contracts_app.domain.funding.limit_notices import Level
from contracts_app.domain.funding.retainer_terms import RetainerTerms
from contracts_app.domain.money import ZERO, Amount, Rate, is_at_scale, rate_to
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.retainage.retainage_terms import RetainageLevel as RetainageLevel
from contracts_app.domain.retainage.retainage_terms import RetainageRate as RetainageRate
from contracts_app.domain.retainage.retainage_terms import RetainageTerms as RetainageTerms
from contracts_app.domain.tax.agreed_discounts import DiscountTerms
from contracts_app.domain.tax.books import AT_PERIOD_END, ExchangeTerms
from contracts_app.domain.tax.contract_tax import TaxTerms
from contracts_app.domain.tax.early_payment import EarlyPaymentTerms, TaxReduction


class ReceivableArises(StrEnum):
    """When the client owes the amount: on our submission, or only once it is certified."""

    submission = "submission"
    certification = "certification"


class InvoiceForm(StrEnum):
    """What the client gets: an application for payment with its continuation sheet, or a consulting
    invoice."""

    application = "application"
    consulting = "consulting"


class AtCap(StrEnum):
    """At a not-to-exceed amount: bill up to it with a line for what is over it, or whole entries only."""

    bill_to_cap = "bill_to_cap"
    hold_whole_entries = "hold_whole_entries"


class MinimumPer(StrEnum):
    """What the least time charged is counted for: each entry (a call-out), or a person's day on a line."""

    entry = "entry"
    day = "day"


class HourRounding(BaseModel):
    """How time is rounded before it is priced: to whole units of so many seconds, nearest or always up.

    1: as worked; 36: hundredths of an hour; 360: six minutes; 900: quarters of an hour. Less than
    `minimum_seconds` is charged as that much, for each entry or for a person's day on a line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit_seconds: Annotated[int, Field(ge=1, le=3600)] = 1
    up: bool = False
    minimum_seconds: Annotated[int, Field(ge=0, le=86_400), ADDED_LATER] = 0
    minimum_per: Annotated[MinimumPer, ADDED_LATER] = MinimumPer.entry

    @property
    def by_day(self) -> bool:
        """Whether a least time is charged for a person's day."""
        return self.minimum_per is MinimumPer.day and self.minimum_seconds > 0


class OvertimeConvention(StrEnum):
    """How an overtime hour is billed: a factor on the bill rate, a flat rate of the rate card, or a markup on
    what the hour of overtime is paid."""

    factor = "factor"
    flat_rate = "flat_rate"
    markup_on_pay = "markup_on_pay"


class OvertimeClass(BaseModel):
    """One class of overtime (overtime, double, or a name of the contract's own) and how it is billed.

    `factor` multiplies the bill rate, or with `markup_on_pay` the pay; `markup` is a fraction of overtime pay
    (0.25 = 25 %). Where it `needs_approval`, an hour that nobody approved is billed at the regular rate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name
    convention: OvertimeConvention
    factor: Rate | None = None
    markup: Rate | None = None
    needs_approval: bool = True

    @model_validator(mode="after")
    def _agree(self) -> OvertimeClass:
        by_factor = self.convention is not OvertimeConvention.flat_rate
        by_markup = self.convention is OvertimeConvention.markup_on_pay
        if by_factor != (self.factor is not None) or by_markup != (self.markup is not None):
            raise ValueError(
                "a factor on the bill rate has a factor, a markup on overtime pay has a factor and a markup, "
                "and a flat rate stands in the rate card"
            )
        if min(self.factor or ZERO, self.markup or ZERO) < ZERO:
            raise ValueError("a factor and a markup are not negative")
        if self.factor is not None and rate_to(self.factor, 6) != self.factor:
            raise ValueError("a factor has at most six decimals")
        return self


class OvertimeTerms(BaseModel):
    """The classes of overtime whose premium the client pays; any other overtime is billed as regular time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    classes: Annotated[tuple[OvertimeClass, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _each_once(self) -> OvertimeTerms:
        if len({each.name.casefold() for each in self.classes}) < len(self.classes):
            raise ValueError("a class of overtime is named twice")
        return self

    def find(self, name: str) -> OvertimeClass | None:
        """The class of that name; None when the contract has none."""
        return next((each for each in self.classes if each.name == name), None)

    def spelled(self, name: str) -> str | None:
        """The name of the class as the contract spells it, however capitals stand in `name`."""
        return next((each.name for each in self.classes if each.name.casefold() == name.casefold()), None)


def in_order(contract_date: date, substantial_completion: date | None) -> bool:
    """Whether the work ends, where its end is agreed, no earlier than the contract is made."""
    return substantial_completion is None or substantial_completion >= contract_date


class ContractTerms(BaseModel):
    """Everything about a contract that decides a figure or a date.

    `payment_days` counts from the day the receivable arises; `certification_days` is the time the certifier
    has after submission (A201 9.4: seven). `controller_limit`: a draft whose line 8 is above it needs the
    controller's approval after the project manager's. `cut_off_day` is the day of the month on which a
    billing period ends (months that are shorter end on their last day). Not `certified_by_client`: the
    receivable arises when the invoice is issued. `billed_by_run`: monthly billing runs draft this contract's
    invoices. `deposit` is the sum that the client pays ahead; it is drawn down by invoices. Without
    `overtime` every hour is billed at its regular rate. `caps` are not-to-exceed amounts beside those of the
    lines; `funding` is what is said of the client's purchase orders, None where nothing is. Without `changes`
    a change order bears no profit and tickets of extra work are charged at cost, without `tax` invoices say
    nothing of tax. With `guaranteed_maximum` the contract sum is the most that is billed for cost and fee.
    At `notice_levels` (0.75; none named: the usual ones) somebody is told of a limit. With `retainer` the
    client fills up what it has paid ahead, as invoices draw it; an `advance` is invoiced by itself and
    recovered by its schedule.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    original_sum: Amount
    contract_date: BusinessDate
    substantial_completion: BusinessDate | None = None
    retainage: RetainageTerms = RetainageTerms()
    payment_days: Annotated[int, Field(ge=0, le=365)] = 30
    receivable_arises: ReceivableArises = ReceivableArises.certification
    certification_days: Annotated[int, Field(ge=0, le=90)] = 7
    first_application: Annotated[int, Field(ge=1, le=9999)] = 1
    controller_limit: Amount = Decimal(0)
    cut_off_day: Annotated[int, Field(ge=1, le=31)] = 31
    invoice_form: InvoiceForm = InvoiceForm.application
    certified_by_client: bool = True
    billed_by_run: bool = False
    hour_rounding: HourRounding = HourRounding()
    at_cap: AtCap = AtCap.bill_to_cap
    partial_milestones: bool = False
    deposit: Amount = ZERO
    overtime: Annotated[OvertimeTerms | None, ADDED_LATER] = None
    detail: Annotated[DetailTerms, ADDED_LATER] = DetailTerms()
    bill_to: Annotated[Addresses | None, ADDED_LATER] = None
    caps: Annotated[tuple[AgreedCap, ...], Field(max_length=50), ADDED_LATER] = ()
    funding: Annotated[FundingTerms | None, ADDED_LATER] = None
    notice_levels: Annotated[tuple[Level, ...], Field(max_length=10), ADDED_LATER] = ()
    retainer: Annotated[RetainerTerms | None, ADDED_LATER] = None
    changes: Annotated[ChangeTerms | None, ADDED_LATER] = None
    submission: Annotated[SubmissionTerms, ADDED_LATER] = NOTHING_ASKED
    tax: Annotated[TaxTerms | None, ADDED_LATER] = None
    guaranteed_maximum: Annotated[MaximumPriceTerms | None, ADDED_LATER] = None
    early_payment: Annotated[EarlyPaymentTerms | None, ADDED_LATER] = None
    discounts: Annotated[DiscountTerms | None, ADDED_LATER] = None
    exchange: Annotated[ExchangeTerms, ADDED_LATER] = AT_PERIOD_END
    """Only where the contract is invoiced, or the legal entity that bills has its books, in another
    currency."""
    advance: Annotated[AdvanceAgreed | None, ADDED_LATER] = None
    credit_form: Annotated[CreditForm, ADDED_LATER] = CreditForm.carried
    """What becomes of a line 8 below zero: taken off the next payments, or credited by a credit note."""

    invoice_currency: Annotated[Currency | None, ADDED_LATER] = None
    """What the client is invoiced in and pays in, where that is another currency than the contract's."""

    @property
    def owed_in(self) -> str:
        """The currency of what the client owes: its invoices' receivables, payments and reminders."""
        return self.invoice_currency or self.currency

    @model_validator(mode="after")
    def _invoice_currency_agrees(self) -> ContractTerms:
        if self.invoice_currency is None:
            return self
        if self.invoice_currency == self.currency:
            raise ValueError(f"the contract is in {self.currency} already: leave the invoices' currency out")
        if self.advance is not None or self.deposit or self.retainer is not None:
            raise ValueError(
                "what is paid ahead is kept in the contract's currency: leave the advance payment, deposit "
                "or retainer out, or let the contract be invoiced in its own currency"
            )
        if self.early_payment is not None:
            raise ValueError(
                "a discount for early payment goes with invoices in the contract's currency: leave the "
                "discount or the invoices' currency out"
            )
        if self.credit_form is CreditForm.document:
            raise ValueError(
                "a credit note is made in the contract's currency: bill what is negative together with later "
                "work, or leave the invoices' currency out"
            )
        return self

    @model_validator(mode="after")
    def _advance_agrees(self) -> ContractTerms:
        if self.advance is None:
            return self
        if not is_at_scale(self.advance.amount or ZERO, self.currency):
            raise ValueError(f"an advance payment has at most the decimals of {self.currency}")
        if self.advance.sum_of(self.original_sum, self.currency) > self.original_sum:
            raise ValueError("an advance payment is not above the contract sum: nothing would recover it")
        if self.tax is not None or self.discounts is not None:
            raise ValueError(
                "an advance payment does not go with tax or discounts: its recovery is taken off after both, "
                "and tax of an advance falls due with the advance"
            )
        if self.bill_to is not None:
            raise ValueError("an advance payment goes with invoices to one address")
        if self.certified_by_client and self.receivable_arises is ReceivableArises.submission:
            # The last application may give the client a credit, and a lower certificate more of it.
            raise ValueError(
                "an advance payment does not go with amounts that are owed before the client certifies them: "
                "let them be owed on certification, or leave the client's certificate out"
            )
        return self

    @model_validator(mode="after")
    def _discounts_agree(self) -> ContractTerms:
        if self.discounts is not None and (self.deposit or self.retainer is not None):
            raise ValueError(
                "discounts do not go with a deposit or a retainer, which pays what is billed without them"
            )
        return self

    @model_validator(mode="after")
    def _early_payment_agrees(self) -> ContractTerms:
        if self.early_payment is None:
            return self
        if self.early_payment.tax is TaxReduction.always:
            raise ValueError(
                "with a discount for early payment, tax is of the discounted amount only where the discount "
                "is taken, or never"
            )
        taxed_with_work = self.tax is not None and not self.tax.retainage_regime
        if taxed_with_work and (self.retainage.rate_completed or self.retainage.rate_stored):
            raise ValueError(
                "a discount for early payment does not go with retainage that is taxed with the work"
            )
        return self

    @property
    def limited(self) -> bool:
        """Whether not-to-exceed amounts, or the client's purchase orders, say what may be billed."""
        return bool(self.caps) or self.funding is not None

    @model_validator(mode="after")
    def _retainer_agrees(self) -> ContractTerms:
        amounts = (self.retainer.minimum, self.retainer.request_below) if self.retainer else ()
        if any(one is not None and not is_at_scale(one, self.currency) for one in amounts):
            raise ValueError(f"an amount of the retainer has at most the decimals of {self.currency}")
        return self

    @model_validator(mode="after")
    def _limits_agree(self) -> ContractTerms:
        named_once(self.caps)
        if any(not is_at_scale(cap.amount, self.currency) for cap in self.caps):
            raise ValueError(f"a not-to-exceed amount has at most the decimals of {self.currency}")
        if self.limited and self.certified_by_client:
            raise ValueError(
                "not-to-exceed amounts over several lines and purchase orders go with invoices that stand as "
                "issued: leave the client's certificate out"
            )
        if self.limited and self.guaranteed_maximum is not None:
            raise ValueError(
                "under a guaranteed maximum price nothing else limits cost and fee: leave not-to-exceed "
                "amounts over several lines and purchase orders out"
            )
        if self.limited and self.hour_rounding.by_day:
            raise ValueError(
                "a least time for a person's day does not go with not-to-exceed amounts over several lines "
                "or purchase orders: charge the least time for each entry"
            )
        return self

    @model_validator(mode="after")
    def _agree(self) -> ContractTerms:
        for amount in (self.original_sum, self.controller_limit, self.deposit):
            if not is_at_scale(amount, self.currency):
                raise ValueError(f"an amount in {self.currency} has at most its minor unit's decimals")
        cap = self.retainage.cap
        if cap is not None and cap.amount is not None and not is_at_scale(cap.amount, self.currency):
            raise ValueError(f"the most that is withheld has at most the decimals of {self.currency}")
        if min(self.original_sum, self.controller_limit, self.deposit) < ZERO:
            raise ValueError("the contract sum, the approval limit and the deposit are not negative")
        if not in_order(self.contract_date, self.substantial_completion):
            raise ValueError(
                f"substantial completion is on or after the contract date, {self.contract_date}, "
                f"not {self.substantial_completion}"
            )
        if self.bill_to and self.guaranteed_maximum:
            raise ValueError("under a guaranteed maximum price all lines are billed to one address")
        if self.bill_to and (self.certified_by_client or self.invoice_form is not InvoiceForm.consulting):
            raise ValueError("lines are billed to several addresses by invoices that nobody certifies")
        if not self.certified_by_client and self.receivable_arises is ReceivableArises.certification:
            raise ValueError("without certification the receivable arises at submission")
        return self
