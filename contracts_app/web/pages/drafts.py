"""A draft: the entry grid and the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.approving.chain import Stage, Who, steps_of
from contracts_app.domain.approving.deciding import check_somebody_can
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.booked import booked_if_known
from contracts_app.domain.billing.explained import explain
from contracts_app.domain.billing.invoiced import invoiced_if_known
from contracts_app.domain.billing.pay_application import Entry, Kind, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_if_clear
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.retainage import retainage_explained
from contracts_app.domain.roles import Role
from contracts_app.services import approval_chains, put_before
from contracts_app.services.consulting_contents import limit_shares
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.sign_in import Identity
from contracts_app.store import contracts, cuts, exchange, invoice_approvals, pencils, waivers
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import draft_review, group_page, invoice_page
from contracts_app.store.views.waiting import why
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import STAFF
from contracts_app.web.pages import formatting
from contracts_app.web.pages.advance_shown import advance_shown
from contracts_app.web.pages.draft_costs import draft_costs
from contracts_app.web.pages.draft_time import draft_time
from contracts_app.web.pages.forms import see_other
from contracts_app.web.pages.invoices import UNISSUED, allowed
from contracts_app.web.pages.material_shown import material_data, stored_lines
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.stated_lines import stated_lines
from contracts_app.web.pages.totals import totals_of
from contracts_app.web.parts import HttpRequest


@dataclass(frozen=True)
class StepShown:
    """A step of the approval chain: taken by somebody, or open."""

    step: str
    by: str | None
    at: datetime | None
    remark: str
    expected: str


@dataclass(frozen=True)
class Change:
    """Something that a reviewer last saw otherwise."""

    item_no: str | None
    label: str
    before: str
    after: str


@get("/invoices/{invoice_id:uuid}/edit", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def edit(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """The entry grid of a draft."""
    return edit_page(request, invoice_id)


def edit_page(request: HttpRequest, invoice_id: UUID, said: Said | None = None) -> Response[str]:
    """The grid, with what was typed when it was refused. Raises Refused 404."""
    with looking(request) as (connection, identity):
        shown = invoice_page.find(connection, identity.firm_id, invoice_id)
        if shown is None:
            raise not_found("invoice")
        may = allowed(shown, identity)
        if shown.state not in UNISSUED or not Kind(shown.kind).bills_work or not may["edit_draft"]:
            return see_other(f"/invoices/{invoice_id}")
        snapshot = current_snapshot(connection, identity.firm_id, invoice_id)
        figures = drafting.draft(snapshot)
        found = of_draft(connection, identity.firm_id, invoice_id, snapshot)
        return page(
            request,
            connection,
            "consulting_edit.html" if shown.kind == "consulting" else "draft_edit.html",
            said=said,
            time=draft_time(connection, identity.firm_id, snapshot, figures),
            lost=cuts.left(connection, identity.firm_id, shown.contract_id),
            stated=stated_lines(snapshot, figures),
            **draft_costs(connection, identity.firm_id, snapshot),
            by_time={line.id for line in snapshot.schedule if line.basis is Basis.time_and_materials},
            invoice=shown,
            figures=figures,
            tax=tax_if_clear(snapshot, figures),
            totals=totals_of(figures.lines),
            found=found,
            blocked_items={one.item_no for one in found if one.blocks},
            warned_items={one.item_no for one in found if not one.blocks},
            may_submit=may["submit_draft"],
            may_claim=may["claim_time"],
            may_hold=bool(identity.roles & set(COMMANDS["hold_time"].roles)),
            waiting=why(connection, identity.firm_id, "invoice", invoice_id),
            **material_data(snapshot, figures, _typed_material(said)),
        )


def _typed_material(said: Said | None) -> Mapping[str, str] | None:
    """What was typed into the form of stored material, where that one was refused."""
    return said.typed if said is not None and said.about.endswith("/material") else None


@get("/invoices/{invoice_id:uuid}/review", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def review(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """The review of a draft."""
    return review_page(request, invoice_id)


def review_page(request: HttpRequest, invoice_id: UUID, said: Said | None = None) -> Response[str]:
    """What an approver sees, and the hash of exactly that. Raises Refused 404."""
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        shown = invoice_page.find(connection, firm_id, invoice_id)
        if shown is None:
            raise not_found("invoice")
        if shown.state not in UNISSUED:
            return see_other(f"/invoices/{invoice_id}")
        snapshot = current_snapshot(connection, firm_id, invoice_id)
        figures = drafting.draft(snapshot)
        content_hash = drafting.content_hash(snapshot)
        prior = draft_review.prior_application(connection, firm_id, shown.contract_id, shown.application_no)
        before = draft_review.claimed_before(connection, firm_id, invoice_id)
        changes, changed_cells = _changes(figures, before)
        signatures = invoice_page.signatures(connection, firm_id, invoice_id)
        submitted = shown.state != "draft"
        stages = approval_chains.expected(connection, firm_id, snapshot, figures.line8, submitted=submitted)
        chain = _chain(stages, shown, signatures, content_hash)
        editors = invoice_page.editors(connection, firm_id, invoice_id)
        may = allowed(shown, identity)
        waiting = why(connection, firm_id, "invoice", invoice_id)
        working = waiting is not None and not waiting.settled(shown.version)
        return page(
            request,
            connection,
            "draft_review.html",
            said=said,
            refresh=2 if working and said is None else None,
            invoice=shown,
            waiting=waiting,
            figures=figures,
            tax=tax_if_clear(snapshot, figures),
            books=booked_if_known(snapshot, figures, tax_if_clear(snapshot, figures)),
            invoiced=invoiced_if_known(snapshot, figures, tax_if_clear(snapshot, figures)),
            totals=totals_of(figures.lines),
            stated=stated_lines(snapshot, figures),
            **draft_costs(connection, firm_id, snapshot),
            time=draft_time(connection, firm_id, snapshot, figures),
            limit_shares=limit_shares(snapshot),
            ahead=advance_shown(snapshot, figures),
            lost=cuts.left(connection, firm_id, shown.contract_id),
            explained=explain(snapshot, figures),
            retainage_explained=retainage_explained.in_words(snapshot, figures),
            may_claim=may["claim_time"],
            may_hold=bool(identity.roles & set(COMMANDS["hold_time"].roles)),
            found=of_draft(connection, identity.firm_id, invoice_id, snapshot),
            content_hash=content_hash,
            stored_lines=stored_lines(snapshot, figures),
            waivers=waivers.of_invoice(connection, firm_id, invoice_id),
            waivers_needed=snapshot.terms.submission.waivers,
            may_give_waiver=bool(identity.roles & set(COMMANDS["give_waiver"].roles)),
            shown=pencils.last(connection, firm_id, invoice_id),
            may_share=may["share_pencil"] and shown.kind != "consulting" and snapshot.is_certified,
            prior=prior.lines if prior else None,
            prior_name=prior.name if prior else "",
            changes=changes,
            changed_cells=changed_cells,
            since_approved=put_before.changed_since(
                connection, firm_id, invoice_id, snapshot, figures, content_hash, identity.person_id
            )
            if shown.state == "in_review"
            else None,
            changes_since="since the last decision about it"
            if before and before.decided
            else "since it was opened",
            chain=chain,
            earlier=[
                one for one in signatures if one.content_hash != content_hash or one.decision != "approved"
            ],
            remarks=invoice_approvals.remarks(connection, firm_id, [one.id for one in signatures]),
            line_fields=[f"line.{line.line_id}" for line in figures.lines],
            prepared=list(editors.values()) or [shown.prepared_by],
            may_edit=may["edit_draft"] and snapshot.kind.bills_work,
            may_approve=may["approve_draft"],
            not_yours=_why_not_yours(connection, identity, shown, snapshot, figures.line8, content_hash),
            # Whoever takes a step decides on it; the transaction refuses any other.
            may_send_back=may["reject_draft"]
            and (
                Role.controller in identity.roles
                or approval_chains.takes(
                    connection,
                    firm_id,
                    identity.person_id,
                    steps_of(stages),
                    shown.project_manager_id,
                    exchange.today(connection, firm_id, shown.contract_id),
                )
                is not None
            ),
            may_submit=may["submit_draft"],
            may_issue=may["issue_invoice"],
            together=group_page.together(connection, firm_id, shown),
        )


def _why_not_yours(
    connection: Connection,
    identity: Identity,
    shown: invoice_page.Invoice,
    snapshot: Snapshot,
    line8: Decimal,
    content_hash: str,
) -> str:
    """Why whoever looks may not approve now, in the words of the refusal; nothing when he may."""
    firm_id = identity.firm_id
    agreed = contracts.find(connection, firm_id, shown.contract_id)
    assert agreed is not None  # foreign key
    now = approval_chains.standing(connection, firm_id, shown.id, snapshot, line8, content_hash)
    editors = invoice_page.editors(connection, firm_id, shown.id)
    draft = approval_chains.draft_of(agreed, snapshot, line8, now, editors, content_hash)
    today = exchange.today(connection, firm_id, shown.contract_id)
    try:
        check_somebody_can(now.open, shown.project_manager_id, shown.project_manager or "", editors)
        approval_chains.taking(connection, firm_id, identity.person_id, draft, content_hash, today)
    except Refused as refused:
        return refused.sentence
    return ""


def _chain(
    stages: Sequence[Stage],
    shown: invoice_page.Invoice,
    signatures: Sequence[invoice_page.Signature],
    content_hash: str,
) -> Sequence[StepShown]:
    given = {
        one.step: one for one in signatures if one.decision == "approved" and one.content_hash == content_hash
    }
    steps = []
    for step in steps_of(stages):
        taken = given.get(step.name)
        expected = " or ".join(
            shown.project_manager or one.called if one.who is Who.contract_manager else one.called
            for one in step.approvers
        )
        steps.append(
            StepShown(
                step=step.name,
                by=taken.by if taken else None,
                at=taken.at if taken else None,
                remark=taken.remark if taken else "",
                expected=f"waits for {expected}",
            )
        )
    return steps


def _claims(entry: Entry) -> bool:
    return bool(entry.this_period or entry.stored)


def _changes(
    figures: PayApplication, before: draft_review.ClaimedBefore | None
) -> tuple[Sequence[Change], Mapping[UUID, Decimal]]:
    """What the edits since then changed, line by line, and the cells of column E with their former amount."""
    if before is None or (not before.decided and not any(_claims(one) for one in before.entries.values())):
        return (), {}  # a draft that began empty: its first figures are no changes
    changes: list[Change] = []
    cells: dict[UUID, Decimal] = {}
    # Nobody types these.
    by_time = {billed.line_id for billed in figures.time} | {billed.line_id for billed in figures.costs}
    if before.period_to is not None and before.period_to != figures.period_to.isoformat():
        changes.append(Change(None, "period to", before.period_to, figures.period_to.isoformat()))
    for line in figures.lines:
        entry = before.entries.get(line.line_id)
        if entry is None or line.line_id in by_time:
            continue
        for label, was, now in (
            ("this period", entry.this_period, line.this_period),
            ("stored", entry.stored, line.stored),
        ):
            if was != now:
                amounts = (formatting.money(was, figures.currency), formatting.money(now, figures.currency))
                changes.append(Change(line.item_no, label, *amounts))
        if entry.this_period != line.this_period:
            cells[line.line_id] = entry.this_period
    return changes, cells


ROUTES = (edit, review)
