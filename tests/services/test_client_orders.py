"""Caps and client purchase orders in the product: reserved at approval, whatever happens at once.

An hour is 100.00. Contract P and contract Q of one client share order S: 1,000.00.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.agreement_commands import (
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ReceiveDeposit,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.funding_commands import (
    AmendClientOrder,
    ClientOrderRow,
    CloseClientOrder,
    RecordClientOrder,
)
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    IssueInvoice,
    PrepareApplication,
    RejectDraft,
    SubmitDraft,
)
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.roles import Role
from contracts_app.services.consulting_contents import consulting
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot, stored_snapshot
from contracts_app.store.transaction import reading
from tests.services.looking import state_of
from tests.services.small_firm import STARTS, SmallFirm, found
from tests.services.small_funded_contract import open_funded, order, work
from tests.services.small_taxed_contract import open_taxed

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
ONE_LINE = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
TWO_LINES = (
    ("1", "Study", "600.00", Basis.time_and_materials, True),
    ("2", "Support", "900.00", Basis.time_and_materials, False),
)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Funded Mechanical")
    for number in ("P", "Q"):
        open_funded(firm, number, ONE_LINE, "100.00", funding={"required": True})
    open_funded(
        firm, "N", TWO_LINES, "100.00", caps=[{"name": "All", "amount": "1000.00"}], at_cap="bill_to_cap"
    )
    firm.go_to(date(2024, 5, 2))
    yield firm
    firm.engine.dispose()


def ask(small: SmallFirm, query: str, **values: object) -> list[dict[str, Any]]:
    with reading(small.engine, small.id) as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def draft(small: SmallFirm, number: str, to: date) -> UUID:
    body = PrepareApplication(contract_id=small.contracts[number], period_to=to)
    return UUID(str(small.do(Role.coordinator, body).result["invoice_id"]))


def figures(small: SmallFirm, invoice_id: UUID) -> tuple[Decimal, str]:
    """What the draft bills now, and the hash of exactly that."""
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    return drafting.draft(snapshot).line8, drafting.content_hash(snapshot)


def told(small: SmallFirm, invoice_id: UUID) -> list[str]:
    with reading(small.engine, small.id) as connection:
        return [one.sentence for one in checks.findings(current_snapshot(connection, small.id, invoice_id))]


def test_two_drafts_approved_at_once_never_exceed_the_order(small: SmallFirm) -> None:
    """Each draft bills 800.00 of 1,000.00: one is approved, the other is shown 200.00 and approved so."""
    order(small, "P", "S", STARTS, {"number": "1", "amount": "1000.00"}, also_funds=("Q",))
    drafts = {}
    for number in ("P", "Q"):
        work(small, number, ("1", date(2024, 3, 4), "8"))
        drafts[number] = draft(small, number, MARCH)
        small.do(Role.coordinator, SubmitDraft(invoice_id=drafts[number]))
    seen = {number: figures(small, invoice_id) for number, invoice_id in drafts.items()}
    assert [billed for billed, _ in seen.values()] == [Decimal("800.00")] * 2

    def approve(number: str) -> Outcome:
        body = ApproveDraft(invoice_id=drafts[number], content_hash=seen[number][1])
        return small.give(Role.project_manager, body, f"approve {number}")

    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(drafts, pool.map(approve, drafts), strict=True))
    assert sorted(one.done for one in outcomes.values()) == [False, True]
    (refused,) = [number for number, one in outcomes.items() if not one.done]
    (approved,) = drafts.keys() - {refused}
    assert outcomes[refused].code == "content_changed"

    billed, now = figures(small, drafts[refused])
    assert billed == Decimal("200.00")
    assert "600.00 USD waits until line 1 of purchase order S is amended: nothing is left on it." in told(
        small, drafts[refused]
    )
    small.do(Role.project_manager, ApproveDraft(invoice_id=drafts[refused], content_hash=now))
    # Whatever is approved is issued: the first still bills 800.00, although nothing is left by now.
    assert figures(small, drafts[approved]) == seen[approved]
    for number in (approved, refused):
        small.do(Role.coordinator, IssueInvoice(invoice_id=drafts[number]))
    issued = ask(small, "SELECT line8 FROM issued_invoice ORDER BY line8")
    assert [row["line8"] for row in issued] == [Decimal("200.00"), Decimal("800.00")]

    # The 600.00 left over come when the client amends the order, by the next invoice and at their rate.
    lines = (ClientOrderRow(number="1", amount=Decimal("1500.00")),)
    amended = AmendClientOrder(
        contract_id=small.contracts["P"], number="S", lines=lines, reason="Amendment 1 of the client"
    )
    small.do(Role.coordinator, amended)
    following = draft(small, refused, APRIL)
    assert figures(small, following)[0] == Decimal("500.00")
    small.issue(following, "later")
    too_low = amended.model_copy(update={"lines": (ClientOrderRow(number="1", amount=Decimal("1499.99")),)})
    outcome = small.give(Role.coordinator, too_low)
    assert (outcome.done, outcome.code) == (False, "limit_below_billed")


def test_a_draft_sent_back_frees_what_it_kept(small: SmallFirm) -> None:
    invoice_id = small.invoices["later"]
    kept = ask(small, "SELECT count(*) AS parts FROM charge_part WHERE invoice_id = :id", id=invoice_id)
    assert kept == [{"parts": 1}]
    # The contract whose draft was not refused above: nothing of it is left, and its April is not billed.
    (row,) = ask(small, "SELECT contract_id FROM invoice WHERE id = :id", id=invoice_id)
    free = next(number for number in ("P", "Q") if small.contracts[number] != row["contract_id"])
    order(small, free, "T", STARTS, {"number": "1", "amount": "300.00"})
    work(small, free, ("1", date(2024, 4, 2), "2"))
    approved = draft(small, free, APRIL)
    small.approve(approved)
    assert figures(small, approved)[0] == Decimal("200.00")
    small.do(Role.project_manager, RejectDraft(invoice_id=approved, reason="Wrong month"))
    assert ask(small, "SELECT id FROM charge_part WHERE invoice_id = :id", id=approved) == []
    closed = CloseClientOrder(contract_id=small.contracts[free], number="T", reason="Cancelled by the client")
    small.do(Role.controller, closed)
    assert figures(small, approved)[0] == Decimal("0.00")


def test_caps_over_each_other_and_raised(small: SmallFirm) -> None:
    """Line 1 has 600.00, the contract 1,000.00: 500 + 300 on line 1, then 600 on line 2, by day.

    Line 1 bills 500 + 100, line 2 what is left of the contract: 400. Over stay 200 and 200. The change order
    raises line 1 by 150 and the contract by 300: line 1's 150 first (of 200), then 150 of line 2's 200.
    """
    days = [date(2024, 3, day) for day in (4, 5, 6)]
    work(small, "N", ("1", days[0], "5"), ("1", days[1], "3"), ("2", days[2], "6"))
    first = draft(small, "N", MARCH)
    assert figures(small, first)[0] == Decimal("1000.00")
    assert told(small, first) == [
        "200.00 USD waits until the not-to-exceed amount of “line 1” is raised.",
        "200.00 USD waits until the not-to-exceed amount of “All” is raised.",
    ]
    small.issue(first, "N1")
    contract_id = small.contracts["N"]
    raised = ProposeChangeOrder.model_validate(
        {
            "contract_id": contract_id,
            "number": "X-1",
            "title": "More study",
            "amount": "150.00",
            "raises": "1",
            "caps": [{"cap": "All", "amount": "300.00"}],
        }
    )
    small.do(Role.coordinator, raised)
    signed = ExecuteChangeOrder(contract_id=contract_id, number="X-1", executed_on=date(2024, 4, 15))
    small.do(Role.controller, signed)
    second = draft(small, "N", APRIL)
    assert figures(small, second)[0] == Decimal("300.00")
    small.issue(second, "N2")
    lines = ask(
        small,
        "SELECT item_no, this_period FROM issued_line WHERE invoice_id = :id ORDER BY position",
        id=second,
    )
    assert [(row["item_no"], row["this_period"]) for row in lines] == [
        ("1", Decimal("150.00")),
        ("2", Decimal("150.00")),
    ]


def test_an_order_is_refused_where_it_cannot_be_counted(small: SmallFirm) -> None:
    certified = small.open_contract("C")
    rows = (ClientOrderRow(number="1", amount=Decimal("10.00")),)
    body = RecordClientOrder(contract_id=certified, number="Z", dated_on=STARTS, lines=rows)
    by_certificate = small.give(Role.coordinator, body)
    assert by_certificate.code == "not_by_orders"
    assert "on a contract whose terms say that invoices are owed when issued" in by_certificate.sentence
    caps = [{"name": "All", "amount": "10.00"}]
    with pytest.raises(ValidationError, match="leave the client's certificate out"):
        ContractTerms.model_validate(
            {"currency": "USD", "original_sum": "10.00", "contract_date": STARTS, "caps": caps}
        )
    again = body.model_copy(update={"contract_id": small.contracts["P"], "number": "S"})
    assert small.give(Role.coordinator, again).code == "order_exists"
    elsewhere = body.model_copy(update={"contract_id": small.contracts["P"], "also_funds": ("nowhere",)})
    assert small.give(Role.coordinator, elsewhere).code == "no_such_contract"
    assert small.give(Role.project_manager, body).code == "not_allowed"
    portion = {"description": "Works", "basis": "cost_plus", "not_to_exceed": False, "cost_plus": {}}
    lines = (
        {"item_no": "1", "scheduled_value": "900.00", **portion},
        {"item_no": "2", "scheduled_value": "100.00", **portion, "cost_plus": {"is_fee": True}},
    )
    priced = {"certified_by_client": False, "receivable_arises": "submission"}
    agreed = {"guaranteed_maximum": {"fee": {"kind": "percent", "rate": "0.10"}}}
    guaranteed = open_taxed(small, "G", None, lines, "USD", **priced, **agreed)
    refused = small.give(Role.coordinator, body.model_copy(update={"contract_id": guaranteed}))
    assert (refused.code, "guaranteed maximum price" in refused.sentence) == ("not_by_orders", True)


def test_an_order_for_two_contracts_is_told_to_the_approved_draft_of_the_other(small: SmallFirm) -> None:
    """400.00 is approved on F while nothing funds it. An order of 300.00 kept on E funds F too: 100.00 waits,
    so what was approved is not what would be issued. Amended to 1,000.00 it may be approved again."""
    for number in ("E", "F"):
        open_funded(small, number, ONE_LINE, "100.00")
    work(small, "F", ("1", date(2024, 3, 4), "4"))
    invoice_id = draft(small, "F", MARCH)
    small.approve(invoice_id)
    assert figures(small, invoice_id)[0] == Decimal("400.00")
    order(small, "E", "EF", STARTS, {"number": "1", "amount": "300.00"}, also_funds=("F",))
    assert state_of(small, invoice_id) == "in_review"
    assert figures(small, invoice_id)[0] == Decimal("300.00")
    lines = (ClientOrderRow(number="1", amount=Decimal("1000.00")),)
    amend = AmendClientOrder(
        contract_id=small.contracts["E"], number="EF", lines=lines, reason="Amendment 1 of the client"
    )
    small.do(Role.coordinator, amend)
    billed, seen = figures(small, invoice_id)
    assert (billed, state_of(small, invoice_id)) == (Decimal("400.00"), "in_review")
    small.do(Role.project_manager, ApproveDraft(invoice_id=invoice_id, content_hash=seen))
    small.do(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def test_a_limit_nearly_used_up_is_told_once(small: SmallFirm) -> None:
    """Of 1,000.00: 700.00 is below 75 %; 800.00 reaches it; 900.00 85 %. Raised to 1,200.00: 75 % again.

    The order of 900.00 has levels of its own: 75 % at 700.00, 90 % at 810.00, 100 % at 900.00.
    """
    line = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
    open_funded(small, "M", line, "100.00", caps=[{"name": "All", "amount": "1000.00"}])
    order(small, "M", "M-1", STARTS, {"number": "1", "amount": "900.00"})

    def told() -> list[str]:
        rows = ask(
            small,
            "SELECT name, level, amount FROM limit_notice WHERE contract_id = :id ORDER BY name, at, level",
            id=small.contracts["M"],
        )
        return [f"{row['name']} {row['level']:.2f} of {row['amount']:.0f}" for row in rows]

    work(small, "M", ("1", date(2024, 3, 4), "7"))
    of_order = "line 1 of purchase order M-1"
    assert told() == [f"{of_order} 0.75 of 900"]
    work(small, "M", ("1", date(2024, 3, 5), "1"))
    assert told() == [f"{of_order} 0.75 of 900", "“All” 0.75 of 1000"]
    work(small, "M", ("1", date(2024, 3, 6), "1"))
    assert told() == [
        *(f"{of_order} {level} of 900" for level in ("0.75", "0.90", "1.00")),
        *(f"“All” {level} of 1000" for level in ("0.75", "0.85")),
    ]
    small.issue(draft(small, "M", MARCH), "M1")
    assert len(told()) == 5
    raised = ProposeChangeOrder.model_validate(
        {
            "contract_id": small.contracts["M"], "number": "X-2", "title": "More", "amount": "0.00",
            "caps": [{"cap": "All", "amount": "200.00"}],
        }
    )  # fmt: skip
    small.do(Role.coordinator, raised)
    signed = ExecuteChangeOrder(contract_id=small.contracts["M"], number="X-2", executed_on=date(2024, 4, 15))
    small.do(Role.controller, signed)
    assert told()[-1] == "“All” 0.75 of 1200"
    letters = ask(
        small,
        "SELECT recipient, subject, body FROM message WHERE kind = 'limit_notice' AND subject LIKE '%: M %'"
        " ORDER BY queued_at, recipient",
    )
    people = [f"coordinator@{small.id}.example", f"project_manager@{small.id}.example"]
    assert [row["recipient"] for row in letters] == people * 4
    assert letters[0]["subject"] == "Limit nearly used up: M Funded studies M"
    said = (
        "75 % of line 1 of purchase order M-1 is reached: 700.00 USD of 900.00 USD is earned, billed or not."
    )
    assert said in letters[0]["body"]


def test_a_retainer_is_filled_up_again(small: SmallFirm) -> None:
    """2,500.00 are held, 1,200.00 drawn: 1,200.00 are asked for (evergreen)."""
    line = (("1", "Study", "5000.00", Basis.time_and_materials, False),)
    open_funded(small, "R", line, "100.00", deposit="2500.00", retainer={"minimum": "2500.00"})
    paid = ReceiveDeposit(
        contract_id=small.contracts["R"], amount=Decimal("2500.00"), received_on=STARTS, reference="R-1"
    )
    small.do(Role.coordinator, paid)
    work(small, "R", ("1", date(2024, 3, 4), "12"))
    invoice_id = small.issue(draft(small, "R", MARCH), "R1")
    with reading(small.engine, small.id) as connection:
        said = consulting(connection, small.id, stored_snapshot(connection, small.id, invoice_id))
    assert (said["deposit_before"], said["retainer_request"]) == (Decimal("2500.00"), Decimal("1200.00"))


def test_every_figure_is_proved_and_the_books_hold(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [one.sentence for one in proofs if not one.proved] == []
    assert [f"{one.id}: {one.sample}" for one in small.checked(online=True).findings if one.violations] == []
