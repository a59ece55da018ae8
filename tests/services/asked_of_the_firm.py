"""What people may ask around a contract: files, billing runs and groups, the calendar, parked steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contracts_app.domain.billing.billing_runs import StartBillingRun
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.group_commands import IssueGroup, PrepareGroup, SetBillingGroup
from contracts_app.domain.commands.import_commands import (
    DecideImport,
    DistributeImport,
    PostImport,
    PostParts,
    UndoImport,
    UndoParts,
    WithdrawImport,
)
from contracts_app.domain.commands.mending_commands import MendedCell, MendImport
from contracts_app.domain.commands.process_commands import AbandonParked, MoveCalendar, RetryParked
from contracts_app.domain.commands.subjects import deterministic_id
from tests.services.contract_facts import Facts, Pick, asked, one_of


@asked
def decide_import(now: Facts, pick: Pick) -> Body:
    known = _file(now, pick, "needs_decision")
    wanted = {one["key"]: pick(one["choices"])["value"] for one in known["report"].get("decisions", ())}
    return DecideImport(import_id=known["id"], decisions=wanted or {"date_order": "day_first"})


@asked
def mend_import(now: Facts, pick: Pick) -> Body:
    known = _file(now, pick, "needs_decision")
    rows = [one["place"] for one in (known["report"] or {}).get("problems", ()) if one["place"]["row"]]
    place = pick(rows) if rows else {"sheet": "none", "row": 1}
    said = pick(("Grilles 2", "=1+1"))
    cell = MendedCell(sheet=place["sheet"], row=place["row"], column="C", became=said)
    return MendImport(import_id=known["id"], cells=(cell,))


@asked
def post_import(now: Facts, pick: Pick) -> Body:
    return PostImport(import_id=_file(now, pick, "ready")["id"])


@asked
def undo_import(now: Facts, pick: Pick) -> Body:
    known = _file(now, pick, "posted")
    return UndoImport(import_id=known["id"], reason="The wrong file.")


@asked
def withdraw_import(now: Facts, pick: Pick) -> Body:
    return WithdrawImport(import_id=_file(now, pick, "ready", "needs_decision")["id"], reason="An old file.")


@asked
def distribute_import(now: Facts, pick: Pick) -> Body:
    known = _file(now, pick, "to_distribute", "distributed")
    parts = (known["report"] or {}).get("parts") or [{"project": "Studies"}]
    chosen = pick((now.contract_id, "ignore", "later"))
    return DistributeImport(import_id=known["id"], projects={pick(parts)["project"]: chosen})


@asked
def post_parts(now: Facts, pick: Pick) -> Body:
    return PostParts(import_id=_file(now, pick, "to_distribute", "distributed")["id"])


@asked
def undo_parts(now: Facts, pick: Pick) -> Body:
    known = _file(now, pick, "to_distribute", "distributed")
    return UndoParts(import_id=known["id"], reason="The wrong month.")


@asked
def start_billing_run(now: Facts, pick: Pick) -> Body:
    run_id = deterministic_id(now.people.firm_id, "billing_run", f"{now.people.coordinator}:{now.run_key}")
    return StartBillingRun(run_id=run_id, period_to=now.today - timedelta(days=pick((0, 30))))


@asked
def move_calendar(now: Facts, pick: Pick) -> Body:
    return MoveCalendar(to=now.today + timedelta(days=pick((1, 30))))


@asked
def retry_parked(now: Facts, pick: Pick) -> Body:
    subject, subject_id = one_of(now.parked, pick)
    return RetryParked(subject=subject, subject_id=subject_id)


@asked
def abandon_parked(now: Facts, pick: Pick) -> Body:
    subject, subject_id = one_of(now.parked, pick)
    return AbandonParked(subject=subject, subject_id=subject_id, reason="The address is gone.")


@asked
def set_billing_group(now: Facts, pick: Pick) -> Body:
    together = (now.people.other_contract_id, now.people.third_contract_id)
    return SetBillingGroup(
        client_id=now.people.client_id,
        group_id=pick((None, *(row["id"] for row in now.groups))),
        name=pick(("Framework", "Another framework")),
        contracts=pick((together, (), (now.contract_id, *together))),
    )


@asked
def prepare_group(now: Facts, pick: Pick) -> Body:
    group = one_of(now.groups, pick)
    return PrepareGroup(client_id=now.people.client_id, group_id=group["id"], period_to=now.today)


@asked
def issue_group(now: Facts, pick: Pick) -> Body:
    return IssueGroup(client_id=now.people.client_id, group_id=one_of(now.groups, pick)["id"])


def _file(now: Facts, pick: Pick, *states: str) -> Mapping[str, Any]:
    return one_of([row for row in now.files if row["state"] in states] or now.files, pick)
