"""Commands on the papers that a contract requires: required and ended, filed and withdrawn
(docs/SPEC-compliance.md)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.compliance_commands import (
    EndRequirement,
    FilePaper,
    RequirePaper,
    WithdrawPaper,
)
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.compliance.papers import Requirement
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import (
    COMPLIANCE_PAPER,
    COMPLIANCE_REQUIREMENT,
    CONTRACT,
    require,
)
from contracts_app.services import gates, scans
from contracts_app.services.periods import business_date
from contracts_app.store import compliance
from contracts_app.store.compliance_tables import compliance_paper, compliance_requirement
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def require_paper(tx: Transaction, body: RequirePaper) -> Outcome:
    """From its day on the act waits for the paper. Raises Refused for what is required already."""
    row = locked(tx, body.contract_id, body.command)
    for one in compliance.required(tx.connection, tx.firm_id, row["id"]):
        same = (one.kind, one.blocks) == (body.kind, body.blocks)
        if same and one.of_whom.casefold() == body.of_whom.casefold():
            raise wrong_content(
                "required_already", f"{one.called} is required for the {one.blocks.said} already."
            )
    requirement = Requirement(
        id=tx.new_id("compliance_requirement"),
        kind=body.kind,
        of_whom=body.of_whom,
        blocks=body.blocks,
        from_on=body.from_on,
    )
    tx.create(
        compliance_requirement,
        "compliance_requirement",
        body.command,
        id=requirement.id,
        contract_id=row["id"],
        kind=body.kind.value,
        of_whom=body.of_whom,
        blocks=body.blocks.value,
        from_on=body.from_on,
        required_by=tx.by,
        required_on=business_date(tx, row),
        state="required",
    )
    said = f"{requirement.called}, for the {body.blocks.said}, from {body.from_on}"
    return done(tx, row, body.command, said, requirement_id=requirement.id)


def end_requirement(tx: Transaction, body: EndRequirement) -> Outcome:
    """It is required no more. Raises Refused for whoever entered the requirement."""
    row = locked(tx, body.contract_id, body.command)
    known = requirement_of(tx, row, body.requirement_id)
    if known["required_by"] == tx.by:
        raise not_allowed("You entered this requirement, so another controller must end it.")
    tx.change(
        compliance_requirement,
        "compliance_requirement",
        known,
        body.command,
        COMPLIANCE_REQUIREMENT,
        "ended",
        body.reason,
        ended_by=tx.by,
        ended_on=business_date(tx, row),
        ended_because=body.reason,
    )
    said = f"{called(known)}: {body.reason}"
    return done(tx, row, body.command, said, requirement_id=body.requirement_id)


def file_paper(tx: Transaction, body: FilePaper) -> Outcome:
    """Put a file that was uploaded on file, for the days that it speaks of. Raises Refused for a file that is
    not there or no paper, days in the wrong order, and what is on file already."""
    row = locked(tx, body.contract_id, body.command)
    if body.valid_to is not None and body.valid_to < body.valid_from:
        raise wrong_content("days_in_the_wrong_order", "The paper ends before it begins to be valid.")
    begins = compliance.begins_with(tx.connection, tx.firm_id, body.sha256)
    if begins is None:
        raise wrong_content("file_not_there", "Upload the file first: nothing with this hash is there.")
    media_type = scans.media_type_of(begins)
    if media_type is None:
        raise wrong_content("paper_file", f"A paper is {scans.CALLED}.")
    for known in compliance.paper_rows(tx.connection, tx.firm_id, row["id"]):
        same = all(
            known[name] == getattr(body, name)
            for name in ("kind", "of_whom", "valid_from", "valid_to", "sha256")
        )
        if same and known["state"] == "filed":
            raise wrong_content("filed_already", "This paper is on file already, for the same days.")
    paper_id = tx.new_id("compliance_paper")
    tx.create(
        compliance_paper,
        "compliance_paper",
        body.command,
        body.remark,
        id=paper_id,
        contract_id=row["id"],
        kind=body.kind.value,
        of_whom=body.of_whom,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        sha256=body.sha256,
        file_name=body.file_name,
        media_type=media_type,
        remark=body.remark,
        filed_by=tx.by,
        filed_on=business_date(tx, row),
        state="filed",
    )
    of = f" of {body.of_whom}" if body.of_whom else ""
    until = f"to {body.valid_to}" if body.valid_to else "on"
    said = f"{body.kind.called}{of}, from {body.valid_from} {until}"
    return done(tx, row, body.command, said, paper_id=paper_id)


def withdraw_paper(tx: Transaction, body: WithdrawPaper) -> Outcome:
    """The paper counts no more; what went out by it stays."""
    row = locked(tx, body.contract_id, body.command)
    known = tx.lock(compliance_paper, body.paper_id, "paper")
    if known["contract_id"] != row["id"]:
        raise not_found("paper")
    tx.change(
        compliance_paper,
        "compliance_paper",
        known,
        body.command,
        COMPLIANCE_PAPER,
        "withdrawn",
        body.reason,
        withdrawn_because=body.reason,
    )
    return done(tx, row, body.command, f"{known['file_name']}: {body.reason}", paper_id=body.paper_id)


def locked(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    """The contract, locked. Raises Refused where its state does not allow the command."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def requirement_of(tx: Transaction, row: RowMapping, requirement_id: UUID) -> RowMapping:
    """A requirement of this contract that still counts, locked. Raises Refused."""
    known = tx.lock(compliance_requirement, requirement_id, "requirement")
    if known["contract_id"] != row["id"]:
        raise not_found("requirement")
    if known["state"] != "required":
        raise Refused("requirement_ended", f"{called(known)} is not required any more.")
    return known


def called(known: RowMapping) -> str:
    """A requirement as a sentence begins with it."""
    return Requirement(
        id=known["id"],
        kind=known["kind"],
        of_whom=known["of_whom"],
        blocks=known["blocks"],
        from_on=known["from_on"],
    ).called


def done(tx: Transaction, row: RowMapping, command: str, said: str, **result: UUID) -> Outcome:
    """Note it on the contract; what is approved and has not left looks at its papers again."""
    tx.change(contract, "contract", row, command, CONTRACT, reason=said)
    return Outcome(
        done=True,
        result={"contract_id": str(row["id"]), **{name: str(value) for name, value in result.items()}},
        wake=gates.look_again(tx, row["id"]),
    )
