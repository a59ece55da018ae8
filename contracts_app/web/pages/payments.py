"""Payments: what came in, and recording what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.money import total
from contracts_app.services.sign_in import Identity
from contracts_app.store.views import group_page, payments_page
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
    """Cash not applied to any invoice yet, or credit not set off yet, in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True)
class LeftOver:
    """A payment with cash left over, and what of its client is open to apply it to."""

    payment: payments_page.Payment
    open: Sequence[payments_page.OpenInvoice]


@dataclass(frozen=True)
class Together:
    """An invoice of several contracts that is paid as one."""

    id: UUID
    number: str
    amount: str
    payee: str


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
        asked = said.typed if said is not None else request.query_params
        whole = _together(
            connection,
            identity,
            client or given_id(asked.get("client_id", "")),
            all_open,
            given_id(asked.get("group_invoice_id", "")),
        )
        left_over = [
            LeftOver(row, [one for one in all_open if _may_settle(row, one)])
            for row in rows
            if row.unapplied and (client is None or row.client_id == client)
        ]
        return page(
            request,
            connection,
            "payments.html",
            said=said,
            payments=rows,
            deposits=payments_page.deposits(connection, identity.firm_id),
            received=sum(not row.credit_note for row in rows),
            unapplied=_left([row for row in rows if not row.credit_note]),
            not_set_off=_left([row for row in rows if row.credit_note]),
            left_over=[one for one in left_over if not one.payment.credit_note],
            left_of_credits=[one for one in left_over if one.payment.credit_note],
            open=still_open,
            payers=payments_page.payers(connection, identity.firm_id),
            payees=payments_page.payees(connection, identity.firm_id),
            client=str(client) if client else "",
            invoice=str(invoice) if invoice else "",
            together=whole,
            suggested_amount=whole.amount if whole else _amount_of(chosen),
            suggested_payee=whole.payee if whole else _payee_of(chosen),
            may_record=bool(identity.roles & set(COMMANDS["receive_payment"].roles)),
            may_apply=bool(identity.roles & set(COMMANDS["apply_cash"].roles)),
        )


def _left(rows: Sequence[payments_page.Payment]) -> Sequence[Unapplied]:
    """What is left of these, by currency."""
    return [
        Unapplied(currency, left)
        for currency in sorted({row.currency for row in rows})
        if (left := total([row.unapplied for row in rows if row.currency == currency]))
    ]


def _amount_of(chosen: Sequence[payments_page.OpenInvoice]) -> str:
    return amount_typed(chosen[0].open, chosen[0].currency) if chosen else ""


def _payee_of(chosen: Sequence[payments_page.OpenInvoice]) -> str:
    return f"{chosen[0].legal_entity_id} {chosen[0].currency}" if chosen else ""


def _together(
    connection: Connection,
    identity: Identity,
    client: UUID | None,
    still_open: Sequence[payments_page.OpenInvoice],
    group_invoice_id: UUID | None,
) -> Together | None:
    """The invoice of several contracts that the address names, with what is open on it."""
    if client is None or group_invoice_id is None:
        return None
    for group in group_page.groups(connection, identity.firm_id, client):
        for one in group.issued:
            sections = [known for known in still_open if known.invoice_id in one.sections]
            if one.id == group_invoice_id and sections:
                payee = f"{sections[0].legal_entity_id} {one.currency}"
                return Together(one.id, one.number, amount_typed(one.open, one.currency), payee)
    return None


def _may_settle(paid: payments_page.Payment, owed: payments_page.OpenInvoice) -> bool:
    return (paid.client_id, paid.legal_entity_id, paid.currency) == (
        owed.client_id,
        owed.legal_entity_id,
        owed.currency,
    )


@post("/payments", opt=roles(*COMMANDS["receive_payment"].roles), include_in_schema=False)
async def record(request: HttpRequest) -> Response[str]:
    """Record a payment and apply it."""

    def body(form: Form) -> ReceivePayment:
        invoices = [name.removeprefix(_INVOICE) for name in form if name.startswith(_INVOICE)]
        payee, _, currency = form.get("paid_to", "").partition(" ")
        return command_of(
            ReceivePayment,
            form,
            *("client_id", "received_on", "reference", "group_invoice_id"),
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
