"""`contracts calc RULE` through the command line: the rules for whoever has JSON and no database."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts_app.commands_line.rules import RULES
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.checking import checks
from tests.domain.agreements import claims, identity, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.every_rule import rich_snapshot
from tests.domain.under_a_cap import CARD, DAY, HOUR, LINE, by_hour, worked
from tests.domain.worked_tables import Row, cases, listed


def _document(drawn: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = drawn.model_dump(mode="json")
    return document


def test_the_installed_program_answers_without_any_setting(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "contracts"
    ran = subprocess.run(
        [str(program), "calc", "round", "--json"],
        input='{"amount": "-2.345", "currency": "USD"}',
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (ran.returncode, json.loads(ran.stdout), ran.stderr) == (0, {"amount": "-2.35"}, "")
    assert list(tmp_path.iterdir()) == []


@cases("SPEC-money.md", "Rounding")
def test_round(ask: Ask, row: Row) -> None:
    question = {"amount": row["Amount"], "currency": row["Currency"]}
    assert ask("round", question=question)[:2] == (0, {"amount": row["Rounded"]})


@cases("SPEC-money.md", "Allocation")
def test_allocate(ask: Ask, row: Row) -> None:
    question = {
        "amount": row["Amount"],
        "weights": row["Shares"].split("; "),
        "currency": row["Currency"],
    }
    assert ask("allocate", question=question)[:2] == (0, {"parts": row["Parts"].split("; ")})


def test_application_and_its_hash(ask: Ask) -> None:
    drawn = rich_snapshot()
    figures = drafting.draft(drawn).model_dump(mode="json")
    assert ask("application", question=_document(drawn))[:2] == (0, figures)
    status, answer, _ = ask("content-hash", question=_document(drawn))
    assert (status, answer) == (0, {"content_hash": drafting.content_hash(drawn)})


def test_findings_end_with_status_1_when_one_blocks(ask: Ask) -> None:
    drawn = rich_snapshot()
    found = [finding.model_dump(mode="json") for finding in checks.findings(drawn)]
    assert any(finding["blocks"] for finding in found)
    assert ask("findings", question=_document(drawn))[:2] == (1, found)
    clean = snapshot(terms("1000"), [sov(1, "1000")], claims({1: (400, 0)}))
    assert ask("findings", question=_document(clean))[:2] == (0, [])


@pytest.mark.parametrize(
    ("decision", "line8"), [("in_full", "450.00"), ("less", "360.00"), ("withheld", "0.00")]
)
def test_certificate(ask: Ask, decision: str, line8: str) -> None:
    drawn = snapshot(terms("1000"), [sov(1, "600"), sov(2, "400")], claims({1: (400, 0), 2: (100, 0)}))
    lines = [{"line_id": str(identity("line 1")), "this_period": "300", "stored": "0"}]
    question = {"snapshot": _document(drawn), "decision": decision, "lines": lines}
    status, answer, _ = ask("certificate", question=question)
    assert (status, answer["line8"]) == (0, line8)


def test_release(ask: Ask) -> None:
    first, second = str(identity("line 1")), str(identity("line 2"))
    question = {"held": {first: "1000.00", second: "500.00"}, "amount": "100.00", "currency": "USD"}
    assert ask("release", question=question)[:2] == (0, {"released": {first: "66.67", second: "33.33"}})
    status, answer, said = ask("release", question={**question, "amount": "1500.01"})
    assert (status, answer) == (1, "")
    assert said == "A release is more than zero and at most the retainage held, 1,500.00 USD.\n"


@cases("SPEC-receivables.md", "Net N")
def test_due_date(ask: Ask, row: Row) -> None:
    question = {"arises_on": row["Arises on"], "payment_days": int(row["Days"])}
    assert ask("due-date", question=question)[:2] == (0, {"due_on": row["Due on"]})


@cases("SPEC-business-time.md", "Period ends")
def test_period_end(ask: Ask, row: Row) -> None:
    question = {"anchor_day": int(row["Day of the month"]), "on_or_after": row["On or after"]}
    assert ask("period-end", question=question)[:2] == (0, {"period_end": row["Period end"]})


def _open(number: str, due_on: str, amount: str) -> dict[str, str]:
    return {
        "receivable_id": str(identity(f"receivable {number}")),
        "invoice_id": str(identity(f"invoice {number}")),
        "invoice_number": number,
        "due_on": due_on,
        "open": amount,
    }


def test_apply_cash(ask: Ask) -> None:
    question = {
        "amount": "120.00",
        "items": [_open("A", "2024-03-01", "100.00"), _open("B", "2024-02-01", "15.00")],
    }
    status, answer, _ = ask("apply-cash", question=question)
    assert (status, answer["unapplied"]) == (0, "5.00")
    assert [part["amount"] for part in answer["applied"]] == ["15.00", "100.00"]
    status, _, said = ask("apply-cash", question={**question, "designated": [str(identity("invoice Z"))]})
    assert (status, said) == (1, "One of the invoices named has nothing open.\n")


@cases("SPEC-receivables.md", "Reminders")
def test_reminders(ask: Ask, row: Row) -> None:
    receivable = str(identity("receivable A"))
    question = {
        "items": [_open("A", row["Due on"], "100.00")],
        "reminded": {receivable: int(row["Reminded"])} if row["Reminded"] else {},
        "today": row["Today"],
    }
    answer = {
        "remind": {} if row["Level"] == "-" else {receivable: int(row["Level"])},
        "next": None if row["Next"] == "-" else row["Next"],
    }
    assert ask("reminders", question=question)[:2] == (0, answer)


@cases("SPEC-time-and-materials.md", "Rate lookup")
def test_rate(ask: Ask, row: Row) -> None:
    question = {
        "rate_card": [known.model_dump(mode="json") for known in CARD],
        "person": row["Person"],
        "role": row["Role"] or None,
        "work_date": row["Work date"],
    }
    status, answer, said = ask("rate", question=question)
    if row["Rate"] == "no_rate":
        assert (status, answer) == (1, "")
        assert said == f"The rate card has no rate for this work on {row['Work date']}.\n"
    else:
        assert (status, answer["rate"]) == (0, row["Rate"])


@cases("SPEC-time-and-materials.md", "Corrections")
def test_time(ask: Ask, row: Row) -> None:
    hours = listed(row["Hours"])
    entries = [worked(n, int(h) * HOUR, DAY + timedelta(days=n)) for n, h in enumerate(hours)]
    question = {
        "line_id": str(LINE),
        "entries": [entry.model_dump(mode="json") for entry in reversed(entries)],
        "rate_card": [known.model_dump(mode="json") for known in by_hour("100.00")],
        "at_cap": row["Policy"],
        "left": None if row["Left"] == "none" else row["Left"],
        "over_cap_before": row["Owed"],
        "currency": "USD",
    }
    status, answer, _ = ask("time", question=question)
    assert status == 0
    assert [str(each["seconds"] // HOUR) for each in answer["entries"]] == listed(row["Claimed"])
    assert (Decimal(answer["over_cap"]), Decimal(answer["amount"])) == (
        Decimal(row["Over cap"]),
        Decimal(row["Billed"]),
    )


@cases("SPEC-time-and-materials.md", "Deposit")
def test_deposit(ask: Ask, row: Row) -> None:
    status, answer, _ = ask("deposit", question={"balance": row["Balance"], "line8": row["Line 8"]})
    figures = [Decimal(answer[name]) for name in ("applied", "due", "left")]
    assert (status, figures) == (0, [Decimal(row[name]) for name in ("Applied", "Due", "Left")])


def test_a_question_from_a_file(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "question.json"
    file.write_text('{"amount": "2.5", "currency": "JPY"}')
    assert ask("round", "--file", str(file), text="not read")[:2] == (0, {"amount": "3"})
    assert ask("round", "--file", str(tmp_path / "none.json"))[0] == 2


@pytest.mark.parametrize(
    ("rule", "text", "said"),
    [
        ("round", '{"amount": 2.345, "currency": "USD"}', "amount: an amount must be text like"),
        ("round", '{"amount": "NaN", "currency": "USD"}', "amount: an amount must be text like"),
        ("round", '{"amount": "1", "currency": "usd"}', "currency: "),
        ("round", '{"amount": "1", "currency": "USD", "more": 1}', "more: Extra inputs are not permitted"),
        ("round", "{", "The question: Invalid JSON"),
        ("round", "", "The question: Invalid JSON"),
        ("round", "[]", "The question: "),
        ("allocate", '{"amount": "1", "weights": ["0"], "currency": "USD"}', "positive shares."),
        (
            "allocate",
            '{"amount": "0.005", "weights": ["1", "2"], "currency": "USD"}',
            "more decimals than USD has.",
        ),
        ("allocate", '{"amount": "1", "weights": [1], "currency": "USD"}', "weights.0: "),
        ("apply-cash", '{"amount": "0", "items": []}', "A payment is more than zero."),
        ("period-end", '{"anchor_day": 32, "on_or_after": "2024-01-01"}', "anchor_day: "),
        ("due-date", '{"arises_on": "2024-02-30", "payment_days": 30}', "arises_on: "),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(ask: Ask, rule: str, text: str, said: str) -> None:
    status, answer, told = ask(rule, text=text)
    assert (status, answer) == (1, "")
    assert said in told
    assert told.count("\n") == 1
    assert "function-" not in told


def test_an_unknown_rule_is_a_usage_error(ask: Ask) -> None:
    for words in (("nonsense",), ()):
        status, answer, told = ask(*words, text="{}")
        assert (status, answer) == (2, "")
        assert "--list" in told


def test_the_list_names_every_rule_and_what_it_reads(ask: Ask) -> None:
    status, text, _ = ask("--list")
    listed = [json.loads(line) for line in text.splitlines()]
    assert status == 0
    assert [entry["rule"] for entry in listed] == list(RULES)
    assert all(entry["says"] and entry["reads"]["type"] == "object" for entry in listed)
    assert all(entry["gives"]["type"] in ("object", "array") for entry in listed)
    wanted = {"round", "allocate", "application", "certificate", "release", "due-date", "apply-cash"}
    assert wanted | {"reminders", "period-end", "findings"} <= set(RULES)


def test_the_schema_of_a_rule_is_published(ask: Ask) -> None:
    status, schema, _ = ask("allocate", "--schema")
    assert status == 0
    assert set(schema["reads"]["required"]) == {"amount", "weights", "currency"}
    assert schema["gives"]["properties"]["parts"]["items"]["type"] == "string"


def test_figures_leave_as_text(ask: Ask) -> None:
    _, answer, _ = ask("application", question=_document(rich_snapshot()))
    figures = [answer[f"line{number}"] for number in (1, 2, 3, 4, 5, "5a", "5b", 6, 7, 8, 9)]
    assert all(isinstance(figure, str) for figure in figures)
    assert Decimal(answer["line3"]) == Decimal("5665320.48")
