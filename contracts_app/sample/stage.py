"""The stage of the sample: signed-in people, the calendar, quiet, and the ledger that is told.

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
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from contracts_app.sample.people import FIRM, PEOPLE, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.settings import Settings

Tell = Callable[[str], None]
QUIET_WITHIN = 240.0


class NotQuiet(Exception):
    """The system did not come to rest in time; the text says what is still open."""


@dataclass(frozen=True)
class File:
    """A file of the sample and what it is."""

    kind: str
    name: str


@dataclass(frozen=True)
class Event:
    """What happens on a day; events of one day go by `order`."""

    day: date
    order: int
    act: Callable[[], None]


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
        if person.plays
    }
    try:
        for person in people.values():
            person.sign_in()
        yield Cast(**people)
    finally:
        for person in people.values():
            person.close()


class Stage:
    """What every part of the play works with."""

    def __init__(self, cast: Cast, tell: Tell) -> None:
        self.cast = cast
        self._tell = tell
        self.today = FIRM.starts_on or date.min
        self.silent = False
        self.import_ids: list[str] = []

    def open(self) -> date:
        """Look at the calendar: where an earlier play stopped, this one goes on. Returns that day."""
        began = self.today = date.fromisoformat(self.calendar()["today"])
        if began != FIRM.starts_on:
            self._tell(f"{began}  The sample was played up to this day before; it goes on from here.")
        return began

    def say(self, who: str, what: str) -> None:
        """A line of the ledger."""
        if not self.silent:
            self._tell(f"{self.today}  {who:<16} {what}")

    def id_of(self, kind: str, name: str) -> str:
        """The id of a client or legal entity (`clients`, `legal-entities`) by its name."""
        found = self.cast.coordinator.get(f"/api/{kind}")[kind.replace("-", "_")]
        return next(str(one["id"]) for one in found if one["name"] == name)

    def calendar(self) -> Any:
        """The firm's calendar: its day, what is open, the deadlines ahead."""
        return self.cast.administrator.get("/api/calendar")

    def take_in(self, file: File, contract_id: str | None, decided: dict[str, str] | None = None) -> None:
        """Upload, look, decide every question as `decided` says or as proposed, post."""
        person = self.cast.coordinator
        data = files("contracts_app.sample").joinpath("data", file.name).read_bytes()
        import_id = person.upload(f"upload {file.name}", file.kind, contract_id, file.name, data)
        self.import_ids.append(import_id)
        self.settle()
        read = person.get(f"/api/imports/{import_id}")
        for turn in range(5):
            asked = [one for one in read["report"]["decisions"] if one["decided"] is None]
            if read["state"] != "needs_decision" or not asked:
                break
            decisions = {one["key"]: (decided or {}).get(one["key"], one["proposal"]) for one in asked}
            for one in asked:
                answer = decisions[one["key"]]
                self.say("Coordinator", f"{file.name}: {one['question']} → {answer} ({one['rows']} rows)")
            person.give(
                f"/api/imports/{import_id}/decide", f"decide {file.name} {turn}", {"decisions": decisions}
            )
            self.settle()
            read = person.get(f"/api/imports/{import_id}")
        done = person.give(f"/api/imports/{import_id}/post", f"post {file.name}")
        self.settle()
        taken = done["imported"] + done.get("to_post", 0)  # a large file is posted in chunks
        self.say(
            "Coordinator",
            f"imports {file.name}: {read['report']['rows_read']} rows read, {taken} taken, "
            f"{read['report']['repeats']} repeats, {done['refused']} refused, "
            f"{read['report']['ignored']} of other projects",
        )

    def live_until(self, day: date) -> None:
        """Move the calendar from deadline to deadline until `day`, and wait for quiet at each."""
        while self.today < day:
            zone = ZoneInfo(FIRM.time_zone)
            ahead = [
                datetime.fromisoformat(one["deadline"]).astimezone(zone).date()
                for one in self.calendar()["deadlines"]
            ]
            target = min([day, *(known for known in ahead if known > self.today)])
            moved = self.cast.administrator.give(
                "/api/calendar/move", f"move to {target}", {"to": target.isoformat()}
            )
            self.today = date.fromisoformat(moved["today"])
            self.settle()
            self._tell_reminders()

    def _tell_reminders(self) -> None:
        for one in self.cast.coordinator.get("/api/messages")["messages"]:
            if one["kind"] == "reminder" and one["business_date"] == self.today.isoformat():
                self.say("System", f"reminds {one['recipient']}: {one['subject']}")

    def settle(self) -> None:
        """Wait until no process has anything to do."""
        until = time.monotonic() + QUIET_WITHIN
        pause = 0.03
        while True:
            calendar = self.calendar()
            if calendar["quiet"]:
                return
            if time.monotonic() > until:
                raise NotQuiet("; ".join(calendar["open"][:5]))
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)


def money(text: str) -> str:
    """An amount as the ledger shows it."""
    return f"{Decimal(text):,.2f}"
