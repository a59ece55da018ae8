"""A consulting invoice says what the draft says, on paper and in its workbook; nothing that does not tie."""

from __future__ import annotations

import io
import os
import re
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook
from pydantic import ValidationError

from contracts_app.documents.annex_sheet import DETAIL, FIRST_ROW, PHASES, workbook
from contracts_app.documents.contents import Certificate, CertificateOutcome
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.libreoffice import LibreOffice, find_soffice
from contracts_app.documents.mail import compose
from contracts_app.documents.pdf import PdfRenderer, text_of
from contracts_app.documents.production import ProducedDocument, produce
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import shipped
from contracts_app.documents.wheel import Wheel
from contracts_app.documents.wording import Wording, folded
from contracts_app.documents.workbooks import SUMMARY
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.contract import HourRounding, RetainageTerms
from contracts_app.domain.funding.limit_standings import LimitShare
from contracts_app.domain.time.time_and_materials import TimeEntry
from tests.documents import sample_invoices as sample
from tests.documents.spreadsheet import Spreadsheet

SAY = Wording("en_US", "USD")
SMALL = sample.content(sample.snapshot(6, deposit="5000.00"))
BILLED = SMALL.billed_now
ON_ORDERS = sample.content(
    sample.snapshot(6, deposit="5000.00"),
    limits=(
        LimitShare(name="All phases", amount=Decimal("90000.00"), now=BILLED),
        LimitShare(
            name="Purchase order PO-7, line 10",
            order_number="PO-7",
            order_line="10",
            amount=Decimal("70000.00"),
            before=Decimal("100.00"),
            now=BILLED,
        ),
    ),
)
SIXTY = sample.content(sample.snapshot(60, rounding=sample.QUARTERS))
LATER = sample.content(sample.snapshot(2, study="12000.00", over_before="600.00"))


@pytest.fixture(scope="module", params=["libreoffice", "wheel"])
def papers(request: pytest.FixtureRequest) -> dict[str, ProducedDocument]:
    renderer: PdfRenderer
    if request.param == "libreoffice":
        soffice = find_soffice()
        if soffice is None:
            if os.environ.get("CI"):
                pytest.fail("CI needs LibreOffice")
            pytest.skip("no LibreOffice on this machine")
        renderer = LibreOffice(soffice)
    else:
        renderer = Wheel()
    return dict(zip(("small", "sixty", "later"), produce([SMALL, SIXTY, LATER], renderer), strict=True))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_the_paper_shows_the_figures_of_the_draft(papers: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(papers["small"].pdf))
    figures = draft(sample.snapshot(6, deposit="5000.00"))
    for line in figures.lines:
        now = SAY.amount(line.this_period)
        before, to_date, left = SAY.amount(line.previous), SAY.amount(line.total), SAY.amount(line.balance)
        assert f"{SAY.amount(line.scheduled_value)}{before}{now}{to_date}{left}" in text, line.item_no
    assert f"{SAY.amount(figures.line8)}Depositapplied" in text
    assert f"{SAY.amount(figures.line8 - Decimal('5000.00'))}USD" in text
    assert "Payableby" in text
    for part in ("INV-2024-0031", "C-2024-011", "A-1", "Secondpassoftheloadcalculations", "3fa2c1d4b5e6"):
        assert part in text
    assert "Applicationforpayment" not in text


def test_each_entry_is_printed_with_hours_rate_amount_and_where_it_was_read(
    papers: dict[str, ProducedDocument],
) -> None:
    for name, content, hours in (("small", SMALL, "1:00:37"), ("sixty", SIXTY, "1.75")):
        text = squeezed(text_of(papers[name].pdf))
        assert hours in text
        for billed in content.application.time:
            for each in billed.entries:
                shown = SAY.hours(each.seconds, content.hour_rounding.unit_seconds)
                assert squeezed(f"{shown}{SAY.price(each.rate)}{SAY.amount(each.amount)}") in text
        assert "time_detailed_2024-03_northbank_all.csv,row2" in text


def test_what_is_over_the_limit_is_said_with_its_sign(papers: dict[str, ProducedDocument]) -> None:
    over = next(phase for phase in SIXTY.lines if phase.other < 0)
    text = squeezed(text_of(papers["sixty"].pdf))
    assert f"Overnot-to-exceed:staysunbilled{SAY.amount(over.other)}" in text
    assert f"Thisinvoice{SAY.amount(over.now)}" in text
    text = squeezed(text_of(papers["later"].pdf))
    assert "Workedearlier,overnot-to-exceedornotcertifiedthen,billednow600.00" in text


def test_milestones_are_listed_with_the_day_of_approval(papers: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(papers["small"].pdf))
    assert "Drawingsat60%Mar20,20246,000.00" in text
    assert "Owner'sreviewpartof4,000.00Mar28,20241,500.00" in text
    assert "35.0%ofthefeetodate,20.0%before" in text


def test_its_certificate_states_what_was_certified() -> None:
    content = sample.content(
        certificate=Certificate(
            outcome=CertificateOutcome.less,
            amount=Decimal("9000.00"),
            line6=Decimal("23100.00"),
            certified_by="Dana Okafor",
            certified_on=date(2024, 4, 9),
            reason="Second visit not agreed",
        )
    )
    fields = fields_of(content)
    assert (fields["due_label"], fields["amount_due"]) == ("Amount certified", "9,000.00 USD")
    text = squeezed(text_of(produce([content], Wheel())[0].pdf))
    assert "Certificateforpayment" in text
    assert "certified9,000.00USD" in text


def test_the_file_has_a_column_only_where_time_came_from_one() -> None:
    by_hand = [one.model_copy(update={"source": ""}) for one in sample.entries(6, sample.QUARTERS)]
    content = sample.content(sample.snapshot(6, rounding=sample.QUARTERS, claimed=by_hand))
    assert not any(part["has_sources"] for part in fields_of(content)["annex"])
    titles = [cell.value for cell in load_workbook(io.BytesIO(workbook(content)))[DETAIL][FIRST_ROW - 1]]
    assert "File and row" not in titles
    text = text_of(produce([content], Wheel())[0].pdf)
    assert "File and row" not in text
    assert "by hand" not in text
    assert any(part["has_sources"] for part in fields_of(SIXTY)["annex"])


def test_a_long_annex_repeats_its_titles_on_every_page(papers: dict[str, ProducedDocument]) -> None:
    pages = pypdfium2.PdfDocument(papers["sixty"].pdf)
    texts = [page.get_textpage().get_text_bounded() for page in pages]
    pages.close()
    assert len(texts) >= 4
    assert all("File and row" in text for text in texts[1:-1])
    assert f"Page 3 of {len(texts)}" in texts[2]


@pytest.mark.parametrize("content", [SMALL, SIXTY, LATER])
def test_the_workbook_recomputes_to_the_figures_of_the_draft(content: sample.Content) -> None:
    data, a = workbook(content), content.application
    sheet = Spreadsheet(data)
    for row, amount in enumerate(
        (a.line1, a.line2, a.line3, a.line4, a.line5, a.line6, a.line7, a.line8, a.line9), 5
    ):
        assert sheet.value(SUMMARY, f"C{row}") == amount
    assert sheet.value(SUMMARY, "C15") == a.amount_due
    assert [sheet.value(SUMMARY, f"C{row}") for row in (17, 18)] == [0, 0]
    for row, line in enumerate(a.lines, FIRST_ROW):
        assert sheet.value(PHASES, f"F{row}") == line.this_period
        assert sheet.value(PHASES, f"G{row}") == line.total
        assert sheet.value(PHASES, f"H{row}") == line.balance
    rows = load_workbook(io.BytesIO(data))[DETAIL]
    amounts = [each.amount for billed in a.time for each in billed.entries]
    found = [
        sheet.value(DETAIL, f"H{row}")
        for row in range(FIRST_ROW, rows.max_row + 1)
        if rows[f"G{row}"].value is not None
    ]
    assert sorted(found) == sorted(amounts)
    assert all(
        str(rows[f"H{row}"].value).startswith("=ROUND(")
        for row in range(FIRST_ROW, rows.max_row + 1)
        if rows[f"G{row}"].value is not None
    )


@pytest.mark.parametrize("content", [SMALL, SIXTY])
def test_the_value_beside_each_formula_is_what_it_computes_to(content: sample.Content) -> None:
    data = workbook(content)
    formulas, values = load_workbook(io.BytesIO(data)), load_workbook(io.BytesIO(data), data_only=True)
    computed, count = Spreadsheet(data), 0
    for sheet in formulas:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    count += 1
                    # openpyxl reads a duration where the format says hours; the file holds days
                    shown = values[sheet.title][cell.coordinate].value
                    stored = (
                        Decimal(shown.total_seconds()) / 86400
                        if hasattr(shown, "total_seconds")
                        else Decimal(str(shown))
                    )
                    assert abs(stored - computed.value(sheet.title, cell.coordinate)) < Decimal("1e-9")
    assert count > 30


FROM_FILES = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "a\tb\x0bc\nd",
    "{{ firm }} {% for %} & <w:p>",
)


def with_text(text: str) -> sample.Content:
    """An invoice with one entry whose words come from a file."""
    known = sample.snapshot(1)
    entry = known.time[0].model_copy(update={"description": text, "source": text})
    return sample.content(known.model_copy(update={"time": (TimeEntry.model_validate(entry.model_dump()),)}))


@pytest.mark.parametrize("text", FROM_FILES)
def test_text_from_a_file_is_never_a_formula(text: str) -> None:
    sheet = load_workbook(io.BytesIO(workbook(with_text(text))))[DETAIL]
    for at in (f"E{FIRST_ROW}", f"I{FIRST_ROW}"):
        assert sheet[at].data_type == "s"
        assert squeezed(sheet[at].value) == squeezed(text)
        assert bool(sheet[at].quotePrefix) == (text[0] in "=+-@")


def test_text_from_a_file_never_breaks_a_document() -> None:
    made = produce([with_text(text) for text in FROM_FILES])
    for text, paper in zip(FROM_FILES, made, strict=True):
        assert squeezed(text) in squeezed(text_of(paper.pdf))


def test_an_exact_half_cent_is_rounded_as_the_domain_rounds_it() -> None:
    known = sample.snapshot(1, rounding=sample.QUARTERS)
    entry = known.time[0].model_copy(update={"seconds": 900, "person": "Ruth Amadi"})
    card = (known.rate_card[0].model_copy(update={"rate": Decimal("145.30")}),)
    content = sample.content(known.model_copy(update={"time": (entry,), "rate_card": card}))
    [priced] = content.application.time[0].entries
    assert priced.amount == Decimal("36.33")  # 36.325
    data = workbook(content)
    formula = load_workbook(io.BytesIO(data))[DETAIL][f"H{FIRST_ROW}"].value
    assert formula == f"=ROUND(ROUND(F{FIRST_ROW}*G{FIRST_ROW}*100,6),0)/100"
    assert Spreadsheet(data).value(DETAIL, f"H{FIRST_ROW}") == priced.amount


def test_equal_content_gives_equal_bytes() -> None:
    assert workbook(SMALL) == workbook(sample.content(sample.snapshot(6, deposit="5000.00")))


def test_an_invoice_that_does_not_tie_is_refused() -> None:
    a = SMALL.application
    (first, *others) = a.time
    (entry, *rest) = first.entries
    dearer = entry.model_copy(update={"amount": entry.amount + Decimal("0.01")})
    wrong = first.model_copy(update={"entries": (dearer, *rest)})
    with pytest.raises(ValidationError, match="hours × rate"):
        sample.content(
            sample.snapshot(6, deposit="5000.00"), application=a.model_copy(update={"time": (wrong, *others)})
        )
    short = first.model_copy(update={"entries": tuple(rest)})
    with pytest.raises(ValidationError, match="entries \\+ over the limit"):
        sample.content(
            sample.snapshot(6, deposit="5000.00"), application=a.model_copy(update={"time": (short, *others)})
        )
    with pytest.raises(ValidationError, match="line 2 = amendments"):
        sample.content(amendments=())
    with pytest.raises(ValidationError, match="more of the deposit"):
        sample.content(sample.snapshot(6, deposit="5000.00"), deposit_before="1.00")
    lost = SMALL.milestones[0].model_copy(update={"line_id": sample.STUDY})
    with pytest.raises(ValidationError, match="not billed by milestones"):
        sample.content(milestones=(lost,))


def test_the_letter_says_what_is_due_and_what_the_deposit_paid() -> None:
    letter = compose(SMALL, greeting="To Harrow & Vale Builders,")
    assert letter.subject == (
        "Invoice INV-2024-0031, C-2024-011 Ellery County Hospital, energy study: 5,033.48 USD"
    )
    assert "Deposit applied: -5,000.00 USD (left of it: 0.00 USD)" in letter.text
    assert "Please pay by May 2, 2024 (Net 30 from the invoice date)." in letter.text
    assert "pplication" not in letter.text
    paid = sample.content(sample.snapshot(6, deposit="50000.00"), due_on=None)
    letter = compose(paid)
    assert "There is nothing to pay on this invoice." in letter.text
    assert "How to pay" not in letter.text
    for text in (letter.text, compose(sample.content()).text, compose(sample.content(due_on=None)).text):
        assert "\n\n\n" not in text
        assert "{" not in text


def test_the_template_gets_only_plain_values() -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(part) for key, part in value.items())
        if isinstance(value, list):
            return all(plain(part) for part in value)
        return isinstance(value, str | bool)

    assert plain(fields_of(SMALL))
    assert plain(fields_of(LATER))


def test_an_invoice_that_withholds_retainage_says_how_much() -> None:
    known = sample.snapshot(0)
    terms = known.terms.model_copy(update={"retainage": RetainageTerms(rate_completed=Decimal("0.10"))})
    # 10 % of the 14,100.00 billed before was withheld already
    before = known.previous.model_copy(update={"line6": Decimal("12690.00")}) if known.previous else None
    content = sample.content(known.model_copy(update={"terms": terms, "previous": before}))
    assert (content.billed_now, content.retainage_now) == (Decimal("8700.00"), Decimal("870.00"))
    text = squeezed(text_of(produce([content])[0].pdf))
    assert "Retainageofthisinvoice-870.00" in text
    assert "Thisinvoicelessretainage7,830.00" in text
    assert "7,830.00USD" in text


def test_a_milestone_that_is_not_billed_in_full_leaves_a_line_that_says_so() -> None:
    fields = fields_of(sample.content(milestones=SMALL.milestones[:1]))
    design = next(part for part in fields["annex"] if part["item"] == "2")
    assert (design["other"], design["other_amount"]) == (
        "Approved earlier or without a milestone, billed now",
        "1,500.00",
    )


@pytest.mark.parametrize(
    ("seconds", "unit", "shown"),
    [
        (5437, 1, "1:30:37"),
        (-5437, 1, "-1:30:37"),
        (360_000, 1, "100.00"),
        (27_000, 1, "7.50"),
        (-27_036, 1, "-7.51"),
        (27_005, 1, "7:30:05"),
        (5400, 60, "1.50"),
        (5460, 60, "1:31:00"),
        (4536, 36, "1.26"),
        (4680, 360, "1.3"),
        (4500, 900, "1.25"),
        (-4500, 900, "-1.25"),
        (7200, 3600, "2"),
    ],
)
def test_hours_are_written_so_that_they_multiply_out(seconds: int, unit: int, shown: str) -> None:
    assert HourRounding(unit_seconds=unit).unit_seconds == unit
    assert SAY.hours(seconds, unit) == shown


def test_a_word_that_no_column_holds_is_broken_where_it_reads_well() -> None:
    assert folded("see time_detailed_2024-03.csv\x0bnow", 16) == "see time_detailed_\n2024-03.csv now"
    assert folded("x" * 10, 4) == "xxxx\nxxxx\nxx"
    assert folded("short words stay", 8) == "short words stay"
    assert SAY.short_day(date(2024, 3, 1)) == "Mar 1, 2024"


def test_the_orders_that_pay_it_are_named() -> None:
    fields = fields_of(ON_ORDERS)
    assert fields["orders"] == "PO-7"
    assert [(one["name"], one["before"], one["now"]) for one in fields["limits"]] == [
        ("All phases", "0.00", SAY.amount(BILLED)),
        ("Purchase order PO-7, line 10", "100.00", SAY.amount(BILLED)),
    ]
    (made,) = render([Job("docx", shipped("documents/consulting_invoice.docx"), fields)])
    text = Document(io.BytesIO(made)).element.xml
    assert "Your order" in text
    assert "Purchase order PO-7, line 10" in text
    assert not fields_of(SMALL)["has_limits"]


def test_orders_that_do_not_pay_the_invoice_are_refused() -> None:
    short = LimitShare(name="PO-8", order_number="PO-8", order_line="1", amount=BILLED, now=BILLED - 1)
    with pytest.raises(ValidationError, match="purchase orders = this invoice"):
        sample.content(sample.snapshot(6, deposit="5000.00"), limits=(short,))
