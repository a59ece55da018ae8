"""`contracts why`, `history` and `prove` on a firm that has lived: what they tell, and their exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from contracts_app.cli import main
from contracts_app.settings import Settings
from tests.conftest import Database
from tests.services import small_firm


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.out.splitlines()]


Contracts = Callable[..., Ended]


@pytest.fixture
def contracts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Contracts:
    """The command line as a terminal has it."""
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", settings.database_url)

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["contracts", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


def test_why_says_for_whom_since_when_and_what_happens_otherwise(
    contracts: Contracts, lived: small_firm.SmallFirm
) -> None:
    told = contracts("why", f"invoice/{lived.invoices['B2']}")
    assert told.status == 0
    assert told.out.splitlines()[0] == "application 2 of contract B: draft."
    assert "waits for Small Coordinator to complete and submit the draft" in told.out
    assert "Waiting for the coordinator since 2024-05-06" in told.out
    (draft,) = contracts("why", f"invoice/{lived.invoices['B2']}", "--json").objects
    assert (draft["process"], draft["waits_for"], draft["state"]) == ("waits", "coordinator", "draft")
    (closed,) = contracts("why", "A", "--json").objects
    assert (closed["object"], closed["process"]) == (f"contract/{lived.contracts['A']}", "finished")
    (owing,) = contracts("why", small_firm.CLIENT_NAME.upper(), "--json").objects
    assert owing["object"] == f"follow-up/{lived.client_id}"
    assert owing["deadline"]
    assert contracts("why", "SM-00001").out.endswith("Nothing is left to do.\n")


def test_why_says_what_a_parked_step_met(
    contracts: Contracts, lived: small_firm.SmallFirm, database: Database
) -> None:
    parked = "UPDATE process SET parked_step = %s, parked_reason = %s WHERE subject_id = %s"
    with psycopg.connect(database.superuser_url) as session:
        session.execute(parked, ("make_documents", "LibreOffice did not answer.", lived.invoices["B2"]))
    try:
        told = contracts("why", f"invoice/{lived.invoices['B2']}")
        assert "could not do a step: make documents" in told.out
        assert "LibreOffice did not answer." in told.out
    finally:
        with psycopg.connect(database.superuser_url) as session:
            session.execute(parked, (None, None, lived.invoices["B2"]))


def test_history_tells_an_invoice_from_its_draft_to_its_cash(
    contracts: Contracts, lived: small_firm.SmallFirm
) -> None:
    (told,) = contracts("history", "SM-00001", "--json").objects
    done = [(one["who"], one["what"]) for one in told["events"] if one["done"]]
    wanted = [
        ("Small Coordinator", "opened the draft"),
        ("Small Coordinator", "submitted the draft for approval"),
        ("Small Project Manager", "approved"),
        ("Small Coordinator", "issued it to the client"),
        ("Small Client", "certified"),
        ("Small Coordinator", "recorded a payment"),
    ]
    assert [one for one in done if one in wanted][: len(wanted)] == wanted
    assert [one["entry"] for one in told["events"]] == sorted(one["entry"] for one in told["events"])
    issued = next(one for one in told["events"] if one["what"] == "issued it to the client")
    assert (issued["on"], issued["from_state"], issued["to_state"]) == ("2024-03-31", "approved", "submitted")
    refused = [one["what"] for one in told["events"] if not one["done"]]
    assert refused == ["was refused: issue invoice"]
    certified = next(one for one in told["events"] if one["what"] == "certified")
    assert certified["reason"] == "Not all done"
    assert all(one["state"] == "sent" for one in told["messages"])
    assert {one["to"] for one in told["messages"]} >= {small_firm.CLIENT_EMAIL}
    text = contracts("history", "SM-00001").out
    assert "2024-03-31  Small Coordinator issued it to the client · approved → with client" in text
    assert "“Not all done”" in text
    assert "\nMail\n" in text


def test_events_are_told_though_no_command_went_through_a_workflow(
    contracts: Contracts, lived: small_firm.SmallFirm
) -> None:
    (summary,) = contracts("history", "SM-00001", "--events", "--json").objects
    assert summary["holds"] is True
    assert (summary["runs"], summary["matched"], summary["unmatched"], summary["wrong"]) == (0, 0, 0, [])
    assert "0 events matched" in contracts("history", f"invoice/{lived.invoices['B2']}", "--events").out


def test_history_of_contract_client_and_file(
    contracts: Contracts, lived: small_firm.SmallFirm, database: Database
) -> None:
    (of_contract,) = contracts("history", "A", "--json").objects
    said = [one["what"] for one in of_contract["events"]]
    assert said[0] == "entered the contract"
    assert "closed the contract" in said
    assert "approved a milestone" in said
    planned = [one["entry"] for one in of_contract["events"] if one["what"] == "planned a milestone"]
    with psycopg.connect(database.superuser_url) as session:
        known = session.execute("SELECT id FROM milestone WHERE contract_id = %s", [lived.contracts["A"]])
        assert len(planned) == len(known.fetchall()) > 0
    assert len(of_contract["messages"]) >= 3
    (of_client,) = contracts("history", small_firm.CLIENT_NAME, "--json").objects
    assert "recorded a payment" in [one["what"] for one in of_client["events"]]
    assert [one["object"] for one in of_client["deadlines"]] == [f"follow-up/{lived.client_id}"]
    assert "Deadlines" in contracts("history", small_firm.CLIENT_NAME).out
    with psycopg.connect(database.superuser_url) as session:
        row = session.execute("SELECT id FROM import_file WHERE file_name = 'change_orders.csv'").fetchone()
    assert row is not None
    (of_file,) = contracts("history", f"import/{row[0]}", "--json").objects
    assert [one["what"] for one in of_file["events"]][-1] == "posted the file"


def test_prove_one_and_all(contracts: Contracts, lived: small_firm.SmallFirm) -> None:
    one = contracts("prove", "--no-histories", "SM-00001")
    assert one.status == 0
    assert one.out.startswith("SM-00001 is proved: ")
    (told,) = contracts("prove", "--no-histories", f"invoice/{lived.invoices['A1']}", "--json").objects
    assert list(told) == ["invoice", "outcome", "checked", "differences"]
    assert (told["invoice"], told["outcome"], told["differences"]) == ("SM-00001", "proved", [])
    every = contracts("prove", "--no-histories", "--all", "--json")
    assert every.status == 0
    assert [known["outcome"] for known in every.objects[:-1]] == ["proved"] * 6
    checked = sum(known["checked"] for known in every.objects[:-1])
    assert every.objects[-1] == {"invoices": 6, "proved": 6, "checked": checked, "differ": []}
    assert contracts("prove", "--no-histories", "--all").out.startswith("6 of 6 issued invoices are proved: ")


def test_a_difference_is_named_and_ends_with_status_1(
    contracts: Contracts, lived: small_firm.SmallFirm, database: Database
) -> None:
    change = "UPDATE certificate SET line9 = line9 + {} WHERE invoice_id = '{}'"
    with psycopg.connect(database.superuser_url) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(change.format("0.01", lived.invoices["A1"]).encode())
    try:
        one = contracts("prove", "--no-histories", "SM-00001")
        assert one.status == 1
        assert one.out.startswith("SM-00001 is not proved. line 9 as certified: stored is ")
        (told,) = contracts("prove", "--no-histories", "SM-00001", "--json").objects
        assert [known["what"] for known in told["differences"]] == ["line 9 as certified"]
        every = contracts("prove", "--no-histories", "--all")
        assert every.status == 1
        assert [known.split(" ")[0] for known in every.out.splitlines()] == ["SM-00001", "5"]
    finally:
        with psycopg.connect(database.superuser_url) as session:
            session.execute("SET session_replication_role = replica")
            session.execute(change.format("-0.01", lived.invoices["A1"]).encode())


def test_what_is_not_there_is_refused_and_what_is_not_said_is_usage(
    contracts: Contracts, lived: small_firm.SmallFirm
) -> None:
    for words in (("why", "X-1"), ("history", f"invoice/{uuid4()}"), ("prove", "X-1")):
        ended = contracts(*words)
        assert (ended.status, ended.out) == (1, ""), words
        assert "There is no such" in ended.err
    assert contracts("prove", "--no-histories", f"invoice/{lived.invoices['B2']}").status == 1
    assert "is not an invoice" in contracts("prove", "--no-histories", "A").err
    for wrong in (("prove",), ("prove", "SM-00001", "--all"), ("why",), ("why", "A", "--firm", "No such")):
        assert contracts(*wrong).status == 2, wrong


def test_a_firm_is_named_where_there_are_several(
    contracts: Contracts, lived: small_firm.SmallFirm, settings: Settings
) -> None:
    other = small_firm.found(settings, "Other Mechanical")
    other.engine.dispose()
    ended = contracts("prove", "--no-histories", "--all")
    assert ended.status == 2
    assert "Other Mechanical" in ended.err
    assert contracts("prove", "--no-histories", "--all", "--firm", "Small Mechanical").out.startswith(
        "6 of 6"
    )
    assert contracts("prove", "--no-histories", "--all", "--firm", str(other.id)).out.startswith("0 of 0")
    assert contracts("prove", "--no-histories", "SM-00001", "--firm", "Other Mechanical").status == 1


def test_a_database_that_does_not_answer_is_unavailable(
    contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", "postgresql://contracts_app@127.0.0.1:1/contracts")
    for words in (("why", "A"), ("history", "A"), ("prove", "--all")):
        assert contracts(*words).status == 3


def test_a_timeline_is_found_by_its_index(lived: small_firm.SmallFirm, database: Database) -> None:
    """As the application's role: behind row-level security not every index can serve it."""
    with psycopg.connect(database.url) as session:
        session.execute("SELECT set_config('app.firm', %s, true)", (str(lived.id),))
        session.execute("SET LOCAL enable_seqscan = off")
        plan = session.execute(
            "EXPLAIN SELECT body FROM audit_entry WHERE firm_id = %s AND about = ANY(%s)",
            (lived.id, [str(lived.contracts["A"])]),
        ).fetchall()
    told = "\n".join(row[0] for row in plan)
    assert "ix_audit_entry_about" in told
    assert "about = ANY" in told.partition("Index Cond")[2].partition("\n")[0]
