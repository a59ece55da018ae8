"""One pass over the rules of the domain, its result one text: for tests that change what surrounds it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts_app.domain import business_time, canonical, money, roles, transitions
from contracts_app.domain.approving import chain, deciding
from contracts_app.domain.billing import (
    carried_credit,
    certifying,
    claiming,
    drafting,
    milestones,
    pay_application,
    recurring,
    revisions,
    schedule_of_values,
    stated,
    stored_material,
    suggesting,
    unit_price,
    withholds,
)
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.snapshot import Release, Snapshot, TimeBefore
from contracts_app.domain.checking import checks, footing, lien_waivers, submission_checks
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.routes import process_of
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import (
    HourRounding,
    MinimumPer,
    OvertimeClass,
    OvertimeConvention,
    OvertimeTerms,
    ReceivableArises,
    RetainageLevel,
)
from contracts_app.domain.receivables import follow_up, progress, receivables
from contracts_app.domain.reports import unbilled_age, wip_schedule, work_in_progress
from contracts_app.domain.retainage import retainage_release
from contracts_app.domain.time import rate_card, time_and_materials
from contracts_app.domain.time.overtime import OvertimeWorked
from tests.domain.agreements import FIRM, SIGNED, claims, executed, identity, snapshot, sov, terms
from tests.domain.every_rule_of_cost_plus import every_rule_of_cost_plus
from tests.domain.every_rule_of_costs import every_rule_of_costs
from tests.domain.every_rule_of_funding import every_rule_of_funding
from tests.domain.every_rule_of_retainage import every_rule_of_retainage
from tests.domain.every_tax_rule import every_tax_rule

ZONE = "America/New_York"
NOON = datetime(2024, 4, 14, 12, tzinfo=UTC)


def rich_snapshot(level: RetainageLevel = RetainageLevel.contract) -> Snapshot:
    """A snapshot with something of everything: figures long enough to suffer from five digits."""
    agreed = terms(
        "5544000.37",
        work="0.075",
        stored="0.033333",
        level=level,
        controller_limit=Decimal("500000.00"),
        substantial_completion=date(2025, 3, 31),
        cut_off_day=14,
        receivable_arises=ReceivableArises.submission,
        deposit=Decimal("5000.00"),
    )
    orders = (
        executed("CO-1", "125100.11", date(2024, 4, 14)),
        executed("CO-2", "-3780.00", date(2024, 5, 2)),
        schedule_of_values.ChangeOrder(
            number="CO-3",
            title="Not agreed",
            amount=Decimal(101900),
            state=schedule_of_values.ChangeOrderState.rejected,
        ),
    )
    schedule = (
        sov(1, "1234567.89"),
        sov(2, "4309432.48", rate="0"),
        sov(3, "125100.11", order="CO-1", rate="0.10"),
        sov(4, "-3780.00", order="CO-2"),
        sov(5, "1000.00", basis=schedule_of_values.Basis.time_and_materials),
    )
    first = drafting.draft(
        snapshot(
            agreed,
            schedule[:3],
            claims({1: ("123456.78", "98765.43"), 2: ("1000000.01", 0)}),
            change_orders=orders,
        )
    )
    return snapshot(
        agreed,
        schedule,
        claims({1: ("98765.43", "11111.11"), 2: ("7777.77", 0), 3: ("-0.01", 0), 4: ("-1234.56", 0)}),
        number=2,
        period_to=date(2024, 5, 14),
        previous=pay_application.as_previous(first),
        change_orders=orders,
        milestones=(
            milestones.Milestone(
                id=identity("milestone 1"),
                line_id=identity("line 1"),
                title="Pump test",
                amount=Decimal("1200000.33"),
                planned_on=date(2024, 6, 1),
            ),
            milestones.Milestone(
                id=identity("milestone 2"),
                title="Warranty letter",
                close_out=True,
                state=milestones.MilestoneState.achieved,
            ),
        ),
        releases=(Release(line_id=identity("line 1"), amount=Decimal("1234.56")),),
        rate_card=(
            rate_card.RateRow(rate=Decimal("123.45"), effective_from=SIGNED, effective_to=date(2024, 5, 2)),
            rate_card.RateRow(
                person="Sample Person", role="Engineer", rate=Decimal("165.37"), effective_from=SIGNED
            ),
        ),
        time=(
            time_and_materials.TimeEntry(
                id=identity("entry 1"),
                line_id=identity("line 5"),
                work_date=date(2024, 5, 1),
                person="Sample Person",
                role="Engineer",
                description="Review",
                seconds=4151,
                bill_seconds=4000,
                source="time.csv, row 2",
            ),
            time_and_materials.TimeEntry(
                id=identity("entry 2"),
                line_id=identity("line 5"),
                work_date=date(2024, 4, 30),
                person="Another Sample",
                seconds=30001,
            ),
        ),
        time_before=(TimeBefore(line_id=identity("line 5"), amount=Decimal("0.37")),),
        deposit_balance=Decimal("1234.56"),
    )


def _submission(drawn: Snapshot, figures: pay_application.PayApplication) -> dict[str, object]:
    """Revisions, withholds, stored material, and what a certifier looks at."""
    line = identity("line 1")
    ledger = [
        withholds.Withhold(
            application_no=1, reason=withholds.WithholdReason.liquidated_damages, amount=Decimal(amount)
        )
        for amount in ("12345.67", "-2345.68")
    ]
    chain = [
        revisions.Chained(snapshot=drawn),
        revisions.Chained(
            snapshot=drawn.model_copy(
                update={
                    "application_no": 3,
                    "previous": pay_application.as_previous(figures),
                    "time": (),
                    "releases": (),
                    "period_to": date(2024, 6, 14),
                }
            )
        ),
    ]
    changed = drawn.model_copy(update={"entries": claims({1: ("88765.43", "21111.11")})})
    moved = stored_material.Movement(
        stored_before=Decimal("98765.43"), received=Decimal("0.57"), built_in=Decimal("12345.67")
    )
    papers = stored_material.Backup(line_id=line, amount=Decimal("11111.10"))
    beside = submission_checks.Beside(
        last_certificate=drawn.previous,
        waiver=lien_waivers.Waiver(amount=Decimal("123456.78")),
        backup=(papers,),
        progress=(submission_checks.LineProgress(line_id=line, cost=Decimal("0.012345678901")),),
    )
    return {
        "payable": withholds.payable(1, Decimal("1234567.89"), ledger, "USD"),
        "damages": withholds.damages_to_enter(
            13, Decimal("3000.0050"), Decimal("39000.01"), Decimal("123456.78"), "USD"
        ),
        "estimate": withholds.payment_estimate(
            withholds.Estimate(earnings_to_date=Decimal("1234567.89"), retained=Decimal("123456.79"))
        ),
        "revised": revisions.revise(chain, changed),
        "certified chain": revisions.certify(chain, pay_application.as_previous(certifying.withheld(drawn))),
        "correction": revisions.corrected(
            pay_application.PreviousLine(line_id=line, completed=Decimal("123456.78")),
            Decimal("123450.01"),
            Decimal("1234567.89"),
            Decimal(0),
        ),
        "material": stored_material.entry_of(line, moved, "USD"),
        "credits": carried_credit.settle_all(
            [Decimal("-1234567.89"), Decimal("1234567.90")], carried_credit.CreditForm.carried
        ),
        "bounced": checks.findings(drawn, beside),
        "footing": footing.check(
            footing.as_given(figures).model_copy(
                update={"rate_completed": Decimal("0.033333"), "line8": Decimal("1234567.89")}
            )
        ),
    }


def _bases() -> object:
    gravel = unit_price.UnitPrice(
        unit="t",
        price=Decimal("47.853333"),
        estimated_quantity=Decimal("1200.1234"),
        variation=unit_price.Variation(
            above=Decimal("0.15"),
            below=Decimal("0.15"),
            price_above=Decimal("40.123456"),
            price_short=Decimal("2.5"),
        ),
    )
    fee = recurring.RecurringTerms(
        amount=Decimal("12345.67"), anchor=date(2024, 1, 31), starts_on=date(2024, 2, 11)
    )
    design = sov(1, "1234567.89", basis=schedule_of_values.Basis.percent_complete)
    third = pay_application.Entry(line_id=design.id, fraction_to_date=Decimal("0.333333333333"))
    return [
        gravel.scheduled_value("USD"),
        [
            unit_price.measured(gravel, Decimal(tons), "USD", finally_measured=True)
            for tons in ("1500.1234", "900.4321")
        ],
        unit_price.multiplied_out(gravel, Decimal("1500.1234"), finally_measured=True),
        recurring.unbilled(fee, date(2024, 12, 31), Decimal("1234.56"), "USD"),
        stated.worked_out(design, Decimal("98765.43"), third, "USD"),
    ]


def every_rule() -> str:
    """The results of every rule, as canonical text."""
    drawn = rich_snapshot()
    figures = drafting.draft(drawn)
    items = [
        receivables.OpenItem(
            receivable_id=identity(f"receivable {number}"),
            invoice_id=identity(f"invoice {number}"),
            invoice_number=f"A-{number}",
            due_on=date(2024, 4, number),
            open=Decimal("123456.78"),
        )
        for number in (3, 1, 2)
    ]
    applied, left = receivables.apply_cash(Decimal("987654.32"), items, [])
    reminded = follow_up.to_remind(items, {}, NOON.date())
    body = ReceivePayment(
        client_id=identity("client"),
        amount=Decimal("987654.32"),
        currency="USD",
        received_on=NOON.date(),
        reference="wire 1",
    )
    command = Command(firm_id=FIRM, by=identity("her"), key="k1", signed_in="password", body=body)
    stages = chain.chain_of(figures.line8, drawn.terms.controller_limit, drawn.approval)
    step = deciding.check_approver(
        deciding.Person(id=identity("her"), name="Her", roles=frozenset([roles.Role.project_manager])),
        deciding.Draft(
            open=chain.open_steps(stages, [], "h"),
            line8=figures.line8,
            currency="USD",
            project_manager=identity("her"),
            preparers=frozenset(),
            given=(),
            content_hash="h",
        ),
        "h",
    )
    contract_facts = progress.ContractFacts(
        state="active",
        number="C-1",
        has_schedule=True,
        open_invoice=None,
        unpaid_invoices=1,
        fully_billed=False,
        retainage_held=True,
        outstanding_for_release=[],
        next_application=3,
        next_period_end=business_time.period_end(31, date(2024, 5, 15)),
        next_period_end_at=business_time.opening_of(date(2024, 5, 31), ZONE),
        now=NOON,
    )
    return canonical.text(
        {
            "figures": figures,
            "by line": drafting.draft(rich_snapshot(RetainageLevel.line)),
            "fractions": [line.fraction for line in figures.lines],
            "hash": drafting.content_hash(drawn),
            "certified": certifying.certified(drawn, claims({1: ("98765.42", "11111.10")})),
            "withheld": certifying.withheld(drawn),
            "suggested": suggesting.suggested_entries(
                drawn.schedule,
                drawn.previous,
                {identity("line 1"): Decimal("123456.78")},
                {identity("line 1"): Decimal("0.01")},
                complete=False,
            ),
            "balance": suggesting.suggested_entries(drawn.schedule, drawn.previous, {}, {}, complete=True),
            "findings": checks.findings(drawn),
            "net": figures.change_orders.net,
            "blocked": milestones.blocked_amounts(drawn.milestones * 2),
            "parts": money.allocate(Decimal("-1234567.89"), [Decimal("1.23456789"), Decimal(7)], "USD"),
            "rounded": [money.written(Decimal("1234567.895"), code) for code in ("USD", "JPY", "KWD")],
            "product": money.multiply(Decimal("1234567.89"), Decimal("0.033333")),
            "shown": money.in_words_of_a_page(Decimal("-1234567.895"), "USD"),
            "release": retainage_release.release_by_line(
                {line.line_id: line.retainage for line in figures.lines}, Decimal("12345.67"), "USD"
            ),
            "applied": [*applied, left],
            "reminded": reminded,
            "next": follow_up.next_reminder(items, reminded),
            "due": receivables.due_date(NOON.date(), 30),
            "date": business_time.date_in(NOON, ZONE),
            "now": business_time.business_now(NOON, 86400),
            "shift": business_time.shift_to(NOON + timedelta(days=3), NOON, 0),
            "command": [command, command.update_id, process_of(command)],
            "id": deterministic_id(FIRM, "invoice", "k1"),
            "step": step,
            "contract": progress.next_contract_step(contract_facts),
            "import": progress.next_import_step("ready", "labour.csv"),
            "possible": transitions.possible(transitions.INVOICE, "draft"),
            "hours": [
                time_and_materials.billed_seconds(drawn.time[1], HourRounding(unit_seconds=900, up=up))
                for up in (False, True)
            ],
            "overtime": _overtime(),
            "wip": _work_in_progress(),
            "age": unbilled_age.by_age(
                [
                    unbilled_age.Unbilled(worked_on=date(2024, 4, day), amount=Decimal("123456.78"))
                    for day in (1, 2)
                ],
                NOON.date(),
                (12,),
            ),
            "claimable": claiming.claimable(drawn.model_copy(update={"time": ()}), drawn.time),
            "release kind": Kind.retainage_release,
            "taxes": every_tax_rule(),
            "costs of others": every_rule_of_costs(),
            **_submission(drawn, figures),
            "caps and funding": every_rule_of_funding(),
            "bases": _bases(),
            "cost plus": every_rule_of_cost_plus(),
            "retainage": every_rule_of_retainage(),
        }
    )


def _overtime() -> object:
    """Time of a day at every convention of overtime, with a least time for the day."""
    conventions: dict[str, dict[str, Any]] = {
        "a": {"convention": OvertimeConvention.factor, "factor": Decimal("1.3933")},
        "b": {"convention": OvertimeConvention.flat_rate},
        "c": {
            "convention": OvertimeConvention.markup_on_pay,
            "factor": Decimal("1.5"),
            "markup": Decimal("0.275"),
        },
    }
    classes = [OvertimeClass(name=name, **how) for name, how in conventions.items()]
    rows = [
        rate_card.RateRow(rate=Decimal("123.45"), pay=Decimal("61.725"), effective_from=SIGNED),
        rate_card.RateRow(
            rate=Decimal("61.7251"), multiplier=Decimal("2.8543"), effective_from=SIGNED, project="Alpha"
        ),
        rate_card.RateRow(rate=Decimal("234.56"), effective_from=SIGNED, overtime="b"),
    ]
    entries = [
        time_and_materials.TimeEntry(
            id=identity(f"overtime {number}"),
            line_id=identity("line 5"),
            work_date=date(2024, 5, 1),
            person="Sample Person",
            seconds=4151,
            position=number,
            project=project,
            overtime=kind and OvertimeWorked(kind=kind, approved=True, premium_only=number > 3),
        )
        for number, (kind, project) in enumerate(
            [(None, None), ("a", None), ("b", "Alpha"), ("c", "Alpha"), ("c", None)]
        )
    ]
    rounding = HourRounding(unit_seconds=36, minimum_seconds=14400, minimum_per=MinimumPer.day)
    terms_of_overtime = OvertimeTerms(classes=tuple(classes))
    return time_and_materials.price_in_order(
        entries, rate_card.RateCard(rows), rounding, "USD", terms_of_overtime
    )


def _work_in_progress() -> object:
    """A schedule of two contracts, one of which loses."""
    jobs = [
        wip_schedule.Job(
            position=work_in_progress.Position(
                number=number,
                original_sum=Decimal("1234567.89"),
                costs=work_in_progress.Costs(
                    to_date=Decimal("765432.11"),
                    to_complete=Decimal(to_complete),
                    uninstalled=Decimal("12345.67"),
                    wasted=Decimal("1234.56"),
                ),
                billed=Decimal("987654.32"),
            ),
            last_report=wip_schedule.Reported(
                estimated_gross_profit=Decimal("123456.78"),
                to_date=wip_schedule.Split(earned=Decimal("654321.09")),
                done=Decimal("543210.98"),
            ),
        )
        for number, to_complete in (("A", "345678.91"), ("B", "876543.21"))
    ]
    return wip_schedule.schedule(jobs, NOON.date(), "USD")
