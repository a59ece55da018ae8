"""Discounts by line, by volume and as a courtesy, from the terms to proved invoices; figures by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.domain.checking import checks
from contracts_app.domain.commands.agreement_commands import ReceiveDeposit
from contracts_app.domain.commands.invoice_commands import SubmitDraft
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import taxes
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.services.looking import open_on
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, open_taxed

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
LINES = (
    {"item_no": "1", "description": "Design", "scheduled_value": "10000.00"},
    {
        "item_no": "2",
        "description": "Printed reports",
        "scheduled_value": "1200.00",
        "tax": {"treatments": [{"jurisdiction": "DE", "category": "reduced"}]},
    },
    {"item_no": "3", "description": "Travel, passed on", "scheduled_value": "500.00"},
)
AGREED: dict[str, Any] = {
    "lines": [{"item_no": "1", "rate": "0.10"}, {"item_no": "3", "rate": "0"}],
    "volume": {"mode": "marginal", "bands": [{"above": "5000.00", "rate": "0.05"}]},
    "courtesy": "0.02",
}
INVOICED: dict[str, Any] = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A company in Germany; contract D with all three discounts and tax, C with a courtesy and retainage."""
    firm = found(settings, "Discounted Mechanical")
    add_entity(firm, "DE", "EUR", "SD-", "DE000000001", "Europe/Berlin")
    open_taxed(firm, "D", WITH_WORK, LINES, **INVOICED, discounts=AGREED)
    works = [{"item_no": "1", "description": "Works", "scheduled_value": "5000.00"}]
    retainage = {"rate_completed": "0.10", "rate_stored": "0.10"}
    open_taxed(firm, "C", None, works, retainage=retainage, discounts={"courtesy": "0.05"})
    open_taxed(firm, "U", None, works, **INVOICED, discounts={"lines": [{"item_no": "9", "rate": "0.05"}]})
    firm.go_to(date(2024, 5, 1))
    yield firm
    firm.engine.dispose()


def _kept(small: SmallFirm, invoice_id: UUID, stage: str) -> tuple[Decimal, ...]:
    with reading(small.engine, small.id) as connection:
        row = taxes.kept(connection, small.id, invoice_id)[stage]
    return tuple(row[name] for name in ("discount", "net", "tax", "gross", "due"))


def _amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def test_line_volume_and_courtesy_come_off_before_the_tax(small: SmallFirm) -> None:
    """March: 400.00 of line 1, then 2 % of 3,600 + 400 = 80.00. 4,020.00 are taxed: 3,628 × 19 % = 689.32 and
    392 × 7 % = 27.44. April: 600.00 of line 1; 5 % of the 5,400 beyond 5,000 = 270.00; 2 % of 5,130 = 102.60:
    5,027.40 × 19 % = 955.21."""
    first = small.issue(small.prepare("D", MARCH, {"1": "4000.00", "2": "400.00", "3": "100.00"}), "D1")
    assert _kept(small, first, "issued") == _amounts("480.00", "4020.00", "716.76", "4736.76", "4736.76")
    assert open_on(small, first) == Decimal("4736.76")
    second = small.issue(small.prepare("D", APRIL, {"1": "6000.00"}), "D2")
    assert _kept(small, second, "issued") == _amounts("972.60", "5027.40", "955.21", "5982.61", "5982.61")
    assert open_on(small, second) == Decimal("5982.61")


def test_a_discount_takes_no_retainage_and_follows_the_certificate(small: SmallFirm) -> None:
    """1,000.00 of work, 100.00 kept back, 50.00 off: 850.00. Certified 800.00: 720.00 less 40.00."""
    invoice_id = small.issue(small.prepare("C", APRIL, {"1": "1000.00"}), "C1")
    assert _kept(small, invoice_id, "issued") == _amounts("50.00", "950.00", "0", "950.00", "850.00")
    small.certify(invoice_id, {small.lines("C")["1"]: "800.00"})
    assert _kept(small, invoice_id, "certified") == _amounts("40.00", "760.00", "0", "760.00", "680.00")
    assert open_on(small, invoice_id) == 680


def test_a_discount_of_a_line_that_is_not_there_keeps_the_draft(small: SmallFirm) -> None:
    invoice_id = small.prepare("U", APRIL, {"1": "10.00"})
    with reading(small.engine, small.id) as connection:
        found_here = checks.findings(current_snapshot(connection, small.id, invoice_id))
    assert {one.code for one in found_here} == {"tax_not_clear"}
    assert "line 9" in found_here[0].sentence


def test_nothing_pays_ahead_what_is_discounted(small: SmallFirm) -> None:
    """A credit of 400.00, or a deposit, would pay 400.00 of an invoice of which 380.00 is due."""
    works = [{"item_no": "1", "description": "Works", "scheduled_value": "5000.00"}]
    open_taxed(small, "P", None, works, **INVOICED, discounts={"courtesy": "0.05"})
    small.issue(small.prepare("P", MARCH, {"1": "1000.00"}), "P1")
    back = small.prepare("P", APRIL, {"1": "-400.00"})
    refused = small.give(Role.coordinator, SubmitDraft(invoice_id=back))
    assert refused.code == "draft_has_findings"
    assert "credit would be carried without its discount" in refused.sentence
    paid_ahead = ReceiveDeposit(
        contract_id=small.contracts["P"], amount=Decimal("400.00"), received_on=APRIL, reference="WIRE-P"
    )
    assert small.give(Role.coordinator, paid_ahead).code == "deposit_with_discounts"


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        assert [proof.sentence for proof in prove_all(connection, small.id) if not proof.proved] == []
    report = small.checked(online=True)
    assert report.ok, report.sentences()
