"""An application that is with the client is revised, twice, and given up once; what is certified is not."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pypdfium2
import pytest

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import (
    Certification,
    CertifyApplication,
    EditDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import documents, imports, retainage_ledger
from contracts_app.store.transaction import reading
from tests.services.looking import open_on, state_of
from tests.services.revising import revise, revision_of
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Revising Mechanical")
    firm.open_contract("C")
    firm.open_contract("S", ReceivableArises.submission)
    firm.go_to(date(2024, 5, 2))
    yield firm
    firm.engine.dispose()


def _certify(small: SmallFirm, invoice_id: UUID) -> Outcome:
    body = CertifyApplication(invoice_id=invoice_id, decision=Certification.in_full)
    return small.give(Role.client, body)


def test_what_is_with_the_client_is_revised_and_the_next_starts_from_the_revision(small: SmallFirm) -> None:
    """10,000 less 10 % is 9,000; revised to 8,000 it is 7,200. Line 7 of the next is 7,200."""
    first = small.issue(small.prepare("C", MARCH, {"1": "10000.00"}), "C1")
    opened = revise(small, first)
    revision = UUID(str(opened.result["invoice_id"]))
    assert state_of(small, first) == "being_revised"
    assert _certify(small, first).code == "not_in_this_state"
    unchanged = small.give(Role.coordinator, SubmitDraft(invoice_id=revision))
    assert unchanged.code == "nothing_revised"
    entry = Entry(line_id=small.lines("C")["1"], this_period=Decimal("8000.00"))
    longer = EditDraft(invoice_id=revision, entries=(entry,), period_to=date(2024, 4, 15))
    small.do(Role.coordinator, longer)
    moved = small.give(Role.coordinator, SubmitDraft(invoice_id=revision))
    assert moved.code == "revision_changes_too_much"
    small.do(Role.coordinator, longer.model_copy(update={"period_to": MARCH}))
    small.issue(revision, "C1R1")
    assert state_of(small, first) == "superseded"
    assert (open_on(small, first), open_on(small, revision)) == (None, None)
    assert small.certify(revision) == 7200
    assert open_on(small, revision) == 7200
    with reading(small.engine, small.id) as connection:
        held = retainage_ledger.held(connection, small.id, small.contracts["C"])
    assert list(held.values()) == [800]

    second = small.issue(small.prepare("C", APRIL, {"1": "2000.00"}), "C2")
    assert small.certify(second) == 1800
    refused = revise(small, revision)
    assert refused.code == "already_certified"
    assert "correct its error in the current application" in refused.sentence


def test_the_receivable_follows_and_a_revision_is_revised(small: SmallFirm) -> None:
    """Owed at submission: 9,000; 7,200 on the revision; 7,650 on the second one, of 8,500."""
    first = small.issue(small.prepare("S", MARCH, {"1": "10000.00"}), "S1")
    assert open_on(small, first) == 9000
    given_up = UUID(str(revise(small, first).result["invoice_id"]))
    # Cash for no invoice in particular waits, and does not fall on what is about to be superseded.
    waits = ReceivePayment(
        client_id=small.client_id,
        amount=Decimal("9000000.00"),
        currency="USD",
        received_on=date(2024, 5, 2),
        reference="WIRE-0",
    )
    named = waits.model_copy(update={"invoices": (first,)})
    assert small.give(Role.coordinator, named).code == "not_in_this_state"
    assert small.do(Role.coordinator, waits).done
    assert open_on(small, first) == 9000
    small.do(Role.coordinator, WithdrawDraft(invoice_id=given_up, reason="It was right"))
    assert state_of(small, first) == "submitted"
    second = revision_of(small, "S", first, "8000.00")
    assert [open_on(small, first), open_on(small, second)] == [0, 7200]
    third = revision_of(small, "S", second, "8500.00")
    assert [state_of(small, one) for one in (first, second, third)] == [
        "superseded",
        "superseded",
        "submitted",
    ]
    assert [open_on(small, second), open_on(small, third)] == [0, 7650]
    assert small.certify(third) == 7650


def test_its_paper_says_so_and_the_old_one_stays(small: SmallFirm) -> None:
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        papers = {
            name: documents.about(connection, small.id, invoice_id=small.invoices[name])
            for name in ("C1", "C1R1")
        }
        pdf = next(one for one in papers["C1R1"] if one["kind"] == "application")
        data = imports.bytes_of(connection, small.id, pdf["sha256"])
    assert len(papers["C1"]) == len(papers["C1R1"]) == 3
    assert pdf["file_name"].endswith("application-1R1.pdf")
    text = " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))
    assert "No. 1R1" in text


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert len(proofs) == 6
    assert [proof.differences for proof in proofs if proof.differences] == []
    assert small.checked().ok, small.checked()
