"""Every command that the sample play gives, and how it is clicked."""

from __future__ import annotations

import re

from tests.scenarios.clicking import agreements, billing, office
from tests.scenarios.clicking.person import Step

_CONTRACT = "/api/contracts/(?P<contract>[^/]+)"
_MILESTONE = f"{_CONTRACT}/milestones/(?P<milestone>[^/]+)"
_INVOICE = "/api/invoices/(?P<invoice>[^/]+)"
_IMPORT = "/api/imports/(?P<import>[^/]+)"

STEPS: tuple[Step, ...] = tuple(
    (re.compile(path), name, click)
    for path, name, click in (
        ("/api/contracts", "open a contract", agreements.open_contract),
        (f"{_CONTRACT}/terms", "set terms", agreements.set_terms),
        (f"{_CONTRACT}/schedule", "set a schedule", agreements.set_schedule),
        (f"{_CONTRACT}/rate-card", "set a rate card", agreements.set_rate_card),
        (f"{_CONTRACT}/milestones", "plan a milestone", agreements.plan_milestone),
        (f"{_MILESTONE}/achieve", "achieve a milestone", agreements.achieve_milestone),
        (f"{_MILESTONE}/approve", "approve a milestone", agreements.approve_milestone),
        (f"{_CONTRACT}/activate", "activate a contract", agreements.activate),
        (f"{_CONTRACT}/deposits", "receive a deposit", agreements.receive_deposit),
        (f"{_CONTRACT}/change-orders", "propose a change order", agreements.propose_change),
        (f"{_CONTRACT}/change-orders/execute", "execute a change order", agreements.execute_change),
        (f"{_CONTRACT}/complete-work", "complete the work", agreements.complete_work),
        (f"{_CONTRACT}/time/approve", "approve time", billing.approve_time),
        (f"{_CONTRACT}/applications", "prepare an application", billing.prepare_application),
        (f"{_CONTRACT}/releases", "prepare a release", billing.prepare_release),
        (f"{_INVOICE}/submit", "submit a draft", billing.submit),
        (f"{_INVOICE}/approve", "approve a draft", billing.approve),
        (f"{_INVOICE}/issue", "issue an invoice", billing.issue),
        (f"{_INVOICE}/certify", "certify an application", billing.certify),
        ("/api/clients/(?P<client>[^/]+)/payments", "record a payment", billing.pay),
        ("/api/billing-runs", "start a billing run", billing.start_run),
        (f"{_IMPORT}/decide", "decide about a file", office.decide),
        (f"{_IMPORT}/post", "post a file", office.post),
        ("/api/calendar/move", "move the calendar", office.move_calendar),
    )
)
