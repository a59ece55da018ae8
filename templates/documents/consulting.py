"""The consulting invoice: phases and what is due on the first page, behind it the detail annex."""

from __future__ import annotations

from typing import Any

from docx.enum.section import WD_SECTION

from templates.documents.blocks import (
    amount_due_box,
    certificate_said,
    signatures,
    tax_block,
    tax_number,
)
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
    add_line,
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

_WHAT = "{{ firm.name }} · invoice {{ invoice }} · contract {{ contract.number }}"
_FIGURE = Ink(size=8)
_SUM = Ink(size=8, bold=True)
_FINE = Ink(size=7.5)
_FINE_SUM = Ink(size=7.5, bold=True)
_HEAD = Ink(size=7, bold=True, colour=HEAD.colour)
_NOTE = Ink(size=7, colour=MUTED)


def consulting_invoice() -> Any:
    """Invoice by phases with its detail annex."""
    document = new_document("Invoice")
    title = "{% if certified %}Certificate for payment{% else %}Invoice{% endif %}"
    letterhead(document, title, "{% if draft %}Draft{% else %}{{ invoice }}{% endif %}")
    gap(document, 8)
    _who_and_what(document)
    gap(document, 10)
    _phases(document)
    _from_phases_to_due(document)
    tax_block(document)
    amount_due_box(document)
    certificate_said(document)
    _limits(document)
    _amendments(document)
    gap(document, 4)
    payment_box(document)
    signatures(document)
    footer(document.sections[0], PORTRAIT_WIDTH, _WHAT)
    section = document.add_section(WD_SECTION.NEW_PAGE)
    landscape(section)
    _annex(document)
    footer(section, LANDSCAPE_WIDTH, _WHAT)
    return document


def _who_and_what(document: Any) -> None:
    made = table(document, (3.3, 3.7), rows=1)
    left, right = made.rows[0].cells
    address_block(left, "To", "client")
    facts = Facts(right, 3.6)
    facts.add("Invoice number", "{% if draft %}none yet: this is a draft{% else %}{{ invoice }}{% endif %}")
    facts.add("Invoice date", "{{ submitted_on }}", when="submitted_on")
    facts.add("Period to", "{{ period_to }}")
    facts.add("Due", "{{ due_on }}", when="due_on")
    facts.add("Terms", "{{ terms }}")
    facts.add("Contract", "{{ contract.number }}, its invoice {{ application_number }}")
    facts.add("Project", "{{ contract.title }}")
    facts.add("Your order", "{{ orders }}", when="orders")
    tax_number(facts)


def _phases(document: Any) -> None:
    widths = (0.5, 2.0, 0.95, 0.9, 0.9, 0.9, 0.85)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Item", LEFT),
            ("Phase", LEFT),
            ("Fee or limit", RIGHT),
            ("Billed before", RIGHT),
            ("This invoice", RIGHT),
            ("To date", RIGHT),
            ("Left", RIGHT),
        ],
    )
    tag_row(made, "{%tr for line in phases %}")
    names = ("fee", "before", "now", "to_date", "left")
    added = row(
        made,
        widths,
        [
            ("{{ line.item }}", LEFT, _FIGURE),
            ("{{ line.description }}", LEFT, _FIGURE),
            *((f"{{{{ line.{name} }}}}", RIGHT, _SUM if name == "now" else _FIGURE) for name in names),
        ],
    )
    add_line(
        added.cells[1],
        "{{ line.how }}{% if line.amendment %} · amendment {{ line.amendment }}{% endif %}",
        _NOTE,
    )
    tag_row(made, "{%tr endfor %}")
    row(
        made,
        widths,
        [
            ("", LEFT, _SUM),
            ("Total in {{ currency }}", LEFT, _SUM),
            *((f"{{{{ sums.{name} }}}}", RIGHT, _SUM) for name in names),
        ],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )


def _from_phases_to_due(document: Any) -> None:
    """What stands between the total of the phases and the amount due, where there is something."""
    tag(document, "{%p if has_more_than_phases %}")
    gap(document, 6)
    widths = (5.5, 1.5)
    made = table(document, widths)
    row(
        made,
        widths,
        [("This invoice, all phases", LEFT, BODY), ("{{ sums.now }}", RIGHT, BODY)],
    )
    tag_row(made, "{%tr if has_retainage %}")
    row(
        made,
        widths,
        [("Retainage of this invoice", LEFT, BODY), ("{{ retainage_now }}", RIGHT, BODY)],
    )
    row(
        made,
        widths,
        [("This invoice less retainage", LEFT, STRONG), ("{{ less_retainage }}", RIGHT, STRONG)],
    )
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if has_advance %}")
    added = row(
        made,
        widths,
        [("Advance payment recovered", LEFT, BODY), ("{{ advance.taken_off }}", RIGHT, BODY)],
    )
    add_line(
        added.cells[0],
        "Advance payment {{ advance.invoiced }}, left to recover {{ advance.outstanding }}",
        _NOTE,
    )
    row(
        made,
        widths,
        [("This invoice less the advance", LEFT, STRONG), ("{{ line8 }}", RIGHT, STRONG)],
    )
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if has_deposit %}")
    added = row(
        made,
        widths,
        [("Deposit applied", LEFT, BODY), ("{{ deposit_applied }}", RIGHT, BODY)],
    )
    add_line(added.cells[0], "Deposit before {{ deposit_before }}, left of it {{ deposit_after }}", _NOTE)
    tag_row(made, "{%tr endif %}")
    tag_row(made, "{%tr if has_request %}")
    row(
        made,
        widths,
        [
            ("To fill up the retainer please pay, beside this invoice", LEFT, BODY),
            ("{{ retainer_request }}", RIGHT, BODY),
        ],
    )
    tag_row(made, "{%tr endif %}")
    tag(document, "{%p endif %}")


def _limits(document: Any) -> None:
    """Limits over several phases and the client's purchase orders, as they stand with this invoice."""
    tag(document, "{%p if has_limits %}")
    paragraph(document, "Limits and purchase orders", SECTION, before=10, after=3, keep=True)
    widths = (2.5, 0.95, 0.9, 0.9, 0.9, 0.85)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Limit or order", LEFT),
            ("Amount", RIGHT),
            ("Billed before", RIGHT),
            ("This invoice", RIGHT),
            ("To date", RIGHT),
            ("Left", RIGHT),
        ],
    )
    tag_row(made, "{%tr for one in limits %}")
    names = ("amount", "before", "now", "to_date", "left")
    row(
        made,
        widths,
        [
            ("{{ one.name }}", LEFT, _FIGURE),
            *((f"{{{{ one.{name} }}}}", RIGHT, _SUM if name == "now" else _FIGURE) for name in names),
        ],
    )
    tag_row(made, "{%tr endfor %}")
    tag(document, "{%p endif %}")


def _amendments(document: Any) -> None:
    tag(document, "{%p if has_amendments %}")
    paragraph(document, "Executed amendments", SECTION, before=10, after=3, keep=True)
    widths = (1.2, 3.2, 1.3, 1.3)
    made = table(document, widths)
    head_row(made, widths, [("Amendment", LEFT), ("Title", LEFT), ("Executed", LEFT), ("Amount", RIGHT)])
    tag_row(made, "{%tr for one in amendments %}")
    added = row(
        made,
        widths,
        [
            ("{{ one.number }}", LEFT, SMALL),
            ("{{ one.title }}", LEFT, SMALL),
            ("{{ one.executed_on }}", LEFT, SMALL),
            ("{{ one.amount }}", RIGHT, SMALL),
        ],
    )
    tag(added.cells[1], "{%p if one.raises %}")
    add_line(added.cells[1], "Changes the fee or limit of item {{ one.raises }}", _NOTE)
    tag(added.cells[1], "{%p endif %}")
    tag_row(made, "{%tr endfor %}")
    row(
        made,
        widths,
        [
            ("", LEFT, _SUM),
            ("Contract as signed {{ line1 }}, to date {{ line3 }}", LEFT, _SUM),
            ("", LEFT, _SUM),
            ("{{ line2 }}", RIGHT, _SUM),
        ],
        fill=FILL_SOFT,
    )
    tag(document, "{%p endif %}")


def _annex(document: Any) -> None:
    title = paragraph(document, "Detail", Ink(size=12, bold=True, colour=ACCENT), after=2)
    write(
        title,
        "    {{ firm.name }} · contract {{ contract.number }} · invoice {% if draft %}draft{% else %}"
        "{{ invoice }}{% endif %} · period to {{ period_to }} · amounts in {{ currency }}",
        Ink(size=8, colour=MUTED),
    )
    tag(document, "{%p if has_annex %}")
    tag(document, "{%p for part in annex %}")
    head = paragraph(
        document, "{{ part.item }}  {{ part.description }}", SECTION, before=8, after=3, keep=True
    )
    write(head, "    {{ part.how }}", Ink(size=8, colour=MUTED))
    tag(document, "{%p if part.by_time and part.has_sources %}")
    _time(document, sources=True)
    tag(document, "{%p elif part.by_time %}")
    _time(document, sources=False)
    tag(document, "{%p else %}")
    _fee(document)
    tag(document, "{%p endif %}")
    tag(document, "{%p endfor %}")
    tag(document, "{%p else %}")
    paragraph(document, "No phase bills anything on this invoice.", BODY, before=8)
    tag(document, "{%p endif %}")


def _time(document: Any, *, sources: bool) -> None:
    """Entries; hours × rate is the amount of each. With `sources` also where in which file each was read."""
    where = [1.55] if sources else []
    widths = (0.85, 1.2, 1.05, 2.9 if sources else 4.45, *where, 0.7, 0.75, 0.9)
    words = 4 + len(where)
    made = table(document, widths)
    head_row(
        made,
        widths,
        [
            ("Date", LEFT),
            ("Person", LEFT),
            ("Role", LEFT),
            ("Work", LEFT),
            *([("File and row", LEFT)] if sources else []),
            ("Hours", RIGHT),
            ("Rate", RIGHT),
            ("Amount", RIGHT),
        ],
        _HEAD,
    )
    tag_row(made, "{%tr for one in part.entries %}")
    row(
        made,
        widths,
        [
            ("{{ one.on }}", LEFT, _FINE),
            ("{{ one.person }}", LEFT, _FINE),
            ("{{ one.role }}", LEFT, _FINE),
            ("{{ one.what }}", LEFT, _FINE),
            *([("{{ one.source }}", LEFT, _NOTE)] if sources else []),
            ("{{ one.hours }}", RIGHT, _FINE),
            ("{{ one.rate }}", RIGHT, _FINE),
            ("{{ one.amount }}", RIGHT, _FINE),
        ],
    )
    tag_row(made, "{%tr endfor %}")

    def sums(said: str, hours: str, amount: str, ink: Ink, fill: str = "") -> None:
        added = row(
            made,
            widths,
            [
                *[("", LEFT, ink)] * (words - 1),
                (said, LEFT, ink),
                (hours, RIGHT, ink),
                ("", RIGHT, ink),
                (amount, RIGHT, ink),
            ],
            fill=fill,
            **({"top": RULE_STRONG, "bottom": RULE_STRONG} if fill else {}),
        )
        wide = added.cells[0].merge(added.cells[words - 1])
        for empty in wide.paragraphs[:-1]:
            wide._tc.remove(empty._p)

    tag_row(made, "{%tr if part.has_other %}")
    sums("Time of this invoice", "{{ part.hours }}", "{{ part.worked }}", _FINE)
    sums("{{ part.other }}", "", "{{ part.other_amount }}", _FINE)
    sums("This invoice", "", "{{ part.now }}", _FINE_SUM, FILL_STRONG)
    tag_row(made, "{%tr else %}")
    sums("This invoice", "{{ part.hours }}", "{{ part.now }}", _FINE_SUM, FILL_STRONG)
    tag_row(made, "{%tr endif %}")


def _fee(document: Any) -> None:
    """Milestones, or the share of a fixed fee."""
    widths = (6.7, 1.6, 1.6)
    made = table(document, widths)
    approved = "{% if part.by_milestone %}Approved on{% else %} {% endif %}"
    head_row(made, widths, [("What is billed", LEFT), (approved, LEFT), ("Amount", RIGHT)], _HEAD)
    tag_row(made, "{%tr for one in part.rows %}")
    added = row(
        made,
        widths,
        [
            ("{{ one.what }}", LEFT, _FINE),
            ("{{ one.approved_on }}", LEFT, _FINE),
            ("{{ one.amount }}", RIGHT, _FINE),
        ],
    )
    write(added.cells[0].paragraphs[0], "{% if one.note %}   {{ one.note }}{% endif %}", _NOTE)
    tag_row(made, "{%tr endfor %}")
    tag_row(made, "{%tr if part.has_other %}")
    other = [("{{ part.other }}", LEFT, _FINE), ("", LEFT, _FINE), ("{{ part.other_amount }}", RIGHT, _FINE)]
    row(made, widths, other)
    tag_row(made, "{%tr endif %}")
    row(
        made,
        widths,
        [("This invoice", LEFT, _FINE_SUM), ("", LEFT, _FINE_SUM), ("{{ part.now }}", RIGHT, _FINE_SUM)],
        fill=FILL_STRONG,
        top=RULE_STRONG,
        bottom=RULE_STRONG,
    )
