"""Registers of orders as many systems write them; every figure is added up by hand beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.corrected_by_hand import how_to_correct
from importers.kinds.names import kind_named
from importers.kinds.order_rules import vendor_of
from importers.kinds.ordered_item import OrderedItem
from importers.known import Imported, KnownThings
from importers.report import dry_run

SPEND = "Department,Entity,Date,Supplier,Transaction Number,Amount\n"


def read(text: str, kind: Kind = Kind.purchase_orders, **answers: str) -> Analysis:
    return analyse(kind, "orders.csv", text.encode("cp1252"), KnownThings(), answers)


def items(analysis: Analysis) -> list[OrderedItem]:
    return [entry for entry in analysis.entries if isinstance(entry, OrderedItem)]


def codes(analysis: Analysis) -> list[str]:
    return [problem.code for problem in analysis.problems]


def test_amounts_as_registers_write_them() -> None:
    # 1,234.56 - 1,000.00 + 81,252.19 - 234.56 = 81,252.19
    analysis = read(
        SPEND
        + 'D,E,30/09/2010,First Ltd,A-1," £1,234.56 "\nD,E,30/09/2010,Second Ltd,A-2,"-£1,000.00"\n'
        + 'D,E,30/09/2010,Third Ltd,A-3,"£81,252.19"\nD,E,30/09/2010,Fourth Ltd,A-4,"(£234.56)"\n'
    )
    assert (analysis.rows_read, analysis.totals_read.amount) == (4, "81252.19")
    assert [item.dated for item in items(analysis)] == [date(2010, 9, 30)] * 4


def test_a_minus_behind_the_number() -> None:
    # 118.50 × 1,000 = 118,500.00 ordered, 89.99 × 1,000 = 89,990.00 sent back: 28,510.00
    text = (
        "Purch.Doc.;Doc. Date;Vendor;Short Text;PO Qty;Net Price;Per;Net Value;Crcy\n"
        "45001;22.03.2025;100301 Rebar Works;Concrete;1.000,000;118,50;1;118.500,00;EUR\n"
        "45001;22.03.2025;100301 Rebar Works;Panel;1.000,000-;89,99;1;89.990,00-;EUR\n"
    )
    analysis = read(text)
    assert analysis.totals_read.amount == "28510.00"
    assert [(i.vendor, i.vendor_number, i.quantity) for i in items(analysis)] == [
        ("Rebar Works", "100301", Decimal(1000)),
        ("Rebar Works", "100301", Decimal(-1000)),
    ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("100301     Rebar Works", ("Rebar Works", "100301")),
        ("23red", ("23red", None)),
        ("3 Rivers Ltd", ("3 Rivers Ltd", None)),
        ("100301", ("100301", None)),
    ],
)
def test_a_vendors_number_and_name_in_one_cell(cell: str, found: tuple[str, str | None]) -> None:
    assert vendor_of(cell) == found


def test_a_month_without_a_day_is_asked() -> None:
    text = SPEND + "D,E,Aug-10,First Ltd,A-1,100.00\nD,E,Feb-12,First Ltd,A-2,50.00\n"
    asked = read(text)
    assert (asked.rows_read, asked.waiting, asked.totals_read.amount) == (2, 2, "150.00")
    assert [(d.key, d.rows) for d in asked.open_decisions] == [("day_of_month", 2)]
    answered = items(read(text, day_of_month="last"))
    assert [item.dated for item in answered] == [date(2010, 8, 31), date(2012, 2, 29)]
    assert items(read(text, day_of_month="first"))[0].dated == date(2010, 8, 1)
    assert read(text, day_of_month="refuse").refused == 2


def test_numbers_that_became_powers_of_ten_are_said_and_tell_nothing_apart() -> None:
    text = SPEND + "D,E,13/02/2012,First Ltd,5.32E+20,100.00\nD,E,13/02/2012,Second Ltd,5.32E+20,60.00\n"
    analysis = read(text)
    assert "damaged_ids" in codes(analysis)
    assert (len(analysis.entries), [item.number for item in items(analysis)]) == (2, [None, None])


def test_numbers_stay_text() -> None:
    text = SPEND.replace("Entity", "Project Code") + "D,00000000,13/02/2012,First Ltd,007,100.00\n"
    (item,) = items(read(text))
    assert (item.project, item.transaction) == ("00000000", "007")


def test_deleted_items_are_left_out_and_both_totals_said() -> None:
    # 100.00 + 89.99 = 189.99 with, 100.00 without
    text = "PO,Item number,Vendor,Amount,Deletion Indicator\n1,10,First,100.00,\n1,20,First,89.99,L\n"
    analysis = read(text)
    (said,) = [p for p in analysis.problems if p.code == "deleted_items"]
    assert (analysis.ignored, analysis.totals_read.amount, analysis.totals_new.amount) == (
        1,
        "189.99",
        "100.00",
    )
    assert "189.99 with them and 100.00 without" in said.mend


def test_a_price_for_a_hundred() -> None:
    # 1,000 × 212.40 / 100 = 2,124.00
    text = "PO,Vendor,Qty,Price,Price unit,Amount\n1,First,1000,212.40,100,2124.00\n2,First,40,212.40,100,\n"
    # 40 × 212.40 / 100 = 84.96, which the file leaves open
    analysis = read(text)
    assert [item.amount for item in items(analysis)] == [Decimal("2124.00"), Decimal("84.96")]
    assert not analysis.decisions


def test_rounding_of_a_shown_price_explains_an_amount_and_nothing_else_does() -> None:
    # 250 × 11.375 = 2,843.75, shown as 11.38: 2,845.00 is 1.25 more, which is 250 × half a cent.
    text = "PO,Vendor,Qty,Price,Amount\n1,First,250,11.38,2843.75\n2,First,10,5.00,60.00\n"
    analysis = read(text)
    (asked,) = analysis.open_decisions
    assert (asked.key, asked.rows, analysis.waiting) == ("total_differs", 1, 1)
    assert "by 10.00 in all" in asked.question
    recomputed = read(text, total_differs="recompute")
    assert [item.amount for item in items(recomputed)] == [Decimal("2843.75"), Decimal("50.00")]


def test_a_framework_and_its_call_offs_name_the_same_money_twice() -> None:
    text = (
        "contracts/0/id,contracts/0/awardID,contracts/0/value/amount,contracts/0/title\n"
        "C-7,A-1,1200,Framework\nC-7-PO1,A-1,600,First half\nC-7-PO2,A-1,600,Second half\nC-9,A-2,50,Other\n"
    )
    asked = read(text)
    (decision,) = asked.open_decisions
    assert (decision.key, decision.rows, asked.totals_read.amount) == ("frameworks", 1, "2450.00")
    assert "1 framework over 1200 (C-7) and 2 call-offs under it, 1200 together" in decision.question
    assert "2400, counts the same money twice" in decision.question
    call_offs = read(text, frameworks="call_offs")
    # 600 + 600 + 50
    assert (call_offs.ignored, call_offs.totals_new.amount) == (1, "1250.00")
    assert read(text, frameworks="all").totals_new.amount == "2450.00"


def test_an_item_number_stands_once_in_an_order() -> None:
    text = "PO,Item number,Vendor,Amount\n1,10,First,100.00\n1,10,First,90.00\n1,20,First,80.00\n"
    analysis = read(text)
    assert (len(analysis.entries), analysis.refused) == (1, 2)
    assert codes(analysis).count("item_twice") == 2


def test_client_orders_agree_on_their_date_and_pay_no_less_than_nothing() -> None:
    head = "PO number,Line,Date,Amount,Valid from,Valid to,Pays for,On exceed\n"
    good = "P-1,10,2025-01-20,500.00,2025-02-01,2025-12-31,time; fees,block\nP-1,20,2025-01-20,40.00,,,,\n"
    analysis = read(head + good, Kind.client_purchase_orders)
    assert (len(analysis.entries), analysis.totals_new.amount) == (2, "540.00")
    bad = "P-2,1,2025-01-20,5.00,2025-12-31,2025-02-01,,\nP-3,1,2025-01-20,-5.00,,,,\n"
    twice = "P-4,1,2025-01-20,5.00,,,,\nP-4,2,2025-01-21,5.00,,,,\n"
    refused = read(head + bad + twice, Kind.client_purchase_orders)
    assert sorted(set(codes(refused))) == ["ends_before_start", "negative_amount", "order_contradicts_itself"]
    assert refused.refused == 4


def test_open_receivables_keep_retainage_and_cash_apart() -> None:
    text = (
        "Invoice number,Type,Client,Invoice date,Due date,Original amount,Open balance,Retainage\n"
        "117,Invoice,Client A,2024-11-30,2024-12-30,10000.00,4000.00,1000.00\n"
        "118,Invoice,Client A,2024-11-30,2024-12-30,100.00,90.00,20.00\n"
        "CHK-88,Payment,Client A,2024-12-20,,,-250.00,\n"
    )
    analysis = read(text, Kind.open_receivables)
    # 4,000.00 + 1,000.00 - 250.00; of 118 more would be open (110.00) than it came to
    assert (analysis.totals_new.amount, analysis.refused) == ("4750.00", 1)
    assert {"more_open_than_invoiced", "unapplied_cash"} <= set(codes(analysis))


def test_clients_have_an_address_and_a_country() -> None:
    text = (
        "Name,Email,Street,City,State,Zip,Country\n"
        "Client A,a@client.example,1 Main Street,Springfield,IL,06270,United States\nClient B,nobody,,,,,US\n"
    )
    analysis = read(text, Kind.clients)
    (client,) = analysis.entries
    assert client.content()["address"] == "1 Main Street Springfield IL 06270"
    assert client.content()["country"] == "US"
    assert codes(analysis) == ["not_an_email"]


def test_a_bill_that_takes_back_is_a_credit_memo() -> None:
    text = (
        "Bill number,PO,Vendor,Bill date,Total\nB-1,1,First,2025-03-01,-5.00\nB-2,1,First,2025-03-01,7.00\n"
    )
    analysis = read(text, Kind.vendor_bills)
    assert (codes(analysis), analysis.totals_new.amount) == (["credit_memo"], "7.00")


def test_a_sum_without_a_name_is_no_row() -> None:
    # 100.00 + 50.00 = 150.00
    head = "PO,Vendor,Qty,Amount,Currency\n"
    rows = "1,First,,100.00,USD\n2,First,,50.00,USD\n"
    summed = read(head + rows + ",,,150.00,USD\n")
    assert (summed.rows_read, summed.totals_read.amount) == (2, "150.00")
    other = read(head + rows + ",,,151.00,USD\n")  # which is no sum, so it is a row
    assert other.rows_read == 3


def test_a_printed_list_has_rulers_pages_and_sums() -> None:
    ruler = "-----------------\n"
    page = "30.06.2025   List\n\n" + ruler + "|Purch.Doc.|Doc. Date |Vendor|Net Value|\n" + ruler
    rows = "".join(f"|4500{n}|22.03.2025|First |{n}0,50 |\n" for n in range(1, 6))
    back = "|45006|23.03.2025|First |100,00- |\n"
    last = page + "|45007|24.03.2025|Second|65,50 |\n" + ruler + "|*    |          |      |118,00 |\n"
    analysis = read(page + rows + back + ruler + "\n" + last)
    # 10.50 + 20.50 + 30.50 + 40.50 + 50.50 - 100.00 + 65.50 = 118.00
    assert (analysis.rows_read, analysis.refused, analysis.totals_read.amount) == (7, 0, "118.00")


def test_a_grouped_report_has_headings_and_subtotals() -> None:
    text = (
        "Example Ltd,,,,\n,,Num,Name,Amount\n,First,,,\n,,1,First,10.00\n,,2,First,20.00\n"
        ",Total First,,,30.00\n,Second,,,\n,,3,Second,5.00\n,Total Second,,,5.00\nTOTAL,,,,35.00\n"
    )
    analysis = read(text)
    assert (analysis.rows_read, analysis.refused, analysis.totals_read.amount) == (3, 0, "35.00")


def test_a_register_of_contracts_may_hold_call_offs() -> None:
    text = "contracts/0/id,contracts/0/awardID,contracts/0/value/amount\nC-7,A-1,12.00\nC-7-PO1,A-1,12.00\n"
    report = dry_run("contracts.csv", text.encode(), kind=kind_named("contract_register"))
    assert (report.kind, report.profile, report.rows_read) == ("purchase_orders", "ocds-contracts", 2)
    assert (report.outcome, report.totals.amount) == ("needs_decision", "24.00")


@pytest.mark.parametrize(
    ("header", "row", "profile"),
    [
        (
            "Purchasing Document,Item,Vendor/supplying plant,Net Order Value",
            "4500017011,10,100301 First,1.00",
            "sap-me2n",
        ),
        ("Purch.Doc.,Item,Vendor,Net Value", "4500017011,10,100301 First,1.00", "sap-me2n-list"),
        (
            "PO #,Vendor,Item,Item : Quantity,Item : Amount",
            "1,First,Bolts,1,1.00",
            "netsuite-purchase-orders",
        ),
        (
            "Type,Num,Name,Source Name,Deliv Date,Amount,Open Balance",
            "Purchase Order,1,First,First,01/25/2025,1.00,1.00",
            "quickbooks-open-purchase-orders",
        ),
        ("Number,Contract Company,Original Contract Amount", "1,First,$1.00", "procore-commitments"),
        (
            "Order Reference,Vendor,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price",
            "P1,First,Bolts,1,1.00\n,,Nuts,0,1.00",
            "odoo-purchase-order-lines",
        ),
        ("Entity,Supplier,Date,Amount", "Body,First,13/02/2012,1.00", "public-spending"),
        ("2 Entity,6 Supplier,8 Amount", "Body,First,1.00", "public-spending-numbered-columns"),
    ],
)
def test_sources_are_known_by_their_headers(header: str, row: str, profile: str) -> None:
    report = dry_run("any.csv", f"{header}\n{row}\n".encode())
    assert (report.kind, report.profile, report.totals.amount) == ("purchase_orders", profile, "1.00")
    assert report.refused == 0


ORDERED = "PO,Vendor,Date,Item,Description,Qty,Unit price,Amount,Currency\n"


def test_a_changed_order_says_how_it_is_corrected_and_comes_in_once_rejected() -> None:
    first = read(ORDERED + "PO-1,First,2025-03-01,1,Rebar,10,5.00,50.00,USD\n")
    assert len(first.entries) == 1
    imported = {
        e.external_id: Imported(content_key=e.content_key, content=e.content()) for e in first.entries
    }
    text = (ORDERED + "PO-1,First,2025-03-01,1,Rebar,12,5.00,60.00,USD\n").encode()
    stands = analyse(Kind.purchase_orders, "orders.csv", text, KnownThings(imported=imported))
    (changed,) = [problem for problem in stands.problems if problem.code == "changed_since_import"]
    assert (stands.refused, changed.found) == (1, "quantity 10 → 12; stated 50 → 60")
    assert "have it rejected and import this file again" in changed.mend
    # As the mend says: nothing is left of the rejected order, and the row comes in as it reads now.
    rejected = KnownThings(imported=imported, given_up=frozenset(imported))
    again = analyse(Kind.purchase_orders, "orders.csv", text, rejected)
    assert (again.refused, again.totals_new.amount) == (0, "60.00")


def test_what_has_no_correction_of_its_own_is_taken_back() -> None:
    for kind in (Kind.deliveries, Kind.labour_log, Kind.open_receivables):
        assert "Take back the import" in how_to_correct(kind)
