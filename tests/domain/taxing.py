"""Reads lines and groups of tax from the cells of docs/SPEC-tax.md."""

from collections.abc import Iterable
from decimal import Decimal

from contracts_app.domain.tax.tax import LineTax, TaxCategory, TaxedAmount, TaxGroup
from tests.domain.worked_tables import listed

CATEGORIES = {
    "S": TaxCategory.standard,
    "Z": TaxCategory.zero,
    "E": TaxCategory.exempt,
    "AE": TaxCategory.reverse_charge,
    "O": TaxCategory.outside_scope,
}


def line_tax(code: str, rate: str, tax: str = "VAT") -> LineTax:
    """A tax as the tables write it: `S 0.20`."""
    reason = None if code in "SZ" else f"reason of {code}"
    return LineTax(tax=tax, category=CATEGORIES[code], rate=Decimal(rate), reason=reason)


def taxed(text: str) -> TaxedAmount:
    """A line as the tables write it: `100.00 S 0.20`."""
    net, code, rate = text.split()
    return TaxedAmount(net=Decimal(net), taxes=(line_tax(code, rate),))


def all_taxed(cell: str) -> list[TaxedAmount]:
    """All lines of a cell."""
    return [taxed(text) for text in listed(cell)]


def grouped(cell: str) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """`S 0.20 100.00 20.00; …` as code, rate, base and tax."""
    found = (text.split() for text in listed(cell))
    return [(code, Decimal(rate), Decimal(base), Decimal(tax)) for code, rate, base, tax in found]


def figures(groups: Iterable[TaxGroup]) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """Groups in the same form."""
    return [(group.code, group.rate, group.base, group.amount) for group in groups]
