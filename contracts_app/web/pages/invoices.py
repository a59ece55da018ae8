"""Invoices: the register, and one invoice with its life, money, documents and timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.booked import booked_if_known
from contracts_app.domain.billing.invoiced import invoiced_if_known
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.taxed import tax_if_clear
from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.commands.time_commands import AcceptCut
from contracts_app.domain.refusals import not_found
from contracts_app.domain.tax.withholding import WithholdingRate
from contracts_app.domain.transitions import INVOICE, InvoiceState, possible
from contracts_app.law import table
from contracts_app.services import explaining, proving
from contracts_app.services.sign_in import Identity
from contracts_app.store import cuts, exchange, invoiced, taxes, waivers, withholds
from contracts_app.store.invoices import current_snapshot, revised_by
from contracts_app.store.views import (
    consulting,
    contract_files,
    contract_page,
    credit_note_made,
    group_page,
    invoice_page,
    revision_chain,
    unissued,
)
from contracts_app.store.views.contract_sums import contract_sums
from contracts_app.store.views.exchange_gains import realized_on
from contracts_app.store.views.waiting import why
from contracts_app.web.api.evidence import READERS as EVIDENCE
from contracts_app.web.api.invoices import PROVES
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages import contract_rights
from contracts_app.web.pages.addresses import given_id
from contracts_app.web.pages.advance_shown import AdvanceShown, advance_as_issued, advance_shown
from contracts_app.web.pages.draft_time import Phase, draft_time
from contracts_app.web.pages.forms import Form, answer, command_of, typed_amount
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.timelines import timeline
from contracts_app.web.pages.totals import SheetLine, totals_of
from contracts_app.web.parts import HttpRequest

_SETTLES = roles(*COMMANDS["settle_withheld"].roles)
SCHEMES_WITHHELD = {
    "|".join(key): f"{key[1]} in {key[0]}, {key[2].replace('_', ' ')}"
    for key in dict.fromkeys(
        (row.jurisdiction, row.scheme, row.standing) for row in table("withholding", WithholdingRate)
    )
}
_ACCEPTS = roles(*COMMANDS["accept_cut"].roles)
DRAFTS = 200
"""Drafts of the register whose figures are computed; the others have them on the page of drafts."""
UNISSUED = frozenset({"draft", "in_review", "approved"})


def allowed(invoice: invoice_page.Invoice, identity: Identity) -> Mapping[str, bool]:
    """Which commands the state of an invoice and the role of this person leave open.

    The contract's project manager is not offered to edit: nobody could approve the draft then.
    """
    now = possible(INVOICE, invoice.state)
    approves = identity.person_id == invoice.project_manager_id
    return {
        name: name in now
        and bool(identity.roles & set(COMMANDS[name].roles))
        and not (name == "edit_draft" and approves)
        for name in INVOICE
        if name in COMMANDS
    }


@get("/invoices", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def invoices(request: HttpRequest) -> Response[str]:
    """The register; state and contract in the address."""
    state = request.query_params.get("state", "")
    contract = given_id(request.query_params.get("contract", ""))
    states = [one.value for one in InvoiceState]
    with looking(request) as (connection, identity):
        rows = contract_page.applications(
            connection, identity.firm_id, contract, state=state if state in states else None
        )
        drafts = [row.id for row in rows if row.state in UNISSUED]
        return page(
            request,
            connection,
            "invoices.html",
            rows=rows,
            drafted=unissued.figures(connection, identity.firm_id, drafts[:DRAFTS]),
            more_drafts=max(len(drafts) - DRAFTS, 0),
            state=state,
            states=states,
            contract=str(contract) if contract else "",
            contracts=contract_sums(connection, identity.firm_id),
        )


@get("/invoices/{invoice_id:uuid}", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def invoice(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """One invoice."""
    return invoice_view(request, invoice_id)


def invoice_view(request: HttpRequest, invoice_id: UUID, said: Said | None = None) -> Response[str]:
    """The page of an invoice, draft or issued. Raises Refused 404."""
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        shown = invoice_page.find(connection, firm_id, invoice_id)
        if shown is None:
            raise not_found("invoice")
        waiting = why(connection, firm_id, "invoice", invoice_id)
        working = waiting is not None and not waiting.settled(shown.version)
        lines: Sequence[SheetLine]
        figures: object
        ahead: AdvanceShown | None
        phases: Sequence[Phase | consulting.IssuedPhase] = ()
        entries: Sequence[consulting.IssuedEntry] = ()
        if shown.number is None:
            snapshot = current_snapshot(connection, firm_id, invoice_id)
            drafted = drafting.draft(snapshot)
            tax, tax_certified = tax_if_clear(snapshot, drafted), False
            books = booked_if_known(snapshot, drafted, tax)
            asked = invoiced_if_known(snapshot, drafted, tax)
            figures, lines = drafted, drafted.lines
            ahead = advance_shown(snapshot, drafted)
            deposit = drafted.deposit_applied
            phases = draft_time(connection, firm_id, snapshot, drafted).phases
        else:
            books = exchange.said(connection, firm_id, invoice_id, shown.terms.owed_in)
            asked = invoiced.last_said(connection, firm_id, invoice_id, shown.currency)
            said_of_tax = taxes.said(connection, firm_id, invoice_id)
            tax_certified = taxes.CERTIFIED in said_of_tax and shown.terms.certified_by_client
            tax = said_of_tax.get(taxes.CERTIFIED) or said_of_tax.get(taxes.ISSUED)
            entries = consulting.annex(connection, firm_id, invoice_id)
            phases = consulting.phases(connection, firm_id, invoice_id, entries)
            deposit = consulting.deposit_drawn(connection, firm_id, invoice_id)
            ahead = advance_as_issued(connection, firm_id, shown)
            figures, lines = shown.lines, invoice_page.lines(connection, firm_id, invoice_id)
        return page(
            request,
            connection,
            "invoice.html",
            said=said,
            refresh=2 if working and said is None else None,
            invoice=shown,
            waiting=waiting,
            together=group_page.together(connection, firm_id, shown),
            figures=figures,
            lines=lines,
            totals=totals_of(lines),
            phases=phases,
            entries=entries,
            deposit=deposit,
            tax=tax,
            ahead=ahead,
            tax_certified=tax_certified,
            books=books,
            invoiced=asked,
            booked_owed=exchange.owed(connection, firm_id, invoice_id),
            exchange_gains=realized_on(connection, firm_id, invoice_id, shown.terms.owed_in),
            waivers=waivers.of_invoice(connection, firm_id, invoice_id),
            may_give_waiver=shown.state == "paid"
            and shown.kind == "application"
            and bool(identity.roles & set(COMMANDS["give_waiver"].roles)),
            withheld=withholds.ledger(connection, firm_id, shown.contract_id, invoice_id),
            withheld_now=withholds.held(connection, firm_id, invoice_id),
            WITHHOLD_REASONS=list(WithholdReason),
            revised_by=revised_by(connection, firm_id, invoice_id),
            chain=revision_chain.chain(connection, firm_id, shown.contract_id, shown.application_no),
            SCHEMES_WITHHELD=SCHEMES_WITHHELD,
            certificate=invoice_page.certificate_of(connection, firm_id, invoice_id),
            receivable=invoice_page.receivable_of(connection, firm_id, invoice_id),
            credit_note=credit_note_made.of_invoice(connection, firm_id, invoice_id, shown.client_id),
            documents=contract_files.documents(connection, firm_id, invoice_id=invoice_id),
            mails=contract_files.messages(connection, firm_id, invoice_id=invoice_id),
            timeline=timeline(
                request,
                connection,
                firm_id,
                Subject.invoice,
                invoice_id,
                invoice_page.related_ids(connection, firm_id, invoice_id),
            ),
            lost=[
                one
                for one in cuts.left(connection, firm_id, shown.contract_id)
                if one.invoice_id == invoice_id
            ],
            accepted=cuts.accepted_of(connection, firm_id, invoice_id),
            may_accept_cut=identity.person_id == shown.project_manager_id
            and contract_rights.allowed(shown.contract_state, identity)["accept_cut"],
            may=allowed(shown, identity),
            may_prove=bool(identity.roles & PROVES["roles"]),
        )


@post("/invoices/{invoice_id:uuid}/withheld", opt=_SETTLES, include_in_schema=False)
async def settle_withheld(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Settle by a certificate of tax that the client withheld."""

    def body(form: Form) -> SettleWithheld:
        jurisdiction, scheme, standing = [*form.get("scheme_of", "").split("|"), "", ""][:3]
        amounts = {
            name: typed_amount(form, name, "")
            for name in ("amount", "materials", "measured")
            if form.get(name) or name == "amount"
        }
        named = {"jurisdiction": jurisdiction, "scheme": scheme, "standing": standing}
        fields = ("client_id", "certificate", "paid_on")
        return command_of(SettleWithheld, form, *fields, invoice_id=str(invoice_id), **named, **amounts)

    return await answer(
        request,
        body,
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: invoice_view(request, invoice_id, said),
    )


@post("/invoices/{invoice_id:uuid}/accept-cut", opt=_ACCEPTS, include_in_schema=False)
async def accept_cut(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Accept what the certificate of this invoice cut from a line billed by time."""
    shown = await sync_to_thread(_found, request, invoice_id)
    return await answer(
        request,
        lambda form: command_of(
            AcceptCut,
            form,
            "item_no",
            "reason",
            contract_id=str(shown.contract_id),
            invoice_id=str(invoice_id),
            amount=typed_amount(form, "amount", shown.currency),
        ),
        lambda outcome: f"/invoices/{invoice_id}",
        lambda said: invoice_view(request, invoice_id, said),
    )


def _found(request: HttpRequest, invoice_id: UUID) -> invoice_page.Invoice:
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
    if shown is None:
        raise not_found("invoice")
    return shown


@get("/invoices/{invoice_id:uuid}/prove", opt=PROVES, include_in_schema=False, sync_to_thread=True)
def prove(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """Whether everything stored of an issued invoice comes out again from its snapshot."""
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
        if shown is None:
            raise not_found("invoice")
        proof = proving.prove_with_whole(connection, identity.firm_id, invoice_id)
        may_pack = bool(identity.roles & EVIDENCE["roles"])
        return page(request, connection, "invoice_proof.html", invoice=shown, proof=proof, may_pack=may_pack)


@get("/invoices/{invoice_id:uuid}/lines", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def lines(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """How each line of an invoice came about."""
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
        if shown is None:
            raise not_found("invoice")
        return page(
            request,
            connection,
            "invoice_lines.html",
            invoice=shown,
            explained=explaining.lines(connection, identity.firm_id, invoice_id),
            lost=claimed_again(connection, identity.firm_id, shown),
        )


def claimed_again(connection: Connection, firm_id: UUID, shown: invoice_page.Invoice) -> Sequence[cuts.Cut]:
    """What the last certificate cut and a draft of work claims again; nothing for an issued invoice."""
    if shown.number is not None or not Kind(shown.kind).bills_work:
        return ()
    return cuts.left(connection, firm_id, shown.contract_id)


ROUTES = (invoices, invoice, settle_withheld, accept_cut, prove, lines)
