"""The pencil copy: shown by the coordinator, read and remarked on by the client; and a draft's paper."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from contracts_app.documents import press
from contracts_app.domain.billing import drafting
from contracts_app.domain.commands.submission_commands import RemarkOnPencil, SharePencil
from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.services.draft_contents import of_draft
from contracts_app.store import clients, contracts, invoices, pencils
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views.calendar import firm_day
from contracts_app.web.api.shown import looking
from contracts_app.web.bodies import validated
from contracts_app.web.guard import STAFF, roles
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.drafts import review_page
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said, page
from contracts_app.web.pages.totals import totals_of
from contracts_app.web.parts import HttpRequest, identity_of

_CLIENT = roles(Role.client)


@get("/invoices/{invoice_id:uuid}/preview", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def preview(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[bytes]:
    """The paper that issue would make, as a draft: without a number. Takes some seconds."""
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        row = invoices.find(connection, firm_id, invoice_id)
        if row is None or row["state"] not in NOT_OUT:
            raise not_found("draft")
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None  # foreign key
        content = of_draft(
            connection,
            firm_id,
            row,
            agreed,
            clients.get(connection, firm_id, agreed["client_id"]),
            current_snapshot(connection, firm_id, invoice_id),
            firm_day(connection, firm_id).today,
        )
    made = press.paper(content)
    name = f"draft-{row['application_no']}.pdf"
    return Response(
        made.pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


@get("/client/pencils/{invoice_id:uuid}", opt=_CLIENT, include_in_schema=False, sync_to_thread=True)
def pencil(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """The copy of a draft that its client was shown last."""
    return _pencil(request, invoice_id)


def _pencil(request: HttpRequest, invoice_id: UUID, said: Said | None = None) -> Response[str]:
    with looking(request) as (connection, identity):
        firm_id = identity.firm_id
        row = invoices.find(connection, firm_id, invoice_id)
        agreed = contracts.find(connection, firm_id, row["contract_id"]) if row else None
        shown = pencils.last(connection, firm_id, invoice_id)
        if row is None or agreed is None or shown is None or agreed["client_id"] != identity.client_id:
            raise not_found("pencil copy")
        figures = drafting.draft(pencils.shown(connection, firm_id, shown.id))
        said_of = {one.line_id: one for one in shown.remarks}
        return page(
            request,
            connection,
            "client_pencil.html",
            said=said,
            invoice_id=invoice_id,
            agreed=agreed,
            application_no=row["application_no"],
            figures=figures,
            totals=totals_of(figures.lines),
            shown=shown,
            said_of=said_of,
            may_remark=row["state"] in NOT_OUT,
        )


@post("/client/pencils/{invoice_id:uuid}", opt=_CLIENT, include_in_schema=False)
async def remark(request: HttpRequest, invoice_id: FromPath[UUID]) -> Response[str]:
    """What the client says, line by line; empty fields say nothing."""
    identity_of(request)

    def body(form: Form) -> RemarkOnPencil:
        remarks: list[dict[str, str]] = [
            {"line_id": name.removeprefix("line."), "remark": text}
            for name, text in form.items()
            if name.startswith("line.") and text
        ]
        if form.get("whole"):
            remarks.append({"remark": form["whole"]})
        return validated(
            RemarkOnPencil,
            {"invoice_id": str(invoice_id), "pencil_id": form.get("pencil_id", ""), "remarks": remarks},
        )

    return await answer(
        request,
        body,
        lambda outcome: f"/client/pencils/{invoice_id}",
        lambda said: _pencil(request, invoice_id, said),
    )


ROUTES = (
    preview,
    pencil,
    remark,
    command_form(
        "/invoices/{invoice_id:uuid}/pencil",
        SharePencil,
        then="/invoices/{id}/review#pencil",
        again=review_page,
    ),
)
