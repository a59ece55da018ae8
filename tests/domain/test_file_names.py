"""Names of uploaded files are kept as they are seen."""

import pytest

from contracts_app.domain.file_names import uploaded_name


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("March 2024.xlsx", "March 2024.xlsx"),
        ("C:\\Files\\March.csv", "March.csv"),
        ("../../etc/March.csv", "March.csv"),
        ("\u200fMarch.csv", "March.csv"),  # right-to-left mark
        ("\u202aMarch.csv\u202c", "March.csv"),  # as copied from the properties of a file
        ("hours\u202exslx.csv", "hoursxslx.csv"),
        ("Ma\u200brch\u2060\ufeff\u00ad\u061c.csv\U000e0041", "March.csv"),
        ("in\u200dvoice.csv", "invoice.csv"),
        ("\u0634\u0639\u0627\u0639 \u200f(2).csv", "\u0634\u0639\u0627\u0639 (2).csv"),
        ("\u0645\u06cc\u200c\u0631\u0648\u0645.csv", "\u0645\u06cc\u200c\u0631\u0648\u0645.csv"),
        ("\U0001f469\u200d\U0001f527.csv", "\U0001f469\u200d\U0001f527.csv"),
    ],
)
def test_a_name_is_kept_as_it_is_seen(said: str, kept: str) -> None:
    assert uploaded_name(said) == kept


@pytest.mark.parametrize(
    "said", ["", " ", "march/", "\u200f", "a\n.csv", "a\x00.csv", "a\u2028.csv", "x" * 256]
)
def test_no_name_or_one_of_several_lines_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="rename it"):
        uploaded_name(said)
