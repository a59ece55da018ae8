"""Commands about time: enter, approve, hold, write up or down, transfer, claim."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Reason, Version
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.time.time_and_materials import DAY, Seconds

Entries = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=5000)]


class TypedTime(BaseModel):
    """Time as typed in, on one line of the contract. Time in whole seconds, at most a day.

    Time below zero corrects what was billed, and says in its description what. A `project` finds its own
    rates where the rate card has some. `overtime` is the class of overtime worked, as the contract's terms
    name it; `premium_only` bills nothing but its premium, for hours that were billed as regular time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    person: Name
    role: Name | None = None
    work_date: BusinessDate
    seconds: Annotated[int, Field(ge=-DAY, le=DAY)]
    description: Annotated[str, Field(max_length=2000)] = ""
    project: Annotated[Name | None, ADDED_LATER] = None
    overtime: Annotated[Name | None, ADDED_LATER] = None
    premium_only: Annotated[bool, ADDED_LATER] = False

    @model_validator(mode="after")
    def _says_something(self) -> TypedTime:
        if self.seconds == 0:
            raise ValueError("time is not zero")
        if self.seconds < 0 and not self.description.strip():
            raise ValueError("a correction says in its description what it corrects")
        if self.premium_only and self.overtime is None:
            raise ValueError("a premium is that of a class of overtime")
        return self


class EnterTime(CommandBody):
    """Enter time by hand."""

    command: Literal["enter_time"] = "enter_time"
    contract_id: UUID
    entries: Annotated[tuple[TypedTime, ...], Field(min_length=1, max_length=1000)]


class SeenEntry(BaseModel):
    """An entry as somebody saw it: an approval counts for this version of it only."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    version: Version


def _with_version(value: object) -> object:
    if isinstance(value, str):
        raise ValueError("the entry with the version that was seen: its id and its version")
    return value


SeenEntries = Annotated[
    tuple[Annotated[SeenEntry, BeforeValidator(_with_version)], ...],
    Field(min_length=1, max_length=5000),
]


def _each_once(entries: tuple[SeenEntry, ...]) -> tuple[SeenEntry, ...]:
    if len({seen.id for seen in entries}) != len(entries):
        raise ValueError("an entry is named twice")
    return entries


class ApproveTime(CommandBody):
    """The project manager accepts the time as he saw it; only then can it be billed."""

    command: Literal["approve_time"] = "approve_time"
    contract_id: UUID
    entries: Annotated[SeenEntries, AfterValidator(_each_once)]


class SetOvertime(CommandBody):
    """Say that time was overtime of a class, or None: regular time. It then waits for approval again."""

    command: Literal["set_overtime"] = "set_overtime"
    contract_id: UUID
    entries: Entries
    overtime: Name | None
    reason: Reason


class DecideOvertime(CommandBody):
    """The project manager approves overtime as he saw it, so that its premium is billed, or takes that back.

    `reason`: on whose word, say the client's e-mail of a day.
    """

    command: Literal["decide_overtime"] = "decide_overtime"
    contract_id: UUID
    entries: Annotated[SeenEntries, AfterValidator(_each_once)]
    approved: bool = True
    reason: Reason


class RejectTime(CommandBody):
    """The project manager does not accept the time; it is never billed unless approved after all."""

    command: Literal["reject_time"] = "reject_time"
    contract_id: UUID
    entries: Entries
    reason: Reason


class HoldTime(CommandBody):
    """Keep time out of the next invoices until it is released."""

    command: Literal["hold_time"] = "hold_time"
    contract_id: UUID
    entries: Entries
    reason: Reason


class ReleaseTime(CommandBody):
    """Let held time be billed again."""

    command: Literal["release_time"] = "release_time"
    contract_id: UUID
    entries: Entries
    reason: Annotated[Reason | None, ADDED_LATER] = None


class WriteTime(CommandBody):
    """Charge another time than was worked: a write-up or write-down. None charges what was worked again.

    Charging more than before takes the approval back: the entry waits for the project manager again.
    """

    command: Literal["write_time"] = "write_time"
    contract_id: UUID
    entry_id: UUID
    seconds: Seconds | None
    reason: Reason


class CorrectTime(CommandBody):
    """Say otherwise what was typed in by hand, while nobody has decided on it. None takes the entry back."""

    command: Literal["correct_time"] = "correct_time"
    contract_id: UUID
    entry_id: UUID
    entry: TypedTime | None
    reason: Reason


class TransferTime(CommandBody):
    """Move time to the line of this contract where it belongs."""

    command: Literal["transfer_time"] = "transfer_time"
    contract_id: UUID
    entries: Entries
    item_no: Name
    reason: Reason


class TimePart(BaseModel):
    """A part of split time; without an item number it stays on the line of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seconds: Annotated[int, Field(ge=-DAY, le=DAY)]
    item_no: Name | None = None


class SplitTime(CommandBody):
    """Split time into parts that come to the whole, on the lines where they belong."""

    command: Literal["split_time"] = "split_time"
    contract_id: UUID
    entry_id: UUID
    parts: Annotated[tuple[TimePart, ...], Field(min_length=2, max_length=20)]
    reason: Reason


class MoveTime(CommandBody):
    """Move time to the contract where it belongs; its project manager approves it there."""

    command: Literal["move_time"] = "move_time"
    contract_id: UUID
    entries: Entries
    to_contract_id: UUID
    item_no: Name
    reason: Reason


class AcceptCut(CommandBody):
    """Accept what the certificate of an invoice cut from a line billed by time: it is not claimed again."""

    command: Literal["accept_cut"] = "accept_cut"
    contract_id: UUID
    invoice_id: UUID
    item_no: Name
    amount: Amount | None = None
    """Left out: all that is left of the cut."""
    reason: Reason


class ClaimTime(CommandBody):
    """Claim again for a draft: what has become billable since, up to its period's end."""

    command: Literal["claim_time"] = "claim_time"
    invoice_id: UUID
