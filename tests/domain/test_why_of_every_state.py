"""Each state of each process has a sentence of its own: why it waits, what is being done, what it came to.

`python -m tests.domain.test_why_of_every_state` writes them into docs/TESTING.md.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from temporalio import workflow

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables import progress
from contracts_app.domain.receivables.told_of_states import DOING, at_work, over
from contracts_app.domain.transitions import in_words
from tests.domain.every_position import TABLES, positions, states
from tests.written_tables import main, table_of, written
from workflows.process import Process
from workflows.worker import WORKFLOWS

EVERY = [(subject, state) for subject, table in TABLES.items() for state in states(table)]
each_state = pytest.mark.parametrize(("subject", "state"), EVERY)
HEADER = ("process", "state", "what `contracts why` says", "for whom; what happens then")


def _told(subject: Subject, state: str) -> Iterator[tuple[str, str]]:
    """Sentence and what happens otherwise, each once."""
    seen: dict[tuple[str, str], None] = {}
    for known in positions(subject, state):
        if known.kind == "finished":
            seen[over(subject, state), "–"] = None
        elif known.kind == "do":
            seen[DOING[known.step], f"the system: {known.step}"] = None
        else:
            assert known.waiting is not None
            when = f"; by {known.waiting.deadline:%Y-%m-%d}" if known.waiting.deadline else ""
            otherwise = f"; {known.waiting.otherwise}" if known.waiting.otherwise else ""
            seen[known.waiting.sentence, f"{in_words(known.waiting.for_role)}{when}{otherwise}"] = None
    yield from seen


def test_every_process_has_its_table() -> None:
    assert set(TABLES) == set(Subject)


def test_every_workflow_can_be_asked_why() -> None:
    of_records = set()
    for known in WORKFLOWS:
        definition = workflow._Definition.must_from_class(known)
        assert "why" in definition.queries, known
        if issubclass(known, Process):
            of_records.add(definition.name)
    assert of_records == set(Subject)


@each_state
def test_a_state_says_why_it_waits_what_is_done_or_what_it_came_to(subject: Subject, state: str) -> None:
    found = list(_told(subject, state))
    assert found
    for sentence, _ in found:
        assert sentence[0].isupper() or sentence.startswith("labour.csv ")
        assert sentence.endswith(".")
        assert "None" not in sentence
    assert any(known.kind != "do" for known in positions(subject, state)) or state in (
        "received", "posting", "running",
    ), "it is at work for ever"  # fmt: skip


def test_no_two_states_of_a_process_say_the_same_when_they_wait_or_are_over() -> None:
    for subject, table in TABLES.items():
        said_by: dict[str, str] = {}
        for state in states(table):
            for known in positions(subject, state):
                if known.kind == "do":
                    continue
                said = known.waiting.sentence if known.waiting else over(subject, state)
                assert said_by.setdefault(said, state) == state, f"{subject}: {said}"


@each_state
def test_what_is_over_or_at_work_is_said_in_words_of_its_state(subject: Subject, state: str) -> None:
    others = [other for of, other in EVERY if of is subject and other != state]
    assert at_work(subject, state) not in {at_work(subject, other) for other in others}
    if any(known.kind == "finished" for known in positions(subject, state)):
        assert over(subject, state) != over(subject, "a state that nobody knows")
        assert over(subject, state).endswith("Nothing is left to do.")


def _calls(of: str) -> list[ast.Call]:
    tree = ast.parse(Path(progress.__file__).read_text("utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == of
    ]


def test_every_step_is_said_and_every_wait_is_reached_here() -> None:
    """What a rule adds must be added to `every_position`, else its sentence would be looked at by nobody."""
    nexts = [known for subject, state in EVERY for known in positions(subject, state)]
    steps = {one.args[0].value for one in _calls("_do") if isinstance(one.args[0], ast.Constant)}
    steps |= {
        branch.value
        for one in _calls("_do")
        for branch in ast.walk(one)
        if isinstance(branch, ast.Constant) and isinstance(branch.value, str)
    }
    assert steps == set(DOING) == {known.step for known in nexts if known.step}
    said = "\n".join(f"{one.waiting.sentence}\n{one.waiting.otherwise}" for one in nexts if one.waiting)
    waits = _calls("_wait")
    assert len(waits) > 20
    for wait in waits:
        words = [
            part.value
            for argument in wait.args[1:]
            for part in ast.walk(argument)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        longest = max(words, key=len, default="")
        assert longest in said, f"progress.py:{wait.lineno} is reached by no position: {longest}"


def rows() -> Sequence[Sequence[str]]:
    """The table in docs/TESTING.md."""
    return [
        (f"`{subject}`", in_words(state), sentence, then)
        for subject, state in EVERY
        for sentence, then in _told(subject, state)
    ]


def test_the_table_in_the_documentation_says_the_same() -> None:
    assert written("states") == table_of(HEADER, rows()), f"run: python -m {__spec__.name}"


if __name__ == "__main__":
    main("states", table_of(HEADER, rows()))
