"""What waits: the worklist, my approvals, and the steps that the system could not do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.commands.process_commands import AbandonParked, RetryParked
from contracts_app.domain.money import total
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services import approval_chains, release_deadlines
from contracts_app.services.draft_findings import of_draft
from contracts_app.services.limit_notices import NearlyUsed, nearly_used
from contracts_app.services.sign_in import Identity
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import my_approvals, purchases_waiting, time_grid
from contracts_app.store.views import worklist as view
from contracts_app.store.views.calendar import FirmDay, firm_day
from contracts_app.store.views.contract_sums import ContractSums, contract_sums
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import SIGNED_IN, STAFF, roles
from contracts_app.web.pages.addresses import address_of, inside
from contracts_app.web.pages.formatting import day, hours, plural
from contracts_app.web.pages.forms import answer, command_of, see_other
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.worklist_rows import Row, changes, for_manager, purchases
from contracts_app.web.parts import HttpRequest, identity_of

_UNISSUED = frozenset({"draft", "in_review", "approved"})
_SEES_ALL = frozenset({Role.coordinator, Role.controller, Role.auditor})
_WORK_DRAFTS = frozenset({Role.coordinator, Role.project_manager, Role.controller})
_MENDERS = roles(Role.controller, Role.administrator)


@dataclass(frozen=True)
class AmountTotal:
    """The amounts of one kind and currency in a list, added up."""

    amount_is: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class CurrencyTotal:
    """Sums over the contracts of one currency."""

    currency: str
    contracts: int
    sum_to_date: Decimal
    billed: Decimal
    paid: Decimal
    from_deposits: Decimal
    open: Decimal
    held: Decimal


@dataclass(frozen=True)
class DraftToApprove:
    """A draft with the figures it has now."""

    draft: my_approvals.WaitingDraft
    figures: PayApplication
    age: int
    warnings: int


@get("/", opt=SIGNED_IN, include_in_schema=False, sync_to_thread=True)
def worklist(request: HttpRequest) -> Response[str]:
    """What waits for whoever asks; a client goes to its own page."""
    if identity_of(request).is_client:
        return see_other("/client")
    return _worklist(request)


def _worklist(request: HttpRequest, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        firm = firm_day(connection, identity.firm_id)
        items = view.items(connection, identity.firm_id)
        drafted = {one.contract_id for one in items if one.state in NOT_OUT}
        out = {one.contract_id for one in items if one.state in UNCERTIFIED}
        waiting = [
            one
            for one in items
            if not one.waiting.parked
            and one.waiting.for_role != "nobody"
            # Its application stands in the list with the reason why that one waits; unless the next may be
            # prepared meanwhile.
            and not (
                one.waiting.subject == "contract"
                and (
                    one.contract_id in drafted
                    or (one.contract_id in out and one.waiting.for_role == "client")
                )
            )
        ]
        takers = approval_chains.takers(connection, identity.firm_id, identity.person_id, firm.today)
        own = [one for one in waiting if one.waits_for(takers) or one.asks_client(firm.today, takers[0])]
        mine = [_row(connection, identity, one, firm) for one in own if not _comes_later(one, firm.now)]
        mine.extend(_to_approve(connection, identity))
        mine.extend(_to_release(connection, identity, firm))
        mine.extend(purchases(connection, identity))
        mine.extend(changes(connection, identity))
        coming = [_row(connection, identity, one, firm) for one in own if _comes_later(one, firm.now)]
        others = [
            _row(connection, identity, one, firm)
            for one in waiting
            if one not in own and one.waiting.subject != "calendar"
        ]
        contracts = contract_sums(connection, identity.firm_id)
        return page(
            request,
            connection,
            "worklist.html",
            said=said,
            mine=_sorted(mine),
            coming=_sorted(coming),
            others=_sorted(others),
            totals_of=_amounts,
            parked=[_row(connection, identity, one, firm) for one in items if one.waiting.parked],
            overdue=sum(1 for row in mine if row.overdue),
            unpaid=sum(1 for row in (*mine, *others) if row.due_on is not None and row.overdue),
            contracts=contracts,
            totals=_totals(contracts),
            works_drafts=bool(identity.roles & _WORK_DRAFTS),
            limits=_limits(connection, identity, firm),
        )


def _limits(connection: Connection, who: Identity, firm: FirmDay) -> Sequence[NearlyUsed]:
    """The limits nearly used up that concern whoever looks: a project manager his own contracts'."""
    if not who.roles & (_WORK_DRAFTS | _SEES_ALL):
        return ()
    only_own = not who.roles & _SEES_ALL
    return nearly_used(connection, who.firm_id, firm.today, who.person_id if only_own else None)


def _comes_later(item: view.Item, now: datetime) -> bool:
    """A contract whose next period runs: there is nothing to do yet, unless the last one was not certified in
    full."""
    deadline = item.waiting.deadline
    return (
        item.waiting.subject == "contract"
        and item.last_certificate not in ("withheld", "less")
        and deadline is not None
        and deadline > now
    )


def _row(connection: Connection, identity: Identity, item: view.Item, firm: FirmDay) -> Row:
    amount = item.amount
    if amount is None and item.waiting.subject == "invoice" and item.state in _UNISSUED:
        snapshot = current_snapshot(connection, identity.firm_id, item.waiting.subject_id)
        amount = drafting.draft(snapshot).line8
    return Row(
        title=item.title,
        href=address_of(item.waiting.subject, item.waiting.subject_id, item.state),
        state=item.state,
        waiting=item.waiting,
        sentence=item.sentence,
        contract_id=item.contract_id,
        contract_number=item.contract_number,
        client=item.client,
        amount=amount,
        amount_is=_AMOUNT_IS.get(item.state or "", "draft"),
        currency=item.currency,
        overdue=item.waiting.overdue(firm.now)
        or item.unanswered(firm.today)
        or (item.due_on is not None and item.due_on < firm.today),
        due_on=item.due_on,
        reply_by=item.reply_by,
    )


def _to_approve(connection: Connection, identity: Identity) -> Iterator[Row]:
    """Time and milestones that wait for this person's approval; no process of their own waits for it."""
    entries, seconds = time_grid.waiting_for(connection, identity.firm_id, identity.person_id)
    if entries:
        yield Row(
            title="Time to approve",
            href="/time?standing=waits&week=all",
            state=None,
            waiting=for_manager("time", identity.person_id),
            sentence=f"{hours(seconds)} h in {plural(entries, 'entry', 'entries')} wait for your approval.",
            contract_id=None,
            contract_number=None,
            client=None,
            amount=None,
            amount_is="",
            currency=None,
            overdue=False,
        )
    for one in my_approvals.milestones(connection, identity.firm_id, identity.person_id):
        yield Row(
            title=f"Milestone “{one.title}”",
            href=f"/contracts/{one.contract_id}?tab=milestones#milestone-{one.milestone_id}",
            state="achieved",
            waiting=for_manager("milestone", one.milestone_id),
            sentence=f"{one.achieved_by} reported it on {day(one.achieved_on)}: {one.evidence}",
            contract_id=one.contract_id,
            contract_number=one.contract_number,
            client=None,
            amount=one.reached or None,
            amount_is="milestones",
            currency=one.currency,
            overdue=False,
        )


def _to_release(connection: Connection, identity: Identity, firm: FirmDay) -> Iterator[Row]:
    """Retainage that the law wants released by now or soon: the coordinator asks for it."""
    if Role.coordinator not in identity.roles:
        return
    for one in contract_sums(connection, identity.firm_id):
        if not one.held or one.terms.retainage.law is None or one.state == "setting_up":
            continue
        known = release_deadlines.of_contract(connection, identity.firm_id, one.id, one.terms)
        if not known or known[0].due_on > firm.today + release_deadlines.SOON:
            continue
        due = known[0]
        late = due.due_on < firm.today
        yield Row(
            title="Retainage to be released",
            href=f"/contracts/{one.id}?tab=retainage",
            state=None,
            waiting=replace(for_manager("retainage", one.id), for_role=Role.coordinator),
            sentence=f"What is held {'was' if late else 'is'} to be released by {due.due_on} "
            f"({due.citation}): ask for it by a release.",
            contract_id=one.id,
            contract_number=one.number,
            client=one.client,
            amount=one.held,
            amount_is="retainage held",
            currency=one.currency,
            overdue=late,
        )


_AMOUNT_IS = {"submitted": "applied for", "issued": "open", "certified": "open"}


def _amounts(rows: Sequence[Row]) -> list[AmountTotal]:
    """The totals of a list, where there is more than one amount of a kind."""
    kinds: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        if row.amount is not None and row.currency is not None:
            kinds.setdefault((row.amount_is, row.currency), []).append(row.amount)
    return [AmountTotal(*kind, total(amounts)) for kind, amounts in sorted(kinds.items()) if len(amounts) > 1]


def _sorted(rows: list[Row]) -> list[Row]:
    """Overdue first, then by deadline, then longest waiting."""
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(
        rows, key=lambda row: (not row.overdue, row.waiting.deadline or far, row.waiting.since or far)
    )


def _totals(rows: Sequence[ContractSums]) -> list[CurrencyTotal]:
    return [
        CurrencyTotal(
            currency=currency,
            contracts=len(own),
            sum_to_date=total([one.sum_to_date for one in own]),
            billed=total([one.billed for one in own]),
            paid=total([one.paid for one in rows if one.owed_in == currency]),
            from_deposits=total([one.from_deposit for one in own]),
            open=total([one.open for one in rows if one.owed_in == currency]),
            held=total([one.held for one in own]),
        )
        for currency in sorted({one.currency for one in rows} | {one.owed_in for one in rows})
        for own in [[one for one in rows if one.currency == currency]]
    ]


def _listed(*things: str) -> str:
    """`2 drafts, 1 milestone and 46.75 h of time`; empty ones are left out."""
    named = [one for one in things if one]
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


@get("/approvals", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def approvals(request: HttpRequest) -> Response[str]:
    """Drafts, milestones and time that wait for whoever asks."""
    with looking(request) as (connection, identity):
        day = firm_day(connection, identity.firm_id)
        now = day.now
        takers = approval_chains.takers(connection, identity.firm_id, identity.person_id, day.today)
        waiting = my_approvals.drafts(connection, identity.firm_id, takers)
        drafts = []
        for one in waiting:
            snapshot = current_snapshot(connection, identity.firm_id, one.invoice_id)
            drafts.append(
                DraftToApprove(
                    draft=one,
                    figures=drafting.draft(snapshot),
                    age=(now - one.since).days if one.since else 0,
                    warnings=len(of_draft(connection, identity.firm_id, one.invoice_id, snapshot)),
                )
            )
        milestones = my_approvals.milestones(connection, identity.firm_id, identity.person_id)
        undecided = purchases_waiting.for_manager(connection, identity.firm_id, identity.person_id)
        papers = sum(one.papers for one in undecided)
        spent = sum(one.expenses for one in undecided)
        entries, seconds = time_grid.waiting_for(connection, identity.firm_id, identity.person_id)
        return page(
            request,
            connection,
            "approvals.html",
            drafts=drafts,
            milestones=milestones,
            undecided=undecided,
            waits=_listed(
                plural(len(drafts), "draft") if drafts else "",
                plural(len(milestones), "milestone") if milestones else "",
                plural(papers, "order or bill", "orders and bills") if papers else "",
                plural(spent, "expense") if spent else "",
                f"{hours(seconds)} h of time" if entries else "",
            ),
            time_entries=entries,
            time_seconds=seconds,
        )


@post("/parked/{subject:str}/{subject_id:uuid}/retry", opt=_MENDERS, include_in_schema=False)
async def retry(request: HttpRequest, subject: FromPath[str], subject_id: FromPath[UUID]) -> Response[str]:
    """Try again what the system could not do."""
    form = await request.form()
    back = inside(str(form.get("back", "/")), "/")
    return await answer(
        request,
        lambda typed: command_of(RetryParked, typed, subject=subject, subject_id=str(subject_id)),
        lambda outcome: back,
        lambda said: _worklist(request, said),
    )


@post("/parked/{subject:str}/{subject_id:uuid}/abandon", opt=_MENDERS, include_in_schema=False)
async def abandon(request: HttpRequest, subject: FromPath[str], subject_id: FromPath[UUID]) -> Response[str]:
    """Give up what the system could not do."""
    form = await request.form()
    back = inside(str(form.get("back", "/")), "/")
    return await answer(
        request,
        lambda typed: command_of(AbandonParked, typed, "reason", subject=subject, subject_id=str(subject_id)),
        lambda outcome: back,
        lambda said: _worklist(request, said),
    )


ROUTES = (worklist, approvals, retry, abandon)
