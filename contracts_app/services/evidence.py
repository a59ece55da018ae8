"""The evidence pack of an invoice: one archive from which anybody can follow it, without the product.

What it was computed from with the cells of its files, its terms, who approved it and what they saw, its
papers, what happened to its letters, its part of the log and the checkpoint that signs it. The form is said
in `verifier/evidence_verify.py`, which goes with it (CONTROLS 1.3, requests 2, 5, 16 and 18).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain import canonical
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services import audit_export, proving
from contracts_app.settings import Settings
from contracts_app.store import audit, documents, firms, imports, invoices
from contracts_app.store.views import evidence, invoice_page, stored_invoice
from contracts_app.store.views.stored_invoice import StoredInvoice
from verifier.contracts_verify import Checkpoint, Unreadable

VERIFIERS = Path(audit_export.__file__).parents[2] / "verifier"
_IN_MEMORY = 16 * 1024 * 1024
_README = """Evidence of invoice {number} of {firm}

invoice.json      the invoice as it is stored: figures, lines, certificate, retainage, receivable
snapshot.json     everything that its figures are computed from, terms included, exactly as it was hashed
proof.json        its figures computed again from the snapshot, when this pack was made
approvals.json    who prepared it, who approved it, when, and the hash of what they saw
inputs.jsonl      the rows of files that it rests on, each with file, sheet, row and cells
inputs/           those files
documents/        the papers, as they were made
letters.json      what was mailed, to whom, with Message-ID and the mail server's answer
log.jsonl         the part of the firm's log from its first entry about the invoice on
checkpoint        where the log stood later, signed outside the database; not in here while none was signed
                  since the last entry about the invoice: make the pack again after the nightly check
manifest.json     the SHA-256 of each of these files

Verify all of it with Python 3.11 and the package `cryptography`, on any machine:

    python evidence_verify.py THIS.zip --pubkey audit.pub

Take the two programs and the public key (audit.pub) from the firm directly, not from this archive, if you do
not trust whoever gave it to you.
"""


def pack(connection: Connection, settings: Settings, firm_id: UUID, invoice_id: UUID) -> IO[bytes]:
    """The archive of an issued invoice, at its beginning; close it.

    Raises Refused: 404 when there is no such invoice, `not_issued` for one that has no number yet.
    """
    known = stored_invoice.stored(connection, firm_id, invoice_id)
    if known is None:
        if invoices.find(connection, firm_id, invoice_id) is None:
            raise not_found("invoice")
        raise Refused("not_issued", "This invoice is not issued: there is nothing to give evidence of yet.")
    file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    hashes: dict[str, str] = {}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, pieces in _contents(connection, settings, firm_id, invoice_id, known):
            hashes[name] = _write(archive, name, pieces)
        manifest = {"invoice": known.issued["number_text"], "invoice_id": invoice_id, "files": hashes}
        _write(archive, "manifest.json", [_json(manifest)])
    file.seek(0)
    return file


def sign_for(connection: Connection, settings: Settings, firm_id: UUID, invoice_id: UUID) -> Path | None:
    """Sign where the log stands, unless a checkpoint signs all about this invoice; returns the new one.

    A pack made from the same snapshot then holds by itself. The key that signs is made on first use.
    Raises Unreadable when the checkpoints that are there cannot be read.
    """
    settings.audit_checkpoints.mkdir(parents=True, exist_ok=True)
    key = audit_export.key_in(settings.audit_keys)
    known = audit_export.checkpoints_in(
        settings.audit_checkpoints, firm_id, audit_export.public_key_in(settings.audit_keys)
    )
    _, last = _span(connection, firm_id, invoice_id)
    if any(one.seq >= last for one in known):
        return None
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return audit_export.write_checkpoint(connection, firm_id, key, settings.audit_checkpoints, at)


def _span(connection: Connection, firm_id: UUID, invoice_id: UUID) -> tuple[int, int]:
    """The first and the last entry about the invoice and what belongs to it."""
    related = invoice_page.related_ids(connection, firm_id, invoice_id)
    return evidence.span(connection, firm_id, [invoice_id, *related]) or (1, 0)


def _contents(
    connection: Connection, settings: Settings, firm_id: UUID, invoice_id: UUID, known: StoredInvoice
) -> Iterator[tuple[str, Iterator[bytes] | Sequence[bytes]]]:
    """Each file of the pack by name, in pieces."""
    firm = firms.get(connection, firm_id)["name"]
    number, contract_id = known.issued["number_text"], known.draft["contract_id"]
    yield "README.txt", [_README.format(number=number, firm=firm).encode()]
    yield "invoice.json", [_json(_as_stored(known))]
    yield "snapshot.json", [(known.snapshot or "").encode()]
    proof = proving.prove_with_whole(connection, firm_id, invoice_id)
    yield "proof.json", [_json({**proof.as_json(), "made_at": datetime.now(UTC)})]
    decided = {
        "content_hash": known.issued["content_hash"],
        "prepared_by": evidence.preparers(connection, firm_id, invoice_id),
        "decisions": evidence.approvals(connection, firm_id, invoice_id),
    }
    yield "approvals.json", [_json(decided)]
    files = evidence.files(connection, firm_id, contract_id, invoice_id)
    names = {one["id"]: f"inputs/{one['sha256'][:12]}-{_plain(one['file_name'])}" for one in files}
    for one in {names[one["id"]]: one for one in files}.values():
        yield names[one["id"]], [imports.bytes_of(connection, firm_id, one["sha256"])]
    rows = evidence.rows(connection, firm_id, contract_id, [one["id"] for one in files])
    yield "inputs.jsonl", (_json({**one, "file": names[one["import_id"]]}) + b"\n" for one in rows)
    yield "files.json", [_json([{**one, "as": names[one["id"]]} for one in files])]
    for paper in documents.about(connection, firm_id, invoice_id=invoice_id):
        name = f"documents/{paper['sha256'][:12]}-{_plain(paper['file_name'])}"
        yield name, [imports.bytes_of(connection, firm_id, paper["sha256"])]
    letters = stored_invoice.letters(connection, firm_id, invoice_id)
    yield "letters.json", [_json([dict(one) for one in letters])]
    yield from _log(connection, settings, firm_id, invoice_id)


def _log(
    connection: Connection, settings: Settings, firm_id: UUID, invoice_id: UUID
) -> Iterator[tuple[str, Iterator[bytes] | Sequence[bytes]]]:
    """The log from the first entry about the invoice to the first checkpoint after the last one."""
    first, last = _span(connection, firm_id, invoice_id)
    signed = _covering(settings, firm_id, last)
    if signed is not None:
        last = signed.seq
    before = evidence.hash_at(connection, firm_id, first - 1)
    head = {"firm": str(firm_id), "after_seq": first - 1, "after_hash": before.hex()}
    lines = (_line(one) for one in evidence.segment(connection, firm_id, first, last))
    yield "log.jsonl", (one for part in ([_json(head) + b"\n"], lines) for one in part)
    if signed is not None:
        yield "checkpoint", [(settings.audit_checkpoints / signed.name).read_bytes()]


def _covering(settings: Settings, firm_id: UUID, seq: int) -> Checkpoint | None:
    """The first of the newest checkpoints that signs this entry; None while none does."""
    try:
        key = audit_export.public_key_in(settings.audit_keys)
        found = audit_export.checkpoints_in(settings.audit_checkpoints, firm_id, key)
    except Unreadable:
        return None
    return next((one for one in found if one.seq >= seq), None)


def _as_stored(known: StoredInvoice) -> Mapping[str, Any]:
    return {
        name: value for name, value in vars(known).items() if name not in ("snapshot", "approvals", "before")
    }


def _line(one: audit.Link) -> bytes:
    told = {"seq": one.seq, "at_us": one.at_us, "body": one.body, "hash": (one.hash or b"").hex()}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _json(value: object) -> bytes:
    return canonical.text(_plainly(value)).encode()


def _plainly(value: object) -> object:
    """Rows of the database as mappings, for JSON."""
    if isinstance(value, RowMapping | Mapping):
        return {str(key): _plainly(one) for key, one in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plainly(one) for one in value]
    return value


def _plain(name: str) -> str:
    """A file name that is one on every machine."""
    kept = "".join(one if one.isalnum() or one in "-_. " else "_" for one in name)
    return kept.strip(". ")[-80:] or "file"


def _write(archive: ZipFile, name: str, pieces: Iterator[bytes] | Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    with archive.open(name, "w") as target:
        for piece in pieces:
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()
