"""A file for many contracts into the running system: each of its projects to the contract that is named, or
that is known by that name; every part answered and posted. What no contract is named for stays open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from contracts_app.commands_line.importing import answered, at_rest, contract_called, handed_over, of_parts
from contracts_app.commands_line.outcome import RefusedByRule

if TYPE_CHECKING:
    from contracts_app.sample.public_api import Signed

_NO_CONTRACT = ("later", "ignore")
_CERTAIN = ("alias", "exact")
"""How a project is matched without a question: by a name that the contract's work had before, or its own."""


@dataclass(frozen=True)
class TakenApart:
    """What became of such a file: as the API says it, and each of its parts that stands."""

    read: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]


def take_apart(
    person: Signed,
    kind: str,
    file_name: str,
    data: bytes,
    answers: Mapping[str, str],
    projects: Mapping[str, str],
) -> TakenApart:
    """Hand the file over (or go on with the same one), give its projects to their contracts, answer and post
    the parts. `projects`: project → number of a contract, `ignore` or `later`.

    Raises RefusedByRule for a project or an answer that nothing asks for.
    """
    read, left = answered(
        person, handed_over(person, kind, None, file_name, data), answers, corrections=False
    )
    import_id = str(read["id"])
    if read["state"] not in ("to_distribute", "distributed"):
        return TakenApart(read, ())
    chosen = _chosen(person, read, projects)
    if chosen:
        person.give(f"/api/imports/{import_id}/distribute", uuid4().hex, {"projects": chosen})
    parts = _standing(person, import_id)
    asked = {one["key"] for part in parts for one in part["report"]["decisions"]}
    asked |= {key for part in parts for key in of_parts(part)}
    if never := sorted(left.keys() - asked):
        raise RefusedByRule(f"Neither the file nor a part of it asks about {never[0]}.")
    parts = [answered(person, part, left, corrections=False)[0] for part in parts]
    if any(part["state"] == "ready" and part["report"]["new"] for part in parts):
        person.give(f"/api/imports/{import_id}/post-parts", uuid4().hex)
        parts = _standing(person, import_id)
    return TakenApart(person.get(f"/api/imports/{import_id}"), parts)


def _standing(person: Signed, import_id: str) -> list[Mapping[str, Any]]:
    """The parts that are not withdrawn or taken back, each once no process works on it."""
    known = person.get(f"/api/imports/{import_id}")["parts"]
    return [at_rest(person, one["id"]) for one in known if one["state"] not in ("withdrawn", "undone")]


def _chosen(person: Signed, read: Mapping[str, Any], named: Mapping[str, str]) -> Mapping[str, str]:
    """Project → id of its contract, `ignore` or `later`, of those that are in no part yet."""
    found = {one["project"]: one for one in read["report"]["parts"]}
    for project in named:
        if project not in found:
            raise RefusedByRule(f"The file has no project {project}: {', '.join(sorted(found))}.")
    gone = ("withdrawn", "undone", "refused")
    placed = {name for part in read["parts"] if part["state"] not in gone for name in part["projects"]}
    chosen = {
        project: one["contract"]
        for project, one in found.items()
        if project not in placed and one["how"] in _CERTAIN and one["contract"]
    }
    for project, number in named.items():
        if project not in placed:
            chosen[project] = number if number in _NO_CONTRACT else contract_called(person, number)
    return {project: choice for project, choice in chosen.items() if choice != "later"}
