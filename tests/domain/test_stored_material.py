"""Stored material in and out, and its papers, against docs/SPEC-pay-application.md."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.billing import drafting, stored_material, suggesting
from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate, as_previous
from contracts_app.domain.billing.snapshot import Release
from contracts_app.domain.billing.stored_material import Backup, Movement, Place
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-pay-application.md"
LINE = identity("line 1")
MOVED = ("F before", "Received", "Built in", "Removed", "Work")


def _moved(row: Row) -> Movement:
    before, received, built_in, removed, work = (Decimal(row[column]) for column in MOVED)
    return Movement(stored_before=before, received=received, built_in=built_in, removed=removed, work=work)


@cases(PAGE, "Stored material in and out")
def test_stored_material_in_and_out(row: Row) -> None:
    if row["E"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            stored_material.entry_of(LINE, _moved(row), "USD")
        assert f"refused {refused.value.code}" == row["E"]
        return
    entry = stored_material.entry_of(LINE, _moved(row), "USD")
    assert (entry.line_id, entry.this_period, entry.stored) == (LINE, *decimals(row["E"], row["F"]))
    gross = stored_material.gross_this_period(entry.this_period, entry.stored, Decimal(row["F before"]))
    assert gross == Decimal(row["Gross"])


@cases(PAGE, "Stored material in and out")
def test_calc_stored_material(ask: Ask, row: Row) -> None:
    question = {
        "line_id": str(LINE),
        "moved": _moved(row).model_dump(mode="json"),
        "currency": "USD",
    }
    status, answer, _ = ask("stored-material", question=question)
    if row["E"].startswith("refused"):
        assert (status, answer) == (1, "")
    else:
        assert (status, Decimal(answer["gross_this_period"])) == (0, Decimal(row["Gross"]))
        assert Decimal(answer["entry"]["stored"]) == Decimal(row["F"])


PAPERS = ("location", "invoice", "title", "insurance")


def _part(words: str) -> Backup:
    amount, place, papers = words.split()
    there = PAPERS if papers == "papers" else tuple(papers.split("+"))
    return Backup(
        line_id=LINE,
        amount=Decimal(amount),
        place=Place(place),
        **{paper: f"the {paper}" for paper in there},
    )


@cases(PAGE, "Its papers")
def test_papers_of_stored_material(row: Row) -> None:
    lacking = stored_material.backup_lacking(
        Decimal(row["F"]),
        [_part(words) for words in listed(row["Parts"])],
        off_site_authorised=row["Off the site"] == "yes",
        currency="USD",
    )
    assert list(lacking) == listed(row["Lacking"])


def test_the_missing_paper_is_named() -> None:
    for paper in PAPERS:
        others = {other: "there" for other in PAPERS if other != paper}
        missing = stored_material.missing_papers(Backup(line_id=LINE, amount=Decimal(1), **others))
        assert len(missing) == 1
        assert paper in missing[0]
    assert stored_material.missing_papers(_part("1 on_site papers")) == ()
    blank = _part("1 on_site papers").model_dump() | {"title": "  "}
    assert stored_material.missing_papers(Backup.model_validate(blank)) == ("bill of sale or title",)


@cases(PAGE, "Retainage without new work")
def test_retainage_is_applied_for_without_new_work(row: Row) -> None:
    agreed, schedule = terms(row["3"]), [sov(1, row["3"])]
    done = Entry(line_id=LINE, this_period=Decimal(row["4"]))
    before = drafting.draft(snapshot(agreed, schedule, (done,)))
    assert (before.line5, before.line6) == decimals(row["5 before"], row["7"])
    now = drafting.draft(
        snapshot(
            agreed,
            schedule,
            suggesting.unchanged_entries(schedule, as_previous(before)),
            number=2,
            previous=as_previous(before),
            kind=Kind.retainage_release,
            releases=(Release(line_id=LINE, amount=Decimal(row["Released"])),),
        )
    )
    figures = (now.line3, now.line4, now.line5, now.line7, now.line8, now.line9)
    assert figures == tuple(Decimal(row[column]) for column in ("3", "4", "5", "7", "8", "9"))


_cents = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(st.tuples(_cents, _cents), min_size=1, max_size=6))
def test_stored_material_is_never_paid_twice(
    data: st.DataObject, months: list[tuple[Decimal, Decimal]]
) -> None:
    """Whatever comes in and goes out: what is paid to date is the work done plus what lies in store, and a
    month in which material is only built in pays nothing before retainage."""
    agreed, schedule = terms("100000000000", work="0", stored="0"), [sov(1, "100000000000")]
    previous: PreviousCertificate | None = None
    stored = paid = work_done = built = Decimal(0)
    for number, (received, work) in enumerate(months, 1):
        built_in = Decimal(data.draw(st.integers(0, int((stored + received) * 100)))).scaleb(-2)
        moved = Movement(stored_before=stored, received=received, built_in=built_in, work=work)
        entry = stored_material.entry_of(LINE, moved, "USD")
        drawn = drafting.draft(snapshot(agreed, schedule, (entry,), number=number, previous=previous))
        gross = stored_material.gross_this_period(entry.this_period, entry.stored, stored)
        assert drawn.line8 == gross == received + work
        stored, work_done, built = entry.stored, work_done + work, built + built_in
        paid += drawn.line8
        assert paid == drawn.line4 == work_done + built + stored
        previous = as_previous(drawn)
