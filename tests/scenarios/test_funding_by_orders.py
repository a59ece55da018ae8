"""A consulting contract funded by two client purchase orders, its caps raised mid-way, to the last cent.

Every figure is worked out by hand in docs/SPEC-caps-and-funding.md, "Two orders and a cap raised mid-way",
and read from there: the charges month by month, and what each month bills, by order line, with what is left
of each cap. In the product:

- time costs 1,000.00 an hour, so that 9,000.00 are nine hours; lines 1 and 2 are estimates, and the caps
  stand in the terms;
- the page's expenses are a fee, line 3 *Reimbursables*: what a limit keeps of it is typed again next month,
  700.00 in May beside 300.00, 500.00 in June;
- the change order of May raises line 1, and with it the contract sum, by 8,000.00, and the caps by 8,000.00
  and 1,500.00;
- nothing is retained, so each month's line 8 is what the page says is billed, due 30 days after issue:
  12,600 + 14,400 + 8,500 + 4,500 + 5,000 + 2,500 + 0 = 47,500.00, all of it paid;
- of the orders 24,000.00 + 20,000.00 + 3,500.00 = 47,500.00 is billed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts_app.domain.billing.claiming import asked_of_limits
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
)
from contracts_app.domain.commands.funding_commands import AmendClientOrder, ClientOrderRow
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.funding.limited import room
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.transaction import reading
from tests.domain.worked_tables import Row, listed, rows
from tests.services.small_firm import SmallFirm, found
from tests.services.small_funded_contract import open_funded, order, work

PAGE, HEADING = "SPEC-caps-and-funding.md", "Two orders and a cap raised mid-way"
NUMBER, SIGNED = "F-1", date(2025, 1, 2)
ENDS = {
    "January": date(2025, 1, 31),
    "February": date(2025, 2, 28),
    "March": date(2025, 3, 31),
    "April": date(2025, 4, 30),
    "May": date(2025, 5, 31),
    "June": date(2025, 6, 30),
    "July": date(2025, 7, 31),
}
LINES = (
    ("1", "Design", "21500.00", Basis.time_and_materials, False),
    ("2", "Site", "15000.00", Basis.time_and_materials, False),
    ("3", "Reimbursables", "3500.00", Basis.lump_sum, True),
)
CAPS = [
    {"name": "contract", "amount": "40000.00"},
    {"name": "Site", "amount": "15000.00", "item_nos": ["2"], "expenses": False},
]
FUNDING = {"required": True, "order_of_use": "expiry_first"}
A1 = {"number": "1", "amount": "24000.00", "expires_on": "2025-03-31", "kinds": ["time"]}
B10 = {"number": "10", "amount": "18000.00", "kinds": ["time"]}
B20 = {"number": "20", "amount": "3000.00", "kinds": ["fee"]}
RECEIVABLES = """
2025-01-31 SM-00001 arises 12600.00 due 2025-03-02
2025-02-28 SM-00002 arises 14400.00 due 2025-03-30
2025-02-28 SM-00001 cash -12600.00 due 2025-03-02
2025-03-31 SM-00003 arises 8500.00 due 2025-04-30
2025-03-31 SM-00002 cash -14400.00 due 2025-03-30
2025-04-30 SM-00004 arises 4500.00 due 2025-05-30
2025-04-30 SM-00003 cash -8500.00 due 2025-04-30
2025-05-31 SM-00005 arises 5000.00 due 2025-06-30
2025-05-31 SM-00004 cash -4500.00 due 2025-05-30
2025-06-30 SM-00006 arises 2500.00 due 2025-07-30
2025-06-30 SM-00005 cash -5000.00 due 2025-06-30
2025-07-31 SM-00006 cash -2500.00 due 2025-07-30
"""


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm without contracts."""
    firm = found(settings, f"Funded studies {uuid4()}")
    yield firm
    firm.engine.dispose()


def ask(small: SmallFirm, query: str, **values: object) -> list[dict[str, Any]]:
    """Rows of this firm."""
    with reading(small.engine, small.id) as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def worked(month: str) -> tuple[list[tuple[str, date, str]], Decimal]:
    """The month's time as hours at 1,000.00, and its expenses, as the page has them."""
    (row,) = [row for row in rows(PAGE, HEADING, "Month") if row["Month"] == month]
    time, fee = [], Decimal(0)
    for one in listed(row["Charges"]):
        line, kind, day, amount = re.fullmatch(r"(\d) (expense )?(\d\d-\d\d) (-?\d+)", one).groups()  # type: ignore[union-attr]
        if kind:
            fee += Decimal(amount)
        else:
            time.append((line, date.fromisoformat(f"2025-{day}"), f"{Decimal(amount) / 1000}"))
    return time, fee


def page(month: str) -> Row:
    """What the page says of the month's invoice."""
    return next(row for row in rows(PAGE, "The months") if row["Month"] == month)


def bill(small: SmallFirm, month: str, fee: Decimal) -> UUID:
    """The month's invoice, prepared and issued on its last day, with what is claimed of the fee."""
    body = PrepareApplication(contract_id=small.contracts[NUMBER], period_to=ENDS[month])
    invoice_id = UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))
    if fee:
        claimed = Entry(line_id=small.lines(NUMBER)["3"], this_period=fee)
        small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(claimed,)))
    return small.issue(invoice_id, month)


def as_told(small: SmallFirm, invoice_id: UUID) -> dict[str, Decimal]:
    """What the invoice bills, by order line, and what is left of each cap after it."""
    (issued,) = ask(small, "SELECT line4, line8 FROM issued_invoice WHERE invoice_id = :id", id=invoice_id)
    paid = ask(
        small,
        "SELECT o.number || '/' || l.number AS name, sum(p.amount) AS amount FROM client_order_line l"
        " JOIN client_order o ON o.id = l.client_order_id"
        " LEFT JOIN charge_part p ON p.client_order_line_id = l.id AND p.invoice_id = :id GROUP BY 1",
        id=invoice_id,
    )
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    asked = asked_of_limits(snapshot)
    left = {cap.name: room(asked)[cap.id] for cap in asked.caps}
    site = Decimal(
        ask(
            small,
            "SELECT coalesce(sum(amount), 0) AS amount FROM charge_part p"
            " JOIN sov_line s ON s.id = p.sov_line_id WHERE p.invoice_id = :id AND s.item_no = '2'",
            id=invoice_id,
        )[0]["amount"]
    )
    return {
        "Billed": issued["line8"],
        "To date": issued["line4"],
        "Contract left": left["contract"] - issued["line8"],
        "Site left": left["Site"] - site,
        **{row["name"]: row["amount"] or Decimal(0) for row in paid},
    }


def raised(small: SmallFirm) -> None:
    """May: the change order, signed by both sides."""
    order_of_may = ProposeChangeOrder.model_validate(
        {
            "contract_id": small.contracts[NUMBER],
            "number": "CO-1",
            "title": "Second design study",
            "amount": "8000.00",
            "raises": "1",
            "caps": [{"cap": "contract", "amount": "8000.00"}, {"cap": "Site", "amount": "1500.00"}],
        }
    )
    small.do(Role.project_manager, order_of_may)
    signed = ExecuteChangeOrder(
        contract_id=small.contracts[NUMBER], number="CO-1", executed_on=date(2025, 5, 2)
    )
    small.do(Role.controller, signed)


def amended(small: SmallFirm) -> None:
    """June: the client amends order B."""
    lines = (
        ClientOrderRow.model_validate({**B10, "amount": "20500.00"}),
        ClientOrderRow.model_validate({**B20, "amount": "3500.00"}),
    )
    body = AmendClientOrder(
        contract_id=small.contracts[NUMBER], number="B", lines=lines, reason="Amendment 1 of order B"
    )
    small.do(Role.coordinator, body)


def test_two_orders_and_caps_raised_pay_to_the_last_cent(small: SmallFirm) -> None:
    small.go_to(SIGNED)
    open_funded(small, NUMBER, LINES, "1000.00", SIGNED, caps=CAPS, funding=FUNDING)
    order(small, NUMBER, "A", SIGNED, A1)
    order(small, NUMBER, "B", SIGNED, B10, B20)
    due: list[Decimal] = []
    left_of_fee = Decimal(0)
    for month, last_day in ENDS.items():
        if month == "May":
            small.go_to(date(2025, 5, 2))
            raised(small)
        if month == "June":
            amended(small)
        small.go_to(last_day)
        if due and due[-1]:
            small.receive(due[-1], last_day, f"WIRE-{len(due)}")
        time, fee = worked(month)
        if time:
            work(small, NUMBER, *time)
        invoice_id = bill(small, month, fee + left_of_fee)
        told = as_told(small, invoice_id)
        assert {name: Decimal(page(month)[name]) for name in told} == told, month
        left_of_fee += fee - told["B/20"]
        due.append(told["Billed"])
    assert (sum(due), left_of_fee) == (Decimal("47500.00"), Decimal(0))

    completed = CompleteWork(contract_id=small.contracts[NUMBER], reason="All studies are delivered")
    small.do(Role.project_manager, completed)
    (state,) = ask(small, "SELECT state FROM contract")
    assert state == {"state": "closed"}
    assert receivables(small) == sorted(RECEIVABLES.strip().splitlines())
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [one.invoice for one in proofs] == [f"SM-0000{n}" for n in range(1, 8)]
    assert [one.sentence for one in proofs if not one.proved] == []
    assert [one.id for one in small.checked(online=True).findings if one.violations] == []


def receivables(small: SmallFirm) -> list[str]:
    """Every entry of the receivables: date, invoice, cause, amount, when it is due."""
    entries = ask(
        small,
        "SELECT e.posted_on, i.number_text, e.cause, e.amount, r.due_on FROM receivable_entry e "
        "JOIN receivable r ON r.id = e.receivable_id "
        "JOIN issued_invoice i ON i.invoice_id = r.invoice_id",
    )
    return sorted(
        f"{row['posted_on']} {row['number_text']} {row['cause']} {row['amount']:.2f} due {row['due_on']}"
        for row in entries
    )
