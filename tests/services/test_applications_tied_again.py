"""Revised: what is owed, paid and reminded; releases; and those after an application, tied to it again."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.checking.submission_terms import SubmissionTerms
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    Certification,
    CertifyApplication,
    EditDraft,
    IssueInvoice,
    PrepareApplication,
    PrepareRelease,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services import processes
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import invoices, payments, retainage_ledger, submission
from contracts_app.store.transaction import Origin, reading
from contracts_app.store.views import stored_invoice
from tests.services.looking import open_on, state_of
from tests.services.revising import revise, revision_of
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
TODAY = date(2024, 6, 2)


def _may_wait(count: int) -> dict[str, SubmissionTerms]:
    return {"submission": SubmissionTerms(uncertified=count)}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Retying Mechanical")
    for number in "PR":
        firm.open_contract(number, ReceivableArises.submission)
    firm.open_contract("L")
    firm.open_contract("N", agreed=_may_wait(2))
    firm.open_contract("M", ReceivableArises.submission, agreed=_may_wait(3))
    firm.go_to(date(2024, 5, 2))
    yield firm
    firm.engine.dispose()


def _follow_up(small: SmallFirm) -> str:
    """What the follow-up of the client would do now."""
    client = Subject.follow_up, small.client_id
    return processes.decide_next(small.engine, small.id, *client, Origin()).next.step


def test_nobody_is_reminded_of_what_is_being_revised(small: SmallFirm) -> None:
    """Net 30 of an application that went out on 2 May is due on 1 June; a reminder is due the day after."""
    first = small.issue(small.prepare("R", MARCH, {"1": "10000.00"}), "R1")
    revision = UUID(str(revise(small, first).result["invoice_id"]))
    small.go_to(TODAY)
    assert _follow_up(small) == ""
    small.do(Role.coordinator, WithdrawDraft(invoice_id=revision, reason="It was right"))
    assert _follow_up(small) == "make_reminder"


def test_what_was_paid_of_it_is_paid_of_its_revision(small: SmallFirm) -> None:
    """Owed 9,000 and 8,000 paid; revised to 9,500 of work 8,550 is owed, 550 open; to 1,000 of work 900 is
    owed, which is paid, and 7,100 of the payment is unapplied again."""
    first = small.issue(small.prepare("P", MARCH, {"1": "10000.00"}), "P1")
    wire = small.receive(Decimal("8000.00"), TODAY, "WIRE-1", first)
    second = revision_of(small, "P", first, "9500.00")
    assert [open_on(small, one) for one in (first, second)] == [0, 550]
    assert _unapplied(small, wire) == 0
    third = revision_of(small, "P", second, "1000.00")
    assert [open_on(small, one) for one in (first, second, third)] == [0, 0, 0]
    assert _unapplied(small, wire) == 7100
    assert small.certify(third) == 900
    assert state_of(small, third) == "paid"


def test_a_release_is_revised_to_another_amount(small: SmallFirm) -> None:
    """10 % of the whole sum is held; of it 100.00 is released, revised to 250.00, and the rest after it."""
    small.certify(small.issue(small.prepare("L", MARCH), "L1"))
    small.close_out("L")
    with reading(small.engine, small.id) as connection:
        held = total(retainage_ledger.held(connection, small.id, small.contracts["L"]).values())
    prepared = PrepareRelease(contract_id=small.contracts["L"], period_to=TODAY, amount=Decimal("100.00"))
    draft = UUID(str(small.do(Role.coordinator, prepared).result["invoice_id"]))
    release = small.issue(draft, "LR")
    assert revise(small, release).code == "release_needed"
    beyond = ReviseApplication(invoice_id=release, reason="More", release=held + Decimal("0.01"))
    assert small.give(Role.coordinator, beyond, "beyond").code == "release_exceeds_held"
    wanted = beyond.model_copy(update={"release": Decimal("250.00")})
    outcome = small.do(Role.coordinator, wanted)
    revision = small.issue(UUID(str(outcome.result["invoice_id"])), "LR1")
    assert state_of(small, release) == "superseded"
    assert small.certify(revision) == 250
    assert small.certify(small.release("L", TODAY, "LR2")) == held - 250


def _unapplied(small: SmallFirm, payment_id: UUID) -> Decimal:
    with reading(small.engine, small.id) as connection:
        cash = payments.received(connection, small.id, small.client_id, payment_id)
    assert cash is not None
    return cash.unapplied


def test_the_next_goes_out_before_the_certificate_and_is_tied_again(small: SmallFirm) -> None:
    """1 asks 9,000 of 10,000; 2 starts from it, as applied for: 4,500 of 5,000. 1R1 of 8,000 makes line 6
    7,200 and 2R1 start from it, 4,500 again; certified for 6,000, it is 5,400, and 2R2 starts from that."""
    one = small.issue(small.prepare("N", MARCH, {"1": "10000.00"}), "N1")
    two = small.prepare("N", APRIL, {"2": "5000.00"})
    assert [_draft(small, two).line7, _draft(small, two).line8] == [9000, 4500]
    assert "Application 1 is not certified yet; line 7 takes it as applied for." in _findings(small, two)
    early = PrepareApplication(contract_id=small.contracts["N"], period_to=MAY)
    assert small.give(Role.coordinator, early, "a draft").code == "application_in_hand"
    small.issue(two, "N2")
    assert small.give(Role.coordinator, early, "two out").code == "application_in_hand"
    release = PrepareRelease(contract_id=small.contracts["N"], period_to=TODAY)
    assert small.give(Role.coordinator, release).code == "application_in_hand"
    assert _certify(small, two).code == "certified_in_order"

    one_r1 = revision_of(small, "N", one, "8000.00")
    two_r1 = _drafted(small, "N")
    assert [state_of(small, known) for known in (one, two, two_r1)] == [
        "superseded",
        "being_revised",
        "draft",
    ]
    assert [_draft(small, two_r1).line7, _draft(small, two_r1).line8] == [7200, 4500]
    given_up = WithdrawDraft(invoice_id=two_r1, reason="It was right")
    assert small.give(Role.coordinator, given_up).code == "tied_again"
    small.issue(two_r1, "N2R1")
    assert _held(small, "N") == 1300

    line = small.lines("N")["1"]
    assert small.certify(one_r1, {line: "6000.00"}) == 5400
    two_r2 = _drafted(small, "N")
    assert [_draft(small, two_r2).line7, _draft(small, two_r2).line8] == [5400, 4500]
    assert _certify(small, two_r1).code == "not_in_this_state"
    small.issue(two_r2, "N2R2")
    assert small.certify(two_r2) == 4500
    assert _held(small, "N") == 1100
    assert state_of(small, two_r1) == "superseded"


def test_those_after_it_are_tied_one_after_the_other_and_owed_once(small: SmallFirm) -> None:
    """Owed at submission: 9,000, 4,500 and 6,300. Revised to 8,000 of work, the first is owed with 7,200;
    what the others are owed is owed on their revisions, 18,000 of 20,000 in all; a payment moves."""
    one = small.issue(small.prepare("M", MARCH, {"1": "10000.00"}), "M1")
    two = small.issue(small.prepare("M", APRIL, {"2": "5000.00"}), "M2")
    three = small.issue(small.prepare("M", MAY, {"2": "7000.00"}), "M3")
    small.receive(Decimal("4000.00"), TODAY, "WIRE-M", two)
    one_r1 = revision_of(small, "M", one, "8000.00")
    two_r1 = _drafted(small, "M")
    assert state_of(small, three) == "submitted"
    assert revise(small, one_r1).code == "revision_in_hand"
    small.issue(two_r1, "M2R1")
    three_r1 = _drafted(small, "M")
    assert state_of(small, three) == "being_revised"
    small.issue(three_r1, "M3R1")
    assert [open_on(small, known) for known in (one, two, three)] == [0, 0, 0]
    assert [open_on(small, known) for known in (one_r1, two_r1, three_r1)] == [7200, 500, 6300]
    assert _held(small, "M") == 2000
    _require_tied(small, "M", ReceivableArises.submission, Decimal(4000))


_CENT = Decimal("0.01")
_amount = st.integers(100, 900_000).map(lambda cents: Decimal(cents).scaleb(-2))
_steps = st.lists(st.tuples(st.sampled_from(["revise", "certify"]), st.integers(0, 2), _amount), max_size=4)


@of_hypothesis(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes: each try issues many applications
)
@given(
    claimed=st.lists(_amount, min_size=3, max_size=3),
    steps=_steps,
    arises=st.sampled_from(list(ReceivableArises)),
)
def test_whatever_is_revised_or_certified_every_chain_ties(
    small: SmallFirm, claimed: list[Decimal], steps: list[tuple[str, int, Decimal]], arises: ReceivableArises
) -> None:
    """Three out; any of them is revised, the first is certified for less: after each, line 7 is line 6 of the
    one before, Σ line 8 is line 6 of the last, and so is what is owed where it is owed at submission."""
    number = f"H{len(small.contracts)}"
    small.open_contract(number, arises, agreed=_may_wait(3))
    line = small.lines(number)["2"]

    def claim(opened: Outcome, amount: Decimal) -> UUID:
        assert opened.done, opened.sentence
        draft_id = UUID(str(opened.result["invoice_id"]))
        entry = Entry(line_id=line, this_period=amount)
        _given(small, Role.coordinator, EditDraft(invoice_id=draft_id, entries=(entry,)))
        return draft_id

    for period, amount in zip((MARCH, APRIL, MAY), claimed, strict=True):
        prepared = PrepareApplication(contract_id=small.contracts[number], period_to=period)
        _issue_now(small, claim(small.give(Role.coordinator, prepared), amount))
    for step, which, amount in steps:
        waiting = [row for row in _rows(small, number) if row["state"] == "submitted"]
        if not waiting:
            break
        row = waiting[min(which, len(waiting) - 1)] if step == "revise" else waiting[0]
        asked = _claimed(row, line)
        if step == "revise":
            # A revision changes something.
            claim(revise(small, row["id"]), amount if amount != asked else asked + _CENT)
        else:
            # A certificate for less is below what was applied for.
            certificate = CertifyApplication(
                invoice_id=row["id"],
                decision=Certification.less,
                lines=(Entry(line_id=line, this_period=min(amount, asked - _CENT)),),
                reason="Not all done",
            )
            _given(small, Role.client, certificate)
        while left := [row["id"] for row in _rows(small, number) if row["state"] in NOT_OUT]:
            _issue_now(small, left[0])
        _require_tied(small, number, arises)


def _claimed(row: RowMapping, line: UUID) -> Decimal:
    (entry,) = [entry for entry in map(Entry.model_validate, row["entries"]) if entry.line_id == line]
    return entry.this_period


def _given(small: SmallFirm, role: Role, body: Body) -> Outcome:
    """Done, and nothing of what follows by itself: there is much of it with so many applications."""
    outcome = small.give(role, body)
    assert outcome.done, outcome.sentence
    return outcome


def _issue_now(small: SmallFirm, invoice_id: UUID) -> None:
    seen = _given(small, Role.coordinator, SubmitDraft(invoice_id=invoice_id)).result["content_hash"]
    approve = ApproveDraft(invoice_id=invoice_id, content_hash=str(seen))
    _given(small, Role.project_manager, approve)
    _given(small, Role.coordinator, IssueInvoice(invoice_id=invoice_id))


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
    assert [proof.differences for proof in proofs if proof.differences] == []
    assert small.checked(online=True).ok, small.checked(online=True)


def _rows(small: SmallFirm, number: str) -> list[RowMapping]:
    with reading(small.engine, small.id) as connection:
        return list(invoices.of_contract(connection, small.id, small.contracts[number]))


def _require_tied(small: SmallFirm, number: str, arises: ReceivableArises, paid: Decimal = ZERO) -> None:
    """Each application that stands starts from the one before; together they are the last one's line 6."""
    line5, line6, lines8, owed = ZERO, ZERO, [], []
    with reading(small.engine, small.id) as connection:
        for row in invoices.of_contract(connection, small.id, small.contracts[number]):
            figures = stored_invoice.stored(connection, small.id, row["id"])
            assert figures is not None
            stands = figures.certificate or figures.issued
            assert figures.issued["line7"] == line6
            line5, line6 = stands["line5"], stands["line6"]
            lines8.append(stands["line8"])
            if figures.receivable:
                owed.append(total(entry["amount"] for entry in figures.receivable_entries))
        assert total(lines8) == line6
        assert _held(small, number) == line5
        if arises is ReceivableArises.submission:
            assert total([*owed, paid]) == line6


def _held(small: SmallFirm, number: str) -> Decimal:
    with reading(small.engine, small.id) as connection:
        return total(retainage_ledger.held(connection, small.id, small.contracts[number]).values())


def _drafted(small: SmallFirm, number: str) -> UUID:
    """The one revision that is prepared."""
    small.settle()
    (draft_id,) = [row["id"] for row in _rows(small, number) if row["state"] == "draft"]
    return UUID(str(draft_id))


def _draft(small: SmallFirm, invoice_id: UUID) -> PayApplication:
    with reading(small.engine, small.id) as connection:
        return draft(invoices.current_snapshot(connection, small.id, invoice_id))


def _findings(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        snapshot = invoices.current_snapshot(connection, small.id, invoice_id)
        found_in_it = submission.findings_of(connection, small.id, invoice_id, snapshot)
    return " ".join(one.sentence for one in found_in_it)


def _certify(small: SmallFirm, invoice_id: UUID) -> Outcome:
    return small.give(Role.client, CertifyApplication(invoice_id=invoice_id, decision=Certification.in_full))
