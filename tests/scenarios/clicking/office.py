"""Clicks around the contracts: files brought in, and the practice calendar."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.scenarios.clicking.person import PATIENCE, Answer, Body, Clicked, Ids


def decide(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Answer the questions that a file raises."""
    _open(who, ids["import"])
    for key, value in body["decisions"].items():
        if key.startswith("match:"):
            who.page.locator(f'select[name="decision.{key}"]').select_option(value)
        else:
            who.page.locator(f'input[name="decision.{key}"][value="{value}"]').check()
    who.press("Record decisions")
    who.told("Decisions recorded")
    return {}


def post(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Take a file over."""
    _open(who, ids["import"])
    who.press(re.compile("^Post [0-9,]+ rows?$"))
    who.told(re.compile("Posted|Being posted"))
    # A large file is posted in chunks, and its page renews itself meanwhile.
    expect(who.page.get_by_text("Taken over")).to_be_visible(timeout=PATIENCE)
    report = who.get(f"/api/imports/{ids['import']}")["report"]
    return {"imported": report["new"], "refused": report["refused"]}


def _open(who: Clicked, import_id: str) -> None:
    who.main("Imports")
    who.follow(f"/imports/{import_id}")


def move_calendar(who: Clicked, ids: Ids, body: Body) -> Answer:
    """Move the practice firm's calendar forward."""
    who.main("Calendar")
    who.page.get_by_label("To", exact=True).fill(body["to"])
    who.press("Move calendar")
    who.told("Calendar moved")
    return {"today": who.get("/api/calendar")["today"]}
