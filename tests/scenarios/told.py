"""What a firm's audit, ledgers and letters tell, one line for each event, as scenarios state them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.scenarios.attacked_firm import ATTACK
from tests.workflows.practice_firm import PracticeFirm

UNTOLD = {"found_firm", "add_legal_entity", "add_client", "add_person", "move_calendar", "make_document"}
_CENTS = re.compile(r"(\.\d\d)00\b")
"""Amounts that came from the database carry four decimals; they are the same amounts."""


async def events(firm: PracticeFirm) -> list[str]:
    """Every audit entry: business date, who, what happened to what, its new state and the reason."""
    names = {str(row["id"]): _invoice_name(row) for row in await firm.rows("SELECT * FROM invoice")}
    told = []
    for entry in await firm.audit():
        if entry["action"] in UNTOLD or ATTACK in entry["key"]:
            continue
        on = datetime.fromisoformat(entry["business_at"]).astimezone(ZoneInfo("America/New_York")).date()
        what = names.get(entry["id"], entry["kind"])
        moved = f" → {entry['to_state']}" if entry["to_state"] != entry["from_state"] else ""
        said = _CENTS.sub(r"\1", entry["reason"])
        reason = f" ({said})" if said else ""
        told.append(f"{on} {firm.name_of(entry['by'])}: {entry['action']} {what}{moved}{reason}")
    return told


def _invoice_name(row: dict[str, object]) -> str:
    name = "release" if row["kind"] == "retainage_release" else "application"
    withdrawn = " (withdrawn)" if row["state"] == "withdrawn" else ""
    return f"{name} {row['application_no']}{withdrawn}"


async def receivables(firm: PracticeFirm) -> list[str]:
    """Every entry of the receivables: date, invoice, cause, amount."""
    rows = await firm.rows(
        "SELECT e.posted_on, i.number_text, e.cause, e.amount, r.due_on, e.certificate_invoice_id "
        "FROM receivable_entry e JOIN receivable r ON r.id = e.receivable_id "
        "JOIN issued_invoice i ON i.invoice_id = r.invoice_id ORDER BY 1, 2, 3, 4"
    )
    return [
        f"{row['posted_on']} {row['number_text']} {row['cause']} {row['amount']:.2f} due {row['due_on']}"
        + (" citing the certificate" if row["certificate_invoice_id"] else "")
        for row in rows
    ]


async def letters(firm: PracticeFirm) -> list[str]:
    """Every message: business date, kind, subject, state."""
    rows = await firm.rows("SELECT * FROM message ORDER BY business_date, queued_at")
    return [f"{row['business_date']} {row['kind']}: {row['subject']} [{row['state']}]" for row in rows]


async def retainage(firm: PracticeFirm) -> list[str]:
    """The retainage ledger: date, cause, withheld and released, over all lines."""
    rows = await firm.rows(
        "SELECT posted_on, cause, sum(withheld) AS withheld, sum(released) AS released "
        "FROM retainage_entry GROUP BY posted_on, cause, invoice_id ORDER BY 1, 2 DESC, 3, 4"
    )
    return [f"{r['posted_on']} {r['cause']} +{r['withheld']:.2f} -{r['released']:.2f}" for r in rows]
