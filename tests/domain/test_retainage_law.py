"""Retainage, the law of the place and tax against the worked numbers of docs/SPEC-retainage.md."""

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.domain.law import Verified
from contracts_app.domain.money import in_percent
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_law import (
    ContractFacts,
    RetainageProvision,
    Trigger,
    applicable,
    deadlines,
    findings,
    most_held,
    overdue,
)
from contracts_app.domain.retainage.retainage_tax import (
    TaxRegime,
    TaxTiming,
    Treatment,
    invoice_figures,
    tax_point,
    taxed_now,
)
from contracts_app.domain.retainage.retainage_terms import (
    GoverningLaw,
    LawPolicy,
    RetainageCap,
    RetainageTerms,
    TierMode,
    Works,
)
from contracts_app.law import table
from tests.domain.test_retainage_rules import agreed
from tests.domain.worked_tables import Row, cases, listed

PAGE = "SPEC-retainage.md"
TODAY = date(2026, 11, 22)
ROWS = table("retainage", RetainageProvision)


def facts(on: str, amount: str = "1000000", **more: object) -> ContractFacts:
    return ContractFacts.model_validate(
        {"contract_date": on, "contract_sum": amount, "currency": "USD", **more}
    )


def place(jurisdiction: str, works: str, policy: LawPolicy = LawPolicy.warn) -> GoverningLaw:
    return GoverningLaw(jurisdiction=jurisdiction, works=Works(works), policy=policy)


def under(terms: RetainageTerms, governing: GoverningLaw) -> RetainageTerms:
    return terms.model_copy(update={"law": governing})


@cases(PAGE, "Law")
def test_terms_against_the_law(row: Row) -> None:
    cap = RetainageCap(fraction=Decimal(row["Cap"])) if row["Cap"] else None
    terms = under(agreed(row["Rate"], row["Tiers"], cap), place(row["Place"], row["Works"]))
    found = findings(terms, ROWS, facts(row["Contract date"], row["Sum"]), TODAY)
    assert [finding.code for finding in found] == listed(row["Findings"])
    assert not any(finding.blocks for finding in found)
    assert all(finding.citation in finding.sentence for finding in found)


@cases(PAGE, "Deadlines")
def test_deadlines(row: Row) -> None:
    known = facts(row["Contract date"])
    reached = {Trigger(row["Trigger"]): date.fromisoformat(row["On"])}
    found = deadlines(ROWS, place(row["Place"], row["Works"]), known, reached)
    assert [deadline.due_on.isoformat() for deadline in found] == listed(row["Due on"])


def test_the_policy_of_the_contract_decides() -> None:
    known = facts("2026-02-01")
    terms = agreed("0.10")
    assert findings(terms, ROWS, known, TODAY) == ()
    off = under(terms, place("US-CA", "private", LawPolicy.off))
    assert findings(off, ROWS, known, TODAY) == ()
    block = under(terms, place("US-CA", "private", LawPolicy.block))
    found = findings(block, ROWS, known, TODAY)
    assert [finding.blocks for finding in found] == [True, True]
    assert "Up to 10 % is withheld; the law allows at most 5 %." in found[0].sentence
    assert "As much as 100,000.00 USD may be held" in found[1].sentence
    assert "50,000.00 USD." in found[1].sentence


def test_a_provision_that_was_read_long_ago_warns_and_never_blocks() -> None:
    terms = under(agreed("0.05"), place("US-CA", "private", LawPolicy.block))
    known = facts("2026-02-01")
    assert findings(terms, ROWS, known, date(2027, 11, 22)) == ()
    found = findings(terms, ROWS, known, date(2027, 11, 23))
    assert {finding.code for finding in found} == {"law_to_be_read_again"}
    assert not any(finding.blocks for finding in found)
    against = under(agreed("0.10"), place("US-CA", "private", LawPolicy.block))
    late = findings(against, ROWS, known, date(2027, 11, 23))
    assert [finding.blocks for finding in late] == [True, True, False, False]


def test_the_rate_of_any_line_or_change_order_counts() -> None:
    terms = under(agreed("0.05"), place("US-CA", "private"))
    known = facts("2026-02-01", line_rates=["0.06"])
    assert [f.code for f in findings(terms, ROWS, known, TODAY)] == ["rate_above_law"]
    for field in ({"change_order_rate": Decimal("0.06")}, {"rate_stored": Decimal("0.06")}):
        changed = terms.model_copy(update=field)
        found = findings(changed, ROWS, facts("2026-02-01"), TODAY)
        assert [f.code for f in found] == ["rate_above_law"]
    listed_rate = RetainageTerms.model_validate(
        {**terms.model_dump(mode="json"), "change_order_rates": [{"number": "CO-1", "rate": "0.06"}]}
    )
    assert [f.code for f in findings(listed_rate, ROWS, facts("2026-02-01"), TODAY)] == ["rate_above_law"]


@pytest.mark.parametrize(
    "changed",
    [{"rate_stored": Decimal("0.9")}, {"change_order_rate": Decimal("0.06")}, {}],
    ids=["stored material", "change orders", "a line"],
)
def test_a_limit_of_the_whole_is_not_walked_around(changed: dict[str, Decimal]) -> None:
    terms = under(agreed("0.05"), place("US-NY", "private", LawPolicy.block)).model_copy(update=changed)
    known = facts("2024-01-15", line_rates=[] if changed else ["0.50"])
    assert [(f.code, f.blocks) for f in findings(terms, ROWS, known, TODAY)] == [("part_above_law", True)]


def test_what_is_uncertain_warns_only() -> None:
    terms = under(agreed("0.08"), place("US-TX", "public", LawPolicy.block))
    found = findings(terms, ROWS, facts("2024-01-15", "6000000"), TODAY)
    assert [(f.code, f.blocks) for f in found] == [("rate_above_law", False)]


def test_a_subcontract_withholds_no_more_than_the_contract_above() -> None:
    terms = under(agreed("0.05"), place("US-NY", "private"))
    assert findings(terms, ROWS, facts("2024-01-15", rate_above="0.05"), TODAY) == ()
    (found,) = findings(terms, ROWS, facts("2024-01-15", rate_above="0.04"), TODAY)
    assert found.code == "rate_above_prime"
    federal = under(agreed("0.05"), place("US", "federal"))
    assert findings(federal, ROWS, facts("2024-01-15", rate_above="0.04"), TODAY) == ()


def test_marks_bring_provisions_of_their_own() -> None:
    terms = under(agreed("0.05"), place("US", "federal"))
    time = facts("2024-01-15", "1000000", marks=["time_and_materials"])
    assert findings(terms, ROWS, time, TODAY) == ()  # 5 % of 1,000,000 is 50,000
    more = facts("2024-01-15", "1000000.20", marks=["time_and_materials"])
    (found,) = findings(terms, ROWS, more, TODAY)
    assert (found.code, found.citation) == ("total_above_law", "FAR 52.232-7(a)(7)")
    assert "may be held; the law lets at most" in found.sentence
    roads = under(agreed("0.05"), place("US-WA", "public"))
    (none,) = findings(roads, ROWS, facts("2024-01-15", marks=["federal_transport_funds"]), TODAY)
    assert none.code == "rate_above_law"


def test_a_band_in_another_currency_does_not_apply() -> None:
    terms = under(agreed("0.10"), place("US-NY", "private"))
    known = ContractFacts(contract_date=date(2024, 1, 15), contract_sum=Decimal(150000), currency="CAD")
    assert findings(terms, ROWS, known, TODAY) == ()


def test_most_that_is_ever_held() -> None:
    """Half of 1,000,000 at 10 %, then half at 5 %; stepping down to 5 % the most is just before the half,
    or 5 % of all: both 50,000. With 4 % after it, 50,000 before the step."""
    amount = Decimal(1000000)
    assert most_held(agreed("0.10", "0.50: 0.05"), amount) == 75000
    assert most_held(agreed("0.10", "0.50: 0.05", mode=TierMode.step_down), amount) == 50000
    assert most_held(agreed("0.10", "0.50: 0.04", mode=TierMode.step_down), amount) == 50000
    assert most_held(agreed("0.10", "0.20: 0.09", mode=TierMode.step_down), amount) == 90000
    assert most_held(agreed("0.10", cap=RetainageCap(amount=Decimal(70000))), amount) == 70000
    assert most_held(agreed("0.10", cap=RetainageCap(amount=Decimal(170000))), amount) == 100000
    assert most_held(agreed("0.10", cap=RetainageCap(fraction=Decimal("0.03"))), amount) == 30000


def test_overdue_releases() -> None:
    known = deadlines(
        ROWS, place("US-CA", "private"), facts("2026-01-01"), {Trigger.completion: date(2026, 10, 1)}
    )
    held = Decimal("1234.5")
    assert overdue(known, held, date(2026, 11, 15), LawPolicy.warn, "USD") == ()
    (late,) = overdue(known, held, date(2026, 11, 16), LawPolicy.warn, "USD")
    assert (late.code, late.blocks) == ("release_overdue", False)
    assert "1,234.50 USD is held that was to be released by 2026-11-15" in late.sentence
    (blocked,) = overdue(known, held, date(2026, 11, 16), LawPolicy.block, "USD")
    assert blocked.blocks
    assert overdue(known, held, date(2026, 11, 16), LawPolicy.off, "USD") == ()
    assert overdue(known, Decimal(0), date(2026, 11, 16), LawPolicy.warn, "USD") == ()


def test_every_row_names_a_source_that_can_be_opened() -> None:
    for row in (*ROWS, *table("retainage_tax", TaxRegime)):
        assert "http" in row.source
        assert row.as_of <= TODAY
        assert row.verified is not Verified.uncertain or row.note


def test_standard_forms_of_contract_are_no_law() -> None:
    forms = [row for row in ROWS if not row.binding]
    assert {row.jurisdiction for row in forms} == {"GB"}
    known = facts("2026-03-01")
    assert not set(forms) & set(applicable(ROWS, place("GB", "private"), known))


@pytest.mark.parametrize(
    ("rate", "written"), [("0.075", "7.5 %"), ("0", "0 %"), ("1", "100 %"), ("0.10", "10 %")]
)
def test_a_rate_in_words(rate: str, written: str) -> None:
    assert in_percent(Decimal(rate)) == written


# Tax


@cases(PAGE, "Tax timing")
def test_tax_timing(row: Row) -> None:
    given = (Decimal(row[column]) for column in ("Gross", "Withheld", "Released"))
    assert taxed_now(TaxTiming(row["Timing"]), *given) == Decimal(row["Taxed"])


@cases(PAGE, "Tax points")
def test_tax_points(row: Row) -> None:
    def day(column: str) -> date | None:
        return date.fromisoformat(row[column]) if row[column] else None

    found = tax_point(
        TaxTiming(row["Timing"]),
        billed_on=date.fromisoformat(row["Billed"]),
        invoiced_on=day("Invoiced"),
        paid_on=day("Paid"),
        holdback_ends_on=day("Holdback ends"),
    )
    assert (found.isoformat() if found else "-") == row["Tax point"]


@cases(PAGE, "Retainage on an electronic invoice")
def test_retainage_on_an_electronic_invoice(row: Row) -> None:
    def figures() -> tuple[Decimal, ...]:
        found = invoice_figures(
            Treatment(row["Treatment"]),
            TaxTiming(row["Timing"]),
            Decimal(row["Net"]),
            Decimal(row["Retained"]),
            Decimal(row["Tax rate"]),
            "EUR",
            tax_is_retained=row["Tax is retained"] == "yes",
        )
        assert found.amount_due == found.total == found.due_now + found.due_later
        assert found.lines - found.allowance == found.taxable
        return (found.taxable, found.tax, found.total, found.due_now, found.due_later)

    if row["Taxable"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            figures()
        assert f"refused {refused.value.code}" == row["Taxable"]
    else:
        columns = ("Taxable", "Tax", "Total", "Due now", "Due later")
        assert figures() == tuple(Decimal(row[column]) for column in columns)


def test_regimes() -> None:
    timing = {row.regime: row.timing for row in table("retainage_tax", TaxRegime)}
    assert timing == {
        "regulation_89": TaxTiming.invoice_or_payment,
        "regulation_93": TaxTiming.invoice_or_payment,
        "holdback": TaxTiming.payment_or_end_of_holdback,
        "public_works": TaxTiming.at_billing,
    }


@pytest.mark.parametrize(("amount", "most"), [("4999999.99", "0.10"), ("5000000", "0.05")])
def test_a_contract_sum_lies_in_one_band(amount: str, most: str) -> None:
    known = applicable(ROWS, place("US-TX", "public"), facts("2024-01-15", amount))
    assert [row.rate_cap for row in known] == [Decimal(most)]
