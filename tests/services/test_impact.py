"""`contracts impact`: a rounding mode changed on purpose is named to the cent, invoice by invoice."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN
from typing import Any

import pytest

from contracts_app.cli import main
from contracts_app.domain import money
from contracts_app.domain.commands.approval_commands import ProposeApprovalPolicy, TypedRule
from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import administered

MARCH = date(2024, 3, 31)
Impact = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """Two issued applications and an approved draft, of 100.25, of a round amount and of 300.45."""
    firm = found(settings)
    firm.go_to(MARCH)
    for number, amount in (("TIE", "100.25"), ("ROUND", "100.00"), ("DRAFT", "300.45")):
        firm.open_contract(number)
        invoice_id = firm.prepare(number, MARCH, {"1": amount})
        if number == "DRAFT":
            firm.approve(invoice_id)
        else:
            firm.issue(invoice_id, number)
    yield firm
    firm.engine.dispose()


@pytest.fixture
def impact(small: SmallFirm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Impact:
    """The command line; its status and what it says."""
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(small.settings.state_dir))
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", small.settings.database_url)

    def run(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["contracts", "impact", "--no-histories", "--json", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    return run


def test_the_rules_of_today_change_nothing(impact: Impact) -> None:
    assert impact() == (0, {"looked_at": 3, "invoices": [], "workflows": None, "not_replaying": []})


def test_a_changed_rounding_is_named_to_the_cent(impact: Impact, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten per cent of 100.25 is 10.025: half up 10.03, half to even 10.02. Of 300.45 it is 30.045: 30.05 and
    30.04. By hand; nothing else in these invoices ends in half a cent."""
    monkeypatch.setattr(money, "ROUND_HALF_UP", ROUND_HALF_EVEN)
    status, told = impact()
    assert (status, told["looked_at"], len(told["invoices"])) == (1, 3, 2)
    tie, draft = told["invoices"]
    amounts = {one["what"]: one["change"] for one in tie["changes"] if one["change"] is not None}
    summary = {what: by for what, by in amounts.items() if what.startswith("line ") and " as issued" in what}
    assert (tie["invoice"], tie["draft"]) == ("SM-00001", False)
    assert summary == {
        "line 5 as issued": "-0.01",
        "line 5a as issued": "-0.01",
        "line 6 as issued": "0.01",
        "line 8 as issued": "0.01",
        "line 9 as issued": "-0.01",
    }
    assert set(amounts.values()) == {"0.01", "-0.01"}
    assert (draft["invoice"], draft["draft"]) == ("draft 1 of DRAFT (approved)", True)
    assert [one["what"] for one in draft["changes"]] == ["what it says, by its hash"]


def test_a_policy_that_waits_names_the_drafts_that_others_would_approve(
    small: SmallFirm, impact: Impact, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["contracts", "impact", "--policy"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "No policy waits" in capsys.readouterr().err) == (1, True)
    body = ProposeApprovalPolicy(
        effective_from=MARCH, rules=(TypedRule(who="project manager then controller"),), reason="Two for all"
    )
    assert administered(small, Role.controller, body).done
    status, told = impact("--policy")
    assert (status, told["looked_at"]) == (1, 1)
    (draft,) = told["invoices"]
    (change,) = draft["changes"]
    assert (change["stored"], change["would_be"]) == ("project manager", "project manager then controller")
