"""No figure of the sample files differs from their manifest silently: what an explanation is worth."""

from __future__ import annotations

import pytest

from bench.sample_differences import Compared, Explained, explained
from bench.sample_figures import of_report, same


def figure(ours: str | None, theirs: str, why: Explained | None) -> Compared:
    return Compared("a.csv", "rows", ours, theirs, same(ours, theirs), why)


REASON = Explained(file="a.csv", figure="rows", ours="12", theirs="11", why="one is refused")


@pytest.mark.parametrize(
    ("ours", "theirs", "why", "silent"),
    [
        ("11", "11.0", None, False),
        ("12", "11", None, True),
        ("12", "11", REASON, False),
        ("13", "11", REASON, True),  # another difference than the one that was looked at
        ("12", "10", REASON, True),  # the manifest says something else since
        ("11", "11", REASON, True),  # explained in vain
        (None, "4", REASON.model_copy(update={"ours": None, "theirs": None}), False),
        (None, "4", REASON.model_copy(update={"ours": "none", "theirs": "4"}), False),
    ],
)
def test_only_the_difference_that_was_looked_at_is_explained(
    ours: str | None, theirs: str, why: Explained | None, silent: bool
) -> None:
    assert figure(ours, theirs, why).is_silent is silent


def test_figures_are_compared_to_the_places_of_the_manifest() -> None:
    assert same("58.7728", "58.7728")
    assert same("827000.00", 827000)
    assert not same("57789.46", "57789.45")
    assert not same(None, 0)


def test_every_explanation_names_a_difference_once_and_says_why() -> None:
    known = explained()
    assert len({(one.file, one.figure) for one in known}) == len(known)
    assert all(len(one.why) > 20 and (one.ours is None) == (one.theirs is None) for one in known)


def test_the_outcome_is_whether_the_file_was_refused() -> None:
    said = {"outcome": "needs_decision", "rows_read": 2, "totals": {"hours": None, "amount": "3"}}
    assert of_report(said) == {"outcome": "read", "rows": "2", "total_hours": None, "total_amount": "3"}
