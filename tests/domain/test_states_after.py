"""Where issue and a certificate lead, and what must be so before a contract is in force."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts_app.domain.billing.entering import as_typed_before
from contracts_app.domain.billing.milestones import Milestone, require_milestones_cover
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import INVOICE, state_after_certificate, state_after_issue
from tests.domain.agreements import identity, sov


@pytest.mark.parametrize(
    ("due", "certified", "state"),
    [
        ("10.00", True, "submitted"),
        ("0.00", True, "submitted"),
        ("0.01", False, "issued"),
        ("0.00", False, "paid"),
        ("-5.00", False, "paid"),
    ],
)
def test_issue_leads_to_whom_it_waits_for(due: str, certified: bool, state: str) -> None:
    assert state_after_issue(Decimal(due), certified_by_client=certified) == state
    assert state in INVOICE["issue_invoice"]["approved"]


@pytest.mark.parametrize(
    ("still_open", "withheld", "state"),
    [("0.00", True, "withheld"), ("0.01", False, "certified"), ("0.00", False, "paid")],
)
def test_a_certificate_ends_what_nothing_is_open_on(still_open: str, withheld: bool, state: str) -> None:
    assert state_after_certificate(Decimal(still_open), withheld=withheld) == state
    assert state in INVOICE["certify_application"]["submitted"]


def test_substantial_completion_is_not_before_the_contract_date() -> None:
    agreed = {"currency": "USD", "original_sum": "1.00", "contract_date": date(2024, 3, 1)}
    same_day = ContractTerms.model_validate({**agreed, "substantial_completion": date(2024, 3, 1)})
    assert same_day.substantial_completion == same_day.contract_date
    with pytest.raises(ValidationError, match="on or after the contract date, 2024-03-01, not 2024-02-29"):
        ContractTerms.model_validate({**agreed, "substantial_completion": date(2024, 2, 29)})


def _milestone(number: int, line: UUID | None, amount: str) -> Milestone:
    return Milestone(
        id=identity(f"milestone {number}"), line_id=line, title=str(number), amount=Decimal(amount)
    )


def test_milestones_come_to_their_line_exactly() -> None:
    fee = sov(1, Decimal("900.00"), basis=Basis.milestone)
    other = sov(2, Decimal("50.00"))
    parts = [_milestone(1, fee.id, "300.00"), _milestone(2, fee.id, "600.00"), _milestone(3, None, "0.00")]
    require_milestones_cover([fee, other], parts, "USD")
    for wrong in (parts[:1], [*parts, _milestone(4, fee.id, "0.01")], []):
        with pytest.raises(Refused) as refused:
            require_milestones_cover([fee, other], wrong, "USD")
        assert refused.value.code == "milestones_do_not_cover"
        assert "the line is 900.00 USD" in refused.value.sentence


def test_what_was_typed_before_stays_on_lump_sums_only() -> None:
    lump, fee = sov(1, Decimal("100.00")), sov(2, Decimal("100.00"), basis=Basis.milestone)
    timed = sov(3, Decimal("100.00"), basis=Basis.time_and_materials)
    suggested = [Entry(line_id=line.id, this_period=Decimal("1.00")) for line in (lump, fee, timed)]
    typed = {line.id: Entry(line_id=line.id, this_period=Decimal("2.00")) for line in (lump, fee, timed)}
    kept = as_typed_before([lump, fee, timed], suggested, typed)
    assert [entry.this_period for entry in kept] == [Decimal("2.00"), Decimal("1.00"), Decimal("1.00")]
    assert as_typed_before([lump], suggested[:1], {}) == tuple(suggested[:1])
