"""Time and materials through the commands: entered, approved, claimed up to the cap, held, raised."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.drafting import content_hash, draft
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    OpenContract,
    ReassignProjectManager,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    PrepareApplication,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    CorrectTime,
    EnterTime,
    HoldTime,
    RejectTime,
    ReleaseTime,
    SplitTime,
    TimePart,
    TransferTime,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import claimed_time, contracts, invoices
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading
from contracts_app.store.views import time_grid
from contracts_app.store.views.time_grid import Wanted
from contracts_app.web.pages.time_shown import grid_of
from tests.services.small_firm import SmallFirm, found
from tests.services.test_review_imports import post

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
HOUR = 3600
BY_TIME = Basis.time_and_materials


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm of its own for each test."""
    made = found(settings, f"Time {uuid4()}")
    yield made
    made.engine.dispose()


@pytest.fixture
def firm(small: SmallFirm) -> SmallFirm:
    """A firm with one contract billed by time: two phases at 1,000.00 and 500.00 not to exceed."""
    key = "by-time"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("1500.00"),
        contract_date=date(2024, 2, 12),
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
    )
    small.contracts["T"] = contract_id
    small.do(
        Role.coordinator,
        OpenContract(
            contract_id=contract_id,
            client_id=small.client_id,
            legal_entity_id=small.entity_id,
            project_manager_id=small.people[Role.project_manager],
            number="T",
            title="Studies",
            terms=terms,
        ),
        key,
    )
    rows = (
        ScheduleRow(
            item_no="1",
            description="Study",
            scheduled_value=Decimal("1000.00"),
            basis=Basis.time_and_materials,
        ),
        ScheduleRow(
            item_no="2",
            description="Design",
            scheduled_value=Decimal("500.00"),
            basis=Basis.time_and_materials,
        ),
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows[:1]))
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    rates = (
        RateRow(rate=Decimal("100.00"), effective_from=date(2024, 2, 19), effective_to=date(2024, 4, 1)),
        RateRow(rate=Decimal("120.00"), effective_from=date(2024, 4, 1)),
        RateRow(person="Sample Partner", rate=Decimal("200.00"), effective_from=date(2024, 2, 19)),
    )
    small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    small.do(Role.administrator, MoveCalendar(to=date(2024, 6, 3)))
    return small


def enter(
    firm: SmallFirm,
    hours: str,
    on: date,
    item: str = "1",
    person: str = "Sample Engineer",
    by: Role = Role.coordinator,
) -> UUID:
    typed = TypedTime(item_no=item, person=person, work_date=on, seconds=int(Decimal(hours) * HOUR))
    given = firm.do(by, EnterTime(contract_id=firm.contracts["T"], entries=(typed,)))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    return UUID(entries[0])


def approve(firm: SmallFirm, *entries: UUID) -> Outcome:
    seen = firm.seen(*entries)
    return firm.do(Role.project_manager, ApproveTime(contract_id=firm.contracts["T"], entries=seen))


def prepare(firm: SmallFirm, period_to: date) -> UUID:
    body = PrepareApplication(contract_id=firm.contracts["T"], period_to=period_to)
    return UUID(str(firm.do(Role.coordinator, body).result["invoice_id"]))


def figures(firm: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(firm.engine, firm.id) as connection:
        return draft(invoices.current_snapshot(connection, firm.id, invoice_id))


def issue(firm: SmallFirm, invoice_id: UUID) -> None:
    content = str(firm.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id)).result["content_hash"])
    for role in (Role.project_manager, Role.controller):
        firm.do(role, ApproveDraft(invoice_id=invoice_id, content_hash=content))
    firm.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def state(firm: SmallFirm, invoice_id: UUID) -> str:
    with reading(firm.engine, firm.id) as connection:
        row = invoices.find(connection, firm.id, invoice_id)
        assert row is not None
        return str(row["state"])


def test_only_approved_time_is_billed_at_the_rate_of_its_day(firm: SmallFirm) -> None:
    one, two, partner = (
        enter(firm, "2", date(2024, 3, 29)),
        enter(firm, "1.5", date(2024, 4, 2)),
        enter(firm, "0.5", date(2024, 3, 4), person="Sample Partner"),
    )
    approve(firm, one, partner)
    first = prepare(firm, APRIL)
    assert [str(e.amount) for line in figures(firm, first).time for e in line.entries] == ["100.00", "200.00"]
    approve(firm, two)
    assert figures(firm, first).line8 == Decimal("300.00")
    firm.do(Role.coordinator, ClaimTime(invoice_id=first))
    assert figures(firm, first).line8 == Decimal("480.00")
    issue(firm, first)
    assert state(firm, first) == "issued"
    refused = firm.give(
        Role.coordinator, HoldTime(contract_id=firm.contracts["T"], entries=(one,), reason="x y")
    )
    assert (refused.done, refused.code) == (False, "time_billed")


def test_at_the_cap_the_overflow_stays_unbilled_until_the_cap_is_raised(firm: SmallFirm) -> None:
    march = [enter(firm, "4", date(2024, 3, day)) for day in (4, 5, 6)]
    late = enter(firm, "1", date(2024, 3, 7))
    approve(firm, *march, late)
    first = prepare(firm, MARCH)
    (line, _) = figures(firm, first).time
    assert (len(line.entries), line.over_cap, line.amount) == (3, Decimal("-200.00"), Decimal("1000.00"))
    issue(firm, first)
    number = "A-1"
    firm.do(
        Role.coordinator,
        ProposeChangeOrder(
            contract_id=firm.contracts["T"],
            number=number,
            title="More study",
            amount=Decimal("500.00"),
            raises="1",
        ),
    )
    own = firm.give(
        Role.coordinator,
        ExecuteChangeOrder(contract_id=firm.contracts["T"], number=number, executed_on=date(2024, 4, 15)),
    )
    assert own.code == "not_allowed"
    firm.do(
        Role.controller,
        ExecuteChangeOrder(contract_id=firm.contracts["T"], number=number, executed_on=date(2024, 4, 15)),
    )
    second = prepare(firm, APRIL)
    shown = figures(firm, second)
    (line, _) = shown.time
    # 200.00 left over the cap and one hour of March at March's rate.
    assert (line.over_cap, line.amount) == (Decimal("200.00"), Decimal("300.00"))
    assert (shown.line2, shown.line3, shown.line7) == (
        Decimal("500.00"),
        Decimal("2000.00"),
        Decimal("1000.00"),
    )
    issue(firm, second)
    firm.do(
        Role.coordinator,
        ReceivePayment(
            client_id=firm.client_id,
            amount=Decimal("1300.00"),
            currency="USD",
            received_on=date(2024, 6, 3),
            reference="wire",
        ),
    )
    assert (state(firm, first), state(firm, second)) == ("paid", "paid")
    firm.do(
        Role.project_manager, CompleteWork(contract_id=firm.contracts["T"], reason="All studies delivered.")
    )
    with reading(firm.engine, firm.id) as connection:
        closed = contracts.find(connection, firm.id, firm.contracts["T"])
    assert closed is not None
    assert closed["state"] == "closed"


def test_a_draft_lets_go_of_time_that_is_held_written_or_transferred(firm: SmallFirm) -> None:
    entries = [enter(firm, "2", date(2024, 3, day)) for day in (4, 5, 6)]
    approve(firm, *entries)
    invoice_id = prepare(firm, MARCH)
    contract_id = firm.contracts["T"]
    firm.do(Role.coordinator, HoldTime(contract_id=contract_id, entries=(entries[0],), reason="Client asks."))
    assert figures(firm, invoice_id).line8 == Decimal("400.00")
    firm.do(
        Role.project_manager,
        WriteTime(contract_id=contract_id, entry_id=entries[1], seconds=HOUR, reason="Learning."),
    )
    assert figures(firm, invoice_id).line8 == Decimal("300.00")
    firm.do(
        Role.project_manager,
        TransferTime(contract_id=contract_id, entries=(entries[2],), item_no="2", reason="Was design."),
    )
    assert figures(firm, invoice_id).line8 == Decimal("100.00")
    firm.do(Role.coordinator, ReleaseTime(contract_id=contract_id, entries=(entries[0],)))
    firm.do(Role.coordinator, ClaimTime(invoice_id=invoice_id))
    by_line = {line.amount for line in figures(firm, invoice_id).time}
    assert by_line == {Decimal("300.00"), Decimal("200.00")}
    firm.do(Role.coordinator, WithdrawDraft(invoice_id=invoice_id, reason="Start again."))
    with reading(firm.engine, firm.id) as connection:
        assert len(claimed_time.offered(connection, firm.id, contract_id, MARCH)) == 3


def test_time_typed_in_is_corrected_or_taken_back_until_somebody_decided_on_it(firm: SmallFirm) -> None:
    contract_id = firm.contracts["T"]
    wrong, twice = enter(firm, "8", date(2024, 3, 4)), enter(firm, "2", date(2024, 3, 5))
    decided = enter(firm, "1", date(2024, 3, 6))
    approve(firm, decided)

    def correct(entry_id: UUID, hours: str, on: date = date(2024, 3, 7)) -> Outcome:
        seconds = int(hours) * HOUR
        said = (
            TypedTime(item_no="2", person="Sample Partner", work_date=on, seconds=seconds)
            if seconds
            else None
        )
        body = CorrectTime(contract_id=contract_id, entry_id=entry_id, entry=said, reason="mistyped")
        return firm.give(Role.coordinator, body)

    stale = firm.seen(wrong)
    assert correct(wrong, "2").done
    assert correct(twice, "0").done
    assert correct(twice, "1").status == 404
    assert correct(decided, "2").code == "time_decided"
    assert correct(decided, "0").code == "time_decided"
    assert correct(wrong, "3", date(2024, 7, 1)).code == "work_in_future"
    unseen = firm.give(Role.project_manager, ApproveTime(contract_id=contract_id, entries=stale))
    assert unseen.code == "changed_since_seen"
    approve(firm, wrong)
    shown = figures(firm, prepare(firm, MARCH))
    assert [line.this_period for line in shown.lines] == [Decimal("100.00"), Decimal("400.00")]
    report = firm.checked()
    broken = [finding for finding in report.findings if finding.violations and finding.id != "I09"]
    assert broken == []


def test_nobody_decides_on_time_that_he_entered_or_corrected_whoever_said_it_last(firm: SmallFirm) -> None:
    """A project manager who coordinates too: neither his own hours that another corrected, nor those of
    another that he corrected, nor the parts of either wait for him."""
    contract_id = firm.contracts["T"]
    theirs = enter(firm, "2", date(2024, 3, 5))
    with own_step(firm.engine, firm.id, "both roles", Origin()) as tx:
        roles = (Role.project_manager, Role.coordinator)
        both = add_person(tx, name="Both", email=f"both@{firm.id}.example", password_hash="-", roles=roles)
    firm.do(
        Role.controller,
        ReassignProjectManager(contract_id=contract_id, project_manager_id=both, reason="Coordinates too"),
    )
    firm.people = {**firm.people, Role.project_manager: both}
    own = enter(firm, "8", date(2024, 3, 4), by=Role.project_manager)
    for entry, by in ((own, Role.coordinator), (theirs, Role.project_manager)):
        said = TypedTime(item_no="2", person="Sample Partner", work_date=date(2024, 3, 7), seconds=HOUR)
        firm.do(by, CorrectTime(contract_id=contract_id, entry_id=entry, entry=said, reason="mistyped"))
    halves = (TimePart(seconds=HOUR // 2), TimePart(seconds=HOUR // 2))
    split = SplitTime(contract_id=contract_id, entry_id=own, parts=halves, reason="Two tasks")
    parts = firm.do(Role.coordinator, split).result["parts"]
    assert isinstance(parts, list)
    for entry in (theirs, UUID(parts[0])):
        decide = ApproveTime(contract_id=contract_id, entries=firm.seen(entry))
        refused = firm.give(Role.project_manager, decide)
        assert refused.code == "not_allowed"
        assert "You entered or corrected some of this time" in refused.sentence
    with reading(firm.engine, firm.id) as connection:
        rows = time_grid.rows(connection, firm.id, [contract_id], Wanted())
        assert time_grid.waiting_for(connection, firm.id, both) == (0, 0)
    assert [row.id for row in rows if row.may_be_approved_by(both)] == []
    assert {row.entered_by for row in rows if row.id == theirs} == {"Small Coordinator"}
    removed = CorrectTime(contract_id=contract_id, entry_id=theirs, entry=None, reason="Twice")
    firm.do(Role.coordinator, removed)


def test_rejected_hours_are_in_no_total_and_nothing_to_look_at(firm: SmallFirm) -> None:
    contract_id = firm.contracts["T"]
    enter(firm, "6", date(2024, 3, 4))
    unrated = enter(firm, "8", date(2024, 2, 16))  # before the first rate
    rejected = enter(firm, "2", date(2024, 3, 5))
    reject = RejectTime(contract_id=contract_id, entries=(unrated, rejected), reason="Another client's")
    with reading(firm.engine, firm.id) as connection:
        before = time_grid.weeks(connection, firm.id, [contract_id])
        rows = time_grid.rows(connection, firm.id, [contract_id], Wanted())
    assert [week.seconds for week in before] == [8 * HOUR, 8 * HOUR]
    assert sum(week.warnings for week in grid_of(rows, None).weeks) == 1
    firm.do(Role.project_manager, reject)
    with reading(firm.engine, firm.id) as connection:
        after = time_grid.weeks(connection, firm.id, [contract_id])
        rows = time_grid.rows(connection, firm.id, [contract_id], Wanted())
    assert [week.seconds for week in after] == [0, 6 * HOUR]
    shown = grid_of(rows, None)
    assert (shown.seconds, shown.days[:2]) == (6 * HOUR, (6 * HOUR, 0))
    assert sum(week.warnings for week in shown.weeks) == 0


def test_a_line_billed_by_time_takes_no_typed_amount(firm: SmallFirm) -> None:
    approve(firm, enter(firm, "2", date(2024, 3, 4)))
    invoice_id = prepare(firm, MARCH)
    line_id = figures(firm, invoice_id).lines[0].line_id
    typed = Entry(line_id=line_id, this_period=Decimal("5.00"))
    refused = firm.give(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(typed,)))
    assert (refused.done, refused.code) == (False, "billed_by_time")


SHEET = (
    '"User","Email","Client","Project","Task","Description","Billable","Start date","Start time","End date",'
    '"End time","Duration","Tags","Amount (USD)"\n'
    '"Sample Engineer","sample@example.com","Sample Client","Studies","Task","Late work","Yes","2024-04-03",'
    '"10:00:00","2024-04-03","11:00:00","01:00:00","",""\n'
)


def test_work_is_complete_only_without_a_draft_and_the_contract_closes_only_without_unbilled_time(
    firm: SmallFirm,
) -> None:
    contract_id = firm.contracts["T"]
    complete = CompleteWork(contract_id=contract_id, reason="All studies delivered.")
    approve(firm, enter(firm, "2", date(2024, 3, 4)))
    first = prepare(firm, MARCH)
    in_hand = firm.give(Role.project_manager, complete)
    assert (in_hand.done, in_hand.code) == (False, "application_in_hand")
    assert in_hand.sentence.endswith(": issue or withdraw it first.")
    issue(firm, first)
    late = enter(firm, "1", date(2024, 4, 2))
    approve(firm, late)
    assert firm.give(Role.project_manager, complete).code == "time_unbilled"
    write = WriteTime(contract_id=contract_id, entry_id=late, seconds=0, reason="A gift.")
    firm.do(Role.project_manager, write)
    firm.do(Role.project_manager, complete)

    typed = TypedTime(item_no="1", person="Sample Engineer", work_date=date(2024, 4, 3), seconds=HOUR)
    entered = firm.give(Role.coordinator, EnterTime(contract_id=contract_id, entries=(typed,)))
    assert (entered.done, entered.code) == (False, "work_completed")
    assert "enter this time on the contract" in entered.sentence
    assert post(firm, "timesheet", "T", SHEET).code == "work_completed"

    firm.do(Role.coordinator, write.model_copy(update={"seconds": None, "reason": "No gift."}))
    approve(firm, late)
    pay = ReceivePayment(
        client_id=firm.client_id,
        amount=Decimal("200.00"),
        currency="USD",
        received_on=date(2024, 6, 3),
        reference="wire",
    )
    firm.do(Role.coordinator, pay)
    assert (state(firm, first), contract_state(firm)) == ("paid", "active")
    issue(firm, prepare(firm, APRIL))
    last = pay.model_copy(update={"amount": Decimal("120.00"), "reference": "wire 2"})
    firm.do(Role.coordinator, last)
    assert contract_state(firm) == "closed"


def contract_state(firm: SmallFirm) -> str:
    with reading(firm.engine, firm.id) as connection:
        row = contracts.find(connection, firm.id, firm.contracts["T"])
        assert row is not None
        return str(row["state"])


def test_a_draft_whose_period_ends_earlier_lets_go_of_later_time(firm: SmallFirm) -> None:
    approve(firm, enter(firm, "2", date(2024, 3, 29)), enter(firm, "1", date(2024, 4, 2)))
    invoice_id = prepare(firm, APRIL)
    assert figures(firm, invoice_id).line8 == Decimal("320.00")
    nothing_typed = Entry(line_id=figures(firm, invoice_id).lines[0].line_id)
    edited = firm.do(
        Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(nothing_typed,), period_to=MARCH)
    )
    assert edited.result["line8"] == "200.00"
    with reading(firm.engine, firm.id) as connection:
        now = invoices.current_snapshot(connection, firm.id, invoice_id)
        assert len(claimed_time.offered(connection, firm.id, firm.contracts["T"], APRIL)) == 1
    assert (content_hash(now), draft(now).line8) == (edited.result["content_hash"], Decimal("200.00"))


def test_no_change_order_brings_a_limit_below_what_is_billed(firm: SmallFirm) -> None:
    approve(firm, enter(firm, "8", date(2024, 3, 4)))
    issue(firm, prepare(firm, MARCH))
    outcomes = []
    for number, amount in (("A-1", "-200.01"), ("A-2", "-200.00")):
        proposed = ProposeChangeOrder(
            contract_id=firm.contracts["T"],
            number=number,
            title="Less study",
            amount=Decimal(amount),
            raises="1",
        )
        firm.do(Role.coordinator, proposed)
        signed = ExecuteChangeOrder(
            contract_id=firm.contracts["T"], number=number, executed_on=date(2024, 4, 15)
        )
        outcomes.append(firm.give(Role.controller, signed))
    below, at = outcomes
    assert (below.done, below.code, at.done) == (False, "limit_below_billed", True)
    assert "800.00" in below.sentence
    assert "799.99" in below.sentence


def test_only_a_draft_claims_time_or_lets_it_go(firm: SmallFirm) -> None:
    entries = [enter(firm, "2", date(2024, 3, day)) for day in (4, 5)]
    assert approve(firm, *entries).done
    invoice_id = prepare(firm, date(2024, 3, 31))
    issue(firm, invoice_id)
    later = enter(firm, "1", date(2024, 4, 2))
    for statement in (
        "DELETE FROM claim WHERE invoice_id = :invoice",
        "UPDATE claim SET time_entry_id = :entry WHERE invoice_id = :invoice",
        "INSERT INTO claim (firm_id, invoice_id, time_entry_id) VALUES (:firm, :invoice, :entry)",
    ):
        with (
            firm_transaction(firm.engine, firm.id) as connection,
            pytest.raises(DBAPIError, match=r"fixed|never changed|permission denied"),
        ):
            connection.execute(text(statement), {"firm": firm.id, "invoice": invoice_id, "entry": later})
    with reading(firm.engine, firm.id) as connection:
        kept = connection.execute(text("SELECT count(*) FROM claim")).scalar_one()
    assert kept == len(entries)
