"""A unit-price contract from its terms to the last cent: bands, stored pipe, a cut and a change order.

Every figure is worked out by hand in docs/SPEC-bases.md, "A whole contract", and read from there; the
receivables, the retainage ledger and the letters below follow from those figures:

- due is line 8 as certified, 30 days after the certificate: 37,035.22 + 27,096.18 + 28,611.25 + 14,833.11 +
  5,630.10 = 113,205.86, which is the last line 4;
- retainage is withheld as line 5 rises: 4,115.03, then 5,120.10 - 4,115.03 = 1,005.07, then 5,630.10 -
  5,120.10 = 510.00, then nothing; and 5,630.10 is released at the end;
- the certifier's cut moves no retainage: work stays above half of the contract sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.unit_price import Variation
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ScheduleRow,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.invoice_commands import (
    Certification,
    CertifyApplication,
    EditDraft,
    PrepareApplication,
)
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.domain.worked_tables import Row, amounts, rows
from tests.services.small_firm import STARTS, SmallFirm, found

PAGE, HEADING = "SPEC-bases.md", "A whole contract"
NUMBER = "U-1"
FIGURES = ("3", "4", "5a", "5b", "5", "6", "7", "8", "9")
TERMS = ContractTerms.model_validate(
    {
        "currency": "USD",
        "original_sum": "102402.00",
        "contract_date": STARTS,
        "retainage": {
            "rate_completed": "0.10",
            "rate_stored": "0.10",
            "level": "contract",
            "tiers": {"tiers": [{"above": "0.50", "rate_completed": "0", "rate_stored": "0"}]},
        },
        "controller_limit": "50000.00",
    }
)
WARNED = {
    "1": [],
    "2": ["2 measured_beyond_estimate"],
    "3": ["- retainage_tier_opens_again", "2 measured_beyond_estimate", "2 negative_this_period"],
    "4": ["2 measured_beyond_estimate"],
}
"""What the product points out of each application: nothing of it blocks."""
RECEIVABLES = """
2024-03-07 SM-00001 arises 37035.22 due 2024-04-06
2024-03-28 SM-00001 cash -37035.22 due 2024-04-06
2024-04-08 SM-00002 arises 27096.18 due 2024-05-08
2024-05-03 SM-00002 cash -27096.18 due 2024-05-08
2024-05-07 SM-00003 arises 28611.25 due 2024-06-06
2024-06-04 SM-00003 cash -28611.25 due 2024-06-06
2024-06-06 SM-00004 arises 14833.11 due 2024-07-06
2024-06-14 SM-00005 arises 5630.10 due 2024-07-14
2024-07-01 SM-00004 cash -14833.11 due 2024-07-06
2024-07-01 SM-00005 cash -5630.10 due 2024-07-14
"""
RETAINAGE = """
SM-00001 +4115.03 -0.00
SM-00002 +1005.07 -0.00
SM-00003 +510.00 -0.00
SM-00005 +0.00 -5630.10
"""
LETTERS = """
application: Application for payment 1, U-1 Sewer in Sample Street: 37,035.22 USD
application: Application for payment 2, U-1 Sewer in Sample Street: 30,346.18 USD
certified_less: Certified for less: application 2, U-1, 3,250.00 USD below what was applied for
application: Application for payment 3, U-1 Sewer in Sample Street: 28,611.25 USD
application: Application for payment 4, U-1 Sewer in Sample Street: 14,833.11 USD
retainage_release: Retainage release, U-1 Sewer in Sample Street: 5,630.10 USD
receipt: Receipt for your payment WIRE-1: 37,035.22 USD
receipt: Receipt for your payment WIRE-2: 27,096.18 USD
receipt: Receipt for your payment WIRE-3: 28,611.25 USD
receipt: Receipt for your payment WIRE-4: 20,463.21 USD
"""


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm without contracts."""
    firm = found(settings, f"Unit prices {uuid4()}")
    yield firm
    firm.engine.dispose()


def schedule_row(row: Row) -> ScheduleRow:
    """A line of the page's schedule as it is typed in."""
    said: dict[str, Any] = {
        "item_no": row["Item"],
        "description": row["Description"],
        "scheduled_value": row["Scheduled value"],
    }
    if row["Unit"]:
        said["basis"] = "unit_price"
        said["unit_price"] = {
            "unit": row["Unit"],
            "price": row["Price"],
            "estimated_quantity": row["Estimate"],
            "variation": _variation(row) if row["Band"] else None,
        }
    return ScheduleRow.model_validate(said)


def _variation(row: Row) -> Variation:
    above, below = amounts(row["Band"])
    return Variation.model_validate(
        {
            "above": above,
            "below": below,
            "price_above": row["Price above"] or None,
            "price_short": row["Price short"] or None,
        }
    )


def entry(row: Row, line_id: UUID) -> Entry:
    """What the page states of a line in an application."""
    stated, _, final = row["Stated"].partition(" ")
    if stated.startswith("+"):
        return Entry(line_id=line_id, this_period=Decimal(stated), stored=Decimal(row["F"]))
    return Entry(
        line_id=line_id,
        quantity_to_date=Decimal(stated),
        finally_measured=final == "final",
        stored=Decimal(row["F"]),
    )


def in_force(small: SmallFirm) -> UUID:
    """The contract, opened and put in force with the page's schedule."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{NUMBER}")
    opened = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=NUMBER,
        title="Sewer in Sample Street",
        terms=TERMS,
    )
    small.do(Role.coordinator, opened, NUMBER)
    small.contracts[NUMBER] = contract_id
    lines = tuple(schedule_row(row) for row in rows(PAGE, HEADING, "Item"))
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=lines))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def paper(name: str) -> Row:
    """The page's figures of an application or certificate."""
    return next(row for row in rows(PAGE, HEADING, "Paper") if row["Paper"] == name)


def applied(small: SmallFirm, number: str) -> UUID:
    """An application as the page states it, issued on the last day of its period."""
    period_to = date.fromisoformat(paper(number)["Period to"])
    small.go_to(period_to)
    body = PrepareApplication(contract_id=small.contracts[NUMBER], period_to=period_to)
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    lines = small.lines(NUMBER)
    entries = tuple(
        entry(row, lines[row["Line"]]) for row in rows(PAGE, HEADING, "App") if row["App"] == number
    )
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))
    with reading(small.engine, small.id) as connection:
        told = checks.findings(current_snapshot(connection, small.id, invoice_id))
    assert [one for one in told if one.blocks] == []
    assert sorted(f"{one.item_no or '-'} {one.code}" for one in told) == WARNED[number]
    return small.issue(invoice_id, number)


def ask(small: SmallFirm, query: str, **values: object) -> list[dict[str, Any]]:
    """Rows of this firm."""
    with reading(small.engine, small.id) as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def assert_as_the_page_says(small: SmallFirm) -> None:
    """Columns D to G of every line and lines 3 to 9 of every paper."""
    for number, invoice_id in small.invoices.items():
        of_this = {"id": invoice_id}
        (issued,) = ask(small, "SELECT * FROM issued_invoice WHERE invoice_id = :id", **of_this)
        assert {f: issued[f"line{f}"] for f in FIGURES} == {f: Decimal(paper(number)[f]) for f in FIGURES}
        named = paper("2 certified") if number == "2" else paper(number)
        (certificate,) = ask(small, "SELECT * FROM certificate WHERE invoice_id = :id", **of_this)
        stands = [f for f in FIGURES if f"line{f}" in certificate]
        assert stands == ["4", "5", "6", "7", "8", "9"]
        assert {f: certificate[f"line{f}"] for f in stands} == {f: Decimal(named[f]) for f in stands}
        if number == "5":
            continue
        assert columns(small, "issued_line", invoice_id) == of_page(number)
        cut = of_page("2 cut") if number == "2" else {}
        assert columns(small, "certificate_line", invoice_id) == of_page(number) | cut


def columns(small: SmallFirm, table: str, invoice_id: UUID) -> dict[str, tuple[Decimal, ...]]:
    """D, E, F and G of the lines with work or material; of the others there is nothing to say."""
    found = ask(small, f"SELECT * FROM {table} WHERE invoice_id = :id", id=invoice_id)
    return {
        line["item_no"]: (line["previous"], line["this_period"], line["stored"], line["total"])
        for line in found
        if line["total"] or line["this_period"]
    }


def of_page(number: str) -> dict[str, tuple[Decimal, ...]]:
    """The same columns as the page states them."""
    named = [row for row in rows(PAGE, HEADING, "App") if row["App"] == number]
    return {row["Line"]: tuple(Decimal(row[column]) for column in "DEFG") for row in named}


def test_a_unit_price_contract_bills_to_the_last_cent(small: SmallFirm) -> None:
    contract_id = in_force(small)

    first = applied(small, "1")
    small.go_to(date(2024, 3, 7))
    assert small.certify(first) == Decimal("37035.22")
    small.go_to(date(2024, 3, 28))
    small.receive(Decimal("37035.22"), date(2024, 3, 28), "WIRE-1")

    second = applied(small, "2")
    order = ProposeChangeOrder(
        contract_id=contract_id, number="CO-1", title="Guard rail", amount=Decimal("10200.00")
    )
    small.do(Role.project_manager, order)
    small.go_to(date(2024, 4, 8))
    (cut,) = [row for row in rows(PAGE, HEADING, "App") if row["App"] == "2 cut"]
    less = CertifyApplication(
        invoice_id=second,
        decision=Certification.less,
        lines=(entry(cut, small.lines(NUMBER)[cut["Line"]]),),
        reason="The fifth manhole has no cover",
    )
    assert small.do(Role.client, less).result["certified_line8"] == "27096.18"
    small.go_to(date(2024, 4, 9))
    signed = ExecuteChangeOrder(contract_id=contract_id, number="CO-1", executed_on=date(2024, 4, 9))
    small.do(Role.controller, signed)

    third = applied(small, "3")
    small.go_to(date(2024, 5, 3))
    small.receive(Decimal("27096.18"), date(2024, 5, 3), "WIRE-2")
    small.go_to(date(2024, 5, 7))
    assert small.certify(third) == Decimal("28611.25")

    fourth = applied(small, "4")
    small.go_to(date(2024, 6, 4))
    small.receive(Decimal("28611.25"), date(2024, 6, 4), "WIRE-3")
    small.go_to(date(2024, 6, 6))
    assert small.certify(fourth) == Decimal("14833.11")
    completed = CompleteWork(contract_id=contract_id, reason="All is measured and accepted")
    small.do(Role.project_manager, completed)

    small.go_to(date(2024, 6, 14))
    fifth = small.release(NUMBER, date(2024, 6, 14), "5")
    assert small.certify(fifth) == Decimal("5630.10")
    (state,) = ask(small, "SELECT state FROM contract")
    assert state == {"state": "active"}  # all is billed, not all is paid
    small.go_to(date(2024, 7, 1))
    small.receive(Decimal("20463.21"), date(2024, 7, 1), "WIRE-4")

    assert_as_the_page_says(small)
    assert receivables(small) == RECEIVABLES.strip().splitlines()
    assert retainage(small) == RETAINAGE.strip().splitlines()
    (state,) = ask(small, "SELECT state FROM contract")
    assert state == {"state": "closed"}
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [one.invoice for one in proofs] == [f"SM-0000{n}" for n in range(1, 6)]
    assert [one.sentence for one in proofs if not one.proved] == []
    assert [one.id for one in small.checked().findings if one.violations] == []  # its papers are made first
    told = ask(small, "SELECT DISTINCT kind, subject FROM message WHERE state = 'sent'")
    assert sorted(f"{row['kind']}: {row['subject']}" for row in told) == sorted(LETTERS.strip().splitlines())


def receivables(small: SmallFirm) -> list[str]:
    """Every entry of the receivables: date, invoice, cause, amount, when it is due."""
    found = ask(
        small,
        "SELECT e.posted_on, i.number_text, e.cause, e.amount, r.due_on FROM receivable_entry e "
        "JOIN receivable r ON r.id = e.receivable_id "
        "JOIN issued_invoice i ON i.invoice_id = r.invoice_id ORDER BY 1, 2, 3",
    )
    return [
        f"{row['posted_on']} {row['number_text']} {row['cause']} {row['amount']:.2f} due {row['due_on']}"
        for row in found
    ]


def retainage(small: SmallFirm) -> list[str]:
    """What each invoice withheld and released over all lines, its certificate included, where it is any."""
    found = ask(
        small,
        "SELECT i.number_text, sum(e.withheld) AS withheld, sum(e.released) AS released "
        "FROM retainage_entry e JOIN issued_invoice i USING (invoice_id) GROUP BY 1 "
        "HAVING sum(e.withheld) <> 0 OR sum(e.released) <> 0 ORDER BY 1",
    )
    return [f"{row['number_text']} +{row['withheld']:.2f} -{row['released']:.2f}" for row in found]
