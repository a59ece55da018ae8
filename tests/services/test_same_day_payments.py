"""Payments of one day stand on the invoice in the order in which they were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts_app.settings import Settings
from contracts_app.store.transaction import reading
from contracts_app.store.views.history import history
from contracts_app.store.views.invoice_page import receivable_of
from tests.services.small_firm import SmallFirm, found

TODAY = date(2024, 4, 2)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A", controller_limit=Decimal(1000000))
    firm.go_to(TODAY)
    yield firm
    firm.engine.dispose()


def test_balances_run_in_the_order_of_recording_and_amounts_are_written_as_money(small: SmallFirm) -> None:
    invoice_id = small.issue(small.prepare("A", date(2024, 3, 31), {"2": "30000.00"}), "A1")
    small.certify(invoice_id)
    references = [f"WIRE {number}" for number in (5, 1, 4, 2, 3, 6)]
    for reference in references:
        small.receive(Decimal(1000), TODAY, reference, invoice_id)
    with reading(small.engine, small.id) as connection:
        receivable = receivable_of(connection, small.id, invoice_id)
        told = [entry.reason for entry in history(connection, small.id, [invoice_id])]
    assert receivable is not None
    assert [one.reference for one in receivable.entries] == [None, *references]
    assert [one.balance for one in receivable.entries] == [
        Decimal(27000) - 1000 * number for number in range(7)
    ]
    assert "1,000.00 USD of WIRE 6" in told
