"""Queries stand in the store: elsewhere the types of SQLAlchemy are known that are passed on, and no SQL."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contracts_app.documents
import contracts_app.services
import contracts_app.web
import importers
import workflows

TYPES = {"Connection", "Engine", "RowMapping"}
SERVICES = Path(contracts_app.services.__path__[0])
WEB = Path(contracts_app.web.__path__[0])
# The invariants are SQL, asked past the store's own queries so that neither vouches for the other.
OF_THEIR_OWN = SERVICES / "invariants"
ROOMS = [SERVICES, WEB, *(Path(room.__path__[0]) for room in (contracts_app.documents, importers, workflows))]


def imported(room: Path) -> Iterator[tuple[str, str, str]]:
    """What the files of a room take from SQLAlchemy: file, module, name."""
    for file in room.rglob("*.py"):
        if OF_THEIR_OWN in file.parents:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                taken = [(node.module or "", one.name) for one in node.names]
            elif isinstance(node, ast.Import):
                taken = [(one.name, "") for one in node.names]
            else:
                continue
            for module, name in taken:
                if module.partition(".")[0] == "sqlalchemy":
                    yield str(file.relative_to(room)), module, name


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_room_but_the_store_writes_sql(room: Path) -> None:
    known = set(imported(room))
    if room in (SERVICES, WEB):
        assert {name for _, _, name in known} >= {"Engine"}, "nothing was looked at"
    # A page answers for a database that is away; the others let the exception pass.
    told = {one for one in known if room == WEB and one[1] == "sqlalchemy.exc"}
    assert {one for one in known - told if one[2] not in TYPES} == set()


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_is_looked_through(room: Path) -> None:
    assert len(list(room.rglob("*.py"))) > 10
