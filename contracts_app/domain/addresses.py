"""Addresses that mail and letters go to."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL_PATTERN = rf"^{_ATOM}(\.{_ATOM})*@([A-Za-z0-9-]{{1,63}}\.)*[A-Za-z0-9-]{{1,63}}$"


def lines_of(text: str) -> str:
    """Text of several lines without blank ones. Raises ValueError for control characters."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for line in lines for letter in line):
        raise ValueError("lines of text without tabs and control characters")
    return "\n".join(line for line in lines if line)


EmailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=EMAIL_PATTERN)
]
"""One address that mail can be sent to, in small letters."""
PostalAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(lines_of)]
"""The lines of a postal address, as they stand on an invoice."""
