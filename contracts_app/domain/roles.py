"""Roles of the people of a firm and of its clients, and which of them one person may hold together."""

from collections.abc import Collection
from enum import StrEnum

from contracts_app.domain.refusals import wrong_content


class Role(StrEnum):
    """What a signed-in person may be. `client` belongs to one client company and sees only its own; `auditor`
    reads what a controller reads, and gives no command."""

    coordinator = "coordinator"
    project_manager = "project_manager"
    controller = "controller"
    client = "client"
    administrator = "administrator"
    auditor = "auditor"


STAFF = (Role.coordinator, Role.project_manager, Role.controller, Role.administrator, Role.auditor)

_TOGETHER = (
    (
        Role.coordinator,
        Role.project_manager,
        "Prepares drafts and approves them: another project manager must approve what this person prepared.",
    ),
    (
        Role.coordinator,
        Role.controller,
        "Prepares and controls: another controller must activate or approve what this person prepared.",
    ),
    (
        Role.project_manager,
        Role.controller,
        "May take either step of an approval, but never both steps of one draft.",
    ),
)


def check_together(roles: Collection[Role], of_client: bool) -> None:
    """Raises Refused unless a person of a client has the role `client` alone, nobody else has it, and whoever
    audits does nothing else: he would test his own work."""
    if not roles:
        raise wrong_content("no_role", "Give at least one role; somebody who has left is deactivated.")
    if (Role.client in roles) != of_client or (of_client and len(set(roles)) > 1):
        raise wrong_content("client_role", "A person of a client has the role client, and no other.")
    if Role.auditor in roles and len(set(roles)) > 1:
        raise wrong_content("auditor_role", "An auditor has the role auditor, and no other: he only reads.")


def warnings(roles: Collection[Role]) -> tuple[str, ...]:
    """What to know of roles that four eyes keep apart; allowed, as each transaction refuses by itself."""
    return tuple(sentence for one, other, sentence in _TOGETHER if one in roles and other in roles)
