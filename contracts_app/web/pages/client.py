"""The client's own pages: what was submitted to it, and its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.commands.invoice_commands import Certification, CertifyApplication
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import INVOICE, possible
from contracts_app.services.sign_in import Identity
from contracts_app.store import brought_forward, invoiced, pencils, taxes
from contracts_app.store.brought_forward import BroughtForward
from contracts_app.store.views import (
    client_page,
    consulting,
    contract_files,
    invoice_page,
    payments_page,
    revision_chain,
)
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.advance_shown import advance_as_issued
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.totals import totals_of
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount
from contracts_app.web.parts import HttpRequest, identity_of
from contracts_app.web.problems import FieldError, WrongBody

_CLIENT = roles(Role.client)


@dataclass(frozen=True)
class Balance:
    """What is open in one currency. `to_certify` is applied for and not yet answered.

    `unapplied` was paid and settles nothing yet; `not_set_off` is what is left of credit notes.
    """

    currency: str
    open: Decimal
    overdue: Decimal
    to_certify: Decimal
    unapplied: Decimal
    not_set_off: Decimal


@get("/client", opt=_CLIENT, include_in_schema=False, sync_to_thread=True)
def client(request: HttpRequest) -> Response[str]:
    """Everything submitted to the client of whoever asks."""
    with looking(request) as (connection, identity):
        today = firm_day(connection, identity.firm_id).today
        rows = client_page.invoices(connection, identity.firm_id, _client_of(identity))
        old = brought_forward.still_open(connection, identity.firm_id, _client_of(identity))
        return page(
            request,
            connection,
            "client.html",
            title=_title(rows),
            certifies=any(row.is_certified for row in rows),
            bills=any(not row.is_certified for row in rows),
            invoices=client_page.as_sent(rows),
            to_certify=[row for row in rows if row.state == "submitted" and not _waits(row, rows)],
            pencils=pencils.of_client(connection, identity.firm_id, _client_of(identity)),
            totals=_balances(
                rows,
                payments_page.cash_left(connection, identity.firm_id, _client_of(identity)),
                payments_page.credit_left(connection, identity.firm_id, _client_of(identity)),
                today,
                old,
            ),
            old=old,
        )


def _waits(row: client_page.ClientInvoice, rows: Sequence[client_page.ClientInvoice]) -> bool:
    """Whether one before it is certified first."""
    return any(
        one.contract_number == row.contract_number
        and one.application_no < row.application_no
        and one.state in UNCERTIFIED
        for one in rows
    )


def _title(rows: Sequence[client_page.ClientInvoice]) -> str:
    """What the firm sends this client, in the words of its contracts."""
    consulting_only = all(row.kind == "consulting" or not row.is_certified for row in rows)
    if consulting_only:
        return "Invoices"
    if any(row.kind == "consulting" for row in rows):
        return "Applications and invoices"
    return "Applications for payment"


def _balances(
    rows: Sequence[client_page.ClientInvoice],
    unapplied: Mapping[str, Decimal],
    not_set_off: Mapping[str, Decimal],
    today: date,
    old: Sequence[BroughtForward],
) -> Sequence[Balance]:
    billed = {row.currency for row in rows} | {row.owed_in for row in rows}
    currencies = sorted({*unapplied, *not_set_off, *billed, *(one.currency for one in old)})
    due = [one for one in old if one.due_on is not None]
    return [
        Balance(
            currency,
            open=total([*(row.open or ZERO for row in owed), *(one.open for one in before)]),
            overdue=total(
                [
                    *(row.open or ZERO for row in owed if row.due_on and row.due_on < today),
                    *(one.open for one in before if one.due_on and one.due_on < today),
                ]
            ),
            to_certify=total(
                [row.applied_for for row in rows if row.state == "submitted" and row.currency == currency]
            ),
            unapplied=unapplied.get(currency, ZERO),
            not_set_off=not_set_off.get(currency, ZERO),
        )
        for currency, owed, before in (
            (
                currency,
                [row for row in rows if row.owed_in == currency],
                [one for one in due if one.currency == currency],
            )
            for currency in currencies
        )
    ]


@get("/client/invoices/{invoice_id:uuid}", opt=_CLIENT, include_in_schema=False, sync_to_thread=True)
def client_invoice(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """One application as its client sees it."""
    return _client_invoice(request, invoice_id)


def _client_invoice(request: HttpRequest, invoice_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        shown = invoice_page.find(connection, firm_id, invoice_id, _client_of(identity))
        if shown is None:
            raise not_found("invoice")
        lines = invoice_page.lines(connection, firm_id, invoice_id)
        entries = consulting.annex(connection, firm_id, invoice_id)
        said_of_tax = taxes.said(connection, firm_id, invoice_id)
        certifies = identity.roles & set(COMMANDS["certify_application"].roles)
        certified_first = client_page.certified_first(
            connection, firm_id, shown.contract_id, shown.application_no
        )
        return page(
            request,
            connection,
            "client_consulting.html" if shown.kind == "consulting" else "client_invoice.html",
            said=said,
            phases=consulting.phases(connection, firm_id, invoice_id, entries),
            shown_time=consulting.as_shown(entries, shown.terms.detail),
            deposit=consulting.deposit_drawn(connection, firm_id, invoice_id),
            invoice=shown,
            figures=shown.lines,
            ahead=advance_as_issued(connection, firm_id, shown),
            lines=lines,
            totals=totals_of(lines),
            certificate=invoice_page.certificate_of(connection, firm_id, invoice_id),
            receivable=invoice_page.receivable_of(connection, firm_id, invoice_id),
            tax=said_of_tax.get(taxes.CERTIFIED) or said_of_tax.get(taxes.ISSUED),
            invoiced=invoiced.last_said(connection, firm_id, invoice_id, shown.currency),
            tax_certified=taxes.CERTIFIED in said_of_tax and shown.terms.certified_by_client,
            how_to_pay=client_page.how_to_pay(connection, firm_id, invoice_id),
            documents=contract_files.documents(connection, firm_id, invoice_id=invoice_id),
            chain=revision_chain.chain(
                connection, firm_id, shown.contract_id, shown.application_no, for_client=True
            ),
            certified_first=certified_first,
            may_certify=bool(certifies)
            and certified_first is None
            and "certify_application" in possible(INVOICE, shown.state),
        )


def _client_of(identity: Identity) -> UUID:
    if identity.client_id is None:
        raise not_found("client")
    return identity.client_id


def _lines(request: HttpRequest, invoice_id: UUID) -> tuple[str, Sequence[invoice_page.Line]]:
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id, _client_of(identity))
        if shown is None:
            raise not_found("invoice")
        return shown.currency, invoice_page.lines(connection, identity.firm_id, invoice_id)


@post("/client/invoices/{invoice_id:uuid}/certify", opt=_CLIENT, include_in_schema=False)
async def certify(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Record the certifier's decision; of the lines only those that he changed are sent."""
    _client_of(identity_of(request))
    currency, lines = await sync_to_thread(_lines, request, invoice_id)

    def body(form: Form) -> CertifyApplication:
        decision = form.get("decision", "")
        cut = changed_lines(form, lines, currency)
        if cut and decision != Certification.less.value:
            raise WrongBody(
                FieldError(
                    "decision",
                    decision,
                    "“Less”, because amounts accepted on lines were changed; or those lines as they were",
                    "Your decision",
                )
            )
        return validated(
            CertifyApplication,
            {
                "invoice_id": str(invoice_id),
                "decision": decision,
                "lines": cut,
                "reason": form.get("reason", ""),
                "line_reasons": [
                    {"line_id": str(line.line_id), "reason": said}
                    for line in lines
                    if (said := form.get(f"why.{line.line_id}", "").strip())
                ],
            },
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/client/invoices/{invoice_id}",
        lambda said: _client_invoice(request, invoice_id, said),
    )


def changed_lines(form: Form, lines: Sequence[invoice_page.Line], currency: str) -> list[dict[str, str]]:
    """The lines on which less (or more) than applied is accepted. Raises WrongBody."""
    errors: list[FieldError] = []
    changed: list[dict[str, str]] = []
    for line in lines:
        accepted: dict[str, Decimal] = {}
        for letter, field, applied, heading in (
            ("e", "this_period", line.this_period, "This period, accepted"),
            ("f", "stored", line.stored, "Stored, accepted"),
        ):
            name = f"{letter}.{line.line_id}"
            accepted[field] = applied
            if name not in form:
                continue
            try:
                accepted[field] = amount(form[name], applied, currency)
            except NotAnAmount as error:
                errors.append(FieldError(name, form[name], str(error), f"Line {line.item_no}, {heading}"))
        if accepted != {"this_period": line.this_period, "stored": line.stored}:
            changed.append(
                {"line_id": str(line.line_id), **{field: f"{value:f}" for field, value in accepted.items()}}
            )
    if errors:
        raise WrongBody(*errors)
    return changed


ROUTES = (client, client_invoice, certify)
