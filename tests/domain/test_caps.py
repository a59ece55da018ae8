"""Nested caps, reservations and notices against the worked numbers of docs/SPEC-caps-and-funding.md."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from contracts_app import law
from contracts_app.domain.contract import AtCap
from contracts_app.domain.funding import limit_notices, limits
from contracts_app.domain.funding.caps import Cap, Scope, claim, unbilled
from contracts_app.domain.funding.charges import Held, Why, why_it_waits
from contracts_app.domain.funding.limit_notices import NoticeClause, Told
from contracts_app.domain.funding.limits import Ledger, Limit
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused
from tests.domain import charges_written as written
from tests.domain.agreements import identity
from tests.domain.worked_tables import Row, amounts, cases, listed, rows

PAGE = "SPEC-caps-and-funding.md"
POLICY = {"bill": AtCap.bill_to_cap, "hold": AtCap.hold_whole_entries}


@cases(PAGE, "Nested caps")
def test_nested_caps(row: Row) -> None:
    caps = list(written.caps(row["Caps"]).values())
    offered = written.charges(row["Charges"])
    left = written.left(row["Caps"])
    for given in (offered, offered[::-1]):
        made = claim(caps, left, given, [], POLICY[row["Policy"]], "USD")
        billed = {part.charge.id: part.amount for part in made.parts}
        assert [billed.get(charge.id) for charge in offered] == each_billed(row["Billed"])
        over = {line.held_by: line.amount for line in made.over_lines}
        assert over == written.by_name(written.amounts_by_name(row["Over"]))
        held = written.held_by_holder((*made.over, *made.waiting))
        assert held == written.by_name(written.amounts_by_name(row["Held"]))
        assert all(known.why is Why.cap for known in (*made.over, *made.waiting))
        assert all(known.amount > ZERO for known in (*made.over, *made.waiting))
        assert [part.charge for part in made.parts] == [c for c in offered if c.id in billed]


def each_billed(cell: str) -> list[Decimal | None]:
    """`500; -`: what is billed of each charge, None for one that is not claimed."""
    return [None if part == "-" else Decimal(part) for part in cell.split("; ")]


@cases(PAGE, "Left over")
def test_left_over(row: Row) -> None:
    caps = list(written.caps(row["Left"]).values())
    over = written.left_over(row["Left over"])
    offered = written.charges(row["Charges"], after=10)
    made = claim(caps, written.left(row["Left"]), offered, over[::-1], POLICY[row["Policy"]], "USD")
    earlier = {part.charge.id: part.amount for part in made.parts if not part.first}
    came = [earlier.get(known.charge.id, ZERO) for known in over]
    assert all(earlier.values())
    assert came == amounts(row["Billed of it"])
    billed = {part.charge.id: part.amount for part in made.parts if part.first}
    assert [billed.get(charge.id) for charge in offered] == each_billed(row["Billed"])[: len(offered)]
    lines = {line.held_by: line.amount for line in made.over_lines}
    assert lines == written.by_name(written.amounts_by_name(row["Over"]))
    held = written.held_by_holder((*made.over, *made.waiting))
    assert held == written.by_name(written.amounts_by_name(row["Held"]))
    assert made.billed == total((made.worked, *lines.values()))


@cases("SPEC-time-and-materials.md", "Corrections")
def test_one_cap_over_one_line_is_the_rule_of_that_line(row: Row) -> None:
    cap = Cap(id=identity("cap"), name="line 1", scope=Scope.line, amount=ZERO, lines=(written.line("1"),))
    hours = listed(row["Hours"])
    offered = written.charges("; ".join(f"1 {hour}00" for hour in hours))
    over = written.left_over(f"1 {row['Owed']} line 1") if Decimal(row["Owed"]) else []
    caps, left = ([], {}) if row["Left"] == "none" else ([cap], {cap.id: Decimal(row["Left"])})
    made = claim(caps, left, offered, over, AtCap(row["Policy"]), "USD")
    assert [charge.amount for charge in made.claimed] == [100 * int(hour) for hour in listed(row["Claimed"])]
    assert made.of_line(written.line("1")) == (Decimal(row["Billed"]), Decimal(row["Over cap"]))
    assert made.of_line(written.line("2")) == (ZERO, ZERO)


def test_what_is_left_over_keeps_its_price_and_day() -> None:
    caps = written.caps("line 1 = 100")
    (charge,) = written.charges("1 Partner 250")
    first = claim(list(caps.values()), written.left("line 1 = 100"), [charge], [], POLICY["bill"], "USD")
    assert [(known.charge, known.amount) for known in first.over] == [(charge, Decimal(150))]
    raised = claim(list(caps.values()), written.left("line 1 = 500"), [], first.over, POLICY["bill"], "USD")
    (part,) = raised.parts
    assert (part.charge, part.amount, part.first) == (charge, Decimal(150), False)
    assert (raised.over, raised.waiting, raised.claimed) == ((), (), ())


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("contract", "315"),
        ("contract no-expenses", "215"),
        ("contract with-tax", "316.90"),
        ("contract no-expenses with-tax", "216.90"),
        ("role Partner on 2", "100"),
        ("phase 2+3", "215"),
        ("line 1", "100"),
        ("line 3", "0"),
    ],
)
def test_what_counts_under_a_cap(said: str, counted: str) -> None:
    (cap,) = written.caps(f"{said} = 1000").values()
    over = written.charges("1 Partner 100; 2 Partner 100; 2 expense 100; 2 tax19 10; 2 fee 5")
    held = [Held(charge=charge, amount=charge.amount, why=Why.cap) for charge in over]
    assert unbilled(cap, held, "USD") == Decimal(counted)


@pytest.mark.parametrize(
    ("amount", "rate", "counted"),
    [
        ("84.03", "0.19", "100.00"),  # 15.9657
        ("100", "0.19", "119"),
        ("0.01", "0.2", "0.02"),
        ("-0.01", "0.2", "-0.01"),  # -0.002, up
        ("-84.03", "0.19", "-99.99"),  # -15.9657, up
        ("0", "0.19", "0"),
    ],
)
def test_tax_is_rounded_up_when_it_is_counted(amount: str, rate: str, counted: str) -> None:
    cap = written.caps("contract with-tax = 1")["contract"]
    (charge,) = written.charges(f"1 {amount}")
    charge = charge.model_copy(update={"tax_rate": Decimal(rate)})
    assert cap.counted(charge, charge.amount, "USD") == Decimal(counted)
    plain = cap.model_copy(update={"taxes": False})
    assert plain.counted(charge, charge.amount, "USD") == charge.amount
    assert cap.within(charge, Decimal(-1), "USD") == plain.within(charge, Decimal(-1), "USD") == 0


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope.contract, {"lines": (identity("a"),)}),
        (Scope.line, {}),
        (Scope.line, {"lines": (identity("a"), identity("b"))}),
        (Scope.phase, {}),
        (Scope.category, {}),
        (Scope.line, {"lines": (identity("a"),), "roles": ("Partner",)}),
        (Scope.contract, {"people": ("Ada",)}),
        (Scope.contract, {"amount": Decimal("-0.01")}),
    ],
)
def test_a_cap_names_what_it_is_over(scope: Scope, told: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"cap|negative"):
        Cap.model_validate(
            {"id": identity("cap"), "name": "cap", "scope": scope, "amount": Decimal(1), **told}
        )


def test_a_cap_includes_expenses_and_no_taxes_where_nothing_is_said() -> None:
    cap = Cap(id=identity("cap"), name="cap", scope=Scope.contract, amount=Decimal(1))
    assert (cap.expenses, cap.taxes) == (True, False)


def test_why_it_waits() -> None:
    (charge,) = written.charges("1 03-10 1234.5")
    told = {
        why: why_it_waits(Held(charge=charge, amount=charge.amount, why=why), "PO-7 line 1", "USD")
        for why in Why
    }
    assert told[Why.cap] == "1,234.50 USD waits until the not-to-exceed amount of PO-7 line 1 is raised."
    assert told[Why.certificate] == "1,234.50 USD was cut by the certifier and is claimed again."
    assert "until PO-7 line 1 is amended" in told[Why.exhausted]
    assert "valid on 2025-03-10" in told[Why.expired]
    assert "requires one" in told[Why.no_purchase_order]


LIMIT = identity("limit")


def test_approval_step_by_step() -> None:
    ledger = Ledger(currency="USD", limits=(Limit(id=LIMIT, name="The cap", amount=Decimal(1000)),))
    for row in rows(PAGE, "Approval, step by step"):
        step, _, refused = row["Step"].partition(": refused ")
        if refused:
            with pytest.raises(Refused) as wrong:
                _done(ledger, step)
            assert wrong.value.code == refused, step
        else:
            ledger = _done(ledger, step)
        standing = ledger.standing(LIMIT, Decimal("12.34"))
        figures = [standing.amount, standing.billed, standing.reserved, standing.left]
        assert figures == [Decimal(row[name]) for name in ("Limit", "Billed", "Reserved", "Left")], step
        assert standing.unbilled == Decimal("12.34")
        assert standing.earned == standing.billed + standing.reserved + standing.unbilled


def _done(ledger: Ledger, step: str) -> Ledger:
    verb, *_, last = words = step.split()
    if verb == "approve":
        return limits.reserve(ledger, identity(words[1]), {LIMIT: Decimal(last)})
    if verb == "send":
        return limits.release(ledger, identity(last))
    if verb == "issue":
        return limits.issue(ledger, identity(last))
    if verb == "credit":
        return limits.credit(ledger, {LIMIT: Decimal(last)})
    return limits.amend(ledger, LIMIT, Decimal(last))


def test_a_draft_has_what_it_reserves_itself() -> None:
    ledger = Ledger(currency="USD", limits=(Limit(id=LIMIT, name="The cap", amount=Decimal(1000)),))
    ledger = limits.reserve(ledger, identity("A"), {LIMIT: Decimal(600)})
    ledger = limits.reserve(ledger, identity("B"), {LIMIT: Decimal(300)})
    assert ledger.left(LIMIT) == 100
    assert ledger.left(LIMIT, identity("A")) == 700
    assert ledger.left(LIMIT, identity("C")) == 100


def test_limits_stand_beside_each_other() -> None:
    other = identity("another limit")
    known = [Limit(id=key, name="The cap", amount=Decimal(1000)) for key in (LIMIT, other)]
    ledger = Ledger(currency="USD", limits=tuple(known))
    ledger = limits.reserve(ledger, identity("A"), {LIMIT: Decimal(600)})
    assert [ledger.left(LIMIT), ledger.left(other)] == [400, 1000]
    with pytest.raises(Refused):
        limits.reserve(ledger, identity("B"), {other: Decimal(1), LIMIT: Decimal(401)})
    with pytest.raises(Refused):
        limits.credit(ledger, {other: Decimal(1), LIMIT: Decimal(-1)})
    assert limits.credit(ledger, {LIMIT: ZERO}).left(LIMIT) == 400
    ledger = limits.issue(ledger, identity("A"))
    ledger = limits.amend(ledger, other, Decimal(0))
    assert [ledger.left(LIMIT), ledger.left(other)] == [400, 0]
    assert ledger.standing(LIMIT).unbilled == ZERO
    with pytest.raises(ValidationError):
        ledger.limits[0].amount = ZERO  # type: ignore[misc]


def test_no_more_is_credited_than_was_billed() -> None:
    known = Limit(id=LIMIT, name="The cap", amount=Decimal(1000))
    ledger = Ledger(currency="USD", limits=(known,), billed={LIMIT: Decimal(100)})
    assert limits.credit(ledger, {LIMIT: Decimal(100)}).left(LIMIT) == 1000
    with pytest.raises(Refused, match=r"100\.00 USD is billed under The cap") as refused:
        limits.credit(ledger, {LIMIT: Decimal("100.01")})
    assert refused.value.code == "credit_above_billed"


def test_a_limit_that_only_warns_is_passed() -> None:
    soft = Limit(id=LIMIT, name="PO-7 line 1", amount=Decimal(100), blocks=False)
    ledger = limits.reserve(Ledger(currency="USD", limits=(soft,)), identity("A"), {LIMIT: Decimal(150)})
    ledger = limits.issue(ledger, identity("A"))
    assert ledger.left(LIMIT) == -50
    assert limits.amend(ledger, LIMIT, Decimal(90)).left(LIMIT) == -60


def test_a_limit_exceeded_before_is_raised_step_by_step_and_lets_nothing_pass() -> None:
    known = Limit(id=LIMIT, name="The cap", amount=Decimal(100))
    ledger = Ledger(currency="USD", limits=(known,), billed={LIMIT: Decimal(150)})
    for amount in ("0", "-10"):
        limits.reserve(ledger, identity("A"), {LIMIT: Decimal(amount)})
    with pytest.raises(Refused, match=r"The cap has -50\.00 USD left and the draft bills 0\.01 USD"):
        limits.reserve(ledger, identity("A"), {LIMIT: Decimal("0.01")})
    assert limits.amend(ledger, LIMIT, Decimal(120)).left(LIMIT) == -30
    assert limits.amend(ledger, LIMIT, Decimal(100)) == ledger
    with pytest.raises(Refused, match=r"150\.00 USD is billed or approved under The cap"):
        limits.amend(ledger, LIMIT, Decimal("99.99"))


def test_a_limit_that_is_not_there_is_refused() -> None:
    ledger = Ledger(currency="USD", limits=())
    acts = (
        lambda: ledger.left(LIMIT),
        lambda: limits.reserve(ledger, identity("A"), {LIMIT: Decimal(1)}),
        lambda: limits.credit(ledger, {LIMIT: Decimal(1)}),
        lambda: limits.amend(ledger, LIMIT, Decimal(1)),
    )
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "no_limit"


def told_before(cell: str) -> list[Told]:
    """`0.75 at 10000`."""
    told = [text.split(" at ") for text in listed(cell)]
    return [Told(limit_id=LIMIT, level=Decimal(level), amount=Decimal(then)) for level, then in told]


@cases(PAGE, "Notices of a limit")
def test_notices(row: Row) -> None:
    amount, earned, expected = (Decimal(row[name]) for name in ("Limit", "Earned", "Expected"))
    told = told_before(row["Told before"])
    other = [known.model_copy(update={"limit_id": identity("another")}) for known in told]
    notices = limit_notices.due(LIMIT, amount, earned, amounts(row["Levels"]), told, expected)
    assert [notice.level for notice in notices] == amounts(row["Due"])
    assert {(notice.limit_id, notice.amount, notice.earned, notice.expected) for notice in notices} <= {
        (LIMIT, amount, earned, expected)
    }
    now = [Told(limit_id=LIMIT, level=notice.level, amount=notice.amount) for notice in notices]
    again = limit_notices.due(LIMIT, amount, earned, amounts(row["Levels"]), [*told, *now], expected)
    assert again == ()
    assert limit_notices.due(LIMIT, amount, earned, amounts(row["Levels"]), other, expected) == (
        limit_notices.due(LIMIT, amount, earned, amounts(row["Levels"]), [], expected)
    )


@cases(PAGE, "Clauses that ask for notice")
def test_clauses(row: Row) -> None:
    (clause,) = (known for known in law.table("cap_notices", NoticeClause) if known.citation == row["Clause"])
    shares = [clause.share, clause.least_share, clause.most_share]
    assert shares == [Decimal(row[name]) for name in ("Share", "Share from", "Share to")]
    days = [clause.days, clause.least_days, clause.most_days]
    assert days == [int(row[name]) for name in ("Days", "Days from", "Days to")]
    assert clause.least_share <= clause.share <= clause.most_share
    assert clause.least_days <= clause.days <= clause.most_days


def test_a_level_is_above_nothing() -> None:
    Told.model_validate({"limit_id": LIMIT, "level": "0.0001", "amount": "1"})
    assert limit_notices.due(LIMIT, Decimal(1), Decimal("0.74"), [Decimal("0.75")], []) == ()
    for level in ("0", "-0.75"):
        with pytest.raises(ValidationError, match="above 0"):
            Told.model_validate({"limit_id": LIMIT, "level": level, "amount": "1"})
