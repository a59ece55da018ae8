"""Which action leads a record of each kind from which state to which: what I12 holds the trail to."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.billing.billing_runs import RUN
from contracts_app.domain.transitions import (
    ACCOUNTING_PERIOD,
    COMPLIANCE_EXCEPTION,
    COMPLIANCE_PAPER,
    COMPLIANCE_REQUIREMENT,
    CONTRACT,
    IMPORT,
    INVOICE,
    MASTER_CHANGE,
    Table,
)

REMOVED = "removed"
"""The state in the trail of what was taken out."""

# What has no commands of its own in the domain: its states follow from these actions alone.
_MILESTONE: Table = {
    # Out of the plan of a contract that is being set up: there is no such record any more.
    "remove_milestone": {"planned": (REMOVED,)},
    "undo_import": {"planned": (REMOVED,)},
    "achieve_milestone": {
        "planned": ("achieved",),
        "achieved": ("achieved",),
        "partly_approved": ("achieved",),
    },
    "approve_milestone": {"achieved": ("approved", "partly_approved")},
    "reject_milestone": {"achieved": ("planned", "partly_approved")},
}
_CLIENT: Table = {
    # The file that brought it is taken back; or one of its receivables, and the client stays.
    "undo_import": {"active": (REMOVED, "active")},
}
_MESSAGE: Table = {
    "send_message": {"queued": ("sent",)},
    "bounce_message": {"queued": ("bounced",)},
}
_TABLES: Mapping[str, Table] = {
    "contract": CONTRACT,
    "invoice": INVOICE,
    "import": IMPORT,
    "milestone": _MILESTONE,
    "client": _CLIENT,
    "message": _MESSAGE,
    "billing_run": RUN,
    "master_change": MASTER_CHANGE,
    "accounting_period": ACCOUNTING_PERIOD,
    "compliance_requirement": COMPLIANCE_REQUIREMENT,
    "compliance_paper": COMPLIANCE_PAPER,
    "compliance_exception": COMPLIANCE_EXCEPTION,
}
_BEGINNINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contract": {"open_contract": ("setting_up",)},
    "invoice": {
        "prepare_application": ("draft",),
        "prepare_release": ("draft",),
        "prepare_advance": ("draft",),
        "revise_application": ("draft",),
    },
    "import": {"receive_import": ("received",), "distribute_import": ("received",)},
    "milestone": {"plan_milestone": ("planned",)},
    "message": {"queue_message": ("queued", "bounced")},
    "client": {"add_client": ("active",)},
    "firm": {"found_firm": ("open",)},
    "billing_run": {"start_billing_run": ("running",)},
    "master_change": {"propose_master_change": ("proposed",)},
    "accounting_period": {"soft_close_period": ("soft_closed",)},
    "compliance_requirement": {"require_paper": ("required",)},
    "compliance_paper": {"file_paper": ("filed",)},
    "compliance_exception": {"ask_exception": ("asked",)},
}


def why_not_allowed(kind: str, action: str, before: str | None, after: str | None) -> str | None:
    """A sentence when this step is none that the rules know; None when it is.

    An action that no table knows may note something (documents made, cash received), but not change a state.
    """
    if before is None:
        allowed: tuple[str | None, ...] = _BEGINNINGS[kind].get(action, ())
    elif action in _TABLES.get(kind, {}):
        allowed = _TABLES[kind][action].get(before, ())
    else:
        allowed = (before,)
    if after in allowed:
        return None
    return f"{action} does not lead a {kind} from {before or 'nothing'} to {after}"
