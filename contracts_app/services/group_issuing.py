"""The drafts of a billing group issued as one invoice: one number, one paper, a part for each contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.billing_groups import (
    GroupPart,
    GroupSums,
    part_number,
    require_agreement,
    sums,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.group_commands import IssueGroup
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.money import in_words_of_a_page, written
from contracts_app.domain.receivables.receivables import due_date
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.transitions import InvoiceState, in_words
from contracts_app.services import issuing, people
from contracts_app.services.billing_groups import as_member, locked_contracts, locked_group
from contracts_app.services.issuing import Approved, Numbered
from contracts_app.store import billing_groups, invoices
from contracts_app.store.group_tables import group_invoice, group_left_out
from contracts_app.store.tables import client, invoice
from contracts_app.store.transaction import Transaction


def issue_group(tx: Transaction, body: IssueGroup) -> Outcome:
    """Give the approved drafts of a group one number; each contract posts what it would post alone.

    Raises Refused while a draft of the group is neither approved nor left out with a reason.
    """
    who = people.actor(tx)
    known = billing_groups.contract_ids(tx.connection, tx.firm_id, body.group_id)
    rows = locked_contracts(tx, known)
    drafts = billing_groups.drafts_of(tx.connection, tx.firm_id, known)
    locked = {one: tx.lock(invoice, one, "invoice") for one in sorted((d["id"] for d in drafts), key=str)}
    owner = tx.lock(client, body.client_id, "client")
    group = locked_group(tx, body.client_id, body.group_id)
    if list(billing_groups.contract_ids(tx.connection, tx.firm_id, body.group_id)) != list(known):
        raise Refused("group_changed", f"The contracts of {group['name']} have just changed: look again.")
    left_out = {one.invoice_id: one.reason for one in body.left_out}
    going = _going(group, drafts, left_out)
    require_agreement(body.client_id, [as_member(row) for row in rows])
    agreed = {row["id"]: row for row in rows}
    approved = [issuing.approved(tx, agreed[one["contract_id"]], locked[one["id"]]) for one in going]
    parts = [_part(one) for one in approved]
    figures = sums(parts, approved[0].figures.currency)
    number, number_text = issuing.take_number(tx, rows[0]["legal_entity_id"], approved[0].on)
    group_invoice_id = tx.new_id("group_invoice")
    _write(tx, group, approved, figures, group_invoice_id, (number, number_text), who.id)
    wake: list[str] = []
    for one, part in zip(approved, parts, strict=True):
        own = Numbered(number, part_number(number_text, part.contract_number), group_invoice_id)
        issuing.put_out(tx, one, own)
        wake += [
            process_name(Subject.invoice, one.row["id"]),
            process_name(Subject.contract, one.agreed["id"]),
        ]
    for invoice_id, reason in left_out.items():
        tx.insert(
            group_left_out,
            group_invoice_id=group_invoice_id,
            invoice_id=invoice_id,
            reason=reason,
            person_id=who.id,
        )
    said = f"{number_text}, {len(going)} contracts of {group['name']}: "
    due = in_words_of_a_page(figures.due, approved[0].figures.currency)
    tx.change(client, "client", owner, "issue_group", reason=said + due)
    return Outcome(
        done=True,
        result={
            "group_invoice_id": str(group_invoice_id),
            "number": number_text,
            "issued_on": approved[0].on.isoformat(),
            "due": written(figures.due, approved[0].figures.currency),
            "invoices": [str(one.row["id"]) for one in approved],
        },
        wake=tuple(wake),
    )


def _going(
    group: RowMapping, drafts: Sequence[RowMapping], left_out: Mapping[UUID, str]
) -> Sequence[RowMapping]:
    """The drafts that go out: every one that is not left out. Raises Refused unless each is approved."""
    strange = left_out.keys() - {one["id"] for one in drafts}
    if strange:
        raise wrong_content(
            "not_a_draft_of_the_group",
            f"What is left out is a draft of a contract in {group['name']}; one of those named is none.",
        )
    going = [one for one in drafts if one["id"] not in left_out]
    waiting = [
        f"{one['number']} ({in_words(one['state'])})"
        for one in going
        if one["state"] != InvoiceState.approved
    ]
    if waiting:
        raise Refused(
            "not_all_approved",
            f"Not every draft of {group['name']} is approved: contract {', '.join(waiting)}. Have it "
            "approved, or leave it out with a reason.",
        )
    if not going:
        raise Refused(
            "nothing_to_issue", f"No contract of {group['name']} has an approved draft: prepare them first."
        )
    return going


def _part(one: Approved) -> GroupPart:
    return GroupPart(
        contract_number=one.agreed["number"],
        net=one.figures.line8,
        tax=one.tax,
        deposit=one.figures.deposit_applied,
    )


def _write(
    tx: Transaction,
    group: RowMapping,
    approved: Sequence[Approved],
    figures: GroupSums,
    group_invoice_id: UUID,
    numbered: tuple[int, str],
    by: UUID,
) -> None:
    """The row of the whole, before its sections refer to it; the first one carries the paper."""
    first = approved[0]
    tx.insert(
        group_invoice,
        id=group_invoice_id,
        billing_group_id=group["id"],
        client_id=group["client_id"],
        legal_entity_id=first.agreed["legal_entity_id"],
        series=invoices.SERIES,
        number=numbered[0],
        number_text=numbered[1],
        issued_on=first.on,
        issued_by=by,
        currency=first.figures.currency,
        due_on=due_date(first.on, first.snapshot.terms.payment_days),
        net=figures.net,
        tax=figures.tax,
        deposit_applied=figures.deposit,
        due=figures.due,
        carried_by=first.row["id"],
    )
