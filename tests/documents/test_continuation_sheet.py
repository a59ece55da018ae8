"""The workbook recomputes to the domain's figures, and its text is only text."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from contracts_app.documents.continuation_sheet import CONTINUATION, SUMMARY, workbook
from contracts_app.domain.contract import InvoiceForm
from tests.documents import sample_contents as sample
from tests.documents.spreadsheet import Spreadsheet

ROWS = {"line1": 5, "line2": 6, "line3": 7, "line4": 8, "line5a": 9, "line5b": 10, "line5": 11, "line6": 12}
ROWS |= {"line7": 13, "line8": 14, "line9": 15}


def test_every_figure_recomputed_is_the_domains() -> None:
    content = sample.application_content()
    sheet = Spreadsheet(workbook(content))
    for line, row in ROWS.items():
        assert sheet.value(SUMMARY, f"C{row}") == getattr(content.application, line), line
    for row in (17, 18, 19):
        assert sheet.value(SUMMARY, f"C{row}") == 0
    for row, entry in enumerate(content.application.lines, 5):
        assert sheet.value(CONTINUATION, f"G{row}") == entry.total
        assert sheet.value(CONTINUATION, f"I{row}") == entry.balance
        assert sheet.value(CONTINUATION, f"J{row}") == entry.retainage


def test_the_value_beside_each_formula_is_what_it_computes_to() -> None:
    data = workbook(sample.application_content())
    formulas, values = load_workbook(io.BytesIO(data)), load_workbook(io.BytesIO(data), data_only=True)
    computed = Spreadsheet(data)
    count = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    count += 1
                    shown = Decimal(str(values[sheet.title][cell.coordinate].value))
                    assert abs(shown - computed.value(sheet.title, cell.coordinate)) < Decimal("1e-9")
    # 20 lines with G, %, H and I, seven totals and their %, six summary lines, three checks
    assert count == 20 * 4 + 8 + 6 + 3


def test_the_release_has_its_retainage_as_numbers() -> None:
    content = sample.release_content()
    sheet = Spreadsheet(workbook(content))
    assert sheet.value(SUMMARY, "C14") == Decimal("586530.00")
    assert sheet.value(SUMMARY, "C11") == 0


def test_the_release_of_a_consulting_contract_is_among_its_invoices() -> None:
    book = load_workbook(io.BytesIO(workbook(sample.release_content(form=InvoiceForm.consulting))))
    assert book[SUMMARY]["A1"].value == "Retainage release, invoice"
    assert "· invoice 17 (INV-2025-0017) ·" in book[SUMMARY]["A2"].value


def test_a_line_with_its_own_terms_is_a_number_not_a_formula() -> None:
    application = sample.application()
    first, second = application.lines[:2]
    moved = Decimal("100.00")
    lines = (
        first.model_copy(update={"retainage": first.retainage + moved}),
        second.model_copy(update={"retainage": second.retainage - moved}),
        *application.lines[2:],
    )
    content = sample.application_content(application=application.model_copy(update={"lines": lines}))
    book = load_workbook(io.BytesIO(workbook(content)))
    assert book[CONTINUATION]["J5"].value == float(first.retainage + moved)
    assert str(book[CONTINUATION]["J7"].value).startswith("=ROUND(")


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"]
)
def test_text_is_never_a_formula(text: str) -> None:
    application = sample.application()
    line = application.lines[0].model_copy(update={"description": text, "item_no": text})
    content = sample.application_content(
        application=application.model_copy(update={"lines": (line, *application.lines[1:])})
    )
    sheet = load_workbook(io.BytesIO(workbook(content)))[CONTINUATION]
    for at in ("A5", "B5"):
        assert sheet[at].value == text
        assert sheet[at].data_type == "s"
        assert sheet[at].quotePrefix


def test_a_line_without_a_scheduled_value_has_no_percentage() -> None:
    application = sample.application()
    extra = application.lines[0].model_copy(
        update={
            name: Decimal(0) for name in ("scheduled_value", "previous", "this_period", "stored", "total")
        }
        | {"balance": Decimal(0), "retainage": Decimal(0), "withheld": Decimal(0)}
    )
    content = sample.application_content(
        application=application.model_copy(update={"lines": (*application.lines, extra)})
    )
    assert load_workbook(io.BytesIO(workbook(content)))[CONTINUATION]["H25"].value is None


def test_the_sheet_prints_well_and_negative_amounts_are_numbers() -> None:
    data = workbook(sample.application_content())
    sheet = load_workbook(io.BytesIO(data))[CONTINUATION]
    assert sheet.freeze_panes == "C5"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth == 1
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet["C22"].value == -42150
    assert sheet["C22"].number_format == "#,##0.00"


def test_equal_content_gives_equal_bytes() -> None:
    data = workbook(sample.application_content())
    assert data == workbook(sample.application_content())
    # not the clock's second, which two workbooks share only most of the time
    assert load_workbook(io.BytesIO(data)).properties.modified == datetime(2024, 9, 30)  # noqa: DTZ001 - as read
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
