"""Who approves, as controllers type and read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest

from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.invoice_commands import LineRemark, RejectDraft, SubmitDraft
from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, own_step
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found

TYPED = {
    "contract.0": "A",
    "who.0": "controller and Second Controller then project manager",
    "above.1": "1,000.00",
    "kind.1": "application",
    "who.1": "project manager then controller",
    "person.0": "Small Project Manager",
    "currency.0": "usd",
    "amount.0": "25000",
    "effective_from": "2024-04-02",
    "reason": "The board's decision.",
}


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Pages of approvals")
    firm.open_contract("A")
    firm.go_to(date(2024, 4, 2))
    with own_step(firm.engine, firm.id, "second controller", Origin()) as tx:
        add_person(
            tx,
            name="Second Controller",
            email=f"second@{firm.id}.example",
            password_hash=hash_password(firm.settings, PASSWORD),
            roles=(Role.controller,),
        )
    yield firm
    firm.engine.dispose()


@pytest.fixture
def signed_in(small: SmallFirm, browser: Callable[[], Browser]) -> Callable[[str], Browser]:
    def opened(who: str) -> Browser:
        one = browser()
        assert one.sign_in(f"{who}@{small.id}.example", PASSWORD).status_code == 200
        return one

    return opened


def test_one_controller_proposes_and_another_agrees(signed_in: Callable[[str], Browser]) -> None:
    controller, second, manager = map(signed_in, ("controller", "second", "project_manager"))
    page = controller.get("/approval-policy").text
    assert "No policy was agreed to yet" in page
    for typed, said in (
        ({"contract.0": "Z-9"}, "the number of a contract of the firm"),
        ({"client.1": "Nobody Inc"}, "the name of a client"),
        ({"above.1": "much"}, "an amount like 50000"),
        ({"person.0": "Nobody"}, "the name of a project manager or controller"),
        ({"who.1": ""}, "this must be filled in"),
        ({"who.1": "Somebody Else"}, "Nobody who may approve is called Somebody Else"),
    ):
        wrong = controller.post("/approval-policy", data={**TYPED, **typed, "idempotency_key": f"w{typed}"})
        assert (wrong.status_code, said in wrong.text) == (422, True), (typed, wrong.text)
        assert "controller and Second Controller then project manager" in wrong.text, "what was typed stays"
    assert manager.post("/approval-policy", data={**TYPED, "idempotency_key": "m"}).status_code == 403
    proposed = controller.post("/approval-policy", data={**TYPED, "idempotency_key": "p"})
    assert proposed.status_code == 303, proposed.text

    own = controller.get("/approval-policy").text
    assert "You proposed it, so another controller must agree" in own
    waits = "that another proposed, waits for a second controller"
    assert [waits in one.get("/").text for one in (controller, second, manager)] == [False, True, False]
    page = second.get("/approval-policy").text
    (agree,) = re.findall(r'action="(/approval-policy/[0-9a-f-]+/agree)"', page)
    assert "Small Project Manager approves up to 25,000.00 USD" in page
    assert controller.post(agree, data={"idempotency_key": "self"}).status_code == 403
    assert second.post(agree, data={"idempotency_key": "a"}).status_code == 303
    page = manager.get("/approval-policy").text
    assert "agreed to by Second Controller" in page
    assert "Propose a policy" not in page
    (policy,) = controller.get("/api/approval-policy").json()["policies"]
    assert [(one["contract"], one["above"], one["who"]) for one in policy["rules"]] == [
        ("A", None, TYPED["who.0"]),
        ("", "1000", TYPED["who.1"]),
    ]
    # The form offers what is in force, to be changed.
    assert f'value="{TYPED["who.0"]}"' in controller.get("/approval-policy").text


def test_a_manager_lets_another_approve_while_he_is_away(
    small: SmallFirm, signed_in: Callable[[str], Browser]
) -> None:
    manager, second = signed_in("project_manager"), signed_in("second")
    people = {one["name"]: one["id"] for one in manager.get("/api/people").json()["people"]}
    away = {
        "person_id": people["Small Project Manager"],
        "to_id": people["Second Controller"],
        "from_on": "2024-04-02",
        "to_on": "2024-04-10",
        "reason": "On leave",
    }
    for_herself = second.post("/delegations", data={**away, "idempotency_key": "s"})
    assert for_herself.status_code == 403
    assert manager.post("/delegations", data={**away, "idempotency_key": "d"}).status_code == 303
    page = manager.get("/approval-policy").text
    assert "in force" in page
    (end,) = re.findall(r'action="(/delegations/[0-9a-f-]+/end)"', page)
    ended = second.post(end, data={"reason": "Back early", "idempotency_key": "e"})
    assert ended.status_code == 303
    assert "Ended: “Back early”" in manager.get("/approval-policy").text
    (one,) = manager.get("/api/approval-policy").json()["delegations"]
    assert (one["of_name"], one["to_name"], one["state"]) == (
        "Small Project Manager", "Second Controller", "ended",
    )  # fmt: skip


def test_a_draft_goes_back_with_a_reason_for_a_line(
    small: SmallFirm, signed_in: Callable[[str], Browser]
) -> None:
    small.open_contract("B")
    invoice_id = small.prepare("B", date(2024, 3, 31), {"1": "4000.00"})
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    manager, line = signed_in("project_manager"), small.lines("B")["1"]
    page = manager.get(f"/invoices/{invoice_id}/review").text
    assert f'name="line.{line}"' in page
    said = {"reason": "Not yet.", f"line.{line}": "Half of it is not installed."}
    for wrong in ({f"line.{line}": "no"}, {"line.x": "Not a line of it."}):
        answer = manager.post(
            f"/invoices/{invoice_id}/reject", data={**said, **wrong, "idempotency_key": f"w{wrong}"}
        )
        assert answer.status_code == 422, answer.text
        assert "Half of it" in answer.text or "no" in wrong.values(), "what was typed stays"
    other = LineRemark(line_id=UUID(int=1), reason="Not a line of it.")
    mine = LineRemark(line_id=line, reason="Half of it is not installed.")
    for lines in ((other,), (mine, mine)):
        body = RejectDraft(invoice_id=invoice_id, reason="Not yet.", lines=lines)
        assert small.give(Role.project_manager, body).code == "not_in_schedule"
    small.do(Role.project_manager, RejectDraft(invoice_id=invoice_id, reason="Not yet.", lines=(mine,)))
    small.settle()
    told = "“Not yet.”. Line 1: “Half of it is not installed.”."
    coordinator = signed_in("coordinator")
    assert told in coordinator.get(f"/invoices/{invoice_id}/edit").text
    assert "Line 1: “Half of it is not installed.”" in manager.get(f"/invoices/{invoice_id}/review").text
    small.do(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    april = {"from": "2024-04-01", "to": "2024-04-30", "contract": "B"}
    parts = signed_in("controller").get("/api/reports/25", params=april).json()["parts"]
    (one,) = parts["people"]
    assert (one["month"], one["person"], one["share"]) == ("2024-04", "Small Coordinator", "50.0 %")
    assert [one[name] for name in ("submitted", "sent_back", "lines")] == ["2", "1", "1"]
    (one,) = parts["drafts"]
    assert (one["reason"], one["lines"]) == ("Not yet.", "1: Half of it is not installed.")


def test_a_month_is_closed_and_reopened_on_its_page(
    small: SmallFirm, signed_in: Callable[[str], Browser]
) -> None:
    """What is left is accepted with a reason, and the page keeps what was typed where one lacks."""
    coordinator, controller = signed_in("coordinator"), signed_in("controller")
    at = "/periods/2024-03"
    begun = coordinator.post(f"{at}/soft-close", data={"idempotency_key": "soft"})
    assert begun.headers["location"] == "/periods?done=soft_close_period"
    told = coordinator.get("/periods").text
    assert "A controller closes it for everybody." in told
    missing = "1 check of the books missing or not holding"
    assert missing in told
    assert "/checks" not in told, "a coordinator may not open that page"
    page = controller.get("/periods").text
    assert f'<a href="/checks">{missing}</a>' in page
    names = re.findall(r'name="(accept\.[a-z]+\.\d+)"', page)
    assert "accept.checks.1" in names
    assert "accept.reviews.1" not in names, "contract A has nothing to review"
    typed = dict.fromkeys(names, "As we agreed <b>today</b>.")
    lacking = controller.post(f"{at}/close", data={**typed, "accept.checks.1": "", "idempotency_key": "c1"})
    assert lacking.status_code == 409
    assert "Before March 2024 is closed" in lacking.text
    assert coordinator.post(f"{at}/close", data={**typed, "idempotency_key": "c2"}).status_code == 403
    closed = controller.post(f"{at}/close", data={**typed, "idempotency_key": "c3"})
    assert closed.headers["location"] == "/periods?done=close_period"
    shown = controller.get("/periods").text
    assert "It can be closed from" in shown, "April is in hand"
    assert "As we agreed &lt;b&gt;today&lt;/b&gt;." in shown
    told = controller.get("/api/periods").json()
    assert (told["periods"][0]["state"], told["in_hand"]["month"]) == ("closed", "2024-04")
    kept = controller.get(f"/api{at}/accrual").json()["kept"]
    assert [one["step"] for one in kept] == ["close", "soft_close"]
    shown = signed_in("auditor").get(f"{at}/accrual").text
    assert "every figure is the same" in shown
    assert kept[0]["sha256"] in shown
    as_hashed = controller.get(f"{at}/accrual/json", params={"kept": kept[0]["id"]}).content
    assert sha256(as_hashed).hexdigest() == kept[0]["sha256"]
    estimated = EstimateCost(
        contract_id=small.contracts["A"],
        as_of=date(2024, 3, 31),
        at_completion=Decimal(1000),
        to_date=Decimal(500),
    )
    small.do(Role.project_manager, estimated)
    shown = controller.get(f"{at}/accrual").text
    assert "every figure is the same" not in shown
    assert "A: estimated the cost at completion, last" in shown
    assert "As of,Currency,Contract" in controller.get(f"{at}/accrual/csv").text
    assert controller.get("/periods/2024-13/accrual").status_code == 404
    wrong = controller.post("/periods/2024-13/reopen", data={"reason": "No month", "idempotency_key": "w"})
    assert wrong.status_code == 422
    reopened = controller.post(f"{at}/reopen", data={"reason": "A late statement", "idempotency_key": "r"})
    assert reopened.headers["location"] == "/periods?done=reopen_period"
    assert "“A late statement”" in signed_in("auditor").get("/periods").text


def test_a_hold_is_placed_and_a_person_erased_on_the_page(
    signed_in: Callable[[str], Browser], small: SmallFirm
) -> None:
    """Two controllers release and erase; the name stands on this page alone."""
    controller, auditor = signed_in("controller"), signed_in("auditor")
    form = {"of": f"client:{small.client_id}", "reason": "A <b>dispute</b>", "idempotency_key": "h"}
    assert auditor.post("/retention/holds", data=form).status_code == 403
    held = controller.post("/retention/holds", data=form)
    assert held.headers["location"] == "/retention?done=place_hold"
    shown = auditor.get("/retention").text
    assert "client Small General Contractor" in shown
    assert "A &lt;b&gt;dispute&lt;/b&gt;" in shown
    [hold] = controller.get("/api/retention").json()["holds"]
    at = f"/retention/holds/{hold['id']}/release"
    asked = controller.post(at, data={"reason": "Settled", "idempotency_key": "l"})
    assert asked.headers["location"] == "/retention?done=waits_for_second"
    lacking = controller.post("/retention/holds", data={"of": "firm", "idempotency_key": "n"})
    assert lacking.status_code == 422
    person_id = small.people[Role.project_manager]
    at = f"/retention/people/{person_id}/erase"
    refused = controller.post(at, data={"reason": "Asked to", "idempotency_key": "e"})
    assert refused.status_code == 409
    assert "deactivate the account first" in refused.text


def test_the_holidays_of_a_year_are_typed_a_line_each(signed_in: Callable[[str], Browser]) -> None:
    """A line that is none is named, and what was typed stays."""
    controller = signed_in("controller")
    wrong = controller.post("/holidays/2024", data={"holidays": "Christmas", "idempotency_key": "w"})
    assert wrong.status_code == 422
    assert "Line 1: “Christmas” is not a day and a name" in wrong.text
    assert ">Christmas</textarea>" in wrong.text
    typed = "2024-12-25 Christmas <Day>\n\n2024-05-27, Memorial Day"
    form = {"holidays": typed, "idempotency_key": "days"}
    assert signed_in("coordinator").post("/holidays/2024", data=form).status_code == 403
    assert controller.post("/holidays/2024", data=form).headers["location"] == "/holidays?done=set_holidays"
    assert "Christmas &lt;Day&gt;" in signed_in("auditor").get("/holidays").text
    assert [one["name"] for one in controller.get("/api/holidays").json()["holidays"]] == [
        "Memorial Day", "Christmas <Day>",
    ]  # fmt: skip
    other = controller.post("/holidays/2024", data={"holidays": "2025-01-01 New", "idempotency_key": "o"})
    assert "2025-01-01 is not in 2024" in other.text
    policy = {"effective_from": "2024-05-06", "reason": "Waits", "remind_after": "5", "escalate_after": "3"}
    refused = controller.post("/approval-policy", data={**policy, "idempotency_key": "waits"})
    assert "the second number must be higher" in refused.text
    assert 'value="5"' in refused.text
