"""Exceptions from required papers: asked for by one person, decided by a controller who is somebody else."""

from __future__ import annotations

from contracts_app.domain.commands.compliance_commands import AskException, DecideException
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import COMPLIANCE_EXCEPTION
from contracts_app.services.periods import business_date
from contracts_app.services.required_papers import called, done, locked, requirement_of
from contracts_app.store import compliance
from contracts_app.store.compliance_tables import compliance_exception
from contracts_app.store.transaction import Transaction


def ask_exception(tx: Transaction, body: AskException) -> Outcome:
    """Put an exception before a controller. Raises Refused for a day that has passed, while one waits, and
    where one is granted until that day or later."""
    row = locked(tx, body.contract_id, body.command)
    known = requirement_of(tx, row, body.requirement_id)
    if body.until < business_date(tx, row):
        raise wrong_content("day_has_passed", f"{body.until} has passed: an exception is for days to come.")
    for one in compliance.exception_rows(tx.connection, tx.firm_id, row["id"]):
        if one["requirement_id"] != known["id"]:
            continue
        if one["state"] == "asked":
            raise wrong_content(
                "asked_already", "An exception waits for a controller already: have it decided first."
            )
        if one["state"] == "granted" and one["until"] >= body.until:
            raise wrong_content("granted_already", f"An exception is granted until {one['until']} already.")
    exception_id = tx.new_id("compliance_exception")
    tx.create(
        compliance_exception,
        "compliance_exception",
        body.command,
        body.reason,
        id=exception_id,
        contract_id=row["id"],
        requirement_id=known["id"],
        until=body.until,
        because=body.reason,
        asked_by=tx.by,
        asked_on=business_date(tx, row),
        state="asked",
    )
    said = f"{called(known)}, until {body.until}: {body.reason}"
    return done(tx, row, body.command, said, exception_id=exception_id)


def decide_exception(tx: Transaction, body: DecideException) -> Outcome:
    """Grant or refuse it. Raises Refused for whoever asked, without a reason for a refusal, and once its day
    has passed."""
    row = locked(tx, body.contract_id, body.command)
    asked = tx.lock(compliance_exception, body.exception_id, "exception")
    if asked["contract_id"] != row["id"]:
        raise not_found("exception")
    known = requirement_of(tx, row, asked["requirement_id"])
    if asked["asked_by"] == tx.by:
        raise not_allowed("You asked for this exception, so another controller must decide on it.")
    if not body.granted and not body.remark:
        raise wrong_content("reason_needed", "Say why it is not granted.")
    if body.granted and asked["until"] < business_date(tx, row):
        raise wrong_content("day_has_passed", f"{asked['until']} has passed: ask for a later day.")
    target = "granted" if body.granted else "refused"
    tx.change(
        compliance_exception,
        "compliance_exception",
        asked,
        body.command,
        COMPLIANCE_EXCEPTION,
        target,
        body.remark,
        decided_by=tx.by,
        decided_on=business_date(tx, row),
        decided_at=tx.clock,
        decided_because=body.remark,
    )
    said = f"{called(known)}, until {asked['until']}: {target}"
    return done(tx, row, body.command, said, exception_id=body.exception_id)
