"""Cash that a payment left over is applied later: what it does, what is refused, that it adds up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.invoice_commands import Certification, CertifyApplication
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.receivables.receivables import CashPart
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.store.tables import audit_entry, document, receivable_entry
from contracts_app.store.transaction import reading
from contracts_app.store.views import payments_page
from tests.services.looking import state_of
from tests.services.small_firm import SmallFirm, found

TODAY = date(2024, 4, 2)
PERIOD = date(2024, 3, 31)
MANY = Decimal(1000000)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Contract A is owed when certified, contract B when submitted; nothing is billed yet."""
    firm = found(settings)
    firm.open_contract("A", controller_limit=MANY)
    firm.open_contract("B", ReceivableArises.submission, MANY)
    firm.go_to(TODAY)
    yield firm
    firm.engine.dispose()


def _certified(small: SmallFirm) -> UUID:
    invoice_id = small.issue(small.prepare("A", PERIOD, {"2": "30000.00"}), "A1")
    small.certify(invoice_id)
    return invoice_id


def _left(small: SmallFirm) -> dict[str, Decimal]:
    with reading(small.engine, small.id) as connection:
        return {one.reference: one.unapplied for one in payments_page.payments(connection, small.id)}


def _open(small: SmallFirm) -> dict[UUID, Decimal]:
    with reading(small.engine, small.id) as connection:
        return {one.invoice_id: one.open for one in payments_page.open_invoices(connection, small.id)}


def test_what_is_left_of_a_payment_settles_a_later_invoice(small: SmallFirm) -> None:
    payment_id = small.receive(Decimal("27000.00"), TODAY, "WIRE-1")
    other = small.receive(Decimal("1.00"), TODAY, "WIRE-2")
    a1 = _certified(small)
    assert _left(small) == {"WIRE-1": Decimal("27000.00"), "WIRE-2": Decimal("1.00")}

    outcome = small.apply(other, a1, "1.00")
    assert outcome.result["settled"] == []
    assert state_of(small, a1) == "certified"
    assert _open(small) == {a1: Decimal("26999.00")}
    outcome = small.apply(payment_id, a1, "26999.00")
    assert outcome.result == {
        "payment_id": str(payment_id),
        "applied": "26999.00",
        "unapplied": "1.00",
        "settled": ["SM-00001"],
    }
    assert state_of(small, a1) == "paid"
    assert _left(small) == {"WIRE-1": Decimal("1.00"), "WIRE-2": Decimal(0)}
    assert _open(small) == {}
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        posted = connection.execute(
            select(receivable_entry.c.amount, receivable_entry.c.posted_on).where(
                receivable_entry.c.payment_id == payment_id
            )
        ).all()
        receipts = connection.execute(
            select(document.c.id).where(document.c.payment_id.in_([payment_id, other]))
        ).all()
        told = connection.execute(
            select(audit_entry.c.body).where(audit_entry.c.body.contains('"action":"apply_cash"'))
        ).all()
        kept = payments_page.unapplied(connection, small.id, small.client_id)
    assert [(row.amount, row.posted_on) for row in posted] == [(Decimal("-26999.00"), TODAY)]
    assert len(receipts) == 2
    assert len(told) == 4  # the invoice and the client, twice
    assert kept == {"USD": Decimal("1.00")}
    report = small.checked()
    assert report.ok, report.sentences()


def test_a_submitted_invoice_waits_for_its_certificate_and_gives_cash_back(small: SmallFirm) -> None:
    """What a lesser certificate gives back may be applied again, to another invoice."""
    payment_id = small.receive(Decimal("27000.00"), TODAY, "WIRE-1")
    b1 = small.issue(small.prepare("B", PERIOD, {"2": "30000.00"}), "B1")
    assert small.apply(payment_id, b1, "27000.00").result["settled"] == []
    assert state_of(small, b1) == "submitted"
    small.certify(b1, {small.lines("B")["2"]: "20000.00"})
    assert state_of(small, b1) == "paid"
    assert _left(small) == {"WIRE-1": Decimal("9000.00")}
    a1 = _certified(small)
    assert small.apply(payment_id, a1, "9000.00").done
    assert _left(small) == {"WIRE-1": Decimal(0)}
    assert _open(small) == {a1: Decimal("18000.00")}
    report = small.checked()
    assert report.ok, report.sentences()


def test_a_receipt_made_after_it_was_applied_still_adds_up(small: SmallFirm) -> None:
    a1 = _certified(small)
    b1 = small.issue(small.prepare("B", PERIOD, {"2": "30000.00"}), "B1")
    payment_id = _record(small, Decimal("30000.00"), "WIRE-1", a1)
    assert state_of(small, a1) == "paid"
    assert small.apply(payment_id, b1, "1000.00").done
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        kinds = connection.execute(
            select(document.c.kind).where(document.c.payment_id == payment_id)
        ).scalars()
        assert list(kinds) == ["receipt"]
    report = small.checked()
    assert report.ok, report.sentences()


def test_what_is_refused_changes_nothing(small: SmallFirm) -> None:
    payment_id = small.receive(Decimal("1000.00"), TODAY, "WIRE-1")
    draft = small.prepare("A", PERIOD, {"2": "30000.00"})
    refused = {
        "draft": small.apply(payment_id, draft, "1.00"),
    }
    a1 = small.issue(draft, "A1")
    refused["submitted"] = small.apply(payment_id, a1, "1.00")
    small.certify(a1)
    refused["above what is left"] = small.apply(payment_id, a1, "1000.01")
    refused["no such invoice"] = small.apply(payment_id, uuid4(), "1.00")
    refused["no such payment"] = small.apply(uuid4(), a1, "1.00")
    part = CashPart(invoice_id=a1, amount=Decimal("1.00"))
    body = ApplyCash(client_id=small.client_id, payment_id=payment_id, applications=(part,))
    for role in (Role.project_manager, Role.client, Role.administrator):
        refused[role.value] = small.give(role, body)
    assert {why: (one.status, one.code) for why, one in refused.items()} == {
        "draft": (422, "not_receivable"),
        "submitted": (422, "not_receivable"),
        "above what is left": (422, "more_than_unapplied"),
        "no such invoice": (404, "not_found"),
        "no such payment": (404, "not_found"),
        "project_manager": (403, "not_allowed"),
        "client": (403, "not_allowed"),
        "administrator": (403, "not_allowed"),
    }
    assert refused["above what is left"].sentence == (
        "1,000.01 USD is more than the 1,000.00 USD of WIRE-1 that is unapplied."
    )
    assert _left(small) == {"WIRE-1": Decimal("1000.00")}
    assert small.apply(payment_id, a1, "400.00").done
    again = small.apply(payment_id, a1, "400.00")
    assert (again.code, again.sentence) == (
        "applied_before",
        "WIRE-1 was applied to SM-00001 before; use another payment.",
    )
    small.receive(Decimal("26000.00"), TODAY, "WIRE-2", a1)
    over = small.receive(Decimal("1000.00"), TODAY, "WIRE-3")
    assert _left(small)["WIRE-3"] == Decimal("400.00")
    assert small.apply(over, a1, "1.00").code == "applied_before"
    late = small.receive(Decimal("5.00"), TODAY, "WIRE-4")
    assert small.apply(late, a1, "1.00").code == "more_than_open"
    report = small.checked()
    assert report.ok, report.sentences()


def test_the_same_key_applies_once(small: SmallFirm) -> None:
    payment_id = small.receive(Decimal("1000.00"), TODAY, "WIRE-1")
    part = CashPart(invoice_id=_certified(small), amount=Decimal("400.00"))
    body = ApplyCash(client_id=small.client_id, payment_id=payment_id, applications=(part,))
    assert small.give(Role.controller, body, "once") == small.give(Role.controller, body, "once")
    small.settle()
    assert _left(small) == {"WIRE-1": Decimal("600.00")}


def test_any_sequence_adds_up(small: SmallFirm) -> None:
    """Recorded and applied in any order, right and wrong: nothing is lost and nothing is below zero."""
    chosen = random.Random(20240402)
    known = [_record(small, Decimal(6000 + n), f"EARLY-{n}") for n in range(5)]
    a1 = _certified(small)
    b1 = small.issue(small.prepare("B", PERIOD, {"1": "10000.00", "2": "20000.00"}), "B1")
    done = refused = 0
    for step in range(40):
        amount = Decimal(chosen.randint(1, 400000)).scaleb(-2)
        if chosen.random() < 0.2:
            named = chosen.sample(sorted(_open(small)), k=min(chosen.randint(0, 1), len(_open(small))))
            known.append(_record(small, amount, f"WIRE-{step}", *named))
        else:
            part = CashPart(invoice_id=chosen.choice([a1, b1]), amount=amount)
            body = ApplyCash(client_id=small.client_id, payment_id=chosen.choice(known), applications=(part,))
            if small.give(Role.coordinator, body).done:
                done += 1
            else:
                refused += 1
        if step == 20:
            small.give(
                Role.client,
                CertifyApplication(
                    invoice_id=b1,
                    decision=Certification.less,
                    lines=(Entry(line_id=small.lines("B")["2"], this_period=Decimal(1000)),),
                    reason="Not all done",
                ),
            )
        with reading(small.engine, small.id) as connection:
            for one in payments_page.payments(connection, small.id):
                assert one.unapplied >= 0
                assert sum(part for _, _, part in one.applied_to) + one.unapplied == one.amount
        assert all(left > 0 for left in _open(small).values())
    assert done > 3
    assert refused > 3
    report = small.checked(online=True)
    assert not [(one.id, one.sample) for one in report.findings if one.violations]


def _record(small: SmallFirm, amount: Decimal, reference: str, *invoices: UUID) -> UUID:
    """Cash comes in; the receipt is left for later."""
    body = ReceivePayment(
        client_id=small.client_id,
        amount=amount,
        currency="USD",
        received_on=TODAY,
        reference=reference,
        invoices=invoices,
    )
    return UUID(str(small.give(Role.coordinator, body).result["payment_id"]))
