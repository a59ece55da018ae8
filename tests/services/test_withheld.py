"""A certificate that withholds all: an end of its own, that nobody takes for payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.invoice_commands import Certification, CertifyApplication
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO
from contracts_app.domain.roles import Role
from contracts_app.services import proving
from contracts_app.settings import Settings
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import message
from contracts_app.store.transaction import open_engine, reading
from contracts_app.store.views import contract_page, payments_page
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.messages import messages
from contracts_app.store.views.waiting import why
from tests.services.looking import state_of
from tests.services.small_firm import SmallFirm, found

REASON = "Records of the period are missing"
MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)


@pytest.fixture(params=list(ReceivableArises))
def small(request: pytest.FixtureRequest, settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Application 1 of contract A, 20,000.00 of work less 10 %, withheld by the client."""
    firm = found(settings)
    firm.open_contract("A", request.param, Decimal(1000000))
    firm.go_to(MARCH)
    firm.issue(firm.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    firm.do(
        Role.client,
        CertifyApplication(invoice_id=firm.invoices["A1"], decision=Certification.withheld, reason=REASON),
    )
    yield firm
    firm.engine.dispose()


def test_a_withheld_application_is_not_paid_and_nothing_is_owed(small: SmallFirm) -> None:
    small.make_papers()
    invoice_id = small.invoices["A1"]
    assert state_of(small, invoice_id) == "withheld"
    with reading(small.engine, small.id) as connection:
        paid = contract_page.applications(connection, small.id, state="paid")
        withheld = contract_page.applications(connection, small.id, state="withheld")
        open_now = payments_page.open_invoices(connection, small.id)
        sums = contract_sums(connection, small.id)[0]
        process = why(connection, small.id, "invoice", invoice_id)
        proof = proving.prove(connection, small.id, invoice_id)
    assert (paid, [one.id for one in withheld], open_now) == ([], [invoice_id], [])
    assert sums.billed == sums.certified == sums.open == sums.held == ZERO
    assert process
    assert process.finished
    assert proof.proved
    report = small.checked()
    assert report.ok, report.sentences()


def test_the_coordinator_is_told_why_and_what_can_be_done(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "contract", small.contracts["A"])
    assert waits
    assert waits.sentence
    assert waits.for_role == "coordinator"
    assert waits.sentence.startswith(f"Application 1 was withheld: “{REASON}”. Its work can be billed again")
    assert "application 2" in waits.sentence


def test_the_coordinator_is_written_to(small: SmallFirm) -> None:
    small.make_papers()
    with reading(small.engine, small.id) as connection:
        mails = messages(connection, small.id, invoice_id=small.invoices["A1"])
        seen_by_client = messages(
            connection, small.id, invoice_id=small.invoices["A1"], client_id=small.client_id
        )
        body = connection.execute(
            select(message.c.body).where(message.c.firm_id == small.id, message.c.kind == "certified_less")
        ).scalar_one()
    (notice,) = [one for one in mails if one.kind == "certified_less"]
    assert (notice.recipient, notice.state) == (f"coordinator@{small.id}.example", "sent")
    assert notice.subject == (
        "Certificate withheld: application 1, A, 18,000.00 USD below what was applied for"
    )
    assert REASON in body
    assert f"{small.settings.public_url}/invoices/{small.invoices['A1']}" in body
    assert "certified_less" not in {one.kind for one in seen_by_client}
    assert len(seen_by_client) == len(mails) - 1


def test_the_next_application_claims_the_work_again(small: SmallFirm) -> None:
    small.go_to(APRIL)
    again = small.prepare("A", APRIL, {"3": "1000.00"})
    with reading(small.engine, small.id) as connection:
        claimed = {e.line_id: e.this_period for e in current_snapshot(connection, small.id, again).entries}
    assert claimed[small.lines("A")["2"]] == Decimal(20000)
    small.issue(again, "A2")
    assert small.certify(again) == Decimal("18900.00")
    small.receive(Decimal("18900.00"), APRIL, "WIRE-1", again)
    assert (state_of(small, small.invoices["A1"]), state_of(small, again)) == ("withheld", "paid")
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "contract", small.contracts["A"])
    assert waits
    assert waits.sentence
    assert "withheld" not in waits.sentence
    report = small.checked()
    assert report.ok, report.sentences()


def test_its_content_is_fixed_by_the_database(small: SmallFirm, settings: Settings) -> None:
    owner = open_engine(settings.owner_database_url, pool_size=1)
    try:
        for change in ("period_to = period_to + 1", "state = 'draft'"):
            with pytest.raises(DBAPIError, match=r"fixed|never becomes a draft"), owner.begin() as connection:
                connection.execute(
                    text(f"UPDATE invoice SET {change} WHERE id = :id"), {"id": small.invoices["A1"]}
                )
    finally:
        owner.dispose()
