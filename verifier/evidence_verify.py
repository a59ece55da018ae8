#!/usr/bin/env python3
"""Verifies the evidence pack of an invoice, without the database and without the product.

    python evidence_verify.py PACK.zip [--pubkey FILE]

Beside it must stand `contracts_verify.py`, whose rules of the log it uses. It holds that every file is what
the manifest says and none is there besides; that the snapshot is the one that the invoice names; that
everybody who approved it saw exactly what was issued, and prepared none of it; that the log is unbroken,
tells of each approval before it tells of the issue, and names each paper by its hash; and that the checkpoint
signs all of that. Ends with 0 where all holds, 1 where something does not, 2 for what cannot be read. Without
the key that signs checkpoints it says so: whoever made the pack could have written the log anew.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

if __package__:
    from verifier.contracts_verify import Unreadable, checkpoint_in, link
else:  # as a program, with the other one beside it
    from contracts_verify import Unreadable, checkpoint_in, link  # type: ignore[import-not-found,no-redef]

LARGEST = 2 * 1024**3
"""Bytes in all; more is no evidence of an invoice."""


class Pack:
    """The files of a pack, read once each."""

    def __init__(self, archive: ZipFile) -> None:
        if sum(one.file_size for one in archive.infolist()) > LARGEST:
            raise Unreadable("the pack is larger than 2 GB")
        self._archive = archive
        self.names = archive.namelist()

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises Unreadable when there is none."""
        try:
            return self._archive.read(name)
        except KeyError as error:
            raise Unreadable(f"{name} is missing") from error

    def json(self, name: str) -> Any:
        """A file as JSON."""
        return json.loads(self.read(name))

    def sha256(self, name: str) -> str:
        """The hash of a file."""
        return hashlib.sha256(self.read(name)).hexdigest()


def findings(pack: Pack, public_key: bytes | None) -> Iterator[str]:
    """What is wrong with a pack, as sentences; none where all holds."""
    manifest = pack.json("manifest.json")
    yield from _files(pack, manifest["files"])
    invoice, decided = pack.json("invoice.json"), pack.json("approvals.json")
    if pack.sha256("snapshot.json") != invoice["issued"]["snapshot_sha256"]:
        yield "snapshot.json is not the snapshot that the invoice was issued from"
    if decided["content_hash"] != invoice["issued"]["content_hash"]:
        yield "approvals.json is about other content than was issued"
    approved = [one for one in decided["decisions"] if one["decision"] == "approved"]
    counting = [one for one in approved if one["content_hash"] == decided["content_hash"]]
    if not counting:
        yield "nobody approved what was issued"
    prepared = {one["person_id"] for one in decided["prepared_by"]}
    for one in counting:
        if one["person_id"] in prepared:
            yield f"{one['person']} approved what he prepared"
    if pack.json("proof.json")["outcome"] != "proved":
        yield "the figures did not come out again when the pack was made: see proof.json"
    yield from _log(pack, manifest, counting, public_key)


def _files(pack: Pack, said: dict[str, str]) -> Iterator[str]:
    if len(set(pack.names)) != len(pack.names):
        yield "a file is there twice"
    for name in sorted({*said, *pack.names} - {"manifest.json"}):
        if name not in pack.names:
            yield f"{name} is missing"
        elif name not in said:
            yield f"{name} is not in the manifest"
        elif pack.sha256(name) != said[name]:
            yield f"{name} was changed"


def _log(
    pack: Pack, manifest: dict[str, Any], counting: Sequence[dict[str, Any]], public_key: bytes | None
) -> Iterator[str]:
    head, *entries = [json.loads(line) for line in pack.read("log.jsonl").splitlines()]
    seen, last = int(head["after_seq"]), bytes.fromhex(head["after_hash"])
    hashes, told, issued = {}, [], None
    for entry in entries:
        seq, body = int(entry["seq"]), str(entry["body"])
        if seq != seen + 1 or link(last, seq, int(entry["at_us"]), body).hex() != entry["hash"]:
            yield f"entry {seq} of the log is not what was written, or an entry is missing before it"
            return
        seen, last = seq, bytes.fromhex(entry["hash"])
        hashes[seq] = last
        said = json.loads(body)
        if said.get("id") == manifest["invoice_id"] and said.get("doing") == "done":
            told.append(said)
            if said["action"] == "issue_invoice" and issued is None:
                issued = len(told)
    if issued is None:
        yield "the log does not tell of the issue of this invoice"
    before = told[:issued]
    for one in counting:
        command = [
            said
            for said in before
            if said["by"] == one["person_id"]
            and (said.get("command") or {}).get("content_hash") == one["content_hash"]
        ]
        if not command:
            yield f"the log does not tell that {one['person']} approved this content before the issue"
    everything = "".join(str(entry["body"]) for entry in entries)
    for name in pack.names:
        if name.startswith("documents/") and pack.sha256(name) not in everything:
            yield f"the log does not name {name} by its hash"
    if "checkpoint" not in pack.names:
        yield "no checkpoint signs the log: none was made since the last entry about the invoice"
    elif public_key is None:
        yield "the checkpoint was not verified: give its key with --pubkey"
    else:
        signed = checkpoint_in("checkpoint", pack.read("checkpoint"), public_key)
        if signed.firm != head["firm"] or hashes.get(signed.seq) != signed.hash:
            yield f"the log is not what the checkpoint of {signed.at} signed"


def main(arguments: list[str] | None = None) -> int:
    """Read a pack and say what is wrong with it."""
    parser = argparse.ArgumentParser(description="Verify the evidence pack of an invoice.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--pubkey", type=Path, help="file with the public key of the checkpoints, base64")
    asked = parser.parse_args(arguments)
    try:
        key = None if asked.pubkey is None else base64.b64decode(asked.pubkey.read_text().strip())
        with ZipFile(asked.pack) as archive:
            pack = Pack(archive)
            found = list(findings(pack, key))
            number = pack.json("manifest.json")["invoice"]
    except (OSError, BadZipFile, Unreadable, KeyError, ValueError) as error:
        print(f"cannot be verified: {error}", file=sys.stderr)
        return 2
    for sentence in found:
        print(sentence)
    print(f"{len(found)} findings" if found else f"All holds of invoice {number}; {len(pack.names)} files.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
