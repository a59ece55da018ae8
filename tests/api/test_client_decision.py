"""A certifier who changes amounts and leaves his decision on “in full” is asked which of them he means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found

MARCH = date(2024, 3, 31)


@pytest.fixture
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site)
    firm.open_contract("A", ReceivableArises.certification, Decimal(1000000))
    firm.go_to(MARCH)
    firm.issue(firm.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    yield firm
    firm.engine.dispose()


@pytest.mark.parametrize("decision", ["in_full", "withheld"])
def test_a_changed_line_is_never_left_out(
    small: SmallFirm, browser: Callable[[], Browser], decision: str
) -> None:
    client = browser()
    assert client.sign_in(f"{Role.client.value}@{small.id}.example", PASSWORD).status_code == 200
    address = f"/client/invoices/{small.invoices['A1']}"
    form = {
        "csrf_token": client.headers["X-CSRF-Token"],
        "idempotency_key": decision,
        "decision": decision,
        "reason": "Not all of it is done",
        f"e.{small.lines('A')['2']}": "15000.00",
        f"why.{small.lines('A')['2']}": "Dampers are not wired",
    }
    answer = client.post(f"{address}/certify", data=form)
    assert answer.status_code == 422
    assert "amounts accepted on lines were changed" in answer.text
    assert 'value="15000.00"' in answer.text
    assert 'value="Dampers are not wired"' in answer.text
