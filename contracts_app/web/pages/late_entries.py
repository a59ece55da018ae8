"""Time, expenses and costs of closed months, by the month that they are posted to: a page and a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter

from litestar import Response, get
from litestar.params import FromQuery
from sqlalchemy import Connection

from contracts_app.documents.csv_file import data, plain
from contracts_app.domain.money import written
from contracts_app.store.views.late_entries import LATEST, LateEntry, late_entries
from contracts_app.web.api.closing import READERS, first_day_of
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking
from contracts_app.web.pages.formatting import hours
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest, identity_of

_HEADINGS = (
    *("Posted to", "Kind", "Day", "Entered at", "Contract", "What", "Stands", "Entered by"),
    *("Hours", "Amount", "Currency"),
)


@get("/periods/late-entries", opt=READERS, include_in_schema=False, sync_to_thread=True)
def late_entries_page(request: HttpRequest, posted: FromQuery[str | None] = None) -> Response[str]:
    """Late entries by the month that they are posted to, the last month first."""
    with looking(request) as (connection, _):
        found = _asked(request, connection, posted)
        return page(
            request,
            connection,
            "late_entries.html",
            months=[(month, list(rows)) for month, rows in groupby(found[:LATEST], attrgetter("posted_to"))],
            posted=posted,
            more=len(found) > LATEST,
        )


@get("/periods/late-entries/csv", opt=READERS, include_in_schema=False, sync_to_thread=True)
def late_entries_file(request: HttpRequest, posted: FromQuery[str | None] = None) -> Response[bytes]:
    """The same as a file."""
    with looking(request) as (connection, _):
        found = _asked(request, connection, posted)
    rows = [_HEADINGS, *(_cells(one) for one in found[:LATEST])]
    headers = {"Content-Disposition": attachment("late-entries.csv")}
    return Response(data(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _asked(request: HttpRequest, connection: Connection, posted: str | None) -> Sequence[LateEntry]:
    month: date | None = first_day_of(posted) if posted else None
    return late_entries(connection, identity_of(request).firm_id, month)


def _cells(one: LateEntry) -> Sequence[object]:
    return (
        f"{one.posted_to:%Y-%m}",
        one.kind,
        one.day.isoformat(),
        one.entered_at.isoformat(timespec="seconds"),
        plain(one.number),
        plain(one.what),
        one.state,
        plain(one.entered_by),
        "" if one.seconds is None else hours(one.seconds),
        "" if one.amount is None or one.currency is None else written(one.amount, one.currency),
        one.currency or "",
    )


ROUTES = (late_entries_page, late_entries_file)
