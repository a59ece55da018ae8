"""What differs from the manifest of sample files, and which differences are explained."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.sample_figures import OUTCOMES, of_report, of_rows, same

_NONE = "none"
"""How an explanation says that a figure is one of ours, and the file has none."""
_EXPLAINED = Path(__file__).with_suffix(".toml")


class Explained(BaseModel):
    """One figure of one file (`*`: of all) that is not the manifest's, or that we do not have, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    figure: str
    ours: str | None = None
    """None: the figure is none of ours."""
    theirs: str | None = None
    why: str
    answers: Mapping[str, str] = {}
    """Under these answers it is the manifest's figure."""
    kind: str | None = None
    """Read as this kind, where nothing in the file says it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a file as the manifest has it and as we do."""

    file: str
    figure: str
    ours: str | None
    theirs: str
    equal: bool
    explained: Explained | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it differs and nothing says why, or not as the explanation says."""
        if self.equal:
            return self.explained is not None
        if self.explained is None:
            return True
        return self.explained.ours is not None and not (
            same(self.ours or _NONE, self.explained.ours) and same(self.theirs, self.explained.theirs)
        )

    @property
    def why(self) -> str:
        if not self.is_silent:
            return self.explained.why if self.explained else ""
        return "NOT EXPLAINED" if not self.equal else "explained, and no difference any more"


def explained() -> Sequence[Explained]:
    """All explanations that are kept."""
    return [Explained.model_validate(one) for one in tomllib.loads(_EXPLAINED.read_text())["explained"]]


def expected_of(path: Path) -> tuple[str, Mapping[str, Any]] | None:
    """The file's name in the manifest beside or above it and the figures expected; None without one."""
    for folder in path.absolute().parents:
        manifest = folder / "manifest.json"
        if manifest.exists():
            name = path.absolute().relative_to(folder).as_posix()
            known = json.loads(manifest.read_text())["files"]
            return next(((name, one["expected"]) for one in known if one["path"] == name), None)
    return None


def compared(path: Path, report: Mapping[str, Any], known: Sequence[Explained]) -> Sequence[Compared]:
    """Every figure that the manifest states of a file, against ours."""
    entry = expected_of(path)
    if entry is None:
        return ()
    name, expected = entry
    reasons = {one.figure: one for one in known if one.file == "*"}
    reasons |= {one.figure: one for one in known if one.file == name}
    said = {**of_report(report)}
    answers = {key: value for one in reasons.values() for key, value in one.answers.items()}
    kind = next((one.kind for one in reasons.values() if one.kind), report["kind"])
    taken = of_rows(kind, report["profile"], path.name, path.read_bytes(), answers) if kind else {}
    found = []
    for figure, theirs in expected.items():
        if figure == "outcome":
            if theirs not in OUTCOMES:
                continue
            theirs = OUTCOMES[theirs]
        elif "outcome" in expected and report["outcome"] == "refused":
            continue  # refused as a whole: it has no figures
        why = reasons.get(figure)
        ours = said[figure] if figure in said else taken.get(figure)
        is_ours = why is None or why.ours is not None
        found.append(
            Compared(
                name, figure, ours if is_ours else None, str(theirs), is_ours and same(ours, theirs), why
            )
        )
        if why is not None and why.answers:
            found.append(_answered(name, figure, taken, theirs))
    return found


def _answered(name: str, figure: str, taken: Mapping[str, str], theirs: object) -> Compared:
    """The same figure with the answers that the explanation names."""
    of_taken = {"rows": "rows_taken", "total_hours": "hours_taken", "total_amount": "amount_taken"}
    ours = taken.get(of_taken.get(figure, figure))
    return Compared(name, f"{figure}, answered", ours, str(theirs), same(ours, theirs))
