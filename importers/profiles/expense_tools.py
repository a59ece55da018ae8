"""Programs that keep expenses."""

from __future__ import annotations

from importers.entries import Kind
from importers.profiles.model import Profile

PROFILES = (
    Profile(
        name="expensify",
        kind=Kind.expenses,
        source="Expensify, export of expenses",
        headers=("Timestamp", "Merchant", "Amount", "Category", "Reimbursable", "Original Currency"),
        columns={
            "spent_on": ("Timestamp",),
            "person": ("Employee", "Submitter"),
            "merchant": ("Merchant",),
            "category": ("Category",),
            "description": ("Description",),
            "amount": ("Amount",),
            "original_amount": ("Original Amount",),
            "original_currency": ("Original Currency",),
            "project": ("Tag",),
            "reimbursable": ("Reimbursable",),
            "billable": ("Billable",),
            "receipt": ("Receipt",),
        },
    ),
    Profile(
        name="harvest-expenses",
        kind=Kind.expenses,
        source="Harvest, expense report",
        headers=("Date", "Client", "Project", "Category", "Cost", "First Name", "Last Name"),
        columns={
            "spent_on": ("Date",),
            "first_name": ("First Name",),
            "last_name": ("Last Name",),
            "category": ("Category",),
            "description": ("Notes",),
            "amount": ("Cost",),
            "currency": ("Currency",),
            "project": ("Project",),
            "project_code": ("Project Code",),
            "client": ("Client",),
            "billable": ("Billable?",),
            "billed_elsewhere": ("Invoiced?",),
            "approved_in_source": ("Approved?",),
            "receipt": ("Receipt URL",),
        },
    ),
)
