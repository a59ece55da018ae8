"""The templates beside their build script are what the script makes, and every converter can draw them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from contracts_app.documents.packages import check_package, undrawn_marks
from contracts_app.documents.templates import TEMPLATES as FOLDER
from contracts_app.documents.templates import shipped
from templates.documents.build import TEMPLATES, build


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_is_what_its_script_builds(name: str) -> None:
    kept, built = parts(shipped(f"documents/{name}").data), parts(build(name))
    assert sorted(kept) == sorted(built)
    assert [part for part in kept if kept[part] != built[part]] == []


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_is_plain_enough_for_every_converter(name: str) -> None:
    data = shipped(f"documents/{name}").data
    check_package(data)
    assert undrawn_marks(data) == ()


def test_no_template_is_without_its_script() -> None:
    assert {path.name for path in Path(FOLDER, "documents").glob("*.docx")} == set(TEMPLATES)
