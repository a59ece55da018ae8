"""What change orders bring into the schedule of values: lines of any basis, checked when they are said and
written when the change order is executed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import ScheduleRow
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.money import in_words_of_a_page, total
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.transitions import in_words
from contracts_app.services.agreements import require_sound
from contracts_app.store import contracts, schedules
from contracts_app.store.tables import sov_line
from contracts_app.store.transaction import Transaction

POSITION = 100_000
"""Change order lines stand after the base lines, in the order in which they came into the schedule."""


def require_lines(
    tx: Transaction, contract_id: UUID, lines: Sequence[ScheduleRow], amount: Decimal, currency: str
) -> None:
    """Refuse (Refused) lines that cannot be billed as they say, or do not add up to the change order."""
    if not lines:
        return
    for line in lines:
        require_sound(line, currency)
    _require_new_names(tx, contract_id, lines)
    together = total(line.scheduled_value for line in lines)
    if together != amount:
        raise wrong_content(
            "lines_do_not_tie",
            f"The lines add up to {in_words_of_a_page(together, currency)}, the change order comes to "
            f"{in_words_of_a_page(amount, currency)}: make both the same.",
        )


def raised_line(tx: Transaction, contract_id: UUID, item_no: str) -> UUID:
    """The line whose value a change order changes. Raises Refused where a line's value is no sum."""
    for line in contracts.schedule(tx.connection, tx.firm_id, contract_id):
        if line.item_no != item_no:
            continue
        if line.unit_price or line.recurring:
            raise wrong_content(
                "price_not_a_sum",
                f"Line {item_no} is billed by {in_words(line.basis.value)}, not up to a sum: let the change "
                "order bring a line of its own, with its price or fee.",
            )
        return line.id
    raise wrong_content("unknown_line", f"The schedule of values has no line {item_no}.")


def add_lines(tx: Transaction, contract_id: UUID, order_id: UUID, lines: Sequence[ScheduleRow]) -> None:
    """Write the lines that an executed change order brings. Raises Refused for a name that is taken."""
    _require_new_names(tx, contract_id, lines)
    first = _next_position(tx, contract_id)
    for position, line in enumerate(lines, start=first):
        tx.insert(
            sov_line,
            id=tx.new_id("sov_line", line.item_no),
            contract_id=contract_id,
            position=position,
            item_no=line.item_no,
            external_id=line.item_no,
            change_order_id=order_id,
            **schedules.columns(line),
        )


def add_line(
    tx: Transaction,
    contract_id: UUID,
    *,
    order_id: UUID,
    number: str,
    title: str,
    amount: Decimal,
    import_id: UUID | None = None,
) -> None:
    """The one line at a fixed sum that an executed change order brings, called by its number; under a
    guaranteed maximum price a portion of it, with its cost.

    Raises Refused when the schedule knows its name already, also by `CO` and the number.
    """
    taken = contracts.line_names(tx.connection, tx.firm_id, contract_id)
    # A change order may be numbered like a line of the base schedule.
    item_no = f"CO {number}" if number in taken else number
    if item_no in taken:
        raise _twice(item_no)
    tx.insert(
        sov_line,
        id=tx.new_id("sov_line", number),
        contract_id=contract_id,
        position=_next_position(tx, contract_id),
        item_no=item_no,
        external_id=item_no,
        description=title,
        scheduled_value=amount,
        change_order_id=order_id,
        import_id=import_id,
        **_basis_of_order(tx, contract_id),
    )


def _basis_of_order(tx: Transaction, contract_id: UUID) -> dict[str, Any]:
    row = contracts.find(tx.connection, tx.firm_id, contract_id)
    if row is None or contracts.terms_of(row).guaranteed_maximum is None:
        return {}
    portion = CostPlusTerms().model_dump(mode="json")
    return {"basis": Basis.cost_plus.value, "not_to_exceed": False, "cost_plus": portion}


def _require_new_names(tx: Transaction, contract_id: UUID, lines: Sequence[ScheduleRow]) -> None:
    taken = contracts.line_names(tx.connection, tx.firm_id, contract_id)
    for line in lines:
        if line.item_no in taken:
            raise _twice(line.item_no)
        taken.add(line.item_no)


def _twice(item_no: str) -> Refused:
    return wrong_content("line_number_twice", f"The schedule of values would have two lines {item_no}.")


def _next_position(tx: Transaction, contract_id: UUID) -> int:
    return max(contracts.last_position(tx.connection, tx.firm_id, contract_id), POSITION) + 1
