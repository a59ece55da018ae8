"""Purchase orders and subcontracts: entered, changed, received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.purchasing_commands import (
    ChangeCommitment,
    EnterCommitment,
    OrderedRow,
    ReceivedRow,
    RecordDelivery,
)
from contracts_app.domain.money import ZERO, opposite, total
from contracts_app.domain.purchasing.commitments import deliveries
from contracts_app.domain.refusals import wrong_content
from contracts_app.services.purchasing import costs
from contracts_app.services.purchasing.records import (
    again,
    approved_book,
    approved_commitment_of,
    locked,
    noted,
    require_not_ahead,
    today,
)
from contracts_app.store import contracts, purchasing
from contracts_app.store.purchasing import Kept
from contracts_app.store.purchasing_tables import (
    commitment,
    commitment_change,
    commitment_change_line,
    commitment_line,
    delivery,
)
from contracts_app.store.transaction import Transaction


def enter_commitment(tx: Transaction, body: EnterCommitment, import_id: UUID | None = None) -> Outcome:
    """Enter what was ordered; nothing is received or billed on it before it is approved."""
    row = locked(tx, body.contract_id, "enter_commitment")
    if purchasing.number_taken(tx.connection, tx.firm_id, commitment, "contract_id", row["id"], body.number):
        raise wrong_content("commitment_exists", f"The contract has an order {body.number} already.")
    require_not_ahead(body.ordered_on, today(tx, row), "The day of the order")
    commitment_id = tx.new_id("commitment")
    tx.create(
        commitment,
        "commitment",
        "enter_commitment",
        id=commitment_id,
        contract_id=row["id"],
        number=body.number,
        title=body.title,
        vendor=body.vendor,
        kind=body.kind.value,
        match=body.match.value,
        tolerances=body.tolerances.model_dump(mode="json"),
        retainage_rate=body.retainage_rate,
        currency=contracts.terms_of(row).currency,
        ordered_on=body.ordered_on,
        import_id=import_id,
        entered_by=tx.by,
        state="entered",
    )
    _insert_lines(tx, row, commitment_id, body.lines)
    noted(tx, row, "enter_commitment", f"{body.number} {body.vendor}: {body.title}")
    return Outcome(
        done=True, result={"commitment_id": str(commitment_id), "number": body.number, "version": 1}
    )


def _insert_lines(
    tx: Transaction,
    row: RowMapping,
    commitment_id: UUID,
    lines: Sequence[OrderedRow],
    change_id: UUID | None = None,
    after: int = 0,
) -> None:
    known = {line.item_no: line.id for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    rows: list[Mapping[str, Any]] = []
    for position, line in enumerate(lines, start=after + 1):
        if line.sov_item_no is not None and line.sov_item_no not in known:
            raise wrong_content(
                "unknown_line",
                f"Line {line.item_no}: the schedule of values has no line {line.sov_item_no}.",
            )
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": tx.new_id("commitment_line", position),
                "commitment_id": commitment_id,
                "position": position,
                "item_no": line.item_no,
                "description": line.description,
                "category": line.category.value,
                "unit": line.unit,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "sov_line_id": known[line.sov_item_no] if line.sov_item_no else None,
                "is_fee": line.is_fee,
                "change_id": change_id,
            }
        )
    purchasing.insert_many(tx.connection, commitment_line, rows)


def change_commitment(tx: Transaction, body: ChangeCommitment) -> Outcome:
    """Propose a change order; the order stays as it is until the project manager approves it."""
    row = locked(tx, body.contract_id, "change_commitment")
    kept, _ = approved_commitment_of(tx, row, body.commitment_id)
    if purchasing.number_taken(
        tx.connection, tx.firm_id, commitment_change, "commitment_id", kept.row["id"], body.number
    ):
        raise wrong_content(
            "change_exists", f"Order {kept.row['number']} has a change order {body.number} already."
        )
    numbers = {line["item_no"]: line for line in _counting(kept)}
    for line in body.lines:
        if line.item_no in numbers:
            raise wrong_content(
                "line_number_twice", f"Order {kept.row['number']} has a line {line.item_no} already."
            )
    changed = [_known_line(kept, numbers, each.item_no) for each in body.changes]
    change_id = tx.new_id("commitment_change")
    tx.create(
        commitment_change,
        "commitment_change",
        "change_commitment",
        body.reason,
        id=change_id,
        commitment_id=kept.row["id"],
        number=body.number,
        because=body.reason,
        entered_by=tx.by,
        state="entered",
    )
    _insert_lines(tx, row, kept.row["id"], body.lines, change_id, after=len(kept.lines))
    purchasing.insert_many(
        tx.connection,
        commitment_change_line,
        [
            {
                "firm_id": tx.firm_id,
                "change_id": change_id,
                "commitment_line_id": line["id"],
                "quantity": each.quantity,
                "unit_price": each.unit_price,
            }
            for line, each in zip(changed, body.changes, strict=True)
        ],
    )
    noted(tx, row, "change_commitment", f"{kept.row['number']}, {body.number}: {body.reason}")
    return Outcome(done=True, result={"change_id": str(change_id), "number": body.number, "version": 1})


def _counting(kept: Kept) -> Sequence[RowMapping]:
    """Lines of the order and of its change orders, but for rejected ones."""
    rejected = {change["id"] for change in kept.changes if change["state"] == "rejected"}
    return [line for line in kept.lines if line["change_id"] not in rejected]


def _known_line(kept: Kept, numbers: Mapping[str, RowMapping], item_no: str) -> RowMapping:
    if item_no not in numbers:
        raise wrong_content("unknown_line", f"Order {kept.row['number']} has no line {item_no}.")
    return numbers[item_no]


def record_delivery(tx: Transaction, body: RecordDelivery, import_id: UUID | None = None) -> Outcome:
    """Record what arrived or went back; bills on hold for it match by that, approved ones cost by it."""
    row = locked(tx, body.contract_id, "record_delivery")
    kept, book = approved_commitment_of(tx, row, body.commitment_id)
    require_not_ahead(body.received_on, today(tx, row), "The day of the delivery")
    ordered = {line.item_no: line.id for line in book.order.lines}
    rows = []
    for number, each in enumerate(body.lines):
        if each.item_no not in ordered:
            raise wrong_content("unknown_line", f"Order {kept.row['number']} has no line {each.item_no}.")
        _require_new(kept, body, each, ordered[each.item_no])
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": tx.new_id("delivery", number),
                "commitment_id": kept.row["id"],
                "commitment_line_id": ordered[each.item_no],
                "received_on": body.received_on,
                "quantity": each.quantity,
                "reference": body.reference,
                "recorded_by": tx.by,
                "import_id": import_id,
            }
        )
    purchasing.insert_many(tx.connection, delivery, rows)
    now = again(tx, kept)
    deliveries(approved_book(now).order, approved_book(now).receipts, ())
    noted(tx, row, "record_delivery", f"{kept.row['number']}, {body.reference}")
    said = {
        "commitment": kept.row["number"],
        "reference": body.reference,
        "lines": {each.item_no: f"{each.quantity:f}" for each in body.lines},
    }
    tx.record(
        "delivery",
        kept.row["id"],
        row["version"] + 1,
        "record_delivery",
        None,
        None,
        {},
        said,
        body.reference,
    )
    costs.post(tx, row, now, body.received_on)
    return Outcome(done=True, result={"commitment_id": str(kept.row["id"]), "lines": len(rows)})


def _require_new(kept: Kept, body: RecordDelivery, now: ReceivedRow, line_id: UUID) -> None:
    """Refuse (Refused) a delivery note that is recorded already. What was typed wrong is taken back under the
    same note, and recorded again; a line that was forgotten is added."""
    known = [
        each
        for each in kept.deliveries
        if each["commitment_line_id"] == line_id and each["reference"].lower() == body.reference.lower()
    ]
    stands = total(each["quantity"] for each in known)
    repeated = any(
        (each["quantity"], each["received_on"]) == (now.quantity, body.received_on) for each in known
    )
    if stands and (repeated or (stands > ZERO) == (now.quantity > ZERO)):
        back = opposite(stands)
        raise wrong_content(
            "delivery_recorded",
            f"Delivery note {body.reference} has {stands.normalize():f} of line {now.item_no} already. "
            "Record another delivery under its own note; to correct this one, record "
            f"{back.normalize():f} under it first.",
        )
