"""An advance payment in the words of a page."""

from __future__ import annotations

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import ZERO, in_percent, in_words_of_a_page


def sum_in_words(terms: ContractTerms, currency: str) -> str:
    """`50,000.00 USD`, and of what part of the contract sum; nothing where none is agreed."""
    agreed = terms.advance
    if agreed is None:
        return ""
    amount = in_words_of_a_page(agreed.sum_of(terms.original_sum, currency), currency)
    return amount if agreed.share is None else f"{amount} ({in_percent(agreed.share)} of the contract sum)"


def recovery_in_words(terms: ContractTerms, currency: str) -> str:
    """How the advance is recovered, as a sentence; nothing where none is agreed."""
    agreed = terms.advance
    if agreed is None:
        return ""
    after = in_percent(agreed.starts_after)
    passes = f" once the work passes {after} of the contract sum" if agreed.starts_after != ZERO else ""
    by = "" if agreed.recovered_by is None else in_percent(agreed.recovered_by)
    if agreed.rate is None:
        begins = f"from {after} to {by}" if agreed.starts_after != ZERO else f"up to {by}"
        return f"Recovered in proportion to the work, {begins} of the contract sum."
    ends = f", and all that is left at {by} of it" if by else ""
    if by and not passes:
        ends = f", and all that is left at {by} of the contract sum"
    return f"Recovered by {in_percent(agreed.rate)} of the work of each application{passes}{ends}."
