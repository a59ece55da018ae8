"""A past application against itself: the face and the rows that add up others, against the lines."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.money import total
from importers.kinds.application_entry import PayApplicationLine
from importers.kinds.application_face import Columns, Face, differences
from importers.kinds.continuation_sheet import Continuation, Sum
from importers.problems import Place, Problem, ask, information, plural
from importers.rules import Checked, Context


def continuations(context: Context) -> Sequence[Continuation]:
    """The continuation sheets of the file as they were made plain."""
    found = context.facts.get("continuations", ())
    return tuple(each for each in found if isinstance(each, Continuation)) if isinstance(found, tuple) else ()


def cross_checked(entries: Sequence[PayApplicationLine], context: Context) -> Checked[PayApplicationLine]:
    """The face and the rows that add up others against the lines: every difference is named, and where the
    face does not tie somebody says what stands."""
    lines = [*entries, *(e for e in context.stored if isinstance(e, PayApplicationLine))]
    problems: list[Problem] = []
    for each in continuations(context):
        own = [line for line in lines if line.source.sheet == each.sheet.name]
        for known in each.sums:
            problems.extend(_sum_differs(context, each, known, own))
    face = context.facts.get("face")
    if not isinstance(face, Face):
        return Checked(entries, problems=problems)
    found = differences(
        face,
        Columns(
            base=total(line.scheduled_value for line in lines if not line.change_order),
            changes=total(line.scheduled_value for line in lines if line.change_order),
            completed_and_stored=total(line.to_date for line in lines),
            retainage=total(line.retainage_held for line in lines),
        ),
    )
    problems.extend(found)
    if not found:
        return Checked(entries, problems=problems)
    problem, decision = ask(
        "face_does_not_tie",
        "face_differs",
        question=f"The face differs from its continuation sheet: "
        f"{'; '.join(f'{each.found} where the lines say {each.expected}' for each in found)}. "
        "Do the lines stand?",
        choices=[
            ("lines", "The lines are taken over as they are; the face is not."),
            ("refuse", "Nothing is imported; correct the workbook and import it again."),
        ],
        proposal="refuse",
        places=[context.place(entry, "scheduled_value") for entry in entries],
        found=plural(len(found), "difference"),
        expected="a face that its lines add up to",
        decisions=context.decisions,
    )
    problems.append(problem)
    if decision.decided == "lines":
        return Checked(entries, problems=problems, decisions=[decision])
    waiting, refused = (len(entries), 0) if decision.is_open else (0, len(entries))
    return Checked((), refused=refused, waiting=waiting, problems=problems, decisions=[decision])


def _sum_differs(
    context: Context, each: Continuation, known: Sum, lines: Sequence[PayApplicationLine]
) -> Sequence[Problem]:
    """Where a row that adds up lines does not say what they come to: all above it, the base lines, or the
    lines since the sum before."""
    above = [line for line in lines if line.source.row < known.row]
    before = max((other.row for other in each.sums if other.row < known.row), default=0)
    since = [line for line in above if line.source.row > before]
    letters = context.columns.get(each.sheet.name, {})
    problems = []
    for field, stated in known.amounts.items():
        possible = {total(getattr(line, field) for line in part) for part in (above, since) if part}
        if stated in possible or not possible:
            continue
        letter, header = letters.get(field, (None, None))
        place = Place(file=context.file, sheet=each.sheet.name, row=known.row, column=letter, header=header)
        should = total(getattr(line, field) for line in above)
        problems.append(
            information(
                place,
                "sum_differs",
                found=f"{known.words}: {stated:,}",
                expected=f"{should:,}, the sum of the lines above it",
                mend="Check the lines: the sum may leave one out, or one may be missing from the file.",
                rows=1,
            )
        )
    return problems
