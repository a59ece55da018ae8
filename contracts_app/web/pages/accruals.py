"""The accrual of unbilled work at the end of a month: as kept, as it would be now, and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from contracts_app.documents import accrual_sheet
from contracts_app.domain.closing.accrual import COLUMNS, Accrual, differences
from contracts_app.domain.closing.periods import PeriodState, called, last_day
from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.closing_commands import ReviewAccrual
from contracts_app.domain.refusals import not_found
from contracts_app.services.accrual_reviews import may_review
from contracts_app.services.accruals import accrual
from contracts_app.store.views import closing_page, kept_accruals, late_entries
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.done_since import done_since
from contracts_app.store.views.kept_accruals import KeptAccrual
from contracts_app.web.api.closing import READERS, first_day_of
from contracts_app.web.api.documents import attachment
from contracts_app.web.api.shown import looking
from contracts_app.web.giving import administer
from contracts_app.web.guard import roles
from contracts_app.web.pages.forms import answer, command_of
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.wording import what
from contracts_app.web.parts import HttpRequest

STEPS = {"soft_close": "when closing began", "close": "when it was closed"}
"""When an accrual was kept."""


@get("/periods/{month:str}/accrual", opt=READERS, include_in_schema=False, sync_to_thread=True)
def accrual_page(
    request: HttpRequest, month: FromPath[str], kept: FromQuery[UUID | None] = None
) -> Response[str]:
    """What was worked and not billed at the end of a month: the last that was kept, or the one asked for,
    with what would be another figure now; as it stands now where none was kept or while it is reviewed."""
    return _shown(request, month, kept)


def _shown(request: HttpRequest, month: str, kept: UUID | None, said: Said | None = None) -> Response[str]:
    first = first_day_of(month)
    with looking(request) as (connection, identity):
        every = kept_accruals.of_month(connection, identity.firm_id, first)
        periods = closing_page.every(connection, identity.firm_id)
        in_review = closing_page.state_of(periods, first) == PeriodState.soft_closed and kept is None
        now = accrual(connection, identity.firm_id, last_day(first))
        chosen = None if in_review else _chosen(every, kept)
        shown = now if chosen is None else chosen.accrual
        changed = [] if chosen is None else differences(shown, now)
        since = None if chosen is None else chosen.taken_at
        return page(
            request,
            connection,
            "accrual.html",
            said=said,
            key=month,
            called=called(first),
            as_of=shown.as_of,
            ended=shown.as_of < firm_day(connection, identity.firm_id).today,
            shown=shown,
            people=kept_accruals.managers(connection, identity.firm_id, shown),
            chosen=chosen,
            every=every,
            steps=STEPS,
            changed=changed,
            why=done_since(connection, identity.firm_id, {one.contract_id for one in changed}, since)
            if changed and since is not None
            else {},
            what=what,
            in_review=in_review,
            late=late_entries.posted_after(connection, identity.firm_id, shown.as_of),
            columns=COLUMNS,
            told=_told(shown),
            reviews=kept_accruals.reviews(connection, identity.firm_id, first),
            mine=lambda row: in_review and may_review(row, identity.person_id, identity.roles),
        )


@get("/periods/{month:str}/accrual/{ending:str}", opt=READERS, include_in_schema=False, sync_to_thread=True)
def accrual_file(
    request: HttpRequest, month: FromPath[str], ending: FromPath[str], kept: FromQuery[UUID | None] = None
) -> Response[bytes]:
    """The same as a file: CSV; a kept one also as JSON, the very text that its SHA-256 is of."""
    first = first_day_of(month)
    with looking(request) as (connection, identity):
        chosen = _chosen(kept_accruals.of_month(connection, identity.firm_id, first), kept)
        if ending == "json" and chosen is not None:
            content, media_type = chosen.contents.encode(), "application/json"
        elif ending == "csv":
            found = (
                accrual(connection, identity.firm_id, last_day(first)) if chosen is None else chosen.accrual
            )
            people = kept_accruals.managers(connection, identity.firm_id, found)
            content, media_type = accrual_sheet.as_csv(found, people), "text/csv; charset=utf-8"
        else:
            raise not_found("file")
    headers = {"Content-Disposition": attachment(f"accrual-{month}.{ending}")}
    return Response(content, media_type=media_type, headers=headers)


def _told(shown: Accrual) -> Mapping[str, Sequence[int]]:
    """By currency, which columns have something to tell: not those of all zeros, but what is accrued."""
    return {
        currency: [
            index
            for index, column in enumerate(COLUMNS)
            if column.key == "unbilled"
            or any(column.of(row) for row in shown.rows if row.currency == currency)
        ]
        for currency in shown.totals
    }


def _chosen(every: Sequence[KeptAccrual], kept: UUID | None) -> KeptAccrual | None:
    if kept is None:
        return every[0] if every else None
    for one in every:
        if one.id == kept:
            return one
    raise not_found("accrual")


@post(
    "/periods/{month:str}/contracts/{contract_id:uuid}/review",
    opt=roles(*ROLES["review_accrual"]),
    include_in_schema=False,
)
async def review(request: HttpRequest, month: FromPath[str], contract_id: FromPath[UUID]) -> Response[str]:
    """Confirm a contract's figures, or remark on them."""
    return await answer(
        request,
        lambda form: command_of(
            ReviewAccrual, form, "figures", "remark", month=month, contract_id=str(contract_id)
        ),
        lambda outcome: f"/periods/{month}/accrual",
        lambda said: _shown(request, month, None, said),
        administer,
    )


ROUTES = (accrual_page, accrual_file, review)
