"""Deposits that are left over: the contract waits, the controller gives them back, the ledger stays true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.commands.agreement_commands import (
    ReceiveDeposit,
    ReturnDeposit,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.store import contracts, invoices
from contracts_app.store.transaction import reading
from contracts_app.store.views import agreed_page, payments_page
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.history import history
from contracts_app.store.views.waiting import why
from tests.services.small_firm import STARTS, SmallFirm, found

MARCH = date(2024, 3, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm of its own for each test, on the last day of March."""
    firm = found(settings, f"Deposits {uuid4()}")
    firm.go_to(MARCH)
    yield firm
    firm.engine.dispose()


def opened(small: SmallFirm, *, certified: bool, deposit: str = "400.00") -> UUID:
    """A contract in force for one line of 300.00, with a deposit received."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:D")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("300.00"),
        contract_date=STARTS,
        receivable_arises=ReceivableArises.certification if certified else ReceivableArises.submission,
        certified_by_client=certified,
        invoice_form=InvoiceForm.application if certified else InvoiceForm.consulting,
        controller_limit=Decimal("1000.00"),
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number="D",
        title="Paid ahead",
        terms=terms,
    )
    small.do(Role.coordinator, body, "D")
    small.contracts["D"] = contract_id
    line = ScheduleRow(item_no="1", description="Report", scheduled_value=Decimal("300.00"))
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    received = ReceiveDeposit(
        contract_id=contract_id, amount=Decimal(deposit), received_on=date(2024, 3, 4), reference="WIRE-1"
    )
    small.do(Role.coordinator, received)
    return contract_id


def give_back(small: SmallFirm, amount: str, reference: str = "BACK-1", on: date = MARCH) -> Outcome:
    outcome = small.give(
        Role.controller,
        ReturnDeposit(
            contract_id=small.contracts["D"], amount=Decimal(amount), returned_on=on, reference=reference
        ),
    )
    small.settle()
    return outcome


def state(small: SmallFirm) -> str:
    with reading(small.engine, small.id) as connection:
        row = contracts.find(connection, small.id, small.contracts["D"])
        assert row is not None
        return str(row["state"])


def test_a_contract_with_a_deposit_left_waits_for_the_controller_to_give_it_back(small: SmallFirm) -> None:
    contract_id = opened(small, certified=False)
    small.issue(small.prepare("D", MARCH), "D1")
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "contract", contract_id)
    assert state(small) == "active"
    assert waits
    assert (waits.for_role, waits.finished) == ("controller", False)
    assert waits.sentence == (
        "Contract D is billed and paid, and 100.00 USD that the client paid ahead is left: "
        "it waits for a controller to give it back."
    )
    assert give_back(small, "40.00").done
    assert state(small) == "active"
    assert give_back(small, "60.00", "BACK-2").result["deposit_balance"] == "0.0000"
    assert state(small) == "closed"
    with reading(small.engine, small.id) as connection:
        ledger = [
            (row.cause, row.amount, row.balance)
            for row in agreed_page.deposits(connection, small.id, contract_id)
        ]
        told = [entry.action for entry in history(connection, small.id, [contract_id])]
    assert ledger == [
        ("received", Decimal(400), Decimal(400)),
        ("drawn", Decimal(-300), Decimal(100)),
        ("returned", Decimal(-40), Decimal(60)),
        ("returned", Decimal(-60), Decimal(0)),
    ]
    assert told.count("return_deposit") == 2
    report = small.checked()
    assert report.ok, report.sentences()


def test_no_more_goes_back_than_is_there_and_never_before_it_came(small: SmallFirm) -> None:
    opened(small, certified=False)
    refusals = {
        "more": give_back(small, "400.01"),
        "nothing": give_back(small, "0.00"),
        "future": give_back(small, "1.00", on=date(2024, 4, 1)),
        "before": give_back(small, "1.00", on=date(2024, 3, 3)),
        "known": give_back(small, "1.00", "WIRE-1"),
    }
    assert {name: refused.code for name, refused in refusals.items()} == {
        "more": "deposit_not_there",
        "nothing": "deposit_amount",
        "future": "date_in_future",
        "before": "before_deposit",
        "known": "payment_known",
    }
    assert "400.00 USD" in refusals["more"].sentence
    body = ReturnDeposit(
        contract_id=small.contracts["D"], amount=Decimal("1.00"), returned_on=MARCH, reference="B"
    )
    assert small.give(Role.coordinator, body).code == "not_allowed"


def test_what_an_application_with_the_client_counts_on_stays(small: SmallFirm) -> None:
    opened(small, certified=True)
    invoice_id = small.issue(small.prepare("D", MARCH), "D1")
    refused = give_back(small, "100.01")
    assert refused.code == "deposit_not_there"
    assert "100.00 USD" in refused.sentence
    assert give_back(small, "100.00").done
    small.certify(invoice_id)
    assert state(small) == "closed"
    report = small.checked()
    assert report.ok, report.sentences()


def test_a_draft_that_counts_on_the_deposit_is_looked_at_again(small: SmallFirm) -> None:
    opened(small, certified=False)
    invoice_id = small.prepare("D", MARCH)
    with reading(small.engine, small.id) as connection:
        before = invoices.find(connection, small.id, invoice_id)
    assert give_back(small, "350.00").done
    with reading(small.engine, small.id) as connection:
        after = invoices.find(connection, small.id, invoice_id)
    assert before
    assert after
    assert before["content_hash"] != after["content_hash"]


def test_what_a_deposit_paid_counts_as_paid_and_the_list_of_payments_has_the_deposit(
    small: SmallFirm,
) -> None:
    contract_id = opened(small, certified=False)
    with reading(small.engine, small.id) as connection:
        (before,) = contract_sums(connection, small.id, contract_id)
    assert {before.billed, before.paid, before.from_deposit, before.open} == {Decimal(0)}
    small.issue(small.prepare("D", MARCH), "D1")
    assert give_back(small, "60.00").done
    with reading(small.engine, small.id) as connection:
        (after,) = contract_sums(connection, small.id, contract_id)
        received = payments_page.deposits(connection, small.id)
    assert after.paid == after.from_deposit == Decimal("300.00")
    assert after.billed - after.paid - after.open == 0
    assert [(one.contract, one.reference, one.amount, one.recorded_by) for one in received] == [
        ("D", "BACK-1", Decimal("-60.00"), "Small Controller"),
        ("D", "WIRE-1", Decimal("400.00"), "Small Coordinator"),
    ]
