"""Vendors' bills and credit memos: entered, matched at once, and what does not match decided on."""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.purchasing_commands import EnterBill, EnterVendorCredit, SettleHold
from contracts_app.domain.money import in_words_of_a_page, require_at_scale
from contracts_app.domain.purchasing.commitments import CreditLine, VendorCredit, net_of_credits
from contracts_app.domain.purchasing.standing import Book, Hold, Settlement
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import in_words
from contracts_app.services import people
from contracts_app.services.purchasing.records import (
    again,
    approved_book,
    approved_commitment_of,
    bill_of,
    locked,
    noted,
    require_not_ahead,
    today,
)
from contracts_app.store import purchasing
from contracts_app.store.purchasing_tables import (
    hold_settlement,
    vendor_bill,
    vendor_bill_line,
    vendor_credit,
    vendor_credit_line,
)
from contracts_app.store.transaction import Transaction


def enter_bill(tx: Transaction, body: EnterBill, import_id: UUID | None = None) -> Outcome:
    """Enter a bill and match it; what does not match holds it, and is answered with how it is settled."""
    row = locked(tx, body.contract_id, "enter_bill")
    kept, book = approved_commitment_of(tx, row, body.commitment_id)
    require_not_ahead(body.dated, today(tx, row), "The day of the bill")
    ordered = {line.item_no: line.id for line in book.order.lines}
    bill_id = tx.new_id("vendor_bill")
    rows = []
    for position, line in enumerate(body.lines, start=1):
        require_at_scale((line.tax_not_recoverable,), book.order.currency)
        if line.item_no is not None and line.item_no not in ordered:
            raise wrong_content(
                "unknown_line",
                f"Order {kept.row['number']} has no line {line.item_no}: leave the line out where the vendor "
                "bills what was not ordered.",
            )
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": tx.new_id("vendor_bill_line", position),
                "bill_id": bill_id,
                "position": position,
                "commitment_line_id": ordered[line.item_no] if line.item_no else None,
                "description": line.description.strip(),
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "tax_not_recoverable": line.tax_not_recoverable,
            }
        )
    tx.create(
        vendor_bill,
        "vendor_bill",
        "enter_bill",
        id=bill_id,
        commitment_id=kept.row["id"],
        vendor=kept.row["vendor"],
        number=body.number,
        dated=body.dated,
        import_id=import_id,
        entered_by=tx.by,
        state="entered",
    )
    purchasing.insert_many(tx.connection, vendor_bill_line, rows)
    found = approved_book(again(tx, kept))
    match = next(each for each in found.matches if each.bill_id == bill_id)
    holds = found.holds(bill_id)
    noted(tx, row, "enter_bill", f"{body.number} of {kept.row['vendor']}, order {kept.row['number']}")
    return Outcome(
        done=True,
        code="done" if not holds else "bill_on_hold",
        result={
            "bill_id": str(bill_id),
            "version": 1,
            "billed": f"{match.billed:f}",
            "matched": f"{match.matched:f}",
            "disputed": f"{match.disputed:f}",
            "holds": [f"{hold.sentence} {hold.how}" for hold in holds],
        },
    )


def settle_hold(tx: Transaction, body: SettleHold) -> Outcome:
    """Decide on what does not match; never by whoever entered the bill."""
    row = locked(tx, body.contract_id, "settle_hold")
    kept, bill = bill_of(tx, row, body.bill_id)
    book = approved_book(kept)
    who = people.actor(tx)
    if Role.controller not in who.roles and who.id != row["project_manager_id"]:
        raise not_allowed("A hold is settled by the contract's project manager or by a controller.")
    if bill["entered_by"] == who.id:
        raise not_allowed("You entered this bill, so somebody else must settle what does not match.")
    if bill["state"] != "entered":
        raise Refused("bill_decided", f"Bill {bill['number']} is {in_words(bill['state'])} already.")
    lines = {line["position"]: line["id"] for line in kept.bill_lines[body.bill_id]}
    if body.line is not None and body.line not in lines:
        raise wrong_content("unknown_line", f"Bill {bill['number']} has no line {body.line}.")
    line_id = lines[body.line] if body.line is not None else None
    hold = _hold(book, body, line_id)
    tx.insert(
        hold_settlement,
        id=tx.new_id("hold_settlement"),
        bill_id=body.bill_id,
        bill_line_id=line_id,
        settlement=body.settlement.value,
        disputed=hold.disputed,
        reason=body.reason,
        settled_by=who.id,
        settled_on=today(tx, row),
    )
    said = {
        "number": bill["number"],
        "line": body.line,
        "settlement": body.settlement.value,
        "amount": f"{hold.disputed:f}",
    }
    tx.record("vendor_bill", bill["id"], bill["version"], "settle_hold", None, None, {}, said, body.reason)
    noted(tx, row, "settle_hold", f"{bill['number']}: {body.reason}")
    left = approved_book(again(tx, kept)).holds(body.bill_id)
    return Outcome(done=True, result={"bill_id": str(body.bill_id), "holds": len(left)})


def _hold(book: Book, body: SettleHold, line_id: object) -> Hold:
    """The hold that is settled, as it was seen. Raises Refused where there is none, or it has changed."""
    for hold in book.holds(body.bill_id):
        if hold.line_id == line_id:
            if body.settlement is not Settlement.another_bill and hold.disputed != body.disputed:
                raise Refused(
                    "changed_since_seen",
                    "Changed since you looked: "
                    f"{in_words_of_a_page(hold.disputed, book.order.currency)} of this line does not match "
                    "now. Look again and decide on that.",
                )
            return hold
    raise Refused("no_hold", "Nothing of this is on hold now: look again, the bill may match by now.")


def enter_vendor_credit(tx: Transaction, body: EnterVendorCredit) -> Outcome:
    """Enter a credit memo; it counts once the project manager has approved it."""
    row = locked(tx, body.contract_id, "enter_vendor_credit")
    kept, bill = bill_of(tx, row, body.bill_id)
    book = approved_book(kept)
    if bill["state"] == "rejected":
        raise Refused("bill_decided", f"Bill {bill['number']} was rejected: there is nothing to credit.")
    require_not_ahead(body.dated, today(tx, row), "The day of the credit memo")
    if purchasing.number_taken(
        tx.connection, tx.firm_id, vendor_credit, "commitment_id", kept.row["id"], body.number
    ):
        raise wrong_content(
            "credit_memo_exists", f"Order {kept.row['number']} has a credit memo {body.number} already."
        )
    if len({line.line for line in body.lines}) < len(body.lines):
        raise wrong_content("credited_twice", "A line of the bill is credited twice: add the two together.")
    lines = {line["position"]: line["id"] for line in kept.bill_lines[body.bill_id]}
    unknown = [line.line for line in body.lines if line.line not in lines]
    if unknown:
        raise wrong_content("unknown_line", f"Bill {bill['number']} has no line {unknown[0]}.")
    credit_id = tx.new_id("vendor_credit")
    memo = VendorCredit(
        id=credit_id,
        vendor=kept.row["vendor"],
        number=body.number,
        dated=body.dated,
        lines=tuple(
            CreditLine(
                bill_line_id=lines[line.line],
                quantity=line.quantity,
                amount=line.amount,
                tax_not_recoverable=line.tax_not_recoverable,
            )
            for line in body.lines
        ),
    )
    net_of_credits(book.bills, (*book.credits, memo), book.order.currency)
    tx.create(
        vendor_credit,
        "vendor_credit",
        "enter_vendor_credit",
        id=credit_id,
        commitment_id=kept.row["id"],
        bill_id=body.bill_id,
        vendor=kept.row["vendor"],
        number=body.number,
        dated=body.dated,
        entered_by=tx.by,
        state="entered",
    )
    purchasing.insert_many(
        tx.connection,
        vendor_credit_line,
        [{"firm_id": tx.firm_id, "credit_id": credit_id, **line.model_dump()} for line in memo.lines],
    )
    noted(tx, row, "enter_vendor_credit", f"{body.number} for {bill['number']} of {kept.row['vendor']}")
    return Outcome(done=True, result={"credit_id": str(credit_id), "number": body.number, "version": 1})
