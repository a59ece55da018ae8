"""Registers of orders, receipts and bills posted into a contract: the same rules as for what is typed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import Phase
from hypothesis import given as drawn_from
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.administration import EditClient
from contracts_app.domain.commands.agreement_commands import SetRateCard
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.funding_commands import CloseClientOrder
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.milestone_commands import RemoveMilestone
from contracts_app.domain.commands.purchasing_commands import (
    ApprovePurchase,
    Paper,
    ReceivedRow,
    RecordDelivery,
    RejectPurchase,
)
from contracts_app.domain.purchasing.commitments import CommitmentKind
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.settings import Settings
from contracts_app.store import brought_forward, client_orders, contacts, contracts, purchasing
from contracts_app.store import clients as stored_clients
from contracts_app.store.purchasing import Kept
from contracts_app.store.transaction import firm_transaction, reading
from contracts_app.store.views import payments_page
from tests.services.bringing_in import facts, post, undo
from tests.services.drawn_records import (
    AGREED,
    BEHIND,
    CLIENT,
    EMPTY,
    FUNDED,
    IN_FORCE,
    ORDERED,
    RECORDS,
    Records,
)
from tests.services.small_firm import STARTS, SmallFirm, found
from tests.services.small_funded_contract import open_funded
from tests.services.small_taxed_contract import administered

MARCH = date(2024, 3, 31)
ORDERS = (
    "PO number,Item number,Vendor,Date,Description,Quantity,Unit,Price,Price unit,Amount,Cost type,SOV line\n"
    "PO-1,10,100301 Sample Supply,2024-03-04,Bolts,1000,EA,212.40,100,2124.00,Material,{0}-2\n"
    "PO-1,20,100301 Sample Supply,2024-03-04,Cable,250,M,11.38,1,2843.75,Material,2\n"
    "PO-2,10,Sample Erectors,2024-03-05,Steel work,,,,,5000.00,Subcontract,\n"
    "PO-3,10,Sample Supply,2024-03-06,Panels,5,EA,10.00,1,50.00,Material,\n"
    "PO-3,20,Sample Supply,2024-03-06,Panels back,-1,EA,10.00,1,-10.00,Material,\n"
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """One firm on the last day of March; what a test posts stays for the next."""
    firm = found(settings, "Imported Orders")
    firm.go_to(MARCH)
    firm.open_contract("O")
    yield firm
    firm.engine.dispose()


def kept(small: SmallFirm, number: str) -> dict[str, Kept]:
    with reading(small.engine, small.id) as connection:
        found_orders = purchasing.of_contract(connection, small.id, small.contracts[number])
    return {str(one.row["number"]): one for one in found_orders if one.row["state"] != "rejected"}


def approve(small: SmallFirm, number: str, paper: Paper, paper_id: UUID) -> None:
    body = ApprovePurchase(contract_id=small.contracts[number], paper=paper, paper_id=paper_id, version=1)
    small.do(Role.project_manager, body)


def test_orders_wait_for_approval_then_what_arrives_and_is_billed_follows(
    small: SmallFirm,
) -> None:
    posted = post(small, "purchase_orders", "O", ORDERS.format("O"))
    # PO-3 has a return, which is no order: neither of its two rows is taken.
    assert (posted.result["imported"], posted.result["refused"]) == (3, 2)
    orders = kept(small, "O")
    assert sorted(orders) == ["PO-1", "PO-2"]
    first, second = orders["PO-1"], orders["PO-2"]
    assert (first.row["state"], first.row["vendor"]) == ("entered", "Sample Supply")
    assert first.row["kind"] == CommitmentKind.purchase.value
    assert second.row["kind"] == CommitmentKind.subcontract.value
    # 212.40 for a hundred is 2.124 each; 2,843.75 / 250 is 11.375, of which the file shows 11.38.
    assert [(line["item_no"], line["quantity"], line["unit_price"]) for line in first.lines] == [
        ("10", Decimal(1000), Decimal("2.124")),
        ("20", Decimal(250), Decimal("11.375")),
    ]
    assert {line["sov_line_id"] for line in first.lines} != {None}
    assert [(line["quantity"], line["unit_price"]) for line in second.lines] == [(Decimal(1), Decimal(5000))]

    early = "PO number,Item number,Receipt date,Delivery note,Quantity\nPO-1,10,2024-03-10,DN-1,600\n"
    assert post(small, "receipts", "O", early).result["refused"] == 1  # not approved yet
    approve(small, "O", Paper.commitment, first.row["id"])
    arrived = early + "PO-1,20,2024-03-10,DN-1,250\nPO-1,30,2024-03-10,DN-1,1\nPO-9,1,2024-03-10,DN-1,1\n"
    received = post(small, "receipts", "O", arrived)
    assert (received.result["imported"], received.result["refused"]) == (2, 2)
    assert {each["quantity"] for each in kept(small, "O")["PO-1"].deliveries} == {Decimal(600), Decimal(250)}

    bill = (
        "Bill number,PO number,Vendor,Bill date,Description,Quantity,Unit price,Amount\n"
        "B-1,PO-1,Sample Supply,2024-03-20,Bolts,600,2.124,1274.40\n"
        "B-1,PO-1,Sample Supply,2024-03-20,Cable,250,11.375,2843.75\n"
        "B-2,PO-1,Other Supply,2024-03-20,Cable,1,1.00,1.00\n"
    )
    billed = post(small, "vendor_bills", "O", bill)
    assert (billed.result["imported"], billed.result["refused"]) == (2, 1)
    (paper,) = kept(small, "O")["PO-1"].bills
    approve(small, "O", Paper.bill, paper["id"])

    again = post(small, "purchase_orders", "O", ORDERS.format("O"))
    assert (again.result["imported"], again.result["skipped_known"]) == (0, 3)
    assert small.checked(online=True).ok


def test_an_order_that_is_there_is_changed_by_a_change_order_and_not_by_a_file(small: SmallFirm) -> None:
    text = ORDERS.splitlines()[0] + "\nPO-8,10,Sample Supply,2024-03-04,Bolts,1,EA,5.00,1,5.00,Material,\n"
    assert post(small, "purchase_orders", "O", text).result["imported"] == 1
    more = text + "PO-8,20,Sample Supply,2024-03-04,Nuts,1,EA,5.00,1,5.00,Material,\n"
    outcome = post(small, "purchase_orders", "O", more)
    assert (outcome.result["imported"], outcome.result["skipped_known"], outcome.result["refused"]) == (
        0,
        1,
        1,
    )


def test_client_orders_fund_the_contract_from_now_on(small: SmallFirm) -> None:
    lines = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
    contract_id = open_funded(small, "F", lines, "100.00")
    text = (
        "PO number,Line,Date,Amount,Valid from,Valid to,SOV lines,Pays for,On exceed\n"
        "4500-1,10,2024-03-01,3000.00,2024-03-01,2024-12-31,1,time,warn\n"
        "4500-1,20,2024-03-01,200.00,,,,expense,warn\n"
        "4500-2,10,2024-03-01,50.00,,,9,,\n"
    )
    posted = post(small, "client_purchase_orders", "F", text)
    assert (posted.result["imported"], posted.result["refused"]) == (2, 1)  # there is no line 9
    with reading(small.engine, small.id) as connection:
        (order,) = client_orders.open_orders(connection, small.id, [contract_id])[contract_id]
    assert order.number == "4500-1"
    assert [(line.number, line.amount, line.expires_on) for line in order.lines] == [
        ("10", Decimal("3000.00"), date(2024, 12, 31)),
        ("20", Decimal("200.00"), None),
    ]
    assert small.checked(online=True).ok


def test_commitments_without_days_are_of_the_day_that_a_person_says(small: SmallFirm) -> None:
    text = (
        "Number,Contract Company,Title,Status,Original Contract Amount\n"
        'SC-1,Sample Erectors,Steel,Approved,"$1,250.00"\nSC-2,Sample Erectors,Bolts,Draft,$50.00\n'
    )
    posted = post(small, "purchase_orders", "O", text, order_day="contract_day", cost_category="subcontract")
    assert posted.result["imported"] == 2
    order = kept(small, "O")["SC-1"].row
    assert (order["ordered_on"], order["kind"]) == (STARTS, CommitmentKind.subcontract.value)
    again = post(small, "purchase_orders", "O", text)
    assert (again.result["imported"], again.result["skipped_known"]) == (0, 2)


def test_a_cost_code_means_a_line_once_somebody_chose_it(small: SmallFirm) -> None:
    head = "PO number,Vendor,Date,Description,Amount,Cost type,Cost code\n"
    chosen = {"match:cost_code:05 12 00": "is:O-2"}
    text = head + "PO-21,Sample Supply,2024-03-04,Steel,70.00,Material,05 12 00\n"
    assert post(small, "purchase_orders", "O", text, **chosen).result["imported"] == 1
    text = head + "PO-22,Sample Supply,2024-03-05,Steel,80.00,Material,05 12 00\n"
    assert post(small, "purchase_orders", "O", text).result["imported"] == 1
    lines = {
        str(line["sov_line_id"]) for number in ("PO-21", "PO-22") for line in kept(small, "O")[number].lines
    }
    assert len(lines) == 1
    assert lines != {"None"}


def test_an_order_that_was_rejected_comes_in_again_corrected(small: SmallFirm) -> None:
    head = ORDERS.splitlines()[0]
    text = head + "\nPO-20,10,Sample Supply,2024-03-04,Bolts,1,EA,5.00,1,5.00,Material,\n"
    assert post(small, "purchase_orders", "O", text).result["imported"] == 1
    wrong = kept(small, "O")["PO-20"].row["id"]
    body = RejectPurchase(
        contract_id=small.contracts["O"], paper=Paper.commitment, paper_id=wrong, reason="Another price."
    )
    small.do(Role.project_manager, body)
    again = post(small, "purchase_orders", "O", text.replace("5.00", "6.00"))
    assert (again.result["imported"], again.result["refused"]) == (1, 0)
    right = kept(small, "O")["PO-20"]
    assert [line["unit_price"] for line in right.lines] == [Decimal(6)]
    once_more = post(small, "purchase_orders", "O", text.replace("5.00", "6.00"))
    assert (once_more.result["imported"], once_more.result["skipped_known"]) == (0, 1)
    assert small.checked(online=True).ok


def test_orders_of_one_vendor_need_its_name_once(small: SmallFirm) -> None:
    text = "Contracts/0/id,contracts/0/value/amount,contracts/0/title\nC-1,300.00,Quarter 1\n"
    posted = post(small, "purchase_orders", "O", text, vendor="Sample Consultants")
    assert posted.result["imported"] == 1
    assert kept(small, "O")["C-1"].row["vendor"] == "Sample Consultants"


def test_clients_come_in_once_and_a_file_never_changes_one(small: SmallFirm) -> None:
    head = "Client id,Name,Email,Street,City,State,Zip,Country\n"
    text = head + "7,New Client,a@new.example,1 Main Street,Springfield,IL,06270,USA\n"
    assert post(small, "clients", "", text).result["imported"] == 1
    with reading(small.engine, small.id) as connection:
        client_id = stored_clients.named(connection, small.id, "New Client")
        assert client_id is not None
        row = stored_clients.get(connection, small.id, client_id)
    assert (row["address"], row["country"]) == ("1 Main Street\nSpringfield IL 06270", "US")
    more = text.replace("1 Main", "2 Main") + "8,New Client,b@new.example,,,,,US\n"
    more += "9,Other Client,c@new.example,,,,,\n"
    said = post(small, "clients", "", more).result
    # 7 is changed since its import, 8 is called like a client that is there.
    assert (said["imported"], said["refused"]) == (1, 2)
    assert small.checked(online=True).ok


RECEIVABLES = (
    "Invoice number,Type,Client,Invoice date,Due date,Original amount,Open balance,Retainage\n"
    "OLD-7,Invoice,{0},2024-01-05,2024-02-04,10000.00,4000.00,1000.00\n"
    "OLD-9,Invoice,{0},2024-02-05,2024-03-06,3000.00,3000.00,\n"
    "PAY-3,Payment,{0},2024-02-20,,,-250.00,\n"
    "OLD-8,Invoice,Nobody Known,2024-01-05,2024-02-04,1.00,1.00,\n"
)


def test_open_receivables_are_brought_forward_and_paid(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        name = str(stored_clients.get(connection, small.id, small.client_id)["name"])
    text = RECEIVABLES.format(name)
    posted = post(small, "open_receivables", None, text)
    assert (posted.result["imported"], posted.result["refused"]) == (3, 1)
    back = UndoImport(import_id=UUID(str(posted.result["import_id"])), reason="Another cut-over.")
    small.do(Role.coordinator, back)
    assert still_open(small) == {}

    posted = post(small, "open_receivables", None, text)
    assert still_open(small) == {"OLD-7": 4000, "OLD-9": 3000, "OLD-7, retainage": 1000}
    small.receive(Decimal("4500.00"), MARCH, "WIRE-OLD")  # the oldest due first; retainage never by itself
    assert still_open(small) == {"OLD-9": 2500, "OLD-7, retainage": 1000}
    with reading(small.engine, small.id) as connection:
        ids = {
            (one.number, one.part): one.id
            for one in brought_forward.still_open(connection, small.id, small.client_id)
        }
        left = {one.reference: one for one in payments_page.payments(connection, small.id)}
    assert (left["PAY-3"].unapplied, left["PAY-3"].brought_forward) == (Decimal(250), True)
    small.receive(Decimal("400.00"), MARCH, "WIRE-HELD", ids["OLD-7", "retainage"])
    applied = small.apply(left["PAY-3"].id, ids["OLD-9", "balance"], "250.00")
    assert (applied.result["applied"], applied.result["unapplied"]) == ("250.00", "0.00")
    assert small.apply(left["PAY-3"].id, ids["OLD-9", "balance"], "1.00").code == "applied_before"
    assert still_open(small) == {"OLD-9": 2250, "OLD-7, retainage": 600}
    again = post(small, "open_receivables", None, text)
    assert (again.result["imported"], again.result["skipped_known"]) == (0, 3)
    back = UndoImport(import_id=UUID(str(posted.result["import_id"])), reason="Another cut-over.")
    assert small.give(Role.coordinator, back).code == "built_upon"
    assert small.checked(online=True).ok


def test_people_at_clients_are_kept_and_taken_back(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        name = str(stored_clients.get(connection, small.id, small.client_id)["name"])
    text = (
        "Contact,Company,Email,Phone,Job title\n"
        f"Pay Able,{name.upper()},Ap@client.example,+1 555 0100,Accounts payable\n"
        "No Body,Nobody Known,no@body.example,,\n"
    )
    posted = post(small, "contacts", None, text)
    assert (posted.result["imported"], posted.result["refused"]) == (1, 1)
    with reading(small.engine, small.id) as connection:
        (kept_one,) = contacts.of_client(connection, small.id, small.client_id)
    assert (kept_one["name"], kept_one["email"], kept_one["source"]) == (
        "Pay Able",
        "ap@client.example",
        "contacts.csv, sheet contacts, row 2",
    )
    back = UndoImport(import_id=UUID(str(posted.result["import_id"])), reason="The wrong list.")
    small.do(Role.coordinator, back)
    with reading(small.engine, small.id) as connection:
        assert contacts.of_client(connection, small.id, small.client_id) == []
    assert post(small, "contacts", None, text).result["imported"] == 1


def still_open(small: SmallFirm) -> dict[str, Decimal]:
    """What may be paid of what was brought forward, by what it is called."""
    with reading(small.engine, small.id) as connection:
        return {
            one.number: one.open
            for one in payments_page.open_invoices(connection, small.id, small.client_id)
            if one.old
        }


def test_a_file_of_records_is_taken_back_until_something_stands_on_them(small: SmallFirm) -> None:
    if "O" not in small.contracts:
        small.open_contract("O")

    def comes_and_goes(kind: str, number: str | None, text: str) -> Outcome:
        """In, back to what was there, and in again as if never before."""
        start = facts(small)
        posted = post(small, kind, number, text)
        assert int(str(posted.result["imported"])) > 0, posted
        assert facts(small) != start
        answer = undo(small, posted)
        assert answer.done, answer.sentence
        assert facts(small) == start, {name for name, said in facts(small).items() if said != start[name]}
        again = post(small, kind, number, text)
        assert again.result == posted.result | {"import_id": again.result["import_id"]}
        return again

    def stays(posted: Outcome, because: str) -> None:
        refused = undo(small, posted)
        assert (refused.code, because in refused.sentence) == ("built_upon", True), refused.sentence

    head = ORDERS.splitlines()[0] + "\n"
    said = "Sample Supply,2024-03-04,Bolts,10,EA,5.00,1,50.00,Material,\n"
    ordered = comes_and_goes(
        "purchase_orders",
        "O",
        f"{head}PO-31,10,{said}PO-31,20,{said.replace('Bolts', 'Nuts')}PO-32,10,{said}",
    )
    order = kept(small, "O")["PO-31"]
    wrong = kept(small, "O")["PO-32"].row["id"]
    reject = RejectPurchase(
        contract_id=small.contracts["O"], paper=Paper.commitment, paper_id=wrong, reason="Another price."
    )
    small.do(Role.project_manager, reject)
    approve(small, "O", Paper.commitment, order.row["id"])
    stays(ordered, "Order PO-31 is approved since.")

    notes = "PO number,Item number,Receipt date,Delivery note,Quantity\nPO-31,10,2024-03-10,DN-31,6\n"
    arrived = comes_and_goes("receipts", "O", notes)
    papers = "Bill number,PO number,Vendor,Bill date,Description,Quantity,Unit price,Amount\n"
    bill = "PO-31,Sample Supply,2024-03-20,Bolts,6,5.00,30.00\n"
    billed = comes_and_goes("vendor_bills", "O", f"{papers}B-31,{bill}")
    stays(arrived, "have B-31 rejected first")
    assert undo(small, billed).done
    back = RecordDelivery(
        contract_id=small.contracts["O"],
        commitment_id=order.row["id"],
        received_on=MARCH,
        reference="dn-31",
        lines=(ReceivedRow(item_no="10", quantity=Decimal(-6)),),
    )
    small.do(Role.coordinator, back)
    stays(arrived, "delivery note DN-31")

    clients = comes_and_goes(
        "clients", "", "Name,Email\nGone Client,a@gone.example\nOther Gone,b@gone.example\n"
    )
    people = post(small, "contacts", None, "Contact,Company,Email\nPay Able,Gone Client,ap@gone.example\n")
    stays(clients, "people at clients")
    assert undo(small, people).done
    with reading(small.engine, small.id) as connection:
        client_id = stored_clients.named(connection, small.id, "Other Gone")
    edit = EditClient(client_id=client_id, name="Other Gone Ltd", email="b@gone.example", address="")
    assert administered(small, Role.coordinator, edit).done
    stays(clients, "Client Other Gone Ltd was changed since")
    found = small.checked(online=True).findings
    assert [f"{one.id}: {one.sample}" for one in found if one.violations] == []


def test_what_was_agreed_by_file_is_taken_back_as_well(small: SmallFirm) -> None:
    small.open_contract("P", activate=False)
    number = "P"
    before = facts(small)
    milestones = "Milestone,Line,Amount,Planned\nFoundations,1,100.00,2024-05-01\n"
    planned = post(small, "milestones", number, milestones)
    rates = "Role,Rate,Effective from\nEngineer,150.00,2024-01-01\nDrafter,90.00,2024-01-01\n"
    priced = post(small, "rate_cards", number, rates)
    assert (planned.result["imported"], priced.result["imported"]) == (1, 2)
    assert undo(small, planned).done
    assert undo(small, priced).done
    assert facts(small) == before
    again = post(small, "rate_cards", number, rates)
    replaced = SetRateCard(
        contract_id=small.contracts[number],
        rows=(RateRow(role="Engineer", rate=Decimal(1), effective_from=STARTS),),
    )
    small.do(Role.coordinator, replaced)
    refused = undo(small, again)
    assert (refused.code, "change each" in refused.sentence) == ("built_upon", True)
    again = post(small, "milestones", number, milestones)
    with reading(small.engine, small.id) as connection:
        (one,) = contracts.milestones(connection, small.id, small.contracts[number])
    gone = RemoveMilestone(contract_id=small.contracts[number], milestone_id=one.id)
    small.do(Role.coordinator, gone)
    refused = undo(small, again)
    assert (refused.code, "Not every milestone" in refused.sentence) == ("built_upon", True)


def test_client_orders_are_taken_back_while_nothing_counts_on_them(small: SmallFirm) -> None:
    lines = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
    open_funded(small, "G", lines, "100.00")
    before = facts(small)
    text = "PO number,Line,Date,Amount,SOV lines,On exceed\n4600-1,10,2024-03-01,3000.00,1,warn\n"
    posted = post(small, "client_purchase_orders", "G", text)
    assert undo(small, posted).done
    assert facts(small) == before
    posted = post(small, "client_purchase_orders", "G", text)
    close = CloseClientOrder(contract_id=small.contracts["G"], number="4600-1", reason="Over.")
    small.do(Role.coordinator, close)
    refused = undo(small, posted)
    assert refused.sentence == "Purchase order 4600-1 is closed since."
    with firm_transaction(small.engine, small.id) as connection, pytest.raises(DBAPIError):
        connection.execute(sql("DELETE FROM client_order"))


@pytest.fixture(scope="module")
def for_all(small: SmallFirm) -> SmallFirm:
    """The same firm with contracts into which files of every kind can go."""
    for number, activate in ((ORDERED, True), (IN_FORCE, True), (AGREED, False), (BEHIND, False)):
        small.open_contract(number, activate=activate)
    small.open_contract(EMPTY, activate=False)
    with reading(small.engine, small.id) as connection:
        (schedule,) = connection.execute(
            sql("SELECT id FROM import_file WHERE contract_id = :c"), {"c": small.contracts[EMPTY]}
        ).scalars()
    small.do(Role.coordinator, UndoImport(import_id=schedule, reason="To be drawn."))
    open_funded(small, FUNDED, (("1", "Study", "5000.00", Basis.time_and_materials, False),), "100.00")
    assert post(small, "clients", "", f"Name,Email\n{CLIENT},a@drawn.example\n").done
    said = "Sample Supply,2024-03-04,Bolts,900,EA,5.00,1,4500.00,Material,2\n"
    text = f"{ORDERS.splitlines()[0]}\nPO-D,10,{said}PO-D,20,{said.replace('Bolts', 'Nuts')}"
    assert post(small, "purchase_orders", ORDERED, text).result["imported"] == 2
    approve(small, ORDERED, Paper.commitment, kept(small, ORDERED)["PO-D"].row["id"])
    return small


@drawn_from(drawn=RECORDS)
@hypothesis_settings(max_examples=2, deadline=None, phases=[Phase.generate], database=None)
def test_files_of_every_kind_go_without_a_trace_in_any_order(for_all: SmallFirm, drawn: Records) -> None:
    """All is drawn before anything is done: an example that ends half way would stay in the database."""
    before = facts(for_all)
    posted = []
    for kind, number, text in drawn.files():
        done = post(for_all, kind, number, text)
        rows = len(text.splitlines()) - 1
        assert done.done, (kind, done.sentence, text)
        assert (int(str(done.result["imported"])), done.result["refused"]) == (rows, 0), (kind, text, done)
        posted.append(done)
    for at in drawn.back():
        answer = undo(for_all, posted[at])
        assert answer.done, answer.sentence
    after = facts(for_all)
    assert {name for name in after if after[name] != before[name]} == set()
