"""Several invoices from one contract: each bills the lines of its address, and every line keeps one ledger.

At 100.00 an hour: 8 hours of phase 1 (limit 1,000.00) go to the trust, 6 of phase 2 to the client; in April
4 more hours of phase 1 come to 1,200.00 to date, of which 1,000.00 is billed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.domain.billing.bill_to import Addresses
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetRateCard, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.commands.time_commands import ClaimTime
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services.invoice_documents import content_of
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import open_taxed
from tests.services.small_time_contract import work

SIGNED = date(2024, 2, 19)
MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
ADDRESSES = Addresses.model_validate(
    {
        "each": [
            {
                "name": "Trust",
                "item_nos": ["1"],
                "addressee": "Sample Hospital Trust",
                "address": "9 Trust Lane\nSmall City, ST 00000",
                "email": "payables@sample-trust.example",
            }
        ]
    }
)
LINES = (
    ("1", "Study", "1000.00", Basis.time_and_materials, True),
    ("2", "Support", "5000.00", Basis.time_and_materials, False),
    ("3", "Report", "400.00", Basis.lump_sum, True),
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with a contract that is billed to two addresses."""
    made = found(settings, "Addressed Consulting")
    contract_id = deterministic_id(made.id, "contract", f"{made.people[Role.coordinator]}:open")
    made.contracts["D"] = contract_id
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("6400.00"),
        contract_date=SIGNED,
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        invoice_form=InvoiceForm.consulting,
        bill_to=ADDRESSES,
    )
    opened = OpenContract(
        contract_id=contract_id,
        client_id=made.client_id,
        legal_entity_id=made.entity_id,
        project_manager_id=made.people[Role.project_manager],
        number="D",
        title="Two addresses",
        terms=terms,
    )
    made.do(Role.coordinator, opened, "open")
    rows = tuple(
        ScheduleRow(
            item_no=item, description=words, scheduled_value=Decimal(value), basis=basis, not_to_exceed=capped
        )
        for item, words, value, basis, capped in LINES
    )
    made.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=rows))
    rate = RateRow(rate=Decimal("100.00"), effective_from=SIGNED)
    made.do(Role.coordinator, SetRateCard(contract_id=contract_id, rows=(rate,)))
    made.do(Role.controller, ActivateContract(contract_id=contract_id))
    made.go_to(date(2024, 6, 3))
    yield made
    made.engine.dispose()


def prepared(small: SmallFirm, period_to: date, bill_to: str | None = None, number: str = "D") -> UUID:
    body = PrepareApplication(contract_id=small.contracts[number], period_to=period_to, bill_to=bill_to)
    return UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))


def billed(small: SmallFirm, invoice_id: UUID) -> tuple[str | None, dict[str, Decimal], Decimal]:
    with reading(small.engine, small.id) as connection:
        snapshot = invoices.current_snapshot(connection, small.id, invoice_id)
    figures = draft(snapshot)
    lines = {line.item_no: line.this_period for line in figures.lines if line.this_period}
    return (snapshot.addressed.name if snapshot.addressed else None), lines, figures.line8


def paper(small: SmallFirm, invoice_id: UUID) -> ConsultingInvoiceContent:
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, invoice_id)
        agreed = contracts.find(connection, small.id, small.contracts["D"])
        issued = invoices.issued(connection, small.id, invoice_id)
        assert row is not None
        assert agreed is not None
        assert issued is not None
        owner = clients.get(connection, small.id, small.client_id)
        content = content_of(connection, small.id, row, agreed, owner, issued)
    assert isinstance(content, ConsultingInvoiceContent)
    return content


def test_each_address_gets_its_lines_and_every_line_keeps_one_ledger(small: SmallFirm) -> None:
    work(small, "D", ("1", date(2024, 3, 4), 8), ("2", date(2024, 3, 5), 6))
    first = prepared(small, MARCH)
    assert billed(small, first) == ("Trust", {"1": Decimal("800.00")}, Decimal("800.00"))
    small.do(Role.coordinator, ClaimTime(invoice_id=first))
    assert billed(small, first)[1] == {"1": Decimal("800.00")}
    lines = small.lines("D")
    strange = EditDraft(invoice_id=first, entries=(Entry(line_id=lines["3"], this_period=Decimal("100.00")),))
    assert small.give(Role.coordinator, strange).code == "line_of_another_address"
    small.issue(first, "D1")

    again = PrepareApplication(contract_id=small.contracts["D"], period_to=MARCH, bill_to="Trust")
    assert small.give(Role.coordinator, again).code == "period_already_billed"
    nobody = PrepareApplication(contract_id=small.contracts["D"], period_to=MARCH, bill_to="Nobody")
    assert small.give(Role.coordinator, nobody).code == "no_such_address"
    second = prepared(small, MARCH)
    report = EditDraft(invoice_id=second, entries=(Entry(line_id=lines["3"], this_period=Decimal("100.00")),))
    small.do(Role.coordinator, report)
    assert billed(small, second) == (
        "",
        {"2": Decimal("600.00"), "3": Decimal("100.00")},
        Decimal("700.00"),
    )
    small.issue(second, "D2")

    work(small, "D", ("1", date(2024, 4, 2), 4))
    third = prepared(small, APRIL)
    assert billed(small, third) == ("Trust", {"1": Decimal("200.00")}, Decimal("200.00"))
    small.issue(third, "D3")
    with reading(small.engine, small.id) as connection:
        for invoice_id in (first, second, third):
            assert prove(connection, small.id, invoice_id).proved

    trust, own = paper(small, third), paper(small, second)
    assert (trust.client.name, trust.client.email) == (
        "Sample Hospital Trust",
        "payables@sample-trust.example",
    )
    assert own.client.name == "Small General Contractor"
    assert [one["item"] for one in fields_of(trust)["phases"]] == ["1"]
    assert [one["item"] for one in fields_of(own)["phases"]] == ["2", "3"]
    sums = fields_of(trust)["sums"]
    assert (sums["before"], sums["now"], sums["to_date"]) == ("800.00", "200.00", "1,000.00")
    assert fields_of(own)["sums"]["now"] == "700.00"
    assert not fields_of(trust)["has_amendments"]
    assert small.checked(online=True).ok


def test_with_nothing_for_anybody_a_period_is_billed_once(small: SmallFirm) -> None:
    """After the trust's April the client's is still open; then both are billed to April."""
    last = prepared(small, APRIL)
    assert billed(small, last) == ("", {}, Decimal("0.00"))
    refused = small.give(
        Role.coordinator, PrepareApplication(contract_id=small.contracts["D"], period_to=APRIL)
    )
    assert refused.code == "application_in_hand"


def test_a_line_is_as_complete_as_its_own_address_was_told(small: SmallFirm) -> None:
    """A fee of 1,000.00 for work half complete: 500.00 in March. What the client is billed between says
    nothing of it, so April bills nothing of it again and takes nothing back."""
    fee = {"fee": {"kind": "fixed", "amount": "1000.00", "billed_by": "completion"}}
    lines = (
        {
            "item_no": "1",
            "description": "Study",
            "scheduled_value": "1000.00",
            "basis": "cost_plus",
            "cost_plus": fee,
        },
        {"item_no": "2", "description": "Report", "scheduled_value": "400.00"},
    )
    invoiced = {"invoice_form": "consulting", "certified_by_client": False, "receivable_arises": "submission"}
    open_taxed(small, "F", None, lines, "USD", **invoiced, bill_to=ADDRESSES.model_dump(mode="json"))
    known = small.lines("F")
    first = prepared(small, MARCH, number="F")
    half = Entry(line_id=known["1"], fraction_to_date=Decimal("0.5"))
    small.do(Role.coordinator, EditDraft(invoice_id=first, entries=(half,)))
    assert billed(small, first)[:2] == ("Trust", {"1": Decimal("500.00")})
    small.issue(first, "F1")
    second = prepared(small, MARCH, number="F")
    report = Entry(line_id=known["2"], this_period=Decimal("100.00"))
    small.do(Role.coordinator, EditDraft(invoice_id=second, entries=(report,)))
    small.issue(second, "F2")
    third = prepared(small, APRIL, "Trust", number="F")
    assert billed(small, third) == ("Trust", {}, Decimal("0.00"))
    with reading(small.engine, small.id) as connection:
        entries = invoices.current_snapshot(connection, small.id, third).entries
    assert {one.line_id: one.fraction_to_date for one in entries}[known["1"]] == Decimal("0.5")
