"""Forms on the papers that a contract requires."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from contracts_app.domain.commands.compliance_commands import (
    AskException,
    DecideException,
    EndRequirement,
    FilePaper,
    RequirePaper,
    WithdrawPaper,
)
from contracts_app.domain.refusals import Refused
from contracts_app.web.api.compliance import LARGEST_UPLOAD, paper_file, receive
from contracts_app.web.guard import STAFF, who_gives
from contracts_app.web.pages.agreement_forms import CONTRACT, again
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.forms import Form, answer, command_of, read_form, sentence_of
from contracts_app.web.pages.rendering import Said
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import WrongBody

_TAB = "/contracts/{id}?tab=compliance"


@post(
    f"{CONTRACT}/papers",
    opt=who_gives(FilePaper),
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD,
)
async def file_paper(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Upload a paper and put it on file."""
    try:
        sha256, name = await receive(request, contract_id)
    except Refused as refused:
        typed, about = (await read_form(request))[0], request.url.path
        said = Said(refused.sentence, refused.status, typed, (), about)
        return await sync_to_thread(contract_tab, request, contract_id, "compliance", said)
    except WrongBody as wrong:
        typed, about = (await read_form(request))[0], request.url.path
        said = Said(sentence_of(wrong.errors), 422, typed, wrong.errors, about)
        return await sync_to_thread(contract_tab, request, contract_id, "compliance", said)

    def body(form: Form) -> FilePaper:
        kind, _, of_whom = form.get("what", "").partition("|")
        return command_of(
            FilePaper,
            form,
            *("valid_from", "valid_to", "remark"),
            contract_id=str(contract_id),
            kind=kind,
            of_whom=of_whom,
            sha256=sha256,
            file_name=name,
        )

    return await answer(
        request,
        body,
        lambda outcome: _TAB.format(id=contract_id),
        lambda said: contract_tab(request, contract_id, "compliance", said),
    )


@post(f"{CONTRACT}/papers/decide", opt=who_gives(DecideException), include_in_schema=False)
async def decide_exception(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Grant or refuse an exception."""
    return await answer(
        request,
        lambda form: command_of(
            DecideException,
            form,
            *("exception_id", "remark"),
            contract_id=str(contract_id),
            granted=form.get("do") == "grant",
        ),
        lambda outcome: _TAB.format(id=contract_id),
        lambda said: contract_tab(request, contract_id, "compliance", said),
    )


@get(f"{CONTRACT}/papers/{{paper_id:uuid}}/file", opt=STAFF, include_in_schema=False, sync_to_thread=True)
def paper(request: HttpRequest, contract_id: FromPath[UUID], paper_id: FromPath[UUID]) -> Response[bytes]:
    """The file of a paper."""
    return paper_file(request, contract_id, paper_id)


ROUTES = (
    file_paper,
    decide_exception,
    paper,
    command_form(
        f"{CONTRACT}/papers/require", RequirePaper, "kind", "of_whom", "blocks", "from_on",
        then=_TAB, again=again("compliance"),
    ),
    command_form(
        f"{CONTRACT}/papers/end", EndRequirement, "requirement_id", "reason",
        then=_TAB, again=again("compliance"),
    ),
    command_form(
        f"{CONTRACT}/papers/withdraw", WithdrawPaper, "paper_id", "reason",
        then=_TAB, again=again("compliance"),
    ),
    command_form(
        f"{CONTRACT}/papers/ask", AskException, "requirement_id", "until", "reason",
        then=_TAB, again=again("compliance"),
    ),
)  # fmt: skip
