"""What people type into an amount cell, and what it may not be."""

from decimal import Decimal

import pytest

from contracts_app.web.pages.addresses import inside
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount, percentage

WHOLE = Decimal("344700.00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", "0"),
        ("1200.50", "1200.50"),
        ("1,200.50", "1200.50"),
        ("-69,100", "-69100"),
        ("(69,100.00)", "-69100.00"),
        ("25%", "86175.00"),
        ("12.5 %", "43087.50"),
        ("0.001%", "3.45"),  # 3.447 rounded half away from zero
        ("=1200*.3", "360.00"),
        ("= (1000 + 200) / 7", "171.43"),
        ("=0.1+0.2", "0.30"),
        ("=-5*2", "-10.00"),
        ("=+5", "5.00"),
        ("$1,200.50", "1200.50"),
        ("-$5", "-5"),
        ("1.005", "1.005"),  # typed so: the domain says that it has too many decimals
    ],
)
def test_an_amount_is_what_was_typed(text: str, meant: str) -> None:
    assert amount(text, WHOLE, "USD") == Decimal(meant)


@pytest.mark.parametrize(
    "text",
    [
        "abc", "NaN", "Infinity", "1e9", "1_000", "12,00", "1.2.3", "-", ".", "%", "١٢", "50%%", "=", "=1/0",
        "=2**9", "=__import__('os')", "=1e9", "=1_000*2", "=(1", "=1,2", "=9" + "*9" * 60, "=()", "9" * 16,
        "=0x10", "=1//2", "=~1", "€5", "$", "$$5",
    ],
)  # fmt: skip
def test_anything_else_is_not_an_amount(text: str) -> None:
    with pytest.raises(NotAnAmount):
        amount(text, WHOLE, "USD")


def test_a_percentage_is_a_fraction() -> None:
    assert percentage("50") == percentage("50%") == percentage(" 50 % ") == Decimal("0.5")
    assert percentage("33.333333") == Decimal("0.33333333")


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "", "javascript:x"],
)
def test_a_form_never_leads_to_another_site(address: str) -> None:
    assert inside(address, "/") == "/"
    assert inside("/invoices/1?tab=x#y", "/") == "/invoices/1?tab=x#y"
