"""The nightly check of the books: kept, held against what was signed outside, and told to the controllers."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts_app.cli import main
from contracts_app.domain.roles import Role
from contracts_app.services import book_checks
from contracts_app.settings import Settings
from contracts_app.store import book_checks as stored
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, reading
from tests.conftest import MailServer
from tests.services.small_firm import SmallFirm, found


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signed")


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object, outside: Path) -> Iterator[SmallFirm]:
    firm = found(settings.with_values(audit_key_dir=outside, audit_checkpoint_dir=outside / "checkpoints"))
    firm.open_contract("A")
    with firm_transaction(firm.engine, firm.id) as connection:  # no worker is about
        connection.execute(text("UPDATE process SET started_at = opened_at WHERE started_at IS NULL"))
    yield firm
    firm.engine.dispose()


def mailed(smtp: MailServer) -> list[EmailMessage]:
    return [message_from_bytes(file.read_bytes(), policy=default) for file in smtp.folder.glob("*.eml")]


def check(small: SmallFirm, asked_by: UUID | None = None) -> tuple[bool, UUID]:
    check_id = uuid4()
    of = (small.engine, small.settings, small.id, check_id)
    holds = book_checks.check_books(*of, asked_by, Origin())
    assert book_checks.check_books(*of, asked_by, Origin()) is holds, "once per check"
    book_checks.tell(*of, Origin())
    book_checks.tell(*of, Origin())
    return holds, check_id


def test_a_check_is_kept_and_told_once(small: SmallFirm, smtp: MailServer) -> None:
    holds, check_id = check(small)
    with reading(small.engine, small.id) as connection:
        (kept,) = stored.newest(connection, small.id)
        letters = stored.letters(connection, small.id, [check_id])
    assert [one for one in kept["report"]["invariants"] if not one["ok"]] == []
    assert (holds, kept["holds"], kept["quiet"], kept["checkpoints"]) == (True, True, True, 1)
    assert kept["checkpoint"].splitlines()[:2] == [f"contracts/{small.id}", str(kept["seq"])]
    assert [one["person_id"] for one in letters] == [small.people[Role.controller]]
    assert letters[0]["smtp_reply"] == "250 accepted"
    (letter,) = [one for one in mailed(smtp) if one["Message-ID"] == letters[0]["message_id"]]
    assert letter["Subject"] == "Small Mechanical: the books hold (12 checks)"
    assert kept["checkpoint"].splitlines()[2] in letter.get_content()


def test_what_was_signed_is_found_again(small: SmallFirm, outside: Path, smtp: MailServer) -> None:
    """With the password of the tables' owner and the rule of the chain the log alone shows nothing."""
    holds, _ = check(small)
    assert holds
    assert book_checks.sign_checkpoints(small.engine, small.settings) == 1
    assert book_checks.sign_checkpoints(small.engine, small.settings) == 0, "nothing was added since"
    owner = open_engine(small.settings.owner_database_url, pool_size=1)
    forged = (
        "WITH last AS (SELECT seq, at, body FROM audit_entry WHERE firm_id = :f ORDER BY seq DESC LIMIT 1),"
        " before AS (SELECT hash FROM audit_entry WHERE firm_id = :f AND seq = (SELECT seq - 1 FROM last)),"
        " anew AS (SELECT replace(body, '\"done\"', '\"gone\"') AS body FROM last)"
        " UPDATE audit_entry e SET body = anew.body, hash = sha256('\\x00'::bytea || before.hash ||"
        " int8send(last.seq) || int8send((extract(epoch FROM last.at) * 1000000)::bigint) ||"
        " convert_to(anew.body, 'UTF8')) FROM last, before, anew"
        " WHERE e.firm_id = :f AND e.seq = last.seq RETURNING e.hash"
    )
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        new = connection.execute(text(forged), {"f": small.id}).scalar_one()
        connection.execute(
            text("UPDATE audit_head SET hash = :h WHERE firm_id = :f"), {"h": new, "f": small.id}
        )
        connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
    owner.dispose()
    holds, _ = check(small)
    assert holds is False
    with reading(small.engine, small.id) as connection:
        kept = stored.newest(connection, small.id)[0]
    (broken,) = [one for one in kept["report"]["invariants"] if not one["ok"]]
    assert broken["id"] == "I07"
    assert "is not what was signed at" in broken["examples"][0]["sentence"]
    assert any(one["Subject"].startswith("ALERT: Small Mechanical") for one in mailed(smtp))


def test_a_checkpoint_of_another_key_is_told(small: SmallFirm, outside: Path) -> None:
    newest = max((outside / "checkpoints").glob("*.checkpoint"))
    signed = newest.read_bytes()
    newest.write_bytes(signed[:-20] + bytes(reversed(signed[-20:-5])) + signed[-5:])
    holds, _ = check(small)
    assert holds is False
    with reading(small.engine, small.id) as connection:
        assert newest.name in stored.newest(connection, small.id)[0]["report"]["unreadable"]
    newest.write_bytes(signed)


def test_the_command_holds_the_log_against_checkpoints(
    small: SmallFirm, outside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in small.settings.model_dump(exclude_none=True).items():
        monkeypatch.setenv(f"CONTRACTS_{name.upper()}", str(value))
    for place, said in (
        (outside / "checkpoints", "is not what was signed at"),
        (outside, "no checkpoint of a"),
    ):
        monkeypatch.setattr("sys.argv", ["contracts", "check", "--online", "--against", str(place)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert (ended.value.code, said in told.out + told.err) == (1, True)
