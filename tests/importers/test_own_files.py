"""What we hand out comes back unchanged: examples as known rows, our workbooks with their own figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.documents.annex_sheet import workbook as workbook_of_phases
from contracts_app.documents.continuation_sheet import workbook
from importers.analysis import analyse
from importers.entries import Kind
from importers.examples import EXAMPLES
from importers.kinds.application_entry import PayApplicationLine
from importers.known import KnownThings
from importers.report import dry_run
from tests.documents import sample_contents, sample_invoices
from tests.importers.conftest import as_proposed, stored

CONTRACT = KnownThings(contract_external_id="C-100")


@pytest.mark.parametrize("kind", Kind)
def test_an_example_that_came_in_before_brings_nothing_new(kind: Kind) -> None:
    data = EXAMPLES[kind].encode()
    first = as_proposed(kind, data, CONTRACT, "example.csv")
    again = as_proposed(kind, data, stored(CONTRACT, first), "example.csv")
    assert (len(again.entries), again.known, again.refused) == (0, len(first.entries), first.refused)


def lines_of(data: bytes) -> list[PayApplicationLine]:
    analysis = analyse(Kind.pay_application, "a.xlsx", data, KnownThings(), {"face_differs": "lines"})
    return [entry for entry in analysis.entries if isinstance(entry, PayApplicationLine)]


def test_the_workbook_of_an_application_says_what_the_application_says() -> None:
    content = sample_contents.application_content()
    report = dry_run("application.xlsx", workbook(content))
    assert (report.outcome, report.kind, report.rows_read, report.refused) == ("ok", "pay_application", 20, 0)
    lines = lines_of(workbook(content))
    assert {(line.application_number, line.period_to) for line in lines} == {(7, date(2024, 9, 30))}
    assert [
        (one.item_no, one.scheduled_value, one.previous, one.this_period, one.stored, one.to_date)
        for one in lines
    ] == [
        (one.item_no, one.scheduled_value, one.previous, one.this_period, one.stored, one.total)
        for one in content.application.lines
    ]
    assert [line.retainage_held for line in lines] == [one.retainage for one in content.application.lines]
    assert [line.item_no for line in lines if line.change_order] == [f"CO-0{n}" for n in range(1, 6)]


def test_of_a_consulting_invoice_the_phases_are_read_and_never_its_time_again() -> None:
    content = sample_invoices.content()
    report = dry_run("invoice.xlsx", workbook_of_phases(content))
    assert (report.kind, report.profile) == ("pay_application", "own-consulting-invoice")
    lines = lines_of(workbook_of_phases(content))
    assert [line.item_no for line in lines] == ["1", "2", "3", "4"]
    assert sum(line.to_date for line in lines) == content.application.line4
    assert {line.period_to for line in lines} == {date(2024, 3, 31)}
    assert sum(line.this_period for line in lines) == Decimal("10033.48")


def test_a_budget_that_says_something_else_is_the_next_edition_also_when_it_says_what_it_said_first() -> None:
    data = EXAMPLES[Kind.budget].encode()
    other = data.replace(b"500.00,15500.00", b"900.00,15900.00")
    first = as_proposed(Kind.budget, data, CONTRACT, "b.csv")
    known = stored(CONTRACT, first)
    second = as_proposed(Kind.budget, other, known, "b.csv")
    assert [entry.external_id for entry in second.entries] == ["01 50 00~2"]
    assert second.known == 1
    assert "budget_changed" in {problem.code for problem in second.problems}
    third = as_proposed(Kind.budget, data, stored(known, second), "b.csv")
    assert [entry.external_id for entry in third.entries] == ["01 50 00~3"]
    # The first file taken back leaves the second in force, and the count goes on.
    left = known.model_copy(update={"imported": stored(CONTRACT, second).imported})
    assert as_proposed(Kind.budget, other, left, "b.csv").known == 1
