"""Whether an application that somebody else made foots: its figures as given, column by column and line by
line (docs/SPEC-pay-application.md).

Nothing is computed anew from terms here. A figure that is not given is worked out from those that are, and
one that is wrong is reported once: what follows from it is compared with the figure as given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.contract import RetainageRate
from contracts_app.domain.finding import Finding
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, multiply, round_to, total
from contracts_app.domain.names import Currency


class GivenLine(BaseModel):
    """A line of a continuation sheet as given. `previous_certified` is D + E of the last certificate,
    `retainage_rate` the rate shown on the line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: str
    scheduled_value: Amount
    previous: Amount = ZERO
    this_period: Amount = ZERO
    stored: Amount = ZERO
    total: Amount | None = None
    balance: Amount | None = None
    retainage: Amount | None = None
    retainage_rate: RetainageRate | None = None
    previous_certified: Amount | None = None

    @property
    def reached(self) -> Decimal:
        """Column G as given, else D + E + F."""
        return total((self.previous, self.this_period, self.stored)) if self.total is None else self.total

    @property
    def left(self) -> Decimal:
        """Column H as given, else C − G."""
        return less(self.scheduled_value, self.reached) if self.balance is None else self.balance


class GivenTotals(BaseModel):
    """The totals printed below the columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    scheduled_value: Amount | None = None
    previous: Amount | None = None
    this_period: Amount | None = None
    stored: Amount | None = None
    total: Amount | None = None
    balance: Amount | None = None
    retainage: Amount | None = None


class GivenApplication(BaseModel):
    """An application as given; what it does not show is left out.

    `previous_line6` is line 6 of the last certificate; the rates are those of the contract; `waiver_amount`
    is what the lien waiver says; figures may differ by `tolerance` (1 where the form shows whole dollars).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    lines: tuple[GivenLine, ...] = ()
    totals: GivenTotals = GivenTotals()
    additions: Amount | None = None
    deductions: Amount | None = None
    line1: Amount | None = None
    line2: Amount | None = None
    line3: Amount | None = None
    line4: Amount | None = None
    line5: Amount | None = None
    line5a: Amount | None = None
    line5b: Amount | None = None
    line6: Amount | None = None
    line7: Amount | None = None
    line8: Amount | None = None
    line9: Amount | None = None
    rate_completed: RetainageRate | None = None
    rate_stored: RetainageRate | None = None
    previous_line6: Amount | None = None
    advance: Amount | None = None
    """What is outstanding of an advance payment, where the form counts it into line 6."""
    waiver_amount: Amount | None = None
    tolerance: Amount = ZERO


class DoesNotFoot(Finding):
    """A figure that does not follow from the others: what was found, and what was expected."""

    found: Amount
    expected: Amount


COLUMNS: Mapping[str, str] = {
    "scheduled_value": "C",
    "previous": "D",
    "this_period": "E",
    "stored": "F",
    "total": "G",
    "balance": "H",
    "retainage": "I",
}


def check(given: GivenApplication) -> tuple[DoesNotFoot, ...]:
    """Where the application does not foot, its lines first; empty for one that does."""
    return tuple(_Footing(given).found())


def as_given(application: PayApplication) -> GivenApplication:
    """One of our own applications as figures, to be looked at as a stranger's."""
    return GivenApplication(
        currency=application.currency,
        lines=tuple(
            GivenLine(
                item_no=line.item_no,
                scheduled_value=line.scheduled_value,
                previous=line.previous,
                this_period=line.this_period,
                stored=line.stored,
                total=line.total,
                balance=line.balance,
                retainage=line.retainage,
            )
            for line in application.lines
        ),
        additions=total(
            (application.change_orders.additions_before, application.change_orders.additions_this_period)
        ),
        deductions=total(
            (application.change_orders.deductions_before, application.change_orders.deductions_this_period)
        ),
        line1=application.line1,
        line2=application.line2,
        line3=application.line3,
        line4=application.line4,
        line5=application.line5,
        line5a=application.line5a,
        line5b=application.line5b,
        line6=application.line6,
        line7=application.line7,
        line8=application.line8,
        line9=application.line9,
        advance=application.outstanding_advance or None,
    )


class _Footing:
    """One pass over an application as given."""

    def __init__(self, given: GivenApplication) -> None:
        self.given = given
        self.report: list[DoesNotFoot] = []

    def found(self) -> Sequence[DoesNotFoot]:
        for line in self.given.lines:
            self._line(line)
        for field, letter in COLUMNS.items():
            self._check(
                f"column_{letter.lower()}_total",
                f"The total of column {letter}",
                getattr(self.given.totals, field),
                self._summed(field),
                "the sum of its lines",
            )
        if not self.given.lines:
            self._printed(self.given.totals)
        self._summary()
        return self.report

    def _printed(self, totals: GivenTotals) -> None:
        """Totals without their lines still have to agree among each other."""
        moved = _sum(_sum(totals.previous, totals.this_period), totals.stored)
        self._check("column_g", "The total of column G", totals.total, moved, "D + E + F")
        left = _difference(totals.scheduled_value, totals.total)
        self._check("column_h", "The total of column H", totals.balance, left, "C − G")

    def _line(self, line: GivenLine) -> None:
        moved = total((line.previous, line.this_period, line.stored))
        item = line.item_no
        self._check("column_g", "Column G", line.total, moved, "D + E + F", item)
        self._check(
            "column_h", "Column H", line.balance, less(line.scheduled_value, line.reached), "C − G", item
        )
        self._check(
            "previous_changed",
            "Column D",
            line.previous,
            line.previous_certified,
            "D + E of the last certificate",
            item,
        )
        low, high = sorted((ZERO, line.scheduled_value))
        if line.reached > total((high, self.given.tolerance)):
            self._add("over_scheduled_value", "Column G", line.reached, high, "at most column C", item)
        if line.reached < less(low, self.given.tolerance):
            self._add("under_zero", "Column G", line.reached, low, "at least that", item)
        self._retained(line)

    def _retained(self, line: GivenLine) -> None:
        """Column I against the contract's rates; a rate of its own on the line is reported as such."""
        agreed = self.given.rate_completed
        shown = line.retainage_rate
        if agreed is not None and shown is not None and shown != agreed:
            expected = self._at_rates(line, agreed, self._stored_rate(agreed))
            found = line.retainage if line.retainage is not None else self._at_rates(line, shown, shown)
            self._add("retainage_rate", "Column I", found, expected, "at the contract's rate", line.item_no)
            return
        rate = shown if agreed is None else agreed
        if rate is not None:
            expected = self._at_rates(line, rate, self._stored_rate(rate))
            self._check(
                "retainage_base", "Column I", line.retainage, expected, "at the contract's rate", line.item_no
            )

    def _stored_rate(self, rate: Decimal) -> Decimal:
        return rate if self.given.rate_stored is None else self.given.rate_stored

    def _at_rates(self, line: GivenLine, completed: Decimal, stored: Decimal) -> Decimal:
        return round_to(
            total(
                (
                    multiply(less(line.reached, line.stored), completed),
                    multiply(line.stored, stored),
                )
            ),
            self.given.currency,
        )

    def _summary(self) -> None:
        given = self.given
        ordered = given.additions is not None or given.deductions is not None
        net = less(given.additions or ZERO, given.deductions or ZERO) if ordered else None
        line2 = self._check("line_2", "Line 2", given.line2, net, "additions − deductions")
        line3 = self._check("line_3", "Line 3", given.line3, _sum(given.line1, line2), "line 1 + line 2")
        self._check(
            "schedule_does_not_tie",
            "Line 3",
            line3,
            self._column("scheduled_value"),
            "the sum of column C",
        )
        line4 = self._check("line_4", "Line 4", given.line4, self._column("total"), "the sum of column G")
        line5 = self._line5(line4)
        earned = _difference(line4, line5)
        how = "line 4 − line 5"
        if given.advance is not None:
            earned, how = _sum(earned, given.advance), f"{how} + advance payment outstanding"
        line6 = self._check("line_6", "Line 6", given.line6, earned, how)
        line7 = self._check(
            "line_7", "Line 7", given.line7, given.previous_line6, "line 6 of the last certificate"
        )
        line8 = self._check("line_8", "Line 8", given.line8, _difference(line6, line7), "line 6 − line 7")
        self._check("line_9", "Line 9", given.line9, _difference(line3, line6), "line 3 − line 6")
        self._check("waiver_amount_mismatch", "The lien waiver", given.waiver_amount, line8, "line 8")

    def _line5(self, line4: Decimal | None) -> Decimal | None:
        given = self.given
        parted = given.line5a is not None or given.line5b is not None
        parts = total((given.line5a or ZERO, given.line5b or ZERO)) if parted else None
        line5 = self._check("line_5_parts", "Line 5", given.line5, parts, "5a + 5b")
        line5 = self._check("line_5", "Line 5", line5, self._column("retainage"), "the sum of column I")
        if given.rate_completed is not None and not given.lines and line4 is not None:
            stored = self._column("stored") or ZERO
            at_rates = total(
                (
                    multiply(less(line4, stored), given.rate_completed),
                    multiply(stored, self._stored_rate(given.rate_completed)),
                )
            )
            line5 = self._check(
                "retainage_base",
                "Line 5",
                line5,
                round_to(at_rates, given.currency),
                "at the contract's rate",
            )
        return line5

    def _summed(self, field: str) -> Decimal | None:
        """The sum of a column over the lines; None where a line does not show it."""
        if not self.given.lines:
            return None
        if field == "total":
            return total(line.reached for line in self.given.lines)
        if field == "balance":
            return total(line.left for line in self.given.lines)
        amounts: list[Decimal | None] = [getattr(line, field) for line in self.given.lines]
        known = [amount for amount in amounts if amount is not None]
        return total(known) if len(known) == len(amounts) else None

    def _column(self, field: str) -> Decimal | None:
        """A column's sum: over the lines, else as printed below it."""
        summed = self._summed(field)
        printed: Decimal | None = getattr(self.given.totals, field)
        return printed if summed is None else summed

    def _check(
        self,
        code: str,
        what: str,
        shown: Decimal | None,
        expected: Decimal | None,
        how: str,
        item_no: str | None = None,
    ) -> Decimal | None:
        """The figure that counts from here on: as shown, else as expected. Reports where they differ."""
        if shown is None or expected is None:
            return expected if shown is None else shown
        if _apart(shown, expected) > self.given.tolerance:
            self._add(code, what, shown, expected, how, item_no)
        return shown

    def _add(
        self, code: str, what: str, shown: Decimal, expected: Decimal, how: str, item_no: str | None = None
    ) -> None:
        currency = self.given.currency
        self.report.append(
            DoesNotFoot(
                code=code,
                blocks=True,
                item_no=item_no,
                sentence=f"{what} is {in_words_of_a_page(shown, currency)}, expected "
                f"{in_words_of_a_page(expected, currency)} ({how}): correct the figure, or the one it comes "
                "from.",
                found=shown,
                expected=expected,
            )
        )


def _apart(one: Decimal, other: Decimal) -> Decimal:
    """How far two amounts are apart."""
    return less(one, other).copy_abs()


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else total((one, other))


def _difference(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else less(one, other)
