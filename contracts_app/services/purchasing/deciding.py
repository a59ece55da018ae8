"""What the contract's project manager decides: orders, changes of them, bills, credit memos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.purchasing_commands import ApprovePurchase, Paper, RejectPurchase
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.purchasing.commitments import net_of_credits
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import in_words
from contracts_app.services.purchasing import costs, retainage
from contracts_app.services.purchasing.records import (
    again,
    approved_book,
    commitment_of,
    locked,
    noted,
    require_decider,
    today,
)
from contracts_app.store import purchasing
from contracts_app.store.purchasing import Kept
from contracts_app.store.purchasing_tables import PAPERS
from contracts_app.store.transaction import Transaction

_WORDS: Mapping[Paper, str] = {
    Paper.commitment: "Order",
    Paper.change: "Change order",
    Paper.bill: "Bill",
    Paper.credit_memo: "Credit memo",
}


def approve_purchase(tx: Transaction, body: ApprovePurchase) -> Outcome:
    """Accept a paper as it was seen; what an approved bill or credit memo costs is a cost of the contract."""
    row, kept, paper = _to_decide(tx, body, "approve_purchase")
    if paper["version"] != body.version:
        raise Refused(
            "changed_since_seen",
            "Changed since you looked. Nothing was approved: look again and approve what it says now.",
        )
    _REQUIRE[body.paper](tx, row, kept, paper)
    _decide(tx, row, body.paper, paper, "approve_purchase", "approved")
    now = again(tx, kept)
    if body.paper is Paper.change:
        _require_above_used(now)
    of_a_day = body.paper in (Paper.bill, Paper.credit_memo)
    posted = costs.post(tx, row, now, paper["dated"] if of_a_day else today(tx, row))
    noted(tx, row, "approve_purchase", _named(kept, body.paper, paper))
    return Outcome(
        done=True,
        result={"paper_id": str(paper["id"]), "version": paper["version"] + 1, "cost": f"{posted:f}"},
    )


def reject_purchase(tx: Transaction, body: RejectPurchase) -> Outcome:
    """Send a paper back; it counts no more, and what it named may be entered again."""
    row, kept, paper = _to_decide(tx, body, "reject_purchase")
    _decide(tx, row, body.paper, paper, "reject_purchase", "rejected", body.reason)
    noted(tx, row, "reject_purchase", f"{_named(kept, body.paper, paper)}: {body.reason}")
    return Outcome(done=True, result={"paper_id": str(paper["id"]), "version": paper["version"] + 1})


def _to_decide(
    tx: Transaction, body: ApprovePurchase | RejectPurchase, command: str
) -> tuple[RowMapping, Kept, RowMapping]:
    row = locked(tx, body.contract_id, command)
    word = _WORDS[body.paper]
    paper = tx.lock(PAPERS[body.paper], body.paper_id, word.lower())
    owner: UUID = paper["id"] if body.paper is Paper.commitment else paper["commitment_id"]
    kept = commitment_of(tx, row, owner)
    require_decider(tx, row, paper["entered_by"], word)
    if paper["state"] != "entered":
        raise Refused("decided_already", f"{word} {paper['number']} is {in_words(paper['state'])} already.")
    return row, kept, paper


def _decide(
    tx: Transaction, row: RowMapping, kind: Paper, paper: RowMapping, action: str, to: str, reason: str = ""
) -> None:
    tx.change(
        PAPERS[kind],
        PAPERS[kind].name,
        paper,
        action,
        to=to,
        reason=reason,
        decided_by=tx.by,
        decided_on=today(tx, row),
        decided_at=tx.clock,
        rejected_because=reason or None,
    )


def _named(kept: Kept, kind: Paper, paper: RowMapping) -> str:
    of = f" of {kept.row['vendor']}" if kind is not Paper.commitment else f", {kept.row['vendor']}"
    return f"{_WORDS[kind]} {paper['number']}{of}"


def _order(tx: Transaction, row: RowMapping, kept: Kept, paper: RowMapping) -> None:
    retainage.require_lawful(tx, row, kept)


def _bill(tx: Transaction, row: RowMapping, kept: Kept, paper: RowMapping) -> None:
    """A bill is approved once nothing of it is on hold."""
    holds = approved_book(kept).holds(paper["id"])
    if holds:
        currency = kept.row["currency"]
        disputed = in_words_of_a_page(total(hold.disputed for hold in holds), currency)
        raise Refused(
            "bill_on_hold",
            f"Bill {paper['number']} is on hold, {disputed} of it: {holds[0].sentence} {holds[0].how}",
        )


def _credit(tx: Transaction, row: RowMapping, kept: Kept, paper: RowMapping) -> None:
    """A credit memo never takes back more than was billed, also beside those approved since."""
    book = approved_book(kept)
    if all(bill.id != paper["bill_id"] for bill in book.bills):
        raise not_found("bill")
    memos = [*book.credits, purchasing.credit_of(kept, paper)]
    net_of_credits(book.bills, memos, book.order.currency)


def _change(tx: Transaction, row: RowMapping, kept: Kept, paper: RowMapping) -> None:
    approved_book(kept)


_REQUIRE: Mapping[Paper, Callable[[Transaction, RowMapping, Kept, RowMapping], None]] = {
    Paper.commitment: _order,
    Paper.change: _change,
    Paper.bill: _bill,
    Paper.credit_memo: _credit,
}


def _require_above_used(kept: Kept) -> None:
    """Refuse (Refused) a change that takes away more than is ordered, or all of a line of which something
    arrived or was billed."""
    live = {bill["id"] for bill in kept.bills if bill["state"] != "rejected"}
    used = {each["commitment_line_id"] for each in kept.deliveries}
    used |= {
        line["commitment_line_id"]
        for bill_id, lines in kept.bill_lines.items()
        for line in lines
        if bill_id in live
    }
    for line in kept.lines:
        left = kept.ordered[line["id"]]
        if left < ZERO or (left == ZERO and line["id"] in used):
            raise wrong_content(
                "less_than_nothing",
                f"Line {line['item_no']} would have {left:f} left: a change order takes away at most what is "
                "ordered, and not all of a line that was delivered or billed.",
            )
