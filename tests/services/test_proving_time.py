"""`prove` on an invoice billed by time, with a deposit and without a certificate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.commands.agreement_commands import ReceiveDeposit
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.store.transaction import reading
from tests.conftest import Database
from tests.services.small_firm import SmallFirm
from tests.services.test_proving import changed, said
from tests.services.test_time import MARCH, approve, enter, firm, issue, prepare, small

__all__ = ["firm", "small"]  # fixtures

CHANGED = (
    (
        "UPDATE issued_time SET rate = rate + 1 WHERE position = 2",
        ["rate of the time of Sample Engineer on 2024-03-05"],
    ),
    (
        "DELETE FROM issued_time WHERE position = 3",
        ["time of Sample Engineer on 2024-03-06 in the detail annex"],
    ),
    (
        "UPDATE issued_invoice SET deposit_applied = deposit_applied - 0.01",
        ["deposit applied as issued"],
    ),
    ("UPDATE deposit_entry SET amount = -1 WHERE cause = 'drawn'", ["amount drawn from the deposit"]),
    ("DELETE FROM receivable_entry WHERE cause = 'deposit'", ["deposit on the receivable"]),
)


@pytest.fixture
def billed(firm: SmallFirm) -> UUID:
    """1,000.00 at the cap for 12 hours at 100.00, of which a deposit pays 250.00."""
    approve(firm, *(enter(firm, "4", date(2024, 3, day)) for day in (4, 5, 6)))
    firm.do(
        Role.coordinator,
        ReceiveDeposit(
            contract_id=firm.contracts["T"],
            amount=Decimal("250.00"),
            received_on=date(2024, 3, 1),
            reference="WIRE-0",
        ),
    )
    invoice_id = prepare(firm, MARCH)
    issue(firm, invoice_id)
    return invoice_id


def test_an_invoice_by_time_comes_out_again_and_what_was_changed_is_named(
    database: Database, firm: SmallFirm, billed: UUID
) -> None:
    with reading(firm.engine, firm.id) as connection:
        (proof,) = prove_all(connection, firm.id)
    assert said(proof) == []
    assert proof.invoice_id == billed
    for statement, named in CHANGED:
        with changed(database, firm.id, statement) as connection:
            (proof,) = prove_all(connection, firm.id)
        assert said(proof) == named, statement
