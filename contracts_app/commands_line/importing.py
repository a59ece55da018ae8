"""A file into the running system, through the public API and in the name of a person who signs in.

No way around what the pages do: the person's roles, the questions of the file, the audit and the four eyes of
what follows (approval, billing) are the same. A run that was cut off goes on with the same import when it is
started again; one that waits for a decision goes on where it is, here or on its page.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import typer

from contracts_app.commands_line.outcome import RefusedByRule, Unavailable
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from contracts_app.sample.public_api import Signed

PASSWORD = "CONTRACTS_PASSWORD"
"""Environment variable with the password; without it, it is asked for on the terminal."""
_AT_WORK = frozenset({"received", "posting"})
_OPEN = frozenset({"received", "needs_decision", "ready", "posting", "to_distribute", "distributed"})
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True)
class Taken:
    """What became of a file: the import's id and state, its stored report, and how many rows were posted."""

    import_id: str
    state: str
    report: Mapping[str, Any]
    posted: int


@contextmanager
def signed_in(email: str) -> Iterator[Signed]:
    """The person with a session of his own. Raises RefusedByRule and Unavailable."""
    import httpx

    from contracts_app.sample.public_api import Refusal, Signed  # the client: only when asked for

    password = os.environ.get(PASSWORD) or typer.prompt(f"Password of {email}", hide_input=True, err=True)
    person = Signed(Settings().public_url, email, password)
    try:
        person.sign_in()
        yield person
    except Refusal as refusal:
        raise RefusedByRule(refusal.sentence) from None
    except httpx.TransportError as error:
        raise Unavailable(f"The web server does not answer: {error}") from None
    finally:
        person.close()


def contract_called(person: Signed, number: str) -> str:
    """The id of the contract with this number, with or without its title behind it. Raises RefusedByRule
    where there is none."""
    found = [
        one["id"]
        for one in person.get("/api/contracts")["contracts"]
        if number in (one["number"], f"{one['number']} {one['title']}")
    ]
    if not found:
        raise RefusedByRule(f"There is no contract {number}.")
    return str(found[0])


def take_in(
    person: Signed,
    kind: str,
    contract_id: str | None,
    file_name: str,
    data: bytes,
    answers: Mapping[str, str],
) -> Taken:
    """Hand the file over (or go on with the same one), answer what it asks, post it once nothing is open."""
    read = handed_over(person, kind, contract_id, file_name, data)
    read, _ = answered(person, read, answers, corrections=True)
    import_id = str(read["id"])
    if read["state"] == "ready" and read["report"]["rows_read"] > read["report"]["refused"]:
        person.give(f"/api/imports/{import_id}/post", uuid4().hex)
        read = at_rest(person, import_id)
    return Taken(import_id, read["state"], read["report"], read["rows_posted"] or 0)


def handed_over(
    person: Signed, kind: str, contract_id: str | None, file_name: str, data: bytes
) -> Mapping[str, Any]:
    """The import of this file, once it is read: the one that this person has begun, or a new one."""
    import_id = _begun(person, kind, contract_id, data) or person.upload(
        uuid4().hex, kind, contract_id, file_name, data
    )
    return at_rest(person, import_id)


def answered(
    person: Signed, read: Mapping[str, Any], answers: Mapping[str, str], *, corrections: bool
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The import once it has its answers, and those that it does not ask for. With `corrections` these are
    given as well: they correct what was found, or are refused; an answer is never passed over."""
    left = dict(answers)
    while left and read["state"] in ("needs_decision", "ready"):
        known = {one["key"]: one["decided"] for one in read["report"]["decisions"]}
        asked = [key for key in left if key in known and known[key] is None]
        if not corrections:
            asked = [key for key in left if key in known or key in of_parts(read)]
        keys = asked or (list(left) if corrections else [])
        if not keys:
            break
        given = {key: left.pop(key) for key in keys}
        given = {key: value for key, value in given.items() if known.get(key) != value}
        if given:
            person.give(f"/api/imports/{read['id']}/decide", uuid4().hex, {"decisions": given})
            read = at_rest(person, str(read["id"]))
    return read, left


def of_parts(read: Mapping[str, Any]) -> set[str]:
    """What can be said of the rows of this import, a part of a file, though nothing asks it."""
    return {one["key"] for one in read["report"].get("settled", ())} & {"billed_elsewhere"}


def _begun(person: Signed, kind: str, contract_id: str | None, data: bytes) -> str | None:
    """This person's import of the same bytes, as the same kind and into the same contract, that is not ended
    yet; a part of a file for many contracts is not meant."""
    wanted = (kind, contract_id, hashlib.sha256(data).hexdigest(), None, person.get("/api/me")["person_id"])
    asked = "/api/imports" + (f"?contract={contract_id}" if contract_id else "")
    for one in person.get(asked)["imports"]:
        if one["kind"] == kind and one["state"] in _OPEN:
            known = person.get(f"/api/imports/{one['id']}")
            found = (known[name] for name in ("kind", "contract_id", "sha256", "parent_id", "uploader_id"))
            if tuple(found) == wanted and _is_open(known):
                return str(one["id"])
    return None


def _is_open(read: Mapping[str, Any]) -> bool:
    """Whether something of it is left to do: of a distributed file, in a part that is not posted or gone."""
    return read["state"] != "distributed" or any(one["state"] in _OPEN for one in read["parts"])


def at_rest(person: Signed, import_id: str) -> Mapping[str, Any]:
    """The import once no process works on it. Raises RefusedByRule where its process stands still."""
    pause = 0.05
    while True:
        read: Mapping[str, Any] = person.get(f"/api/imports/{import_id}")
        if read["state"] not in _AT_WORK:
            return read
        process = read["process"]
        if process and process["parked_step"]:
            raise RefusedByRule(f"import/{import_id} stands still: {process['parked_reason']}")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
