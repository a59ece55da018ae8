"""The parsing program inside the test's own process: for tests of what becomes of rows, which read hundreds
of small honest files. Tests of reading itself start the guarded process as the product does."""

from __future__ import annotations

import io

from importers.parsing.program import respond
from importers.reading.process import Answer, Question, answer_in, asked_of
from importers.sheets import Limits


def parse_here(data: bytes, question: Question, limits: Limits) -> Answer:
    """As `importers.reading.process.parse`, without a process and its limits."""
    out = io.BytesIO()
    respond(io.BytesIO(data), out, asked_of(question, limits, len(data)))
    out.seek(0)
    return answer_in(out)
