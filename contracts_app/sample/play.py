"""Play the sample contract through the public API, as different people, from its files to closed.

Every command has a key of its own that follows from what it is, so that a play which was interrupted is
simply played again: what was done answers as it did, what was not is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from contracts_app.sample import script
from contracts_app.sample.load import load
from contracts_app.sample.people import FIRM, PEOPLE, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.settings import Settings

Tell = Callable[[str], None]
QUIET_WITHIN = 240.0


class NotQuiet(Exception):
    """The system did not come to rest in time; the text says what is still open."""


@dataclass(frozen=True)
class Cast:
    """The people of the play, signed in."""

    coordinator: Signed
    project_manager: Signed
    controller: Signed
    administrator: Signed
    client: Signed


@contextmanager
def signed_in(settings: Settings) -> Iterator[Cast]:
    """Everybody of the sample firm, each with his own session."""
    passwords = {one.name: one.password for one in sign_ins(settings)}
    people = {
        person.title.replace(" ", "_"): Signed(settings.public_url, person.email, passwords[person.email])
        for person in PEOPLE
    }
    try:
        for person in people.values():
            person.sign_in()
        yield Cast(**people)
    finally:
        for person in people.values():
            person.close()


class Play:
    """One run through the sample contract."""

    def __init__(self, cast: Cast, tell: Tell) -> None:
        self._cast = cast
        self._tell = tell
        self._today = FIRM.starts_on or date.min
        self._silent = False
        self.contract_id = ""
        self.import_ids: list[str] = []

    def run(self) -> None:
        """From the files to a closed contract."""
        began = self._today = date.fromisoformat(self._calendar()["today"])
        if began != FIRM.starts_on:
            self._tell(f"{began}  The sample was played up to this day before; it goes on from here.")
        self._silent = began != FIRM.starts_on
        self._set_up()
        for day, _, act in sorted(self._events(), key=lambda event: event[:2]):
            self._silent = day < began
            self._live_until(day)
            act()
            self._settle()

    # --- setting up ----------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        self._import(script.CONTRACT_FILE)
        found = self._cast.coordinator.get("/api/contracts")["contracts"]
        self.contract_id = next(one["id"] for one in found if one["number"] == script.CONTRACT)
        contract = self._cast.coordinator.get(f"/api/contracts/{self.contract_id}")
        managers = [
            p for p in self._cast.coordinator.get("/api/people")["people"] if "project_manager" in p["roles"]
        ]
        terms = contract["terms"] | {
            "first_application": script.FIRST_APPLICATION,
            "controller_limit": str(script.CONTROLLER_LIMIT),
        }
        self._of_contract(
            self._cast.coordinator,
            "terms",
            {"project_manager_id": managers[0]["id"], "terms": terms},
            "terms",
        )
        self._say(
            "Coordinator",
            f"completes the terms: first application {script.FIRST_APPLICATION}, "
            f"controller approves above {script.CONTROLLER_LIMIT:,}",
        )
        for file in script.FILES[:2]:
            self._import(file)
        for planned in script.MILESTONES:
            body: dict[str, Any] = {
                "title": planned.title,
                "amount": planned.amount,
                "close_out": planned.close_out,
            }
            body |= {"item_no": planned.item_no} if planned.item_no else {}
            self._of_contract(self._cast.coordinator, "milestones", body, f"plan {planned.title}")
            self._say("Coordinator", f"plans the milestone “{planned.title}”")
        self._of_contract(self._cast.controller, "activate", {}, "activate")
        self._say("Controller", f"puts contract {script.CONTRACT} in force")
        for file in script.FILES[2:]:
            self._import(file)

    def _import(self, file: script.File) -> None:
        """Upload, look, decide every question as proposed, post."""
        person = self._cast.coordinator
        data = files("contracts_app.sample").joinpath("data", file.name).read_bytes()
        contract_id = self.contract_id or None
        import_id = person.upload(f"upload {file.name}", file.kind, contract_id, file.name, data)
        self.import_ids.append(import_id)
        self._settle()
        read = person.get(f"/api/imports/{import_id}")
        for turn in range(5):
            asked = [one for one in read["report"]["decisions"] if one["decided"] is None]
            if read["state"] != "needs_decision" or not asked:
                break
            for one in asked:
                self._say(
                    "Coordinator", f"{file.name}: {one['question']} → {one['proposal']} ({one['rows']} rows)"
                )
            decisions = {one["key"]: one["proposal"] for one in asked}
            person.give(
                f"/api/imports/{import_id}/decide", f"decide {file.name} {turn}", {"decisions": decisions}
            )
            self._settle()
            read = person.get(f"/api/imports/{import_id}")
        done = person.give(f"/api/imports/{import_id}/post", f"post {file.name}")
        self._settle()
        self._say(
            "Coordinator",
            f"imports {file.name}: {read['report']['rows_read']} rows read, {done['imported']} taken, "
            f"{read['report']['repeats']} repeats, {done['refused']} refused, "
            f"{read['report']['ignored']} of other projects",
        )

    # --- the days of the contract --------------------------------------------------------------------------

    def _events(self) -> Iterator[tuple[date, int, Callable[[], None]]]:
        periods = {
            one["application_no"]: one
            for one in self._cast.coordinator.get(f"/api/contracts/{self.contract_id}")["reported_periods"]
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
            yield period_to, 2, partial(self._bill, number, period_to)
            yield period_to + script.CERTIFIES_AFTER, 1, partial(self._certify, number)
            yield pays_on, 0, partial(self._pay, number, pays_on, bool(paid))
        for planned in script.MILESTONES:
            yield planned.achieved_on, 1, partial(self._achieve, planned)

    def _bill(self, number: int, period_to: date) -> None:
        coordinator = self._cast.coordinator
        release = number == script.LAST_REPORTED + 2
        body: dict[str, Any] = {"period_to": period_to.isoformat()}
        body |= {"complete": True} if number == script.LAST_REPORTED + 1 else {}
        made = self._of_contract(
            coordinator, "releases" if release else "applications", body, f"prepare application {number}"
        )
        invoice_id = made["invoice_id"]
        handed = coordinator.give(f"/api/invoices/{invoice_id}/submit", f"submit {number}")
        seen = {"content_hash": handed["content_hash"]}
        approved = self._cast.project_manager.give(
            f"/api/invoices/{invoice_id}/approve", f"approve {number}", seen
        )
        if approved["still_needed"]:
            self._cast.controller.give(f"/api/invoices/{invoice_id}/approve", f"approve {number}", seen)
        issued = coordinator.give(f"/api/invoices/{invoice_id}/issue", f"issue {number}")
        self._settle()
        lines = self._invoice(number)["lines"]
        also = " and the controller approve" if approved["still_needed"] else " approves"
        self._say(
            "Firm",
            f"{'retainage release' if release else 'application'} {number} for the period to {period_to}: "
            f"the project manager{also}; issued as {issued['number']}, line 4 {_money(lines['line4'])}, "
            f"line 5 {_money(lines['line5'])}, line 8 {_money(lines['line8'])}",
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
        done = self._cast.client.give(f"/api/invoices/{known['id']}/certify", f"certify {number}", body)
        self._settle()
        self._say(
            "Client",
            f"certifies application {number} {done['decision'].replace('_', ' ')}: "
            f"{_money(done['certified_line8'])}",
        )

    def _pay(self, number: int, day: date, in_file: bool) -> None:
        known = self._invoice(number)
        amount = known["certificate"]["line8"]
        self._cast.coordinator.give(
            f"/api/clients/{known['client_id']}/payments",
            f"payment for {number}",
            {
                "amount": amount,
                "currency": known["currency"],
                "received_on": day.isoformat(),
                "reference": f"SAMPLE-{number:03}",
                "invoices": [known["id"]],
            },
        )
        self._settle()
        source = (
            "date from the published history" if in_file else "date from the script: the history has none"
        )
        self._say("Client", f"pays {_money(amount)} for {known['number']} ({source})")

    def _achieve(self, planned: script.PlannedMilestone) -> None:
        known = self._cast.coordinator.get(f"/api/contracts/{self.contract_id}")["milestones"]
        milestone_id = next(one["id"] for one in known if one["title"] == planned.title)
        self._of_contract(
            self._cast.coordinator,
            f"milestones/{milestone_id}/achieve",
            {"evidence": planned.evidence},
            f"achieve {planned.title}",
        )
        self._of_contract(
            self._cast.project_manager, f"milestones/{milestone_id}/approve", {}, f"approve {planned.title}"
        )
        self._settle()
        self._say("Project manager", f"approves the milestone “{planned.title}”: {planned.evidence}")

    # --- means ---------------------------------------------------------------------------------------------

    def _of_contract(self, person: Signed, verb: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return person.give(f"/api/contracts/{self.contract_id}/{verb}", key, body)

    def _invoice(self, number: int) -> Any:
        found = self._cast.coordinator.get(f"/api/invoices?contract={self.contract_id}")["invoices"]
        invoice_id = next(one["id"] for one in found if one["application_no"] == number)
        return self._cast.coordinator.get(f"/api/invoices/{invoice_id}")

    def _calendar(self) -> Any:
        return self._cast.administrator.get("/api/calendar")

    def _live_until(self, day: date) -> None:
        """Move the calendar from deadline to deadline until `day`, and wait for quiet at each."""
        while self._today < day:
            zone = ZoneInfo(FIRM.time_zone)
            ahead = [
                datetime.fromisoformat(one["deadline"]).astimezone(zone).date()
                for one in self._calendar()["deadlines"]
            ]
            target = min([day, *(known for known in ahead if known > self._today)])
            moved = self._cast.administrator.give(
                "/api/calendar/move", f"move to {target}", {"to": target.isoformat()}
            )
            self._today = date.fromisoformat(moved["today"])
            self._settle()
            self._tell_reminders()

    def _tell_reminders(self) -> None:
        for one in self._cast.coordinator.get("/api/messages")["messages"]:
            if one["kind"] == "reminder" and one["business_date"] == self._today.isoformat():
                self._say("System", f"reminds {one['recipient']}: {one['subject']}")

    def _settle(self) -> None:
        """Wait until no process has anything to do."""
        until = time.monotonic() + QUIET_WITHIN
        pause = 0.03
        while True:
            calendar = self._calendar()
            if calendar["quiet"]:
                return
            if time.monotonic() > until:
                raise NotQuiet("; ".join(calendar["open"][:5]))
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def _say(self, who: str, what: str) -> None:
        if not self._silent:
            self._tell(f"{self._today}  {who:<16} {what}")


def _money(text: str) -> str:
    return f"{Decimal(text):,.2f}"


def played_to_its_end(settings: Settings) -> bool:
    """Whether the sample contract is closed already."""
    passwords = {one.name: one.password for one in sign_ins(settings)}
    email = next(person.email for person in PEOPLE if person.title == "coordinator")
    coordinator = Signed(settings.public_url, email, passwords[email])
    try:
        coordinator.sign_in()
        known = coordinator.get("/api/contracts")["contracts"]
        return any(one["number"] == script.CONTRACT and one["state"] == "closed" for one in known)
    finally:
        coordinator.close()


def run(settings: Settings, tell: Tell) -> Play:
    """Play the sample contract; a play that was finished or interrupted before goes on from there."""
    with signed_in(settings) as cast:
        play = Play(cast, tell)
        play.run()
        return play


__all__ = ["Play", "load", "played_to_its_end", "run", "signed_in"]
