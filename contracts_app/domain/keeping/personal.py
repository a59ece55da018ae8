"""Words about a person in the audit log: sealed with a salt that is kept beside, and gone once he is erased.

The log holds hashes of its entries, so nothing in it can be taken out again. What names a person stands in it
as HMAC-SHA-256 under a salt of that person and field: with the salt anybody can prove what was meant, without
it nobody can. (GDPR Art. 17; the log itself must be kept: Art. 17(3)(b), § 147 AO.)
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from contracts_app.domain import canonical

SEALED = "sealed"
FIELDS = ("name", "email")
"""What the log tells of a person's account that names him."""
COMMANDS: Mapping[str, tuple[str, ...]] = {"add_person": FIELDS}
"""Fields of commands that name the person whom the entry is about."""
SALT_BYTES = 32


def sealed(salt: bytes | None, value: object) -> dict[str, str | None]:
    """What stands in the log for `value`; without a salt (nobody came of it) not even a hash."""
    if salt is None:
        return {SEALED: None}
    return {SEALED: hmac.new(salt, canonical.text(value).encode(), "sha256").hexdigest()}


def instead(person_id: object) -> dict[str, str]:
    """What stands in the place of what names a person, once he is erased."""
    return {"name": f"Former person {str(person_id)[:8]}", "email": f"{person_id}@erased.invalid"}


def is_sealed(value: object) -> bool:
    """Whether this stands for a word about a person."""
    return isinstance(value, Mapping) and set(value) == {SEALED}


@dataclass(frozen=True)
class Named:
    """What is left to tell whom the log means by a field: the salt, and a name that an erasure left."""

    salt: bytes | None = None
    kept: str | None = None

    def is_meant(self, said: object, field: str, value: object, person_id: object) -> bool:
        """Whether the log may say `said` of an account that says `value`: both mean the same, or the account
        was erased and names nobody."""
        erased = value == instead(person_id)[field]
        if self.salt is None:
            return erased
        return said == sealed(self.salt, self.kept if erased and self.kept is not None else value)
