"""Columns A–I and lines 1–9 against the worked numbers of docs/SPEC-pay-application.md."""

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.billing import certifying, drafting, suggesting
from contracts_app.domain.billing.milestones import Milestone, MilestoneState
from contracts_app.domain.billing.pay_application import (
    Entry,
    Kind,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    as_previous,
    compose,
)
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, in_force, summarise
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import ReceivableArises, RetainageLevel
from contracts_app.domain.money import round_to, total
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import claims, decimals, executed, identity, snapshot, sov, terms
from tests.domain.worked_tables import Row, amounts, cases, listed, rows

PAGE = "SPEC-pay-application.md"
PRIOR_END = date(2024, 3, 14)


def _published_example() -> PayApplication:
    lines = rows(PAGE, "Published example")
    previous = PreviousCertificate(
        application_no=1,
        period_to=PRIOR_END,
        line6=Decimal(next(row for row in rows(PAGE, "Its summary") if row["Line"] == "7")["Amount"]),
        lines=tuple(
            PreviousLine(line_id=identity(f"line {row['Item']}"), completed=Decimal(row["D"]))
            for row in lines
        ),
    )
    schedule = [sov(row["Item"], row["C"]) for row in lines]
    entries = claims({row["Item"]: (row["E"], row["F"]) for row in lines})
    original = total(line.scheduled_value for line in schedule)
    return drafting.draft(snapshot(terms(original), schedule, entries, number=2, previous=previous))


@cases(PAGE, "Published example")
def test_columns_of_the_published_example(row: Row) -> None:
    line = next(line for line in _published_example().lines if line.item_no == row["Item"])
    assert line.fraction is not None
    shown = {
        "C": line.scheduled_value,
        "D": line.previous,
        "E": line.this_period,
        "F": line.stored,
        "G": line.total,
        "Percent": round_to(line.fraction * 100, "USD"),
        "H": line.balance,
        "I": line.retainage,
    }
    assert shown == {column: Decimal(row[column]) for column in shown}


@cases(PAGE, "Its summary")
def test_lines_of_the_published_example(row: Row) -> None:
    assert getattr(_published_example(), f"line{row['Line']}") == Decimal(row["Amount"])


def test_percent_is_blank_without_a_scheduled_value() -> None:
    assert drafting.draft(snapshot(terms("0"), [sov(1, "0")])).lines[0].fraction is None


def test_stored_material_is_paid_once() -> None:
    agreed, schedule = terms("120000", work="0.10", stored="0.05"), [sov(1, "120000")]
    previous = None
    for row in rows(PAGE, "Stored material is built in"):
        now = drafting.draft(
            snapshot(
                agreed,
                schedule,
                claims({1: (row["E"], row["F"])}),
                number=int(row["Application"]),
                period_to=date(2024, int(row["Application"]), 14),
                previous=previous,
            )
        )
        line = now.lines[0]
        figures = {
            "D": line.previous,
            "G": line.total,
            "5a": now.line5a,
            "5b": now.line5b,
            "6": now.line6,
            "8": now.line8,
        }
        assert figures == {name: Decimal(row[name]) for name in figures}, row["Application"]
        previous = as_previous(now)


def test_the_next_application_starts_from_the_lesser_certificate() -> None:
    agreed, schedule = terms("100000"), [sov(1, "100000")]
    previous = None
    for row in rows(PAGE, "Certified less than applied for"):
        applied = snapshot(
            agreed,
            schedule,
            claims({1: (row["E applied"], 0)}),
            number=int(row["Application"]),
            period_to=date(2024, int(row["Application"]), 14),
            previous=previous,
        )
        asked = drafting.draft(applied)
        if Decimal(row["E certified"]) == 0:
            given = certifying.withheld(applied)
        else:
            given = certifying.certified(applied, claims({1: (row["E certified"], 0)}))
        figures = {
            "D": asked.lines[0].previous,
            "7": asked.line7,
            "8 applied": asked.line8,
            "8 certified": given.line8,
            "Next D": given.lines[0].completed,
        }
        assert figures == {name: Decimal(row[name]) for name in figures}, row["Application"]
        previous = as_previous(given)


def test_a_certificate_leaves_the_lines_it_does_not_name() -> None:
    applied = snapshot(terms("300"), [sov(1, "100"), sov(2, "200")], claims({1: (50, 0), 2: (80, 20)}))
    given = certifying.certified(applied, claims({2: (60, 20)}))
    assert [(line.this_period, line.stored) for line in given.lines] == [
        decimals(50, 0),
        decimals(60, 20),
    ]


def test_a_negative_line_8_goes_out_where_its_credit_can_be_carried() -> None:
    agreed, schedule = terms("120000", stored="0.05"), [sov(1, "120000")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, claims({1: (55000, 15000)}))))
    built_in = snapshot(agreed, schedule, claims({1: (15000, 0)}), number=2, previous=first)
    assert drafting.draft(built_in).line8 == -750
    found = {finding.code: finding for finding in checks.findings(built_in)}
    assert not found["negative_payment_due"].blocks
    assert "750.00 USD is carried" in found["negative_payment_due"].sentence
    owed_at_once = agreed.model_copy(update={"receivable_arises": ReceivableArises.submission})
    found = {
        finding.code: finding
        for finding in checks.findings(built_in.model_copy(update={"terms": owed_at_once}))
    }
    assert found["negative_payment_due"].blocks
    more = snapshot(
        agreed,
        schedule,
        claims({1: (20000, 0)}),
        number=2,
        period_to=date(2024, 5, 14),
        previous=first,
    )
    assert checks.findings(more) == ()
    with pytest.raises(Refused) as refused:
        certifying.certified(more, claims({1: (0, 0)}))
    assert refused.value.code == "certificate_negative"


def test_a_certifier_may_say_that_material_is_still_stored() -> None:
    applied = snapshot(terms("100"), [sov(1, "100")], claims({1: (50, 0)}))
    line = certifying.certified(applied, claims({1: (20, 30)})).lines[0]
    assert (line.this_period, line.stored, line.total) == decimals(20, 30, 50)


def test_a_certificate_is_never_above_the_application_for_its_lower_retainage() -> None:
    applied = snapshot(terms("100", work="0.10", stored="0"), [sov(1, "100")], claims({1: (50, 0)}))
    with pytest.raises(Refused, match="above what was applied for"):
        certifying.certified(applied, claims({1: (20, 30)}))


@pytest.mark.parametrize("accepted", [(51, 0), (50, 1), (20, 31), (51, -1)])
def test_a_certificate_is_never_above_the_application(accepted: tuple[int, int]) -> None:
    applied = snapshot(terms("100"), [sov(1, "100")], claims({1: (50, 0)}))
    with pytest.raises(Refused) as refused:
        certifying.certified(applied, claims({1: (Decimal(accepted[0]), Decimal(accepted[1]))}))
    assert refused.value.code == "certified_above_applied"


def test_withholding_all_keeps_earlier_work_and_stored_material() -> None:
    agreed, schedule = terms("1000", stored="0.05"), [sov(1, "600"), sov(2, "400")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, claims({1: (100, 50), 2: (10, 0)}))))
    second = snapshot(
        agreed, schedule, claims({1: (80, 20)}), number=2, period_to=date(2024, 5, 14), previous=first
    )
    given = certifying.withheld(second)
    assert (given.line8, given.line6) == decimals(0, first.line6)
    assert as_previous(given).lines == first.lines


def _order(row: Row) -> ChangeOrder:
    return ChangeOrder(
        number=row["Number"],
        title=f"Change {row['Number']}",
        amount=Decimal(row["Amount"]),
        state=ChangeOrderState(row["State"]),
        executed_on=date.fromisoformat(row["Executed on"]) if row["Executed on"] else None,
    )


BEFORE, NOW = date(2024, 5, 14), date(2024, 6, 14)
COLUMNS = {
    "additions before": "additions_before",
    "deductions before": "deductions_before",
    "additions this period": "additions_this_period",
    "deductions this period": "deductions_this_period",
}


@cases(PAGE, "Change orders", "Number")
def test_a_change_order_lands_in_one_column(row: Row) -> None:
    box = summarise(in_force([_order(row)], NOW), BEFORE)
    expected = dict.fromkeys(COLUMNS.values(), Decimal(0))
    if row["Column"] != "none":
        expected[COLUMNS[row["Column"]]] = abs(Decimal(row["Amount"]))
    assert box.model_dump(mode="python") == {name: str(value) for name, value in expected.items()}


def test_change_order_box_and_line_2() -> None:
    orders = [_order(row) for row in rows(PAGE, "Change orders", "Number")]
    (row,) = rows(PAGE, "Change orders", "Additions before")
    box = summarise(in_force(orders, NOW), BEFORE)
    for column, field in COLUMNS.items():
        assert getattr(box, field) == Decimal(row[column.capitalize()])
    assert box.net == Decimal(row["Net (line 2)"])


def test_a_draft_counts_only_change_orders_in_force() -> None:
    orders = tuple(_order(row) for row in rows(PAGE, "Change orders", "Number"))
    drawn = drafting.draft(snapshot(terms("1000"), [], period_to=NOW, change_orders=orders))
    assert (drawn.line1, drawn.line2, drawn.line3) == decimals(1000, 218520, 219520)


def test_a_credit_nets_first() -> None:
    (row,) = rows(PAGE, "One credit change order")
    net = total(amounts(row["Parts"])) * (1 + Decimal(row["Markup"]))
    assert net == Decimal(row["Net"])
    box = summarise([executed("1", net, NOW)], BEFORE)
    assert getattr(box, COLUMNS[row["Column"]]) == 3780
    assert box.net == Decimal(row["Net"])


def test_contract_sum_to_date_of_the_sample() -> None:
    (row,) = rows(PAGE, "The sample contract's five")
    orders = tuple(
        executed(str(number), amount, date(2024, 4, number))
        for number, amount in enumerate(amounts(row["Amounts"]), 1)
    )
    drawn = drafting.draft(snapshot(terms(row["Original sum"]), [], change_orders=orders))
    assert (drawn.line2, drawn.line3) == (Decimal(row["Line 2"]), Decimal(row["Line 3"]))


@cases(PAGE, "Checks before submission")
def test_checks_before_submission(row: Row) -> None:
    value = Decimal(row["C"])
    orders = (executed("1", value, PRIOR_END),) if value < 0 else ()
    previous = PreviousCertificate(
        application_no=1,
        period_to=PRIOR_END,
        line6=Decimal(0),
        lines=(
            PreviousLine(
                line_id=identity("line 1"), completed=Decimal(row["D"]), stored=Decimal(row["F before"])
            ),
        ),
    )
    base = sov(2, -value) if value < 0 else sov(2, 0)
    drawn = snapshot(
        terms(-value if value < 0 else value),
        [sov(1, value, order="1" if orders else None), base],
        claims({1: (row["E"], row["F"])}),
        number=2,
        previous=previous,
        change_orders=orders,
    )
    found = [finding for finding in checks.findings(drawn) if finding.item_no == "1"]
    expected = zip(
        listed(row["Finding"].replace(",", ";")), listed(row["Blocks"].replace(",", ";")), strict=True
    )
    assert [(finding.code, finding.blocks) for finding in found] == [
        (code, blocks == "yes") for code, blocks in expected
    ]


def _codes(drawn: Snapshot) -> set[str]:
    return {finding.code for finding in checks.findings(drawn)}


def test_a_schedule_that_does_not_tie_blocks() -> None:
    drawn = snapshot(terms("1000"), [sov(1, "999.99")])
    assert "schedule_does_not_tie" in {finding.code for finding in checks.blocking(checks.findings(drawn))}
    assert _codes(snapshot(terms("1000"), [sov(1, "1000")])) == set()


def test_periods_go_forward() -> None:
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, period_to=date(2024, 4, 14))))
    drawn = [
        _codes(snapshot(agreed, schedule, number=2, period_to=day, previous=first, kind=kind))
        for day, kind in [
            (date(2024, 4, 13), Kind.application),
            (date(2024, 4, 14), Kind.application),
            (date(2024, 4, 15), Kind.application),
            (date(2024, 4, 14), Kind.retainage_release),
        ]
    ]
    assert drawn == [
        {"period_before_previous"},
        {"period_already_billed"},
        set(),
        {"release_before_completion"},
    ]


def test_a_milestone_holds_its_share_until_it_is_approved() -> None:
    waiting = Milestone(
        id=identity("milestone"), line_id=identity("line 1"), title="Pump test", amount=Decimal(300)
    )
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    below, above = claims({1: (700, 0)}), claims({1: ("700.01", 0)})
    assert _codes(snapshot(agreed, schedule, below, milestones=(waiting,))) == set()
    assert _codes(snapshot(agreed, schedule, above, milestones=(waiting,))) == {"milestone_not_approved"}
    achieved = waiting.model_copy(update={"state": MilestoneState.achieved})
    assert _codes(snapshot(agreed, schedule, above, milestones=(achieved,))) == {"milestone_not_approved"}
    approved = waiting.model_copy(update={"state": MilestoneState.approved})
    assert _codes(snapshot(agreed, schedule, above, milestones=(approved,))) == set()


def test_a_release_carries_no_new_work_and_leaves_stored_material() -> None:
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, claims({1: (500, 100)}))))
    release = snapshot(
        agreed,
        schedule,
        suggesting.unchanged_entries(schedule, first),
        number=2,
        previous=first,
        kind=Kind.retainage_release,
        releases=(Release(line_id=identity("line 1"), amount=Decimal(60)),),
    )
    assert drafting.draft(release).line8 == 60
    assert _codes(release) == {"release_before_completion"}
    for wrong in (claims({1: (0, 0)}), claims({1: (1, 100)}), claims({1: (100, 0)}), ()):
        drawn = release.model_copy(update={"entries": wrong})
        assert "release_with_new_work" in {f.code for f in checks.blocking(checks.findings(drawn))}


def test_a_withheld_release_releases_nothing() -> None:
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, claims({1: (500, 100)}))))
    release = snapshot(
        agreed,
        schedule,
        suggesting.unchanged_entries(schedule, first),
        number=2,
        previous=first,
        kind=Kind.retainage_release,
        releases=(Release(line_id=identity("line 1"), amount=Decimal(60)),),
    )
    given = certifying.withheld(release)
    assert (given.line8, given.line5) == decimals(0, 60)
    assert as_previous(given).lines == first.lines


def test_a_release_waits_for_its_condition() -> None:
    close_out = Milestone(id=identity("warranty"), title="Warranty letter", close_out=True)
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    drawn = snapshot(agreed, schedule, kind=Kind.retainage_release, milestones=(close_out,))
    for state in (MilestoneState.planned, MilestoneState.achieved):
        waiting = close_out.model_copy(update={"state": state})
        assert "release_condition_not_met" in _codes(drawn.model_copy(update={"milestones": (waiting,)}))
    approved = close_out.model_copy(update={"state": MilestoneState.approved})
    assert _codes(drawn.model_copy(update={"milestones": (approved,)})) == {"release_before_completion"}


def test_a_release_above_what_is_held_blocks() -> None:
    agreed, schedule = terms("1000"), [sov(1, "1000")]
    first = as_previous(drafting.draft(snapshot(agreed, schedule, claims({1: (500, 0)}))))
    for amount, blocks in (("50", False), ("50.01", True), ("-0.01", True)):
        drawn = snapshot(
            agreed,
            schedule,
            number=2,
            previous=first,
            kind=Kind.retainage_release,
            releases=(Release(line_id=identity("line 1"), amount=Decimal(amount)),),
        )
        assert ("released_more_than_held" in _codes(drawn)) is blocks, amount


def test_one_unit_of_spreading_does_not_block_after_a_release() -> None:
    """Rounded on the contract, a finished line's share may fall by a cent when other lines grow."""
    agreed = terms("30.06", level=RetainageLevel.contract)
    schedule = [sov(1, "0.06"), sov(2, "30")]
    first = drafting.draft(snapshot(agreed, schedule, claims({1: ("0.06", 0)})))
    released = snapshot(
        agreed,
        schedule,
        number=2,
        previous=as_previous(first),
        kind=Kind.retainage_release,
        releases=(Release(line_id=identity("line 1"), amount=Decimal("0.01")),),
    )
    later = snapshot(
        agreed,
        schedule,
        claims({2: ("0.08", 0)}),
        number=3,
        period_to=date(2024, 6, 14),
        previous=as_previous(drafting.draft(released)),
    )
    drawn = drafting.draft(later)
    assert [line.retainage for line in drawn.lines] == [Decimal("-0.01"), Decimal("0.01")]
    assert not checks.blocking(checks.findings(later))


def test_work_certified_on_a_line_that_is_gone_is_refused_by_itself() -> None:
    before = PreviousCertificate(
        application_no=1,
        period_to=PRIOR_END,
        line6=Decimal(9),
        lines=(PreviousLine(line_id=identity("line 9"), completed=Decimal(10)),),
    )
    with pytest.raises(Refused) as refused:
        compose(
            kind=Kind.application,
            application_no=2,
            period_to=BEFORE,
            terms=terms("1000"),
            schedule=[sov(1, "1000")],
            orders_in_force=(),
            previous=before,
            entries={},
            released={},
        )
    assert refused.value.code == "not_in_schedule"


@pytest.mark.parametrize("where", ["entries", "previous", "releases"])
def test_an_amount_on_an_unknown_line_is_refused(where: str) -> None:
    stray = identity("line 9")
    known = snapshot(terms("1000"), [sov(1, "1000")])
    wrong = {
        "entries": claims({9: (10, 0)}),
        "previous": PreviousCertificate(
            application_no=1,
            period_to=PRIOR_END,
            line6=Decimal(9),
            lines=(PreviousLine(line_id=stray, completed=Decimal(10)),),
        ),
        "releases": (Release(line_id=stray, amount=Decimal(1)),),
    }
    with pytest.raises(Refused) as refused:
        drafting.draft(known.model_copy(update={where: wrong[where]}))
    assert refused.value.code == "not_in_schedule"


def test_a_line_entered_twice_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        drafting.draft(snapshot(terms("10"), [sov(1, "10")], claims({1: (1, 0)}) + claims({1: (2, 0)})))
    assert refused.value.code == "entered_twice"
    with pytest.raises(Refused) as refused:
        drafting.draft(snapshot(terms("10"), [sov(1, "5"), sov(1, "5")]))
    assert refused.value.code == "not_in_schedule"


def test_a_new_application_claims_again_what_was_cut() -> None:
    schedule = [sov(1, "1000"), sov(2, "500"), sov(3, "70")]
    previous = PreviousCertificate(
        application_no=6,
        period_to=PRIOR_END,
        line6=Decimal(0),
        lines=(
            PreviousLine(line_id=identity("line 1"), completed=Decimal(300), stored=Decimal(40)),
            PreviousLine(line_id=identity("line 2"), completed=Decimal(500)),
        ),
    )
    reported = {identity("line 1"): Decimal(100)}
    cut = {identity("line 1"): Decimal("12.50"), identity("line 2"): Decimal(0)}
    suggested = suggesting.suggested_entries(schedule, previous, reported, cut, complete=False)
    assert suggested == claims({1: ("112.50", 40), 2: (0, 0), 3: (0, 0)})
    final = suggesting.suggested_entries(schedule, previous, reported, cut, complete=True)
    assert [(entry.this_period, entry.stored) for entry in final] == [
        decimals(700, 0),
        decimals(0, 0),
        decimals(70, 0),
    ]
    drawn = drafting.draft(snapshot(terms("1570"), schedule, final, number=7, previous=previous))
    assert drawn.line4 == drawn.line3


def test_no_entry_is_no_claim() -> None:
    assert (
        drafting.draft(snapshot(terms("10"), [sov(1, "10")], (Entry(line_id=identity("line 1")),))).line4 == 0
    )


def test_more_than_the_contract_sum_to_date_does_not_go_out() -> None:
    agreed = terms("100")
    first = as_previous(drafting.draft(snapshot(agreed, [sov(1, "100")], claims({1: (100, 0)}))))
    deduction = executed("CO-1", "-10", date(2024, 5, 1))
    schedule = [sov(1, "100"), sov("CO-1", "-10", order="CO-1")]

    def second(entries: tuple[Entry, ...]) -> Snapshot:
        return snapshot(
            agreed,
            schedule,
            entries,
            number=2,
            previous=first,
            period_to=date(2024, 5, 14),
            change_orders=(deduction,),
        )

    unbilled = second(())
    assert "over_contract_sum" in {finding.code for finding in checks.blocking(checks.findings(unbilled))}
    billed = second(claims({"CO-1": (-10, 0)}))
    assert "over_contract_sum" not in {finding.code for finding in checks.findings(billed)}
