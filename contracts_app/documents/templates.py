"""Templates and their hashes: which file made a document, and exactly which version of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@dataclass(frozen=True)
class Template:
    """A template's name, bytes and SHA-256; documents record the name and the hash."""

    name: str
    data: bytes
    sha256: str

    @classmethod
    def of(cls, name: str, data: bytes) -> Template:
        return cls(name, data, hashlib.sha256(data).hexdigest())


@lru_cache(maxsize=64)
def shipped(name: str) -> Template:
    """A template that comes with the product, e.g. `documents/receipt.docx` or `mail/receipt.txt`."""
    path = TEMPLATES / name
    if not path.resolve().is_relative_to(TEMPLATES):
        raise ValueError(f"{name} is not a template of the product")
    return Template.of(name, path.read_bytes())
