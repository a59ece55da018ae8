"""The REST API: `commands` are the routes that change something, the others read; each has its `ROUTES`."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from contracts_app.web.api import (
    accounts,
    billing_groups,
    billing_runs,
    book_checks,
    bulk,
    calendar,
    closing,
    commands,
    commitments,
    compliance,
    contracts,
    costs,
    documents,
    evidence,
    expenses,
    health,
    holidays,
    imports,
    invoices,
    keeping,
    mending,
    people,
    reports,
    sign_in,
    time,
    work,
    work_in_progress,
)

ROUTES: tuple[ControllerRouterHandler, ...] = tuple(
    route
    for module in (
        health,
        sign_in,
        contracts,
        time,
        costs,
        commitments,
        compliance,
        expenses,
        invoices,
        billing_groups,
        billing_runs,
        book_checks,
        bulk,
        closing,
        holidays,
        keeping,
        imports,
        mending,
        people,
        accounts,
        documents,
        evidence,
        work,
        work_in_progress,
        reports,
        calendar,
        commands,
    )
    for route in module.ROUTES
)
