"""Tiers, a cap and the law of the place in the product: billed, certified, released, proved and checked."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.invoice_commands import PrepareRelease
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.retainage import retainage_explained
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.roles import Role
from contracts_app.services import draft_findings, law_of_contracts
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
STEPS_DOWN = {
    "rate_completed": "0.10",
    "rate_stored": "0.10",
    "tiers": {
        "mode": "step_down",
        "tiers": [{"above": "0.50", "rate_completed": "0.05", "rate_stored": "0.05"}],
    },
}
CAPPED = {
    "rate_completed": "0.10",
    "rate_stored": "0.10",
    "tiers": {"tiers": [{"above": "0.50"}]},
    "cap": {"fraction": "0.04"},
}
WARNED = {"rate_completed": "0.05", "law": {"jurisdiction": "US-TX"}}
AGAINST_THE_LAW = {"rate_completed": "0.05", "law": {"jurisdiction": "US-TX", "policy": "block"}}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Retained Mechanical")
    for number, terms in (("S", STEPS_DOWN), ("C", CAPPED), ("W", WARNED)):
        firm.open_contract(number, retainage=RetainageTerms.model_validate(terms))
    firm.go_to(date(2024, 5, 2))
    yield firm
    firm.engine.dispose()


def _billed(small: SmallFirm, number: str, name: str, to: date, work: Mapping[str, str]) -> UUID:
    invoice_id = small.issue(small.prepare(number, to, work), name)
    small.certify(invoice_id)
    return invoice_id


def _drawn(small: SmallFirm, invoice_id: UUID) -> tuple[Snapshot, PayApplication]:
    with reading(small.engine, small.id) as connection:
        shown = current_snapshot(connection, small.id, invoice_id)
    return shown, draft(shown)


def _line5(small: SmallFirm, invoice_id: UUID) -> Decimal:
    with reading(small.engine, small.id) as connection:
        return draft(current_snapshot(connection, small.id, invoice_id)).line5


def test_a_step_down_is_released_billed_and_proved(small: SmallFirm) -> None:
    """10 % of 40,000; then 5 % of 60,000 of 100,000.33; then half of what is held is released."""
    first = _billed(small, "S", "S1", MARCH, {"1": "10000.00", "2": "30000.00"})
    assert _line5(small, first) == 4000
    second = _billed(small, "S", "S2", APRIL, {"2": "20000.00"})
    assert _line5(small, second) == 3000
    assert retainage_explained.in_words(*_drawn(small, second)) == (
        "Retainage on the completed work of this application: 20,000.00 USD at 5 %. At a tier its rate is "
        "held on all work, and what is held above it is released."
    )
    outcome = small.do(
        Role.coordinator,
        PrepareRelease(contract_id=small.contracts["S"], period_to=date(2024, 5, 1), part=Decimal("0.5")),
    )
    release = small.issue(UUID(str(outcome.result["invoice_id"])), "SR")
    small.certify(release)
    assert _line5(small, release) == 1500


def test_tiers_of_the_contract_under_a_cap_are_shared_by_new_work_and_proved(small: SmallFirm) -> None:
    """4 % of 100,000.33 is 4,000.01: reached in the second application; finished work keeps its part."""
    first = _billed(small, "C", "C1", MARCH, {"2": "30000.00"})
    assert _line5(small, first) == 3000
    second = _billed(small, "C", "C2", APRIL, {"3": "30000.33"})
    with reading(small.engine, small.id) as connection:
        shown = draft(current_snapshot(connection, small.id, second))
    assert {line.item_no: line.withheld for line in shown.lines} == {
        "1": 0,
        "2": Decimal("3000.00"),
        "3": Decimal("1000.01"),
    }
    # 50 % of 100,000.33 is 50,000.165, of which 30,000 was done before; the odd cent goes to the first.
    parts = retainage_explained.slices(*_drawn(small, second))
    assert [one.work for one in parts] == [Decimal("20000.17"), Decimal("10000.16")]
    assert [one.rate for one in parts] == [Decimal("0.10"), 0]
    assert retainage_explained.in_words(*_drawn(small, second)) == (
        "Retainage on the completed work of this application: 20,000.17 USD at 10 %, 10,000.16 USD at 0 %. "
        "Withholding stops at the most that is agreed."
    )
    wrong = small.give(
        Role.coordinator,
        PrepareRelease(contract_id=small.contracts["C"], period_to=date(2024, 5, 1), item_nos=("9",)),
    )
    assert wrong.code == "not_in_schedule"
    outcome = small.do(
        Role.coordinator,
        PrepareRelease(contract_id=small.contracts["C"], period_to=date(2024, 5, 1), item_nos=("2",)),
    )
    release = small.issue(UUID(str(outcome.result["invoice_id"])), "CR")
    assert small.certify(release) == 3000
    assert _line5(small, release) == Decimal("1000.01")


def test_what_the_law_says_of_the_terms_is_told_to_whoever_approves(small: SmallFirm) -> None:
    """The contract went into force with a warning; each draft repeats it, and none is held up by it."""
    draft_id = small.prepare("W", MARCH, {"1": "100.00"})
    with reading(small.engine, small.id) as connection:
        shown = current_snapshot(connection, small.id, draft_id)
        found = draft_findings.of_draft(connection, small.id, draft_id, shown)
    assert [(one.code, one.blocks) for one in found] == [("below_what_law_holds", False)]
    assert "the law demands 10 %" in found[0].sentence
    small.certify(small.issue(draft_id, "W1"))


FEDERAL = {
    "currency": "USD",
    "original_sum": "100000",
    "contract_date": "2024-03-01",
    "changes": {"markups": {"material": "0.15"}},
}


@pytest.mark.parametrize(
    ("marks", "codes"),
    [
        ((), []),
        (("time_and_materials",), ["rate_above_law", "markup_above_law"]),
        (("fixed_fee",), []),  # at most 15 % of the fee
    ],
)
def test_provisions_for_some_contracts_apply_to_those_that_are_marked(
    marks: tuple[str, ...], codes: list[str]
) -> None:
    """10 % is the most on federal works; for time and materials 5 %, and nothing on material."""
    law = {"jurisdiction": "US", "works": "federal", "policy": "block", "marks": marks}
    terms = ContractTerms.model_validate({**FEDERAL, "retainage": {"rate_completed": "0.10", "law": law}})
    found = law_of_contracts.of_terms(terms, (), date(2026, 11, 22))
    assert [one.code for one in found] == codes
    assert all(one.blocks for one in found)
    stale = law_of_contracts.of_terms(terms, (), date(2027, 11, 23))
    again = {one.citation for one in stale if one.code == "law_to_be_read_again"}
    assert any("52.232-7(b)(7)" in one for one in again) is ("time_and_materials" in marks)
    assert any("52.232-5" in one for one in again)
    assert not any(one.blocks for one in stale if one.code == "law_to_be_read_again")


@pytest.mark.parametrize(
    ("place", "days", "codes"),
    [
        ({"jurisdiction": "US", "works": "federal"}, 7, []),
        ({"jurisdiction": "US", "works": "federal"}, 8, ["reply_beyond_law"]),
        ({"jurisdiction": "US-CA", "works": "federal", "policy": "block"}, 8, ["reply_beyond_law"]),
        ({"jurisdiction": "US", "works": "public"}, 8, []),
        ({"jurisdiction": "US", "works": "federal", "policy": "off"}, 8, []),
    ],
)
def test_a_client_that_has_more_days_to_reply_than_the_law_gives_is_warned_of(
    place: dict[str, str], days: int, codes: list[str]
) -> None:
    terms = ContractTerms.model_validate(
        {**FEDERAL, "certification_days": days, "changes": None, "retainage": {"law": place}}
    )
    found = law_of_contracts.of_terms(terms, (), date(2026, 11, 22))
    assert [one.code for one in found] == codes
    assert not any(one.blocks for one in found)
    stale = law_of_contracts.of_terms(terms, (), date(2027, 11, 23))
    assert any(one.citation == "FAR 52.232-27" for one in stale) is bool(codes)


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert proofs
    assert all(not proof.differences for proof in proofs)
    assert small.checked().ok


def test_terms_against_the_law_keep_a_contract_from_activation(small: SmallFirm) -> None:
    terms = RetainageTerms.model_validate(AGAINST_THE_LAW)
    small.open_contract("L", retainage=terms, activate=False)
    refused = small.give(Role.controller, ActivateContract(contract_id=small.contracts["L"]))
    assert refused.code == "against_the_law"
    assert "the law demands 10 %. (Tex. Prop. Code § 53.101)" in refused.sentence
