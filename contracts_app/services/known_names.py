"""What names in a file can mean to the firm, and what people choose that they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import WithdrawAlias
from contracts_app.domain.refusals import not_found
from contracts_app.store import aliases, contracts, imports
from contracts_app.store.alias_tables import alias
from contracts_app.store.transaction import Transaction
from importers.entries import Kind
from importers.matching.asking import IS, NEW, written_in
from importers.matching.names import AS_NAMED, Meaning, Named, Names, folded

_OF_CONTRACT = frozenset({Named.task, Named.sov_line, Named.cost_code})
"""Names that mean something of one contract."""
_LINES = {
    Kind.labour_log.value: Named.sov_line,
    Kind.deliveries.value: Named.sov_line,
    Kind.purchase_orders.value: Named.cost_code,
    Kind.expenses.value: Named.cost_code,
}
"""Kinds whose rows stand on lines, and what names these in them."""


def names_for(tx: Transaction, row: RowMapping) -> Mapping[Named, Names]:
    """What the names of a file of this kind can mean, its contract's lines included."""
    contract_id = row["contract_id"]
    if row["kind"] == Kind.contract:
        known = [Meaning(value=name, called=(name,)) for name in aliases.clients(tx.connection, tx.firm_id)]
        return {Named.client: _names(tx, Named.client, None, known)}
    if row["kind"] == Kind.timesheet:
        people = [Meaning(value=name, called=(name,)) for name in aliases.people(tx.connection, tx.firm_id)]
        found = {Named.person: _names(tx, Named.person, None, people)}
        by_time = _lines(tx, contract_id, Basis.time_and_materials)
        if len(by_time) > 1:
            found[Named.task] = _names(tx, Named.task, contract_id, by_time)
        return found
    named = _LINES.get(row["kind"])
    if named is None or contract_id is None:
        return {}
    return {named: _names(tx, named, contract_id, _lines(tx, contract_id))}


def _names(tx: Transaction, named: Named, contract_id: UUID | None, known: Sequence[Meaning]) -> Names:
    chosen = aliases.in_use(tx.connection, tx.firm_id, named.value, contract_id)
    still = {meaning.value for meaning in known}
    return Names(
        known=tuple(known),
        aliases={
            name: one["means"]
            for name, one in chosen.items()
            if one["means"] == AS_NAMED or named not in _OF_CONTRACT or one["means"] in still
        },
    )


def _lines(tx: Transaction, contract_id: UUID, basis: Basis | None = None) -> Sequence[Meaning]:
    """Lines of the schedule of values by their ids in files, called by number and by description too."""
    ids = {
        line["id"]: external_id
        for external_id, line in imports.lines_by_external_id(tx.connection, tx.firm_id, contract_id).items()
    }
    return [
        Meaning(
            value=ids[line.id],
            called=(f"{line.item_no} {line.description}", line.item_no, line.description, ids[line.id]),
        )
        for line in contracts.schedule(tx.connection, tx.firm_id, contract_id)
        if basis is None or line.basis is basis
    ]


def remember(tx: Transaction, row: RowMapping, answers: Mapping[str, str]) -> None:
    """Keep what somebody chose that names mean, so that it is not asked again; what was chosen before for the
    same name is used no more. That a row is refused or left out is about this file only."""
    for key, answer in sorted(answers.items()):
        asked = written_in(key)
        if asked is None or not (answer.startswith(IS) or (answer == NEW and asked[0] is Named.task)):
            continue
        named, written = asked
        contract_id = row["contract_id"] if named in _OF_CONTRACT else None
        means = answer.removeprefix(IS) if answer.startswith(IS) else AS_NAMED
        before = aliases.in_use(tx.connection, tx.firm_id, named.value, contract_id).get(folded(written))
        if before is not None:
            if before["means"] == means:
                continue
            _withdraw(tx, before, "Chosen otherwise since.")
        alias_id = tx.new_id("alias", key)
        tx.insert(
            alias,
            id=alias_id,
            kind=named.value,
            contract_id=contract_id,
            folded=folded(written),
            written=written,
            means=means,
            chosen_by=tx.by,
            import_id=row["id"],
        )
        tx.record("alias", alias_id, 1, "decide_import", None, None, {}, {"written": written, "means": means})


def withdraw_alias(tx: Transaction, body: WithdrawAlias) -> Outcome:
    """Use an alias no more: its name is asked again. What came in by it stays."""
    row = aliases.find(tx.connection, tx.firm_id, body.alias_id)
    if row is None:
        raise not_found("alias")
    _withdraw(tx, row, body.reason)
    return Outcome(done=True, result={"alias_id": str(body.alias_id)})


def _withdraw(tx: Transaction, row: RowMapping, because: str) -> None:
    version = aliases.withdraw(tx.connection, tx.firm_id, row["id"], tx.by, because)
    told = {"written": row["written"], "means": row["means"]}
    tx.record("alias", row["id"], version, "withdraw_alias", None, None, told, {"withdrawn": True}, because)
