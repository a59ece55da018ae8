"""No document shows figures that do not tie, nor text that breaks it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts_app.documents.contents import Party
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.wording import Wording
from tests.documents import sample_contents as sample


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("line2", "line 2 = net change"),
        ("line3", "line 3 = line 1"),
        ("line4", "line 4 = column G"),
        ("line5", "line 5 = column I"),
        ("line5a", "line 5 = line 5a"),
        ("line6", "line 6 = line 4"),
        ("line7", "line 8 = line 6"),
        ("line8", "line 8 = line 6"),
        ("line9", "line 9 = line 3"),
    ],
)
def test_a_summary_line_off_by_a_cent_is_refused(line: str, rule: str) -> None:
    good = sample.application()
    wrong = good.model_copy(update={line: getattr(good, line) + Decimal("0.01")})
    with pytest.raises(ValidationError, match=rule):
        sample.application_content(application=wrong)


def test_a_release_bills_exactly_what_the_lines_release() -> None:
    lines = sample.release_content().lines
    assert sum(line.released for line in lines) == Decimal("586530.00")
    assert {line.held_after for line in lines} == {Decimal("0.00")}
    before = {sample.schedule()[0].id: Decimal("1000.00")}
    with pytest.raises(ValidationError, match="line 8 = retainage released"):
        sample.release_content(released_before=before)


def test_a_receipt_accounts_for_the_whole_payment() -> None:
    with pytest.raises(ValidationError, match="amount = applied"):
        sample.receipt_content(unapplied="0.00")


def test_a_reminder_demands_what_is_open_and_nothing_else() -> None:
    with pytest.raises(ValidationError, match="total overdue"):
        sample.reminder_content(total_overdue="953070.00")
    with pytest.raises(ValidationError, match="days past due"):
        sample.reminder_content(as_of=date(2024, 12, 31))


def test_an_amount_below_the_minor_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match="not an amount in USD"):
        sample.receipt_content(amount="450000.005", unapplied="500.005")


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00b", "\x1b[31m", "a\ud800"])
def test_control_characters_never_reach_a_document(text: str) -> None:
    with pytest.raises(ValidationError):
        Party(name=text)


def written_examples() -> list[tuple[str, str, str, str]]:
    """The rows of the table "How figures are written" of the specification."""
    text = (Path(__file__).parents[2] / "docs" / "SPEC-documents.md").read_text(encoding="utf-8")
    table = text.split("<!-- figures -->")[1].split("<!-- end -->")[0]
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in table.strip().splitlines()
    ]
    return [(kind, value, how, shown) for kind, value, how, shown in rows[2:]]


@pytest.mark.parametrize(("kind", "value", "how", "shown"), written_examples())
def test_figures_are_written_as_specified(kind: str, value: str, how: str, shown: str) -> None:
    locale, _, currency = how.partition(" ")
    say = Wording(locale, currency)
    match kind:
        case "amount":
            assert say.amount(Decimal(value)) == shown
        case "money":
            assert say.money(Decimal(value)) == shown
        case "percent":
            assert say.percent(Decimal(value) if value != "none" else None) == shown
        case "rate":
            assert say.rate(Decimal(value)) == shown
        case "price":
            assert say.price(Decimal(value)) == shown
        case "day":
            assert say.day(date.fromisoformat(value)) == shown
        case _:
            pytest.fail(f"the specification names a figure we do not know: {kind}")


def test_an_amount_nobody_rounded_is_not_written() -> None:
    with pytest.raises(ValueError, match="not rounded"):
        Wording("en_US", "USD").amount(Decimal("0.005"))


def test_templates_get_only_plain_values() -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(part) for key, part in value.items())
        if isinstance(value, list):
            return all(plain(part) for part in value)
        return isinstance(value, str | bool)

    for content in (
        sample.application_content(),
        sample.release_content(),
        sample.receipt_content(),
        sample.reminder_content(),
        sample.reduction_content(),
    ):
        assert plain(fields_of(content)), type(content).__name__
