"""What papers, mails and workbooks say of an advance payment."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from contracts_app.documents import continuation_sheet, mail
from contracts_app.documents.contents import AdvanceContent, ApplicationContent
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.packages import words_of
from contracts_app.documents.production import template_for
from contracts_app.documents.rendering import Job, render
from contracts_app.domain.billing.advance_billed import Advanced
from contracts_app.domain.billing.pay_application import Kind
from tests.documents import sample_contents as sample


def _advanced() -> AdvanceContent:
    """50,000.00 ahead of all work."""
    figures = sample.application().model_copy(
        update={
            "kind": Kind.advance,
            "line7": Decimal(0),
            "line8": Decimal("50000.00"),
            "advance": Advanced(invoiced=Decimal("50000.00")),
        }
    )
    nothing = [
        line.model_copy(
            update={
                name: Decimal(0)
                for name in ("previous", "this_period", "stored", "total", "withheld", "retainage")
            }
            | {"balance": line.scheduled_value}
        )
        for line in figures.lines
    ]
    figures = figures.model_copy(
        update={"lines": tuple(nothing)}
        | dict.fromkeys(("line4", "line5", "line5a", "line5b"), Decimal(0))
        | {"line6": Decimal("50000.00"), "line9": figures.line3 - Decimal("50000.00")}
    )
    fields: dict[str, object] = sample.application_content().model_dump(exclude={"application"})
    return AdvanceContent.model_validate(
        fields
        | {
            "application": figures,
            "recovery": "Recovered by 25 % of the work of each application.",
            "guarantee": "Bank guarantee 4711",
            "due_on": "2024-10-30",
        }
    )


def _recovering() -> ApplicationContent:
    """12,500.00 recovered before, 5,000.00 by this one: 32,500.00 are outstanding."""
    figures = sample.application()
    before, now = Decimal("37500.00"), Decimal("32500.00")
    figures = figures.model_copy(
        update={
            "advance": Advanced(invoiced=Decimal("50000.00"), recovered=Decimal("17500.00")),
            "line6": figures.line6 + now,
            "line7": figures.line7 + before,
            "line8": figures.line8 - Decimal("5000.00"),
            "line9": figures.line9 - now,
        }
    )
    return sample.application_content(
        application=figures,
        advance_before=Advanced(invoiced=Decimal("50000.00"), recovered=Decimal("12500.00")),
    )


def _said(content: AdvanceContent | ApplicationContent) -> str:
    (docx,) = render([Job("docx", template_for(content), fields_of(content))])
    return " ".join(" ".join(words_of(docx)).split())


def test_the_invoice_says_what_is_paid_ahead_and_how_it_is_recovered() -> None:
    said = _said(_advanced())
    for words in (
        "Invoice of an advance payment",
        "Advance payment 50,000.00",
        "Recovered by 25 % of the work of each application.",
        "Guarantee: Bank guarantee 4711",
        "50,000.00 USD",
    ):
        assert words in said
    letter = mail.compose(_advanced(), greeting="To the client,")
    assert letter.subject.startswith("Advance payment, ")
    assert "Amount due: 50,000.00 USD" in letter.text


def test_an_application_says_what_is_outstanding() -> None:
    said = _said(_recovering())
    assert "Advance payment outstanding" in said
    assert "invoiced 50,000.00, recovered to date 17,500.00, of that now 5,000.00" in said
    assert "(line 4 − line 5 + advance payment)" in said
    assert "Advance payment" not in _said(sample.application_content())


def test_the_workbook_counts_it_into_line_6() -> None:
    content = _recovering()
    data = continuation_sheet.workbook(content)
    formulas = load_workbook(io.BytesIO(data))["Summary"]
    values = load_workbook(io.BytesIO(data), data_only=True)["Summary"]
    assert formulas["C12"].value == "=C8-C11+C22"
    assert (formulas["B22"].value, values["C22"].value) == ("Advance payment outstanding", 32500)
    assert values["C19"].value == 0


def test_figures_that_do_not_tie_are_refused() -> None:
    content = _recovering()
    off = content.application.model_copy(update={"advance": None})
    with pytest.raises(ValueError, match="line 6"):
        sample.application_content(application=off)
