"""The whole system, the sample firm, and a browser for each of its people."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from contracts_app.operation import control
from contracts_app.operation.installation import Installation
from contracts_app.sample.load import load
from contracts_app.sample.people import FIRM, GENERAL_CONTRACTOR, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.settings import Settings
from contracts_app.store.migrations.run import upgrade
from tests.conftest import MailServer

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-dev-shm-usage"]
WIDE = 1440
PHONE = 390
PERIOD = "2024-03-31"
SCHEDULE = (
    "project_id,sov_line_id,line_number,description,scheduled_value,labor_pct,material_pct\n"
    "{number},{number}-1,1,Ductwork,60000,0.5,0.5\n"
    "{number},{number}-2,2,Piping,30000,0.5,0.5\n"
    "{number},{number}-3,3,Controls,10000,0.5,0.5\n"
)
TERMS = {
    "currency": "USD",
    "original_sum": "100000.00",
    "contract_date": "2024-02-19",
    "retainage": {"rate_completed": "0.10", "rate_stored": "0.10", "level": "line"},
    "payment_days": 30,
    "receivable_arises": "certification",
    "certification_days": 7,
    "first_application": 1,
    "controller_limit": "40000.00",
    "cut_off_day": 31,
}


@dataclass
class Stage:
    """The running system as tests reach it: its address, and each role signed in at the API."""

    address: str
    passwords: dict[str, tuple[str, str]]
    api: dict[str, Signed]
    mail: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def settle(self) -> None:
        """Wait until no process has anything to do."""
        until = time.monotonic() + 60
        while not self.api["administrator"].get("/api/calendar")["quiet"]:
            assert time.monotonic() < until, self.api["administrator"].get("/api/calendar")["open"]
            time.sleep(0.1)

    def new_number(self) -> str:
        """A contract number that no test used."""
        return f"TRY-{next(self._numbers):03}"

    def schedule_file(self, number: str) -> bytes:
        """A schedule of values of three lines, 100,000.00 in all."""
        return SCHEDULE.format(number=number).encode()

    def contract(self, *, in_force: bool = True) -> str:
        """A contract of 100,000.00 entered by hand, with its schedule; returns its id."""
        coordinator = self.api["coordinator"]
        number = self.new_number()
        manager = next(p for p in coordinator.get("/api/people")["people"] if "project_manager" in p["roles"])
        body: dict[str, Any] = {
            "client_id": next(
                one["id"]
                for one in coordinator.get("/api/clients")["clients"]
                if one["name"] == GENERAL_CONTRACTOR
            ),
            "legal_entity_id": next(
                one["id"]
                for one in coordinator.get("/api/legal-entities")["legal_entities"]
                if one["name"] == FIRM.name
            ),
            "project_manager_id": manager["id"],
            "number": number,
            "title": f"Trial building {number}",
            "terms": TERMS,
        }
        contract_id = coordinator.give("/api/contracts", f"open {number}", body)["contract_id"]
        file = f"{number}.csv"
        import_id = coordinator.upload(
            f"sov {number}", "schedule_of_values", contract_id, file, self.schedule_file(number)
        )
        self.settle()
        coordinator.give(f"/api/imports/{import_id}/post", f"post {number}")
        if in_force:
            self.api["controller"].give(f"/api/contracts/{contract_id}/activate", f"activate {number}")
        self.settle()
        return str(contract_id)

    def draft(self, shares: tuple[str, str, str] = ("30000.00", "15000.00", "0.00")) -> str:
        """A draft of application 1 of a new contract, with these amounts this period; returns its id."""
        coordinator = self.api["coordinator"]
        contract_id = self.contract()
        made = coordinator.give(
            f"/api/contracts/{contract_id}/applications", f"prepare {contract_id}", {"period_to": PERIOD}
        )
        lines = coordinator.get(f"/api/contracts/{contract_id}")["schedule"]
        entries = [
            {"line_id": line["id"], "this_period": share, "stored": "0.00"}
            for line, share in zip(lines, shares, strict=True)
        ]
        coordinator.give(
            f"/api/invoices/{made['invoice_id']}/edit", f"edit {contract_id}", {"entries": entries}
        )
        return str(made["invoice_id"])

    def submitted(self) -> str:
        """An application of 40,500.00 with the client; returns its id."""
        invoice_id = self.draft()
        for who, verb in (
            ("coordinator", "submit"),
            ("project_manager", "approve"),
            ("controller", "approve"),
        ):
            seen = self.api["coordinator"].get(f"/api/invoices/{invoice_id}")["content_hash"]
            body = {"content_hash": seen} if verb == "approve" else {}
            self.api[who].give(f"/api/invoices/{invoice_id}/{verb}", f"{who} {verb} {invoice_id}", body)
        self.api["coordinator"].give(f"/api/invoices/{invoice_id}/issue", f"issue {invoice_id}")
        self.settle()
        return invoice_id


@pytest.fixture(scope="session")
def stage(state_dir: Path, pg: Installation, temporal: str, smtp: MailServer) -> Iterator[Stage]:
    """Every component of one installation, with the sample firm on the last day of March 2024."""
    settings = Settings(state_dir=state_dir)
    upgrade(settings.owner_database_url)
    for name in ("worker", "web"):
        control.up(state_dir, name, print)
    load(settings)
    settings = Settings(state_dir=state_dir)
    passwords = {one.role.replace(" ", "_"): (one.name, one.password) for one in sign_ins(settings)}
    api = {who: Signed(settings.public_url, *known) for who, known in passwords.items()}
    for person in api.values():
        person.sign_in()
    made = Stage(settings.public_url, passwords, api, smtp.view_url)
    made.settle()
    api["administrator"].give("/api/calendar/move", "to the period's end", {"to": PERIOD})
    made.settle()
    yield made
    for person in api.values():
        person.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Not for the whole session: while it is open, an event loop runs in this thread, and
    no test of another file that brings its own could run here."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


SignInAs = Callable[..., Page]


@pytest.fixture
def sign_in_as(stage: Stage, chromium: Browser) -> Iterator[SignInAs]:
    """A page of somebody who signed in by the form. What the browser complains about fails the test."""
    contexts = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Refused forms are answered with 403 to 503, which the browser calls an error too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def opened(who: str, width: int = WIDE, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts, base_url=stage.address
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        email, password = stage.passwords[who]
        page.goto("/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints
