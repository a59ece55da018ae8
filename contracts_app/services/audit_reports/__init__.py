"""The named reports that a controller or an auditor asks for, by number: 1 to 24 as in CONTROLS, 1.3."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.refusals import not_found
from contracts_app.domain.reports.audit_report import Report
from contracts_app.services.audit_reports import (
    changes,
    data,
    invoices,
    operating,
    people,
    receivables,
    sending,
    sent_back,
    work,
)

_GROUPS = (invoices, people, work, receivables, sending, changes, operating, data, sent_back)
_ASKED = sorted((one for group in _GROUPS for one in group.REPORTS), key=lambda one: one.number)
_NUMBERED = sorted((*_ASKED, data.about_reports(_ASKED)), key=lambda one: one.number)
REPORTS: Mapping[int, Report] = {one.number: one for one in _NUMBERED}


def report_of(number: int | str) -> Report:
    """The report of this number, as typed too. Raises Refused when there is none."""
    found = {str(known): one for known, one in REPORTS.items()}.get(str(number))
    if found is None:
        raise not_found("report")
    return found
