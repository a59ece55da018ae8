"""How a person corrects, by hand, what an earlier import brought and a later file says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from importers.entries import Kind

_TAKE_BACK = (
    "Take back the import that brought it, where that is still possible, and import this file; "
    "else correct the record by hand."
)
_HOW: Mapping[Kind, str] = {
    Kind.timesheet: (
        "Other hours: write the time up or down. Another line: transfer it. Not to be billed: hold it, or "
        "have it rejected. Once billed, enter time below zero that says what it corrects, and what is "
        "right."
    ),
    Kind.expenses: (
        "While nobody has decided on it, correct the expense itself. Once approved, enter an expense that "
        "adjusts it (below zero to give back): it waits for approval like any other."
    ),
    Kind.purchase_orders: (
        "While the order waits for approval, have it rejected and import this file again. Once approved, "
        "enter a change of the order: it counts when the project manager has approved it."
    ),
    Kind.vendor_bills: (
        "While the bill waits for approval, have it rejected and import this file again. Once approved, "
        "enter the vendor's credit memo for what is too much, or a further bill for what is missing."
    ),
    Kind.receipts: (
        "Record a delivery on the order for the difference, with a minus for what did not arrive or went "
        "back."
    ),
    Kind.schedule_of_values: (
        "Take the import back while the contract is being set up. Once it is in force, revise the schedule "
        "to move budget between lines, or enter a change order for another sum."
    ),
    Kind.client_purchase_orders: "Amend the client's purchase order: all that its lines say is said again.",
    Kind.clients: "Edit the client: what was issued keeps what it said.",
}


def how_to_correct(kind: Kind) -> str:
    """What to do about a row of this kind that says something else than the entry it was imported as. Each
    names commands that are there for entries of the kind, before and after they were approved."""
    return f"An imported entry never changes silently. {_HOW.get(kind, _TAKE_BACK)}"
