"""Receipts of expenses: files kept by their hash, attached while nobody has decided."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.services import people, scans
from contracts_app.services.upload_names import name_of_upload
from contracts_app.store import expenses, imports
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Origin, own_step


def attach(
    engine: Engine,
    *,
    firm_id: UUID,
    by: UUID,
    key: str,
    contract_id: UUID,
    expense_id: UUID,
    file_name: str,
    data: bytes,
) -> str:
    """Attach a receipt; the same file again changes nothing. Returns its SHA-256.

    Raises Refused for a file that is no PDF, PNG or JPEG, is too large or has no name, and once somebody has
    decided.
    """
    name = name_of_upload(file_name)
    media_type = scans.media_type_of(data)
    with own_step(engine, firm_id, key, Origin(), by) as tx:
        people.require_role(people.actor(tx), (Role.coordinator, Role.project_manager), "attach a receipt")
        row = tx.lock(contract, contract_id, "contract")
        found = [
            one
            for one in expenses.of_contract(tx.connection, tx.firm_id, row["id"])
            if one["id"] == expense_id
        ]
        if not found:
            raise not_found("expense")
        sha256 = hashlib.sha256(data).hexdigest()
        if found[0]["receipt_sha256"] == sha256:
            return sha256
        if found[0]["state"] != "open":
            raise Refused("expense_decided", "Somebody has decided on this expense: its receipt stays.")
        if media_type is None or len(data) > scans.LARGEST:
            raise wrong_content("receipt_file", f"A receipt is {scans.CALLED}.")
        imports.keep_bytes(tx.connection, firm_id, data)
        expenses.change(
            tx.connection,
            firm_id,
            [expense_id],
            receipt_sha256=sha256,
            receipt_name=name,
            receipt_type=media_type,
        )
        said = {"number": found[0]["number"], "file_name": name, "sha256": sha256}
        tx.record(
            "expense", expense_id, found[0]["version"] + 1, "attach_receipt", None, None, {}, said, name
        )
    return sha256
