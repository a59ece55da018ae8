"""What an open receivable needs to be brought forward: a client on record, one of the firm's companies and
its currency, and a day that is past. Nothing of this is looked at where a file is only read."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.money import total
from importers.kinds.clients_by_name import on_record
from importers.kinds.receivable_entry import OpenReceivable
from importers.problems import ask, information
from importers.rules import Checked, Context, without_refused


def _whose(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    """Which of the firm's companies is owed: the only one, else by decision for the whole file."""
    companies = context.known.currency_of_companies
    if context.known.clients is None or not entries or not companies:
        return Checked(entries)
    if len(companies) == 1:
        only = next(iter(companies))
        return Checked([entry.model_copy(update={"owed_to": only}) for entry in entries])
    problem, decision = ask(
        "owed_to_open",
        "owed_to",
        question="To which of the firm's companies is this owed?",
        choices=[(name, f"{name}, in {currency}.") for name, currency in companies.items()],
        proposal=next(iter(companies)),
        places=[context.place(entry) for entry in entries],
        found="a file that does not say it",
        expected="one of the companies that bill",
        decisions=context.decisions,
    )
    if decision.decided is None:
        return Checked((), waiting=len(entries), problems=[problem], decisions=[decision])
    kept = [entry.model_copy(update={"owed_to": decision.decided}) for entry in entries]
    return Checked(kept, problems=[problem], decisions=[decision])


def _fit(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    """Refuse what cannot be brought forward, each row for itself."""
    if context.known.clients is None:
        return Checked(entries)
    refused = []
    for entry in entries:
        field, code, expected, mend = _unfit(entry, context)
        if code:
            refused.append((entry, context.refuse(entry, field, code, expected=expected, mend=mend)))
    return without_refused(entries, refused)


def _of_clients(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    return on_record(entries, context, lambda entry: entry.client)


def _unfit(entry: OpenReceivable, context: Context) -> tuple[str, str, str, str]:
    """Field, code, what was expected and how to mend it; an empty code where nothing is wrong."""
    known = context.known
    if known.today is not None and entry.issued_on > known.today:
        return "issued_on", "day_in_future", f"a day up to {known.today}", "Correct the day."
    currency = known.currency_of_companies.get(entry.owed_to or "")
    if entry.currency is not None and currency is not None and entry.currency.upper() != currency:
        mend = f"Bring it forward in {currency}, as it stood in the books at cut-over."
        return "currency", "other_currency", f"{currency}, the currency of the books", mend
    return "", "", "", ""


def _said(entries: Sequence[OpenReceivable], context: Context) -> Checked[OpenReceivable]:
    """The three sums that the old books must agree with."""
    if context.known.clients is None or not entries:
        return Checked(entries)
    owed = total(entry.balance for entry in entries if not entry.unapplied)
    held = total(entry.retainage for entry in entries)
    cash = total(entry.balance for entry in entries if entry.unapplied)
    said = information(
        context.place(entries[0], "balance"),
        "brought_forward",
        found=f"{owed:,.2f} open, {held:,.2f} retainage apart, {cash:,.2f} cash on no invoice",
        expected="the control accounts of the system before at cut-over",
        mend="Compare the three sums before you post.",
        rows=len(entries),
    )
    return Checked(entries, problems=[said])


STEPS = (_of_clients, _whose, _fit, _said)
