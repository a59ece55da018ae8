"""The named reports for programs."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.params import FromPath

from contracts_app.domain.roles import Role
from contracts_app.services.audit_reports import REPORTS, report_of, running
from contracts_app.web.guard import roles
from contracts_app.web.parts import HttpRequest, identity_of, parts_of

READERS = roles(Role.controller, Role.auditor)
MOST = 10_000
"""Rows of a part in one answer; the files have all."""
_PARAMETERS = ("from", "to", "as_of", "contract", "client")


@get("/api/reports", opt=READERS, sync_to_thread=False)
def reports() -> dict[str, Any]:
    """Every report: number, title, question, and what it is asked with."""
    return {
        "reports": [
            {
                "number": one.number,
                "title": one.title,
                "question": one.question,
                "parameters": [asked.value for asked in one.asks],
                "parts": [part.name for part in one.parts],
            }
            for one in REPORTS.values()
        ]
    }


@get("/api/reports/{number:str}", opt=READERS, sync_to_thread=True)
def report(request: HttpRequest, number: FromPath[str]) -> dict[str, Any]:
    """Run a report: what stands beside it, and the first rows of each part. The run is recorded."""
    who = identity_of(request)
    given = {name: request.query_params.get(name, "")[:200] for name in _PARAMETERS}
    found = running.run(
        parts_of(request).engine,
        who.firm_id,
        report_of(number),
        given,
        (who.person_id, who.name),
        keep=MOST,
        form="api",
    )
    return {
        "about": found.footer(),
        "parts": {
            table.part.name: [
                {column.name: cell for column, cell in zip(table.part.columns, row, strict=True)}
                for row in table.rows
            ]
            for table in found.tables
        },
    }


ROUTES = (reports, report)
