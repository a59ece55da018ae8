"""A line of the worklist, and those that no process of its own waits with: orders, bills and expenses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.told_of_states import at_work
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import Identity
from contracts_app.store import approval_policies, master_changes
from contracts_app.store.views import purchases_waiting
from contracts_app.store.views.waiting import Waiting
from contracts_app.web.pages.formatting import plural


@dataclass(frozen=True)
class Row:
    """An item of the worklist as shown."""

    title: str
    href: str
    state: str | None
    waiting: Waiting
    sentence: str | None
    contract_id: UUID | None
    contract_number: str | None
    client: str | None
    amount: Decimal | None
    amount_is: str
    """What kind of amount it is; amounts of one kind are added up, others are not."""
    currency: str | None
    overdue: bool
    """Whether its deadline has passed, or the day until which the client must have paid or replied."""
    due_on: date | None = None
    reply_by: date | None = None

    @property
    def at_work(self) -> str:
        """What the system does about it as long as it waits for nobody."""
        return at_work(Subject(self.waiting.subject), self.state or "new")


def for_manager(subject: str, subject_id: UUID) -> Waiting:
    """That the project manager is who it waits for."""
    return Waiting(
        subject=subject,
        subject_id=subject_id,
        for_role=Role.project_manager,
        sentence=None,
        since=None,
        deadline=None,
        otherwise=None,
        parked_step=None,
        parked_reason=None,
        finished=False,
        seen_version=None,
    )


def changes(connection: Connection, identity: Identity) -> Iterator[Row]:
    """What another proposed and this controller may agree to: changes of master data in one row, who approves
    in another."""
    if Role.controller not in identity.roles:
        return
    count = master_changes.waiting_for(connection, identity.firm_id, identity.person_id)
    if count:
        yield _proposed(
            identity,
            "Changes of master data",
            "/master-changes",
            f"{plural(count, 'change')} that another proposed {'waits' if count == 1 else 'wait'} "
            "for a second person: agree, or withdraw.",
        )
    policy = approval_policies.proposed(connection, identity.firm_id)
    if policy is not None and policy["proposed_by"] != identity.person_id:
        yield _proposed(
            identity,
            "Who approves",
            "/approval-policy",
            f"A policy from {policy['effective_from']} on, that another proposed, waits for a second "
            "controller: agree, or withdraw.",
        )


def _proposed(identity: Identity, title: str, href: str, sentence: str) -> Row:
    return Row(
        title=title,
        href=href,
        state=None,
        waiting=replace(for_manager("proposed", identity.person_id), for_role=Role.controller),
        sentence=sentence,
        contract_id=None,
        contract_number=None,
        client=None,
        amount=None,
        amount_is="",
        currency=None,
        overdue=False,
    )


def purchases(connection: Connection, identity: Identity) -> Iterator[Row]:
    """Orders, bills and expenses that wait for this person, a row for each contract and kind."""
    for one in purchases_waiting.for_manager(connection, identity.firm_id, identity.person_id):
        for count, title, tab, what in (
            (one.papers, "Orders and bills to approve", "commitments", "order or bill"),
            (one.expenses, "Expenses to approve", "expenses", "expense"),
        ):
            if count:
                many = "orders and bills" if tab == "commitments" else None
                yield Row(
                    title=title,
                    href=f"/contracts/{one.contract_id}?tab={tab}",
                    state=None,
                    waiting=for_manager(tab, one.contract_id),
                    sentence=f"{plural(count, what, many)} of {one.contract_number} {one.contract_title}.",
                    contract_id=one.contract_id,
                    contract_number=one.contract_number,
                    client=None,
                    amount=None,
                    amount_is="",
                    currency=None,
                    overdue=False,
                )
