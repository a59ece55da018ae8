"""Somebody of the sample who looks through the API and acts by clicking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from contracts_app.sample.people import PEOPLE, sign_ins
from contracts_app.sample.public_api import Signed
from contracts_app.sample.stage import Cast
from contracts_app.settings import Settings
from tests.browser.conftest import PHONE, WIDE
from tests.browser.menu import through_menu
from tests.scenarios.clicking.watch import Watch

PATIENCE = 30_000
Body = Mapping[str, Any]
Ids = Mapping[str, str]
Answer = dict[str, Any]
Step = tuple[re.Pattern[str], str, Callable[["Clicked", Ids, Body], Answer]]
"""The path of a command with named ids, what the step is called, and how it is clicked."""


class NoSuchClick(Exception):
    """The play gives a command that no step here knows how to click."""


class Clicked(Signed):
    """A signed-in person whose commands are clicks in a browser of his own; what he reads, the API says."""

    def __init__(self, settings: Settings, role: str, sign_in: tuple[str, str], page: Page) -> None:
        super().__init__(settings.public_url, *sign_in)
        self._sign_in = sign_in
        self.role = role
        self.page = page
        self.watch: Watch
        self.steps: tuple[Step, ...] = ()

    def begin(self, watch: Watch, steps: tuple[Step, ...]) -> None:
        """Sign in, at the API and by the form."""
        self.watch, self.steps = watch, steps
        self.sign_in()
        watch.listen(self.page, self.role)
        email, password = self._sign_in
        self.page.goto("/")
        self.look()
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        self.look()

    def give(self, path: str, key: str, body: Body | None = None) -> Answer:
        """Click what the command says. Raises NoSuchClick."""
        for pattern, name, click in self.steps:
            if found := pattern.fullmatch(path):
                answer = click(self, found.groupdict(), body or {})
                self.look()
                self.watch.steps[name] += 1
                return answer
        raise NoSuchClick(f"{path} ({key})")

    def upload(self, key: str, kind: str, contract_id: str | None, name: str, data: bytes) -> str:
        """Bring a file in by the form of the imports; returns the import's id."""
        self.main("Imports")
        self.press("Bring in a file", "link")
        page = self.page
        page.get_by_label("What it holds").select_option(kind)
        if contract_id:
            page.get_by_label("Contract", exact=False).first.select_option(contract_id)
        page.get_by_label("File", exact=True).set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": data}
        )
        self.press("Read it")
        page.wait_for_url(re.compile("/imports/[0-9a-f-]{36}"))
        self.look()
        self.watch.steps["upload a file"] += 1
        return page.url.partition("?")[0].rpartition("/")[2]

    def main(self, name: str) -> None:
        """Follow a link of the main navigation."""
        through_menu(self.page, name)
        self.look()

    def follow(self, address: str, within: Locator | None = None) -> None:
        """Click the first link on the page that leads to this address."""
        (within or self.page.locator("main")).locator(f'a[href="{address}"]').first.click()
        self.look()

    def press(self, name: str | re.Pattern[str], role: str = "button", within: Locator | None = None) -> None:
        """Press a button, or follow a link, by what stands on it."""
        place = within or self.page
        if role == "link":
            place.get_by_role("link", name=name).first.click()
            self.look()
        else:
            place.get_by_role("button", name=name, exact=isinstance(name, str)).click()

    def told(self, sentence: str | re.Pattern[str]) -> None:
        """The page says that it is done; a refusal is told in its own words."""
        answer = self.page.locator(".notice.good[role=status], #refusal").first
        expect(answer).to_be_visible(timeout=PATIENCE)
        expect(answer).to_contain_text(sentence)

    def open_contract(self, contract_id: str, tab: str) -> Locator:
        """The contract from the list, at this tab; returns what stands on the page."""
        self.main("Contracts")
        self.follow(f"/contracts/{contract_id}")
        parts = self.page.get_by_role("navigation", name="Parts of the contract")
        parts.locator(f'a[href$="tab={tab}"]').click()
        expect(parts.locator("a[aria-current=page]")).to_have_attribute("href", re.compile(f"tab={tab}$"))
        self.look()
        return self.page.locator("main")

    def panel(self, heading: str) -> Locator:
        """The section under this heading."""
        return self.page.locator("section").filter(
            has=self.page.get_by_role("heading", name=heading, exact=True)
        )

    def id_in_address(self, of: str) -> str:
        """The id that the address names, once the page is one of these (`invoices`, `contracts`)."""
        self.page.wait_for_url(re.compile(f"/{of}/[0-9a-f-]{{36}}"))
        found = re.search(f"/{of}/([0-9a-f-]{{36}})", self.page.url)
        assert found is not None
        return found[1]

    def look(self) -> None:
        """What the page looks like, with its style sheet, is noted."""
        self.page.wait_for_load_state("load")
        self.watch.look(self.page, self.role)


@contextmanager
def people(
    settings: Settings, browser: Browser, widths: Mapping[str, int], watch: Watch, steps: tuple[Step, ...]
) -> Iterator[Cast]:
    """Everybody of the sample firm, each signed in by the form in a browser context of his own."""
    known = {one.name: one.password for one in sign_ins(settings)}
    cast: dict[str, Clicked] = {}
    for person in PEOPLE:
        role = person.title.replace(" ", "_")
        if role not in {field.name for field in fields(Cast)}:
            continue
        width = widths.get(role, WIDE)
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 900},
            has_touch=width == PHONE,
            base_url=settings.public_url,
        )
        context.set_default_timeout(PATIENCE)
        cast[role] = Clicked(settings, role, (person.email, known[person.email]), context.new_page())
    try:
        for one in cast.values():
            one.begin(watch, steps)
        yield Cast(**cast)
    except (PlaywrightError, AssertionError):
        for role, one in cast.items():
            watch.keep(one.page, f"fault-{role}")
        raise
    finally:
        for one in cast.values():
            one.close()
            one.page.context.close()
