"""The script of the sample touches its own contracts only, whatever else the firm bills."""

import pytest

from contracts_app.sample.consulting import Consulting, Runs
from contracts_app.sample.consulting_script import COMMISSIONING, RUNS
from contracts_app.sample.public_api import Signed
from contracts_app.sample.stage import Cast, Stage
from contracts_app.settings import Settings
from tests.api.conftest import PASSWORD, Firm, SignIn, WorkerProcess
from tests.api.test_billing_runs import HOUR, in_force


@pytest.fixture(scope="module")
def office(firms: tuple[Firm, Firm], worker: WorkerProcess) -> Firm:
    worker.start()
    return firms[0]


def test_a_run_of_the_script_leaves_the_drafts_of_others_to_them(
    office: Firm, signed_in: SignIn, site: Settings
) -> None:
    coordinator, manager = signed_in(office, "coordinator"), signed_in(office, "project_manager")
    controller, administrator = signed_in(office, "controller"), signed_in(office, "administrator")
    contracts = [
        in_force(office, coordinator, controller, number, rated=True)
        for number in (COMMISSIONING.number, "OWN-1")
    ]
    period_to = RUNS[0]
    administrator.done("/api/calendar/move", {"to": period_to.isoformat()})
    administrator.settled()
    for contract in contracts:
        typed = {"item_no": "1", "person": "Sample Engineer", "work_date": "2025-03-05", "seconds": 2 * HOUR}
        entered = coordinator.done(f"{contract}/time", {"entries": [typed]})["entries"]
        manager.done(f"{contract}/time/approve", {"entries": manager.seen(contract, entered)})

    titles = ("coordinator", "project_manager", "controller", "administrator", "client")
    people = {title: Signed(site.public_url, office.address(title), PASSWORD) for title in titles}
    told: list[str] = []
    try:
        for person in people.values():
            person.sign_in()
        stage = Stage(Cast(**people), told.append)
        next(iter(Runs(stage, [Consulting(stage, COMMISSIONING)]).events())).act()
    finally:
        for person in people.values():
            person.close()

    states = {
        one["contract_number"]: one["state"] for one in coordinator.get("/api/invoices").json()["invoices"]
    }
    assert states == {COMMISSIONING.number: "issued", "OWN-1": "draft"}
    assert not [line for line in told if "OWN-1" in line]
