"""A contract that is being set up: its schedule is saved again and again, its milestones are mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.detail import DetailLevel, DetailTerms
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.administration import EditClient
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication, SubmitDraft
from contracts_app.domain.commands.milestone_commands import ChangeMilestone, PlanMilestone, RemoveMilestone
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.settings import Settings
from contracts_app.store import contracts
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from importers.entries import Kind
from importers.examples import EXAMPLES
from tests.services.small_firm import STARTS, SmallFirm, found
from tests.services.small_taxed_contract import administered

ROWS = (("1", "Fee", "300.00", Basis.milestone), ("2", "Travel", "100.00", Basis.lump_sum))


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm of its own for each test, with a contract that is being set up and has two milestones."""
    firm = found(settings, f"Set-up {uuid4()}")
    contract_id = deterministic_id(firm.id, "contract", f"{firm.people[Role.coordinator]}:S")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("400.00"),
        contract_date=STARTS,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=firm.client_id,
        legal_entity_id=firm.entity_id,
        project_manager_id=firm.people[Role.project_manager],
        number="S",
        title="Set up by hand",
        terms=terms,
    )
    firm.do(Role.coordinator, body, "S")
    firm.contracts["S"] = contract_id
    assert save(firm, *ROWS).done
    for title, amount in (("Interim", "100.00"), ("Final", "200.00")):
        plan = PlanMilestone(contract_id=contract_id, title=title, item_no="1", amount=Decimal(amount))
        firm.do(Role.coordinator, plan)
    yield firm
    firm.engine.dispose()


def save(small: SmallFirm, *rows: tuple[str, str, str, Basis]) -> Outcome:
    lines = tuple(
        ScheduleRow(item_no=item, description=words, scheduled_value=Decimal(value), basis=basis)
        for item, words, value, basis in rows
    )
    return small.give(Role.coordinator, SetSchedule(contract_id=small.contracts["S"], lines=lines))


def planned(small: SmallFirm) -> dict[str, Milestone]:
    with reading(small.engine, small.id) as connection:
        return {one.title: one for one in contracts.milestones(connection, small.id, small.contracts["S"])}


def clean(small: SmallFirm) -> None:
    small.settle()
    report = small.checked()
    assert report.ok, [finding for finding in report.findings if finding.violations]


def test_lines_that_stay_keep_their_milestones(small: SmallFirm) -> None:
    lines, before = small.lines("S"), planned(small)
    saved = save(
        small,
        ("0", "Kick-off", "50.00", Basis.lump_sum),
        ("1", "Fee, all phases", "300.00", Basis.milestone),
        ("3", "Travel", "50.00", Basis.lump_sum),
    )
    assert saved.done, saved.sentence
    assert planned(small) == before
    assert small.lines("S")["1"] == lines["1"]
    with reading(small.engine, small.id) as connection:
        schedule = contracts.schedule(connection, small.id, small.contracts["S"])
    assert [(line.item_no, line.description) for line in schedule] == [
        ("0", "Kick-off"),
        ("1", "Fee, all phases"),
        ("3", "Travel"),
    ]
    small.do(Role.controller, ActivateContract(contract_id=small.contracts["S"]))
    refused = save(small, *ROWS)
    assert (refused.done, refused.code) == (False, "not_in_this_state")
    clean(small)


def test_a_line_with_milestones_neither_goes_nor_falls_below_them(small: SmallFirm) -> None:
    gone = save(small, ("2", "All", "400.00", Basis.lump_sum))
    assert gone.code == "line_has_milestones"
    assert gone.sentence.startswith("Line 1 would go, and the milestone “")
    low = save(small, ("1", "Fee", "150.00", Basis.milestone), ("2", "Travel", "250.00", Basis.lump_sum))
    assert low.code == "milestone_above_line"
    assert "“Final”" in low.sentence
    assert len(planned(small)) == 2


def test_time_needs_a_limit_of_zero_or_more_and_a_rate_card(small: SmallFirm) -> None:
    fee, by_time = ROWS[0], Basis.time_and_materials
    negative = save(small, fee, ("3", "Support", "-1.00", by_time), ("2", "Travel", "101.00", by_time))
    assert (negative.done, negative.code) == (False, "negative_limit")
    assert "Line 3 is billed by time" in negative.sentence
    assert save(small, fee, ("2", "Travel", "100.00", by_time)).done
    activate = ActivateContract(contract_id=small.contracts["S"])
    refused = small.give(Role.controller, activate)
    assert (refused.done, refused.code) == (False, "no_rate_card")
    assert refused.sentence.startswith("Line 2 is billed by time, and the contract has no rate card")
    rates = (RateRow(rate=Decimal("100.00"), effective_from=STARTS),)
    small.do(Role.coordinator, SetRateCard(contract_id=small.contracts["S"], rows=rates))
    small.do(Role.controller, activate)

    empty = PrepareApplication(contract_id=small.contracts["S"], period_to=date(2024, 3, 31))
    small.go_to(date(2024, 4, 1))
    invoice_id = UUID(str(small.do(Role.coordinator, empty).result["invoice_id"]))
    nothing = small.give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert (nothing.done, nothing.code) == (False, "draft_has_findings")
    assert nothing.sentence.startswith("Nothing is billed for this period: claim")


def test_a_milestone_is_planned_otherwise_and_taken_out(small: SmallFirm) -> None:
    contract_id = small.contracts["S"]
    ids = {title: one.id for title, one in planned(small).items()}

    def change(title: str, amount: str, of: UUID) -> Outcome:
        return small.give(
            Role.coordinator,
            ChangeMilestone(
                contract_id=contract_id, milestone_id=of, title=title, item_no="1", amount=Decimal(amount)
            ),
        )

    assert change("Interim", "150.00", ids["Final"]).code == "milestone_exists"
    assert change("Final", "200.01", ids["Final"]).code == "milestones_above_line"
    assert change("Final report", "150.00", ids["Final"]).done
    assert {title: one.amount for title, one in planned(small).items()} == {
        "Interim": Decimal(100),
        "Final report": Decimal(150),
    }
    small.do(Role.coordinator, RemoveMilestone(contract_id=contract_id, milestone_id=ids["Interim"]))
    assert set(planned(small)) == {"Final report"}
    assert change("Final", "300.00", ids["Final"]).done
    clean(small)
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    assert change("Final", "250.00", ids["Final"]).code == "not_in_this_state"
    late = RemoveMilestone(contract_id=contract_id, milestone_id=ids["Final"])
    assert small.give(Role.coordinator, late).code == "not_in_this_state"


def test_a_new_contract_shows_time_as_its_client_asks_unless_it_says_otherwise(small: SmallFirm) -> None:
    """A line for each person, entries behind it: of the client. A sum, or every entry: of the contract."""
    usual = DetailTerms(level=DetailLevel.person, backup=True)
    said = {"name": "Small General Contractor", "email": "billing@small-general-contractor.example"}
    edit = EditClient.model_validate({"client_id": small.client_id, **said, "detail": usual})
    assert administered(small, Role.coordinator, edit).done
    lines = DetailTerms(level=DetailLevel.line)
    assert _opened(small, "as the client asks") == usual
    assert _opened(small, "its own", detail=lines) == lines
    assert _opened(small, "every entry", detail_of_client=False) == DetailTerms()
    # A caller that says nothing of it leaves it; what was opened before keeps what it says.
    silent = EditClient.model_validate({"client_id": small.client_id, **said})
    assert administered(small, Role.coordinator, silent).done
    assert _opened(small, "later") == usual
    assert _detail(small, small.contracts["S"]) == DetailTerms()
    nothing = EditClient.model_validate({"client_id": small.client_id, **said, "detail": None})
    assert administered(small, Role.coordinator, nothing).done
    assert _opened(small, "last") == DetailTerms()


def test_an_imported_line_with_unit_and_price_is_billed_by_measure(small: SmallFirm) -> None:
    """The example file: 400 m3 at 125.00 between two lump sums; 10.5 m3 are 1,312.50."""
    _opened(small, "measured", total="100000.00")
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:measured")
    small.contracts["measured"] = contract_id
    small.post("schedule_of_values", "measured", EXAMPLES[Kind.schedule_of_values])
    with reading(small.engine, small.id) as connection:
        lines = contracts.schedule(connection, small.id, contract_id)
    assert [line.basis.value for line in lines] == ["lump_sum", "unit_price", "lump_sum"]
    price = lines[1].unit_price
    assert price is not None
    assert (price.unit, price.estimated_quantity, price.price) == ("m3", Decimal(400), Decimal(125))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    small.go_to(date(2024, 4, 2))
    invoice_id = small.prepare("measured", date(2024, 3, 31), {})
    entry = Entry(line_id=lines[1].id, quantity_to_date=Decimal("10.5"))
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(entry,)))
    with reading(small.engine, small.id) as connection:
        figures = draft(current_snapshot(connection, small.id, invoice_id))
    assert figures.line4 == Decimal("1312.50")


def _opened(
    small: SmallFirm, number: str, detail: DetailTerms | None = None, total: str = "1", **more: bool
) -> DetailTerms:
    """What a contract says of the detail of time once it is opened."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{number}")
    agreed = {"detail": detail} if detail else {}
    terms = ContractTerms(currency="USD", original_sum=Decimal(total), contract_date=STARTS, **agreed)
    body = OpenContract.model_validate(
        {
            "contract_id": contract_id,
            "client_id": small.client_id,
            "legal_entity_id": small.entity_id,
            "project_manager_id": small.people[Role.project_manager],
            "number": number,
            "title": number,
            "terms": terms,
            **more,
        }
    )
    small.do(Role.coordinator, body, number)
    return _detail(small, contract_id)


def _detail(small: SmallFirm, contract_id: UUID) -> DetailTerms:
    with reading(small.engine, small.id) as connection:
        row = contracts.find(connection, small.id, contract_id)
    assert row is not None
    return contracts.terms_of(row).detail
