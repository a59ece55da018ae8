"""Names of a file against what is known: what is clear is taken and said, the rest is asked, name by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.entries import canonical
from importers.matching.names import VERY_LIKE, Match, Matcher, Meaning, Named
from importers.problems import Decision, Problem, ask, information, plural, shown
from importers.rules import Checked, Context, E

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
    spelled = _spelled(entries, meant)
    rows: dict[str, list[E]] = defaultdict(list)
    for entry in entries:
        if written := spelled[getattr(entry, meant.field)]:
            rows[written].append(entry)
    matches = {written: matcher.match(written) for written in rows}
    said: list[Problem] = [
        _by_alias(written, match.value, rows[written], context, meant)
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
        listed = [entry for one in together for entry in rows[one]]
        problem, decision = _ask(written, matches.get(written), listed, names.known, context, meant)
        asked.append(problem)
        decisions.append(decision)
        answers.update(dict.fromkeys(together, decision.decided))
    return _applied(entries, spelled, matches, answers, (*said, *asked), decisions, meant)


def _spelled(entries: Sequence[E], meant: Meant) -> Mapping[str | None, str]:
    """Each name as it stands in the rows, in one spelling."""
    return {name: canonical(name) for name in {getattr(entry, meant.field) for entry in entries}}


_LINE = Meant(Named.sov_line, "sov_line", "line_meant", None)


def lines_meant(entries: Sequence[E], context: Context) -> Checked[E]:
    """The entries with the lines of the schedule of values that they name otherwise than by their ids."""
    return settle_names(entries, context, _LINE)


def _applied(
    entries: Sequence[E],
    spelled: Mapping[str | None, str],
    matches: Mapping[str, Match],
    answers: Mapping[str, str | None],
    problems: Sequence[Problem],
    decisions: Sequence[Decision],
    meant: Meant,
) -> Checked[E]:
    kept: list[E] = []
    refused = waiting = ignored = 0
    for entry in entries:
        written = spelled[getattr(entry, meant.field)]
        if written in answers:
            answer = answers[written]
            refused += answer == REFUSE
            ignored += answer == IGNORE
            waiting += answer is None
            if answer == NEW:
                kept.append(entry)
            elif answer is not None and answer.startswith(IS):
                kept.append(entry.model_copy(update={meant.meant: answer.removeprefix(IS)}))
        else:
            value = matches[written].value if written in matches else ""
            differs = value and (meant.named is Named.task or value != getattr(entry, meant.field))
            kept.append(entry.model_copy(update={meant.meant: value}) if differs else entry)
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
    matches: Mapping[str, Match], rows: Mapping[str, Sequence[E]], context: Context, meant: Meant
) -> Sequence[tuple[str, Sequence[str]]]:
    """Which names are asked, those with most rows first: each with itself, the last perhaps with many."""
    found = [
        written
        for written, match in matches.items()
        if match.how == "open" and (match.suggestions or not meant.only_like)
    ]
    found.sort(key=lambda written: (-len(rows[written]), written))
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
        places=[context.place(entry, meant.field) for entry in listed],
        found=written or ", ".join(_names(listed, meant)),
        expected=f"a {what} that is known"
        + (f", like {like[0].called} ({like[0].in_words})" if like else ""),
        decisions=context.decisions,
    )


def _names(listed: Sequence[E], meant: Meant) -> Sequence[str]:
    return sorted({canonical(getattr(entry, meant.field)) for entry in listed})


def _offered(meaning: Meaning, in_words: str = "") -> str:
    more = [in_words] if in_words else []
    if len(meaning.called) > 1:
        more.append("also " + ", ".join(meaning.called[1:]))
    return meaning.called[0] + (f" ({'; '.join(more)})" if more else "")


def _by_alias(written: str, value: str, listed: Sequence[E], context: Context, meant: Meant) -> Problem:
    rows = plural(len(listed), "row")
    return information(
        context.place(listed[0], meant.field),
        "by_saved_alias",
        found=f"{written}: {value}, {rows}" if value != written else f"{written}: as named, {rows}",
        expected=f"a {_IN_WORDS[meant.named]} by its own name",
        mend="By saved alias: somebody of the firm chose this before. Withdraw the alias if it is wrong.",
        rows=len(listed),
    )
