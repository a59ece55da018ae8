"""A certificate for less has a paper of its own, which the client reads; else the invoice's paper stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.documents.pdf import text_of
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.commands.invoice_commands import Certification, CertifyApplication, LineRemark
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.store.tables import document
from contracts_app.store.transaction import reading
from contracts_app.store.views import client_page, invoice_page
from contracts_app.store.views.messages import messages
from contracts_app.store.views.waiting import why
from tests.services.small_firm import SmallFirm, found

MARCH, APRIL = date(2024, 3, 31), date(2024, 4, 30)


@pytest.fixture
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, papers=True)
    firm.open_contract("A", ReceivableArises.certification, Decimal(1000000))
    firm.go_to(MARCH)
    yield firm
    firm.engine.dispose()


def _paper(small: SmallFirm, invoice_id: UUID, kind: str) -> str | None:
    with reading(small.engine, small.id) as connection:
        found_id = connection.execute(
            select(document.c.id).where(
                document.c.firm_id == small.id,
                document.c.invoice_id == invoice_id,
                document.c.kind == kind,
                document.c.media_type == "application/pdf",
            )
        ).scalar_one_or_none()
        if found_id is None:
            return None
        download = client_page.download(connection, small.id, found_id, small.client_id)
    assert download is not None
    return re.sub(r"\s", "", text_of(download.content))


def test_what_was_certified_stands_on_a_paper(small: SmallFirm) -> None:
    """20,000.00 of work less 10 % is applied for; of the work 15,000.00 are accepted."""
    first = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    applied = _paper(small, first, "application")
    assert applied is not None
    assert "Amountappliedfor" in applied
    assert "Amountdue" not in applied
    certified = small.certify(first, {small.lines("A")["2"]: "15000.00"}, "Hangers are missing")
    assert certified == Decimal("13500.00")
    paper = _paper(small, first, "certificate")
    assert paper is not None
    for words in (
        "Certificateforpayment",
        "Amountcertified",
        "13,500.00USD",
        "Appliedfor18,000.00,certified13,500.00USD",
        "Hangersaremissing",
        "20,000.0015,000.005,000.00",
    ):
        assert words in paper, words
    small.go_to(APRIL)
    second = small.issue(small.prepare("A", APRIL), "A2")
    small.certify(second)
    assert _paper(small, second, "certificate") is None
    report = small.checked()
    assert report.ok, report.sentences()


def _reply_line_by_line(small: SmallFirm, applied: UUID) -> None:
    """A part of the work is accepted, for a reason of its line; none is needed for the whole."""
    line = small.lines("A")["2"]
    less = CertifyApplication(
        invoice_id=applied,
        decision=Certification.less,
        lines=(Entry(line_id=line, this_period=Decimal("8000.00")),),
    )
    said = LineRemark(line_id=line, reason="Dampers on level 3 are not wired")
    other = LineRemark(line_id=small.lines("A")["1"], reason="Not cut at all")
    refusals: tuple[tuple[dict[str, object], str], ...] = (
        ({}, "reason_needed"),
        ({"line_reasons": (said, other)}, "reason_of_no_cut"),
        ({"line_reasons": (said, said)}, "reason_of_no_cut"),
        ({"decision": Certification.withheld, "lines": (), "line_reasons": (said,)}, "reason_of_no_cut"),
    )
    for wrong, code in refusals:
        assert small.give(Role.client, less.model_copy(update=wrong)).code == code
    small.do(Role.client, less.model_copy(update={"line_reasons": (said,)}))
    paper = _paper(small, applied, "certificate")
    assert paper is not None
    assert "Dampersonlevel3arenotwired" in paper
    with reading(small.engine, small.id) as connection:
        kept = invoice_page.lines(connection, small.id, applied)
        told = messages(connection, small.id, invoice_id=applied)
    assert {one.certified_because for one in kept if one.line_id == line} == {said.reason}
    assert {one.certified_because for one in kept if one.line_id != line} == {""}
    assert any(one.kind == "certified_less" for one in told)


def _letters(small: SmallFirm, invoice_id: UUID, kind: str) -> set[str]:
    """To whom, by the first word of the address, letters of a kind went out."""
    with reading(small.engine, small.id) as connection:
        known = messages(connection, small.id, invoice_id=invoice_id)
        seen_by_client = messages(connection, small.id, invoice_id=invoice_id, client_id=small.client_id)
    assert kind not in {one.kind for one in seen_by_client}
    assert all(one.state == "sent" for one in known)
    return {one.recipient.split("@")[0] for one in known if one.kind == kind}


def _waits(small: SmallFirm, invoice_id: UUID) -> str:
    with reading(small.engine, small.id) as connection:
        waits = why(connection, small.id, "invoice", invoice_id)
    assert waits
    return waits.sentence or ""


def test_a_client_that_does_not_reply_is_told_of(small: SmallFirm) -> None:
    """Issued on 31 March, seven days: the last one is 7 April."""
    first = small.issue(small.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    small.go_to(date(2024, 4, 7))
    assert _waits(small, first).endswith("who may reply until 2024-04-07.")
    assert not _letters(small, first, "certificate_overdue")
    small.go_to(date(2024, 4, 9))
    assert _letters(small, first, "certificate_overdue") == {"coordinator", "project_manager"}
    assert _waits(small, first).endswith("who could reply until 2024-04-07.")
    small.go_to(date(2024, 4, 16))
    again = {"coordinator", "project_manager", "controller"}
    assert _letters(small, first, "certificate_overdue_again") == again
    _reply_line_by_line(small, first)
    report = small.checked()
    assert report.ok, report.sentences()
