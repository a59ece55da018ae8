"""Administration of people, clients and legal entities: commands that change no process.

Each is one plain transaction with its audit entry, exactly once per key like every command, and never
travels through a workflow. Bodies hold what the person decides; the envelope is that of every command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

from contracts_app.domain.addresses import EMAIL_PATTERN as EMAIL_PATTERN
from contracts_app.domain.addresses import EmailAddress, PostalAddress
from contracts_app.domain.billing.detail import DetailTerms
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.approval_commands import (
    AgreeToApprovalPolicy,
    DelegateApprovals,
    EndDelegation,
    ProposeApprovalPolicy,
    WithdrawApprovalPolicy,
)
from contracts_app.domain.commands.closing_commands import (
    ClosePeriod,
    ReopenPeriod,
    ReviewAccrual,
    SoftClosePeriod,
)
from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.commands.envelope import Envelope
from contracts_app.domain.commands.exchange_commands import AddExchangeRate, WithdrawExchangeRate
from contracts_app.domain.commands.holiday_commands import SetHolidays
from contracts_app.domain.commands.import_commands import WithdrawAlias
from contracts_app.domain.commands.keeping_commands import ErasePerson, PlaceHold, ReleaseHold
from contracts_app.domain.commands.mapping_commands import RenameMapping, SaveMapping, WithdrawMapping
from contracts_app.domain.commands.master_data_commands import AgreeToMasterChange, WithdrawMasterChange
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, TaxNumber, WithdrawTaxRate
from contracts_app.domain.commands.training_commands import BeginTraining, EndTraining
from contracts_app.domain.names import Currency, Name
from contracts_app.domain.roles import Role


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError("a time zone like Europe/Berlin") from error
    return name


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1, two letters."""
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
NumberPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9/-]{0,11}$")]
"""What the invoice numbers of one legal entity begin with, e.g. `NB-`."""

Roles = Annotated[
    tuple[Role, ...],
    Field(min_length=1, max_length=len(Role)),
    AfterValidator(lambda given: tuple(sorted(set(given)))),
]


class AddPerson(CommandBody):
    """Add somebody who may sign in; he gets a mail with a link to set his password."""

    command: Literal["add_person"] = "add_person"
    name: Name
    email: EmailAddress
    roles: Roles
    client_id: UUID | None = None


class ChangeRoles(CommandBody):
    """Give a person of the firm these roles and no others, at once."""

    command: Literal["change_roles"] = "change_roles"
    person_id: UUID
    roles: Roles


class DeactivatePerson(CommandBody):
    """Let somebody in no longer: sessions end at once, links for a password are void."""

    command: Literal["deactivate_person"] = "deactivate_person"
    person_id: UUID
    reason: Reason


class ReactivatePerson(CommandBody):
    """Let somebody in again, with the roles he has."""

    command: Literal["reactivate_person"] = "reactivate_person"
    person_id: UUID


class SendPasswordLink(CommandBody):
    """Mail the person a new link to set a password; an earlier link is void."""

    command: Literal["send_password_link"] = "send_password_link"
    person_id: UUID


class AddClient(CommandBody):
    """Add a company that the firm bills, with the addresses that its invoices go to.

    `detail` is how much it wants to see of time, where a contract of it says nothing else.
    """

    command: Literal["add_client"] = "add_client"
    name: Name
    email: EmailAddress
    address: PostalAddress = ""
    country: Annotated[Country | None, ADDED_LATER] = None
    tax_id: Annotated[TaxNumber, ADDED_LATER] = ""
    detail: Annotated[DetailTerms | None, ADDED_LATER] = None


class EditClient(CommandBody):
    """Correct a client's name, billing addresses, or how much of time new contracts show it; what was issued
    stays as it was."""

    command: Literal["edit_client"] = "edit_client"
    client_id: UUID
    name: Name
    email: EmailAddress
    address: PostalAddress = ""
    country: Annotated[Country | None, ADDED_LATER] = None
    tax_id: Annotated[TaxNumber, ADDED_LATER] = ""
    detail: Annotated[DetailTerms | None, ADDED_LATER] = None


class AddLegalEntity(CommandBody):
    """Add a company of the firm that bills: in its own currency, under its own numbers and letterhead."""

    command: Literal["add_legal_entity"] = "add_legal_entity"
    name: Name
    country: Country
    currency: Currency
    time_zone: TimeZone
    address: PostalAddress
    email: EmailAddress
    number_prefix: NumberPrefix
    tax_id: Name | None = None
    payment_instructions: PostalAddress = ""
    """Where its invoices are paid to, as lines of text."""


class SetPaymentInstructions(CommandBody):
    """Say where a legal entity's invoices are paid to; what was issued keeps what it said."""

    command: Literal["set_payment_instructions"] = "set_payment_instructions"
    legal_entity_id: UUID
    payment_instructions: PostalAddress = ""
    """Bank and account, or where to send a check, as lines of text; empty for none."""


Body = Annotated[
    AddPerson
    | ChangeRoles
    | DeactivatePerson
    | ReactivatePerson
    | SendPasswordLink
    | AddClient
    | EditClient
    | AddLegalEntity
    | SetPaymentInstructions
    | SetTaxNumber
    | AddTaxRate
    | WithdrawTaxRate
    | AddExchangeRate
    | WithdrawExchangeRate
    | WithdrawAlias
    | SaveMapping
    | RenameMapping
    | WithdrawMapping
    | ProposeApprovalPolicy
    | AgreeToApprovalPolicy
    | WithdrawApprovalPolicy
    | DelegateApprovals
    | EndDelegation
    | AgreeToMasterChange
    | WithdrawMasterChange
    | BeginTraining
    | EndTraining
    | SetHolidays
    | PlaceHold
    | ReleaseHold
    | ErasePerson
    | SoftClosePeriod
    | ClosePeriod
    | ReopenPeriod
    | ReviewAccrual,
    Field(discriminator="command"),
]


class Administration(Envelope):
    """A command of administration with its envelope."""

    body: Body


ROLES: Mapping[str, tuple[Role, ...]] = {
    "add_person": (Role.administrator,),
    "change_roles": (Role.administrator,),
    "deactivate_person": (Role.administrator,),
    "reactivate_person": (Role.administrator,),
    "send_password_link": (Role.administrator,),
    "add_client": (Role.coordinator,),
    "edit_client": (Role.coordinator,),
    "add_legal_entity": (Role.administrator, Role.controller),
    "set_payment_instructions": (Role.administrator, Role.controller),
    "set_tax_number": (Role.administrator, Role.controller),
    "add_tax_rate": (Role.controller,),
    "withdraw_tax_rate": (Role.controller,),
    "add_exchange_rate": (Role.controller,),
    "withdraw_exchange_rate": (Role.controller,),
    "withdraw_alias": (Role.coordinator,),
    "save_mapping": (Role.coordinator,),
    "rename_mapping": (Role.coordinator,),
    "withdraw_mapping": (Role.coordinator,),
    "propose_approval_policy": (Role.controller,),
    "agree_to_approval_policy": (Role.controller,),
    "withdraw_approval_policy": (Role.controller,),
    "delegate_approvals": (Role.project_manager, Role.controller),
    "end_delegation": (Role.project_manager, Role.controller),
    "agree_to_master_change": (Role.controller,),
    "withdraw_master_change": (Role.administrator, Role.controller),
    "begin_training": (Role.controller,),
    "end_training": (Role.controller,),
    "set_holidays": (Role.controller, Role.administrator),
    "place_hold": (Role.controller,),
    "release_hold": (Role.controller,),
    "erase_person": (Role.controller,),
    "soft_close_period": (Role.coordinator, Role.controller),
    "close_period": (Role.controller,),
    "reopen_period": (Role.controller,),
    "review_accrual": (Role.project_manager, Role.controller),
}
"""Who may give which command; transactions check the same roles again."""
