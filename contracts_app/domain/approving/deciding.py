"""Whether a person may take a step of a chain: nobody approves what he prepared, nobody takes two steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.approving.chain import Approval, Approver, Step, Who
from contracts_app.domain.money import Amount, in_words_of_a_page
from contracts_app.domain.names import Currency
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.domain.roles import Role


class Person(BaseModel):
    """Somebody who may approve: what he is, and up to which line 8 (None: to any)."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    roles: frozenset[Role]
    limit: Decimal | None = None


class Delegation(BaseModel):
    """From one day to another, both included, somebody approves in another's place."""

    model_config = ConfigDict(frozen=True)
    person_id: UUID
    to_id: UUID
    from_on: date
    to_on: date

    def holds(self, on: date) -> bool:
        """Whether it holds on this day."""
        return self.from_on <= on <= self.to_on


class Taking(BaseModel):
    """A step that a person may take, and in whose place."""

    model_config = ConfigDict(frozen=True)
    step: Step
    on_behalf_of: UUID | None = None


class Draft(BaseModel):
    """What a decision looks at: the steps that are open, who prepared the draft, who approved it so far."""

    model_config = ConfigDict(frozen=True)
    open: tuple[Step, ...]
    line8: Amount
    currency: Currency
    project_manager: UUID | None
    preparers: frozenset[UUID]
    given: tuple[Approval, ...]
    """Of exactly this content."""
    content_hash: str


def check_approver(by: Person, draft: Draft, seen_hash: str, in_place_of: Collection[Person] = ()) -> Taking:
    """The step that this person may take now, for himself before he does for one of `in_place_of`, who have
    let him approve in their place.

    Raises Refused: nobody approves what he prepared (whoever submitted it or edited it since), by himself or
    for somebody who did; nobody takes two steps of one chain, in whosever place; nobody approves above his
    limit; an approval counts only for the content that was seen.
    """
    if by.id in draft.preparers:
        raise not_allowed("You prepared or edited this draft, so somebody else must approve it.")
    if not draft.open:
        raise Refused("already_approved", "Every approval that this draft needs has been given.")
    fitting = list(_fitting(by, draft, in_place_of))
    if not fitting:
        waits = " and ".join(_waited_for(step) for step in draft.open)
        raise not_allowed(f"This draft waits for the approval of {waits}.")
    within = [
        (step, person) for step, person in fitting if person.limit is None or draft.line8 <= person.limit
    ]
    if not within:
        _, person = fitting[0]
        assert person.limit is not None  # else it would be within
        whose = "your limit" if person.id == by.id else f"the limit of {person.name}"
        raise not_allowed(
            f"Its {in_words_of_a_page(draft.line8, draft.currency)} are above {whose} of "
            f"{in_words_of_a_page(person.limit, draft.currency)}: somebody with a higher one must approve it."
        )
    took = {one.by for one in draft.given} | {one.on_behalf_of for one in draft.given} - {None}
    apart = [(step, person) for step, person in within if not took & {by.id, person.id}]
    if not apart:
        raise not_allowed(
            "You have approved an earlier step of this draft; another person must take this one."
        )
    if seen_hash != draft.content_hash:
        raise Refused(
            "content_changed",
            "The draft has changed since you opened it: look at it again and approve what it says now.",
        )
    step, person = apart[0]
    return Taking(step=step, on_behalf_of=None if person.id == by.id else person.id)


def _fitting(by: Person, draft: Draft, in_place_of: Collection[Person]) -> Iterable[tuple[Step, Person]]:
    """Open steps with whoever takes them: this person first, then those in whose place he may."""
    for person in (by, *sorted(in_place_of, key=lambda one: one.name)):
        if person.id in draft.preparers:
            continue  # what he may not himself nobody does for him
        for step in draft.open:
            if any(fits(one, person, draft.project_manager) for one in step.approvers):
                yield step, person


def fits(approver: Approver, person: Person, project_manager: UUID | None) -> bool:
    """Whether the person is such an approver of a contract with this project manager."""
    if approver.who is Who.controller:
        return Role.controller in person.roles
    if approver.who is Who.person:
        return person.id == approver.person_id and bool(
            person.roles & {Role.project_manager, Role.controller}
        )
    is_manager = Role.project_manager in person.roles
    return is_manager and (approver.who is Who.project_manager or person.id == project_manager)


def waits_for(
    approvers: Iterable[Approver],
    takers: Sequence[Person],
    project_manager: UUID | None,
    preparers: Collection[UUID] = (),
) -> bool:
    """Whether what waits for such approvers waits for the first of `takers`: for himself, or in the place of
    one of the others. Limits are not asked: he hears of them when he decides."""
    if takers[0].id in preparers:
        return False
    able = [taker for taker in takers if taker.id not in preparers]
    return any(fits(one, taker, project_manager) for one in approvers for taker in able)


def _waited_for(step: Step) -> str:
    words = step.called
    return "the contract's project manager" if words == "the project manager" else words


def check_somebody_can(
    steps: Sequence[Step],
    project_manager: UUID | None,
    project_manager_name: str,
    preparers: Collection[UUID],
) -> None:
    """Refuse (Refused) a draft of which a step can be taken by its project manager alone, who prepared or
    edited it."""
    only_manager = any(all(one.who is Who.contract_manager for one in step.approvers) for step in steps)
    if only_manager and project_manager in preparers:
        raise Refused(
            "nobody_can_approve",
            f"{project_manager_name} prepared or edited this draft, and only its project manager can "
            "approve it: withdraw the draft and open a new one (it starts from these entries), or let a "
            "controller name another project manager.",
        )
