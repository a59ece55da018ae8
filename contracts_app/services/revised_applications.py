"""Revising an application that is not certified yet (docs/SPEC-pay-application.md, rule 11).

The revision is a draft of its own, approved and issued like any other; as it goes out it takes the place of
the application that the client had. A contract has one application in hand at a time, so none after it has
to be tied again.
"""

from __future__ import annotations

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.commands.contract_commands import Outcome, Subject, process_name
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.transitions import INVOICE, InvoiceState, require
from contracts_app.services import people
from contracts_app.services.invoices import contract_changed, locked, name_of
from contracts_app.store import capturing, invoices, processes, receivables
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction

_CERTIFIED = (InvoiceState.certified, InvoiceState.paid, InvoiceState.withheld)


def revise_application(tx: Transaction, body: ReviseApplication) -> Outcome:
    """Open the revision of an application that is with the client; he cannot certify it meanwhile.

    Raises Refused for one that is certified: its error is corrected in the current application.
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
    if was.kind is not Kind.application or was.time or was.costs:
        raise wrong_content(
            "not_revised",
            "Only an application without time and costs is revised: correct those by entries of their own on "
            "the next one.",
        )
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    if owed is not None and receivables.cash_on(tx.connection, tx.firm_id, owed["id"]):
        raise Refused("paid_in_part", f"{name_of(row)} is paid in part: correct it in the next application.")
    wanted = capturing.Wanted(
        agreed["id"],
        was.kind,
        was.application_no,
        was.period_to,
        was.entries,
        was.releases,
        backup=was.backup,
    )
    captured = capturing.capture(tx.connection, tx.firm_id, [wanted])[agreed["id"]]
    tx.change(invoice, "invoice", row, "revise_application", INVOICE, "being_revised", body.reason)
    revision_id = tx.new_id("invoice", row["id"])
    draft = {
        "id": revision_id,
        "contract_id": agreed["id"],
        "kind": captured.kind.value,
        "application_no": captured.application_no,
        "period_to": captured.period_to,
        "entries": [entry.model_dump(mode="json") for entry in captured.entries],
        "releases": [release.model_dump(mode="json") for release in captured.releases],
        "backup": [part.model_dump(mode="json") for part in captured.backup],
        "content_hash": drafting.content_hash(captured),
        "prepared_by": who.id,
        "revision": row["revision"] + 1,
        "revises": row["id"],
        "state": "draft",
    }
    invoices.insert_drafts(tx.connection, tx.firm_id, [draft])
    processes.open_processes(tx, Subject.invoice, [revision_id])
    tx.record("invoice", revision_id, 1, "revise_application", None, "draft", {}, draft, body.reason)
    contract_changed(tx, agreed, f"{name_of(row)} is being revised")
    return Outcome(
        done=True,
        result={"invoice_id": str(revision_id), "revises": str(row["id"])},
        start=(process_name(Subject.invoice, revision_id),),
        wake=(process_name(Subject.contract, agreed["id"]),),
    )
