"""What is checked before an application is handed over, stored material in and out with its papers, and a
line 8 below zero, in the product: drafted, refused, mended, issued, certified, proved."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.checking.lien_waivers import WaiverForm
from contracts_app.domain.checking.submission_terms import SubmissionTerms
from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.invoice_commands import EditDraft, SubmitDraft
from contracts_app.domain.commands.submission_commands import (
    GiveWaiver,
    LineRemark,
    RemarkOnPencil,
    SharePencil,
)
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import deposits, documents, imports, pencils, receivables
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.submission import findings_of
from contracts_app.store.tables import message
from contracts_app.store.transaction import reading
from contracts_app.store.views import client_page
from contracts_app.store.views.waiting import why
from tests.services.looking import state_of
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL, MAY, JUNE = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30)
LATER = """CO,Submitted,Title,Amount,Status,Date signed,Days
CO-1,2024-03-04,More dampers,100.00,Approved,2024-03-11,12
"""
PAPERS = {
    "amount": "12000.00",
    "location": "Yard 4",
    "invoice": "S-118",
    "title": "Bill of sale of 2024-03-20",
    "insurance": "Policy 77, to 2025-01-01",
}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Checked Mechanical")
    firm.open_contract("M", agreed={"submission": SubmissionTerms(backup_needed=True)})
    firm.open_contract(
        "K",
        agreed={
            "cut_off_day": 25,
            "submission": SubmissionTerms.model_validate(
                {"ends_at_cut_off": True, "policy": {"severity": {"nothing_claimed": "warns"}}}
            ),
        },
    )
    firm.open_contract("S", ReceivableArises.submission)
    firm.open_contract("P")
    firm.open_contract(
        "A",
        agreed={
            "substantial_completion": date(2024, 4, 29),
            "submission": SubmissionTerms(compares_progress=True),
        },
    )
    firm.open_contract("L", agreed={"submission": SubmissionTerms(waivers=True)})
    firm.open_contract(
        "W",
        agreed={
            "submission": SubmissionTerms(waivers=True),
            "advance": {"amount": "500.00", "rate": "0.50"},
        },
    )
    firm.go_to(date(2024, 7, 2))
    yield firm
    firm.engine.dispose()


def _edit(small: SmallFirm, invoice_id: UUID, line: UUID, backup: Any = None, **said: Any) -> Outcome:
    entry = {"line_id": str(line), **said}
    papers = {} if backup is None else {"backup": [{"line_id": str(line), **one} for one in backup]}
    body = EditDraft.model_validate({"invoice_id": str(invoice_id), "entries": [entry], **papers})
    return small.give(Role.coordinator, body)


def _submit(small: SmallFirm, invoice_id: UUID) -> Outcome:
    return small.give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))


def _figures(small: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(small.engine, small.id) as connection:
        return draft(current_snapshot(connection, small.id, invoice_id))


def _codes(small: SmallFirm, invoice_id: UUID) -> Mapping[str, bool]:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        return {one.code: one.blocks for one in findings_of(connection, small.id, invoice_id, snapshot)}


def test_stored_material_waits_for_its_papers_and_is_built_in(small: SmallFirm) -> None:
    """12,000 comes in and 5,000 of work is done: 17,000 less 10 % of 5,000 and 5 % of 12,000 is 15,900."""
    line = small.lines("M")["2"]
    first = small.prepare("M", MARCH, {})
    empty = _submit(small, first)
    assert empty.code == "draft_has_findings"
    assert "Nothing is claimed on any line" in empty.sentence

    moved = {"material": {"received": "12000.00", "work": "5000.00"}}
    assert _edit(small, first, line, **moved).done
    figures = _figures(small, first)
    assert [figures.line4, figures.line5, figures.line8] == [17000, 1100, 15900]
    without = _submit(small, first)
    assert "nothing covers 12,000.00 USD" in without.sentence

    uninsured = {**PAPERS, "insurance": "", "place": "off_site"}
    assert _edit(small, first, line, [uninsured], **moved).done
    lacking = _submit(small, first)
    assert lacking.sentence.startswith("Line 2: ")
    assert "12,000.00 USD lacks insurance; 12,000.00 USD is stored off the site" in lacking.sentence
    assert _edit(small, first, line, [PAPERS], **moved).done
    small.issue(first, "M1")
    assert small.certify(first) == 15900


def test_what_is_built_in_is_paid_once(small: SmallFirm) -> None:
    """7,000 of it is built in, 1,000 comes in, 500 is spoiled, 2,000 of other work: E 9,000 and F 5,500.

    14,000 completed less 1,400 and 5,500 stored less 275 is 17,825; 15,900 was certified: 1,925.
    """
    line = small.lines("M")["2"]
    second = small.prepare("M", APRIL, {})
    with reading(small.engine, small.id) as connection:
        kept = current_snapshot(connection, small.id, second).backup
    assert {part.line_id: part.amount for part in kept} == {line: Decimal(12000)}
    refused = _edit(small, second, line, material={"built_in": "12000.01"})
    assert refused.code == "more_gone_than_stored"
    moved = {"received": "1000.00", "built_in": "7000.00", "removed": "500.00", "work": "2000.00"}
    assert _edit(small, second, line, material=moved, this_period="1.00").code == "stated_twice"
    assert _edit(small, second, line, material=moved).done
    figures = _figures(small, second)
    shown = next(one for one in figures.lines if one.item_no == "2")
    assert [shown.this_period, shown.stored, figures.line5, figures.line8] == [9000, 5500, 1675, 1925]
    small.issue(second, "M2")
    small.certify(second)


def test_what_a_line_bills_is_held_against_the_contracts_time_and_cost(small: SmallFirm) -> None:
    """19 February to 29 April are 71 days, 42 of them by 31 March: 59.2 %. 12 days more make 83: 50.6 %.

    40,000 of 100,000 is 40 %. Mobilization stands at 100 %, ductwork at 61 % (36,600 of 60,000): 61 % is 21
    points ahead of cost, and within 20 of time.
    """
    claimed = {"1": "10000.00", "2": "36600.00"}
    invoice_id = small.prepare("A", MARCH, claimed)
    assert _ahead(small, invoice_id) == [
        (
            "1",
            (
                "100.0 % of this line is billed, and 59.2 % of the contract's time has passed: show what is "
                "behind it, or bill less."
            ),
        )
    ]
    estimate = EstimateCost(
        contract_id=small.contracts["A"], as_of=MARCH, at_completion="100000.00", to_date="40000.00"
    )
    assert small.give(Role.project_manager, estimate).done
    assert [(item, sentence[:74]) for item, sentence in _ahead(small, invoice_id)] == [
        ("1", "100.0 % of this line is billed, and 40.0 % of the contract's cost is spent"),
        ("1", "100.0 % of this line is billed, and 59.2 % of the contract's time has pass"),
        ("2", "61.0 % of this line is billed, and 40.0 % of the contract's cost is spent:"),
    ]
    small.post("change_orders", "A", LATER)
    assert any("50.6 % of the contract's time" in sentence for _, sentence in _ahead(small, invoice_id))


def _ahead(small: SmallFirm, invoice_id: UUID) -> list[tuple[str | None, str]]:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        known = findings_of(connection, small.id, invoice_id, snapshot)
    return [(one.item_no, one.sentence) for one in known if one.code == "front_loaded"]


def test_a_line_8_below_zero_is_carried_and_paid_by_the_next_application(small: SmallFirm) -> None:
    """8,000 is taken back: 6,000 less 600 and 5,500 less 275 is 10,625; 17,825 was certified: −7,200.

    Then 10,000 on line 1, less 1,000: 9,000, of which 7,200 is paid by the credit and 1,800 is due.
    """
    lines = small.lines("M")
    third = small.prepare("M", MAY, {"2": "-8000.00"})
    assert _edit(small, third, lines["2"], this_period="-8000.00", stored="5500.00").done
    assert _figures(small, third).line8 == -7200
    assert _codes(small, third) == {"negative_payment_due": False, "negative_this_period": False}
    small.issue(third, "M3")
    assert small.certify(third) == -7200
    assert state_of(small, third) == "paid"
    contract_id = small.contracts["M"]
    with reading(small.engine, small.id) as connection:
        balances = deposits.deposit_balances(connection, small.id, [contract_id])
    assert balances == {contract_id: 7200}

    fourth = small.issue(small.prepare("M", JUNE, {"1": "10000.00"}), "M4")
    figures = _figures(small, fourth)
    assert [figures.line7, figures.line8] == [10625, 9000]
    small.certify(fourth)
    with reading(small.engine, small.id) as connection:
        owed = receivables.of_invoice(connection, small.id, fourth)
        assert owed is not None
        assert receivables.balance(connection, small.id, owed["id"]) == 1800
        assert deposits.deposit_balances(connection, small.id, [contract_id]) == {contract_id: 0}


def test_a_credit_before_its_certificate_is_not_carried(small: SmallFirm) -> None:
    small.certify(small.issue(small.prepare("S", MARCH, {"1": "5000.00"}), "S1"))
    second = small.prepare("S", APRIL, {"1": "-1.00"})
    assert _codes(small, second)["negative_payment_due"]
    assert _submit(small, second).code == "draft_has_findings"


def test_a_period_ends_at_the_cut_off_and_a_policy_lets_an_empty_application_out(small: SmallFirm) -> None:
    first = small.prepare("K", MARCH, {"1": "100.00"})
    late = _submit(small, first)
    assert "The period ends on 2024-03-31, after the cut-off, 2024-03-25" in late.sentence
    entry = Entry(line_id=small.lines("K")["1"])
    mended = EditDraft(invoice_id=first, entries=(entry,), period_to=date(2024, 3, 25))
    assert small.give(Role.coordinator, mended).done
    assert _codes(small, first) == {"nothing_claimed": False}
    assert _submit(small, first).done


def test_a_pencil_copy_goes_to_the_client_and_his_remarks_come_back(small: SmallFirm) -> None:
    """5,000 less 10 % is 4,500: the copy says so, is no application, and takes no number."""
    lines = small.lines("P")
    first = small.prepare("P", MARCH, {"1": "5000.00"})
    outcome = small.give(Role.coordinator, SharePencil(invoice_id=first))
    assert outcome.done, outcome.sentence
    pencil_id = UUID(str(outcome.result["pencil_id"]))
    again = small.give(Role.coordinator, SharePencil(invoice_id=first))
    assert again.code == "shown_already"
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        shown = pencils.last(connection, small.id, first)
        assert shown is not None
        papers = documents.about(connection, small.id, invoice_id=first)
        paper = imports.bytes_of(connection, small.id, papers[0]["sha256"])
        mails = connection.execute(
            select(message.c.subject, message.c.state).where(
                message.c.firm_id == small.id, message.c.invoice_id == first
            )
        ).all()
        assert [one.invoice_id for one in pencils.of_client(connection, small.id, small.client_id)] == [first]
        allowed = client_page.download(connection, small.id, papers[0]["id"], small.client_id)
    assert allowed is not None
    assert [one["kind"] for one in papers] == ["pencil_copy"]
    assert shown.document_id == papers[0]["id"]
    text = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(paper))
    assert "PENCIL COPY – NOT AN APPLICATION" in text
    assert "4,500.00" in text
    assert {(one.subject.split(",")[0], one.state) for one in mails} == {
        ("Pencil copy of application 1", "sent")
    }

    remarks = (
        LineRemark(line_id=lines["1"], remark="The mast is not up yet."),
        LineRemark(remark="Send it by Thursday."),
    )
    said = RemarkOnPencil(invoice_id=first, pencil_id=pencil_id, remarks=remarks)
    assert small.give(Role.coordinator, said).code == "not_allowed"
    small.do(Role.client, said)
    with reading(small.engine, small.id) as connection:
        shown = pencils.last(connection, small.id, first)
        waits = why(connection, small.id, "invoice", first)
    assert shown is not None
    assert [(one.item_no, one.remark) for one in shown.remarks] == [
        ("1", "The mast is not up yet."),
        (None, "Send it by Thursday."),
    ]
    assert waits is not None
    assert waits.sentence is not None
    assert waits.sentence.startswith("Small Client remarked on the pencil copy. Application 1")
    assert _edit(small, first, lines["1"], this_period="4000.00").done
    small.issue(first, "P1")
    assert small.certify(first) == 3600
    late = RemarkOnPencil(invoice_id=first, pencil_id=pencil_id, remarks=(LineRemark(remark="Late"),))
    assert small.give(Role.client, late).code == "not_in_this_state"


def test_a_lien_waiver_ties_with_line_8_and_the_next_application_asks_for_the_other(small: SmallFirm) -> None:
    """1,000 less 10 % is 900; of 2,000 it is 1,800: the waiver is made again."""
    contract_id, line = small.contracts["L"], small.lines("L")["1"]
    first = small.prepare("L", MARCH, {"1": "1000.00"})
    assert _codes(small, first) == {"waiver_missing": True}
    waiver = GiveWaiver(contract_id=contract_id, invoice_id=first)
    small.do(Role.coordinator, waiver)
    assert _codes(small, first) == {}
    twice = small.give(Role.coordinator, waiver)
    assert twice.code == "waiver_given"
    assert "lien waiver of Application 1 for 900.00 USD is there already" in twice.sentence
    assert _edit(small, first, line, this_period="2000.00").done
    refused = _submit(small, first)
    assert "The lien waiver is for 900.00 USD, line 8 is 1,800.00 USD" in refused.sentence
    small.do(Role.coordinator, waiver)
    small.issue(first, "L1")
    assert small.give(Role.coordinator, waiver).code == "waiver_after_issue"
    small.receive(small.certify(first), date(2024, 7, 2), "WIRE-L", first)
    second = small.prepare("L", APRIL, {"1": "100.00"})
    assert _codes(small, second) == {"waiver_missing": True, "waiver_of_previous_missing": False}
    early = waiver.model_copy(update={"invoice_id": second, "form": WaiverForm.unconditional_progress})
    assert small.give(Role.coordinator, early).code == "waiver_before_payment"
    after = small.give(Role.coordinator, early.model_copy(update={"invoice_id": first}))
    assert (after.done, after.result["amount"]) == (True, "1800.00")
    assert _codes(small, second) == {"waiver_missing": True}


def test_an_advance_between_two_applications_hides_no_missing_waiver_and_needs_none(small: SmallFirm) -> None:
    """Line 1 bills 1,000.00, 900.00 of it due; the advance of 500.00 comes next, then application 3."""
    contract_id = small.contracts["W"]
    first = small.prepare("W", MARCH, {"1": "1000.00"})
    small.do(Role.coordinator, GiveWaiver(contract_id=contract_id, invoice_id=first))
    small.issue(first, "W1")
    small.receive(small.certify(first), date(2024, 7, 2), "WIRE-W1", first)
    prepared = small.do(Role.coordinator, PrepareAdvance(contract_id=contract_id))
    advance = small.issue(UUID(str(prepared.result["invoice_id"])), "W2")
    third = small.prepare("W", APRIL, {"1": "2000.00"})
    assert _unwaived(small, third) == [
        "Application 1 is paid and its unconditional lien waiver is not there: add it."
    ]
    small.receive(Decimal("500.00"), date(2024, 7, 2), "WIRE-W2", advance)
    assert state_of(small, advance) == "paid"
    given = GiveWaiver(contract_id=contract_id, invoice_id=first, form=WaiverForm.unconditional_progress)
    small.do(Role.coordinator, given)
    assert _unwaived(small, third) == []


def _unwaived(small: SmallFirm, invoice_id: UUID) -> list[str]:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
        known = findings_of(connection, small.id, invoice_id, snapshot)
    return [one.sentence for one in known if one.code == "waiver_of_previous_missing"]


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert proofs
    assert [proof.differences for proof in proofs if proof.differences] == []
    assert small.checked().ok, small.checked()
