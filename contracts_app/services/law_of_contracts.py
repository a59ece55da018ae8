"""What the law of the place says of a contract's terms (docs/SPEC-law.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.retainage.retainage_law import (
    ContractFacts,
    LawFinding,
    RetainageProvision,
    findings,
)
from contracts_app.law import table


def of_retainage(terms: ContractTerms, line_rates: Iterable[Decimal], today: date) -> Sequence[LawFinding]:
    """Where the retainage agreed goes beyond the law, blocking findings first; `line_rates` are the rates
    that lines have of their own."""
    facts = ContractFacts(
        contract_date=terms.contract_date,
        contract_sum=terms.original_sum,
        currency=terms.currency,
        line_rates=tuple(line_rates),
    )
    return findings(terms.retainage, table("retainage", RetainageProvision), facts, today)
