"""Cost plus, a maximum price, change orders and tickets, with figures that suffer from five digits."""

from datetime import date
from decimal import Decimal
from typing import Any

from contracts_app.domain.billing.schedule_of_values import ChangeOrderState
from contracts_app.domain.changes import change_pricing, extra_work, sov_revision
from contracts_app.domain.cost_plus import cost_plus, fees, guaranteed_maximum, savings
from tests.domain.agreements import executed, identity, sov

_DAY = date(2026, 3, 12)
_LATER = date(2026, 3, 31)


def _fees() -> list[object]:
    standing = fees.CostStanding(
        fee_bearing={"labour": Decimal("1234567.89"), "material": Decimal("765432.11")},
        cost=Decimal("2000000.00"),
        expected_cost=Decimal("9876543.21"),
        completed=Decimal("0.333333"),
    )
    agreed: list[dict[str, Any]] = [
        {"kind": "percent", "rate": "0.0333", "by_category": [{"category": "labour", "rate": "0.0777"}]},
        {"kind": "fixed", "amount": "1234567.89"},
        {"kind": "fixed", "amount": "1234567.89", "billed_by": "completion"},
        {"kind": "sliding", "rate": "0.0555", "target_cost": "8765432.10"},
        {
            "kind": "incentive",
            "target_cost": "9999999.99",
            "target_fee": "654321.09",
            "share_under": "0.15",
            "share_over": "0.1777",
            "minimum_fee": "-123456.78",
            "maximum_fee": "765432.10",
        },
        {"kind": "award", "base": "123456.78", "pool": "234567.89", "awarded": "12345.67"},
    ]
    reserve = {"of_fee": "0.15", "at_most": "100000.00", "released": "0.75"}
    terms = [fees.FeeTerms.model_validate({"fee": fee, "reserve": reserve}) for fee in agreed]
    held_last = fees.FeeTerms.model_validate(
        {"fee": agreed[1], "reserve": {**reserve, "held": "last_payments", "of_fee": "0.9"}}
    )
    return [fees.fee_to_date(each, standing, "USD") for each in (*terms, held_last)]


def _costs() -> object:
    entries = [
        cost_plus.CostEntry(
            id=identity(f"cost {number}"),
            incurred_on=_DAY,
            category="labour",
            source=cost_plus.CostSource.vendor,
            reference=f"bill {number}",
            gross=Decimal(gross),
            recoverable_tax=Decimal("12345.67"),
            fee_within=Decimal("1234.56"),
        )
        for number, gross in enumerate(("1234567.89", "987654.32"))
    ]
    percent = fees.FeeTerms(fee=fees.PercentFee(rate=Decimal("0.0333")))
    billed = cost_plus.bill(
        identity("line 1"), percent, entries, cost_plus.CostBefore(), "USD", period_to=_LATER
    )
    back = entries[0].model_copy(update={"corrects": entries[0].id, "gross": Decimal("-1200000.00")})
    cost_plus.require_adjusting(entries[0], [back], "USD")
    return [billed, billed.to_date, billed.as_before().cost]


def _maximum() -> object:
    portions = [
        guaranteed_maximum.Portion(
            id=identity(f"portion {number}"),
            item_no=str(number),
            kind=kind,
            share=Decimal(share),
            completed=Decimal(completed),
            cost=Decimal(spent),
        )
        for number, (kind, share, completed, spent) in enumerate(
            [
                (guaranteed_maximum.PortionKind.work, "1234567.89", "0.7777", "987654.32"),
                (guaranteed_maximum.PortionKind.allowance, "123456.78", "0.3333", "98765.43"),
                (guaranteed_maximum.PortionKind.contingency, "98765.43", "0", "0"),
            ]
        )
    ]
    revision = sov_revision.Revision(
        number="R-1",
        effective_on=_DAY,
        reason="Piles are longer",
        moves=(
            sov_revision.Move(line_id=portions[2].id, amount=Decimal("-12345.67")),
            sov_revision.Move(line_id=portions[0].id, amount=Decimal("12345.67")),
        ),
    )
    after = guaranteed_maximum.transfer(portions, revision, "USD")
    orders = [executed("CO-1", "-3780.55", _DAY)]
    maximum = guaranteed_maximum.maximum_price(Decimal("1460570.65"), orders)
    guaranteed_maximum.require_allocated(Decimal("1460570.65"), after, Decimal("3780.55"), "USD")
    found: list[object] = [guaranteed_maximum.tracked(after, [revision]), maximum]
    for lesser in guaranteed_maximum.Lesser:
        for price in (maximum, Decimal("987654.32")):
            billed = guaranteed_maximum.progress(
                after,
                Decimal("54321.09"),
                price,
                "USD",
                lesser=lesser,
                retained=Decimal("98765.43"),
                shortfall=Decimal("1234.56"),
                before=Decimal("456789.01"),
            )
            found += [
                billed,
                guaranteed_maximum.spread(after, Decimal("54321.09"), billed, "USD", lesser=lesser),
            ]
    terms = savings.SavingsTerms(contractor_share=Decimal("0.3333"))
    for spent in ("1234567.89", "1987654.32"):
        found.append(
            savings.final_accounting(
                Decimal(spent),
                Decimal("54321.09"),
                maximum,
                terms,
                "USD",
                work_completed=True,
                allowances_left=savings.unused_allowances(after),
                before=Decimal("1111111.11"),
            )
        )
    return found


def _changes() -> object:
    ticket = extra_work.Ticket(
        id=identity("ticket 1"),
        number="1",
        work_date=_DAY,
        labour=(extra_work.HoursOnTicket(what="Diver", seconds=12345, rate=Decimal("1234.5678")),),
        equipment=(extra_work.HoursOnTicket(what="Barge", seconds=54321, rate=Decimal("987.6543")),),
        material=(
            extra_work.MaterialOnTicket(
                what="Steel", quantity=Decimal("123.4567"), unit_cost=Decimal("98.7654")
            ),
        ),
        signed_by="The client's superintendent",
        signed_on=_DAY,
    )
    markups = extra_work.TicketMarkups(
        labour=Decimal("0.1234"), equipment=Decimal("0.0567"), material=Decimal("0.0333")
    )
    priced = extra_work.priced_into("CO-1", ChangeOrderState.potential, [ticket], markups, "USD")
    items = (
        *extra_work.as_items(priced, markups),
        change_pricing.ChangeItem(what="Fenders", amount=Decimal("123456.78"), deducts=True),
        change_pricing.ChangeItem(what="Anodes", amount=Decimal("234567.89")),
    )
    lines = [sov(1, "1234567.89"), sov(2, "987654.32")]
    revision = sov_revision.Revision(
        number="R-2",
        effective_on=_DAY,
        reason="Budget where the work is",
        moves=(
            sov_revision.Move(line_id=lines[0].id, amount=Decimal("-234567.89")),
            sov_revision.Move(line_id=lines[1].id, amount=Decimal("234567.89")),
        ),
    )
    return [
        priced,
        [
            change_pricing.price(
                change_pricing.ChangePricing(items=items, profit=Decimal("0.1777"), profit_on=rule), "USD"
            )
            for rule in change_pricing.ProfitOn
        ],
        sov_revision.revise(
            lines, revision, {lines[0].id: Decimal("1111111.11")}, "USD", taking_back=[lines[0].id]
        ),
    ]


def every_rule_of_cost_plus() -> object:
    """The results of these rules."""
    return {"fees": _fees(), "costs": _costs(), "maximum": _maximum(), "changes": _changes()}
