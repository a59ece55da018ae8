"""Posting what a contract had behind it: past applications and tables of opening balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.opening import OpenedLine, Opening
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.money import in_words_of_a_page, total
from contracts_app.domain.refusals import wrong_content
from contracts_app.services import openings
from contracts_app.services.change_order_lines import add_line
from contracts_app.store import contracts, imports
from contracts_app.store.tables import change_order, sov_line
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.application_entry import PayApplicationLine
from importers.kinds.opening_balances import OpeningBalance


def pay_application(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """The last application of the former system. A contract without a schedule gets it from there, with a
    change order for each of its lines that one brought."""
    lines = cast(Sequence[PayApplicationLine], entries)
    if not lines:
        return
    openings.require_none(tx, agreed)
    number, period_to = lines[0].application_number, lines[0].period_to
    if number is None or period_to is None:
        raise wrong_content(
            "opening_without_number",
            "The file does not say which application it is and where its period ends: add the columns "
            "Application number and Period to, or the face with both.",
        )
    if len({(line.application_number, line.period_to) for line in lines}) > 1:
        raise wrong_content(
            "several_applications", "The file has several applications: import the last one alone."
        )
    if not contracts.schedule(tx.connection, tx.firm_id, agreed["id"]):
        _bring_schedule(tx, agreed, row, lines)
    known = _by_name(tx, agreed["id"])
    currency = contracts.terms_of(agreed).currency
    for line in lines:
        found = _found(known, line.item_no)
        if found.scheduled_value != line.scheduled_value:
            raise wrong_content(
                "scheduled_value_differs",
                f"Line {line.item_no} is {in_words_of_a_page(line.scheduled_value, currency)} in the file, "
                f"{in_words_of_a_page(found.scheduled_value, currency)} in the schedule of values.",
            )
    said = Opening(
        application_no=number,
        period_to=period_to,
        lines=tuple(
            OpenedLine(
                line_id=_found(known, line.item_no).id,
                completed=line.completed,
                stored=line.stored,
                withheld=line.retainage_held,
            )
            for line in lines
        ),
    )
    openings.bring_in(tx, agreed, row["id"], said)


def _bring_schedule(
    tx: Transaction, agreed: RowMapping, row: RowMapping, lines: Sequence[PayApplicationLine]
) -> None:
    terms = contracts.terms_of(agreed)
    base = total(line.scheduled_value for line in lines if not line.change_order)
    if base != terms.original_sum:
        raise wrong_content(
            "schedule_does_not_add_up",
            f"The lines of the original contract come to {in_words_of_a_page(base, terms.currency)}, the "
            f"original contract sum is {in_words_of_a_page(terms.original_sum, terms.currency)}.",
        )
    names = [line.item_no for line in lines]
    if twice := [name for name in names if names.count(name) > 1]:
        raise wrong_content("line_number_twice", f"The schedule of values would have two lines {twice[0]}.")
    for line in lines:
        if line.change_order:
            _bring_order(tx, agreed, row, line)
            continue
        tx.insert(
            sov_line,
            id=tx.new_id("sov_line", line.item_no),
            contract_id=agreed["id"],
            position=line.position,
            item_no=line.item_no,
            external_id=line.item_no,
            description=line.description or line.item_no,
            scheduled_value=line.scheduled_value,
            import_id=row["id"],
        )


def _bring_order(tx: Transaction, agreed: RowMapping, row: RowMapping, line: PayApplicationLine) -> None:
    """A change order that was in force by the end of the application's period; the day itself is not said."""
    order_id = tx.new_id("change_order", line.item_no)
    title = line.description or line.item_no
    tx.insert(
        change_order,
        id=order_id,
        contract_id=agreed["id"],
        number=line.item_no,
        title=title,
        amount=line.scheduled_value,
        order_state="executed",
        executed_on=line.period_to,
        import_id=row["id"],
    )
    add_line(
        tx,
        agreed["id"],
        order_id=order_id,
        number=line.item_no,
        title=title,
        amount=line.scheduled_value,
        import_id=row["id"],
    )


def opening_balances(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """A table of where each line stood; lines that it does not name stood at nothing."""
    balances = cast(Sequence[OpeningBalance], entries)
    if not balances:
        return
    openings.require_none(tx, agreed)
    known = _by_name(tx, agreed["id"])
    said = Opening(
        application_no=balances[0].application_number,
        period_to=balances[0].as_of,
        lines=tuple(
            OpenedLine(
                line_id=_found(known, one.sov_line).id,
                completed=one.completed,
                stored=one.stored,
                withheld=one.retainage_held,
            )
            for one in balances
        ),
    )
    amounts = [one.paid for one in balances if one.paid is not None]
    paid: Decimal | None = total(amounts) if amounts else None
    openings.bring_in(tx, agreed, row["id"], said, paid)


def _by_name(tx: Transaction, contract_id: UUID) -> Mapping[str, SovLine]:
    """The lines by all that they are called: their ids in files, their item numbers."""
    lines = {line.id: line for line in contracts.schedule(tx.connection, tx.firm_id, contract_id)}
    by_id = imports.lines_by_external_id(tx.connection, tx.firm_id, contract_id)
    named = {name: lines[row["id"]] for name, row in by_id.items() if row["id"] in lines}
    return named | {line.item_no: line for line in lines.values()}


def _found(known: Mapping[str, SovLine], name: str) -> SovLine:
    if name not in known:
        raise wrong_content("unknown_line", f"The schedule of values has no line {name}.")
    return known[name]
