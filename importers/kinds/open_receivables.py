"""Open receivables at cut-over: what clients still owe on invoices of the system before, and cash of theirs
that stands on no invoice.

Invoices keep the numbers they were issued under and take none of ours. `balance` is what is open without
retainage; `retainage` is what the client keeps back of the invoice and owes later, apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.contract import in_order
from contracts_app.domain.money import ZERO, less, opposite
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Kind
from importers.kinds import receivables_of_firm
from importers.kinds.order_columns import CURRENCY
from importers.kinds.receivable_entry import OpenReceivable
from importers.problems import information, plural
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.values import Flaw

_CASH = re.compile(
    r"(?:payment|receipt|cash|unapplied.*|on account|deposit|prepayment|credit|credit memo)\Z", re.IGNORECASE
)


COLUMNS = (
    CONTRACT,
    Column(
        "number",
        "Invoice number, Invoice no, Invoice #, Invoice, Document number, Doc no, Number, Num, Reference",
        values.identifier,
        title="Invoice number",
    ),
    Column("type", "Transaction type, Document type, Doc type", values.text, required=False),
    Column("client", "Client name, Customer, Customer name, Name, Debtor", values.name),
    Column(
        "issued_on",
        "Invoice date, Date, Issue date, Issued, Document date, Transaction date",
        values.day,
        title="Invoice date",
    ),
    Column("due_on", "Due date, Due, Date due", values.day, required=False),
    Column(
        "original",
        "Original amount, Invoice amount, Amount, Total, Invoice total, Gross amount",
        values.amount,
        required=False,
    ),
    Column(
        "balance",
        "Open balance, Balance due, Amount due, Open amount, Outstanding, Open, Unpaid, Remaining",
        values.amount,
    ),
    Column(
        "retainage",
        "Retainage receivable, Retention, Retainage held, Holdback, Retention held",
        values.amount,
        required=False,
    ),
    CURRENCY,
    Column("description", "Memo, Text, Notes, Project name", values.text, required=False),
)


def _build(row: Mapping[str, object]) -> OpenReceivable | RowFlaws:
    said = {**row}
    kind = str(said.pop("type", "") or "").strip()
    balance, held = said["balance"], said.get("retainage", ZERO)
    assert isinstance(balance, Decimal)
    assert isinstance(held, Decimal)
    cash = bool(_CASH.match(kind)) or balance < ZERO
    if cash:
        said["balance"] = opposite(balance) if balance < ZERO else balance
    if held < ZERO or (cash and held):
        flaw = Flaw("retainage_of_cash", "retainage of 0 or more, kept back of an invoice", "Correct it.")
        return [("retainage", flaw)]
    if said["balance"] == ZERO and held == ZERO:
        return [("balance", Flaw("nothing_open", "an open balance or retainage", "Delete the row."))]
    issued, due = said["issued_on"], said.get("due_on")
    assert isinstance(issued, date)
    if not cash and due is None and balance:
        mend = "Fill it in: reminders and ageing count from it."
        return [("due_on", Flaw("value_missing", "the day the invoice is due", mend))]
    if isinstance(due, date) and not in_order(issued, due):
        return [("due_on", Flaw("due_before_issue", f"a date from {issued} on", "Correct one of the dates."))]
    return OpenReceivable.model_validate(
        {**said, "retainage": held, "unapplied": cash, "external_id": said["number"]}
    )


def _within_the_invoice(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    """No more is open of an invoice than it came to."""
    odd = [
        (
            entry,
            context.refuse(
                entry,
                "balance",
                "more_open_than_invoiced",
                expected=f"at most {entry.original:f}, what invoice {entry.number} came to",
                mend="Correct the balance, the retainage or the amount of the invoice.",
            ),
        )
        for entry in entries
        if not entry.unapplied
        and entry.original is not None
        and less(entry.original, entry.balance, entry.retainage) < ZERO
    ]
    return without_refused(entries, odd)


def _cash(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    """Say which rows are cash that stands on no invoice."""
    found = [entry for entry in entries if entry.unapplied]
    if not found:
        return Checked(entries)
    said = information(
        context.place(found[0], "balance"),
        "unapplied_cash",
        found=f"{plural(len(found), 'row')} of cash that is not applied to an invoice",
        expected="open invoices, or cash on account",
        mend="They are taken as cash on account of the client, to be applied later.",
        rows=len(found),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.open_receivables,
    columns=COLUMNS,
    build=_build,
    steps=(_within_the_invoice, _cash, *receivables_of_firm.STEPS),
    money=("balance", "retainage", "original"),
    amount=lambda entry: opposite(entry.balance) if entry.unapplied else entry.balance + entry.retainage,
    dates=("issued_on", "due_on"),
    numbers=("balance", "retainage", "original"),
)
