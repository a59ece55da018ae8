"""Commands on a contract itself: enter it, put it in force, hand it on, close it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.names import Name


class OpenContract(CommandBody):
    """Enter a contract by hand; the coordinator prepares it, a controller activates it.

    `detail_of_client`: terms that show every entry of time, which is what terms say that say nothing of it,
    take over what the client's record asks for.
    """

    command: Literal["open_contract"] = "open_contract"
    contract_id: UUID
    client_id: UUID
    legal_entity_id: UUID
    project_manager_id: UUID
    number: Name
    title: Name
    terms: ContractTerms
    detail_of_client: Annotated[bool, ADDED_LATER] = True


class SetTerms(CommandBody):
    """Complete or correct the terms of a contract that is being set up."""

    command: Literal["set_terms"] = "set_terms"
    contract_id: UUID
    project_manager_id: UUID
    terms: ContractTerms


class ActivateContract(CommandBody):
    """The controller puts the contract in force with the terms and schedule he has seen."""

    command: Literal["activate_contract"] = "activate_contract"
    contract_id: UUID


class ReturnContract(CommandBody):
    """The controller does not put the contract in force: it goes back to its coordinator, with a reason."""

    command: Literal["return_contract"] = "return_contract"
    contract_id: UUID
    reason: Reason


class ReassignProjectManager(CommandBody):
    """Name another project manager for a contract in force; what the former approved stays approved."""

    command: Literal["reassign_project_manager"] = "reassign_project_manager"
    contract_id: UUID
    project_manager_id: UUID
    reason: Reason


class CloseContract(CommandBody):
    """Close a contract on which nothing is left to bill, release or collect."""

    command: Literal["close_contract"] = "close_contract"
    contract_id: UUID
