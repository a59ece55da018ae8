"""The same command for many invoices: each a command of its own with a key of its own, some at once.

A row that is refused, or whose outcome is not known, never stops the others. Its key follows from the key of
the whole and its invoice, so that the same request given again repeats nothing and hears the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain import canonical
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import ApproveDraft, Hash, IssueInvoice, SubmitDraft
from contracts_app.domain.commands.routes import ROUTES as OF_COMMAND
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.web.giving import give_under
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import OutcomeUnknown

AT_ONCE = 8
MOST = 500
BulkCommand = Literal["submit_draft", "approve_draft", "issue_invoice"]
COMMANDS: tuple[BulkCommand, ...] = ("submit_draft", "approve_draft", "issue_invoice")
ROLES = frozenset(role for command in COMMANDS for role in OF_COMMAND[command].roles)
"""Who may do any of them; each is decided by its own roles again."""


class BulkItem(BaseModel):
    """One invoice; for an approval with the hash of the content that was seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    invoice_id: UUID
    content_hash: Hash | None = None


class Bulk(BaseModel):
    """One command for many invoices."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    command: BulkCommand
    items: Annotated[tuple[BulkItem, ...], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once_and_as_seen(self) -> Self:
        if len({item.invoice_id for item in self.items}) < len(self.items):
            raise ValueError("each invoice once")
        if self.command == "approve_draft" and any(item.content_hash is None for item in self.items):
            raise ValueError("an approval needs the content_hash of what was seen, for each invoice")
        return self


class RowOutcome(StrEnum):
    """What came of one row."""

    done = "done"
    refused = "refused"
    unknown = "unknown"
    """Nobody answered in time: the same request may be given again."""


@dataclass(frozen=True)
class Given:
    """What came of one command of several."""

    outcome: RowOutcome
    code: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """What came of the command for one invoice."""

    invoice_id: UUID
    outcome: RowOutcome
    code: str
    sentence: str


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows had which outcome."""
    found = Counter(row.outcome for row in rows)
    return {outcome.value: found[outcome] for outcome in RowOutcome}


async def give_bulk(request: HttpRequest, bulk: Bulk, key: str) -> Sequence[Row]:
    """Give the command for each invoice, at most `AT_ONCE` at a time; one row for each, in their order.

    Raises Refused 403 for a role that may not give this command at all.
    """
    if not identity_of(request).roles & set(OF_COMMAND[bulk.command].roles):
        raise not_allowed("Your role does not allow this.")
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: BulkItem) -> Row:
        async with free:
            return await _given(request, bulk.command, item, key)

    return await asyncio.gather(*(one(item) for item in bulk.items))


async def _given(request: HttpRequest, command: BulkCommand, item: BulkItem, key: str) -> Row:
    given = await give_one(request, _body(command, item), item.invoice_id, key)
    return Row(item.invoice_id, given.outcome, given.code, given.sentence)


async def give_one(request: HttpRequest, body: Body, about: UUID, key: str) -> Given:
    """Give one of several commands, about this record, under a key that follows from that of the whole."""
    try:
        outcome = await give_under(request, body, _key_of_row(key, about))
    except OutcomeUnknown:
        sentence = "No answer in time: whether it was done is not known. Send the same again."
        return Given(RowOutcome.unknown, "outcome_unknown", sentence)
    except Refused as refused:
        return Given(RowOutcome.refused, refused.code, refused.sentence)
    done = RowOutcome.done if outcome.done else RowOutcome.refused
    return Given(done, outcome.code, outcome.sentence)


def _body(command: BulkCommand, item: BulkItem) -> SubmitDraft | ApproveDraft | IssueInvoice:
    match command:
        case "submit_draft":
            return SubmitDraft(invoice_id=item.invoice_id)
        case "approve_draft":
            assert item.content_hash is not None  # the model saw to it
            return ApproveDraft(invoice_id=item.invoice_id, content_hash=item.content_hash)
        case "issue_invoice":
            return IssueInvoice(invoice_id=item.invoice_id)


def _key_of_row(key: str, about: UUID) -> str:
    return canonical.digest([key, str(about)])
