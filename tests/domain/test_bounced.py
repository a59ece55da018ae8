"""Every reason to send an application back, each by itself, against docs/SPEC-pay-application.md."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from contracts_app.domain.billing.milestones import Milestone, MilestoneState
from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis, ChangeOrder, ChangeOrderState
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.billing.suggesting import unchanged_entries
from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.checking import checks, line_progress
from contracts_app.domain.checking.lien_waivers import Waiver, WaiverForm
from contracts_app.domain.checking.submission_checks import Beside, LineProgress
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.finding import ARITHMETIC, REASONS, Finding, Policy, Severity
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.funding.agreed_caps import AgreedCap
from contracts_app.domain.funding.funding import OrderLine, PurchaseOrder
from contracts_app.domain.funding.funding_terms import FundingTerms, OnExceed
from contracts_app.domain.funding.limited import Limits, Used, cap_id
from contracts_app.domain.retainage.retainage_terms import RetainageTier, RetainageTiers
from contracts_app.domain.tax.books import DraftExchange, RateDay
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.domain.tax.reverse_charge import Scheme
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.time_and_materials import TimeEntry
from tests.domain.agreements import SIGNED, claims, executed, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.taxed_drafts import law, taxed
from tests.domain.under_a_cap import HOUR, row_of, worked
from tests.domain.worked_tables import Row, cases, listed, rows

PAGE = "SPEC-pay-application.md"
LINE = identity("line 1")
PERIOD = date(2024, 5, 14)
Draft = tuple[Snapshot, Beside]


def _previous(
    completed: str = "0", stored: str = "0", line6: str = "0", day: date = SIGNED
) -> PreviousCertificate:
    line = PreviousLine(line_id=LINE, completed=Decimal(completed), stored=Decimal(stored))
    return PreviousCertificate(application_no=1, period_to=day, line6=Decimal(line6), lines=(line,))


def _plain(value: str, work: str, stored: str = "0", **more: object) -> Snapshot:
    return snapshot(
        terms(value),
        [sov(1, value)],
        claims({1: (work, stored)}),
        period_to=PERIOD,
        number=2,
        **more,  # type: ignore[arg-type]
    )


def _schedule(given: str, against: str) -> Draft:
    return snapshot(terms(against), [sov(1, given)]), Beside()


def _period(given: str, against: str) -> Draft:
    day, before = date.fromisoformat(given), date.fromisoformat(against)
    return snapshot(
        terms("9"), [sov(1, "9")], number=2, period_to=day, previous=_previous(day=before)
    ), Beside()


def _cut_off(given: str, against: str) -> Draft:
    drawn = snapshot(terms("9"), [sov(1, "9")], period_to=date.fromisoformat(given))
    return drawn, Beside(cut_off=date.fromisoformat(against))


def _open(given: str, _against: str) -> Draft:
    return _plain("9", "1"), Beside(open_applications=(given,))


def _not_certified(given: str, _against: str) -> Draft:
    return _plain("9", "1"), Beside(not_certified=given or None)


def _changed(given: str, against: str) -> Draft:
    drafted, certified = (_previous(amount, line6="0") for amount in (given, against))
    return _plain("344700", "1000", previous=drafted), Beside(last_certificate=certified)


def _pending(given: str, against: str) -> Draft:
    state = "executed" if against == "unknown" else against
    order = ChangeOrder(
        number="7",
        title="Pump",
        amount=Decimal(given),
        state=ChangeOrderState(state),
        executed_on=PERIOD if state == "executed" else None,
    )
    return _with_order(order if against != "unknown" else None, given), Beside()


def _with_order(order: ChangeOrder | None, amount: str) -> Snapshot:
    return snapshot(
        terms("250000"),
        [sov(1, "250000"), sov(2, amount, order="7")],
        claims({1: (50000, 0), 2: (amount, 0)}),
        period_to=PERIOD,
        change_orders=(order,) if order else (),
    )


def _late_order(given: str, against: str) -> Draft:
    assert date.fromisoformat(against) == PERIOD
    return _with_order(executed("7", "12000", date.fromisoformat(given)), "12000"), Beside()


def _above(given: str, against: str) -> Draft:
    schedule = [sov(1, against), sov(2, "500")]
    return snapshot(terms(Decimal(against) + 500), schedule, claims({1: (given, 0)})), Beside()


def _deduction(given: str, against: str) -> Draft:
    less = Decimal(against) - Decimal(given)
    drawn = snapshot(
        terms(given),
        [sov(1, given), sov(2, less, order="7")],
        period_to=PERIOD,
        number=2,
        previous=_previous(given, line6="900"),
        change_orders=(executed("7", less, PERIOD),),
    )
    return drawn, Beside()


def _taken_back(given: str, _against: str) -> Draft:
    return _plain("1000", given), Beside()


def _stored(given: str, _against: str) -> Draft:
    return _plain("1000", "0", given, previous=_previous("400")), Beside()


def _backup(given: str, against: str) -> Draft:
    papers = Backup(
        line_id=LINE,
        amount=Decimal(against),
        location="Yard 2",
        invoice="S-114",
        title="Bill of sale",
        insurance="Floater",
    )
    return _plain("90000", "0", given), Beside(backup=(papers,) if Decimal(against) else ())


def _gone(given: str, against: str) -> Draft:
    return _plain("1000", given, previous=_previous("400", against)), Beside()


def _corrected(given: str, _against: str) -> Draft:
    drawn = snapshot(
        terms("2000"),
        [sov(1, "1000"), sov(2, "1000")],
        claims({1: (given, 0), 2: (100, 0)}),
        number=2,
        period_to=PERIOD,
        previous=_previous("400", line6="360"),
    )
    return drawn, Beside()


def _built_in(given: str, _against: str) -> Draft:
    """10 % on work, 5 % on stored material: what is built in is retained at the higher rate."""
    moved = str(Decimal(given) / Decimal("-0.05"))
    drawn = snapshot(
        terms("120000", stored="0.05"),
        [sov(1, "120000")],
        claims({1: (moved, 0)}),
        number=2,
        period_to=PERIOD,
        previous=_previous("55000", moved, "63750"),
    )
    return drawn, Beside()


def _consulting(given: str, _against: str) -> Draft:
    return _plain("1000", given, kind=Kind.consulting), Beside()


def _booked(rate_on: date | None) -> Snapshot:
    """A contract in USD whose books are in EUR, with a rate of this day or without any."""
    rate = rate_on and ExchangeRate(of="USD", to="EUR", rate=Decimal("0.9"), on=rate_on, source="Bank")
    exchange = DraftExchange(functional="EUR", rate_of=RateDay.issue, rate=rate)
    return _plain("1000", "100").model_copy(update={"exchange": exchange})


def _claiming(given: str, stored: str) -> Draft:
    return _plain("1000", given, stored, previous=_previous("400", line6="360")), Beside(must_claim=True)


def _without_waiver(given: str, _against: str) -> Draft:
    drawn = _plain("1000", given)
    return drawn.model_copy(update={"terms": terms("1000", work="0")}), Beside(waiver_needed=True)


def _by_time(given: str, against: str) -> Draft:
    entry = TimeEntry(
        id=identity("entry"),
        line_id=LINE,
        work_date=date.fromisoformat(given),
        person="Sample Person",
        seconds=3600,
    )
    drawn = snapshot(
        terms("1000"),
        [sov(1, "1000", basis=Basis.time_and_materials)],
        period_to=date.fromisoformat(against),
        rate_card=(RateRow(rate=Decimal(100), effective_from=SIGNED),),
        time=(entry,),
    )
    return drawn, Beside()


def _milestone(state: MilestoneState, amount: str, *, close_out: bool = False) -> Milestone:
    return Milestone(
        id=identity("milestone"),
        line_id=None if close_out else LINE,
        title="Pump test",
        amount=Decimal(amount),
        state=state,
        close_out=close_out,
    )


def _blocked(given: str, against: str) -> Draft:
    waiting = _milestone(MilestoneState.achieved, str(1000 - Decimal(against)))
    return _plain("1000", given, milestones=(waiting,)), Beside()


def _in_part(given: str, against: str) -> Draft:
    drawn = snapshot(
        terms("300"),
        [sov(1, "300", basis=Basis.milestone)],
        claims({1: (given, 0)}),
        milestones=(_milestone(MilestoneState.approved, against),),
    )
    return drawn, Beside()


def _release(value: str, completed: str, amount: str, work: str = "0", **more: object) -> Draft:
    schedule = [sov(1, value)]
    line6 = str(Decimal(completed) * 9 / 10)
    entries = claims({1: (work, 0)}) if Decimal(work) else unchanged_entries(schedule, None)
    drawn = snapshot(
        terms(value),
        schedule,
        entries,
        number=2,
        period_to=PERIOD,
        previous=_previous(completed, line6=line6[: line6.index(".") + 3] if "." in line6 else line6),
        kind=Kind.retainage_release,
        releases=(Release(line_id=LINE, amount=Decimal(amount)),),
        **more,
    )
    return drawn, Beside()


def _opened(given: str, against: str) -> Draft:
    """60,000 certified under 10 % to half of the sum; then a change order of what is given."""
    agreed = terms(against)
    tiers = RetainageTiers(tiers=(RetainageTier(above=Decimal("0.50")),))
    kept = agreed.retainage.model_copy(update={"tiers": tiers})
    drawn = snapshot(
        agreed.model_copy(update={"retainage": kept}),
        [sov(1, against), sov(2, given, order="CO-1")],
        claims({1: (0, 0)}),
        number=2,
        period_to=PERIOD,
        previous=_previous("60000", line6="54000"),
        change_orders=(executed("CO-1", given, PERIOD),),
    )
    return drawn, Beside()


def _waiver(given: str, against: str) -> Draft:
    assert Decimal(against) == 36000
    return _plain("90000", "40000"), Beside(waiver=Waiver(amount=Decimal(given), through=PERIOD))


def _waiver_form(given: str, left: str) -> Draft:
    """A waiver of that form for an application that leaves so much to bill."""
    form = WaiverForm(given)
    value = str(Decimal(1000) + Decimal(left or "0"))
    drawn = snapshot(terms(value, work="0"), [sov(1, value)], claims({1: (1000, 0)}), period_to=PERIOD)
    through = None if form.final else PERIOD
    return drawn, Beside(waiver=Waiver(form=form, amount=Decimal(1000), through=through))


def _waiver_day(given: str, against: str) -> Draft:
    assert date.fromisoformat(against) == PERIOD
    through = None if given == "none" else date.fromisoformat(given)
    return _plain("90000", "40000"), Beside(waiver=Waiver(amount=Decimal(36000), through=through))


def _previous_waiver(given: str, _against: str) -> Draft:
    unwaived = None if given == "there" else "application 1"
    return _plain("1000", "100", previous=_previous("400")), Beside(unwaived=unwaived)


def _ahead_of_advance(given: str) -> Draft:
    """Work is billed, and the advance payment of that much was not invoiced."""
    advance = None if given == "none" else AdvanceAgreed(amount=Decimal(given), rate=Decimal("0.5"))
    drawn = snapshot(
        terms("1000", advance=advance), [sov(1, "1000")], claims({1: (100, 0)}), period_to=PERIOD
    )
    return drawn, Beside()


def _advance_left(given: str, against: str) -> Draft:
    """An advance on a contract of 1,000, of which a change order leaves so much."""
    drawn = snapshot(
        terms("1000", advance=AdvanceAgreed(amount=Decimal(given), rate=Decimal("0.5"))),
        [sov(1, "1000")],
        kind=Kind.advance,
        number=0,
        later_orders=Decimal(against) - 1000,
    )
    return drawn, Beside()


def _ahead(given: str, against: str) -> Draft:
    measure, fraction = against.split()
    progress = LineProgress.model_validate({"line_id": LINE, measure: fraction})
    return _plain("1000", str(Decimal(given) * 1000)), Beside(progress=(progress,))


def _by_the_ton(
    quantity: str | None, amount: str | None = None, band: str = "", final: bool = False
) -> Draft:
    """A line of 120 tons at 47.85, of which so much is measured; `amount` is billed whatever it comes to."""
    agreed = {"unit": "t", "price": "47.85", "estimated_quantity": "120"}
    variation = {"above": band, "below": band} if band else None
    line = sov(1, "5742").model_copy(
        update={
            "basis": Basis.unit_price,
            "unit_price": UnitPrice.model_validate({**agreed, "variation": variation}),
        }
    )
    entry = Entry(line_id=LINE)
    if quantity is not None:
        stated = Entry(line_id=LINE, quantity_to_date=Decimal(quantity), finally_measured=final)
        entry = worked_out(line, Decimal(0), stated, "USD")
    if amount is not None:
        entry = entry.model_copy(update={"this_period": Decimal(amount)})
    return snapshot(terms("5742"), [line], (entry,)), Beside()


DRAFTS: Mapping[str, Callable[[str, str], Draft]] = {
    "schedule_does_not_tie": _schedule,
    "period_before_previous": _period,
    "period_already_billed": _period,
    "period_after_cut_off": _cut_off,
    "open_application_exists": _open,
    "previous_changed": _changed,
    "previous_not_certified": _not_certified,
    "change_order_not_executed": _pending,
    "change_order_after_cut_off": _late_order,
    "over_scheduled_value": _above,
    "over_contract_sum": _deduction,
    "under_zero": _taken_back,
    "too_many_decimals": lambda given, _: _above(given, "1000"),
    "stored_negative": _stored,
    "stored_without_backup": _backup,
    "stored_material_gone": _gone,
    "negative_this_period": _corrected,
    "negative_payment_due": _built_in,
    "nothing_billed": _consulting,
    "nothing_claimed": _claiming,
    "time_after_period": _by_time,
    "milestone_not_approved": _blocked,
    "milestone_in_part": _in_part,
    "released_more_than_held": lambda given, _: _release("500", "500", given),
    "release_with_new_work": lambda given, _: _release("1000", str(1000 - Decimal(given)), "10", given),
    "release_before_completion": lambda given, _: _release("1000", given, "10"),
    "release_condition_not_met": lambda given, _: _release(
        "500", "500", "10", milestones=(_milestone(MilestoneState(given), "0", close_out=True),)
    ),
    "not_measured": lambda given, _: _by_the_ton(None, given),
    "does_not_multiply_out": lambda given, against: _by_the_ton(against, given),
    "measured_beyond_estimate": lambda given, _: _by_the_ton(given),
    "beyond_band": lambda given, against: _by_the_ton(given, band=against),
    "short_of_band": lambda given, against: _by_the_ton(given, band=against, final=True),
    "retainage_tier_opens_again": _opened,
    "waiver_missing": _without_waiver,
    "waiver_amount_mismatch": _waiver,
    "waiver_before_payment": _waiver_form,
    "waiver_final_too_early": _waiver_form,
    "waiver_through_date": _waiver_day,
    "waiver_of_previous_missing": _previous_waiver,
    "front_loaded": _ahead,
    "cap": lambda given, _: (_limited(caps=(AgreedCap(name="All", amount=Decimal(given)),)), Beside()),
    "exhausted": lambda given, _: (_limited(_order(given)), Beside()),
    "exceeded": lambda given, _: (_limited(_order(given, on_exceed=OnExceed.warn)), Beside()),
    "expired": lambda given, _: (_limited(_order("1000", expires_on=date.fromisoformat(given))), Beside()),
    "no_purchase_order": lambda given, _: (_limited(*([_order("1000")] if given == "one" else [])), Beside()),
    "tax_not_clear": lambda given, _: (taxed(given), Beside()),
    "tax_number_missing": lambda given, _: (taxed(our_number=given.removeprefix("none")), Beside()),
    "reverse_charge_not_met": lambda given, against: (
        taxed(scheme=Scheme.eu_services, client_number="U1", client_country=given, our_country=against),
        Beside(),
    ),
    "tax_law_to_read_again": lambda given, _: (taxed(known=law(date.fromisoformat(given))), Beside()),
    "no_exchange_rate": lambda given, _: (
        _booked(None if given == "none" else date.fromisoformat(given)),
        Beside(),
    ),
    "advance_not_invoiced": lambda given, _: _ahead_of_advance(given),
    "advance_above_what_is_left": _advance_left,
    "exchange_rate_stale": lambda given, against: (
        _booked(date.fromisoformat(given)),
        Beside(today=date.fromisoformat(against)),
    ),
}


def _order(
    amount: str, expires_on: date | None = None, on_exceed: OnExceed = OnExceed.block
) -> PurchaseOrder:
    line = OrderLine(id=identity("order line"), number="10", amount=Decimal(amount), expires_on=expires_on)
    return PurchaseOrder(number="PO-1", lines=(line,), on_exceed=on_exceed)


def _limited(*orders: PurchaseOrder, caps: tuple[AgreedCap, ...] = ()) -> Snapshot:
    """Ten hours at 100 an hour on the last day of the period, under the client's orders or under caps."""
    required = None if caps else FundingTerms(required=True)
    return snapshot(
        terms(
            "5000",
            work="0",
            caps=caps,
            funding=required,
            certified_by_client=False,
            receivable_arises=ReceivableArises.submission,
        ),
        [sov(1, "5000", basis=Basis.time_and_materials)],
        claims({1: (0, 0)}),
        period_to=PERIOD,
        time=(worked(1, 10 * HOUR, PERIOD),),
        rate_card=(row_of("100", "2024-01-01"),),
        limits=Limits(
            used=(
                *(Used(limit_id=cap_id(identity("contract"), cap.name)) for cap in caps),
                *(Used(limit_id=line.id) for order in orders for line in order.lines),
            ),
            orders=orders,
        ),
    )


@cases(PAGE, "Each by itself")
def test_each_reason_by_itself(row: Row) -> None:
    drawn, beside = DRAFTS[row["Code"]](row["Given"], row["Against"])
    found = checks.findings(drawn, beside)
    assert {finding.code for finding in found} == set(listed(row["Found"]))
    for finding in found:
        assert finding.blocks is (REASONS[finding.code] is Severity.blocks)
        assert finding.sentence.endswith(".")


def test_every_reason_stands_on_the_page_with_what_it_does() -> None:
    told = {row["Code"]: (row["Usually"], row["Policy"]) for row in rows(PAGE, "Reasons")}
    assert told == {
        code: (severity.value, "fixed" if code in ARITHMETIC else "chosen")
        for code, severity in REASONS.items()
    }
    assert set(REASONS) == set(DRAFTS)
    worked = {code for row in rows(PAGE, "Each by itself") for code in listed(row["Found"])}
    assert worked == set(REASONS)


@pytest.mark.parametrize("code", sorted(set(REASONS) - ARITHMETIC))
def test_a_policy_weighs_what_is_open_to_choice(code: str) -> None:
    row = next(row for row in rows(PAGE, "Each by itself") if row["Code"] == code and row["Found"] != "-")
    drawn, beside = DRAFTS[code](row["Given"], row["Against"])
    for severity in Severity:
        policy = Policy(severity={code: severity})
        found = [finding for finding in checks.findings(drawn, beside, policy) if finding.code == code]
        if severity is Severity.ignored:
            assert found == []
        else:
            assert {finding.blocks for finding in found} == {severity is Severity.blocks}


@pytest.mark.parametrize("code", [*sorted(ARITHMETIC), "no_such_reason"])
def test_a_policy_does_not_let_wrong_figures_pass(code: str) -> None:
    with pytest.raises(ValidationError, match="not a reason whose severity can be chosen"):
        Policy(severity={code: Severity.warns})


def test_blocking_findings_come_first_and_a_policy_sorts_again() -> None:
    drawn, _ = _corrected("-0.01", "")
    beside = Beside(waiver=Waiver(amount=Decimal(1), through=PERIOD))
    assert [finding.code for finding in checks.findings(drawn, beside)] == [
        "waiver_amount_mismatch",
        "negative_this_period",
    ]
    turned = Policy(
        severity={"waiver_amount_mismatch": Severity.warns, "negative_this_period": Severity.blocks}
    )
    assert [finding.code for finding in checks.findings(drawn, beside, turned)] == [
        "negative_this_period",
        "waiver_amount_mismatch",
    ]


@cases(PAGE, "Ahead of time and cost")
def test_the_share_of_a_contract_that_lines_are_held_against(row: Row) -> None:
    ends = None if row["Ends"] == "-" else date.fromisoformat(row["Ends"])
    begins, day = date.fromisoformat(row["Begins"]), date.fromisoformat(row["Period to"])
    time = line_progress.time_passed(begins, ends, day)
    cost = line_progress.cost_spent(Decimal(row["Spent"]), Decimal(row["At completion"]))
    for found, expected in ((time, row["Time"]), (cost, row["Cost"])):
        assert found == (None if expected == "-" else Decimal(expected))


def test_only_lines_billed_by_progress_are_held_against_it() -> None:
    lines = [sov(1, "1000"), sov(2, "1000").model_copy(update={"basis": Basis.time_and_materials})]
    (held,) = line_progress.of_lines(lines, time=Decimal("0.5"), cost=None)
    assert (held.line_id, held.schedule, held.cost, held.of_contract) == (
        lines[0].id,
        Decimal("0.5"),
        None,
        True,
    )
    assert line_progress.of_lines(lines, time=None, cost=None) == ()


def test_how_far_ahead_is_the_contracts_choice() -> None:
    drawn, beside = _ahead("0.50", "cost 0.40")
    assert checks.findings(drawn, beside) == ()
    tight = Policy(front_loaded_by=Decimal("0.05"))
    (finding,) = checks.findings(drawn, beside, tight)
    assert finding.sentence == (
        "50.0 % of this line is billed, and 40.0 % of its cost is spent: show what is behind it, or bill "
        "less."
    )


def _sentence(draft: Draft) -> str:
    (finding,) = checks.findings(*draft)
    return finding.sentence


def test_a_sentence_says_what_was_found_and_what_was_expected() -> None:
    assert _sentence(_waiver("35999.99", "36000")) == (
        "The lien waiver is for 35,999.99 USD, line 8 is 36,000.00 USD: make the waiver again for line 8."
    )
    assert _sentence(_changed("84500", "82000")) == (
        "Work completed before is 84,500.00 USD, the certificate of application 1 says 82,000.00 USD: draft "
        "again from the certificate."
    )
    assert _sentence(_pending("12000", "requested")) == (
        "Change order 7 is requested and 12,000.00 USD is billed on it: take its line off this application "
        "until it is executed."
    )
    assert "Change order 7 is not among the contract's change orders" in _sentence(
        _pending("12000", "unknown")
    )
    assert "goes through no day, the period ends on 2024-05-14" in _sentence(
        _waiver_day("none", "2024-05-14")
    )
    assert "Application 1 is paid" in _sentence(_previous_waiver("missing", ""))
    undated = ChangeOrder(number="7", title="Pump", amount=Decimal(5), state=ChangeOrderState.executed)
    assert "is not executed yet" in _sentence((_with_order(undated, "5"), Beside()))
    assert "of stored material is billed, but nothing covers 18,750.00 USD" in _sentence(
        _backup("18750", "0")
    )


def test_line_7_is_that_of_the_certificate_in_force() -> None:
    drafted, certified = _previous("400", line6="360"), _previous("400", line6="350")
    drawn = _plain("1000", "100", previous=drafted)
    (finding,) = checks.findings(drawn, Beside(last_certificate=certified))
    assert (finding.code, finding.item_no) == ("previous_changed", None)
    assert "Line 7 is 360.00 USD, the certificate of application 1 says 350.00 USD" in finding.sentence
    assert checks.findings(drawn, Beside(last_certificate=drafted)) == ()
    # A draft from before the first certificate, and a line that only one of them has.
    first = _plain("1000", "100")
    found = checks.findings(first, Beside(last_certificate=certified))
    assert [(each.code, each.item_no) for each in found] == [
        ("previous_changed", None),
        ("previous_changed", "1"),
    ]


def test_what_lies_beside_is_checked_only_where_it_is_given() -> None:
    drawn = _plain("90000", "40000", "18750")
    assert checks.findings(drawn) == ()
    assert checks.findings(drawn, Beside(unwaived="application 1")) == ()  # there is none before it
    assert checks.findings(drawn, Beside(progress=(LineProgress(line_id=identity("line 9")),))) == ()
    assert checks.findings(drawn, Beside(progress=(LineProgress(line_id=LINE),))) == ()
    empty = snapshot(terms("0"), [sov(1, "0")], period_to=PERIOD)
    spent = LineProgress(line_id=LINE, cost=Decimal("0.50"))
    assert checks.findings(empty, Beside(progress=(spent,))) == ()


def test_a_line_of_another_order_does_not_hide_that_the_rest_does_not_tie() -> None:
    order = ChangeOrder(number="7", title="Pump", amount=Decimal(5), state=ChangeOrderState.requested)
    drawn = _with_order(order, "5").model_copy(
        update={"schedule": (sov(1, "249999"), sov(2, "5", order="7"))}
    )
    codes = [finding.code for finding in checks.findings(drawn)]
    assert codes == ["schedule_does_not_tie", "change_order_not_executed"]


def test_calc_submission(ask: Ask) -> None:
    drawn, beside = _waiver("35999.99", "36000")
    question = {
        "snapshot": drawn.model_dump(mode="json"),
        "beside": beside.model_dump(mode="json"),
    }
    status, answer, _ = ask("submission", question=question)
    assert (status, [Finding.model_validate(one).code for one in answer]) == (1, ["waiver_amount_mismatch"])
    question["policy"] = {"severity": {"waiver_amount_mismatch": "warns"}}
    status, answer, _ = ask("submission", question=question)
    assert (status, answer[0]["blocks"]) == (0, False)
    question["policy"] = {"severity": {"under_zero": "warns"}}
    assert ask("submission", question=question)[0] == 1
