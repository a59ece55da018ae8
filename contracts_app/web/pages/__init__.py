"""The pages that people work with: one module for each, its forms beside it.

A page reads through `store.views` and renders a template of `templates/pages`; a form becomes a command
(`forms.answer`). What is allowed is asked of the domain's transition tables, never decided here.
"""

from __future__ import annotations

from litestar import Router
from litestar.types import ControllerRouterHandler

from contracts_app.web.pages import (
    account,
    agreement_forms,
    bill_forms,
    billing_runs,
    bulk,
    calendar,
    change_forms,
    change_pages,
    client,
    clients,
    contract_forms,
    contracts,
    cost_forms,
    documents,
    draft_forms,
    drafts,
    expense_forms,
    expense_pages,
    imports,
    invoices,
    legal_entities,
    limit_forms,
    material_forms,
    payments,
    pencils,
    people,
    purchasing_forms,
    purchasing_pages,
    rate_increase,
    revision_pages,
    session,
    tax_rates,
    ticket_pages,
    time_forms,
    time_pages,
    time_parts_forms,
    unbilled,
    waivers,
    withhold_forms,
    work_in_progress,
    worklist,
)

# One router: Litestar registers a path again for each further method, and then wraps a handler that runs in
# a thread twice. Inside a router a path is registered once, with all of its methods.
_ROUTER = Router(
    path="/",
    route_handlers=[
        *session.ROUTES,
        *worklist.ROUTES,
        *contracts.ROUTES,
        *contract_forms.ROUTES,
        *agreement_forms.ROUTES,
        *change_pages.ROUTES,
        *change_forms.ROUTES,
        *revision_pages.ROUTES,
        *ticket_pages.ROUTES,
        *time_pages.ROUTES,
        *time_forms.ROUTES,
        *cost_forms.ROUTES,
        *time_parts_forms.ROUTES,
        *limit_forms.ROUTES,
        *purchasing_pages.ROUTES,
        *purchasing_forms.ROUTES,
        *bill_forms.ROUTES,
        *expense_pages.ROUTES,
        *expense_forms.ROUTES,
        *unbilled.ROUTES,
        *work_in_progress.ROUTES,
        *billing_runs.ROUTES,
        *bulk.ROUTES,
        *invoices.ROUTES,
        *drafts.ROUTES,
        *draft_forms.ROUTES,
        *withhold_forms.ROUTES,
        *waivers.ROUTES,
        *pencils.ROUTES,
        *material_forms.ROUTES,
        *imports.ROUTES,
        *payments.ROUTES,
        *client.ROUTES,
        *clients.ROUTES,
        *people.ROUTES,
        *legal_entities.ROUTES,
        *tax_rates.ROUTES,
        *rate_increase.ROUTES,
        *account.ROUTES,
        *calendar.ROUTES,
        *documents.ROUTES,
    ],
)
ROUTES: tuple[ControllerRouterHandler, ...] = (_ROUTER,)
"""Every route of this package; `web.app` registers them."""
