"""Every page that a role can reach by links: it answers, is labelled, and fits a phone where it must."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from contracts_app.sample.people import FIRM
from tests.browser.conftest import PHONE, SignInAs, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST = 60
"""Pages looked at per role."""
ON_PHONES = ("/approvals", "/client", "/invoices/")

LABELS = """() => {
    const wrong = [];
    const say = (what, node) => wrong.push(what + ': ' + node.outerHTML.slice(0, 120));
    for (const node of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
        if (!node.labels?.length && !node.getAttribute('aria-label')) say('no label', node);
    }
    for (const node of document.querySelectorAll('a, button')) {
        if (!node.textContent.trim() && !node.getAttribute('aria-label')) say('no name', node);
    }
    for (const node of document.querySelectorAll('th')) if (!node.scope) say('no scope', node);
    for (const node of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
        const given = node.getAttribute('aria-labelledby') || node.getAttribute('aria-describedby');
        for (const id of given.split(' ')) if (!document.getElementById(id)) say('points nowhere', node);
    }
    for (const node of document.querySelectorAll('form[method=post]')) {
        const names = [...node.querySelectorAll('input[type=hidden]')].map((one) => one.name);
        if (!names.includes('csrf_token')) say('no token', node);
    }
    if (document.querySelector('[style], [onclick], script:not([src])')) wrong.push('inline style or script');
    const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    if (twice.length) wrong.push('ids twice: ' + twice);
    if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]));
    if (levels.some((level, at) => at && level > levels[at - 1] + 1)) wrong.push('heading level skipped');
    if (!document.title || !document.documentElement.lang) wrong.push('no title or language');
    return wrong;
}"""


@pytest.fixture(scope="module")
def lived_in(stage: Stage) -> None:
    """Something on every page: a draft, one in review, one with the client, one certified and paid."""
    stage.draft()
    in_review = stage.draft()
    stage.api["coordinator"].give(f"/api/invoices/{in_review}/submit", f"submit {in_review}")
    stage.submitted()
    paid = stage.submitted()
    stage.api["client"].give(f"/api/invoices/{paid}/certify", f"certify {paid}", {"decision": "in_full"})
    known = stage.api["coordinator"].get(f"/api/invoices/{paid}")
    entities = stage.api["coordinator"].get("/api/legal-entities")["legal_entities"]
    payment = {
        "legal_entity_id": next(one["id"] for one in entities if one["name"] == FIRM.name),
        "amount": "50000.00", "currency": "USD", "received_on": "2024-03-31", "reference": f"BANK {paid[:8]}",
    }  # fmt: skip
    stage.api["coordinator"].give(f"/api/clients/{known['client_id']}/payments", f"pay {paid}", payment)
    stage.settle()


FILES = ("/csv", "/json", "/xlsx", "/zip")
"""How addresses end that are saved, not shown."""


def links(page: Page) -> set[str]:
    """Pages of this site that the page links to."""
    found = page.eval_on_selector_all("a[href]", "nodes => nodes.map((one) => one.getAttribute('href'))")
    pages = {link.partition("#")[0] for link in found if link.startswith("/")}
    return {
        link
        for link in pages
        if not link.startswith(("/documents/", "/static/", "/api/"))
        and "item=" not in link
        and not urlsplit(link).path.endswith(FILES)
    }


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("who", ["coordinator", "project_manager", "controller", "administrator", "client"])
def test_every_page_answers_and_is_labelled(stage: Stage, sign_in_as: SignInAs, who: str) -> None:
    page = sign_in_as(who)
    waiting, seen = ["/"], set[str]()
    wrong: list[str] = []
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            wrong.append(f"{address}: {answer.status if answer else 'nothing'}")
            continue
        wrong.extend(f"{address}: {one}" for one in page.evaluate(LABELS))
        waiting.extend(sorted(links(page) - seen))
    assert not wrong
    assert len(seen) >= (4 if who == "client" else 25)


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("who", ["project_manager", "client", "coordinator"])
def test_pages_for_phones_do_not_scroll_sideways(stage: Stage, sign_in_as: SignInAs, who: str) -> None:
    page = sign_in_as(who, PHONE)
    page.goto("/client" if who == "client" else "/approvals" if who == "project_manager" else "/invoices")
    looked_at = 0
    for address in ["", *sorted(links(page))]:
        if address and not urlsplit(address).path.startswith(ON_PHONES):
            continue
        if address:
            page.goto(address)
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert sideways <= 0, page.url
        looked_at += 1
    assert looked_at >= 3


def test_what_does_not_exist_is_a_page_that_says_so(sign_in_as: SignInAs) -> None:
    page = sign_in_as("coordinator")
    for address in ("/invoices/00000000-0000-4000-8000-000000000000", "/contracts/none", "/no-such-page"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        assert page.get_by_role("heading", name="There is no such page").is_visible()
