"""The way of every command on master data: done at once while a firm sets itself up, else by a second person.

Who gives the command proposes it; another controller agrees, and it is done in that transaction as it was
given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from contracts_app.domain import canonical
from contracts_app.domain.approving.master_data import TITLES, MasterChange, require_another, require_still
from contracts_app.domain.commands.administration import SetPaymentInstructions
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.keeping_commands import ErasePerson, ReleaseHold
from contracts_app.domain.commands.master_data_commands import AgreeToMasterChange, WithdrawMasterChange
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, WithdrawTaxRate
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import MASTER_CHANGE, require
from contracts_app.services import erasing, holding, legal_entities, people, rate_increases, tax_rates
from contracts_app.services.master_data import LOOK
from contracts_app.store import master_changes
from contracts_app.store.master_change_tables import master_change
from contracts_app.store.transaction import Transaction

WAITS = "waits_for_second"
"""The code of a command that was put before a second person."""
_DO: Mapping[str, tuple[type[BaseModel], Callable[[Transaction, Any], Outcome]]] = {
    "set_payment_instructions": (SetPaymentInstructions, legal_entities.set_payment_instructions),
    "set_tax_number": (SetTaxNumber, tax_rates.set_tax_number),
    "add_tax_rate": (AddTaxRate, tax_rates.add_tax_rate),
    "withdraw_tax_rate": (WithdrawTaxRate, tax_rates.withdraw_tax_rate),
    "raise_rates": (RaiseRates, rate_increases.raise_rates),
    "release_hold": (ReleaseHold, holding.release_hold),
    "erase_person": (ErasePerson, erasing.erase_person),
}


def asked(tx: Transaction, body: Any) -> Outcome:
    """Do the command where it needs nobody else, else propose it: done, with the code `waits_for_second`.

    Raises Refused as the command itself, where nothing would change, and while a change of the same waits.
    """
    looked = LOOK[body.command](tx, body)
    if not looked.change.needs_second:
        return _DO[body.command][1](tx, body)
    if master_changes.waits(tx.connection, tx.firm_id, body.command, looked.about):
        raise Refused(
            "change_waits",
            f"A change of this waits for a second person already ({TITLES[body.command]}): "
            "agree to it or withdraw it first.",
        )
    change_id = tx.new_id("master_change")
    tx.create(
        master_change,
        "master_change",
        "propose_master_change",
        id=change_id,
        command=body.command,
        about=looked.about,
        legal_entity_id=looked.legal_entity_id,
        contract_id=looked.contract_id,
        body=body.model_dump(mode="json"),
        body_hash=canonical.digest(body),
        change=looked.change.model_dump(mode="json"),
        effective_from=looked.change.effective_from,
        proposed_by=people.actor(tx).id,
        proposed_on=tx.today(),
        state="proposed",
    )
    return Outcome(
        done=True,
        code=WAITS,
        sentence="Proposed: it counts once another controller has agreed.",
        result={"change_id": str(change_id)},
    )


def agree_to_master_change(tx: Transaction, body: AgreeToMasterChange) -> Outcome:
    """Agree to what another proposed, and do it.

    Raises Refused for the proposer himself, where what it changes is no longer what was shown, and as the
    command itself does.
    """
    row = tx.lock(master_change, body.change_id, "change")
    require(MASTER_CHANGE, body.command, row["state"], "change")
    who = people.actor(tx)
    require_another(row["proposed_by"], who.id)
    model, do = _DO[row["command"]]
    given = model.model_validate(row["body"])
    if canonical.digest(given) != row["body_hash"]:
        raise Refused("changed_since_proposed", "This is not what was proposed: withdraw it.")
    tx.change(
        master_change,
        "master_change",
        row,
        "agree_to_master_change",
        MASTER_CHANGE,
        "agreed",
        agreed_by=who.id,
        agreed_at=tx.clock,
        agreed_on=tx.today(),
    )
    looked = LOOK[row["command"]](tx, given)
    require_still(MasterChange.model_validate(row["change"]).fields, looked.change.fields)
    tx.proposed_by = row["proposed_by"]
    outcome = do(tx.part("agreed"), given)
    told: dict[str, Any] = {"result": {**outcome.result, "change_id": str(body.change_id)}}
    if row["contract_id"] is not None:
        told["wake"] = (process_name(Subject.contract, row["contract_id"]), *outcome.wake)
    return outcome.model_copy(update=told)


def withdraw_master_change(tx: Transaction, body: WithdrawMasterChange) -> Outcome:
    """Drop what was proposed."""
    row = tx.lock(master_change, body.change_id, "change")
    require(MASTER_CHANGE, body.command, row["state"], "change")
    tx.change(
        master_change,
        "master_change",
        row,
        "withdraw_master_change",
        MASTER_CHANGE,
        "withdrawn",
        body.reason,
        withdrawn_because=body.reason,
    )
    return Outcome(done=True, result={"change_id": str(body.change_id)})
