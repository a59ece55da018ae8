"""The questions of docs/GUIDE-calc.md are answered as it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.domain.asking import Ask

PAGE = Path(__file__).parents[2] / "docs" / "GUIDE-calc.md"
EXAMPLE = re.compile(
    r"^## [^`\n]*`([a-z-]+)`$(?:(?!^## ).)*?^```json question$\n(.*?)^```$.*?^```json answer$\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FOUND = EXAMPLE.findall(PAGE.read_text("utf-8"))


def test_there_is_an_example_of_each() -> None:
    assert [rule for rule, _, _ in FOUND] == ["application", "retainage", "time", "rate", "tax", "wip"]


@pytest.mark.parametrize(("rule", "question", "told"), FOUND, ids=[rule for rule, _, _ in FOUND])
def test_the_example_holds(ask: Ask, rule: str, question: str, told: str) -> None:
    status, answer, _ = ask(rule, text=question)
    expected: dict[str, Any] = json.loads(told)
    assert status == 0
    assert {name: answer[name] for name in expected} == expected
    status, schema, _ = ask(rule, "--schema")
    assert status == 0
    assert set(json.loads(question)) <= set(schema["reads"]["properties"])
    assert set(expected) <= set(schema["gives"]["properties"])
