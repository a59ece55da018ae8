"""Which tables hold a firm's business, and which only work in hand, of which the log says nothing."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata

WORK_IN_HAND: Mapping[str, str] = {
    "approval_link": "links that were mailed; that they were, and what they are used for, is logged",
    "audit_due": "transactions under way that owe the log an entry",
    "audit_entry": "the log",
    "audit_head": "the log",
    "audit_sum": "what transactions under way have written",
    "effect": "what a key answered; I10 holds it against the log",
    "mended_cell": "typed over a file that nobody posted yet; what is posted names it",
    "network_count": "attempts to sign in",
    "password_link": "links that were mailed; what they are used for is logged",
    "process": "where a workflow stands; the records that it carries are logged",
    "row_to_mend": "a file that nobody posted yet",
    "session": "who is signed in; signing in is logged",
    "sign_in_count": "attempts to sign in",
    "staged_row": "a file that nobody posted yet",
}
"""Why each of these needs no entry."""
BUSINESS = frozenset(metadata.tables) - frozenset(WORK_IN_HAND)
"""Every other table."""
