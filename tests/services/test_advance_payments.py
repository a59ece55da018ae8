"""An advance payment in the product: invoiced by itself, recovered by its schedule, proved and checked."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.agreement_commands import ExecuteChangeOrder, ProposeChangeOrder
from contracts_app.domain.commands.invoice_commands import IssueInvoice, WithdrawDraft
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import contracts
from contracts_app.store.deposits import deposit_balances
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.submission import findings_of
from contracts_app.store.tables import invoice, receivable, receivable_entry
from contracts_app.store.transaction import reading
from contracts_app.store.views.projected import next_applications
from tests.domain.agreements import decimals
from tests.services.small_firm import SmallFirm, found

FEBRUARY, MARCH, APRIL = date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)
A_FIFTH = {"share": "0.20", "rate": "0.25", "starts_after": "0.10", "recovered_by": "0.90"}
"""20 % of 100,000.33 = 20,000.066: 20,000.07. A quarter of each application once work passes 10,000.03."""


_HISTORY = """Application number,Line id,Scheduled value,Previous,This period,To date
1,H-1,10000.00,0.00,1000.00,1000.00
2,H-1,10000.00,1000.00,500.00,1500.00
"""


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Advanced Mechanical")
    firm.open_contract("A", agreed={"advance": {**A_FIFTH, "needs_guarantee": True}})
    firm.open_contract("B", agreed={"advance": {"amount": "5000.00", "rate": "0.05"}})
    firm.open_contract("C")
    firm.open_contract(
        "D",
        retainage=RetainageTerms(rate_completed=Decimal(0), rate_stored=Decimal(0)),
        agreed={"advance": {"amount": "50000.00", "rate": "0.05"}},
    )
    firm.open_contract("E", agreed={"advance": {"amount": "90000.00", "rate": "0.05"}})
    firm.open_contract("F", agreed={"advance": {"amount": "50000.00", "rate": "0.05"}})
    firm.open_contract("G", agreed={"advance": {"amount": "50000.00", "rate": "0.05"}})
    firm.open_contract("H", agreed={"advance": {"amount": "5000.00", "rate": "0.05"}})
    firm.go_to(date(2024, 6, 2))
    yield firm
    firm.engine.dispose()


def _advance(small: SmallFirm, number: str, guarantee: str | None = None) -> UUID:
    body = PrepareAdvance(contract_id=small.contracts[number], guarantee=guarantee)
    outcome = small.do(Role.coordinator, body)
    return UUID(str(outcome.result["invoice_id"]))


def _figures(small: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(small.engine, small.id) as connection:
        return draft(current_snapshot(connection, small.id, invoice_id))


def _executed(small: SmallFirm, number: str, order: str, amount: str) -> None:
    contract_id = small.contracts[number]
    proposed = ProposeChangeOrder(
        contract_id=contract_id, number=order, title="Other work", amount=Decimal(amount)
    )
    small.do(Role.coordinator, proposed)
    executed = ExecuteChangeOrder(contract_id=contract_id, number=order, executed_on=date(2024, 6, 2))
    small.do(Role.controller, executed)


def _blocking(small: SmallFirm, invoice_id: UUID) -> list[str]:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        return [one.sentence for one in findings_of(connection, small.id, invoice_id, snapshot) if one.blocks]


def _broken(small: SmallFirm) -> list[str]:
    """What `contracts check` finds, papers left out."""
    report = small.checked(online=True)
    return [str(one) for one in report.findings if one.violations]


def _billed(small: SmallFirm, number: str, name: str, to: date, work: Mapping[str, str] | None) -> UUID:
    invoice_id = small.issue(small.prepare(number, to, work), name)
    small.certify(invoice_id)
    return invoice_id


def _state(small: SmallFirm, invoice_id: UUID) -> tuple[str, int, Decimal]:
    """State, number within the contract, and what is owed."""
    with reading(small.engine, small.id) as connection:
        row = connection.execute(
            select(invoice.c.state, invoice.c.application_no).where(invoice.c.id == invoice_id)
        ).one()
        owed = connection.execute(
            select(receivable_entry.c.amount)
            .join(receivable, receivable.c.id == receivable_entry.c.receivable_id)
            .where(receivable.c.invoice_id == invoice_id)
        ).scalars()
        return row.state, row.application_no, sum(owed, Decimal(0))


def test_an_advance_is_invoiced_against_its_guarantee_and_recovered(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        agreed = contracts.find(connection, small.id, small.contracts["A"])
        assert agreed is not None
        terms = contracts.terms_of(agreed)
        shown = next_applications(connection, small.id, small.contracts["A"], terms, Decimal("0.3"), 3)
    # 30 % of each line: 30,000.10, then 60,000.20, then 90,000.30, which passes 90 % of the sum (90,000.297).
    assert [one.figures.advance and one.figures.advance.recovered for one in shown] == [
        Decimal("7500.03"),  # 25 % of 30,000.10 = 7,500.025
        Decimal("15000.06"),  # 7,500.03 + 7,500.03
        Decimal("20000.07"),  # all that is left
    ]
    refused = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["A"]))
    assert refused.code == "guarantee_missing"
    advance = small.issue(_advance(small, "A", "Bank guarantee 4711"), "A0")
    figures = _figures(small, advance)
    assert (figures.line4, figures.line5, figures.line6, figures.line8) == (
        *decimals(0, 0, "20000.07", "20000.07"),
    )
    assert figures.line9 == Decimal("80000.26")  # 100,000.33 - 20,000.07
    assert _state(small, advance) == ("issued", 0, Decimal("20000.07"))
    again = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["A"], guarantee="G"))
    assert again.code == "advance_invoiced"

    first = _billed(small, "A", "A1", MARCH, {"2": "30000.00"})
    figures = _figures(small, first)
    assert figures.advance is not None
    assert figures.advance.recovered == 7500  # 25 % of 30,000.00
    assert (figures.application_no, figures.line8) == (1, Decimal(19500))  # 30,000 - 3,000 - 7,500
    assert figures.line6 == Decimal("39500.07")  # 27,000 + 12,500.07 outstanding

    second = small.issue(small.prepare("A", APRIL, {"1": "10000.00", "2": "10000.00"}), "A2")
    assert _figures(small, second).line8 == 13000  # 20,000 - 2,000 - 5,000
    line = small.lines("A")["2"]
    assert small.certify(second, {line: "6000.00"}) == 10400  # 16,000 - 1,600 - 4,000

    last = _billed(small, "A", "A3", date(2024, 5, 31), None)
    figures = _figures(small, last)
    assert figures.advance is not None
    assert (figures.advance.recovered, figures.outstanding_advance) == decimals("20000.07", 0)
    # 54,000.33 of work, less 5,400.04 (10,000.04 of 100,000.33 is held, 4,600 before), less 8,500.07.
    assert figures.line8 == Decimal("54000.33") - (figures.line5 - 4600) - Decimal("8500.07")


def test_what_a_slow_schedule_leaves_comes_out_of_the_last_application(small: SmallFirm) -> None:
    small.issue(_advance(small, "B"), "B0")
    first = _billed(small, "B", "B1", MARCH, {"2": "30000.00"})
    assert _figures(small, first).line8 == 25500  # 30,000 - 3,000 - 1,500
    last = small.prepare("B", APRIL, None)
    figures = _figures(small, last)
    assert figures.line4 == figures.line3
    assert figures.advance is not None
    assert figures.advance.recovered == 5000
    small.issue(last, "B2")
    # Cut by a dollar it is not the last: it recovers 5 % of its 70,000.33 - 1, and its certificate stands.
    lines = {line.item_no: line.line_id for line in figures.lines}
    third = next(line for line in figures.lines if line.item_no == "3")
    small.certify(last, {lines["3"]: f"{third.this_period - 1:f}"})
    assert _broken(small) == []


def test_a_certificate_for_less_is_not_above_an_application_that_owes_nothing(small: SmallFirm) -> None:
    """60,000.33 - 6,000.03 = 54,000.30 recover the last application. Cut by 1,000.00, 53,100.30 are payable
    and 2,950.02 by the schedule: 50,150.28 would be due of what was approved as nothing."""
    small.issue(_advance(small, "E"), "E0")
    first = _billed(small, "E", "E1", MARCH, {"2": "40000.00"})
    assert _figures(small, first).line8 == 34000  # 40,000 - 4,000 - 2,000
    last = small.issue(small.prepare("E", APRIL, None), "E2")
    assert _figures(small, last).line8 == 0
    assert small.certify(last, {small.lines("E")["3"]: "29000.33"}) == 0
    assert _state(small, last)[2] == 0
    following = small.prepare("E", date(2024, 5, 31), None)
    advance = _figures(small, following).advance
    # 2,000 + 53,100.30 were recovered; the last 1,000 less 100 are too.
    assert advance is not None
    assert advance.recovered == Decimal("56000.30")


def test_the_rest_is_given_back_where_nothing_comes_after(small: SmallFirm) -> None:
    """60,000.00 of work recovers 3,000.00. The last 40,000.33 are less than the 47,000.00 that are left."""
    small.issue(_advance(small, "D"), "D0")
    first = _billed(small, "D", "D1", MARCH, {"2": "60000.00"})
    assert _figures(small, first).line8 == 57000
    last = _billed(small, "D", "D2", APRIL, None)
    assert (_figures(small, last).line8, _figures(small, last).outstanding_advance) == decimals("-6999.67", 0)
    with reading(small.engine, small.id) as connection:
        (credit,) = deposit_balances(connection, small.id, [small.contracts["D"]]).values()
    assert credit == Decimal("6999.67")
    # Paid were 50,000.00 and 57,000.00: 100,000.33 is the contract sum, 6,999.67 go back.
    assert _state(small, first)[2] + Decimal("50000.00") - credit == Decimal("100000.33")


def test_an_advance_carries_no_work_and_needs_to_be_agreed(small: SmallFirm) -> None:
    refused = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["C"]))
    assert refused.code == "no_advance_agreed"


def test_an_advance_is_not_above_what_recovers_it(small: SmallFirm) -> None:
    """60,000.00 are billed, 6,000.00 of it held: 40,000.33 of work and that are 46,000.33."""
    _billed(small, "F", "F1", MARCH, {"2": "60000.00"})
    refused = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["F"]))
    assert refused.code == "advance_above_what_is_left"
    assert "retainage held are 46,000.33 USD" in str(refused.sentence)


def test_a_deduction_executed_before_the_advance_goes_out_keeps_it_back(small: SmallFirm) -> None:
    """100,000.33 - 50,000.34 = 49,999.99 of work, a cent less than the advance of 50,000.00."""
    advance = _advance(small, "G")
    small.approve(advance)
    assert _state(small, advance)[0] == "approved"
    _executed(small, "G", "CO-1", "-50000.34")
    assert _state(small, advance)[0] == "in_review"
    refused = small.give(Role.coordinator, IssueInvoice(invoice_id=advance))
    assert refused.code == "not_in_this_state"
    said = (
        "The advance payment is 50,000.00 USD, and work to come and retainage held are 49,999.99 USD: "
        "nothing would recover the rest. Amend the contract to a lower advance payment, or to none."
    )
    assert _blocking(small, advance) == [said]
    small.do(Role.coordinator, WithdrawDraft(invoice_id=advance, reason="Work was taken out"))
    again = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["G"]))
    assert (again.code, again.sentence) == ("advance_above_what_is_left", said)
    _executed(small, "G", "CO-2", "0.01")
    assert _blocking(small, _advance(small, "G")) == []


def test_an_advance_takes_no_number_that_a_file_reports_work_by(small: SmallFirm) -> None:
    """The file says what applications 1 and 2 bill of line 1; the advance between them would be number 2."""
    small.post("application_lines", "H", _HISTORY)
    first = small.prepare("H", MARCH, {"1": "1000.00"})
    small.certify(small.issue(first, "H1"))
    refused = small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["H"]))
    assert refused.code == "file_numbers_applications"
    assert "reports the work of application 2 by its number" in refused.sentence
    _billed(small, "H", "H2", APRIL, {"1": "500.00"})
    assert small.give(Role.coordinator, PrepareAdvance(contract_id=small.contracts["H"])).done


def test_every_figure_is_proved_and_the_books_hold(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert len(proofs) >= 6
    assert [one for proof in proofs for one in proof.differences] == []
    assert _broken(small) == []
