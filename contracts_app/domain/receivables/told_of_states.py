"""What is said of a record while nobody is waited for: the system is at work on it, or its process is over.

Why it waits is said by `progress`; together every state of every process has a sentence of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.transitions import in_words

DOING: Mapping[str, str] = {
    "analyse_import": "The file is being read.",
    "post_chunk": "The rows of the file are being posted, a part at a time.",
    "make_pencil": "The copy of the draft that is shown to the client is being made.",
    "make_documents": "Its papers are being made.",
    "make_notice": "The notice that the certificate is lower than the invoice is being written.",
    "tell_overdue": "The letter that the client did not reply in time is being written.",
    "remind_approvers": "The letter that the approval waits for too long is being written.",
    "make_receipts": "The receipts for the client's payments are being written.",
    "make_reminder": "The reminder that is due is being written.",
    "deliver": "What is to be mailed about it is being sent.",
    "draft_chunk": "The drafts of the billing run are being made, some contracts at a time.",
    "end_billing_run": "Every contract of the billing run has its outcome; the run is being ended.",
    "close_contract": "Nothing is left to bill, to release or to be paid: the contract is being closed.",
}
"""Automatic step → what the system does; one that fails for good is parked and says which."""

_OVER: Mapping[Subject, Mapping[str, str]] = {
    Subject.invoice: {
        "paid": "Nothing is open on it.",
        "withheld": "The client certified nothing of it: its work can be billed with the next one.",
        "withdrawn": "The draft was withdrawn and never issued: what it claimed can be billed again.",
        "superseded": "Its revision was issued and stands in its place.",
    },
    Subject.contract: {"closed": "All is billed, released and paid."},
    Subject.importing: {
        "posted": "Its rows are posted; they can be taken back until something is built on them.",
        "refused": "It could not be read and nothing of it was posted: upload it again once it is mended.",
        "withdrawn": "It was withdrawn and nothing of it was posted; the same file can be uploaded again.",
        "undone": "Its rows were posted and are taken back.",
        "distributed": "Each part of it is a file of its contract, and goes on there.",
    },
    Subject.billing_run: {"done": "Every contract that was due has its outcome."},
}

_AT_WORK: Mapping[tuple[Subject, str], str] = {
    (Subject.importing, "received"): DOING["analyse_import"],
    (Subject.importing, "posting"): DOING["post_chunk"],
    (Subject.billing_run, "running"): DOING["draft_chunk"],
}
"""States in which the system does one thing only."""


def over(subject: Subject, state: str) -> str:
    """What a record came to whose process is over, and that nothing is left to do."""
    came_to = _OVER.get(subject, {}).get(state, "")
    return f"{came_to} Nothing is left to do.".lstrip()


def at_work(subject: Subject, state: str) -> str:
    """What the system does about a record that was changed just now, in `state`."""
    known = _AT_WORK.get((subject, state))
    if known is not None:
        return known
    return f"It is {in_words(state)} and was changed just now: the system is doing what follows from it."
