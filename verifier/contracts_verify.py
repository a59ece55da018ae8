#!/usr/bin/env python3
"""Verifies an exported audit log against signed checkpoints, without the database and without the product.

    python contracts_verify.py EXPORT.jsonl [--checkpoints DIR --pubkey FILE]

The export has one JSON object a line: first the firm and the head of its chain, then every entry in order
with `seq`, `at_us` (microseconds since 1970), `body` (the bytes that were hashed, as text) and `hash`
(hexadecimal). Each hash is SHA-256(0x00 | hash before | seq | at_us | body), numbers as eight bytes, big end
first; the first entry follows 32 zero bytes. A checkpoint says up to which entry, and with which hash, a
chain stood at a time, signed with Ed25519 by a key that the database does not have. Needs Python 3.11, and
the package `cryptography` for the signatures. Ends with 0 where all holds, 1 where something does not, 2 for
files that cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_TOLD = 20


@dataclass(frozen=True)
class Checkpoint:
    """Where the chain of a firm stood."""

    name: str
    firm: str
    seq: int
    hash: bytes
    at: str
    before: str
    """SHA-256 of the text of the checkpoint before it, or `-` for the first."""
    text: bytes


class Unreadable(Exception):
    """A file is not what this program reads."""


def link(before: bytes, seq: int, at_us: int, body: str) -> bytes:
    """The hash of an entry that follows `before`."""
    numbers = seq.to_bytes(8, "big", signed=True) + at_us.to_bytes(8, "big", signed=True)
    return hashlib.sha256(b"\x00" + before + numbers + body.encode()).digest()


def findings(lines: Iterable[str], checkpoints: Iterable[Checkpoint]) -> Iterator[str]:
    """What is wrong with an export, as sentences; none where all holds."""
    source = iter(lines)
    head = _read(next(source, ""), 1)
    if set(head) != {"firm", "head_seq", "head_hash"}:
        raise Unreadable("the first line does not say firm and head of the chain")
    of_firm = [one for one in checkpoints if one.firm == head["firm"]]
    signed = {one.seq: one for one in of_firm}
    seen, last, previous = 0, b"\x00" * 32, 0
    for number, line in enumerate(source, start=2):
        entry = _read(line, number)
        seq, stored = int(entry["seq"]), str(entry["hash"])
        if seq != seen + 1:
            yield f"{_missing(seen + 1, seq - 1)}" if seq > seen else f"entry {seq} stands after entry {seen}"
        if not stored:
            yield f"entry {seq} has no hash: it was not written by the product"
        elif seq == seen + 1 and link(last, seq, int(entry["at_us"]), str(entry["body"])).hex() != stored:
            yield f"entry {seq} is not what was written: it, or the order of entries, was changed"
        if seq in signed and stored != signed[seq].hash.hex():
            yield (
                f"entry {seq} is not what the checkpoint of {signed[seq].at} signed: "
                f"something up to it was changed or removed, and the chain recomputed"
            )
        if int(entry["at_us"]) < previous:
            yield f"entry {seq} is earlier than the entry before it"
        seen, last, previous = seq, bytes.fromhex(stored) if stored else last, int(entry["at_us"])
    if int(head["head_seq"]) != seen or str(head["head_hash"]) != last.hex():
        yield (
            f"the head of the chain is entry {head['head_seq']}, the log ends at {seen}: "
            "its end was cut off, or added to"
        )
    for one in of_firm:
        if one.seq > seen:
            yield (
                f"the checkpoint of {one.at} signed entry {one.seq}, the log ends at {seen}: "
                "its end was cut off, or it was exported before (then export it again)"
            )
    yield from _gaps(of_firm)


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def _gaps(checkpoints: Iterable[Checkpoint]) -> Iterator[str]:
    """Each checkpoint names the one before it, so that none can be left out in between."""
    known = sorted(checkpoints, key=lambda one: one.seq)
    for before, one in zip([None, *known], known, strict=False):
        expected = "-" if before is None else hashlib.sha256(before.text).hexdigest()
        if one.before != expected:
            yield f"the checkpoint of {one.at} does not follow the one before it: a checkpoint is missing"


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"line {number} is no JSON") from error
    if not isinstance(found, dict):
        raise Unreadable(f"line {number} is no object")
    return found


def checkpoint_in(name: str, note: bytes, public_key: bytes) -> Checkpoint:
    """The checkpoint of a note. Raises Unreadable for one that the key did not sign."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text, _, signature = note.rpartition(b"\n\xe2\x80\x94 ")
    try:
        origin, seq, hashed, at, before = text.decode().splitlines()
        signed = base64.b64decode(signature.split()[-1], validate=True)[4:]
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed, text)
    except InvalidSignature as error:
        raise Unreadable(f"{name} is not signed by this key: it was forged or changed") from error
    except (ValueError, IndexError) as error:
        raise Unreadable(f"{name} is no checkpoint") from error
    return Checkpoint(
        name, origin.removeprefix("contracts/"), int(seq), base64.b64decode(hashed), at, before, text
    )


def main(arguments: list[str] | None = None) -> int:
    """Read the files that are named and say what is wrong with them."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="folder with *.checkpoint")
    parser.add_argument("--pubkey", type=Path, help="file with the public key, base64")
    asked = parser.parse_args(arguments)
    told = 0
    try:
        checkpoints: list[Checkpoint] = []
        if asked.checkpoints:
            if asked.pubkey is None:
                parser.error("checkpoints need --pubkey, the key that signs them")
            key = base64.b64decode(asked.pubkey.read_text().strip())
            paths = sorted(asked.checkpoints.glob("*.checkpoint"))
            checkpoints = [checkpoint_in(path.name, path.read_bytes(), key) for path in paths]
        with asked.export.open(encoding="utf-8") as lines:
            for sentence in findings(lines, checkpoints):
                told += 1
                if told <= MOST_TOLD:
                    print(sentence)
    except (OSError, Unreadable, KeyError) as error:
        print(f"cannot be verified: {error}", file=sys.stderr)
        return 2
    if told > MOST_TOLD:
        print(f"and {told - MOST_TOLD} more")
    print(f"{told} findings" if told else f"All holds; {len(checkpoints)} checkpoints.")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
