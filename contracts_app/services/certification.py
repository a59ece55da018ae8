"""The client's certificate: in full, less by line, or withheld; what it does to receivable and retainage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import certifying, claiming, drafting, entering, suggesting
from contracts_app.domain.billing.invoiced import owed_for
from contracts_app.domain.billing.pay_application import Entry, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import Certification, CertifyApplication
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.money import ZERO, less
from contracts_app.domain.refusals import not_found, wrong_content
from contracts_app.domain.transitions import INVOICE, require, state_after_certificate
from contracts_app.services import books, carried_credits, people, retying
from contracts_app.services.invoices import contract_changed, locked, name_of, neighbours
from contracts_app.services.issuing import keep_tax
from contracts_app.services.ledgers import open_receivable, post_retainage
from contracts_app.services.periods import business_date
from contracts_app.store import advance_columns, contracts, invoices, receivables, taxes
from contracts_app.store.tables import certificate, client, invoice, receivable_entry
from contracts_app.store.transaction import Transaction


def certify_application(tx: Transaction, body: CertifyApplication) -> Outcome:
    """The client certifies in full, less by line, or withholds all.

    The certificate decides line 7 of the next application. Where the receivable arose at submission, a lower
    certificate reduces it by an entry that cites the certificate.
    """
    agreed, row = locked(tx, body.invoice_id)
    who = people.actor(tx)
    if who.client_id != agreed["client_id"]:
        raise not_found("invoice")
    require(INVOICE, "certify_application", row["state"], "invoice")
    retying.require_first(tx, row)
    snapshot = invoices.stored_snapshot(tx.connection, tx.firm_id, row["id"])
    applied = drafting.draft(snapshot)
    figures, entries = _accepted(snapshot, applied, body)
    reasons = {one.line_id: one.reason for one in body.line_reasons}
    reason = body.reason or (SAID_BY_LINE if reasons else "")
    today = business_date(tx, agreed)
    tx.insert(
        certificate,
        invoice_id=row["id"],
        decision=body.decision.value,
        person_id=who.id,
        certified_on=today,
        reason=reason,
        entries=[entry.model_dump(mode="json") for entry in entries],
        **advance_columns.as_stored(figures),
        **{f"line{n}": getattr(figures, f"line{n}") for n in (4, 5, 6, 7, 8, 9)},
    )
    invoices.insert_lines(tx.connection, tx.firm_id, row["id"], figures, certified=True, reasons=reasons)
    at_issue = {line.line_id: (line.withheld, line.released) for line in applied.lines}
    post_retainage(tx, row, figures, "certificate", today, at_issue)
    terms = contracts.terms_of(agreed)
    issued = invoices.issued(tx.connection, tx.firm_id, row["id"])
    assert issued is not None  # it is submitted
    taxed = tax_of(snapshot, figures, issued["issued_on"])
    keep_tax(tx, row["id"], taxes.CERTIFIED, snapshot, taxed)
    books.keep_invoiced(tx, row["id"], taxes.CERTIFIED, snapshot, figures, taxed)
    owed_now = owed_for(snapshot, figures, taxed)
    if terms.receivable_arises is ReceivableArises.certification:
        open_receivable(
            tx,
            agreed,
            row,
            figures,
            today,
            cites=row["id"],
            tax=less(taxed.due, figures.line8) if taxed else ZERO,
            invoiced=owed_now if snapshot.invoicing else None,
        )
        carried_credits.carry(tx, agreed, row, snapshot, figures, taxed, today)
    else:
        before = tax_of(snapshot, applied, issued["issued_on"])
        change = less(max(owed_now, ZERO), owed_for(snapshot, applied, before))
        _reduce_receivable(tx, agreed, row, change, today)
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    following = state_after_certificate(
        receivables.balance(tx.connection, tx.firm_id, owed["id"]) if owed else ZERO,
        withheld=body.decision is Certification.withheld,
    )
    tx.change(invoice, "invoice", row, "certify_application", INVOICE, following, reason)
    tied = retying.tie_again(tx, agreed, row, f"{name_of(row)}{_SAYS[body.decision]}")
    contract_changed(tx, agreed, f"{name_of(row)}{_SAYS[body.decision]}")
    return Outcome(
        done=True,
        result={
            "invoice_id": str(row["id"]),
            "decision": body.decision.value,
            "certified_line6": f"{figures.line6:f}",
            "certified_line8": f"{figures.line8:f}",
        },
        start=tied.start,
        wake=(*neighbours(agreed), *tied.wake),
    )


SAID_BY_LINE = "Said line by line."
"""The reason of a certificate whose lines have their own."""
_SAYS = {
    Certification.in_full: " certified in full",
    Certification.less: " certified less",
    Certification.withheld: ": certificate withheld",
}


def _accepted(
    snapshot: Snapshot, applied: PayApplication, body: CertifyApplication
) -> tuple[PayApplication, tuple[Entry, ...]]:
    """The figures of the certificate. Raises Refused where the decision and the lines do not agree."""
    _require_reasons(body)
    if body.decision is Certification.in_full:
        if body.lines:
            raise wrong_content("lines_in_full", "A certificate in full cuts no line.")
        return applied, claiming.claimed_entries(snapshot)
    if body.decision is Certification.withheld:
        if body.lines:
            raise wrong_content(
                "lines_when_withheld", "A withheld certificate names no lines: nothing is accepted."
            )
        return certifying.withheld(snapshot), suggesting.unchanged_entries(
            snapshot.schedule, snapshot.previous
        )
    cut = {entry.line_id: entry for entry in entering.as_stated(snapshot, body.lines)}
    claimed = {entry.line_id: entry for entry in claiming.claimed_entries(snapshot)}
    if not cut or len(cut) != len(body.lines) or not cut.keys() <= claimed.keys():
        raise wrong_content("unknown_line", "Name the lines that are cut, each once, from this application.")
    for line_id, entry in cut.items():
        if (claimed[line_id].this_period >= ZERO and entry.this_period < ZERO) or entry.stored < ZERO:
            raise wrong_content("negative_certified", "A certified amount is not negative.")
    if all(_same_amounts(entry, claimed[line_id]) for line_id, entry in cut.items()):
        raise wrong_content("nothing_cut", "The lines named are accepted in full; certify in full instead.")
    entries = tuple(cut.get(line_id, entry) for line_id, entry in claimed.items())
    return certifying.certified(snapshot, entries), entries


def _require_reasons(body: CertifyApplication) -> None:
    """Less than in full is certified in writing: with one reason, or with one for each line that is cut."""
    cut = {entry.line_id for entry in body.lines}
    of_lines = [one.line_id for one in body.line_reasons]
    if not cut.issuperset(of_lines) or len(set(of_lines)) != len(of_lines):
        raise wrong_content(
            "reason_of_no_cut", "Give a reason only for lines whose accepted amount is changed, each once."
        )
    said = len(body.reason) >= 3 or (cut and cut == set(of_lines))
    if body.decision is not Certification.in_full and not said:
        raise wrong_content(
            "reason_needed",
            "A certificate for less needs its reason in writing: one for all, or one for each line cut.",
        )


def _same_amounts(one: Entry, other: Entry) -> bool:
    return (one.this_period, one.stored) == (other.this_period, other.stored)


def _reduce_receivable(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    change: Decimal,
    on: date,
) -> None:
    if change > ZERO:  # of nothing that is already owed a certificate makes more
        raise wrong_content("certified_above_applied", certifying.ABOVE_APPLIED)
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    if owed is None or change == ZERO:
        return
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", row["id"], "certificate"),
        receivable_id=owed["id"],
        cause="certificate",
        amount=change,
        posted_on=on,
        certificate_invoice_id=row["id"],
    )
    _return_surplus(tx, row, owed["id"], on)
    owner = tx.lock(client, agreed["client_id"], "client")
    tx.change(client, "client", owner, "receivable_reduced", reason=f"{name_of(row)}: certified less")


def _return_surplus(tx: Transaction, row: RowMapping, receivable_id: UUID, on: date) -> None:
    """Cash above what is still owed becomes unapplied cash again, of the last payment first."""
    surplus = -receivables.balance(tx.connection, tx.firm_id, receivable_id)
    for payment_id, applied in receivables.cash_on(tx.connection, tx.firm_id, receivable_id):
        part = min(surplus, applied)
        if part <= ZERO:
            return
        tx.insert(
            receivable_entry,
            id=tx.new_id("receivable_entry", row["id"], "unapplied", payment_id),
            receivable_id=receivable_id,
            cause="unapplied",
            amount=part,
            posted_on=on,
            certificate_invoice_id=row["id"],
            payment_id=payment_id,
        )
        surplus -= part
