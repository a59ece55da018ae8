"""The sample contract's files give the published figures, and every fault of the source is reported."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.application_lines import ApplicationLine, Reconciliation
from importers.kinds.application_totals import ApplicationTotals
from importers.kinds.change_orders import ChangeOrder, ChangeOrderStatus
from importers.kinds.contracts import ContractTerms
from importers.kinds.deliveries import Delivery
from importers.kinds.labour_log import LabourEntry
from importers.known import KnownThings
from importers.problems import Severity
from tests.importers.conftest import FILES, as_proposed, sample, stored
from tests.importers.workbooks import rows_of, to_csv


def accounted(analysis: Analysis) -> bool:
    parts = len(analysis.entries) + analysis.known + analysis.repeats + analysis.refused + analysis.waiting
    return parts + analysis.ignored == analysis.rows_read


def test_contract(known: KnownThings) -> None:
    (terms,) = as_proposed(Kind.contract, sample(Kind.contract), known).entries
    assert isinstance(terms, ContractTerms)
    assert terms.original_contract_sum == Decimal(5544000)
    assert (terms.retainage_rate, terms.net_days) == (Decimal("0.1"), 30)
    assert (terms.contract_date, terms.substantial_completion) == (date(2024, 2, 19), date(2025, 4, 22))
    assert terms.general_contractor == "Sample General Contractor"


def test_schedule_of_values(known: KnownThings) -> None:
    analysis = analyse(Kind.schedule_of_values, "sov.csv", sample(Kind.schedule_of_values), known)
    assert (analysis.rows_read, len(analysis.entries)) == (15, 15)
    assert analysis.totals_new.amount == "5544000.00"
    assert [p.code for p in analysis.problems] == ["shares_do_not_add_up"]


def test_a_schedule_that_does_not_add_up_to_the_contract_sum_is_refused(known: KnownThings) -> None:
    data = sample(Kind.schedule_of_values).replace(b",344700,", b",344701,")
    first = known.model_copy(update={"sov_lines": {}})
    analysis = analyse(Kind.schedule_of_values, "sov.csv", data, first)
    assert analysis.is_refused
    assert (analysis.refused, analysis.entries) == (15, ())
    (problem,) = [p for p in analysis.problems if p.severity is Severity.blocks_file]
    assert problem.found == "5,544,001.00 USD over 15 lines"


def test_change_orders(known: KnownThings) -> None:
    analysis = as_proposed(Kind.change_orders, sample(Kind.change_orders), known)
    orders = [e for e in analysis.entries if isinstance(e, ChangeOrder)]
    assert (len(orders), analysis.totals_new.amount) == (8, "694100.00")
    executed = [o for o in orders if o.status is ChangeOrderStatus.executed]
    assert (len(executed), sum(o.amount for o in executed)) == (5, Decimal(321300))
    assert all(o.executed_on == o.submitted_on for o in executed)
    assert all(o.executed_on is None for o in orders if o not in executed)
    by_number = {o.external_id: o for o in orders}
    assert by_number["CO-004"].affected_lines == ("PRJ-2024-003-SOV-10", "PRJ-2024-003-SOV-02")
    assert by_number["CO-003"].affected_lines == ("PRJ-2024-003-SOV-01",)


def test_undated_change_orders_wait_for_the_decision(known: KnownThings) -> None:
    analysis = analyse(Kind.change_orders, "co.csv", sample(Kind.change_orders), known)
    assert (len(analysis.entries), analysis.waiting) == (3, 5)
    assert [(d.key, d.rows, d.decided) for d in analysis.decisions] == [("execution_date", 5, None)]
    refused = analyse(
        Kind.change_orders, "co.csv", sample(Kind.change_orders), known, {"execution_date": "refuse"}
    )
    assert (len(refused.entries), refused.refused, refused.waiting) == (3, 5, 0)


def test_application_totals(known: KnownThings) -> None:
    analysis = as_proposed(Kind.application_totals, sample(Kind.application_totals), known)
    totals = [e for e in analysis.entries if isinstance(e, ApplicationTotals)]
    assert [t.number for t in totals] == list(range(2, 16))
    assert analysis.totals_new.amount == "5500700.00"
    (decision,) = analysis.decisions
    assert (decision.key, decision.rows) == ("payment_date_without_paid", 4)
    assert {t.number for t in totals if t.paid_on and not t.is_paid} == {4, 6, 8, 10}
    assert {p.code for p in analysis.problems if p.severity is Severity.information} == {
        "net_payment_is_cumulative",
        "numbers_start_later",
    }
    ignored = analyse(
        Kind.application_totals, "h.csv", sample(Kind.application_totals), known, {decision.key: "ignore"}
    )
    assert sum(1 for t in ignored.entries if isinstance(t, ApplicationTotals) and t.paid_on) == 8


def test_application_lines_tie_to_the_totals_after_the_decisions(known: KnownThings) -> None:
    analysis = as_proposed(Kind.application_lines, sample(Kind.application_lines), known)
    assert (analysis.rows_read, len(analysis.entries)) == (195, 195)
    assert {d.key: d.decided for d in analysis.decisions} == {
        "application_lines:4": "next_previous",
        "lines_missing": "no_work",
    }
    lines = [e for e in analysis.entries if isinstance(e, ApplicationLine)]
    amounts = Reconciliation(lines, 0, 0, (), ()).amounts()
    assert {n: sum(by_line.values()) for n, by_line in amounts.items()} == {
        a.number: a.period_total for a in known.applications
    }
    assert analysis.totals_kept.amount == "5500700.00"
    assert sum(line.this_period for line in lines if line.number == 4) == Decimal(-69100)


def test_damaged_and_missing_lines_wait(known: KnownThings) -> None:
    analysis = analyse(Kind.application_lines, "lines.csv", sample(Kind.application_lines), known)
    assert analysis.waiting == 15 + 3 * 13
    problem = next(p for p in analysis.problems if p.code == "lines_do_not_add_up")
    assert (problem.found, problem.expected) == ("-69,100", "485,600")
    missing = next(d for d in analysis.decisions if d.key == "lines_missing")
    assert "13, 14, 15" in missing.question


def test_an_answer_given_later_sees_what_was_stored_before(known: KnownThings) -> None:
    """Application 4 is asked about again, and mended, when 5 is stored already."""
    data = sample(Kind.application_lines)
    half = analyse(Kind.application_lines, "lines.csv", data, known)
    rest = as_proposed(Kind.application_lines, data, stored(known, half))
    assert (half.waiting, rest.known, len(rest.entries)) == (54, 141, 54)
    fourth = [e.amount for e in rest.entries if isinstance(e, ApplicationLine) and e.number == 4]
    assert sum(fourth) == Decimal(485600)


def test_labour_log(known: KnownThings) -> None:
    analysis = as_proposed(Kind.labour_log, sample(Kind.labour_log), known)
    assert (analysis.rows_read, analysis.repeats, len(analysis.entries)) == (2410, 125, 2285)
    assert analysis.totals_read.hours == "20378.00"
    assert analysis.totals_kept.hours == "19192.00"
    assert {d.key: (d.rows, d.decided) for d in analysis.decisions} == {
        "exact_repeats": (125, "drop"),
        "unknown_workers": (2285, "keep"),
    }
    entries = [e for e in analysis.entries if isinstance(e, LabourEntry)]
    assert len({e.worker for e in entries}) == 1943
    assert "1943 workers" in next(d.question for d in analysis.decisions if d.key == "unknown_workers")
    first = entries[0]
    assert (first.external_id, first.straight_seconds, first.hourly_rate) == ("22e6b39a", 28800, Decimal(68))
    assert first.source.row == 2
    assert first.source.cells["straight_seconds"] == ("G2", "8")


def test_kept_repeats_are_entries_of_their_own(known: KnownThings) -> None:
    answers = {"exact_repeats": "keep", "unknown_workers": "keep"}
    analysis = analyse(Kind.labour_log, "log.csv", sample(Kind.labour_log), known, answers)
    assert len(analysis.entries) == 2410
    assert len({e.external_id for e in analysis.entries}) == 2410
    again = analyse(Kind.labour_log, "log.csv", sample(Kind.labour_log), stored(known, analysis))
    assert (len(again.entries), again.known, again.decisions) == (0, 2410, ())


def test_known_workers_are_not_asked_about(known: KnownThings) -> None:
    workers = frozenset(row[3] for row in rows_of(sample(Kind.labour_log))[1:])
    staffed = known.model_copy(update={"workers": workers})
    analysis = analyse(Kind.labour_log, "log.csv", sample(Kind.labour_log), staffed)
    assert [d.key for d in analysis.decisions] == ["exact_repeats"]
    assert len(analysis.entries) == 2285


def test_deliveries(known: KnownThings) -> None:
    analysis = as_proposed(Kind.deliveries, sample(Kind.deliveries), known)
    assert (len(analysis.entries), analysis.totals_new.amount) == (45, "2268510.11")
    (decision,) = analysis.decisions
    assert (decision.key, decision.rows) == ("total_differs", 41)
    recomputed = analyse(
        Kind.deliveries, "d.csv", sample(Kind.deliveries), known, {"total_differs": "recompute"}
    )
    for delivery in recomputed.entries:
        assert isinstance(delivery, Delivery)
        assert delivery.amount == round(delivery.quantity * delivery.unit_cost, 2)
    assert recomputed.totals_new.amount == "2268514.19"


@pytest.mark.parametrize("kind", list(FILES))
def test_every_row_is_accounted_for(kind: Kind, known: KnownThings) -> None:
    undecided = analyse(kind, FILES[kind], sample(kind), known)
    decided = as_proposed(kind, sample(kind), known)
    assert accounted(undecided)
    assert accounted(decided)
    assert decided.waiting == 0
    assert not decided.open_decisions


def test_three_bad_rows_give_three_problems_and_the_others_stay_usable(known: KnownThings) -> None:
    rows = rows_of(sample(Kind.deliveries))
    rows[3][2] = "2024-02-30"
    rows[7][3] = "PRJ-2024-003-SOV-99"
    rows[9][9] = "n/a"
    analysis = as_proposed(Kind.deliveries, to_csv(rows), known, "deliveries.csv")
    blocking = [p for p in analysis.problems if p.severity in {Severity.blocks_row, Severity.blocks_file}]
    assert sorted((p.sheet, p.row, p.column, p.header, p.found, p.expected) for p in blocking) == [
        ("deliveries", 4, "C", "date", "2024-02-30", "a date that exists"),
        (
            "deliveries",
            8,
            "D",
            "sov_line_id",
            "PRJ-2024-003-SOV-99",
            "a line of the contract's schedule of values",
        ),
        ("deliveries", 10, "J", "total_cost", "n/a", "a number such as 1234.50"),
    ]
    assert (len(analysis.entries), analysis.refused) == (42, 3)
    kept = {e.external_id for e in analysis.entries}
    assert kept == {row[1] for i, row in enumerate(rows) if i not in {0, 3, 7, 9}}


def test_a_row_of_another_contract_is_refused(known: KnownThings) -> None:
    rows = rows_of(sample(Kind.deliveries))
    rows[2][0] = "PRJ-2024-009"
    analysis = analyse(Kind.deliveries, "d.csv", to_csv(rows), known)
    assert [(p.code, p.row, p.found) for p in analysis.problems if p.severity is Severity.blocks_row] == [
        ("other_contract", 3, "PRJ-2024-009")
    ]


def test_without_a_schedule_of_values_no_hours_come_in(known: KnownThings) -> None:
    bare = known.model_copy(update={"sov_lines": {}})
    analysis = analyse(Kind.deliveries, "d.csv", sample(Kind.deliveries), bare)
    assert analysis.entries == ()
    assert Counter(p.code for p in analysis.problems) == {"unknown_sov_line": 45}


@pytest.mark.parametrize("kind", [k for k in FILES if k is not Kind.labour_log])
def test_a_file_of_another_kind_is_refused_by_name(kind: Kind, known: KnownThings) -> None:
    analysis = analyse(Kind.labour_log, FILES[kind], sample(kind), known)
    (problem,) = analysis.problems
    assert (problem.code, problem.found) == ("other_kind", f"the columns of {kind.value}")
    assert (analysis.rows_read, analysis.decisions) == (0, ())
