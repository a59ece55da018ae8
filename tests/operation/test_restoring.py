"""A restore that did not end well keeps everything from starting; the stores before it are kept meanwhile."""

from pathlib import Path

import pytest

from contracts_app.operation import control, restoring, store_copies
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import ensure


def test_nothing_starts_on_stores_that_are_half_restored(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    ensure(state_dir)
    restoring.require_whole(state_dir)
    restoring.begin(state_dir, Path("/safe/monday"))
    with pytest.raises(restoring.HalfRestored, match="--from /safe/monday --replace"):
        restoring.require_whole(state_dir)
    refused(state_dir, "temporal", "worker", "web")
    restoring.stores_are_taken(state_dir, Path("/safe/monday"))
    control.component(state_dir, "temporal").prepare()
    refused(state_dir, "worker", "web")
    restoring.end(state_dir)
    assert not restoring.is_under_way(state_dir)
    for name in ("temporal", "worker", "web"):
        control.component(state_dir, name).prepare()


def refused(state_dir: Path, *names: str) -> None:
    for name in names:
        part = control.component(state_dir, name)
        with pytest.raises(CannotStart, match="did not end well"):
            part.prepare()


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_the_first_store_is_kept_however_often_a_restore_is_cut_off(tmp_path: Path, cut: int) -> None:
    """Cut off after so many of its three files were put aside, and given again."""
    installation = ensure(tmp_path / "state")
    names = ("temporal.sqlite-shm", "temporal.sqlite-wal", "temporal.sqlite")
    for name in names:
        (installation.state_dir / name).write_text(f"first {name}")
    copy = tmp_path / "copy"
    copy.write_text("of the backup")
    aside = installation.state_dir / "temporal.sqlite.replaced"
    aside.mkdir()
    for name in names[:cut]:
        (installation.state_dir / name).rename(aside / name)
    for _ in range(2):
        store_copies.put_temporal(installation, copy)
        assert (installation.state_dir / "temporal.sqlite").read_text() == "of the backup"
        assert not (installation.state_dir / "temporal.sqlite-wal").exists()
        kept = {one.name: one.read_text() for one in aside.iterdir()}
        assert kept == {name: f"first {name}" for name in names}
        (installation.state_dir / "temporal.sqlite-wal").write_text("of a server that ran meanwhile")
