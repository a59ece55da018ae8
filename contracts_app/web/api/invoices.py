"""Applications for payment and release invoices: the register, and one in full.

A draft's figures are computed from what it would be issued from at this moment; an issued invoice's are the
stored ones. A client sees its own from issue on, and nothing of how they came about inside the firm.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy import Connection

from contracts_app.domain.approving.chain import steps_of
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.advance_billed import Advanced
from contracts_app.domain.billing.booked import booked_if_known
from contracts_app.domain.billing.invoiced import invoiced_if_known
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.taxed import DocumentTax, tax_if_clear
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import INVOICE, possible
from contracts_app.services import explaining, proving
from contracts_app.services.approval_chains import expected
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.sign_in import Identity
from contracts_app.store import exchange, invoiced, taxes
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import contract_files, credit_note_made, invoice_page, waiting
from contracts_app.store.views.invoices import register
from contracts_app.store.views.messages import messages
from contracts_app.web.api.shown import looking, shown
from contracts_app.web.guard import SIGNED_IN, STAFF, roles
from contracts_app.web.parts import HttpRequest

_OWN = (
    "id", "kind", "application_no", "period_to", "state", "contract_id", "contract_number", "contract_title",
    "client_id", "client", "number", "issued_on", "certification_due_on",
)  # fmt: skip
PROVES = roles(Role.coordinator, Role.controller, Role.administrator, Role.auditor)
_INSIDE = ("version", "prepared_by", "project_manager_id", "project_manager", "issued_by")


@get("/api/invoices", opt=SIGNED_IN, sync_to_thread=True)
def invoices(
    request: HttpRequest,
    contract: FromQuery[UUID | None] = None,
    in_state: Annotated[str | None, QueryParameter(name="state")] = None,
) -> dict[str, Any]:
    """The register, by contract and application number; for a client its own."""
    with looking(request) as (connection, identity):
        rows = register(
            connection,
            identity.firm_id,
            contract_id=contract,
            state=in_state,
            client_id=identity.client_id,
        )
        return {"invoices": shown(rows)}


@get("/api/invoices/{invoice_id:uuid}", opt=SIGNED_IN, sync_to_thread=True)
def invoice(request: HttpRequest, invoice_id: FromPath[UUID]) -> dict[str, Any]:
    """One invoice in full: lines 1 to 9, the continuation sheet, certificate, receivable, documents, mail."""
    with looking(request) as (connection, identity):
        one = invoice_page.find(connection, identity.firm_id, invoice_id, identity.client_id)
        if one is None:
            raise not_found("invoice")
        body = {name: shown(getattr(one, name)) for name in _OWN}
        body["currency"] = one.currency
        if one.number is None:
            body |= _draft(connection, identity, invoice_id, one.state)
        else:
            body |= _issued(connection, identity, one)
        if not identity.is_client:
            body |= {name: shown(getattr(one, name)) for name in _INSIDE}
            body |= _inside(connection, identity, invoice_id, one.state)
        return body


def _draft(connection: Connection, identity: Identity, invoice_id: UUID, state: str) -> dict[str, Any]:
    snapshot = current_snapshot(connection, identity.firm_id, invoice_id)
    figures = drafting.draft(snapshot)
    submitted = state != "draft"
    stages = expected(connection, identity.firm_id, snapshot, figures.line8, submitted=submitted)
    return {
        "content_hash": drafting.content_hash(snapshot),
        "lines": {name: shown(getattr(figures, name), figures.currency) for name in invoice_page.LINES},
        "continuation": _continuation(figures),
        "deposit_applied": shown(figures.deposit_applied, figures.currency),
        "advance": _advance(figures.advance, figures.currency),
        "tax": _tax(tax_if_clear(snapshot, figures), figures.currency),
        "books": shown(booked_if_known(snapshot, figures, tax_if_clear(snapshot, figures))),
        "invoiced": shown(invoiced_if_known(snapshot, figures, tax_if_clear(snapshot, figures))),
        "change_orders": shown(figures.change_orders),
        "findings": shown(of_draft(connection, identity.firm_id, invoice_id, snapshot)),
        "approval_steps": [step.name for step in steps_of(stages)],
    }


def _continuation(figures: PayApplication) -> list[dict[str, Any]]:
    return [
        {
            name: shown(value, figures.currency)
            for name, value in ((field, getattr(line, field)) for field in type(line).model_fields)
        }
        for line in figures.lines
    ]


def _issued(connection: Connection, identity: Identity, one: invoice_page.Invoice) -> dict[str, Any]:
    of = (connection, identity.firm_id, one.id)
    owed = invoice_page.receivable_of(*of)
    said_of_tax = taxes.said(*of)
    return {
        "content_hash": one.content_hash,
        "lines": shown(one.lines, one.currency),
        "deposit_applied": shown(one.deposit_applied, one.currency),
        "advance": _advance(one.advance, one.currency),
        "tax": _tax(said_of_tax.get(taxes.ISSUED), one.currency),
        "tax_certified": _tax(said_of_tax.get(taxes.CERTIFIED), one.currency),
        "books": shown(exchange.said(*of, one.terms.owed_in)),
        "invoiced": shown(invoiced.last_said(*of, one.currency)),
        "continuation": [
            {**shown(line, one.currency), "balance": shown(line.balance, one.currency)}
            for line in invoice_page.lines(*of)
        ],
        "certificate": shown(invoice_page.certificate_of(*of), one.currency),
        "receivable": {
            **shown(owed, one.terms.owed_in),
            "currency": one.terms.owed_in,
            "open": shown(owed.open, one.terms.owed_in),
        }
        if owed
        else None,
        "credit_note": shown(credit_note_made.of_invoice(*of, one.client_id), one.currency),
        "documents": shown(contract_files.documents(connection, identity.firm_id, invoice_id=one.id)),
        "messages": shown(
            messages(connection, identity.firm_id, invoice_id=one.id, client_id=identity.client_id)
        ),
    }


def _advance(advance: Advanced | None, currency: str) -> dict[str, Any] | None:
    """What is invoiced of the advance payment to date and recovered; None where there is none."""
    if advance is None:
        return None
    return {
        "invoiced": shown(advance.invoiced, currency),
        "recovered": shown(advance.recovered, currency),
        "outstanding": shown(advance.outstanding, currency),
    }


def _tax(tax: DocumentTax | None, currency: str) -> dict[str, Any] | None:
    """What an invoice says of tax; None where its contract says nothing of tax."""
    if tax is None:
        return None
    return {
        "tax_date": shown(tax.tax_date),
        **{
            name: shown(getattr(tax, name), currency)
            for name in ("discount", "net", "tax", "gross", "retained", "due")
        },
        "retainage": {
            "shown": tax.retainage.treatment.value,
            **{
                name: shown(getattr(tax.retainage, name), currency)
                for name in ("withheld", "allowance", "later")
            },
        }
        if tax.retainage
        else None,
        "groups": [
            {
                **{name: getattr(group, name) for name in ("tax", "code", "reason")},
                "rate": shown(group.rate),
                "base": shown(group.base, currency),
                "amount": shown(group.amount, currency),
            }
            for group in tax.groups
        ],
        "wording": list(tax.wording),
        "customer_tax": [
            {
                "rate": shown(each.rate),
                **{name: shown(getattr(each, name), currency) for name in ("base", "amount")},
            }
            for each in tax.customer_tax
        ],
    }


def _inside(connection: Connection, identity: Identity, invoice_id: UUID, state: str) -> dict[str, Any]:
    of = (connection, identity.firm_id, invoice_id)
    return {
        "approvals": shown(invoice_page.signatures(*of)),
        "editors": shown(invoice_page.editors(*of)),
        "possible": list(possible(INVOICE, state)),
        "process": shown(waiting.why(connection, identity.firm_id, "invoice", invoice_id)),
    }


@get("/api/invoices/{invoice_id:uuid}/prove", opt=PROVES, sync_to_thread=True)
def prove(request: HttpRequest, invoice_id: FromPath[UUID]) -> dict[str, Any]:
    """Compute an issued invoice again from its stored snapshot; every stored value that does not come out."""
    with looking(request) as (connection, identity):
        return dict(proving.prove_with_whole(connection, identity.firm_id, invoice_id).as_json())


@get("/api/invoices/{invoice_id:uuid}/lines", opt=STAFF, sync_to_thread=True)
def lines(request: HttpRequest, invoice_id: FromPath[UUID]) -> dict[str, Any]:
    """How each line of an invoice came about: clause, rates, entries, arithmetic."""
    with looking(request) as (connection, identity):
        return {
            "lines": [
                one.model_dump(mode="json")
                for one in explaining.lines(connection, identity.firm_id, invoice_id)
            ]
        }


ROUTES = (invoices, invoice, prove, lines)
