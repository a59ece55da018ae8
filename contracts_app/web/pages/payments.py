"""Payments: what came in, and recording what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.domain.commands.contract_commands import ROUTES as COMMANDS
from contracts_app.domain.commands.contract_commands import ApplyCash, ReceivePayment
from contracts_app.domain.money import total
from contracts_app.store.views import payments_page
from contracts_app.store.views.people import legal_entities
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.addresses import given_id
from contracts_app.web.pages.formatting import amount_typed
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_INVOICE = "invoice."
_AMOUNT = ".amount"


@dataclass(frozen=True)
class Unapplied:
    """Cash not applied to any invoice yet, in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True)
class LeftOver:
    """A payment with cash left over, and what of its client is open to apply it to."""

    payment: payments_page.Payment
    open: Sequence[payments_page.OpenInvoice]


@get("/payments", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def payments(request: HttpRequest) -> Response[str]:
    """Every payment; client and invoice of the address prefill the form."""
    return _payments(request)


def _payments(request: HttpRequest, said: Said | None = None) -> Response[str]:
    client = given_id(request.query_params.get("client", ""))
    invoice = given_id(request.query_params.get("invoice", ""))
    with looking(request) as (connection, identity):
        rows = payments_page.payments(connection, identity.firm_id)
        all_open = payments_page.open_invoices(connection, identity.firm_id)
        still_open = [one for one in all_open if client is None or one.client_id == client]
        chosen = [one for one in still_open if one.invoice_id == invoice]
        unapplied = [
            Unapplied(currency, left)
            for currency in sorted({row.currency for row in rows})
            if (left := total([row.unapplied for row in rows if row.currency == currency]))
        ]
        return page(
            request,
            connection,
            "payments.html",
            said=said,
            payments=rows,
            deposits=payments_page.deposits(connection, identity.firm_id),
            unapplied=unapplied,
            left_over=[
                LeftOver(row, [one for one in all_open if _may_settle(row, one)])
                for row in rows
                if row.unapplied and (client is None or row.client_id == client)
            ],
            open=still_open,
            payers=payments_page.payers(connection, identity.firm_id),
            payees=legal_entities(connection, identity.firm_id),
            client=str(client) if client else "",
            invoice=str(invoice) if invoice else "",
            suggested_amount=amount_typed(chosen[0].open, chosen[0].currency) if chosen else "",
            suggested_payee=f"{chosen[0].legal_entity_id} {chosen[0].currency}" if chosen else "",
            may_record=bool(identity.roles & set(COMMANDS["receive_payment"].roles)),
            may_apply=bool(identity.roles & set(COMMANDS["apply_cash"].roles)),
        )


def _may_settle(paid: payments_page.Payment, owed: payments_page.OpenInvoice) -> bool:
    return (paid.client_id, paid.legal_entity_id) == (owed.client_id, owed.legal_entity_id)


@post("/payments", opt=roles(*COMMANDS["receive_payment"].roles), include_in_schema=False)
async def record(request: HttpRequest) -> Response[str]:
    """Record a payment and apply it."""

    def body(form: Form) -> ReceivePayment:
        invoices = [name.removeprefix(_INVOICE) for name in form if name.startswith(_INVOICE)]
        payee, _, currency = form.get("paid_to", "").partition(" ")
        return command_of(
            ReceivePayment,
            form,
            *("client_id", "received_on", "reference"),
            legal_entity_id=payee,
            currency=currency,
            amount=typed_amount(form, "amount", currency),
            invoices=invoices,
        )

    return await answer(request, body, lambda outcome: "/payments", lambda said: _payments(request, said))


@post("/payments/{payment_id:uuid}/apply", opt=roles(*COMMANDS["apply_cash"].roles), include_in_schema=False)
async def apply(request: HttpRequest, payment_id: FromPath[UUID]) -> Response[str]:
    """Apply what is left of a payment; an invoice without an amount is left as it is."""

    def body(form: Form) -> ApplyCash:
        typed = [name for name in form if name.endswith(_AMOUNT) and form[name]]
        if not typed:
            raise WrongBody(FieldError("applications", "", "an amount for at least one invoice"))
        applications = [
            {
                "invoice_id": name.removesuffix(_AMOUNT),
                "amount": typed_amount(form, name, form.get("currency", "")),
            }
            for name in typed
        ]
        return command_of(ApplyCash, form, "client_id", payment_id=str(payment_id), applications=applications)

    return await answer(request, body, lambda outcome: "/payments", lambda said: _payments(request, said))


ROUTES = (payments, record, apply)
