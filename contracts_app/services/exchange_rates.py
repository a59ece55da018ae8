"""A firm's rates of exchange, and the drafts that they change."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.exchange_commands import AddExchangeRate, WithdrawExchangeRate
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.services.tax_rates import look_again
from contracts_app.store import exchange, legal_entities, rate_changes
from contracts_app.store.exchange_tables import exchange_rate
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def add_exchange_rate(tx: Transaction, body: AddExchangeRate) -> Outcome:
    """Enter a rate; drafts in hand that it is for change with it, and need approval again.

    Raises Refused for two equal currencies, a day to come, or a day that has a rate.
    """
    if body.of == body.to:
        raise wrong_content("rate_of_one_currency", "An exchange rate is between two currencies.")
    today = max(tx.today(one["time_zone"]) for one in legal_entities.every(tx.connection, tx.firm_id))
    if body.on > today:
        raise wrong_content("date_in_future", f"{body.on} is in the future: enter the rate when it is known.")
    rate_changes.one_at_a_time(tx.connection, tx.firm_id)
    ids = _locked(tx, body.of, body.to)
    known = exchange.rate_on(tx.connection, tx.firm_id, body.of, body.to, body.on)
    if known is not None and known.on == body.on:
        raise wrong_content(
            "exchange_rate_known",
            f"There is a rate from {body.of} to {body.to} of {body.on}, {known.rate.normalize():f}, already: "
            "take that one back first.",
        )
    rate_id = tx.new_id("exchange_rate")
    tx.insert(
        exchange_rate,
        id=rate_id,
        of_currency=body.of,
        to_currency=body.to,
        rate=body.rate,
        rate_on=body.on,
        source=body.source,
        entered_by=tx.by,
    )
    tx.record("exchange_rate", rate_id, 1, body.command, None, None, {}, body.model_dump(mode="json"))
    wake = look_again(tx, ids, "a rate of exchange")
    return Outcome(done=True, result={"exchange_rate_id": str(rate_id)}, wake=wake)


def withdraw_exchange_rate(tx: Transaction, body: WithdrawExchangeRate) -> Outcome:
    """Take a rate back; drafts in hand go by the one before it, or wait for another."""
    rate_changes.one_at_a_time(tx.connection, tx.firm_id)
    row = exchange.find(tx.connection, tx.firm_id, body.exchange_rate_id)
    if row is None:
        raise not_found("rate")
    ids = _locked(tx, row.of, row.to)
    version = exchange.withdraw(tx.connection, tx.firm_id, body.exchange_rate_id, body.reason)
    tx.record(
        "exchange_rate",
        body.exchange_rate_id,
        version,
        body.command,
        None,
        None,
        {"rate": row.rate},
        {"withdrawn": True},
        body.reason,
    )
    wake = look_again(tx, ids, "a rate of exchange")
    return Outcome(done=True, result={"exchange_rate_id": str(body.exchange_rate_id)}, wake=wake)


def _locked(tx: Transaction, of: str, to: str) -> Sequence[UUID]:
    ids = exchange.in_hand(tx.connection, tx.firm_id, of, to)
    for contract_id in ids:
        tx.lock(contract, contract_id, "contract")
    return ids
