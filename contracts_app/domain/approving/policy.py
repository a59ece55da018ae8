"""The firm's approval policy: rules by contract, client, kind and amount, and what each person may approve.

It is data: proposed by one controller, in force from a day when another has agreed. Of the rules that fit a
contract and kind of invoice those that name the contract come before those that name its client, and these
before the others; among equals each is for what is above its amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts_app.domain.approving.chain import Band, Stage, steps_of
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.money import ZERO, UnsignedAmount
from contracts_app.domain.names import Currency
from contracts_app.domain.refusals import wrong_content


def _named_apart(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    names = [step.name for step in steps_of(stages)]
    if not names:
        raise ValueError("at least one step")
    if len(set(names)) < len(names):
        raise ValueError("steps with names of their own")
    return stages


class PolicyRule(BaseModel):
    """The stages of some drafts: of one contract or client, of one kind, above an amount of line 8 in the
    contract's currency; what is left open fits all."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contract_id: UUID | None = None
    client_id: UUID | None = None
    kind: Kind | None = None
    above: UnsignedAmount | None = None
    stages: Annotated[tuple[Stage, ...], Field(max_length=10), AfterValidator(_named_apart)]

    def fits(self, contract_id: UUID, client_id: UUID, kind: Kind) -> bool:
        """Whether it is for invoices of that kind of this contract."""
        return (
            self.contract_id in (None, contract_id)
            and self.client_id in (None, client_id)
            and self.kind in (None, kind)
        )

    @property
    def closeness(self) -> tuple[bool, bool, bool]:
        """How closely it names what it is for."""
        return self.contract_id is not None, self.client_id is not None, self.kind is not None


class PersonLimit(BaseModel):
    """Up to which line 8 a person approves drafts in a currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    person_id: UUID
    currency: Currency
    amount: UnsignedAmount


DaysToWait = Annotated[int, Field(ge=1, le=60)]
"""Business days."""


class ApprovalPolicy(BaseModel):
    """What the firm says of approvals. A person with a limit in no currency approves any amount; one with a
    limit in some approves nothing in the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rules: Annotated[tuple[PolicyRule, ...], Field(max_length=200)] = ()
    limits: Annotated[tuple[PersonLimit, ...], Field(max_length=1000)] = ()
    by_mail: Annotated[bool, ADDED_LATER] = False
    """Whoever may take a step is asked by mail, and may take it by the link in it without signing in."""
    remind_after: Annotated[DaysToWait | None, ADDED_LATER] = None
    """After so many business days whoever may take an open step is reminded by mail; None: never."""
    escalate_after: Annotated[DaysToWait | None, ADDED_LATER] = None
    """After so many the controllers are told, who can let another approve; None: never."""


def check_clear(policy: ApprovalPolicy) -> None:
    """Refuse (Refused) a policy of which two rules, or two limits, are for the same."""
    of = [(one.contract_id, one.client_id, one.kind, one.above) for one in policy.rules]
    for number, rule in enumerate(of):
        if rule in of[:number]:
            raise wrong_content(
                "rules_for_the_same",
                f"Rule {number + 1} is for the same drafts as rule {of.index(rule) + 1}: leave one out.",
            )
    remind, escalate = policy.remind_after, policy.escalate_after
    if remind is not None and escalate is not None and escalate <= remind:
        raise wrong_content(
            "escalates_too_early",
            f"Reminded after {remind} business days, told to the controllers after {escalate}: the second "
            "number must be higher.",
        )
    limits = [(one.person_id, one.currency) for one in policy.limits]
    if len(set(limits)) < len(limits):
        raise wrong_content("limits_for_the_same", "One person has two limits in one currency.")


def bands_for(
    rules: Iterable[PolicyRule], contract_id: UUID, client_id: UUID, kind: Kind
) -> tuple[Band, ...] | None:
    """What the policy says of a contract's drafts of a kind; None where it says nothing of them.

    Only the rules that name them most closely count.
    """
    fitting = [one for one in rules if one.fits(contract_id, client_id, kind)]
    if not fitting:
        return None
    closest = max(one.closeness for one in fitting)
    return tuple(Band(above=one.above, stages=one.stages) for one in fitting if one.closeness == closest)


def limit_of(policy: ApprovalPolicy, person_id: UUID, currency: str) -> Decimal | None:
    """Up to which line 8 the person approves; None: to any."""
    own = {one.currency: one.amount for one in policy.limits if one.person_id == person_id}
    if not own:
        return None
    return own.get(currency, ZERO)
