"""Legal holds: what is held is kept, whatever the law would let go (docs/SPEC-retention.md)."""

from __future__ import annotations

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.keeping_commands import PlaceHold, ReleaseHold
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services import people
from contracts_app.store import holds
from contracts_app.store.keeping_tables import legal_hold
from contracts_app.store.tables import client, contract
from contracts_app.store.transaction import Transaction


def place_hold(tx: Transaction, body: PlaceHold) -> Outcome:
    """Hold what is named from now on. Raises Refused for a client or a contract that is not the firm's."""
    if body.client_id is not None:
        tx.lock(client, body.client_id, "client")
    if body.contract_id is not None:
        tx.lock(contract, body.contract_id, "contract")
    hold_id = tx.new_id("legal_hold")
    values = {
        "id": hold_id,
        "reason": body.reason,
        "client_id": body.client_id,
        "contract_id": body.contract_id,
        "placed_by": people.actor(tx).id,
        "placed_on": tx.today(),
    }
    tx.insert(legal_hold, **values)
    tx.record("legal_hold", hold_id, 1, body.command, None, None, {}, values, body.reason)
    return Outcome(done=True, result={"hold_id": str(hold_id)})


def release_hold(tx: Transaction, body: ReleaseHold) -> Outcome:
    """End a hold, as two controllers want it. Raises Refused for one that is released."""
    row = tx.lock(legal_hold, body.hold_id, "hold")
    require_held(row["released_at"])
    values = {
        "release_asked_by": tx.proposed_by,
        "released_by": people.actor(tx).id,
        "released_on": tx.today(),
        "released_because": body.reason,
    }
    holds.release(tx, body.hold_id, **values)
    tx.record("legal_hold", body.hold_id, 2, body.command, None, None, {}, values, body.reason)
    return Outcome(done=True, result={"hold_id": str(body.hold_id)})


def require_held(released_at: object) -> None:
    """Raises Refused for a hold that is released."""
    if released_at is not None:
        raise Refused("hold_released", "This hold is released already.")


def found(tx: Transaction, body: ReleaseHold) -> str:
    """What the hold is on, in words. Raises Refused for one that is not the firm's, or is released."""
    row = holds.find(tx.connection, tx.firm_id, body.hold_id)
    if row is None:
        raise not_found("hold")
    require_held(row["released_at"])
    [known] = [one for one in holds.every(tx.connection, tx.firm_id) if one["id"] == body.hold_id]
    return of_what(known["client_name"], known["contract_number"])


def of_what(client_name: str | None, contract_number: str | None) -> str:
    """What a hold is on, in words."""
    if client_name is not None:
        return f"client {client_name}"
    return f"contract {contract_number}" if contract_number is not None else "the whole firm"
