"""Overtime in timesheets: which words mean regular time, and which classes the contract bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importers.kinds.timesheet_entry import TimesheetEntry
from importers.many import column, where
from importers.problems import information
from importers.rules import Checked, Context
from importers.values import Flaw

_REGULAR = frozenset(
    [
        "regular",
        "regular time",
        "reg",
        "rt",
        "straight",
        "straight time",
        "st",
        "normal",
        "standard",
        "ordinary",
        "no",
        "none",
        "0",
        "false",
    ]
)
_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("ot", "over time", "time and a half", "1.5x", "yes", "true"), "overtime"),
    **dict.fromkeys(("dt", "double time", "doubletime", "2x"), "double"),
}
"""What time-tracking programs write, and what contracts call it."""


def class_of_overtime(name: str) -> str | Flaw | None:
    """The class of overtime that a cell names; None for regular time. Hours are none."""
    said = name.casefold()
    if said in _REGULAR:
        return None
    if said.replace(".", "").replace(",", "").isdecimal() and said not in _CLASSES:
        return Flaw(
            "hours_of_overtime",
            "the name of a class of overtime, like OT",
            "Give hours of overtime in rows of their own, with the class in this column.",
        )
    return _CLASSES.get(said, "overtime" if said == "overtime" else name)


def known_to_the_contract(entries: Sequence[TimesheetEntry], context: Context) -> Checked[TimesheetEntry]:
    """Tell of classes of overtime that the contract's terms do not have: they are billed as regular time."""
    pricing = context.known.pricing
    if pricing is None:
        return Checked(entries)
    agreed = pricing.overtime
    unknown = {
        name
        for name in set(column(entries, "overtime")) - {None}
        if agreed is None or agreed.spelled(name) is None
    }
    strange = (
        where(
            entries,
            lambda name, billable, marked, meant: (
                name in unknown and billable and not (marked if meant is None else meant)
            ),
            "overtime", "billable", "billed_elsewhere", "elsewhere_meant",
        )
        if unknown
        else ()
    )  # fmt: skip
    if not strange:
        return Checked(entries)
    classes = ", ".join(each.name for each in pricing.overtime.classes) if pricing.overtime else "none"
    return Checked(
        entries,
        problems=[
            information(
                context.place(strange[0], "overtime"),
                "overtime_not_agreed",
                found=", ".join(sorted(set(column(strange, "overtime")))),
                expected=f"a class of overtime in the contract's terms: {classes}",
                mend="They can be imported, and are billed at the regular rate unless somebody says more.",
                rows=len(strange),
            )
        ],
    )
