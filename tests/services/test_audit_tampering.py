"""Nine ways to change the past with the database's own password, each found by what lies outside it.

The table of CONTROLS 4.2: the application's role is refused each of them; the chain and its head see six, the
exported checkpoints the others.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from contracts_app.cli import main
from contracts_app.services import audit_export
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine, reading
from tests.services.small_firm import SmallFirm, found
from verifier.contracts_verify import link

VERIFIER = Path(__file__).parents[2] / "verifier" / "contracts_verify.py"


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A")
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def outside(small: SmallFirm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key's folder, with two checkpoints: one in the middle of the chain's life, one at its end."""
    folder = tmp_path_factory.mktemp("outside")
    key = audit_export.key_in(folder)
    small.open_contract("B")
    for at in ("2024-04-01T08:00:00Z", "2024-04-02T08:00:00Z"):
        with reading(small.engine, small.id) as connection:
            assert audit_export.write_checkpoint(connection, small.id, key, folder, at) is not None
            assert audit_export.write_checkpoint(connection, small.id, key, folder, at) is None
        small.open_contract(f"C-{at[9]}")
    with reading(small.engine, small.id) as connection:
        audit_export.write_checkpoint(connection, small.id, key, folder, "2024-04-03T08:00:00Z")
    return folder


def verified(lines: Iterator[str], folder: Path, checkpoints: bool = True) -> tuple[int, str]:
    """What the program on the auditor's machine says of an export."""
    export = folder / "export.jsonl"
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    more = ["--checkpoints", str(folder), "--pubkey", str(folder / "audit.pub")] if checkpoints else []
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(export), *more], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def exported(connection: Connection, small: SmallFirm) -> Iterator[str]:
    return iter(list(audit_export.lines(connection, small.id)))


def run(connection: Connection, small: SmallFirm, statement: str, **values: Any) -> None:
    connection.execute(text(statement), {"f": small.id, **values})


def recompute(connection: Connection, small: SmallFirm) -> None:
    """Every hash anew, gaps closed, and the head with them: what somebody who knows the rule can do."""
    rows = connection.execute(
        text(
            "SELECT seq, (extract(epoch FROM at) * 1000000)::bigint AS us, body FROM audit_entry"
            " WHERE firm_id = :f ORDER BY seq"
        ),
        {"f": small.id},
    ).all()
    last = bytes(32)
    for number, row in enumerate(rows, start=1):
        last = link(last, number, row.us, row.body)
        run(
            connection,
            small,
            "UPDATE audit_entry SET seq = :n, hash = :h WHERE firm_id = :f AND seq = :s",
            n=number,
            h=last,
            s=row.seq,
        )
    run(
        connection,
        small,
        "UPDATE audit_head SET seq = :n, hash = :h WHERE firm_id = :f",
        n=len(rows),
        h=last,
    )


Tamper = Callable[[Connection, SmallFirm], None]
_EDIT = "UPDATE audit_entry SET body = replace(body, :was, :now) WHERE firm_id = :f AND seq = 5"


def _edit_payload(connection: Connection, small: SmallFirm) -> None:
    run(connection, small, _EDIT, was='"version":', now='"version":9')


def _edit_person(connection: Connection, small: SmallFirm) -> None:
    run(
        connection,
        small,
        'UPDATE audit_entry SET body = replace(body, \'"by":"\', \'"by":"f\') WHERE firm_id = :f AND seq ='
        ' (SELECT min(seq) FROM audit_entry WHERE firm_id = :f AND strpos(body, \'"by":"\') > 0)',
    )


def _swap(connection: Connection, small: SmallFirm) -> None:
    for was, now in ((5, -5), (6, 5), (-5, 6)):
        run(
            connection, small, "UPDATE audit_entry SET seq = :n WHERE firm_id = :f AND seq = :w", n=now, w=was
        )


def _delete_in_the_middle(connection: Connection, small: SmallFirm) -> None:
    run(connection, small, "DELETE FROM audit_entry WHERE firm_id = :f AND seq = 5")


def _forge(connection: Connection, small: SmallFirm) -> None:
    run(connection, small, "ALTER TABLE audit_entry ALTER hash DROP NOT NULL")
    run(
        connection,
        small,
        "INSERT INTO audit_entry (firm_id, seq, at, body, hash) SELECT firm_id, seq + 1, at, body, NULL"
        " FROM audit_entry WHERE firm_id = :f ORDER BY seq DESC LIMIT 1",
    )


def _cut(connection: Connection, small: SmallFirm) -> None:
    run(
        connection,
        small,
        "DELETE FROM audit_entry WHERE firm_id = :f AND seq > (SELECT max(seq) - 3 FROM audit_entry"
        " WHERE firm_id = :f)",
    )


def _cut_and_repair(connection: Connection, small: SmallFirm) -> None:
    _cut(connection, small)
    run(
        connection,
        small,
        "UPDATE audit_head h SET (seq, hash) = (SELECT e.seq, e.hash FROM audit_entry e"
        " WHERE e.firm_id = h.firm_id ORDER BY e.seq DESC LIMIT 1) WHERE h.firm_id = :f",
    )


def _edit_and_recompute(connection: Connection, small: SmallFirm) -> None:
    _edit_payload(connection, small)
    recompute(connection, small)


def _delete_and_recompute(connection: Connection, small: SmallFirm) -> None:
    _delete_in_the_middle(connection, small)
    recompute(connection, small)


TAMPERINGS: dict[str, tuple[Tamper, str, bool]] = {
    "edit the payload": (_edit_payload, "entry 5 is not what was written", True),
    "edit who approved": (_edit_person, "is not what was written", True),
    "swap two": (_swap, "entry 5 is not what was written", True),
    "delete in the middle": (_delete_in_the_middle, "entry 5 is missing", True),
    "a forged row without hash": (_forge, "has no hash: it was not written by the product", True),
    "cut the tail": (_cut, "its end was cut off", True),
    "cut the tail, repair the head": (_cut_and_repair, "its end was cut off", False),
    "edit, recompute all": (_edit_and_recompute, "the chain recomputed", False),
    "delete, recompute all": (_delete_and_recompute, "the chain recomputed", False),
}
"""What is done, what the verifier says, and whether the export alone shows it, without checkpoints."""


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_a_superuser_changes_is_found_and_named(small: SmallFirm, outside: Path, name: str) -> None:
    tamper, said, alone = TAMPERINGS[name]
    engine = open_engine(small.settings.owner_database_url, pool_size=1)
    with engine.connect() as connection:
        run(connection, small, "ALTER TABLE audit_entry DISABLE TRIGGER USER")
        tamper(connection, small)
        lines = list(exported(connection, small))
        connection.rollback()
    engine.dispose()
    status, told = verified(iter(lines), outside)
    assert (status, said in told) == (1, True), told
    assert verified(iter(lines), outside, checkpoints=False)[0] == int(alone)


def test_an_untouched_log_holds_with_and_without_its_checkpoints(small: SmallFirm, outside: Path) -> None:
    with reading(small.engine, small.id) as connection:
        lines = list(exported(connection, small))
    assert verified(iter(lines), outside) == (0, "All holds; 3 checkpoints.\n")
    assert verified(iter(lines), outside, checkpoints=False)[0] == 0


@pytest.mark.parametrize("what", ["another key", "a changed note", "a note left out", "no JSON"])
def test_what_lies_outside_is_looked_at_as_hard(
    small: SmallFirm, outside: Path, tmp_path: Path, what: str
) -> None:
    with reading(small.engine, small.id) as connection:
        lines = list(exported(connection, small))
    for file in outside.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    notes = sorted(tmp_path.glob("*.checkpoint"))
    if what == "another key":
        other = audit_export.key_in(tmp_path / "other").public_key().public_bytes_raw()
        (tmp_path / "audit.pub").write_text(base64.b64encode(other).decode())
        expected, said = 2, "is not signed by this key"
    elif what == "a changed note":
        notes[0].write_bytes(notes[0].read_bytes().replace(b"2024-04-01", b"2024-03-01"))
        expected, said = 2, "is not signed by this key"
    elif what == "a note left out":
        notes[1].unlink()
        expected, said = 1, "a checkpoint is missing"
    else:
        lines[4] = "not an entry"
        expected, said = 2, "line 5 is no JSON"
    status, told = verified(iter(lines), tmp_path)
    assert (status, said in told) == (expected, True), told


def test_by_the_command_line(
    small: SmallFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(small.settings.state_dir))
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", small.settings.database_url)
    monkeypatch.setenv("CONTRACTS_AUDIT_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("CONTRACTS_AUDIT_CHECKPOINT_DIR", str(tmp_path / "signed"))

    def contracts(*words: str) -> tuple[int, dict[str, Any] | str]:
        monkeypatch.setattr(sys, "argv", ["contracts", "audit", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(said.out) if "--json" in words else said.out + said.err

    of_firm = ("--firm", str(small.id))
    _, head = contracts("head", *of_firm, "--json")
    _, signed = contracts("checkpoint", *of_firm, "--json")
    assert isinstance(head, dict)
    assert isinstance(signed, dict)
    assert Path(signed["checkpoint"]).name == f"{small.id}-{head['seq']:012d}.checkpoint"
    assert contracts("checkpoint", *of_firm) == (0, "Nothing was added since the last checkpoint.\n")
    log = str(tmp_path / "log.jsonl")
    assert contracts("export", "--to", log, *of_firm, "--json")[1] == {"file": log, "entries": head["seq"]}
    status, again = contracts("export", "--to", log, *of_firm)
    assert (status, "is there already" in again) == (1, True)
    outside = ("--checkpoints", str(tmp_path / "signed"), "--pubkey", signed["pubkey"])
    assert contracts("verify", log, *outside) == (0, "All holds; 1 checkpoints.\n")
    lines = Path(log).read_text(encoding="utf-8").splitlines()
    Path(log).write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    status, told = contracts("verify", log, *outside)
    assert (status, "its end was cut off" in told) == (1, True)


def test_the_key_is_readable_by_its_owner_alone(outside: Path) -> None:
    assert (outside / "audit.key").stat().st_mode & 0o777 == 0o600
    assert audit_export.key_in(outside).public_key() == audit_export.key_in(outside).public_key()


def test_the_verifier_is_short_and_needs_nothing_of_the_product() -> None:
    source = VERIFIER.read_text()
    assert len(source.splitlines()) < 200
    assert "contracts_app" not in source
    body = json.dumps({"a": "ä\u0301"}, ensure_ascii=False)
    expected = hashlib.sha256(
        b"\x00" + bytes(32) + (1).to_bytes(8, "big") + (2).to_bytes(8, "big") + body.encode()
    )
    assert link(bytes(32), 1, 2, body) == expected.digest()
