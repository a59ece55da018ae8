"""A consulting contract billed by time under caps and client purchase orders, for `SmallFirm`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.funding_commands import ClientOrderRow, RecordClientOrder
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ApproveTime, EnterTime, TypedTime
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from tests.services.small_firm import STARTS, SmallFirm

HOUR = 3600


def open_funded(
    small: SmallFirm,
    number: str,
    lines: Sequence[tuple[str, str, str, Basis, bool]],
    rate: str,
    on: date = STARTS,
    **terms: Any,
) -> UUID:
    """A contract in force. Lines are item, words, value, basis and whether that is its limit."""
    key = f"open {number}"
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{key}")
    agreed = ContractTerms.model_validate(
        {
            "currency": "USD",
            "original_sum": sum(Decimal(value) for _, _, value, _, _ in lines),
            "contract_date": on,
            "receivable_arises": "submission",
            "certified_by_client": False,
            "invoice_form": "consulting",
            "controller_limit": "1000000.00",
            **terms,
        }
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title=f"Funded studies {number}",
        terms=agreed,
    )
    small.do(Role.coordinator, opened, key)
    small.contracts[number] = contract_id
    rows = tuple(
        ScheduleRow(
            item_no=item, description=words, scheduled_value=Decimal(value), basis=basis, not_to_exceed=capped
        )
        for item, words, value, basis, capped in lines
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    card = (RateRow(rate=Decimal(rate), effective_from=on),)
    small.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=card))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def order(small: SmallFirm, number: str, name: str, on: date, *lines: Mapping[str, Any], **said: Any) -> None:
    """The client's order is recorded on the contract."""
    small.do(
        Role.coordinator,
        RecordClientOrder(
            contract_id=small.contracts[number],
            number=name,
            dated_on=on,
            lines=tuple(ClientOrderRow.model_validate(line) for line in lines),
            **said,
        ),
    )


def work(small: SmallFirm, number: str, *worked: tuple[str, date, str]) -> tuple[UUID, ...]:
    """Enter time, (item, day, hours) each, and let the project manager approve it."""
    typed = tuple(
        TypedTime(
            item_no=item,
            person="Sample Engineer",
            work_date=day,
            seconds=int(Decimal(hours) * HOUR),
            description="counted twice" if hours.startswith("-") else "",
        )
        for item, day, hours in worked
    )
    given = small.do(Role.coordinator, EnterTime(contract_id=small.contracts[number], entries=typed))
    entries = given.result["entries"]
    assert isinstance(entries, list)
    ids = tuple(UUID(entry) for entry in entries)
    approve = ApproveTime(contract_id=small.contracts[number], entries=small.seen(*ids))
    small.do(Role.project_manager, approve)
    return ids
