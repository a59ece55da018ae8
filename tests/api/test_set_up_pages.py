"""Pages of a contract that is being set up: milestones are mended, a sum that is off stands out."""

from tests.api.conftest import Firm, SignIn, WorkerProcess
from tests.api.test_billing_runs import TERMS


def test_milestones_are_mended_and_a_sum_that_is_off_stands_out(
    firms: tuple[Firm, Firm], worker: WorkerProcess, signed_in: SignIn
) -> None:
    worker.start()
    office = firms[0]
    coordinator = signed_in(office, "coordinator")
    opened = coordinator.done(
        "/api/contracts",
        {
            "client_id": str(office.clients[0]),
            "legal_entity_id": str(office.legal_entity_id),
            "project_manager_id": str(office.people["project_manager"]),
            "number": "S-1",
            "title": "Studies",
            "terms": TERMS,
        },
    )
    contract = opened["contract_id"]
    fee = {"item_no": "1", "description": "Fee", "scheduled_value": "900.00", "basis": "milestone"}
    coordinator.done(f"/api/contracts/{contract}/schedule", {"lines": [fee]})
    shown = coordinator.get(f"/contracts/{contract}?tab=schedule&done=schedule_does_not_tie").text
    assert "Saved: 1 line, " in shown
    assert ">100.00</span> missing." in shown
    assert "<strong>Done.</strong>" not in shown
    plan = {"title": "Report", "item_no": "1", "amount": "800.00"}
    known = coordinator.done(f"/api/contracts/{contract}/milestones", plan)["milestone_id"]
    page = f"/contracts/{contract}?tab=milestones"
    assert 'value="800.00"' in coordinator.get(page).text
    form = {"csrf_token": coordinator.headers["X-CSRF-Token"], "title": "Final report", "item_no": "1"}
    address = f"/contracts/{contract}/milestones/{known}"
    refused = coordinator.post(f"{address}/change", data={**form, "amount": "901", "idempotency_key": "a"})
    assert refused.status_code == 422
    assert 'value="901"' in refused.text
    changed = coordinator.post(f"{address}/change", data={**form, "amount": "900", "idempotency_key": "b"})
    assert changed.status_code == 303
    assert 'value="900.00"' in coordinator.get(page).text
    assert coordinator.post(f"{address}/remove", data={**form, "idempotency_key": "c"}).status_code == 303
    assert "Final report" not in coordinator.get(page).text
