"""Names as they are written and what they may mean. Pure: nothing like a name is ever taken for it here."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz, process

LIKE = 75.0
"""Of 100: what is less like is not suggested. Over the names of our samples, differently written ones
(`Lindqvist, J.`, `M Okafor`, `[24-022] Lot 9 Data Hall`) reach 78 and more, names of others stay below it or
share a whole word (`Maria Raman`, `Priya Raman`); `tests/importers/test_matching.py` holds them."""
VERY_LIKE = 84.0
"""From here on the likest name is what we propose; below it, that the name is a new one."""
_ALMOST_THE_SAME = 92.0
_MOST = 5
"""Suggestions for one name."""
_TELLING_CODE = 4
"""Letters and digits from which on a name with a digit, found whole in another one, counts as its code."""
_LONGEST = 20
"""Digits of a number that is compared."""
_NUMBER = re.compile(r"\d+")

AS_NAMED = ""
"""The meaning of an alias that says: this name is right as it is written."""


class Named(StrEnum):
    """What a name in a file names."""

    person = "person"
    project = "project"
    task = "task"
    cost_code = "cost_code"
    sov_line = "sov_line"
    client = "client"


class Meaning(BaseModel):
    """Something that is known: the value that a row gets, and all that it is called, the usual name first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    called: tuple[str, ...]


class Names(BaseModel):
    """What names of one kind can mean: the known things, and the aliases that people have chosen, by folded
    name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: tuple[Meaning, ...] = ()
    aliases: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A known thing that a name may mean, and how like its name is: of 100, as the library reckons."""

    meaning: Meaning
    called: str
    score: float

    @property
    def in_words(self) -> str:
        """How like it is, for people."""
        if self.score >= _ALMOST_THE_SAME:
            return "almost the same"
        return "very like" if self.score >= VERY_LIKE else "somewhat like"


@dataclass(frozen=True, slots=True)
class Match:
    """What a name means and by what, or (`how` open) what it may mean, the likest first."""

    how: Literal["alias", "exact", "open"]
    value: str = ""
    suggestions: tuple[Suggestion, ...] = ()


def folded(name: str) -> str:
    """The name without case, accents and superfluous blanks: what is equal so is taken for the same."""
    apart = unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).casefold().split())


def match(written: str, names: Names) -> Match:
    """What a name means. Two known things called alike are both suggested, none is taken."""
    return Matcher(names).match(written)


class Matcher:
    """Matches many names with the same known ones."""

    def __init__(self, names: Names) -> None:
        self._aliases = names.aliases
        self._exact: dict[str, dict[str, Meaning]] = defaultdict(dict)
        self._called: list[tuple[Meaning, str]] = []
        for meaning in names.known:
            for name in meaning.called:
                if not self._exact[folded(name)].get(meaning.value):
                    self._called.append((meaning, name))
                self._exact[folded(name)][meaning.value] = meaning
        self._values = {meaning.value for meaning in names.known}
        self._words = [_words(name) for _, name in self._called]

    def match(self, written: str) -> Match:
        """What a name means, or may mean."""
        if written in self._values:
            return Match("exact", written)
        key = folded(written)
        if key in self._aliases:
            return Match("alias", self._aliases[key] or written)
        equal = self._exact.get(key, {})
        if len(equal) == 1:
            return Match("exact", next(iter(equal)))
        return Match("open", suggestions=self._suggested(written))

    def _suggested(self, written: str) -> tuple[Suggestion, ...]:
        found: dict[str, Suggestion] = {}
        scored = process.extract(
            _words(written), self._words, scorer=_likeness, score_cutoff=LIKE, limit=4 * _MOST
        )
        for _, score, at in scored:
            meaning, name = self._called[at]
            if meaning.value not in found:
                found[meaning.value] = Suggestion(meaning, name, score)
        ordered: Sequence[Suggestion] = sorted(found.values(), key=lambda one: (-one.score, one.called))
        return tuple(ordered[:_MOST])


def _words(name: str) -> str:
    """The words of a name, without punctuation; of a mail address the part before the @."""
    plain = folded(name)
    if " " not in plain and plain.count("@") == 1:
        plain = plain.partition("@")[0]
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def _likeness(one: str, other: str, **_: object) -> float:
    """How like two names are, of 100, whatever the order of their words.

    Numbers and single letters tell things apart: `Lot 8` and `Lot 9` are never like each other, nor `Task A`
    and `Task B`. A code that stands whole in the other name counts for much.
    """
    numbers, others = _marks(one), _marks(other)
    if numbers and others and not (numbers <= others or others <= numbers):
        return 0.0
    ordered = fuzz.token_sort_ratio(one, other)
    shared = max(ordered, fuzz.token_set_ratio(one, other))
    score = (ordered + shared) / 2
    return max(score, 90.0) if _is_code_in(one, other) or _is_code_in(other, one) else score


def _is_code_in(code: str, name: str) -> bool:
    telling = len(code.replace(" ", "")) >= _TELLING_CODE and any(c.isdigit() for c in code)
    return telling and set(code.split()) <= set(name.split())


def _marks(name: str) -> Counter[int | str]:
    """Numbers, without leading zeros, and single letters."""
    numbers = Counter[int | str](int(digits) for digits in _NUMBER.findall(name) if len(digits) < _LONGEST)
    return numbers + Counter[int | str](word for word in name.split() if len(word) == 1 and word.isalpha())
