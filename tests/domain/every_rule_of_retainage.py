"""Retainage, the law and tax of it, with figures that suffer from five digits."""

from datetime import date
from decimal import Decimal

from contracts_app.domain.retainage import (
    retainage,
    retainage_law,
    retainage_release,
    retainage_tax,
    retainage_terms,
)
from contracts_app.law import table
from tests.domain.agreements import identity

_AMOUNTS = tuple(Decimal(text) for text in ("1234567.89", "4309432.48", "-3780.37", "765432.11"))
_SUMS = retainage.Sums(Decimal("8765432.19"), Decimal("8765432.10"))


def _terms(mode: str, completion_of: str, counts: str, stored: bool) -> retainage_terms.RetainageTerms:
    return retainage_terms.RetainageTerms.model_validate(
        {
            "rate_completed": "0.098765",
            "rate_stored": "0.054321",
            "tiers": {
                "mode": mode,
                "completion_of": completion_of,
                "with_stored": stored,
                "tiers": [
                    {"above": "0.123456", "rate_completed": "0.076543", "rate_stored": "0.043210"},
                    {"above": "0.654321", "rate_completed": "0.012345"},
                ],
            },
            "cap": {"fraction": "0.045678", "counts": counts},
            "law": {"jurisdiction": "US-NY", "policy": "block"},
        }
    )


def _lines(factor: int) -> list[retainage.LineWork]:
    rates = (None, None, None, Decimal("0.033333"))
    return [
        retainage.LineWork(
            line_id=identity(f"line {number}"),
            rate=rate,
            completed=amount if factor > 1 else Decimal(number * 1111) + Decimal(number).scaleb(-2),
            stored=Decimal("98765.43"),
            value=Decimal("2345678.91"),
            released=Decimal(number),
            before=retainage.Before(Decimal(number * 999), Decimal("1.11"), Decimal(number * 77)),
        )
        for number, (amount, rate) in enumerate(zip(_AMOUNTS, rates, strict=True), start=1)
    ]


def every_rule_of_retainage() -> object:
    """Everything that retainage works out, in a form that can be written."""
    shown: list[object] = []
    for mode, completion_of, counts, stored in (
        ("marginal", "contract", "withheld", True),
        ("marginal", "line", "held", False),
        ("step_down", "contract", "held", False),
        ("step_down", "line", "withheld", True),
    ):
        terms = _terms(mode, completion_of, counts, stored)
        found = [retainage.retained(terms, _LINES[factor], _SUMS, "USD") for factor in (1, 2)]
        shown += [[each.withheld, each.released, each.on_completed] for each in found]
        shown.append(retainage_law.most_held(terms, Decimal("8765432.19")))
        facts = retainage_law.ContractFacts(
            contract_date=date(2024, 1, 15), contract_sum=Decimal("8765432.19"), currency="USD"
        )
        rows = table("retainage", retainage_law.RetainageProvision)
        shown.append(retainage_law.findings(terms, rows, facts, date(2028, 1, 1)))
    held = {identity(f"line {number}"): amount for number, amount in enumerate(_AMOUNTS)}
    positive = {line: amount.copy_abs() for line, amount in held.items()}
    shown += [
        retainage_release.release_part(held, Decimal("0.333333"), "USD"),
        retainage_release.release_of_lines(positive, {identity("line 1"): Decimal("1234.56")}, "USD"),
        retainage_release.release_on_events(
            held,
            {},
            [retainage_release.ReleaseEvent(event="handover", part=Decimal("0.456789"))],
            ["handover"],
            "USD",
        ),
        retainage_release.substituted(held, Decimal("2345678.91"), Decimal("12345.67"), "USD"),
        retainage_tax.taxed_now(
            retainage_tax.TaxTiming.invoice_or_payment, _AMOUNTS[0], Decimal("12345.67"), Decimal("1.11")
        ),
        retainage_tax.invoice_figures(
            retainage_tax.Treatment.instalment,
            retainage_tax.TaxTiming.at_billing,
            _AMOUNTS[0],
            Decimal("12345.67"),
            Decimal("0.123456"),
            "USD",
        ),
    ]
    return shown


_LINES = {1: _lines(1), 2: _lines(2)}
