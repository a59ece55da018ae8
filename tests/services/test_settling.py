"""Receivables settled without cash: tax withheld and certified, discounts for early payment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import legal_entities
from contracts_app.store.tax_tables import settlement
from contracts_app.store.transaction import reading
from tests.services.looking import open_on, state_of
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, open_taxed, paid

MARCH, TODAY = date(2024, 3, 31), date(2024, 4, 2)
LINES = ({"item_no": "1", "description": "Works", "scheduled_value": "10000.00"},)
INVOICED: Mapping[str, Any] = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}
TWO_IN_TEN: Mapping[str, Any] = {"early_payment": {"rate": "0.02", "days": 10}}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Firms in Germany (EUR) and Britain (GBP); contracts E and N with 2 % in ten days, W under CIS."""
    firm = found(settings, "Settled Mechanical")
    add_entity(firm, "GB", "GBP", "SG-", "GB000000003", "Europe/London")
    open_taxed(firm, "W", {"treatments": [{"jurisdiction": "GB"}]}, LINES, "GBP", **INVOICED)
    add_entity(firm, "DE", "EUR", "SD-", "DE000000001", "Europe/Berlin")
    open_taxed(firm, "E", WITH_WORK, LINES, **INVOICED, **TWO_IN_TEN)
    open_taxed(firm, "N", None, LINES, **INVOICED, **TWO_IN_TEN)
    firm.go_to(TODAY)
    yield firm
    firm.engine.dispose()


def _withheld(small: SmallFirm, invoice_id: UUID, amount: str, **more: Any) -> Outcome:
    body = {
        "client_id": small.client_id,
        "invoice_id": invoice_id,
        "jurisdiction": "GB",
        "scheme": "cis",
        "standing": "net",
        "certificate": "V-1",
        "amount": Decimal(amount),
        "paid_on": TODAY,
        "materials": Decimal("4000.00"),
        **more,
    }
    outcome = small.give(Role.coordinator, SettleWithheld.model_validate(body))
    small.settle()
    return outcome


def test_a_certificate_settles_what_the_client_withheld(small: SmallFirm) -> None:
    """10,000.00 and 2,000.00 of tax; 20 % of 10,000 less 4,000 of materials is 1,200.00, cash 10,800.00."""
    invoice_id = small.issue(small.prepare("W", MARCH), "W1")
    entity = small.entity_id
    small.entity_id = _biller(small, "SG-")
    paid(small, invoice_id, "10800.00", TODAY, "BACS-1", "GBP")
    small.entity_id = entity
    assert open_on(small, invoice_id) == 1200
    assert state_of(small, invoice_id) == "issued"
    assert _withheld(small, invoice_id, "1200.01").code == "certificate_exceeds_withheld"
    assert _withheld(small, invoice_id, "1", standing="none").code == "no_withholding_rate"
    assert _withheld(small, invoice_id, "1000.00").done
    assert _withheld(small, invoice_id, "200.00").code == "certificate_known"
    done = _withheld(small, invoice_id, "200.00", certificate="V-2")
    assert done.result["open"] == "0.00"
    assert open_on(small, invoice_id) == 0
    assert state_of(small, invoice_id) == "paid"


def _biller(small: SmallFirm, prefix: str) -> UUID:

    with reading(small.engine, small.id) as connection:
        (one,) = [
            row for row in legal_entities.every(connection, small.id) if row["name"] == f"Small {prefix}"
        ]
    return UUID(str(one["id"]))


def test_paying_in_time_settles_with_the_discount_and_its_tax(small: SmallFirm) -> None:
    """1,000.00 + 190.00; 2 % off is 980.00 + 186.20 = 1,166.20: 23.80 of discount, 3.80 of it tax. A part of
    583.10 in time settles 595.00."""
    invoice_id = small.issue(small.prepare("E", MARCH, {"1": "1000.00"}), "E1")
    assert open_on(small, invoice_id) == 1190
    paid(small, invoice_id, "583.10", TODAY, "SEPA-1")
    assert open_on(small, invoice_id) == 595
    assert state_of(small, invoice_id) == "issued"
    paid(small, invoice_id, "583.10", date(2024, 4, 2), "SEPA-2")
    assert open_on(small, invoice_id) == 0
    assert state_of(small, invoice_id) == "paid"
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            select(settlement.c.amount, settlement.c.tax).where(settlement.c.kind == "discount")
        ).all()
    assert [tuple(row) for row in rows] == [(Decimal("11.90"), Decimal("1.90"))] * 2


def test_late_cash_settles_itself_only(small: SmallFirm) -> None:
    """Without tax 500.00 need 490.00 up to 12 April; the day after, 490.00 leave 10.00 open."""
    invoice_id = small.issue(small.prepare("N", MARCH, {"1": "500.00"}), "N1")
    small.go_to(date(2024, 4, 13))
    paid(small, invoice_id, "490.00", date(2024, 4, 13), "SEPA-3")
    assert open_on(small, invoice_id) == 10
    paid(small, invoice_id, "10.00", date(2024, 4, 13), "SEPA-4")
    assert state_of(small, invoice_id) == "paid"


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        assert [proof.sentence for proof in prove_all(connection, small.id) if not proof.proved] == []
    report = small.checked(online=True)
    assert report.ok, report.sentences()
