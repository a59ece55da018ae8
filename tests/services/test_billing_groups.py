"""Billing groups: several contracts of a client on one invoice, each with its own draft, ledger and part.

At 100.00 an hour: 8 hours of G1 come to 800.00, 6 of G2 to 600.00; each client paid 400.00 ahead on each
contract. Together 1,400.00, less 800.00 paid ahead: 600.00 due. 3 hours of G3 (300.00) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.group_commands import IssueGroup, LeftOut, PrepareGroup, SetBillingGroup
from contracts_app.domain.commands.invoice_commands import IssueInvoice
from contracts_app.domain.roles import Role
from contracts_app.services import receipts, reminders
from contracts_app.services.proving import prove, prove_all, prove_together, prove_with_whole
from contracts_app.settings import Settings
from contracts_app.store import (
    billing_groups,
    clients,
    documents,
    invoices,
    legal_entities,
    messages,
    receivables,
)
from contracts_app.store.transaction import reading
from contracts_app.store.views import client_page, named
from tests.services.small_firm import SmallFirm, found
from tests.services.small_time_contract import open_time_contract, work

MARCH = date(2024, 3, 31)
TODAY = date(2024, 4, 2)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A practice firm with three contracts billed by time."""
    made = found(settings, "Grouped Consulting")
    for number in ("G1", "G2", "G3"):
        open_time_contract(made, number)
    made.open_contract("A")
    made.go_to(TODAY)
    work(made, "G1", ("1", date(2024, 3, 4), 8))
    work(made, "G2", ("2", date(2024, 3, 5), 6))
    work(made, "G3", ("2", date(2024, 3, 6), 3))
    yield made
    made.engine.dispose()


def grouped(small: SmallFirm, *numbers: str, name: str = "Framework", group: UUID | None = None) -> UUID:
    body = SetBillingGroup(
        client_id=small.client_id,
        group_id=group,
        name=name,
        contracts=tuple(small.contracts[one] for one in numbers),
    )
    return UUID(str(small.do(Role.coordinator, body).result["group_id"]))


def refusal(small: SmallFirm, *numbers: str) -> str:
    body = SetBillingGroup(
        client_id=small.client_id, name="Other", contracts=tuple(small.contracts[one] for one in numbers)
    )
    return small.give(Role.coordinator, body).code


def test_the_contracts_of_a_group_agree_in_what_one_invoice_has_once(small: SmallFirm) -> None:
    assert refusal(small, "G1") == "group_too_small"
    assert refusal(small, "G1", "A") == "certified_by_client"


def test_several_contracts_go_out_under_one_number(small: SmallFirm) -> None:
    group_id = grouped(small, "G1", "G2", "G3")
    about = {"client_id": small.client_id, "group_id": group_id}
    prepared = small.do(Role.coordinator, PrepareGroup(**about, period_to=MARCH)).result
    assert prepared["not_drafted"] == []
    g1, g2, g3 = (UUID(one) for one in prepared["invoices"])  # type: ignore[union-attr]
    small.approve(g1)

    early = small.give(Role.coordinator, IssueGroup(**about))
    assert early.code == "not_all_approved"
    assert "G2 (draft), G3 (draft)" in early.sentence
    alone = small.give(Role.coordinator, IssueInvoice(invoice_id=g1))
    assert alone.code == "goes_out_with_others"

    small.approve(g2)
    without = IssueGroup(**about, left_out=(LeftOut(invoice_id=g3, reason="Its hours are disputed"),))
    issued = small.do(Role.coordinator, without, "issue together").result
    assert (issued["number"], issued["due"]) == ("SM-00001", "600.00")
    assert issued["invoices"] == [str(g1), str(g2)]
    assert small.give(Role.coordinator, without, "issue together").result == issued  # the key answers again

    with reading(small.engine, small.id) as connection:
        of = (connection, small.id)
        whole = billing_groups.numbered(*of, "SM-00001")
        assert whole is not None
        assert (whole["net"], whole["deposit_applied"], whole["due"]) == (
            Decimal("1400.00"),
            Decimal("800.00"),
            Decimal("600.00"),
        )
        numbers = [invoices.issued(*of, one)["number_text"] for one in (g1, g2)]  # type: ignore[index]
        assert numbers == ["SM-00001 / G1", "SM-00001 / G2"]
        owed = [receivables.of_invoice(*of, one) for one in (g1, g2)]
        assert [one["due_on"] for one in owed if one] == [TODAY + timedelta(days=30)] * 2
        balances = [receivables.balance(*of, one["id"]) for one in owed if one]
        assert balances == [Decimal("400.00"), Decimal("200.00")]
        assert [one["reason"] for one in billing_groups.left_out(*of, whole["id"])] == [
            "Its hours are disputed"
        ]
        assert named.find(*of, "SM-00001").id == g1

    small.approve(g3)
    small.do(Role.coordinator, IssueGroup(**about))
    with reading(small.engine, small.id) as connection:
        assert billing_groups.numbered(connection, small.id, "SM-00002") is not None


def test_a_payment_of_the_whole_is_spread_to_the_cent(small: SmallFirm) -> None:
    """Open are 400.00 and 200.00: of 100.00 two thirds, 66.67, settle G1 and 33.33 G2; then all the rest."""
    with reading(small.engine, small.id) as connection:
        whole = billing_groups.numbered(connection, small.id, "SM-00001")
        assert whole is not None
        sections = billing_groups.sections(connection, small.id, whole["id"])

    def paid(amount: str, reference: str) -> list[Decimal]:
        body = ReceivePayment(
            client_id=small.client_id,
            amount=Decimal(amount),
            currency="USD",
            received_on=TODAY,
            reference=reference,
            group_invoice_id=whole["id"],
        )
        small.do(Role.coordinator, body)
        with reading(small.engine, small.id) as connection:
            owed = [receivables.of_invoice(connection, small.id, one) for one in sections]
            return [receivables.balance(connection, small.id, one["id"]) for one in owed if one]

    assert paid("100.00", "PART") == [Decimal("333.33"), Decimal("166.67")]
    with reading(small.engine, small.id) as connection:  # one line of the receipt and of the client's list
        (part,) = receivables.payments_without_receipt(connection, small.id, small.client_id)
        owner = clients.get(connection, small.id, small.client_id)
        creditor = legal_entities.get(connection, small.id, small.entity_id)
        told = receipts._receipt_content(connection, small.id, owner, creditor, part)
        listed = client_page.as_sent(client_page.invoices(connection, small.id, small.client_id))
    assert [(one.invoice_number, one.open_before, one.applied, one.open_after) for one in told.applied] == [
        ("SM-00001", Decimal("600.00"), Decimal("100.00"), Decimal("500.00"))
    ]
    first = next(one for one in listed if one.number == "SM-00001")
    assert (first.contract_number, first.open) == ("G1, G2", Decimal("500.00"))
    assert [one.contract_number for one in first.sections] == ["G1", "G2"]
    assert len([one for one in listed if one.number.startswith("SM-00001")]) == 1
    small.go_to(TODAY + timedelta(days=31))  # one line of the reminder, one number
    with reading(small.engine, small.id) as connection:
        owner = clients.get(connection, small.id, small.client_id)
        day = TODAY + timedelta(days=31)
        said = reminders._content(connection, small.id, owner, small.entity_id, "USD", day, 1)
    assert [(one.invoice_number, one.contract_number, one.original, one.open) for one in said.invoices][
        :1
    ] == [("SM-00001", "G1, G2", Decimal("600.00"), Decimal("500.00"))]
    assert paid("600.00", "REST") == [Decimal(0), Decimal(0)]  # 100.00 of it stays unapplied


def test_a_draft_of_a_contract_that_left_its_group_goes_out_alone(small: SmallFirm) -> None:
    """2 hours of G3 at 100.00; its draft was prepared while G3 was billed with G1 and G2."""
    work(small, "G3", ("2", date(2024, 4, 3), 2))
    draft = small.prepare("G3", date(2024, 4, 30))
    small.approve(draft)
    assert small.give(Role.coordinator, IssueInvoice(invoice_id=draft)).code == "goes_out_with_others"
    with reading(small.engine, small.id) as connection:
        group = billing_groups.group_of(connection, small.id, small.contracts["G3"])
    assert group is not None
    grouped(small, "G1", "G2", group=group["id"])
    small.do(Role.coordinator, IssueInvoice(invoice_id=draft))
    with reading(small.engine, small.id) as connection:
        issued = invoices.issued(connection, small.id, draft)
        assert issued is not None
        assert (issued["number_text"], issued["group_invoice_id"]) == ("SM-00003", None)
        assert billing_groups.of_invoice(connection, small.id, draft) is None


def test_the_paper_is_one_and_everything_is_proved(small: SmallFirm) -> None:
    report = small.checked()
    assert [(one.id, one.sample) for one in report.findings if one.violations] == []
    with reading(small.engine, small.id) as connection:
        whole = billing_groups.numbered(connection, small.id, "SM-00001")
        assert whole is not None
        sections = billing_groups.sections(connection, small.id, whole["id"])
        files = [documents.about(connection, small.id, invoice_id=one) for one in sections]
        assert len({one["sha256"] for of_one in files for one in of_one if one["kind"] == "consulting"}) == 1
        proofs = prove_together(connection, small.id, whole["id"])
        assert [(one.invoice, one.proved) for one in proofs] == [
            ("SM-00001 / G1", True),
            ("SM-00001 / G2", True),
            ("SM-00001", True),
        ]
        assert {one.invoice for one in prove_all(connection, small.id)} >= {
            "SM-00001 / G1",
            "SM-00001 / G2",
            "SM-00001",
            "SM-00002",
        }
        alone = prove(connection, small.id, sections[0])
        with_whole = prove_with_whole(connection, small.id, sections[0])
        # Beside its own: net, tax, deposits and amount due of the whole.
        assert (with_whole.proved, with_whole.checked) == (True, alone.checked + 4)
        letters = [row for row in messages.queued(connection, small.id) if row["invoice_id"] in set(sections)]
        assert letters == []
