"""Files brought into a small firm, question by question."""

from __future__ import annotations

from uuid import uuid4

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, PostImport
from contracts_app.domain.roles import Role
from contracts_app.services import imports
from contracts_app.store.imports import find
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm


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
