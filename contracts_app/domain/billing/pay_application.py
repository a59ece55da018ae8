"""Application for payment: continuation sheet columns A–I and summary lines 1–9.

The arithmetic is that of the customary application and continuation sheet; worked numbers stand in
docs/SPEC-pay-application.md, which tests read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from contracts_app.domain.billing import advance_billed
from contracts_app.domain.billing.advance_billed import Advanced, Progress
from contracts_app.domain.billing.material_moved import MaterialMoved
from contracts_app.domain.billing.schedule_of_values import (
    ChangeOrder,
    ChangeOrderSummary,
    SovLine,
    summarise,
)
from contracts_app.domain.billing.unit_price import Quantity
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.money import ZERO, Amount, Rate, less, opposite, share, total
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.retainage.retainage import Before, LineWork, retained
from contracts_app.domain.retainage.retainage_measures import line_value, sums
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.time.time_and_materials import TimeBilled


class Kind(StrEnum):
    """What an invoice is: an application for payment, a consulting invoice, the release of retainage, or an
    advance payment."""

    application = "application"
    consulting = "consulting"
    retainage_release = "retainage_release"
    advance = "advance"

    @property
    def bills_work(self) -> bool:
        """Whether it claims work: the others move money that work was or will be billed for."""
        return self in (Kind.application, Kind.consulting)

    def numbered(self, application_no: int, revision: int = 0) -> str:
        """The invoice as sentences call it: `application 6`, revised `application 6R1`, `invoice 3`,
        `retainage release 17`. Of advance payments there is one: it needs no number."""
        if self is Kind.advance:
            return "advance payment"
        name = "invoice" if self is Kind.consulting else self.value.replace("_", " ")
        return f"{name} {revised_number(application_no, revision)}"


def revised_number(application_no: int, revision: int) -> str:
    """The number of an application as its paper shows it: `7`, and revised `7R1`, `7R2`."""
    return f"{application_no}R{revision}" if revision else str(application_no)


class PreviousLine(BaseModel):
    """Where a line stood on the prior certificate: as certified, not as applied.

    `withheld` is known where the terms need it (`RetainageTerms.remembers`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    completed: Amount = ZERO
    stored: Amount = ZERO
    released: Amount = ZERO
    withheld: Annotated[Amount | None, ADDED_LATER] = None


class PreviousCertificate(BaseModel):
    """The prior certificate: line 6 as certified becomes line 7 of the next application."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    application_no: int
    period_to: date
    line6: Amount
    lines: tuple[PreviousLine, ...]
    advance: Annotated[Advanced | None, ADDED_LATER] = None

    @property
    def is_of_the_advance(self) -> bool:
        """Whether it is that of an advance payment which came before all work."""
        return self.advance is not None and not any(line.completed or line.stored for line in self.lines)


def _of_a_sheet(value: Decimal) -> Decimal:
    if value.copy_abs() > _FURTHEST:
        raise ValueError("a percentage from -10,000 % to 10,000 %, as a fraction of one")
    return value


_FURTHEST = Decimal(100)
"""Far beyond what a line can be billed: a slip that was once typed into a draft is still read, and shown."""
StatedFraction = Annotated[Rate, AfterValidator(_of_a_sheet)]


class Entry(BaseModel):
    """What is claimed on a line: E, work completed this period, and F, materials presently stored (now).

    With E may stand how it was stated: a percentage of C to date (stored material included) or of this
    period's work, as fractions of one, or the quantity measured to date, on a unit-price line, and whether
    that is its final measure (docs/SPEC-bases.md), or what became of its stored material. The amount is what
    counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    this_period: Amount = ZERO
    stored: Amount = ZERO
    fraction_to_date: Annotated[StatedFraction | None, ADDED_LATER] = None
    fraction_this_period: Annotated[StatedFraction | None, ADDED_LATER] = None
    quantity_to_date: Annotated[Quantity | None, ADDED_LATER] = None
    finally_measured: Annotated[bool, ADDED_LATER] = False
    material: Annotated[MaterialMoved | None, ADDED_LATER] = None

    @model_validator(mode="after")
    def _stated_one_way(self) -> Entry:
        if sum(one is not None for one in self._ways) > 1:
            raise ValueError("a percentage to date, one of this period, a quantity or material, one of them")
        if self.finally_measured and self.quantity_to_date is None:
            raise ValueError("a final measure is a quantity")
        return self

    @property
    def _ways(self) -> tuple[object, ...]:
        return self.fraction_to_date, self.fraction_this_period, self.quantity_to_date, self.material

    @property
    def is_stated(self) -> bool:
        """Whether the amount follows from a percentage, a quantity or what became of stored material."""
        return any(one is not None for one in self._ways)


class ContinuationLine(BaseModel):
    """One line of the continuation sheet; all amounts in the contract's currency.

    `previous` (D) never contains earlier stored material. `retainage` (I) is withheld to date less released.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    item_no: str
    description: str
    change_order: str | None
    scheduled_value: Amount
    previous: Amount
    this_period: Amount
    stored: Amount
    total: Amount
    balance: Amount
    withheld: Amount
    released: Amount
    retainage: Amount

    @property
    def completed(self) -> Decimal:
        """D + E: work completed to date, without stored material."""
        return total((self.previous, self.this_period))

    @property
    def fraction(self) -> Decimal | None:
        """G / C for display (12 digits); None where there is no scheduled value."""
        if self.scheduled_value.is_zero():
            return None
        return share(self.total, self.scheduled_value)


class PayApplication(BaseModel):
    """An application (or certificate): columns per line and the nine summary lines.

    line5a is retainage on completed work, line5b on stored material; line 5 is the sum of column I. What is
    outstanding of an advance payment is part of line 6, as money that the client has paid.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Kind
    application_no: int
    period_to: date
    currency: str
    change_orders: ChangeOrderSummary
    lines: tuple[ContinuationLine, ...]
    line1: Amount
    line2: Amount
    line3: Amount
    line4: Amount
    line5: Amount
    line5a: Amount
    line5b: Amount
    line6: Amount
    line7: Amount
    line8: Amount
    line9: Amount
    time: tuple[TimeBilled, ...] = ()
    """The entries behind time-and-materials lines."""
    deposit_applied: Amount = ZERO
    """The part of line 8 that the client's deposit pays."""
    costs: Annotated[tuple[LineCosts, ...], ADDED_LATER] = ()
    """The costs and fees behind lines billed at cost."""
    maximum: Annotated[MaximumBilled | None, ADDED_LATER] = None
    """What an application under a guaranteed maximum price stands on."""
    advance: Annotated[Advanced | None, ADDED_LATER] = None
    """The advance payment to date, this application included; None where there is none."""

    @property
    def earned(self) -> Decimal:
        """Line 4 less line 5: line 6 without an advance payment."""
        return less(self.line4, self.line5)

    @property
    def outstanding_advance(self) -> Decimal:
        """What is paid ahead and not recovered yet, this application included."""
        return self.advance.outstanding if self.advance else ZERO

    @property
    def amount_due(self) -> Decimal:
        """What the client still has to pay on this invoice."""
        return less(self.line8, self.deposit_applied)


def compose(
    *,
    kind: Kind,
    application_no: int,
    period_to: date,
    terms: ContractTerms,
    schedule: Sequence[SovLine],
    orders_in_force: Sequence[ChangeOrder],
    previous: PreviousCertificate | None,
    entries: Mapping[UUID, Entry],
    released: Mapping[UUID, Decimal],
    time: Sequence[TimeBilled] = (),
    deposit_balance: Decimal = ZERO,
    costs: Sequence[LineCosts] = (),
    maximum: MaximumBilled | None = None,
    ended: bool = False,
) -> PayApplication:
    """Build the application from what was agreed, what was certified before and what is claimed now.

    `released` is the retainage released to date per line, this application included; `deposit_balance` is
    what the client has paid ahead and no invoice has used; `ended` says that the work is complete, whatever
    the scheduled values. Σ scheduled values is not forced to line 3 here;
    `checks` reports when they differ. Raises Refused when an amount is claimed, was certified or is released
    on a line that the schedule does not have: it would vanish from the sums.
    """
    before = {line.line_id: line for line in previous.lines} if previous else {}
    known = {line.id for line in schedule}
    if len(known) < len(schedule) or not known.issuperset((*before, *entries, *released)):
        raise wrong_content(
            "not_in_schedule", "An amount stands on a line that is not, or twice, in the schedule of values."
        )
    amounts = {
        line.id: (
            before[line.id].completed if line.id in before else ZERO,
            entries[line.id].this_period if line.id in entries else ZERO,
            entries[line.id].stored if line.id in entries else ZERO,
        )
        for line in schedule
    }
    orders = summarise(orders_in_force, previous.period_to if previous else None)
    line3 = total((terms.original_sum, orders.net))
    kept = retained(
        terms.retainage,
        [
            LineWork(
                line_id=line.id,
                rate=terms.retainage.rate_of(line.retainage_rate, line.change_order),
                completed=total(amounts[line.id][:2]),
                stored=amounts[line.id][2],
                value=line_value(line, orders_in_force, terms.retainage),
                released=released.get(line.id, ZERO),
                before=_before(before.get(line.id)),
            )
            for line in schedule
        ],
        sums(terms, schedule, orders_in_force),
        terms.currency,
    )
    lines = tuple(
        ContinuationLine(
            line_id=line.id,
            item_no=line.item_no,
            description=line.description,
            change_order=line.change_order,
            scheduled_value=line.scheduled_value,
            previous=amounts[line.id][0],
            this_period=amounts[line.id][1],
            stored=amounts[line.id][2],
            total=total(amounts[line.id]),
            balance=less(line.scheduled_value, total(amounts[line.id])),
            withheld=kept.withheld[line.id],
            released=kept.released[line.id],
            retainage=less(kept.withheld[line.id], kept.released[line.id]),
        )
        for line in schedule
    )
    line4 = total(line.total for line in lines)
    line5 = total(line.retainage for line in lines)
    line5a = less(kept.on_completed, *(line.released for line in lines))
    line7 = previous.line6 if previous else ZERO
    ahead = previous.advance if previous else None
    advance: Advanced | None
    if kind is Kind.advance and terms.advance is not None:
        advance = advance_billed.invoiced(terms.advance, terms.original_sum, ahead, terms.currency)
        deposit_balance = ZERO  # money paid ahead does not pay money paid ahead
    else:
        goes_by = Progress(
            original_sum=terms.original_sum,
            work_before=total(part for line in before.values() for part in (line.completed, line.stored)),
            work=line4,
            payable=less(line4, line5, line7, opposite(ahead.outstanding if ahead else ZERO)),
            all_billed=ended or (line4 >= line3 and not any(line.ends_when_said for line in schedule)),
            nothing_held=line5.is_zero(),
        )
        advance = advance_billed.recovered(terms.advance, ahead, goes_by, terms.currency)
    line6 = total((less(line4, line5), advance.outstanding if advance else ZERO))
    return PayApplication(
        kind=kind,
        application_no=application_no,
        period_to=period_to,
        currency=terms.currency,
        change_orders=orders,
        lines=lines,
        line1=terms.original_sum,
        line2=orders.net,
        line3=line3,
        line4=line4,
        line5=line5,
        line5a=line5a,
        line5b=less(line5, line5a),
        line6=line6,
        line7=line7,
        line8=less(line6, line7),
        line9=less(line3, line6),
        time=tuple(time),
        deposit_applied=deposit_applied(deposit_balance, less(line6, line7)),
        costs=tuple(costs),
        maximum=maximum,
        advance=advance,
    )


def _before(known: PreviousLine | None) -> Before:
    if known is None:
        return Before()
    return Before(known.completed, known.stored, known.withheld)


def deposit_applied(balance: Decimal, line8: Decimal) -> Decimal:
    """The part of an invoice that is paid by what the client paid ahead: never more than either, never below
    zero."""
    return max(min(balance, line8), ZERO)


def as_previous(certificate: PayApplication, agreed: RetainageTerms | None = None) -> PreviousCertificate:
    """A certificate as the next application sees it: as certified, not as applied (line 6 becomes line 7).

    What each line withheld goes with it where the retainage agreed needs that.
    """
    remembers = agreed is not None and agreed.remembers
    return PreviousCertificate(
        application_no=certificate.application_no,
        period_to=certificate.period_to,
        line6=certificate.line6,
        advance=certificate.advance,
        lines=tuple(
            PreviousLine(
                line_id=line.line_id,
                completed=line.completed,
                stored=line.stored,
                released=line.released,
                withheld=line.withheld if remembers else None,
            )
            for line in certificate.lines
        ),
    )
