"""What was tried against the running product and once got through, or ended in an error of ours."""

from datetime import date
from uuid import uuid4

import pytest

from tests.api.conftest import Browser, Firm, SignIn


def _terms(**other: object) -> dict[str, object]:
    return {"currency": "USD", "original_sum": "1000.00", "contract_date": "2024-01-01"} | other


def _open(of: Firm, browser: Browser, **other: object) -> tuple[int, str]:
    body = {
        "client_id": str(of.clients[0]),
        "legal_entity_id": str(of.legal_entity_id),
        "project_manager_id": str(of.people["project_manager"]),
        "number": uuid4().hex[:8],
        "title": "Ductwork",
        "terms": _terms(),
    } | other
    answer = browser.give("/api/contracts", body)
    return answer.status_code, answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("field", ["contract_date", "substantial_completion"])
def test_a_contract_dates_from_where_deadlines_can_be_counted(
    firms: tuple[Firm, Firm], signed_in: SignIn, field: str, day: str
) -> None:
    """With 9999 its process failed at every look at the next period, and nothing ever came to rest."""
    status, told = _open(firms[0], signed_in(firms[0], "coordinator"), terms=_terms(**{field: day}))
    assert (status, field in told) == (400, True), told


@pytest.mark.parametrize("text", ["a\tb", "a\r\nBcc: b@c.example", "a\x07b", "a\u2028b", "a\u202egpj.exe"])
def test_names_are_one_line_that_reads_as_it_stands(
    firms: tuple[Firm, Firm], signed_in: SignIn, text: str
) -> None:
    """A tab in a payment's reference stopped every receipt of that client; a subject is one line."""
    coordinator = signed_in(firms[0], "coordinator")
    for field in ("number", "title"):
        status, told = _open(firms[0], coordinator, **{field: text})
        assert (status, field in told) == (400, True), told
    answer = coordinator.give(
        f"/api/clients/{firms[0].clients[0]}/payments",
        {"amount": "1.00", "currency": "USD", "received_on": "2024-02-19", "reference": text},
    )
    assert (answer.status_code, "reference" in answer.text) == (400, True), answer.text


@pytest.mark.parametrize("typed", ["", "50%"])
def test_nothing_typed_and_a_part_of_nothing_are_no_amounts(
    firms: tuple[Firm, Firm], signed_in: SignIn, typed: str
) -> None:
    """Both were taken for zero: a contract with the sum 0.00 that nobody had typed."""
    coordinator = signed_in(firms[0], "coordinator")
    form = {
        "csrf_token": coordinator.headers["X-CSRF-Token"],
        "idempotency_key": uuid4().hex,
        "client_id": str(firms[0].clients[0]),
        "legal_entity_id": str(firms[0].legal_entity_id),
        "project_manager_id": str(firms[0].people["project_manager"]),
        "number": uuid4().hex[:8],
        "title": "Ductwork",
        "currency": "USD",
        "original_sum": typed,
        "contract_date": date(2024, 1, 1).isoformat(),
        "rate_completed": "10",
        "rate_stored": "10",
        "level": "contract",
        "payment_days": "30",
        "receivable_arises": "certification",
        "certification_days": "7",
        "first_application": "1",
        "controller_limit": "500",
        "cut_off_day": "25",
    }
    answer = coordinator.post("/contracts/new", data=form)
    assert answer.status_code == 422, answer.text
    assert "Original contract sum: " in answer.text  # the finding, not the label of the field


_PART = b'--B\r\nContent-Disposition: form-data; name="email"\r\n%s\r\n%s\r\n--B--\r\n'


@pytest.mark.parametrize(
    "content", [_PART % (b"", b"\xff\xfe"), _PART % (b"Content-Type: text/plain; charset=none\r\n", b"a")]
)
@pytest.mark.parametrize("path", ["/sign-in", "/payments", "/api/imports"])
def test_a_form_in_no_known_writing_is_the_callers_error(
    firms: tuple[Firm, Firm], signed_in: SignIn, path: str, content: bytes
) -> None:
    """It was an internal error, for everybody on the sign-in page."""
    answer = signed_in(firms[0], "coordinator").post(
        path, content=content, headers={"Content-Type": "multipart/form-data; boundary=B"}
    )
    assert answer.status_code == 400, answer.text


def test_a_path_with_a_zero_byte_is_no_page(signed_in: SignIn, firms: tuple[Firm, Firm]) -> None:
    """The file system's refusal was an internal error."""
    assert signed_in(firms[0], "coordinator").get("/static/%00").status_code == 404
