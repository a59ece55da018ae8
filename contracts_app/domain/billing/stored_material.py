"""Stored material in and out, and the backup that column F needs (docs/SPEC-pay-application.md).

Material moves into column F when it is stored and out of it when it is built in: F falls and E rises by the
same amount, G does not move, and the client pays it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from contracts_app.domain.billing.pay_application import Entry, PreviousLine
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, total
from contracts_app.domain.names import one_line
from contracts_app.domain.refusals import wrong_content


class Movement(BaseModel):
    """What happened to a line's stored material in a period, and the other work done on it.

    `removed` is material that left without being built in (returned, spoiled, moved to another line).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    stored_before: Amount = ZERO
    received: Amount = ZERO
    built_in: Amount = ZERO
    removed: Amount = ZERO
    work: Amount = ZERO


def entry_of(line_id: UUID, moved: Movement, currency: str) -> Entry:
    """What the line claims after a period: E = work + material built in, F = what is still stored.

    `work` may be negative (a correction). Raises Refused for material below zero and when more leaves than
    was stored.
    """
    if min(moved.stored_before, moved.received, moved.built_in, moved.removed) < ZERO:
        raise wrong_content("material_below_zero", "Material stored, received or built in is not negative.")
    there = total((moved.stored_before, moved.received))
    gone = total((moved.built_in, moved.removed))
    if gone > there:
        raise wrong_content(
            "more_gone_than_stored",
            f"{in_words_of_a_page(gone, currency)} of material left, and only "
            f"{in_words_of_a_page(there, currency)} was stored: book it as received first.",
        )
    return Entry(line_id=line_id, this_period=total((moved.work, moved.built_in)), stored=less(there, gone))


def moved(known: PreviousLine, entry: Entry, currency: str) -> Entry:
    """The entry with E and F as they follow from what it says of its material; `known` is the line before.

    Raises Refused as `entry_of` does, and where the entry names other amounts as well.
    """
    assert entry.material is not None
    movement = Movement(stored_before=known.stored, **entry.material.model_dump())
    made = entry_of(entry.line_id, movement, currency)
    if (entry.this_period, entry.stored) not in ((ZERO, ZERO), (made.this_period, made.stored)):
        raise wrong_content(
            "stated_twice", "What became of the material says E and F: give no other amounts with it."
        )
    return entry.model_copy(update={"this_period": made.this_period, "stored": made.stored})


def gross_this_period(this_period: Decimal, stored: Decimal, stored_before: Decimal) -> Decimal:
    """What a period earns before retainage: E + F − F of the prior certificate, which is G now − G then.

    Whoever bills E + F each month is paid twice for material that stays in store.
    """
    return less(total((this_period, stored)), stored_before)


class Place(StrEnum):
    """Where material is stored; off the site only where the contract authorises it (FAR 52.232-5(b)(2))."""

    on_site = "on_site"
    off_site = "off_site"


Shown = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(one_line)]


class Backup(BaseModel):
    """The papers for part of a line's stored material; an empty field is a paper that is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount
    place: Place = Place.on_site
    location: Shown = ""
    invoice: Shown = ""
    title: Shown = ""
    insurance: Shown = ""


def missing_papers(backup: Backup) -> tuple[str, ...]:
    """The papers that this part lacks, as a sentence names them."""
    named = {
        "location": backup.location,
        "supplier's invoice": backup.invoice,
        "bill of sale or title": backup.title,
        "insurance": backup.insurance,
    }
    return tuple(paper for paper, given in named.items() if not given)


def backup_lacking(
    stored: Decimal, papers: Sequence[Backup], *, off_site_authorised: bool, currency: str
) -> tuple[str, ...]:
    """Everything that keeps a line's column F from being paid, as parts of a sentence; empty when covered."""
    lacking = []
    covered = total(part.amount for part in papers)
    if covered < stored:
        lacking.append(f"nothing covers {in_words_of_a_page(less(stored, covered), currency)}")
    lacking.extend(
        f"{in_words_of_a_page(part.amount, currency)} lacks {', '.join(missing)}"
        for part in papers
        if (missing := missing_papers(part))
    )
    off_site = total(part.amount for part in papers if part.place is Place.off_site)
    if off_site > ZERO and not off_site_authorised:
        lacking.append(
            f"{in_words_of_a_page(off_site, currency)} is stored off the site, which the contract does not "
            "authorise"
        )
    return tuple(lacking)
