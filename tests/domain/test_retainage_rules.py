"""Tiers, caps, rates of change orders and releases against the worked numbers of docs/SPEC-retainage.md."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from contracts_app.domain import canonical
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Kind, PayApplication, as_previous
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage import retainage_reopened
from contracts_app.domain.retainage.retainage import Before, LineWork, Retained, Sums, limit, retained
from contracts_app.domain.retainage.retainage_release import (
    Cause,
    Posting,
    ReleaseEvent,
    position,
    release_by_line,
    release_of_lines,
    release_on_events,
    release_part,
    substituted,
)
from contracts_app.domain.retainage.retainage_shares import Share, shared
from contracts_app.domain.retainage.retainage_terms import (
    CapCounts,
    CompletionOf,
    RetainageCap,
    RetainageTerms,
    RetainageTier,
    RetainageTiers,
    SumMeasured,
    TierMode,
)
from tests.domain.agreements import SIGNED, claims, decimals, executed, identity, snapshot, sov
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-retainage.md"
NOTHING = Decimal(0)


def agreed(first: str, tiers: str = "", cap: RetainageCap | None = None, **more: object) -> RetainageTerms:
    """Terms with the same rates for work and stored material; tiers as `0.50: 0.05; 0.90: 0`."""
    parts = [part.split(": ") for part in listed(tiers)]
    return RetainageTerms(
        rate_completed=Decimal(first),
        rate_stored=Decimal(first),
        tiers=RetainageTiers(
            tiers=tuple(
                RetainageTier(above=Decimal(above), rate_completed=Decimal(rate), rate_stored=Decimal(rate))
                for above, rate in parts
            ),
            **more,
        )
        if parts
        else None,
        cap=cap,
    )


def bill(
    terms: RetainageTerms,
    sums: Sums,
    work: Sequence[Decimal],
    *,
    values: Sequence[Decimal] = (),
    stored: Sequence[Decimal] = (),
    previous: tuple[Sequence[Decimal], Retained] | None = None,
    release: Sequence[Decimal] = (),
) -> Retained:
    """The next application on lines without a rate of their own; `previous` is the work and retainage of the
    one before, without stored material."""
    lines = []
    for number, completed in enumerate(work):
        line_id = identity(str(number))
        before, released = Before(), NOTHING
        if previous is not None:
            before = Before(previous[0][number], NOTHING, previous[1].withheld[line_id])
            released = previous[1].released[line_id]
        lines.append(
            LineWork(
                line_id=line_id,
                rate=None,
                completed=completed,
                stored=stored[number] if stored else NOTHING,
                value=values[number] if values else sums.under_rates,
                released=total((released, release[number] if release else NOTHING)),
                before=before,
            )
        )
    return retained(terms, lines, sums, "USD")


@pytest.mark.parametrize("completion", CompletionOf)
@cases(PAGE, "Tiers, marginal")
def test_marginal_tiers(row: Row, completion: CompletionOf) -> None:
    terms = agreed(
        row["First rate"], row["Tiers"], with_stored=row["F counts"] == "yes", completion_of=completion
    )
    (measured,) = amounts(row["Measured on"])
    found = bill(terms, Sums(measured), amounts(row["D + E"]), stored=amounts(row["F"]))
    assert list(found.withheld.values()) == amounts(row["Withheld"])
    assert list(found.released.values()) == [NOTHING]


@pytest.mark.parametrize("completion", CompletionOf)
@cases(PAGE, "Tiers, step-down")
def test_tiers_that_step_down(row: Row, completion: CompletionOf) -> None:
    terms = agreed(row["First rate"], row["Tiers"], mode=TierMode.step_down, completion_of=completion)
    (measured,) = amounts(row["Measured on"])
    previous: tuple[Sequence[Decimal], Retained] | None = None
    shown: list[tuple[Decimal, Decimal, Decimal]] = []
    for work in amounts(row["Work to date"]):
        found = bill(terms, Sums(measured), [work], previous=previous)
        (withheld,), (released,) = found.withheld.values(), found.released.values()
        shown.append((withheld, released, withheld - released))
        previous = [work], found
    expected = [amounts(row[column]) for column in ("Withheld", "Released", "Held")]
    if completion is CompletionOf.contract and measured < 0:
        return  # one figure of a contract is never negative: its sum is not
    assert shown == list(zip(*expected, strict=True))


@cases(PAGE, "Tiers of the contract")
def test_tiers_of_the_contract_are_shared_by_the_lines(row: Row) -> None:
    terms = agreed("0.10", row["Tiers"])
    values = amounts(row["Values"])
    previous: tuple[Sequence[Decimal], Retained] | None = None
    applications = zip(row["Work to date"].split(" / "), row["Withheld"].split(" / "), strict=True)
    for work, withheld in applications:
        found = bill(terms, Sums(total(values)), amounts(work), values=values, previous=previous)
        assert list(found.withheld.values()) == amounts(withheld)
        previous = amounts(work), found


@cases(PAGE, "Cap")
def test_cap(row: Row) -> None:
    cap = RetainageCap(
        amount=None if row["Cap"] == "5 %" else Decimal(row["Cap"]),
        fraction=Decimal("0.05") if row["Cap"] == "5 %" else None,
        counts=CapCounts(row["Counts"]),
    )
    terms = agreed("0.10", cap=cap)
    previous: tuple[Sequence[Decimal], Retained] | None = None
    rows = [amounts(row[column]) for column in ("Work to date", "Releases", "Withheld", "Held")]
    for work, release, withheld, held in zip(*rows, strict=True):
        found = bill(terms, Sums(capped=Decimal(1000000)), [work], previous=previous, release=[release])
        assert list(found.withheld.values()) == [withheld]
        assert list(found.released.values()) == [withheld - held]
        previous = [work], found


@cases(PAGE, "Whose rate")
def test_whose_rate(row: Row) -> None:
    terms = RetainageTerms.model_validate(
        {
            "rate_completed": "0.10",
            "change_order_rate": row["All"] or None,
            "change_order_rates": [{"number": "CO-1", "rate": row["That one"]}] if row["That one"] else [],
        }
    )
    own = Decimal(row["Line"]) if row["Line"] else None
    found = terms.rate_of(own, "CO-1" if row["Change order"] == "yes" else None)
    assert (terms.rate_completed if found is None else found) == Decimal(row["Rate"])


def contract(terms: RetainageTerms, original: str = "100000") -> ContractTerms:
    """A contract with these terms of retainage."""
    return ContractTerms(
        currency="USD", original_sum=Decimal(original), contract_date=SIGNED, retainage=terms
    )


def next_application(
    before: Snapshot,
    certificate: PayApplication,
    work: dict[object, tuple[str | int, str | int]],
    **more: object,
) -> Snapshot:
    """The application after a certificate; its terms and schedule as before unless said otherwise."""
    fields: dict[str, object] = {
        "previous": as_previous(certificate, before.terms.retainage),
        "entries": claims(work),
        "releases": (),
        "application_no": before.application_no + 1,
        "period_to": date(2024, 5, 14),
        **more,
    }
    return before.model_copy(update=fields)


@cases(PAGE, "A change order opens a tier again")
def test_a_change_order_opens_a_tier_again(row: Row) -> None:
    terms = agreed("0.10", "0.50: 0", measured_on=SumMeasured(row["Measured on"]))
    first = snapshot(contract(terms), [sov(1, "100000")], claims({1: (60000, 0)}))
    certificate = drafting.draft(first)
    assert certificate.line5 == Decimal(5000)
    assert retainage_reopened.reopened(first) == ()
    order = executed("CO-1", row["Change order"], date(2024, 5, 1))
    second = next_application(
        first,
        certificate,
        {1: (row["New work"], 0)},
        schedule=(sov(1, "100000"), sov(2, row["Change order"], order="CO-1")),
        change_orders=(order,),
    )
    drawn = drafting.draft(second)
    assert drawn.line5 == Decimal(row["Line 5"]) == total(line.retainage for line in drawn.lines)
    opened = retainage_reopened.reopened(second)
    if row["More on earlier work"] == "-":
        assert opened == ()
    else:
        (found,) = opened
        assert (found.item_no, found.more) == (None, Decimal(row["More on earlier work"]))
        assert f"{found.more:,.2f} USD more is withheld" in found.sentence("USD")


def test_a_line_that_a_change_order_raises_opens_its_own_tier_again() -> None:
    """60 of 100 is in the tier above 50 %; raised to 200 it is not. Another line is not concerned."""
    terms = agreed("0.10", "0.50: 0", completion_of=CompletionOf.line)
    first = snapshot(contract(terms, "200"), [sov(1, "100"), sov(2, "100")], claims({1: (60, 0), 2: (60, 0)}))
    certificate = drafting.draft(first)
    assert [line.withheld for line in certificate.lines] == list(decimals("5", "5"))
    order = executed("CO-1", "100", date(2024, 5, 1)).model_copy(update={"raises": identity("line 1")})
    second = next_application(
        first,
        certificate,
        {1: (10, 0), 2: (10, 0)},
        schedule=(sov(1, "200"), sov(2, "100")),
        change_orders=(order,),
    )
    assert [line.withheld for line in drafting.draft(second).lines] == list(decimals("7", "5"))
    (found,) = retainage_reopened.reopened(second)
    assert (found.item_no, found.then, found.now, found.more) == ("1", *decimals("100", "200", "1"))
    measured = agreed("0.10", "0.50: 0", completion_of=CompletionOf.line, measured_on=SumMeasured.original)
    on_original = second.model_copy(update={"terms": contract(measured, "200")})
    assert [line.withheld for line in drafting.draft(on_original).lines] == list(decimals("5", "5"))
    assert retainage_reopened.reopened(on_original) == ()
    by_itself = (sov(1, "200", rate="0.10"), sov(2, "100"))
    assert retainage_reopened.reopened(second.model_copy(update={"schedule": by_itself})) == ()


def test_lines_with_a_rate_of_their_own_are_outside_the_contracts_tiers() -> None:
    """1,000 less an exempt line of 200: half of 800 is reached by 400 of the other work."""
    terms = agreed("0.10", "0.50: 0")
    lines = [sov(1, "800"), sov(2, "200", rate="0")]
    drawn = drafting.draft(snapshot(contract(terms, "1000"), lines, claims({1: (500, 0), 2: (200, 0)})))
    assert [line.withheld for line in drawn.lines] == list(decimals("40", "0"))
    assert (drawn.line5a, drawn.line5b, drawn.line5) == decimals("40", "0", "40")


def test_change_orders_measured_on_the_original_sum_leave_it_as_it_was() -> None:
    """A base line outside counts as first agreed (150 before it was raised): half of 1,000 − 150 is 425."""
    terms = agreed("0.10", "0.50: 0", measured_on=SumMeasured.original)
    orders = (
        executed("CO-1", "50", date(2024, 3, 1)).model_copy(update={"raises": identity("line 2")}),
        executed("CO-2", "300", date(2024, 3, 1)),
    )
    lines = [sov(1, "850"), sov(2, "200", rate="0.02"), sov(3, "300", order="CO-2", rate="0")]
    claimed = claims({1: (850, 0), 2: (200, 0), 3: (300, 0)})
    drawn = drafting.draft(snapshot(contract(terms, "1000"), lines, claimed, change_orders=orders))
    assert [line.withheld for line in drawn.lines] == list(decimals("42.50", "4", "0"))


@pytest.mark.parametrize(("measured", "line5"), [("original", "50.00"), ("current", "60.00")])
def test_a_cap_on_the_original_or_the_current_sum(measured: str, line5: str) -> None:
    cap = RetainageCap(fraction=Decimal("0.05"), measured_on=SumMeasured(measured))
    orders = (executed("CO-1", "200", date(2024, 3, 1)),)
    lines = [sov(1, "1000"), sov(2, "200", order="CO-1")]
    drawn = drafting.draft(
        snapshot(
            contract(agreed("0.10", cap=cap), "1000"),
            lines,
            claims({1: (1000, 0), 2: (100, 50)}),
            change_orders=orders,
        )
    )
    assert drawn.line5 == Decimal(line5)
    assert drawn.line5b == 0  # completed work fills the cap first


def test_stored_material_bears_what_the_cap_leaves() -> None:
    """60 on completed work, 40 on material, a cap of 75: lines 5a 60, 5b 15."""
    terms = agreed("0.10", cap=RetainageCap(amount=Decimal(75)))
    drawn = drafting.draft(snapshot(contract(terms, "1000"), [sov(1, "1000")], claims({1: (600, 400)})))
    assert (drawn.line5a, drawn.line5b, drawn.line5) == decimals("60", "15", "75")


def test_a_cap_that_comes_down_gives_back_with_the_next_work() -> None:
    """5 % of 1,000 is held, 30 of it is released; then 5 % of 400 is 20: nothing is held, nothing is owed."""
    terms = agreed("0.10", cap=RetainageCap(fraction=Decimal("0.05")))
    first = snapshot(contract(terms, "1000"), [sov(1, "1000")], claims({1: (600, 0)}))
    certificate = drafting.draft(first)
    release = Release(line_id=identity("line 1"), amount=Decimal(30))
    second = next_application(
        first, certificate, {1: (0, 0)}, kind=Kind.retainage_release, releases=(release,)
    )
    released = drafting.draft(second)
    assert (certificate.line5, released.line5, released.line8) == decimals("50", "20", "30")
    order = executed("CO-1", "-600", date(2024, 6, 1))
    third = next_application(
        second,
        released,
        {1: (1, 0)},
        kind=Kind.application,
        schedule=(sov(1, "1000"), sov(2, "-600", order="CO-1")),
        change_orders=(order,),
        period_to=date(2024, 6, 14),
    )
    drawn = drafting.draft(third)
    assert drawn.line5 == 0
    assert [(line.withheld, line.released) for line in drawn.lines] == [
        decimals("30", "30"),
        decimals("0", "0"),
    ]


def test_a_release_before_the_tier_counts_towards_what_it_releases() -> None:
    """4,000 withheld and 1,000 released at 40 %; at 60 % 3,000 of 5,500 is held, so 1,500 more is released;
    a release after that is on top, and new work adds only its own 5 %."""
    terms = agreed("0.10", "0.50: 0.05", mode=TierMode.step_down)
    sums = Sums(Decimal(100000))
    first = bill(terms, sums, decimals(40000))
    second = bill(terms, sums, decimals(60000), previous=(decimals(40000), first), release=decimals(1000))
    assert list(second.released.values()) == list(decimals(2500))
    third = bill(terms, sums, decimals(60000), previous=(decimals(60000), second), release=decimals(1000))
    assert list(third.released.values()) == list(decimals(3500))
    fourth = bill(terms, sums, decimals(70000), previous=(decimals(60000), third))
    assert (*fourth.withheld.values(), *fourth.released.values()) == decimals(6000, 3500)


def test_a_step_down_is_spread_over_the_lines_by_what_is_above_the_rate() -> None:
    """Both lines hold 10 % of their work and then 5 % of it, to the cent in all."""
    terms = agreed("0.10", "0.50: 0.05", mode=TierMode.step_down)
    sums, values = Sums(Decimal("100.05")), decimals("33.35", "33.35", "33.35")
    first = bill(terms, sums, decimals("20.01", "20.01", "0"), values=values)
    assert list(first.withheld.values()) == list(decimals("2", "2", "0"))
    work = decimals("33.35", "33.35", "0")
    second = bill(terms, sums, work, values=values, previous=(decimals("20.01", "20.01", "0"), first))
    held = [second.withheld[line] - second.released[line] for line in second.withheld]
    assert total(second.withheld.values()) == Decimal("5.84")  # 50.025 × 10 % + 16.675 × 5 % = 5.83625
    assert total(held) == Decimal("3.34")  # 66.70 × 5 % = 3.335
    assert sorted(held) == list(decimals("0", "1.67", "1.67"))


def test_a_finished_line_whose_retainage_was_released_holds_nothing_more() -> None:
    """10 % up to a cap of 60: the first line held 40 and is released, the second bears the rest."""
    terms = agreed("0.10", cap=RetainageCap(amount=Decimal(60)))
    sums = Sums(capped=Decimal(1000))
    first = bill(terms, sums, decimals(400, 0))
    second = bill(
        terms, sums, decimals(400, 600), previous=(decimals(400, 0), first), release=decimals(40, 0)
    )
    assert list(second.withheld.values()) == list(decimals(40, 20))
    assert list(second.released.values()) == list(decimals(40, 0))


def test_what_was_withheld_before_need_not_be_known() -> None:
    """Then one figure is shared by all lines by their work: 50 on 600 and 400 of work."""
    terms = agreed("0.10", "0.50: 0")
    lines = [
        LineWork(identity(name), None, Decimal(work), NOTHING, before=Before(Decimal(work), NOTHING, None))
        for name, work in (("a", 600), ("b", 400))
    ]
    assert list(retained(terms, lines, Sums(Decimal(1000)), "USD").withheld.values()) == list(
        decimals(30, 20)
    )


def test_a_release_is_billed_by_itself_under_tiers_and_cap() -> None:
    """Line 8 of a release is what it releases, though a change order of the period raises the sum."""
    terms = agreed("0.10", "0.50: 0", cap=RetainageCap(fraction=Decimal("0.04")))
    first = snapshot(contract(terms), [sov(1, "100000")], claims({1: (100000, 0)}))
    certificate = drafting.draft(first)
    assert certificate.line5 == Decimal(4000)
    release = Release(line_id=identity("line 1"), amount=Decimal(1500))
    second = next_application(
        first,
        certificate,
        {1: (0, 0)},
        kind=Kind.retainage_release,
        releases=(release,),
        schedule=(sov(1, "100000"), sov(2, "20000", order="CO-1")),
        change_orders=(executed("CO-1", "20000", date(2024, 5, 1)),),
    )
    assert (drafting.draft(second).line5, drafting.draft(second).line8) == decimals(2500, 1500)


# Releases


def held_of(cell: str) -> dict[UUID, Decimal]:
    return {identity(str(number)): amount for number, amount in enumerate(amounts(cell), start=1)}


@cases(PAGE, "Release of a part")
def test_release_of_a_part(row: Row) -> None:
    held = held_of(row["Held"])
    if row["Per line"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            release_part(held, Decimal(row["Part"]), "USD")
        assert f"refused {refused.value.code}" == row["Per line"]
    else:
        assert list(release_part(held, Decimal(row["Part"]), "USD").values()) == amounts(row["Per line"])


@cases(PAGE, "Release of lines")
def test_release_of_lines(row: Row) -> None:
    wanted = {}
    for part in listed(row["Lines"]):
        number, amount = part.split(": ")
        wanted[identity(number)] = None if amount == "all" else Decimal(amount)
    if row["Released"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            release_of_lines(held_of(row["Held"]), wanted, "USD")
        assert f"refused {refused.value.code}" == row["Released"]
    else:
        parts = [part.split(": ") for part in listed(row["Released"])]
        expected = {identity(number): Decimal(amount) for number, amount in parts}
        assert release_of_lines(held_of(row["Held"]), wanted, "USD") == expected


@cases(PAGE, "Release on events")
def test_release_on_events(row: Row) -> None:
    events = [
        ReleaseEvent(event=name, part=Decimal(part))
        for name, part in (each.split(": ") for each in listed(row["Events"]))
    ]
    withheld, released = held_of(row["Withheld"]), held_of(row["Released before"])
    if row["Released now"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            release_on_events(withheld, released, events, listed(row["Reached"]), "USD")
        assert f"refused {refused.value.code}" == row["Released now"]
        return
    now = release_on_events(withheld, released, events, listed(row["Reached"]), "USD")
    shown = row["Released now"].split("; ")
    expected = {line: Decimal(cell) for line, cell in zip(withheld, shown, strict=True) if cell != "-"}
    assert now == expected


@cases(PAGE, "Substitution")
def test_substitution(row: Row) -> None:
    held = held_of(row["Held"])
    question = (held, Decimal(row["Security"]), Decimal(row["Replaced before"]), "USD")
    if row["Released, secured"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            substituted(*question)
        assert f"refused {refused.value.code}" == row["Released, secured"]
        return
    postings = substituted(*question)
    assert [posting.amount for posting in postings] == amounts(row["Released, secured"])
    assert {posting.cause for posting in postings} == {Cause.substituted}


def test_the_ledger_balances_with_a_security() -> None:
    """100 withheld, 30 released, 50 replaced: 20 is held, and 50 of the 80 released is secured."""
    line = identity("1")
    held = {line: Decimal(70)}
    postings = [
        Posting(line_id=line, cause=Cause.withheld, amount=Decimal(100)),
        Posting(line_id=line, cause=Cause.released, amount=Decimal(30)),
        *substituted(held, Decimal(50), NOTHING, "USD"),
    ]
    found = position(postings)
    assert (found.withheld, found.released, found.substituted, found.held) == decimals(100, 80, 50, 20)


def test_a_release_of_lines_leaves_the_others() -> None:
    held = held_of("100; 100")
    assert release_by_line(held, None, "USD") == held
    assert release_of_lines(held, {identity("2"): None}, "USD") == {identity("2"): Decimal(100)}


# What may be agreed


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"tiers": {"tiers": []}}, "at least 1 item"),
        ({"tiers": {"tiers": [{"above": "0"}]}}, "above 0 and above the one before"),
        ({"tiers": {"tiers": [{"above": "0.5"}, {"above": "0.5"}]}}, "above 0 and above the one before"),
        ({"tiers": {"tiers": [{"above": "1.1"}]}}, "fraction from 0 to 1"),
        (
            {"tiers": {"mode": "step_down", "tiers": [{"above": "0.5", "rate_completed": "0.01"}]}},
            "no higher rate",
        ),
        (
            {"tiers": {"mode": "step_down", "tiers": [{"above": "0.5", "rate_stored": "0.01"}]}},
            "no higher rate",
        ),
        ({"cap": {}}, "one of both"),
        ({"cap": {"amount": "1", "fraction": "0.05"}}, "one of both"),
        ({"cap": {"amount": "-0.01"}}, "not negative"),
        (
            {"change_order_rates": [{"number": "1", "rate": "0"}, {"number": "1", "rate": "0.1"}]},
            "one retainage rate",
        ),
    ],
)
def test_terms_that_do_not_agree(terms: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RetainageTerms.model_validate(terms)


def test_a_cap_is_in_whole_minor_units() -> None:
    with pytest.raises(ValueError, match="at most the decimals of USD"):
        contract(agreed("0.10", cap=RetainageCap(amount=Decimal("1.001"))))


def test_flat_terms_are_stored_and_hashed_as_before() -> None:
    """What was added later is left out while nothing is said of it."""
    flat = RetainageTerms(rate_completed=Decimal("0.10"))
    assert canonical.text(flat) == '{"level":"line","rate_completed":"0.1","rate_stored":"0"}'
    capped = agreed("0.10", cap=RetainageCap(amount=Decimal(1)))
    assert canonical.text(capped) != canonical.text(agreed("0.10"))


# One figure shared


def _share(bears: str, moved: str, before: str, released: str = "0") -> Share:
    return Share(*decimals(bears, moved, before, released))


@pytest.mark.parametrize(
    ("whole", "lines", "parts"),
    [
        # More than before: to new work in proportion; work that went back brings nothing.
        ("70", [("50", "30", "20"), ("40", "10", "20"), ("5", "-5", "10")], ("35", "25", "10")),
        # Without new work: to all by what they bear.
        ("13", [("60", "0", "5"), ("30", "-1", "5"), ("0", "0", "0")], ("7", "6", "0")),
        # Nobody bears anything: evenly.
        ("3", [("0", "0", "1"), ("0", "0", "1")], ("1.50", "1.50")),
        # The same as before: nothing moves.
        ("3", [("9", "9", "1"), ("9", "-9", "2")], ("1", "2")),
        # Less: first where work went back, no more than that and no more than it holds,
        ("20", [("10", "-4", "20"), ("10", "0", "4")], ("16", "4")),
        ("18", [("10", "-4", "20"), ("10", "0", "4")], ("14.40", "3.60")),  # 16 and 4, less 2 of 20
        ("3", [("0", "-9", "3", "2"), ("10", "0", "2")], ("2", "1")),
        # then from all by what they hold, never below what is released.
        ("6", [("10", "0", "8", "6"), ("10", "0", "4", "0")], ("6", "0")),
        ("9", [("10", "0", "8", "6"), ("10", "0", "4", "0")], ("7", "2")),
        # Nothing is held any more: a credit, on the lines that are one.
        ("-5", [("10", "0", "0"), ("-8", "-8", "0"), ("-2", "-2", "0")], ("0", "-4", "-1")),
        ("-5", [("10", "0", "3"), ("-8", "-8", "0")], ("0", "-5")),
        # More was released than is borne now: from all by their work.
        ("5", [("6", "0", "8", "8"), ("3", "0", "3", "3")], ("4", "1")),
    ],
)
def test_one_figure_shared_by_hand(whole: str, lines: list[tuple[str, ...]], parts: tuple[str, ...]) -> None:
    assert shared(Decimal(whole), [_share(*line) for line in lines], "USD") == decimals(*parts)


def test_a_cap_is_a_part_of_a_sum_that_is_not_negative() -> None:
    tenth = RetainageCap(fraction=Decimal("0.10"))
    assert limit(tenth, Decimal("100.05"), "USD") == Decimal("10.01")
    assert limit(tenth, Decimal("-100.05"), "USD") == 0
    assert limit(RetainageCap(amount=Decimal("7.77")), Decimal(1), "USD") == Decimal("7.77")


def test_a_deductive_line_keeps_the_credit_that_was_given_back() -> None:
    """Line by line: −50 withheld and given back; its work back at −300 of −1,000 bears −30, −50 stays."""
    terms = agreed("0.10", "0.50: 0", completion_of=CompletionOf.line)
    line = LineWork(
        identity("1"),
        None,
        Decimal(-300),
        NOTHING,
        Decimal(-1000),
        Decimal(-50),
        Before(Decimal(-600), NOTHING, Decimal(-50)),
    )
    found = retained(terms, [line], Sums(), "USD")
    assert (*found.withheld.values(), *found.released.values()) == decimals(-50, -50)


def test_more_than_was_withheld_is_not_made_up_for() -> None:
    """A release of 60 on a line that withheld 50 stays wrong, so that the check of the draft finds it."""
    terms = agreed("0.10", "0.50: 0", completion_of=CompletionOf.line)
    line = LineWork(
        identity("1"),
        None,
        Decimal(700),
        NOTHING,
        Decimal(1000),
        Decimal(60),
        Before(Decimal(600), NOTHING, Decimal(50)),
    )
    assert list(retained(terms, [line], Sums(), "USD").withheld.values()) == [Decimal(50)]


def test_what_one_line_holds_below_the_rate_another_may_hold_above_it() -> None:
    """2,500 is held of 60,000 after 3,000 was released on the first line: less than 5 %, so no more is."""
    terms = agreed("0.10", "0.50: 0.05", mode=TierMode.step_down)
    sums = Sums(Decimal(100000))
    first = bill(terms, sums, decimals(40000, 0))
    second = bill(
        terms, sums, decimals(40000, 20000), previous=(decimals(40000, 0), first), release=decimals(3000, 0)
    )
    assert list(second.withheld.values()) == list(decimals(4000, 1500))
    assert list(second.released.values()) == list(decimals(3000, 0))
