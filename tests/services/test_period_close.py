"""A month is closed in two steps; nothing is dated into it then (docs/SPEC-period-close.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.closing.accrual import Accrued, differences
from contracts_app.domain.closing.checklist import Accepted, Item
from contracts_app.domain.closing.periods import posting_date
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.closing_commands import (
    ClosePeriod,
    ReopenPeriod,
    ReviewAccrual,
    SoftClosePeriod,
)
from contracts_app.domain.commands.cost_commands import RecordCosts, TypedCost
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.expense_commands import EnterExpenses, TypedExpense
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import total
from contracts_app.domain.roles import Role
from contracts_app.services import accrual_reviews, audit_export, book_checks, closed_periods
from contracts_app.services.accruals import accrual
from contracts_app.services.audit_reports import REPORTS, running
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store import closing, expenses
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, own_step, reading
from contracts_app.store.views import closing_page, job_cost_page, kept_accruals, late_entries, time_grid
from contracts_app.store.views.done_since import done_since
from contracts_app.store.views.history import history
from tests.domain.worked_tables import Row, cases
from tests.services.small_firm import PASSWORD, SmallFirm
from tests.services.small_taxed_contract import administered
from tests.services.small_time_contract import work

COORDINATOR, MANAGER, CONTROLLER = Role.coordinator, Role.project_manager, Role.controller
APRIL, LAST_OF_APRIL, MARCH = date(2024, 4, 1), date(2024, 4, 30), date(2024, 3, 31)
WHY = "As we agreed."
PAGE = "SPEC-period-close.md"


@pytest.fixture(scope="module")
def small(settings: Settings, lived: SmallFirm) -> Iterator[SmallFirm]:
    """The firm that lived, on 6 May 2024."""
    firm = replace(lived, engine=open_engine(settings.database_url, pool_size=3), settings=settings)
    yield firm
    firm.engine.dispose()


def paid(small: SmallFirm, role: Role, day: date, reference: str) -> Outcome:
    body = ReceivePayment(
        client_id=small.client_id, amount=Decimal(100), currency="USD", received_on=day, reference=reference
    )
    return small.give(role, body)


def left(small: SmallFirm) -> dict[Item, int]:
    with reading(small.engine, small.id) as connection:
        return {
            item: number
            for item, number in accrual_reviews.left(connection, small.id, APRIL, "soft_closed").items()
            if number
        }


def reviewed(small: SmallFirm, role: Role, row: Accrued) -> Outcome:
    body = ReviewAccrual(month="2024-04", contract_id=row.contract_id, figures=row.figures, remark="Seen")
    return administered(small, role, body)


def each_manager_reviews_his_own(small: SmallFirm) -> None:
    """Nobody else does, and a figure that changes asks for another word."""
    with reading(small.engine, small.id) as connection:
        rows = {row.number: row for row in accrual(connection, small.id, LAST_OF_APRIL).rows}
    assert left(small)[Item.reviews] == len(rows)
    with own_step(small.engine, small.id, "another manager", Origin()) as tx:
        other = add_person(
            tx,
            name="Other",
            email="other@x.example",
            password_hash=hash_password(small.settings, PASSWORD),
            roles=(MANAGER,),
        )
    stranger = replace(small, people={**small.people, MANAGER: other})
    attacks = [reviewed(stranger, MANAGER, rows["T"])]
    attacks += [reviewed(small, role, rows["T"]) for role in (CONTROLLER, COORDINATOR, Role.auditor)]
    assert [one.status for one in attacks] == [403] * 4
    for row in rows.values():
        assert reviewed(small, MANAGER, row).done
    assert Item.reviews not in left(small)
    work(small, "T", ("1", date(2024, 4, 29), 1))
    assert left(small)[Item.reviews] == 1
    assert reviewed(small, MANAGER, rows["T"]).code == "figures_changed"


@cases(PAGE, "What is accrued")
def test_what_is_accrued(small: SmallFirm, row: Row) -> None:
    """The contract that `small_time_contract` lives, and those whose applications it bills."""
    day, number, *expected = row.values()
    with reading(small.engine, small.id) as connection:
        found = {one.number: one for one in accrual(connection, small.id, date.fromisoformat(day)).rows}
    one = found[number]
    assert [one.time, one.milestones, one.progress, one.unbilled, one.kept_back, one.retainage_held] == [
        Decimal(amount) for amount in expected[:6]
    ]


def test_a_month_from_open_to_closed_and_back(small: SmallFirm) -> None:
    begin = SoftClosePeriod(month="2024-04")
    early = administered(small, COORDINATOR, SoftClosePeriod(month="2024-05"))
    assert (early.code, "from 2024-06-01 on" in early.sentence) == ("period_not_ended", True)
    assert administered(small, MANAGER, begin).status == 403
    assert administered(small, CONTROLLER, ClosePeriod(month="2024-04")).code == "period_not_begun"
    assert administered(small, CONTROLLER, ReopenPeriod(month="2024-04", reason=WHY)).status == 409
    begun = administered(small, COORDINATOR, begin)
    assert begun.done, begun.sentence
    assert begun.result["left"] == [
        "1 draft that nobody approved yet",
        "1 check of the books missing or not holding",
    ]
    assert administered(small, COORDINATOR, begin).code == "not_in_this_state"

    # Only a controller dates anything into it.
    refused = paid(small, COORDINATOR, LAST_OF_APRIL, "R-1")
    assert (refused.status, "a controller may" in refused.sentence) == (403, True)
    assert paid(small, CONTROLLER, LAST_OF_APRIL, "R-2").done

    each_manager_reviews_his_own(small)
    lacking = administered(small, CONTROLLER, ClosePeriod(month="2024-04"))
    assert (lacking.code, "1 draft that nobody approved yet" in lacking.sentence) == (
        "period_not_ready",
        True,
    )
    assert administered(small, COORDINATOR, ClosePeriod(month="2024-04")).status == 403
    accepted = tuple(Accepted(item=item, number=number, reason=WHY) for item, number in left(small).items())
    closed = administered(small, CONTROLLER, ClosePeriod(month="2024-04", accepted=accepted))
    assert closed.done, closed.sentence
    with reading(small.engine, small.id) as connection:
        (row, *_) = accrual(connection, small.id, LAST_OF_APRIL).rows
    assert reviewed(small, MANAGER, row).code == "period_not_being_closed"

    late = paid(small, CONTROLLER, LAST_OF_APRIL, "R-3")
    assert late.code == "period_closed"
    assert "A controller may reopen April 2024, with a reason; otherwise take 2024-05-01 or later." in (
        late.sentence
    )
    assert "closed for good" in paid(small, CONTROLLER, MARCH, "R-4").sentence
    assert administered(small, CONTROLLER, SoftClosePeriod(month="2024-03")).code == "months_in_their_order"
    assert small.checked().ok


def test_late_entries_are_posted_to_the_first_open_month(small: SmallFirm) -> None:
    """As the rule says from when they were entered; the accrual of the closed month stays as it is."""
    with reading(small.engine, small.id) as connection:
        before = accrual(connection, small.id, LAST_OF_APRIL)
    work(small, "T", ("2", LAST_OF_APRIL, 2), ("2", date(2024, 3, 29), 1), ("2", date(2024, 5, 2), 1))
    with reading(small.engine, small.id) as connection:
        found = late_entries.late_entries(connection, small.id)
        months = closing.periods(connection, small.id)
        assert accrual(connection, small.id, LAST_OF_APRIL) == before
        may = accrual(connection, small.id, date(2024, 5, 31))
        assert late_entries.posted_after(connection, small.id, LAST_OF_APRIL) == 2
        shown = time_grid.rows(connection, small.id, [small.contracts["T"]], time_grid.Wanted())
    assert [(one.kind, one.day, one.seconds) for one in found] == [
        ("time", date(2024, 3, 29), 3600),
        ("time", LAST_OF_APRIL, 7200),
    ]
    for one in found:
        assert one.posted_to == posting_date(one.day, one.entered_at, months) == date(2024, 5, 1)
    assert [row.posted_to for row in shown if row.posted_to] == [date(2024, 5, 1)] * 2
    (row,) = [row for row in may.rows if row.number == "T"]
    # 1 h of 29 April, in before the month was closed; late 2 h at 120 and 1 h at 100; 1 h of May.
    assert row.time == Decimal(120 + 240 + 100 + 120)


PAID = """
INSERT INTO payment SELECT firm_id, gen_random_uuid(), client_id, legal_entity_id, amount, currency, '{day}',
    'forged', recorded_by, at, unapplied, import_id FROM payment LIMIT 1
"""
SETTLED = """
INSERT INTO receivable_entry (firm_id, id, receivable_id, cause, amount, posted_on)
    SELECT firm_id, gen_random_uuid(), id, 'withheld', -1, '{day}' FROM receivable LIMIT 1
"""
RETAINED = """
INSERT INTO retainage_entry (firm_id, id, contract_id, sov_line_id, cause, withheld, released, posted_on)
    SELECT firm_id, gen_random_uuid(), contract_id, id, 'opening', 1, 0, '{day}' FROM sov_line LIMIT 1
"""


def test_late_costs_and_expenses_are_posted_later_too(small: SmallFirm) -> None:
    contract_id = small.contracts["B"]
    cost = TypedCost(
        item_no="1",
        category=CostCategory.material,
        incurred_on=LAST_OF_APRIL,
        description="Late steel",
        gross=Decimal("70.00"),
    )
    small.do(COORDINATOR, RecordCosts(contract_id=contract_id, costs=(cost,)))
    spent = TypedExpense(
        on=LAST_OF_APRIL, category="meals", amount=Decimal("20.00"), item_no="1", person="Sample Engineer"
    )
    small.do(COORDINATOR, EnterExpenses(contract_id=contract_id, entries=(spent,)))
    with reading(small.engine, small.id) as connection:
        found = late_entries.late_entries(connection, small.id, date(2024, 5, 1))
        (shown,) = job_cost_page.costs(connection, small.id, contract_id)
        (entered,) = expenses.of_contract(connection, small.id, contract_id)
    assert [(one.kind, one.amount) for one in found if one.number == "B"] == [
        ("cost", Decimal("70.00")),
        ("expense", Decimal("20.00")),
    ]
    assert shown.posted_to == entered["posted_to"] == date(2024, 5, 1)


def past_the_command(small: SmallFirm, role: Role, reference: str) -> Outcome:
    """A payment that the command lets through: its month was closed after it had looked, say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_periods, "require_open", lambda *_, **__: None)
        return paid(small, role, LAST_OF_APRIL, reference)


def test_who_gets_past_the_command_hears_a_sentence_from_the_database(small: SmallFirm) -> None:
    refused = past_the_command(small, CONTROLLER, "R-6")
    assert (refused.code, refused.status) == ("period_closed", 409)
    assert "What this enters on 2024-04-30 falls into April 2024, which is closed." in refused.sentence


@pytest.mark.parametrize("day", [LAST_OF_APRIL, MARCH])
@pytest.mark.parametrize("attack", [PAID, SETTLED, RETAINED])
def test_the_database_lets_nothing_into_a_closed_month(small: SmallFirm, attack: str, day: date) -> None:
    with (
        pytest.raises(DBAPIError, match="falls into a month that is closed"),
        firm_transaction(small.engine, small.id) as connection,
    ):
        connection.execute(text(attack.format(day=day)))


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        ("UPDATE accounting_period SET month = '2024-05-01'", "stays which one it is"),
        ("UPDATE accounting_period SET state = 'open', version = version + 1", "closed by its lock"),
        ("UPDATE period_lock SET accepted = '[]'", "stays as it was made"),
        (
            "UPDATE period_lock SET unlocked_at = clock_timestamp(), unlocked_by = locked_by, because = 'x'",
            "closed by its lock",
        ),
        ("DELETE FROM period_lock", "permission denied"),
        ("UPDATE accrual SET sha256 = contents", "permission denied"),
    ],
)
def test_a_month_stays_as_it_was_closed(small: SmallFirm, attack: str, says: str) -> None:
    def attacked() -> None:
        with own_step(small.engine, small.id, f"attack {attack}", Origin()) as tx:
            tx.connection.execute(text(attack))
            tx.record("note", small.id, 1, "attack", None, None, {}, {})
            tx.connection.execute(text("SET CONSTRAINTS period_locked IMMEDIATE"))

    with pytest.raises(DBAPIError, match=says):
        attacked()


def test_the_accrual_is_kept_at_each_step_and_says_the_same_later(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        closed, begun = kept_accruals.of_month(connection, small.id, APRIL)
        now = accrual(connection, small.id, LAST_OF_APRIL)
    assert (closed.step, begun.step) == ("close", "soft_close")
    assert closed.sha256 == sha256(closed.contents.encode()).hexdigest() == now.sha256
    assert differences(closed.accrual, now) == []
    changed = [(one.title, one.kept, one.now) for one in differences(begun.accrual, now)]
    assert changed == [("Time", "1,920.00 USD", "2,040.00 USD")]
    about = small.contracts["T"]
    with reading(small.engine, small.id) as connection:
        told = done_since(connection, small.id, {about}, begun.taken_at)[about]
    assert [one.action for one in told] == ["approve_time", "enter_time"]
    assert now.totals["USD"][4] == total(row.unbilled for row in now.rows) > 0


def test_only_a_controller_reopens_and_all_of_it_stays_to_be_read(small: SmallFirm) -> None:
    again = ReopenPeriod(month="2024-04", reason="The bank's statement came late.")
    assert administered(small, COORDINATOR, again).status == 403
    assert administered(small, CONTROLLER, again).done
    assert paid(small, COORDINATOR, LAST_OF_APRIL, "R-5").done
    small.settle()
    assert administered(small, COORDINATOR, SoftClosePeriod(month="2024-04")).done
    refused = past_the_command(small, COORDINATOR, "R-7")
    assert (refused.status, "being closed: a controller may" in refused.sentence) == (403, True)
    assert past_the_command(small, CONTROLLER, "R-8").done
    assert administered(small, CONTROLLER, again).done, "one that is being closed, too"
    assert administered(small, CONTROLLER, again).code == "not_in_this_state"
    with reading(small.engine, small.id) as connection:
        (shown,) = closing_page.every(connection, small.id)
        (known,) = closing.periods(connection, small.id)
        row = closing.find(connection, small.id, APRIL)
        assert row is not None
        told = history(connection, small.id, [row["id"]])
    (lock,) = shown.locks
    key = audit_export.public_key_in(small.settings.audit_keys)
    signed = audit_export.checkpoints_in(small.settings.audit_checkpoints, small.id, key)
    assert (lock.checkpoint_seq, lock.checkpoint_hash) in [(one.seq, one.hash.hex()) for one in signed]
    assert (lock.because, shown.state, shown.month) == (again.reason, "open", APRIL)
    assert {one["item"] for one in lock.accepted} >= {"drafts", "checks"}
    assert known.locks[0].until is not None
    assert [one.action for one in told if one.done] == [
        "reopen_period",
        "soft_close_period",
        "reopen_period",
        "name_checkpoint",
        "close_period",
        "soft_close_period",
    ]
    assert small.checked().ok


def test_where_nothing_can_be_signed_the_next_checkpoint_is_named(small: SmallFirm) -> None:
    assert administered(small, COORDINATOR, SoftClosePeriod(month="2024-04")).done
    accepted = tuple(Accepted(item=item, number=number, reason=WHY) for item, number in left(small).items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_export, "key_in", lambda folder: folder.joinpath("none").read_bytes())
        closed = administered(small, CONTROLLER, ClosePeriod(month="2024-04", accepted=accepted))
    assert closed.done, closed.sentence
    with reading(small.engine, small.id) as connection:
        (waits,) = closing.without_checkpoint(connection, small.id)
    book_checks.sign_checkpoint(small.engine, small.settings, small.id)
    with reading(small.engine, small.id) as connection:
        assert not closing.without_checkpoint(connection, small.id)
        lock = closing_page.every(connection, small.id)[0].locks[0]
    assert lock.checkpoint_seq is not None
    assert lock.checkpoint_seq >= waits.seq


def test_the_auditor_reads_who_closed_what_and_what_came_in_late(small: SmallFirm) -> None:
    april = {"from": "2024-04-01", "to": "2024-04-30"}
    found = running.run(small.engine, small.id, REPORTS[12], april, None)
    parts = {
        one.part.name: [
            dict(zip((column.name for column in one.part.columns), row, strict=True)) for row in one.rows
        ]
        for one in found.tables
    }
    months = [(row["month"], row["what"]) for row in parts["months"]]
    closing_again = ["soft close period", "reopen period", "soft close period", "close period"]
    told = ["soft close period", "close period", "reopen period", *closing_again]
    assert months == [("2024-04", what) for what in told]
    assert all(row["signed_at"] for row in parts["months"] if row["what"] == "close period")
    assert all(len(row["accrual"]) == 64 for row in parts["months"] if "close" in row["what"])
    assert [row["kind"] for row in parts["late_work"]] == ["time", "cost", "expense"]
    assert {(row["day"], row["posted_to"]) for row in parts["late_work"]} == {("2024-04-30", "2024-05")}
    assert {row["who"] for row in parts["refused"]} == {"Small Coordinator", "Small Controller"}
    assert len(parts["refused"]) == 5
