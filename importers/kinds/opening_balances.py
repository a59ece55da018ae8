"""Opening balances: how far each line of a contract was billed, certified and retained before billing moved
here, as of the end of a period. One row a line; our own template has these columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from contracts_app.domain.money import less, total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.problems import file_problem, information
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.values import Flaw

_ZERO = Decimal(0)


class OpeningBalance(Entry):
    """Where a line stood at the end of a period, all amounts to date.

    `completed` is work certified without stored material (D + E of the last continuation sheet), `stored`
    the material presently stored (F), `retainage_held` what is withheld and not released (I). `paid` is what
    of it the client has paid, where the file says so.
    """

    sov_line: str
    as_of: date
    application_number: int
    completed: Decimal
    stored: Decimal = _ZERO
    retainage_held: Decimal = _ZERO
    paid: Decimal | None = None

    @property
    def to_date(self) -> Decimal:
        """Work and stored material: column G."""
        return total((self.completed, self.stored))

    @property
    def earned_less_retainage(self) -> Decimal:
        """The line's part of line 6."""
        return less(self.to_date, self.retainage_held)


COLUMNS = (
    CONTRACT,
    Column(
        "sov_line",
        "Line, Line no, Item, Item no, Item number, sov_line_id, SOV line, Line id, Cost code",
        values.identifier,
        title="Item number",
    ),
    Column("as_of", "As of date, Period to, Period ending, Cut-over date, Cutover date, Date", values.day),
    Column(
        "application_number",
        "Last application no, Last application, Application no, Application, App no, Pay app",
        values.whole_number,
        title="Last application number",
    ),
    Column(
        "completed",
        "Work completed to date, Completed to date, Billed to date, Certified to date, Billed before, "
        "Previously billed",
        values.amount,
        title="Work completed to date",
    ),
    Column(
        "stored",
        "Materials presently stored, Stored materials, Stored material, Materials stored",
        values.amount,
        required=False,
        title="Materials presently stored",
    ),
    Column(
        "retainage_held",
        "Retainage, Retainage to date, Retention held, Retention, Holdback",
        values.amount,
        required=False,
    ),
    Column("paid", "Paid to date, Amount paid, Paid before, Received", values.amount, required=False),
)


def _build(row: Mapping[str, object]) -> OpeningBalance | RowFlaws:
    known = {field: value for field, value in row.items() if value is not None}
    entry = OpeningBalance.model_validate({**known, "external_id": str(row["sov_line"])})
    low, high = sorted((_ZERO, entry.to_date))
    if not low <= entry.retainage_held <= high:
        return [
            (
                "retainage_held",
                Flaw("retainage_above_billed", "at most what is billed of the line", "Correct the cell."),
            )
        ]
    return entry


def _on_line(entries: Sequence[OpeningBalance], context: Context) -> Checked[OpeningBalance]:
    """Rows of lines that the contract does not have, by item number or id, are refused."""
    names = context.known.line_names
    if names is None:
        return Checked(entries)
    unknown = [
        (
            entry,
            context.refuse(
                entry,
                "sov_line",
                "unknown_sov_line",
                expected="a line of the contract's schedule of values",
                mend="Correct the line, or import the schedule of values first.",
            ),
        )
        for entry in entries
        if entry.sov_line not in names
    ]
    return without_refused(entries, unknown)


def _of_one_day(entries: Sequence[OpeningBalance], context: Context) -> Checked[OpeningBalance]:
    """All rows of a contract speak of one application and one day."""
    said = sorted({(e.application_number, e.as_of) for e in entries})
    if len(said) < 2:
        return Checked(entries)
    wrong = file_problem(
        context.file,
        "several_cut_overs",
        found="; ".join(f"application {number} as of {day}" for number, day in said[:5]),
        expected="one application and one date over all lines",
        mend="Give every line as it stood on the day of the last application before the move.",
    )
    return Checked((), refused=len(entries), problems=[wrong])


def _paid(entries: Sequence[OpeningBalance], context: Context) -> Checked[OpeningBalance]:
    """What is earned less retainage and not paid is owed: the open invoices of the former system say it."""
    known = [entry for entry in entries if entry.paid is not None]
    if not known:
        return Checked(entries)
    owed = less(
        total(entry.earned_less_retainage for entry in known), total(entry.paid or _ZERO for entry in known)
    )
    if not owed:
        return Checked(entries)
    said = information(
        context.place(known[0], "paid"),
        "not_all_paid",
        found=f"{owed:,} earned less retainage and not paid",
        expected="open receivables of as much",
        mend="Import the open receivables of the former system too: they say which invoices are owed.",
        rows=len(known),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.opening_balances,
    columns=COLUMNS,
    build=_build,
    steps=(_on_line, _of_one_day, _paid),
    money=("completed", "stored", "retainage_held", "paid"),
    amount=lambda entry: entry.to_date,
    dates=("as_of",),
    numbers=("completed", "stored", "retainage_held", "paid"),
)
