"""Several contracts on one invoice, as people click it: put together, prepared, reviewed, issued.

8 hours at 100.00 on K1 and 6 on K2, less the 400.00 paid ahead on each: 400.00 and 200.00 are due.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from contracts_app.domain.roles import Role
from contracts_app.settings import Settings
from tests.api.conftest import Browser, WorkerProcess
from tests.conftest import MailServer
from tests.services import small_time_contract
from tests.services.small_firm import PASSWORD, SmallFirm, found


@pytest.fixture(scope="module")
def small(site: Settings, smtp: MailServer) -> Iterator[SmallFirm]:
    firm = found(site, "Pages of groups")
    for number in ("K1", "K2"):
        small_time_contract.open_time_contract(firm, number)
    firm.go_to(date(2024, 4, 2))
    small_time_contract.work(firm, "K1", ("1", date(2024, 3, 4), 8))
    small_time_contract.work(firm, "K2", ("2", date(2024, 3, 5), 6))
    yield firm
    firm.engine.dispose()


def test_contracts_are_put_together_reviewed_and_issued_on_one_page(
    small: SmallFirm, browser: Callable[[], Browser], worker: WorkerProcess
) -> None:
    worker.start()

    def signed_in(role: Role) -> Browser:
        one = browser()
        assert one.sign_in(f"{role.value}@{small.id}.example", PASSWORD).status_code == 200
        return one

    def sent(path: str, key: str, **form: str) -> str:
        answer = coordinator.post(path, data={**form, "idempotency_key": key})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("?")[0]

    coordinator, manager = signed_in(Role.coordinator), signed_in(Role.project_manager)
    controller = signed_in(Role.controller)
    client = f"/clients/{small.client_id}"
    shown = coordinator.get(client).text
    ticked = dict.fromkeys(re.findall(r'name="(contract\.[0-9a-f-]+)"', shown), "yes")
    assert len(ticked) == 2
    assert "Put contracts together" not in manager.get(client).text
    too_few = dict(list(ticked.items())[:1])
    refused = coordinator.post(
        f"{client}/billing-groups", data={"name": "Framework", **too_few, "idempotency_key": "few"}
    )
    assert refused.status_code == 422
    assert "two contracts or more" in refused.text

    group = sent(f"{client}/billing-groups", "make", name="Framework", **ticked)
    assert "Framework" in coordinator.get(client).text
    sent(f"{group}/prepare", "prepare", period_to="2024-03-31")
    (known,) = coordinator.get(f"/api{client}/billing-groups").json()["billing_groups"]
    drafts = [one["invoice_id"] for one in known["members"]]
    page = coordinator.get(group).text
    assert "Due 400.00 USD" in page
    assert "Due 200.00 USD" in page
    early = coordinator.post(f"{group}/issue", data={"idempotency_key": "early"})
    assert early.status_code == 409
    assert "K1 (draft), K2 (draft)" in early.text

    for invoice_id in drafts:
        coordinator.done(f"/api/invoices/{invoice_id}/submit")
        review = manager.get(f"/invoices/{invoice_id}/review").text
        seen = re.search(r'name="content_hash" value="([0-9a-f]{64})"', review)
        assert seen
        for one in (manager, controller):  # above the contract's limit, which is nothing
            one.done(f"/api/invoices/{invoice_id}/approve", {"content_hash": seen[1]})
    assert "Goes out with the other contracts of" in coordinator.get(f"/invoices/{drafts[0]}/review").text
    sent(f"{group}/issue", "issue", **{f"reason.{drafts[0]}": ""})
    until = time.monotonic() + 90  # paper and letter; the contracts' own processes were never begun here
    while not any(one["sent_at"] for one in coordinator.get(f"/api/invoices/{drafts[0]}").json()["messages"]):
        assert time.monotonic() < until
        time.sleep(0.5)
    page = coordinator.get(group).text
    assert "SM-00001" in page
    assert (
        "each of its contracts in proportion"
        in coordinator.get(
            re.search(r'href="(/payments[^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
        ).text
    )
    assert "600.00" in page
    assert "Part of invoice SM-00001" in coordinator.get(f"/invoices/{drafts[1]}").text
    for invoice_id, mails in zip(drafts, (1, 0), strict=True):
        issued = coordinator.get(f"/api/invoices/{invoice_id}").json()
        assert [one["file_name"] for one in issued["documents"] if one["kind"] == "consulting"] == [
            "SM-00001-contracts-together.pdf"
        ]
        assert len(issued["messages"]) == mails
