"""Names of a file against what is known: what is clear is taken and said, the rest is asked, name by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importers.entries import Entry, canonical
from importers.many import column, where, with_column
from importers.matching.names import VERY_LIKE, Match, Matcher, Meaning, Named
from importers.problems import Decision, Problem, ask, information, plural, shown
from importers.rules import Checked, Context, E, PlacesOf

IS = "is:"
"""What answers begin with that say which known thing a name means."""
NEW, REFUSE, IGNORE = "new", "refuse", "ignore"
_ASKED = 60
"""Names that are asked one by one; of more, those that nothing is like are asked together."""
_OFFERED = 40
"""Known things that are offered besides what is like a name, where there are no more than these."""
_IN_WORDS = {
    Named.person: "person",
    Named.task: "task",
    Named.sov_line: "line of the schedule of values",
    Named.cost_code: "cost code",
    Named.client: "client",
    Named.project: "project",
}


@dataclass(frozen=True, slots=True)
class Meant:
    """Which field of an entry names something, and which one says what it means.

    `new` is what it does to take an unknown name as it is written; None where that cannot be. `only_like`:
    names that nothing known is like are taken as written without a question.
    """

    named: Named
    field: str
    meant: str
    new: str | None
    only_like: bool = False


def key_of(named: Named, written: str) -> str:
    """The key of the question what a name means."""
    return f"match:{named.value}:{written}"


def written_in(key: str) -> tuple[Named, str] | None:
    """What a question's key asks about; None for other questions, and for those over many names."""
    first, _, rest = key.partition(":")
    named, _, written = rest.partition(":")
    return (Named(named), written) if first == "match" and written else None


def settle_names(entries: Sequence[E], context: Context, meant: Meant) -> Checked[E]:
    """The entries with what their names mean; rows of names that are asked wait for the answer."""
    names = context.known.names.get(meant.named)
    if names is None or not (names.known or names.aliases):
        return Checked(entries)
    matcher = Matcher(names)
    rows = _rows_of(entries, meant)
    matches = {written: matcher.match(written) for written in rows}
    said: list[Problem] = [
        _by_alias(written, match.value, entries, rows[written], context, meant)
        for written, match in matches.items()
        if match.how == "alias"
    ]
    if all(match.how == "exact" and match.value == written for written, match in matches.items()) and (
        meant.named is not Named.task
    ):
        return Checked(entries)  # nearly all files of a source that was read before
    asked: list[Problem] = []
    decisions: list[Decision] = []
    answers: dict[str, str | None] = {}
    for written, together in _questions(matches, rows, context, meant):
        spelled = {name for one in together for name in rows[one].spelled}
        listed = where(entries, spelled.__contains__, meant.field)
        problem, decision = _ask(written, matches.get(written), listed, names.known, context, meant)
        asked.append(problem)
        decisions.append(decision)
        answers.update(dict.fromkeys(together, decision.decided))
    return _applied(entries, rows, matches, answers, (*said, *asked), decisions, meant)


@dataclass(slots=True)
class _Rows:
    """The rows of one name: how many, where the first stands among the entries, and how they spell it."""

    first: int
    count: int = 0
    spelled: list[str] = field(default_factory=list)


def _rows_of(entries: Sequence[E], meant: Meant) -> Mapping[str, _Rows]:
    """The names as they stand in the rows, in one spelling."""
    counts: Counter[str | None] = Counter()
    first: dict[str | None, int] = {}
    for at, name in enumerate(column(entries, meant.field)):
        counts[name] += 1
        if name not in first:
            first[name] = at
    found: dict[str, _Rows] = {}
    for name, at in first.items():
        if name and (written := canonical(name)):
            of = found.setdefault(written, _Rows(at))
            of.count += counts[name]
            of.spelled.append(name)
    return found


_LINE = Meant(Named.sov_line, "sov_line", "line_meant", None)


def lines_meant(entries: Sequence[E], context: Context) -> Checked[E]:
    """The entries with the lines of the schedule of values that they name otherwise than by their ids."""
    return settle_names(entries, context, _LINE)


def _applied(
    entries: Sequence[E],
    rows: Mapping[str, _Rows],
    matches: Mapping[str, Match],
    answers: Mapping[str, str | None],
    problems: Sequence[Problem],
    decisions: Sequence[Decision],
    meant: Meant,
) -> Checked[E]:
    refused = waiting = ignored = 0
    means: dict[str, str] = {}
    left_out: set[str | None] = set()
    for written, of in rows.items():
        if written in answers:
            answer = answers[written]
            refused += of.count if answer == REFUSE else 0
            ignored += of.count if answer == IGNORE else 0
            waiting += of.count if answer is None else 0
            if answer is not None and answer.startswith(IS):
                means.update(dict.fromkeys(of.spelled, answer.removeprefix(IS)))
            elif answer != NEW:
                left_out.update(of.spelled)
        elif value := matches[written].value:
            means.update({n: value for n in of.spelled if meant.named is Named.task or value != n})
    kept = where(entries, lambda name: name not in left_out, meant.field) if left_out else entries
    if means:
        kept = with_column(kept, meant.meant, meant.field, lambda _, name: means.get(name))
    return Checked(
        kept,
        refused=refused,
        waiting=waiting,
        ignored=ignored,
        ignored_as=f"{_IN_WORDS[meant.named]} to be left out",
        problems=problems,
        decisions=decisions,
    )


def _questions(
    matches: Mapping[str, Match], rows: Mapping[str, _Rows], context: Context, meant: Meant
) -> Sequence[tuple[str, Sequence[str]]]:
    """Which names are asked, those with most rows first: each with itself, the last perhaps with many."""
    found = [
        written
        for written, match in matches.items()
        if match.how == "open" and (match.suggestions or not meant.only_like)
    ]
    found.sort(key=lambda written: (-rows[written].count, written))
    if len(found) <= _ASKED:
        return [(written, (written,)) for written in found]
    alone = [
        written
        for written in found
        if matches[written].suggestions or key_of(meant.named, written) in context.decisions
    ]
    others = [written for written in found if written not in set(alone)]
    return [*((written, (written,)) for written in alone), *([("", others)] if others else [])]


def _ask(
    written: str,
    match: Match | None,
    listed: Sequence[E],
    known: Sequence[Meaning],
    context: Context,
    meant: Meant,
) -> tuple[Problem, Decision]:
    what = _IN_WORDS[meant.named]
    like = match.suggestions if match else ()
    choices = [(IS + one.meaning.value, _offered(one.meaning, one.in_words)) for one in like]
    others = [] if meant.new is None else [(NEW, meant.new)]
    if like and like[0].score >= VERY_LIKE:
        choices += others
    else:
        choices = [*others, *choices]
    taken = {value for value, _ in choices}
    if match is not None and len(known) <= _OFFERED:
        choices += [(IS + one.value, _offered(one)) for one in known if IS + one.value not in taken]
    choices += [
        (REFUSE, "None of these rows is imported; they are reported as refused."),
        (IGNORE, "These rows are left out: they are not meant to be imported."),
    ]
    proposal = choices[0][0] if like or others else REFUSE
    called = f"“{shown(written)}”" if written else f"{plural(len({*_names(listed, meant)}), 'name')}"
    return ask(
        f"unknown_{meant.named.value}",
        key_of(meant.named, written) if written else f"match:{meant.named.value}",
        question=f"{called}: no {what} is called so. Who or what is meant?"
        if meant.named is Named.person
        else f"{called}: no {what} is called so. Which is meant?",
        choices=choices,
        proposal=proposal,
        places=PlacesOf(listed, context, meant.field),
        found=written or ", ".join(_names(listed, meant)),
        expected=f"a {what} that is known"
        + (f", like {like[0].called} ({like[0].in_words})" if like else ""),
        decisions=context.decisions,
    )


def _names(listed: Sequence[E], meant: Meant) -> Sequence[str]:
    return sorted({canonical(name) for name in set(column(listed, meant.field))})


def _offered(meaning: Meaning, in_words: str = "") -> str:
    more = [in_words] if in_words else []
    if len(meaning.called) > 1:
        more.append("also " + ", ".join(meaning.called[1:]))
    return meaning.called[0] + (f" ({'; '.join(more)})" if more else "")


def _by_alias(
    written: str, value: str, entries: Sequence[Entry], of: _Rows, context: Context, meant: Meant
) -> Problem:
    rows = plural(of.count, "row")
    return information(
        context.place(entries[of.first], meant.field),
        "by_saved_alias",
        found=f"{written}: {value}, {rows}" if value != written else f"{written}: as named, {rows}",
        expected=f"a {_IN_WORDS[meant.named]} by its own name",
        mend="By saved alias: somebody of the firm chose this before. Withdraw the alias if it is wrong.",
        rows=of.count,
    )
