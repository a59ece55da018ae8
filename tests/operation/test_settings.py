"""Settings: the environment first, the local record for what it does not say, never half of a pair."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts_app.operation import installation
from contracts_app.settings import NotSetUp, Settings

PRODUCTION = {
    "DATABASE_URL": "postgresql://app:x@db.example/contracts",
    "TEMPORAL_ADDRESS": "temporal.example:7233",
    "SMTP_ADDRESS": "mail.example:25",
    "SECRET_KEY_FILE": "/run/secrets/contracts",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(tmp_path))
    return tmp_path


def test_says_what_is_missing(place: Path) -> None:
    with pytest.raises(NotSetUp, match=r"contracts up.*CONTRACTS_DATABASE_URL"):
        Settings()


def test_local_record_fills_in(place: Path) -> None:
    local = installation.ensure(place)
    settings = Settings()
    assert settings.database_url == local.url("contracts_app")
    assert settings.temporal_address == local.addresses["temporal"]
    assert settings.public_url == f"http://{local.addresses['http']}"
    assert len(settings.secret_key()) >= 32
    assert installation.ensure(place) == local


def test_environment_alone_is_enough_in_production(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(f"CONTRACTS_{name}", value)
    monkeypatch.setenv("CONTRACTS_PUBLIC_URL", "https://billing.example")
    settings = Settings()
    assert settings.smtp_address == "mail.example:25"
    assert settings.public_url == "https://billing.example"
    assert (settings.owner_database_url, settings.mail_view_address) == ("", "")


def test_never_mixes_a_given_database_with_the_local_owner(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.ensure(place)
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", PRODUCTION["DATABASE_URL"])
    monkeypatch.setenv("CONTRACTS_SMTP_ADDRESS", PRODUCTION["SMTP_ADDRESS"])
    settings = Settings()
    assert (settings.owner_database_url, settings.mail_view_address) == ("", "")


def test_is_frozen_and_refuses_another_database(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation.ensure(place)
    with pytest.raises(ValidationError, match="frozen"):
        Settings().task_queue = "other"  # type: ignore[misc]
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", "sqlite:///x")
    with pytest.raises(ValidationError, match="postgresql://"):
        Settings()


def test_short_key_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation.ensure(place)
    (place / "secret_key").write_text("short")
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Settings().secret_key()
