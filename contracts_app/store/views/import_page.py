"""One imported file: where it stands, and its report as stored by the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.store.tables import blob, contract, import_file, person


@dataclass(frozen=True)
class ImportedFile:
    """A file and what is known of it. `report` is None until it has been read."""

    id: UUID
    kind: str
    file_name: str
    sha256: str
    size: int
    state: str
    uploaded_by: str
    uploaded_at: datetime
    contract_id: UUID | None
    contract_number: str | None
    report: Mapping[str, Any] | None
    decisions: Mapping[str, str]
    rows_to_post: int | None
    rows_posted: int | None
    """How far it is posted; None for a file that is not, or was before this was kept."""
    parent_id: UUID | None
    """The file for many contracts that it is a part of."""
    uploader_id: UUID
    version: int
    """What a person saw: raised with every change of the import."""

    @property
    def percent_posted(self) -> int:
        """How much of it is posted, in whole percent, rounded down."""
        return 100 * (self.rows_posted or 0) // (self.rows_to_post or 1)


def find(connection: Connection, firm_id: UUID, import_id: UUID) -> ImportedFile | None:
    """The file, or None when the firm has none of that id."""
    row = connection.execute(
        select(
            import_file,
            person.c.name.label("uploader"),
            contract.c.number.label("contract_number"),
            func.length(blob.c.bytes).label("size"),
        )
        .join(
            person, (person.c.firm_id == import_file.c.firm_id) & (person.c.id == import_file.c.uploaded_by)
        )
        .join(blob, (blob.c.firm_id == import_file.c.firm_id) & (blob.c.sha256 == import_file.c.sha256))
        .outerjoin(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
    ).first()
    if row is None:
        return None
    return ImportedFile(
        row.id,
        row.kind,
        row.file_name,
        row.sha256,
        row.size,
        row.state,
        row.uploader,
        row.uploaded_at,
        row.contract_id,
        row.contract_number,
        row.report,
        row.decisions or {},
        row.rows_to_post,
        row.rows_posted,
        row.parent_id,
        row.uploaded_by,
        row.version,
    )
