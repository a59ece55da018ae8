"""An invoice of several contracts is proved by its sections, each by its own snapshot, and by their sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.billing_groups import GroupPart, sums
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.money import ZERO, less
from contracts_app.domain.refusals import Refused
from contracts_app.services.proving.proof import Compared, Proof, proof_of
from contracts_app.store import billing_groups, contracts, invoices


def whole(connection: Connection, whole_row: RowMapping, proved: Mapping[UUID, bool]) -> Proof:
    """The proof of the sum: what it comes to, from the snapshots of its sections, and whether these are
    `proved`."""
    compared = [*sums_again(connection, whole_row)]
    for invoice_id in billing_groups.sections(connection, whole_row["firm_id"], whole_row["id"]):
        issued = invoices.issued(connection, whole_row["firm_id"], invoice_id)
        assert issued is not None  # a section is issued with the whole
        outcome = "proved" if proved[invoice_id] else "differs"
        compared.append(Compared(f"section {issued['number_text']}", "proved", outcome))
    return proof_of(whole_row["number_text"], whole_row["id"], whole_row["currency"], compared)


def sums_again(connection: Connection, whole_row: RowMapping) -> Iterator[Compared]:
    """What the whole comes to, as stored and from the snapshots. A snapshot that was changed adds up to
    nothing that could be compared."""
    try:
        yield from list(_sum(connection, whole_row))
    except (Refused, ValueError) as error:
        said = str(error).partition("\n")[0]
        yield Compared(
            f"sums of {whole_row['number_text']}", "as issued", f"not possible from the snapshots: {said}"
        )


def _sum(connection: Connection, whole_row: RowMapping) -> Iterator[Compared]:
    firm_id = whole_row["firm_id"]
    parts: list[GroupPart] = []
    for invoice_id in billing_groups.sections(connection, firm_id, whole_row["id"]):
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None  # foreign key
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None  # foreign key
        snapshot = invoices.stored_snapshot(connection, firm_id, invoice_id)
        figures = drafting.draft(snapshot)
        taxed = tax_of(snapshot, figures, whole_row["issued_on"])
        tax: Decimal = less(taxed.due, figures.line8) if taxed else ZERO
        parts.append(
            GroupPart(
                contract_number=agreed["number"],
                net=figures.line8,
                tax=tax,
                deposit=figures.deposit_applied,
            )
        )
    again = sums(parts, whole_row["currency"])
    yield Compared("sum of the sections", whole_row["net"], again.net)
    yield Compared("tax of the sections", whole_row["tax"], again.tax)
    yield Compared("deposits applied", whole_row["deposit_applied"], again.deposit)
    yield Compared("amount due", whole_row["due"], again.due)
