"""The stored histories: sealed with a key that opens nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter

from contracts_app.temporal import data_converter

FOLDER = Path(__file__).parent
KEY_FILE = FOLDER / "key-of-these-histories"
"""Published on purpose: it seals the sample data in this folder and nothing else."""


def converter() -> DataConverter:
    """The product's data converter under the histories' key."""
    return data_converter(KEY_FILE.read_bytes().strip())


def stored() -> Iterator[tuple[str, WorkflowHistory]]:
    """Every stored history by the name of the wait it shows."""
    for file in sorted(FOLDER.glob("*.json")):
        workflow_id, _, history = file.read_text(encoding="utf-8").partition("\n")
        yield file.stem, WorkflowHistory.from_json(workflow_id, history)


def store(name: str, history: WorkflowHistory) -> None:
    """Keep a history, the workflow's id on its first line."""
    compact = json.dumps(json.loads(history.to_json()), separators=(",", ":"))
    text = f"{history.workflow_id}\n{compact}\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
