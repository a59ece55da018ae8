"""A company in Germany with its books in EUR bills in USD: rates, drafts, issue, certificate, cash, proof.

All figures are worked by hand; 19 % is the tax of Germany.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts_app.documents import press
from contracts_app.documents.contents import ReminderContent
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.booked import booked, booked_if_known
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.exchange_commands import AddExchangeRate, WithdrawExchangeRate
from contracts_app.domain.commands.invoice_commands import EditDraft, IssueInvoice, SubmitDraft
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.finding import Finding
from contracts_app.domain.roles import Role
from contracts_app.services import delivery, exchange_rates, processes, receipts, reminders
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.invoice_documents import content_of
from contracts_app.services.proving import prove
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, exchange, invoices
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import reminder
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views.exchange_gains import realized_on
from tests.services.looking import state_of
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, administered, open_taxed

MARCH = date(2024, 3, 31)
WORK = (
    {"item_no": "1", "description": "Design", "scheduled_value": "10000.00"},
    {"item_no": "2", "description": "Site work", "scheduled_value": "60000.00"},
)
CONSULTING: Mapping[str, Any] = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}
TEN_PERCENT: Mapping[str, Any] = {"retainage": {"rate_completed": "0.10", "rate_stored": "0.10"}}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm whose company in Germany has a taxed contract in USD for each way to certify, one in EUR, and
    one in CHF that is booked at the rate of the day of issue."""
    firm = found(settings, "Currency Mechanical")
    add_entity(firm, "DE", "EUR", "CE-", "DE000000003", "Europe/Berlin")
    open_taxed(firm, "U", WITH_WORK, WORK, "USD", **CONSULTING)
    open_taxed(firm, "A", None, WORK, "USD", **TEN_PERCENT)
    open_taxed(firm, "E", None, WORK, "EUR", **CONSULTING)
    open_taxed(firm, "F", None, WORK, "CHF", **CONSULTING, exchange={"rate_of": "issue"})
    advance = {"amount": "1000.00", "rate": "0.25"}
    open_taxed(firm, "V", None, WORK, "USD", **CONSULTING, advance=advance)
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def _entered(small: SmallFirm, of: str, rate: str, on: str, to: str = "EUR", source: str = "Bank") -> Any:
    body = AddExchangeRate(of=of, to=to, rate=Decimal(rate), on=date.fromisoformat(on), source=source)
    return administered(small, Role.controller, body)


def _found(small: SmallFirm, invoice_id: UUID) -> dict[str, Finding]:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        return {one.code: one for one in of_draft(connection, small.id, invoice_id, snapshot)}


def _drafted(small: SmallFirm, invoice_id: UUID) -> tuple[Decimal, ...] | None:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    figures = drafting.draft(snapshot)
    made = booked_if_known(snapshot, figures, tax_of(snapshot, figures))
    return None if made is None else (made.rate.rate, made.without_tax, made.tax, made.due)


def _kept(small: SmallFirm, invoice_id: UUID) -> tuple[Any, ...]:
    with reading(small.engine, small.id) as connection:
        said = exchange.said(connection, small.id, invoice_id, "USD")
        owed = exchange.owed(connection, small.id, invoice_id)
    assert said is not None
    return (said.currency, said.rate.rate, said.rate.on, said.without_tax, said.tax, said.due, owed)


def _amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def _paid(small: SmallFirm, amount: str, currency: str, reference: str, *named: UUID) -> Any:
    body = ReceivePayment(
        client_id=small.client_id,
        legal_entity_id=small.entity_id,
        amount=Decimal(amount),
        currency=currency,
        received_on=date(2024, 4, 2),
        reference=reference,
        invoices=named,
    )
    outcome = small.give(Role.coordinator, body)
    small.settle()
    return outcome


def test_a_draft_waits_for_a_rate_and_is_booked_at_the_last_one_of_its_periods_end(small: SmallFirm) -> None:
    """4,000.01 and 19 % tax, 760.00: 4,760.01 USD. At 0.92: 4,379.2092 → 4,379.21, tax 699.20, without it
    3,680.01. At 0.925: 4,403.00925 → 4,403.01, tax 703.00, without it 3,700.01."""
    invoice_id = small.prepare("U", MARCH, {"1": "4000.01"})
    assert _drafted(small, invoice_id) is None
    refused = small.give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert (refused.done, refused.code) == (False, "draft_has_findings")
    assert "no rate from USD to EUR on or before 2024-03-31" in str(refused.sentence)
    # The wrong way round, and of a day after the period: neither is the rate.
    assert _entered(small, "EUR", "1.08", "2024-03-28", to="USD").done
    assert _entered(small, "USD", "0.99", "2024-04-01").done
    assert _found(small, invoice_id)["no_exchange_rate"].blocks
    assert _entered(small, "USD", "0.92", "2024-03-28").done
    assert _found(small, invoice_id) == {}
    assert _drafted(small, invoice_id) == _amounts("0.92", "3680.01", "699.20", "4379.21")
    small.approve(invoice_id)
    assert state_of(small, invoice_id) == "approved"
    # Another figure than the one that was approved.
    assert _entered(small, "USD", "0.925", "2024-03-29", source="Bank, corrected").done
    assert state_of(small, invoice_id) == "in_review"
    assert not small.give(Role.coordinator, IssueInvoice(invoice_id=invoice_id)).done
    small.do(Role.coordinator, _sent_back(small, invoice_id))
    small.issue(invoice_id, "U1")
    booked_with = (*_amounts("3700.01", "703.00", "4403.01"), Decimal("4403.01"))
    assert _kept(small, invoice_id) == ("EUR", Decimal("0.925"), date(2024, 3, 29), *booked_with)
    assert _proved(small, invoice_id)


def _sent_back(small: SmallFirm, invoice_id: UUID) -> EditDraft:
    with reading(small.engine, small.id) as connection:
        entries = current_snapshot(connection, small.id, invoice_id).entries
    return EditDraft(invoice_id=invoice_id, entries=entries)


def _proved(small: SmallFirm, invoice_id: UUID) -> bool:
    with reading(small.engine, small.id) as connection:
        proof = prove(connection, small.id, invoice_id)
    assert not proof.differences, proof.differences
    return True


def test_a_certificate_is_booked_at_the_rate_of_its_application(small: SmallFirm) -> None:
    """20,000.00 less 10 % is 18,000.00 USD, at 0.925 16,650.00 EUR. Certified 15,000.01: 13,500.01 (1,500.00
    kept back), 12,487.50925 → 12,487.51 EUR, whatever the rate is by then."""
    invoice_id = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    assert _kept(small, invoice_id)[3:] == (*_amounts("16650.00", "0.00", "16650.00"), None)
    line = small.lines("A")["2"]
    assert small.certify(invoice_id, {line: "15000.01"}) == Decimal("13500.01")
    assert _kept(small, invoice_id)[-1] == Decimal("12487.51")
    assert _proved(small, invoice_id)


def test_a_rate_that_is_taken_back_changes_drafts_and_nothing_that_is_issued(small: SmallFirm) -> None:
    issued = small.invoices["U1"]
    before = _kept(small, issued)
    with reading(small.engine, small.id) as connection:
        known = {one.row.on: one.id for one in exchange.entered(connection, small.id) if one.row.of == "USD"}
    rate_id = known[date(2024, 3, 29)]
    taken = WithdrawExchangeRate(exchange_rate_id=rate_id, reason="mistyped")
    assert administered(small, Role.controller, taken).done
    assert administered(small, Role.controller, taken).code == "not_found"
    assert _kept(small, issued) == before
    assert _proved(small, issued)
    # The day is free again.
    assert _entered(small, "USD", "0.925", "2024-03-29").done


@pytest.mark.parametrize(
    ("of", "to", "rate", "on", "code"),
    [
        ("EUR", "EUR", "1", "2024-03-28", "rate_of_one_currency"),
        ("USD", "EUR", "0.9", "2024-03-28", "exchange_rate_known"),
        ("USD", "EUR", "0.9", "2024-04-04", "date_in_future"),
    ],
)
def test_a_rate_is_of_two_currencies_and_of_a_day_that_has_none(
    small: SmallFirm, of: str, to: str, rate: str, on: str, code: str
) -> None:
    assert _entered(small, of, rate, on, to=to).code == code


def test_of_two_rates_of_one_day_entered_at_the_same_moment_the_second_hears_of_the_first(
    small: SmallFirm,
) -> None:
    """The second waits for the first, which may come to nothing yet, and is told which rate there is."""
    first = AddExchangeRate(of="NOK", to="EUR", rate=Decimal("0.088"), on=date(2024, 4, 2), source="Bank")
    controller = small.people[Role.controller]
    with ThreadPoolExecutor(1) as others:
        with own_step(small.engine, small.id, "rate of the krone", Origin(), by=controller) as tx:
            made = exchange_rates.add_exchange_rate(tx, first)
            second = others.submit(_entered, small, "NOK", "0.089", "2024-04-02")
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        heard = second.result(timeout=20)
        assert heard.code == "exchange_rate_known", heard.sentence
        assert "0.088" in heard.sentence
        taken_back = WithdrawExchangeRate(
            exchange_rate_id=UUID(str(made.result["exchange_rate_id"])), reason="Typed wrong"
        )
        with own_step(small.engine, small.id, "krone back", Origin(), by=controller) as tx:
            assert exchange_rates.withdraw_exchange_rate(tx, taken_back).done
            again = others.submit(administered, small, Role.controller, taken_back)
            with pytest.raises(TimeoutError):
                again.result(timeout=0.5)
        assert again.result(timeout=20).code == "not_found"


def test_only_who_keeps_tax_rates_enters_rates_of_exchange(small: SmallFirm) -> None:
    body = AddExchangeRate(of="USD", to="EUR", rate=Decimal("0.9"), on=MARCH, source="Bank")
    assert administered(small, Role.coordinator, body).code == "not_allowed"
    unknown = WithdrawExchangeRate(exchange_rate_id=uuid4(), reason="mistyped")
    assert administered(small, Role.controller, unknown).code == "not_found"


def test_a_contract_may_be_booked_at_the_last_rate_known_when_it_is_issued(small: SmallFirm) -> None:
    """1,000.00 CHF at the rate of 1 April, after the period's end: 1.0275 gives 1,027.50 EUR; the rate of
    February alone is 61 days old by 2 April."""
    invoice_id = small.prepare("F", MARCH, {"1": "1000.00"})
    assert "no rate from CHF to EUR yet" in _found(small, invoice_id)["no_exchange_rate"].sentence
    assert _entered(small, "CHF", "1.05", "2024-02-01").done
    stale = _found(small, invoice_id)["exchange_rate_stale"]
    assert not stale.blocks
    assert "61 days old on 2024-04-02" in stale.sentence
    assert _entered(small, "CHF", "1.0275", "2024-04-01").done
    assert _found(small, invoice_id) == {}
    small.issue(invoice_id, "F1")
    assert _kept(small, invoice_id)[1:] == (
        Decimal("1.0275"),
        date(2024, 4, 1),
        *_amounts("1027.50", "0.00", "1027.50", "1027.50"),
    )


def test_the_paper_says_amounts_and_rate_with_its_source_and_day(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        row = invoices.find(connection, small.id, small.invoices["U1"])
        assert row is not None
        agreed = contracts.find(connection, small.id, row["contract_id"])
        issued = invoices.issued(connection, small.id, row["id"])
        assert agreed is not None
        assert issued is not None
        owner = clients.get(connection, small.id, agreed["client_id"])
        said = content_of(connection, small.id, row, agreed, owner, issued).books
    assert said == (
        "In EUR, at 0.925 EUR for 1 USD (Bank, corrected, March 29, 2024): "
        "without tax 3,700.01, tax 703.00, due 4,403.01."
    )


def test_cash_settles_what_is_owed_in_its_own_currency_and_letters_are_by_currency(
    small: SmallFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client owes one company 4,760.01 and 13,500.01 USD, 1,000.00 CHF and 500.00 EUR: three accounts."""
    euro = small.issue(small.prepare("E", MARCH, {"1": "500.00"}), "E1")
    with reading(small.engine, small.id) as connection:
        assert exchange.said(connection, small.id, euro, "EUR") is None
    first = small.invoices["U1"]
    assert _paid(small, "4760.01", "EUR", "SEPA-1", first).code == "cash_in_another_currency"
    assert _paid(small, "1.00", "GBP", "SEPA-1").code == "currency_of_legal_entity"
    assert _paid(small, "4760.01", "USD", "WIRE-1", first).done
    assert state_of(small, first) == "paid"
    # At 0.99, the rate of 1 April: 4,712.4099, so 4,712.41 less 4,403.01.
    with reading(small.engine, small.id) as connection:
        (gained,) = realized_on(connection, small.id, first, "USD")
        assert realized_on(connection, small.id, euro, "EUR") == ()
    assert (gained.reference, gained.amount, gained.gain) == ("WIRE-1", *_amounts("4760.01", "309.40"))
    # What is left over of cash in one currency settles nothing in another.
    over = _paid(small, "600.00", "EUR", "SEPA-2")
    assert (over.result["applied"], over.result["unapplied"]) == ("500.00", "100.00")
    letters: list[ReminderContent] = []

    def paper(content: Any) -> Any:
        if isinstance(content, ReminderContent):
            letters.append(content)
        return SimpleNamespace(pdf=b"%PDF", docx=b"", made_by="test", template_sha256="0" * 64)

    monkeypatch.setattr(press, "paper", paper)
    receipts.make_receipts(small.engine, small.id, small.client_id, Origin())
    delivery.deliver(small.engine, small.settings, small.id, Origin(), client_id=small.client_id)
    following = processes.decide_next(
        small.engine, small.id, Subject.follow_up, small.client_id, Origin()
    ).next
    assert following.waiting is not None
    assert "1 invoice to Small CE- in USD" in following.waiting.sentence
    assert "1 invoice to Small CE- in CHF" in following.waiting.sentence
    small.go_to(date(2024, 5, 20))
    reminders.make_reminders(small.engine, small.id, small.client_id, Origin())
    assert sorted((one.currency, one.total_overdue, one.retainage_held) for one in letters) == [
        ("CHF", Decimal("1000.00"), Decimal(0)),
        ("USD", Decimal("13500.01"), Decimal("1500.00")),
    ]
    with reading(small.engine, small.id) as connection:
        rows = connection.execute(
            select(reminder.c.currency).where(
                reminder.c.firm_id == small.id, reminder.c.reminded_on == date(2024, 5, 20)
            )
        )
        assert sorted(row.currency for row in rows) == ["CHF", "USD"]


def test_everything_that_was_booked_comes_out_again(small: SmallFirm) -> None:
    report = small.checked(online=True)
    assert report.ok, report.sentences()
    with reading(small.engine, small.id) as connection:
        snapshot = invoices.stored_snapshot(connection, small.id, small.invoices["A1"])
    figures = drafting.draft(snapshot)
    made = booked(snapshot, figures, tax_of(snapshot, figures))
    assert made is not None
    assert made.due == Decimal("16650.00")


def test_cash_that_a_lesser_certificate_frees_gains_nothing_here(small: SmallFirm) -> None:
    """10,000.00 USD booked at 0.925, paid at 0.99, certified at 8,000.00: 2,000.00 are unapplied again, and
    8,000.00 × 0.065 = 520.00 are gained, not 650.00."""
    open_taxed(
        small, "P", None, WORK, "USD", receivable_arises="submission", retainage=CONSULTING["retainage"]
    )
    invoice_id = small.issue(small.prepare("P", MARCH, {"2": "10000.00"}), "P1")
    assert _paid(small, "10000.00", "USD", "WIRE-P", invoice_id).result["applied"] == "10000.00"
    small.certify(invoice_id, {small.lines("P")["2"]: "8000.00"})
    with reading(small.engine, small.id) as connection:
        found = realized_on(connection, small.id, invoice_id, "USD")
    assert [(one.reference, one.amount, one.gain) for one in found] == [
        ("WIRE-P", *_amounts("8000.00", "520.00"))
    ]


def test_an_advance_is_booked_at_the_rate_of_the_day_it_goes_out(small: SmallFirm) -> None:
    """It covers no period, and its contract is of February: 1,000.00 USD at the 0.99 of 1 April, 990.00.

    On 20 May that rate is 49 days old, more than the 31 of the terms: it is shown, and blocks nothing.
    """
    outcome = small.do(Role.coordinator, PrepareAdvance(contract_id=small.contracts["V"]))
    invoice_id = UUID(str(outcome.result["invoice_id"]))
    assert _drafted(small, invoice_id) == _amounts("0.99", "990.00", "0.00", "990.00")
    found = _found(small, invoice_id)
    assert [(code, one.blocks) for code, one in found.items()] == [("exchange_rate_stale", False)]
