"""Retainage of subcontractors against the worked numbers of docs/SPEC-commitments.md."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app import law
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.purchasing.subcontract_retainage import (
    HeldOfSub,
    findings,
    retainage_payable,
    terms_of,
)
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage import LineWork, Sums
from contracts_app.domain.retainage.retainage_law import ContractFacts, RetainageProvision
from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from tests.domain.agreements import identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-commitments.md"
ROWS = law.table("retainage", RetainageProvision)
TODAY = date(2026, 11, 23)


def _terms(rate: str | Decimal, stored: str = "0", **more: Any) -> RetainageTerms:
    return RetainageTerms(rate_completed=Decimal(rate), rate_stored=Decimal(stored), **more)


def _facts(signed: str = "2026-03-01", of: str = "1000") -> ContractFacts:
    return ContractFacts(contract_date=date.fromisoformat(signed), contract_sum=Decimal(of), currency="USD")


@cases(PAGE, "Retainage of a subcontractor")
def test_rates_beside_the_primes_and_the_law(ask: Ask, row: Row) -> None:
    place = None
    if row["Place"] != "-":
        place = {"jurisdiction": row["Place"], "works": row["Works"], "policy": row["Policy"]}
    prime, sub = _terms(row["Prime"], law=place), _terms(row["Sub"])
    facts = _facts(row["Signed"], row["Sum"])
    found = findings(prime, sub, facts, ROWS, TODAY)
    assert sorted(each.code + "!" * each.blocks for each in found) == sorted(listed(row["Findings"]))
    assert [each.blocks for each in found] == sorted((each.blocks for each in found), reverse=True)
    assert all(bool(each.citation) is (each.code != "above_prime") for each in found)
    question = {
        "prime": prime.model_dump(mode="json"),
        "sub": sub.model_dump(mode="json"),
        "facts": facts.model_dump(mode="json"),
        "today": TODAY.isoformat(),
    }
    status, answer, _ = ask("subcontract-retainage", question=question)
    assert (status, answer) == (0, {"findings": [e.model_dump(mode="json") for e in found], "lines": []})


def test_each_rate_is_held_against_its_own() -> None:
    (found,) = findings(_terms("0.10", "0.05"), _terms("0.05", "0.10"), _facts(), ROWS, TODAY)
    assert found.code == "above_prime"
    assert found.sentence == (
        "On stored material 10 % is withheld of the subcontractor; the client withholds 5 % of us."
    )


def test_a_subcontract_may_name_a_law_of_its_own() -> None:
    place = {"jurisdiction": "US-CA", "works": "private", "policy": "block"}
    off = {**place, "policy": "off"}
    codes = [
        [
            each.code
            for each in findings(_terms("0.03", law=one), _terms("0.05", law=two), _facts(), ROWS, TODAY)
        ]
        for one, two in ((off, place), (place, off))
    ]
    assert codes == [["rate_above_prime"], ["above_prime"]]


def test_tiers_of_the_prime_contract_count() -> None:
    place = {"jurisdiction": "US-CA", "works": "private", "policy": "block"}
    tiers = {"tiers": [{"above": "0.5", "rate_completed": "0.05"}]}
    prime = _terms("0.03", law=place, tiers=tiers)
    found = findings(prime, _terms("0.05"), _facts(), ROWS, TODAY)
    assert [each.code for each in found] == ["above_prime"]


def _work(matched: list[Decimal], released: list[Decimal]) -> list[LineWork]:
    return [
        LineWork(identity(f"ordered {n}"), None, amount, ZERO, value=amount, released=back)
        for n, (amount, back) in enumerate(zip(matched, released, strict=True))
    ]


def _held(terms: RetainageTerms, lines: list[LineWork]) -> tuple[HeldOfSub, ...]:
    whole = total(line.value for line in lines)
    return retainage_payable(terms, lines, Sums(whole, whole), "USD")


@cases(PAGE, "Held and payable")
def test_held_and_payable(ask: Ask, row: Row) -> None:
    lines = _work(amounts(row["Matched"]), amounts(row["Released"]))
    question = {
        "prime": _terms(row["Rate"]).model_dump(mode="json"),
        "facts": _facts().model_dump(mode="json"),
        "today": TODAY.isoformat(),
        "lines": [
            {
                "line_id": str(line.line_id),
                "value": f"{line.value:f}",
                "matched": f"{line.completed:f}",
                "released": f"{line.released:f}",
            }
            for line in lines
        ],
    }
    if row["Withheld"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            _held(_terms(row["Rate"]), lines)
        assert f"refused {refused.value.code}" == row["Withheld"]
        assert ask("subcontract-retainage", question=question)[0] == 1
        return
    found = _held(_terms(row["Rate"]), lines)
    assert [each.withheld for each in found] == amounts(row["Withheld"])
    assert [each.held for each in found] == amounts(row["Held"])
    assert [each.payable for each in found] == amounts(row["Payable"])
    _, answer, _ = ask("subcontract-retainage", question=question)
    assert answer["lines"] == [each.model_dump(mode="json") for each in found]


def test_figures_are_at_the_unit_of_the_currency() -> None:
    for matched, released in (("10.001", "0"), ("10", "0.001")):
        with pytest.raises(Refused) as refused:
            _held(_terms("0.1"), _work([Decimal(matched)], [Decimal(released)]))
        assert refused.value.code == "too_many_decimals"


_cents = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))


@given(st.lists(_cents, min_size=1, max_size=8), st.sampled_from(["0", "0.05", "0.0333", "1"]), st.data())
def test_what_is_matched_is_payable_or_held(matched: list[Decimal], rate: str, data: st.DataObject) -> None:
    before = _held(_terms(rate), _work(matched, [ZERO] * len(matched)))
    back = [Decimal(data.draw(st.integers(0, int(each.withheld * 100)))).scaleb(-2) for each in before]
    for each, earlier in zip(_held(_terms(rate), _work(matched, back)), before, strict=True):
        assert total((each.payable, each.held)) == each.matched
        assert less(each.withheld, each.released) == each.held
        assert ZERO <= each.held <= earlier.held


def test_a_subcontract_has_the_primes_rates_and_law_unless_it_names_its_own() -> None:
    place = {"jurisdiction": "US-CA", "works": "private", "policy": "block"}
    tiers = {"tiers": [{"above": "0.5", "rate_completed": "0.05"}]}
    prime = _terms("0.10", "0.05", law=place, tiers=tiers)
    known = terms_of(prime, None)
    assert (known.rate_completed, known.rate_stored, known.law, known.tiers) == (
        prime.rate_completed,
        prime.rate_stored,
        prime.law,
        None,
    )
    own = terms_of(prime, Decimal("0.03"))
    assert (own.rate_completed, own.rate_stored, own.law) == (Decimal("0.03"), Decimal("0.03"), None)


def test_tiers_are_measured_on_the_whole_order() -> None:
    """Ordered for 1,000: 10 % of the first 500 and 5 % of the other 300 are 65."""
    tiers = {"tiers": [{"above": "0.5", "rate_completed": "0.05"}]}
    (line,) = _work([Decimal(800)], [ZERO])
    (found,) = retainage_payable(
        _terms("0.10", tiers=tiers), [line], Sums(Decimal(1000), Decimal(1000)), "USD"
    )
    assert (found.withheld, found.held, found.payable) == (Decimal(65), Decimal(65), Decimal(735))
