"""Commands of extra work: daily tickets entered, corrected, signed on site, given up."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from contracts_app.domain.changes.extra_work import HoursOnTicket, MaterialOnTicket
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.names import BusinessDate, Name

_Hours = Annotated[tuple[HoursOnTicket, ...], Field(max_length=200)]


class _Ticket(CommandBody):
    """What stands on a ticket."""

    contract_id: UUID
    number: Name
    work_date: BusinessDate
    what: Name
    labour: _Hours = ()
    equipment: _Hours = ()
    material: Annotated[tuple[MaterialOnTicket, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> _Ticket:
        if not (self.labour or self.equipment or self.material):
            raise ValueError("a ticket has hours, equipment or material")
        return self


class EnterTicket(_Ticket):
    """One day's extra work: hours of labour and equipment at hourly rates, material at cost."""

    command: Literal["enter_ticket"] = "enter_ticket"


class CorrectTicket(_Ticket):
    """Say what stands on a ticket again, as long as nobody has signed it; its number stays."""

    command: Literal["correct_ticket"] = "correct_ticket"


class SignTicket(CommandBody):
    """The client's person on site has signed the ticket: who, when, and what shows it."""

    command: Literal["sign_ticket"] = "sign_ticket"
    contract_id: UUID
    number: Name
    signed_by: Name
    signed_on: BusinessDate
    evidence: Remark = ""
    """Where the signature is: a photo, a sheet of a pad."""


class VoidTicket(CommandBody):
    """Give a ticket up: it is in no change order, and will be in none."""

    command: Literal["void_ticket"] = "void_ticket"
    contract_id: UUID
    number: Name
    reason: Reason
