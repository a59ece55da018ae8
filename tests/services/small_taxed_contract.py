"""Contracts under tax for `SmallFirm`: legal entities abroad, schedules with treatments, payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts_app.domain.commands.administration import Administration
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetSchedule
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.services import legal_entities
from contracts_app.services.administration import administer
from contracts_app.store.transaction import Origin, own_step
from tests.services.small_firm import STARTS, SmallFirm

GERMANY = {"jurisdiction": "DE"}
WITH_WORK: Mapping[str, Any] = {"treatments": [GERMANY]}


def add_entity(
    small: SmallFirm, country: str, currency: str, prefix: str, tax_id: str | None, zone: str
) -> UUID:
    """A company of the firm that bills under the tax of this country; `small` opens contracts with it."""
    with own_step(small.engine, small.id, f"add {prefix}", Origin()) as tx:
        small.entity_id = legal_entities.add(
            tx,
            name=f"Small {prefix}",
            country=country,
            currency=currency,
            time_zone=zone,
            address="6 Small Lane\nSmall Town",
            email="billing@small-abroad.example",
            number_prefix=prefix,
            tax_id=tax_id,
        )
    return small.entity_id


def administered(small: SmallFirm, role: Role, body: Any) -> Outcome:
    """A command of administration, given as the person of this role."""
    small._given += 1
    command = Administration(
        firm_id=small.id,
        by=small.people[role],
        key=f"administered-{small._given}",
        signed_in="password",
        body=body,
    )
    outcome = administer(small.engine, small.settings, command)
    small.settle()
    return outcome


def open_taxed(
    small: SmallFirm,
    number: str,
    tax: Mapping[str, Any] | None,
    lines: Sequence[Mapping[str, Any]],
    currency: str = "EUR",
    **terms: Any,
) -> UUID:
    """A contract with these lines in force, taxed so."""
    key = f"open {number}"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    rows = tuple(ScheduleRow.model_validate(line) for line in lines)
    agreed = ContractTerms.model_validate(
        {
            "currency": currency,
            "original_sum": str(sum(row.scheduled_value for row in rows)),
            "contract_date": STARTS.isoformat(),
            "controller_limit": "1000000",
            "tax": tax,
            **terms,
        }
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=f"Small taxed contract {number}",
        terms=agreed,
    )
    small.do(Role.coordinator, opened, key)
    small.contracts[number] = contract_id
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def paid(
    small: SmallFirm, invoice_id: UUID, amount: str, on: date, reference: str, currency: str = "EUR"
) -> Outcome:
    """The client pays so much of an invoice to the legal entity that billed it."""
    return small.do(
        Role.coordinator,
        ReceivePayment(
            client_id=small.client_id,
            legal_entity_id=small.entity_id,
            amount=Decimal(amount),
            currency=currency,
            received_on=on,
            reference=reference,
            invoices=(invoice_id,),
        ),
    )
