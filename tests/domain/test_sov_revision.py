"""Revisions of the schedule of values against the worked numbers of docs/SPEC-change-orders.md."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import money
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.changes.sov_revision import Move, Revision, moved, revise
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import claims, decimals, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-change-orders.md"


def _lines(cell: str) -> list[SovLine]:
    found = []
    for number, part in enumerate(listed(cell), start=1):
        value, *order = part.split()
        found.append(sov(number, value, order=order[0] if order else None))
    return found


def _revision(cells: Sequence[str]) -> Revision:
    return Revision(
        number="R-1",
        effective_on=date(2026, 3, 20),
        reason="Budget where the work is",
        moves=tuple(
            Move(line_id=identity(f"line {number}"), amount=Decimal(cell))
            for number, cell in enumerate(cells, start=1)
            if cell != "-"
        ),
    )


def _billed(cell: str) -> dict[UUID, Decimal]:
    return {identity(f"line {number}"): amount for number, amount in enumerate(amounts(cell), start=1)}


@cases(PAGE, "Revisions")
def test_revisions(row: Row) -> None:
    lines = _lines(row["Values"])
    revision, billed = _revision(row["Moves"].split("; ")), _billed(row["Billed"])
    back = [identity(f"line {item}") for item in listed(row["Takes back"])]
    if row["New values"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            revise(lines, revision, billed, "USD", taking_back=back)
        assert f"refused {refused.value.code}" == row["New values"]
        return
    revised = revise(lines, revision, billed, "USD", taking_back=back)
    assert [line.scheduled_value for line in revised.lines] == amounts(row["New values"])
    assert [line.id for line in revised.lines] == [line.id for line in lines]
    negative = {each.line_id: each.amount for each in revised.taken_back}
    expected = amounts(row["Negative E"])
    assert negative == {line.id: amount for line, amount in zip(lines, expected, strict=False) if amount}


def test_refusals_say_what_to_do() -> None:
    lines = [sov(1, 100000), sov(2, 50000), sov(3, 30, order="CO-1")]

    def told(cells: Sequence[str], billed: str = "40000; 0; 0") -> tuple[str, int]:
        with pytest.raises(Refused) as refused:
            revise(lines, _revision(cells), _billed(billed), "USD")
        return refused.value.sentence, refused.value.status

    sentence = (
        "Line 1 is billed to 40,000.00 USD already, 10,000.00 USD above its new value: leave it that much "
        "more, or say that the next application takes it back."
    )
    assert told(["-70000", "70000"]) == (sentence, 409)
    assert told(["-100000.50", "100000.50"]) == (
        "Revision R-1 takes 0.50 USD more from a line than it has.",
        422,
    )
    assert told(["-10", "15"])[0].startswith("Revision R-1 changes the contract sum by 5.00 USD:")
    assert told(["-10", "-", "10"])[0] == "Line 3 is change order CO-1: another change order changes it."


def test_a_revision_names_each_line_once_and_only_lines_that_are_there() -> None:
    known, other = identity("line 1"), identity("line 9")
    for pair in ((known, other), (known, known)):
        revision = Revision(
            number="R-2",
            effective_on=date(2026, 3, 20),
            reason="x",
            moves=(Move(line_id=pair[0], amount=Decimal(1)), Move(line_id=pair[1], amount=Decimal(-1))),
        )
        with pytest.raises(Refused) as refused:
            moved({known: Decimal(10)}, revision, "USD")
        assert refused.value.code == "not_in_schedule"


def test_one_move_is_no_revision() -> None:
    with pytest.raises(ValidationError, match="at least 2 items"):
        _revision(["0", "-"])


def test_the_next_application_takes_back_what_the_revision_says() -> None:
    lines = [sov(1, 100000), sov(2, 50000)]
    revised = revise(
        lines, _revision(["-70000", "70000"]), _billed("40000; 0"), "USD", taking_back=[lines[0].id]
    )
    (back,) = revised.taken_back
    certified = PreviousCertificate(
        application_no=1,
        period_to=date(2024, 3, 31),
        line6=Decimal(36000),
        lines=(PreviousLine(line_id=lines[0].id, completed=Decimal(40000)),),
    )
    drawn = drafting.draft(
        snapshot(terms(150000), revised.lines, claims({1: (back.amount, 0)}), number=2, previous=certified)
    )
    assert (drawn.lines[0].this_period, drawn.lines[0].total, drawn.lines[0].balance) == decimals(
        -10000, 30000, 0
    )
    assert (drawn.line3, drawn.line8) == decimals(150000, -9000)


def test_calc_sov_revision(ask: Ask) -> None:
    question = {
        "lines": [line.model_dump(mode="json") for line in (sov(1, 100000), sov(2, 50000))],
        "revision": _revision(["-60000.01", "60000.01"]).model_dump(mode="json"),
        "billed": {str(identity("line 1")): "40000"},
        "currency": "USD",
    }
    status, _, told = ask("sov-revision", question=question)
    assert status == 1
    assert "takes it back" in told
    status, answer, _ = ask("sov-revision", question={**question, "taking_back": [str(identity("line 1"))]})
    assert status == 0
    assert [line["scheduled_value"] for line in answer["lines"]] == ["39999.99", "110000.01"]
    assert answer["taken_back"] == [{"line_id": str(identity("line 1")), "amount": "-0.01"}]


_cents = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))


@given(st.lists(_cents.filter(bool), min_size=2, max_size=6), st.data())
def test_a_revision_nets_to_zero_and_keeps_what_was_billed(
    values: list[Decimal], data: st.DataObject
) -> None:
    changes = [
        Decimal(data.draw(st.integers(-int(value * 100), int(value * 20)).filter(bool))).scaleb(-2)
        for value in values[1:]
    ]
    last = money.less(Decimal(0), *changes)
    values = [*values[1:], values[0]]
    lines = [sov(number, value) for number, value in enumerate(values, start=1)]
    billed = {line.id: data.draw(st.sampled_from([Decimal(0), line.scheduled_value])) for line in lines}
    back = [line.id for line in lines if data.draw(st.booleans())]
    try:
        revised = revise(
            lines, _revision([f"{each:f}" for each in (*changes, last)]), billed, "USD", taking_back=back
        )
    except Refused:
        wanted = [money.total(pair) for pair in zip(values, (*changes, last), strict=False)]
        assert (
            not last
            or any(value < billed[line.id] for line, value in zip(lines, wanted, strict=False))
            or min(wanted) < 0
        )
        return
    assert money.total(line.scheduled_value for line in revised.lines) == money.total(values)
    taken = {each.line_id: each.amount for each in revised.taken_back}
    assert set(taken) <= set(back)
    for line in revised.lines:
        assert line.scheduled_value >= 0
        assert money.total((billed[line.id], taken.get(line.id, Decimal(0)))) <= line.scheduled_value
        assert taken.get(line.id, Decimal(-1)) < 0
