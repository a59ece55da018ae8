"""Sums that billing counts against, caps and lines of purchase orders: what is billed and reserved of them.

Approving a draft reserves what it bills, so that an approved draft can always be issued, whatever else is
approved, issued, credited or amended meanwhile. Sending it back releases the reservation
(docs/SPEC-caps-and-funding.md, *Reserved at approval*). The rule is derived by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, opposite, total
from contracts_app.domain.names import Currency, Name
from contracts_app.domain.refusals import Refused, wrong_content


class Limit(BaseModel):
    """A sum not to be exceeded. One that does not block (a purchase order that only warns) may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    name: Name
    amount: Amount
    blocks: bool = True


class Standing(BaseModel):
    """How a limit stands. `earned` = billed + reserved + unbilled; `left` = amount − billed − reserved."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Amount
    billed: Amount
    reserved: Amount
    unbilled: Amount
    earned: Amount
    left: Amount


class Ledger(BaseModel):
    """Limits with what is billed under each, and what approved drafts reserve until they are issued.

    `reserved` is draft → limit → what the draft bills there, signed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    limits: tuple[Limit, ...]
    billed: dict[UUID, Amount] = {}
    reserved: dict[UUID, dict[UUID, Amount]] = {}

    def limit(self, limit_id: UUID) -> Limit:
        """The limit of that id. Raises Refused (`no_limit`) when it is not one of these."""
        for known in self.limits:
            if known.id == limit_id:
                return known
        raise wrong_content("no_limit", f"There is no limit {limit_id}: name one of the ledger's.")

    def left(self, limit_id: UUID, draft_id: UUID | None = None) -> Decimal:
        """What may still be billed; for a draft, beside its own reservation. Negative for a limit that only
        warns, or was exceeded before it was agreed."""
        others = (_held(uses, limit_id) for draft, uses in self.reserved.items() if draft != draft_id)
        return less(self.limit(limit_id).amount, self.billed.get(limit_id, ZERO), *others)

    def standing(self, limit_id: UUID, unbilled: Decimal = ZERO) -> Standing:
        """The limit's figures, with what is earned under it and on no draft."""
        billed = self.billed.get(limit_id, ZERO)
        reserved = total(_held(uses, limit_id) for uses in self.reserved.values())
        return Standing(
            amount=self.limit(limit_id).amount,
            billed=billed,
            reserved=reserved,
            unbilled=unbilled,
            earned=total((billed, reserved, unbilled)),
            left=self.left(limit_id),
        )


def reserve(ledger: Ledger, draft_id: UUID, uses: Mapping[UUID, Decimal]) -> Ledger:
    """The draft is approved: what it bills under each limit is kept for it.

    A credit makes room only once it is issued; a draft that bills less than zero reserves nothing. Approving
    the same again changes nothing. Raises Refused where a limit has not so much left (`limit_exceeded`), and
    for a draft that holds another reservation (`reserved_otherwise`).
    """
    known = ledger.reserved.get(draft_id)
    if known is not None:
        if known == dict(uses):
            return ledger
        raise Refused(
            "reserved_otherwise", "This draft is approved with other figures: send it back, then approve it."
        )
    for limit_id, amount in uses.items():
        limit, left = ledger.limit(limit_id), ledger.left(limit_id)
        if limit.blocks and amount > max(left, ZERO):
            raise Refused(
                "limit_exceeded",
                f"{limit.name} has {in_words_of_a_page(left, ledger.currency)} left and the draft bills "
                f"{in_words_of_a_page(amount, ledger.currency)}: draft it again, or raise the limit.",
            )
    return ledger.model_copy(update={"reserved": {**ledger.reserved, draft_id: dict(uses)}})


def release(ledger: Ledger, draft_id: UUID) -> Ledger:
    """The draft is sent back or given up: what it kept is free again. Nothing happens where it kept none."""
    kept = {draft: uses for draft, uses in ledger.reserved.items() if draft != draft_id}
    return ledger.model_copy(update={"reserved": kept})


def issue(ledger: Ledger, draft_id: UUID) -> Ledger:
    """The approved draft is issued: what it reserved is billed. Raises Refused (`not_reserved`) without."""
    if draft_id not in ledger.reserved:
        raise Refused("not_reserved", "Only an approved draft is issued: approve it first.")
    return _billed(release(ledger, draft_id), ledger.reserved[draft_id])


def credit(ledger: Ledger, uses: Mapping[UUID, Decimal]) -> Ledger:
    """A credit takes back what was billed under each limit, and restores the limit by as much.

    Raises Refused for an amount below zero (`not_a_credit`) and for more than is billed
    (`credit_above_billed`): it would make room that was never used.
    """
    if any(amount < ZERO for amount in uses.values()):
        raise wrong_content("not_a_credit", "A credit is given as the amount that it takes back.")
    for limit_id, amount in uses.items():
        known, billed = ledger.limit(limit_id), ledger.billed.get(limit_id, ZERO)
        if amount > max(billed, ZERO):
            raise wrong_content(
                "credit_above_billed",
                f"{in_words_of_a_page(billed, ledger.currency)} is billed under {known.name}: a credit takes "
                "back that or less.",
            )
    return _billed(ledger, {limit_id: opposite(amount) for limit_id, amount in uses.items()})


def amend(ledger: Ledger, limit_id: UUID, amount: Decimal) -> Ledger:
    """The limit is raised or lowered to `amount` by a change order or an amended purchase order.

    Raises Refused (`limit_below_billed`) below what is billed and reserved: that can no longer be unbilled.
    """
    known = ledger.limit(limit_id)
    used = less(known.amount, ledger.left(limit_id))
    if amount < known.amount and known.blocks and amount < used:
        raise wrong_content(
            "limit_below_billed",
            f"{in_words_of_a_page(used, ledger.currency)} is billed or approved under {known.name}: it can "
            "be lowered to that, not further.",
        )
    changed = known.model_copy(update={"amount": amount})
    limits = tuple(changed if limit.id == limit_id else limit for limit in ledger.limits)
    return ledger.model_copy(update={"limits": limits})


def _held(uses: Mapping[UUID, Decimal], limit_id: UUID) -> Decimal:
    return max(uses.get(limit_id, ZERO), ZERO)


def _billed(ledger: Ledger, uses: Mapping[UUID, Decimal]) -> Ledger:
    billed = dict(ledger.billed)
    for limit_id, amount in uses.items():
        ledger.limit(limit_id)
        billed[limit_id] = total((billed.get(limit_id, ZERO), amount))
    return ledger.model_copy(update={"billed": billed})
