"""What the play came to, read back through the public API: one object for machines."""

from __future__ import annotations

from typing import Any

from contracts_app.sample import script
from contracts_app.sample.play import CONTRACTS, Play
from contracts_app.sample.stage import Cast

LINES = tuple(f"line{number}" for number in range(1, 10))


def report(cast: Cast, play: Play) -> dict[str, Any]:
    """Applications with lines 1–9 as applied, consulting invoices, imports with their totals, mail, closed
    contracts."""
    person = cast.coordinator
    found = [one for one in person.get("/api/invoices")["invoices"] if one["contract_number"] in CONTRACTS]
    invoices = [person.get(f"/api/invoices/{one['id']}") for one in found]
    contracts = person.get("/api/contracts")["contracts"]
    of_construction = [one for one in invoices if one["contract_number"] == script.CONTRACT]
    consulting = [one for one in invoices if one["contract_number"] != script.CONTRACT]
    return {
        "applications": [
            _application(one) for one in sorted(of_construction, key=lambda known: known["application_no"])
        ],
        "invoices": [
            _consulting(one)
            for one in sorted(consulting, key=lambda known: (known["contract_number"], known["number"]))
        ],
        "imports": [_import(person.get(f"/api/imports/{import_id}")) for import_id in play.stage.import_ids],
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


def _consulting(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "contract": one["contract_number"],
        "application": one["application_no"],
        "invoice": one["number"],
        "issued_on": one["issued_on"],
        "currency": one["currency"],
        "this_invoice": one["lines"]["line8"],
        "to_date": one["lines"]["line4"],
        "left": one["lines"]["line9"],
        "state": one["state"],
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
