"""What the play came to, read back through the public API: one object for machines."""

from __future__ import annotations

from typing import Any

from contracts_app.sample.play import Cast, Play

LINES = tuple(f"line{number}" for number in range(1, 10))


def report(cast: Cast, play: Play) -> dict[str, Any]:
    """Applications with lines 1–9 as applied, imports with their totals, mail, closed contracts."""
    person = cast.coordinator
    found = person.get(f"/api/invoices?contract={play.contract_id}")["invoices"]
    invoices = [person.get(f"/api/invoices/{one['id']}") for one in found]
    contracts = person.get("/api/contracts")["contracts"]
    return {
        "applications": [
            _application(one) for one in sorted(invoices, key=lambda known: known["application_no"])
        ],
        "imports": [_import(person.get(f"/api/imports/{import_id}")) for import_id in play.import_ids],
        "mails": [
            {
                name: one[name]
                for name in ("kind", "business_date", "recipient", "subject", "state", "message_id")
            }
            for one in reversed(person.get("/api/messages")["messages"])
        ],
        "closed": [one["number"] for one in contracts if one["state"] == "closed"],
    }


def _application(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "application": one["application_no"],
        **{name: one["lines"][name] for name in LINES},
        "certified_line6": one["certificate"]["line6"] if one["certificate"] else None,
        "invoice": one["number"],
    }


def _import(one: dict[str, Any]) -> dict[str, Any]:
    said = one["report"]
    kept = said["totals_kept"]
    return {
        "file": said["file_name"],
        "rows_read": said["rows_read"],
        "imported": said["new"],
        "skipped_known": said["known"],
        "refused": said["refused"],
        "repeats": said["repeats"],
        "ignored": said["ignored"],
        "totals": {"hours": kept["hours"], "amount": kept["amount"]},
        "decisions": {asked["key"]: asked["decided"] for asked in said["decisions"]},
    }
