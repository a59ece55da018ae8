"""Stages as people write them: `project manager then controller and Ann Example or Bea Sample`.

`then` begins the next stage, `and` a further step of the same stage, `or` names a further approver of a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from contracts_app.domain.approving.chain import CONTROLLER, MANAGER, Approver, Stage, Step, Who
from contracts_app.domain.refusals import wrong_content

_ROLES: Mapping[str, Who] = {
    "project manager": Who.contract_manager,
    "the project manager": Who.contract_manager,
    "any project manager": Who.project_manager,
    "controller": Who.controller,
    "a controller": Who.controller,
    "any controller": Who.controller,
}
_CALLED = {
    Who.contract_manager: "project manager",
    Who.project_manager: "any project manager",
    Who.controller: "controller",
}


def stages_in(text: str, people: Mapping[str, UUID]) -> tuple[Stage, ...]:
    """The stages that the text says; `people` are those who may approve, by name.

    Raises Refused for a name that nobody has, and for a step without an approver.
    """
    taken: list[str] = []
    stages = []
    for stage in _split("then", text):
        steps = []
        for step in _split("and", stage):
            approvers = tuple(_approver(one, people) for one in _split("or", step))
            name = _name(approvers, taken)
            taken.append(name)
            steps.append(Step(name=name, approvers=approvers))
        stages.append(tuple(steps))
    return tuple(stages)


def in_words(stages: Sequence[Stage]) -> str:
    """The stages as `stages_in` reads them."""
    return " then ".join(
        " and ".join(" or ".join(_written(one) for one in step.approvers) for step in stage)
        for stage in stages
    )


def _split(word: str, text: str) -> Sequence[str]:
    return re.split(rf"\s+{word}\s+", text.strip(), flags=re.IGNORECASE)


def _approver(text: str, people: Mapping[str, UUID]) -> Approver:
    said = " ".join(text.split())
    if not said:
        raise wrong_content(
            "no_approver", "Say who approves: project manager, controller, or a person's name."
        )
    role = _ROLES.get(said.casefold())
    if role is not None:
        return Approver(who=role)
    found = [name for name in people if name.casefold() == said.casefold()]
    if len(found) != 1:
        raise wrong_content(
            "unknown_approver",
            f"Nobody who may approve is called {said}. Write project manager, any project manager, "
            "controller, or the full name of a project manager or controller; between them then, and, or.",
        )
    return Approver(who=Who.person, person_id=people[found[0]], name=found[0])


def _written(approver: Approver) -> str:
    return approver.name if approver.who is Who.person else _CALLED[approver.who]


def _name(approvers: Sequence[Approver], taken: Iterable[str]) -> str:
    """What tells the step from the others: those of the plain chain keep their names."""
    plain = next((one.name for one in (MANAGER, CONTROLLER) if one.approvers == tuple(approvers)), None)
    name = plain or " or ".join(_written(one) for one in approvers)
    again = list(taken)
    number = 1
    while (name if number == 1 else f"{name} {number}") in again:
        number += 1
    return name if number == 1 else f"{name} {number}"
