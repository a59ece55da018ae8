"""The main menu, as people use it: open the group, then follow the link."""

from __future__ import annotations

from playwright.sync_api import Page


def through_menu(page: Page, name: str) -> None:
    """Follow the link of the main menu with this name; its group is opened if it stands in one."""
    menu = page.get_by_role("navigation", name="Main")
    group = menu.locator("details:not([open])").filter(has=page.locator("a").get_by_text(name, exact=True))
    if group.count():
        group.locator("summary").click()
    menu.get_by_role("link", name=name, exact=True).click()
