"""Revising an application that is not certified yet (docs/SPEC-pay-application.md, rule 11).

The revision is a draft of its own, approved and issued like any other; as it goes out it takes the place of
the application that the client had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.revised_release import released_instead
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.transitions import INVOICE, NOT_OUT, InvoiceState, in_words, require
from contracts_app.services import people, superseding
from contracts_app.services.invoices import contract_changed, locked, name_of
from contracts_app.store import capturing, invoice_approvals, invoices, processes, retainage_ledger
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction

_CERTIFIED = (InvoiceState.certified, InvoiceState.paid, InvoiceState.withheld)


def revise_application(tx: Transaction, body: ReviseApplication) -> Outcome:
    """Open the revision of an application that is with the client; he cannot certify it meanwhile.

    Raises Refused for one that is certified: its error is corrected in the current application; and for one
    that lists time or costs.
    """
    agreed, row = locked(tx, body.invoice_id)
    who = people.actor(tx)
    if row["state"] in _CERTIFIED:
        raise Refused(
            "already_certified",
            f"{name_of(row)} is certified and stays as it is: correct its error in the current application.",
        )
    require(INVOICE, "revise_application", row["state"], "invoice")
    was = invoices.stored_snapshot(tx.connection, tx.firm_id, row["id"])
    releases = _releases(tx, was, body)
    superseding.require_open(tx, row)
    _require_one(tx, row)
    revision_id = open_revision(tx, agreed, row, was, releases, (who.id,), body.reason)
    told = superseding.not_demanded(tx, agreed, row, f"{name_of(row)} is being revised")
    contract_changed(tx, agreed, f"{name_of(row)} is being revised")
    return Outcome(
        done=True,
        result={"invoice_id": str(revision_id), "revises": str(row["id"])},
        start=(process_name(Subject.invoice, revision_id),),
        wake=(process_name(Subject.contract, agreed["id"]), *told),
    )


def _require_one(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) a second revision while one is prepared."""
    for known in invoices.of_contract(tx.connection, tx.firm_id, row["contract_id"]):
        if known["state"] in NOT_OUT and known["revises"] is not None:
            raise Refused(
                "revision_in_hand",
                f"{name_of(known)} is {in_words(known['state'])}: issue or withdraw it first.",
            )


def _releases(tx: Transaction, was: Snapshot, body: ReviseApplication) -> Sequence[Release]:
    """What the revision releases of the retainage. Raises Refused for what is not revised."""
    if was.time or was.costs:
        # An entry is billed by one invoice, which names it for good: the next one takes its correction.
        raise wrong_content(
            "not_revised",
            "Time and costs stay on the application that lists them: correct them by entries of their own "
            "on the next one.",
        )
    if was.kind is Kind.retainage_release and body.release is None:
        raise wrong_content(
            "release_needed", "Say how much retainage the invoice releases instead: it has nothing else."
        )
    if was.kind is not Kind.retainage_release and body.release is not None:
        raise wrong_content(
            "no_release", "Only a retainage release is revised to another amount: edit the draft's lines."
        )
    held = retainage_ledger.held(tx.connection, tx.firm_id, was.contract_id)
    return released_instead(was, held, body.release)


def open_revision(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    was: Snapshot,
    releases: Sequence[Release],
    prepared_by: Sequence[UUID],
    reason: str,
) -> UUID:
    """Write the draft of the revision: what was claimed, from what its application starts from now.

    `prepared_by`: whoever prepared what it says, the first as its preparer; none of them approves it.
    """
    wanted = capturing.Wanted(
        agreed["id"],
        was.kind,
        was.application_no,
        was.period_to,
        was.entries,
        tuple(releases),
        backup=was.backup,
        release_cause=was.release_cause,
        bill_to=row["bill_to"],
    )
    captured = capturing.capture(tx.connection, tx.firm_id, [wanted])[agreed["id"]]
    content_hash = drafting.content_hash(captured)
    tx.change(invoice, "invoice", row, "revise_application", INVOICE, "being_revised", reason)
    revision_id = tx.new_id("invoice", row["id"])
    draft: dict[str, Any] = {
        "id": revision_id,
        "contract_id": agreed["id"],
        "kind": captured.kind.value,
        "application_no": captured.application_no,
        "period_to": captured.period_to,
        "entries": [entry.model_dump(mode="json") for entry in captured.entries],
        "releases": [release.model_dump(mode="json") for release in captured.releases],
        "release_cause": captured.release_cause.model_dump(mode="json") if captured.release_cause else None,
        "backup": [part.model_dump(mode="json") for part in captured.backup],
        "content_hash": content_hash,
        "prepared_by": prepared_by[0],
        "bill_to": row["bill_to"],
        "revision": row["revision"] + 1,
        "revises": row["id"],
        "state": "draft",
    }
    invoices.insert_drafts(tx.connection, tx.firm_id, [draft])
    for other in prepared_by[1:]:
        invoice_approvals.add_editor(tx.connection, tx.firm_id, revision_id, other)
    processes.open_processes(tx, Subject.invoice, [revision_id])
    tx.record("invoice", revision_id, 1, "revise_application", None, "draft", {}, draft, reason)
    return revision_id
