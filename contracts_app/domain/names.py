"""Words that people give to things: one line of plain text, a day of business, a currency."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_NEVER_IN_A_LINE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_TURNS_DIRECTION = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def one_line(text: str) -> str:
    """The text as it is. Raises ValueError for more than a line of plain text.

    Names stand in subjects, file names and documents: no control characters, nothing that reorders.
    """
    if text.isascii() and text.isprintable():  # nearly all names
        return text
    for letter in text:
        if (
            unicodedata.category(letter) in _NEVER_IN_A_LINE
            or unicodedata.bidirectional(letter) in _TURNS_DIRECTION
        ):
            raise ValueError("one line of text without tabs and control characters")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(one_line),
]
BusinessDate = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]
"""A day of business: far enough from the ends of the calendar that deadlines can be counted from it."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
