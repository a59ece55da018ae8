"""Files of papers that a contract requires: kept by their hash, before a command puts them on file."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.commands.routes import ROUTES
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.services import people, scans
from contracts_app.services.upload_names import name_of_upload
from contracts_app.store import contracts, imports
from contracts_app.store.transaction import Origin, own_step


def keep(
    engine: Engine, *, firm_id: UUID, by: UUID, key: str, contract_id: UUID, file_name: str, data: bytes
) -> tuple[str, str]:
    """Keep the bytes, once; returns their SHA-256 and the file's name as `file_paper` takes it.

    Raises Refused for a file that is no PDF, PNG or JPEG, is too large or has no name.
    """
    name = name_of_upload(file_name)
    with own_step(engine, firm_id, key, Origin(), by) as tx:
        people.require_role(people.actor(tx), ROUTES["file_paper"].roles, "file_paper")
        row = contracts.find(tx.connection, firm_id, contract_id)
        if row is None:
            raise not_found("contract")
        if scans.media_type_of(data) is None or len(data) > scans.LARGEST:
            raise wrong_content("paper_file", f"A paper is {scans.CALLED}.")
        sha256 = imports.keep_bytes(tx.connection, firm_id, data)
        said = {"file_name": name, "sha256": sha256}
        tx.record(
            "paper_file", sha256, 1, "keep_paper_file", None, None, {}, said, f"{row['number']}: {name}"
        )
    return sha256, name
