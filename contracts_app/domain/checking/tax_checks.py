"""What is wrong with the tax of a draft: a rate or number that is missing, law to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contracts_app.domain.billing.carried_credit import CreditForm
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax, is_reversed, tax_of
from contracts_app.domain.finding import Finding
from contracts_app.domain.law import Provision, warnings
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.contract_tax import DraftTax, TaxTerms
from contracts_app.domain.tax.tax import CODES, TaxCategory

_WITHOUT_NUMBER = "US"
"""Sales taxes of the states are charged under permits that no invoice has to show."""


def of_tax(snapshot: Snapshot, application: PayApplication) -> Sequence[Finding]:
    """Findings about the tax of the draft; none where its contract says nothing of tax."""
    terms, captured = snapshot.terms.tax, snapshot.tax
    if (terms is None or captured is None) and snapshot.terms.discounts is None:
        return ()
    try:
        taxed = tax_of(snapshot, application)
    except Refused as refused:
        return (_found("tax_not_clear", refused.sentence),)
    assert taxed is not None
    if terms is None or captured is None:
        return ()
    if application.line8 < ZERO and snapshot.terms.credit_form is CreditForm.carried:
        return (
            _found(
                "tax_not_clear",
                "Line 8 is negative, and only a credit note gives back tax: bill it with later "
                "work, or agree on credit notes in the terms.",
            ),
        )
    return (
        *_numbers(terms, captured, taxed),
        *_not_met(taxed),
        *(
            _found("tax_law_to_read_again", sentence, blocks=False)
            for sentence in warnings(_law(captured), taxed.tax_date)
        ),
    )


def _numbers(terms: TaxTerms, captured: DraftTax, taxed: DocumentTax) -> Iterable[Finding]:
    within = any(group.code != CODES[TaxCategory.outside_scope] for group in taxed.groups)
    if within and not captured.our_number and not terms.jurisdiction.startswith(_WITHOUT_NUMBER):
        yield _found(
            "tax_number_missing",
            "An invoice that bears tax names our tax number: enter it with the legal entity that bills.",
        )
    if (is_reversed(taxed) or terms.reverse_charge is not None) and not captured.client_number:
        yield _found(
            "tax_number_missing",
            "Under reverse charge the invoice names the client's tax number: enter it with the client's "
            "record.",
        )


def _not_met(taxed: DocumentTax) -> Iterable[Finding]:
    if taxed.unmet:
        said = "; ".join(taxed.unmet)
        yield _found(
            "reverse_charge_not_met",
            f"The reverse charge that the contract names does not apply, so tax is charged. Not met: {said}.",
            blocks=False,
        )


def _law(captured: DraftTax) -> Iterable[Provision]:
    yield from captured.rates
    yield from captured.schemes
    yield from (row for row in (captured.rule, captured.regime) if row is not None)


def _found(code: str, sentence: str, *, blocks: bool = True) -> Finding:
    return Finding(code=code, blocks=blocks, item_no=None, sentence=sentence)
