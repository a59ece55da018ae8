"""Revised applications and those after them against docs/SPEC-pay-application.md."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.billing import certifying, claiming, drafting, revisions
from contracts_app.domain.billing.pay_application import (
    Entry,
    Kind,
    PreviousCertificate,
    PreviousLine,
    as_previous,
    revised_number,
)
from contracts_app.domain.billing.revisions import Chained, Standing
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Release, Snapshot, TimeBefore
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import HourRounding, MinimumPer, ReceivableArises
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_terms import (
    RetainageCap,
    RetainageTerms,
    RetainageTier,
    RetainageTiers,
    TierMode,
)
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.time_and_materials import DayBefore, TimeEntry
from tests.domain.agreements import SIGNED, claims, decimals, executed, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, cases, rows

PAGE = "SPEC-pay-application.md"
LINE = identity("line 1")
SIX = PreviousCertificate(
    application_no=6,
    period_to=date(2024, 6, 14),
    line6=Decimal(18000),
    lines=(PreviousLine(line_id=LINE, completed=Decimal(20000)),),
)


def _chain(entries: list[str]) -> list[Chained]:
    """Application 6, certified, and 7 to 9 after it; 9 is a draft."""
    sixth = snapshot(
        terms("100000"), [sov(1, "100000")], claims({1: (20000, 0)}), number=6, period_to=SIX.period_to
    )
    chain = [Chained(snapshot=sixth, standing=Standing.certified, certificate=SIX)]
    for number, (work, standing) in enumerate(
        zip(entries, (Standing.submitted, Standing.submitted, Standing.draft), strict=True), 7
    ):
        drawn = snapshot(
            terms("100000"),
            [sov(1, "100000")],
            claims({1: (work, 0)}),
            number=number,
            period_to=date(2024, number, 14),
            previous=chain[-1].hands_on(),
        )
        chain.append(Chained(snapshot=drawn, standing=standing))
    return chain


def _figures(chain: tuple[Chained, ...]) -> list[tuple[str, Decimal, Decimal, Decimal, Decimal]]:
    drawn = revisions.figures(chain)
    return [
        (one.name, fig.lines[0].this_period, fig.lines[0].previous, fig.line7, fig.line8)
        for one, fig in zip(chain, drawn, strict=True)
    ]


def _worked(name: str, columns: list[str]) -> list[tuple[str, Decimal, Decimal, Decimal, Decimal]]:
    found = []
    for row in rows(PAGE, "Revised"):
        work, before, line7, line8 = (Decimal(row[column]) for column in columns)
        found.append((row[name], work, before, line7, line8))
    return found


BEFORE, AFTER = ["E before", "D before", "7 before", "8 before"], ["E", "D", "7", "8"]


def _revised(chain: list[Chained]) -> Snapshot:
    return chain[1].snapshot.model_copy(update={"entries": claims({1: (rows(PAGE, "Revised")[0]["E"], 0)})})


def test_those_after_a_revised_application_are_tied_again() -> None:
    chain = _chain([row["E before"] for row in rows(PAGE, "Revised")])
    assert _figures(tuple(chain))[1:] == _worked("Name", BEFORE)
    retied = revisions.revise(chain, _revised(chain))
    assert _figures(retied.chain)[1:] == _worked("Becomes", AFTER)
    assert retied.superseded == tuple(chain[1:])
    assert retied.chain[0] == chain[0]
    # Revised back: 7R2 has the figures of 7, and what was 7R1 is superseded in its turn.
    back = revisions.revise(retied.chain, chain[1].snapshot)
    assert [one.name for one in back.chain] == ["6", "7R2", "8R2", "9"]
    assert [one.snapshot for one in back.chain] == [one.snapshot for one in chain]
    assert back.superseded == retied.chain[1:]


def test_calc_revise(ask: Ask) -> None:
    chain = _chain([row["E before"] for row in rows(PAGE, "Revised")])
    question = {
        "chain": [one.model_dump(mode="json") for one in chain],
        "changed": _revised(chain).model_dump(mode="json"),
    }
    status, answer, _ = ask("revise", question=question)
    assert status == 0
    assert answer["superseded"] == ["7", "8", "9"]
    assert [(one["name"], Decimal(one["figures"]["line8"])) for one in answer["applications"][1:]] == [
        (row["Becomes"], Decimal(row["8"])) for row in rows(PAGE, "Revised")
    ]


def test_those_that_wait_behind_a_lesser_certificate_start_from_it(ask: Ask) -> None:
    chain = _chain(["10000", "5000", "7000"])
    lesser = as_previous(certifying.certified(chain[1].snapshot, claims({1: (6000, 0)})))
    table = rows(PAGE, "Certified for less while others wait")
    retied = revisions.certify(chain, lesser)
    worked = [(row["Becomes"], *(Decimal(row[column]) for column in ("D", "7", "8"))) for row in table]
    assert [(name, *rest) for name, _, *rest in _figures(retied.chain)[1:]] == worked
    assert (retied.chain[1].standing, retied.chain[1].certificate) == (Standing.certified, lesser)
    assert [one.name for one in retied.superseded] == [row["Name"] for row in table[1:]]
    assert retied.superseded == tuple(chain[2:])
    question = {
        "chain": [one.model_dump(mode="json") for one in chain],
        "certificate": lesser.model_dump(mode="json"),
    }
    status, answer, _ = ask("certified-chain", question=question)
    assert status == 0
    assert [(one["name"], Decimal(one["figures"]["line8"])) for one in answer["applications"][1:]] == [
        (name, line8) for name, _, _, line8 in worked
    ]


def test_what_is_certified_as_applied_for_leaves_those_that_wait() -> None:
    chain = _chain(["10000", "5000", "7000"])
    retied = revisions.certify(chain, chain[1].hands_on())
    assert retied.superseded == ()
    assert [one.snapshot for one in retied.chain] == [one.snapshot for one in chain]
    assert [one.name for one in retied.chain] == ["6", "7", "8", "9"]


@pytest.mark.parametrize(
    ("number", "code"),
    [(6, "already_certified"), (8, "out_of_order"), (9, "not_submitted"), (12, "not_in_chain")],
)
def test_a_chain_is_certified_from_its_front(number: int, code: str) -> None:
    chain = _chain(["10000", "5000", "7000"])
    with pytest.raises(Refused) as refused:
        revisions.certify(chain, SIX.model_copy(update={"application_no": number}))
    assert refused.value.code == code


@cases(PAGE, "What a revision is refused for")
def test_what_a_revision_is_refused_for(row: Row) -> None:
    chain = _chain(["10000", "5000", "7000"])
    number = int(row["Revises"])
    old = next((one.snapshot for one in chain if one.snapshot.application_no == number), chain[1].snapshot)
    changes: dict[str, dict[str, Any]] = {
        "E": {"entries": claims({1: (1, 0)})},
        "nothing": {},
        "period": {"period_to": old.period_to + timedelta(days=1)},
        "terms": {"terms": terms("100000", work="0.05")},
        "previous": {"previous": None},
        "kind": {"kind": Kind.retainage_release},
    }
    changed = old.model_copy(update={"application_no": number, **changes[row["Change"]]})
    with pytest.raises(Refused) as refused:
        revisions.revise(chain, changed)
    assert refused.value.code == row["Refused"]


def test_a_refusal_names_the_application_in_which_the_error_is_corrected() -> None:
    chain = _chain(["10000", "5000", "7000"])
    changed = chain[0].snapshot.model_copy(update={"entries": claims({1: (1, 0)})})
    with pytest.raises(Refused, match="correct its error in the current one, 9"):
        revisions.revise(chain, changed)
    with pytest.raises(Refused, match="correct its error in the current one, the next"):
        revisions.revise(chain[:1], changed)
    in_full = [chain[1].model_copy(update={"standing": Standing.certified})]
    with pytest.raises(Refused, match="Application 7 is certified"):
        revisions.revise(in_full, _revised(chain))


def test_a_chain_ties_and_is_certified_in_order() -> None:
    chain = _chain(["10000", "5000", "7000"])
    revisions.require_chain(chain)
    revisions.require_chain(chain[:1])
    with pytest.raises(Refused) as refused:
        revisions.require_chain([chain[0], chain[2]])
    assert refused.value.code == "chain_does_not_tie"
    early = [*chain[:2], chain[2].model_copy(update={"standing": Standing.certified})]
    with pytest.raises(Refused) as refused:
        revisions.require_chain(early)
    assert refused.value.code == "out_of_order"


def test_the_name_of_a_revision() -> None:
    assert [revised_number(7, n) for n in (0, 1, 2, 10)] == ["7", "7R1", "7R2", "7R10"]


def test_a_change_order_added_by_a_revision_is_in_those_after() -> None:
    chain = _chain(["10000", "5000", "7000"])
    order = executed("1", "900", date(2024, 7, 10))
    line = sov(2, "900", order="1")
    changed = chain[1].snapshot.model_copy(
        update={
            "schedule": (*chain[1].snapshot.schedule, line),
            "change_orders": (order,),
            "entries": claims({1: (10000, 0), 2: (900, 0)}),
        }
    )
    retied = revisions.revise(chain, changed)
    last = drafting.draft(retied.chain[-1].snapshot)
    assert (last.line2, last.line4) == decimals(900, 42900)
    assert [known.previous for known in last.lines] == [35000, 900]
    # and taken out again
    out = revisions.revise(retied.chain, chain[1].snapshot)
    assert [one.snapshot for one in out.chain] == [one.snapshot for one in chain]


def test_a_line_that_differs_in_a_later_application_is_a_later_state() -> None:
    chain = _chain(["10000", "5000", "7000"])
    later = chain[2].snapshot.model_copy(update={"schedule": (sov(1, "100000", rate="0.05"),)})
    chain[2:] = [chain[2].model_copy(update={"snapshot": later})]
    changed = chain[1].snapshot.model_copy(update={"schedule": (sov(1, "100000", rate="0.20"),)})
    retied = revisions.revise(chain, changed)
    assert retied.chain[2].snapshot.schedule == later.schedule
    assert retied.chain[1].snapshot.schedule == changed.schedule


def test_a_draft_keeps_its_number_and_a_certificate_its_figures() -> None:
    chain = _chain(["10000", "5000", "7000"])
    lesser = SIX.model_copy(update={"line6": Decimal(17000)})
    assert chain[0].model_copy(update={"certificate": lesser}).hands_on() == lesser
    assert chain[1].hands_on() == as_previous(drafting.draft(chain[1].snapshot))
    assert chain[1].hands_on() == chain[2].snapshot.previous


def _by_time(number: int, hours: int, previous: PreviousCertificate | None, worked: int) -> Snapshot:
    """An invoice of one line billed by time at 100 an hour, with a deposit."""
    entries = tuple(
        TimeEntry(
            id=identity(f"entry {number} {hour}"),
            line_id=LINE,
            work_date=date(2024, number, 10),
            person="Sample Person",
            seconds=3600,
        )
        for hour in range(hours)
    )
    agreed = terms(
        "100000",
        work="0",
        deposit=Decimal(1000),
        receivable_arises=ReceivableArises.submission,
    )
    return snapshot(
        agreed,
        [sov(1, "100000", basis=Basis.time_and_materials)],
        number=number,
        period_to=date(2024, number, 14),
        previous=previous,
        rate_card=(RateRow(rate=Decimal(100), effective_from=SIGNED),),
        time=entries,
        time_before=(TimeBefore(line_id=LINE, amount=Decimal(worked)),) if worked else (),
        deposit_balance=max(Decimal(1000) - worked, Decimal(0)),
    )


def test_time_and_deposit_of_those_after_follow() -> None:
    first = _by_time(3, 4, None, 0)
    second = _by_time(4, 2, as_previous(drafting.draft(first)), 400)
    third = _by_time(5, 3, as_previous(drafting.draft(second)), 600)
    chain = [Chained(snapshot=first), Chained(snapshot=second), Chained(snapshot=third)]
    fewer = first.model_copy(update={"time": first.time[:1]})
    retied = revisions.revise(chain, fewer)
    lines = [drafting.draft(one.snapshot) for one in retied.chain]
    assert [line.line8 for line in lines] == [100, 200, 300]
    assert [one.snapshot.deposit_balance for one in retied.chain] == [1000, 900, 700]
    assert [before.amount for one in retied.chain for before in one.snapshot.time_before] == [100, 300]
    assert [claiming.owed_over_cap(one.snapshot, LINE) for one in retied.chain] == [0, 0, 0]
    taken = fewer.model_copy(update={"time": (*fewer.time, second.time[0])})
    with pytest.raises(Refused) as refused:
        revisions.revise(chain, taken)
    assert refused.value.code == "claimed_twice"


def test_the_least_time_of_a_day_follows() -> None:
    """Four hours are the least for a day: an hour on the first invoice charges four, on the second nothing
    more; without it on the first the second charges them."""
    rounding = HourRounding(minimum_seconds=4 * 3600, minimum_per=MinimumPer.day)
    first = _by_time(3, 1, None, 0)
    agreed = first.terms.model_copy(update={"hour_rounding": rounding})
    first = first.model_copy(update={"terms": agreed})
    worked = first.time[0]
    second = _by_time(4, 1, as_previous(drafting.draft(first)), 400).model_copy(
        update={
            "terms": agreed,
            "time": (worked.model_copy(update={"id": identity("same day")}),),
            "days_before": (
                DayBefore(line_id=LINE, person=worked.person, work_date=worked.work_date, seconds=3600),
            ),
        }
    )
    chain = [Chained(snapshot=first), Chained(snapshot=second)]
    assert [figures.line8 for figures in revisions.figures(chain)] == [400, 0]
    without = first.model_copy(update={"time": ()})
    retied = revisions.revise(chain, without)
    assert [figures.line8 for figures in revisions.figures(retied.chain)] == [0, 400]
    assert retied.chain[1].snapshot.days_before[0].seconds == 0
    twice = first.model_copy(update={"time": (worked, worked.model_copy(update={"id": identity("more")}))})
    again = revisions.revise(chain, twice)
    assert again.chain[1].snapshot.days_before[0].seconds == 7200
    back = revisions.revise(retied.chain, first)
    assert [one.snapshot for one in back.chain] == [first, second]


def test_time_that_a_revision_is_the_first_to_claim_is_known_to_those_after() -> None:
    rounding = HourRounding(minimum_seconds=4 * 3600, minimum_per=MinimumPer.day)
    claiming_two = _by_time(3, 2, None, 0)
    agreed = claiming_two.terms.model_copy(update={"hour_rounding": rounding})
    claiming_two = claiming_two.model_copy(update={"terms": agreed})
    nothing = claiming_two.model_copy(update={"time": ()})
    second = _by_time(4, 1, as_previous(drafting.draft(nothing)), 0).model_copy(update={"terms": agreed})
    chain = [Chained(snapshot=nothing), Chained(snapshot=second)]
    after = revisions.revise(chain, claiming_two).chain[1].snapshot
    charged = drafting.draft(claiming_two).line8
    assert [(one.line_id, one.amount) for one in after.time_before] == [(LINE, charged)]
    assert sum(one.seconds for one in after.days_before) == 7200


def test_a_deposit_drawn_at_certification_does_not_follow() -> None:
    chain = [
        one.model_copy(update={"snapshot": one.snapshot.model_copy(update={"deposit_balance": Decimal(50)})})
        for one in _chain(["10000", "5000", "7000"])
    ]
    changed = chain[1].snapshot.model_copy(update={"entries": claims({1: (10, 0)})})
    retied = revisions.revise(chain, changed)
    assert [one.snapshot.deposit_balance for one in retied.chain] == [50, 50, 50, 50]


@cases(PAGE, "An error in a certificate")
def test_an_error_is_corrected_in_the_current_application(ask: Ask, row: Row) -> None:
    known = PreviousLine(line_id=LINE, completed=Decimal(row["Certified"]), stored=Decimal(7))
    entry = revisions.corrected(known, Decimal(row["Right"]), Decimal(row["Work"]), Decimal(0))
    assert entry == Entry(line_id=LINE, this_period=Decimal(row["E"]))
    kept = revisions.corrected(known, Decimal(row["Right"]), Decimal(row["Work"]), Decimal(7))
    assert kept == entry.model_copy(update={"stored": Decimal(7)})
    previous = PreviousCertificate(
        application_no=1, period_to=SIGNED, line6=Decimal(row["Certified"]) * 9 / 10, lines=(known,)
    )
    drawn = snapshot(terms("100000"), [sov(1, "100000")], (entry,), number=2, previous=previous)
    assert drafting.draft(drawn).line4 == Decimal(row["G"])
    question = {
        "certified": known.model_dump(mode="json"),
        "right_to_date": row["Right"],
        "work": row["Work"],
        "stored": "0",
    }
    status, answer, _ = ask("correction", question=question)
    assert (status, Decimal(answer["this_period"])) == (0, Decimal(row["E"]))


_cents = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
_months = st.lists(st.tuples(_cents, _cents, st.integers(0, 100)), min_size=2, max_size=6)


RETAINAGE = {
    "flat": RetainageTerms(rate_completed=Decimal("0.10"), rate_stored=Decimal("0.05")),
    "marginal": RetainageTerms(
        rate_completed=Decimal("0.10"),
        rate_stored=Decimal("0.05"),
        tiers=RetainageTiers(tiers=(RetainageTier(above=Decimal("0.00001")),)),
    ),
    "stepped down": RetainageTerms(
        rate_completed=Decimal("0.10"),
        rate_stored=Decimal("0.10"),
        tiers=RetainageTiers(
            mode=TierMode.step_down,
            tiers=(
                RetainageTier(
                    above=Decimal("0.00001"), rate_completed=Decimal("0.05"), rate_stored=Decimal("0.05")
                ),
            ),
        ),
    ),
    "capped": RetainageTerms(rate_completed=Decimal("0.10"), cap=RetainageCap(amount=Decimal(900))),
}


def _life(months: list[tuple[Decimal, Decimal, int]], retainage: RetainageTerms) -> list[Chained]:
    """A chain on two lines with stored material and releases of a part of what is held."""
    agreed = terms("1000000000").model_copy(update={"retainage": retainage})
    schedule = [sov(1, "900000000"), sov(2, "100000000")]
    chain: list[Chained] = []
    for number, (work, material, release) in enumerate(months, 1):
        entries = claims({1: (work, material), 2: (material, 0)})
        previous = chain[-1].hands_on() if chain else None
        drawn = snapshot(
            agreed,
            schedule,
            entries,
            number=number,
            period_to=SIGNED + timedelta(days=30 * number),
            previous=previous,
            releases=(Release(line_id=LINE, amount=Decimal(release)),) if release else (),
        )
        chain.append(Chained(snapshot=drawn))
    return chain


@settings(max_examples=150, deadline=None)
@given(_months, st.sampled_from(sorted(RETAINAGE)), st.data())
def test_a_revised_chain_is_what_it_would_have_been(
    months: list[tuple[Decimal, Decimal, int]], how: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(months) - 1))
    other = data.draw(st.tuples(_cents, _cents, st.integers(0, 100)))
    chain = _life(months, RETAINAGE[how])
    would_have_been = _life([*months[:at], other, *months[at + 1 :]], RETAINAGE[how])
    if would_have_been[at].snapshot == chain[at].snapshot:
        return
    retied = revisions.revise(chain, would_have_been[at].snapshot)
    assert [one.snapshot for one in retied.chain] == [one.snapshot for one in would_have_been]
    figures = revisions.figures(retied.chain)
    assert sum(one.line8 for one in figures) == figures[-1].line6
    assert [one.revision for one in retied.chain[:at]] == [0] * at
    assert retied.chain[at].revision == 1
    assert len(retied.superseded) <= len(chain) - at
    again = revisions.revise(retied.chain, chain[at].snapshot)
    assert [one.snapshot for one in again.chain] == [one.snapshot for one in chain]
    assert checks.findings(chain[0].snapshot) == checks.findings(again.chain[0].snapshot)
