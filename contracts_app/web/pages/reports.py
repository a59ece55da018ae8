"""The named reports: their list, each as a page with its parameters and footer, and as files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from contracts_app.documents.report_files import Folder, Sheets
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.services.audit_reports import REPORTS, report_of, running
from contracts_app.services.audit_reports.result import Result
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.people import clients
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.reports import READERS
from contracts_app.web.api.shown import looking
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.work_in_progress import XLSX
from contracts_app.web.parts import HttpRequest, identity_of, parts_of

_PARAMETERS = ("from", "to", "as_of", "contract", "client")
_FILES: Mapping[str, tuple[Callable[[Path], Folder | Sheets], str]] = {
    "zip": (Folder, "application/zip"),
    "xlsx": (Sheets, XLSX),
}


@get("/reports", opt=READERS, include_in_schema=False, sync_to_thread=True)
def reports(request: HttpRequest) -> Response[str]:
    """Every report with its question."""
    with looking(request) as (connection, _):
        return page(request, connection, "reports.html", reports=list(REPORTS.values()))


@get("/reports/{number:str}", opt=READERS, include_in_schema=False, sync_to_thread=True)
def one(request: HttpRequest, number: FromPath[str]) -> Response[str]:
    """A report; it runs once it is asked with parameters, and each run is recorded."""
    report = report_of(number)
    given = _given(request)
    result, said = None, None
    if "to" in request.query_params:
        try:
            result = _run(request, number, given)
        except Refused as refused:
            said = Said(refused.sentence, refused.status)
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        return page(
            request,
            connection,
            "report.html",
            said=said,
            report=report,
            result=result,
            given=given,
            first=date(today.year, 1, 1),
            today=today,
            shown=running.SHOWN,
            contracts=contract_sums(connection, identity.firm_id),
            clients=clients(connection, identity.firm_id),
        )


@get("/reports/{number:str}/{ending:str}", opt=READERS, include_in_schema=False, sync_to_thread=True)
def as_file(request: HttpRequest, number: FromPath[str], ending: FromPath[str]) -> Response[bytes]:
    """The whole report as a file: a ZIP of CSV files, or a workbook."""
    report = report_of(number)
    if ending not in _FILES:
        raise not_found("file")
    writer, media_type = _FILES[ending]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        result = _run(request, number, _given(request), writer(path), ending)
        content = path.read_bytes()
    name = f"report-{report.number:02}-{result.asked.from_on}-{result.asked.to_on}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": attachment(name)})


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.query_params.get(name, "")[:200] for name in _PARAMETERS}


def _run(
    request: HttpRequest,
    number: str,
    given: Mapping[str, str],
    writer: Folder | Sheets | None = None,
    form: str = "page",
) -> Result:
    who = identity_of(request)
    return running.run(
        parts_of(request).engine,
        who.firm_id,
        report_of(number),
        given,
        (who.person_id, who.name),
        keep=0 if writer else running.SHOWN,
        writers=(writer,) if writer else (),
        form=form,
    )


ROUTES = (reports, one, as_file)
