"""Commands on who approves: a policy needs two controllers; a place is taken for another by his own leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.approving import in_words
from contracts_app.domain.approving.policy import ApprovalPolicy, PolicyRule, check_clear
from contracts_app.domain.commands.approval_commands import (
    AgreeToApprovalPolicy,
    DelegateApprovals,
    EndDelegation,
    ProposeApprovalPolicy,
    TypedRule,
    WithdrawApprovalPolicy,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import APPROVAL_POLICY, DELEGATION
from contracts_app.services import people
from contracts_app.store import approval_policies, contracts
from contracts_app.store import people as known_people
from contracts_app.store.approval_tables import approval_delegation, approval_policy
from contracts_app.store.tables import client
from contracts_app.store.transaction import Transaction

APPROVERS = (Role.project_manager, Role.controller)


def propose_approval_policy(tx: Transaction, body: ProposeApprovalPolicy) -> Outcome:
    """Put a policy before another controller. Raises Refused for who or what is not known, for a day that
    has passed, and while another one waits."""
    if body.effective_from < tx.today():
        raise wrong_content(
            "day_has_passed", f"{body.effective_from} has passed: a policy is for days to come."
        )
    waiting = approval_policies.proposed(tx.connection, tx.firm_id)
    if waiting is not None:
        raise Refused(
            "policy_waits",
            "A policy waits for another controller already: agree to it or withdraw it first.",
        )
    by_name = approvers_by_name(tx.connection, tx.firm_id)
    policy = ApprovalPolicy(
        rules=tuple(_rule(tx, number, rule, by_name) for number, rule in enumerate(body.rules, start=1)),
        limits=body.limits,
        by_mail=body.by_mail,
        remind_after=body.remind_after,
        escalate_after=body.escalate_after,
    )
    check_clear(policy)
    unknown = {one.person_id for one in body.limits} - set(by_name.values())
    if unknown:
        raise not_found("person who approves")
    policy_id = tx.new_id("approval_policy")
    tx.create(
        approval_policy,
        "approval_policy",
        "propose_approval_policy",
        id=policy_id,
        policy=policy.model_dump(mode="json"),
        effective_from=body.effective_from,
        reason=body.reason,
        because=body.reason,
        proposed_by=people.actor(tx).id,
        state="proposed",
    )
    return Outcome(done=True, result={"policy_id": str(policy_id)})


def approvers_by_name(connection: Connection, firm_id: UUID) -> Mapping[str, UUID]:
    """Those who may approve, by name; of two of one name none, so that neither is meant by chance."""
    holding = known_people.who_hold(connection, firm_id, APPROVERS)
    many = Counter(one.name for one in holding)
    return {one.name: one.id for one in holding if many[one.name] == 1}


def _rule(tx: Transaction, number: int, rule: TypedRule, by_name: Mapping[str, UUID]) -> PolicyRule:
    """Raises Refused, with the number of the rule in the sentence."""
    if rule.contract_id is not None and contracts.find(tx.connection, tx.firm_id, rule.contract_id) is None:
        raise not_found("contract")
    if rule.client_id is not None:
        tx.lock(client, rule.client_id, "client")
    try:
        stages = in_words.stages_in(rule.who, by_name)
    except Refused as refused:
        raise wrong_content(refused.code, f"Rule {number}: {refused.sentence}") from refused
    return PolicyRule(
        contract_id=rule.contract_id,
        client_id=rule.client_id,
        kind=rule.kind,
        above=rule.above,
        stages=stages,
    )


def agree_to_approval_policy(tx: Transaction, body: AgreeToApprovalPolicy) -> Outcome:
    """Agree to what another controller proposed; from its day on drafts are submitted by it."""
    row = tx.lock(approval_policy, body.policy_id, "approval policy")
    who = people.actor(tx)
    if row["proposed_by"] == who.id:
        raise not_allowed("You proposed this policy, so another controller must agree to it.")
    tx.change(
        approval_policy,
        "approval_policy",
        row,
        "agree_to_approval_policy",
        APPROVAL_POLICY,
        "agreed",
        agreed_by=who.id,
        agreed_at=tx.clock,
    )
    return Outcome(done=True, result={"policy_id": str(body.policy_id)})


def withdraw_approval_policy(tx: Transaction, body: WithdrawApprovalPolicy) -> Outcome:
    """Drop what was proposed."""
    row = tx.lock(approval_policy, body.policy_id, "approval policy")
    tx.change(
        approval_policy,
        "approval_policy",
        row,
        "withdraw_approval_policy",
        APPROVAL_POLICY,
        "withdrawn",
        body.reason,
    )
    return Outcome(done=True, result={"policy_id": str(body.policy_id)})


def delegate_approvals(tx: Transaction, body: DelegateApprovals) -> Outcome:
    """Let somebody approve in another's place. Raises Refused for a delegation to oneself, by others than the
    person himself or a controller, and for days that have passed or are in the wrong order."""
    who = people.actor(tx)
    if who.id not in (body.person_id, None) and Role.controller not in who.roles:
        raise not_allowed("Only a controller lets somebody approve in the place of another person.")
    if body.to_id == who.id or body.to_id == body.person_id:
        raise not_allowed("Nobody lets himself approve in another's place: another person must say so.")
    for person_id in (body.person_id, body.to_id):
        if not any(known_people.holds(tx, person_id, role) for role in APPROVERS):
            raise not_found("person who approves")
    if body.to_on < body.from_on or body.to_on < tx.today():
        raise wrong_content("days_in_the_wrong_order", "It ends before it begins, or has passed already.")
    delegation_id = tx.new_id("delegation")
    tx.create(
        approval_delegation,
        "approval_delegation",
        "delegate_approvals",
        id=delegation_id,
        **body.model_dump(exclude={"command", "reason"}),
        reason=body.reason,
        because=body.reason,
        entered_by=who.id,
        state="given",
    )
    return Outcome(done=True, result={"delegation_id": str(delegation_id)})


def end_delegation(tx: Transaction, body: EndDelegation) -> Outcome:
    """End it now: by whoever is represented, who represents, or a controller."""
    row = tx.lock(approval_delegation, body.delegation_id, "delegation")
    who = people.actor(tx)
    if who.id not in (row["person_id"], row["to_id"]) and Role.controller not in who.roles:
        raise not_allowed("A delegation is ended by one of the two, or by a controller.")
    tx.change(
        approval_delegation,
        "approval_delegation",
        row,
        "end_delegation",
        DELEGATION,
        "ended",
        body.reason,
        ended_because=body.reason,
    )
    return Outcome(done=True, result={"delegation_id": str(body.delegation_id)})
