"""Imports: receive a file, read it, decide, post what is usable, or withdraw it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.contract_commands import (
    DecideImport,
    Outcome,
    PostImport,
    Subject,
    WithdrawImport,
    deterministic_id,
    process_name,
)
from contracts_app.domain.names import one_line
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, IMPORT, require
from contracts_app.services import people, posting, preparers
from contracts_app.services.invoices import content_may_have_changed
from contracts_app.store import audit, capturing, contracts, firms, imports, legal_entities, processes, time
from contracts_app.store.tables import contract, import_file
from contracts_app.store.transaction import Origin, Transaction, own_step
from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.known import Imported, KnownApplication, KnownThings, Pricing

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes; larger files are refused before they are stored."""


def receive(
    engine: Engine,
    *,
    firm_id: UUID,
    by: UUID,
    key: str,
    kind: str,
    contract_id: UUID | None,
    file_name: str,
    data: bytes,
) -> UUID:
    """Store a file and its import, in one transaction; the import's workflow is started afterwards.

    The same key with the same file answers with the same import. Raises Refused.
    """
    import_id = deterministic_id(firm_id, "import", f"{by}:{key}")
    # Some browsers send the whole path; only its last part is the file's name.
    file_name = file_name.replace("\\", "/").rpartition("/")[2].strip()
    with own_step(engine, firm_id, key, Origin(), by) as tx:
        people.require_role(people.actor(tx), (Role.coordinator,), "import a file")
        known = imports.find(tx.connection, firm_id, import_id)
        sha256 = hashlib.sha256(data).hexdigest()
        if known is not None:
            if (known["sha256"], known["kind"], known["contract_id"]) == (sha256, kind, contract_id):
                return import_id
            raise wrong_content(
                "key_used_with_other_content", "This idempotency key was used with another file."
            )
        _check_upload(tx, kind, contract_id, file_name, data)
        imports.keep_bytes(tx.connection, firm_id, data)
        tx.create(
            import_file,
            "import",
            "receive_import",
            id=import_id,
            contract_id=contract_id,
            kind=kind,
            file_name=file_name,
            sha256=sha256,
            uploaded_by=by,
            decisions={},
            state="received",
        )
        processes.open_process(tx, Subject.importing, import_id)
    return import_id


def _check_upload(tx: Transaction, kind: str, contract_id: UUID | None, file_name: str, data: bytes) -> None:
    if kind not in {known.value for known in Kind}:
        raise wrong_content(
            "unknown_kind", "A file is one of: " + ", ".join(known.value for known in Kind) + "."
        )
    if not data or len(data) > LARGEST_FILE:
        raise wrong_content("file_size", f"A file has between 1 byte and {LARGEST_FILE // 1024 // 1024} MB.")
    if not file_name.strip() or len(file_name) > 255:
        raise wrong_content("file_name", "The file needs a name of at most 255 characters.")
    try:
        one_line(file_name)
    except ValueError:
        raise wrong_content(
            "file_name",
            "The file's name has control characters, or such that turn the direction of writing: rename it.",
        ) from None
    if (contract_id is None) != (kind == Kind.contract.value):
        raise wrong_content(
            "contract_of_import", "Every kind but a contract register is imported into a contract."
        )
    if contract_id is not None:
        row = contracts.find(tx.connection, tx.firm_id, contract_id)
        if row is None:
            raise not_found("contract")
        require(CONTRACT, "post_import", row["state"], "contract")


def analyse_import(engine: Engine, firm_id: UUID, import_id: UUID, origin: Origin) -> None:
    """Read the file with the decisions made so far and note what was understood; stores nothing else."""
    with own_step(engine, firm_id, f"analyse_import:{import_id}", origin) as tx:
        row = tx.lock(import_file, import_id, "import")
        if row["state"] != "received":
            return
        analysis = _analyse(tx, row)
        if analysis.is_refused:
            state = "refused"
        else:
            state = "needs_decision" if analysis.open_decisions else "ready"
        tx.change(import_file, "import", row, "analyse_import", IMPORT, state, report=report_of(analysis))


def report_of(analysis: Analysis) -> dict[str, Any]:
    """What the file was understood to say, without its entries."""
    report: dict[str, Any] = analysis.model_dump(mode="json", exclude={"entries"})
    report["new"] = len(analysis.entries)
    return report


def _analyse(tx: Transaction, row: RowMapping) -> Analysis:
    data = imports.bytes_of(tx.connection, tx.firm_id, row["sha256"])
    return analyse(Kind(row["kind"]), row["file_name"], data, _known(tx, row), row["decisions"])


def _known(tx: Transaction, row: RowMapping) -> KnownThings:
    contract_id = row["contract_id"]
    posted = {
        external_id: Imported(content_key=key, content=content)
        for external_id, (key, content) in imports.posted_rows(
            tx.connection, tx.firm_id, contract_id, row["kind"]
        ).items()
    }
    if contract_id is None:
        return KnownThings(imported=posted, legal_entities=_legal_entities(tx))
    agreed = contracts.find(tx.connection, tx.firm_id, contract_id)
    assert agreed is not None  # foreign key
    terms = contracts.terms_of(agreed)
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, contract_id)
    rates = tuple(capturing.rate_cards(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ()))
    return KnownThings(
        contract_external_id=agreed["external_id"],
        currency=terms.currency,
        original_contract_sum=terms.original_sum,
        sov_lines={external_id: line["scheduled_value"] for external_id, line in lines.items()},
        workers=imports.workers(tx.connection, tx.firm_id, contract_id),
        imported=posted,
        applications=tuple(
            KnownApplication(
                number=period["application_no"],
                period_end=period["period_to"],
                period_total=period["period_total"],
            )
            for period in imports.periods(tx.connection, tx.firm_id, contract_id)
        ),
        project_names=time.projects(tx.connection, tx.firm_id, contract_id),
        today=legal_entities.today(tx, agreed["legal_entity_id"]),
        contract_date=terms.contract_date,
        pricing=Pricing(rates=rates, rounding=terms.hour_rounding, overtime=terms.overtime)
        if rates
        else None,
    )


def _legal_entities(tx: Transaction) -> tuple[str, ...]:
    """The firm's legal entities, the one that is called like the firm first."""
    own = firms.get(tx.connection, tx.firm_id)["name"]
    names = [entity["name"] for entity in legal_entities.every(tx.connection, tx.firm_id)]
    return tuple(sorted(names, key=lambda name: (name != own, name)))


def decide_import(tx: Transaction, body: DecideImport) -> Outcome:
    """Record answers to what the file asks; it is then read again with them."""
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "decide_import", row["state"], "import")
    asked = {decision["key"]: decision for decision in row["report"]["decisions"]}
    for key, value in body.decisions.items():
        if key not in asked:
            raise wrong_content("unknown_decision", f"This file does not ask about {key}.")
        choices = [choice["value"] for choice in asked[key]["choices"]]
        if value not in choices:
            raise wrong_content("unknown_choice", f"{key} is answered with one of: {', '.join(choices)}.")
    decisions: Mapping[str, str] = {**row["decisions"], **body.decisions}
    tx.change(import_file, "import", row, "decide_import", IMPORT, "received", decisions=dict(decisions))
    return Outcome(done=True, result={"import_id": str(body.import_id)})


def post_import(tx: Transaction, body: PostImport) -> Outcome:
    """Take the usable new rows into the contract; known rows are skipped, refused rows stay reported."""
    known = imports.find(tx.connection, tx.firm_id, body.import_id)
    if known is None:
        raise not_found("import")
    agreed = None if known["contract_id"] is None else tx.lock(contract, known["contract_id"], "contract")
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "post_import", row["state"], "import")
    analysis = _analyse(tx, row)
    if analysis.is_refused or analysis.open_decisions:
        raise wrong_content(
            "needs_decision",
            "What was posted meanwhile raises new questions: withdraw this file and upload it again.",
        )
    hands = audit.hands(tx.connection, tx.firm_id, row["id"])
    started = posting.post(tx, agreed, row, analysis, hands)
    wake: tuple[str, ...] = ()
    if agreed is not None:
        changed = content_may_have_changed(tx, agreed["id"], f"{row['kind']} from {row['file_name']}")
        wake = (process_name(Subject.contract, agreed["id"]), *changed)
        said = f"{row['kind']} from {row['file_name']}: {len(analysis.entries)} new"
        preparers.change(tx, agreed, "post_import", said, hands=hands)
    tx.change(import_file, "import", row, "post_import", IMPORT, "posted", report=report_of(analysis))
    return Outcome(
        done=True,
        result={
            "import_id": str(body.import_id),
            "imported": len(analysis.entries),
            "skipped_known": analysis.known,
            "refused": analysis.refused,
        },
        start=started,
        wake=wake,
    )


def withdraw_import(tx: Transaction, body: WithdrawImport) -> Outcome:
    """Give up a file that was not posted."""
    row = tx.lock(import_file, body.import_id, "import")
    tx.change(import_file, "import", row, "withdraw_import", IMPORT, "withdrawn", body.reason)
    return Outcome(done=True, result={"import_id": str(body.import_id)})
