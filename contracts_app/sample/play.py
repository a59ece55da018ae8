"""Play the sample contracts through the public API, as different people, interleaved by date."""

from __future__ import annotations

from collections.abc import Collection

from contracts_app.sample import script
from contracts_app.sample.construction import Construction
from contracts_app.sample.consulting import Consulting, Runs
from contracts_app.sample.consulting_script import AGREEMENTS
from contracts_app.sample.load import load
from contracts_app.sample.people import FIRM, PEOPLE, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.sample.stage import Cast, NotQuiet, Stage, Tell, signed_in
from contracts_app.settings import Settings

CONTRACTS = (script.CONTRACT, *(agreed.number for agreed in AGREEMENTS))


class Play:
    """One run through the sample contracts: all of them, or those of these numbers."""

    def __init__(self, cast: Cast, tell: Tell, numbers: Collection[str] = CONTRACTS) -> None:
        self.stage = Stage(cast, tell)
        self.construction = [Construction(self.stage)] if script.CONTRACT in numbers else []
        self.consulting = [
            Consulting(self.stage, agreed) for agreed in AGREEMENTS if agreed.number in numbers
        ]

    def run(self) -> None:
        """From the files to closed contracts; one number series, so one calendar for all."""
        began = self.stage.open()
        self.stage.silent = began != FIRM.starts_on
        events = list(Runs(self.stage, self.consulting).events())
        for construction in self.construction:
            construction.set_up()
            events += construction.events()
        for contract in self.consulting:
            events += contract.events()
        for event in sorted(events, key=lambda one: (one.day, one.order)):
            self.stage.silent = event.day < began
            self.stage.live_until(event.day)
            event.act()
            self.stage.settle()


def played_to_its_end(settings: Settings) -> bool:
    """Whether the sample contracts are closed already."""
    passwords = {one.name: one.password for one in sign_ins(settings)}
    email = next(person.email for person in PEOPLE if person.title == "coordinator")
    coordinator = Signed(settings.public_url, email, passwords[email])
    try:
        coordinator.sign_in()
        known = coordinator.get("/api/contracts")["contracts"]
        closed = {one["number"] for one in known if one["state"] == "closed"}
        return closed.issuperset(CONTRACTS)
    finally:
        coordinator.close()


def run(settings: Settings, tell: Tell) -> Play:
    """Play the sample contracts; a play that was finished or interrupted before goes on from there."""
    with signed_in(settings) as cast:
        play = Play(cast, tell)
        play.run()
        return play


__all__ = ["CONTRACTS", "NotQuiet", "Play", "load", "played_to_its_end", "run", "signed_in"]
