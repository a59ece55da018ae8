"""One row of a timesheet, whatever program wrote it: what every profile of a timesheet gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from contracts_app.domain.canonical import digest_of_text
from importers.entries import Entry, member, member_again


class TimesheetEntry(Entry):
    """Time of one person on one day, in whole seconds. `file_rate` (an hour) and `file_amount` are what the
    source reckons, in `file_currency` where it says so: compared only, the contract's rate card prices.

    `billed_elsewhere`: the source says that it was invoiced already. `approved_in_source` is None where the
    source says nothing; it never approves anything here.
    """

    passing: ClassVar[frozenset[str]] = frozenset(
        {"approved_in_source", "file_rate", "file_amount", "file_currency", "rounded_seconds"}
    )
    settled: ClassVar[frozenset[str]] = frozenset({"person_meant", "line_meant", "elsewhere_meant"})
    later: ClassVar[frozenset[str]] = frozenset({"overtime"})
    telling: ClassVar[tuple[str, ...]] = ("worked_on", "person", "task", "description", "seconds", "started")
    """What tells one row from another. Project, client, role and the marks of billing are not among them:
    they are renamed and set in the source later, and then the row is a changed one, not a second one."""

    worked_on: date
    person: str
    role: str | None = None
    project: str | None = None
    task: str | None = None
    client: str | None = None
    description: str = ""
    seconds: int
    billable: bool = True
    billed_elsewhere: bool = False
    approved_in_source: bool | None = None
    file_rate: Decimal | None = None
    file_amount: Decimal | None = None
    file_currency: str | None = None
    rounded_seconds: int | None = None
    """What another, coarser column of the file says the time was; compared only."""
    started: str | None = None
    overtime: str | None = None
    """The class of overtime as the source names it; None for regular time."""
    person_meant: str | None = None
    """Who is meant by `person`, where that is another name."""
    line_meant: str | None = None
    """The id of the line billed by time that `task` means, where one is meant."""
    elsewhere_meant: bool | None = None
    """What a person said of the whole file: every row is billed elsewhere, or none; None leaves the mark."""

    @property
    def is_billed_elsewhere(self) -> bool:
        """Whether an earlier system has billed it: as said of the file, else as the row is marked."""
        return self.billed_elsewhere if self.elsewhere_meant is None else self.elsewhere_meant

    @property
    def says_whether_billed(self) -> bool:
        """Whether the row has a mark, or a person said it of the file."""
        return self.elsewhere_meant is not None or "billed_elsewhere" in self.source.cells

    @property
    def worker(self) -> str:
        """Who worked, by the name that is known here."""
        return self.person_meant or self.person

    @property
    def to_bill(self) -> bool:
        """Whether it is to be billed here."""
        return self.billable and not self.is_billed_elsewhere

    @classmethod
    def named(cls, said: Mapping[str, object]) -> TimesheetEntry:
        """The entry of these values, with the hash of what tells it from others as external id."""
        told = ",".join(
            [(member if name == "description" else member_again)(name, said.get(name)) for name in _IN_ORDER]
        )
        return cls.model_validate({**said, "external_id": digest_of_text("{" + told + "}")[:32]})


_IN_ORDER = sorted(TimesheetEntry.telling)


def hours(seconds: int) -> str:
    """Seconds as hours with two decimals, for reading."""
    return f"{(Decimal(seconds) / 3600).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):f}"
