"""What the client cuts from time: claimed again by default, given up once the project manager accepts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.drafting import content_hash, draft
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ScheduleRow,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import (
    Certification,
    CertifyApplication,
    PrepareApplication,
)
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import AcceptCut
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.money import ZERO
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services import proving
from contracts_app.settings import Settings
from contracts_app.store import contracts, cuts, invoices
from contracts_app.store.transaction import reading
from contracts_app.store.views.waiting import why
from tests.services.small_firm import STARTS, SmallFirm, found
from tests.services.small_time_contract import work

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
REASON = "Travel is not agreed"


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm of its own for each test, with the contract below."""
    firm = found(settings, f"Cuts {uuid4()}")
    cut_by_the_client(firm)
    yield firm
    firm.engine.dispose()


def cut_by_the_client(firm: SmallFirm) -> None:
    """Contract C of one line by time at 95.00 an hour; the client cut ten hours of March to 849.99."""
    contract_id = deterministic_id(firm.id, "contract", f"{firm.people[Role.coordinator]}:C")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("5000.00"),
        contract_date=STARTS,
        invoice_form=InvoiceForm.consulting,
        controller_limit=Decimal("9000.00"),
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=firm.people[Role.project_manager],
        number="C",
        title="Certified studies",
        terms=terms,
    )
    firm.do(Role.coordinator, body, "C")
    firm.contracts["C"] = contract_id
    line = ScheduleRow(
        item_no="1", description="Study", scheduled_value=terms.original_sum, basis=Basis.time_and_materials
    )
    firm.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)))
    rate = RateRow(rate=Decimal("95.00"), effective_from=STARTS)
    firm.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=(rate,)))
    firm.do(Role.controller, ActivateContract(contract_id=contract_id))
    firm.go_to(MARCH)
    work(firm, "C", ("1", date(2024, 3, 4), 10))
    firm.issue(prepared(firm, MARCH), "C1")
    firm.certify(firm.invoices["C1"], {firm.lines("C")["1"]: "849.99"}, REASON)
    firm.go_to(APRIL)


def prepared(firm: SmallFirm, period_to: date) -> UUID:
    body = PrepareApplication(contract_id=firm.contracts["C"], period_to=period_to)
    return UUID(str(firm.do(Role.coordinator, body).result["invoice_id"]))


def accept(firm: SmallFirm, amount: str | None = None, role: Role = Role.project_manager) -> Outcome:
    outcome = firm.give(
        role,
        AcceptCut(
            contract_id=firm.contracts["C"],
            invoice_id=firm.invoices["C1"],
            item_no="1",
            amount=Decimal(amount) if amount else None,
            reason="Agreed on the telephone",
        ),
    )
    firm.settle()
    return outcome


def figures(firm: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(firm.engine, firm.id) as connection:
        return draft(invoices.current_snapshot(connection, firm.id, invoice_id))


def state(firm: SmallFirm) -> str:
    with reading(firm.engine, firm.id) as connection:
        row = contracts.find(connection, firm.id, firm.contracts["C"])
        assert row is not None
        return str(row["state"])


def sentence(firm: SmallFirm) -> str:
    with reading(firm.engine, firm.id) as connection:
        waits = why(connection, firm.id, "contract", firm.contracts["C"])
    assert waits
    return waits.sentence or ""


def all_is_well(firm: SmallFirm) -> None:
    report = firm.checked()
    assert report.ok, report.sentences()
    with reading(firm.engine, firm.id) as connection:
        assert all(proof.proved for proof in proving.prove_all(connection, firm.id))


def test_a_cut_is_claimed_again_and_the_draft_lets_go_of_what_is_accepted(small: SmallFirm) -> None:
    assert sentence(small).startswith(
        f"The certificate of invoice 1 cut 100.01 USD: “{REASON}”. It is claimed again; time is not once the "
        "project manager accepts the cut. Contract C waits"
    )
    work(small, "C", ("1", date(2024, 4, 3), 2))
    second = prepared(small, APRIL)
    assert figures(small, second).line8 == Decimal("290.01")
    assert accept(small, "33.33").result["accepted"] == "33.33"
    assert figures(small, second).line8 == Decimal("256.68")
    assert accept(small).result["accepted"] == "66.68"
    shown = figures(small, second)
    (billed,) = shown.time
    assert (billed.over_cap, billed.amount, shown.line8) == (ZERO, Decimal("190.00"), Decimal("190.00"))
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, second)
        assert row is not None
        assert row["content_hash"] == content_hash(invoices.current_snapshot(connection, small.id, second))
        ledger = cuts.accepted_of(connection, small.id, small.invoices["C1"])
    assert [(one.item_no, one.amount, one.reason) for one in ledger] == [
        ("1", Decimal("33.33"), "Agreed on the telephone"),
        ("1", Decimal("66.68"), "Agreed on the telephone"),
    ]
    assert accept(small).code == "nothing_cut"
    small.issue(second, "C2")
    assert small.certify(second) == Decimal("190.00")
    assert "cut" not in sentence(small)
    all_is_well(small)


def test_only_the_project_manager_accepts_and_not_what_is_claimed_again(small: SmallFirm) -> None:
    assert accept(small, role=Role.coordinator).code == "not_allowed"
    assert accept(small, "100.02").code == "above_the_cut"
    small.issue(prepared(small, APRIL), "C2")
    with_client = accept(small)
    assert (with_client.done, with_client.code) == (False, "application_in_hand")
    assert small.certify(small.invoices["C2"]) == Decimal("100.01")
    assert accept(small).code == "nothing_cut"
    all_is_well(small)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_contract_whose_work_is_complete_does_not_close_over_a_cut(
    small: SmallFirm, accepted: bool
) -> None:
    small.receive(Decimal("849.99"), APRIL, "WIRE-1", small.invoices["C1"])
    complete = CompleteWork(contract_id=small.contracts["C"], reason="All studies delivered.")
    small.do(Role.project_manager, complete)
    assert state(small) == "active"
    assert sentence(small) == (
        f"The certificate of invoice 1 cut 100.01 USD: “{REASON}”. Contract C waits for invoice 2, which "
        "claims this time again, unless the project manager accepts the cut."
    )
    if accepted:
        assert accept(small).done
    else:
        second = small.issue(prepared(small, APRIL), "C2")
        small.receive(small.certify(second), APRIL, "WIRE-2", second)
    assert state(small) == "closed"
    all_is_well(small)


def test_what_was_withheld_altogether_can_be_accepted_too(small: SmallFirm) -> None:
    work(small, "C", ("1", date(2024, 4, 3), 2))
    small.invoices["C1"] = small.issue(prepared(small, APRIL), "C2")
    small.do(
        Role.client,
        CertifyApplication(
            invoice_id=small.invoices["C1"], decision=Certification.withheld, reason="Records are missing"
        ),
    )
    assert accept(small).result["accepted"] == "290.01"
    small.go_to(MAY)
    work(small, "C", ("1", date(2024, 5, 3), 1))
    assert figures(small, prepared(small, MAY)).line8 == Decimal("95.00")
    all_is_well(small)
