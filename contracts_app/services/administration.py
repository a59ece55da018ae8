"""The way in for commands that change no process: person, role, then what the command names; exactly once.

No workflow carries them, so they are done even while Temporal is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.domain.commands.administration import ROLES, Administration
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.services import (
    accounts,
    accrual_reviews,
    approval_policies,
    book_checks,
    clients,
    closing,
    exchange_rates,
    holding,
    holidays,
    known_names,
    legal_entities,
    mappings,
    master_changes,
    password_links,
    people,
    trainings,
)
from contracts_app.settings import Settings
from contracts_app.store import accounts as store
from contracts_app.store.transaction import Origin, Transaction, once
from verifier.contracts_verify import Unreadable

_log = logging.getLogger(__name__)

_DO: Mapping[str, Callable[[Transaction, Any], Outcome]] = {
    "add_person": accounts.add_person,
    "change_roles": accounts.change_roles,
    "deactivate_person": accounts.deactivate_person,
    "reactivate_person": accounts.reactivate_person,
    "send_password_link": accounts.send_password_link,
    "add_client": clients.add_client,
    "edit_client": clients.edit_client,
    "add_legal_entity": legal_entities.add_legal_entity,
    "set_payment_instructions": master_changes.asked,
    "set_tax_number": master_changes.asked,
    "add_tax_rate": master_changes.asked,
    "withdraw_tax_rate": master_changes.asked,
    "add_exchange_rate": exchange_rates.add_exchange_rate,
    "withdraw_exchange_rate": exchange_rates.withdraw_exchange_rate,
    "withdraw_alias": known_names.withdraw_alias,
    "save_mapping": mappings.save_mapping,
    "rename_mapping": mappings.rename_mapping,
    "withdraw_mapping": mappings.withdraw_mapping,
    "propose_approval_policy": approval_policies.propose_approval_policy,
    "agree_to_approval_policy": approval_policies.agree_to_approval_policy,
    "withdraw_approval_policy": approval_policies.withdraw_approval_policy,
    "delegate_approvals": approval_policies.delegate_approvals,
    "end_delegation": approval_policies.end_delegation,
    "agree_to_master_change": master_changes.agree_to_master_change,
    "withdraw_master_change": master_changes.withdraw_master_change,
    "begin_training": trainings.begin_training,
    "end_training": trainings.end_training,
    "set_holidays": holidays.set_holidays,
    "place_hold": holding.place_hold,
    "release_hold": master_changes.asked,
    "erase_person": master_changes.asked,
    "soft_close_period": closing.soft_close_period,
    "close_period": closing.close_period,
    "reopen_period": closing.reopen_period,
    "review_accrual": accrual_reviews.review_accrual,
}

_WITH_LINK = ("add_person", "send_password_link")


def administer(engine: Engine, settings: Settings, command: Administration) -> Outcome:
    """Do the command, or refuse it; either is recorded, and a retry of the key hears the same.

    A link to set a password is mailed after the commit; that it could not be is no refusal, and is told by
    the code `link_not_sent`. Takes as long as the mail server: call it in a thread.
    """
    outcome = once(engine, command, Origin(), _decide)
    if outcome.done and command.body.command == "close_period":
        _sign(engine, settings, command.firm_id)
    if not outcome.done or command.body.command not in _WITH_LINK or command.by is None:
        return outcome
    person_id = UUID(str(outcome.result["person_id"]))
    mailed = password_links.send(engine, settings, command.firm_id, person_id, command.by, command.effect_key)
    told: dict[str, Any] = {"result": {**outcome.result, "link_sent": mailed.sent}}
    if not mailed.sent:
        told |= {"code": "link_not_sent", "sentence": f"The link could not be mailed: {mailed.reply}"}
    return outcome.model_copy(update=told)


def _sign(engine: Engine, settings: Settings, firm_id: UUID) -> None:
    """Sign the log as a month was closed. Where that cannot be done now, the next checkpoint is named."""
    try:
        book_checks.sign_checkpoint(engine, settings, firm_id)
    except (OSError, Unreadable):
        _log.exception("no checkpoint could be signed as a month was closed")


def _decide(tx: Transaction, command: Administration) -> Outcome:
    name = command.body.command
    # Before the actor is looked at: of two administrators who deactivate each other, one comes too late.
    store.one_at_a_time(tx)
    people.require_role(people.actor(tx), ROLES[name], name)
    return _DO[name](tx, command.body)
