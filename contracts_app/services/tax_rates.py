"""A firm's own rates of tax, tax numbers, and the drafts that they change."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, WithdrawTaxRate
from contracts_app.domain.law import Verified
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.domain.tax.own_rates import require_later
from contracts_app.domain.tax.tax import TaxRate
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.store import legal_entities, rate_changes, taxes
from contracts_app.store.tables import contract, legal_entity
from contracts_app.store.tax_tables import tax_rate
from contracts_app.store.transaction import Transaction


def add_tax_rate(tx: Transaction, body: AddTaxRate) -> Outcome:
    """Enter a rate; drafts in hand that bear it change with it, and need approval again.

    Raises Refused for a rate that begins no later than the firm's last of its kind.
    """
    row = entered(body)
    rate_changes.one_at_a_time(tx.connection, tx.firm_id)
    known = taxes.own_rates(tx.connection, tx.firm_id)
    ended = require_later([one.row for one in known], row)
    for one in known:
        if one.row is ended:
            version = taxes.end_rate(tx.connection, tx.firm_id, one.id, row.effective_from)
            tx.record(
                "tax_rate",
                one.id,
                version,
                "end_tax_rate",
                None,
                None,
                {"effective_to": one.row.effective_to},
                {"effective_to": row.effective_from},
            )
    rate_id = tx.new_id("tax_rate")
    values = row.model_dump(exclude={"verified"})
    tx.insert(tax_rate, id=rate_id, entered_by=tx.by, **{**values, "category": row.category.value})
    tx.record("tax_rate", rate_id, 1, body.command, None, None, {}, body.model_dump(mode="json"))
    wake = look_again(tx, lock_taxed(tx), "a rate of tax")
    return Outcome(done=True, result={"tax_rate_id": str(rate_id)}, wake=wake)


def entered(body: AddTaxRate) -> TaxRate:
    """The rate that the command enters. Raises Refused for one that contradicts itself."""
    try:
        return TaxRate(**body.model_dump(exclude={"command"}), citation=body.source, verified=Verified.source)
    except ValidationError as error:
        raise wrong_content("tax_rate_wrong", _said(error)) from error


def _said(error: ValidationError) -> str:
    said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return f"{said[:1].upper()}{said[1:]}."


def withdraw_tax_rate(tx: Transaction, body: WithdrawTaxRate) -> Outcome:
    """Take a rate back; the rate that it ended stays ended, and is entered again where it should go on."""
    rate_changes.one_at_a_time(tx.connection, tx.firm_id)
    known = {one.id: one.row for one in taxes.own_rates(tx.connection, tx.firm_id)}
    row = known.get(body.tax_rate_id)
    if row is None:
        raise not_found("rate")
    version = taxes.withdraw_rate(tx.connection, tx.firm_id, body.tax_rate_id, body.reason)
    tx.record(
        "tax_rate",
        body.tax_rate_id,
        version,
        body.command,
        None,
        None,
        {"rate": row.rate},
        {"withdrawn": True},
        body.reason,
    )
    wake = look_again(tx, lock_taxed(tx), "a rate of tax")
    return Outcome(done=True, result={"tax_rate_id": str(body.tax_rate_id)}, wake=wake)


def set_tax_number(tx: Transaction, body: SetTaxNumber) -> Outcome:
    """Say which tax number stands on invoices from the next issue on."""
    ids = lock_taxed(tx)
    row = tx.lock(legal_entity, body.legal_entity_id, "legal entity")
    version = legal_entities.write(tx, body.legal_entity_id, tax_id=body.tax_id or None)
    tx.record(
        "legal_entity",
        body.legal_entity_id,
        version,
        body.command,
        None,
        None,
        {"tax_id": row["tax_id"]},
        {"tax_id": body.tax_id or None},
    )
    wake = look_again(tx, ids, "our tax number")
    return Outcome(done=True, result={"legal_entity_id": str(body.legal_entity_id)}, wake=wake)


def lock_taxed(tx: Transaction, client_id: UUID | None = None) -> Sequence[UUID]:
    """Lock the contracts that bear tax and have a draft in hand, of one client or of all: before the client,
    as everywhere."""
    ids = taxes.taxed_in_hand(tx.connection, tx.firm_id, client_id)
    for contract_id in ids:
        tx.lock(contract, contract_id, "contract")
    return ids


def look_again(tx: Transaction, ids: Sequence[UUID], cause: str) -> tuple[str, ...]:
    """Look at the drafts in hand of these contracts, which are locked; returns the processes to wake."""
    return tuple(name for one in ids for name in content_may_have_changed(tx, one, cause))
