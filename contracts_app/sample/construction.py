"""The construction contract of the sample: from its files to applications, release and closing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from contracts_app.sample import script
from contracts_app.sample.people import FIRM
from contracts_app.sample.public_api import Signed
from contracts_app.sample.stage import Event, Stage, money


class Construction:
    """Applications 2 to 15 as the files report them, the final one, and the release of retainage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.contract_id = ""

    def set_up(self) -> None:
        """From the files to a contract in force."""
        self._stage.take_in(script.CONTRACT_FILE, None)
        found = self._stage.cast.coordinator.get("/api/contracts")["contracts"]
        self.contract_id = next(one["id"] for one in found if one["number"] == script.CONTRACT)
        contract = self._stage.cast.coordinator.get(f"/api/contracts/{self.contract_id}")
        managers = [
            p
            for p in self._stage.cast.coordinator.get("/api/people")["people"]
            if "project_manager" in p["roles"]
        ]
        terms = contract["terms"] | {
            "first_application": script.FIRST_APPLICATION,
            "controller_limit": str(script.CONTROLLER_LIMIT),
        }
        self._of_contract(
            self._stage.cast.coordinator,
            "terms",
            {"project_manager_id": managers[0]["id"], "terms": terms},
            "terms",
        )
        self._stage.say(
            "Coordinator",
            f"completes the terms: first application {script.FIRST_APPLICATION}, "
            f"controller approves above {script.CONTROLLER_LIMIT:,}",
        )
        for file in script.FILES[:2]:
            self._stage.take_in(file, self.contract_id)
        for planned in script.MILESTONES:
            body: dict[str, Any] = {
                "title": planned.title,
                "amount": planned.amount,
                "close_out": planned.close_out,
            }
            body |= {"item_no": planned.item_no} if planned.item_no else {}
            self._of_contract(self._stage.cast.coordinator, "milestones", body, f"plan {planned.title}")
            self._stage.say("Coordinator", f"plans the milestone “{planned.title}”")
        self._of_contract(self._stage.cast.controller, "activate", {}, "activate")
        self._stage.say("Controller", f"puts contract {script.CONTRACT} in force")
        for file in script.FILES[2:]:
            self._stage.take_in(file, self.contract_id)

    def events(self) -> Iterator[Event]:
        """What happens, after the set-up."""
        periods = {
            one["application_no"]: one
            for one in self._stage.cast.coordinator.get(f"/api/contracts/{self.contract_id}")[
                "reported_periods"
            ]
        }
        for number in range(script.FIRST_APPLICATION, script.LAST_REPORTED + 3):
            if number <= script.LAST_REPORTED:
                period_to = date.fromisoformat(periods[number]["period_to"])
            else:
                period_to = (
                    script.FINAL_PERIOD if number == script.LAST_REPORTED + 1 else script.RELEASE_PERIOD
                )
            paid = periods.get(number, {}).get("payment_date")
            pays_on = date.fromisoformat(paid) if paid else script.PAID_BY_SCRIPT[number]
            yield Event(period_to, 2, partial(self._bill, number, period_to))
            yield Event(period_to + script.CERTIFIES_AFTER, 1, partial(self._certify, number))
            yield Event(pays_on, 0, partial(self._pay, number, pays_on, bool(paid)))
        for planned in script.MILESTONES:
            yield Event(planned.achieved_on, 1, partial(self._achieve, planned))

    def _bill(self, number: int, period_to: date) -> None:
        coordinator = self._stage.cast.coordinator
        release = number == script.LAST_REPORTED + 2
        body: dict[str, Any] = {"period_to": period_to.isoformat()}
        body |= {"complete": True} if number == script.LAST_REPORTED + 1 else {}
        made = self._of_contract(
            coordinator, "releases" if release else "applications", body, f"prepare application {number}"
        )
        invoice_id = made["invoice_id"]
        handed = coordinator.give(f"/api/invoices/{invoice_id}/submit", f"submit {number}")
        seen = {"content_hash": handed["content_hash"]}
        approved = self._stage.cast.project_manager.give(
            f"/api/invoices/{invoice_id}/approve", f"approve {number}", seen
        )
        if approved["still_needed"]:
            self._stage.cast.controller.give(f"/api/invoices/{invoice_id}/approve", f"approve {number}", seen)
        issued = coordinator.give(f"/api/invoices/{invoice_id}/issue", f"issue {number}")
        self._stage.settle()
        lines = self._invoice(number)["lines"]
        also = " and the controller approve" if approved["still_needed"] else " approves"
        self._stage.say(
            "Firm",
            f"{'retainage release' if release else 'application'} {number} for the period to {period_to}: "
            f"the project manager{also}; issued as {issued['number']}, line 4 {money(lines['line4'])}, "
            f"line 5 {money(lines['line5'])}, line 8 {money(lines['line8'])}",
        )

    def _certify(self, number: int) -> None:
        known = self._invoice(number)
        body: dict[str, Any] = {"decision": "in_full"}
        if number == script.LESS_APPLICATION:
            line = next(one for one in known["continuation"] if one["item_no"] == script.LESS_ITEM)
            accepted = Decimal(line["this_period"]) - script.SHORTFALL
            body = {
                "decision": "less",
                "lines": [
                    {"line_id": line["line_id"], "this_period": f"{accepted:f}", "stored": line["stored"]}
                ],
                "reason": f"Work on line {script.LESS_ITEM} not complete as claimed",
            }
        done = self._stage.cast.client.give(f"/api/invoices/{known['id']}/certify", f"certify {number}", body)
        self._stage.settle()
        self._stage.say(
            "Client",
            f"certifies application {number} {done['decision'].replace('_', ' ')}: "
            f"{money(done['certified_line8'])}",
        )

    def _pay(self, number: int, day: date, in_file: bool) -> None:
        known = self._invoice(number)
        amount = known["certificate"]["line8"]
        self._stage.cast.coordinator.give(
            f"/api/clients/{known['client_id']}/payments",
            f"payment for {number}",
            {
                "legal_entity_id": self._stage.id_of("legal-entities", FIRM.name),
                "amount": amount,
                "currency": known["currency"],
                "received_on": day.isoformat(),
                "reference": f"SAMPLE-{number:03}",
                "invoices": [known["id"]],
            },
        )
        self._stage.settle()
        source = (
            "date from the published history" if in_file else "date from the script: the history has none"
        )
        self._stage.say("Client", f"pays {money(amount)} for {known['number']} ({source})")

    def _achieve(self, planned: script.PlannedMilestone) -> None:
        known = self._stage.cast.coordinator.get(f"/api/contracts/{self.contract_id}")["milestones"]
        milestone_id = next(one["id"] for one in known if one["title"] == planned.title)
        given = self._of_contract(
            self._stage.cast.coordinator,
            f"milestones/{milestone_id}/achieve",
            {"evidence": planned.evidence},
            f"achieve {planned.title}",
        )
        self._of_contract(
            self._stage.cast.project_manager,
            f"milestones/{milestone_id}/approve",
            {"version": given["version"]},
            f"approve {planned.title}",
        )
        self._stage.settle()
        self._stage.say("Project manager", f"approves the milestone “{planned.title}”: {planned.evidence}")

    def _of_contract(self, person: Signed, verb: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return person.give(f"/api/contracts/{self.contract_id}/{verb}", key, body)

    def _invoice(self, number: int) -> Any:
        found = self._stage.cast.coordinator.get(f"/api/invoices?contract={self.contract_id}")["invoices"]
        invoice_id = next(one["id"] for one in found if one["application_no"] == number)
        return self._stage.cast.coordinator.get(f"/api/invoices/{invoice_id}")
