"""An example file of each kind, as a start for one's own: it is read without any problem."""

from __future__ import annotations

from collections.abc import Mapping

from importers.entries import Kind

EXAMPLES: Mapping[Kind, str] = {
    Kind.contract: (
        "Contract number,Contract name,Original contract sum,Contract date,Substantial completion,"
        "Retainage rate,Payment terms,Client,Architect\n"
        "C-100,Example building,100000.00,2025-01-15,2025-12-31,10%,Net 30,Sample Builder,Sample Designer\n"
    ),
    Kind.schedule_of_values: (
        "Item number,Description of work,Unit,Quantity,Unit price,Scheduled value\n"
        "1,Site work,,,,20000.00\n2,Concrete,m3,400,125.00,50000.00\n3,Steel,,,,30000.00\n"
    ),
    Kind.change_orders: (
        "Change order number,Submission date,Description,Amount,Status,Date executed\n"
        "CO-1,2025-03-03,Extra footing,5000.00,Approved,2025-03-17\n"
        "CO-2,2025-04-07,Other paint,2000.00,Pending,\n"
    ),
    Kind.application_totals: (
        "Application number,Period end,This period,Billed to date,Status,Paid on\n"
        "1,2025-01-31,20000.00,20000.00,Paid,2025-03-03\n2,2025-02-28,10000.00,30000.00,Approved,\n"
    ),
    Kind.application_lines: (
        "Application number,Line id,Scheduled value,Previous,This period,To date\n"
        "1,1,20000.00,0.00,20000.00,20000.00\n2,1,20000.00,20000.00,0.00,20000.00\n"
        "2,2,50000.00,0.00,10000.00,10000.00\n"
    ),
    Kind.labour_log: (
        "Entry id,Work date,Worker no,Trade,Line id,Straight time hours,Overtime hours\n"
        "L-1,2025-02-03,W-1,Carpenter,1,8,0\nL-2,2025-02-03,W-2,Labourer,1,8,1.5\n"
    ),
    Kind.deliveries: (
        "Delivery id,Delivery date,Line id,Description,Quantity,Unit,Unit cost,Total,PO number,Vendor\n"
        "D-1,2025-02-10,2,Ready-mix concrete,12,m3,140.00,1680.00,PO-7,Example Supplier\n"
    ),
    Kind.timesheet: (
        "Date,Person,Task,Notes,Hours,Billable\n"
        "2025-02-03,Example Person,Design,Foundations,7.5,yes\n2025-02-04,Example Person,Travel,,2,no\n"
    ),
    Kind.purchase_orders: (
        "PO number,Item number,Vendor,Date,Description,Quantity,Unit,Unit price,Amount,Cost category,"
        "SOV line\n"
        "PO-7,10,Example Supplier,2025-02-03,Ready-mix concrete,12,m3,140.00,1680.00,material,2\n"
        "PO-7,20,Example Supplier,2025-02-03,Delivery,1,,95.00,95.00,other,2\n"
    ),
    Kind.client_purchase_orders: (
        "PO number,Line,Client,Date,Amount,Valid from,Valid to,Pays for,On exceed\n"
        "4500-1,10,Sample Client,2025-01-20,50000.00,2025-02-01,2025-12-31,time,block\n"
        "4500-1,20,Sample Client,2025-01-20,5000.00,2025-02-01,2025-12-31,expense,block\n"
    ),
    Kind.receipts: (
        "PO number,Item number,Receipt date,Delivery note,Quantity\n"
        "PO-7,10,2025-02-10,DN-1,8\nPO-7,10,2025-02-12,DN-2,4\n"
    ),
    Kind.vendor_bills: (
        "Bill number,PO number,Item number,Vendor,Bill date,Quantity,Unit price,Amount,Sales tax\n"
        "B-31,PO-7,10,Example Supplier,2025-02-28,12,140.00,1680.00,0.00\n"
    ),
    Kind.open_receivables: (
        "Invoice number,Type,Client,Contract,Invoice date,Due date,Original amount,Open balance,Retainage\n"
        "2024-117,Invoice,Sample Client,C-100,2024-11-30,2024-12-30,10000.00,4000.00,1000.00\n"
        "CHK-88,Payment,Sample Client,,2024-12-20,,,-250.00,\n"
    ),
    Kind.clients: (
        "Name,Email,Street,City,State,Zip,Country,Tax id\n"
        "Sample Client,accounts@client.example,1 Sample Street,Springfield,IL,62701,US,\n"
    ),
    Kind.contacts: (
        "Name,Client,Email,Phone,Title\n"
        "Example Person,Sample Client,person@client.example,,Accounts payable\n"
    ),
    Kind.budget: (
        "Cost code,Description,Original budget,Approved changes,Revised budget,Actual to date,"
        "Forecast to complete\n"
        "01 50 00,Site,15000.00,500.00,15500.00,4000.00,11500.00\n"
        "03 30 00,Concrete,40000.00,0,40000.00,0,40000.00\n"
    ),
    Kind.pay_application: (
        "Application number,Period to,Item number,Description of work,Scheduled value,"
        "From previous application,This period,Materials presently stored,"
        "Total completed and stored to date,Retainage held\n"
        "3,2025-03-31,1,Site work,20000.00,15000.00,5000.00,0.00,20000.00,2000.00\n"
        "3,2025-03-31,2,Concrete,50000.00,5000.00,7000.00,1000.00,13000.00,1300.00\n"
    ),
    Kind.bid_tabulation: (
        ",,,,First Bidder,,Second Bidder,\nItem,Description,Qty,Unit,Unit Price,Amount,Unit Price,Amount\n"
        "1,Paving,100,SY,12.50,1250.00,11.00,1100.00\n2,Kerb,40,LF,20.00,800.00,22.50,900.00\n"
    ),
    Kind.opening_balances: (
        "Item number,As of,Last application number,Work completed to date,Materials presently stored,"
        "Retainage held,Paid to date\n"
        "1,2025-03-31,3,20000.00,0.00,2000.00,18000.00\n2,2025-03-31,3,12000.00,1000.00,1300.00,11700.00\n"
    ),
    Kind.milestones: (
        "Milestone,Item number,Amount,Planned date,Close-out\nDesign at 30 percent,1,5000.00,2025-05-01,no\n"
        "Records handed over,,0.00,,yes\n"
    ),
    Kind.rate_cards: (
        "Person,Role,Rate,Effective from,Effective to\n,Engineer,150.00,2025-01-01,\n"
        "Example Person,Engineer,175.00,2025-01-01,2026-01-01\n"
    ),
    Kind.expenses: (
        "Date,Employee,Merchant,Category,Amount,Currency,Billable,Project\n"
        "2025-02-03,Example Person,Example Hotel,Lodging,180.00,USD,yes,Design\n"
        "2025-02-04,Example Person,Example Rail,Travel,42.50,USD,no,Design\n"
    ),
}
