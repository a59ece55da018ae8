"""Makes the document templates: `python templates/documents/build.py [FOLDER]`.

The DOCX files are kept beside it so that an office can open and adapt them; a test builds them again and
compares. What a template may say is in docs/SPEC-documents.md.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docx.enum.section import WD_SECTION

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from contracts_app.documents.packages import with_fixed_times
from templates.documents.blocks import (
    amount_due_box,
    big_box,
    books_line,
    certificate_only,
    orders_and_certificate,
    signatures,
    signed_by_hand,
    summary_table,
    tax_block,
    who_and_what,
)
from templates.documents.consulting import consulting_invoice
from templates.documents.credit_note import credit_note
from templates.documents.group import group_invoice
from templates.documents.layout import (
    ACCENT,
    BODY,
    FILL_SOFT,
    FILL_STRONG,
    HEAD,
    LANDSCAPE_WIDTH,
    LEFT,
    MUTED,
    PORTRAIT_WIDTH,
    RIGHT,
    RULE_STRONG,
    SECTION,
    SMALL,
    STRONG,
    Facts,
    Ink,
    address_block,
    cell,
    footer,
    gap,
    head_row,
    landscape,
    letterhead,
    new_document,
    paragraph,
    payment_box,
    row,
    table,
    tag,
    tag_row,
    write,
)

PENCIL = "PENCIL COPY – NOT AN APPLICATION"
"""What marks a copy of a draft; on the summary, and at the foot of every page."""
_MARKED = "{% if pencil %}" + PENCIL + " · {% endif %}"


def application() -> Any:
    """Application for payment: a summary page and the continuation sheet on its side."""
    document = new_document("Application for payment")
    letterhead(
        document,
        "{% if certified %}Certificate for payment{% else %}Application for payment{% endif %}",
        "{% if certified %}Application {% elif pencil %}" + PENCIL + " · no. {% elif draft %}Draft of no. "
        "{% else %}No. {% endif %}"
        "{{ application_number }}",
    )
    gap(document, 8)
    who_and_what(document)
    gap(document, 8)
    summary_table(document)
    tax_block(document)
    amount_due_box(document)
    gap(document, 8)
    orders_and_certificate(document)
    payment_box(document)
    signatures(document)
    signed_by_hand(document)
    footer(
        document.sections[0],
        PORTRAIT_WIDTH,
        _MARKED + "{{ firm.name }} · application {{ application_number }} · contract {{ contract.number }}",
    )

    section = document.add_section(WD_SECTION.NEW_PAGE)
    landscape(section)
    _continuation(document)
    footer(
        section,
        LANDSCAPE_WIDTH,
        _MARKED + "{{ firm.name }} · application {{ application_number }} · contract {{ contract.number }}",
    )
    return document


def retainage_release() -> Any:
    """Retainage release invoice: no work, only retainage held before."""
    document = new_document("Retainage release invoice")
    letterhead(
        document,
        "{% if certified %}Certificate for retainage{% else %}Retainage release invoice{% endif %}",
        "{% if pencil %}" + PENCIL + " · {{ called | lower }} {% elif draft %}Draft of {{ called | lower }} "
        "{% else %}{{ called }} {% endif %}"
        "{{ application_number }}",
    )
    gap(document, 8)
    who_and_what(document)
    paragraph(document, "{{ condition }}", BODY, before=8, after=6)
    gap(document, 8)
    summary_table(document)
    tax_block(document)
    amount_due_box(document)
    certificate_only(document)
    payment_box(document)
    signatures(document)
    signed_by_hand(document)
    title = paragraph(document, "Retainage by line", Ink(size=12, bold=True, colour=ACCENT), after=4)
    title.paragraph_format.page_break_before = True
    write(
        title,
        "    contract {{ contract.number }} · {{ called | lower }} {{ application_number }} · "
        "amounts in {{ currency }}",
        Ink(size=8, colour=MUTED),
    )
    widths = (0.55, 3.2, 1.1, 1.05, 1.1)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Item", LEFT),
            ("Description of work", LEFT),
            ("Held before", RIGHT),
            ("Released now", RIGHT),
            ("Still held", RIGHT),
        ],
    )
    tag_row(made, "{%tr for line in lines %}")
    row(
        made,
        widths,
        [
            ("{{ line.item }}", LEFT, SMALL),
            ("{{ line.description }}", LEFT, SMALL),
            ("{{ line.held_before }}", RIGHT, SMALL),
            ("{{ line.released }}", RIGHT, SMALL),
            ("{{ line.held_after }}", RIGHT, SMALL),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    total = Ink(size=8.5, bold=True)
    row(
        made,
        widths,
        [
            ("", LEFT, total),
            ("Total", LEFT, total),
            ("{{ held_before }}", RIGHT, total),
            ("{{ released }}", RIGHT, total),
            ("{{ held_after }}", RIGHT, total),
        ],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
    footer(
        document.sections[0],
        PORTRAIT_WIDTH,
        "{{ firm.name }} · {{ called | lower }} {{ application_number }} · contract {{ contract.number }}",
    )
    return document


def advance() -> Any:
    """Invoice of an advance payment: what is paid ahead, and how it is recovered."""
    document = new_document("Advance payment")
    letterhead(
        document,
        "Invoice of an advance payment",
        "{% if draft %}Draft{% else %}{{ invoice }}{% endif %}",
    )
    gap(document, 8)
    who_and_what(document)
    gap(document, 8)
    widths = (5.5, 1.5)
    made = table(document, widths)
    head_row(made, widths, [("Summary", LEFT), ("Amount in {{ currency }}", RIGHT)])
    row(made, widths, [("Contract sum to date", LEFT, BODY), ("{{ line3 }}", RIGHT, BODY)])
    row(made, widths, [("Work completed and stored to date", LEFT, BODY), ("{{ line4 }}", RIGHT, BODY)])
    row(
        made,
        widths,
        [("Advance payment", LEFT, STRONG), ("{{ line8 }}", RIGHT, STRONG)],
        fill=FILL_STRONG,
    )
    paragraph(document, "{{ recovery }}", BODY, before=8, after=2)
    paragraph(document, "It pays for no work yet and bears no retainage.", BODY, after=2)
    tag(document, "{%p if guarantee %}")
    paragraph(document, "Guarantee: {{ guarantee }}", BODY, after=2)
    tag(document, "{%p endif %}")
    books_line(document)
    amount_due_box(document)
    payment_box(document)
    signatures(document)
    footer(
        document.sections[0],
        PORTRAIT_WIDTH,
        "{{ firm.name }} · advance payment · contract {{ contract.number }}",
    )
    return document


def receipt() -> Any:
    """Receipt: the payment, what it settled, what is left."""
    document = new_document("Receipt")
    letterhead(document, "Receipt", "Payment {{ reference }}")
    gap(document, 8)
    widths = (3.7, 3.3)
    made = table(document, widths, rows=1)
    address_block(made.rows[0].cells[0], "Received from", "client")
    facts = Facts(made.rows[0].cells[1], 3.2)
    facts.add("Received on", "{{ received_on }}")
    facts.add("Reference", "{{ reference }}")
    facts.add("Method", "{{ method }}", when="method")
    gap(document, 8)
    big_box(document, "Amount received", "{{ amount_money }}", "")
    paragraph(document, "Applied to", SECTION, before=12, after=3, keep=True)
    columns = (2.2, 1.3, 1.2, 1.1, 1.2)
    made = table(document, columns)
    head_row(
        made,
        columns,
        [
            ("Invoice", LEFT),
            ("For", LEFT),
            ("Open before", RIGHT),
            ("Applied", RIGHT),
            ("Open after", RIGHT),
        ],
    )
    tag_row(made, "{%tr for line in applied %}")
    row(
        made,
        columns,
        [
            ("{{ line.invoice }}", LEFT, BODY),
            ("{{ line.called }}", LEFT, BODY),
            ("{{ line.open_before }}", RIGHT, BODY),
            ("{{ line.applied }}", RIGHT, BODY),
            ("{{ line.open_after }}", RIGHT, BODY),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    tag_row(made, "{%tr if has_unapplied %}")
    row(
        made,
        columns,
        [
            ("Unapplied cash, kept on account", LEFT, BODY),
            ("", LEFT, BODY),
            ("", RIGHT, BODY),
            ("{{ unapplied }}", RIGHT, BODY),
            ("", RIGHT, BODY),
        ],
    )
    tag_row(made, "{%tr endif %}")
    row(
        made,
        columns,
        [
            ("Total", LEFT, STRONG),
            ("", LEFT, STRONG),
            ("", RIGHT, STRONG),
            ("{{ amount }}", RIGHT, STRONG),
            ("{{ open_total }}", RIGHT, STRONG),
        ],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
    tag(document, "{%p if still_open %}")
    paragraph(
        document, "{{ open_total }} {{ currency }} of the invoices above is still open.", BODY, before=8
    )
    tag(document, "{%p endif %}")
    paragraph(document, "Thank you for your payment.", BODY, before=8)
    footer(document.sections[0], PORTRAIT_WIDTH, "Receipt for payment {{ reference }} · {{ firm.name }}")
    return document


def reminder() -> Any:
    """Payment reminder: all that one client owes past due; retainage only as information."""
    document = new_document("Payment reminder")
    letterhead(document, "Payment reminder", "As of {{ as_of }}")
    gap(document, 8)
    made = table(document, (3.7, 3.3), rows=1)
    address_block(made.rows[0].cells[0], "To", "client")
    cell(made.rows[0].cells[1], "")
    paragraph(
        document,
        "{% if many %}The invoices below are{% else %}The invoice below is{% endif %} past due. Please pay "
        "the open amount now. If you have paid already, please tell us when and under which reference.",
        BODY,
        before=10,
        after=8,
    )
    widths = (1.05, 1.2, 0.85, 0.85, 0.4, 0.95, 0.8, 0.9)
    figure = Ink(size=8)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Invoice", LEFT),
            ("For", LEFT),
            ("Issued", LEFT),
            ("Due", LEFT),
            ("Days", RIGHT),
            ("Amount", RIGHT),
            ("Paid", RIGHT),
            ("Open", RIGHT),
        ],
    )
    tag_row(made, "{%tr for line in invoices %}")
    row(
        made,
        widths,
        [
            ("{{ line.invoice }}", LEFT, figure),
            ("{{ line.called }}", LEFT, figure),
            ("{{ line.issued_on }}", LEFT, figure),
            ("{{ line.due_on }}", LEFT, figure),
            ("{{ line.days }}", RIGHT, figure),
            ("{{ line.original }}", RIGHT, figure),
            ("{{ line.paid }}", RIGHT, figure),
            ("{{ line.open }}", RIGHT, figure),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    gap(document, 6)
    big_box(document, "Total past due", "{{ total_money }}", "")
    tag(document, "{%p if has_retainage %}")
    paragraph(
        document,
        "For information only: you also hold {{ retainage_held }} of retainage. It is not due before its "
        "release and is not part of the amount above.",
        Ink(size=8.5, colour=MUTED),
        before=8,
    )
    tag(document, "{%p endif %}")
    payment_box(document)
    paragraph(
        document,
        "Questions or a disagreement about an invoice? Please answer to {{ firm.reach }}.",
        BODY,
        before=8,
    )
    footer(document.sections[0], PORTRAIT_WIDTH, "Payment reminder, level {{ level }} · {{ firm.name }}")
    return document


def _continuation(document: Any) -> None:
    made = paragraph(document, "Continuation sheet", Ink(size=12, bold=True, colour=ACCENT), after=4)
    write(
        made,
        "    {{ firm.name }} · contract {{ contract.number }} · application {{ application_number }} · "
        "period to {{ period_to }} · amounts in {{ currency }}",
        Ink(size=8, colour=MUTED),
    )
    widths = (0.5, 2.18, 0.97, 0.97, 0.92, 0.87, 0.97, 0.6, 0.97, 0.95)
    grid = table(document, widths)
    titles = (
        ("A\nItem", LEFT),
        ("B\nDescription of work", LEFT),
        ("C\nScheduled value", RIGHT),
        ("D\nPrevious", RIGHT),
        ("E\nThis period", RIGHT),
        ("F\nStored now", RIGHT),
        ("G = D + E + F\nTo date", RIGHT),
        ("G / C\n%", RIGHT),
        ("H = C − G\nBalance", RIGHT),
        ("I\nRetainage", RIGHT),
    )
    head_row(grid, widths, titles, Ink(size=7, bold=True, colour=HEAD.colour))
    figure = Ink(size=7.5)
    total = Ink(size=7.5, bold=True)
    names = (
        "scheduled_value",
        "previous",
        "this_period",
        "stored",
        "total",
        "percent",
        "balance",
        "retainage",
    )

    def lines(name: str) -> None:
        tag_row(grid, f"{{%tr for line in {name} %}}")
        row(
            grid,
            widths,
            [
                ("{{ line.item }}", LEFT, figure),
                ("{{ line.description }}", LEFT, figure),
                *((f"{{{{ line.{n} }}}}", RIGHT, figure) for n in names),
            ],
        )
        tag_row(grid, "{%tr endfor %}")

    def sums(text: str, name: str, fill: str, top: str = "") -> None:
        row(
            grid,
            widths,
            [
                ("", LEFT, total),
                (text, LEFT, total),
                *((f"{{{{ {name}.{n} }}}}", RIGHT, total) for n in names),
            ],
            fill=fill,
            top=top,
            bottom=top or "C3CDD5",
        )

    lines("base_lines")
    tag_row(grid, "{%tr if has_changes %}")
    sums("Original contract", "base_total", FILL_SOFT)
    lines("change_lines")
    sums("Change orders", "change_total", FILL_SOFT)
    tag_row(grid, "{%tr endif %}")
    sums("Total", "grand_total", FILL_STRONG, RULE_STRONG)


TEMPLATES: dict[str, Callable[[], Any]] = {
    "application.docx": application,
    "consulting_invoice.docx": consulting_invoice,
    "group_invoice.docx": group_invoice,
    "retainage_release.docx": retainage_release,
    "advance.docx": advance,
    "receipt.docx": receipt,
    "credit_note.docx": credit_note,
    "reminder.docx": reminder,
}


def build(name: str) -> bytes:
    """The bytes of one template; the same on every run."""
    target = io.BytesIO()
    TEMPLATES[name]().save(target)
    return with_fixed_times(target.getvalue())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name in TEMPLATES:
        (folder / name).write_bytes(build(name))


if __name__ == "__main__":
    main()
