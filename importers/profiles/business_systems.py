"""Business and payroll programs that keep time among other things."""

from __future__ import annotations

from importers.entries import Kind
from importers.profiles.model import Layout, Profile
from importers.values import DateOrder, DecimalMark

_PARENT = ("ID", "Series", "Company", "Employee", "Employee Name", "Start Date", "End Date")

PROFILES = (
    Profile(
        name="erpnext-timesheet",
        kind=Kind.timesheet,
        source="ERPNext, timesheets with their lines",
        headers=("Employee", "From Time (Time Sheets)", "Hrs (Time Sheets)"),
        columns={
            "worked_on": ("From Time (Time Sheets)",),
            "person": ("Employee Name", "Employee"),
            "duration": ("Hrs (Time Sheets)",),
            "project": ("Project (Time Sheets)",),
            "task": ("Task (Time Sheets)", "Activity Type (Time Sheets)"),
            "description": ("Description (Time Sheets)",),
            "started": ("From Time (Time Sheets)",),
            "billable": ("Is Billable (Time Sheets)",),
            "file_rate": ("Billing Rate (Time Sheets)",),
            "file_amount": ("Billing Amount (Time Sheets)",),
        },
        layout=Layout(fill_down=_PARENT),
        decimal_mark=DecimalMark.point,  # 8.000 is eight hours: it always writes three places
    ),
    Profile(
        name="odoo-timesheet-technical",
        kind=Kind.timesheet,
        source="Odoo, timesheet lines under their technical names",
        headers=("date", "employee_id", "project_id", "unit_amount"),
        columns={
            "worked_on": ("date",),
            "person": ("employee_id",),
            "duration": ("unit_amount",),
            "project": ("project_id",),
            "task": ("task_id",),
            "description": ("name",),
        },
        layout=Layout(blank={"name": ("/",)}),
    ),
    Profile(
        name="odoo-timesheet",
        kind=Kind.timesheet,
        source="Odoo, timesheet lines",
        headers=("Date", "Employee", "Project", "Hours Spent"),
        columns={
            "worked_on": ("Date",),
            "person": ("Employee",),
            "duration": ("Hours Spent",),
            "project": ("Project",),
            "task": ("Task",),
            "description": ("Description",),
        },
        layout=Layout(blank={"Description": ("/",)}),
    ),
    Profile(
        name="costpoint-timesheets",
        kind=Kind.timesheet,
        source="Deltek Costpoint, Import Timesheets",
        shape={
            0: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
            1: r"\S{1,20}",
            2: r"[A-Z]{1,2}",
            4: r"[0-9]{4}",
            12: r"-?[0-9]{1,3}(?:\.[0-9]{1,2})?",
        },
        width=27,
        columns={
            "worked_on": (0,),
            "person": (1,),
            "duration": (12,),
            "project": (17,),
            "role": (9,),
            "description": (26,),
        },
        layout=Layout(has_header=False),
        decimal_mark=DecimalMark.point,
        corrections=True,
    ),
    Profile(
        name="vantagepoint-detail",
        kind=Kind.timesheet,
        source="Deltek Vantagepoint, timesheet detail",
        headers=("Employee", "TransDate", "WBS1", "RegHrs", "OvtHrs"),
        columns={
            "worked_on": ("TransDate",),
            "person": ("Employee",),
            "duration": ("RegHrs",),
            "overtime_seconds": ("OvtHrs",),
            "double_seconds": ("SpecialOvtHrs",),
            "project": ("WBS1",),
            "task": ("WBS2",),
            "role": ("LaborCode",),
            "description": ("TransComment",),
        },
        date_order=DateOrder.month_first,
    ),
    Profile(
        name="labour-log",
        kind=Kind.labour_log,
        source="Labour log of a contractor, booked to lines of the schedule of values",
        headers=("log_id", "date", "employee_id", "sov_line_id", "hours_st", "hours_ot"),
        columns={
            "contract_external_id": ("project_id",),
            "external_id": ("log_id",),
            "worked_on": ("date",),
            "worker": ("employee_id",),
            "role": ("role",),
            "sov_line": ("sov_line_id",),
            "straight_seconds": ("hours_st",),
            "overtime_seconds": ("hours_ot",),
            "hourly_rate": ("hourly_rate",),
            "burden_multiplier": ("burden_multiplier",),
            "work_area": ("work_area",),
            "cost_code": ("cost_code",),
        },
    ),
)
