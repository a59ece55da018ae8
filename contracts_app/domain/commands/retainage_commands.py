"""Commands about retainage beside its release invoices."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name


class SecurityKind(StrEnum):
    """What the client holds instead of retainage."""

    bond = "bond"
    securities = "securities"
    letter_of_credit = "letter_of_credit"


class RecordSecurity(CommandBody):
    """The client has a bond or securities that may take the place of retainage; a release invoice that names
    it asks for what it covers."""

    command: Literal["record_security"] = "record_security"
    contract_id: UUID
    reference: Name
    kind: SecurityKind
    issuer: Name
    amount: Amount
    from_day: BusinessDate
