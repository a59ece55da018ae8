"""When a part is down: 503 and the same key again, never a hang, never a lost or doubled command."""

import time
from uuid import uuid4

import httpx

from contracts_app.operation.addresses import free_address
from contracts_app.settings import Settings
from tests.api.conftest import Browser, Firm, SignIn, WorkerProcess, served
from tests.api.test_commands import contract

Firms = tuple[Firm, Firm]


def unknown(answer: httpx.Response) -> bool:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code == 503 and answer.json()["code"] == "outcome_unknown"


def test_without_a_worker_the_outcome_is_unknown_and_a_retry_finds_it(
    firms: Firms, signed_in: SignIn, worker: WorkerProcess
) -> None:
    one, key = signed_in(firms[0], "coordinator"), uuid4().hex
    body = contract(firms[0], "P-1")
    began = time.monotonic()
    answer = one.give("/api/contracts", body, key)
    assert unknown(answer), answer.text
    assert answer.headers["retry-after"]
    assert time.monotonic() - began < 30
    worker.start()
    assert one.done("/api/contracts", body, key)
    assert [c["number"] for c in one.get("/api/contracts").json()["contracts"]] == ["P-1"]


def test_without_temporal_reads_go_on_and_commands_are_told(firms: Firms, settings: Settings) -> None:
    nowhere = settings.with_values(temporal_address=free_address())
    with served(nowhere) as site, Browser(base_url=site.public_url, timeout=40) as one:
        assert one.sign_in(firms[0].address("coordinator")).status_code == 200
        assert one.get("/api/contracts").status_code == 200
        assert unknown(one.give("/api/contracts", contract(firms[0], "P-9")))
        ready = one.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["parts"]["temporal"] != "ok"
        assert one.get("/health/live").status_code == 200


def test_without_the_database_nothing_hangs_and_nothing_is_told(settings: Settings) -> None:
    broken = settings.with_values(database_url=f"postgresql://contracts_app@{free_address()}/nothing")
    with served(broken) as site, Browser(base_url=site.public_url, timeout=40) as one:
        answer = one.sign_in("somebody@somewhere.example")
        assert unknown(answer), answer.text
        assert "postgresql" not in answer.text
        assert one.get("/health/ready").status_code == 503
        assert one.get("/health/live").status_code == 200
