"""Programs that track time: what their exports look like."""

from __future__ import annotations

from collections.abc import Mapping

from importers.entries import Kind
from importers.profiles.model import Ignored, Layout, Profile
from importers.values import DecimalMark

_CLOCKIFY_DETAILED: Mapping[str, tuple[str | int, ...]] = {
    "worked_on": ("Start Date",),
    "person": ("User",),
    "duration": ("Duration (h)",),
    "duration_decimal": ("Duration (decimal)",),
    "project": ("Project",),
    "task": ("Task", "Activity"),
    "client": ("Client",),
    "description": ("Description",),
    "started": ("Start Time",),
    "billable": ("Billable",),
    "billed_elsewhere": ("Invoiced",),
    "file_rate": ("Billable Rate",),
    "file_amount": ("Billable Amount",),
}
_HARVEST: Mapping[str, tuple[str | int, ...]] = {
    "worked_on": ("Date",),
    "first_name": ("First Name",),
    "last_name": ("Last Name",),
    "duration": ("Hours",),
    "project": ("Project",),
    "task": ("Task",),
    "client": ("Client",),
    "description": ("Notes",),
    "role": ("Roles", "Role"),
    "started": ("Started At",),
    "billable": ("Billable?",),
    "billed_elsewhere": ("Invoiced?",),
    "approved_in_source": ("Approved?",),
    "file_rate": ("Billable Rate",),
    "file_amount": ("Billable Amount",),
    "file_currency": ("Currency",),
}
_BREAKS = ("Break", "Lunch", "Lunch Break", "Rest Break", "Paid Break", "Unpaid Break")

PROFILES = (
    Profile(
        name="toggl-detailed",
        kind=Kind.timesheet,
        source="Toggl Track, detailed report",
        headers=("User", "Email", "Project", "Start date", "Start time", "Duration", "Tags"),
        columns={
            "worked_on": ("Start date",),
            "person": ("User",),
            "duration": ("Duration",),
            "project": ("Project",),
            "task": ("Task",),
            "client": ("Client",),
            "description": ("Description",),
            "started": ("Start time",),
            "billable": ("Billable",),
            "file_amount": ("Amount",),
        },
    ),
    Profile(
        name="clockify-detailed",
        kind=Kind.timesheet,
        source="Clockify, detailed report",
        headers=("Start Date", "Duration (h)", "Duration (decimal)"),
        columns=_CLOCKIFY_DETAILED,
    ),
    *(
        Profile(
            name=f"clockify-detailed-{name}",
            kind=Kind.timesheet,
            source="Clockify, detailed report with one column of durations",
            headers=("Project", "Description", "User", "Start Date", duration),
            without=(other,),
            columns=_CLOCKIFY_DETAILED,
        )
        for name, duration, other in (
            ("clock", "Duration (h)", "Duration (decimal)"),
            ("decimal", "Duration (decimal)", "Duration (h)"),
        )
    ),
    Profile(
        name="clockify-summary",
        kind=Kind.timesheet,
        source="Clockify, summary report",
        headers=("Date", "Time (h)", "Time (decimal)"),
        columns={
            "worked_on": ("Date",),
            "person": ("User",),
            "duration": ("Time (h)",),
            "duration_decimal": ("Time (decimal)",),
            "project": ("Project",),
            "client": ("Client",),
            "description": ("Description",),
            "file_amount": ("Amount",),
        },
    ),
    Profile(
        name="harvest-detailed",
        kind=Kind.timesheet,
        source="Harvest, detailed time report",
        headers=("Date", "Client", "Project", "Task", "Notes", "Hours", "First Name", "Last Name"),
        columns=_HARVEST,
    ),
    Profile(
        name="quickbooks-time",
        kind=Kind.timesheet,
        source="QuickBooks Time, timesheet report",
        headers=("username", "fname", "lname", "local_date", "hours", "jobcode_1"),
        columns={
            "worked_on": ("local_date",),
            "first_name": ("fname",),
            "last_name": ("lname",),
            "duration": ("hours",),
            "client": ("jobcode_1",),
            "project": ("jobcode_2", "jobcode_1"),
            "task": ("jobcode_3", "service item"),
            "description": ("notes",),
            "started": ("local_start_time",),
            "billable": ("billable",),
            "approved_in_source": ("approved_status",),
        },
        layout=Layout(ignored=(Ignored(column="jobcode_1", says=_BREAKS, reason="break"),)),
        decimal_mark=DecimalMark.point,  # 8.000 is eight hours: it always writes three places
    ),
    Profile(
        name="tempo",
        kind=Kind.timesheet,
        source="Tempo Timesheets",
        headers=("Issue Key", "Hours", "Work date", "Full name"),
        columns={
            "worked_on": ("Work date",),
            "person": ("Full name",),
            "duration": ("Hours",),
            "project": ("Project Name", "Project Key", "Account Name"),
            "task": ("Activity Name", "Issue summary"),
            "client": ("Account Customer",),
            "description": ("Work Description",),
            "started": ("Work date",),
        },
    ),
    Profile(
        name="jira-worklog",
        kind=Kind.timesheet,
        source="Jira, report of worklogs",
        headers=("Author", "Issue", "Started", "Time spent"),
        columns={
            "worked_on": ("Started",),
            "person": ("Author",),
            "duration": ("Time spent",),
            "duration_counted": ("Time spent seconds", "Time spent (seconds)"),
            "project": ("Project",),
            "task": ("Summary", "Issue"),
            "description": ("Work description", "Comment"),
            "started": ("Started",),
        },
        layout=Layout(blank={"Author": ("_",), "Started": ("_",), "Issue": ("_",), "Project": ("_",)}),
    ),
    Profile(
        name="jira-time-spent",
        kind=Kind.timesheet,
        source="Jira, time spent by ticket",
        headers=("Ticket No", "Start Date", "Timespent"),
        columns={
            "worked_on": ("Start Date",),
            "person": ("Author", "User"),
            "duration": ("Timespent",),
            "task": ("Ticket No",),
            "description": ("Comment",),
            "started": ("Start Date",),
        },
    ),
    Profile(
        name="everhour",
        kind=Kind.timesheet,
        source="Everhour, report",
        headers=("Date", "Member", "Project", "Time"),
        columns={
            "worked_on": ("Date",),
            "person": ("Member",),
            "duration": ("Time",),
            "project": ("Project",),
            "task": ("Task",),
            "client": ("Client",),
            "description": ("Comment",),
            "billable": ("Billable",),
            "file_amount": ("Billable Amount",),
        },
    ),
)
