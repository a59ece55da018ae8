"""What people do with time on a page: enter, approve, reject, hold, release, write, transfer, claim again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.commands.routes import ROUTES as COMMANDS
from contracts_app.domain.commands.time_commands import (
    ApproveTime,
    ClaimTime,
    CorrectTime,
    DecideOvertime,
    EnterTime,
    HoldTime,
    RejectTime,
    ReleaseTime,
    SetOvertime,
    TransferTime,
    WriteTime,
)
from contracts_app.domain.money import multiply
from contracts_app.domain.time.time_and_materials import HOUR
from contracts_app.web.bodies import validated
from contracts_app.web.guard import roles
from contracts_app.web.pages.command_forms import command_form
from contracts_app.web.pages.contracts import contract_tab
from contracts_app.web.pages.drafts import review_page
from contracts_app.web.pages.forms import Form, answer
from contracts_app.web.pages.rendering import Said
from contracts_app.web.pages.time_pages import time_page
from contracts_app.web.pages.time_shown import ENTERED_AGAIN, Shown, shown_of
from contracts_app.web.parts import HttpRequest
from contracts_app.web.problems import FieldError, WrongBody

_DECISIONS: Mapping[str, type[CommandBody]] = {
    "approve": ApproveTime,
    "reject": RejectTime,
    "hold": HoldTime,
    "release": ReleaseTime,
    "transfer": TransferTime,
    "overtime": SetOvertime,
    "approve_overtime": DecideOvertime,
    "refuse_overtime": DecideOvertime,
}
_DECIDERS = roles(
    *{role for one in ("approve_time", "hold_time", "set_overtime") for role in COMMANDS[one].roles}
)
_TICKED = "entry."
_HOURS = re.compile(r"(-?)(\d{1,4})(?:(?:\.|,)(\d{1,4}))?", re.ASCII)
_VERSION = re.compile(r"\d{1,6}", re.ASCII)
_CLOCK = re.compile(r"(-?)(\d{1,4}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def typed_seconds(form: Form, name: str, label: str) -> int:
    """Hours as typed, `1.5`, `1:30` or `1:30:05`, in whole seconds. Raises WrongBody."""
    text = form.get(name, "")
    if clock := _CLOCK.fullmatch(text):
        sign, hours, minutes, rest = clock.groups()
        seconds = int(hours) * HOUR + int(minutes) * 60 + int(rest or 0)
    elif plain := _HOURS.fullmatch(text):
        sign, hours, part = plain.groups()
        exact = multiply(Decimal(f"{hours}.{part or 0}"), Decimal(HOUR))
        seconds = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    else:
        raise WrongBody(FieldError(name, text, "hours like 1.5 or 1:30", label))
    if seconds > 24 * HOUR:
        raise WrongBody(FieldError(name, text, "at most 24 a day", label))
    return -seconds if sign else seconds


def decision_of(form: Form, contract_id: UUID) -> CommandBody:
    """The command about entries: those of a button that names them, or those that are ticked.

    Each is named as the page showed it, `id:version`; an approval counts for that version only. Raises
    WrongBody when none is named.
    """
    named = form.get("approve", "")
    verb = "approve" if named else form.get("do", "")
    model = _DECISIONS.get(verb)
    if model is None:
        raise WrongBody(FieldError("do", verb, "one of the buttons"))
    shown = (
        named.split(",")
        if named
        else [
            f"{name.removeprefix(_TICKED)}:{version}"
            for name, version in form.items()
            if name.startswith(_TICKED)
        ]
    )
    if not shown:
        raise WrongBody(FieldError("entries", "nothing", "tick at least one", "Entries"))
    said: dict[str, object] = {
        name: form.get(name, "") for name in ("reason", "item_no") if name in model.model_fields
    }
    if model is ReleaseTime:
        said["reason"] = form.get("reason") or None
    if model is SetOvertime:
        said["overtime"] = form.get("overtime") or None
    if model is DecideOvertime:
        said["approved"] = verb == "approve_overtime"
    by_version = model in (ApproveTime, DecideOvertime)
    entries = [_seen(one) if by_version else one.partition(":")[0] for one in shown]
    return validated(model, {"contract_id": str(contract_id), "entries": entries, **said})


def _seen(named: str) -> dict[str, object]:
    """What a page named as seen. Raises WrongBody for a page that did not say the version."""
    entry_id, _, version = named.partition(":")
    if not _VERSION.fullmatch(version):
        expected = "each with the version that was seen: open the page again"
        raise WrongBody(FieldError("entries", named, expected, "Entries"))
    return {"id": entry_id, "version": int(version)}


def after_time(shown: Shown, contract_id: UUID) -> str:
    """Where a command about time leads back to."""
    if shown.invoice_id is not None:
        return f"/invoices/{shown.invoice_id}/review#time"
    return shown.closed().address(contract_id)


def time_again(request: HttpRequest, contract_id: UUID, said: Said) -> Response[str]:
    """The page that a command about time came from, with what was refused."""
    shown = shown_of(request.query_params)
    if shown.every:
        return time_page(request, said)
    if shown.invoice_id is not None and shown.entry_id is None:
        return review_page(request, shown.invoice_id, said)
    return contract_tab(request, contract_id, "time", said)


@post("/contracts/{contract_id:uuid}/time", opt=_DECIDERS, include_in_schema=False)
async def decide(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Approve, reject, hold, release or transfer entries: one command for all of them."""
    shown = shown_of(request.query_params)
    return await answer(
        request,
        lambda form: decision_of(form, contract_id),
        lambda outcome: after_time(shown, contract_id),
        lambda said: time_again(request, contract_id, said),
    )


@post(
    "/contracts/{contract_id:uuid}/time/{entry_id:uuid}/write",
    opt=roles(*COMMANDS["write_time"].roles),
    include_in_schema=False,
)
async def write(request: HttpRequest, contract_id: FromPath[UUID], entry_id: FromPath[UUID]) -> Response[str]:
    """Charge another time than was worked; nothing typed charges what was worked."""
    shown = shown_of(request.query_params)

    def body(form: Form) -> WriteTime:
        seconds = typed_seconds(form, "hours", "Hours to charge") if form.get("hours") else None
        return validated(
            WriteTime,
            {
                "contract_id": str(contract_id),
                "entry_id": str(entry_id),
                "seconds": seconds,
                "reason": form.get("reason", ""),
            },
        )

    return await answer(
        request,
        body,
        lambda outcome: after_time(shown, contract_id),
        lambda said: time_again(request, contract_id, said),
    )


@post(
    "/contracts/{contract_id:uuid}/time/enter",
    opt=roles(*COMMANDS["enter_time"].roles),
    include_in_schema=False,
)
async def enter(request: HttpRequest, contract_id: FromPath[UUID]) -> Response[str]:
    """Enter time by hand; the page then shows its week, ready for the next day of the same person."""
    typed: dict[str, str] = {}

    def body(form: Form) -> EnterTime:
        typed.update(form)
        return validated(EnterTime, {"contract_id": str(contract_id), "entries": [_typed_entry(form)]})

    return await answer(
        request,
        body,
        lambda outcome: f"{shown_of({'week': typed['work_date']}).address(contract_id)}&{_next(typed)}",
        lambda said: time_again(request, contract_id, said),
    )


def _typed_entry(form: Form) -> dict[str, object]:
    """Time as the fields say it. Raises WrongBody."""
    names = ("item_no", "person", "role", "work_date", "overtime")
    entry: dict[str, object] = {name: form[name] for name in names if form.get(name)}
    if form.get("premium_only") == "yes":
        entry["premium_only"] = True
    seconds = typed_seconds(form, "hours", "Hours")
    return {**entry, "seconds": seconds, "description": form.get("description", "")}


@post(
    "/contracts/{contract_id:uuid}/time/{entry_id:uuid}/correct",
    opt=roles(*COMMANDS["correct_time"].roles),
    include_in_schema=False,
)
async def correct(
    request: HttpRequest, contract_id: FromPath[UUID], entry_id: FromPath[UUID]
) -> Response[str]:
    """Correct an entry that was typed in, or take it back."""
    shown = shown_of(request.query_params)

    def body(form: Form) -> CorrectTime:
        taken_back = form.get("do") == "take_back"
        ids = {"contract_id": str(contract_id), "entry_id": str(entry_id)}
        said = {"entry": None if taken_back else _typed_entry(form), "reason": form.get("reason", "")}
        return validated(CorrectTime, {**ids, **said})

    return await answer(
        request,
        body,
        lambda outcome: after_time(shown.closed(), contract_id),
        lambda said: time_again(request, contract_id, said),
    )


def _next(typed: Form) -> str:
    """What the form starts with after an entry: the same line, person and role, a day later."""
    following = date.fromisoformat(typed["work_date"]) + timedelta(days=1)
    kept = {name: typed.get(name, "") for name in ENTERED_AGAIN}
    return urlencode({f"e_{name}": value for name, value in (kept | {"work_date": f"{following}"}).items()})


ROUTES = (
    decide,
    write,
    enter,
    correct,
    command_form(
        "/invoices/{invoice_id:uuid}/claim-time",
        ClaimTime,
        then="/invoices/{id}/review",
        again=review_page,
    ),
)
