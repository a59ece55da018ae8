"""The stored files and letters of an invoice: their bytes and words against the hashes recorded for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.services.proving.proof import Compared
from contracts_app.store.views import stored_invoice


def compare(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Iterator[Compared]:
    """Every document and message about the invoice, its payments and its reminders."""
    for paper in stored_invoice.documents(connection, firm_id, invoice_id):
        yield Compared(f"SHA-256 of the document {paper.file_name}", paper.sha256, paper.of_bytes)
    for letter in stored_invoice.letters(connection, firm_id, invoice_id):
        words = f"{letter['subject']}\n{letter['body']}".encode()
        yield Compared(
            f"content hash of the message “{letter['subject']}” to {letter['recipient'] or 'nobody'}",
            letter["content_sha256"],
            hashlib.sha256(words).hexdigest(),
        )
