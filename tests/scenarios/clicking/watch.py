"""What is seen while people click: pages by kind and role, their pictures, and what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Page

from tests.browser.conftest import PHONE

WIDTHS: Mapping[str, Mapping[str, int]] = {
    "1440": {},
    "390": dict.fromkeys(
        ("coordinator", "project_manager", "controller", "administrator", "client"),
        PHONE,
    ),
    "mixed": {"project_manager": PHONE, "client": PHONE},
}
"""Who holds a phone; everybody else sits at a desk."""
_WORTH_A_PICTURE = (0, 3, 10, 30)
"""Which looks at a kind of page are kept, each over the one before: a page fills up as the play goes on."""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Watch:
    """Counts steps and pages of one play, keeps pictures and faults."""

    def __init__(self, pictures: Path | None) -> None:
        self._pictures = pictures
        self.steps: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        self.faults: dict[str, None] = {}

    def fault(self, sentence: str) -> None:
        """Note what is wrong, once."""
        self.faults[sentence] = None

    def listen(self, page: Page, role: str) -> None:
        """Whatever the browser complains about on this page is a fault."""

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.fault(f"{role}, {kind_of(page.url)}: console: {message.text}")

        page.on("console", note)
        page.on("pageerror", lambda error: self.fault(f"{role}, {kind_of(page.url)}: {error}"))

    def look(self, page: Page, role: str) -> None:
        """Look at the page as it stands: nothing scrolls sideways; of each kind one picture is kept."""
        kind = kind_of(page.url)
        known = f"{role} {kind}"
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if sideways > 0:
            self.fault(f"{role}, {kind}: scrolls sideways by {sideways} pixels")
            self.keep(page, f"sideways-{role}-{sideways}")
        if self._pictures and self.pages[known] in _WORTH_A_PICTURE:
            name = re.sub(r"[^a-z0-9]+", "-", f"{role} {kind}").strip("-")
            page.screenshot(path=str(self._pictures / f"{name}.png"), full_page=True)
        self.pages[known] += 1

    def keep(self, page: Page, name: str) -> None:
        """A picture for whoever looks for the reason of a fault."""
        if self._pictures:
            page.screenshot(path=str(self._pictures / f"{name}.png"), full_page=True)


def kind_of(address: str) -> str:
    """The address without what tells one record from another; the tab of a contract stays."""
    parts = urlsplit(address)
    tab = parse_qs(parts.query).get("tab", [])
    return _ID.sub("one", parts.path) + (f" {tab[0]}" if tab else "")
