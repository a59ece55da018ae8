"""Revisions of applications that are not certified yet (docs/SPEC-pay-application.md).

Application 7 is revised as 7R1, then 7R2; those after it start from other figures and are tied again, as
revisions of their own. What was submitted before stays as it is. A certified application is never reopened:
its error is corrected in the current one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.billing.claiming import time_billed
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import (
    Entry,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    as_previous,
    revised_number,
)
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.billing.snapshot import Snapshot, TimeBefore
from contracts_app.domain.contract import MinimumPer, ReceivableArises
from contracts_app.domain.money import ZERO, less, multiply, opposite, total
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.time.time_and_materials import DayBefore, rounded


class Standing(StrEnum):
    """How far an application of a chain is."""

    draft = "draft"
    submitted = "submitted"
    certified = "certified"


class Chained(BaseModel):
    """An application of a chain: its snapshot, which revision it is (0 as first submitted) and where it
    stands. `certificate` is what was certified of it, where that is not what it applied for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    snapshot: Snapshot
    revision: Annotated[int, Field(ge=0, le=99)] = 0
    standing: Standing = Standing.submitted
    certificate: PreviousCertificate | None = None

    @property
    def name(self) -> str:
        """`7`, and revised `7R1`, `7R2`."""
        return revised_number(self.snapshot.application_no, self.revision)

    def hands_on(self) -> PreviousCertificate:
        """What the next application starts from: the certificate, or as long as there is none what was
        applied for."""
        return self.certificate or as_previous(draft(self.snapshot), self.snapshot.terms.retainage)


class Retied(BaseModel):
    """A chain after a revision, and what it takes the place of; those stay on file under their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    chain: tuple[Chained, ...]
    superseded: tuple[Chained, ...]


FIXED = (
    "rules",
    "contract_id",
    "contract_number",
    "kind",
    "application_no",
    "period_to",
    "terms",
    "previous",
)
"""What a revision does not change: it is the same application for the same period, from the same certificate.
What it may change is what is claimed and released, and the change orders and milestones of the period."""


def revise(chain: Sequence[Chained], changed: Snapshot) -> Retied:
    """The chain with the application that `changed` revises, and every one after it tied to it again.

    D of the one after is D + E of the revised one, its line 7 the revised one's line 6, and so on to the
    end; what those after claim (E, F, releases) stays as it was. Change orders and lines that the revision
    adds or takes out are added to and taken out of those after. A later one that was submitted gets a
    revision number, a draft does not need one.

    Raises Refused: the application is not in the chain, is certified (its error is corrected in the current
    one) or still a draft (which is edited); something of it changed that a revision does not change, or
    nothing did; an entry of time would be claimed twice; and as `draft` does for figures that cannot be.
    """
    require_chain(chain)
    at = _place(chain, changed.application_no)
    revised = chain[at]
    _require_open(revised, chain[-1], "edit it")
    _require_kept(revised, changed, FIXED)
    if changed.model_copy(update={"submission": revised.snapshot.submission}) == revised.snapshot:
        raise wrong_content("nothing_revised", f"Nothing of application {revised.name} is changed.")
    draft(changed)
    retied = _followed(chain, at, _as_revision(revised, changed))
    _require_claimed_once(retied)
    return _retied(chain, retied)


def require_revision(revised: Chained, changed: Snapshot) -> None:
    """Refuse (Refused) what is no revision of an application that was submitted, whatever follows it.

    Where the application before it has changed, that is reason enough, and nothing else needs to be changed.
    """
    if changed.previous == revised.snapshot.previous:
        revise((revised,), changed)
        return
    _require_kept(revised, changed, [field for field in FIXED if field != "previous"])
    draft(changed)


def _require_kept(revised: Chained, changed: Snapshot, fields: Iterable[str]) -> None:
    for field in fields:
        if getattr(revised.snapshot, field) != getattr(changed, field):
            raise wrong_content(
                "revision_changes_too_much",
                f"A revision of application {revised.name} keeps its {field.replace('_', ' ')}.",
            )


def certify(chain: Sequence[Chained], certificate: PreviousCertificate) -> Retied:
    """The chain once an application is certified: those after it start from the certificate, as revisions
    where it is not what was applied for.

    Raises Refused: the application is not in the chain, is certified already or still a draft, or one before
    it is not certified; and as `draft` does. What is left of a deposit is not tied: it is drawn when the
    receivable arises, and those after it are captured again then.
    """
    require_chain(chain)
    at = _place(chain, certificate.application_no)
    _require_open(chain[at], chain[-1], "submit it first")
    waiting = next(one for one in chain if one.standing is not Standing.certified)
    if waiting is not chain[at]:
        raise wrong_content(
            "out_of_order", f"Application {waiting.name} is certified before {chain[at].name}."
        )
    certified = chain[at].model_copy(update={"standing": Standing.certified, "certificate": certificate})
    return _retied(chain, _followed(chain, at, certified))


def _place(chain: Sequence[Chained], application_no: int) -> int:
    for place, one in enumerate(chain):
        if one.snapshot.application_no == application_no:
            return place
    raise wrong_content("not_in_chain", f"There is no application {application_no} in this chain.")


def _followed(chain: Sequence[Chained], at: int, now: Chained) -> list[Chained]:
    """The chain with `now` at a place and every one after it tied to the one before."""
    retied = [*chain[:at], now]
    for before, old in zip(chain[at:], chain[at + 1 :], strict=False):
        tied = _tied(old.snapshot, retied[-1].hands_on(), before.snapshot, retied[-1].snapshot)
        draft(tied)
        retied.append(_as_revision(old, tied))
    return retied


def _retied(chain: Sequence[Chained], retied: Sequence[Chained]) -> Retied:
    superseded = tuple(old for old, new in zip(chain, retied, strict=True) if old.snapshot != new.snapshot)
    return Retied(chain=tuple(retied), superseded=superseded)


def require_chain(chain: Sequence[Chained]) -> None:
    """Raises Refused unless every application starts from what the one before hands on, and none is
    certified or submitted before one in front of it."""
    for before, after in pairwise(chain):
        if after.snapshot.previous != before.hands_on():
            raise wrong_content(
                "chain_does_not_tie",
                f"Application {after.name} does not start from application {before.name}: draft it again.",
            )
        if _ORDER.index(after.standing) > _ORDER.index(before.standing):
            raise wrong_content(
                "out_of_order",
                f"Application {after.name} is {after.standing.value}, and {before.name} before it is only "
                f"{before.standing.value}.",
            )


_ORDER = (Standing.draft, Standing.submitted, Standing.certified)


def _require_open(revised: Chained, current: Chained, of_a_draft: str) -> None:
    if revised.standing is Standing.certified:
        raise Refused(
            "already_certified",
            f"Application {revised.name} is certified and stays as it is: correct its error in the current "
            f"one, {current.name if current is not revised else 'the next'}.",
        )
    if revised.standing is Standing.draft:
        raise Refused("not_submitted", f"Application {revised.name} is still a draft: {of_a_draft}.")


def _as_revision(old: Chained, snapshot: Snapshot) -> Chained:
    submitted = old.standing is Standing.submitted and snapshot != old.snapshot
    return old.model_copy(
        update={"snapshot": snapshot, "revision": old.revision + 1 if submitted else old.revision}
    )


def _tied(following: Snapshot, previous: PreviousCertificate, was: Snapshot, now: Snapshot) -> Snapshot:
    """An application as it would have been, had the one before it been `now` and not `was`."""
    return following.model_copy(
        update={
            "previous": previous,
            "schedule": _edited(following.schedule, was.schedule, now.schedule, _line_id),
            "change_orders": _edited(
                following.change_orders, was.change_orders, now.change_orders, _order_number
            ),
            "time_before": _time_before(following, was, now),
            "days_before": _days_before(following, was, now),
            "deposit_balance": _deposit(following, was, now),
        }
    )


Item = TypeVar("Item")


def _line_id(line: SovLine) -> UUID:
    return line.id


def _order_number(order: ChangeOrder) -> str:
    return order.number


def _edited(
    items: Sequence[Item], was: Sequence[Item], now: Sequence[Item], key: Callable[[Item], object]
) -> tuple[Item, ...]:
    """The items with the same edit that made `now` of `was`; one that differs already is a later state."""
    old, new = {key(item): item for item in was}, {key(item): item for item in now}
    kept = [
        new[key(item)] if item == old.get(key(item)) else item
        for item in items
        if key(item) in new or key(item) not in old
    ]
    there = {key(item) for item in items}
    added = [item for item in now if key(item) not in old and key(item) not in there]
    return (*kept, *added)


def _worked(snapshot: Snapshot) -> dict[UUID, Decimal]:
    """Per line, what the entries of an invoice come to, whether or not a cap lets it be billed."""
    return {
        billed.line_id: total(entry.amount for entry in billed.entries) for billed in time_billed(snapshot)
    }


def _time_before(following: Snapshot, was: Snapshot, now: Snapshot) -> tuple[TimeBefore, ...]:
    amounts = {before.line_id: before.amount for before in following.time_before}
    for snapshot, sign in ((was, Decimal(-1)), (now, Decimal(1))):
        moved = _worked(snapshot)
        for before in snapshot.time_before:
            moved[before.line_id] = total((moved.get(before.line_id, ZERO), before.amount))
        for line_id, amount in moved.items():
            amounts[line_id] = total((amounts.get(line_id, ZERO), multiply(amount, sign)))
    known = {before.line_id for before in following.time_before}
    return tuple(
        TimeBefore(line_id=line_id, amount=amount)
        for line_id, amount in amounts.items()
        if line_id in known or not amount.is_zero()
    )


def _days_before(following: Snapshot, was: Snapshot, now: Snapshot) -> tuple[DayBefore, ...]:
    """What persons worked on days that earlier invoices billed, where a least time is charged for a day."""
    rounding = following.terms.hour_rounding
    if rounding.minimum_per is MinimumPer.entry or not rounding.minimum_seconds:
        return following.days_before
    seconds = {(day.line_id, day.person, day.work_date): day.seconds for day in following.days_before}
    known = set(seconds)
    for snapshot, sign in ((was, -1), (now, 1)):
        billed = [(day.line_id, day.person, day.work_date, day.seconds) for day in snapshot.days_before]
        billed += [
            (entry.line_id, entry.person, entry.work_date, rounded(entry.seconds, rounding))
            for entry in snapshot.time
            if entry.counts_to_minimum
        ]
        for line_id, person, work_date, worked in billed:
            day = line_id, person, work_date
            seconds[day] = seconds.get(day, 0) + sign * worked
    return tuple(
        DayBefore(line_id=line_id, person=person, work_date=work_date, seconds=worked)
        for (line_id, person, work_date), worked in seconds.items()
        if worked or (line_id, person, work_date) in known
    )


def _deposit(following: Snapshot, was: Snapshot, now: Snapshot) -> Decimal:
    """The deposit left for an application: what the one before leaves has changed by as much.

    Where the receivable arises only at certification, an application that is not certified draws nothing.
    """
    if following.terms.receivable_arises is ReceivableArises.certification:
        return following.deposit_balance
    return total((following.deposit_balance, _left_of_deposit(now), opposite(_left_of_deposit(was))))


def _left_of_deposit(snapshot: Snapshot) -> Decimal:
    return less(snapshot.deposit_balance, draft(snapshot).deposit_applied)


def _require_claimed_once(chain: Sequence[Chained]) -> None:
    seen: dict[UUID, Chained] = {}
    for one in chain:
        for entry in one.snapshot.time:
            if entry.id in seen:
                raise wrong_content(
                    "claimed_twice",
                    f"An entry of {entry.work_date} is claimed by application {seen[entry.id].name} and by "
                    f"{one.name}: take it off one of them.",
                )
            seen[entry.id] = one


def corrected(known: PreviousLine, right_to_date: Decimal, work: Decimal, stored: Decimal) -> Entry:
    """How the current application mends an error in a certified one: E brings the work to date to what is
    right and adds the work of this period, so it is negative where too much was certified.

    `right_to_date` is the completed work that the certificate should have said.
    """
    return Entry(
        line_id=known.line_id,
        this_period=total((less(right_to_date, known.completed), work)),
        stored=stored,
    )


def figures(chain: Sequence[Chained]) -> tuple[PayApplication, ...]:
    """The figures of every application of a chain."""
    return tuple(draft(one.snapshot) for one in chain)
