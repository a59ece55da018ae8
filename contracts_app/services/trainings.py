"""People who are being trained: another looks at their drafts and hands them in (SPEC-approvals, rule 11)."""

from __future__ import annotations

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.training_commands import BeginTraining, EndTraining
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.services import people
from contracts_app.store import people as known_people
from contracts_app.store import trainings
from contracts_app.store.training_tables import training
from contracts_app.store.transaction import Transaction

_DECIDE = (Role.project_manager, Role.controller)


def begin_training(tx: Transaction, body: BeginTraining) -> Outcome:
    """Mark a coordinator. Raises Refused for oneself, for who approves himself, for a mentor who is no
    coordinator or is being trained, and for days that have passed or are in the wrong order."""
    who = people.actor(tx)
    if body.person_id == who.id:
        raise not_allowed("Another controller says that you are being trained.")
    for person_id in (body.person_id, body.mentor_id):
        if not known_people.holds(tx, person_id, Role.coordinator):
            raise not_found("coordinator")
    if body.mentor_id == body.person_id:
        raise wrong_content("own_mentor", "Nobody is his own mentor: name another coordinator.")
    if any(known_people.holds(tx, body.person_id, role) for role in _DECIDE):
        raise Refused(
            "decides_himself", "Who approves for others is not being trained: take that role away first."
        )
    if body.to_on < body.from_on or body.to_on < tx.today():
        raise wrong_content("days_in_the_wrong_order", "It ends before it begins, or has passed already.")
    if trainings.of(tx.connection, tx.firm_id, body.mentor_id, max(body.from_on, tx.today())):
        raise wrong_content("mentor_in_training", "The mentor is being trained himself: name another one.")
    training_id = tx.new_id("training")
    values = {
        "id": training_id,
        "person_id": body.person_id,
        "mentor_id": body.mentor_id,
        "from_on": body.from_on,
        "to_on": body.to_on,
        "because": body.reason,
        "entered_by": who.id,
    }
    tx.insert(training, **values)
    tx.record("training", training_id, 1, body.command, None, None, {}, values, body.reason)
    return Outcome(done=True, result={"training_id": str(training_id)})


def end_training(tx: Transaction, body: EndTraining) -> Outcome:
    """End a training from today on. Raises Refused for one's own and for one that has ended."""
    row = tx.lock(training, body.training_id, "training")
    who = people.actor(tx)
    if row["person_id"] == who.id:
        raise not_allowed("Another controller ends your training.")
    if row["ended_on"] is not None or row["to_on"] < tx.today():
        raise Refused("training_ended", "This training has ended already.")
    values = {"ended_on": tx.today(), "ended_by": who.id, "ended_because": body.reason}
    trainings.end(tx, body.training_id, **values)
    tx.record("training", body.training_id, 2, body.command, None, None, {}, values, body.reason)
    return Outcome(done=True, result={"training_id": str(body.training_id)})


def require_second_look(tx: Transaction, who: people.Actor) -> None:
    """Raises Refused for somebody who is being trained and would hand a draft in."""
    known = trainings.of(tx.connection, tx.firm_id, who.id, tx.today())
    if known is not None:
        raise Refused(
            "second_look",
            f"You are being trained until {known.to_on}: {known.mentor}, or another coordinator, looks at "
            "the draft and hands it in.",
        )
