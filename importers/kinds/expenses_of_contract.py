"""What an expense needs to become one of a contract: a line, a category, its currency, and whether the tax in
it is got back. Nothing of this is looked at where a file is only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts_app.domain.money import ZERO
from importers.kinds.expense_entry import ExpenseEntry
from importers.problems import ask_text, information, plural
from importers.rules import Checked, Context, settle, without_refused

_MOST_CHOICES = 99


def _fit(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """Refuse what the contract cannot take, each row for itself."""
    if context.known.sov_lines is None:
        return Checked(entries)
    refused = []
    for entry in entries:
        field, code, expected, mend = _unfit(entry, context)
        if code:
            refused.append((entry, context.refuse(entry, field, code, expected=expected, mend=mend)))
    return without_refused(entries, refused)


def _unfit(entry: ExpenseEntry, context: Context) -> tuple[str, str, str, str]:
    """Field, code, what was expected and how to mend it; an empty code where nothing is wrong."""
    known = context.known
    if entry.amount < ZERO:
        mend = "Enter it on the contract as an adjusting entry to the expense that it gives back."
        return "amount", "refund", "what was spent, above zero", mend
    if entry.tax is not None and not ZERO <= entry.tax <= entry.amount:
        return "tax", "tax_above_amount", f"tax of 0 to {entry.amount:f}, part of the amount", "Correct it."
    if entry.currency is not None and entry.currency != known.currency:
        mend = "Export it in the contract's currency, or enter it on the contract with the rate of its day."
        return "currency", "other_currency", f"{known.currency}, the contract's currency", mend
    if entry.original_currency not in (None, known.currency) and entry.original_amount == entry.amount:
        mend = "Export converted amounts, or enter it on the contract with the exchange rate of its day."
        expected = f"the amount in {known.currency}, converted from {entry.original_currency}"
        return "amount", "not_converted", expected, mend
    if known.today is not None and entry.spent_on > known.today:
        return "spent_on", "day_in_future", f"a day up to {known.today}", "Correct the day."
    if known.contract_date is not None and entry.spent_on < known.contract_date:
        expected = f"a day from {known.contract_date} on, the day of the contract"
        return "spent_on", "before_contract", expected, "Correct the day, or leave the row out."
    if entry.sov_line is not None and _line_of(entry, context) is None:
        mend = "Correct the line, or leave it out: then one is asked for."
        return "sov_line", "unknown_sov_line", "a line of the contract's schedule of values", mend
    return "", "", "", ""


def _line_of(entry: ExpenseEntry, context: Context) -> str | None:
    """The number of the line that a row names by number or by its id in the source, or that its code means;
    None where it names none that is known."""
    line = entry.line_meant or entry.sov_line
    if line is None:
        return None
    numbers = context.known.numbers_of_lines
    return line if line in numbers.values() else numbers.get(line)


def _on_a_line(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """The line of the schedule: as the row says, the only one there is, else by decision."""
    known = context.known
    if known.sov_lines is None:
        return Checked(entries)
    only = known.lines_for_costs[0][0] if len(known.lines_for_costs) == 1 else None
    placed = [
        entry.model_copy(update={"item_no": _line_of(entry, context) if entry.sov_line else only})
        for entry in entries
    ]
    open_ = [entry for entry in placed if entry.item_no is None]
    if not known.lines_for_costs:
        none = [
            (
                entry,
                context.refuse(
                    entry,
                    "sov_line",
                    "unknown_sov_line",
                    expected="a line of the contract's schedule of values",
                    mend="Give the contract its schedule of values first.",
                ),
            )
            for entry in open_
        ]
        return without_refused(placed, none)
    return settle(
        placed,
        open_,
        context,
        code="expense_line_open",
        key="expense_line",
        field_name="sov_line",
        question=f"On which line of the contract {'is' if len(open_) == 1 else 'are'} "
        f"{plural(len(open_), 'expense')} of the file?",
        found=plural(len(open_), "expense") + " without a line",
        expected="a line of the contract's schedule of values",
        choices=[
            (number, f"{number} {said}".strip()) for number, said in known.lines_for_costs[:_MOST_CHOICES]
        ],
        proposal=known.lines_for_costs[0][0],
        effect=lambda entry, choice: entry.model_copy(update={"item_no": choice}),
    )


def _booked(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """The category: the file's own, else what a person says for all rows without one."""
    if context.known.sov_lines is None:
        return Checked(entries)
    without = [entry for entry in entries if not entry.category]
    said, asked = "", None
    if without:
        asked = ask_text(
            "category_missing",
            "expense_category",
            question=f"{plural(len(without), 'expense')} of the file "
            f"{'has' if len(without) == 1 else 'have'} no category. Which is it?",
            places=[context.place(entry, "category") for entry in without],
            found="no category",
            expected="a category that the contract speaks of, such as travel",
            decisions=context.decisions,
        )
        said = " ".join((asked[1].decided or "").split())[:200]
    kept = [
        entry.model_copy(update={"booked_as": entry.category or said})
        for entry in entries
        if entry.category or said
    ]
    checked = Checked(kept, waiting=len(entries) - len(kept))
    return replace(checked, problems=[asked[0]], decisions=[asked[1]]) if asked else checked


def _taxed(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """Whether the firm gets the tax back that the rows say; got back, it is no cost."""
    if context.known.sov_lines is None:
        return Checked(entries)
    taxed = [entry for entry in entries if entry.tax]
    return settle(
        entries,
        taxed,
        context,
        code="expense_tax_open",
        key="expense_tax",
        field_name="tax",
        question=f"{plural(len(taxed), 'expense')} of the file {'says' if len(taxed) == 1 else 'say'} how "
        "much tax is in the amount. Does the firm get it back?",
        found="tax in the amount",
        expected="whether it is a cost",
        choices=[
            ("cost", "No: the whole amount is the cost."),
            ("recovered", "Yes: the cost is the amount less the tax."),
        ],
        proposal="cost",
        effect=lambda entry, choice: entry.model_copy(
            update={"tax_recovered": entry.tax if choice == "recovered" and entry.tax else ZERO}
        ),
    )


def _elsewhere(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """Say how many rows are kept and never billed, and which currency amounts without one were taken in."""
    if context.known.sov_lines is None or not entries:
        return Checked(entries)
    said = []
    elsewhere = [entry for entry in entries if entry.is_billed_elsewhere]
    if elsewhere:
        said.append(
            information(
                context.place(elsewhere[0], "billed_elsewhere"),
                "billed_elsewhere",
                found=plural(len(elsewhere), "row") + " that an earlier system has billed",
                expected="expenses that are still to be billed",
                mend="They are kept as costs and never offered for billing here.",
                rows=len(elsewhere),
            )
        )
    unsaid = [entry for entry in entries if entry.currency is None]
    if unsaid:
        said.append(
            information(
                context.place(unsaid[0], "amount"),
                "currency_not_said",
                found=plural(len(unsaid), "row") + " without a currency",
                expected="the currency of the amounts",
                mend=f"They are taken in {context.known.currency}, the contract's currency.",
                rows=len(unsaid),
            )
        )
    return Checked(entries, problems=said)


STEPS = (_fit, _on_a_line, _booked, _taxed, _elsewhere)
