"""What a row of a register of orders needs to become an order of one contract. Nothing of this is looked at
where a file is only read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.money import ZERO, total
from importers.entries import canonical
from importers.kinds.expense_entry import ExpenseEntry
from importers.kinds.ordered_item import OrderedItem
from importers.problems import Problem, ask, ask_text, information, plural
from importers.rules import Checked, Context, settle, without_refused

_MOST_LINES = 500
"""Lines that an order may have."""
_WORDS: Mapping[str, CostCategory] = {
    **{each.value: each for each in CostCategory},
    "labor": CostCategory.labour,
    "l": CostCategory.labour,
    "materials": CostCategory.material,
    "m": CostCategory.material,
    "equip": CostCategory.equipment,
    "e": CostCategory.equipment,
    "subcontracts": CostCategory.subcontract,
    "subcontractor": CostCategory.subcontract,
    "subcontractors": CostCategory.subcontract,
    "s": CostCategory.subcontract,
    "expenses": CostCategory.expense,
    "o": CostCategory.other,
}
_ALL = "all"
_Row = TypeVar("_Row", OrderedItem, ExpenseEntry)
"""Rows that may say of which project they are."""


def of_this_contract(entries: Sequence[_Row], context: Context) -> Checked[_Row]:
    """Rows of the project that is called as the contract is; else a person says which belong to it."""
    meant = context.known.contract_external_id
    sizes = Counter(canonical(entry.project) for entry in entries if entry.project)
    if context.known.sov_lines is None or not sizes:
        return Checked(entries)
    own = {canonical(name) for name in (*context.known.project_names, meant) if name}
    chosen = {
        name
        for entry in entries
        if (name := canonical(entry.project)) and own & {name, canonical(_code(entry))}
    }
    asked: list[Problem] = []
    decision = None
    if not chosen:
        ordered: list[str] = [name for name, _ in sizes.most_common(90) if name != _ALL]
        problem, decision = ask(
            "projects_open",
            "projects",
            question="Which project of the file belongs to this contract?",
            choices=[
                *((name, f"{name}: {_size(_of(name, entries))}.") for name in ordered),
                (_ALL, f"All of them: {_size(entries)}."),
            ],
            proposal=ordered[0] if ordered else _ALL,
            places=[context.place(entry, "project") for entry in entries],
            found=", ".join(ordered) or _ALL,
            expected="a project known to belong to this contract",
            decisions=context.decisions,
        )
        asked.append(problem)
        if decision.decided is None:
            return Checked((), waiting=len(entries), problems=asked, decisions=[decision])
        chosen = set(sizes) if decision.decided == _ALL else {decision.decided}
    everything = chosen == set(sizes) and decision is not None
    kept = [entry for entry in entries if everything or canonical(entry.project) in chosen]
    others = [entry for entry in entries if not everything and canonical(entry.project) not in chosen]
    if others:
        asked.append(
            information(
                context.place(others[0], "project"),
                "other_project",
                found=_size(others),
                expected="rows of " + ", ".join(sorted(chosen)),
                mend="Ignored here. Import the file into the contract of that project too.",
                rows=len(others),
            )
        )
    return Checked(
        kept, ignored=len(others), problems=asked, decisions=[decision] if decision is not None else []
    )


def whose_and_when(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """Registers of one vendor's orders, or without days, leave both out: a person says them for all rows."""
    if context.known.orders is None:
        return Checked(entries)
    named = _vendor_said(entries, context)
    dated = _day_said(named.entries, context)
    return replace(
        dated,
        waiting=named.waiting + dated.waiting,
        problems=[*named.problems, *dated.problems],
        decisions=[*named.decisions, *dated.decisions],
    )


def _vendor_said(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    if not entries or any(entry.supplier for entry in entries):
        return Checked(entries)
    problem, decision = ask_text(
        "vendor_missing",
        "vendor",
        question="The file names no vendor. Whose orders are they?",
        places=[context.place(entry) for entry in entries],
        found="a register without vendors",
        expected="the vendor",
        decisions=context.decisions,
    )
    said = " ".join((decision.decided or "").split())[:200]
    kept = [entry.model_copy(update={"supplier": said}) for entry in entries] if said else []
    return Checked(kept, waiting=0 if said else len(entries), problems=[problem], decisions=[decision])


def _day_said(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    today, begun = context.known.today, context.known.contract_date
    if today is None or begun is None or any(entry.dated for entry in entries):
        return Checked(entries)
    days = {"import_day": today, "contract_day": begun}

    def effect(entry: OrderedItem, choice: str) -> OrderedItem | None:
        return entry.model_copy(update={"dated": days[choice]}) if choice in days else None

    return settle(
        entries,
        entries,
        context,
        code="order_day_missing",
        key="order_day",
        field_name="ordered_on",
        question="The file has no days of the orders. Of which day are they?",
        found="a register without days",
        expected="the day of each order",
        choices=[
            ("import_day", "The day on which this file is posted."),
            ("contract_day", f"The day of the contract, {begun}."),
            ("refuse", "They are not imported; add the days and import again."),
        ],
        proposal="import_day",
        effect=effect,
    )


def fit_for_the_contract(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """Whole orders that the contract can take: each with number, vendor and day, new, in its currency, on
    lines of its schedule of values. One line that cannot be taken keeps its whole order out."""
    if context.known.orders is None:
        return Checked(entries)
    orders: dict[str | None, list[OrderedItem]] = defaultdict(list)
    for entry in entries:
        orders[entry.number].append(entry)
    refused: list[tuple[OrderedItem, Problem]] = []
    for number, items in orders.items():
        bad = [
            (item, problem) for item in items if (problem := _unfit(number, item, items, context)) is not None
        ]
        refused.extend(bad)
        named = {item.external_id for item, _ in bad}
        if bad and number is not None:
            refused.extend(
                (item, _kept_out(number, item, context)) for item in items if item.external_id not in named
            )
    fit = without_refused(entries, refused)
    booked = _booked(fit.entries, context)
    return replace(booked, refused=booked.refused + fit.refused, problems=[*fit.problems, *booked.problems])


def _unfit(
    number: str | None, item: OrderedItem, order: Sequence[OrderedItem], context: Context
) -> Problem | None:
    """Why this row cannot be taken into the contract; None where it can."""
    known = context.known
    field, code, expected, mend = "", "", "", ""
    if number is None:
        field, code = "order_number", "order_number_missing"
        expected, mend = "the number of the order", "Add the numbers of the orders in their source."
    elif known.orders is not None and number in known.orders:
        field, code = "order_number", "order_exists"
        expected = f"an order that the contract does not have; {number} is there"
        mend = "Propose a change order to it where it has changed."
    elif item.supplier is None:
        field, code, expected, mend = "vendor", "value_missing", "the vendor", "Fill in the cell."
    elif item.dated is None:
        field, code, expected, mend = "ordered_on", "value_missing", "the day of the order", "Fill it in."
    elif known.today is not None and item.dated > known.today:
        field, code = "ordered_on", "day_in_future"
        expected, mend = f"a day up to {known.today}", "Correct the day."
    elif item.amount < ZERO or (item.quantity is not None and item.quantity <= ZERO):
        field, code, expected = "amount", "returned_item", "what was ordered"
        mend = (
            "What went back is recorded as a delivery below zero, and what the vendor gives back for it as a "
            "credit memo."
        )
    elif item.currency is not None and item.currency.upper() != known.currency:
        field, code = "currency", "other_currency"
        expected, mend = (
            f"{known.currency}, the contract's currency",
            "Order it on a contract of its currency.",
        )
    elif (
        item.line is not None
        and item.line not in (known.sov_lines or {})
        and item.line not in known.sov_items
    ):
        field, code, expected = "sov_line", "unknown_sov_line", "a line of the contract's schedule of values"
        mend = "Correct the line, or leave it out."
    elif len({one.supplier for one in order}) > 1 or len({one.dated for one in order}) > 1:
        field = "vendor" if len({one.supplier for one in order}) > 1 else "ordered_on"
        code, expected = "order_contradicts_itself", f"one vendor and one day on all rows of order {number}"
        mend = "Write the same on every row of the order."
    elif len(order) > _MOST_LINES:
        field, code, expected = "order_number", "order_too_long", f"at most {_MOST_LINES} lines in an order"
        mend = "Enter the order in parts."
    return context.refuse(item, field, code, expected=expected, mend=mend) if code else None


def _kept_out(number: str, item: OrderedItem, context: Context) -> Problem:
    return context.refuse(
        item,
        "order_number",
        "order_not_whole",
        expected=f"all rows of order {number} in order",
        mend="Another row of this order cannot be taken: mend that one and import again.",
    )


def _booked(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """What kind of cost each is: as the file says it in a word that is known, else by decision."""

    def effect(entry: OrderedItem, choice: str) -> OrderedItem:
        return entry.model_copy(update={"cost": CostCategory(choice)})

    known = [
        entry.model_copy(update={"cost": _WORDS.get((entry.category or "").strip().casefold())})
        for entry in entries
    ]
    open_ = [entry for entry in known if entry.cost is None]
    return settle(
        known,
        open_,
        context,
        code="cost_category_open",
        key="cost_category",
        field_name="category",
        question=f"What kind of cost {'is' if len(open_) == 1 else 'are'} "
        f"{plural(len(open_), 'item')} that the file puts under none of the known ones?",
        found=plural(len(open_), "item") + " without a known kind of cost",
        expected=", ".join(CostCategory),
        choices=[(each.value, f"They are booked as {each.value}.") for each in CostCategory],
        proposal=CostCategory.material.value,
        effect=effect,
    )


def _code(entry: OrderedItem | ExpenseEntry) -> str | None:
    return entry.project_code if isinstance(entry, ExpenseEntry) else None


def _of(project: str, entries: Sequence[_Row]) -> Sequence[_Row]:
    return [entry for entry in entries if canonical(entry.project) == project]


def _size(entries: Sequence[_Row]) -> str:
    return f"{plural(len(entries), 'row')}, {total(entry.amount for entry in entries):,f}"
