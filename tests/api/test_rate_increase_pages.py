"""The page that raises rates over many contracts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from contracts_app.web.pages.rate_increase import increase_of
from contracts_app.web.problems import WrongBody
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services import small_time_contract
from tests.services.small_firm import PASSWORD, SmallFirm, found

ASKED = {"effective_from": "2024-05-01", "by": "3.5 %", "step": "0.25", "rounding": "nearest"}


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Pages of rates")
    small_time_contract.open_time_contract(firm, "T")
    yield firm
    firm.engine.dispose()


def test_what_is_typed_is_a_percentage_or_an_amount() -> None:
    assert increase_of(ASKED).by_rate == Decimal("0.035")
    assert increase_of({**ASKED, "by": "-5.00", "roles": "Engineer, Partner"}).by_amount == Decimal("-5.00")
    for by in ("", "much", "%"):
        with pytest.raises(WrongBody):
            increase_of({**ASKED, "by": by})


def test_the_preview_shows_each_rate_and_only_a_controller_may_raise(
    small: SmallFirm, browser: Callable[[], Browser]
) -> None:
    def signed_in(role: Role) -> Browser:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        return one

    controller, coordinator = signed_in(Role.controller), signed_in(Role.coordinator)
    assert "Show what would change" in coordinator.get("/rate-increase").text
    shown = coordinator.get("/rate-increase", params=ASKED).text
    assert re.search(r"120\.00.*124\.25", shown, re.DOTALL)
    assert "A controller raises the rates" in shown
    wrong = controller.get("/rate-increase", params={**ASKED, "by": "much"})
    assert "a percentage like 3.5 % or an amount like 5.00" in wrong.text
    page = controller.get("/rate-increase", params=ASKED).text
    chosen = re.search(r'name="(contract\.[0-9a-f-]+)" value="([0-9a-f]{64})"', page)
    assert chosen
    form = {**ASKED, chosen[1]: chosen[2], "reason": "Agreed in April", "idempotency_key": "raise"}
    assert coordinator.post("/rate-increase", data=form).status_code == 403
    assert controller.post("/rate-increase", data={**ASKED, "idempotency_key": "n"}).status_code == 422
    answer = controller.post("/rate-increase", data=form)
    assert "not known yet" in answer.text  # nobody carries commands here
