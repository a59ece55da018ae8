"""The paper of several contracts: its sections make its sums, and its template finds what it names."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from docxtpl import DocxTemplate
from pydantic import ValidationError

from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.group_invoice import GroupInvoiceContent
from contracts_app.documents.templates import shipped
from contracts_app.domain.money import ZERO, total
from tests.documents.sample_invoices import content, snapshot

FIRST = content(snapshot(4), invoice_number="N-12 / C-1", contract_number="C-1")
SECOND = content(snapshot(6, deposit="500.00"), invoice_number="N-12 / C-2", contract_number="C-2")


def together(**other: Any) -> GroupInvoiceContent:
    sections = (FIRST, SECOND)
    return GroupInvoiceContent.model_validate(
        {
            "firm": FIRST.firm,
            "client": FIRST.client,
            "currency": FIRST.currency,
            "content_sha256": FIRST.content_sha256,
            "invoice_number": "N-12",
            "group": "Framework",
            "issued_on": date(2024, 4, 1),
            "due_on": date(2024, 5, 1),
            "terms": FIRST.terms,
            "net": total(one.application.line8 for one in sections),
            "tax": ZERO,
            "deposit": Decimal("500.00"),
            "due": total(one.due for one in sections),
            "sections": sections,
            **other,
        }
    )


def test_the_template_names_nothing_that_the_paper_does_not_have() -> None:
    """What the blocks of a single invoice name is taken from the section, whatever is added to them."""
    template = DocxTemplate(io.BytesIO(shipped("documents/group_invoice.docx").data))
    fields = fields_of(together())
    assert template.get_undeclared_template_variables() <= fields.keys()
    single = DocxTemplate(io.BytesIO(shipped("documents/consulting_invoice.docx").data))
    assert single.get_undeclared_template_variables() <= fields["sections"][0].keys()


@pytest.mark.parametrize(
    "other",
    [
        {"net": Decimal("1.00")},
        {"due": Decimal("1.00")},
        {"deposit": ZERO},
        {"tax": Decimal("0.01")},
        {"currency": "EUR"},
        {"invoice_number": "N-13"},
        {"sections": ()},
    ],
)
def test_a_sum_that_its_sections_do_not_make_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        together(**other)
