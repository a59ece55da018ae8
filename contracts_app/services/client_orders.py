"""Client purchase orders: recorded, amended and closed as the client says; approvals keep what they use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.funding_commands import (
    AmendClientOrder,
    ClientOrderRow,
    CloseClientOrder,
    RecordClientOrder,
)
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.funding import OrderLine
from contracts_app.domain.funding.funding_terms import OnExceed
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services import gates, limit_notices
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.periods import business_date
from contracts_app.store import charge_parts, claimed_time, client_orders, contracts
from contracts_app.store.funding_tables import client_order
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def record_client_order(tx: Transaction, body: RecordClientOrder, import_id: UUID | None = None) -> Outcome:
    """Record an order; from now on what it takes is billed on it."""
    others = _others(tx, body.contract_id, body.also_funds)
    row = _locked(tx, body.contract_id, others)
    require(CONTRACT, "record_client_order", row["state"], "contract")
    terms = contracts.terms_of(row)
    if client_orders.find(tx.connection, tx.firm_id, row["client_id"], body.number) is not None:
        raise wrong_content(
            "order_exists", f"The client's purchase order {body.number} is recorded already: amend it."
        )
    if body.dated_on > business_date(tx, row):
        raise wrong_content("date_in_future", f"{body.dated_on} is in the future.")
    funded = {row["id"]: terms, **others}
    for contract_id, agreed in funded.items():
        _require_fundable(tx, contract_id, agreed)
    order_id = tx.new_id("client_order")
    lines = _lines(tx, row["id"], terms, order_id, body.lines, {})
    tx.create(
        client_order,
        "client_order",
        "record_client_order",
        body.remark,
        id=order_id,
        client_id=row["client_id"],
        contract_id=row["id"],
        number=body.number,
        dated_on=body.dated_on,
        on_exceed=body.on_exceed.value,
        recorded_by=tx.by,
        remark=body.remark,
        import_id=import_id,
        state="open",
    )
    client_orders.fund(tx.connection, tx.firm_id, order_id, funded)
    client_orders.write_lines(tx.connection, tx.firm_id, order_id, lines, ())
    whole = in_words_of_a_page(total(line.amount for line in lines), terms.currency)
    return _done(tx, row, order_id, body.command, body.number, f"purchase order {body.number}: {whole}")


def amend_client_order(tx: Transaction, body: AmendClientOrder) -> Outcome:
    """Amend an order: lines with a number that it has are changed, others are added or taken out."""
    row = _locked(tx, body.contract_id, _funded_with(tx, body.contract_id, body.number))
    require(CONTRACT, "amend_client_order", row["state"], "contract")
    order = _order(tx, row, body.number)
    terms = contracts.terms_of(row)
    known = {line.number: line for line in _known(tx, order["id"])}
    lines = _lines(
        tx, row["id"], terms, order["id"], body.lines, {number: line.id for number, line in known.items()}
    )
    _require_above_used(tx, known.values(), lines, terms.currency, blocks=body.on_exceed is OnExceed.block)
    before = {"on_exceed": order["on_exceed"], "lines": [_told(line) for line in known.values()]}
    after = {"on_exceed": body.on_exceed.value, "lines": [_told(line) for line in lines]}
    tx.change(
        client_order,
        "client_order",
        order,
        body.command,
        reason=body.reason,
        on_exceed=body.on_exceed.value,
    )
    tx.record(
        "client_order_lines", order["id"], order["version"] + 1, body.command, None, None, before, after
    )
    client_orders.write_lines(
        tx.connection, tx.firm_id, order["id"], lines, [line.id for line in known.values()]
    )
    whole = in_words_of_a_page(total(line.amount for line in lines), terms.currency)
    said = f"purchase order {body.number} amended to {whole}"
    return _done(tx, row, order["id"], body.command, body.number, said)


def close_client_order(tx: Transaction, body: CloseClientOrder) -> Outcome:
    """Close an order: it pays nothing more. What waits for it waits for another one."""
    row = _locked(tx, body.contract_id, _funded_with(tx, body.contract_id, body.number))
    require(CONTRACT, "close_client_order", row["state"], "contract")
    order = _order(tx, row, body.number)
    tx.change(client_order, "client_order", order, body.command, to="closed", reason=body.reason)
    said = f"purchase order {body.number} closed: {body.reason}"
    return _done(tx, row, order["id"], body.command, body.number, said)


def _done(tx: Transaction, row: RowMapping, order_id: UUID, action: str, number: str, reason: str) -> Outcome:
    """Note it on the contract, and look again at the drafts of every contract that the order funds."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)
    funded = _in_order(client_orders.funds(tx.connection, tx.firm_id, order_id))
    changed = [name for one in funded for name in content_may_have_changed(tx, one, reason)]
    papers = [name for one in funded for name in gates.look_again(tx, one)]
    wake = (*changed, *papers, *limit_notices.tell(tx, row))
    return Outcome(done=True, result={"contract_id": str(row["id"]), "number": number}, wake=wake)


def _in_order(ids: Iterable[UUID]) -> Sequence[UUID]:
    """Contracts in the one order in which they are locked."""
    return sorted(ids, key=str)


def _locked(tx: Transaction, contract_id: UUID, others: Iterable[UUID]) -> RowMapping:
    """The contract, locked together with the others that the order funds. Raises Refused."""
    rows = {one: tx.lock(contract, one, "contract") for one in _in_order({contract_id, *others})}
    return rows[contract_id]


def _funded_with(tx: Transaction, contract_id: UUID, number: str) -> Collection[UUID]:
    """The contracts that the order of that number funds; they never change. None where there is none."""
    row = contracts.find(tx.connection, tx.firm_id, contract_id)
    known = row and client_orders.find(tx.connection, tx.firm_id, row["client_id"], number)
    return client_orders.funds(tx.connection, tx.firm_id, known["id"]) if known else ()


def _order(tx: Transaction, row: RowMapping, number: str) -> RowMapping:
    """The open order of that number, kept on this contract, locked. Raises Refused."""
    known = client_orders.find(tx.connection, tx.firm_id, row["client_id"], number)
    if known is None:
        raise not_found("purchase order")
    if known["contract_id"] != row["id"]:
        kept_on = contracts.find(tx.connection, tx.firm_id, known["contract_id"])
        assert kept_on is not None  # foreign key
        raise Refused(
            "kept_elsewhere",
            f"Purchase order {number} is kept on contract {kept_on['number']}: change it there.",
        )
    order = tx.lock(client_order, known["id"], "purchase order")
    if order["state"] != "open":
        raise Refused("order_closed", f"Purchase order {number} is closed.")
    return order


def _others(tx: Transaction, own_id: UUID, numbers: Collection[str]) -> Mapping[UUID, ContractTerms]:
    """The other contracts that the order funds. Raises Refused for one of another client or currency."""
    row = contracts.find(tx.connection, tx.firm_id, own_id)
    if row is None:
        raise not_found("contract")
    found: dict[UUID, ContractTerms] = {}
    currency = contracts.terms_of(row).currency
    for number in numbers:
        contract_id = contracts.numbered(tx.connection, tx.firm_id, number)
        other = contracts.find(tx.connection, tx.firm_id, contract_id) if contract_id else None
        if contract_id is None or other is None or other["client_id"] != row["client_id"]:
            raise wrong_content("no_such_contract", f"The client has no contract {number}.")
        terms = contracts.terms_of(other)
        if terms.currency != currency:
            raise wrong_content(
                "currency_of_order",
                f"Contract {number} is billed in {terms.currency}, the purchase order in {currency}.",
            )
        found[contract_id] = terms
    found.pop(row["id"], None)
    return found


def _require_fundable(tx: Transaction, contract_id: UUID, terms: ContractTerms) -> None:
    """Refuse (Refused) an order for a contract whose invoices cannot be counted on it."""
    if terms.certified_by_client or terms.hour_rounding.by_day:
        raise wrong_content(
            "not_by_orders",
            "Purchase orders pay invoices that stand as issued: record it on a contract whose terms say that "
            "invoices are owed when issued and nobody certifies them, and that charge a least time, if any, "
            "for each entry.",
        )
    if terms.guaranteed_maximum is not None:
        raise wrong_content(
            "not_by_orders",
            "Under a guaranteed maximum price nothing else limits cost and fee: a change order raises or "
            "lowers the price.",
        )
    if not terms.limited and claimed_time.left_over_caps(tx.connection, tx.firm_id, contract_id):
        raise wrong_content(
            "over_cap_before_orders",
            "Time of earlier invoices is over the limit of its line: raise the limit and bill it, then "
            "record the order.",
        )


def _known(tx: Transaction, order_id: UUID) -> Sequence[OrderLine]:
    return client_orders.lines_of(tx.connection, tx.firm_id, [order_id]).get(order_id, ())


def _lines(
    tx: Transaction,
    contract_id: UUID,
    terms: ContractTerms,
    order_id: UUID,
    typed: Sequence[ClientOrderRow],
    known: Mapping[str, UUID],
) -> tuple[OrderLine, ...]:
    """The lines as they are kept. Raises Refused for an unknown line of the schedule, or a wrong amount."""
    by_item = {line.item_no: line.id for line in contracts.schedule(tx.connection, tx.firm_id, contract_id)}
    found = []
    for row in typed:
        unknown = [item for item in row.item_nos if item not in by_item]
        if unknown:
            raise wrong_content("unknown_line", f"The schedule of values has no line {unknown[0]}.")
        if row.amount < ZERO or not is_at_scale(row.amount, terms.currency):
            raise wrong_content(
                "order_amount", f"Line {row.number}: an amount of zero or more in {terms.currency}."
            )
        if row.starts_on and row.expires_on and row.expires_on < row.starts_on:
            raise wrong_content("order_dates", f"Line {row.number} ends before it starts.")
        found.append(
            OrderLine(
                id=known.get(row.number) or tx.new_id("client_order_line", order_id, row.number),
                number=row.number,
                amount=row.amount,
                starts_on=row.starts_on,
                expires_on=row.expires_on,
                lines=tuple(by_item[item] for item in row.item_nos),
                kinds=row.kinds,
            )
        )
    return tuple(found)


def _require_above_used(
    tx: Transaction,
    known: Collection[OrderLine],
    lines: Sequence[OrderLine],
    currency: str,
    *,
    blocks: bool,
) -> None:
    """Refuse (Refused) to lower a line that blocks, or take one out, below what is billed and approved."""
    new = {line.id: line.amount for line in lines}
    used = charge_parts.used_on_orders(tx.connection, tx.firm_id, [line.id for line in known])
    for line in known:
        there = total((used[line.id].billed, used[line.id].reserved))
        lowered = line.id not in new or (blocks and new[line.id] < line.amount)
        if lowered and there > new.get(line.id, ZERO):
            raise wrong_content(
                "limit_below_billed",
                f"{in_words_of_a_page(there, currency)} is billed or approved on line {line.number}: it can "
                "be lowered to that, not further.",
            )
        if line.id not in new and (used[line.id].billed or used[line.id].reserved):
            raise wrong_content("order_line_in_use", f"Line {line.number} is billed on: it stays.")


def _told(line: OrderLine) -> dict[str, object]:
    return line.model_dump(mode="json")
