"""A budget is brought in again and again: a code that says something else than before is a new edition of its
line, and the former ones stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from importers.kinds.budget_line import BudgetLine
from importers.problems import information, plural
from importers.rules import Checked, Context

_EDITION = re.compile(r"(.*)~([0-9]{1,6})", re.ASCII | re.DOTALL)


def as_editions(entries: Sequence[BudgetLine], context: Context) -> Checked[BudgetLine]:
    """Each line as the edition that is known, where it says the same, else as the next one (`id~2`)."""
    known = context.known.imported
    editions: dict[str, int] = {}
    for one in known:
        numbered = _EDITION.fullmatch(one)
        line, edition = (numbered[1], int(numbered[2])) if numbered else (one, 1)
        editions[line] = max(editions.get(line, 0), edition)
    kept: list[BudgetLine] = []
    changed: list[BudgetLine] = []
    for entry in entries:
        latest = editions.get(entry.external_id, 0)
        same = _edition(entry, latest)
        if latest and known[same.external_id].content_key == same.content_key:
            kept.append(same)
            continue
        kept.append(_edition(entry, latest + 1))
        if latest:
            changed.append(kept[-1])
    if not changed:
        return Checked(kept)
    first = changed[0]
    before = known[_id(first.line, first.edition - 1)].content or {}
    said = information(
        context.place(first, "revised"),
        "budget_changed",
        found=f"{plural(len(changed), 'code')}, the first {first.cost_code}: revised {first.revised:f}",
        expected=f"what was imported before: revised {before.get('revised', '?')}",
        mend="The new amounts hold from now on; those before stay in the history.",
        rows=len(changed),
    )
    return Checked(kept, problems=[said])


def _id(line: str, edition: int) -> str:
    return line if edition == 1 else f"{line}~{edition}"


def _edition(entry: BudgetLine, edition: int) -> BudgetLine:
    named = {"external_id": _id(entry.external_id, edition), "line": entry.external_id, "edition": edition}
    return entry.model_copy(update=named) if edition else entry
