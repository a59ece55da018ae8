"""What processes carry, how they are named, and the ids of what commands create."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid5


class Subject(StrEnum):
    """What a process carries; with an id it names the process: `invoice/6f…`."""

    contract = "contract"
    invoice = "invoice"
    importing = "import"
    follow_up = "follow-up"
    calendar = "calendar"
    billing_run = "billing-run"


def process_name(subject: Subject, subject_id: UUID) -> str:
    """The id of the workflow that carries a subject, e.g. `invoice/6f…`."""
    return f"{subject.value}/{subject_id}"


def process_named(name: str) -> tuple[Subject, UUID]:
    """The inverse of `process_name`."""
    subject, _, subject_id = name.partition("/")
    return Subject(subject), UUID(subject_id)


def deterministic_id(firm_id: UUID, kind: str, key: str) -> UUID:
    """The id of what a command creates, so that a retry makes the same row."""
    return uuid5(firm_id, f"{kind}:{key}")
