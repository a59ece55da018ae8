"""Files brought into a small firm, question by question; what the firm's tables say before and after."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import text as sql

from contracts_app.domain.canonical import digest
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, PostImport, UndoImport
from contracts_app.domain.roles import Role
from contracts_app.services import imports
from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata
from contracts_app.store.imports import find
from contracts_app.store.transaction import open_engine, reading
from tests.services.small_firm import SmallFirm

NO_FACTS = {
    *(
        "audit_due",
        "audit_sum",
        "audit_entry",
        "audit_head",
        "effect",
        "process",
        "import_file",
        "staged_row",
        "blob",
    ),
    *("row_to_mend", "mended_cell"),
}
"""What tells of the doing, not of the contract: the chain, answers, processes, the file and its rows read."""


def post(small: SmallFirm, kind: str, number: str | None, text: str, **answers: str) -> Outcome:
    """Upload and post into a contract; questions are answered as given, else as proposed."""
    import_id = imports.receive(
        small.engine,
        firm_id=small.id,
        by=small.people[Role.coordinator],
        key=str(uuid4()),
        kind=kind,
        contract_id=small.contracts.get(number or ""),
        file_name=f"{kind}.csv",
        data=text.encode(),
    )
    small.settle()
    with reading(small.engine, small.id) as connection:
        row = find(connection, small.id, import_id)
    assert row is not None
    while row["state"] == "needs_decision":  # an answer may bring up the next question
        asked = {
            one["key"]: answers.get(one["key"], one["proposal"])
            for one in row["report"]["decisions"]
            if one["decided"] is None
        }
        small.do(Role.coordinator, DecideImport(import_id=import_id, decisions=asked))
        with reading(small.engine, small.id) as connection:
            row = find(connection, small.id, import_id)
        assert row is not None
    done = small.give(Role.coordinator, PostImport(import_id=import_id))
    small.settle()
    return done


def facts(small: SmallFirm) -> dict[str, str]:
    """A hash of every table of business facts; versions count the changes, and undoing is one."""
    said = {}
    owner = open_engine(small.settings.owner_database_url, pool_size=1)
    with owner.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in NO_FACTS or "firm_id" not in table.c:
                continue
            shown = ", ".join(one.name for one in table.c if one.name != "version")
            rows = connection.execute(
                sql(
                    f"SELECT row_to_json(t)::text FROM (SELECT {shown} FROM {table.name}"
                    " WHERE firm_id = :firm) t"
                ),
                {"firm": small.id},
            ).scalars()
            said[table.name] = digest(sorted(rows))
    owner.dispose()
    return said


def undo(small: SmallFirm, posted: Outcome) -> Outcome:
    """Take back what was posted."""
    body = UndoImport(import_id=UUID(str(posted.result["import_id"])), reason="The wrong file.")
    done = small.give(Role.coordinator, body)
    small.settle()
    return done
