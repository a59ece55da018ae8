"""A command that met a defect of the system: ended as a refusal, recorded, and shouted into the log.

The refusal is kept under a key of its own, so that the command's key stays free: once the defect is mended
the same command may be given again.
"""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.refusals import Refused
from contracts_app.store.outages import is_outage
from contracts_app.store.transaction import Origin, Transaction, once

DEFECT = "defect"
"""Code of the outcome."""
_log = logging.getLogger(__name__)


def end_as_defect(engine: Engine, command: Command, origin: Origin, reference: str, cause: str) -> Outcome:
    """End the command with what to quote to the administrator (`reference`); audited once per reference.

    `cause` names the kind of error, without data. Raises only in an outage: a defect that cannot be recorded
    either is in the log alone.
    """
    said = _refusal(reference, cause)
    where = f"{command.body.command} of {origin.workflow_id or 'a finished process'} (run {origin.run_id})"
    _log.error("defect %s: %s, firm %s, met %s and was refused", reference, where, command.firm_id, cause)

    def refuse(tx: Transaction, given: Command) -> Outcome:
        raise said

    try:
        return once(engine, command.model_copy(update={"key": f"defect:{reference}"}), origin, refuse)
    except Exception as error:
        if is_outage(error):
            raise
        _log.exception("defect %s is not in the audit", reference)
        return Outcome(done=False, code=said.code, sentence=said.sentence, status=said.status)


def _refusal(reference: str, cause: str) -> Refused:
    return Refused(
        DEFECT,
        f"A fault of the system stopped this. Nothing was changed. Quote “defect {reference}” ({cause}) to "
        "your administrator; once it is mended, the same command may be given again.",
        500,
    )
