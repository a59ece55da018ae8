"""The evidence pack of an invoice: it holds by itself, and every change of it is named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from contracts_app.services import audit_export, book_checks, evidence
from contracts_app.settings import Settings
from contracts_app.store.transaction import reading
from tests.services.small_firm import SmallFirm, found

VERIFIERS = Path(__file__).parents[2] / "verifier"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signed")


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object, outside: Path) -> Iterator[SmallFirm]:
    named = settings.with_values(audit_key_dir=outside, audit_checkpoint_dir=outside / "checkpoints")
    firm = found(named, papers=True)
    firm.open_contract("A")
    firm.go_to(date(2024, 3, 31))
    firm.certify(firm.issue(firm.prepare("A", date(2024, 3, 31), {"1": "5000.00"}), "A1"))
    book_checks.sign_checkpoints(firm.engine, named)
    yield firm
    firm.engine.dispose()


@pytest.fixture(scope="module")
def auditors(tmp_path_factory: pytest.TempPathFactory, outside: Path) -> Path:
    """The auditor's machine: two programs, the public key, and the pack."""
    folder = tmp_path_factory.mktemp("auditor")
    for name in ("contracts_verify.py", "evidence_verify.py"):
        shutil.copy(VERIFIERS / name, folder)
    shutil.copy(outside / "audit.pub", folder)
    return folder


@pytest.fixture(scope="module")
def packed(small: SmallFirm, auditors: Path) -> Path:
    file = auditors / "A1.zip"
    with reading(small.engine, small.id) as connection:
        made = evidence.pack(connection, small.settings, small.id, small.invoices["A1"])
    with made, file.open("wb") as target:
        shutil.copyfileobj(made, target)
    return file


def verified(auditors: Path, pack: Path, *, key: bool = True) -> tuple[int, str]:
    more = ["--pubkey", str(auditors / "audit.pub")] if key else []
    program = str(auditors / "evidence_verify.py")
    done = subprocess.run(
        [sys.executable, program, str(pack), *more], capture_output=True, text=True, check=False, cwd=auditors
    )
    return done.returncode, done.stdout + done.stderr


def changed(pack: Path, name: str, change: Callable[[bytes], bytes], *, manifest: bool = False) -> Path:
    """A copy in which a file says something else; with `manifest` its hash is mended too."""
    target = pack.with_name("changed.zip")
    with ZipFile(pack) as source, ZipFile(target, "w") as archive:
        files = {one: source.read(one) for one in source.namelist()}
        files[name] = change(files[name])
        if manifest:
            said = json.loads(files["manifest.json"])
            said["files"][name] = hashlib.sha256(files[name]).hexdigest()
            files["manifest.json"] = json.dumps(said).encode()
        for one, data in files.items():
            archive.writestr(one, data)
    return target


def test_a_pack_holds_on_a_machine_without_the_product(packed: Path, auditors: Path) -> None:
    status, told = verified(auditors, packed)
    assert (status, told.startswith("All holds of invoice SM-00001; ")) == (0, True), told
    with ZipFile(packed) as archive:
        names = archive.namelist()
        rows = [json.loads(line) for line in archive.read("inputs.jsonl").splitlines()]
        decided = json.loads(archive.read("approvals.json"))
        letters = json.loads(archive.read("letters.json"))
        proof = json.loads(archive.read("proof.json"))
    assert [name.rpartition("-")[2] for name in names if name.startswith("inputs/")] == [
        "schedule_of_values.csv"
    ]
    assert {name.rpartition(".")[2] for name in names if name.startswith("documents/")} >= {"pdf", "xlsx"}
    assert (rows[0]["content"]["line_number"], rows[0]["source"]["row"]) == ("1", 2)
    assert [one["decision"] for one in decided["decisions"]] == ["approved"]
    assert decided["decisions"][0]["person"] == "Small Project Manager"
    assert (proof["outcome"], letters[0]["smtp_reply"]) == ("proved", "250 accepted")
    assert verified(auditors, packed, key=False)[0] == 1, "nobody forgets the key unseen"


def in_the_log(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    ("name", "change", "manifest", "told"),
    [
        ("snapshot.json", in_the_log("5000", "6000"), False, "snapshot.json was changed"),
        ("snapshot.json", in_the_log("5000", "6000"), True, "not the snapshot that the invoice was issued"),
        ("approvals.json", in_the_log('"approved"', '"rejected"'), True, "nobody approved what was issued"),
        ("log.jsonl", in_the_log("approve_draft", "approve_draughts"), True, "is not what was written"),
        ("log.jsonl", lambda data: b"\n".join(data.splitlines()[:-1]), True, "is not what the checkpoint"),
        ("checkpoint", in_the_log("contracts/", "contracts/0"), True, "is not signed by this key"),
        ("proof.json", in_the_log('"proved"', '"differs"'), True, "did not come out again"),
        ("manifest.json", in_the_log('"log.jsonl"', '"log.json"'), False, "log.jsonl is not in the manifest"),
    ],
)
def test_every_change_is_named(
    packed: Path, auditors: Path, name: str, change: Callable[[bytes], bytes], manifest: bool, told: str
) -> None:
    status, said = verified(auditors, changed(packed, name, change, manifest=manifest))
    assert (status > 0, told in said) == (True, True), said


def test_a_pack_that_nothing_signs_yet_is_signed_when_asked_for(
    small: SmallFirm, auditors: Path, tmp_path: Path
) -> None:
    """Without a checkpoint the verifier says so; `sign_for` signs once, and the pack holds."""
    new = small.settings.with_values(audit_key_dir=tmp_path, audit_checkpoint_dir=tmp_path / "checkpoints")
    invoice_id = small.invoices["A1"]
    file = auditors / "unsigned.zip"

    def pack_it() -> tuple[int, str]:
        with evidence.pack(connection, new, small.id, invoice_id) as made:
            file.write_bytes(made.read())
        shutil.copy(tmp_path / "audit.pub", auditors / "audit.pub")
        return verified(auditors, file)

    before = (auditors / "audit.pub").read_bytes()
    try:
        with reading(small.engine, small.id) as connection:
            audit_export.key_in(tmp_path)
            status, told = pack_it()
            assert (status, "no checkpoint signs the log" in told) == (1, True), told
            signed = evidence.sign_for(connection, new, small.id, invoice_id)
            assert signed is not None
            assert signed.parent == tmp_path / "checkpoints"
            assert evidence.sign_for(connection, new, small.id, invoice_id) is None
            status, told = pack_it()
            assert status == 0, told
    finally:
        (auditors / "audit.pub").write_bytes(before)
