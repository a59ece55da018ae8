"""Rates raised from a day on: the preview, the new rows, the work that they price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import PrepareApplication
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_increase import Increase
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot, find
from contracts_app.store.transaction import reading
from contracts_app.store.views.rate_increase import Preview, previewed
from tests.services import small_time_contract
from tests.services.second_person import with_second
from tests.services.small_firm import SmallFirm, found

APRIL, MAY = date(2024, 4, 30), date(2024, 5, 31)
BY_PERCENT: dict[str, Any] = {"effective_from": "2024-05-01", "by_rate": "0.035", "step": "0.25"}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm with a contract by time: 120.00 an hour from April on, a partner at 200.00."""
    firm = found(settings, "Raised Mechanical")
    small_time_contract.open_time_contract(firm, "T")
    firm.go_to(date(2024, 5, 2))
    yield firm
    firm.engine.dispose()


def _previewed(small: SmallFirm, increase: Increase) -> Preview:
    with reading(small.engine, small.id) as connection:
        (one,) = previewed(connection, small.id, increase, "")
    return one


def _raise(
    small: SmallFirm, increase: Increase, by: Role = Role.controller, seen: str | None = None
) -> Outcome:
    body = RaiseRates(
        contract_id=small.contracts["T"], increase=increase, reason="Agreed on 15 April", seen=seen
    )
    outcome = with_second(small, small.give(by, body))
    small.settle()
    return outcome


def _billed(small: SmallFirm, invoice_id: UUID) -> list[tuple[date, Decimal, Decimal]]:
    with reading(small.engine, small.id) as connection:
        figures = draft(current_snapshot(connection, small.id, invoice_id))
    return [
        (each.entry.work_date, each.rate, each.amount) for billed in figures.time for each in billed.entries
    ]


def test_rates_rise_from_a_day_on_and_a_draft_in_hand_follows(small: SmallFirm) -> None:
    """120.00 × 1.035 = 124.20, to the quarter 124.25; 200.00 → 207.00. An hour in April stays at 120.00."""
    small_time_contract.work(small, "T", ("1", APRIL, 1), ("1", date(2024, 5, 2), 2))
    prepared = small.do(
        Role.coordinator, PrepareApplication(contract_id=small.contracts["T"], period_to=date(2024, 5, 2))
    )
    invoice_id = UUID(str(prepared.result["invoice_id"]))
    assert _billed(small, invoice_id)[1][1:] == (Decimal(120), Decimal("240.00"))
    small.approve(invoice_id)
    increase = Increase.model_validate(BY_PERCENT)
    preview = _previewed(small, increase)
    shown = {(change.whose, change.before, change.after) for change in preview.changes}
    assert shown == {
        ("everybody", Decimal(120), Decimal("124.25")),
        ("Sample Partner", Decimal(200), Decimal("207.00")),
    }
    assert _raise(small, increase, Role.coordinator).status == 403
    assert _raise(small, increase, seen="0" * 64).code == "changed_since_seen"
    assert _raise(small, increase, seen=preview.seen).done
    assert _raise(small, increase).code == "rates_overlap"
    assert _billed(small, invoice_id) == [
        (APRIL, Decimal(120), Decimal("120.00")),
        (date(2024, 5, 2), Decimal("124.25"), Decimal("248.50")),
    ]
    with reading(small.engine, small.id) as connection:
        row = find(connection, small.id, invoice_id)
    assert row is not None
    assert row["state"] == "in_review"
    assert "There is a rate" in _previewed(small, increase).refused


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        assert all(proof.proved for proof in prove_all(connection, small.id))
    report = small.checked(online=True)
    assert not [one for one in report.findings if one.violations], report.sentences()
