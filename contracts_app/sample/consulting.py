"""The consulting contracts of the sample: set up by hand, billed by monthly runs, paid and closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from contracts_app.domain.money import total
from contracts_app.sample.consulting_script import RUNS, Agreement, Reached, Sheet
from contracts_app.sample.public_api import Signed
from contracts_app.sample.stage import Event, Stage, money


class Consulting:
    """One consulting contract."""

    def __init__(self, stage: Stage, agreed: Agreement) -> None:
        self._stage = stage
        self._agreed = agreed
        self.contract_id = ""

    @property
    def number(self) -> str:
        """The contract's number."""
        return self._agreed.number

    def events(self) -> Iterator[Event]:
        """What happens under the contract, besides the billing runs."""
        agreed = self._agreed
        yield Event(agreed.day, 0, self._set_up)
        if agreed.deposit:
            yield Event(agreed.deposit[0], 1, self._deposit)
        for sheet in agreed.sheets:
            yield Event(sheet.day, 1, partial(self._time, sheet))
        for reached in agreed.reached:
            yield Event(reached.day, 1, partial(self._reach, reached))
        if agreed.raised:
            yield Event(agreed.raised[0], 1, self._raise)
        for number, day in enumerate(agreed.payments, start=1):
            yield Event(day, 3, partial(self._pay, number, day))
        if agreed.complete_on:
            yield Event(agreed.complete_on, 4, self._complete)

    def _set_up(self) -> None:
        agreed, cast = self._agreed, self._stage.cast
        found = {
            "client_id": self._stage.id_of("clients", agreed.client),
            "legal_entity_id": self._stage.id_of("legal-entities", agreed.legal_entity),
            "project_manager_id": next(
                one["id"]
                for one in cast.coordinator.get("/api/people")["people"]
                if "project_manager" in one["roles"]
            ),
        }
        body = {**found, "number": agreed.number, "title": agreed.title, "terms": agreed.terms}
        opened = cast.coordinator.give("/api/contracts", f"open {agreed.number}", body)
        self.contract_id = str(opened["contract_id"])
        self._stage.settle()
        self._give(cast.coordinator, "schedule", "schedule", {"lines": agreed.schedule})
        if agreed.rates:
            self._give(cast.coordinator, "rate-card", "rates", {"rows": agreed.rates})
        for title, amount in agreed.milestones:
            planned = {"title": title, "amount": amount, "item_no": agreed.schedule[0]["item_no"]}
            self._give(cast.coordinator, "milestones", f"plan {title}", planned)
        self._give(cast.controller, "activate", "activate", {})
        self._stage.say(
            "Coordinator",
            f"enters contract {agreed.number} ({agreed.title}, {money(str(agreed.terms['original_sum']))} "
            f"{agreed.terms['currency']}) for {agreed.client}; the controller puts it in force",
        )

    def _deposit(self) -> None:
        assert self._agreed.deposit is not None
        day, amount = self._agreed.deposit
        body = {"amount": amount, "received_on": day.isoformat(), "reference": f"DEP-{self.number}"}
        self._give(self._stage.cast.coordinator, "deposits", "deposit", body)
        self._stage.say("Client", f"pays a deposit of {money(amount)} for {self.number}")

    def _time(self, sheet: Sheet) -> None:
        self._stage.take_in(sheet.file, self.contract_id, {"projects": sheet.project})
        path = f"/api/contracts/{self.contract_id}/time?standing=waits&page=1000"
        waiting = self._stage.cast.project_manager.get(path)["entries"]
        seen = [{"id": one["id"], "version": one["version"]} for one in waiting]
        if seen:
            manager = self._stage.cast.project_manager
            self._give(manager, "time/approve", f"approve {sheet.file.name}", {"entries": seen})
        self._stage.say("Project manager", f"approves {len(seen)} time entries of {self.number}")

    def _reach(self, reached: Reached) -> None:
        cast = self._stage.cast
        known = cast.coordinator.get(f"/api/contracts/{self.contract_id}")["milestones"]
        milestone_id = next(one["id"] for one in known if one["title"] == reached.title)
        key = f"{reached.title} {reached.amount}"
        body = {"evidence": reached.evidence, "amount": reached.amount}
        given = self._give(cast.coordinator, f"milestones/{milestone_id}/achieve", f"achieve {key}", body)
        seen = {"version": given["version"]}
        self._give(cast.project_manager, f"milestones/{milestone_id}/approve", f"approve {key}", seen)
        self._stage.say(
            "Project manager",
            f"approves {money(reached.amount)} of the milestone “{reached.title}” of {self.number}: "
            f"{reached.evidence}",
        )

    def _raise(self) -> None:
        assert self._agreed.raised is not None
        day, number, item_no, amount = self._agreed.raised
        cast = self._stage.cast
        body = {"number": number, "title": "Limit raised", "amount": amount, "raises": item_no}
        self._give(cast.coordinator, "change-orders", f"propose {number}", body)
        executed = {"number": number, "executed_on": day.isoformat()}
        self._give(cast.controller, "change-orders/execute", f"execute {number}", executed)
        self._stage.say("Controller", f"executes amendment {number} of {self.number}: + {money(amount)}")

    def _pay(self, number: int, day: date) -> None:
        known = self.invoice(number)
        # Not what is open, which is nothing when played again; a deposit has paid its part before.
        owed = [one for one in known["receivable"]["entries"] if one["cause"] in ("arises", "deposit")]
        amount = f"{total(Decimal(one['amount']) for one in owed):f}"
        self._stage.cast.coordinator.give(
            f"/api/clients/{known['client_id']}/payments",
            f"payment {self.number} {number}",
            {
                "legal_entity_id": self._stage.id_of("legal-entities", self._agreed.legal_entity),
                "amount": amount,
                "currency": known["currency"],
                "received_on": day.isoformat(),
                "reference": f"{self.number}-{number}",
                "invoices": [known["id"]],
            },
        )
        self._stage.settle()
        self._stage.say("Client", f"pays {money(amount)} {known['currency']} for {known['number']}")

    def _complete(self) -> None:
        body = {"reason": "All studies are delivered; the rest of the limit lapses."}
        self._give(self._stage.cast.project_manager, "complete-work", "complete", body)
        self._stage.say("Project manager", f"says that the work of {self.number} is complete")

    def invoice(self, number: int) -> Any:
        """The invoice of this number within the contract."""
        person = self._stage.cast.coordinator
        found = person.get(f"/api/invoices?contract={self.contract_id}")["invoices"]
        return person.get(
            f"/api/invoices/{next(one['id'] for one in found if one['application_no'] == number)}"
        )

    def _give(self, person: Signed, verb: str, key: str, body: Any) -> dict[str, Any]:
        given = person.give(f"/api/contracts/{self.contract_id}/{verb}", f"{self.number}: {key}", body)
        self._stage.settle()
        return given


class Runs:
    """The monthly billing runs, and what people do with the drafts."""

    def __init__(self, stage: Stage, contracts: list[Consulting]) -> None:
        self._stage = stage
        self._contracts = contracts

    def events(self) -> Iterator[Event]:
        """One run at each month end."""
        for day in RUNS:
            yield Event(day, 2, partial(self._run, day.isoformat()))

    def _run(self, period_to: str) -> None:
        coordinator = self._stage.cast.coordinator
        started = coordinator.give("/api/billing-runs", f"run {period_to}", {"period_to": period_to})
        self._stage.settle()
        run = coordinator.get(f"/api/billing-runs/{started['run_id']}")
        # Whoever looks around while the sample plays has contracts of his own in the same run.
        own = {contract.number for contract in self._contracts}
        outcomes = {one["contract_number"]: one for one in run["items"] if one["contract_number"] in own}
        told = "; ".join(
            f"{number} {one['outcome'].replace('_', ' ')}"
            + (f" {money(one['amount'])}" if one["amount"] else "")
            for number, one in sorted(outcomes.items())
        )
        self._stage.say("Coordinator", f"runs billing to {period_to}: {told}")
        for _, one in sorted(outcomes.items()):
            if one["invoice_id"]:
                self._issue(one["invoice_id"])

    def _issue(self, invoice_id: str) -> None:
        cast = self._stage.cast
        handed = cast.coordinator.give(f"/api/invoices/{invoice_id}/submit", f"submit {invoice_id}")
        seen = {"content_hash": handed["content_hash"]}
        path = f"/api/invoices/{invoice_id}/approve"
        approved = cast.project_manager.give(path, f"approve {invoice_id}", seen)
        if approved["still_needed"]:
            cast.controller.give(path, f"approve {invoice_id}", seen)
        issued = cast.coordinator.give(f"/api/invoices/{invoice_id}/issue", f"issue {invoice_id}")
        self._stage.settle()
        known = cast.coordinator.get(f"/api/invoices/{invoice_id}")
        self._stage.say(
            "Firm",
            f"invoice {known['application_no']} of {known['contract_number']} approved and issued as "
            f"{issued['number']}: {money(known['lines']['line8'])} {known['currency']}, "
            f"to date {money(known['lines']['line4'])}, left {money(known['lines']['line9'])}",
        )
