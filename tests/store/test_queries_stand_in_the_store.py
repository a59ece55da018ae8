"""Services load, decide and save: of SQLAlchemy they know the types that they pass on, and no SQL."""

import re
from pathlib import Path

import contracts_app.services

TYPES = {"Connection", "Engine", "RowMapping"}
SERVICES = Path(contracts_app.services.__path__[0])
# The invariants are SQL, asked past the store's own queries so that neither vouches for the other.
OF_THEIR_OWN = SERVICES / "invariants"
IMPORT = re.compile(
    r"^\s*(?:from sqlalchemy[\w.]* import (\([^)]*\)|[^\n#]*)|import (sqlalchemy)\b)", re.MULTILINE
)


def test_no_service_writes_sql() -> None:
    files = [file for file in SERVICES.rglob("*.py") if OF_THEIR_OWN not in file.parents]
    known = {
        (str(file.relative_to(SERVICES)), name)
        for file in files
        for names in IMPORT.findall(file.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", "".join(names))
    }
    assert {name for _, name in known} >= {"Engine"}
    assert {(file, name) for file, name in known if name not in TYPES} == set()
