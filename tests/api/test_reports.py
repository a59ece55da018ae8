"""The named reports over the half year of the small firm: figures that its life gives by another way."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.reports.audit_report import Asks
from contracts_app.domain.roles import Role
from contracts_app.services.audit_reports import REPORTS
from tests.api.conftest import Browser
from tests.services import small_firm

YEAR = {"from": "2024-01-01", "to": "2024-12-31"}


@pytest.fixture
def auditor(lived: small_firm.SmallFirm, browser: Callable[[], Browser]) -> Browser:
    one = browser()
    assert one.sign_in(f"auditor@{lived.id}.example", small_firm.PASSWORD).status_code == 200
    return one


def asked(auditor: Browser, number: int, **given: str) -> dict[str, Any]:
    answer = auditor.get(f"/api/reports/{number}", params=YEAR | given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def part_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    stands: Iterator[dict[str, Any]] = (one for one in found["about"]["parts"] if one["part"] == name)
    return next(stands)


def test_every_report_answers_and_says_where_it_is_from(auditor: Browser) -> None:
    for number, report in REPORTS.items():
        found = asked(auditor, number)
        about = found["about"]
        assert about["audit_entry"] > 0
        assert len(about["audit_hash"]) == 64
        assert about["ran_by"] == "Small Auditor"
        for part in report.parts:
            stands = part_of(found, part.name)
            assert stands["rows"] == len(found["parts"][part.name]), (number, part.name)
            assert not (part.exceptions and stands["rows"]), (number, found["parts"][part.name])
        page = auditor.get(f"/reports/{number}", params=YEAR)
        assert page.status_code == 200, page.text
        assert "About this run" in page.text


def test_the_same_instant_gives_the_same_answer(auditor: Browser) -> None:
    for number in (number for number, one in REPORTS.items() if Asks.as_of in one.asks):
        first = asked(auditor, number)["about"]
        again = asked(auditor, number, as_of=first["parameters"]["as_of"])["about"]
        assert again["parts"] == first["parts"], number
        assert again["audit_hash"] == first["audit_hash"]


def test_the_register_is_complete(auditor: Browser) -> None:
    found = asked(auditor, 1)
    numbers = [row["number"] for row in found["parts"]["register"]]
    assert numbers == [f"SM-{number:05}" for number in range(1, 7)]
    assert part_of(found, "register")["totals"]["USD"]["due"] == "139020.33"
    assert found["parts"]["sequences"][0] | {"entity": ""} == {
        "entity": "",
        "series": "invoice",
        "prefix": "SM-",
        "in_period": "6",
        "first": "1",
        "last": "6",
        "since_the_first": "6",
        "missing": "0",
        "twice": "0",
        "out_of_order": "0",
    }
    assert len(asked(auditor, 1, contract="A")["parts"]["register"]) == 3
    assert asked(auditor, 1, to="2024-03-31")["parts"]["register"][-1]["number"] == "SM-00002"


def test_every_invoice_was_approved(auditor: Browser) -> None:
    rows = asked(auditor, 2)["parts"]["approvals"]
    assert len(rows) == 9
    assert {row["same"] for row in rows} == {"yes"}
    assert {row["roles_then"] for row in rows} == {"project manager", "controller"}
    assert all(row["entry"] and len(row["pdf_sha256"]) == 64 for row in rows)
    assert asked(auditor, 4)["parts"]["population"][0] | {"approvals": "9"} == {
        "issued": "6",
        "approved": "6",
        "unapproved": "0",
        "late": "0",
        "by_editor": "0",
        "changed": "0",
        "approvals": "9",
    }


def test_retainage_rolls_forward(auditor: Browser) -> None:
    rows = asked(auditor, 8, **{"from": "2024-05-01"})["parts"]["contracts"]
    assert [(one["contract"], one["opening"], one["released"], one["closing"]) for one in rows] == [
        ("A", "10500.03", "10500.03", "0.00"),
        ("B", "2500.00", "0.00", "2500.00"),
    ]


def test_what_is_open_ties(auditor: Browser) -> None:
    found = asked(auditor, 9)
    moved = found["parts"]["movements"][0]
    parts = ("opening", "arose", "certified_less", "cash", "deposits", "tax_and_discount", "kept_back")
    assert sum(Decimal(moved[name]) for name in (*parts, "replaced")) == Decimal(moved["closing"])
    assert part_of(found, "ageing")["totals"]["USD"]["balance"] == moved["closing"] == "21119.75"
    cash = part_of(found, "cash")["totals"]["USD"]
    assert Decimal(cash["applied"]) == -Decimal(moved["cash"])
    assert cash["amount"] == "115500.83"
    assert found["parts"]["ageing"][0]["days_late"] == "245"


def test_what_was_taken_away_is_listed(auditor: Browser) -> None:
    rows = asked(auditor, 10)["parts"]["less"]
    assert [(one["number"], one["what"], one["amount"], one["reason"]) for one in rows] == [
        ("SM-00001", "certified less", "-4500.00", "Not all done"),
        ("SM-00002", "certified less", "-4500.00", "Not all done"),
    ]


def test_duties_and_rights(auditor: Browser) -> None:
    found = asked(auditor, 3)["parts"]
    assert len(found["matrix"]) == len(MATRIX)
    assert found["conflicts"] == found["delegations"] == found["several"] == []
    users = {row["name"]: row for row in asked(auditor, 14)["parts"]["users"]}
    assert len(users) == len(Role)
    assert users["Small Controller"]["privileged"] == "yes"
    assert users["Small Auditor"]["roles"] == "auditor"
    assert int(users["Small Auditor"]["sign_ins"]) >= 1
    before = users["Small Coordinator"]["added"].replace("Z", "+00:00")
    assert len(asked(auditor, 14, as_of=before)["parts"]["users"]) < len(Role)


def test_amounts_come_from_their_sources(auditor: Browser) -> None:
    found = asked(auditor, 5)
    time = found["parts"]["time"]
    assert [(row["number"], row["hours"], row["rate"], row["amount"]) for row in time] == [
        ("SM-00005", "8", "100", "800.00"),
        ("SM-00005", "4", "100", "400.00"),
        ("SM-00005", "6", "100", "600.00"),
        ("SM-00006", "1", "120", "120.00"),
    ]
    assert {row["approved_by"] for row in time} == {"Small Project Manager"}
    orders = [row for row in found["parts"]["lines"] if row["change_order"] == "CO-1"]
    assert orders[0]["line_from"] == "change_orders.csv"
    assert len(orders[0]["file_sha256"]) == 64


def test_approved_time_is_accounted_for(auditor: Browser) -> None:
    row = asked(auditor, 6)["parts"]["time"][0]
    assert (row["contract"], row["approved"], row["billed"], row["difference"]) == ("T", "19", "19", "0")
    assert row["rejected"] == "1"
    early = asked(auditor, 6, to="2024-04-30")["parts"]["time"][0]
    assert (early["approved"], early["billed"], early["drafted"], early["difference"]) == (
        "19",
        "0",
        "19",
        "0",
    )


def test_contracts_are_within_their_sums(auditor: Browser) -> None:
    rows = {row["contract"]: row for row in asked(auditor, 7)["parts"]["contracts"]}
    assert {name: (row["sum_to_date"], row["billed"], row["retainage"]) for name, row in rows.items()} == {
        "A": ("105000.33", "105000.33", "0.00"),
        "B": ("100000.33", "30000.00", "2500.00"),
        "T": ("2900.00", "2520.00", "0.00"),
    }


def test_cut_off(auditor: Browser) -> None:
    rows = asked(auditor, 11, to="2024-04-30")["parts"]["around"]
    assert [row["number"] for row in rows if row["side"] == "first after it"] == [
        "SM-00004",
        "SM-00005",
        "SM-00006",
    ]
    assert rows[4]["remark"] == "work of the period, invoiced after it"
    assert rows[2]["remark"] == "owed after the period"
    later = asked(auditor, 11, to="2024-04-30")["parts"]["later"]
    assert [(row["number"], row["amount"]) for row in later] == [
        ("SM-00005", "1800.00"),
        ("SM-00006", "120.00"),
    ]


def test_changes_and_overrides(auditor: Browser) -> None:
    changes = asked(auditor, 13, contract="T")["parts"]["changes"]
    assert [row["change"] for row in changes] == [
        "open contract",
        "set schedule",
        "set rate card",
        "activate contract",
        "execute change order",
    ]
    assert {row["who"] for row in changes[:3]} == {"Small Coordinator"}
    assert changes[-1]["effective_from"] == "2024-04-15"
    assert [row["what"] for row in asked(auditor, 15)["parts"]["overrides"]] == ["decide import"]


def test_delivery(auditor: Browser) -> None:
    found = asked(auditor, 18)
    assert {row["smtp_reply"] for row in found["parts"]["messages"]} == {"250 accepted"}
    sent = {row["number"] for row in found["parts"]["messages"] if row["document_sha256"]}
    assert sent >= {f"SM-{number:05}" for number in range(1, 7)}
    assert [row["decision"] for row in found["parts"]["decisions"]] == ["less", "less", "in full", "in full"]


def test_nothing_twice_and_every_row_accounted_for(auditor: Browser) -> None:
    assert asked(auditor, 19)["parts"]["population"] == [
        {"invoices": "6", "time_entries": "4", "costs": "0", "files": "4"}
    ]
    files = part_of(asked(auditor, 22), "files")["totals"]["quantities"]
    assert (files["rows_read"], files["accepted"], files["difference"]) == ("10", "10", "0")


def test_the_log_and_its_runs(auditor: Browser) -> None:
    first, again = (asked(auditor, 16)["parts"]["log"][0] for _ in range(2))
    assert {first[name] for name in ("gaps", "broken", "out_of_order")} == {"0"}
    assert int(again["entries"]) > int(first["entries"])  # a run is an entry
    sent = part_of(asked(auditor, 17), "messages")["totals"]["quantities"]
    assert sent["messages"] == sent["sent"] == "16"


def test_closing_and_late_entries(auditor: Browser) -> None:
    rows = asked(auditor, 12)["parts"]["closed"]
    assert [(row["what"], row["contract"]) for row in rows] == [("close contract", "A")]
    late = asked(auditor, 12, to="2024-04-06")["parts"]["late"]
    assert [(row["reference"], row["recorded_on"], row["amount"]) for row in late] == [
        ("WIRE-1", "2024-04-07", "31509.04")
    ]
    assert set(REPORTS) == set(range(1, 26))


def test_data_and_reports(auditor: Browser) -> None:
    found = asked(auditor, 23)
    assert part_of(found, "invoices")["totals"]["USD"]["line8"] == "139020.33"
    invoices = {row["invoice_id"] for row in found["parts"]["invoices"]}
    assert {row["invoice_id"] for row in found["parts"]["invoice_lines"]} == invoices
    own = asked(auditor, 24)["parts"]
    assert {int(row["report"]) for row in own["queries"]} == set(REPORTS) - {24}
    asked(auditor, 1)
    today = {"from": "2024-01-01", "to": "2999-12-31"}
    assert [row["report"] for row in asked(auditor, 24, **today)["parts"]["runs"]][-2:] == ["24", "1"]
    assert asked(auditor, 20)["parts"]["versions"][0]["part"] == "product"


def test_a_run_is_recorded_and_its_files_have_every_row(auditor: Browser) -> None:
    answer = auditor.get("/reports/1/zip", params=YEAR)
    assert answer.status_code == 200
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    about = json.loads(files.read("about.json"))
    rows = list(csv.reader(io.StringIO(files.read("register.csv").decode("utf-8-sig"))))
    assert len(rows) == 1 + about["parts"][0]["rows"] == 7
    index = etree.fromstring(files.read("index.xml"))
    assert {one.text for one in index.iter("URL")} == {name for name in files.namelist() if ".csv" in name}
    assert [one.text for one in index.find("Media/Table/VariableLength").iterfind("*/Name")] == rows[0]
    book = load_workbook(io.BytesIO(auditor.get("/reports/1/xlsx", params=YEAR).content))
    assert book["register"].max_row == 7
    assert book["register"]["L2"].value == 36009.04
    assert book["about"]["A1"].value == "report"


def test_wrong_parameters_are_told(auditor: Browser) -> None:
    for given, code in (
        ({"from": "2024-13-01"}, "no_day"),
        ({"from": "2025-01-01"}, "no_period"),
        ({"as_of": "yesterday"}, "no_instant"),
        ({"as_of": "2999-01-01T00:00:00Z"}, "instant_to_come"),
        ({"contract": "none"}, "no_contract"),
        ({"client": "none"}, "no_client"),
    ):
        answer = auditor.get("/api/reports/1", params=YEAR | given)
        assert answer.status_code == 422, given
        assert answer.json()["code"] == code
    page = auditor.get("/reports/1", params=YEAR | {"as_of": "yesterday"})
    assert page.status_code == 422
    assert "is no instant" in page.text
    assert auditor.get("/api/reports/99").status_code == 404
    assert auditor.get("/reports/1/pdf", params=YEAR).status_code == 404
