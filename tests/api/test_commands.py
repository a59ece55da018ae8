"""Commands over HTTP on a real Temporal server and worker: keys, refusals, what each party sees."""

import asyncio
import http.client
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from contracts_app.cli import application
from contracts_app.domain.commands.contract_commands import OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.settings import Settings
from contracts_app.temporal import connect
from contracts_app.web.api.imports import LARGEST_UPLOAD
from contracts_app.web.app import create_app
from tests.api.conftest import PASSWORD, Browser, Firm, WorkerProcess
from workflows.doors import Doors

Firms = tuple[Firm, Firm]
SCHEDULE = b"""project_id,sov_line_id,line_number,description,scheduled_value,labor_pct,material_pct
P-1,P-1-SOV-01,1,Ductwork,60000.00,0.6,0.4
P-1,P-1-SOV-02,2,Controls,40000.00,0.5,0.5
"""


def terms(**other: object) -> dict[str, Any]:
    """Terms as a coordinator types them."""
    return {
        "currency": "USD",
        "original_sum": "100000.00",
        "contract_date": "2024-02-19",
        "retainage": {"rate_completed": "0.10", "rate_stored": "0.10"},
        "controller_limit": "50000.00",
        **other,
    }


def contract(firm: Firm, number: str) -> dict[str, Any]:
    """A contract as a coordinator types it."""
    return {
        "client_id": str(firm.clients[0]),
        "legal_entity_id": str(firm.legal_entity_id),
        "project_manager_id": str(firm.people["project_manager"]),
        "number": number,
        "title": "Ductwork of a school",
        "terms": terms(),
    }


@dataclass(frozen=True)
class Office:
    """A firm at work: everybody signed in, one contract in force with a schedule of two lines."""

    firm: Firm
    coordinator: Browser
    project_manager: Browser
    controller: Browser
    auditor: Browser
    administrator: Browser
    client: Browser
    other_client: Browser
    contract_id: str

    def line(self, item_no: str) -> str:
        schedule = self.coordinator.get(f"/api/contracts/{self.contract_id}").json()["schedule"]
        return str(next(line["id"] for line in schedule if line["item_no"] == item_no))


@pytest.fixture(scope="module")
def offices(firms: Firms, site: Settings, worker: WorkerProcess) -> Iterator[tuple[Office, Office]]:
    worker.start()
    opened: list[Browser] = []

    def office(firm: Firm) -> Office:
        people = {}
        for who in firm.people:
            people[who] = Browser(base_url=site.public_url, timeout=40)
            opened.append(people[who])
            assert people[who].sign_in(firm.address(who)).status_code == 200
        one = people["coordinator"]
        contract_id = one.done("/api/contracts", contract(firm, "P-1"))["contract_id"]
        import_id = one.upload("schedule_of_values", contract_id, SCHEDULE, "schedule.csv").json()["result"][
            "import_id"
        ]
        one.settled()
        one.done(f"/api/imports/{import_id}/post")
        people["controller"].done(f"/api/contracts/{contract_id}/activate")
        one.settled()
        return Office(firm, contract_id=contract_id, **people)

    yield office(firms[0]), office(firms[1])
    for browser in opened:
        browser.close()


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_the_same_key_and_body_hear_the_same_and_another_body_is_refused(
    offices: tuple[Office, Office],
) -> None:
    one = offices[0].coordinator
    body, key = contract(offices[0].firm, "P-2"), uuid4().hex
    first = one.give("/api/contracts", body, key)
    again = one.give("/api/contracts", body, key)
    assert first.status_code == 200
    assert (again.status_code, again.content) == (first.status_code, first.content)
    other = one.give("/api/contracts", {**body, "title": "Something else"}, key)
    assert problem(other) == (422, "key_used_with_other_content")
    numbers = [c["number"] for c in one.get("/api/contracts").json()["contracts"]]
    assert numbers.count("P-2") == 1


def test_the_same_key_in_flight_at_once_has_one_effect(offices: tuple[Office, Office]) -> None:
    one = offices[0].coordinator
    body, key = contract(offices[0].firm, "P-3"), uuid4().hex
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: one.give("/api/contracts", body, key), range(8)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert [c["number"] for c in one.get("/api/contracts").json()["contracts"]].count("P-3") == 1


def test_a_refusal_is_a_problem_with_a_sentence_and_is_heard_again(
    offices: tuple[Office, Office], audit: Callable[[UUID], list[str]]
) -> None:
    office, key = offices[0], uuid4().hex
    body = contract(office.firm, "P-1")
    first = office.coordinator.give("/api/contracts", body, key)
    assert problem(first) == (422, "contract_number_taken")
    assert first.json()["detail"] == "There is a contract P-1 already."
    assert office.coordinator.give("/api/contracts", body, key).content == first.content
    assert sum("contract_number_taken" in entry for entry in audit(office.firm.id)) == 1


def test_a_file_is_received_once_per_key(offices: tuple[Office, Office]) -> None:
    office = offices[0]
    one, key = office.coordinator, uuid4().hex
    first = one.upload("schedule_of_values", office.contract_id, SCHEDULE, key=key)
    assert first.status_code == 201
    again = one.upload("schedule_of_values", office.contract_id, SCHEDULE, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    other = one.upload("schedule_of_values", office.contract_id, SCHEDULE + b"\n", key=key)
    assert problem(other) == (422, "key_used_with_other_content")
    one.settled()
    read = one.get(f"/api/imports/{first.json()['result']['import_id']}").json()
    assert read["state"] == "ready"
    assert read["report"]["rows_read"] == read["report"]["known"] == 2
    assert read["report"]["new"] == 0


def test_the_same_upload_in_flight_at_once_is_one_import(offices: tuple[Office, Office]) -> None:
    office, key = offices[0], uuid4().hex
    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(
                lambda _: office.coordinator.upload(
                    "schedule_of_values", office.contract_id, SCHEDULE, key=key
                ),
                range(6),
            )
        )
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}


LABOUR = b"""log_id,date,employee_id,role,sov_line_id,hours_st,hours_ot
L-1,2024-02-20,W-1,Fitter,P-1-SOV-01,8,0
L-2,2024-02-21,W-1,Fitter,P-1-SOV-02,7.5,0
"""


def test_the_command_line_imports_as_a_person_who_signs_in(
    offices: tuple[Office, Office],
    site: Settings,
    audit: Callable[[UUID], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    office, file = offices[0], tmp_path / "labour.csv"
    file.write_bytes(LABOUR)
    for name, value in site.model_dump(mode="json").items():
        monkeypatch.setenv(f"CONTRACTS_{name.upper()}", str(value))
    monkeypatch.setenv("CONTRACTS_PASSWORD", PASSWORD)

    def run(who: str, *words: str, number: str = "P-1") -> Result:
        return brought("labour_log", "--contract", number, "--as", office.firm.address(who), *words)

    def brought(*words: str) -> Result:
        kind, *options = words
        return CliRunner().invoke(application(), ["import", kind, str(file), "--json", *options])

    assert "role" in str(run("project_manager").exception)
    assert str(run("coordinator", number="P-9").exception) == "There is no contract P-9."

    waiting = run("coordinator")
    said = json.loads(waiting.stdout)
    assert (waiting.exit_code, said["outcome"], said["state"]) == (1, "needs_decision", "needs_decision")
    assert (said["imported"], said["decisions"]["unknown_workers"]["how"]) == (2, "asked")
    assert f"import/{said['import_id']} waits" in waiting.stderr

    never_asked = run("coordinator", "--decide", "nobody_asked=1")
    assert "does not ask about nobody_asked" in str(never_asked.exception)  # said, and nothing is posted

    posted = run("coordinator", "--decide", "unknown_workers=keep")
    done = json.loads(posted.stdout)
    assert (posted.exit_code, done["outcome"], done["state"]) == (0, "ok", "posted"), posted.stderr
    assert done["import_id"] == said["import_id"]  # it went on where it had stopped
    assert (done["imported"], done["refused"], done["totals"]["hours"]) == (2, 0, "15.5000")
    assert done["decisions"]["unknown_workers"] == {**said["decisions"]["unknown_workers"],
                                                    "value": "keep", "how": "given"}  # fmt: skip
    by = str(office.firm.people["coordinator"])
    told = [json.loads(entry) for entry in audit(office.firm.id) if done["import_id"] in entry]
    assert {"decide_import", "post_import"} <= {one["action"] for one in told if one["by"] == by}

    again = json.loads(run("coordinator").stdout)
    assert (again["outcome"], again["imported"], again["skipped_known"]) == ("ok", 0, 2)

    # One file for many contracts: begun once, and gone on with.
    file.write_text(
        "Date,Person,Hours,Project\n2024-03-04,W-1,2,Survey\n2024-03-04,W-1,x,Survey\n2024-03-05,W-1,3,\n"
    )
    many = ("timesheet", "--as", office.firm.address("coordinator"))
    assert "no project Nowhere" in str(brought(*many, "--project", "Nowhere=P-1").exception)
    first = json.loads(brought(*many, "--project", "Survey=ignore").stdout)
    assert (first["outcome"], first["state"], first["parts"]) == ("needs_decision", "to_distribute", [])
    assert (first["rows_read"], first["refused"], first["reasons"]) == (
        3, 1, {"left out": 1, "of no contract yet": 1},
    )  # fmt: skip
    assert first["decisions"]["project:(no project)"]["how"] == "asked"
    assert "asks about week" in str(brought(*many, "--decide", "week=1").exception)
    assert brought(*many, "--project", "Survey=P-1", "--contract", "P-1").exit_code == 2
    over = json.loads(brought(*many, "--project", "(no project)=ignore").stdout)
    assert (over["import_id"], over["state"]) == (first["import_id"], "distributed")


def too_large(one: Browser) -> int:
    """The answer to a request that says that more bytes will follow than an upload may have."""
    headers = {**one.headers, "Cookie": "; ".join(f"{c.name}={c.value}" for c in one.cookies.jar)}
    at = http.client.HTTPConnection(one.base_url.host, one.base_url.port or 80, timeout=40)
    try:
        at.putrequest("POST", "/api/imports", skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in ("host", "connection", "accept-encoding"):
                at.putheader(name, value)
        at.putheader("Idempotency-Key", uuid4().hex)
        at.putheader("Content-Type", "multipart/form-data; boundary=x")
        at.putheader("Content-Length", str(LARGEST_UPLOAD + 1))
        at.endheaders()
        return at.getresponse().status
    finally:
        at.close()


def test_an_upload_that_is_none_is_refused(offices: tuple[Office, Office]) -> None:
    office, other = offices
    one = office.coordinator
    assert problem(one.upload("poems", office.contract_id, SCHEDULE)) == (422, "unknown_kind")
    assert problem(one.upload("schedule_of_values", None, SCHEDULE)) == (422, "contract_of_import")
    assert problem(one.upload("schedule_of_values", "x", SCHEDULE)) == (400, "wrong_body")
    assert problem(one.upload("schedule_of_values", office.contract_id, b"")) == (422, "file_size")
    assert problem(one.upload("schedule_of_values", other.contract_id, SCHEDULE)) == (404, "not_found")
    assert too_large(one) == 413
    assert problem(office.controller.upload("schedule_of_values", office.contract_id, SCHEDULE))[0] == 403
    without_key = one.post("/api/imports", data={"kind": "x"}, files={"file": ("f.csv", b"x")})
    assert problem(without_key) == (400, "idempotency_key_missing")
    extra = one.post(
        "/api/imports",
        data={"kind": "schedule_of_values", "contract_id": office.contract_id, "state": "posted"},
        files={"file": ("f.csv", SCHEDULE)},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert problem(extra) == (400, "wrong_body")


def test_the_kind_of_a_file_is_found_out_or_asked(
    offices: tuple[Office, Office], audit: Callable[[UUID], list[str]]
) -> None:
    office, _ = offices
    one, budget = office.coordinator, b"Cost code,Description,Original budget\n01-100,Site,1000.00\n"
    found = one.upload("auto", office.contract_id, budget, key="found out").json()["result"]["import_id"]
    assert one.get(f"/api/imports/{found}").json()["kind"] == "budget"
    again = one.upload("auto", office.contract_id, budget, key="found out").json()["result"]["import_id"]
    assert again == found
    assert problem(one.upload("auto", office.contract_id, b"a,b\n1,2\n")) == (422, "kind_not_told")
    assert problem(one.upload("auto", office.contract_id, b"%PDF-1.7 no table")) == (422, "kind_not_told")
    # Several files dropped at once: each an import of its own; one that cannot be kept is named.
    dropped = one.post(
        "/imports/new",
        data={"kind": "auto", "contract_id": office.contract_id, "idempotency_key": uuid4().hex},
        files=[
            ("file", ("one.csv", budget)),
            ("file", ("what.csv", b"a,b\n1,2\n")),
            ("file", ("two.csv", budget.replace(b"01-100", b"02-200"))),
        ],
    )
    assert dropped.status_code == 422
    assert "2 files brought in; not the following. what.csv: Its columns do not tell" in dropped.text
    listed = one.get("/imports", params={"kind": "budget", "named": "TWO", "contract": office.contract_id})
    assert (listed.text.count("two.csv"), listed.text.count("one.csv")) == (1, 0)
    # What JSON within a form may say that no database keeps, or nobody can read.
    for form, fields in (
        ("as-read", {"sheet": "[" * 90_000, "row": "1", "column": "A"}),
        ("as-read", {"sheet": '"\\u0000"', "row": "1", "column": "A"}),
        ("mend", {"seen.0": '{"sheet": "\\u0000", "rows": {"3": {"C": "bad"}}}', "cell.0.3.C": "good"}),
    ):
        answer = one.post(f"/imports/{found}/{form}", data={**fields, "idempotency_key": uuid4().hex})
        assert answer.status_code == 422, form
    assert one.get("/imports/examples/%00").status_code == 404
    told = [entry for entry in audit(office.firm.id) if "/imports/examples/" in entry]
    assert len(told) == 1
    assert "x00" in told[0]
    assert "No files like that." in one.get("/imports", params={"state": "undone", "start": "x"}).text


def test_an_application_from_draft_to_certificate_as_each_party_sees_it(
    offices: tuple[Office, Office], audit: Callable[[UUID], list[str]]
) -> None:
    office, elsewhere = offices
    office.administrator.done("/api/calendar/move", {"to": "2024-04-01"})
    made = office.coordinator.done(
        f"/api/contracts/{office.contract_id}/applications", {"period_to": "2024-03-31"}
    )
    path = f"/api/invoices/{made['invoice_id']}"
    entry = {"line_id": office.line("1"), "this_period": "30000.00"}
    office.coordinator.done(f"{path}/edit", {"entries": [entry]})
    draft = office.coordinator.get(path).json()
    assert draft["state"] == "draft"
    assert draft["lines"] == {
        "line1": "100000.00", "line2": "0.00", "line3": "100000.00", "line4": "30000.00", "line5": "3000.00",
        "line5a": "3000.00", "line5b": "0.00", "line6": "27000.00", "line7": "0.00", "line8": "27000.00",
        "line9": "73000.00",
    }  # fmt: skip
    assert draft["continuation"][0]["this_period"] == "30000.00"
    assert draft["approval_steps"] == ["project_manager"]
    hidden = (office.client, office.other_client, elsewhere.coordinator, elsewhere.client)
    nothing = office.client.get(f"/api/invoices/{uuid4()}")
    for stranger in hidden:
        answer = stranger.get(path)
        assert (
            (answer.status_code, answer.content)
            == (nothing.status_code, nothing.content)
            == (404, nothing.content)
        )

    too_early = office.coordinator.give(f"{path}/issue")
    assert problem(too_early) == (409, "not_in_this_state")
    office.coordinator.done(f"{path}/submit")
    stale = office.project_manager.give(f"{path}/approve", {"content_hash": "0" * 64})
    assert problem(stale) == (409, "content_changed")
    seen = {"content_hash": office.project_manager.get(path).json()["content_hash"]}
    office.project_manager.done(f"{path}/approve", seen)
    issued = office.coordinator.done(f"{path}/issue")
    office.coordinator.settled()

    own = office.client.get(path).json()
    assert (own["number"], own["state"], own["lines"]["line8"]) == (issued["number"], "submitted", "27000.00")
    assert not {"approvals", "editors", "findings", "process", "possible", "prepared_by"} & set(own)
    assert [row["id"] for row in office.client.get("/api/invoices").json()["invoices"]] == [own["id"]]
    documents = [one["id"] for one in own["documents"]]
    assert documents
    for stranger in (office.other_client, elsewhere.coordinator, elsewhere.client):
        assert stranger.get(path).status_code == 404
        assert own["id"] not in stranger.get("/api/invoices").text
        for document in documents:
            assert stranger.get(f"/api/documents/{document}").status_code == 404
    for stranger in (office.other_client, elsewhere.client):
        assert problem(stranger.give(f"{path}/certify", {"decision": "in_full"})) == (404, "not_found")
    assert problem(office.coordinator.give(f"{path}/certify", {"decision": "in_full"})) == (
        403,
        "not_allowed",
    )
    paper = office.client.get(f"/api/documents/{documents[0]}")
    assert paper.status_code == 200
    assert paper.headers["content-disposition"].startswith("attachment; filename=")

    money = f"/api/clients/{office.firm.clients[0]}/payments"
    early = {
        reference: office.coordinator.done(
            money,
            {"amount": amount, "currency": "USD", "received_on": "2024-03-01", "reference": reference},
        )["payment_id"]
        for reference, amount in (("EARLY-1", "26000.00"), ("EARLY-2", "2000.00"))
    }
    office.client.done(f"{path}/certify", {"decision": "in_full"})
    office.coordinator.settled()
    assert office.client.get(path).json()["certificate"]["line8"] == "27000.00"
    _left_over_cash_settles(office, elsewhere, own["id"], early)
    denied = [
        entry for entry in audit(office.firm.id) if '"kind":"refusal"' in entry and "not_found" in entry
    ]
    assert any(str(office.firm.people["client"]) in entry for entry in denied)
    assert any(str(office.firm.people["other_client"]) in entry for entry in denied)


def _left_over_cash_settles(
    office: Office, elsewhere: Office, invoice_id: str, early: dict[str, str]
) -> None:
    """27,000.00 is owed; two payments from before settle it, one by the API, the other by the page."""
    client, one = str(office.firm.clients[0]), office.coordinator
    path = f"/api/clients/{client}/payments/{early['EARLY-1']}/apply"
    body = {"applications": [{"invoice_id": invoice_id, "amount": "26000.00"}]}
    for stranger in (elsewhere.coordinator, office.project_manager, office.client):
        assert stranger.give(path, body).status_code in (403, 404)
    number = {"applications": [{"invoice_id": invoice_id, "amount": 26000}]}
    assert one.give(path, number).status_code == 400
    key = uuid4().hex
    told = one.done(path, body, key)
    assert (told["applied"], told["unapplied"], told["settled"]) == ("26000.00", "0.00", [])
    assert one.done(path, body, key) == told
    assert problem(one.give(path, body)) == (422, "applied_before")

    shown = one.get("/payments").text
    assert "Apply EARLY-2" in shown
    assert "Apply EARLY-1" not in shown
    assert "Apply EARLY" not in office.project_manager.get("/payments").text
    action = f"/payments/{early['EARLY-2']}/apply"
    fields = {"client_id": client, "currency": "USD", "idempotency_key": uuid4().hex}
    nothing = one.post(action, data=fields)
    assert (nothing.status_code, "an amount for at least one invoice" in nothing.text) == (422, True)
    too_much = one.post(action, data={**fields, f"{invoice_id}.amount": "1,000.01"})
    assert too_much.status_code == 422
    assert "1,000.01 USD is more than the 1,000.00 USD open on" in too_much.text
    assert 'value="1,000.01"' in too_much.text
    done = one.post(
        action, data={**fields, "idempotency_key": uuid4().hex, f"{invoice_id}.amount": "=2000/2"}
    )
    assert (done.status_code, done.headers["location"]) == (303, "/payments?done=apply_cash")
    one.settled()
    assert one.get(f"/api/invoices/{invoice_id}").json()["state"] == "paid"
    known = next(row for row in one.get("/api/clients").json()["clients"] if row["id"] == client)
    assert (known["open"], known["unapplied"]) == ([], {"USD": "1000.00"})
    assert "1,000.00" in office.client.get("/client").text
    assert "Unapplied cash" in one.get(f"/contracts/{office.contract_id}?tab=payments").text


def test_no_command_reaches_into_another_firm(offices: tuple[Office, Office]) -> None:
    office, elsewhere = offices
    before = elsewhere.coordinator.get(f"/api/contracts/{elsewhere.contract_id}").json()
    path = f"/api/contracts/{elsewhere.contract_id}"
    assert office.coordinator.get(path).status_code == 404
    attempts: tuple[tuple[Browser, str, dict[str, str]], ...] = (
        (office.coordinator, f"{path}/applications", {"period_to": "2024-03-31"}),
        (office.coordinator, f"{path}/milestones", {"title": "Mine", "amount": "1.00"}),
        (office.controller, f"{path}/activate", {}),
        (office.controller, f"/api/processes/contract/{elsewhere.contract_id}/retry", {}),
        (office.coordinator, f"/api/clients/{elsewhere.firm.clients[0]}/payments",
         {"amount": "1.00", "currency": "USD", "received_on": "2024-03-01", "reference": "R"}),
    )  # fmt: skip
    for who, where, body in attempts:
        assert who.give(where, body).status_code == 404, where
    assert office.coordinator.get(f"/api/history/contract/{elsewhere.contract_id}").status_code == 404
    assert elsewhere.coordinator.get(f"/api/contracts/{elsewhere.contract_id}").json() == before


def test_a_contract_cannot_be_opened_under_the_id_of_another(
    offices: tuple[Office, Office], site: Settings, engine: Engine
) -> None:
    """Given past the web, straight to the door of the processes."""
    office, victim = offices
    command = Command(
        firm_id=office.firm.id,
        by=office.firm.people["coordinator"],
        key=uuid4().hex,
        signed_in="password",
        body=OpenContract.model_validate(contract(office.firm, "P-8") | {"contract_id": victim.contract_id}),
    )

    async def give() -> Outcome:
        return await Doors(await connect(site), engine, site.task_queue).give(command)

    outcome = asyncio.run(give())
    assert (outcome.done, outcome.code) == (False, "contract_id_not_from_key")
    assert "P-8" not in office.coordinator.get("/api/contracts").text


def test_the_calendar_moves_forward_only(offices: tuple[Office, Office]) -> None:
    office = offices[1]
    today = date.fromisoformat(office.administrator.get("/api/calendar").json()["today"])
    later, between = str(today + timedelta(days=2)), str(today + timedelta(days=1))
    assert office.administrator.done("/api/calendar/move", {"to": later}) == {"today": later}
    back = office.administrator.give("/api/calendar/move", {"to": between})
    assert problem(back) == (409, "calendar_goes_forward_only")
    assert office.administrator.get("/api/calendar").json()["today"] == later


@pytest.fixture(scope="module")
def ids(offices: tuple[Office, Office]) -> dict[str, list[str]]:
    """Ids of the second firm by the names that paths give them."""
    office = offices[1]
    one = office.coordinator
    until = date.fromisoformat(office.administrator.get("/api/calendar").json()["today"])
    office.administrator.done("/api/calendar/move", {"to": str(max(until, date(2024, 4, 1)))})
    draft = one.done(f"/api/contracts/{office.contract_id}/applications", {"period_to": "2024-03-31"})
    planned = one.done(
        f"/api/contracts/{office.contract_id}/milestones", {"title": "Done", "item_no": "1", "amount": "1.00"}
    )
    one.settled()
    everything = {
        "contract_id": [office.contract_id],
        "invoice_id": [draft["invoice_id"]],
        "import_id": [found["id"] for found in one.get("/api/imports").json()["imports"]],
        "client_id": [str(known) for known in office.firm.clients],
        "milestone_id": [str(planned["milestone_id"])],
    }
    assert all(everything.values())
    return everything


def test_no_route_shows_a_record_to_somebody_else(
    offices: tuple[Office, Office], ids: dict[str, list[str]], site: Settings
) -> None:
    """Every GET that names a record, for every person of another firm and for the clients (CONTROLS S01)."""
    office, victim = offices
    everything = [known for some in ids.values() for known in some]
    strangers = {
        **{f"other firm's {who}": getattr(office, who) for who in office.firm.people},
        "client": victim.client,
        "other client": victim.other_client,
    }
    tried = 0
    for route in create_app(site).routes:
        names = re.findall(r"{(\w+):", route.path)
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods or not names:
            continue
        for record in ids.get(names[-1], everything):
            given = {name: ids.get(name, [record])[0] for name in names} | {names[-1]: record}
            path = route.path.replace("{kind:str}", "invoice")
            for name, value in given.items():
                path = re.sub(rf"{{{name}:\w+}}", value, path)
            for who, browser in strangers.items():
                answer = browser.get(path)
                assert answer.status_code in (400, 403, 404), f"{who}: GET {path}: {answer.status_code}"
                tried += 1
    assert tried > 100
    for browser in strangers.values():
        for listing in (
            "invoices",
            "contracts",
            "imports",
            "messages",
            "worklist",
            "clients",
            "payments",
            "people",
        ):
            shown = browser.get(f"/api/{listing}").text
            assert not [known for known in everything if known in shown], listing


def test_of_racing_commands_one_wins(offices: tuple[Office, Office], ids: dict[str, list[str]]) -> None:
    office = offices[1]
    path = f"/api/invoices/{ids['invoice_id'][0]}"
    line = {"line_id": office.line("1"), "this_period": "100.00"}
    office.coordinator.done(f"{path}/edit", {"entries": [line]})
    for who, verb in (
        (office.coordinator, "submit"),
        (office.project_manager, "approve"),
        (office.coordinator, "issue"),
    ):
        seen = {"content_hash": who.get(path).json()["content_hash"]} if verb == "approve" else {}
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: who.give(f"{path}/{verb}", seen), range(8)))  # noqa: B023
        told = sorted(answer.status_code for answer in answers)
        assert told == [200] + [409] * 7, (verb, [answer.text for answer in answers])
    office.coordinator.settled()
    numbers = [
        row["number"] for row in office.coordinator.get("/api/invoices").json()["invoices"] if row["number"]
    ]
    assert numbers == ["H-00001"]
