"""What the pages tell each person about where an application stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.administration import Administration, SetPaymentInstructions
from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.invoice_commands import (
    Certification,
    CertifyApplication,
    EditDraft,
    RejectDraft,
    SubmitDraft,
)
from contracts_app.domain.commands.milestone_commands import AchieveMilestone, PlanMilestone
from contracts_app.domain.commands.retainage_commands import RecordSecurity
from contracts_app.domain.contract import RetainageTerms
from contracts_app.domain.roles import Role
from contracts_app.services.administration import administer
from contracts_app.settings import Settings
from contracts_app.web.pages import formatting
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.second_person import second_controller
from tests.services.small_firm import CHANGE_ORDERS, PASSWORD, SmallFirm, found
from tests.services.small_time_contract import open_time_contract

MARCH = date(2024, 3, 31)
Read = Callable[[Role, str], str]


@pytest.fixture
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site)
    firm.open_contract("A")
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


@pytest.fixture
def read(small: SmallFirm, browser: Callable[[], Browser]) -> Read:
    """`read(role, path)`: the page as that person sees it."""

    def page(role: Role, path: str) -> str:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        answer = one.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    return page


def test_a_withheld_application_says_so_everywhere(small: SmallFirm, read: Read) -> None:
    invoice_id = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    client = read(Role.client, f"/client/invoices/{invoice_id}")
    assert "your answer is due" in client
    assert "2024-04-09" in client
    assert "with client" in read(Role.coordinator, f"/invoices/{invoice_id}")
    withheld = CertifyApplication(
        invoice_id=invoice_id, decision=Certification.withheld, reason="Records are missing"
    )
    small.do(Role.client, withheld)
    shown = read(Role.coordinator, f"/invoices/{invoice_id}")
    assert "withheld the certificate" in shown
    assert "can be billed again" in shown
    assert "Paid" not in shown
    assert ">paid<" not in read(Role.client, "/client")
    worklist = read(Role.coordinator, "/")
    mine = worklist[worklist.index('id="mine"') : worklist.index('id="others"')]
    assert "Application 1 was withheld: “Records are missing”." in mine
    assert f"/contracts/{small.contracts['A']}?tab=applications" in mine


def _changed_by_two(small: SmallFirm, read: Read, browser: Callable[[], Browser]) -> None:
    """Another account, once an invoice is out: one proposes it, another controller reads both and agrees."""
    second_controller(small)
    administrator, second = browser(), browser()
    assert administrator.sign_in(f"administrator@{small.id}.example", PASSWORD).status_code == 200
    assert second.sign_in(f"second@{small.id}.example", PASSWORD).status_code == 200
    path = f"/legal-entities/{small.entity_id}/payment-instructions"
    typed = {"payment_instructions": "Other Bank\nAccount ending 0002", "idempotency_key": "other"}
    asked = administrator.post(path, data=typed)
    assert (asked.status_code, asked.headers["location"]) == (303, "/legal-entities?done=waits_for_second")
    assert "it counts once another controller has agreed" in administrator.get(asked.headers["location"]).text
    entities = read(Role.controller, "/legal-entities")
    assert "Account ending 0002" not in entities
    assert "A change waits for a second person" in entities
    assert "1 change that another proposed waits for a second person" in read(Role.controller, "/")
    page = second.get("/master-changes").text
    for said in (
        "Account ending 0001",
        "Account ending 0002",
        "proposed by Small Administrator",
        "may be forged",
    ):
        assert said in page, said
    assert "A controller who did not propose it agrees." in read(Role.administrator, "/master-changes")
    (agree,) = re.findall(r'action="(/master-changes/[0-9a-f-]+/agree)"', page)
    assert administrator.post(agree, data={"idempotency_key": "own"}).status_code == 403
    assert second.post(agree, data={"idempotency_key": "agree"}).status_code == 303
    assert "Account ending 0002" in read(Role.controller, "/legal-entities")
    assert "No change waits" in read(Role.auditor, "/master-changes")
    (told,) = second.get("/api/master-changes").json()["changes"]
    assert (told["state"], told["agreed_by"]) == ("agreed", "Second Controller")


def test_a_client_reads_what_he_certified_and_how_to_pay(
    small: SmallFirm, read: Read, browser: Callable[[], Browser]
) -> None:
    """Of 20,000.00 of work he accepts 15,000.00: 10 % of it is held, 13,500.00 is owed."""
    body = SetPaymentInstructions(
        legal_entity_id=small.entity_id, payment_instructions="Small Bank\nAccount ending 0001"
    )
    by = small.people[Role.controller]
    said = Administration(firm_id=small.id, by=by, key="how to pay", signed_in="test", body=body)
    assert administer(small.engine, small.settings, said).done
    invoice_id = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    small.certify(invoice_id, {small.lines("A")["2"]: "15000.00"})
    small.make_papers()
    page = read(Role.client, f"/client/invoices/{invoice_id}")
    assert "<p>Small Bank</p><p>Account ending 0001</p>" in page
    tiles = page[page.index('<dl class="figures">') : page.index("</dl>")]
    figures = re.findall(r"<dt>([^<]+)</dt><dd>([\d,.]+)", tiles)
    assert figures == [
        ("Certified", "13,500.00"),
        ("8 Applied for", "18,000.00"),
        ("4 Completed and stored, as certified", "15,000.00"),
        ("5 Retainage, as certified", "1,500.00"),
        ("Open", "13,500.00"),
    ]
    assert "Amount owed" in page
    assert "SHA-256" not in page
    assert "-certificate-1.pdf" in page
    _changed_by_two(small, read, browser)
    every = read(Role.client, "/client")
    assert "<h1>Applications for payment</h1>" in every
    assert "Certified" in every


def test_the_review_says_why_one_cannot_approve(small: SmallFirm, read: Read) -> None:
    draft = small.prepare("A", MARCH, {"2": "60000.00"})  # above the contract's limit
    small.do(Role.coordinator, SubmitDraft(invoice_id=draft))
    early = read(Role.controller, f"/invoices/{draft}/review")
    assert "This draft waits for the approval of the contract&#39;s project manager." in early
    assert "Approve 54,000.00" not in early
    assert "Send back" in early
    manager = read(Role.project_manager, f"/invoices/{draft}/review")
    assert "Approve 54,000.00" in manager
    assert "Edit entries" not in manager
    small.do(Role.project_manager, RejectDraft(invoice_id=draft, reason="Not half done"))
    entry = Entry(line_id=small.lines("A")["2"], this_period=Decimal("50000.00"))
    small.do(Role.project_manager, EditDraft(invoice_id=draft, entries=(entry,)))
    grid = read(Role.coordinator, f"/invoices/{draft}/edit")
    assert "Sent back by Small Project Manager: “Not half done”." in grid
    assert small.give(Role.coordinator, SubmitDraft(invoice_id=draft)).code == "nobody_can_approve"


def test_a_contract_whose_period_runs_comes_later(small: SmallFirm, read: Read) -> None:
    small.go_to(date(2024, 4, 3))
    small.certify(small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1"))
    worklist = read(Role.coordinator, "/")
    coming = worklist[worklist.index('id="coming"') : worklist.index('id="others"')]
    assert "waits for application 2 for the period to 2024-04-30" in coming
    assert "waits for application 2" not in worklist[: worklist.index('id="coming"')]
    tab = read(Role.coordinator, f"/contracts/{small.contracts['A']}?tab=applications")
    assert 'name="period_to" required value="2024-04-30"' in tab
    assert "The work is not finished: 20.0 %" in tab


def test_amounts_of_different_kinds_are_not_added_up(small: SmallFirm, read: Read) -> None:
    small.open_contract("B")
    small.open_contract("C")
    small.certify(small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1"))
    for number, amount in (("B", "10000.00"), ("C", "1000.00")):
        small.issue(small.prepare(number, MARCH, {"1": amount}), f"{number}1")
    worklist = read(Role.coordinator, "/")
    assert "Total applied for" in worklist
    assert "9,900.00" in worklist
    assert "27,900.00" not in worklist


def test_the_controller_sees_change_orders_apart_before_he_activates(small: SmallFirm, read: Read) -> None:
    contract_id = small.open_contract("B", activate=False)
    small.post("change_orders", "B", CHANGE_ORDERS)
    terms = read(Role.controller, f"/contracts/{contract_id}?tab=terms")
    assert (
        "Schedule of values: 3 lines, 100,000.33 in all, equal to the contract sum of 100,000.33, "
        "and 5,000.00 in change orders." in terms
    )
    assert "Total, 3 lines" in terms
    assert "In change orders" in terms
    grid = read(Role.coordinator, f"/contracts/{contract_id}?tab=schedule")
    assert "Saved: 3 lines, 100,000.33 in all, equal to the contract sum." in grid


def test_the_register_begins_with_what_was_issued_last(small: SmallFirm, read: Read) -> None:
    small.open_contract("B")
    small.certify(small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1"))
    small.go_to(date(2024, 5, 2))
    small.issue(small.prepare("A", date(2024, 4, 30), {"2": "1000.00"}), "A2")
    last = small.issue(small.prepare("B", MARCH, {"1": "10000.00"}), "B1")
    register = read(Role.coordinator, "/invoices")
    rows = register[register.index("<tbody>") :]
    assert rows.index(str(last)) < rows.index("Application 2") < rows.rindex("Application 1")


def test_a_draft_in_the_contracts_list_says_what_it_comes_to(small: SmallFirm, read: Read) -> None:
    small.prepare("A", MARCH, {"2": "20000.00"})
    tab = read(Role.coordinator, f"/contracts/{small.contracts['A']}?tab=applications")
    rows = tab[tab.index('id="h-applications"') :]
    assert "<em>18,000.00</em>" in rows


def test_what_is_overdue_at_a_client_is_marked(small: SmallFirm, read: Read) -> None:
    small.certify(small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1"))
    address = f"/contracts/{small.contracts['A']}?tab=applications"
    assert "overdue" not in read(Role.coordinator, "/")
    assert "overdue" not in read(Role.coordinator, address)
    small.go_to(date(2024, 6, 3))
    worklist = read(Role.coordinator, "/")
    assert "1 invoice is overdue at clients." in worklist
    assert "payment due" in worklist
    assert '<span class="chip bad">overdue</span>' in read(Role.coordinator, address)


def test_a_certificate_that_is_overdue_is_the_coordinators_and_the_managers_to_ask_for(
    small: SmallFirm, read: Read
) -> None:
    """Issued on 2 April, seven days: the last one is 9 April."""
    small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    both = (Role.coordinator, Role.project_manager)
    small.go_to(date(2024, 4, 9))
    for role in both:
        own, others = read(role, "/").split("Waits for others</h2>", 1)
        assert "reply due" not in own
        assert "reply due" in others
    small.go_to(date(2024, 4, 10))
    for role in both:
        own, others = read(role, "/").split("Waits for others</h2>", 1)
        assert "reply due" in own
        assert '<span class="chip bad">overdue</span>' in own
        assert "reply due" not in others


def test_the_first_figures_of_a_draft_are_no_changes(small: SmallFirm, read: Read) -> None:
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    review = read(Role.coordinator, f"/invoices/{draft}/review")
    assert "Changed since it was opened" not in review
    assert "was 0.00" not in review
    entry = Entry(line_id=small.lines("A")["2"], this_period=Decimal("20500.00"))
    small.do(Role.coordinator, SubmitDraft(invoice_id=draft))
    small.do(Role.project_manager, RejectDraft(invoice_id=draft, reason="Once more"))
    small.do(Role.coordinator, EditDraft(invoice_id=draft, entries=(entry,)))
    again = read(Role.coordinator, f"/invoices/{draft}/review")
    assert "Changed since the last decision about it" in again
    assert "was 20,000.00" in again


def test_set_up_and_its_preview_say_what_the_law_says_of_the_terms(small: SmallFirm, read: Read) -> None:
    terms = RetainageTerms.model_validate({"rate_completed": "0.05", "law": {"jurisdiction": "US-TX"}})
    contract_id = small.open_contract("B", activate=False, retainage=terms)
    page = read(Role.coordinator, f"/contracts/{contract_id}?tab=terms")
    sentence = "As little as 0 % is withheld; the law demands 10 %. (Tex. Prop. Code § 53.101)"
    assert page.count(sentence) == 2  # among what set-up needs, and at the preview


def test_retainage_says_when_it_is_released_and_what_stands_in_its_place(
    small: SmallFirm, read: Read
) -> None:
    """61 days after the approval of 2 April: 2 June; two weeks before, it is on the worklist."""
    events = [{"event": "Substantial completion", "part": "0.5"}]
    law = {"jurisdiction": "US-IN", "works": "public"}
    terms = RetainageTerms.model_validate({"rate_completed": "0.03", "release_events": events, "law": law})
    contract_id = small.open_contract("B", retainage=terms)
    plan = PlanMilestone(contract_id=contract_id, title="Substantial completion", close_out=True)
    milestone_id = UUID(str(small.do(Role.coordinator, plan).result["milestone_id"]))
    achieve = AchieveMilestone(contract_id=contract_id, milestone_id=milestone_id, evidence="Walked through")
    small.approve_milestone(contract_id, milestone_id, small.do(Role.coordinator, achieve))
    small.certify(small.issue(small.prepare("B", MARCH, {"2": "20000.00"}), "B1"))
    bond = {"reference": "B-1", "kind": "bond", "issuer": "Small Surety", "amount": "100", "from_day": MARCH}
    small.do(Role.controller, RecordSecurity.model_validate({"contract_id": contract_id, **bond}))
    tab = read(Role.coordinator, f"/contracts/{contract_id}?tab=retainage")
    assert "50 % of all that was withheld when “Substantial completion” is approved" in tab
    assert '<span class="date">2024-06-02</span> at the latest' in tab
    assert "Small Surety" in tab
    releases = read(Role.coordinator, f"/contracts/{contract_id}?tab=applications")
    assert "what the events reached release" in releases
    assert "B-1: 100.00 left" in releases
    assert "Retainage to be released" not in read(Role.coordinator, "/")
    small.go_to(date(2024, 5, 19))
    worklist = read(Role.coordinator, "/")
    assert "What is held is to be released by 2024-06-02" in worklist
    assert "Retainage to be released" not in read(Role.controller, "/")


def test_who_bills_is_preselected_with_its_currency(small: SmallFirm, read: Read) -> None:
    form = read(Role.coordinator, "/contracts/new")
    assert form.count(" selected>") >= 1
    # A currency is typed only where it is another one than that of who bills.
    assert 'name="currency" maxlength="3" autocomplete="off" value=""' in form
    assert "empty: that of who bills" in form
    contract = read(Role.coordinator, f"/contracts/{small.contracts['A']}")
    assert "billed by" in contract


def test_the_register_says_what_a_draft_comes_to_and_marks_it(small: SmallFirm, read: Read) -> None:
    small.open_contract("B")
    small.issue(small.prepare("B", MARCH, {"1": "1000.00"}), "B1")
    assert "set like this" not in read(Role.coordinator, "/invoices")
    draft = small.prepare("A", MARCH, {"2": "20000.00"})
    register = read(Role.coordinator, "/invoices")
    row = next(part for part in register.split("<tr>") if str(draft) in part)
    assert re.findall(r"<em>([\d,.]+)</em>", row) == ["20,000.00", "2,000.00", "18,000.00"]
    assert "USD, draft" in row
    assert register.count("USD, draft") == 1


def test_the_schedule_totals_what_is_in_force_and_shows_other_change_orders_apart(
    small: SmallFirm, read: Read
) -> None:
    contract_id = small.open_contract("B", activate=False)
    later = "CO-3,2024-03-20,Later grilles,700.00,Approved,2024-04-20\n"
    small.post("change_orders", "B", CHANGE_ORDERS + later)
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    tab = read(Role.coordinator, f"/contracts/{contract_id}?tab=schedule")
    agreed, apart = tab[tab.index('id="h-schedule"') :].split('id="h-not-in-force"')
    assert "In force, 4 lines" in agreed
    assert "105,000.33" in agreed
    assert "More dampers" in agreed
    assert "Later grilles" not in agreed
    assert "Later grilles" in apart
    assert 'in force from <span class="date">2024-04-20</span>' in apart
    assert "700.00" in apart
    small.go_to(date(2024, 4, 20))
    tab = read(Role.coordinator, f"/contracts/{contract_id}?tab=schedule")
    assert "Total, 5 lines" in tab
    assert "h-not-in-force" not in tab


def test_a_consulting_contract_has_phases_and_says_when_a_deposit_can_be_recorded(
    small: SmallFirm, read: Read
) -> None:
    open_time_contract(small, "T")
    page = read(Role.coordinator, f"/contracts/{small.contracts['T']}?tab=schedule")
    assert '<h2 id="h-schedule">Phases</h2>' in page
    assert "Schedule of values" not in page
    assert "Schedule of values" in read(Role.coordinator, f"/contracts/{small.contracts['A']}?tab=schedule")
    setting_up = small.open_contract("B", activate=False)
    hint = "A deposit is recorded here once the contract is in force"
    assert hint in read(Role.coordinator, f"/contracts/{setting_up}?tab=deposits")
    assert hint not in read(Role.coordinator, f"/contracts/{small.contracts['T']}?tab=deposits")


@pytest.mark.parametrize(
    ("billed", "shown"),
    [("0.24969", "25.0 %"), ("1", "100.0 %"), ("0.99961", "99.96 %"), ("0.0004", "0.04 %"), ("0", "0.0 %")],
)
def test_a_percentage_has_one_decimal_as_on_paper(billed: str, shown: str) -> None:
    assert formatting.percent(Decimal(billed)) == shown


def test_the_history_of_a_process_stands_beside_its_entries(
    small: SmallFirm, read: Read, browser: Callable[[], Browser]
) -> None:
    """With or without Temporal; here no command went through a workflow, so there is no event."""
    address = f"/processes/contract/{small.contracts['A']}/history"
    assert address in read(Role.controller, f"/contracts/{small.contracts['A']}?tab=history")
    assert address not in read(Role.coordinator, f"/contracts/{small.contracts['A']}?tab=history")
    told = read(Role.controller, address)
    assert "matches the audit log" in told
    assert "Nothing of this process is archived yet." in told or "has no history any more" in told
    one = browser()
    one.sign_in(f"{Role.controller.value}@{small.id}.example", PASSWORD)
    for nobodys in ("contract", "no-such-kind"):
        assert one.get(f"/processes/{nobodys}/{small.id}/history").status_code == 404
