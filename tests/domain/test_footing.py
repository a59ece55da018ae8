"""Applications that somebody else made against docs/SPEC-pay-application.md: do they foot?"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.billing import drafting
from contracts_app.domain.checking import footing
from contracts_app.domain.checking.footing import GivenApplication, GivenLine
from contracts_app.domain.finding import Finding
from tests.domain.asking import Ask
from tests.domain.every_rule import rich_snapshot
from tests.domain.worked_tables import Row, cases, listed, rows

PAGE = "SPEC-pay-application.md"
FACE = {f"line{number}": str(number) for number in range(1, 10)} | {"previous_line6": "Prior 6"}
COLUMNS = {
    "scheduled_value": "C",
    "previous": "D",
    "this_period": "E",
    "stored": "F",
    "total": "G",
    "balance": "H",
    "retainage": "I",
    "previous_certified": "Certified",
}


def _given(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {field: row[column] for field, column in names.items() if row[column]}


def _worked(cell: str) -> list[tuple[str, Decimal]]:
    return [(code, Decimal(expected)) for code, expected in (each.split() for each in listed(cell))]


def _told(found: tuple[footing.DoesNotFoot, ...]) -> list[tuple[str, Decimal]]:
    return [(one.code, one.expected) for one in found]


@cases(PAGE, "Public applications")
def test_the_face_of_a_public_application(ask: Ask, row: Row) -> None:
    question = {"currency": "USD", **_given(row, FACE)}
    if row["ΣG"]:
        question["totals"] = {"total": row["ΣG"]}
    found = footing.check(GivenApplication.model_validate(question))
    assert _told(found) == _worked(row["Found"])
    status, answer, _ = ask("check-application", question=question)
    assert status == (1 if found else 0)
    assert answer == [one.model_dump(mode="json") for one in found]


@cases(PAGE, "Their lines")
def test_a_line_of_a_public_application(row: Row) -> None:
    line = GivenLine.model_validate({"item_no": row["Line"], **_given(row, COLUMNS)})
    given_lines = GivenApplication(currency="USD", lines=(line,), rate_completed=Decimal("0.10"))
    found = footing.check(given_lines)
    assert _told(found) == _worked(row["Found"])
    assert all(one.item_no == row["Line"] and one.blocks and isinstance(one, Finding) for one in found)


def test_a_summary_beside_its_lines() -> None:
    lines = tuple(
        GivenLine.model_validate({"item_no": row["Item"], **_given({**row, "Certified": ""}, COLUMNS)})
        for row in rows(PAGE, "Published example")
    )
    summary = {row["Figure"]: row for row in rows(PAGE, "A summary beside its lines")}
    letters = {letter: field for field, letter in COLUMNS.items()}
    totals = {letters[name[-1]]: row["Given"] for name, row in summary.items() if name.startswith("column")}
    face = {name.replace(" ", ""): row["Given"] for name, row in summary.items() if name.startswith("line")}
    found = footing.check(
        GivenApplication.model_validate(
            {
                "currency": "USD",
                "lines": [line.model_dump(mode="json") for line in lines],
                "totals": totals,
                "line7": "82800",
                "rate_completed": "0.10",
                **face,
            }
        )
    )
    assert [(one.code, one.found, one.expected) for one in found] == [
        (row["Found"], Decimal(row["Given"]), Decimal(row["Expected"]))
        for row in summary.values()
        if row["Found"] != "-"
    ]


def _face(**figures: str) -> list[str]:
    found = footing.check(GivenApplication.model_validate({"currency": "USD", **figures}))
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("figures", "codes"),
    [
        ({}, []),
        ({"line3": "10"}, []),
        ({"additions": "10", "deductions": "3", "line2": "7"}, []),
        ({"additions": "10", "deductions": "3", "line2": "13"}, ["line_2"]),
        ({"deductions": "3", "line2": "-3"}, []),
        ({"additions": "3", "line1": "10", "line3": "13"}, []),
        ({"additions": "3", "line1": "10", "line3": "12.99"}, ["line_3"]),
        ({"line5a": "9", "line5b": "1", "line5": "10"}, []),
        ({"line5a": "9", "line5b": "1", "line5": "10.01"}, ["line_5_parts"]),
        ({"line5a": "9", "line5": "9.01"}, ["line_5_parts"]),
        ({"line5b": "9", "line5": "9"}, []),
        ({"line4": "100", "line5a": "10", "line6": "90"}, []),
        ({"line4": "100", "line5a": "10", "line6": "91"}, ["line_6"]),
        ({"line4": "100", "line5": "10", "line7": "60", "line8": "30"}, []),
        ({"line4": "100", "line5": "10", "line7": "60", "line8": "40"}, ["line_8"]),
        ({"line3": "200", "line4": "100", "line5": "10", "line9": "110"}, []),
        ({"line3": "200", "line4": "100", "line5": "10", "line9": "100"}, ["line_9"]),
        ({"line4": "100", "line5": "10", "rate_completed": "0.10"}, []),
        ({"line4": "100", "line5": "9.99", "rate_completed": "0.10"}, ["retainage_base"]),
        ({"line8": "30", "waiver_amount": "30"}, []),
        ({"line8": "30", "waiver_amount": "30.01"}, ["waiver_amount_mismatch"]),
        ({"line6": "90", "line7": "60", "waiver_amount": "40"}, ["waiver_amount_mismatch"]),
        ({"line6": "90", "previous_line6": "60", "line8": "31", "tolerance": "1"}, []),
        ({"line6": "90", "previous_line6": "60", "line8": "31.01", "tolerance": "1"}, ["line_8"]),
        ({"line6": "90", "previous_line6": "60", "line8": "29", "tolerance": "1"}, []),
        ({"line6": "90", "previous_line6": "60", "line8": "28.99", "tolerance": "1"}, ["line_8"]),
    ],
)
def test_what_is_given_is_held_against_what_follows(figures: dict[str, str], codes: list[str]) -> None:
    assert _face(**figures) == codes


@pytest.mark.parametrize(
    ("totals", "figures", "codes"),
    [
        ({"previous": "1", "this_period": "2", "stored": "3", "total": "6"}, {}, []),
        ({"previous": "1", "this_period": "2", "stored": "3", "total": "3"}, {}, ["column_g"]),
        ({"scheduled_value": "10", "total": "6", "balance": "4"}, {}, []),
        ({"scheduled_value": "10", "total": "6", "balance": "5"}, {}, ["column_h"]),
        ({"scheduled_value": "10"}, {"line3": "10"}, []),
        ({"scheduled_value": "10"}, {"line1": "9", "line2": "2"}, ["schedule_does_not_tie"]),
        ({"retainage": "10"}, {"line5": "11"}, ["line_5"]),
        ({"retainage": "10"}, {"line4": "100", "line6": "89"}, ["line_6"]),
        (
            {"stored": "20"},
            {"line4": "100", "line5": "9", "rate_completed": "0.10", "rate_stored": "0.05"},
            [],
        ),
        (
            {"stored": "20"},
            {"line4": "100", "line5": "10", "rate_completed": "0.10", "rate_stored": "0.05"},
            ["retainage_base"],
        ),
    ],
)
def test_totals_without_their_lines(
    totals: dict[str, str], figures: dict[str, str], codes: list[str]
) -> None:
    given_totals = GivenApplication.model_validate({"currency": "USD", "totals": totals, **figures})
    assert [one.code for one in footing.check(given_totals)] == codes


def test_columns_that_are_not_given_follow_from_the_others() -> None:
    lines = [
        {"item_no": "1", "scheduled_value": "100", "previous": "1", "this_period": "2", "stored": "4"},
        {"item_no": "2", "scheduled_value": "50", "previous": "8", "this_period": "16", "stored": "1"},
    ]

    def found(**figures: Any) -> list[tuple[str, Decimal]]:
        asked = GivenApplication.model_validate({"currency": "USD", "lines": lines, **figures})
        return _told(footing.check(asked))

    printed = {"previous": "9", "this_period": "18", "stored": "5", "total": "32", "balance": "118"}
    assert found(totals=printed, line3="150", line4="32") == []
    assert found(line3="151", line4="33") == [
        ("schedule_does_not_tie", Decimal(150)),
        ("line_4", Decimal(32)),
    ]
    wrong = {column: str(Decimal(amount) + 1) for column, amount in printed.items()}
    assert found(totals=wrong) == [
        ("column_d_total", Decimal(9)),
        ("column_e_total", Decimal(18)),
        ("column_f_total", Decimal(5)),
        ("column_g_total", Decimal(32)),
        ("column_h_total", Decimal(118)),
    ]
    # 10 % of 27 and 5 % of 5, line by line: 0.50 and 2.45.
    assert found(rate_completed="0.10", rate_stored="0.05", line5="2.95") == []
    lines[0]["retainage"], lines[1]["retainage"] = "0.50", "2.45"
    assert found(rate_completed="0.10", rate_stored="0.05", line5="2.95") == []
    assert found(rate_completed="0.10", line5="2.96") == [
        ("retainage_base", Decimal("0.70")),
        ("retainage_base", Decimal("2.50")),
        ("line_5", Decimal("2.95")),
    ]


def test_a_difference_within_the_tolerance_is_no_finding() -> None:
    line = {"item_no": "1", "scheduled_value": "100", "this_period": "101"}
    asked = GivenApplication.model_validate({"currency": "USD", "lines": [line], "tolerance": "1"})
    assert footing.check(asked) == ()
    line["this_period"] = "101.01"
    over = GivenApplication.model_validate({"currency": "USD", "lines": [line], "tolerance": "1"})
    assert _told(footing.check(over)) == [("over_scheduled_value", Decimal(100))]
    line["this_period"] = "-1"
    under = GivenApplication.model_validate({"currency": "USD", "lines": [line], "tolerance": "1"})
    assert footing.check(under) == ()
    line["this_period"] = "-1.01"
    below = GivenApplication.model_validate({"currency": "USD", "lines": [line], "tolerance": "1"})
    assert _told(footing.check(below)) == [("under_zero", Decimal(0))]


def test_a_rate_shown_on_a_line_is_that_of_the_contract() -> None:
    line = {"item_no": "1", "scheduled_value": "1000", "this_period": "100", "stored": "100"}

    def codes(**more: Any) -> list[tuple[str, Decimal, Decimal]]:
        shown = {name: more.pop(name) for name in ("retainage", "retainage_rate") if name in more}
        asked = GivenApplication.model_validate({"currency": "USD", "lines": [{**line, **shown}], **more})
        return [(one.code, one.found, one.expected) for one in footing.check(asked)]

    ten, five = Decimal(20), Decimal(10)
    assert codes(retainage_rate="0.05", rate_completed="0.10") == [("retainage_rate", five, ten)]
    assert codes(retainage_rate="0.05", retainage="11", rate_completed="0.10") == [
        ("retainage_rate", Decimal(11), ten)
    ]
    assert codes(retainage_rate="0.10", retainage="20", rate_completed="0.10") == []
    assert codes(retainage_rate="0.05", retainage="10") == []
    assert codes(retainage_rate="0.05", retainage="20") == [("retainage_base", ten, five)]
    assert codes(retainage="15", rate_completed="0.10", rate_stored="0.05") == []
    assert codes(retainage="20", rate_completed="0.10", rate_stored="0.05") == [
        ("retainage_base", ten, Decimal(15))
    ]


def test_a_sentence_says_what_was_found_what_was_expected_and_how_to_mend_it() -> None:
    (found,) = footing.check(
        GivenApplication.model_validate({"currency": "USD", "line6": "90", "line7": "60", "line8": "40"})
    )
    assert found.sentence == (
        "Line 8 is 40.00 USD, expected 30.00 USD (line 6 − line 7): correct the figure, or the one it "
        "comes from."
    )


def test_a_total_below_is_not_judged_where_a_line_does_not_show_the_column() -> None:
    lines = [
        {"item_no": "1", "scheduled_value": "10", "retainage": "1"},
        {"item_no": "2", "scheduled_value": "10"},
    ]
    asked = {"currency": "USD", "lines": lines, "totals": {"retainage": "5"}, "line5": "6"}
    assert [one.code for one in footing.check(GivenApplication.model_validate(asked))] == ["line_5"]


def test_an_application_of_our_own_foots() -> None:
    drawn = drafting.draft(rich_snapshot())
    ours = footing.as_given(drawn)
    # Its credit line is billed in part only, and a line is corrected below nothing: both are in its figures.
    assert {one.code for one in footing.check(ours)} <= {
        "over_scheduled_value",
        "under_zero",
        "schedule_does_not_tie",
    }
    wrong = ours.model_copy(update={"line8": drawn.line8 + 1})
    assert "line_8" in {one.code for one in footing.check(wrong)}


_cents = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_cents, _cents, _cents), min_size=1, max_size=6), st.data())
def test_one_wrong_figure_is_found_and_only_that(
    lines: list[tuple[Decimal, Decimal, Decimal]], data: st.DataObject
) -> None:
    """An application that foots, one figure of its face changed: exactly the lines that use it say so."""
    given_lines = tuple(
        GivenLine(
            item_no=str(n),
            scheduled_value=sum(parts, Decimal(0)) + 1,
            previous=parts[0],
            this_period=parts[1],
            stored=parts[2],
            total=sum(parts, Decimal(0)),
            balance=Decimal(1),
            retainage=Decimal(n),
        )
        for n, parts in enumerate(lines)
    )
    line3 = sum((line.scheduled_value for line in given_lines), Decimal(0))
    line4 = sum((line.reached for line in given_lines), Decimal(0))
    line5 = Decimal(sum(range(len(lines))))
    right = GivenApplication(
        currency="USD",
        lines=given_lines,
        line1=line3,
        line2=Decimal(0),
        line3=line3,
        line4=line4,
        line5=line5,
        line6=line4 - line5,
        line7=Decimal(7),
        line8=line4 - line5 - 7,
        line9=line3 - line4 + line5,
        previous_line6=Decimal(7),
    )
    assert footing.check(right) == ()
    touched = {
        "line1": {"line_3"},
        "line2": {"line_3"},
        "line3": {"line_3", "schedule_does_not_tie", "line_9"},
        "line4": {"line_4", "line_6"},
        "line5": {"line_5", "line_6"},
        "line6": {"line_6", "line_8", "line_9"},
        "line7": {"line_7", "line_8"},
        "line8": {"line_8"},
        "line9": {"line_9"},
    }
    field = data.draw(st.sampled_from(sorted(touched)))
    by = data.draw(st.sampled_from([Decimal("0.01"), Decimal("-0.01"), Decimal(1000)]))
    wrong = right.model_copy(update={field: getattr(right, field) + by})
    assert {one.code for one in footing.check(wrong)} == touched[field]
