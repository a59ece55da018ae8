"""All commands, on a real database: in the order of a contract's life, and in any order at all.

In the life each command of the product is refused to whoever may not give it, done once, given again under
its key (the same answer, and nothing is done twice) and given again under another key when it is stale
(refused, and nothing has changed). In any order answers are looked at like that, and every invariant holds.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.settings import Settings
from tests.conftest import CopyDatabase
from tests.services import (
    asked_of_a_contract,
    asked_of_changes,
    asked_of_expenses,
    asked_of_papers,
    asked_of_purchases,
    asked_of_the_firm,
    asked_of_what_is_kept,
)
from tests.services.asking import Asking, Given, Standing, at_the_beginning, names_what_was_seen
from tests.services.contract_facts import ASKED, Pick, Thing
from tests.services.four_eyes_attacks import Attacks
from tests.services.rare_steps import RARE

pytestmark = pytest.mark.slow
ASKING = (
    asked_of_a_contract,
    asked_of_changes,
    asked_of_expenses,
    asked_of_papers,
    asked_of_purchases,
    asked_of_the_firm,
    asked_of_what_is_kept,
)
HERE = " or ".join(one.__name__ for one in ASKING)
BY_NOBODY = {"close_contract"}
"""Done by the system alone, once nothing is left to do: by the end of the life it is."""


def preferring(wanted: str) -> Pick:
    """What is wanted where it can be chosen, else the first."""

    def pick(of: Sequence[Thing], /) -> Thing:
        return next((one for one in of if str(one) == wanted), of[0])

    return pick


LIFE = """
    open_contract set_terms set_schedule set_rate_card set_projects set_expense_policy plan_milestone
    require_paper file_paper withdraw_paper end_requirement
    change_milestone remove_milestone plan_milestone return_contract activate_contract
    reassign_project_manager set_projects
    41-days prepare_advance submit_draft approve_draft issue_invoice receive_payment:10.00
    plan_milestone receive_deposit estimate_cost record_costs approve_costs split_cost record_costs
    approve_costs hold_costs release_costs transfer_costs write_cost correct_cost send_back_costs
    propose_change_order execute_change_order propose_change_order reject_change_order
    note_change_order price_change_order submit_change_order void_change_order
    note_change_order price_change_order void_change_order
    propose_revision approve_revision propose_revision reject_revision record_client_order
    amend_client_order close_client_order set_expense_policy enter_expenses correct_expense
    approve_expenses enter_expenses reject_expenses enter_mileage raise_rates
    require_paper file_paper ask_exception decide_exception:False ask_exception decide_exception
    withdraw_paper end_requirement enter_commitment
    approve_purchase change_commitment reject_purchase record_delivery enter_bill settle_hold
    approve_purchase enter_vendor_credit release_of_sub enter_ticket correct_ticket sign_ticket
    void_ticket enter_time correct_time move_time enter_time set_overtime approve_time
    decide_overtime split_time hold_time release_time write_time transfer_time enter_time
    reject_time a-file-for-many distribute_import post_parts undo_parts
    achieve_milestone reject_milestone achieve_milestone approve_milestone
    prepare_application claim_time edit_draft share_pencil remark_on_pencil submit_draft
    reject_draft submit_draft approve_draft approve_draft issue_invoice certify_application:less
    accept_cut receive_payment:900.00 30-days prepare_application withdraw_draft prepare_application
    edit_draft submit_draft approve_draft issue_invoice revise_application edit_draft:100.00
    submit_draft approve_draft issue_invoice certify_application apply_cash receive_payment
    160-days record_security enter_per_diem approve_expenses approve_expenses approve_purchase
    achieve_milestone approve_milestone a-file mend_import decide_import post_import undo_import
    a-file withdraw_import start_billing_run move_calendar set_billing_group prepare_group
    their-approval issue_group
    prepare_application:True give_waiver submit_draft approve_draft
    approve_draft issue_invoice a-stop retry_parked a-stop abandon_parked certify_application
    record_withhold return_withhold record_withhold concede_withhold settle_withheld
    receive_payment:900.00 complete_work prepare_release submit_draft approve_draft issue_invoice
    certify_application receive_payment:900.00 receive_deposit return_deposit:100.00
"""
"""Commands of a job in their order, some with what they prefer to name; in between days that pass, a file
that comes in, a letter that cannot be delivered, drafts of other contracts that are approved."""
BESIDE = {
    "a-file": Asking.upload,
    "a-file-for-many": Asking.upload_for_many,
    "a-stop": Asking.park,
    "their-approval": Asking.approve_the_others,
}
LOOKED_AT_AFTER = 12
"""Commands of the life between two looks at all invariants: what breaks one is still broken then."""
SAID_AGAIN = {
    # They say how it is, and may say the same again.
    *("set_terms", "set_schedule", "set_rate_card", "set_projects", "set_expense_policy", "set_overtime"),
    *("change_milestone", "price_change_order", "amend_client_order", "correct_ticket", "correct_expense"),
    *("correct_time", "write_time", "transfer_time", "hold_time", "release_time", "reject_time"),
    *("claim_time", "edit_draft", "achieve_milestone", "return_contract", "estimate_cost"),
    # They add, and may add once more.
    *("enter_time", "enter_expenses", "enter_mileage", "enter_per_diem", "record_costs"),
    *("enter_bill", "release_of_sub", "remark_on_pencil", "record_withhold", "decide_import", "mend_import"),
    *("hold_costs", "release_costs", "transfer_costs", "write_cost", "correct_cost"),
    "move_calendar",  # to the day that it is
}
"""Commands that are done once more under another key, while all stands as it did. At the end of the life they
are stale as well."""
NOT_ATTACKED_HERE = {
    "a place taken for another": "tests/services/test_approval_policy.py",
    "time written up": "tests/services/test_bound_approvals.py",
    "a cost written up": "tests/services/test_costs_to_bill.py",
}
"""Duties that no step of the life comes to, and where they are attacked."""
SET_OUT_AFTER = {
    "in force": ("approve_purchase", 1),
    "worked": ("approve_milestone", 1),
    "approved": ("approve_draft", 3),
    "issued": ("issue_invoice", 2),
    "kept back": ("record_withhold", 2),
}
"""Where in that life the commands in any order begin: after a command was done so often."""
EXAMPLES = examples(
    max_examples=2,  # the first that is drawn is the simplest there is
    stateful_step_count=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # to shorten what fails would take longer than to read it
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Lived(NamedTuple):
    """What the life came to: the commands done, how the contract stood on the way and at the end, and who
    tried to decide alone."""

    done: set[str]
    on_the_way: dict[str, Standing]
    at_last: Standing
    attacks: Attacks


@pytest.fixture(scope="module")
def lived(settings: Settings, copy_database: CopyDatabase) -> Lived:
    """The life, every answer looked at, with copies of the database on the way."""
    with closing(at_the_beginning(settings)) as one:
        times: Counter[str] = Counter()
        attacks = Attacks()
        on_the_way: dict[str, Standing] = {}
        for number, step in enumerate(LIFE.split()):
            command, _, wanted = step.partition(":")
            if command in ROUTES:
                live(one, command, preferring(wanted), attacks)
                times[command] += 1
                for name, begins in SET_OUT_AFTER.items():
                    if begins == (command, times[command]):
                        one.settle()
                        on_the_way[name] = one.kept(copy_database)
            elif command.endswith("-days"):
                one.go_on(int(command.removesuffix("-days")))
            else:
                BESIDE[command](one)
            if number % LOOKED_AT_AFTER == 0:
                one.check()
        one.check()
        return Lived(set(times), on_the_way, one.kept(copy_database), attacks)


def live(one: Asking, command: str, pick: Pick, attacks: Attacks) -> None:
    """Refused to somebody without the role and to whoever prepared it, then done by one who may; a used key
    does nothing else, and what was done is stale."""
    now = one.now()
    holders = one.holders(command, now)
    body = ASKED[command](now, pick)
    stranger = next(person for person in one.small.people.values() if person not in holders)
    refused = one.give(stranger, f"stranger {one.keys}", body).outcome
    assert not refused.done, f"{command} is open to {stranger}"
    attacks.before(one, body, holders)
    why = ""
    for holder in holders:
        given = one.twice(holder, one.key(command, now), body)
        if given.outcome.done:
            if others := [known for known in one.given if known.body != given.body]:
                one.other_content(others[-1], given.body)
            if command not in SAID_AGAIN and not names_what_was_seen(body):
                one.stale(given)
            return
        why = given.outcome.sentence
    raise AssertionError(f"{command} was never done: {why}")


def test_every_command_has_a_body_that_is_asked_here() -> None:
    assert ASKED.keys() == ROUTES.keys(), f"say in {HERE} what may be asked"


def test_each_command_is_done_in_a_life_and_refused_to_whoever_may_not_and_when_it_is_stale(
    lived: Lived,
) -> None:
    missing = ROUTES.keys() - BY_NOBODY - lived.done
    assert not missing, f"{missing} are not done in the life of tests/services/test_commands_of_a_contract.py"


def test_nobody_decides_alone_on_what_he_prepared(lived: Lived) -> None:
    """Every duty whose decision is a command of the life was attacked; each attempt refused, and logged."""
    attacked = {record for record, way in lived.attacks.tried if way == "with every role"}
    duties = {duty.record for duty in MATRIX if set(duty.decides) & ROUTES.keys()}
    assert duties - attacked == NOT_ATTACKED_HERE.keys()
    assert lived.attacks.tried.total() > 3 * len(attacked)
    sys.stdout.write(f"{lived.attacks.tried.total()} attempts on {len(attacked)} duties, none succeeded\n")


def test_at_the_end_the_contract_is_closed_and_old_keys_and_old_commands_do_nothing(lived: Lived) -> None:
    """Long after: each key hears its first answer, and each command under a new key is stale."""
    with closing(Asking(lived.at_last)) as one:
        agreed = one.now().agreed
        assert agreed is not None
        assert agreed["state"] == "closed"
        one.again(*one.given)
        for given in one.done():
            one.stale(given)
        one.check()


@pytest.mark.parametrize(("begins", "steps"), RARE)
def test_what_this_life_does_not_come_to(
    begins: str, steps: Callable[[Asking], None], lived: Lived, copy_database: CopyDatabase
) -> None:
    """Steps that the tables of transitions have, from where the life may turn to them."""
    with closing(Asking(Asking(lived.on_the_way[begins]).kept(copy_database))) as one:
        steps(one)
        one.check()


class AnyOrder(RuleBasedStateMachine):
    """Commands in any order, by anybody, with keys and versions of any age."""

    begins: Standing
    copy_database: CopyDatabase

    def __init__(self) -> None:
        super().__init__()
        self.one = Asking(Asking(self.begins).kept(self.copy_database))

    def teardown(self) -> None:
        self.one.close()

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
        given = self.one.ask(command, lambda of: data.draw(st.sampled_from(of)), by, now)
        if given is not None and given.outcome.done:
            self.one.check()  # what was refused has changed no row that an invariant reads but the trail

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

    @precondition(lambda self: self._seen())
    @rule(data=st.data())
    def an_old_approval_comes_again(self, data: st.DataObject) -> None:
        """It named a version that is gone."""
        self.one.stale(data.draw(st.sampled_from(self._seen())))

    def _seen(self) -> list[Given]:
        return [given for given in self.one.done() if names_what_was_seen(given.body)]

    @rule(days=st.sampled_from((1, 30)))
    def time_passes(self, days: int) -> None:
        self.one.go_on(days)
        self.one.check()


@pytest.mark.parametrize("begins", list(SET_OUT_AFTER))
def test_in_any_order_nothing_is_done_twice_and_no_invariant_breaks(
    begins: str, lived: Lived, copy_database: CopyDatabase
) -> None:
    of = {"begins": lived.on_the_way[begins], "copy_database": staticmethod(copy_database)}
    run_state_machine_as_test(type("OnThisDatabase", (AnyOrder,), of), settings=EXAMPLES)
