"""What a person may do with a contract now."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.transitions import CONTRACT, possible
from contracts_app.services.sign_in import Identity


def allowed(state: str, identity: Identity) -> Mapping[str, bool]:
    """Which commands the state of a contract and the role of this person leave open."""
    now = possible(CONTRACT, state)
    return {
        name: name in now and bool(identity.roles & set(COMMANDS[name].roles))
        for name in CONTRACT
        if name in COMMANDS
    }
