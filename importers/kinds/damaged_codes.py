"""Codes that a spreadsheet program turned into numbers: `05 12 00` typed into a cell becomes 51200.

The codes beside them show what they were: groups of digits between the same signs. The code so written is
proposed; it is taken only where somebody says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from importers.problems import plural
from importers.rules import Checked, Context, E, settle

_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]+(?:[ .\-][0-9]+)+\Z", re.ASCII)
_NUMBER = re.compile(r"([0-9]+)(?:\.0+)?\Z", re.ASCII)


def shape(code: str) -> str | None:
    """`05 12 00` is of the shape `00 00 00`; None for a code that is not groups of digits."""
    return _DIGITS.sub(lambda group: "0" * len(group[0]), code) if _GROUPED.match(code) else None


def as_written(number: str, pattern: str) -> str | None:
    """The number as a code of this shape: leading zeros back, signs between the groups. None if it has too
    many digits: it is then no code of this shape."""
    digits = pattern.count("0")
    match = _NUMBER.match(number)
    if match is None or len(match[1]) > digits:
        return None
    rest = iter(match[1].zfill(digits))
    return "".join(next(rest) if sign == "0" else sign for sign in pattern)


def suggestions(codes: Sequence[str]) -> Mapping[str, str]:
    """Damaged code → the code that was meant, by the shape that at least half of all codes have; empty where
    none of them has one."""
    shapes = Counter(known for code in codes if (known := shape(code)))
    if not shapes:
        return {}
    pattern, count = shapes.most_common(1)[0]
    if count * 2 < len(codes):
        return {}
    meant = {code: as_written(code, pattern) for code in codes if _NUMBER.match(code)}
    return {code: written for code, written in meant.items() if written}


def ask_about_codes(
    entries: Sequence[E], context: Context, field: str, code_of: Callable[[E], str | None]
) -> Checked[E]:
    """One decision over the entries whose code was turned into a number; `field` is the code's, which is
    (the beginning of) the entry's id."""
    codes = [code for entry in entries if (code := code_of(entry))]
    meant = suggestions(codes)
    damaged = [entry for entry in entries if code_of(entry) in meant]

    def effect(entry: E, choice: str) -> E | None:
        code = code_of(entry)
        if choice == "refuse" or code is None:
            return None
        if choice == "keep":
            return entry
        named = entry.external_id
        if named == code or named.startswith((f"{code}/", f"{code}#")):
            named = meant[code] + named[len(code) :]
        return entry.model_copy(update={field: meant[code], "external_id": named})

    pairs = ", ".join(f"{code} becomes {written}" for code, written in list(meant.items())[:6])
    settled = settle(
        entries,
        damaged,
        context,
        code="code_turned_into_number",
        key="damaged_codes",
        field_name=field,
        question=f"{plural(len(damaged), 'code')} of this file were turned into numbers by a spreadsheet "
        f"program. Write them as the others are: {pairs}{' …' if len(meant) > 6 else ''}?",
        found=", ".join(list(meant)[:6]),
        expected=", ".join(list(meant.values())[:6]),
        choices=[
            ("mend", f"They are written as the other codes are: {pairs}."),
            ("keep", "They stay numbers, as the file has them."),
            ("refuse", "These rows are not imported; correct the file and import it again."),
        ],
        proposal="mend",
        effect=effect,
    )
    return replace(settled, entries=tuple(settled.entries))
