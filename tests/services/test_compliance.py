"""Required papers through the commands: blocked, filed, issued; expired, excepted, and shut again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.compliance_commands import (
    AskException,
    DecideException,
    EndRequirement,
    FilePaper,
    RequirePaper,
    WithdrawPaper,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import IssueInvoice
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.compliance.papers import Blocks, PaperKind
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from contracts_app.services import paper_files
from contracts_app.services.invariants import check_in
from contracts_app.services.sign_in import add_person
from contracts_app.settings import Settings
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading
from contracts_app.store.views.waiting import why
from tests.services.small_firm import SmallFirm, found

COORDINATOR, CONTROLLER = Role.coordinator, Role.controller
INSURANCE, PAYROLL = PaperKind.insurance_certificate, PaperKind.certified_payroll
START, MARCH, TODAY = date(2024, 2, 19), date(2024, 3, 31), date(2024, 4, 2)
PDF = b"%PDF-1.7 a certificate"


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.go_to(TODAY)
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def ann(small: SmallFirm) -> SmallFirm:
    """The firm, given commands by a second controller."""
    with own_step(small.engine, small.id, "ann", Origin()) as tx:
        person_id = add_person(
            tx,
            name="Ann Example",
            email=f"ann@{small.id}.example",
            password_hash="nobody signs in here",
            roles=(CONTROLLER,),
        )
    return replace(small, people={CONTROLLER: person_id})


def approved(small: SmallFirm, number: str, **agreed: Any) -> UUID:
    small.open_contract(number, **agreed)
    invoice_id = small.prepare(number, MARCH, {"1": "4000.00"})
    small.approve(invoice_id)
    return invoice_id


def required(small: SmallFirm, number: str, kind: PaperKind, blocks: Blocks = Blocks.issue) -> UUID:
    body = RequirePaper(contract_id=small.contracts[number], kind=kind, blocks=blocks, from_on=START)
    return UUID(str(small.do(COORDINATOR, body).result["requirement_id"]))


def filed(small: SmallFirm, number: str, kind: PaperKind, first: date, last: date | None) -> UUID:
    sha256, name = paper_files.keep(
        small.engine,
        firm_id=small.id,
        by=small.people[COORDINATOR],
        key=f"paper {number} {first}",
        contract_id=small.contracts[number],
        file_name="certificate.pdf",
        data=PDF,
    )
    body = FilePaper(
        contract_id=small.contracts[number],
        kind=kind,
        valid_from=first,
        valid_to=last,
        sha256=sha256,
        file_name=name,
    )
    return UUID(str(small.do(COORDINATOR, body).result["paper_id"]))


def issue(small: SmallFirm, invoice_id: UUID) -> Outcome:
    outcome = small.give(COORDINATOR, IssueInvoice(invoice_id=invoice_id))
    small.settle()
    return outcome


def waits(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        waiting = why(connection, small.id, Subject.invoice.value, invoice_id)
    assert waiting is not None
    return waiting.sentence or ""


def excepted(small: SmallFirm, ann: SmallFirm, number: str, requirement_id: UUID, until: date) -> None:
    """Asked for by one controller, granted by the other."""
    contract_id = small.contracts[number]
    asked = small.do(
        CONTROLLER,
        AskException(
            contract_id=contract_id, requirement_id=requirement_id, until=until, reason="Renewal is promised."
        ),
    )
    decide = DecideException(
        contract_id=contract_id, exception_id=UUID(str(asked.result["exception_id"])), granted=True
    )
    assert small.give(CONTROLLER, decide).code == "not_allowed"
    ann.do(CONTROLLER, decide)
    small.settle()


def test_an_invoice_waits_for_a_paper_and_goes_out_once_it_is_filed(small: SmallFirm) -> None:
    invoice_id = approved(small, "filed")
    required(small, "filed", INSURANCE)
    assert "waits for papers. Certificate of insurance: none is on file." in waits(small, invoice_id)
    refused = issue(small, invoice_id)
    assert refused.code == "paper_missing"
    assert "Application 1 of contract filed does not go out yet." in refused.sentence
    filed(small, "filed", INSURANCE, START, MARCH)
    assert "none is valid on 2024-04-02, the day of issue" in issue(small, invoice_id).sentence
    wrong = filed(small, "filed", INSURANCE, TODAY, None)
    assert "waits for Small Coordinator to issue it" in waits(small, invoice_id)
    contract_id = small.contracts["filed"]
    small.do(COORDINATOR, WithdrawPaper(contract_id=contract_id, paper_id=wrong, reason="Another firm's."))
    assert "waits for papers" in waits(small, invoice_id)
    filed(small, "filed", INSURANCE, date(2024, 4, 1), date(2024, 12, 31))
    assert issue(small, invoice_id).done


def test_an_exception_needs_another_person_and_ends_with_its_day(small: SmallFirm, ann: SmallFirm) -> None:
    invoice_id = approved(small, "excepted")
    requirement_id = required(small, "excepted", PAYROLL)
    excepted(small, ann, "excepted", requirement_id, date(2024, 4, 5))
    assert "to issue it" in waits(small, invoice_id)
    small.go_to(date(2024, 4, 6))
    assert "Certified payroll: none is on file." in waits(small, invoice_id)
    assert issue(small, invoice_id).code == "paper_missing"
    excepted(small, ann, "excepted", requirement_id, date(2024, 4, 8))
    assert issue(small, invoice_id).done


def test_a_payment_is_not_applied_while_a_paper_is_missing_on_its_day(small: SmallFirm) -> None:
    invoice_id = approved(small, "paid", arises=ReceivableArises.submission)
    assert issue(small, invoice_id).done
    required(small, "paid", INSURANCE, Blocks.payment)
    filed(small, "paid", INSURANCE, START, date(2024, 4, 4))
    pay = ReceivePayment(
        client_id=small.client_id,
        amount=Decimal("100.00"),
        currency="USD",
        received_on=date(2024, 4, 5),
        reference="WIRE-1",
    )
    named = small.give(COORDINATOR, pay.model_copy(update={"invoices": (invoice_id,)}))
    assert named.code == "paper_missing"
    assert "none is valid on 2024-04-05, the day of the payment" in named.sentence
    recorded = small.do(COORDINATOR, pay)
    assert (recorded.code, recorded.result["unapplied"]) == ("payment_held", "100.00")
    payment_id = UUID(str(recorded.result["payment_id"]))
    assert small.apply(payment_id, invoice_id, "100.00").code == "paper_missing"
    filed(small, "paid", INSURANCE, date(2024, 4, 5), None)
    assert small.apply(payment_id, invoice_id, "100.00").done


def test_who_entered_a_requirement_does_not_end_it(small: SmallFirm, ann: SmallFirm) -> None:
    contract_id = small.contracts["filed"]
    body = RequirePaper(
        contract_id=contract_id, kind=PaperKind.closeout_list, blocks=Blocks.final_release, from_on=START
    )
    requirement_id = UUID(str(small.do(CONTROLLER, body).result["requirement_id"]))
    assert small.give(CONTROLLER, body).code == "required_already"
    end = EndRequirement(contract_id=contract_id, requirement_id=requirement_id, reason="Not agreed.")
    assert small.give(CONTROLLER, end).code == "not_allowed"
    with (
        firm_transaction(small.engine, small.id) as connection,
        pytest.raises(DBAPIError, match="four_eyes"),
    ):
        connection.execute(
            text(
                "UPDATE compliance_requirement SET state = 'ended', ended_by = required_by,"
                " ended_because = 'me' WHERE id = :id"
            ),
            {"id": requirement_id},
        )
    ann.do(CONTROLLER, end)


def test_a_paper_is_a_file_that_was_uploaded(small: SmallFirm) -> None:
    about: dict[str, Any] = {
        "contract_id": small.contracts["filed"],
        "kind": INSURANCE,
        "file_name": "certificate.pdf",
        "sha256": "0" * 64,
    }
    body = FilePaper(valid_from=TODAY, **about)
    assert small.give(COORDINATOR, body).code == "file_not_there"
    backwards = FilePaper(valid_from=TODAY, valid_to=MARCH, **about)
    assert small.give(COORDINATOR, backwards).code == "days_in_the_wrong_order"
    with pytest.raises(Refused, match="a PDF, PNG or JPEG"):
        paper_files.keep(
            small.engine,
            firm_id=small.id,
            by=small.people[COORDINATOR],
            key="no paper",
            contract_id=small.contracts["filed"],
            file_name="certificate.pdf",
            data=b"<html>",
        )


def test_the_audit_tells_the_life_of_each_requirement_paper_and_exception(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        report = check_in(connection, small.id, online=True)
    assert not any(finding.violations for finding in report.findings), report.sentences()
