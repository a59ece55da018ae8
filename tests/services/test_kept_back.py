"""What a client keeps back of a payment besides retainage: not demanded, payable again, given up, proved."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import receivables, withholds
from contracts_app.store.transaction import reading
from contracts_app.store.views.waiting import why
from tests.services.looking import open_on, state_of
from tests.services.small_firm import SmallFirm, found

LATE, NOTICE = WithholdReason.liquidated_damages, WithholdReason.stop_notice


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Kept Mechanical")
    firm.open_contract("W")
    firm.go_to(date(2024, 4, 1))
    yield firm
    firm.engine.dispose()


def _due(small: SmallFirm) -> list[tuple[date, Decimal]]:
    with reading(small.engine, small.id) as connection:
        items = receivables.open_items(connection, small.id, small.client_id, small.entity_id, "USD")
        overdue = receivables.overdue(
            connection, small.id, small.client_id, small.entity_id, "USD", date(2024, 7, 1)
        )
    assert [(row["due_on"], row["open"]) for row in overdue] == [(item.due_on, item.open) for item in items]
    return [(item.due_on, item.open) for item in items]


def test_what_is_kept_back_is_not_demanded_and_comes_back(small: SmallFirm) -> None:
    """9,000 is certified; 2,000 for damages and 500 for a stop notice leave 6,500 open.

    Once that is paid, nothing is open and the invoice is not paid. The notice is released: 500, due that day.
    """
    first = small.issue(small.prepare("W", date(2024, 3, 31), {"1": "10000.00"}), "W1")
    early = RecordWithhold(invoice_id=first, reason=LATE, amount=Decimal("1.00"))
    assert small.give(Role.coordinator, early).code == "not_in_this_state"
    assert small.certify(first) == 9000
    damages = RecordWithhold(
        invoice_id=first, reason=LATE, amount=Decimal("2000.00"), remark="20 days at 100 a day"
    )
    assert small.give(Role.client, damages).code == "not_allowed"
    small.do(Role.controller, damages)
    notice = RecordWithhold(invoice_id=first, reason=NOTICE, reference="SN-7", amount=Decimal("500.00"))
    small.do(Role.coordinator, notice, "the notice")
    assert small.give(Role.coordinator, notice, "the notice").done  # the same key again does nothing
    assert open_on(small, first) == 6500
    more = small.give(
        Role.coordinator, RecordWithhold(invoice_id=first, reason=NOTICE, amount=Decimal("6500.01"))
    )
    assert more.code == "withhold_exceeds_payment"
    assert "6,500.00 USD is open on Application 1" in more.sentence
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "invoice", first)
    assert waits is not None
    assert waits.sentence is not None
    assert "keeps back 2,000.00 USD for liquidated damages, 500.00 USD for stop notice SN-7" in waits.sentence

    small.receive(Decimal("6500.00"), date(2024, 4, 1), "WIRE-1", first)
    assert (state_of(small, first), _due(small)) == ("certified", [])
    small.go_to(date(2024, 6, 10))  # 40 days after it was due: nothing was demanded
    with reading(small.engine, small.id) as connection:
        assert receivables.reminded(connection, small.id, small.client_id) == {}
    too_much = ReturnWithhold(invoice_id=first, reason=NOTICE, reference="SN-7", amount=Decimal("500.01"))
    assert small.give(Role.coordinator, too_much).code == "return_exceeds_withheld"
    small.do(Role.coordinator, too_much.model_copy(update={"amount": Decimal("500.00")}))
    assert _due(small) == [(date(2024, 6, 10), Decimal("500.00"))]


def test_what_the_client_keeps_is_given_up_by_another_person_and_then_it_is_paid(small: SmallFirm) -> None:
    first = small.invoices["W1"]
    gone = ConcedeWithhold(
        invoice_id=first, reason=LATE, amount=Decimal("2000.00"), remark="Agreed with the final account"
    )
    assert small.give(Role.coordinator, gone).code == "not_allowed"
    own = small.give(Role.controller, gone)
    assert (own.code, "somebody else gives it up" in own.sentence) == ("not_allowed", True)
    small.receive(Decimal("500.00"), date(2024, 6, 10), "WIRE-2", first)
    assert state_of(small, first) == "certified"
    second = RecordWithhold(invoice_id=first, reason=LATE, amount=Decimal("1.00"))
    assert small.give(Role.coordinator, second).code == "withhold_exceeds_payment"
    assert small.checked(online=True).ok


def test_a_withhold_recorded_by_the_coordinator_is_given_up_by_the_controller(small: SmallFirm) -> None:
    """20,000 less 10 % is 18,000; 300 for defects is conceded after 17,700 was paid."""
    second = small.issue(small.prepare("W", date(2024, 4, 30), {"2": "20000.00"}), "W2")
    assert small.certify(second) == 18000
    reason = WithholdReason.defective_work
    small.do(Role.coordinator, RecordWithhold(invoice_id=second, reason=reason, amount=Decimal("300.00")))
    small.receive(Decimal("17700.00"), date(2024, 6, 10), "WIRE-3", second)
    assert state_of(small, second) == "certified"
    half = ConcedeWithhold(invoice_id=second, reason=reason, amount=Decimal("100.00"), remark="Half of it")
    small.do(Role.controller, half)
    assert state_of(small, second) == "certified"
    small.do(Role.controller, half.model_copy(update={"amount": Decimal("200.00")}))
    assert state_of(small, second) == "paid"
    with reading(small.engine, small.id) as connection:
        ledger = withholds.ledger(connection, small.id, small.contracts["W"])
    assert [entry.amount for entry in ledger] == [2000, 500, -500, 300, -100, -200]
    assert ledger[-1].balance == 2000


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [proof.differences for proof in proofs if proof.differences] == []
    assert small.checked().ok, small.checked()
