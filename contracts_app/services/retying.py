"""Several applications out at a time: in which order they go, and how those after one that has changed are
tied to it again (docs/SPEC-pay-application.md, rules 11 and 15)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import suggesting
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from contracts_app.services import changed_contents, superseding
from contracts_app.services.invoices import name_of
from contracts_app.services.revised_applications import open_revision
from contracts_app.store import capturing, invoice_approvals, invoices
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Tied:
    """The processes to start for revisions that were opened, and those to wake."""

    start: tuple[str, ...] = ()
    wake: tuple[str, ...] = ()


def require_next(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) to issue while an application before it is being revised: it starts from that one."""
    for known in invoices.of_contract(tx.connection, tx.firm_id, row["contract_id"]):
        if known["application_no"] < row["application_no"] and known["state"] in NOT_OUT:
            raise Refused("issued_in_order", f"{name_of(known)} is issued first: this one starts from it.")


def require_first(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) to certify before the applications that this one starts from."""
    first = waits_before(tx, row["contract_id"], row["application_no"])
    if first is not None:
        raise Refused(
            "certified_in_order",
            f"{name_of(first)} is certified first: line 7 of this application is what it certifies.",
        )


def waits_before(tx: Transaction, contract_id: UUID, application_no: int) -> RowMapping | None:
    """The first application before this one that waits for its certificate; None where none does."""
    known = invoices.of_contract(tx.connection, tx.firm_id, contract_id)
    waiting = [one for one in known if one["application_no"] < application_no]
    return next((one for one in waiting if one["state"] in (*NOT_OUT, *UNCERTIFIED)), None)


def tie_again(tx: Transaction, agreed: RowMapping, row: RowMapping, why: str) -> Tied:
    """What follows for those after an application that was issued or certified: the next one that is with the
    client is drafted as its revision if it starts from other figures now, and a draft is looked at again.

    One after the other: the revision of the next but one is drafted when that of the next is issued.
    """
    known = invoices.of_contract(tx.connection, tx.firm_id, agreed["id"])
    after = [one for one in known if one["application_no"] > row["application_no"]]
    if not after:
        return Tied()
    revised = _revised(tx, agreed, after[0], why) if after[0]["state"] == InvoiceState.submitted else Tied()
    looked_at = changed_contents.content_may_have_changed(tx, agreed["id"], why)
    return Tied(revised.start, (*revised.wake, *looked_at))


def _revised(tx: Transaction, agreed: RowMapping, following: RowMapping, why: str) -> Tied:
    row = tx.lock(invoice, following["id"], "invoice")
    was = invoices.stored_snapshot(tx.connection, tx.firm_id, row["id"])
    wanted = capturing.Wanted(agreed["id"], Kind(row["kind"]), was.application_no, was.period_to)
    now = capturing.capture(tx.connection, tx.firm_id, [wanted])[agreed["id"]]
    if now.previous == was.previous:
        return Tied()
    preparers = invoice_approvals.editors(tx.connection, tx.firm_id, row["id"])
    by = (row["prepared_by"], *sorted(preparers - {row["prepared_by"]}))
    try:
        revision_id = open_revision(tx, agreed, row, was, was.releases, by, why)
    except Refused:
        # Nobody's certificate is refused for what follows: whoever prepared it says what it claims now.
        unchanged = suggesting.unchanged_entries(now.schedule, now.previous)
        claims = was.model_copy(update={"entries": unchanged, "releases": ()})
        revision_id = open_revision(tx, agreed, row, claims, (), by, why)
    told = superseding.not_demanded(tx, agreed, row, why)
    return Tied(
        (process_name(Subject.invoice, revision_id),), (process_name(Subject.invoice, row["id"]), *told)
    )
