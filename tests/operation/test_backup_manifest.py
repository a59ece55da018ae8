"""A backup is restored only if every file is found as its manifest says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_app.operation import backup_manifest as manifests

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    (folder / manifests.CHECKPOINTS).mkdir(parents=True)
    (folder / manifests.CHECKPOINTS / "a.checkpoint").write_text("signed")
    (folder / manifests.DATABASE_FILE).write_bytes(b"rows")
    (folder / manifests.TEMPORAL_FILE).write_bytes(b"histories")
    write(folder, manifests.files_in(folder))
    return folder


def write(folder: Path, files: dict[str, manifests.Stored], form: int = manifests.FORM) -> None:
    manifest = manifests.Manifest(
        form=form,
        product="0.1.0",
        migration="0078",
        postgresql="18",
        temporal="1.9.1",
        secret_key_fingerprint=manifests.fingerprint(b"key"),
        temporal_copied_at=NOON,
        database_read_at=NOON,
        ended_at=NOON,
        heads={},
        files=files,
    )
    manifests.write(folder, manifest)


def test_a_whole_backup_is_taken(backup: Path) -> None:
    assert set(manifests.verified(backup).files) == {
        "checkpoints/a.checkpoint",
        manifests.DATABASE_FILE,
        manifests.TEMPORAL_FILE,
    }


@pytest.mark.parametrize(
    "name", [manifests.DATABASE_FILE, manifests.TEMPORAL_FILE, "checkpoints/a.checkpoint"]
)
def test_a_changed_a_missing_and_a_linked_file_are_named(backup: Path, name: str, tmp_path: Path) -> None:
    file = backup / name
    before = file.read_bytes()
    file.write_bytes(before[:-1] + b"!")  # as long as before
    with pytest.raises(
        manifests.NotABackup, match=f"{name} is not as it was backed up: expected {len(before)}"
    ):
        manifests.verified(backup)
    file.unlink()
    with pytest.raises(manifests.NotABackup, match=f"{name} is missing"):
        manifests.verified(backup)
    (tmp_path / "elsewhere").write_bytes(before)
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(manifests.NotABackup, match=f"{name} is missing"):
        manifests.verified(backup)


def test_a_backup_cut_short_has_no_manifest(backup: Path) -> None:
    (backup / manifests.FILE).unlink()
    with pytest.raises(manifests.NotABackup, match="cut short"):
        manifests.verified(backup)


@pytest.mark.parametrize("text", ["", "[]", '{"form": 1}', "\x00"])
def test_what_is_no_manifest_is_refused(backup: Path, text: str) -> None:
    (backup / manifests.FILE).write_text(text)
    with pytest.raises(manifests.NotABackup, match="not the manifest of a backup"):
        manifests.verified(backup)


def test_another_form_and_a_backup_of_one_store_are_refused(backup: Path) -> None:
    files = manifests.files_in(backup)
    write(backup, files, form=2)
    with pytest.raises(manifests.NotABackup, match="has form 2, this release reads form 1"):
        manifests.verified(backup)
    write(backup, {name: one for name, one in files.items() if name != manifests.TEMPORAL_FILE})
    with pytest.raises(manifests.NotABackup, match=r"does not name temporal.sqlite: a backup holds both"):
        manifests.verified(backup)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname"])
def test_a_file_outside_the_folder_is_not_read(backup: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("secret")
    write(backup, manifests.files_in(backup) | {name: manifests.stored(tmp_path / "outside")})
    with pytest.raises(manifests.NotABackup, match="is missing"):
        manifests.verified(backup)
