"""The invoice of several contracts: what they come to together, each contract's figures, then its detail."""

from __future__ import annotations

from typing import Any

from docx.enum.section import WD_SECTION

from templates.documents.blocks import amount_due_box, signatures, tax_block, tax_number
from templates.documents.consulting import _amendments, _annex, _from_phases_to_due, _limits, _phases
from templates.documents.layout import (
    FILL_STRONG,
    LANDSCAPE_WIDTH,
    LEFT,
    MUTED,
    PORTRAIT_WIDTH,
    RIGHT,
    RULE_STRONG,
    SECTION,
    Facts,
    Ink,
    address_block,
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

_WHAT = "{{ firm.name }} · invoice {{ invoice }}"
_FIGURE = Ink(size=8)
_SUM = Ink(size=8, bold=True)
_OF_FIGURES = (
    "contract", "invoice", "period_to", "phases", "sums", "has_more_than_phases", "has_retainage",
    "retainage_now", "less_retainage", "has_advance", "advance", "line1", "line2", "line3", "line8",
    "has_deposit", "deposit_applied", "deposit_before", "deposit_after", "has_request", "retainer_request",
    "has_tax", "tax", "has_limits", "limits",
    "has_amendments", "amendments", "signatures", "hash", "books",
    "has_invoiced", "invoiced",
)  # fmt: skip
"""What the blocks of a single invoice name, taken from the section instead."""
_OF_DETAIL = ("contract", "invoice", "draft", "period_to", "has_annex", "annex")


def group_invoice() -> Any:
    """Sums on the first page, a section for each contract, the detail of all behind them."""
    document = new_document("Invoice")
    letterhead(document, "Invoice", "{{ invoice }}")
    gap(document, 8)
    _who_and_what(document)
    gap(document, 10)
    _contracts(document)
    amount_due_box(document)
    gap(document, 4)
    payment_box(document)
    _begin(document, _OF_FIGURES)
    head = paragraph(
        document, "{{ contract.number }}  {{ contract.title }}", SECTION, before=14, after=3, keep=True
    )
    write(head, "    {{ invoice }} · period to {{ period_to }}", Ink(size=8, colour=MUTED))
    _phases(document)
    _from_phases_to_due(document)
    tax_block(document)
    _limits(document)
    _amendments(document)
    signatures(document)
    _end(document)
    footer(document.sections[0], PORTRAIT_WIDTH, _WHAT)
    section = document.add_section(WD_SECTION.NEW_PAGE)
    landscape(section)
    _begin(document, _OF_DETAIL)
    _annex(document)
    gap(document, 14)
    _end(document)
    footer(section, LANDSCAPE_WIDTH, _WHAT)
    return document


def _begin(document: Any, names: tuple[str, ...]) -> None:
    """For each section, what follows says its figures."""
    tag(document, "{%p for each in sections %}")
    tag(document, "{%p with " + ", ".join(f"{name} = each.{name}" for name in names) + " %}")


def _end(document: Any) -> None:
    tag(document, "{%p endwith %}")
    tag(document, "{%p endfor %}")


def _who_and_what(document: Any) -> None:
    made = table(document, (3.3, 3.7), rows=1)
    left, right = made.rows[0].cells
    address_block(left, "To", "client")
    facts = Facts(right, 3.6)
    facts.add("Invoice number", "{{ invoice }}")
    facts.add("Invoice date", "{{ submitted_on }}")
    facts.add("Due", "{{ due_on }}", when="due_on")
    facts.add("Terms", "{{ terms }}")
    facts.add("For", "{{ group }}, the contracts below")
    tax_number(facts)


def _contracts(document: Any) -> None:
    """A row for each contract, and the sums."""
    widths = (1.3, 2.0, 0.95, 0.95, 0.85, 0.95)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Section", LEFT),
            ("Project", LEFT),
            ("Period to", LEFT),
            ("This invoice", RIGHT),
            ("{% if has_tax_sum %}Tax{% else %} {% endif %}", RIGHT),
            ("{% if has_deposit_sum %}After deposit{% else %}Due{% endif %}", RIGHT),
        ],
    )
    tag_row(made, "{%tr for one in sections %}")
    row(
        made,
        widths,
        [
            ("{{ one.invoice }}", LEFT, _FIGURE),
            ("{{ one.contract.title }}", LEFT, _FIGURE),
            ("{{ one.period_to }}", LEFT, _FIGURE),
            ("{{ one.line8 }}", RIGHT, _FIGURE),
            ("{% if has_tax_sum %}{{ one.tax_added }}{% else %} {% endif %}", RIGHT, _FIGURE),
            ("{{ one.due }}", RIGHT, _FIGURE),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    row(
        made,
        widths,
        [
            ("", LEFT, _SUM),
            ("Total in {{ currency }}", LEFT, _SUM),
            ("", LEFT, _SUM),
            ("{{ totals.net }}", RIGHT, _SUM),
            ("{% if has_tax_sum %}{{ totals.tax }}{% else %} {% endif %}", RIGHT, _SUM),
            ("{{ totals.due }}", RIGHT, _SUM),
        ],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
