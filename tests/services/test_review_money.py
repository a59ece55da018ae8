"""Money that could go wrong: cash before a lesser certificate, receipts of payments that cross."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from contracts_app.domain.contract import ReceivableArises
from contracts_app.settings import Settings
from contracts_app.store import receivables
from contracts_app.store.tables import invoice, payment, receivable_entry
from contracts_app.store.transaction import reading
from contracts_app.store.views import payments_page
from tests.services.small_firm import SmallFirm, found

PERIOD = date(2024, 3, 31)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A", ReceivableArises.submission, Decimal(1000000))
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def test_cash_above_a_lesser_certificate_becomes_unapplied(small: SmallFirm) -> None:
    """27,000.00 owed at submission (30,000.00 less 10 %) and paid; then certified 20,000.00 less 10 %."""
    invoice_id = small.issue(small.prepare("A", PERIOD, {"2": "30000.00"}), "A1")
    small.receive(Decimal("15000.00"), date(2024, 4, 2), "WIRE-1", invoice_id)
    second = small.receive(Decimal("12000.00"), date(2024, 4, 2), "WIRE-2", invoice_id)
    small.certify(invoice_id, {small.lines("A")["2"]: "20000.00"})
    with reading(small.engine, small.id) as connection:
        owed = receivables.of_invoice(connection, small.id, invoice_id)
        assert owed is not None
        assert receivables.balance(connection, small.id, owed["id"]) == 0
        state = connection.execute(select(invoice.c.state).where(invoice.c.id == invoice_id)).scalar_one()
        shown = {one.reference: one for one in payments_page.payments(connection, small.id)}
        open_now = payments_page.open_invoices(connection, small.id)
    assert state == "paid"
    assert (shown["WIRE-1"].unapplied, shown["WIRE-2"].unapplied) == (Decimal(0), Decimal("9000.00"))
    assert [amount for _, _, amount in shown["WIRE-2"].applied_to] == [Decimal("3000.00")]
    assert shown["WIRE-2"].id == second
    assert open_now == []
    report = small.checked()
    assert report.ok, report.sentences()


def test_cash_received_before_anything_was_owed_is_posted_on_the_day_it_was(small: SmallFirm) -> None:
    """Money came in March for what was submitted on 2 April: until then nothing was owed to settle."""
    small.issue(small.prepare("A", PERIOD, {"2": "30000.00"}), "A1")
    early = small.receive(Decimal("100.00"), date(2024, 3, 15), "WIRE-1")
    with reading(small.engine, small.id) as connection:
        posted = connection.execute(
            select(receivable_entry.c.posted_on).where(receivable_entry.c.payment_id == early)
        ).scalar_one()
        shown = next(one for one in payments_page.payments(connection, small.id) if one.id == early)
    assert (posted, shown.received_on) == (date(2024, 4, 2), date(2024, 3, 15))


def test_payments_are_in_the_order_in_which_they_were_applied(small: SmallFirm) -> None:
    small.issue(small.prepare("A", PERIOD, {"2": "30000.00"}), "A1")
    with reading(small.engine, small.id) as connection:
        began = connection.execute(select(func.now())).scalar_one()
        small.receive(Decimal("1.00"), date(2024, 4, 2), "WIRE-1")
    with reading(small.engine, small.id) as connection:
        at, posted = connection.execute(
            select(payment.c.at, receivable_entry.c.at).join(
                receivable_entry, receivable_entry.c.payment_id == payment.c.id
            )
        ).one()
        audited = connection.execute(select(func.now())).scalar_one()
    assert began < at <= audited
    assert at <= posted
