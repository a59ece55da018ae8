"""All commands of a contract, on a real database: in the order of a life, and in any order at all.

After each: a refusal has changed nothing; the same key again gets the same answer and changes nothing; what
somebody approved once is not approved again under another key; every invariant holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from contracts_app.domain.commands.contract_commands import (
    ROUTES,
    ApproveDraft,
    ApproveMilestone,
    Body,
    Command,
    Outcome,
    Subject,
    deterministic_id,
)
from contracts_app.domain.commands.cost_commands import ApproveCosts
from contracts_app.domain.commands.purchasing_commands import ApprovePurchase
from contracts_app.domain.commands.time_commands import ApproveTime
from contracts_app.domain.roles import Role
from contracts_app.services.invariants import check_in
from contracts_app.services.performing import perform
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store.columns import metadata
from contracts_app.store.transaction import SAME_KEY_OTHER_BODY, Origin, open_engine, own_step, reading
from tests.services import (
    asked_of_a_contract,
    asked_of_changes,
    asked_of_expenses,
    asked_of_purchases,
    small_time_contract,
)
from tests.services.contract_facts import ASKED, Facts, NothingToName, People, Pick, Thing, facts, first
from tests.services.small_firm import STARTS, SmallFirm, found

THE_CONTRACT = "the contract"
ASKING = (asked_of_a_contract, asked_of_changes, asked_of_expenses, asked_of_purchases)
HERE = " or ".join(one.__name__ for one in ASKING)
OF_A_CONTRACT = (Subject.contract, Subject.invoice, Subject.follow_up)
OF_NO_CONTRACT = {"retry_parked", "abandon_parked"}
"""Of any process that the system could not go on with: tests/workflows/test_parking.py."""
BY_NOBODY = {"close_contract"}
"""Done by the system alone, once nothing is left to do."""
OUTSIDE_THIS_LIFE = {
    *("settle_withheld", "enter_per_diem"),  # where and when a law has its table
    *("complete_work", "return_deposit", "prepare_release"),  # at the end, once nothing is left to bill
}
"""Asked in any order, but not done in this life; tests of their own do it."""
NOT_ASKED_YET = {
    "record_withhold",
    "concede_withhold",
    "return_withhold",
    "record_security",
    "give_waiver",
}
"""Commands that came in last; each goes from here into one of the modules above."""
WHAT_WAS_ASKED = {"effect", "audit_entry", "audit_head"}
"""Tables that keep who asked for what; they grow with a refusal, too."""
ANSWERED_ONCE = (ApproveTime, ApproveCosts, ApprovePurchase, ApproveMilestone, ApproveDraft)
STATE = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}', count(*), max(xmin::text::bigint) FROM {table.name}"
        f" WHERE {'id' if table.name == 'firm' else 'firm_id'} = :firm"
        for table in metadata.sorted_tables
        if table.name == "firm" or "firm_id" in table.c
    )
)
"""How many rows each table has, and which transaction wrote the last of them: a row that is added, changed or
deleted changes one of the two."""
State = Mapping[str, tuple[int, int | None]]


class Given(NamedTuple):
    """A command that was given, and its answer."""

    by: UUID
    key: str
    body: Body
    outcome: Outcome


class Asking:
    """One contract of a new firm, and people who ask anything of it."""

    def __init__(self, firm_settings: Settings) -> None:
        self.small: SmallFirm = found(firm_settings, f"Asked {uuid4()}")
        self._owner = open_engine(firm_settings.owner_database_url, pool_size=1)  # who reads every table
        with own_step(self.small.engine, self.small.id, "second", Origin()) as tx:
            second = add_person(
                tx,
                name="Second Project Manager",
                email=f"second@{self.small.id}.example",
                password_hash="signs in nowhere",
                roles=(Role.project_manager,),
            )
        managers = (self.small.people[Role.project_manager], second)
        other, _ = small_time_contract.open_time_contract(self.small, "OTHER")
        self.people = People(self.small.client_id, self.small.entity_id, managers, other)
        opened = f"{self.small.people[Role.coordinator]}:{THE_CONTRACT}"
        self.contract_id = deterministic_id(self.small.id, "contract", opened)
        self.given: list[Given] = []
        self.today = STARTS
        self.keys = 0

    def close(self) -> None:
        """Let go of the database."""
        self._owner.dispose()
        self.small.engine.dispose()

    def now(self) -> Facts:
        """How the contract stands."""
        with reading(self.small.engine, self.small.id) as connection:
            return facts(
                connection, self.small.id, self.people, self.contract_id, len(self.given), self.today
            )

    def holders(self, command: str, now: Facts) -> list[UUID]:
        """Who may give the command, the contract's own project manager first."""
        agreed = now.agreed
        own = agreed["project_manager_id"] if agreed else self.people.project_managers[0]
        managers = sorted(self.people.project_managers, key=lambda one: one != own)
        roles = ROUTES[command].roles
        return [
            person
            for role in roles
            for person in (managers if role is Role.project_manager else [self.small.people[role]])
        ]

    def ask(
        self, command: str, pick: Pick = first, by: UUID | None = None, *, check: bool = True
    ) -> Given | None:
        """Give the command with a body that fits, twice under one key; None where nothing fits."""
        now = self.now()
        try:
            body = ASKED[command](now, pick)
        except NothingToName:
            return None
        by = by or (self.holders(command, now) or [self.small.people[Role.coordinator]])[0]
        given = self.give(by, self.key(command, now), body)
        self.again(given)
        self.given.append(given)
        if given.outcome.done:
            self.small.settle()
            if isinstance(body, ANSWERED_ONCE):
                self.stale(given)
            if check:
                self.check()  # what was refused has changed no row that an invariant reads but the trail
        return given

    def key(self, command: str, now: Facts) -> str:
        """A new key; the contract has the id that follows from the one it is opened under."""
        self.keys += 1
        return f"K-{self.keys}" if command != "open_contract" or now.agreed else THE_CONTRACT

    def give(self, by: UUID, key: str, body: Body) -> Given:
        """Give it; refused, it has changed nothing but the record of what was asked."""
        before = self._state()
        outcome = self._perform(by, key, body)
        if not outcome.done:
            assert outcome.sentence
            changed = {table for table, rows in self._state().items() if rows != before[table]}
            assert changed <= WHAT_WAS_ASKED, f"{body.command} was refused and changed {changed}"
        return Given(by, key, body, outcome)

    def again(self, given: Given) -> None:
        """The same under the same key: the same answer, and nothing at all is written."""
        before = self._state()
        assert self._perform(given.by, given.key, given.body) == given.outcome
        assert self._state() == before, f"{given.body.command} was done twice"

    def other_content(self, given: Given, body: Body) -> None:
        """Something else under a key that was used."""
        refused = self.give(given.by, given.key, body).outcome
        assert (refused.done, refused.code) == (False, SAME_KEY_OTHER_BODY)

    def stale(self, given: Given) -> None:
        """An approval given again under a new key names what is no longer so."""
        self.keys += 1
        refused = self.give(given.by, f"K-{self.keys}", given.body)
        assert not refused.outcome.done, f"{given.body.command} approved again what it had approved before"

    def do(self, command: str, pick: Pick) -> None:
        """Give the command by whoever may, unlooked at. It must be done."""
        now = self.now()
        body = ASKED[command](now, pick)
        for by in self.holders(command, now):
            key = self.key(command, now)
            outcome = self._perform(by, key, body)
            self.given.append(Given(by, key, body, outcome))
            if outcome.done:
                self.small.settle()
                return
        raise AssertionError(f"{command} was not done")

    def approvals(self) -> list[Given]:
        """What was approved so far."""
        return [one for one in self.given if one.outcome.done and isinstance(one.body, ANSWERED_ONCE)]

    def go_on(self, days: int) -> None:
        """The calendar moves."""
        self.today += timedelta(days=days)
        self.small.go_to(self.today)
        self.check()

    def check(self) -> None:
        """No invariant is broken."""
        with reading(self.small.engine, self.small.id) as connection:
            report = check_in(connection, self.small.id, online=True)
        assert not any(finding.violations for finding in report.findings), "\n".join(report.sentences())

    def _perform(self, by: UUID, key: str, body: Body) -> Outcome:
        command = Command(firm_id=self.small.id, by=by, key=key, signed_in="password", body=body)
        return perform(self.small.engine, command, Origin(update_id=command.update_id))

    def _state(self) -> State:
        with reading(self._owner, self.small.id) as connection:
            return {
                name: (rows, last) for name, rows, last in connection.execute(STATE, {"firm": self.small.id})
            }


@contextmanager
def asking(firm_settings: Settings) -> Iterator[Asking]:
    """People who ask anything of a contract of a new firm."""
    one = Asking(firm_settings)
    try:
        yield one
    finally:
        one.close()


def of_a_contract() -> set[str]:
    """Every command that a contract, its invoices or its client's account carries."""
    return {name for name, route in ROUTES.items() if route.subject in OF_A_CONTRACT} - OF_NO_CONTRACT


def test_every_command_has_a_body_that_is_asked_here() -> None:
    missing = of_a_contract() - ASKED.keys() - NOT_ASKED_YET
    assert not missing, f"say in {HERE} what may be asked by {missing}"
    assert ASKED.keys() <= of_a_contract() - NOT_ASKED_YET


def preferring(wanted: str) -> Pick:
    """What is wanted where it can be chosen, else the first."""

    def pick(of: Sequence[Thing], /) -> Thing:
        return next((one for one in of if one == wanted), of[0])

    return pick


LIFE = """
    open_contract set_terms set_schedule set_rate_card set_projects plan_milestone change_milestone
    remove_milestone plan_milestone return_contract activate_contract reassign_project_manager
    41-days plan_milestone receive_deposit estimate_cost record_costs approve_costs correct_cost
    send_back_costs propose_change_order execute_change_order propose_change_order
    reject_change_order note_change_order price_change_order submit_change_order void_change_order
    propose_revision approve_revision propose_revision reject_revision record_client_order
    amend_client_order close_client_order set_expense_policy enter_expenses correct_expense
    approve_expenses enter_expenses reject_expenses enter_mileage raise_rates enter_commitment
    approve_purchase change_commitment reject_purchase record_delivery enter_bill settle_hold
    approve_purchase enter_vendor_credit release_of_sub enter_ticket correct_ticket sign_ticket
    void_ticket enter_time correct_time move_time enter_time set_overtime approve_time
    decide_overtime split_time hold_time release_time write_time transfer_time enter_time
    reject_time achieve_milestone reject_milestone achieve_milestone approve_milestone
    prepare_application claim_time edit_draft share_pencil remark_on_pencil submit_draft
    reject_draft submit_draft approve_draft approve_draft issue_invoice certify_application:less
    accept_cut receive_payment:900.00 30-days prepare_application withdraw_draft prepare_application
    edit_draft submit_draft approve_draft issue_invoice revise_application edit_draft:100.00
    submit_draft approve_draft issue_invoice certify_application apply_cash receive_payment
"""
"""Commands of a job in their order, some with what they prefer to name, and days that pass in between."""
SETS_OUT_AFTER = ("plan_milestone", "activate_contract", "transfer_time", "approve_draft", "issue_invoice")
"""Where in that life the commands in any order begin."""
EXAMPLES = examples(
    max_examples=3,
    stateful_step_count=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # to shorten what fails would take longer than to read it
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def steps(until: int | None = None) -> Iterator[tuple[int, str, Pick]]:
    """Days that pass, or a command and how it chooses."""
    for step in LIFE.split()[:until]:
        command, _, wanted = step.partition(":")
        if command.endswith("-days"):
            yield int(command.removesuffix("-days")), "", first
        else:
            yield 0, command, preferring(wanted)


@pytest.mark.slow
def test_each_command_is_done_once_in_a_life_and_refused_to_whoever_may_not(settings: Settings) -> None:
    done: set[str] = set()
    with asking(settings) as one:
        for days, command, pick in steps():
            if days:
                one.go_on(days)
            else:
                done.add(lived(one, command, pick))
        one.check()
        assert done == of_a_contract() - BY_NOBODY - OUTSIDE_THIS_LIFE - NOT_ASKED_YET


def lived(one: Asking, command: str, pick: Pick) -> str:
    """Refused to somebody without the role, then done by one who may."""
    now = one.now()
    holders = one.holders(command, now)
    stranger = next(person for person in one.small.people.values() if person not in holders)
    refused = one.give(stranger, f"stranger {one.keys}", ASKED[command](now, pick)).outcome
    assert not refused.done, f"{command} is open to {stranger}"
    why = ""
    for holder in holders:
        given = one.ask(command, pick, by=holder, check=one.keys % 4 == 0)
        assert given is not None
        if given.outcome.done:
            if others := [known for known in one.given if known.body != given.body]:
                one.other_content(others[-1], given.body)
            return command
        why = given.outcome.sentence
    raise AssertionError(f"{command} was never done: {why}")


class AnyOrder(RuleBasedStateMachine):
    """Commands in any order, by anybody, with keys and versions of any age."""

    of: Settings

    def __init__(self) -> None:
        super().__init__()
        self.one = Asking(self.of)

    def teardown(self) -> None:
        self.one.close()

    @initialize(
        until=st.sampled_from([index for index, step in enumerate(LIFE.split()) if step in SETS_OUT_AFTER])
    )
    def has_lived(self, until: int) -> None:
        """The beginning of a life, so that every state is met."""
        for days, command, pick in steps(until + 1):
            if days:
                self.one.go_on(days)
            else:
                self.one.do(command, pick)

    @rule(data=st.data())
    def somebody_asks(self, data: st.DataObject) -> None:
        """Mostly what the tables of transitions allow, mostly by one who may."""
        now = self.one.now()
        likely = sorted((now.possible | {"receive_payment", "apply_cash"}) & ASKED.keys())
        anything = sorted(ASKED)
        command = data.draw(st.sampled_from(data.draw(st.sampled_from((likely, likely, likely, anything)))))
        everybody = [*self.one.small.people.values(), *self.one.people.project_managers]
        holders = self.one.holders(command, now) or everybody
        by = data.draw(st.sampled_from(data.draw(st.sampled_from((holders, holders, holders, everybody)))))
        self.one.ask(command, lambda of: data.draw(st.sampled_from(of)), by)

    @precondition(lambda self: self.one.given)
    @rule(data=st.data())
    def somebody_asks_again(self, data: st.DataObject) -> None:
        """An old command under its own key, however long ago."""
        self.one.again(data.draw(st.sampled_from(self.one.given)))

    @precondition(lambda self: len({given.body.command for given in self.one.given}) > 1)
    @rule(data=st.data())
    def a_used_key_comes_with_something_else(self, data: st.DataObject) -> None:
        """Never done, whatever it is."""
        given = data.draw(st.sampled_from(self.one.given))
        others = [known.body for known in self.one.given if known.body != given.body]
        self.one.other_content(given, data.draw(st.sampled_from(others)))

    @precondition(lambda self: self.one.approvals())
    @rule(data=st.data())
    def an_old_approval_comes_again(self, data: st.DataObject) -> None:
        """It named a version that is gone."""
        self.one.stale(data.draw(st.sampled_from(self.one.approvals())))

    @rule(days=st.sampled_from((1, 30)))
    def time_passes(self, days: int) -> None:
        self.one.go_on(days)


@pytest.mark.slow
def test_in_any_order_nothing_is_done_twice_and_no_invariant_breaks(settings: Settings) -> None:
    machine = type("OnThisDatabase", (AnyOrder,), {"of": settings})
    run_state_machine_as_test(machine, settings=EXAMPLES)
