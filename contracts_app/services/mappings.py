"""Mappings that a firm saves: kept, named anew, withdrawn, and given to whatever reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import ValidationError

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.mapping_commands import RenameMapping, SaveMapping, WithdrawMapping
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.domain.transitions import MAPPING
from contracts_app.services.unread_files import is_unread
from contracts_app.store import imports, mappings
from contracts_app.store.mapping_tables import saved_mapping
from contracts_app.store.transaction import Transaction
from importers.entries import TAKEN_IN
from importers.known import KnownThings
from importers.mapping import Mapped, profile_of_mapping, sheet_meant
from importers.problems import shown
from importers.profiles.known import profile_named
from importers.profiles.model import Profile
from importers.reading import read

MAPPING_KEY = "mapping"
"""Key under which an import keeps the mapping that a person chose for it."""


def save_mapping(tx: Transaction, body: SaveMapping) -> Outcome:
    """Keep a mapping made at a file; one of the same name and kind is replaced.

    Raises Refused for an unknown import or kind, and a name that is taken.
    """
    row = imports.find(tx.connection, tx.firm_id, body.import_id)
    if row is None:
        raise not_found("import")
    if body.kind not in {kind.value for kind in TAKEN_IN}:
        raise wrong_content("unknown_kind", f"Files of the kind {body.kind} are not imported.")
    _require_free(tx, body.name, body.kind)
    if is_unread(row["report"]):
        raise wrong_content("no_such_sheet", "Nothing in this file could be read: its page says why.")
    reading = read(row["file_name"], imports.bytes_of(tx.connection, tx.firm_id, row["sha256"]))
    if sheet_meant(reading, body.sheet) is None:
        raise wrong_content("no_such_sheet", f"The file has no sheet {shown(body.sheet or '')} with rows.")
    profile = profile_of_mapping(_said(body), body.name, reading)
    stored = profile.model_dump(mode="json")
    known = mappings.named(tx.connection, tx.firm_id, body.name)
    if known is not None:
        mapping_id = known["id"]
        locked = tx.lock(saved_mapping, mapping_id, "mapping")
        tx.change(
            saved_mapping,
            "mapping",
            locked,
            "save_mapping",
            profile=stored,
            saved_by=tx.by,
            saved_at=tx.clock,
        )
    else:
        mapping_id = tx.new_id("mapping")
        tx.create(
            saved_mapping,
            "mapping",
            "save_mapping",
            id=mapping_id,
            name=body.name,
            kind=body.kind,
            profile=stored,
            saved_by=tx.by,
            state="active",
        )
    return Outcome(done=True, result={"mapping_id": str(mapping_id)})


def _said(body: SaveMapping) -> Mapped:
    try:
        said = body.model_dump(exclude={"command", "import_id", "name"})
        return Mapped.model_validate({**said, "fixed": body.fixed or {}})
    except ValidationError as error:
        raise wrong_content("mapping_malformed", "The mapping cannot be understood.") from error


def _require_free(tx: Transaction, name: str, kind: str | None) -> None:
    """Refuse a name that a profile of ours has, or a mapping (of another kind, where it may be replaced)."""
    if profile_named(name) is not None:
        raise wrong_content("mapping_name_taken", f"A source that is known already is called {name}.")
    known = mappings.named(tx.connection, tx.firm_id, name)
    if known is not None and known["kind"] != kind:
        raise wrong_content("mapping_name_taken", f"There is a mapping called {name} already.")


def rename_mapping(tx: Transaction, body: RenameMapping) -> Outcome:
    """Give a mapping another name. Raises Refused for one that is taken, and a withdrawn mapping."""
    row = tx.lock(saved_mapping, body.mapping_id, "mapping")
    if body.name != row["name"]:
        _require_free(tx, body.name, None)
    profile = {**row["profile"], "name": body.name, "source": f"Mapping {body.name}"}
    tx.change(
        saved_mapping, "mapping", row, "rename_mapping", MAPPING, "active", name=body.name, profile=profile
    )
    return Outcome(done=True, result={"mapping_id": str(body.mapping_id)})


def withdraw_mapping(tx: Transaction, body: WithdrawMapping) -> Outcome:
    """Recognise no file by it any longer."""
    row = tx.lock(saved_mapping, body.mapping_id, "mapping")
    tx.change(saved_mapping, "mapping", row, "withdraw_mapping", MAPPING, "withdrawn", body.reason)
    return Outcome(done=True, result={"mapping_id": str(body.mapping_id)})


def with_mappings(
    tx: Transaction, known: KnownThings, decisions: Mapping[str, str]
) -> tuple[KnownThings, str | None]:
    """What is known with the firm's mappings, and the name of the one that a person chose for the file."""
    chosen = decisions.get(MAPPING_KEY)
    rows = mappings.profiles(tx.connection, tx.firm_id, UUID(chosen) if chosen else None)
    own = tuple(Profile.model_validate(row["profile"]) for row in rows)
    name = next((row["name"] for row in rows if str(row["id"]) == chosen), None)
    return known.model_copy(update={"profiles": own}), name
