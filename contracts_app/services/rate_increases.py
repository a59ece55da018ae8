"""Raising the rates of contracts in force: new rows of the rate card, the old ones stay as agreed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import RowMapping

from contracts_app.domain import canonical
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.rate_increase import raised
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services.agreements import insert_rates
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.store import agreements
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def planned(tx: Transaction, body: RaiseRates) -> tuple[RowMapping, Sequence[RateRow], tuple[RateRow, ...]]:
    """The contract, locked, with the rows of its rate card and those that the increase adds.

    Raises Refused as `raised` does, and when the rates have changed since they were looked at.
    """
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "raise_rates", row["state"], "contract")
    known = agreements.rate_cards(tx.connection, tx.firm_id, [body.contract_id]).get(body.contract_id, ())
    added = raised(known, body.increase)
    if body.seen is not None and canonical.digest(added) != body.seen:
        raise Refused(
            "changed_since_seen", f"The rates of {row['number']} have changed since: look at them again."
        )
    return row, known, added


def raise_rates(tx: Transaction, body: RaiseRates) -> Outcome:
    """Add a row for each rate in force on the day that rises; a draft in hand is worked out by it.

    Raises Refused as `planned` does.
    """
    row, known, added = planned(tx, body)
    insert_rates(tx, body.contract_id, added)
    before = {one.key: one.rate for one in known if one.covers(body.increase.effective_from)}
    tx.record(
        "rate_card",
        body.contract_id,
        row["version"] + 1,
        "raise_rates",
        None,
        None,
        {"rates": [{"of": list(one.key), "rate": f"{before.get(one.key, one.rate):f}"} for one in added]},
        {
            "rates": [{"of": list(one.key), "rate": f"{one.rate:f}"} for one in added],
            "effective_from": body.increase.effective_from,
        },
        body.reason,
    )
    tx.change(contract, "contract", row, "raise_rates", CONTRACT, reason=body.reason)
    wake = content_may_have_changed(tx, body.contract_id, "rates raised")
    return Outcome(
        done=True, result={"contract_id": str(body.contract_id), "rates": len(added)}, wake=tuple(wake)
    )
