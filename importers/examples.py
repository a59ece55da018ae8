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
        "Item number,Description of work,Scheduled value\n"
        "1,Site work,20000.00\n2,Concrete,50000.00\n3,Steel,30000.00\n"
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
}
