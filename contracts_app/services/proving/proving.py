"""An issued invoice is proved from its stored snapshot, by the rules that the snapshot names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing import snapshot
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services.proving import groups, papers, pay_application
from contracts_app.services.proving.proof import Compared, Proof, proof_of
from contracts_app.store import billing_groups, invoices
from contracts_app.store.views import stored_invoice
from contracts_app.store.views.stored_invoice import StoredInvoice

RULES: Mapping[str, Callable[[StoredInvoice, str], Iterator[Compared]]] = {
    snapshot.RULES: pay_application.compare,
}
"""Rules by the name that issued invoices carry. An entry is never taken away: what was issued under old
rules is proved by them for ever. The second argument is the text of the stored snapshot."""


def prove(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Proof:
    """Prove one invoice; reads in the transaction that is open.

    Raises Refused: 404 when there is no such invoice, `not_issued` for one that has no number yet.
    """
    known = stored_invoice.stored(connection, firm_id, invoice_id)
    if known is None:
        if invoices.find(connection, firm_id, invoice_id) is None:
            raise not_found("invoice")
        raise Refused("not_issued", "This invoice is not issued: nothing is fixed yet that could be proved.")
    compared = [*_figures(known), *papers.compare(connection, firm_id, invoice_id)]
    return proof_of(known.issued["number_text"], invoice_id, known.issued["currency"], compared)


def prove_together(connection: Connection, firm_id: UUID, group_invoice_id: UUID) -> Sequence[Proof]:
    """Prove an invoice of several contracts: each section, then what they come to.

    Raises Refused (404) when there is no such invoice.
    """
    whole = billing_groups.find(connection, firm_id, group_invoice_id)
    if whole is None:
        raise not_found("invoice")
    sections = [
        prove(connection, firm_id, one)
        for one in billing_groups.sections(connection, firm_id, group_invoice_id)
    ]
    return (*sections, groups.whole(connection, whole, {one.invoice_id: one.proved for one in sections}))


def prove_all(connection: Connection, firm_id: UUID) -> Iterator[Proof]:
    """Prove every issued invoice of the firm, by number; then what invoices of several contracts come to."""
    proved = {}
    for invoice_id in stored_invoice.issued_ids(connection, firm_id):
        proof = prove(connection, firm_id, invoice_id)
        proved[invoice_id] = proof.proved
        yield proof
    for whole in billing_groups.every_invoice(connection, firm_id):
        yield groups.whole(connection, whole, proved)


def prove_with_whole(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Proof:
    """Prove one invoice and, where it went out with others, what the whole comes to. Raises as `prove`."""
    proof = prove(connection, firm_id, invoice_id)
    whole = billing_groups.of_invoice(connection, firm_id, invoice_id)
    if whole is None:
        return proof
    more = proof_of(proof.invoice, invoice_id, whole["currency"], groups.sums_again(connection, whole))
    return Proof(
        invoice=proof.invoice,
        invoice_id=invoice_id,
        checked=proof.checked + more.checked,
        differences=(*proof.differences, *more.differences),
    )


def _figures(known: StoredInvoice) -> Iterator[Compared]:
    """The snapshot, and what comes out of it. A snapshot that was changed proves nothing about figures."""
    body = known.snapshot
    of_body = None if body is None else hashlib.sha256(body.encode()).hexdigest()
    intact = Compared("SHA-256 of the snapshot", known.issued["snapshot_sha256"], of_body)
    yield intact
    if body is None or not intact.same:
        return
    rules = RULES.get(known.issued["rules"])
    if rules is None:
        yield Compared("rules of the figures", known.issued["rules"], None)
        return
    try:
        yield from list(rules(known, body))
    except (Refused, ValueError) as error:
        yield Compared("figures", "as issued", f"not possible from the snapshot: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
