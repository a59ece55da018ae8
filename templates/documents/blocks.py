"""Blocks that several papers share: to whom, about what, lines 1 to 9, amount due, certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.shared import Pt

from templates.documents.layout import (
    ACCENT,
    BODY,
    FILL_SOFT,
    FILL_STRONG,
    LABEL,
    LEFT,
    RIGHT,
    RULE_STRONG,
    SECTION,
    SMALL,
    STRONG,
    Facts,
    Ink,
    add_line,
    address_block,
    cell,
    gap,
    head_row,
    paragraph,
    row,
    table,
    tag,
    tag_row,
    write,
)

SUMMARY = (
    ("1", "Original contract sum", "line1"),
    ("2", "Net change by change orders", "line2"),
    ("3", "Contract sum to date (line 1 + line 2)", "line3"),
    ("4", "Total completed and stored to date (column G)", "line4"),
    ("5a", "Retainage: {{ rate_completed }}completed work", "line5a"),
    ("5b", "Retainage: {{ rate_stored }}stored material", "line5b"),
    ("5", "Total retainage (line 5a + line 5b, column I)", "line5"),
    (
        "6",
        "Total earned less retainage (line 4 − line 5{% if has_advance %} + advance payment{% endif %})",
        "line6",
    ),
    ("7", "Less previous certificates (line 6 of the prior certificate)", "line7"),
    ("8", "Current payment due (line 6 − line 7)", "line8"),
    ("9", "Balance to finish, including retainage (line 3 − line 6)", "line9"),
)


def who_and_what(document: Any) -> None:
    """The client at the left; contract, numbers, dates and terms at the right."""
    made = table(document, (3.3, 3.7), rows=1)
    left, right = made.rows[0].cells
    address_block(left, "To", "client")
    facts = Facts(right, 3.6)
    facts.add("Contract", "{{ contract.number }}")
    facts.add("Project", "{{ contract.title }}")
    facts.add("Architect", "{{ architect }}", when="architect")
    facts.add("Invoice number", "{% if draft %}none yet: this is a draft{% else %}{{ invoice }}{% endif %}")
    facts.add("Period to", "{{ period_to }}")
    facts.add("Submitted", "{{ submitted_on }}", when="submitted_on")
    facts.add("Terms", "{{ terms }}")
    tax_number(facts)


def tax_number(facts: Facts) -> None:
    """The client's tax number, on papers that say something of tax; ours stands in the letterhead."""
    facts.add("Your tax number", "{{ client.tax_id }}", when="has_tax and client.tax_id")


def summary_table(document: Any) -> None:
    """Lines 1 to 9."""
    widths = (0.45, 5.05, 1.5)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Line", LEFT),
            ("Summary{% if certified %}, as applied for{% endif %}", LEFT),
            ("Amount in {{ currency }}", RIGHT),
        ],
    )
    for number, text, name in SUMMARY:
        if number == "6":
            _advance_rows(made, widths)
        strong = number in ("3", "6", "8")
        ink = STRONG if strong else BODY
        row(
            made,
            widths,
            [(number, LEFT, ink), (text, LEFT, ink), (f"{{{{ {name} }}}}", RIGHT, ink)],
            fill=FILL_STRONG if number == "8" else FILL_SOFT if strong else "",
        )


def _advance_rows(made: Any, widths: tuple[float, ...]) -> None:
    """What is outstanding of an advance payment; nothing where there is none."""
    tag_row(made, "{%tr if has_advance %}")
    added = row(
        made,
        widths,
        [
            ("", LEFT, BODY),
            ("Advance payment outstanding", LEFT, BODY),
            ("{{ advance.outstanding }}", RIGHT, BODY),
        ],
    )
    add_line(
        added.cells[1],
        "invoiced {{ advance.invoiced }}, recovered to date {{ advance.recovered }}, of that now "
        "{{ advance.recovered_now }}",
        SMALL,
    )
    tag_row(made, "{%tr endif %}")


def invoiced_block(document: Any) -> None:
    """From the amount without tax to what is due, in the currency that the client pays, with the rate;
    nothing where that is the contract's."""
    tag(document, "{%p if has_invoiced %}")
    gap(document, 6)
    widths = (5.5, 1.5)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("In {{ invoiced.currency }}, the currency of this invoice", LEFT),
            ("{{ invoiced.currency }}", RIGHT),
        ],
    )
    tag_row(made, "{%tr for one in invoiced.rows %}")
    row(made, widths, [("{{ one[0] }}", LEFT, BODY), ("{{ one[1] }}", RIGHT, BODY)])
    tag_row(made, "{%tr endfor %}")
    row(
        made,
        widths,
        [("{{ due_label }}", LEFT, STRONG), ("{{ invoiced.due }}", RIGHT, STRONG)],
        fill=FILL_STRONG,
    )
    paragraph(document, "{{ invoiced.rate }}", BODY, before=4)
    tag(document, "{%p endif %}")


def books_line(document: Any) -> None:
    """What is due and its tax in the currency of the books, with the rate; nothing where that is the
    invoice's."""
    invoiced_block(document)
    tag(document, "{%p if books %}")
    paragraph(document, "{{ books }}", BODY, before=4)
    tag(document, "{%p endif %}")


def tax_block(document: Any) -> None:
    """What each rate of tax comes to, and what is due with it; nothing on a paper without tax. What both come
    to in the currency of the books, where that is another."""
    tag(document, "{%p if has_tax %}")
    gap(document, 6)
    widths = (4.0, 1.5, 1.5)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("{{ tax.head }}", LEFT),
            ("{% if tax.has_groups %}Taxed amount{% else %} {% endif %}", RIGHT),
            ("{% if tax.has_groups %}Tax in {{ currency }}{% else %}{{ currency }}{% endif %}", RIGHT),
        ],
    )
    tag_row(made, "{%tr if tax.has_work %}")
    row(
        made,
        widths,
        [("{{ tax.work_called }}", LEFT, BODY), ("{{ tax.work }}", RIGHT, BODY), ("", RIGHT, BODY)],
    )
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if tax.has_discount %}")
    row(made, widths, [("Discount", LEFT, BODY), ("{{ tax.discount }}", RIGHT, BODY), ("", RIGHT, BODY)])
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if tax.has_allowance %}")
    row(
        made,
        widths,
        [
            ("{{ tax.allowance_called }}", LEFT, BODY),
            ("{{ tax.allowance }}", RIGHT, BODY),
            ("", RIGHT, BODY),
        ],
    )
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr for one in tax.groups %}")
    row(
        made,
        widths,
        [
            ("{{ one.called }}", LEFT, BODY),
            ("{{ one.base }}", RIGHT, BODY),
            ("{{ one.amount }}", RIGHT, BODY),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    row(
        made,
        widths,
        [
            ("Total", LEFT, STRONG),
            ("{{ tax.net }}", RIGHT, STRONG),
            ("{% if tax.has_groups %}{{ tax.total }}{% else %} {% endif %}", RIGHT, STRONG),
        ],
        fill=FILL_SOFT,
    )
    tag_row(made, "{%tr if tax.has_groups %}")
    row(made, widths, [("Amount with tax", LEFT, BODY), ("", RIGHT, BODY), ("{{ tax.gross }}", RIGHT, BODY)])
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if tax.has_retained %}")
    row(
        made,
        widths,
        [("{{ tax.retained_called }}", LEFT, BODY), ("", RIGHT, BODY), ("{{ tax.retained }}", RIGHT, BODY)],
    )
    row(
        made,
        widths,
        [
            ("{{ tax.due_called }}", LEFT, STRONG),
            ("", RIGHT, STRONG),
            ("{{ tax.due }}", RIGHT, STRONG),
        ],
    )
    tag_row(made, "{%tr endif %}")
    tag(document, "{%p for line in tax.wording %}")
    paragraph(document, "{{ line }}", BODY, before=3)
    tag(document, "{%p endfor %}")
    tag(document, "{%p for line in tax.customer %}")
    paragraph(document, "{{ line }}", BODY, before=2)
    tag(document, "{%p endfor %}")
    tag(document, "{%p endif %}")
    books_line(document)


def amount_due_box(document: Any) -> None:
    """What is applied for, due or certified, and when it is payable, large."""
    gap(document, 6)
    big_box(
        document,
        "{{ due_label }}",
        "{{ amount_due }}",
        "{% if due_on %}Payable by {{ due_on }} ({{ terms }}){% else %}{{ terms }}{% endif %}",
    )


def big_box(document: Any, label: str, amount: str, when: str) -> None:
    """One figure, large, with its label and a line below it."""
    made = table(document, (4.2, 2.8), rows=1)
    left, right = made.rows[0].cells
    cell(
        left,
        label,
        Ink(size=11, bold=True, colour=ACCENT),
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
    if when:
        add_line(left, when, SMALL)
    cell(
        right,
        amount,
        Ink(size=14, bold=True),
        align=RIGHT,
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )


def orders_and_certificate(document: Any) -> None:
    """Change orders by period, then the certificate."""
    widths = (2.9, 1.35, 1.35, 1.4)
    made = table(document, widths)
    head_row(
        made, widths, [("Change orders", LEFT), ("Additions", RIGHT), ("Deductions", RIGHT), ("Net", RIGHT)]
    )
    for text, when in (("Executed in previous periods", "_before"), ("Executed in this period", "_now")):
        row(
            made,
            widths,
            [
                (text, LEFT, SMALL),
                (f"{{{{ orders.additions{when} }}}}", RIGHT, SMALL),
                (f"{{{{ orders.deductions{when} }}}}", RIGHT, SMALL),
                ("", RIGHT, SMALL),
            ],
        )
    total = Ink(size=8, bold=True)
    row(
        made,
        widths,
        [
            ("Total", LEFT, total),
            ("{{ orders.additions }}", RIGHT, total),
            ("{{ orders.deductions }}", RIGHT, total),
            ("{{ orders.net }}", RIGHT, total),
        ],
        fill=FILL_SOFT,
    )
    certificate_only(document)


def certificate_only(document: Any) -> None:
    """The certificate, or room for one to be written by hand."""
    certificate_said(document)
    tag(document, "{%p if not certified %}")
    paragraph(document, "Certification", SECTION, before=8, after=2, keep=True)
    tag(document, "{%p if certify_by or draft %}")
    paragraph(
        document,
        "Not yet certified{% if certify_by %}; to be certified by {{ certify_by }}{% endif %}.",
        BODY,
        after=2,
        keep=True,
    )
    tag(document, "{%p endif %}")
    widths = (2.4, 2.6, 2.0)
    lines = table(document, widths, rows=1)
    for part, text in zip(lines.rows[0].cells, ("Amount certified", "Certified by", "Date"), strict=True):
        cell(part, text, LABEL, bottom=RULE_STRONG)
        add_line(part, " ", Ink(size=11))
    tag(document, "{%p endif %}")


def certificate_said(document: Any) -> None:
    """What was certified, by whom and why, with the lines certified lower; nothing before that."""
    tag(document, "{%p if certified %}")
    paragraph(document, "{{ certificate.outcome }}", SECTION, before=8, after=2, keep=True)
    made = paragraph(document, "", BODY)
    write(made, "Applied for {{ line8 }}, certified ")
    write(made, "{{ certificate.amount }}", STRONG)
    write(
        made,
        ", total earned less retainage as certified {{ certificate.line6 }}. "
        "Certified by {{ certificate.by }} on {{ certificate.on }}.",
    )
    tag(document, "{%p if certificate.reason %}")
    paragraph(document, "Reason: {{ certificate.reason }}", BODY, before=2)
    tag(document, "{%p endif %}")
    tag(document, "{%p if has_cut %}")
    gap(document, 4)
    widths = (0.6, 3.4, 1.0, 1.0, 1.0)
    made = table(document, widths)
    titles = ("Applied for", "Certified", "Less by")
    head_row(made, widths, [("Item", LEFT), ("Lines certified lower", LEFT), *((t, RIGHT) for t in titles)])
    tag_row(made, "{%tr for line in cut %}")
    row(
        made,
        widths,
        [
            ("{{ line.item }}", LEFT, SMALL),
            ("{{ line.description }}{% if line.reason %}: {{ line.reason }}{% endif %}", LEFT, SMALL),
            ("{{ line.applied }}", RIGHT, SMALL),
            ("{{ line.certified }}", RIGHT, SMALL),
            ("{{ line.difference }}", RIGHT, SMALL),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    tag(document, "{%p endif %}")
    tag(document, "{%p endif %}")


def signatures(document: Any) -> None:
    """Who prepared and who approved, with dates, and by what we find the content that they approved."""
    gap(document, 8)
    tag(document, "{%p for one in signatures %}")
    made = paragraph(document, "", BODY)
    write(made, "{{ one.role }} ", LABEL)
    write(made, "{{ one.name }}", STRONG)
    write(made, ", {{ one.on }}", SMALL)
    tag(document, "{%p endfor %}")
    paragraph(document, "Reference {{ hash }}", LABEL, before=2)


def signed_by_hand(document: Any) -> None:
    """Places for a signature, and with a notary's on a page of their own that names what is sworn."""
    tag(document, "{%p if to_swear %}")
    title = paragraph(
        document, "Sworn application for payment", Ink(size=12, bold=True, colour=ACCENT), after=6
    )
    title.paragraph_format.page_break_before = True
    paragraph(
        document,
        "Application {{ application_number }}, invoice {{ invoice }}, of contract {{ contract.number }} "
        "{{ contract.title }}, period to {{ period_to }}: current payment due {{ line8 }} {{ currency }}, "
        "as the pages of this application say. Reference {{ hash }}.",
        BODY,
        after=4,
    )
    tag(document, "{%p endif %}")
    tag(document, "{%p if to_sign %}")
    _places(document, "Signed for {{ firm.name }}", (("By", "Title"), ("Name", "Date")))
    tag(document, "{%p endif %}")
    tag(document, "{%p if to_swear %}")
    sworn = ("Sworn before me on", "Notary public")
    _places(document, "Notary", (("State of", "County of"), sworn, ("Commission expires", "Seal")))
    tag(document, "{%p endif %}")


def _places(document: Any, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    """Labels with room to write beside them, two in a row."""
    paragraph(document, heading, SECTION, before=10, after=2, keep=True)
    widths = (1.3, 2.2, 1.0, 2.5)
    made = table(document, widths)
    for left, right in rows:
        added = row(
            made, widths, [(left, LEFT, LABEL), ("", LEFT, BODY), (right, LEFT, LABEL), ("", LEFT, BODY)]
        )
        for part in added.cells:
            part.paragraphs[0].paragraph_format.space_before = Pt(12)
