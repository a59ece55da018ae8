"""Billing groups: which contracts of a client go on one invoice, and preparing all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.billing_groups import GroupContract, require_agreement
from contracts_app.domain.billing.billing_runs import RunOutcome, judged
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.group_commands import PrepareGroup, SetBillingGroup
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.services import people, preparing
from contracts_app.store import billing_groups, contracts
from contracts_app.store.group_tables import billing_group
from contracts_app.store.tables import client, contract
from contracts_app.store.transaction import Transaction


def set_billing_group(tx: Transaction, body: SetBillingGroup) -> Outcome:
    """Make a group, change which contracts are in it, or dissolve it.

    Raises Refused for contracts that cannot share an invoice, are in another group, or are not in force.
    """
    people.actor(tx)
    wanted = tuple(dict.fromkeys(body.contracts))
    before = billing_groups.contract_ids(tx.connection, tx.firm_id, body.group_id) if body.group_id else ()
    rows = locked_contracts(tx, [*wanted, *before])
    owner = tx.lock(client, body.client_id, "client")
    group = None if body.group_id is None else locked_group(tx, body.client_id, body.group_id)
    known = billing_groups.named(tx.connection, tx.firm_id, body.client_id, body.name)
    if known is not None and (group is None or known["id"] != group["id"]):
        raise wrong_content(
            "group_name_taken", f"This client has a billing group {body.name}: change that one."
        )
    agreed = [row for row in rows if row["id"] in wanted]
    if group is None or wanted:
        require_agreement(body.client_id, [as_member(row) for row in agreed])
    for row in agreed:
        _require_free(tx, row, body.group_id)
    group_id = _written(tx, body, group, agreed)
    billing_groups.set_contracts(tx.connection, tx.firm_id, group_id, wanted)
    said = ", ".join(row["number"] for row in agreed) or "no contract any more"
    tx.change(client, "client", owner, "set_billing_group", reason=f"{body.name}: {said}")
    return Outcome(
        done=True,
        result={"group_id": str(group_id), "contracts": [str(one) for one in wanted]},
        wake=drafts_to_wake(tx, [row["id"] for row in rows]),
    )


def _written(
    tx: Transaction, body: SetBillingGroup, group: RowMapping | None, agreed: Sequence[RowMapping]
) -> UUID:
    state = "active" if agreed else "dissolved"
    if group is None:
        group_id = tx.new_id("billing_group")
        tx.create(
            billing_group,
            "billing_group",
            "set_billing_group",
            id=group_id,
            client_id=body.client_id,
            legal_entity_id=agreed[0]["legal_entity_id"],
            name=body.name,
            state=state,
        )
        return group_id
    sender = agreed[0]["legal_entity_id"] if agreed else group["legal_entity_id"]
    tx.change(
        billing_group,
        "billing_group",
        group,
        "set_billing_group",
        to=state,
        name=body.name,
        legal_entity_id=sender,
    )
    return UUID(str(group["id"]))


def _require_free(tx: Transaction, row: RowMapping, group_id: UUID | None) -> None:
    """Refuse (Refused) a contract that is in another group, or is not in force."""
    other = billing_groups.group_of(tx.connection, tx.firm_id, row["id"])
    if other is not None and other["id"] != group_id:
        raise wrong_content(
            "in_another_group",
            f"Contract {row['number']} is in the billing group {other['name']}: take it out there first.",
        )
    if other is None and row["state"] != "active":
        raise wrong_content(
            "contract_not_in_force",
            f"Contract {row['number']} is not in force, and its terms may still change: add it once a "
            "controller has activated it.",
        )


def drafts_to_wake(tx: Transaction, contract_ids: Sequence[UUID]) -> tuple[str, ...]:
    """The processes of drafts that now wait for something else: for the others, or no longer for them."""
    drafts = billing_groups.drafts_of(tx.connection, tx.firm_id, contract_ids)
    return tuple(process_name(Subject.invoice, one["id"]) for one in drafts)


def locked_contracts(tx: Transaction, contract_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """These contracts, locked in the order of their ids; given by number."""
    rows = [tx.lock(contract, one, "contract") for one in sorted(set(contract_ids), key=str)]
    return sorted(rows, key=lambda row: str(row["number"]))


def locked_group(tx: Transaction, client_id: UUID, group_id: UUID) -> RowMapping:
    """The client's group, locked. Raises Refused when it has no such group."""
    group = tx.lock(billing_group, group_id, "billing group")
    if group["client_id"] != client_id:
        raise not_found("billing group")
    return group


def as_member(row: RowMapping) -> GroupContract:
    """A contract's row as the rule of groups looks at it."""
    return GroupContract(
        number=row["number"],
        client_id=row["client_id"],
        legal_entity_id=row["legal_entity_id"],
        terms=contracts.terms_of(row),
    )


def prepare_group(tx: Transaction, body: PrepareGroup) -> Outcome:
    """Open the next invoice of each contract of the group that has something to bill.

    The answer says which were drafted, and of each other contract why not. Raises Refused when none was.
    """
    who = people.actor(tx)
    rows = locked_contracts(tx, billing_groups.contract_ids(tx.connection, tx.firm_id, body.group_id))
    tx.lock(client, body.client_id, "client")
    group = locked_group(tx, body.client_id, body.group_id)
    prepared = preparing.prepare(tx, rows, body.period_to)
    drafts: list[preparing.Draft] = []
    others: list[str] = []
    for row in rows:
        captured = prepared[row["id"]]
        figures = None
        if not isinstance(captured, Refused):
            try:
                figures = drafting.draft(captured)
            except Refused as refused:
                captured = refused
        outcome, sentence = judged(captured, figures)
        if outcome is RunOutcome.drafted and figures is not None and not isinstance(captured, Refused):
            drafts.append(preparing.Draft(row, captured, figures, who.id))
        else:
            others.append(f"{row['number']}: {sentence}")
    if not drafts:
        raise Refused(
            "nothing_prepared",
            f"No contract of {group['name']} can be drafted for the period to {body.period_to}. "
            + " ".join(others),
        )
    opened = preparing.open_drafts(tx, drafts)
    return Outcome(
        done=True,
        result={
            "group_id": str(body.group_id),
            "invoices": [str(one) for one in opened.values()],
            "not_drafted": others,
        },
        start=tuple(process_name(Subject.invoice, one) for one in opened.values()),
        wake=tuple(process_name(Subject.contract, one) for one in opened),
    )
