"""A proof through the API and on its page: what it says, and who may ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from contracts_app.domain.roles import Role
from tests.api.conftest import Browser
from tests.conftest import Database
from tests.services import small_firm

PROVES = (Role.coordinator, Role.controller, Role.administrator, Role.auditor)
As = Callable[[Role], Browser]


@pytest.fixture
def signed_in_as(lived: small_firm.SmallFirm, browser: Callable[[], Browser]) -> As:
    def opened(role: Role) -> Browser:
        one = browser()
        answer = one.sign_in(f"{role.value}@{lived.id}.example", small_firm.PASSWORD)
        assert answer.status_code == 200, answer.text
        return one

    return opened


@pytest.fixture
def certificate_changed(database: Database, lived: small_firm.SmallFirm) -> Iterator[None]:
    """A1's certificate is a cent off, as only a superuser could have done it."""

    def shift(cents: str) -> None:
        with psycopg.connect(database.superuser_url) as session:
            session.execute("SET session_replication_role = replica")
            session.execute(
                "UPDATE certificate SET line9 = line9 + %s::numeric WHERE invoice_id = %s",
                (cents, lived.invoices["A1"]),
            )

    shift("0.01")
    yield
    shift("-0.01")


@pytest.mark.parametrize("role", Role)
def test_who_may_prove(lived: small_firm.SmallFirm, signed_in_as: As, role: Role) -> None:
    one = signed_in_as(role)
    expected = 200 if role in PROVES else 403
    assert one.get(f"/api/invoices/{lived.invoices['A1']}/prove").status_code == expected
    assert one.get(f"/invoices/{lived.invoices['A1']}/prove").status_code == expected
    if role is not Role.client:
        shown = one.get(f"/invoices/{lived.invoices['A1']}").text
        assert (f'href="/invoices/{lived.invoices["A1"]}/prove"' in shown) is (role in PROVES)


def test_an_issued_invoice_is_proved(lived: small_firm.SmallFirm, signed_in_as: As) -> None:
    controller = signed_in_as(Role.controller)
    for name, number in (("A1", "SM-00001"), ("B1", "SM-00002")):
        told = controller.get(f"/api/invoices/{lived.invoices[name]}/prove").json()
        assert told.pop("checked") > 80
        assert told == {"invoice": number, "outcome": "proved", "differences": []}
    page = controller.get(f"/invoices/{lived.invoices['A1']}/prove").text
    assert "SM-00001 is proved: " in page
    assert "Computed again</th>" not in page


@pytest.mark.usefixtures("certificate_changed")
def test_a_difference_is_named(lived: small_firm.SmallFirm, signed_in_as: As) -> None:
    controller = signed_in_as(Role.controller)
    told = controller.get(f"/api/invoices/{lived.invoices['A1']}/prove").json()
    assert told["outcome"] == "differs"
    (difference,) = told["differences"]
    assert difference["what"] == "line 9 as certified"
    page = controller.get(f"/invoices/{lived.invoices['A1']}/prove").text
    assert "SM-00001 is not proved. line 9 as certified: stored is " in page
    assert f"<code>{difference['stored']}</code>" in page
    assert f"<code>{difference['recomputed']}</code>" in page


def test_a_draft_and_what_is_not_there(lived: small_firm.SmallFirm, signed_in_as: As) -> None:
    coordinator = signed_in_as(Role.coordinator)
    draft = coordinator.get(f"/api/invoices/{lived.invoices['B2']}/prove")
    assert (draft.status_code, draft.json()["code"]) == (409, "not_issued")
    assert coordinator.get(f"/invoices/{lived.invoices['B2']}/prove").status_code == 409
    assert "/prove" not in coordinator.get(f"/invoices/{lived.invoices['B2']}").text
    for path in ("/api/invoices", "/invoices"):
        assert coordinator.get(f"{path}/{uuid4()}/prove").status_code == 404
