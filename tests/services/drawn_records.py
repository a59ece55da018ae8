"""Files of every kind that brings records, drawn by hypothesis: which rows they have and how they are taken
back. Each goes into a contract of its own sort, where it can stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from tests.services.small_firm import ORIGINAL_SUM

Row = tuple[int, int, str]
"""How many, hundredths of an amount, and words."""
WORDS = ("Bolts", "Site \N{LATIN SMALL LETTER E WITH ACUTE}tude", '"Steel, ""grade"" 2"', "=1+1")
ORDERED, IN_FORCE, FUNDED, AGREED, EMPTY, BEHIND = "DO", "DF", "DG", "DA", "DE", "DB"
"""Contracts: with an approved order; in force; of time under client orders; in set-up; without a schedule;
with work behind it."""
CLIENT = "Drawn Client"
ORDERED_WORDS = ("Bolts", "Nuts")
"""What the lines of the approved order are."""


def _order(at: int, row: Row) -> str:
    many, price, words = row
    amount = f"{many * Decimal(price) / 100:.2f}"
    line = 1 + at % 2
    return (
        f"PO-{at // 2},{line}0,Sample Supply,2024-03-04,{words},{many},EA,{_money(row)},1,{amount},Material,2"
    )


def _bill(at: int, row: Row) -> str:
    many, price, _ = row
    amount = f"{many * Decimal(price) / 100:.2f}"
    return f"B-{at // 2},PO-D,Sample Supply,2024-03-20,{ORDERED_WORDS[at % 2]},{many},{_money(row)},{amount}"


def _budget(at: int, row: Row) -> str:
    return f"03 {at:02} 00,{row[2]},{_money(row)},{row[0]}.00,{row[1] / 100 + row[0]:.2f}"


def _receivable(at: int, row: Row) -> str:
    return f"OLD-D{at},Invoice,{CLIENT},2024-01-05,2024-02-04,{_money(row)},{_money(row)},"


def _money(row: Row) -> str:
    return f"{Decimal(row[1]) / 100:.2f}"


_KINDS: Mapping[str, tuple[str, str, Callable[[int, Row], str]]] = {
    "purchase_orders": (
        IN_FORCE,
        (
            "PO number,Item number,Vendor,Date,Description,Quantity,Unit,Price,Price unit,Amount,Cost type,"
            "SOV line"
        ),
        _order,
    ),
    "receipts": (
        ORDERED,
        "PO number,Item number,Receipt date,Delivery note,Quantity",
        lambda at, row: f"PO-D,{1 + at % 2}0,2024-03-10,DN-{at},{row[0]}",
    ),
    "vendor_bills": (
        ORDERED,
        "Bill number,PO number,Vendor,Bill date,Description,Quantity,Unit price,Amount",
        _bill,
    ),
    "client_purchase_orders": (
        FUNDED,
        "PO number,Line,Date,Amount,SOV lines,On exceed",
        lambda at, row: f"D-{at // 2},{1 + at % 2}0,2024-03-01,{_money(row)},1,warn",
    ),
    "milestones": (
        AGREED,
        "Milestone,Line,Amount,Planned",
        lambda at, row: f"{at}. part,{1 + at % 3},{_money(row)},2024-05-0{1 + row[0] % 9}",
    ),
    "rate_cards": (
        AGREED,
        "Role,Rate,Effective from",
        lambda at, row: f"Engineer {at},{_money(row)},2024-01-0{1 + row[0] % 9}",
    ),
    "budget": (
        IN_FORCE,
        "Cost code,Description,Original budget,Approved changes,Revised budget",
        _budget,
    ),
    "schedule_of_values": (
        EMPTY,
        "Line id,Line,Description,Value",
        lambda at, row: f"E-{at},{1 + at},{row[2]},{_money(row)}",
    ),
    "opening_balances": (
        BEHIND,
        (
            "Item number,As of,Last application number,Work completed to date,Materials presently stored,"
            "Retainage held,Paid to date"
        ),
        lambda at, row: f"{1 + at},2024-02-29,7,{_money(row)},0.00,0.00,{_money(row)}",
    ),
    "change_orders": (
        IN_FORCE,
        "CO,Submitted,Title,Amount,Status,Date signed",
        lambda at, row: f"CO-D{at},2024-03-04,Change {row[0]},{_money(row)},Approved,2024-03-11",
    ),
    "labour_log": (
        IN_FORCE,
        "log_id,date,employee_id,role,sov_line_id,hours_st,hours_ot",
        lambda at, row: f"L-{at},2024-03-0{1 + at},W-1,Worker,{IN_FORCE}-2,{row[0] % 9},1.5",
    ),
    "clients": ("", "Name,Email", lambda at, row: f"Drawn {at} Ltd,office{row[0]}@drawn.example"),
    "contacts": (
        "",
        "Contact,Company,Email",
        lambda at, row: f"Person {at},{CLIENT if row[0] % 2 else 'Drawn 0 Ltd'},p{at}@drawn.example",
    ),
    "open_receivables": (
        "",
        "Invoice number,Type,Client,Invoice date,Due date,Original amount,Open balance,Retainage",
        _receivable,
    ),
}
"""By kind: the contract, the columns, and what a row says."""
_GOES_BEFORE = (("vendor_bills", "receipts"), ("contacts", "clients"))
"""What stands on the other, and has to be taken back first."""


@dataclass(frozen=True)
class Records:
    """Files of all kinds in the order in which they come in, of the budget a later edition as well; and the
    order in which they are taken back."""

    rows: Mapping[str, Sequence[Row]]
    edition: Sequence[Row]
    turns: Sequence[int]

    def files(self) -> list[tuple[str, str, str]]:
        """Kind, contract and text of each."""
        later = [(many + 30, amount, words) for many, amount, words in self.edition]
        drawn = [*((kind, self.rows[kind]) for kind in _KINDS), ("budget", later)]
        return [(kind, _KINDS[kind][0], self._text(kind, rows)) for kind, rows in drawn]

    def _text(self, kind: str, rows: Sequence[Row]) -> str:
        _, head, row_of = _KINDS[kind]
        said = [row_of(at, row) for at, row in enumerate(rows)]
        if kind == "schedule_of_values":
            rest = ORIGINAL_SUM - sum(Decimal(row[1]) / 100 for row in rows)
            said.append(f"E-R,{1 + len(rows)},The rest,{rest:.2f}")
        return "\n".join((head, *said)) + "\n"

    def back(self) -> list[int]:
        """Which of the files is taken back when."""
        kinds = [kind for kind, _, _ in self.files()]
        order = list(self.turns)
        for first, second in _GOES_BEFORE:
            at, to = order.index(kinds.index(first)), order.index(kinds.index(second))
            if at > to:
                order[at], order[to] = order[to], order[at]
        return order


_ROWS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 99_999), st.sampled_from(WORDS)), min_size=1, max_size=3
)
RECORDS: st.SearchStrategy[Records] = st.builds(
    Records,
    rows=st.fixed_dictionaries(dict.fromkeys(_KINDS, _ROWS)),
    edition=_ROWS,
    turns=st.permutations(range(len(_KINDS) + 1)),
)
