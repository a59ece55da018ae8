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
from contracts_app.domain.contract import ReceivableArises
from contracts_app.settings import Settings
from contracts_app.store.tables import document
from contracts_app.store.transaction import reading
from contracts_app.store.views import client_page
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
