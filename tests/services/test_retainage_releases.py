"""Retainage released on events and replaced by a bond, and by when the law wants it released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import PrepareRelease
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, PlanMilestone
from contracts_app.domain.commands.retainage_commands import RecordSecurity
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.roles import Role
from contracts_app.services import release_deadlines
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import contracts, securities
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
HALVES = {
    "rate_completed": "0.10",
    "release_events": [
        {"event": "Practical completion", "part": "0.5"},
        {"event": "Making good", "part": "0.5"},
    ],
}
INDIANA = {
    "rate_completed": "0.03",
    "law": {"jurisdiction": "US-IN", "works": "public"},
}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """3,000 is withheld on line 2 and 1,000 on line 1 of contract E."""
    firm = found(settings, "Releasing Mechanical")
    for number, terms in (("E", HALVES), ("L", INDIANA)):
        firm.open_contract(number, retainage=RetainageTerms.model_validate(terms))
    firm.go_to(date(2024, 4, 2))
    for number in ("E", "L"):
        work = {"1": "10000.00", "2": "30000.00"}
        firm.certify(firm.issue(firm.prepare(number, MARCH, work), f"{number}1"))
    yield firm
    firm.engine.dispose()


def planned(small: SmallFirm, number: str, title: str) -> UUID:
    plan = PlanMilestone(contract_id=small.contracts[number], title=title, close_out=True)
    return UUID(str(small.do(Role.coordinator, plan).result["milestone_id"]))


def approved(small: SmallFirm, number: str, milestone_id: UUID) -> None:
    contract_id = small.contracts[number]
    achieve = AchieveMilestone(contract_id=contract_id, milestone_id=milestone_id, evidence="Certificate 7")
    small.approve_milestone(contract_id, milestone_id, small.do(Role.coordinator, achieve))


def release(small: SmallFirm, period_to: date, **how: Any) -> Outcome:
    body = PrepareRelease.model_validate({"contract_id": small.contracts["E"], "period_to": period_to, **how})
    return small.give(Role.coordinator, body)


def billed(small: SmallFirm, outcome: Outcome, name: str) -> dict[str, Decimal]:
    """What the release, issued and certified, releases of each line."""
    assert outcome.done, outcome.sentence
    invoice_id = UUID(str(outcome.result["invoice_id"]))
    with reading(small.engine, small.id) as connection:
        shown = current_snapshot(connection, small.id, invoice_id)
    names = {line.id: line.item_no for line in shown.schedule}
    small.certify(small.issue(invoice_id, name))
    with reading(small.engine, small.id) as connection:
        assert draft(current_snapshot(connection, small.id, invoice_id)).line8 == sum(
            part.amount for part in shown.releases
        )
    return {names[part.line_id]: part.amount for part in shown.releases}


def bond(small: SmallFirm, reference: str, amount: str) -> Outcome:
    body = RecordSecurity.model_validate(
        {
            "contract_id": small.contracts["E"],
            "reference": reference,
            "kind": "bond",
            "issuer": "Small Surety",
            "amount": amount,
            "from_day": MARCH,
        }
    )
    return small.give(Role.controller, body)


def test_events_and_a_bond_release_what_they_cover(small: SmallFirm) -> None:
    half, rest = (planned(small, "E", title) for title in ("Practical completion", "Making good"))
    assert release(small, date(2024, 4, 1)).code == "release_condition_not_met"
    early = release(small, date(2024, 4, 1), by_events=True)
    assert early.code == "no_event_reached"
    assert "not approved yet: Practical completion, Making good" in early.sentence
    approved(small, "E", half)
    released = billed(small, release(small, date(2024, 4, 1), by_events=True), "E2")
    assert released == {"1": Decimal(500), "2": Decimal(1500)}  # half of 1,000 and of 3,000
    small.go_to(date(2024, 4, 4))
    assert release(small, date(2024, 4, 2), by_events=True).code == "no_event_reached"

    assert release(small, date(2024, 4, 2), security="B-1").code == "unknown_security"
    assert bond(small, "B-1", "0").code == "security_amount"
    assert bond(small, "B-1", "1200.00").done
    assert bond(small, "B-1", "1200.00").code == "security_exists"
    replaced = billed(small, release(small, date(2024, 4, 2), security="B-1"), "E3")
    assert replaced == {"1": Decimal(300), "2": Decimal(900)}  # 1,200 of 500 and 1,500 held
    again = release(small, date(2024, 4, 3), security="B-1")
    assert again.code == "nothing_substituted"
    with reading(small.engine, small.id) as connection:
        (known,) = securities.of_contract(connection, small.id, small.contracts["E"])
    assert known.used == known.amount == 1200

    assert release(small, date(2024, 4, 3), part="0.5").code == "release_condition_not_met"
    approved(small, "E", rest)
    last = billed(small, release(small, date(2024, 4, 3), by_events=True), "E4")
    assert last == {"1": Decimal(200), "2": Decimal(600)}  # all, less 800 and 2,400


def test_why_it_is_released_stays_as_it_was_said(small: SmallFirm) -> None:
    with small.engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        with pytest.raises(DBAPIError, match="stays as it was said"):
            connection.execute(text("UPDATE invoice SET release_cause = '{}' WHERE application_no = 2"))


def test_the_law_counts_from_what_was_approved(small: SmallFirm) -> None:
    """61 days after substantial completion of 4 April 2024: 4 June."""
    approved(small, "L", planned(small, "L", "Substantial completion"))
    contract_id = small.contracts["L"]
    with reading(small.engine, small.id) as connection:
        row = contracts.find(connection, small.id, contract_id)
        assert row is not None
        known = release_deadlines.of_contract(connection, small.id, contract_id, contracts.terms_of(row))
    assert {one.due_on for one in known} == {date(2024, 6, 4)}


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert len(proofs) == 5
    assert all(not proof.differences for proof in proofs)
    assert small.checked(online=True).ok
