"""What the pages say of a certifier's cut, and how it is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from tests.api.conftest import Browser
from tests.conftest import MailServer
from tests.services.small_firm import PASSWORD, SmallFirm, found
from tests.services.test_cuts import APRIL, accept, cut_by_the_client, prepared


@pytest.fixture
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site)
    cut_by_the_client(firm)
    yield firm
    firm.engine.dispose()


def test_pages_say_how_a_cut_is_accepted(small: SmallFirm, browser: Callable[[], Browser]) -> None:
    def signed_in(role: Role) -> Browser:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        return one

    coordinator, manager = signed_in(Role.coordinator), signed_in(Role.project_manager)
    address = f"/invoices/{small.invoices['C1']}"
    mine = coordinator.get("/").text.partition("Coming up for you")[0]
    assert "The certificate of invoice 1 cut 100.01 USD" in mine
    told = coordinator.get(address).text
    assert "unless the project manager accepts the cut" in told
    assert "Accept the cut</button>" not in told
    assert "Accept the cut</button>" in manager.get(address).text
    wrong = {"item_no": "1", "amount": "much", "reason": "Agreed", "idempotency_key": "cut"}
    refused = manager.post(f"{address}/accept-cut", data=wrong)
    assert refused.status_code == 422
    assert 'value="much"' in refused.text
    draft = prepared(small, APRIL)
    for page in ("edit", "review"):
        assert "it is claimed again here" in coordinator.get(f"/invoices/{draft}/{page}").text
    assert accept(small).done
    assert "it is claimed again here" not in coordinator.get(f"/invoices/{draft}/edit").text
    assert "Small Project Manager accepted" in coordinator.get(address).text
