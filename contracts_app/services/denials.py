"""Denied attempts: a signed-in person asked for what is not his to see or do, and it stands in the audit."""

from __future__ import annotations

from secrets import token_hex

from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused
from contracts_app.services.sign_in import Identity
from contracts_app.store.transaction import Origin, own_step
from importers.problems import shown


def record_denial(engine: Engine, identity: Identity, attempt: str, refused: Refused) -> None:
    """Write one audit entry: who, which request (`GET /api/invoices/…`), what he was told."""
    key = f"denied:{token_hex(8)}"
    with own_step(engine, identity.firm_id, key, Origin(), identity.person_id) as tx:
        told = {"code": refused.code, "signed_in": identity.signed_in}
        tx.record("refusal", key, 0, shown(attempt), None, None, {}, told, refused.sentence)
