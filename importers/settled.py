"""What holds for a whole file, and how it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

How = Literal["found", "profile", "asked", "given"]
"""Found in the file; fixed by its source's profile; asked and still open; given by a person."""


class Settled(BaseModel):
    """One decision over the whole file. No value: nothing in the file depends on it, or it is still open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: str | None
    how: How


ANSWERS: Mapping[str, Sequence[tuple[str, str]]] = {
    "encoding": tuple((name, name) for name in ("utf-8", "cp1252", "iso8859-2", "cp1251", "cp850", "utf-16")),
    "delimiter": (("comma", "comma"), ("semicolon", "semicolon"), ("tab", "tab"), ("pipe", "vertical bar")),
    "header_row": (*((str(row), f"row {row}") for row in range(1, 11)), ("none", "none")),
    "date_order": (("month_first", "month first"), ("day_first", "day first")),
    "decimal_mark": ((".", "1,234.50"), (",", "1.234,50")),
    "duration_unit": (
        ("hours", "hours"),
        ("minutes", "minutes"),
        ("seconds", "seconds"),
        ("clock", "a clock: 7.30 is 7 hours 30 minutes"),
        ("days_8", "days of 8 hours"),
        ("days_7.5", "days of 7.5 hours"),
        ("days_7", "days of 7 hours"),
        ("days_10", "days of 10 hours"),
    ),
    "billed_elsewhere": (
        ("marked", "rows marked as invoiced"),
        ("all", "every row"),
        ("none", "no row"),
    ),
}
"""What a person may say instead of what was found: key → answers with their words."""
