"""Who approves is data: a policy that two controllers agreed to, limits, and places taken for others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.approving.policy import PersonLimit
from contracts_app.domain.commands.approval_commands import (
    AgreeToApprovalPolicy,
    DelegateApprovals,
    EndDelegation,
    ProposeApprovalPolicy,
    TypedRule,
    WithdrawApprovalPolicy,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.holiday_commands import Holiday, SetHolidays
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    EditDraft,
    IssueInvoice,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.commands.training_commands import BeginTraining, EndTraining
from contracts_app.domain.roles import Role
from contracts_app.services import approval_chains
from contracts_app.services.proving import prove
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store import invoice_approvals
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.store.transaction import Origin, firm_transaction, looking, open_engine, own_step, reading
from contracts_app.store.views import my_approvals, worklist
from contracts_app.store.views.waiting import why
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import administered

COORDINATOR, MANAGER, CONTROLLER = Role.coordinator, Role.project_manager, Role.controller
MARCH, TODAY = date(2024, 3, 31), date(2024, 4, 2)
WHY = "As we agreed."


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.go_to(TODAY)
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def ann(small: SmallFirm) -> SmallFirm:
    """The firm, given commands by a second controller."""
    return another(small, "Ann Example", CONTROLLER)


@pytest.fixture(scope="module")
def paul(small: SmallFirm) -> SmallFirm:
    """The firm, given commands by a second project manager."""
    return another(small, "Paul Sample", MANAGER)


def another(small: SmallFirm, name: str, role: Role) -> SmallFirm:
    with own_step(small.engine, small.id, name, Origin()) as tx:
        person_id = add_person(
            tx,
            name=name,
            email=f"{name.split()[0].lower()}@{small.id}.example",
            password_hash="nobody signs in here",
            roles=(role,),
        )
    return replace(small, people={role: person_id, Role.controller: person_id})


def policy(small: SmallFirm, ann: SmallFirm, *rules: TypedRule, **more: Any) -> Outcome:
    """Proposed by one controller and agreed to by the other."""
    body = ProposeApprovalPolicy(**{"effective_from": TODAY, "rules": rules, "reason": WHY, **more})
    proposed = administered(small, CONTROLLER, body)
    assert proposed.done, proposed.sentence
    agree = AgreeToApprovalPolicy(policy_id=UUID(str(proposed.result["policy_id"])))
    alone = administered(small, CONTROLLER, agree)
    assert (alone.code, "another controller" in alone.sentence) == ("not_allowed", True)
    outcome = administered(ann, CONTROLLER, agree)
    assert outcome.done, outcome.sentence
    return outcome


def submitted(small: SmallFirm, number: str) -> UUID:
    """A draft of 4,000.00 of work in review."""
    small.open_contract(number)
    invoice_id = small.prepare(number, MARCH, {"1": "4000.00"})
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    return invoice_id


def approve(firm: SmallFirm, role: Role, invoice_id: UUID) -> Outcome:
    with reading(firm.engine, firm.id) as connection:
        row = find(connection, firm.id, invoice_id)
    assert row is not None
    outcome = firm.give(role, ApproveDraft(invoice_id=invoice_id, content_hash=row["content_hash"]))
    firm.settle()
    return outcome


def waits(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        waiting = why(connection, small.id, Subject.invoice.value, invoice_id)
    assert waiting is not None
    return waiting.sentence or ""


def on_the_list(small: SmallFirm, person_id: UUID) -> list[UUID]:
    with reading(small.engine, small.id) as connection:
        takers = approval_chains.takers(connection, small.id, person_id, TODAY)
        mine = [one.invoice_id for one in my_approvals.drafts(connection, small.id, takers)]
        items = worklist.items(connection, small.id)
    in_review = [one for one in items if one.state == "in_review" and one.waits_for(takers)]
    assert {one.waiting.subject_id for one in in_review} == set(mine), "the worklist says the same"
    return mine


def test_a_draft_goes_by_the_policy_of_the_day_it_is_submitted(
    small: SmallFirm, ann: SmallFirm, paul: SmallFirm
) -> None:
    before = submitted(small, "P-0")
    policy(
        small,
        ann,
        TypedRule(who="controller and Paul Sample or Ann Example then project manager"),
        TypedRule(who="project manager", above=Decimal(1000000)),
    )
    # What was submitted before keeps its chain.
    assert "Small Project Manager" in waits(small, before)
    assert approve(small, MANAGER, before).result["still_needed"] == []

    invoice_id = submitted(small, "P-1")
    assert waits(small, invoice_id).endswith(
        "waits for the approval of a controller and Paul Sample or Ann Example."
    )
    assert on_the_list(small, paul.people[MANAGER]) == [invoice_id]
    assert on_the_list(small, small.people[MANAGER]) == []
    early = approve(small, MANAGER, invoice_id)
    assert (early.code, "a controller and Paul Sample" in early.sentence) == ("not_allowed", True)
    first = approve(ann, CONTROLLER, invoice_id)
    assert first.result["step"] == "controller"
    second = approve(ann, CONTROLLER, invoice_id)
    assert second.code == "not_allowed"  # one step each, and hers is taken
    assert "another person must take this one" in second.sentence
    assert approve(small, MANAGER, invoice_id).code == "not_allowed"
    assert small.give(COORDINATOR, IssueInvoice(invoice_id=invoice_id)).code == "not_in_this_state"
    assert approve(paul, MANAGER, invoice_id).result["still_needed"] == ["project_manager"]
    assert on_the_list(small, small.people[MANAGER]) == [invoice_id]
    # Edited since, all are asked again, by the policy of the day on which it is submitted again.
    with reading(small.engine, small.id) as connection:
        entries = current_snapshot(connection, small.id, invoice_id).entries
    small.do(COORDINATOR, EditDraft(invoice_id=invoice_id, entries=entries))
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    assert approve(small, MANAGER, invoice_id).code == "not_allowed"
    for firm, role in ((paul, MANAGER), (small, CONTROLLER), (small, MANAGER)):
        outcome = approve(firm, role, invoice_id)
        assert outcome.done, outcome.sentence
    small.do(COORDINATOR, IssueInvoice(invoice_id=invoice_id))
    small.settle()
    with reading(small.engine, small.id) as connection:
        assert prove(connection, small.id, invoice_id).differences == ()
    assert small.checked().ok


def test_a_limit_stops_whom_it_is_for_and_nobody_else(
    small: SmallFirm, ann: SmallFirm, paul: SmallFirm
) -> None:
    limits = (
        PersonLimit(person_id=small.people[MANAGER], currency="USD", amount=Decimal(1000)),
        PersonLimit(person_id=paul.people[MANAGER], currency="EUR", amount=Decimal(1000000)),
    )
    policy(small, ann, TypedRule(who="any project manager"), limits=limits)
    invoice_id = submitted(small, "P-2")
    above = approve(small, MANAGER, invoice_id)
    assert (above.code, "above your limit of 1,000.00 USD" in above.sentence) == ("not_allowed", True)
    assert "0.00 USD" in approve(paul, MANAGER, invoice_id).sentence
    policy(small, ann, TypedRule(who="any project manager"))
    assert approve(paul, MANAGER, invoice_id).done


def test_somebody_approves_in_anothers_place_for_some_days(
    small: SmallFirm, ann: SmallFirm, paul: SmallFirm
) -> None:
    policy(small, ann)
    manager, place = small.people[MANAGER], paul.people[MANAGER]
    body = DelegateApprovals(person_id=manager, to_id=place, from_on=TODAY, to_on=TODAY, reason="On leave")
    herself = body.model_copy(update={"to_id": manager})
    his = DelegateApprovals(person_id=manager, to_id=place, from_on=TODAY, to_on=TODAY, reason=WHY)
    assert administered(small, MANAGER, herself).code == "not_allowed"
    assert administered(paul, MANAGER, his).code == "not_allowed", "nobody takes another's place by himself"
    own = body.model_copy(update={"to_id": ann.people[CONTROLLER]})
    assert administered(ann, CONTROLLER, own).code == "not_allowed", "not even a controller"
    backwards = body.model_copy(update={"to_on": date(2024, 4, 1)})
    assert administered(small, MANAGER, backwards).code == "days_in_the_wrong_order"
    client = body.model_copy(update={"to_id": small.people[Role.client]})
    assert administered(small, MANAGER, client).code == "not_found"

    invoice_id = submitted(small, "P-3")
    assert approve(paul, MANAGER, invoice_id).code == "not_allowed"
    given = administered(small, MANAGER, body)
    assert given.done, given.sentence
    assert on_the_list(small, place) == [invoice_id]
    taken = approve(paul, MANAGER, invoice_id)
    assert taken.result["on_behalf_of"] == str(manager)
    small.do(COORDINATOR, IssueInvoice(invoice_id=invoice_id))
    assert small.checked().ok

    ended = EndDelegation(delegation_id=UUID(str(given.result["delegation_id"])), reason="Back again")
    assert administered(small, MANAGER, ended).done
    assert not administered(small, MANAGER, ended).done
    later = submitted(small, "P-4")
    assert approve(paul, MANAGER, later).code == "not_allowed"
    assert paul.give(MANAGER, RejectDraft(invoice_id=later, reason=WHY)).code == "not_allowed"
    small.do(COORDINATOR, WithdrawDraft(invoice_id=later, reason=WHY))


def test_for_somebody_who_prepared_the_draft_nobody_approves(
    small: SmallFirm, ann: SmallFirm, paul: SmallFirm
) -> None:
    policy(small, ann, TypedRule(who="any project manager"))
    manager, place = small.people[MANAGER], paul.people[MANAGER]
    body = DelegateApprovals(person_id=manager, to_id=place, from_on=TODAY, to_on=TODAY, reason="On leave")
    given = administered(small, MANAGER, body)
    invoice_id = submitted(small, "P-5")
    with own_step(small.engine, small.id, "edited by the manager", Origin()) as tx:
        invoice_approvals.add_editor(tx.connection, small.id, invoice_id, manager)
        tx.record("editor", invoice_id, 1, "edit", None, None, {}, {"person": manager})
    taken = approve(paul, MANAGER, invoice_id)
    assert (taken.done, "on_behalf_of" in taken.result) == (True, False), "he is a project manager himself"
    row = {"f": small.id, "i": invoice_id, "p": place, "m": manager, "h": "x" * 64}
    forged = (
        "INSERT INTO approval (firm_id, id, invoice_id, step, decision, person_id, on_behalf_of, decided_on,"
        " content_hash) VALUES (:f, gen_random_uuid(), :i, 'forged', 'approved', :p, :m, '2024-04-02', :h)"
    )
    preparer = pytest.raises(DBAPIError, match="the preparer of a draft cannot approve it")
    with firm_transaction(small.engine, small.id) as connection, preparer:
        connection.execute(text(forged), row)
    assert administered(
        small, CONTROLLER, EndDelegation(delegation_id=UUID(str(given.result["delegation_id"])), reason=WHY)
    ).done


def test_another_manager_than_the_contracts_is_found_also_where_somebody_else_might_have_approved(
    small: SmallFirm, ann: SmallFirm, paul: SmallFirm
) -> None:
    policy(small, ann, TypedRule(who="project manager or Ann Example"))
    invoice_id = submitted(small, "P-6")
    assert approve(small, MANAGER, invoice_id).done
    small.do(COORDINATOR, IssueInvoice(invoice_id=invoice_id))
    owner = open_engine(small.settings.owner_database_url, pool_size=1)
    moved = "UPDATE approval SET person_id = :p WHERE firm_id = :f AND invoice_id = :i"
    for by, holds in ((paul.people[MANAGER], False), (small.people[MANAGER], True)):
        with owner.begin() as connection:
            connection.execute(text("ALTER TABLE approval DISABLE TRIGGER USER"))
            connection.execute(text(moved), {"p": by, "f": small.id, "i": invoice_id})
            connection.execute(text("ALTER TABLE approval ENABLE TRIGGER USER"))
        (found,) = [one for one in small.checked().findings if one.id == "I03"]
        assert (found.violations == 0) is holds, found
    owner.dispose()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"effective_from": date(2024, 4, 1)}, "day_has_passed"),
        ({"rules": (TypedRule(who="Nobody Known"),)}, "unknown_approver"),
        ({"rules": (TypedRule(who="controller"), TypedRule(who="project manager"))}, "rules_for_the_same"),
        ({"rules": (TypedRule(who="controller", contract_id=UUID(int=1)),)}, "not_found"),
        ({"rules": (TypedRule(who="controller", client_id=UUID(int=1)),)}, "not_found"),
        (
            {"limits": (PersonLimit(person_id=UUID(int=1), currency="USD", amount=Decimal(1)),)},
            "not_found",
        ),
    ],
)
def test_a_policy_that_cannot_be(small: SmallFirm, more: dict[str, Any], code: str) -> None:
    said = {"effective_from": TODAY, "rules": (TypedRule(who="controller"),), "reason": WHY, **more}
    assert administered(small, CONTROLLER, ProposeApprovalPolicy(**said)).code == code


def test_one_policy_waits_at_a_time_and_may_be_withdrawn(small: SmallFirm, ann: SmallFirm) -> None:
    body = ProposeApprovalPolicy(effective_from=TODAY, rules=(TypedRule(who="controller"),), reason=WHY)
    proposed = administered(small, CONTROLLER, body)
    assert proposed.done
    assert administered(ann, CONTROLLER, body).code == "policy_waits"
    policy_id = UUID(str(proposed.result["policy_id"]))
    assert administered(small, CONTROLLER, WithdrawApprovalPolicy(policy_id=policy_id, reason=WHY)).done
    late = administered(ann, CONTROLLER, AgreeToApprovalPolicy(policy_id=policy_id))
    assert late.code == "not_in_this_state"
    assert administered(small, MANAGER, body).code == "not_allowed"


def letters(small: SmallFirm, invoice_id: UUID) -> list[tuple[str, str]]:
    """Kind and name of each letter about a draft, in their order."""
    with reading(small.engine, small.id) as connection:
        return [
            (row.kind, row.name)
            for row in connection.execute(
                text(
                    "SELECT m.kind, p.name FROM message m JOIN person p ON p.email = m.recipient"
                    " WHERE m.invoice_id = :id ORDER BY m.queued_at, p.name"
                ),
                {"id": invoice_id},
            )
        ]


def test_who_does_not_approve_is_reminded_then_the_controllers_are_told(
    small: SmallFirm, ann: SmallFirm
) -> None:
    """Two business days over a week-end with a holiday, then four; a new submission begins anew."""
    days = SetHolidays(year="2024", holidays=(Holiday(day=date(2024, 5, 6), name="Sample Day"),))
    assert administered(small, CONTROLLER, days).done
    assert administered(small, CONTROLLER, days).code == "nothing_to_change"
    policy(
        small,
        ann,
        TypedRule(who="project manager"),
        effective_from=date(2024, 5, 2),
        remind_after=2,
        escalate_after=4,
    )
    small.papers = True
    small.go_to(date(2024, 5, 2))  # a Thursday
    invoice_id = submitted(small, "WAITS")
    said = why_of(small, invoice_id)
    assert "who may approve is reminded by mail" in said
    small.go_to(date(2024, 5, 6))
    assert letters(small, invoice_id) == [], "neither the week-end nor the holiday counts"
    small.go_to(date(2024, 5, 7))
    asked = [("approval_reminder", "Small Project Manager")]
    assert letters(small, invoice_id) == asked
    assert "the controllers are told by mail" in why_of(small, invoice_id)
    small.do(MANAGER, RejectDraft(invoice_id=invoice_id, reason="Not yet."))
    small.do(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    small.go_to(date(2024, 5, 9))
    assert letters(small, invoice_id) == [*asked, *asked], "the count began anew"
    small.go_to(date(2024, 5, 13))
    told = letters(small, invoice_id)[2:]
    assert sorted(name for _, name in told) == ["Ann Example", "Small Controller", "Small Project Manager"]
    assert {kind for kind, _ in told} == {"approval_escalated"}
    small.go_to(date(2024, 6, 3))
    assert len(letters(small, invoice_id)) == 5, "nobody is written to again"
    small.papers = False
    assert [one.id for one in small.checked(online=True).findings if one.violations] == []


def why_of(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        return str(why(connection, small.id, Subject.invoice, invoice_id))


def test_whoever_is_being_trained_hands_no_draft_in(small: SmallFirm, ann: SmallFirm) -> None:
    max_ = another(small, "Max Sample", COORDINATOR)
    trained, mentor = small.people[COORDINATOR], max_.people[COORDINATOR]
    today = small_today(small)
    said = {"person_id": trained, "mentor_id": mentor, "from_on": today, "to_on": date(2024, 12, 31)}

    def begun(firm: SmallFirm, **more: object) -> Outcome:
        return administered(firm, CONTROLLER, BeginTraining(**{**said, "reason": "New here", **more}))

    assert begun(small, mentor_id=trained).code == "own_mentor"
    assert begun(small, person_id=small.people[MANAGER]).code == "not_found"
    assert begun(small, to_on=date(2024, 1, 1)).code == "days_in_the_wrong_order"
    outcome = begun(small)
    assert outcome.done, outcome.sentence
    assert begun(small, person_id=mentor, mentor_id=trained).code == "mentor_in_training"
    small.open_contract("TRAINED")
    invoice_id = small.prepare("TRAINED", MARCH, {"1": "4000.00"})
    assert "for Max Sample or another coordinator to look at it" in why_of(small, invoice_id)
    alone = small.give(COORDINATOR, SubmitDraft(invoice_id=invoice_id))
    assert (alone.code, "Max Sample" in alone.sentence) == ("second_look", True)
    with (
        pytest.raises(DBAPIError, match="handed in by another"),
        own_step(small.engine, small.id, "past the command", Origin(), trained) as tx,
    ):
        tx.record("invoice", invoice_id, 9, "submit_draft", "draft", "in_review", {}, {})
    assert max_.give(COORDINATOR, SubmitDraft(invoice_id=invoice_id)).done
    end = EndTraining(training_id=UUID(str(outcome.result["training_id"])), reason="Knows it all")
    assert administered(small, CONTROLLER, end).done
    assert administered(small, CONTROLLER, end).code == "training_ended"
    small.do(MANAGER, RejectDraft(invoice_id=invoice_id, reason="Not yet."))
    assert small.give(COORDINATOR, SubmitDraft(invoice_id=invoice_id)).done
    assert [one.id for one in small.checked(online=True).findings if one.violations] == []


def small_today(small: SmallFirm) -> date:
    with looking(small.engine, small.id) as tx:
        return tx.today()
