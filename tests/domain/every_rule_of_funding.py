"""One pass over caps, limits, purchase orders and money paid ahead, for `every_rule`."""

from datetime import date
from decimal import Decimal

from contracts_app.domain.contract import AtCap
from contracts_app.domain.funding import advances, caps, charges, funding, limit_notices, limits
from contracts_app.domain.funding.limits import Ledger, Limit
from tests.domain import charges_written as written
from tests.domain.agreements import identity

_CAPS = tuple(written.caps("contract with-tax = 12345678.91; line 1 = 7654321.09").values())
_LEFT = written.left("contract with-tax = 12345678.91; line 1 = 7654321.09")
_ORDERS = written.orders("A/1 1234567.89 until 01-02; B/1 9876543.21 warn")
_OFFERED = written.charges("1 tax19 7654321.10; 2 tax7 7654321.09; 2 tax19 -123456.78")
_STAGES = tuple(Decimal(text) for text in ("1234567.89", "2345678.91", "1234567.88", "9876543.21"))
_LINES = {identity("A/1"): Decimal("1234567.89"), identity("B/1"): Decimal("9876543.21")}


def every_rule_of_funding() -> list[object]:
    """Each rule once, with figures long enough to suffer from five digits."""
    terms = funding.FundingTerms(order_of_use=funding.OrderOfUse.expiry_first)
    pool = funding.Pool(_ORDERS, _LINES, _LINES, terms, date(2025, 4, 30))
    over = written.left_over("1 234567.89 line 1")
    claim = caps.claim(_CAPS, _LEFT, _OFFERED, over, AtCap.bill_to_cap, "USD", pool)
    known = tuple(Limit(id=cap.id, name=cap.name, amount=cap.amount) for cap in _CAPS)
    ledger = Ledger(currency="USD", limits=known, billed={known[0].id: Decimal("0.01")})
    ledger = limits.amend(ledger, known[0].id, Decimal("98765432.10"))
    reserved = limits.reserve(ledger, identity("draft"), claim.uses)
    issued = limits.issue(reserved, identity("draft"))
    credited = limits.credit(issued, {known[1].id: Decimal("1234567.89")})
    earned = caps.unbilled(_CAPS[0], (*claim.over, *claim.waiting), "USD")
    linear = advances.AdvanceTerms(amount=Decimal("1234567.89"), recovered_by=Decimal("0.9"))
    by_rate = linear.model_copy(update={"rate": Decimal("0.3333")})
    return [
        claim,
        [claim.billed, claim.worked, claim.claimed, *claim.of_line(written.line("1"))],
        [charges.why_it_waits(held, "the cap", "USD") for held in (*claim.over, *claim.waiting)],
        [sorted(pool.uses.items()), ledger.standing(known[0].id, earned)],
        [reserved, issued, credited, limits.release(reserved, identity("draft"))],
        limit_notices.due(known[0].id, Decimal("12345678.91"), earned, [Decimal("0.123456")], []),
        [advances.schedule(each, Decimal("10000000.01"), _STAGES, "USD") for each in (linear, by_rate)],
        advances.draw(
            advances.RetainerTerms(minimum=Decimal("1234567.89")), Decimal("1234567.88"), Decimal("0.01")
        ),
    ]
