"""Before a contract is in force: who prepared it, and how the controller sends it back."""

from uuid import uuid4

import pytest

from tests.api.conftest import Firm, SignIn, WorkerProcess
from tests.api.test_time_pages import RATES, SCHEDULE, TERMS, send


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def test_the_controller_sends_a_contract_back_and_the_coordinator_reads_why(
    office: Firm, signed_in: SignIn
) -> None:
    coordinator, controller = signed_in(office, "coordinator"), signed_in(office, "controller")
    number = f"C-{uuid4().hex[:8]}"
    body = {
        "client_id": str(office.clients[0]),
        "legal_entity_id": str(office.legal_entity_id),
        "project_manager_id": str(office.people["project_manager"]),
        "number": number,
        "title": "Site studies",
        "terms": TERMS,
    }
    contract = f"/contracts/{coordinator.done('/api/contracts', body)['contract_id']}"
    coordinator.done(f"/api{contract}/schedule", {"lines": SCHEDULE})
    coordinator.settled()
    page = controller.get(f"{contract}?tab=terms").text
    assert "Send it back to the coordinator" in page
    assert "Send it back to the coordinator" not in coordinator.get(f"{contract}?tab=terms").text
    assert send(coordinator, f"{contract}/return", reason="Not mine to say").status_code == 403
    silent = send(controller, f"{contract}/return", reason="")
    assert silent.status_code == 422
    back = send(controller, f"{contract}/return", reason="There is no rate card yet.")
    assert "Sent back; the coordinator reads why." in back.text
    coordinator.settled()
    told = "“There is no rate card yet.”"
    assert told in coordinator.get(contract).text
    assert told in coordinator.get("/").text
    coordinator.done(f"/api{contract}/rate-card", {"rows": RATES})
    coordinator.settled()
    assert told not in coordinator.get(contract).text
    assert "sent the contract back" in coordinator.get(f"{contract}?tab=history").text
    activated = send(controller, f"{contract}/activate")
    assert "Activate contract" not in activated.text
