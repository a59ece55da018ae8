"""The log of change orders on the pages: what is pending, what each consists of, what is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import pytest

from contracts_app.domain.changes.change_terms import ChangeTerms
from contracts_app.domain.commands.change_commands import NoteChangeOrder, PriceChangeOrder
from contracts_app.domain.commands.revision_commands import ApproveRevision, ProposeRevision
from contracts_app.domain.commands.ticket_commands import EnterTicket, SignTicket
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.web.pages.changes_form import changes_as_typed, changes_in_words, typed_changes
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found
from tests.services.test_change_orders import (
    EVERY_BASIS,
    ITEMS,
    give,
    opened,
    signed,
)

Person = Callable[[Role], Browser]


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Shown Mechanical")
    opened(
        firm,
        "S",
        {"item_no": "1", "description": "Structure", "scheduled_value": "60000.00"},
        {"item_no": "2", "description": "Finishes", "scheduled_value": "40000.00"},
    )
    firm.go_to(date(2024, 4, 2))
    manager = Role.project_manager
    give(firm, manager, NoteChangeOrder, "S", "P-1", title="Perhaps a door", amount="500.00")
    give(firm, manager, NoteChangeOrder, "S", "P-2", title="Other paving")
    give(firm, manager, PriceChangeOrder, "S", "P-2", items=ITEMS, schedule_days=12)
    rates = ({"rate": "80", "effective_from": "2024-04-01"},)
    signed(firm, "S", "L-1", date(2024, 4, 2), lines=EVERY_BASIS, rates=rates, schedule_days=-3)
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def person(site: Settings, small: SmallFirm) -> Iterator[Person]:
    """A browser of the person of this role; one for each."""
    known: dict[Role, Browser] = {}
    with ExitStack() as stack:

        def of(role: Role) -> Browser:
            if role not in known:
                known[role] = stack.enter_context(Browser(base_url=site.public_url, timeout=40))
                assert known[role].sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
            return known[role]

        yield of


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_log_says_what_is_pending_and_what_moves_the_completion(small: SmallFirm, person: Person) -> None:
    address = f"/contracts/{small.contracts['S']}?tab=changes"
    page = _text(person(Role.coordinator).get(address).text)
    assert "Pending in all (2) -3,280.00 and +12 days" in page  # 500 − 3,780
    assert "Contract sum if all are signed 99,770.00" in page  # 100,000 + 3,050 − 3,280
    assert "move substantial completion to 2024-12-28" in page
    assert "2024-12-31 as signed, -3 days by change orders" in page
    firm_wide = _text(person(Role.controller).get("/change-orders").text)
    assert "Pending in all, USD -3,280.00 2 change orders" in firm_wide
    assert "Perhaps a door" in firm_wide
    assert "L-1" not in firm_wide
    known = person(Role.coordinator).get(f"/api/contracts/{small.contracts['S']}").json()
    assert known["exposure"]["potential"] == "500.00"
    assert known["completion"] == "2024-12-28"


def test_each_change_order_shows_its_price_its_lines_and_its_next_step(
    small: SmallFirm, person: Person
) -> None:
    address = f"/contracts/{small.contracts['S']}?tab=changes&order="
    priced = person(Role.coordinator).get(f"{address}P-2").text
    assert "Profit, 20 % on additions and deductions alike" in priced
    assert "A deduction" in priced
    assert 'name="what.3" value="Its labour"' in priced
    assert "Submit P-2" in priced
    assert "Execute P-2" not in priced
    brought = _text(person(Role.coordinator).get(f"{address}L-1").text)
    assert "It brought these lines" in brought
    assert "100 t at 12.50" in brought
    assert "100.00 every month from 2024-04-01 to 2024-06-30" in brought


def test_what_is_typed_comes_back_marked(small: SmallFirm, person: Person) -> None:
    manager = person(Role.project_manager)
    form = {
        "csrf_token": manager.headers["X-CSRF-Token"],
        "idempotency_key": "typed",
        "number": "P-1",
        "what.0": "Door",
        "cost.0": "-5",
        "effect.0": "adds",
        "schedule_days": "soon",
    }
    about = f"/contracts/{small.contracts['S']}/change-orders/price"
    page = manager.post(about, data=form)
    assert page.status_code == 422
    assert "Row 1, Cost: an amount above zero" in _text(page.text)
    assert "a whole number of days, like 12 or -5" in page.text
    assert 'name="what.0" value="Door"' in page.text


def test_a_ticket_is_entered_signed_and_ticked_into_a_change_order(small: SmallFirm, person: Person) -> None:
    labour = ({"what": "Fitter", "seconds": 27000, "rate": "58.00"},)
    said = {"work_date": "2024-04-01", "what": "Opened the wall", "labour": labour}
    assert give(small, Role.coordinator, EnterTicket, "S", "7", **said).done
    contract = f"/contracts/{small.contracts['S']}"
    clerk = person(Role.coordinator)
    page = _text(clerk.get(f"{contract}/tickets").text)
    assert "7 · 2024-04-01 not signed" in page
    assert "Fitter: 7.50 h at 58.00" in page
    correcting = clerk.get(f"{contract}/tickets?number=7").text
    assert 'name="l_hours.0" value="7.50"' in correcting
    assert "(1 not signed)" in _text(clerk.get(f"{contract}?tab=changes").text)
    by = {"signed_by": "Pat Superintendent", "signed_on": "2024-04-01", "evidence": "Photo 12"}
    assert give(small, Role.coordinator, SignTicket, "S", "7", **by).done
    assert "Signed by Pat Superintendent on 2024-04-01 : Photo 12" in _text(
        clerk.get(f"{contract}/tickets").text
    )
    assert 'name="ticket.0" value="7"' in clerk.get(f"{contract}?tab=changes&order=P-1").text
    assert give(small, Role.coordinator, PriceChangeOrder, "S", "P-1", tickets=("7",)).done
    priced = clerk.get(f"{contract}?tab=changes&order=P-1").text
    assert 'name="ticket.0" value="7" checked' in priced
    assert 'value="Ticket 7"' not in priced  # ticked, not typed once more
    assert "Ticket 7 adds" in _text(priced)
    known = clerk.get(f"/api{contract}").json()["tickets"]
    assert [(one["number"], one["stands"], one["change_order"]) for one in known] == [("7", "priced", "P-1")]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"l_hours.0": "0"}, "Row 1, Hours: hours above zero"),
        ({"l_hours.0": "long"}, "Row 1, Hours: hours like 1.5 or 1:30"),
        ({"l_rate.0": "-1"}, "Row 1, Rate per hour: a rate like 58.00"),
        ({"m_what.0": "Board", "m_quantity.0": "x", "m_cost.0": "1"}, "Row 1, Quantity: a quantity like 3.5"),
        ({"l_what.0": "", "l_hours.0": ""}, "a ticket has hours, equipment or material"),
    ],
)
def test_a_ticket_typed_wrong_comes_back(
    small: SmallFirm, person: Person, cell: dict[str, str], said: str
) -> None:
    clerk = person(Role.coordinator)
    form = {
        "csrf_token": clerk.headers["X-CSRF-Token"],
        "idempotency_key": said,
        "number": "8",
        "work_date": "2024-04-01",
        "what": "Opened the wall",
        "l_what.0": "Fitter",
        "l_hours.0": "7:30",
        "l_rate.0": "58",
        **cell,
    }
    page = clerk.post(f"/contracts/{small.contracts['S']}/tickets", data=form)
    assert page.status_code == 422
    assert said in _text(page.text)


def test_moved_budget_shows_before_and_after_to_the_second_person(small: SmallFirm, person: Person) -> None:
    moves = ({"item_no": "1", "amount": "-1500"}, {"item_no": "2", "amount": "1500"})
    said = {"effective_on": "2024-04-01", "reason": "Bought below budget", "moves": moves}
    assert give(small, Role.project_manager, ProposeRevision, "S", "R-1", **said).done
    address = f"/contracts/{small.contracts['S']}?tab=revisions"
    own = _text(person(Role.project_manager).get(address).text)
    assert "1 Structure 60,000.00 -1,500.00 58,500.00" in own
    assert "You proposed it, so somebody else approves it" in own
    assert "Approve R-1" in person(Role.controller).get(address).text
    assert give(small, Role.controller, ApproveRevision, "S", "R-1").done
    schedule = _text(person(Role.coordinator).get(f"/contracts/{small.contracts['S']}?tab=schedule").text)
    assert "58,500.00 60,000.00 − 1,500.00 moved" in schedule
    assert "+ 1,500.00 moved" in schedule
    manager = person(Role.project_manager)
    form = {
        "csrf_token": manager.headers["X-CSRF-Token"],
        "idempotency_key": "moved",
        "number": "R-2",
        "effective_on": "2024-04-02",
        "reason": "More of it",
        "item_no.0": "1",
        "amount.0": "much",
    }
    page = manager.post(f"/contracts/{small.contracts['S']}/revisions", data=form)
    assert page.status_code == 422
    assert "Row 1, Move: an amount like 1200.50" in _text(page.text)
    assert 'value="much"' in page.text


@pytest.mark.parametrize(
    "terms",
    [
        {"profit": "0.20", "profit_on": "net_increase"},
        {"profit": "0", "markups": {"labour": "0.1", "equipment": "0.05", "material": "0.15"}},
        {"profit": "0.075", "markups": {"material": "0.2"}},
    ],
)
def test_terms_of_changes_are_typed_again_as_they_are(terms: dict[str, object]) -> None:
    agreed = ChangeTerms.model_validate(terms)
    assert ChangeTerms.model_validate(typed_changes(changes_as_typed(agreed))) == agreed
    assert changes_in_words(agreed)
    assert typed_changes({"change_profit": "", "change_profit_on": "everything"}) is None
