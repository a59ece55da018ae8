"""How long somebody worked, of a file with several columns that say it: the most exact one counts."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import NamedTuple

from importers.kinds.timesheet_entry import TimesheetEntry, hours
from importers.many import column, where
from importers.problems import information
from importers.rules import Checked, Context

_FIELDS = ("duration_counted", "duration", "duration_minutes", "duration_decimal")
"""From the most exact to the coarsest: seconds, a clock, minutes, hours as decimals."""
_CLASSES = (("overtime_seconds", "overtime"), ("double_seconds", "double"))


class Worked(NamedTuple):
    """Seconds by class of overtime (None: regular), and what a coarser column says of the regular ones."""

    by_class: Mapping[str | None, int]
    rounded: int | None


def worked_by_class(row: MutableMapping[str, object]) -> Worked | None:
    """Take the durations out of a row's values; None where it has none."""
    said = [value for name in _FIELDS if name in row and isinstance(value := row.pop(name), int)]
    extra = {
        kind: value
        for name, kind in _CLASSES
        if name in row and isinstance(value := row.pop(name), int) and value != 0
    }
    by_class: dict[str | None, int] = {}
    if said and (said[0] or not extra):
        by_class[None] = said[0]
    by_class.update(extra)
    if not by_class:
        return None
    others = [value for value in said[1:] if value != said[0]]
    return Worked(by_class, others[0] if others else None)


def durations_agree(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Tell of rows in which two columns of durations disagree: the more exact one is taken."""
    apart = where(entries, lambda rounded: rounded is not None, "rounded_seconds")
    if not apart:
        return Checked(entries)
    exact = sum(column(apart, "seconds"))
    rounded = sum(column(apart, "rounded_seconds"))
    return Checked(
        entries,
        problems=[
            information(
                context.place(apart[0], "duration_decimal"),
                "durations_disagree",
                found=f"{hours(rounded)} h in the coarser column",
                expected=f"{hours(exact)} h in the more exact one",
                mend="The more exact column was taken.",
                rows=len(apart),
            )
        ],
    )
