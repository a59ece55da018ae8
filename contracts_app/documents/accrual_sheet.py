"""The accrual at the end of a month as a file."""

from __future__ import annotations

import csv
import io

from contracts_app.domain.closing.accrual import COLUMNS, Accrual
from contracts_app.domain.money import written


def as_csv(accrual: Accrual) -> bytes:
    """A row per contract and the totals of each currency, amounts with its decimals, UTF-8 with the mark by
    which spreadsheets know it. A text that would be read as a formula starts with an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(
        ["As of", "Currency", "Contract", "Title", "Client", "Project manager"]
        + [column.title for column in COLUMNS]
        + ["Entries without a rate"]
    )
    as_of = accrual.as_of.isoformat()
    for row in accrual.rows:
        names = [_plain(one) for one in (row.number, row.title, row.client, row.manager or "")]
        amounts = [column.of(row) for column in COLUMNS]
        cells = ["" if one is None else written(one, row.currency) for one in amounts]
        writer.writerow([as_of, row.currency, *names, *cells, row.unpriced])
    for currency, sums in accrual.totals.items():
        cells = [written(one, currency) for one in sums]
        unpriced = sum(row.unpriced for row in accrual.rows if row.currency == currency)
        writer.writerow([as_of, currency, "Totals", "", "", "", *cells, unpriced])
    return target.getvalue().encode("utf-8-sig")


def _plain(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
