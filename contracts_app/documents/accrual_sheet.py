"""The accrual at the end of a month as a file."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contracts_app.documents.csv_file import data, plain
from contracts_app.domain.closing.accrual import COLUMNS, Accrual
from contracts_app.domain.money import written


def as_csv(accrual: Accrual, people: Mapping[UUID, str]) -> bytes:
    """A row per contract and the totals of each currency, amounts with its decimals; `people`: names."""
    about = ("As of", "Currency", "Contract", "Title", "Client", "Project manager")
    rows: list[list[object]] = [[*about, *(column.title for column in COLUMNS), "Entries without a rate"]]
    as_of = accrual.as_of.isoformat()
    for row in accrual.rows:
        manager = people.get(row.manager_id, "") if row.manager_id else ""
        names = [plain(one) for one in (row.number, row.title, row.client, manager)]
        amounts = [column.of(row) for column in COLUMNS]
        cells = ["" if one is None else written(one, row.currency) for one in amounts]
        rows.append([as_of, row.currency, *names, *cells, row.unpriced])
    for currency, sums in accrual.totals.items():
        cells = [written(one, currency) for one in sums]
        unpriced = sum(row.unpriced for row in accrual.rows if row.currency == currency)
        rows.append([as_of, currency, "Totals", "", "", "", *cells, unpriced])
    return data(rows)
