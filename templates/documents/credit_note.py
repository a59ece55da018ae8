"""The credit note: what an application takes back, with its tax."""

from __future__ import annotations

from typing import Any

from templates.documents.blocks import big_box
from templates.documents.layout import (
    BODY,
    FILL_STRONG,
    LEFT,
    PORTRAIT_WIDTH,
    RIGHT,
    RULE_STRONG,
    STRONG,
    Facts,
    address_block,
    footer,
    gap,
    head_row,
    letterhead,
    new_document,
    paragraph,
    row,
    table,
    tag_row,
)


def credit_note() -> Any:
    """Credit note: the amount, and the application that it is for."""
    document = new_document("Credit note")
    letterhead(document, "Credit note", "{{ number }}")
    gap(document, 8)
    made = table(document, (3.7, 3.3), rows=1)
    address_block(made.rows[0].cells[0], "To", "client")
    facts = Facts(made.rows[0].cells[1], 3.2)
    facts.add("Date", "{{ issued_on }}")
    facts.add("For", "{{ invoice }}, {{ called | lower }}")
    facts.add("of", "{{ invoiced_on }}")
    facts.add("Contract", "{{ contract.number }} {{ contract.title }}")
    gap(document, 8)
    widths = (5.5, 1.5)
    made = table(document, widths)
    head_row(made, widths, [("Credited", LEFT), ("Amount in {{ currency }}", RIGHT)])
    row(
        made, widths, [("Line 8 of {{ called | lower }}, below zero", LEFT, BODY), ("{{ net }}", RIGHT, BODY)]
    )
    tag_row(made, "{%tr if has_tax %}")
    row(made, widths, [("Tax", LEFT, BODY), ("{{ tax }}", RIGHT, BODY)])
    tag_row(made, "{%tr endif %}")
    row(
        made,
        widths,
        [("Total", LEFT, STRONG), ("{{ amount }}", RIGHT, STRONG)],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
    gap(document, 8)
    big_box(document, "Credit", "{{ amount_money }}", "")
    paragraph(
        document, "Set this credit off against what you owe; no later invoice deducts it.", BODY, before=8
    )
    footer(document.sections[0], PORTRAIT_WIDTH, "Credit note {{ number }} · {{ firm.name }}")
    return document
