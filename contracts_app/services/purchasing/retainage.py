"""Retainage of subcontractors: what may be agreed, and what is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.purchasing_commands import ReleaseOfSub
from contracts_app.domain.money import in_words_of_a_page, require_at_scale, total
from contracts_app.domain.purchasing import subcontract_retainage
from contracts_app.domain.purchasing.commitments import CommitmentKind
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.retainage.retainage_law import ContractFacts, LawFinding, RetainageProvision
from contracts_app.law import table
from contracts_app.services.purchasing.records import (
    approved_commitment_of,
    locked,
    noted,
    require_not_ahead,
    today,
)
from contracts_app.store import contracts
from contracts_app.store.purchasing import Kept
from contracts_app.store.purchasing_tables import sub_release
from contracts_app.store.transaction import Transaction


def findings(tx: Transaction, row: RowMapping, kept: Kept) -> Sequence[LawFinding]:
    """What is to be said of a subcontract's retainage beside the client's; none for a purchase order."""
    if kept.row["kind"] != CommitmentKind.subcontract or kept.book is None:
        return ()
    prime = contracts.terms_of(row)
    facts = ContractFacts(
        contract_date=kept.row["ordered_on"],
        contract_sum=kept.book.sums.committed,
        currency=prime.currency,
    )
    return subcontract_retainage.findings(
        prime.retainage,
        subcontract_retainage.terms_of(prime.retainage, kept.row["retainage_rate"]),
        facts,
        table("retainage", RetainageProvision),
        today(tx, row),
    )


def require_lawful(tx: Transaction, row: RowMapping, kept: Kept) -> None:
    """Refuse (Refused) a subcontract whose retainage the law forbids, where the contract's policy blocks."""
    for finding in findings(tx, row, kept):
        if finding.blocks:
            raise Refused(finding.code, finding.sentence)


def released(kept: Kept) -> Mapping[UUID, Decimal]:
    """What was released so far, by line of the order."""
    lines = {each["commitment_line_id"] for each in kept.releases}
    return {
        line: total(each["amount"] for each in kept.releases if each["commitment_line_id"] == line)
        for line in lines
    }


def release_of_sub(tx: Transaction, body: ReleaseOfSub) -> Outcome:
    """Release retainage that is held of a subcontractor; never more than is held on the line."""
    row = locked(tx, body.contract_id, "release_of_sub")
    kept, book = approved_commitment_of(tx, row, body.commitment_id)
    if book.order.kind is not CommitmentKind.subcontract:
        raise wrong_content(
            "no_retainage", f"Order {kept.row['number']} is no subcontract: nothing is withheld."
        )
    require_not_ahead(body.released_on, today(tx, row), "The day of the release")
    require_at_scale((body.amount,), book.order.currency)
    terms = subcontract_retainage.terms_of(contracts.terms_of(row).retainage, kept.row["retainage_rate"])
    by_item = {line.item_no: line.id for line in book.order.lines}
    if body.item_no not in by_item:
        raise wrong_content("unknown_line", f"Order {kept.row['number']} has no line {body.item_no}.")
    line_id = by_item[body.item_no]
    held = {each.line_id: each.held for each in subcontract_retainage.held_of(book, terms, released(kept))}
    if not 0 < body.amount <= held[line_id]:
        raise wrong_content(
            "release_exceeds_held",
            f"{in_words_of_a_page(held[line_id], book.order.currency)} is held on line {body.item_no}: "
            "release more than nothing and no more than that.",
        )
    tx.insert(
        sub_release,
        id=tx.new_id("sub_release"),
        commitment_id=kept.row["id"],
        commitment_line_id=line_id,
        amount=body.amount,
        released_on=body.released_on,
        reason=body.reason,
        released_by=tx.by,
    )
    shown = in_words_of_a_page(body.amount, book.order.currency)
    noted(tx, row, "release_of_sub", f"{kept.row['number']}, line {body.item_no}: {shown}")
    return Outcome(done=True, result={"commitment_id": str(kept.row["id"]), "released": f"{body.amount:f}"})
