"""Ask `contracts calc` a question, through the command line."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from contracts_app import cli

Ask = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give `contracts calc` a rule and a question; returns status, answer and what was said."""

    def run(*words: str, question: object = None, text: str | None = None) -> tuple[int, Any, str]:
        given = (text if text is not None else json.dumps(question)).encode()
        monkeypatch.setattr(sys, "argv", ["contracts", "calc", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        status = left.value.code
        assert isinstance(status, int)
        return status, json.loads(told.out) if told.out.count("\n") == 1 else told.out, told.err

    return run
