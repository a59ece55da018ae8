"""Required papers against docs/SPEC-compliance.md."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from contracts_app.domain.compliance.gates import Act, in_words, next_change, open_gates
from contracts_app.domain.compliance.papers import Blocks, GrantedException, Paper, PaperKind, Requirement
from tests.domain.worked_tables import Row, cases, listed, rows

PAGE = "SPEC-compliance.md"
ONE = UUID(int=1)
ISSUED = date(2024, 4, 2)


def act(*what: Blocks, on: date = ISSUED, today: date = ISSUED) -> Act:
    return Act(
        what=frozenset(what or (Blocks.issue,)),
        period_from=date(2024, 3, 1),
        period_to=date(2024, 3, 31),
        on=on,
        today=today,
    )


def required(
    kind: str = "tax_form", blocks: str = "issue", day: str = "2024-01-01", of: str = ""
) -> Requirement:
    return Requirement(
        id=ONE, kind=PaperKind(kind), of_whom=of, blocks=Blocks(blocks), from_on=date.fromisoformat(day)
    )


def paper(kind: PaperKind, written: str, of: str = "") -> Paper:
    first, last = written.split("/")
    return Paper(
        kind=kind,
        of_whom=of,
        valid_from=date.fromisoformat(first),
        valid_to=date.fromisoformat(last) if last else None,
    )


def test_each_kind_is_called_and_tested_as_the_page_says() -> None:
    told = {row["Kind"]: (row["Called"], row["Valid on"]) for row in rows(PAGE, "Kinds")}
    assert told == {kind.value: (kind.called, kind.test.value) for kind in PaperKind}


@cases(PAGE, "What holds an invoice")
def test_what_holds_an_invoice(row: Row) -> None:
    one = required(row["Required"])
    found = open_gates([one], [paper(one.kind, each) for each in listed(row["Papers"])], [], act())
    assert ("no" if found else "yes") == row["Open"]
    if found:
        assert in_words(found) == f"{one.called}: {row['Missing']}."


@cases(PAGE, "What a requirement blocks")
def test_what_a_requirement_blocks(row: Row) -> None:
    until = listed(row["Exception until"])
    exceptions = [GrantedException(requirement_id=ONE, until=date.fromisoformat(day)) for day in until]
    about = act(*map(Blocks, listed(row["Act"])))
    found = open_gates([required(blocks=row["Blocks"], day=row["From"])], [], exceptions, about)
    assert ("no" if found else "yes") == row["Open"]


def test_a_paper_is_that_of_whom_it_names() -> None:
    kind, days = PaperKind.lower_tier_waiver, "2024-03-01/2024-03-31"
    roofer = required(kind.value, of="Sample Roofing")
    others = [paper(kind, days), paper(kind, days, of="Other Sample"), paper(PaperKind.tax_form, days)]
    assert in_words(open_gates([roofer], others, [], act())) == (
        "Lien waiver of Sample Roofing: none is on file."
    )
    assert open_gates([roofer], [paper(kind, days, of="sample roofing")], [], act()) == ()


def test_an_exception_is_judged_by_the_day_of_doing_not_by_that_of_the_payment() -> None:
    """Money that came in while it was in force is not applied once it has ended."""
    exceptions = [GrantedException(requirement_id=ONE, until=date(2024, 4, 2))]
    for today, held in ((date(2024, 4, 2), 0), (date(2024, 4, 3), 1)):
        about = act(Blocks.payment, on=ISSUED, today=today)
        assert len(open_gates([required(blocks="payment")], [], exceptions, about)) == held


def test_certified_payroll_is_not_asked_for_days_before_it_was_required() -> None:
    kind = PaperKind.certified_payroll
    late = required(kind.value, day="2024-03-25")
    assert open_gates([late], [paper(kind, "2024-03-25/2024-03-31")], [], act()) == ()
    assert open_gates([required(kind.value, day="2024-04-01")], [], [], act()) == ()


@pytest.mark.parametrize(
    ("papers", "until", "changes"),
    [
        ([], None, None),
        (["2024-01-01/2024-12-31"], None, "2025-01-01"),
        (["2024-01-01/2024-12-31", "2024-06-01/"], None, None),
        (["2024-01-01/2024-03-31", "2024-05-01/"], None, "2024-05-01"),
        ([], "2024-04-10", "2024-04-11"),
        (["2024-01-01/2024-12-31"], "2024-04-10", "2025-01-01"),
    ],
)
def test_the_day_on_which_something_changes_is_known(
    papers: list[str], until: str | None, changes: str | None
) -> None:
    one = required("insurance_certificate")
    filed = [paper(one.kind, each) for each in papers]
    exceptions = [GrantedException(requirement_id=ONE, until=date.fromisoformat(until))] if until else []
    found = next_change([one], filed, exceptions, act())
    assert found == (date.fromisoformat(changes) if changes else None)
