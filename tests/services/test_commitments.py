"""Commitments from the order to the client's invoice, every figure worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import CheckViolation, RestrictViolation
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow, SetSchedule
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.cost_commands import CostPart, SendBackCosts, SplitCost
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import EditDraft, PrepareApplication
from contracts_app.domain.commands.purchasing_commands import (
    ApprovePurchase,
    BilledRow,
    ChangeCommitment,
    ChangedRow,
    CreditedRow,
    EnterBill,
    EnterCommitment,
    EnterVendorCredit,
    OrderedRow,
    Paper,
    ReceivedRow,
    RecordDelivery,
    RejectPurchase,
    ReleaseOfSub,
    SettleHold,
)
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms, ReceivableArises, RetainageTerms
from contracts_app.domain.cost_plus.fees import CategoryRate, PercentFee
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.purchasing import subcontract_retainage
from contracts_app.domain.purchasing.commitments import CommitmentKind, Tolerance, Tolerances
from contracts_app.domain.purchasing.standing import Book, Settlement
from contracts_app.domain.roles import Role
from contracts_app.services.proving.proving import prove
from contracts_app.services.purchasing.retainage import released
from contracts_app.settings import Settings
from contracts_app.store import purchase_costs, purchasing
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.purchasing import Kept
from contracts_app.store.transaction import firm_transaction, reading
from tests.conftest import Database
from tests.services.corrupted import assert_found
from tests.services.small_firm import STARTS, SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)
VENDOR = "Sample Supply"


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """One firm for all tests of this module, on the last day of March."""
    firm = found(settings, "Orders and bills")
    firm.go_to(MARCH)
    yield firm
    firm.engine.dispose()


def opened(small: SmallFirm, number: str) -> UUID:
    """A contract in force: line 1 at cost plus 10 %, subcontracts plus 5 %; line 2 a lump sum of 5,000.00."""
    contract_id = deterministic_id(small.id, "contract", f"{small.people[Role.coordinator]}:{number}")
    terms = ContractTerms(
        currency="USD",
        original_sum=Decimal("105000.00"),
        contract_date=STARTS,
        retainage=RetainageTerms(rate_completed=Decimal("0.05")),
        receivable_arises=ReceivableArises.submission,
        certified_by_client=False,
        controller_limit=Decimal("1000000.00"),
    )
    body = OpenContract(
        contract_id=contract_id,
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        project_manager_id=small.people[Role.project_manager],
        number=number,
        title="Ductwork at cost",
        terms=terms,
    )
    small.do(Role.coordinator, body, number)
    small.contracts[number] = contract_id
    fee = PercentFee(
        rate=Decimal("0.10"),
        by_category=(CategoryRate(category="subcontract", rate=Decimal("0.05")),),
    )
    lines = (
        ScheduleRow(
            item_no="1",
            description="Ductwork at cost",
            scheduled_value=Decimal("100000.00"),
            basis=Basis.cost_plus,
            not_to_exceed=False,
            retainage_rate=Decimal(0),
            cost_plus=CostPlusTerms(fee=fee),
        ),
        ScheduleRow(
            item_no="2",
            description="Controls",
            scheduled_value=Decimal("5000.00"),
            retainage_rate=Decimal(0),
        ),
    )
    small.do(Role.coordinator, SetSchedule(contract_id=contract_id, lines=lines))
    small.do(Role.controller, ActivateContract(contract_id=contract_id))
    return contract_id


def row(item_no: str, quantity: str, price: str, **more: Any) -> OrderedRow:
    said = {"description": f"Item {item_no}", "category": "material", "sov_item_no": "1", **more}
    return OrderedRow(item_no=item_no, quantity=Decimal(quantity), unit_price=Decimal(price), **said)


def order(small: SmallFirm, contract_id: UUID, *lines: OrderedRow, number: str = "PO-1", **more: Any) -> UUID:
    """An order that the project manager has approved."""
    entered = small.do(
        Role.coordinator,
        EnterCommitment(
            contract_id=contract_id,
            number=number,
            title="Ducts",
            ordered_on=date(2024, 3, 1),
            lines=lines,
            **{"vendor": VENDOR, **more},
        ),
    )
    commitment_id = UUID(str(entered.result["commitment_id"]))
    approve(small, contract_id, Paper.commitment, commitment_id)
    return commitment_id


def approving(contract_id: UUID, paper: Paper, paper_id: UUID, version: int = 1) -> ApprovePurchase:
    return ApprovePurchase(contract_id=contract_id, paper=paper, paper_id=paper_id, version=version)


def approve(small: SmallFirm, contract_id: UUID, paper: Paper, paper_id: UUID) -> Outcome:
    return small.do(Role.project_manager, approving(contract_id, paper, paper_id))


def deliver(
    small: SmallFirm, contract_id: UUID, commitment_id: UUID, note: str = "", **quantities: str
) -> Outcome:
    """By the note of that number, or one of its own."""
    return small.give(
        Role.project_manager,
        RecordDelivery(
            contract_id=contract_id,
            commitment_id=commitment_id,
            received_on=MARCH,
            reference=note or f"Note {small._given}",
            lines=tuple(
                ReceivedRow(item_no=item.removeprefix("item"), quantity=Decimal(quantity))
                for item, quantity in quantities.items()
            ),
        ),
    )


def bill(
    small: SmallFirm, contract_id: UUID, commitment_id: UUID, number: str, *lines: tuple[str | None, str, str]
) -> Outcome:
    return small.do(
        Role.coordinator,
        EnterBill(
            contract_id=contract_id,
            commitment_id=commitment_id,
            number=number,
            dated=date(2024, 3, 20),
            lines=tuple(
                BilledRow(item_no=item, quantity=Decimal(quantity), unit_price=Decimal(price))
                for item, quantity, price in lines
            ),
        ),
    )


def id_of(outcome: Outcome, name: str = "bill_id") -> UUID:
    return UUID(str(outcome.result[name]))


def kept_of(small: SmallFirm, commitment_id: UUID) -> tuple[Kept, Book]:
    with reading(small.engine, small.id) as connection:
        kept = purchasing.one(connection, small.id, commitment_id)
    assert kept is not None
    assert kept.book is not None
    return kept, kept.book


def drafted(small: SmallFirm, contract_id: UUID, period_to: date, work: str) -> tuple[UUID, PayApplication]:
    """A draft for the period with that much work on line 2, and its figures."""
    prepared = small.do(Role.coordinator, PrepareApplication(contract_id=contract_id, period_to=period_to))
    invoice_id = UUID(str(prepared.result["invoice_id"]))
    number = next(number for number, known in small.contracts.items() if known == contract_id)
    entry = Entry(line_id=small.lines(number)["2"], this_period=Decimal(work))
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=(entry,)))
    with reading(small.engine, small.id) as connection:
        return invoice_id, draft(current_snapshot(connection, small.id, invoice_id))


def test_from_the_order_to_the_invoice_and_back_by_a_credit_memo(small: SmallFirm) -> None:
    contract_id = opened(small, "C-1")
    commitment_id = order(
        small,
        contract_id,
        row("1", "100", "10.00"),
        row("2", "1", "200.00", is_fee=True, category="other"),
        tolerances=Tolerances(price=Tolerance(percent=Decimal("0.02"))),
    )
    assert deliver(small, contract_id, commitment_id, item1="100", item2="1").done

    # 100 × 10.50 = 1,050.00 is 5 % above the order's 1,000.00, and 2 % are tolerated: 50.00 are on hold.
    entered = bill(small, contract_id, commitment_id, "V-17", ("1", "100", "10.50"), ("2", "1", "200"))
    bill_id = id_of(entered)
    assert entered.code == "bill_on_hold"
    said = entered.result
    assert (said["billed"], said["matched"], said["disputed"]) == ("1250.00", "1200.00", "50.00")
    holds = said["holds"]
    assert isinstance(holds, list)
    (hold,) = holds
    assert "The price is above the order's." in hold
    assert "Ask the vendor for a credit memo" in hold
    refused = small.give(Role.project_manager, approving(contract_id, Paper.bill, bill_id))
    assert refused.code == "bill_on_hold"
    assert "50.00 USD of it" in refused.sentence

    # Decided on what was seen: 50.00, not 49.00.
    settle = SettleHold(
        contract_id=contract_id,
        bill_id=bill_id,
        line=1,
        settlement=Settlement.pay_what_matches,
        disputed=Decimal("50.00"),
        reason="The vendor was told: 10.00 as ordered",
    )
    stale = settle.model_copy(update={"disputed": Decimal("49.00")})
    assert small.give(Role.project_manager, stale).code == "changed_since_seen"
    small.do(Role.project_manager, settle)
    assert small.give(Role.project_manager, settle).code == "no_hold"
    approved = approve(small, contract_id, Paper.bill, bill_id)
    assert Decimal(str(approved.result["cost"])) == Decimal("1200.00")

    # March: cost 1,000.00 + 200.00; the fee is 10 % of 1,000.00 only, since the 200.00 are a fee already.
    first, figures = drafted(small, contract_id, MARCH, "1000.00")
    by_item = {line.item_no: line for line in figures.lines}
    assert by_item["1"].this_period == Decimal("1300.00")
    assert figures.line8 == Decimal("2300.00")
    small.issue(first, "C1-1")

    # A credit memo for 20 of them at 10.50: 840.00 are left for 80, of which 80 × 10.00 = 800.00 match.
    small.go_to(APRIL)
    memo = EnterVendorCredit(
        contract_id=contract_id,
        bill_id=bill_id,
        number="CM-3",
        dated=date(2024, 4, 8),
        lines=(CreditedRow(line=1, quantity=Decimal(20), amount=Decimal("210.00")),),
    )
    credit_id = id_of(small.do(Role.coordinator, memo), "credit_id")
    _, book = kept_of(small, commitment_id)
    assert book.sums.matched == Decimal("1200.00")  # it counts once it is approved
    credited = approve(small, contract_id, Paper.credit_memo, credit_id)
    assert Decimal(str(credited.result["cost"])) == Decimal("-200.00")

    # April: -200.00 of cost bring back 10 % = -20.00 of fee, beside 1,500.00 of new work.
    second, figures = drafted(small, contract_id, APRIL, "1500.00")
    by_item = {line.item_no: line for line in figures.lines}
    assert by_item["1"].this_period == Decimal("-220.00")
    assert by_item["1"].total == Decimal("1080.00")  # 800.00 × 1.10 + 200.00
    assert figures.line8 == Decimal("1280.00")
    small.issue(second, "C1-2")
    for invoice_id in (first, second):
        with reading(small.engine, small.id) as connection:
            assert prove(connection, small.id, invoice_id).differences == ()

    _, book = kept_of(small, commitment_id)
    # Ordered 1,000.00 + 200.00; billed 1,250.00 − 210.00; matched 800.00 + 200.00.
    sums = book.sums
    assert (sums.committed, sums.received) == (Decimal("1200.00"), Decimal("1200.00"))
    assert (sums.billed, sums.matched) == (Decimal("1040.00"), Decimal("1000.00"))
    assert (sums.disputed, sums.open) == (Decimal("40.00"), Decimal("200.00"))


def test_a_bill_whose_cost_was_split_is_billed_by_its_parts(small: SmallFirm) -> None:
    """100.00 of cost in parts of 60.00 and 40.00: what the bill came to stands with the draft of each."""
    contract_id = opened(small, "C-S")
    commitment_id = order(small, contract_id, row("1", "10", "10.00"))
    assert deliver(small, contract_id, commitment_id, item1="10").done
    bill_id = id_of(bill(small, contract_id, commitment_id, "V-S", ("1", "10", "10.00")))
    assert approve(small, contract_id, Paper.bill, bill_id).done

    def passed() -> list[tuple[Decimal, str, UUID | None]]:
        with reading(small.engine, small.id) as connection:
            known = purchase_costs.passed_on(connection, small.id, bill_id)
        return sorted((one.amount, one.state, one.invoice_id) for one in known)

    with reading(small.engine, small.id) as connection:
        (whole,) = purchase_costs.passed_on(connection, small.id, bill_id)
    parts = tuple(CostPart(gross=Decimal(gross)) for gross in ("60.00", "40.00"))
    split = SplitCost(contract_id=contract_id, cost_id=whole.cost_id, parts=parts, reason="Two rooms")
    small.do(Role.coordinator, split)
    assert passed() == [(Decimal("40.00"), "approved", None), (Decimal("60.00"), "approved", None)]
    claiming, _ = drafted(small, contract_id, APRIL, "10.00")
    assert passed() == [(Decimal("40.00"), "approved", claiming), (Decimal("60.00"), "approved", claiming)]


def test_what_arrives_later_settles_a_hold_by_itself(small: SmallFirm) -> None:
    contract_id = opened(small, "C-2")
    commitment_id = order(small, contract_id, row("1", "100", "10.00"))
    assert deliver(small, contract_id, commitment_id, item1="90").done
    bill_id = id_of(bill(small, contract_id, commitment_id, "L-1", ("1", "100", "10")))
    _, book = kept_of(small, commitment_id)
    assert [hold.disputed for hold in book.holds(bill_id)] == [Decimal("100.00")]
    assert (
        small.give(Role.project_manager, approving(contract_id, Paper.bill, bill_id)).code == "bill_on_hold"
    )
    assert deliver(small, contract_id, commitment_id, "N-8", item1="10").done
    # The same note is not recorded twice; what was typed wrong is taken back under it.
    for quantity in ("10", "8"):
        twice = deliver(small, contract_id, commitment_id, "n-8", item1=quantity)
        assert twice.code == "delivery_recorded"
        assert "Delivery note n-8 has 10 of line 1 already" in twice.sentence
    for quantity in ("-2", "-8", "10"):
        assert deliver(small, contract_id, commitment_id, "N-8", item1=quantity).done
    assert approve(small, contract_id, Paper.bill, bill_id).result["cost"] == "1000.00"
    # 15 go back to the vendor: 850.00 match, and the ledger gets the difference.
    assert deliver(small, contract_id, commitment_id, item1="-15").done
    kept, book = kept_of(small, commitment_id)
    assert book.sums.matched == Decimal("850.00")
    with reading(small.engine, small.id) as connection:
        line_id = kept.bill_lines[bill_id][0]["id"]
        posted = purchase_costs.posted(connection, small.id, [line_id])[line_id]
    assert [each.amount for each in posted] == [Decimal("1000.00"), Decimal("-150.00")]
    assert posted[1].corrects == posted[0].cost_id
    more = deliver(small, contract_id, commitment_id, item1="-86")
    assert more.code == "returned_too_much"


def test_a_change_order_brings_a_price_a_quantity_and_a_line(small: SmallFirm) -> None:
    contract_id = opened(small, "C-3")
    commitment_id = order(small, contract_id, row("1", "100", "10.00"))
    change = ChangeCommitment(
        contract_id=contract_id,
        commitment_id=commitment_id,
        number="A",
        reason="Steel went up",
        changes=(ChangedRow(item_no="1", quantity=Decimal(-40), unit_price=Decimal("12.00")),),
        lines=(row("2", "5", "20.00"),),
    )
    change_id = id_of(small.do(Role.coordinator, change), "change_id")
    assert kept_of(small, commitment_id)[1].sums.committed == Decimal("1000.00")
    approve(small, contract_id, Paper.change, change_id)
    # 60 × 12.00 + 5 × 20.00
    assert kept_of(small, commitment_id)[1].sums.committed == Decimal("820.00")
    away = change.model_copy(
        update={"number": "B", "lines": (), "changes": (ChangedRow(item_no="1", quantity=Decimal(-60)),)}
    )
    deliver(small, contract_id, commitment_id, item1="1")
    away_id = id_of(small.do(Role.coordinator, away), "change_id")
    refused = small.give(Role.project_manager, approving(contract_id, Paper.change, away_id))
    assert refused.code == "less_than_nothing"


def test_retainage_of_a_subcontractor(small: SmallFirm) -> None:
    contract_id = opened(small, "C-4")
    commitment_id = order(
        small,
        contract_id,
        row("1", "50000", "1", category="subcontract"),
        number="SC-1",
        kind=CommitmentKind.subcontract,
        retainage_rate=Decimal("0.10"),
    )
    assert deliver(small, contract_id, commitment_id, item1="10000").done
    bill_id = id_of(bill(small, contract_id, commitment_id, "S-1", ("1", "10000", "1")))
    approve(small, contract_id, Paper.bill, bill_id)

    def held() -> tuple[Decimal, Decimal]:
        kept, book = kept_of(small, commitment_id)
        terms = subcontract_retainage.terms_of(RetainageTerms(), kept.row["retainage_rate"])
        (line,) = subcontract_retainage.held_of(book, terms, released(kept))
        return line.held, line.payable

    assert held() == (Decimal("1000.00"), Decimal("9000.00"))  # 10 % of 10,000.00
    release = ReleaseOfSub(
        contract_id=contract_id,
        commitment_id=commitment_id,
        item_no="1",
        amount=Decimal("400.00"),
        released_on=MARCH,
    )
    small.do(Role.controller, release)
    assert held() == (Decimal("600.00"), Decimal("9400.00"))
    too_much = release.model_copy(update={"amount": Decimal("600.01")})
    assert small.give(Role.controller, too_much).code == "release_exceeds_held"


def test_a_duplicate_is_held_until_somebody_says_that_it_is_another_bill(small: SmallFirm) -> None:
    contract_id = opened(small, "C-5")
    commitment_id = order(small, contract_id, row("1", "100", "10.00"), vendor="Twice Supply")
    assert deliver(small, contract_id, commitment_id, item1="100").done
    assert bill(small, contract_id, commitment_id, "1-23", ("1", "10", "10")).code == "done"
    # 1-23 and 12-3 are two numbers.
    assert bill(small, contract_id, commitment_id, "12-3", ("1", "11", "10")).code == "done"
    again = bill(small, contract_id, commitment_id, "1/23", ("1", "12", "10"))
    assert again.code == "bill_on_hold"
    assert kept_of(small, commitment_id)[1].sums.billed == Decimal("210.00")
    settle = SettleHold(
        contract_id=contract_id,
        bill_id=id_of(again),
        settlement=Settlement.another_bill,
        reason="The vendor counts by month",
    )
    small.do(Role.controller, settle)
    assert kept_of(small, commitment_id)[1].sums.billed == Decimal("330.00")
    approve(small, contract_id, Paper.bill, id_of(again))


def test_a_bill_entered_later_takes_nothing_from_an_approved_one(small: SmallFirm) -> None:
    contract_id = opened(small, "C-6")
    commitment_id = order(small, contract_id, row("1", "100", "10.00"))
    assert deliver(small, contract_id, commitment_id, item1="100").done
    first = id_of(bill(small, contract_id, commitment_id, "Z-2", ("1", "100", "10")))
    approve(small, contract_id, Paper.bill, first)
    later = bill(small, contract_id, commitment_id, "A-1", ("1", "60", "10"))
    assert later.result["matched"] == "0.00"
    _, book = kept_of(small, commitment_id)
    assert [(found.number, found.matched) for found in book.matches] == [
        ("Z-2", Decimal("1000.00")),
        ("A-1", Decimal(0)),
    ]
    reject = RejectPurchase(
        contract_id=contract_id, paper=Paper.bill, paper_id=id_of(later), reason="Nothing is left of it"
    )
    small.do(Role.project_manager, reject)
    assert kept_of(small, commitment_id)[1].sums.billed == Decimal("1000.00")


def test_the_cost_of_an_approved_bill_is_corrected_and_not_sent_back(small: SmallFirm) -> None:
    """Sent back it would come again with the next paper of its order, and be billed."""
    contract_id = opened(small, "C-12")
    commitment_id = order(small, contract_id, row("1", "10", "10.00"))
    assert deliver(small, contract_id, commitment_id, item1="10").done
    bill_id = id_of(bill(small, contract_id, commitment_id, "V-81", ("1", "10", "10.00")))
    small.do(Role.project_manager, approving(contract_id, Paper.bill, bill_id))
    asked = text("select id from job_cost where contract_id = :id and state = 'approved'")
    with reading(small.engine, small.id) as connection:
        (cost_id,) = connection.execute(asked, {"id": contract_id}).scalars()
    back = SendBackCosts(contract_id=contract_id, costs=(cost_id,), reason="Not of this job")
    refused = small.give(Role.project_manager, back)
    assert refused.code == "cost_of_a_bill"
    assert "credit memo" in refused.sentence


def test_who_enters_does_not_decide(small: SmallFirm) -> None:
    contract_id = opened(small, "C-7")
    entered = small.do(
        Role.project_manager,
        EnterCommitment(
            contract_id=contract_id,
            number="PO-9",
            title="Ducts",
            vendor=VENDOR,
            ordered_on=date(2024, 3, 1),
            lines=(row("1", "1", "1"),),
        ),
    )
    commitment_id = id_of(entered, "commitment_id")
    own = small.give(Role.project_manager, approving(contract_id, Paper.commitment, commitment_id))
    assert own.code == "not_allowed"
    assert "somebody else must decide" in own.sentence
    early = deliver(small, contract_id, commitment_id, item1="1")
    assert early.code == "commitment_not_approved"
    assert (
        small.give(Role.coordinator, approving(contract_id, Paper.commitment, commitment_id)).code
        == "not_allowed"
    )

    approved = order(small, contract_id, row("1", "100", "10.00"), number="PO-10")
    held = id_of(bill(small, contract_id, approved, "H-1", ("1", "1", "10")))
    line = kept_of(small, approved)[0].bill_lines[held][0]["id"]
    with (
        firm_transaction(small.engine, small.id) as connection,
        pytest.raises(DBAPIError) as by_hand,
    ):
        connection.execute(
            text(
                "INSERT INTO hold_settlement (firm_id, id, bill_id, bill_line_id, settlement, disputed,"
                " reason, settled_by, settled_on) VALUES (:firm, gen_random_uuid(), :bill, :line,"
                " 'pay_as_billed', 10, 'by hand', :who, '2024-03-31')"
            ),
            {"firm": small.id, "bill": held, "line": line, "who": small.people[Role.coordinator]},
        )
    assert isinstance(by_hand.value.orig, CheckViolation)
    with (
        firm_transaction(small.engine, small.id) as connection,
        pytest.raises(DBAPIError) as undone,
    ):
        connection.execute(
            text("UPDATE commitment SET state = 'rejected', rejected_because = 'no' WHERE id = :id"),
            {"id": approved},
        )
    assert isinstance(undone.value.orig, RestrictViolation)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("unknown_line", {"lines": (row("1", "1", "1", sov_item_no="99"),)}),
        ("commitment_exists", {"number": "PO-1"}),
        ("day_in_future", {"ordered_on": date(2030, 1, 1)}),
    ],
)
def test_orders_that_are_refused(small: SmallFirm, code: str, body: dict[str, Any]) -> None:
    contract_id = small.contracts.get("C-8") or opened(small, "C-8")
    said: dict[str, Any] = {
        "contract_id": contract_id,
        "number": f"PO {code}",
        "title": "Ducts",
        "vendor": VENDOR,
        "ordered_on": date(2024, 3, 1),
        "lines": (row("1", "1", "1"),),
    }
    if code == "commitment_exists":
        small.do(Role.coordinator, EnterCommitment(**said | {"number": "PO-1"}))
    assert small.give(Role.coordinator, EnterCommitment(**said | body)).code == code


def test_a_bill_of_more_than_an_amount_can_be_is_refused(small: SmallFirm) -> None:
    """It was a fault of the system; nothing of it is kept, so the number can be entered as it is."""
    contract_id = small.contracts.get("C-9") or opened(small, "C-9")
    placed = order(small, contract_id, row("1", "100", "10.00"), number="PO-BIG")
    body = EnterBill(
        contract_id=contract_id,
        commitment_id=placed,
        number="BIG",
        dated=date(2024, 3, 20),
        lines=(BilledRow(item_no="1", quantity=Decimal(9999999999), unit_price=Decimal(9999999999)),),
    )
    refused = small.give(Role.coordinator, body)
    assert (refused.done, refused.code) == (False, "amount_too_large")
    assert not kept_of(small, placed)[0].bills


def test_the_books_of_the_firm_hold(small: SmallFirm) -> None:
    found = small.checked(online=True).findings
    assert [f"{one.id}: {one.sample}" for one in found if one.violations] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE vendor_bill SET state = 'entered', decided_by = NULL, rejected_because = NULL",
            "is entered and a cost",
        ),
        ("UPDATE job_cost SET gross = gross + 5000 WHERE corrects_id IS NULL", "costs"),
        ("DELETE FROM vendor_credit_line; UPDATE job_cost SET gross = -gross", "costs -"),
    ],
)
def test_a_cost_that_its_bill_does_not_bear_out_is_found(
    small: SmallFirm, database: Database, change: str, said: str
) -> None:
    assert_found(small, database, change, said)
