"""One pass over the rules of commitments and expenses, for `every_rule`."""

from datetime import date
from decimal import Decimal

from contracts_app.domain.expenses import expenses, mileage, per_diem
from contracts_app.domain.law import Verified
from contracts_app.domain.purchasing import bill_match, commitment_position, duplicates, pass_through
from contracts_app.domain.purchasing.commitments import MatchLevel, Tolerance, Tolerances
from contracts_app.domain.tax.currency import ExchangeRate
from tests.domain.agreements import identity
from tests.domain.commitments_written import (
    DAY,
    bill,
    billed,
    commitment,
    credited,
    inspected,
    line,
    received,
)

_A_DAY = per_diem.PerDiemRate(
    jurisdiction="GB",
    citation="Sample",
    effective_from=date(2020, 1, 1),
    source="Sample",
    as_of=date(2026, 11, 22),
    verified=Verified.uncertain,
    locality="Anywhere",
    currency="GBP",
    full_day=Decimal("123456.78"),
    first_and_last=Decimal("0.7654321"),
    breakfast=Decimal("1.23"),
    lunch=Decimal("12345.67"),
    dinner=Decimal("2.34"),
    single_day=Decimal("0.5"),
    single_day_over_hours=8,
)
_A_MILE = mileage.MileageRate(
    jurisdiction="GB",
    citation="Sample",
    effective_from=date(2020, 1, 1),
    source="Sample",
    as_of=date(2026, 11, 22),
    verified=Verified.uncertain,
    vehicle="car",
    unit=mileage.Unit.mile,
    currency="GBP",
    rate=Decimal("0.4512345"),
    threshold=Decimal("10000.1"),
    rate_above=Decimal("0.2512345"),
    year_begins="04-06",
)


def every_rule_of_costs() -> list[object]:
    """The results of every rule of commitments and expenses, with figures that suffer from five digits."""
    some = Tolerance(percent=Decimal("0.0123456"), at_most=Decimal("123456.78"))
    order = commitment(
        [line(1, "123456.789", "12.34567"), line(2, "1000.5", "0.333333")],
        MatchLevel.four_way,
        Tolerances(price=some, quantity=some, line=some, total=some, receipt=some),
    )
    receipts = [received(1, "120000.123"), received(2, "1000.5"), received(1, "-0.001", 2)]
    inspections = [inspected(1, "119999.99", "0.01"), inspected(2, "1000.5")]
    bills = [
        bill(1, billed(1, "100000.001", "12.4", 1, "1234.56"), billed(2, "1000.5", "0.3334", 2, "0.07")),
        bill(2, billed(3, "30000.5", "12.34567")),
    ]
    memos = [credited(1, 1, "1000.001", "12400.01", "12.34")]
    matches = bill_match.match(order, receipts, inspections, bills, memos)
    costs = pass_through.cost_lines(order, bills, memos, matches)
    markup = [pass_through.MarkupRate(rate=Decimal("0.0777777"), effective_from=DAY)]
    before = [
        pass_through.PassedBefore(
            id=identity("billed 1"),
            line_id=identity("line 1"),
            cost=Decimal("123456.78"),
            markup=Decimal("9601.23"),
        )
    ]
    rate = ExchangeRate(of="EUR", to="USD", rate=Decimal("1.0833333"), on=DAY, source="Central bank")
    spent = expenses.Expense(
        id=identity("expense 1"),
        line_id=identity("line 1"),
        on=DAY,
        person="Sample Person",
        category="travel",
        trip="A",
        vendor="Sample Diner",
        currency="EUR",
        amount=Decimal("123456.78"),
        tax_recovered=Decimal("12345.67"),
        exchange=rate,
    )
    refund = spent.model_copy(
        update={
            "id": identity("expense 2"),
            "amount": Decimal("-1234.56"),
            "tax_recovered": Decimal("-123.45"),
            "corrects": spent.id,
        }
    )
    rule = expenses.ExpenseRule(markup=Decimal("0.0333333"), effective_from=DAY)
    cap = expenses.ExpenseCap(amount=Decimal("100000.01"), trip="A")
    trip = per_diem.Trip(
        jurisdiction="GB",
        days=tuple(
            per_diem.DayAway(on=date(2025, 3, day), locality="Anywhere", provided=(per_diem.Meal.lunch,))
            for day in (3, 4, 5)
        ),
    )
    driven = [mileage.Journey(on=DAY, distance=Decimal("123456.7"))]
    return [
        *matches,
        *commitment_position.positions(order, receipts, inspections, matches),
        *duplicates.duplicate_bills(bills * 2, "USD"),
        *duplicates.duplicate_receipts([spent, spent]),
        pass_through.pass_through(costs, before, markup, "USD"),
        expenses.bill_expenses([spent, refund], [], [rule], [cap], "USD"),
        per_diem.per_diem(trip, [_A_DAY], DAY),
        mileage.mileage(driven, "GB", "car", Decimal("1234.56"), [_A_MILE], DAY),
    ]
