"""What a paper says of tax and retainage under each treatment, row by row, against docs/SPEC-retainage.md."""

from datetime import date
from decimal import Decimal

import pytest

from contracts_app.documents.tax_words import tax_fields
from contracts_app.documents.wording import Wording
from contracts_app.domain.billing.retainage_shown import shown
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import round_to
from contracts_app.domain.retainage.retainage_tax import Treatment
from contracts_app.domain.tax.tax import TaxGroup
from tests.domain.worked_tables import Row, cases, rows

PAGE, HEADING = "SPEC-retainage.md", "Retainage on an invoice of the product"
SAY = Wording("en", "EUR")
RATE = Decimal("0.19")


def _made(row: Row, discount: str = "0") -> DocumentTax:
    """An invoice of this row: taxed as the law has it, its retainage shown as the contract has it."""
    work, withheld, off = Decimal(row["Work"]), Decimal(row["Withheld"]), Decimal(discount)
    deferred = row["Taxed later"] == "yes"
    net = work - off - (withheld if deferred else 0)
    tax = round_to(net * RATE, "EUR")
    due = work - off - withheld + tax
    group = TaxGroup(tax="VAT", code="S", rate=RATE, base=net, amount=tax)
    return DocumentTax(
        tax_date=date(2024, 4, 30),
        net=net,
        tax=tax,
        gross=net + tax,
        retained=net + tax - due,
        due=due,
        discount=off,
        retainage=shown(
            Treatment(row["Agreed"]), deferred=deferred, work=work - off, taxed=net, kept_back=net + tax - due
        ),
        groups=(group,) if net else (),
        lines=(),
    )


@cases(PAGE, HEADING)
def test_each_treatment_has_its_figures(row: Row) -> None:
    made = _made(row)
    of = made.retainage
    assert (of.treatment.value if of else "-") == row["Shown as"]
    found = (of.allowance if of else 0, made.net, made.tax, made.gross, made.due, of.later if of else 0)
    names = ("Allowance", "Taxed", "Tax", "With tax", "Due now", "Later")
    assert found == tuple(Decimal(row[name]) for name in names)


def _of(number: int, discount: str = "0") -> dict[str, object]:
    fields: dict[str, object] = tax_fields(_made(rows(PAGE, HEADING)[number], discount), SAY)["tax"]
    return fields


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, ("Retainage, due when it is released; taxed now", "-500.00", "With tax, less retainage")),
        (1, ("Retainage released, taxed with the work", "500.00", "Due now")),
        (2, ("Second instalment, due when retainage is released", "500.00", "First instalment, due now")),
        (3, ("Second instalment of earlier invoices, taxed with them", "500.00", "Due now")),
    ],
)
def test_what_is_kept_back_is_called_by_its_treatment(number: int, said: tuple[str, str, str]) -> None:
    fields = _of(number)
    assert fields["has_retained"]
    assert (fields["has_work"], fields["has_allowance"]) == (False, False)
    amount = str(fields["retained"]).replace("\u2212", "-")
    assert (fields["retained_called"], amount, fields["due_called"]) == said


def test_an_allowance_stands_before_tax() -> None:
    """10,000.00 less 500.00 is 9,500.00; with 100.00 of discount 9,400.00."""
    fields = _of(4)
    assert (fields["work_called"], fields["work"]) == ("Work of this invoice", "10,000.00")
    assert fields["allowance_called"] == "Less retainage, taxed when it is released"
    assert not fields["has_retained"]
    assert (_of(4, "100.00")["work"], _of(4, "100.00")["net"]) == ("10,000.00", "9,400.00")
    released = _of(5)
    assert (released["has_work"], released["allowance"]) == (False, "500.00")
    assert released["allowance_called"] == "Retainage released, taxed now"


def test_a_paper_without_rates_is_not_headed_by_a_discount_that_it_does_not_have() -> None:
    assert [_of(number)["head"] for number in (0, 1)] == ["Tax, tax date April 30, 2024", "Tax"]
