"""Bodies are read strictly (CONTROLS S03, S09): every liberty is an error by field, and changes nothing."""

from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Browser, Firm, SignIn

Firms = tuple[Firm, Firm]
LINE = str(uuid4())
INVOICE = str(uuid4())


@pytest.fixture
def coordinator(firms: Firms, signed_in: SignIn) -> Browser:
    return signed_in(firms[0], "coordinator")


def send(
    one: Browser, path: str, content: str | bytes, media_type: str = "application/json"
) -> httpx.Response:
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": media_type}
    return one.post(path, content=content, headers=headers)


def errors_of(answer: httpx.Response) -> dict[str, tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "wrong_body"
    return {error["field"]: (error["found"], error["expected"]) for error in body["errors"]}


NO_FINITE_AMOUNTS = ['"NaN"', '"Infinity"', '"-Infinity"', '"1e999999"']
NO_PLAIN_AMOUNTS = [
    "1234.5",
    "1e3",
    '"١٢"',
    '"1_000"',
    '"1,000.00"',
    '"0.00001"',
    "true",
    "null",
    '""',
    '" 1"',
]


@pytest.mark.parametrize("amount", [*NO_FINITE_AMOUNTS, *NO_PLAIN_AMOUNTS])
def test_an_amount_is_plain_text_at_the_scale_of_money(coordinator: Browser, amount: str) -> None:
    body = f'{{"entries": [{{"line_id": "{LINE}", "this_period": {amount}}}]}}'
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/edit", body))
    assert list(errors) == ["entries.0.this_period"]


def test_a_number_for_money_is_told_what_to_send(coordinator: Browser) -> None:
    body = f'{{"entries": [{{"line_id": "{LINE}", "this_period": 1200}}]}}'
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/edit", body))
    assert errors == {
        "entries.0.this_period": (
            "1200",
            'an amount must be text like "1234.50", with a point before the decimals',
        )
    }


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_what_is_no_finite_number_is_refused(coordinator: Browser, word: str) -> None:
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/edit", f'{{"entries": [{word}]}}'))
    assert "finite" in errors["(body)"][1]


@pytest.mark.parametrize(
    "field",
    ["status", "state", "amount", "total", "number", "approver", "approved_at", "firm_id", "by", "preparer",
     "retain_pct", "billed", "role", "signed_in", "key", "version", "content_hash"],
)  # fmt: skip
def test_fields_that_nobody_asked_for_are_refused(coordinator: Browser, field: str) -> None:
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/submit", f'{{"{field}": "x"}}'))
    assert errors[field] == ("x", "no such field")


@pytest.mark.parametrize("field", ["invoice_id", "command"])
def test_what_the_path_says_does_not_stand_in_the_body(coordinator: Browser, field: str) -> None:
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/submit", f'{{"{field}": "{INVOICE}"}}'))
    assert list(errors) == [field]


def test_a_key_given_twice_is_refused(coordinator: Browser) -> None:
    body = '{"reason": "a good reason", "reason": "another one"}'
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/withdraw", body))
    assert errors["reason"] == ("twice", "each field once")


def test_missing_fields_are_listed_together(coordinator: Browser) -> None:
    errors = errors_of(send(coordinator, "/api/contracts", "{}"))
    expected = {"client_id", "legal_entity_id", "project_manager_id", "number", "title", "terms"}
    assert set(errors) == expected
    assert all(found == "nothing" for found, _ in errors.values())


@pytest.mark.parametrize("value", ['"yes"', "1", '"true"'])
def test_types_are_those_of_json(coordinator: Browser, value: str) -> None:
    body = f'{{"period_to": "2024-03-31", "complete": {value}}}'
    errors = errors_of(send(coordinator, f"/api/contracts/{uuid4()}/applications", body))
    assert list(errors) == ["complete"]


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "2023-02-29", "31/03/2024", "2024-03-31T00:00:00"]
)
def test_a_date_is_a_day_within_business_memory(coordinator: Browser, day: str) -> None:
    errors = errors_of(
        send(coordinator, f"/api/contracts/{uuid4()}/applications", f'{{"period_to": "{day}"}}')
    )
    assert list(errors) == ["period_to"]


@pytest.mark.parametrize(
    "content",
    [b"[]", b"null", b"{", b'"text"', b"\xff\xfe", b"{" * 30, b"[" * 100_000, b"9" * 5_000, b"{'a': 1}"],
    ids=["list", "null", "cut off", "text", "no text at all", "open", "deep", "long number", "quotes"],
)
def test_what_is_no_object_is_refused(coordinator: Browser, content: bytes) -> None:
    errors_of(send(coordinator, f"/api/invoices/{INVOICE}/submit", content))


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\u0000b"])
def test_characters_that_no_database_keeps_are_refused(coordinator: Browser, text: str) -> None:
    errors = errors_of(send(coordinator, f"/api/invoices/{INVOICE}/withdraw", f'{{"reason": "abc{text}"}}'))
    assert list(errors) == ["reason"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_json_under_another_name_is_refused(coordinator: Browser, media_type: str) -> None:
    assert send(coordinator, f"/api/invoices/{INVOICE}/submit", "{}", media_type).status_code in (400, 415)


def test_a_body_has_a_limit(coordinator: Browser) -> None:
    answer = send(coordinator, f"/api/invoices/{INVOICE}/withdraw", f'{{"reason": "{"x" * 1_100_000}"}}')
    assert answer.status_code == 413
    assert answer.json()["code"] == "request_entity_too_large"
    assert answer.json()["detail"] == "This is too large: a file has at most 120 MB, all else 1 MB."


def test_a_command_needs_a_key(coordinator: Browser) -> None:
    answer = coordinator.post(f"/api/invoices/{INVOICE}/submit", json={})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    for key in ("x" * 256, "", "a\tb"):
        answer = coordinator.post(
            f"/api/invoices/{INVOICE}/submit", json={}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 400
