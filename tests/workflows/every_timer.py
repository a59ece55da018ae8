"""Every timer that a workflow may set, found in the source, and the days on which it must be right."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from contracts_app.domain.receivables import progress
from workflows import process

_FOLDER = Path(process.__file__).parent
_WAITING = {"sleep", "wait_condition", "timeout", "timeout_at", "wait_for"}


def in_workflows() -> Iterator[str]:
    """Where a workflow sets a timer: module and function. A condition without a time limit is none."""
    for path in sorted(_FOLDER.glob("*.py")):
        text = path.read_text("utf-8")
        if "@workflow." not in text:
            continue  # the worker, its activities, the doors: none of it is replayed
        for function, call in _calls(ast.parse(text)):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in _WAITING:
                continue
            limited = any(word.arg == "timeout" for word in call.keywords)
            if call.func.attr != "wait_condition" or limited:
                yield f"{path.stem}.{function}"


def deadlines() -> Iterator[str]:
    """The deadlines of business that such a timer waits for: the rule, and the instant."""
    tree = ast.parse(Path(progress.__file__).read_text("utf-8"))
    for function, call in _calls(tree):
        if not isinstance(call.func, ast.Name) or call.func.id != "_wait" or len(call.args) < 3:
            continue
        if not (isinstance(call.args[2], ast.Constant) and call.args[2].value is None):
            yield f"{function}: {ast.unparse(call.args[2])}"


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((node.name, one) for one in ast.walk(node) if isinstance(one, ast.Call))


def special_days(now: datetime, zone: str) -> Mapping[str, date]:
    """The next days from `now` on which a timer could be wrong, by their name."""
    begins, ends = _clock_changes(now.date() + timedelta(days=2), zone)
    new_year = date(now.year + 1, 1, 1)
    leap = next(
        year for year in range(now.year + 1, now.year + 9) if (date(year, 3, 1) - timedelta(days=1)).day == 29
    )
    return {
        "summer time begins": begins,
        "summer time ends": ends,
        "New Year, a holiday": new_year,
        "29 February": date(leap, 2, 29),
    }


def _clock_changes(after: date, zone: str) -> tuple[date, date]:
    """The next days on which the clocks of a zone go forward, and back."""
    found: dict[bool, date] = {}
    day = after
    while len(found) < 2:
        before, behind = (
            datetime.combine(one, time(0), ZoneInfo(zone)).utcoffset() or timedelta(0)
            for one in (day, day + timedelta(days=1))
        )
        if before != behind:
            found.setdefault(behind > before, day)
        day += timedelta(days=1)
    return found[True], found[False]


def changes(now: datetime, zone: str) -> Sequence[datetime]:
    """The next instants at which the clocks of a zone go forward, and back."""
    hour = timedelta(hours=1)
    found = []
    for day in _clock_changes(now.date() + timedelta(days=2), zone):
        first = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
        offset = first.astimezone(ZoneInfo(zone)).utcoffset()
        found.append(
            next(
                at
                for at in (first + hour * number for number in range(25))
                if at.astimezone(ZoneInfo(zone)).utcoffset() != offset
            )
        )
    return found


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(0), UTC)
